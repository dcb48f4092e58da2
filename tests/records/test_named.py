"""Names of partners and themes in a search of texts: the filter that goes by them is offered."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from agencies.models import User
from lessons.vocabulary import Status
from pages.filters import LONGEST_TEXT
from records.words import runs
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program

LISTS = ["lessons", "exercises", "programs", "agreements"]


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def offered(client: Client, address: str) -> list[str]:
    """The addresses offered above the rows; the page has a link to each."""
    answer = client.get(address)
    offers: list[tuple[str, str]] = answer.context["shown"].offers
    page = unescape(answer.content.decode())
    assert all(f'<p><a href="{url}">{words}</a></p>' in page for words, url in offers)
    assert ("show what is recorded" in page) is bool(offers)
    return [url for _words, url in offers]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", LISTS)
def test_each_list_offers_the_filter_of_a_partner_that_was_typed(cast: Cast, kind: str) -> None:
    common: dict[str, Any] = {"by": cast.originator, "partners": ("MA",)}
    make_lesson(**common, title="Radio", status=Status.NOTED)
    for make in (make_exercise, make_program, make_agreement):
        make(**common, title="Radio")
    client = client_of(cast.reader)
    search = client.get(f"/{kind}/?q=radio+morocco&sort=title").context["shown"]
    assert search.rows == []
    [(words, url)] = search.offers
    assert words == "Morocco is a partner: show what is recorded with it"
    assert [row.title for row in client.get(url).context["shown"].rows] == ["Radio"]
    part = client.get(f"/{kind}/?q=radio+morocco", headers={"HX-Request": "true"})
    assert words in part.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ("q=Morocco", ["?partner=MA"]),
        ("q=MOROCCO&sort=oldest", ["?partner=MA&sort=oldest"]),
        ("q=MA", ["?partner=MA"]),
        ("q=cote+d'ivoire", ["?partner=CI"]),
        ('q="joint+patrols"', ["?theme=joint-patrols"]),
        ("q=joint-patrols", ["?theme=joint-patrols"]),
        ("q=night+joint+patrols+boat", ["?q=night+boat&theme=joint-patrols"]),
        ("q=radio+Morocco", ["?q=radio+&partner=MA"]),
        ("q=Morocco+-night+boat&kind=improve", ["?q=-night+boat&kind=improve&partner=MA"]),
        ("q=Equatorial+Guinea", ["?partner=GQ"]),
        ("q=Morocco&partner=FR", ["?partner=MA"]),
        (
            "q=France+drones",
            ["?q=drones&partner=FR", "?q=France+&theme=drones"],
        ),
        (
            "q=France+Spain+Italy+Malta",
            [
                "?q=Spain+Italy+Malta&partner=FR",
                "?q=France+Italy+Malta&partner=ES",
                "?q=France+Spain+Malta&partner=IT",
            ],
        ),
    ],
)
def test_the_words_of_the_name_are_left_out(cast: Cast, query: str, addresses: list[str]) -> None:
    client = client_of(cast.reader)
    expected = [f"/lessons/{address}" for address in addresses]
    assert offered(client, f"/lessons/?{query}") == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "partner=MA",
        "q=moroc",
        "q=ma",
        "q=it",
        "q=-Morocco+radio",
        "q=Morocco+-night",
        'q="radio+in+morocco"',
        "q=joint",
        "q=Morocco&from=garbage",
        "q=%26+-",
    ],
)
def test_what_names_nothing_offers_nothing(cast: Cast, query: str) -> None:
    assert offered(client_of(cast.reader), f"/lessons/?{query}") == []


@given(st.text(max_size=80) | st.text(alphabet='ab -"\u201c', max_size=40))
def test_any_search_has_runs_and_what_is_left_without_them(text: str) -> None:
    for run in runs(text):
        assert run.words
        assert run.typed.strip()
        assert len(run.rest) <= len(text) - len(run.typed)


def test_a_long_search_is_looked_through_in_part() -> None:
    assert len(list(runs("a " * (LONGEST_TEXT // 2)))) <= 400
