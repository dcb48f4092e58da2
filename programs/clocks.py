"""What is due of exercises and agreements: evaluations, notice to be given, reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet

from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from notices.clocks import DueClock, Stage, Telling, span
from programs.models import EVALUATION_DAYS, Agreement, Exercise
from programs.notice_kinds import AGREEMENT_DATES, EVALUATION_DUE, EVALUATION_LATE


def members(agency: int, permission: Permission) -> QuerySet[User]:
    """Who holds ``permission`` as a member of the agency itself."""
    held = Membership.objects.in_force().holding(permission).filter(agency=agency)
    return User.objects.filter(memberships__in=held).distinct()


def recorder_or_coordinators(agency: int, recorder: int) -> Iterable[User]:
    """Who recorded it, while they record for the agency, else its coordinators."""
    found = members(agency, Permission.RECORD).filter(pk=recorder)
    return found if found.exists() else members(agency, Permission.COORDINATE)


# --- Evaluations of exercises ------------------------------------------------------------------


def not_evaluated(agency: Agency, day: date) -> QuerySet:
    earliest, latest = span(agency, day)
    took = timedelta(days=EVALUATION_DAYS)
    return (
        Exercise.objects.held()
        .filter(
            lead_agency=agency,
            evaluated_on__isnull=True,
            ends_on__range=(earliest - took, latest - took),
        )
        .defer("summary", "scenario")
    )


def evaluators(exercise: Exercise) -> Iterable[User]:
    return recorder_or_coordinators(exercise.lead_agency_id, exercise.created_by_id)


EVALUATION = DueClock(
    "evaluation",
    not_evaluated,
    lambda exercise, agency: exercise.evaluation_due_on,
    (
        Telling(Stage.BEFORE, EVALUATION_DUE, evaluators),
        Telling(Stage.AFTER, EVALUATION_DUE, evaluators),
        Telling(
            Stage.LATE,
            EVALUATION_LATE,
            lambda exercise: members(exercise.lead_agency_id, Permission.COORDINATE),
        ),
    ),
)


# --- Agreements --------------------------------------------------------------------------------


def expiring(agency: Agency, day: date) -> QuerySet:
    """In force and with a last day; when notice is due, each says for itself."""
    return (
        Agreement.objects.in_force()
        .filter(agency=agency, expires_on__gte=span(agency, day)[0])
        .defer("summary")
    )


def to_be_reviewed(agency: Agency, day: date) -> QuerySet:
    return (
        Agreement.objects.in_force()
        .filter(agency=agency, next_review_on__range=span(agency, day))
        .defer("summary")
    )


def keepers(agreement: Agreement) -> Iterable[User]:
    """Who recorded it and the coordinators of its agency."""
    recorder = members(agreement.agency_id, Permission.RECORD).filter(pk=agreement.created_by_id)
    return recorder | members(agreement.agency_id, Permission.COORDINATE)


TOLD = (
    Telling(Stage.BEFORE, AGREEMENT_DATES, keepers),
    Telling(Stage.AFTER, AGREEMENT_DATES, keepers),
)
NOTICE = DueClock("agreement_notice", expiring, lambda agreement, agency: agreement.notice_on, TOLD)
REVIEW = DueClock(
    "agreement_review", to_be_reviewed, lambda agreement, agency: agreement.next_review_on, TOLD
)

CLOCKS = (EVALUATION, NOTICE, REVIEW)
