"""The reviewers' queue: urgent lessons on top, then the oldest, with their clocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Case,
    Count,
    IntegerField,
    QuerySet,
    Value,
    When,
    Window,
    prefetch_related_objects,
)
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.calendar import working_days_between
from agencies.models import User
from lessons import revising
from lessons.models import Lesson
from lessons.versions import Revision
from lessons.vocabulary import Priority, Status

PAGE = 30
"""Waiting lessons on one page of the queue."""
MOST_AT_HAND = 100
"""Lessons in review that are listed; nobody has more in hand."""


SNIPPET = 320
"""Characters of the observation that fill two lines on the widest page."""


@dataclass(frozen=True)
class Entry:
    """One lesson in the queue; days are working days of its agency."""

    lesson: Lesson
    observer: str
    reviewer: str
    age: int
    left: int | None
    answered: bool

    @classmethod
    def of(cls, lesson: Lesson, user: User) -> Entry:
        agency = lesson.agency
        today = agency.local_date(timezone.now())
        submitted = agency.local_date(lesson.submitted_at or lesson.created_at)
        due = lesson.review_due_on
        return cls(
            lesson=lesson,
            observer=lesson.name_for(user),
            reviewer=lesson.name_for(user, lesson.reviewer) if lesson.reviewer else "",
            age=working_days_between(submitted, today, agency.holiday_dates),
            left=working_days_between(today, due, agency.holiday_dates) if due else None,
            # A reviewer stays with a submitted lesson only over a question they asked.
            answered=lesson.status == Status.SUBMITTED and lesson.reviewer_id == user.pk,
        )

    @property
    def age_words(self) -> str:
        return ngettext("%(number)d working day old", "%(number)d working days old", self.age) % {
            "number": self.age
        }

    @property
    def late(self) -> bool:
        return self.left is not None and self.left < 0

    @property
    def left_words(self) -> str:
        if self.left is None:
            return ""
        if self.left < 0:
            return ngettext(
                "%(number)d working day late", "%(number)d working days late", -self.left
            ) % {"number": -self.left}
        if self.left == 0:
            return _("due today")
        return ngettext(
            "%(number)d working day left", "%(number)d working days left", self.left
        ) % {"number": self.left}

    @property
    def marks(self) -> list[str | Promise]:
        """What sets it apart, in words."""
        return [
            words
            for words, applies in (
                (_("Answered your question"), self.answered),
                (_("Appeal"), self.lesson.on_appeal),
            )
            if applies
        ]


@dataclass(frozen=True)
class Proposed:
    """A revision that waits for this person's approval."""

    lesson: Lesson
    sentence: str
    opened_at: datetime


def proposed_to(user: User) -> list[Proposed]:
    """Revisions that ``user`` may approve, the longest waiting first."""
    lessons = Lesson.objects.awaiting_approval_by(user)
    revisions = (
        Revision.objects.waiting()
        .filter(lesson__in=lessons.values("pk"))
        .select_related(
            "last_editor",
            "lesson__agency",
            "lesson__originator",
            "lesson__adopted_by",
            "lesson__created_by",
        )
        .defer(*(f"lesson__{name}" for name in Lesson.LONG_TEXTS), "texts")
        .prefetch_related("lesson__former_editors")
        .order_by("opened_at", "pk")[:MOST_AT_HAND]
    )
    return [
        Proposed(
            one.lesson,
            revising.sentence(one.lesson, one, user),
            one.opened_at,
        )
        for one in revisions
    ]


def in_turn(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """Urgent ones first, then by the day of submission."""
    urgent = Case(
        When(priority=Priority.URGENT, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return (
        lessons.order_by(urgent, "submitted_at", "pk")
        .select_related("agency", "originator", "adopted_by", "created_by", "reviewer")
        .defer(*Lesson.LONG_TEXTS)
        .annotate(snippet=Left("observation", SNIPPET))
    )


@dataclass(frozen=True)
class Queue:
    """What one person finds under Review."""

    waiting: list[Entry]
    mine: list[Entry]
    to_endorse: list[Entry]
    to_approve: list[Proposed]
    total: int
    page: int

    @classmethod
    def of(cls, user: User, page: int = 1) -> Queue:
        """Page ``page`` of what waits for a reviewer, and all that is in hand."""
        reviewable = Lesson.objects.awaiting_review_by(user)
        first = (page - 1) * PAGE
        waiting = list(
            in_turn(reviewable.filter(status=Status.SUBMITTED)).annotate(total=Window(Count("pk")))[
                first : first + PAGE
            ]
        )
        in_hand = list(
            in_turn(
                reviewable.filter(status=Status.IN_REVIEW)
                | Lesson.objects.awaiting_endorsement_by(user)
            )[:MOST_AT_HAND]
        )
        prefetch_related_objects([*waiting, *in_hand], "partners", "agency__holidays")
        mine = [lesson for lesson in in_hand if lesson.reviewer_id == user.pk]
        return cls(
            waiting=entries(waiting, user),
            mine=entries(mine, user),
            to_endorse=entries((one for one in in_hand if one.reviewer_id != user.pk), user),
            to_approve=proposed_to(user),
            total=waiting[0].total if waiting else 0,
            page=page,
        )

    @property
    def is_empty(self) -> bool:
        return not (self.waiting or self.mine or self.to_endorse or self.to_approve)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.waiting) - 1


def entries(lessons: Iterable[Lesson], user: User) -> list[Entry]:
    return [Entry.of(lesson, user) for lesson in lessons]
