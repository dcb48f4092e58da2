"""What was settled before its mail went is left out of it; news goes out whatever came after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import Model
from django.utils import timezone

from agencies.models import User
from lessons.models import Action, Lesson, LessonEvent
from lessons.notice_kinds import (
    ACTION_DUE,
    ACTION_LATE,
    ACTION_MOVED,
    ANSWER,
    BECAME_OF,
    HANDED,
    KINDS,
    LESSON_LATE,
    QUESTION_WAITS,
    REVIEW_DUE,
    TO_REVIEW,
    TO_VALIDATE,
    VALIDATION_DUE,
)
from lessons.vocabulary import ActionStatus, Status
from notices import jobs
from notices.kinds import Kind, told_for_good
from notices.mails import make_letters
from notices.telling import tell
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson
from tests.forms import client_of
from tests.quick import quick

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
DUE = date(2026, 12, 1)


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def lesson_at(cast: Cast, status: Status, move: str = "", **fields: Any) -> Lesson:
    lesson = make_lesson(by=cast.originator, status=status, **fields)
    if move:
        again(lesson, cast, move, NOW)
    return lesson


def again(lesson: Lesson, cast: Cast, move: str, at: datetime) -> None:
    LessonEvent.objects.create(
        lesson=lesson,
        move=move,
        actor=cast.reviewer,
        from_status=lesson.status,
        to_status=lesson.status,
        at=at,
    )


def action_at(cast: Cast, status: ActionStatus, **fields: Any) -> Action:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    fields.setdefault("owner", cast.colleague)
    return make_action(lesson, status=status, due_on=DUE, **fields)


Case = tuple[Kind, str, Model, dict[str, Any], Callable[[], Any]]


@pytest.fixture(scope="module")
def cases(cast: Cast) -> dict[str, Case]:
    """By name: the kind, who is told, the subject, the facts, and what settles it."""
    due = {"clock": "review", "stage": "before", "due": DUE.isoformat()}
    asked = {"since": NOW.date().isoformat()} | due
    validated = due | {"due": (NOW.date() + timedelta(days=60)).isoformat(), "clock": "validation"}

    def become(subject: Any, **values: Any) -> Callable[[], Any]:
        return lambda: type(subject).objects.filter(pk=subject.pk).update(**values)

    with_many = lesson_at(cast, Status.SUBMITTED, review_due_on=DUE)
    in_hand: dict[str, Any] = {"reviewer": cast.reviewer, "review_due_on": DUE}
    in_review, postponed, handed, passed_on = (
        lesson_at(cast, Status.IN_REVIEW, **in_hand) for _number in range(4)
    )
    asked_twice, answered, answered_late = (
        lesson_at(cast, Status.RETURNED, "return") for _number in range(3)
    )
    validating, failed, late_check, ready = (
        lesson_at(cast, Status.VALIDATING, "finish") for _number in range(4)
    )
    late_review = lesson_at(cast, Status.SUBMITTED, review_due_on=DUE)
    done, moved, given, late = (action_at(cast, ActionStatus.ONGOING) for _number in range(4))
    declined = action_at(cast, ActionStatus.DECLINED)
    finished = action_at(cast, ActionStatus.FINISHED, finished_at=NOW)
    verified = {"status": ActionStatus.VERIFIED, "finished_at": NOW, "verified_at": NOW}
    proved = {"status": ActionStatus.FINISHED, "finished_at": NOW}
    put_off = DUE + timedelta(days=9)
    review_over = {"status": Status.REJECTED, "review_due_on": None}
    taken = {"status": Status.IN_REVIEW, "reviewer": cast.second_reviewer, "taken_at": NOW}
    learned = {"status": Status.LEARNED, "learned_at": timezone.now()}
    return {
        "a review that another took": (
            REVIEW_DUE,
            "reviewer",
            with_many,
            due,
            become(with_many, **taken),
        ),
        "a review that is done": (
            REVIEW_DUE,
            "reviewer",
            in_review,
            due,
            become(in_review, **review_over),
        ),
        "a review with another day": (
            REVIEW_DUE,
            "reviewer",
            postponed,
            due,
            become(postponed, review_due_on=put_off),
        ),
        "a late review": (
            LESSON_LATE,
            "coordinator",
            late_review,
            due,
            become(late_review, **review_over),
        ),
        "new for review": (
            TO_REVIEW,
            "reviewer",
            with_many,
            {"move": "submit"},
            become(with_many, **taken),
        ),
        "handed over": (
            HANDED,
            "reviewer",
            handed,
            {"move": "hand_over"},
            become(handed, reviewer=cast.second_reviewer),
        ),
        "handed over and done": (
            HANDED,
            "reviewer",
            passed_on,
            {"move": "hand_over"},
            become(passed_on, **review_over),
        ),
        "a question that is answered": (
            QUESTION_WAITS,
            "originator",
            answered,
            asked,
            become(answered, status=Status.SUBMITTED),
        ),
        "a question after another": (
            QUESTION_WAITS,
            "originator",
            asked_twice,
            asked,
            lambda: again(asked_twice, cast, "return", NOW + timedelta(days=3)),
        ),
        "a question": (
            ANSWER,
            "originator",
            answered,
            {"move": "return"},
            become(answered, status=Status.SUBMITTED),
        ),
        "a question answered late": (
            LESSON_LATE,
            "coordinator",
            answered_late,
            asked | {"clock": "returned"},
            become(answered_late, status=Status.SUBMITTED),
        ),
        "a validation that is done": (
            VALIDATION_DUE,
            "endorser",
            validating,
            validated,
            become(validating, **learned),
        ),
        "a validation after another": (
            VALIDATION_DUE,
            "endorser",
            failed,
            validated,
            lambda: again(failed, cast, "finish", NOW + timedelta(days=3)),
        ),
        "a late validation": (
            LESSON_LATE,
            "coordinator",
            late_check,
            validated,
            become(late_check, status=Status.IMPLEMENTING),
        ),
        "a change that waits": (
            TO_VALIDATE,
            "endorser",
            ready,
            {"move": "finish"},
            become(ready, **learned),
        ),
        "an action that is finished": (ACTION_DUE, "colleague", done, due, become(done, **proved)),
        "an action with another day": (
            ACTION_DUE,
            "colleague",
            moved,
            due,
            become(moved, due_on=put_off),
        ),
        "an action of another body": (
            ACTION_DUE,
            "colleague",
            given,
            due,
            become(given, body=cast.partner_agency),
        ),
        "a late action": (
            ACTION_LATE,
            "coordinator",
            late,
            due,
            become(late, status=ActionStatus.CANCELLED),
        ),
        "a declined action": (
            ACTION_MOVED,
            "endorser",
            declined,
            {"move": "decline", "body": "GC"},
            become(declined, status=ActionStatus.NOT_STARTED),
        ),
        "an action to verify": (
            ACTION_MOVED,
            "reviewer",
            finished,
            {"move": "finish", "body": "GC"},
            become(finished, **verified),
        ),
    }


NAMES = [
    "a review that another took", "a review that is done", "a review with another day",
    "a late review", "new for review", "handed over", "handed over and done",
    "a question that is answered", "a question after another", "a question",
    "a question answered late", "a validation that is done", "a validation after another",
    "a late validation", "a change that waits", "an action that is finished",
    "an action with another day", "an action of another body", "a late action",
    "a declined action", "an action to verify",
]  # fmt: skip


def send(now: datetime) -> list[Any]:
    """What goes out at ``now``."""
    before = len(mail.outbox)
    for _number in make_letters(now):
        pass
    while (job := jobs.take(now)) is not None:
        jobs.run(job, now)
    return mail.outbox[before:]


def told(cast: Cast, case: Case, key: str) -> User:
    kind, name, subject, facts, _settle = case
    reader: User = User.objects.get(pk=getattr(cast, name).pk)
    tell([reader], kind, subject, key=key, at=NOW, agency=cast.agency, **facts)
    return reader


@pytest.mark.parametrize("name", quick(*NAMES[::4], of=NAMES))
def test_what_is_settled_goes_out_no_more_and_is_said_to_be(
    name: str, cast: Cast, cases: dict[str, Case]
) -> None:
    case = cases[name]
    reader = told(cast, case, "1")
    assert "Settled" not in client_of(reader).get("/notices/").content.decode()
    (one,) = send(NOW + timedelta(days=1))
    assert one.to == [reader.email]
    told(cast, case, "2")
    case[-1]()
    assert send(NOW + timedelta(days=3)) == []
    page = client_of(reader).get("/notices/").content.decode()
    assert page.count("Settled") == 2


def test_every_kind_that_asks_for_something_is_tried(cases: dict[str, Case]) -> None:
    assert list(cases) == NAMES
    asking = {kind.name for kind in KINDS if kind.stands is not told_for_good}
    tried = {kind.name for kind, *_rest in cases.values()}
    assert tried == asking - {"revision_waits", "imported"}
    assert {kind.name for kind in KINDS} - asking == {
        "became",
        "mentioned",
        "reused",
        "assigned",
        "revision_decided",
    }


def test_news_goes_out_whatever_came_after(cast: Cast) -> None:
    rejected = make_lesson(by=cast.originator, status=Status.REJECTED)
    tell([cast.originator], ANSWER, rejected, key="1", at=NOW, move="reject")
    tell([cast.originator], BECAME_OF, rejected, key="1", at=NOW, move="reject", to="rejected")
    action = action_at(cast, ActionStatus.ONGOING)
    news: dict[str, Any] = {"move": "reopen", "body": "GC"}
    tell([cast.colleague], ACTION_MOVED, action, key="1", at=NOW, **news)
    Lesson.objects.filter(pk=rejected.pk).update(status=Status.SUBMITTED)
    Action.objects.filter(pk=action.pk).update(status=ActionStatus.CANCELLED)
    assert len(send(NOW)) == 3
