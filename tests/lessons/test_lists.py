"""The list of lessons: what each filter finds, pages, fragments, chips, leaks and the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from agencies.models import User
from lessons import rows
from lessons.filters import LessonFilters
from lessons.models import Action, Lesson, Theme
from lessons.vocabulary import ActionStatus, Attribution, Category, Kind, Priority, Status
from pages import listing
from pages.cursors import Cursor
from pages.filters import written
from records.vocabulary import TLP, Precision
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
    partner,
)
from tests.quick import quick

pytestmark = pytest.mark.django_db
NO = "does not exist, or is not for you to see."
HTMX = {"HX-Request": "true"}
PLAIN = ("q", "new", "from", "to", "partner_mode")
"""Filters without numbers."""


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows a page: walking through many pages needs few records."""
    monkeypatch.setattr(listing, "PAGE", 4)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(client: Client, query: str = "") -> list[str]:
    """The titles on the first page, in their order."""
    response = client.get(f"/lessons/{query}", headers=HTMX)
    assert response.status_code == 200
    return [row.title for row in response.context["shown"].rows]


def page(response: Any) -> str:
    return response.content.decode()


def noted(cast: Cast, title: str, **fields: Any) -> Lesson:
    return make_lesson(by=cast.originator, title=title, status=Status.NOTED, **fields)


def rows_of(response: HttpResponseBase) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


# --- What filters mean --------------------------------------------------------------------------


def test_values_of_one_filter_mean_or_and_different_filters_and(cast: Cast) -> None:
    noted(cast, "France, drones", partners=("FR",), themes=("drones",))
    noted(cast, "Morocco, drones", partners=("MA",), themes=("drones",))
    noted(cast, "France and Morocco, language", partners=("FR", "MA"), themes=("language",))
    noted(cast, "Portugal, drones", partners=("PT",), themes=("drones",))
    client = client_of(cast.reader)
    either = {"France, drones", "Morocco, drones", "France and Morocco, language"}
    assert set(found(client, "?partner=FR&partner=MA")) == either
    assert len(found(client, "?partner=FR&partner=MA")) == 3
    assert found(client, "?partner=FR&partner=MA&partner_mode=all") == [
        "France and Morocco, language"
    ]
    assert found(client, "?partner=FR&theme=drones") == ["France, drones"]
    assert set(found(client, "?theme=drones&theme=language")) == either | {"Portugal, drones"}
    assert found(client, "?partner=PT&theme=language") == []


def test_an_organization_does_not_stand_for_its_members(cast: Cast) -> None:
    assert partner("EU").members.filter(code="FR").exists()
    noted(cast, "With France", partners=("FR",))
    noted(cast, "With the EU", partners=("EU",))
    assert found(client_of(cast.reader), "?partner=EU") == ["With the EU"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("category=adaptability", {"category": Category.ADAPTABILITY}),
        ("kind=sustain", {"kind": Kind.SUSTAIN}),
        ("status=learned", {"status": Status.LEARNED}),
        ("priority=urgent", {"priority": Priority.URGENT}),
        ("tlp=clear", {"tlp": TLP.CLEAR}),
        ("threat=drugs", {"threats": ["weapons", "drugs"]}),
        ("theme=drones", {"themes": ("drones",)}),
        ("q=walrus", {"title": "The WALRUS lesson"}),
        ("q=walrus", {"observation": "A walrus."}),
        ("q=walrus", {"discussion": "A walrus."}),
        ("q=walrus", {"conclusion": "A walrus."}),
        ("q=walrus", {"recommendation": "A walrus."}),
        ("q=walrus", {"place": "Walrus bay"}),
        ("q=bay+walrus", {"place": "Bay", "observation": "A walrus."}),
        ("q=ES-GC-1999", {"ref": "ES-GC-1999-0001"}),
        ("q=100%25", {"observation": "100% sure"}),
        ("from=2026-03-01&to=2026-03-01", {"occurred_on": date(2026, 3, 1)}),
    ],
)
def test_each_filter_finds_what_it_says(cast: Cast, query: str, fields: dict[str, Any]) -> None:
    given = {"by": cast.originator, "status": Status.NOTED, "title": "This one", **fields}
    make_lesson(**given)
    noted(cast, "Another", occurred_on=date(2020, 1, 1))
    assert found(client_of(cast.reader), f"?{query}") == [given["title"]]


def test_the_filter_of_agencies_goes_by_who_recorded(cast: Cast) -> None:
    noted(cast, "Ours", tlp=TLP.GREEN)
    make_lesson(agency=cast.far_agency, title="Theirs", status=Status.NOTED, tlp=TLP.GREEN)
    client = client_of(cast.reader)
    assert found(client, "?agency=IT-GDF") == ["Theirs"]
    assert set(found(client, "?agency=IT-GDF&agency=ES-GC")) == {"Ours", "Theirs"}


