"""What somebody answered in their own words becomes a draft lesson, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import User
from evaluation.feedback_results import LEAST
from evaluation.models import FeedbackAnswer, FeedbackRequest
from lessons.drafting import draft_without_originator
from lessons.models import Lesson
from lessons.vocabulary import Kind

WENT_WELL = "went_well"
"""The standard question whose answers are worth keeping up."""


def lesson_from(
    request: FeedbackRequest, answer: UUID, *, by: User, at: datetime | None = None
) -> tuple[Lesson, bool]:
    """The draft made of ``answer``, and whether it was made just now.

    Nobody knows who said it, so the lesson has no originator; ``by`` has it in hand. Raises
    ``PermissionDenied``, and ``FeedbackAnswer.DoesNotExist`` for what is no text of ``request``.
    """
    with transaction.atomic():
        locked = FeedbackRequest.locked(request.pk)
        if not FeedbackRequest.objects.managed_by(by).filter(pk=locked.pk).exists():
            raise PermissionDenied
        if not locked.is_over or locked.responses.count() < LEAST:
            raise PermissionDenied(_("Answers are read once it is closed."))
        texts = FeedbackAnswer.objects.filter(response__request=locked, number__isnull=True)
        found = texts.select_related("question", "lesson").get(pk=answer)
        if found.lesson is not None:
            return found.lesson, False
        found.lesson = draft_without_originator(
            locked.activity,
            by=by,
            agency=locked.agency,
            kind=Kind.SUSTAIN if found.question.standard == WENT_WELL else Kind.IMPROVE,
            text=found.text,
            language=found.language,
            at=at or timezone.now(),
        )
        found.save(update_fields=["lesson"])
    return found.lesson, True
