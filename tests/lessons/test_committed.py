"""Lists over records that are committed: what they cost, and what is kept between two requests.

In a module of their own: others share a cast in a transaction, and the facets of what is not yet
committed are worked out anew each time.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lessons.facets import INDEX, Reading
from lessons.models import Lesson
from lessons.search import LESSON_TEXT
from lessons.vocabulary import Category
from pages import export, listing
from pages.facets import facets
from records.search import keep_indexes
from records.vocabulary import TLP
from records.words import parse
from tests.cast import make_cast
from tests.factories import make_exercise, partner
from tests.lessons.test_exports import cut_off, exported
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
    # Session, person, agencies; what changed; the rows, their actions; saved views.
    for url in ("/lessons/", every, "/lessons/?sort=priority"):
        for headers in ({}, HTMX):
            # A whole page also counts unread notices.
            with django_assert_num_queries(7 if headers else 8):
                assert client.get(url, headers=headers).context["shown"].rows
    # All values of a facet: no rows, no saved views; notices.
    with django_assert_num_queries(5):
        client.get("/lessons/facets/exercise/?partner=FR")
    # Session, person, agencies; what changed, for the order, partners and themes;
    # what these are called; rows and three activities. The record: five to begin, one to end.
    with django_assert_num_queries(18):
        rows_of(client.get("/lessons/export/"))


def test_a_block_of_a_file_costs_what_any_block_costs(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(export, "BLOCK", 4)
    cast = make_cast()
    for number in range(12):
        noted(cast, f"Lesson {number}", exercise=make_exercise(by=cast.originator))
    response: Any = client_of(cast.reader).get("/lessons/export/")
    pieces = iter(response.streaming_content)
    next(pieces)
    for _block in range(3):
        with django_assert_num_queries(4):  # rows, what changed (for partners, themes), exercises
            next(pieces)
    cut_off(response)


@pytest.mark.parametrize("rows", ROWS)
def test_the_page_of_files_costs_the_same_for_one_and_thirty(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast = make_cast()
    for number in range(rows):
        exported(cast, cast.reader, f"partner=FR&theme=drones&q={number}")
    client = client_of(cast.coordinator)
    client.get("/members/ES-GC/exports/")
    # Session, person, agencies; records; what changed; notices.
    with django_assert_num_queries(8):
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
    with django_assert_num_queries(7):
        assert found(client, "burned") == ["Two", "One"]
    assert found(client, "burned", "&category=coordination") == ["One"]
    with django_assert_num_queries(7):
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
    common = {"observation": "The flare burned.", "category": Category.COORDINATION}
    noted(cast, "For all", tlp=TLP.CLEAR, **common)
    noted(cast, "For few", tlp=TLP.RED, **common)
    insider, outsider = client_of(cast.originator), client_of(cast.stranger)
    # Whoever asks first for a word; the blank makes another search of it.
    for word, readers in (("flare", (insider, outsider)), ("burned", (outsider, insider))):
        for _round in range(2):
            for reader in readers:
                few = ["For few"] if reader is insider else []
                assert found(reader, word) == [*few, "For all"]
                for typed in (word, f"{word}+"):
                    counted = boxes(reader, f"?q={typed}")["category"]
                    assert f"<b>{len(few) + 1}</b>" in counted
        assert "For few" not in outsider.get(f"/lessons/?q={word}").text


def test_words_of_a_change_that_is_taken_back_are_not_kept() -> None:
    cast = make_cast()
    one = noted(cast, "One", observation="The flare burned.")
    client = client_of(cast.colleague)
    assert found(client, "flare") == ["One"]
    reading = Reading(cast.colleague)
    with transaction.atomic():
        Lesson.objects.filter(pk=one.pk).update(observation="The lamp burned.")
        assert list(reading.matching(parse("lamp "))) == [one.pk]
        assert list(reading.matching(parse("flare "))) == []
        transaction.set_rollback(True)
    assert found(client, "lamp+") == []
    assert found(client, "flare+") == ["One"]


def test_words_are_found_again_once_the_index_is_mended() -> None:
    cast = make_cast()
    noted(cast, "One", observation="The flare burned.")
    client = client_of(cast.colleague)
    with connection.cursor() as cursor:
        emptied = "DELETE FROM lessons_lesson_words"
        if connection.vendor == "sqlite":
            emptied = (
                "INSERT INTO lessons_lesson_words (lessons_lesson_words) VALUES ('delete-all')"
            )
        cursor.execute(emptied)
    assert found(client, "flare") == []
    keep_indexes()
    assert found(client, "flare") == ["One"]


def test_a_slow_download_holds_on_to_no_sets() -> None:
    cast = make_cast()
    noted(cast, "One")
    client = client_of(cast.colleague)
    states, downloads = [], []
    for number in range(3):
        noted(cast, f"Another {number}")
        response: Any = client.get("/lessons/export/")
        pieces = iter(response.streaming_content)
        next(pieces)
        downloads.append((response, pieces))
        states.append(weakref.ref(INDEX.current()))
    gc.collect()
    assert [state() is not None for state in states] == [False, False, True]
    for _response, pieces in downloads:
        assert list(pieces)


def test_every_column_that_is_searched_makes_what_was_found_old() -> None:
    cast = make_cast()
    one = noted(cast, "One")
    client = client_of(cast.colleague)
    for number, name in enumerate(LESSON_TEXT.columns):
        word = f"flare{number}"
        assert found(client, word) == []
        Lesson.objects.filter(pk=one.pk).update(**{name: word})
        assert len(found(client, word)) == 1, name