def test_activities_filter_by_reference(cast: Cast) -> None:
    agreement = make_agreement(by=cast.originator)
    program = make_program(by=cast.originator)
    exercise = make_exercise(by=cast.originator, program=program)
    noted(cast, "Of the agreement", agreement=agreement)
    noted(cast, "Of the program", program=program)
    noted(cast, "Of its exercise", exercise=exercise)
    noted(cast, "Of nothing")
    client = client_of(cast.reader)
    assert found(client, f"?agreement={agreement.ref}") == ["Of the agreement"]
    assert found(client, f"?exercise={exercise.ref}") == ["Of its exercise"]
    assert set(found(client, f"?program={program.ref}")) == {"Of the program", "Of its exercise"}


def test_dates_go_by_when_it_happened_else_by_submission(cast: Cast) -> None:
    today = timezone.localdate()
    noted(cast, "Long ago", occurred_on=date(2020, 5, 5))
    noted(cast, "Not known when")
    client = client_of(cast.reader)
    assert found(client) == ["Not known when", "Long ago"]
    assert found(client, "?sort=oldest") == ["Long ago", "Not known when"]
    assert found(client, "?to=2020-05-05") == ["Long ago"]
    assert found(client, "?to=2020-05-04") == []
    assert found(client, f"?from={today - timedelta(days=1)}") == ["Not known when"]


def test_lessons_put_away_come_when_their_status_is_asked_for(cast: Cast) -> None:
    current = noted(cast, "Current")
    make_lesson(by=cast.originator, title="Old", status=Status.SUPERSEDED, superseded_by=current)
    make_lesson(by=cast.originator, title="Archived", status=Status.ARCHIVED)
    client = client_of(cast.reader)
    assert found(client) == ["Current"]
    assert found(client, "?status=superseded") == ["Old"]
    assert set(found(client, "?status=archived&status=noted")) == {"Archived", "Current"}


def test_orders(cast: Cast) -> None:
    noted(cast, "beta", occurred_on=date(2026, 1, 1), priority=Priority.URGENT)
    noted(cast, "Alpha", occurred_on=date(2026, 1, 2))
    noted(cast, "Gamma", occurred_on=date(2026, 1, 3), priority=Priority.CAUTION)
    noted(cast, "delta", occurred_on=date(2026, 1, 4))
    client = client_of(cast.reader)
    assert found(client, "?sort=title") == ["Alpha", "beta", "delta", "Gamma"]
    assert found(client, "?sort=priority") == ["beta", "Gamma", "delta", "Alpha"]
    assert found(client, "?sort=newest") == ["delta", "Gamma", "Alpha", "beta"]
    response = client.get("/lessons/?sort=bogus")
    assert [row.title for row in response.context["shown"].rows] == found(client)
    assert "There is no such order." in page(response)


# --- What makes no sense ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("partner=XX", f"“XX” {NO}"),
        ("partner=FR&partner=XX", f"“XX” {NO}"),
        ("partner=fr", f"“fr” {NO}"),
        ("theme=nothing", f"“nothing” {NO}"),
        ("category=none", f"“none” {NO}"),
        ("status=none", f"“none” {NO}"),
        ("agency=1", f"“1” {NO}"),
        ("exercise=ES-GC-EXE-2026-9999", f"“ES-GC-EXE-2026-9999” {NO}"),
        ("program=%00", f"“?” {NO}"),
        ("agreement=<b>x</b>", f"“&lt;b&gt;x&lt;/b&gt;” {NO}"),
        ("threat=drugs&threat=%25", f"“%” {NO}"),
        ("partner_mode=most", "“most” is not one of the ways to combine values."),
        ("from=yesterday", "Enter a valid date."),
        ("from=2026-02-30", "Enter a valid date."),
        ("from=99999999-01-01", "Enter a valid date."),
        ("from=2026-02-02&to=2026-02-01", "The second date is before the first."),
        ("q=a%00b", "Null characters are not allowed."),
        ("q=" + "x" * 2001, "Search for at most 2000 characters."),
        ("q=-drones", "Give at least one word to find; signs and words to leave out find nothing."),
        ("q=%3F%21", "Give at least one word to find; signs and words to leave out find nothing."),
        ("theme=" + "x" * 3000, f"“{'x' * 59}…” {NO}"),
    ],
)
def test_a_value_that_makes_no_sense_gives_a_message_and_no_rows(
    cast: Cast, query: str, message: str
) -> None:
    noted(cast, "Not to be shown", partners=("FR",), threats=["drugs"])
    client = client_of(cast.reader)
    response = client.get(f"/lessons/?{query}")
    assert response.status_code == 200
    assert response.context["shown"].rows == []
    assert message in page(response)
    assert "Not to be shown" not in page(response)
    refused = client.get(f"/lessons/export/?{query}")
    assert refused.status_code == 400
    assert message in page(refused)
    assert "Not to be shown" not in page(refused)


