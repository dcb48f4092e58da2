"""What a questionnaire asks: standard questions in their order, then the author's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from evaluation.models import FeedbackQuestion, FeedbackRequest
from evaluation.questionnaire import STANDARD


def ask(
    request: FeedbackRequest, standard: Collection[str], own: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Ask the standard questions named, no others, and add ``own`` (kind, texts, choices).

    Call inside the transaction that saves the questionnaire, before anybody answered.
    """
    request.questions.exclude(standard="").exclude(standard__in=standard).delete()
    kept = set(request.questions.exclude(standard="").values_list("standard", flat=True))
    FeedbackQuestion.objects.bulk_create(
        [
            *(
                FeedbackQuestion(
                    request=request,
                    position=place,
                    standard=name,
                    subject=one.subject,
                    kind=one.kind,
                    texts=one.texts,
                    choices=list(one.choices),
                )
                for place, (name, one) in enumerate(STANDARD.items())
                if name in standard and name not in kept
            ),
            *(
                FeedbackQuestion(request=request, position=len(STANDARD) + place, **one)
                for place, one in enumerate(own)
            ),
        ]
    )
