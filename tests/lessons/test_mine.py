"""My observations: every one of mine, where it stands, who has it, and nothing of others."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from lessons.mine import PAGE, Observation, Standing, condition, numbers, observations_of
from lessons.models import Lesson, LessonEvent
from lessons.vocabulary import ActionStatus, Status
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson, make_reuse
from tests.forms import client_of
from tests.quick import ROWS


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def database(db: None) -> None:
    """Every test of this module asks the database."""


def page(user: User, query: str = "") -> str:
    answer = client_of(user).get(f"/mine/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def row(lesson: Lesson, user: User) -> Observation:
    return Observation.of(Lesson.objects.get(pk=lesson.pk), user)


def test_every_lesson_stands_in_one_place(cast: Cast) -> None:
    for status in Status:
        make_lesson(by=cast.originator, status=status)
    adopted = make_lesson(by=cast.originator, status=Status.RETURNED, adopted_by=cast.colleague)
    found = {
        standing: set(
            observations_of(cast.originator)
            .filter(condition(standing, cast.originator))
            .values_list("pk", flat=True)
        )
        for standing in Standing
    }
    everything = set(observations_of(cast.originator).values_list("pk", flat=True))
    assert sum(map(len, found.values())) == len(everything)
    assert set.union(*found.values()) == everything
    assert adopted.pk in found[Standing.WITH_REVIEWERS]
    assert numbers(cast.originator) == {one.value: len(pks) for one, pks in found.items()}


def test_mine_is_what_i_originated_recorded_or_adopted(cast: Cast) -> None:
    mine = [
        make_lesson(by=cast.colleague),
        make_lesson(by=cast.colleague, originator=cast.originator, status=Status.NOTED),
        make_lesson(by=cast.originator, adopted_by=cast.colleague),
    ]
    make_lesson(by=cast.originator, status=Status.NOTED, title="Of somebody else")
    hidden = make_lesson(
        by=cast.colleague,
        originator=cast.originator,
        tlp=TLP.RED,
        status=Status.NOTED,
        title="Recorded, and no longer mine to see",
    )
    assert set(observations_of(cast.colleague)) == set(mine)
    shown = page(cast.colleague)
    assert "Of somebody else" not in shown
    assert hidden.title not in shown


def test_who_has_it_is_named_as_far_as_i_may_know(cast: Cast) -> None:
    in_review = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    cases = {
        "With you": make_lesson(by=cast.originator, status=Status.RETURNED),
        "With the reviewers of GC": make_lesson(by=cast.originator, status=Status.SUBMITTED),
        "With Raquel Reviewer": in_review,
        "With the endorsers of GC": make_lesson(by=cast.originator, status=Status.VALIDATING),
        "With Carlos Colleague": make_lesson(by=cast.originator, adopted_by=cast.colleague),
        "": make_lesson(by=cast.originator, status=Status.LEARNED),
    }
    assert {words: row(lesson, cast.originator).holder for words, lesson in cases.items()} == {
        words: words for words in cases
    }
    busy = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    make_action(busy, body=cast.partner_agency)
    make_action(busy, status=ActionStatus.CANCELLED)
    assert row(busy, cast.originator).holder == "With GNR"


def test_what_came_of_it(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.LEARNED)
    make_action(lesson, status=ActionStatus.VERIFIED)
    make_action(lesson, status=ActionStatus.CANCELLED)
    make_reuse(lesson, by=cast.partner_reviewer)
    make_reuse(lesson, by=cast.partner_reviewer)
    assert row(lesson, cast.originator).came_of_it == [
        "endorsed",
        "1 of 1 action done",
        "learned",
        "used by GNR",
    ]
    LessonEvent.objects.create(
        lesson=lesson,
        move="endorse",
        actor=cast.endorser,
        from_status=Status.IN_REVIEW,
        to_status=Status.IDENTIFIED,
    )
    last = row(lesson, cast.originator)
    assert (last.last, last.last_by) == ("Endorsed", "Elena Endorser")
    assert "used by GNR" in page(cast.originator)


def test_the_filter_and_its_bad_values(cast: Cast) -> None:
    make_lesson(by=cast.originator, title="Still a draft")
    make_lesson(by=cast.originator, status=Status.LEARNED, title="Long learned")
    drafts = page(cast.originator, "?standing=with_me")
    assert "Still a draft" in drafts
    assert "Long learned" not in drafts
    wrong = page(cast.originator, "?standing=gone")
    assert "There is no such standing" in wrong
    assert "Still a draft" not in wrong
    assert "None of your observations stands here" in page(
        cast.originator, "?standing=with_reviewers"
    )


def test_pages(cast: Cast) -> None:
    for number in range(PAGE + 1):
        make_lesson(by=cast.originator, title=f"Point {number:02}.")
    assert f"1–{PAGE} of {PAGE + 1}" in page(cast.originator)
    for query in ("?page=2", "?page=99"):
        assert "Point 00." in page(cast.originator, query)
    for query in ("?page=x", "?page=-1", "?page=0"):
        assert "Point 20." in page(cast.originator, query)


@pytest.mark.parametrize(
    ("name", "words"),
    [("colleague", "Log what you saw"), ("stranger", "Read the lessons")],
)
def test_nothing_yet_says_what_to_do(cast: Cast, name: str, words: str) -> None:
    shown = page(cast.people[name])
    assert "You have not reported anything yet" in shown
    assert words in shown


def test_it_is_in_the_menu(cast: Cast) -> None:
    assert 'href="/mine/"' in client_of(cast.reader).get("/lessons/").content.decode()


@pytest.mark.parametrize("rows", ROWS)
def test_as_many_questions_for_30_rows_as_for_one(
    cast: Cast, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fields: Any = {"status": Status.IMPLEMENTING}
    for number in range(rows):
        lesson = make_lesson(
            by=cast.originator, adopted_by=cast.colleague if number % 2 else None, **fields
        )
        make_action(lesson, owner=cast.colleague)
        make_reuse(lesson, by=cast.partner_reviewer)
        LessonEvent.objects.create(
            lesson=lesson,
            move="endorse",
            actor=cast.endorser,
            from_status=Status.IN_REVIEW,
            to_status=Status.IDENTIFIED,
        )
    client = client_of(cast.originator)
    with django_assert_num_queries(11):
        client.get("/mine/")