def test_unknown_parameters_and_blank_ones_change_nothing(cast: Cast) -> None:
    noted(cast, "Here")
    client = client_of(cast.reader)
    query = "?utm=1&partner=&q=&from=&theme=+&partner_mode=&cursor=&sort="
    for options in ({"follow": True}, {"headers": HTMX}):
        response = client.get(f"/lessons/{query}", **options)
        assert [row.title for row in response.context["shown"].rows] == ["Here"]
        assert response.context["shown"].true_url == "/lessons/"
        assert response.context["shown"].chips == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("?q=&partner=&partner_mode=", ""),
        ("?q=radio+&theme=+&partner=MA&partner=&partner=FR&to=", "?q=radio+&partner=MA&partner=FR"),
        ("?sort=title&q=&partner=XX", "?partner=XX&sort=title"),
        ("?q=radio&q=", ""),
    ],
)
def test_a_form_sent_without_scripts_leads_to_the_address_without_blanks(
    cast: Cast, sent: str, kept: str
) -> None:
    client = client_of(cast.reader)
    answer = client.get(f"/lessons/{sent}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/lessons/{kept}")
    assert client.get(f"/lessons/{kept}").status_code == 200
    assert client.get(f"/lessons/{sent}", headers=HTMX).status_code == 200


@pytest.mark.parametrize("cursor", ["garbage", "%00", "W10", "x" * 5000])
def test_a_bad_cursor_gives_the_first_page_and_says_so(cast: Cast, cursor: str) -> None:
    noted(cast, "Here")
    response = client_of(cast.reader).get(f"/lessons/?cursor={cursor}")
    assert response.status_code == 200
    assert [row.title for row in response.context["shown"].rows] == ["Here"]
    assert "That page of the list does not exist." in page(response)
    assert response.context["shown"].true_url == "/lessons/"


def test_what_is_new_since_a_moment_is_a_filter_where_the_address_names_one(cast: Cast) -> None:
    before = timezone.now()
    noted(cast, "Here", partners=("FR",))
    client = client_of(cast.reader)
    assert 'name="new"' not in page(client.get("/lessons/"))
    for moment, titles in ((written(before), ["Here"]), (written(timezone.now()), [])):
        answer = client.get("/lessons/", {"new": moment, "partner": "FR"})
        assert [row.title for row in answer.context["shown"].rows] == titles
        assert f'name="new" value="{moment}" checked' in page(answer)
        assert answer.context["shown"].drawn["partner"].options[0].number == len(titles)
        part = client.get("/lessons/", {"new": moment, "partner": "FR"}, headers=HTMX)
        assert set(re.findall(r'id="([\w-]+)" hx-swap-oob', page(part))) <= set(
            re.findall(r'id="([\w-]+)"', page(answer))
        )
        file = client.get("/lessons/export/", {"new": moment})
        assert len(rows_of(file)) == len(titles)


@pytest.mark.parametrize(
    "moment", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "%00"]
)
def test_a_moment_that_makes_no_sense_is_no_error(cast: Cast, moment: str) -> None:
    noted(cast, "Not to be shown")
    client = client_of(cast.reader)
    answer = client.get("/lessons/", {"new": moment})
    assert answer.status_code == 200
    assert answer.context["shown"].rows == []
    assert "Enter a valid date/time." in page(answer)
    assert client.get("/lessons/export/", {"new": moment}).status_code == 400


# --- Pages --------------------------------------------------------------------------------------


def walk(client: Client, url: str, way: str) -> Iterable[Any]:
    """The pages from ``url`` on, as their lists of titles."""
    while url:
        shown = client.get(url, headers=HTMX).context["shown"]
        yield shown
        url = shown.page[way]


@pytest.mark.usefixtures("short_pages")
def test_every_row_comes_once_forward_and_back_through_ties(cast: Cast) -> None:
    for number in range(10):
        noted(
            cast,
            f"Tied {number % 3}",
            occurred_on=date(2026, 5, 1) + timedelta(days=number % 2),
            priority=Priority.values[number % 3],
        )
    client = client_of(cast.reader)
    for sort in ("newest", "oldest", "title", "priority"):
        pages = list(walk(client, f"/lessons/?sort={sort}", "next_url"))
        forward = [row.pk for shown in pages for row in shown.rows]
        assert [len(shown.rows) for shown in pages] == [4, 4, 2]
        assert len(set(forward)) == 10
        back = list(walk(client, pages[-1].true_url, "previous_url"))
        assert [row.pk for shown in reversed(back) for row in shown.rows] == forward
        assert (pages[0].page["previous_url"], pages[0].page["first_url"]) == (None, None)
        assert {shown.total for shown in pages} == {10}


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("sort", ["newest", "title"])
def test_the_first_page_and_the_last_say_which_rows_they_show(cast: Cast, sort: str) -> None:
    for number in range(10):
        noted(cast, f"Lesson {number}")
    client = client_of(cast.reader)
    forward = list(walk(client, f"/lessons/?sort={sort}", "next_url"))
    assert [shown.page["words"] for shown in forward] == ["1–4 of 10", "", "9–10 of 10"]
    back = list(walk(client, forward[-1].true_url, "previous_url"))
    assert [shown.page["words"] for shown in back] == ["9–10 of 10", "", "1–4 of 10"]
    assert "9–10 of 10" in page(client.get(forward[-1].true_url))
    assert " of 10" not in page(client.get("/lessons/?q=lesson+3"))


