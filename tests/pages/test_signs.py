"""The small signs: what each tag writes."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from lessons.models import Lesson
from lessons.vocabulary import ActionStatus, Kind, Status
from pages.icons import ICONS, TURNING
from pages.templatetags import lindero
from programs.vocabulary import AgreementStatus, ExerciseStatus, ProgramStatus
from records.vocabulary import TLP


def lesson(**values: str) -> Lesson:
    return Lesson(status="identified", kind="sustain", **values)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("amber", '<span class="tlp amber">TLP:AMBER</span>'),
        ("TLP:AMBER+STRICT", '<span class="tlp amber">TLP:AMBER+STRICT</span>'),
        (TLP.RED, '<span class="tlp red">TLP:RED</span>'),
        (SimpleNamespace(tlp="clear"), '<span class="tlp clear">TLP:CLEAR</span>'),
        ("", ""),
        ("purple", ""),
    ],
)
def test_marking(subject: object, expected: str) -> None:
    assert lindero.tlp(subject) == expected


def test_markings_are_those_of_the_records() -> None:
    assert dict(TLP.choices) == lindero.MARKINGS


@pytest.mark.parametrize(
    "vocabulary", [Status, ActionStatus, AgreementStatus, ProgramStatus, ExerciseStatus]
)
def test_every_status_has_a_tone(vocabulary: type) -> None:
    assert [value for value in vocabulary.values if value not in lindero.TONES] == []  # type: ignore[attr-defined]  # choices


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((lesson(),), '<span class="st identified">Lesson identified</span>'),
        ((Status.IN_REVIEW,), '<span class="st review">In review</span>'),
        (("delayed",), '<span class="st late">Delayed</span>'),
        (("held", "<b>"), '<span class="st learned">&lt;b&gt;</span>'),
        (("",), ""),
    ],
)
def test_status(arguments: tuple[object, ...], expected: str) -> None:
    assert lindero.status(*arguments) == expected


def test_kind() -> None:
    assert lindero.kind(lesson()) == '<span class="tag sus">Sustain</span>'
    assert lindero.kind(Kind.IMPROVE) == '<span class="tag imp">Improve</span>'
    assert lindero.kind("") == ""


def test_priority_is_silent_about_information() -> None:
    assert lindero.priority("urgent") == '<span class="tag urgent">Urgent</span>'
    assert lindero.priority("information") == ""


def test_code_says_what_it_stands_for() -> None:
    assert lindero.code("NATO") == '<span class="code">NATO</span>'
    assert lindero.code("FR", "France") == (
        '<abbr class="code" title="France">FR<i> France</i></abbr>'
    )
    assert lindero.code("") == ""


@pytest.mark.parametrize("first", [0, 1])
def test_safe_markup_and_the_same_characters_are_not_drawn_alike(first: int) -> None:
    name = f"<b>{first}</b>"
    given = [mark_safe(name), str(name)]
    drawn = {type(one): lindero.code("AA", one) for one in given[first:] + given}
    assert f"<i> {name}</i>" in drawn[type(given[0])]
    assert "<i> &lt;b&gt;" in drawn[str]


def test_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in lindero.icon("plus")
    assert 'role="img" aria-label="&lt;More&gt;"' in lindero.icon("plus", "<More>")
    assert 'class="icon turns"' in lindero.icon("next")


def test_icons_that_turn_exist() -> None:
    assert TURNING - set(ICONS) == set()


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        ("day", '<time datetime="2026-10-14">14 Oct 2026</time>'),
        ("month", '<time datetime="2026-10">Oct 2026</time>'),
        ("year", '<time datetime="2026">2026</time>'),
    ],
)
def test_day_says_what_is_known(precision: str, expected: str) -> None:
    assert lindero.day(date(2026, 10, 14), precision) == expected


def test_day_of_nothing_is_empty() -> None:
    assert lindero.day(None) == ""


def test_day_of_a_moment_is_the_readers_day() -> None:
    with timezone.override("Europe/Madrid"):
        assert "15 Oct 2026" in lindero.day(datetime(2026, 10, 14, 23, 30, tzinfo=UTC))
    assert "14 Oct 2026" in lindero.day(datetime(2026, 10, 14, 23, 30))


def test_moment() -> None:
    with timezone.override("Europe/Madrid"):
        moment = lindero.moment(datetime(2026, 10, 14, 19, 42, tzinfo=UTC))
    assert moment == '<time datetime="2026-10-14T21:42+02:00">14 Oct 2026, 21:42</time>'
    assert lindero.moment(None) == ""


@pytest.mark.parametrize(
    ("start", "end", "precision", "words"),
    [
        (date(2026, 9, 2), date(2026, 9, 6), "day", "2–6 Sep 2026"),
        (date(2026, 9, 28), date(2026, 10, 3), "day", "28 Sep – 3 Oct 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "day", "28 Dec 2026 – 3 Jan 2027"),
        (date(2026, 9, 2), date(2026, 9, 2), "day", "2 Sep 2026"),
        (date(2026, 9, 1), date(2026, 9, 30), "month", "Sep 2026"),
        (date(2026, 9, 1), date(2026, 11, 30), "month", "Sep – Nov 2026"),
        (date(2025, 9, 1), date(2026, 2, 28), "month", "Sep 2025 – Feb 2026"),
        (date(2025, 1, 1), date(2026, 12, 31), "year", "2025–2026"),
        (date(2026, 9, 2), None, "day", "2 Sep 2026"),
        (None, date(2026, 9, 2), "month", "Sep 2026"),
        (None, None, "day", ""),
    ],
)
def test_period_says_nothing_twice(
    start: date | None, end: date | None, precision: str, words: str
) -> None:
    written = lindero.period(start, end, precision)
    assert written.replace("</time>", "</span>").partition(">")[2].removesuffix("</span>") == words


def test_due_is_late_in_words() -> None:
    today = timezone.localdate()
    assert lindero.due(today - timedelta(days=1)).startswith('<span class="late">due since <time')
    assert lindero.due(today).startswith("<span>due <time")
    assert lindero.due(today - timedelta(days=1), done=True).startswith("<span>due <time")
    assert lindero.due(None) == ""


def test_prose_is_paragraphs_of_escaped_text() -> None:
    assert lindero.prose("One\r\nline <script>\n\n\n two ") == (
        '<p dir="auto">One<br>line &lt;script&gt;</p>\n<p dir="auto">two</p>'
    )
    assert lindero.prose(None) == ""


def test_marked_escapes_all_but_the_marks() -> None:
    assert lindero.marked("<i>\x02word\x03</i>") == "&lt;i&gt;<mark>word</mark>&lt;/i&gt;"


@pytest.mark.parametrize(
    ("name", "letters"), [("Marta Ruiz Gil", "MG"), ("Ana", "A"), ("", ""), ("ana b", "AB")]
)
def test_initials(name: str, letters: str) -> None:
    assert lindero.initials(name) == letters


def test_person() -> None:
    assert "Marta Ruiz" in lindero.person("Marta Ruiz", "Guardia Civil")
    assert "· Guardia Civil" in lindero.person("Marta Ruiz", "Guardia Civil")
    assert lindero.person("") == ""


def test_share() -> None:
    assert [lindero.share(34, 100), lindero.share(0, 3), lindero.share(1, 0)] == [
        "34 %",
        "0 %",
        "–",
    ]


@pytest.mark.parametrize(
    ("value", "largest", "step"),
    [(0, 9, 0), (None, 9, 0), (1, 9, 1), (9, 9, 5), (5, 10, 3), (1, 1, 5)],
)
def test_heat_levels(value: int | None, largest: int, step: int) -> None:
    assert lindero.level(value, largest) == step


def test_heat_and_bars_of_nothing() -> None:
    assert lindero.heat({"caption": "", "columns": [], "rows": []})["rows"] == []
    assert lindero.bars([])["rows"] == []
    assert lindero.spark([])["columns"] == []


class Example(forms.Form):
    title = forms.CharField(label="Title")
    kinds = forms.MultipleChoiceField(
        label="Kinds", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(required=False)

    def clean(self) -> None:
        self.add_error(None, "All wrong")


def test_errors_point_to_their_fields() -> None:
    assert lindero.errors_of(Example({})) == [
        lindero.FormError("All wrong"),
        lindero.FormError("This field is required.", "Title", "id_title"),
        lindero.FormError("This field is required.", "Kinds", "div_id_kinds"),
    ]
    assert lindero.errors_of(Example()) == []
    assert lindero.errors_of(None) == []


def test_errors_of_rows_follow_those_of_the_form() -> None:
    rows = forms.formset_factory(Example, extra=0, min_num=2, validate_min=True)
    sent = rows({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-title": "x"})
    assert [error.text for error in lindero.errors_of(None, [sent, rows()])] == [
        "Please submit at least 2 forms.",
        "All wrong",
        "This field is required.",
    ]


def test_optional_is_said_of_what_may_stay_empty() -> None:
    form = Example()
    assert [lindero.says_optional(field) for field in form] == [False, False, True]
    form.says_optional = False  # type: ignore[attr-defined]  # as forms of filters do
    assert [lindero.says_optional(field) for field in form] == [False, False, False]


def test_what_is_constant_is_drawn_once_for_each_language_and_argument() -> None:
    source = (
        "{% load lindero i18n %}{% constant size %}{{ size }} {{ word }} "
        "{% get_current_language as code %}{{ code }}{% endconstant %}"
    )
    page = Template(source)

    def drawn(size: int, word: str) -> str:
        return page.render(Context({"size": size, "word": word}))

    assert drawn(1, "first") == "1 first en"
    assert drawn(1, "second") == "1 first en"
    assert drawn(2, "third") == "2 third en"
    with translation.override("ar"):
        assert drawn(1, "fourth") == "1 fourth ar"
    assert drawn(1, "fifth") == "1 first en"
