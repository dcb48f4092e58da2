"""Two people at the same lesson in the same moment: one moves it, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from agencies.models import User
from lessons.handling import handle
from lessons.models import Action, Lesson
from lessons.vocabulary import Status
from lessons.workflow import RefusedError, perform
from records.models import StaleVersionError
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson, theme

AT_ONCE = 8


def test_the_second_taker_is_refused(db: None) -> None:
    """Both have read the lesson as submitted."""
    cast = make_cast()
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    first, second = Lesson.objects.get(pk=lesson.pk), Lesson.objects.get(pk=lesson.pk)
    perform(first, "take", by=cast.reviewer, version=1)
    with pytest.raises(StaleVersionError) as stale:
        perform(second, "take", by=cast.second_reviewer, version=1)
    assert stale.value.current == first
    with pytest.raises(RefusedError):
        perform(second, "take", by=cast.second_reviewer)
    assert Lesson.objects.get(pk=lesson.pk).reviewer == cast.reviewer
    assert [event.actor for event in lesson.events.all()] == [cast.reviewer]


def in_threads(deeds: list[Callable[[], object]]) -> list[object]:
    """What each of ``deeds`` returned or raised, all started in the same moment."""
    start = threading.Barrier(len(deeds))
    outcomes: list[object] = [None] * len(deeds)

    def run(index: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes[index] = deed()
        except Exception as error:
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, deed)) for index, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


needs_rows_locked = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite in memory has one connection at a time"
)


@pytest.fixture
def committed(transactional_db: None, django_db_serialized_rollback: None) -> Cast:
    return make_cast()


@pytest.mark.slow
@needs_rows_locked
def test_of_many_takers_in_one_moment_one_gets_it(committed: Cast) -> None:
    lesson = make_lesson(by=committed.originator, status=Status.SUBMITTED)
    takers: list[User] = [committed.reviewer, committed.second_reviewer] * (AT_ONCE // 2)

    def take(user: User) -> Callable[[], object]:
        return lambda: perform(Lesson.objects.get(pk=lesson.pk), "take", by=user, version=1)

    outcomes = in_threads([take(user) for user in takers])
    refused = [one for one in outcomes if isinstance(one, StaleVersionError | RefusedError)]
    assert len(refused) == AT_ONCE - 1
    event = lesson.events.get()
    assert Lesson.objects.get(pk=lesson.pk).reviewer == event.actor


@pytest.mark.slow
@needs_rows_locked
def test_noting_and_endorsing_in_one_moment_makes_one_of_them(committed: Cast) -> None:
    lesson = make_lesson(
        by=committed.originator, status=Status.IN_REVIEW, reviewer=committed.reviewer
    )
    tags: dict[str, Any] = {"category": "coordination", "themes": [theme("joint-patrols")]}
    endorsed = tags | {
        "discussion": "a",
        "conclusion": "b",
        "recommendation": "c",
        "actions": [{"title": "d", "body": committed.agency, "due_on": date(2027, 1, 1)}],
    }

    def move(name: str, by: User, given: dict[str, Any]) -> Callable[[], object]:
        return lambda: perform(
            Lesson.objects.get(pk=lesson.pk), name, by=by, given=given, version=1
        )

    deeds = [
        move("note", committed.reviewer, tags | {"comment": "Known."}),
        move("endorse", committed.endorser, endorsed),
        move("endorse", committed.second_endorser, endorsed),
    ]
    outcomes = in_threads(deeds)
    assert sum(isinstance(one, StaleVersionError) for one in outcomes) == 2
    event = lesson.events.get()
    assert Lesson.objects.get(pk=lesson.pk).status == event.to_status
    assert Action.objects.count() == (1 if event.move == "endorse" else 0)


@pytest.mark.slow
@needs_rows_locked
def test_two_changes_of_the_marking_do_not_overwrite_each_other(committed: Cast) -> None:
    lesson = make_lesson(by=committed.originator, status=Status.NOTED)

    def mark(user: User, tlp: TLP) -> Callable[[], object]:
        return lambda: handle(
            Lesson.objects.get(pk=lesson.pk), by=user, given={"tlp": tlp}, version=1
        )

    outcomes = in_threads(
        [mark(committed.reviewer, TLP.GREEN), mark(committed.endorser, TLP.CLEAR)]
    )
    assert sum(isinstance(one, StaleVersionError) for one in outcomes) == 1
    event = lesson.events.get()
    expected = {committed.reviewer: TLP.GREEN, committed.endorser: TLP.CLEAR}[event.actor]
    assert Lesson.objects.get(pk=lesson.pk).tlp == expected