@pytest.mark.usefixtures("short_pages")
def test_rows_recorded_meanwhile_neither_repeat_nor_hide_others(cast: Cast) -> None:
    old = [noted(cast, f"Old {n}", occurred_on=date(2026, 5, 1)).pk for n in range(9)]
    client = client_of(cast.reader)
    seen: list[int] = []
    url = "/lessons/"
    while url:
        shown = client.get(url, headers=HTMX).context["shown"]
        seen += [row.pk for row in shown.rows]
        url = shown.page["next_url"]
        noted(cast, "New", occurred_on=date(2026, 6, 1))
        noted(cast, "Tied", occurred_on=date(2026, 5, 1))
    assert sorted(seen) == sorted(old)
    back = [row.pk for page in walk(client, shown.true_url, "previous_url") for row in page.rows]
    assert len(back) == len(set(back)) == Lesson.objects.count()


@pytest.mark.usefixtures("short_pages")
def test_a_page_that_has_emptied_leads_to_the_beginning(cast: Cast) -> None:
    for number in range(5):
        noted(cast, f"Lesson {number}", occurred_on=date(2026, 5, 1))
    client = client_of(cast.reader)
    following = client.get("/lessons/?sort=oldest").context["shown"].page["next_url"]
    Lesson.objects.latest("pk").delete()
    response = client.get(following)
    assert len(response.context["shown"].rows) == 4
    assert "That page is empty now." in page(response)


@pytest.mark.usefixtures("short_pages")
def test_a_cursor_belongs_to_its_order_and_keeps_the_filters(cast: Cast) -> None:
    for number in range(5):
        noted(cast, f"Lesson {number}", partners=("FR",))
    client = client_of(cast.reader)
    following = client.get("/lessons/?partner=FR&utm=1").context["shown"].page["next_url"]
    assert re.fullmatch(r"/lessons/\?partner=FR&cursor=[\w-]+", following)
    response = client.get(following + "&sort=title")
    assert "That page of the list does not exist." in page(response)
    assert len(response.context["shown"].rows) == 4


# --- Chips, fragments, empty lists --------------------------------------------------------------


def test_each_chip_takes_its_own_filter_away(cast: Cast) -> None:
    noted(cast, "Here", partners=("FR", "MA"))
    client = client_of(cast.reader)
    query = "partner=FR&partner=MA&partner_mode=all&kind=improve&q=Here&sort=title"
    chips = client.get(f"/lessons/?{query}").context["shown"].chips
    assert [(chip.label, chip.value, chip.remove_url) for chip in chips] == [
        (
            "Words",
            "Here",
            "/lessons/?partner=FR&partner=MA&partner_mode=all&kind=improve&sort=title",
        ),
        ("Partner", "France", "/lessons/?q=Here&partner=MA&kind=improve&sort=title"),
        ("Partner", "Morocco", "/lessons/?q=Here&partner=FR&kind=improve&sort=title"),
        (
            "Partners",
            "all of them",
            "/lessons/?q=Here&partner=FR&partner=MA&kind=improve&sort=title",
        ),
        (
            "Kind",
            "Improve",
            "/lessons/?q=Here&partner=FR&partner=MA&partner_mode=all&sort=title",
        ),
    ]
    shown = client.get(f"/lessons/?{query}").context["shown"]
    assert shown.clear_url == "/lessons/?sort=title"


def test_a_chip_says_dates_in_words(cast: Cast) -> None:
    chips = client_of(cast.reader).get("/lessons/?from=2026-10-01").context["shown"].chips
    assert [(chip.label, chip.value) for chip in chips] == [("From", "1 Oct 2026")]


def test_a_value_that_does_not_exist_has_a_chip_to_take_it_away(cast: Cast) -> None:
    chips = client_of(cast.reader).get("/lessons/?partner=XX").context["shown"].chips
    assert [(chip.value, chip.remove_url) for chip in chips] == [("XX", "/lessons/")]


