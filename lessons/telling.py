"""Whom a move tells, in its own transaction; never the person who made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import QuerySet

from agencies.models import Membership, User
from agencies.roles import Permission
from lessons.models import Action, ActionEvent, Lesson, LessonEvent
from lessons.notice_kinds import (
    ACTION_MOVED,
    ANSWER,
    ASSIGNED,
    BECAME_OF,
    HANDED,
    IMPORTED,
    REVISION_DECIDED,
    REVISION_WAITS,
    TO_REVIEW,
    TO_VALIDATE,
)
from lessons.versions import Revision
from lessons.vocabulary import Status
from notices.kinds import Kind
from notices.telling import tell

PeopleWith = Callable[[Permission, Lesson], QuerySet[User]]
"""Who holds a permission for a lesson and may read it, its authors left out."""


def tell_of(event: LessonEvent, people_with: PeopleWith) -> None:
    """Tell those whom the move concerns: authors, reviewers, owners and action bodies."""
    lesson = event.lesson
    _tell_authors(event, lesson)
    if event.move in {"submit", "appeal"}:
        _tell_reviewers(event, lesson, people_with)
    elif event.move == "hand_over" and lesson.reviewer is not None:
        _tell([lesson.reviewer], HANDED, event, agency=lesson.agency_id)
    elif event.move == "finish":
        _tell(people_with(Permission.ENDORSE, lesson), TO_VALIDATE, event, agency=lesson.agency_id)
    _tell_action_bodies(event, lesson)


def _tell(
    people: Iterable[User],
    kind: Kind,
    event: LessonEvent,
    *,
    move: str = "",
    agency: int | None = None,
) -> None:
    tell(
        [person for person in people if person.pk != event.actor_id],
        kind,
        event.lesson,
        key=f"event:{event.pk}",
        at=event.at,
        agency=agency,
        move=move or event.move,
        to=event.to_status,
    )


def _tell_authors(event: LessonEvent, lesson: Lesson) -> None:
    """The author gets what needs an answer; the others of the authors what became of it."""
    authors = {one for one in (lesson.originator, lesson.editor) if one is not None}
    if event.move in {"return", "reject"}:
        final = event.move == "reject" and lesson.on_appeal
        _tell([lesson.editor], ANSWER, event, move="final" if final else event.move)
        authors.discard(lesson.editor)
    _tell(authors, BECAME_OF, event)


def _tell_reviewers(event: LessonEvent, lesson: Lesson, people_with: PeopleWith) -> None:
    """All reviewers; of an answered question the one who asked, as long as they can review it."""
    reviewers: Iterable[User] = people_with(Permission.REVIEW, lesson)
    move = event.move
    if event.from_status == Status.RETURNED:
        move = "answered"
        reviewers = [one for one in reviewers if one.pk == lesson.reviewer_id] or reviewers
    _tell(reviewers, TO_REVIEW, event, move=move, agency=lesson.agency_id)


def tell_of_import(
    first: Lesson, number: int, people_with: PeopleWith, *, by: User, at: datetime
) -> None:
    """The reviewers of an agency, once for the ``number`` of lessons submitted with ``first``."""
    reviewers = people_with(Permission.REVIEW, first)
    tell(
        [person for person in reviewers if person.pk != by.pk],
        IMPORTED,
        first,
        key="import",
        at=at,
        agency=first.agency_id,
        number=number,
    )


# --- Revisions of a published text -------------------------------------------------------------


def tell_approvers(
    event: LessonEvent, revision: Revision, people_with: PeopleWith, *, answered: bool
) -> None:
    """The endorsers who wrote nothing in it, once for each time that it waits for them."""
    tell(
        people_with(Permission.ENDORSE, event.lesson).exclude(pk__in=revision.editor_ids),
        REVISION_WAITS,
        event.lesson,
        key=f"event:{event.pk}",
        at=event.at,
        agency=event.lesson.agency_id,
        step="answered" if answered else "revise",
        revision=revision.pk,
    )


def tell_of_decision(event: LessonEvent, revision: Revision) -> None:
    """Whoever wrote in it, and the authors of the lesson."""
    lesson = event.lesson
    people = {*revision.editors.all(), lesson.originator, lesson.editor}
    tell(
        [person for person in people if person and person.pk != event.actor_id],
        REVISION_DECIDED,
        lesson,
        key=f"event:{event.pk}",
        at=event.at,
        step=event.move,
    )


# --- Actions -----------------------------------------------------------------------------------


def _tell_action_bodies(event: LessonEvent, lesson: Lesson) -> None:
    """Those who have the actions that came with a move."""
    for action in lesson.actions.filter(created_at=event.at).select_related("owner", "body"):
        tell_of_assignment(action, f"event:{event.pk}", by=event.actor_id, at=event.at)


def tell_of_assignment(action: Action, key: str, *, by: int, at: datetime) -> None:
    """The owner of an action, and the coordinators of the agency that has it."""
    owner = [action.owner] if action.owner is not None else []
    coordinators = [one for one in coordinators_of(action) if one not in owner]
    for people, to in ((owner, "owner"), (coordinators, "body")):
        tell(
            [person for person in people if person.pk != by],
            ASSIGNED,
            action,
            key=key,
            at=at,
            agency=action.body_id,
            to=to,
        )


def tell_of_action(
    event: ActionEvent, people_with: PeopleWith, *, owner_before: User | None
) -> None:
    """Its owner of what others do with it, and whoever it waits for now."""
    action = event.action
    key = f"action event:{event.pk}"
    people: list[User] = []
    if event.move in {"decline", "finish"}:
        permission = Permission.ENDORSE if event.move == "decline" else Permission.REVIEW
        for lesson in action.lessons.all():
            people += people_with(permission, lesson)
        if event.move == "finish":
            people = [one for one in people if one.pk != action.owner_id]
    elif event.move in {"verify", "reopen", "cancel", "reassign", "name_owner"} and owner_before:
        people = [owner_before]
    tell(
        [person for person in people if person.pk != event.actor_id],
        ACTION_MOVED,
        action,
        key=key,
        at=event.at,
        move=event.move,
        body=action.body.short,
    )
    if event.move in {"reassign", "name_owner"}:
        tell_of_assignment(action, key, by=event.actor_id, at=event.at)


def coordinators_of(action: Action) -> list[User]:
    """The coordinators of an action's body."""
    held = Membership.objects.in_force().holding(Permission.COORDINATE)
    return list(User.objects.filter(memberships__in=held.filter(agency=action.body_id)).distinct())
