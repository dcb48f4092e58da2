"""Two submissions of one form at the same moment, on a server that takes both."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.http import HttpResponseBase

from agencies.models import User
from lessons.models import Lesson
from programs.models import Exercise, Participation
from tests.cast import make_cast
from tests.factories import make_exercise, partner
from tests.forms import changed, client_of, fields_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="the test database of SQLite has one connection"
    ),
]


def at_once(*deeds: Callable[[], HttpResponseBase]) -> list[HttpResponseBase]:
    """Do all ``deeds`` at the same moment, each on a connection of its own."""
    barrier = Barrier(len(deeds))
    answers: list[HttpResponseBase] = []

    def do(deed: Callable[[], HttpResponseBase]) -> None:
        try:
            barrier.wait()
            answers.append(deed())
        finally:
            connections.close_all()

    threads = [Thread(target=do, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def originator() -> User:
    cast = make_cast()
    return cast.originator


def test_two_clicks_at_one_moment_make_one_lesson(originator: User) -> None:
    client = client_of(originator)
    values = changed(fields_of(client.get("/lessons/new/")), title="Once", partners=[partner("MA")])
    answers = at_once(*[lambda: client_of(originator).post("/lessons/new/", values)] * 4)
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert Lesson.objects.count() == 1


def test_one_of_two_savings_at_one_moment_is_told_of_the_other(originator: User) -> None:
    exercise = make_exercise(by=originator)
    path = f"/exercises/{exercise.ref}/edit/"
    values = fields_of(client_of(originator).get(path))
    row = {"participations__TOTAL_FORMS": "1", "participations__0__agency": exercise.agency}
    answers = at_once(
        *(
            lambda title=title: client_of(originator).post(
                path, changed(values, title=title, participations__0__role="host", **row)
            )
            for title in ("One", "Other")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert Exercise.objects.get().version == 2
    assert Participation.objects.count() == 1