def test_htmx_gets_the_same_rows_as_a_part_and_the_true_address(cast: Cast) -> None:
    noted(cast, "With France", partners=("FR",))
    noted(cast, "With Morocco", partners=("MA",))
    client = client_of(cast.reader)
    whole = client.get("/lessons/?partner=FR")
    part = client.get("/lessons/?partner=FR&q=", headers={"HX-Request": "true"})
    assert "<html" in page(whole)
    assert "<html" not in page(part)
    assert "HX-Push-Url" not in whole
    assert part["HX-Push-Url"] == "/lessons/?partner=FR"
    for response in (whole, part):
        assert "HX-Request" in response["Vary"]
        assert [row.title for row in response.context["shown"].rows] == ["With France"]
        assert "With Morocco" not in page(response)
        assert "1 lesson" in page(response)
    assert set(re.findall(r'id="([\w-]+)" hx-swap-oob', page(part))) == {
        "listing-chips",
        "listing-head",
        "listing-show",
        *(f"error-{name}" for name in ("q", "from", "to")),
        *(f"facet-{name}" for name in LessonFilters.base_filters if name not in PLAIN),
    }
    assert part["Cache-Control"] == "private, no-store"


def test_every_place_that_htmx_changes_stands_on_the_page(cast: Cast) -> None:
    client = client_of(cast.reader)
    ids = set(re.findall(r'id="([\w-]+)"', page(client.get("/lessons/"))))
    part = page(client.get("/lessons/", headers={"HX-Request": "true"}))
    assert set(re.findall(r'id="([\w-]+)" hx-swap-oob', part)) <= ids


def test_htmx_is_told_what_is_wrong_beside_the_filter(cast: Cast) -> None:
    client = client_of(cast.reader)
    part = page(
        client.get("/lessons/?from=2026-02-02&to=2026-02-01", headers={"HX-Request": "true"})
    )
    place = re.search(r'id="error-to" hx-swap-oob="innerHTML">(.*?)</div>', part, re.DOTALL)
    assert place is not None
    assert "The second date is before the first." in place[1]


def test_going_back_in_the_browser_gets_a_whole_page(cast: Cast) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in page(client_of(cast.reader).get("/lessons/", headers=headers))


def test_nothing_recorded_and_nothing_found_are_different_things(cast: Cast) -> None:
    nothing_yet = page(client_of(cast.colleague).get("/lessons/"))
    assert "No lesson is here yet" in nothing_yet
    assert 'href="/lessons/new/"' in nothing_yet
    nothing_found = page(client_of(cast.colleague).get("/lessons/?partner=FR"))
    assert "Nothing matches all of these filters" in nothing_found
    reader = page(client_of(cast.reader).get("/lessons/"))
    assert "No lesson is here yet" in reader
    assert "Log a lesson" not in reader


def test_lists_are_for_people_who_are_signed_in() -> None:
    for url in ("/lessons/", "/lessons/export/"):
        response = Client().get(url)
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (
            302,
            "/accounts/login/",
        )


def test_a_list_answers_only_reading(cast: Cast) -> None:
    assert client_of(cast.reader).post("/lessons/").status_code == 405


# --- Rows ---------------------------------------------------------------------------------------


def test_a_row_says_what_is_open_and_late(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING, tlp=TLP.GREEN)
    make_action(lesson, due_on=date(2026, 1, 2))
    make_action(lesson, due_on=date(2099, 1, 2))
    make_action(lesson, due_on=date(2025, 1, 2), status=ActionStatus.VERIFIED,
                finished_at=timezone.now(), verified_at=timezone.now())  # fmt: skip
    row = page(client_of(cast.reader).get("/lessons/"))
    assert "2 of 3 actions open" in row
    assert re.search(r'class="late">due since <time datetime="2026-01-02"', row)
    assert "TLP:GREEN" in row
    assert lesson.ref in row


def test_a_row_says_a_date_as_exactly_as_it_is_known(cast: Cast) -> None:
    noted(cast, "Month", occurred_on=date(2026, 3, 1), occurred_precision=Precision.MONTH)
    assert '<time datetime="2026-03">Mar 2026</time>' in page(
        client_of(cast.reader).get("/lessons/")
    )


def test_texts_of_people_are_shown_as_text(cast: Cast) -> None:
    script = "<script>alert(1)</script>"
    noted(cast, script, observation=script, place=script)
    shown = page(client_of(cast.reader).get("/lessons/?q=%3Cscript%3E"))
    assert script not in shown
    marked = "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;"
    assert shown.count(marked) == 2  # in the title and in what happened
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 1  # where


def test_a_row_names_no_people(cast: Cast) -> None:
    make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        reviewer=cast.reviewer,
        attribution=Attribution.NAMED,
    )
    shown = page(client_of(cast.second_reviewer).get("/lessons/"))
    assert cast.originator.name not in shown
    assert cast.reviewer.name not in shown


# --- Leaks --------------------------------------------------------------------------------------


MARKED = {
    TLP.CLEAR: {"reader", "sub_member", "partner_reader", "stranger", "administrator"},
    TLP.GREEN: {"reader", "sub_member", "partner_reader", "stranger"},
    TLP.AMBER: {"reader", "sub_member"},
    TLP.AMBER_STRICT: {"reader"},
    TLP.RED: set(),
}
READERS = quick("sub_member", "partner_reader", of=sorted(MARKED[TLP.CLEAR]))


