"""Partners × categories or themes: exact, for whom, sorted, filtered, as a file."""

import csv
import random
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from lessons.models import Lesson
from lessons.vocabulary import Category, Kind, Status
from records.models import ExportRecord
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db

URL, FILE = "/reports/heat-map/", "/reports/heat-map/file/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def numbers(client: Client, **query: Any) -> dict[str, dict[str, int]]:
    """Partner → column → number, of what is not nothing; under no column all lessons."""
    rows = client.get(URL, query).context["rows"]
    return {
        row.code: {
            "": row.total,
            **{cell.column.value: cell.value for cell in row.cells if cell.value},
        }
        for row in rows
    }


def several(cast: Cast) -> None:
    by = cast.originator
    many: dict[str, Any] = {"by": by, "status": Status.NOTED}
    make_lesson(
        category=Category.COMMUNICATION, themes=("drones", "language"), partners=("MA",), **many
    )
    make_lesson(category=Category.COMMUNICATION, themes=("drones",), partners=("MA", "FR"), **many)
    make_lesson(category=Category.EVALUATION, themes=("language",), partners=("FR",), **many)
    make_lesson(by=by, status=Status.ARCHIVED, partners=("TD",))
    make_lesson(by=by, status=Status.DRAFT, partners=("MA",))


def test_lessons_by_partner_and_category(cast: Cast, client: Client) -> None:
    several(cast)
    client.force_login(cast.originator)
    assert numbers(client) == {
        "MA": {"": 3, "communication": 2},
        "FR": {"": 2, "communication": 1, "evaluation": 1},
    }
    page = client.get(URL)
    assert (page.context["matrix"].total, page.context["matrix"].untagged) == (4, 1)
    assert "1 lesson has no category yet" in page.content.decode()


def test_lessons_by_partner_and_theme(cast: Cast, client: Client) -> None:
    several(cast)
    client.force_login(cast.originator)
    assert numbers(client, by="theme") == {
        "MA": {"": 3, "drones": 2, "language": 1},
        "FR": {"": 2, "drones": 1, "language": 1},
    }


def test_every_number_leads_to_a_list_of_that_many_rows(cast: Cast, client: Client) -> None:
    several(cast)
    client.force_login(cast.originator)
    for query in ({}, {"by": "theme"}, {"status": "noted", "agency": "ES-GC"}):
        page = client.get(URL, query).context
        ways = [(cell.url, cell.value) for row in page["rows"] for cell in row.cells if cell.value]
        ways += [(row.lessons_url, row.total) for row in page["rows"]]
        assert len(ways) > 4
        assert [(url, client.get(url).context["shown"].total) for url, _number in ways] == ways


@pytest.mark.parametrize("seed", quick(1, of=[1, 2, 3]))
def test_it_is_what_the_database_counts(cast: Cast, client: Client, seed: int) -> None:
    rng = random.Random(seed)
    codes, slugs = ("MA", "FR", "PT", "DZ"), ("drones", "language", "joint-patrols")
    for _number in range(40):
        tlp = rng.choice([TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED])
        make_lesson(
            by=rng.choice([cast.originator, cast.partner_reviewer, cast.sub_member]),
            status=rng.choice([Status.NOTED, Status.SUBMITTED, Status.LEARNED, Status.SUPERSEDED]),
            tlp=tlp,
            category=rng.choice(Category.values),
            partners=tuple(rng.sample(codes, rng.randint(1, 3))),
            themes=tuple(rng.sample(slugs, rng.randint(1, 2))),
        )
    for name in ("reviewer", "sub_member", "partner_reader", "stranger"):
        person = User.objects.get(pk=getattr(cast, name).pk)
        client.force_login(person)
        lessons = Lesson.objects.visible_to(person).current()
        for axis, path in (("category", "category"), ("theme", "themes__slug")):
            slowly: dict[str, dict[str, int]] = {}
            for code in codes:
                of_partner = lessons.filter(partners__code=code)
                if of_partner.exists():
                    slowly[code] = {"": of_partner.count()}
                    values = Category.values if axis == "category" else slugs
                    for value in values:
                        number = of_partner.filter(**{path: value}).count()
                        if number:
                            slowly[code][value] = number
            assert numbers(client, by=axis) == slowly


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "archived"}, {"TD": 1}),
        ({"kind": "sustain"}, {}),
        ({"agency": "PT-GNR"}, {}),
        ({"year": "2019"}, {"PT": 1}),
        ({"year": "2019", "status": "noted"}, {"PT": 1}),
    ],
)
def test_filters(
    cast: Cast, client: Client, query: dict[str, str], expected: dict[str, int]
) -> None:
    several(cast)
    make_lesson(
        by=cast.originator,
        status=Status.NOTED,
        kind=Kind.IMPROVE,
        partners=("PT",),
        occurred_on=date(2019, 5, 5),
    )
    # Something that each filter leaves out or would find for somebody else.
    make_lesson(
        by=cast.partner_reviewer,
        agency=cast.partner_agency,
        status=Status.NOTED,
        kind=Kind.SUSTAIN,
        partners=("ES",),
    )
    client.force_login(cast.originator)
    assert {code: row[""] for code, row in numbers(client, **query).items()} == expected


