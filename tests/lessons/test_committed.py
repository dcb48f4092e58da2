"""Lists over records that are committed: what they cost, and what is kept between two requests.

In a module of their own: others share a cast in a transaction, and the facets of what is not yet
committed are worked out anew each time.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lessons.models import Lesson
from lessons.search import LESSON_TEXT
from lessons.vocabulary import Category
from pages import listing
from pages.facets import facets
from records.vocabulary import TLP
from tests.cast import make_cast
from tests.factories import partner
from tests.lessons.test_exports import exported
from tests.lessons.test_lists import HTMX, client_of, full, noted, rows_of
from tests.quick import ROWS

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.parametrize("rows", ROWS)
def test_a_list_costs_the_same_for_one_row_and_thirty(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast = make_cast()
    for number in range(rows):
        full(cast, number)
    client = client_of(cast.reader)
    lesson: Any = Lesson.objects.latest("pk")
    every = (
        f"/lessons/?partner=FR&theme=drones&agency=ES-GC&exercise={lesson.exercise.ref}"
        f"&program={lesson.program.ref}&agreement={lesson.agreement.ref}&from=2026-01-01"
    )
    client.get("/lessons/")
    # Session, person, memberships, agencies; what changed; the rows, their actions; saved views.
    for url in ("/lessons/", every, "/lessons/?sort=priority"):
        for headers in ({}, HTMX):
            # A whole page also counts unread notices.
            with django_assert_num_queries(8 if headers else 9):
                assert client.get(url, headers=headers).context["shown"].rows
    # All values of a facet: no rows, no saved views; notices.
    with django_assert_num_queries(6):
        client.get("/lessons/facets/exercise/?partner=FR")
    # Session, person, memberships, agencies; what changed, for the order, partners and themes;
    # what these are called; rows and three activities. The record: five to begin, one to end.
    with django_assert_num_queries(19):
        rows_of(client.get("/lessons/export/"))


@pytest.mark.parametrize("rows", ROWS)
def test_the_page_of_files_costs_the_same_for_one_and_thirty(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast = make_cast()
    for number in range(rows):
        exported(cast, cast.reader, f"partner=FR&theme=drones&q={number}")
    client = client_of(cast.coordinator)
    client.get("/members/ES-GC/exports/")
    # Session, person, memberships, tree; the agency, agencies; records; what changed; notices.
    with django_assert_num_queries(9):
        client.get("/members/ES-GC/exports/")


def boxes(client: Client, query: str = "") -> dict[str, str]:
    """The filters of the page as drawn, by name."""
    return {one.name: one.inside for one in client.get(f"/lessons/{query}").context["shown"].facets}


def test_filters_are_drawn_anew_when_a_number_changes_and_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[str] = []

    def counted(*given: Any) -> Any:
        drawn.append("once more")
        return facets(*given)

    monkeypatch.setattr(listing, "facets", counted)
    cast = make_cast()
    noted(cast, "One", category=Category.COORDINATION)
    client = client_of(cast.colleague)
    before = boxes(client)
    assert "<b>1</b>" in before["category"]
    assert boxes(client) == before
    assert len(drawn) == 1
    noted(cast, "Two", category=Category.COORDINATION)
    assert "<b>2</b>" in boxes(client)["category"]
    assert len(drawn) == 2


def test_filters_are_drawn_for_each_reader_language_order_and_address() -> None:
    cast = make_cast()
    noted(cast, "For all", category=Category.COORDINATION, tlp=TLP.CLEAR)
    noted(cast, "For few", category=Category.ADAPTABILITY, tlp=TLP.RED)
    insider, outsider = client_of(cast.originator), client_of(cast.stranger)
    for _round in range(2):
        assert "Adaptability" in boxes(insider)["category"]
        assert "Adaptability" not in boxes(outsider)["category"]
        assert "checked" not in boxes(insider)["category"]
        assert "checked" in boxes(insider, "?category=coordination")["category"]
        # Said of one value it narrows nothing, and stands as it was chosen.
        code = partner("FR").code
        one = boxes(insider, f"?partner={code}")["partner"]
        assert one != boxes(insider, f"?partner={code}&partner_mode=all")["partner"]
        assert one == boxes(insider, f"?partner={code}")["partner"]


def found(client: Client, words: str, more: str = "") -> list[str]:
    shown = client.get(f"/lessons/?q={words}{more}").context["shown"]
    assert shown.total == len(shown.rows)
    return [row.title for row in shown.rows]


def test_words_are_looked_up_again_when_a_text_changes_and_only_then(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cast = make_cast()
    one = noted(cast, "One", observation="The flare burned.", category=Category.COORDINATION)
    two = noted(cast, "Two", observation="The lamp burned.", category=Category.ADAPTABILITY)
    client = client_of(cast.colleague)
    assert found(client, "burned") == ["Two", "One"]
    # As any list: session, person, memberships, agencies; what changed; the rows; saved views,
    # unread notices. The words are known, also beside another filter.
    with django_assert_num_queries(8):
        assert found(client, "burned") == ["Two", "One"]
    assert found(client, "burned", "&category=coordination") == ["One"]
    with django_assert_num_queries(8):
        assert found(client, "burned", "&category=coordination") == ["One"]

    # A change that no verb made, of nothing but a text.
    Lesson.objects.filter(pk=two.pk).update(observation="The lamp was lit.")
    assert found(client, "burned") == ["One"]
    assert found(client, "lit") == ["Two"]
    Lesson.objects.filter(pk=one.pk).update(title="Burned")
    Lesson.objects.filter(pk=two.pk).update(recommendation="Say when one burned.")
    assert found(client, "burned") == ["Burned", "Two"]
    shown = client.get("/lessons/?q=burned").context["shown"]
    assert [row.snippet for row in shown.rows] == [
        "The flare <mark>burned</mark>.",
        "Say when one <mark>burned</mark>.",
    ]
    Lesson.objects.filter(pk=one.pk).delete()
    assert found(client, "burned") == ["Two"]


def test_words_found_for_one_reader_are_not_found_for_another() -> None:
    cast = make_cast()
    noted(cast, "For all", observation="The flare burned.", tlp=TLP.CLEAR)
    noted(cast, "For few", observation="The flare burned.", tlp=TLP.RED)
    insider, outsider = client_of(cast.originator), client_of(cast.stranger)
    for _round in range(2):
        assert found(insider, "flare") == ["For few", "For all"]
        assert found(outsider, "flare") == ["For all"]
        assert "For few" not in outsider.get("/lessons/?q=flare").text


def test_every_column_that_is_searched_makes_what_was_found_old() -> None:
    cast = make_cast()
    one = noted(cast, "One")
    client = client_of(cast.colleague)
    for number, name in enumerate(LESSON_TEXT.columns):
        word = f"flare{number}"
        assert found(client, word) == []
        Lesson.objects.filter(pk=one.pk).update(**{name: word})
        assert len(found(client, word)) == 1, name
