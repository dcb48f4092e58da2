"""The words of lessons: what is found, in which order, how the index follows, what never leaks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from lessons.models import Lesson
from lessons.search import LESSON_TEXT
from lessons.similar import similar
from lessons.vocabulary import Status
from records.search import keep_indexes
from records.vocabulary import TLP
from records.words import parse
from tests.cast import Cast, make_cast
from tests.factories import make_lesson
from tests.quick import ROWS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def noted(cast: Cast, **fields: Any) -> Lesson:
    return make_lesson(by=cast.originator, status=Status.NOTED, **fields)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def matching(text: str) -> set[int]:
    return set(LESSON_TEXT.matching(parse(text)))


# --- What is found ------------------------------------------------------------------------------


@pytest.mark.parametrize("column", LESSON_TEXT.columns)
def test_every_text_of_a_lesson_is_searched(cast: Cast, column: str) -> None:
    lesson = noted(cast, **{column: "Walrus-1"})
    noted(cast, title="Another")
    assert matching("walrus") == {lesson.pk}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("muller ", "Señor Müller"),
        ("SEÑOR ", "senor"),
        ("ete ", "E\u0301te\u0301"),
        ("łódź ", "Łódź"),
        ("straße ", "Straße"),
        ("δρομος ", "ΔΡΟΜΟΣ"),
        ("δρόμος ", "ΔΡΟΜΟΣ"),
        ("δρόμος ", "δρόμος"),
        ("ёлка ", "Ёлка"),
        ("ёлка ", "ЕЛКА"),
        ("майор", "Майоры"),
        ("हिन्दी ", "लेख हिन्दी में"),
        ("كتاب ", "كتاب جديد"),
        ("patr", "two patrols"),
        ('"joint patrol"', "a joint (patrol)"),
        ('"joint pat', "a joint patrol"),
        ("frontex.europa.eu ", "see https://frontex.europa.eu/x"),
        ("17 ", "the -17 degrees"),
        ("3.5 ", "3.5 km"),
        ("b.c@d.example ", "write to b.c@d.example"),
        ("AND ", "this and that"),
        ("one -two", "one three"),
    ],
)
def test_words_are_found_however_they_are_written(cast: Cast, query: str, text: str) -> None:
    lesson = noted(cast, observation=text)
    noted(cast, observation="xx")
    assert matching(query) == {lesson.pk}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("patrol ", "patrols"),
        ("trol", "patrol"),
        ('"patrol joint"', "joint patrol"),
        ("one -two", "one two"),
        ('one -"two three"', "one two three"),
        ("one missing ", "one two"),
        ("-one", "two"),
        ("?", "what?"),
        ("😀", "😀"),
    ],
)
def test_other_words_are_not_found(cast: Cast, query: str, text: str) -> None:
    noted(cast, observation=text)
    assert matching(query) == set()


def test_titles_weigh_more_than_recommendations_and_those_more_than_the_rest(cast: Cast) -> None:
    filler = "and other things that happened on that day at sea"
    rest = noted(cast, title=filler, observation=f"walrus {filler}", recommendation=filler)
    title = noted(cast, title=f"walrus {filler}", observation=filler, recommendation=filler)
    advice = noted(cast, title=filler, observation=filler, recommendation=f"walrus {filler}")
    query = parse("walrus")
    assert LESSON_TEXT.ranked(query, [rest.pk, title.pk, advice.pk]) == [
        title.pk,
        advice.pk,
        rest.pk,
    ]
    assert LESSON_TEXT.ranked(query, [rest.pk]) == [rest.pk]
    assert LESSON_TEXT.ranked(query, []) == []


def test_equals_come_newest_first(cast: Cast) -> None:
    ids = [noted(cast, title="walrus", observation="x", ref=f"R{n}").pk for n in range(4)]
    assert LESSON_TEXT.ranked(parse("walrus"), ids) == sorted(ids, reverse=True)


def test_ranking_costs_one_query(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ids = [noted(cast, title="walrus").pk for _ in range(30)]
    with django_assert_num_queries(1):
        assert len(LESSON_TEXT.ranked(parse("walrus"), ids)) == 30
    with django_assert_num_queries(1):
        assert LESSON_TEXT.snippets(parse("walrus"), ids) == {}


def test_snippets_mark_and_escape(cast: Cast) -> None:
    lesson = noted(cast, observation="A <b>Wálrus</b> & more")
    query = parse("walrus")
    assert LESSON_TEXT.snippets(query, [lesson.pk]) == {
        lesson.pk: "A &lt;b&gt;<mark>Wálrus</mark>&lt;/b&gt; &amp; more"
    }


# --- The index follows --------------------------------------------------------------------------


def test_the_index_follows_every_kind_of_change(cast: Cast) -> None:
    lesson = noted(cast, title="Walrus")
    assert matching("walrus") == {lesson.pk}
    Lesson.objects.filter(pk=lesson.pk).update(title="Seal", observation="Otter")
    assert (matching("walrus"), matching("seal otter")) == (set(), {lesson.pk})
    lesson.title = "Walrus"
    Lesson.objects.bulk_update([lesson], ["title"])
    assert matching("walrus") == {lesson.pk}
    fresh = noted(cast, title="Walrus")
    copies = [
        Lesson(
            title="Walrus of many",
            ref=f"COPY-{number}",
            agency=cast.agency,
            originator=cast.originator,
            created_by=cast.originator,
        )
        for number in range(3)
    ]
    Lesson.objects.bulk_create(copies)
    assert len(matching("walrus")) == 5
    Lesson.objects.filter(ref__startswith="COPY-").delete()
    assert matching("walrus") == {lesson.pk, fresh.pk}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lessons_lesson SET title = 'Mole' WHERE id = %s", [fresh.pk])
    assert matching("walrus") == {lesson.pk}


def test_very_long_texts_can_be_saved_and_their_beginning_is_found(cast: Cast) -> None:
    many = " ".join(f"{number:x}é{number * 7919:x}ñ" for number in range(6_000))[:90_000]
    lesson = noted(
        cast,
        observation=f"walrus {many}",
        discussion=many[::-1],
        conclusion=many.upper().replace("É", "Ω"),
        applies_when=many.replace("é", "ж"),
        does_not_apply_when=many.replace("é", "ш"),
    )
    assert matching("walrus") == {lesson.pk}


def drop_trigger(deed: str) -> None:
    name = f"{LESSON_TEXT.table}_{deed}"
    table = " ON lessons_lesson" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{table}")


@pytest.mark.parametrize("deed", ["insert", "update", "delete"])
def test_a_missing_trigger_comes_back_and_what_it_missed_is_found(cast: Cast, deed: str) -> None:
    lesson, gone = noted(cast, title="Seal"), noted(cast, title="Seal")
    drop_trigger(deed)
    Lesson.objects.filter(pk=lesson.pk).update(title="Walrus")
    other = noted(cast, title="Walrus")
    Lesson.objects.filter(pk=gone.pk).delete()
    keep_indexes()
    assert matching("walrus") == {lesson.pk, other.pk}
    assert matching("seal") == set()
    Lesson.objects.filter(pk=other.pk).update(title="Otter")
    assert matching("otter") == {other.pk}


def test_an_index_that_is_gone_is_made_again(cast: Cast) -> None:
    lesson = noted(cast, title="Walrus")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {LESSON_TEXT.table}")
    keep_indexes()
    assert matching("walrus") == {lesson.pk}


def test_keeping_what_is_in_order_rebuilds_nothing(cast: Cast) -> None:
    lesson = noted(cast, title="Walrus")
    other = noted(cast, title="Seal")
    # A sign that a rebuild would wipe out: a row of the index that says something else.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {LESSON_TEXT.table} SET doc = to_tsvector('simple', 'sign') WHERE id = %s",
                [other.pk],
            )
        else:
            cursor.execute(
                f"INSERT INTO {LESSON_TEXT.table} (rowid, title) VALUES (%s, 'sign')", [other.pk]
            )
    keep_indexes()
    assert matching("sign") == {other.pk}
    assert matching("walrus") == {lesson.pk}


# --- Leaks --------------------------------------------------------------------------------------


def hidden_and_shown(cast: Cast) -> tuple[Lesson, Lesson]:
    """Two lessons on the same animal; the stranger may know of one."""
    words = {
        "title": "Walrus herding interrupted surveillance",
        "recommendation": "Herding surveillance interrupted walrus Xyzzyword",
    }
    return noted(cast, tlp=TLP.AMBER, **words), noted(cast, tlp=TLP.CLEAR, **words)


def test_the_list_shows_and_counts_only_what_the_reader_may_see(cast: Cast) -> None:
    hidden, shown = hidden_and_shown(cast)
    assert matching("walrus") == {hidden.pk, shown.pk}
    stranger = client_of(cast.stranger).get("/lessons/?q=walrus")
    assert [row.pk for row in stranger.context["shown"].rows] == [shown.pk]
    assert stranger.context["shown"].total == 1
    assert hidden.ref not in stranger.content.decode()
    reader = client_of(cast.reader).get("/lessons/?q=walrus").context["shown"]
    assert {row.pk for row in reader.rows} == {hidden.pk, shown.pk}


def test_similar_lessons_are_visible_ones_and_never_the_lesson_itself(cast: Cast) -> None:
    hidden, shown = hidden_and_shown(cast)
    lesson = noted(cast, tlp=TLP.CLEAR, title="Herding a walrus", recommendation="Surveillance")
    assert similar(lesson, cast.stranger) == [shown]
    assert set(similar(lesson, cast.reader)) == {hidden, shown}
    page = client_of(cast.stranger).get(f"/lessons/{lesson.ref}/similar/").content.decode()
    assert shown.ref in page
    assert hidden.ref not in page
    part = client_of(cast.stranger).get(
        f"/lessons/{lesson.ref}/similar/", headers={"HX-Request": "true"}
    )
    assert "<html" not in part.content.decode()
    assert hidden.ref not in part.content.decode()


# --- Similar lessons ----------------------------------------------------------------------------


def test_similar_lessons_share_two_telling_words_and_are_at_most_five(cast: Cast) -> None:
    lesson = noted(cast, title="Thermal cameras freeze", recommendation="Heated housings")
    near = [noted(cast, title=f"Thermal cameras freeze again {n}") for n in range(7)]
    noted(cast, title="Cameras seen from afar")
    make_lesson(by=cast.originator, title="Thermal cameras", status=Status.ARCHIVED)
    found = similar(lesson, cast.reader)
    assert len(found) == 5
    assert set(found) <= set(near)


def test_a_lesson_like_no_other_has_no_panel(cast: Cast) -> None:
    lesson = noted(cast, title="Quite alone", recommendation="")
    assert similar(lesson, cast.reader) == []
    client = client_of(cast.reader)
    url = f"/lessons/{lesson.ref}/similar/"
    assert client.get(url, headers={"HX-Request": "true"}).content.strip() == b""
    assert "No other lesson is like this one" in client.get(url).content.decode()
    assert url in client.get(lesson.get_absolute_url()).content.decode()


@pytest.mark.parametrize("rows", ROWS)
def test_similar_lessons_cost_the_same_for_one_and_thirty(
    cast: Cast, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lesson = noted(cast, title="Thermal cameras freeze")
    for _ in range(rows):
        noted(cast, title="Thermal cameras freeze")
    client = client_of(cast.reader)
    # Session, person, agencies; the lesson; words, candidates, ranking; notices.
    with django_assert_num_queries(8):
        assert client.get(f"/lessons/{lesson.ref}/similar/").context["similar"]
