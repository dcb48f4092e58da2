"""Drafts of what somebody said without a name: an answer to a questionnaire becomes a lesson."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from agencies.models import Agency, User
from agencies.roles import Permission
from lessons.models import Lesson
from lessons.vocabulary import LANGUAGES, Attribution, Kind, ReportingContext
from programs.models import Exercise, Program
from records.vocabulary import TLP

LONGEST_TITLE = 300


def draft_without_originator(
    activity: Exercise | Program,
    *,
    by: User,
    agency: Agency,
    kind: Kind,
    text: str,
    language: str,
    at: datetime,
) -> Lesson:
    """Make a draft of ``text``, said by nobody knows whom, about ``activity``.

    ``by`` has it in hand: edits, submits and may not pass it, but is not its observer. It takes
    the activity's partners and, where that is stricter than usual, its marking. Raises
    ``PermissionDenied`` to who does not record for ``agency`` or may not see the activity.
    """
    if not by.may(Permission.RECORD, agency) or not activity.is_visible_to(by):
        raise PermissionDenied
    lesson = Lesson(
        agency=agency,
        created_by=by,
        created_at=at,
        recorded_on=agency.local_date(at),
        adopted_by=by,
        attribution=Attribution.NON_ATTRIBUTED,
        kind=kind,
        title=" ".join(text.split()) if len(text) <= LONGEST_TITLE else "",
        observation=text,
        language=language if language in dict(LANGUAGES) else "en",
        tlp=activity.tlp if activity.tlp in {TLP.AMBER_STRICT, TLP.RED} else TLP.AMBER,
    )
    if isinstance(activity, Exercise):
        lesson.exercise = activity
        lesson.reporting_context = ReportingContext.EXERCISE
        lesson.occurred_on = activity.starts_on
        lesson.occurred_precision = activity.starts_precision
    else:
        lesson.program = activity
        lesson.reporting_context = ReportingContext.TRAINING
    with transaction.atomic():
        lesson.save()
        lesson.partners.set(activity.partners.all())
    return lesson
