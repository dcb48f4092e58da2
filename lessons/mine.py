"""What became of one's own observations: where each stands, who has it, what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from lessons.models import Action, Lesson, LessonEvent, LessonQuerySet, Reuse
from lessons.readers import listed
from lessons.timeline import Step, actions_done, done_words, steps, who_did
from lessons.vocabulary import WITH_THE_AUTHOR, ActionStatus, Status

PAGE = 20
AGENCIES_NAMED = 3
"""More agencies than these are counted, not named."""


class Standing(models.TextChoices):
    """Where an observation can stand for who made it."""

    WITH_ME = "with_me", gettext_lazy("With me")
    WITH_REVIEWERS = "with_reviewers", gettext_lazy("With reviewers")
    IMPLEMENTED = "implemented", gettext_lazy("Being implemented")
    LEARNED = "learned", gettext_lazy("Learned")
    NOT_FURTHER = "not_further", gettext_lazy("Not taken further")


AT_REVIEW = (Status.SUBMITTED, Status.IN_REVIEW)
ON_THE_WAY = (Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING)
ENDED = (Status.REJECTED, Status.NOTED, Status.SUPERSEDED, Status.ARCHIVED)


def condition(standing: Standing, user: User) -> Q:
    """The lessons that stand so for ``user``; the five divide all of them."""
    with_author = Q(status__in=WITH_THE_AUTHOR)
    mine = Q(adopted_by=user) | Q(adopted_by__isnull=True, originator=user)
    return {
        Standing.WITH_ME: with_author & mine,
        # What a colleague adopted or wrote for them waits for others as well.
        Standing.WITH_REVIEWERS: Q(status__in=AT_REVIEW) | with_author & ~mine,
        Standing.IMPLEMENTED: Q(status__in=ON_THE_WAY),
        Standing.LEARNED: Q(status=Status.LEARNED),
        Standing.NOT_FURTHER: Q(status__in=ENDED),
    }[standing]


def observations_of(user: User) -> LessonQuerySet:
    """Lessons that ``user`` originated, recorded or adopted and still may see."""
    found: LessonQuerySet = Lesson.objects.visible_to(user)
    return found.filter(Q(originator=user) | Q(created_by=user) | Q(adopted_by=user))


def numbers(user: User) -> dict[str, int]:
    """How many stand where, in one query."""
    return observations_of(user).aggregate(
        **{standing.value: Count("pk", filter=condition(standing, user)) for standing in Standing}
    )


def page_of(user: User, standing: Standing | None, number: int) -> list[Observation]:
    """The rows of page ``number``, the latest changed first."""
    lessons = observations_of(user)
    if standing is not None:
        lessons = lessons.filter(condition(standing, user))
    first = (number - 1) * PAGE
    rows = (
        lessons.select_related("agency", "originator", "adopted_by", "created_by", "reviewer")
        .defer(*Lesson.LONG_TEXTS)
        .prefetch_related(
            "partners",
            "former_editors",
            Prefetch("actions", Action.objects.select_related("body")),
            Prefetch("events", LessonEvent.objects.select_related("actor")),
            Prefetch("reuses", Reuse.objects.select_related("agency")),
        )
        .order_by("-updated_at", "-pk")[first : first + PAGE]
    )
    return [Observation.of(lesson, user) for lesson in rows]


@dataclass(frozen=True)
class Observation:
    """One row of the page, in words."""

    lesson: Lesson
    steps: list[Step]
    holder: str
    came_of_it: list[str]
    last: str
    last_by: str
    last_at: datetime
    mine: bool

    @classmethod
    def of(cls, lesson: Lesson, user: User) -> Observation:
        event = lesson.last_event
        return cls(
            lesson=lesson,
            steps=steps(lesson),
            holder=holder(lesson, user),
            came_of_it=came_of_it(lesson),
            last=done_words(event) if event else _("Recorded"),
            last_by=who_did(event, lesson, user) if event else "",
            last_at=event.at if event else lesson.created_at,
            mine=lesson.status in WITH_THE_AUTHOR and lesson.editor_id == user.pk,
        )


def holder(lesson: Lesson, user: User) -> str:
    """Who has it now, as far as ``user`` may know; nothing where nobody needs to act."""
    status = Status(lesson.status)
    if status in WITH_THE_AUTHOR:
        if lesson.editor_id == user.pk:
            return _("With you")
        return _("With %(name)s") % {"name": lesson.name_for(user, lesson.editor)}
    if status == Status.SUBMITTED:
        return _("With the reviewers of %(agency)s") % {"agency": lesson.agency.short}
    if status == Status.IN_REVIEW and lesson.reviewer is not None:
        return _("With %(name)s") % {"name": lesson.name_for(user, lesson.reviewer)}
    if status == Status.VALIDATING:
        return _("With the endorsers of %(agency)s") % {"agency": lesson.agency.short}
    if status in ON_THE_WAY:
        bodies = agencies(action.body.short for action in lesson.actions.all() if action.is_open)
        if bodies:
            return _("With %(name)s") % {"name": bodies}
        return _("With the endorsers of %(agency)s") % {"agency": lesson.agency.short}
    return ""


def came_of_it(lesson: Lesson) -> list[str]:
    """Endorsed, actions done, learned, used by others: what is true of it."""
    acted = any(one.status != ActionStatus.CANCELLED for one in lesson.actions.all())
    users = agencies(reuse.agency.short for reuse in lesson.reuses.all())
    return [
        words
        for words, holds in (
            (_("endorsed"), lesson.identified_at),
            (actions_done(lesson), acted),
            (_("learned"), lesson.learned_at),
            (_("used by %(agencies)s") % {"agencies": users}, users),
        )
        if holds
    ]


def agencies(names: Iterable[str]) -> str:
    return listed(dict.fromkeys(names), at_most=AGENCIES_NAMED)