@pytest.mark.parametrize("name", READERS)
def test_no_way_out_of_the_list_shows_what_is_hidden(cast: Cast, name: str) -> None:
    secrets = {}
    for tlp in TLP:
        mark = tlp.value.replace("_", "")
        exercise = make_exercise(by=cast.originator, title=f"Secretname{mark}x", tlp=tlp)
        lesson = noted(
            cast,
            f"Secretpoint{mark}x",
            tlp=tlp,
            exercise=exercise,
            observation=f"Observed Secretword{mark}x.",
        )
        secrets[tlp] = [lesson.title, lesson.observation, exercise.title, lesson.ref, exercise.ref]
    client = client_of(cast.people[name])
    response = client.get("/lessons/export/")
    file = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    listed = page(client.get("/lessons/"))
    assert client.get("/lessons/", headers=HTMX).context["shown"].total == sum(
        name in people for people in MARKED.values()
    )
    for tlp, (title, observation, *others) in secrets.items():
        sees = name in MARKED[tlp]
        everything = (title, observation, *others)
        assert [secret in listed for secret in everything] == [sees] * 5, tlp
        assert [secret in file for secret in everything] == [sees] * 5, tlp
        for query in (f"q={observation.split()[1]}", f"q={title}", f"q={others[1]}"):
            found_by_words = client.get(f"/lessons/?{query}", headers=HTMX).context["shown"]
            assert [row.title for row in found_by_words.rows] == [title] * sees, (tlp, query)
            assert found_by_words.total == sees, (tlp, query)
        by_exercise = client.get(f"/lessons/?exercise={others[2]}", headers=HTMX)
        assert by_exercise.context["shown"].total == sees, tlp
        assert (NO in page(by_exercise)) is not sees, tlp


def test_red_is_listed_for_its_recipients_and_in_no_file(cast: Cast) -> None:
    noted(cast, "Point Secretpoint", tlp=TLP.RED, red_recipients=[cast.red_recipient])
    noted(cast, "Amber")
    for user in (cast.red_recipient, cast.originator):
        client = client_of(user)
        assert set(found(client)) == {"Point Secretpoint", "Amber"}
        assert [row["Point"] for row in rows_of(client.get("/lessons/export/"))] == ["Amber"]


def test_unpublished_lessons_are_listed_for_author_and_staff_only(cast: Cast) -> None:
    make_lesson(by=cast.originator, title="Draft", tlp=TLP.GREEN)
    make_lesson(by=cast.originator, title="Submitted", status=Status.SUBMITTED, tlp=TLP.GREEN)
    seen = {
        name: sorted(found(client_of(user)))
        for name, user in cast.people.items()
        if name in {"originator", "colleague", "reviewer", "partner_reviewer", "stranger"}
    }
    assert seen == {
        "originator": ["Draft", "Submitted"],
        "colleague": [],
        "reviewer": ["Submitted"],
        "partner_reviewer": [],
        "stranger": [],
    }


