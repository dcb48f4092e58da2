"""The moves of a lesson that nobody makes: they follow from where its actions stand."""

from __future__ import annotations

from datetime import datetime, timedelta

from lessons.models import Lesson, LessonEvent
from lessons.telling import tell_of
from lessons.vocabulary import ActionStatus, Status
from lessons.workflow.basis import Actor
from lessons.workflow.moves import MOVES
from lessons.workflow.people import people_with

UNDER_WAY = frozenset(
    {
        ActionStatus.ONGOING,
        ActionStatus.STANDBY,
        ActionStatus.FINISHED,
        ActionStatus.VERIFIED,
    }
)


def follow(lesson: Lesson, *, actor: Actor, at: datetime) -> None:
    """Make every move that is due by the actions of ``lesson``, whose row is locked."""
    while (name := _due(lesson)) is not None:
        before, lesson.status = lesson.status, MOVES[name].target
        if name == "finish":
            days = timedelta(days=lesson.agency.validation_days)
            lesson.validation_due_on = lesson.agency.local_date(at) + days
        lesson.version += 1
        lesson.save()
        event = LessonEvent.objects.create(
            lesson=lesson,
            move=name,
            actor=actor.user,
            by_administration=actor.administration,
            from_status=before,
            to_status=lesson.status,
            at=at,
        )
        tell_of(event, people_with)


def _due(lesson: Lesson) -> str | None:
    if lesson.status not in {Status.IDENTIFIED, Status.IMPLEMENTING}:
        return None
    actions = list(lesson.actions.order_by())
    if lesson.status == Status.IDENTIFIED:
        return "start" if any(action.status in UNDER_WAY for action in actions) else None
    if any(action.is_open for action in actions):
        return None
    verified = any(action.status == ActionStatus.VERIFIED for action in actions)
    return "finish" if verified else "reconsider"
