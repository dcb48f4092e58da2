"""All partners: the map and the tables count what the reader may see, and nothing else."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from agencies.models import User
from insights.partners import Sort, headings, overview, plain
from lessons.vocabulary import Status
from programs.vocabulary import AgreementStatus, ExerciseStatus
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program
from tests.quick import quick

pytestmark = pytest.mark.django_db

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def numbers(user: User) -> dict[str, dict[str, int]]:
    """Code → the counts that are not zero."""
    return {
        row.code: {cell.key: cell.value for cell in row.cells if cell.value}
        for row in overview(user, timezone.localdate())
    }


def record_something(cast: Cast) -> None:
    """Records of two agencies with several partners, in many states and markings."""
    by, there = cast.originator, cast.partner_reviewer
    make_lesson(by=by, status=Status.LEARNED, partners=("MA", "FRONTEX"))
    make_lesson(by=by, status=Status.IDENTIFIED, partners=("MA", "PT"), tlp=TLP.GREEN)
    make_lesson(by=by, status=Status.NOTED, partners=("MA",), tlp=TLP.AMBER_STRICT)
    make_lesson(by=by, status=Status.SUBMITTED, partners=("MA",))
    make_lesson(by=by, status=Status.DRAFT, partners=("MA", "DZ"))
    make_lesson(by=by, status=Status.ARCHIVED, partners=("MA", "TD"))
    make_lesson(by=there, status=Status.LEARNED, partners=("MA", "ES"), tlp=TLP.CLEAR)
    make_lesson(by=there, status=Status.NOTED, partners=("CV",))
    make_exercise(by=by, partners=("MA", "SN"))
    make_exercise(by=by, partners=("MA",), status=ExerciseStatus.PLANNED)
    make_exercise(by=there, partners=("MA", "BR"), status=ExerciseStatus.CANCELLED, tlp=TLP.GREEN)
    make_program(by=by, partners=("MA", "EU"))
    make_agreement(by=by, partners=("MA",))
    make_agreement(by=by, partners=("MA",), status=AgreementStatus.PROVISIONALLY_APPLIED)
    make_agreement(by=by, partners=("MA", "MR"), status=AgreementStatus.SIGNED)


def test_the_numbers_of_the_author(cast: Cast) -> None:
    record_something(cast)
    assert numbers(cast.originator) == {
        "BR": {},
        "DZ": {"lessons": 1},
        "ES": {"lessons": 1, "learned": 1},
        "EU": {"programs": 1},
        "FRONTEX": {"lessons": 1, "learned": 1},
        "MA": {"lessons": 6, "learned": 2, "exercises": 1, "programs": 1, "agreements": 2},
        "MR": {},
        "PT": {"lessons": 1},
        "SN": {"exercises": 1},
    }


def test_the_numbers_of_a_reader_of_the_same_agency(cast: Cast) -> None:
    record_something(cast)
    found = numbers(cast.reader)
    assert found["MA"] == {
        "lessons": 4,
        "learned": 2,
        "exercises": 1,
        "programs": 1,
        "agreements": 2,
    }
    assert "DZ" not in found


def test_the_numbers_of_a_stranger(cast: Cast) -> None:
    record_something(cast)
    assert numbers(cast.stranger) == {
        "BR": {},
        "ES": {"lessons": 1, "learned": 1},
        "MA": {"lessons": 2, "learned": 1},
        "PT": {"lessons": 1},
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["originator", "stranger"])
def test_every_number_leads_to_a_list_of_that_many_rows(
    cast: Cast, client: Client, name: str
) -> None:
    record_something(cast)
    person = getattr(cast, name)
    client.force_login(person)
    response = client.get("/partners/")
    cells = [
        cell
        for row in [*response.context["countries"], *response.context["organizations"]]
        for cell in row.cells
    ]
    lists = {(cell.url, cell.value): client.get(cell.url).context["shown"] for cell in cells}
    assert {key: shown.total for key, shown in lists.items()} == {key: key[1] for key in lists}
    assert all(shown.valid for shown in lists.values())


@pytest.mark.parametrize(
    ("tlp", "readers"),
    quick(
        TLP.AMBER,
        of=[
            (TLP.CLEAR, {"colleague", "sub_member", "partner_reader", "stranger", "administrator"}),
            (TLP.GREEN, {"colleague", "sub_member", "partner_reader", "stranger"}),
            (TLP.AMBER, {"colleague", "sub_member"}),
            (TLP.AMBER_STRICT, {"colleague"}),
            (TLP.RED, {"red_recipient"}),
        ],
    ),
)
def test_a_marking_keeps_map_and_table_from_whom_it_must(
    cast: Cast, client: Client, tlp: TLP, readers: set[str]
) -> None:
    by = cast.originator
    recipients = (cast.red_recipient,) if tlp == TLP.RED else ()
    common: dict[str, Any] = {"by": by, "tlp": tlp, "red_recipients": recipients}
    make_lesson(status=Status.LEARNED, partners=("TD",), **common)
    make_exercise(partners=("NE",), **common)
    make_program(partners=("ML",), **common)
    make_agreement(partners=("INTERPOL",), **common)
    watched = ["colleague", "sub_member", "partner_reader", "stranger", "administrator"]
    seen = {}
    for name in [*watched, "red_recipient"]:
        client.force_login(getattr(cast, name))
        response = client.get("/partners/")
        rows = {row.code for row in response.context["rows"]}
        places = {place.country.code for place in response.context["map"].places}
        assert places == rows - {"INTERPOL"}
        page = response.content.decode()
        assert [
            code for code in ("TD", "NE", "ML", "INTERPOL") if f"/partners/{code}/" in page
        ] == (["TD", "NE", "ML", "INTERPOL"] if rows else [])
        seen[name] = rows
    # Whoever is a recipient also is a colleague.
    expected = readers | ({"red_recipient"} if "colleague" in readers else readers)
    assert {name for name, rows in seen.items() if rows == {"TD", "NE", "ML", "INTERPOL"}} == (
        expected
    )
    assert {name for name, rows in seen.items() if not rows} == set(seen) - expected


def test_last_activity_is_the_latest_day_that_has_come(cast: Cast) -> None:
    by, coming = cast.originator, timezone.localdate() + timedelta(days=40)
    make_exercise(by=by, starts_on=date(2025, 3, 1), ends_on=date(2025, 3, 4))
    make_exercise(by=by, starts_on=coming, status=ExerciseStatus.PLANNED)
    make_program(by=by, starts_on=coming, partners=("PT",))
    make_lesson(by=by, occurred_on=date(2024, 5, 5), status=Status.NOTED)
    make_agreement(by=by, in_force_on=date(2019, 1, 1), partners=("FR",))
    last = {row.code: row.last for row in overview(cast.originator, timezone.localdate())}
    assert last == {"FR": date(2019, 1, 1), "MA": date(2025, 3, 4), "PT": None}


def test_map_and_table_say_the_same_in_words(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA",))
    make_exercise(by=cast.originator, partners=("MA",))
    client.force_login(cast.originator)
    page = client.get("/partners/").content.decode()
    words = "Morocco: 1 lesson, 1 exercise, 0 agreements"
    assert f'<a href="/partners/MA/" class="m1" aria-label="{words}"><title>{words}</title>' in page
    assert "Boundaries do not imply endorsement." in page


def test_the_whole_world_is_one_link_away(cast: Cast, client: Client) -> None:
    for number in range(10):
        make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA",), title=f"T{number}")
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("AU",))
    client.force_login(cast.originator)
    near, whole = (client.get(f"/partners/{query}") for query in ("", "?view=world"))
    assert [place.country.code for place in near.context["map"].places] == ["MA"]
    assert "Whole world (1 more country)" in near.content.decode()
    assert [place.country.code for place in whole.context["map"].places] == ["AU", "MA"]


def test_organizations_stand_in_a_table_of_their_own(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA", "EU"))
    client.force_login(cast.originator)

    def codes(query: str) -> tuple[list[str], list[str]]:
        context = client.get(f"/partners/{query}").context
        return [row.code for row in context["countries"]], [
            row.code for row in context["organizations"]
        ]

    assert codes("") == (["MA"], ["EU"])
    assert codes("?kind=country") == (["MA"], [])
    assert codes("?kind=organization") == ([], ["EU"])


def test_a_historical_state_is_marked_and_is_not_on_the_map(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("SUHH",))
    client.force_login(cast.originator)
    response = client.get("/partners/")
    assert [row.name for row in response.context["countries"]] == ["Soviet Union"]
    assert response.context["map"].places == []
    assert "historical" in response.content.decode()


# --- Sorting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("", ["MA", "AX", "PT"]),
        ("lessons", ["MA", "AX", "PT"]),
        ("-lessons", ["AX", "PT", "MA"]),
        ("name", ["AX", "MA", "PT"]),
        ("-name", ["PT", "MA", "AX"]),
        ("learned", ["PT", "AX", "MA"]),
        ("exercises", ["AX", "MA", "PT"]),
        ("last", ["PT", "AX", "MA"]),
    ],
)
def test_the_table_is_sorted_by_a_link(
    cast: Cast, client: Client, sort: str, codes: list[str]
) -> None:
    by, old = cast.originator, date(2020, 1, 1)
    make_lesson(by=by, status=Status.NOTED, partners=("MA",), occurred_on=old)
    make_lesson(by=by, status=Status.NOTED, partners=("MA",), occurred_on=old)
    make_lesson(by=by, status=Status.NOTED, partners=("AX",), occurred_on=date(2021, 1, 1))
    make_lesson(by=by, status=Status.LEARNED, partners=("PT",), occurred_on=YESTERDAY)
    make_exercise(by=by, partners=("AX",), starts_on=old)
    client.force_login(by)
    response = client.get("/partners/", {"sort": sort} if sort else {})
    assert [row.code for row in response.context["countries"]] == codes


def test_the_sorted_column_says_so_and_its_link_turns_it_round(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA",))
    client.force_login(cast.originator)
    page = client.get("/partners/?sort=name&kind=country").content.decode()
    assert page.count('aria-sort="ascending"') == 1
    assert "?sort=-name&amp;kind=country#countries" in page
    aria = {head.key: (head.aria, head.sort) for head in headings(Sort("lessons", turned=True))}
    assert aria["lessons"] == ("ascending", "lessons")
    assert aria["name"] == ("", "name")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sort=nonsense", "There is no such order; most lessons come first."),
        ("sort=--lessons", "There is no such order; most lessons come first."),
        ("sort=", "There is no such order; most lessons come first."),
        ("kind=planet", "There is no such kind of partner; all are shown."),
    ],
)
def test_what_makes_no_sense_is_said_and_everything_shown(
    cast: Cast, client: Client, query: str, message: str
) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA", "EU"))
    client.force_login(cast.originator)
    response = client.get(f"/partners/?{query}")
    assert response.status_code == 200
    assert message in response.content.decode()
    assert [row.code for row in response.context["countries"]] == ["MA"]
    assert [row.code for row in response.context["organizations"]] == ["EU"]


def test_names_sort_without_regard_to_accents() -> None:
    names = ["Åland", "Zambia", "albania", "Türkiye", "Tunisia"]
    assert sorted(names, key=plain) == ["Åland", "albania", "Tunisia", "Türkiye", "Zambia"]


# --- How it answers ----------------------------------------------------------------------------


def test_a_reader_of_nothing_sees_what_will_stand_here(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA",))
    client.force_login(cast.stranger)
    page = client.get("/partners/").content.decode()
    assert "No partner yet" in page
    assert "Log a lesson" not in page
    client.force_login(cast.small_originator)
    assert "Log a lesson" in client.get("/partners/").content.decode()


def test_signed_out_people_are_led_to_sign_in(client: Client) -> None:
    for address in ("/", "/partners/", "/partners/MA/"):
        response = client.get(address)
        assert (response.status_code, response["Location"].split("?")[0]) == (
            302,
            "/accounts/login/",
        )


def test_it_reads_from_right_to_left(cast: Cast, client: Client, settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA", "MT", "EU"))
    client.force_login(cast.originator)
    with translation.override("en"):  # gives the thread its language back
        page = client.get("/partners/", headers={"accept-language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert "المغرب" in page
    # Numbers of the drawing stay in the notation of SVG.
    assert re.search(r'<circle cx="\d+\.\d" cy="\d+\.\d" r="\d\.\d\d"/>', page)