def test_a_hidden_activity_is_named_nowhere_and_finds_nothing(cast: Cast) -> None:
    program = make_program(by=cast.originator, title="Program Seen", tlp=TLP.GREEN)
    hidden = {
        "exercise": make_exercise(
            by=cast.originator, title="Hidden exercise", tlp=TLP.AMBER_STRICT, program=program
        ),
        "program": make_program(by=cast.originator, title="Hidden program", tlp=TLP.AMBER_STRICT),
        "agreement": make_agreement(
            by=cast.originator, title="Hidden agreement", tlp=TLP.AMBER_STRICT
        ),
    }
    noted(cast, "Point for all", tlp=TLP.GREEN, **hidden)
    outside, inside = client_of(cast.stranger), client_of(cast.reader)
    listed = page(outside.get("/lessons/"))
    file = b"".join(outside.get("/lessons/export/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Point for all" in listed
    assert "Point for all" in file
    for activity in hidden.values():
        assert activity.title in page(inside.get("/lessons/"))
        for text in (listed, file):
            assert activity.title not in text
            assert activity.ref not in text
    for name, activity in hidden.items():
        assert found(inside, f"?{name}={activity.ref}") == ["Point for all"]
        refused = outside.get(f"/lessons/?{name}={activity.ref}")
        unknown = outside.get(f"/lessons/?{name}={'X' * len(activity.ref)}")
        assert refused.context["shown"].rows == []
        assert page(refused).count(NO) == page(unknown).count(NO) == 1
        assert activity.title not in page(refused)
    # The program may be seen, its exercise may not: it leads to no lesson.
    assert found(inside, f"?program={program.ref}") == ["Point for all"]
    assert found(outside, f"?program={program.ref}") == []


def test_choices_name_exercises_only_with_lessons_that_the_reader_may_see(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, title="Known exercise", tlp=TLP.GREEN)
    noted(cast, "Strict", tlp=TLP.AMBER_STRICT, exercise=exercise)
    assert "Known exercise" in page(client_of(cast.reader).get("/lessons/"))
    assert "Known exercise" not in page(client_of(cast.stranger).get("/lessons/"))


def test_without_a_request_no_choice_is_offered(cast: Cast) -> None:
    make_exercise(by=cast.originator, tlp=TLP.CLEAR)
    filters = LessonFilters({}, queryset=Lesson.objects.none())
    offered = {
        name: filters.filters[name].options
        for name in ("partner", "theme", "agency", "exercise", "program", "agreement")
    }
    assert offered == {name: [] for name in offered}


# --- The file -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_pages")
def test_the_file_holds_the_rows_of_the_whole_list_in_its_order(cast: Cast) -> None:
    for number in range(9):
        noted(cast, f"Lesson {number % 7}", partners=("FR",) if number % 2 else ("MA",))
    client = client_of(cast.reader)
    for query in ("", "?partner=FR", "?q=Lesson+3&sort=title", "?sort=priority&kind=improve"):
        listed = [
            row.ref for shown in walk(client, f"/lessons/{query}", "next_url") for row in shown.rows
        ]
        response = client.get(f"/lessons/export/{query}")
        assert [row["Reference"] for row in rows_of(response)] == listed


def test_the_file_is_a_dated_download_that_says_how_to_handle_it(cast: Cast) -> None:
    noted(cast, "=HYPERLINK(1)", partners=("FR", "MA"), themes=("drones", "language"))
    response = client_of(cast.reader).get("/lessons/export/?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        f'attachment; filename="lindero-lessons-{timezone.localdate()}-TLP-AMBER.csv"'
    )
    assert "no-store" in response["Cache-Control"]
    (row,) = rows_of(response)
    assert row["Point"] == "'=HYPERLINK(1)"
    assert row["Marking"] == "TLP:AMBER"
    assert row["Handling"] == TLP.AMBER.audience
    assert row["Partner codes"] == "FR; MA"
    assert row["Themes"] == "Drones; Language and interpreters"


def test_the_file_names_originators_as_the_reader_may_see_them(cast: Cast) -> None:
    for attribution in Attribution.values:
        noted(cast, attribution, attribution=attribution, tlp=TLP.GREEN)
    named = {
        user.name: {
            row["Point"]: row["Originator"]
            for row in rows_of(client_of(user).get("/lessons/export/"))
        }
        for user in (cast.reader, cast.reviewer, cast.stranger)
    }
    author, agency = cast.originator.name, cast.agency.name
    assert named == {
        cast.reader.name: {
            "named": author,
            "agency_only": author,
            "non_attributed": "Not attributed",
        },
        cast.reviewer.name: {"named": author, "agency_only": author, "non_attributed": author},
        cast.stranger.name: {
            "named": author,
            "agency_only": agency,
            "non_attributed": "Not attributed",
        },
    }


@pytest.mark.parametrize("unknown", ["xls", "CSV", "csv%00", "x" * 3000])
def test_an_unknown_format_is_refused(cast: Cast, unknown: str) -> None:
    response = client_of(cast.reader).get(f"/lessons/export/?format={unknown}")
    assert response.status_code == 400
    assert "There is no such file format." in page(response)


def test_the_link_to_the_file_carries_the_filters(cast: Cast) -> None:
    noted(cast, "Here", partners=("FR",))
    shown = client_of(cast.reader).get("/lessons/?partner=FR&sort=title").context["shown"]
    assert [(one.name, url) for one, url in shown.files] == [
        (name, f"/lessons/export/?partner=FR&sort=title&format={name}")
        for name in ("csv", "xlsx", "json")
    ]


# --- Cost ---------------------------------------------------------------------------------------


def full(cast: Cast, number: int) -> None:
    """A lesson with all that a row may show."""
    program = make_program(by=cast.originator)
    exercise = make_exercise(by=cast.originator, program=program)
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IDENTIFIED,
        exercise=exercise,
        program=program,
        agreement=make_agreement(by=cast.originator),
        partners=("FR", "MA"),
        themes=("drones", "language"),
        occurred_on=date(2026, 1, 1) + timedelta(days=number),
    )
    make_action(lesson)


# --- Rows and filters as they are drawn -----------------------------------------------------------


@pytest.mark.parametrize("place", [-(2**63) + 1, -7, -1, 3, 2**63 - 1])
@pytest.mark.parametrize("backwards", [True, False])
def test_a_place_in_relevance_that_is_not_there_is_no_error(
    cast: Cast, place: int, backwards: bool
) -> None:
    made = {noted(cast, "Walrus").pk for _ in range(3)}
    cursor = Cursor("relevance", (place, 1), backwards)
    answer = client_of(cast.reader).get(f"/lessons/?q=walrus&cursor={cursor}")
    assert answer.status_code == 200
    assert {row.pk for row in answer.context["shown"].rows} == made


def test_no_filter_says_that_nothing_is_there_while_one_makes_no_sense(cast: Cast) -> None:
    noted(cast, "Here")
    client = client_of(cast.reader)
    assert "None here." in client.get("/lessons/").content.decode()
    for query in ("from=garbage", "from=garbage&find-partner="):
        page = client.get(f"/lessons/?{query}", headers=HTMX).content.decode()
        assert "Enter a valid date." in page
        assert "None here." not in page
        assert "Nothing is called so." not in page


def test_an_opened_filter_stays_open_with_what_was_typed(cast: Cast) -> None:
    noted(cast, "Here", partners=("FR", "MA"))
    client = client_of(cast.reader)
    answer = client.get("/lessons/?partner=FR&find-partner=moro", headers=HTMX)
    page = answer.content.decode()
    assert 'name="find-partner" value="moro"' in page
    assert 'name="partner" value="MA"' in page
    assert 'name="partner" value="FR" checked' in page
    assert answer["HX-Push-Url"] == "/lessons/?partner=FR"
    assert 'name="find-' not in client.get("/lessons/?partner=FR").content.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Short.", "Short."),
        ("x" * (rows.SNIPPET - 6) + " final", "x" * (rows.SNIPPET - 6) + " final"),
        ("x" * (rows.SNIPPET - 6) + " finally", "x" * (rows.SNIPPET - 6) + " …"),
        ("word\n" * 60, "word\n" * (rows.SNIPPET // 5 - 2) + "word …"),
        ("x" * 300, "x" * rows.SNIPPET + "…"),
        (" " * 300, "…"),
    ],
)
def test_a_row_shows_the_beginning_of_what_happened(text: str, shown: str) -> None:
    assert rows.beginning(text[: rows.SNIPPET + 1]) == shown


def test_names_of_others_in_a_row_are_text(cast: Cast) -> None:
    evil = "<script>alert(1)</script>\"'&"
    exercise = make_exercise(by=cast.originator, title=evil, tlp=TLP.CLEAR)
    Theme.objects.create(slug="evil", name=evil)
    noted(cast, "Here", exercise=exercise, themes=("evil",), place=evil)
    page = client_of(cast.reader).get("/lessons/").content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;") >= 3


def test_what_a_row_says_of_actions_is_what_the_queryset_says(cast: Cast) -> None:
    lesson = noted(cast, "Here")
    for number, status in enumerate(ActionStatus):
        now = timezone.now() if status in {"finished", "verified"} else None
        verified = now if status == "verified" else None
        action = Action.objects.create(
            title=status,
            body=cast.agency,
            owner=cast.originator,
            due_on=date(2027, 1, 28 - number),
            status=status,
            finished_at=now,
            verified_at=verified,
        )
        action.lessons.add(lesson)
    (row,) = client_of(cast.reader).get("/lessons/").context["shown"].rows
    actions = lesson.actions.all()
    due = min(actions.unfinished().values_list("due_on", flat=True))
    assert row.deeds == rows.Deeds(actions.count(), actions.open().count(), due)


def test_the_menu_of_files_says_how_many_rows_a_file_has(cast: Cast) -> None:
    noted(cast, "Open", tlp=TLP.CLEAR)
    client = client_of(cast.red_recipient)
    assert "1 lesson as a file" in client.get("/lessons/").content.decode()
    noted(cast, "Secret", tlp=TLP.RED, red_recipients=[cast.red_recipient])
    page = client.get("/lessons/").content.decode()
    assert "1 lesson as a file" in page
    assert "1 marked TLP:RED leaves in no file." in page
    red = client.get("/lessons/?tlp=red")
    assert red.context["shown"].total == 1
    assert "as a file" not in red.content.decode()
    assert "marked TLP:RED" not in client_of(cast.reader).get("/lessons/").content.decode()


def test_words_that_were_found_are_marked_in_titles_too(cast: Cast) -> None:
    noted(cast, "The <walrus> came")
    page = client_of(cast.reader).get("/lessons/?q=walrus").content.decode()
    assert "The &lt;<mark>walrus</mark>&gt; came</a>" in page


def test_the_value_that_does_not_fit_is_marked_among_the_others(cast: Cast) -> None:
    page = client_of(cast.reader).get("/lessons/?status=noted&status=foo&from=2027-99-99")
    chips = page.context["shown"].chips
    assert [(chip.value, chip.wrong) for chip in chips] == [
        ("Noted", False),
        ("foo", True),
        ("2027-99-99", True),
    ]
    assert page.content.decode().count("does not fit</span>") == 2


def test_what_is_put_away_is_said_to_be_found_by_its_status(cast: Cast) -> None:
    Lesson.objects.filter(pk=noted(cast, "Walrus").pk).update(status=Status.ARCHIVED)
    client = client_of(cast.reader)
    words = "Superseded and archived lessons are found when you choose them under Status."
    page = client.get("/lessons/?q=walrus").content.decode()
    assert page.index("Nothing matches all of these filters") < page.index(words)
    assert words not in client.get("/lessons/?q=walrus&status=archived").content.decode()
