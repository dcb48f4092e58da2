"""Whether what people were told to do is still to be done when a notice of it is sent or shown.

Each function is the ``stands`` of kinds in ``lessons.notice_kinds`` and says so of the subject, by
the status and the day that the clock goes by.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agencies.models import User
from lessons.models import Action, Lesson
from lessons.versions import Revision
from lessons.vocabulary import CLOSED_ACTIONS, NOT_DUE, REVISABLE, ActionStatus, Status
from notices.models import Notice

AT_REVIEW = frozenset({Status.SUBMITTED, Status.IN_REVIEW})


def last(move: str) -> Max:
    """When a lesson made ``move`` last."""
    return Max("events__at", filter=Q(events__move=move))


def with_days(rows: QuerySet) -> QuerySet:
    """Lessons with what their clocks count from: ``returned_at`` and ``finished_at``."""
    counted = rows.annotate(returned_at=last("return"), finished_at=last("finish"))
    return counted.select_related("agency")


def is_on(day: date | None, notice: Notice, name: str = "due") -> bool:
    return day is not None and notice.facts[name] == day.isoformat()


def day_of(lesson: Lesson, moment: datetime | None) -> date | None:
    return lesson.agency.local_date(moment) if moment else None


# --- Lessons -----------------------------------------------------------------------------------


def review(lesson: Lesson, notice: Notice, reader: User) -> bool:
    return lesson.status in AT_REVIEW and is_on(lesson.review_due_on, notice)


def own_review(lesson: Lesson, notice: Notice, reader: User) -> bool:
    """Also: for this reviewer."""
    with_another = lesson.status == Status.IN_REVIEW and lesson.reviewer_id != reader.pk
    return review(lesson, notice, reader) and not with_another


def waits_for_a_reviewer(lesson: Lesson, notice: Notice, reader: User) -> bool:
    return lesson.status == Status.SUBMITTED


def with_waiting_import(rows: QuerySet) -> QuerySet:
    """Lessons with ``waiting_with_it``: how many of its import nobody has taken yet."""
    together = Lesson.objects.filter(
        agency=OuterRef("agency"), submitted_at=OuterRef("submitted_at"), status=Status.SUBMITTED
    )
    number = together.order_by().values("agency").annotate(number=Count("pk")).values("number")
    return rows.annotate(waiting_with_it=Coalesce(Subquery(number), 0)).select_related("agency")


def imported(lesson: Any, notice: Notice, reader: User) -> bool:
    waits: bool = lesson.waiting_with_it > 0
    return waits


def in_hand(lesson: Lesson, notice: Notice, reader: User) -> bool:
    return lesson.status == Status.IN_REVIEW and lesson.reviewer_id == reader.pk


def answer(lesson: Lesson, notice: Notice, reader: User) -> bool:
    """A question until it is answered; that a lesson was rejected stays told."""
    return notice.facts["move"] != "return" or lesson.status == Status.RETURNED


def question(lesson: Any, notice: Notice, reader: User) -> bool:
    asked = day_of(lesson, lesson.returned_at)
    return lesson.status == Status.RETURNED and is_on(asked, notice, "since")


def waits_for_validation(lesson: Lesson, notice: Notice, reader: User) -> bool:
    return lesson.status == Status.VALIDATING


def validation(lesson: Any, notice: Notice, reader: User) -> bool:
    waits = waits_for_validation(lesson, notice, reader)
    return waits and is_on(validation_day(lesson), notice)


def validation_day(lesson: Any) -> date | None:
    """When the last check of a lesson (``with_days``) is due."""
    finished = day_of(lesson, lesson.finished_at)
    return finished + timedelta(days=lesson.agency.validation_days) if finished else None


LATE = {"review": review, "validation": validation, "returned": question}
"""By the name of the clock."""


def late(lesson: Lesson, notice: Notice, reader: User) -> bool:
    return LATE[notice.facts["clock"]](lesson, notice, reader)


def with_waiting_revision(rows: QuerySet) -> QuerySet:
    """Lessons with ``waiting_revision``, the key of a proposal that somebody has to approve."""
    waiting = Revision.objects.waiting().filter(lesson=OuterRef("pk"))
    return rows.annotate(waiting_revision=Subquery(waiting.values("pk")[:1]))


def revision(lesson: Any, notice: Notice, reader: User) -> bool:
    waits: bool = lesson.waiting_revision == notice.facts["revision"]
    return waits and lesson.status in REVISABLE


# --- Actions -----------------------------------------------------------------------------------

WAITS = {"decline": ActionStatus.DECLINED, "finish": ActionStatus.FINISHED}
"""What an action has as its status as long as the news of a move asks somebody to do something."""


def action_news(action: Action, notice: Notice, reader: User) -> bool:
    return action.status == WAITS.get(notice.facts["move"], action.status)


def action(action: Action, notice: Notice, reader: User) -> bool:
    """Still to be done by the agency that was told, by the day that it was told."""
    to_do = action.status not in CLOSED_ACTIONS | NOT_DUE
    return to_do and action.body_id == notice.agency_id and is_on(action.due_on, notice)
