"""One search across all kinds, and what is suggested while typing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from insights import search
from lessons.vocabulary import Status
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import (
    make_agreement,
    make_exercise,
    make_indicator,
    make_lesson,
    make_program,
)
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db


def make_noted(**fields: Any) -> Any:
    return make_lesson(status=Status.NOTED, **fields)


MAKE: dict[str, Callable[..., Any]] = {
    "lesson": make_noted,
    "exercise": make_exercise,
    "program": make_program,
    "agreement": make_agreement,
    "indicator": make_indicator,
}
TEXT = {"lesson": "observation", "indicator": "definition"}
"""A column of long text, where it is not the summary."""


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(client: Client, text: str) -> search.Found:
    answer: Any = client.get("/search/", {"q": text})
    assert answer.status_code == 200
    result: search.Found = answer.context["found"]
    return result


def page(client: Client, text: str, address: str = "/search/") -> str:
    return client.get(address, {"q": text}).content.decode()


def suggested(client: Client, text: str) -> list[str]:
    return [one.url for one in client.get("/search/suggest/", {"q": text}).context["offered"]]


# --- The search ---------------------------------------------------------------------------------


def test_each_kind_has_its_group_with_total_best_and_a_way_to_all(cast: Cast) -> None:
    for make in MAKE.values():
        for number in range(6):
            make(by=cast.originator, title=f"Walrus {number}", tlp=TLP.GREEN)
    answer = found(client_of(cast.stranger), "walrus")
    assert [(group.kind.name, group.total, len(group.hits)) for group in answer.groups] == [
        (name, 6, 4) for name in MAKE
    ]
    lists = [f"/{'evaluation/' * (name == 'indicator')}{name}s/" for name in MAKE]
    assert [group.url for group in answer.groups] == [f"{one}?q=walrus" for one in lists]
    assert answer.total == 30


def test_the_best_come_first_with_their_words_marked(cast: Cast) -> None:
    said = make_noted(by=cast.originator, title="A bird", observation="A wálrus <i>swam</i>.")
    named = make_noted(by=cast.originator, title="Walrus & bird")
    shown = page(client_of(cast.reader), "walrus ")
    assert shown.index(named.ref) < shown.index(said.ref)
    assert "<mark>Walrus</mark> &amp; bird" in shown
    assert "A <mark>wálrus</mark> &lt;i&gt;swam&lt;/i&gt;." in shown


def test_totals_are_those_of_the_lists(cast: Cast) -> None:
    make_noted(by=cast.originator, title="Walrus")
    make_lesson(by=cast.originator, title="Walrus", status=Status.ARCHIVED)
    client = client_of(cast.reader)
    [group] = found(client, "walrus").groups
    assert group.total == client.get(group.url).context["shown"].total == 1


def test_partners_are_found_by_name_and_code(cast: Cast) -> None:
    client = client_of(cast.stranger)
    assert [one.code for one in found(client, "moroc").partners] == ["MA"]
    assert [one.code for one in found(client, "cote d ivoire").partners] == ["CI"]
    assert [one.code for one in found(client, "frontex ").partners] == ["FRONTEX"]
    assert "/partners/MA/" in page(client, "moroc")


@pytest.mark.parametrize("kind", MAKE)
def test_a_reference_is_offered_first(cast: Cast, kind: str) -> None:
    record = MAKE[kind](by=cast.originator, title="Named")
    for _ in range(6):
        make_noted(by=cast.originator, title=f"Mentions {record.ref}")
    answer = found(client_of(cast.reader), f" {record.ref.lower()} ")
    assert answer.named is not None
    assert answer.named.record == record
    hidden = found(client_of(cast.stranger), record.ref)
    assert (hidden.named, hidden.total) == (None, 0)


def test_a_lesson_put_away_is_offered_by_its_reference(cast: Cast) -> None:
    record = make_lesson(by=cast.originator, title="Old", status=Status.ARCHIVED)
    answer = found(client_of(cast.reader), record.ref)
    assert answer.named is not None
    assert answer.total == 0
    assert "Nothing matches" not in page(client_of(cast.reader), record.ref)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-walrus", "Give at least one word to find"),
        ("?!", "Give at least one word to find"),
        ("a\x00b", "Null characters are not allowed."),
        ("x" * 2001, "Search for at most 2000 characters."),
        ("nothing like it", "Nothing matches these words"),
        ('"unbalanced', "Nothing matches these words"),
        ("AND OR NOT (", "Nothing matches these words"),
    ],
)
def test_what_finds_nothing_is_said(cast: Cast, text: str, words: str) -> None:
    make_noted(by=cast.originator, title="Walrus")
    client = client_of(cast.reader)
    assert words in page(client, text)
    assert found(client, text).total == 0
    assert suggested(client, text) == []


def test_without_words_there_is_a_form_and_nothing_else(cast: Cast) -> None:
    shown = page(client_of(cast.reader), " ")
    assert "Nothing matches" not in shown
    assert "Give at least" not in shown


def test_what_was_typed_stays_text(cast: Cast) -> None:
    script = "<script>alert(1)</script>"
    make_noted(by=cast.originator, title=script, observation=script)
    client = client_of(cast.reader)
    for address in ("/search/", "/search/suggest/"):
        assert "<script>alert" not in page(client, script, address)


def test_beyond_the_bound_the_newest_are_ranked_and_the_page_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BOUND", 2)
    best = make_noted(by=cast.originator, title="Walrus walrus", recommendation="Walrus")
    newer = [make_noted(by=cast.originator, observation="Walrus") for _ in range(2)]
    client = client_of(cast.reader)
    [group] = found(client, "walrus").groups
    assert group.total == 3
    assert {hit.record for hit in group.hits} == set(newer)
    assert best.ref not in page(client, "walrus")
    assert "newest matches" in page(client, "walrus")


# --- Suggestions --------------------------------------------------------------------------------


def test_records_partners_and_themes_are_suggested(cast: Cast) -> None:
    records = [make(by=cast.originator, title="Drones over Morocco") for make in MAKE.values()]
    client = client_of(cast.reader)
    assert suggested(client, "moroc") == [
        "/partners/MA/",
        *(record.get_absolute_url() for record in records),
    ]
    assert suggested(client, "dron")[0] == "/lessons/?theme=drones"
    assert suggested(client, "over moroc") == [record.get_absolute_url() for record in records]
    ref = records[0].ref
    assert suggested(client, ref)[0] == suggested(client, ref[:-1])[0] == f"/lessons/{ref}/"


def test_texts_are_not_suggested_and_few_are(cast: Cast) -> None:
    make_noted(by=cast.originator, title="Seal", observation="Walrus", recommendation="Walrus")
    client = client_of(cast.reader)
    assert suggested(client, "walrus") == []
    for make in MAKE.values():
        for _ in range(4):
            make(by=cast.originator, title="Walrus")
    assert len(suggested(client, "walrus")) == 8


def test_the_last_suggestion_leads_to_all_matches(cast: Cast) -> None:
    make_noted(by=cast.originator, title="Walrus")
    client = client_of(cast.reader)
    for text, shown, query in (
        ("walrus", "walrus", "walrus"),
        ("seal & <b>", "seal &amp; &lt;b&gt;", "seal+%26+%3Cb%3E"),
    ):
        last = page(client, text, "/search/suggest/").rstrip().splitlines()[-1]
        assert f"All matches for “{shown}”" in last
        assert f'data-url="/search/?q={query}"' in last
    for nothing in ("", " ", "-radio", "&"):
        assert "<li" not in page(client, nothing, "/search/suggest/")


# --- Leaks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", quick("lesson", of=MAKE))
def test_a_hidden_record_is_in_nothing_that_is_shown(cast: Cast, kind: str) -> None:
    hidden = MAKE[kind](
        by=cast.originator, title="Xyzzy walrus", tlp=TLP.AMBER,
        **{TEXT.get(kind, "summary"): "Xyzzy"},
    )  # fmt: skip
    shown = MAKE[kind](by=cast.originator, title="Walrus", tlp=TLP.CLEAR)
    insider, stranger = client_of(cast.reader), client_of(cast.stranger)
    assert found(insider, "walrus").total == 2
    assert len(suggested(insider, "walrus")) == 2
    assert found(insider, hidden.ref).named is not None
    assert found(stranger, "walrus").total == 1
    assert suggested(stranger, "walrus") == [shown.get_absolute_url()]
    for text in ("walrus", "xyzzy", hidden.ref, hidden.ref[:-1]):
        for address in ("/search/", "/search/suggest/"):
            assert "Xyzzy walrus" not in page(stranger, text, address)
            assert hidden.get_absolute_url() not in page(stranger, text, address)
    assert found(stranger, "xyzzy").total == 0
    assert suggested(stranger, "xyzzy") == []


# --- Cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_search_costs_the_same_for_one_row_and_thirty(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast = make_cast()
    for _ in range(rows):
        for make in MAKE.values():
            record = make(by=cast.originator, title="Walrus of Morocco")
    client = client_of(cast.reader)
    client.get("/search/", {"q": "walrus"})
    # Session, person, agencies; what changed, lessons unless the words were looked
    # for before; totals, the newest, their ranking; the rows of five kinds; partners; notices.
    for text, number in (("walrus", 15), ("moroc", 16), (record.ref, 16)):
        with django_assert_num_queries(number):
            client.get("/search/", {"q": text})
    # The same four; records; partners and themes.
    with django_assert_num_queries(5):
        client.get("/search/suggest/", {"q": "moroc"})
    with django_assert_num_queries(4):
        client.get("/search/", {"q": ""})
