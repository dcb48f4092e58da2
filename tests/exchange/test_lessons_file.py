"""Lessons from a file: what they become, which cannot come in, and that nothing is written twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from agencies.models import User
from exchange import importing
from exchange.importing import ImportRefusedError, Outcome, Plan, Why
from exchange.lessons_file import LessonsFile
from exchange.mapping import NASA_LLIS, read_mapping
from lessons.models import Lesson, LessonEvent
from lessons.vocabulary import Attribution, Status
from lessons.workflow import perform
from notices.kinds import shown
from notices.models import Notice
from records.models import RefCounter
from records.vocabulary import TLP, Precision
from tests.cast import Cast, make_cast
from tests.exchange.files import LESSON, MAPPING, NASA_SAMPLE, lessons, table
from tests.factories import make_lesson

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def kind(cast: Cast, tmp_path: Path) -> Callable[..., LessonsFile]:
    """Make a kind of file, of the columns of ``MAPPING`` unless another one is given."""

    def make(mapping: str = MAPPING, by: User | None = None, **arguments: Any) -> LessonsFile:
        path = tmp_path / "mapping.toml"
        path.write_text(mapping, encoding="utf-8")
        return LessonsFile(cast.agency, by or cast.originator, read_mapping(path), **arguments)

    return make


def planned(kind: LessonsFile, **cells: str) -> importing.Entry:
    [entry] = importing.plan(kind, lessons(cells)).entries
    return entry


def imported(kind: LessonsFile, *rows: dict[str, str]) -> Plan:
    return importing.apply(importing.plan(kind, lessons(*rows)))


# --- What a row becomes ----------------------------------------------------------------------


def test_a_row_becomes_a_submitted_lesson(cast: Cast, kind: Callable[..., LessonsFile]) -> None:
    before = timezone.now()
    [entry] = imported(kind(), {}).entries
    lesson = Lesson.objects.get(ref=entry.ref)
    assert entry.outcome == Outcome.CREATED
    assert {name: getattr(lesson, name) for name in ("title", "observation", "discussion")} == {
        "title": LESSON["title"],
        "observation": LESSON["what"],
        "discussion": LESSON["why"],
    }
    assert (lesson.conclusion, lesson.recommendation) == (LESSON["so"], LESSON["do"])
    assert (lesson.occurred_on, lesson.occurred_precision) == (date(2024, 3, 5), Precision.DAY)
    assert lesson.original_observation == LESSON["what"]
    assert [partner.code for partner in lesson.partners.all()] == ["MA"]
    assert [theme.slug for theme in lesson.themes.all()] == ["secure-channels"]
    assert (lesson.category, lesson.language, lesson.tlp) == ("coordination", "en", TLP.AMBER)
    assert (lesson.agency, lesson.originator) == (cast.agency, cast.originator)
    assert (lesson.created_by, lesson.attribution) == (cast.originator, Attribution.AGENCY_ONLY)
    assert lesson.source_id == "notebook:1"
    assert lesson.status == Status.SUBMITTED
    assert lesson.published_at is None
    assert lesson.submitted_at is not None
    assert lesson.submitted_at >= before
    assert lesson.review_due_on is not None
    [event] = LessonEvent.objects.all()
    assert (event.lesson, event.move, event.actor) == (lesson, "submit", cast.originator)
    assert (event.from_status, event.to_status) == (Status.DRAFT, Status.SUBMITTED)


def test_only_the_originator_and_staff_see_it(cast: Cast, kind: Callable[..., LessonsFile]) -> None:
    imported(kind(stated={"tlp": TLP.CLEAR}), {})
    seeing = {
        name for name, person in cast.people.items() if Lesson.objects.visible_to(person).exists()
    }
    assert seeing == {
        "originator",
        "reviewer",
        "second_reviewer",
        "endorser",
        "second_endorser",
        "coordinator",
    }
    assert not Lesson.objects.published().exists()


def test_what_is_stated_goes_before_the_mapping_and_a_column_before_both(
    kind: Callable[..., LessonsFile],
) -> None:
    fixed = """
    [fixed]
    category = "evaluation"
    language = "es"
    kind = "sustain"
    themes = ["training"]
    partners = ["FRONTEX"]
    """
    stated = {"category": "adaptability", "language": "fr", "tlp": "green"}
    made = kind(MAPPING + fixed, partners=["PT", "Morocco"], stated=stated)
    imported(made, {"id": "a"}, {"id": "b", "sort": ""})
    by_column, by_statement = Lesson.objects.order_by("pk")
    assert (by_column.category, by_statement.category) == ("coordination", "adaptability")
    for lesson in (by_column, by_statement):
        assert (lesson.language, lesson.kind, lesson.tlp) == ("fr", "sustain", "green")
        assert {theme.slug for theme in lesson.themes.all()} == {"secure-channels", "training"}
        assert {partner.code for partner in lesson.partners.all()} == {"FRONTEX", "MA", "PT"}


def test_partners_and_themes_go_by_code_slug_or_name(kind: Callable[..., LessonsFile]) -> None:
    cells = {"with": "Côte d’Ivoire; FRONTEX ;;ma", "about": "Secure channels;training"}
    cells["with"] = cells["with"].replace("ma", "Morocco")
    imported(kind(), cells)
    lesson = Lesson.objects.get()
    assert {partner.code for partner in lesson.partners.all()} == {"CI", "FRONTEX", "MA"}
    assert {theme.slug for theme in lesson.themes.all()} == {"secure-channels", "training"}


@pytest.mark.parametrize("said", ["=1+1", "+34 600", "-9 degrees", "@SUM(A1)", "\t=cmd|x", "'x"])
def test_text_that_looks_like_a_formula_stays_text(
    kind: Callable[..., LessonsFile], said: str
) -> None:
    imported(kind(), {"title": said, "what": said, "do": said})
    lesson = Lesson.objects.get()
    assert [lesson.title, lesson.observation, lesson.recommendation] == [said.strip()] * 3


def test_every_script_and_the_longest_texts_come_in(kind: Callable[..., LessonsFile]) -> None:
    title = "درس 🛥️ <script>alert(1)</script> "
    title += "x" * (300 - len(title))
    imported(kind(), {"title": title, "what": "ñ" * 100_000})
    lesson = Lesson.objects.get()
    assert lesson.title == title
    assert len(lesson.observation) == 100_000


def test_losses_are_noted(kind: Callable[..., LessonsFile]) -> None:
    themes = 'column = "about"\nothers = "leave out"\nvalues = { Radio = "secure-channels" }'
    made = kind(MAPPING.replace('column = "about"', themes))
    entry = planned(made, about="radio;weaving;knots", do="See attached document.")
    assert entry.outcome == Outcome.NEW
    assert [(note.about, note.words) for note in entry.notes] == [
        (Why.LEFT_OUT, "Left out of “about”: weaving, knots."),
        (Why.TEXT_ELSEWHERE, "“recommendation” says only “See attached document.”."),
    ]
    assert [theme.slug for theme in entry.draft.themes] == ["secure-channels"]


def test_a_mapping_needs_neither_themes_nor_category(kind: Callable[..., LessonsFile]) -> None:
    mapping = MAPPING.replace('[themes]\ncolumn = "about"\nseparator = ";"', "")
    imported(kind(mapping.replace('[choices]\ncategory = "sort"', "")), {})
    lesson = Lesson.objects.get()
    assert (lesson.category, lesson.themes.count()) == ("", 0)


# --- Which rows cannot come in ---------------------------------------------------------------

TOMORROW = (timezone.now() + timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize(
    ("cells", "about", "words"),
    [
        ({"id": ""}, Why.NO_IDENTIFIER, "Without an identifier it could not be recognized"),
        ({"id": "N/A"}, Why.NO_IDENTIFIER, "Without an identifier it could not be recognized"),
        ({"id": "9" * 200}, Why.LONG_IDENTIFIER, "The identifier is too long."),
        ({"title": ""}, Why.NO_TITLE, "It has no title."),
        ({"title": "N/A"}, Why.NO_TITLE, "“N/A” is no title."),
        ({"title": "x" * 301}, Why.LONG_TITLE, "“title” has 301 characters; 300 is the most."),
        ({"what": "", "so": "None"}, Why.NO_TEXT, "No text says what happened (empty: what, so)."),
        ({"what": "x" * 100_001}, Why.LONG_TEXT, "“observation” has 100001 characters; 100000"),
        ({"do": "x" * 100_001}, Why.LONG_TEXT, "“recommendation” has 100001 characters;"),
        ({"when": "5 March"}, Why.UNREADABLE_DATE, "“5 March” is no date in the form %Y-%m-%d, %Y"),
        ({"when": "2023-02-29"}, Why.UNREADABLE_DATE, "“2023-02-29” is no date in the form"),
        ({"when": TOMORROW}, Why.FUTURE_DATE, f"{TOMORROW} is still to come."),
        ({"with": ""}, Why.NO_PARTNER, "It names no partner."),
        ({"with": "MA;Atlantis"}, Why.UNKNOWN_PARTNER, "There is no partner “Atlantis”."),
        ({"about": "weaving"}, Why.UNKNOWN_THEME, "There is no theme “weaving”."),
        ({"sort": "luck"}, Why.UNKNOWN_VALUE, "“luck” is no category. Known: adaptability,"),
    ],
)
def test_a_row_that_cannot_come_in_says_why(
    kind: Callable[..., LessonsFile], cells: dict[str, str], about: Why, words: str
) -> None:
    done = imported(kind(), cells, {"id": "good"})
    bad, good = done.entries
    assert (bad.outcome, bad.row, bad.ref, bad.draft) == (Outcome.REFUSED, 2, "", None)
    assert [reason.about for reason in bad.reasons] == [about]
    assert bad.reasons[0].words.startswith(words)
    assert good.outcome == Outcome.CREATED
    assert Lesson.objects.count() == 1


def test_a_row_with_too_many_cells_cannot_come_in(kind: Callable[..., LessonsFile]) -> None:
    content = lessons({}).removesuffix(b"\r\n") + b",one more\r\n"
    [entry] = importing.plan(kind(), content).entries
    assert [reason.about for reason in entry.reasons] == [Why.MISALIGNED]


def test_all_reasons_of_a_row_are_said_together(kind: Callable[..., LessonsFile]) -> None:
    entry = planned(kind(), title="", what="", so="", when="soon", about="weaving")
    assert [reason.about for reason in entry.reasons] == [
        Why.NO_TITLE,
        Why.NO_TEXT,
        Why.UNREADABLE_DATE,
        Why.UNKNOWN_THEME,
    ]


def test_the_mapping_can_keep_rows_out(kind: Callable[..., LessonsFile]) -> None:
    require = '[require]\nsort = ["evaluation", "adaptability"]\n'
    entry = planned(kind(MAPPING + require))
    assert [reason.words for reason in entry.reasons] == [
        "“sort” says “coordination”; only adaptability, evaluation may come in."
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"partners": ["Atlantis"]}, "There is no partner “Atlantis”. Use a code such as MA or"),
        ({"stated": {"category": "luck"}}, "“luck” is no category. Choose among: adaptability,"),
        ({"stated": {"language": "xx"}}, "“xx” is no language. Choose among: ar, de,"),
        ({"stated": {"tlp": "red"}}, "TLP:RED names its readers one by one"),
        ({"mapping": MAPPING + '[fixed]\nthemes = ["knots"]'}, "There is no theme “knots”."),
        ({"mapping": MAPPING + '[fixed]\npartners = ["XX"]'}, "There is no partner “XX”."),
        ({"mapping": MAPPING + '[fixed]\nattribution = "me"'}, "“me” is no attribution."),
        (
            {"mapping": MAPPING.replace('[partners]\ncolumn = "with"\nseparator = ";"', "")},
            "The file names no partners. Say which partner the lessons are about.",
        ),
        (
            {"mapping": MAPPING.replace("[partners]", '[themes.values]\nx = "knots"\n[partners]')},
            "There is no theme “knots”.",
        ),
    ],
)
def test_what_holds_for_every_row_must_exist(
    kind: Callable[..., LessonsFile], arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ImportRefusedError) as caught:
        kind(**arguments)
    assert str(caught.value).startswith(words)


# --- Twice, half, and by whom ----------------------------------------------------------------


def test_a_plan_writes_nothing(kind: Callable[..., LessonsFile]) -> None:
    plan = importing.plan(kind(), lessons({}, {"id": "2", "title": ""}))
    assert [entry.outcome for entry in plan.entries] == [Outcome.NEW, Outcome.REFUSED]
    assert plan.reasons() == {Why.NO_TITLE: 1}
    assert [entry.row for entry in plan.coming_in] == [2]
    counts = [model.objects.count() for model in (Lesson, LessonEvent, RefCounter)]
    assert counts == [0, 0, 0]


def test_a_second_run_adds_nothing(kind: Callable[..., LessonsFile]) -> None:
    rows: tuple[dict[str, str], ...] = (
        {},
        {"id": "2", "title": "Another"},
        {"id": "2", "title": "A third"},
        {},
    )
    first = imported(kind(), *rows)
    assert [(entry.outcome, entry.source_id) for entry in first.entries] == [
        (Outcome.CREATED, "notebook:1"),
        (Outcome.CREATED, "notebook:2"),
        (Outcome.CREATED, "notebook:2:2"),
        (Outcome.REFUSED, "notebook:1"),
    ]
    assert [reason.words for reason in first.entries[3].reasons] == ["It is the same as row 2."]
    assert first.notes() == {Why.SAME_IDENTIFIER: 1}
    before = list(Lesson.objects.order_by("pk").values())
    second = imported(kind(), *rows)
    assert [entry.outcome for entry in second.entries] == [*[Outcome.PRESENT] * 3, Outcome.REFUSED]
    assert list(Lesson.objects.order_by("pk").values()) == before


def test_what_came_in_after_planning_does_not_come_in_twice(
    kind: Callable[..., LessonsFile],
) -> None:
    plan = importing.plan(kind(), lessons({}))
    importing.apply(plan)
    assert [entry.outcome for entry in importing.apply(plan).entries] == [Outcome.PRESENT]
    assert Lesson.objects.count() == 1


def test_the_same_identifier_of_another_agency_is_another_lesson(
    cast: Cast, kind: Callable[..., LessonsFile]
) -> None:
    make_lesson(by=cast.only_reviewer, source_id="notebook:1")
    assert [entry.outcome for entry in imported(kind(), {}).entries] == [Outcome.CREATED]


def test_a_row_that_fails_on_saving_leaves_nothing_behind_and_stops_no_other(
    kind: Callable[..., LessonsFile],
) -> None:
    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # The lesson is written by then; its submission is not.
        if sql.startswith("UPDATE") and "lessons_lesson" in sql and "Bad" in str(params):
            raise IntegrityError("not this one")
        return execute(sql, params, many, context)

    rows: list[dict[str, str]] = [
        {"id": str(number), "title": f"Good {number}"} for number in range(3)
    ]
    rows[1]["title"] = "Bad"
    with connection.execute_wrapper(refuse):
        done = imported(kind(), *rows)
    assert [entry.outcome for entry in done.entries] == [
        Outcome.CREATED,
        Outcome.REFUSED,
        Outcome.CREATED,
    ]
    assert [(reason.about, reason.words) for reason in done.entries[1].reasons] == [
        (Why.NOT_SAVED, "It could not be saved: not this one")
    ]
    lessons_there = Lesson.objects.order_by("ref")
    assert [lesson.title for lesson in lessons_there] == ["Good 0", "Good 2"]
    assert [lesson.ref[-4:] for lesson in lessons_there] == ["0001", "0002"]
    assert LessonEvent.objects.count() == 2


def test_an_import_that_breaks_off_leaves_nothing(kind: Callable[..., LessonsFile]) -> None:
    def stop(done: int, total: int) -> None:
        assert (done, total) == (importing.BATCH, importing.BATCH + 1)
        raise KeyboardInterrupt

    rows = [{"id": str(number)} for number in range(importing.BATCH + 1)]
    plan = importing.plan(kind(), lessons(*rows))
    with pytest.raises(KeyboardInterrupt):
        importing.apply(plan, stop)
    assert [model.objects.count() for model in (Lesson, LessonEvent, RefCounter)] == [0, 0, 0]


def test_progress_is_told(kind: Callable[..., LessonsFile], monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    told: list[tuple[int, int]] = []
    plan = importing.plan(kind(), lessons(*({"id": str(number)} for number in range(5))))
    importing.apply(plan, lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    "name", ["reader", "sub_member", "partner_reviewer", "administrator", "left_reviewer"]
)
def test_only_who_records_for_the_agency_may_import(
    cast: Cast, kind: Callable[..., LessonsFile], name: str
) -> None:
    person = cast.people[name]
    with pytest.raises(ImportRefusedError) as caught:
        importing.plan(kind(by=person), lessons({}))
    assert str(caught.value) == f"{person.name} may not record for Guardia Civil."
    allowed = importing.plan(kind(), lessons({}))
    with pytest.raises(ImportRefusedError):
        importing.apply(Plan(kind(by=person), allowed.entries))
    assert Lesson.objects.count() == 0


def test_an_unreadable_file_refuses_the_import(kind: Callable[..., LessonsFile]) -> None:
    with pytest.raises(
        ImportRefusedError, match="These columns are missing: when, sort, about, with"
    ):
        importing.plan(kind(), table([], list(LESSON)[:6]))


# --- NASA's lessons --------------------------------------------------------------------------


def test_the_sample_of_nasa_comes_in(cast: Cast) -> None:
    mapping = read_mapping(NASA_LLIS)
    made = LessonsFile(cast.agency, cast.reviewer, mapping, partners=["US"])
    done = importing.apply(importing.plan(made, NASA_SAMPLE.read_bytes()))
    assert len(done.having(Outcome.CREATED)) == 59
    [refused] = done.having(Outcome.REFUSED)
    assert (refused.identifier, refused.row) == ("920", 34)
    assert [reason.words for reason in refused.reasons] == ["“N/A” is no title."]
    assert done.notes()[Why.TEXT_ELSEWHERE] == 8
    found = Lesson.objects.all()
    assert set(found.values_list("status", flat=True)) == {Status.SUBMITTED}
    assert max(len(lesson.title) for lesson in found) == 296
    # No abstract: the driving event is what happened, and the discussion does not repeat it.
    alarm = found.get(source_id="nasa-llis:453")
    assert alarm.observation.startswith("Flight deck (left side) smoke detector failed self test.")
    assert alarm.discussion == ""
    assert alarm.conclusion != ""
    # Neither abstract nor driving event: the lesson is.
    grit = found.get(source_id="nasa-llis:511")
    assert (grit.observation != "", grit.conclusion) == (True, "")


# --- Who is told -----------------------------------------------------------------------------


def notices_of(person: User) -> list[tuple[str, bool, str]]:
    reader = User.objects.get(pk=person.pk)
    rows = shown(Notice.objects.visible_to(reader).order_by("pk"), reader)
    return [(one.sentence.text, one.settled, one.sentence.path) for one in rows]


def test_reviewers_are_told_once_of_a_whole_import(
    cast: Cast, kind: Callable[..., LessonsFile]
) -> None:
    imported(kind(), {}, {"id": "2"}, {"id": "3"})
    waits = "3 lessons imported for GC wait for a reviewer."
    people = cast.people
    staff = {"reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator"}
    told = {name: notices_of(person) for name, person in people.items()}
    assert told == {name: [(waits, False, "/review/")] if name in staff else [] for name in people}
    # Another import is another notice; the first one counts what still waits of its own.
    imported(kind(by=cast.colleague), {"id": "4"})
    perform(Lesson.objects.get(source_id__endswith=":2"), "take", by=cast.reviewer)
    texts = [text for text, _settled, _path in notices_of(cast.reviewer)]
    assert texts == [
        "2 lessons imported for GC wait for a reviewer.",
        "1 lesson imported for GC waits for a reviewer.",
    ]
    perform(Lesson.objects.get(source_id__endswith=":4"), "take", by=cast.reviewer)
    assert [settled for _text, settled, _path in notices_of(cast.reviewer)] == [False, True]


def test_nobody_is_told_of_an_import_that_brings_nothing(
    kind: Callable[..., LessonsFile],
) -> None:
    imported(kind(), {"title": "N/A"})
    assert not Notice.objects.exists()
