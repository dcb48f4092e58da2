"""What is due of lessons and actions: reviews, answers, validations, actions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from agencies.calendar import add_working_days, working_days_before
from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from lessons.models import Action, Lesson
from lessons.notice_kinds import (
    ACTION_DUE,
    ACTION_LATE,
    LESSON_LATE,
    QUESTION_WAITS,
    REVIEW_DUE,
    VALIDATION_DUE,
)
from lessons.still_due import validation_day, with_days
from lessons.telling import coordinators_of
from lessons.vocabulary import ActionStatus, Status
from lessons.workflow import people_with
from notices.clocks import GRACE, DueClock, Stage, Telling, span
from notices.kinds import Facts


def midnight(agency: Agency, day: date) -> datetime:
    """When ``day`` begins where the agency is."""
    return datetime.combine(day, time(), ZoneInfo(agency.time_zone))


def coordinators(lesson: Lesson) -> Iterable[User]:
    return people_with(Permission.COORDINATE, lesson)


# --- Reviews -----------------------------------------------------------------------------------


def in_review(agency: Agency, day: date) -> QuerySet:
    return Lesson.objects.filter(
        agency=agency,
        status__in=[Status.SUBMITTED, Status.IN_REVIEW],
        review_due_on__range=span(agency, day),
    ).defer(*Lesson.LONG_TEXTS)


def reviewers(lesson: Lesson) -> Iterable[User]:
    """The assigned reviewer, while nobody is assigned all reviewers."""
    able = people_with(Permission.REVIEW, lesson)
    if lesson.status == Status.IN_REVIEW:
        return able.filter(pk=lesson.reviewer_id or 0)
    return able


REVIEW = DueClock(
    "review",
    in_review,
    lambda lesson, agency: lesson.review_due_on,
    (
        Telling(Stage.BEFORE, REVIEW_DUE, reviewers),
        Telling(Stage.AFTER, REVIEW_DUE, reviewers),
        Telling(Stage.LATE, LESSON_LATE, coordinators),
    ),
)


# --- Questions that wait -----------------------------------------------------------------------


def returned_for(agency: Agency, day: date, days: int) -> QuerySet:
    """Lessons with their author since ``days`` working days, as long as that is told."""
    latest = working_days_before(day, days, agency.holiday_dates)
    earliest = working_days_before(day - GRACE, days, agency.holiday_dates)
    return (
        with_days(Lesson.objects.filter(agency=agency, status=Status.RETURNED))
        .defer(*Lesson.LONG_TEXTS)
        .select_related("originator", "adopted_by")
        .filter(
            returned_at__gte=midnight(agency, earliest),
            returned_at__lt=midnight(agency, latest + timedelta(days=1)),
        )
    )


def since(lesson: Any) -> Facts:
    return {"since": lesson.agency.local_date(lesson.returned_at).isoformat()}


RETURNED = DueClock(
    "question",
    lambda agency, day: returned_for(agency, day, agency.returned_reminder_days),
    lambda lesson, agency: add_working_days(
        agency.local_date(lesson.returned_at), agency.returned_reminder_days, agency.holiday_dates
    ),
    (Telling(Stage.REACHED, QUESTION_WAITS, lambda lesson: [lesson.editor]),),
    since,
)
RETURNED_LONG = DueClock(
    "returned",
    lambda agency, day: returned_for(agency, day, agency.returned_escalation_days),
    lambda lesson, agency: add_working_days(
        agency.local_date(lesson.returned_at), agency.returned_escalation_days, agency.holiday_dates
    ),
    (Telling(Stage.REACHED, LESSON_LATE, coordinators),),
    since,
)


# --- Validations -------------------------------------------------------------------------------


def validating(agency: Agency, day: date) -> QuerySet:
    earliest, latest = span(agency, day)
    took = timedelta(days=agency.validation_days)
    return (
        with_days(Lesson.objects.filter(agency=agency, status=Status.VALIDATING))
        .defer(*Lesson.LONG_TEXTS)
        .filter(
            finished_at__gte=midnight(agency, earliest - took),
            finished_at__lt=midnight(agency, latest - took + timedelta(days=1)),
        )
    )


def endorsers(lesson: Lesson) -> Iterable[User]:
    return people_with(Permission.ENDORSE, lesson)


VALIDATION = DueClock(
    "validation",
    validating,
    lambda lesson, agency: validation_day(lesson),
    (
        Telling(Stage.BEFORE, VALIDATION_DUE, endorsers),
        Telling(Stage.REACHED, VALIDATION_DUE, endorsers),
        Telling(Stage.LATE, LESSON_LATE, coordinators),
    ),
)


# --- Actions -----------------------------------------------------------------------------------


def unfinished(agency: Agency, day: date) -> QuerySet:
    """A declined action waits for somebody to reassign it, not for its body."""
    return (
        Action.objects.unfinished()
        .exclude(status=ActionStatus.DECLINED)
        .filter(body=agency, due_on__range=span(agency, day))
        .select_related("owner")
    )


def doers(action: Action) -> Iterable[User]:
    """Its owner while a member of the action body, else all who record for the body."""
    members = Membership.objects.in_force().filter(agency=action.body_id)
    if action.owner is not None and members.filter(user=action.owner).exists():
        return [action.owner]
    return User.objects.filter(memberships__in=members.holding(Permission.RECORD)).distinct()


ACTION = DueClock(
    "action",
    unfinished,
    lambda action, agency: action.due_on,
    (
        Telling(Stage.BEFORE, ACTION_DUE, doers),
        Telling(Stage.TODAY, ACTION_DUE, doers),
        Telling(Stage.AFTER, ACTION_DUE, doers),
        Telling(Stage.LATE, ACTION_LATE, coordinators_of),
    ),
)

CLOCKS = (REVIEW, RETURNED, RETURNED_LONG, VALIDATION, ACTION)