def test_orders(cast: Cast, client: Client) -> None:
    several(cast)
    client.force_login(cast.originator)

    def order(sort: str) -> list[str]:
        return [row.code for row in client.get(URL, {"sort": sort}).context["rows"]]

    assert order("") == order("lessons") == ["MA", "FR"]
    assert order("-lessons") == ["FR", "MA"]
    assert order("name") == ["FR", "MA"]
    assert order("-name") == ["MA", "FR"]
    assert order("evaluation") == ["FR", "MA"]
    page = client.get(URL, {"sort": "odd"})
    assert [row.code for row in page.context["rows"]] == ["MA", "FR"]
    assert "There is no such order" in page.content.decode()
    heads = {head.label: head.aria for head, _url in client.get(URL).context["headings"]}
    assert [label for label, aria in heads.items() if aria] == ["All lessons"]


def test_what_makes_no_sense_says_so(cast: Cast, client: Client) -> None:
    several(cast)
    client.force_login(cast.originator)
    assert "There is no such heat map" in client.get(URL, {"by": "odd"}).content.decode()
    for query in ({"status": "odd"}, {"agency": "nobody"}, {"year": "1900"}):
        page = client.get(URL, query)
        assert (page.status_code, page.context["rows"]) == (200, [])
        assert "does not exist, or is not for you to see" in page.content.decode()
        assert client.get(FILE, query).status_code == 400


def test_of_many_themes_the_most_frequent_are_shown(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insights.matrix.LARGEST", 1)
    several(cast)
    client.force_login(cast.originator)
    page = client.get(URL, {"by": "theme"})
    assert [column.value for column in page.context["matrix"].columns] == ["drones"]
    everything = client.get(page.context["all_url"])
    assert [column.value for column in everything.context["matrix"].columns] == [
        "drones",
        "language",
    ]
    file = client.get(FILE, {"by": "theme"}).content.decode("utf-8-sig")
    assert next(csv.reader(file.splitlines()))[2:4] == ["Drones", "Language and interpreters"]


# --- For whom ----------------------------------------------------------------------------------


@pytest.mark.parametrize("tlp", [TLP.AMBER, TLP.AMBER_STRICT, TLP.RED])
def test_a_hidden_lesson_is_in_no_number(cast: Cast, client: Client, tlp: TLP) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=tlp, themes=("drones",))
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN, themes=("language",))
    for person, seen in ((cast.originator, 2), (cast.stranger, 1)):
        client.force_login(person)
        for axis in ("category", "theme"):
            assert numbers(client, by=axis)["MA"][""] == seen
        assert ("drones" in numbers(client, by="theme")["MA"]) == (seen == 2)
        in_file = client.get(FILE, {"by": "theme"}).content.decode()
        assert ("Drones" in in_file) == (seen == 2 and tlp != TLP.RED)


def test_the_file_is_put_on_record_and_says_its_marking(cast: Cast, client: Client) -> None:
    several(cast)
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED)
    client.force_login(cast.originator)
    assert numbers(client)["MA"][""] == 4
    client.head(FILE)
    assert not ExportRecord.objects.exists()
    answer = client.get(FILE, {"status": "noted"})
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert lines[1:] == [
        ["FR", "France", "1", "0", "0", "1", "2"],
        ["MA", "Morocco", "2", "0", "0", "0", "2"],
    ]
    today = timezone.localdate()
    assert answer["Content-Disposition"] == (
        f'attachment; filename="lindero-lessons-by-partner-and-category-{today}-TLP-AMBER.csv"'
    )
    record = ExportRecord.objects.get()
    assert (record.query, record.rows) == ("status=noted&by=category&report=heat-map", 2)


def test_without_lessons_it_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.stranger)
    assert "No lesson is here yet" in client.get(URL).content.decode()


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_number_of_queries_does_not_depend_on_the_records(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    cast = make_cast()
    with transaction.atomic():  # as the verbs do
        for _number in range(rows):
            several(cast)
    client.force_login(cast.reviewer)
    client.get(URL, {"by": "theme"})
    with django_assert_num_queries(5):
        client.get(URL, {"by": "theme"})
