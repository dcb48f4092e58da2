"""What is done to an action, with its event; whoever calls has locked the row and may do it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from agencies.models import Agency, User
from lessons.models import Action, ActionEvent, Lesson
from lessons.vocabulary import ActionStatus
from lessons.workflow.basis import Actor
from records.following import saved


def assign(
    lesson: Lesson,
    *,
    actor: Actor,
    at: datetime,
    title: str,
    body: Agency,
    due_on: date,
    owner: User | None = None,
    element: str = "",
) -> Action:
    """A new action that serves ``lesson``."""
    action = Action.objects.create(
        title=title, body=body, due_on=due_on, owner=owner, element=element, created_at=at
    )
    action.lessons.add(lesson)
    record(action, "assign", action.status, actor=actor, at=at)
    return action


def share(action: Action, lesson: Lesson, *, actor: Actor, at: datetime, newly: bool) -> None:
    """Let ``action`` serve ``lesson`` too; ``newly``: more people read it from now on."""
    action.lessons.add(lesson)
    keep(action, "open_up" if newly else "share", action.status, actor=actor, at=at)


def reopen(
    action: Action, *, actor: Actor, at: datetime, comment: str, due_on: date | None = None
) -> ActionEvent:
    """Let it be worked on again, by its owner if it has one."""
    before, due_before = action.status, action.due_on
    action.status = ActionStatus.ONGOING if action.owner_id else ActionStatus.NOT_STARTED
    action.finished_at = action.finished_by = None
    action.verified_at = action.verified_by = None
    action.due_on = due_on or action.due_on
    return keep(
        action, "reopen", before, actor=actor, at=at, comment=comment, due_before=due_before
    )


def cancel(action: Action, *, actor: Actor, at: datetime, comment: str) -> ActionEvent:
    before, action.status = action.status, ActionStatus.CANCELLED
    return keep(action, "cancel", before, actor=actor, at=at, comment=comment)


def keep(
    action: Action, move: str, before: str, *, due_before: date | None = None, **told: Any
) -> ActionEvent:
    """Save ``action`` as a newer version of itself, with the event that says why."""
    action.version += 1
    action.save()
    saved(action)
    if due_before is not None and due_before != action.due_on:
        told |= {"due_before": due_before, "due_after": action.due_on}
    return record(action, move, before, **told)


def record(action: Action, move: str, before: str, *, actor: Actor, **told: Any) -> ActionEvent:
    return ActionEvent.objects.create(
        action=action,
        move=move,
        actor=actor.user,
        by_administration=actor.administration,
        from_status=before,
        to_status=action.status,
        **told,
    )
