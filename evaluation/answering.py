"""Answering a questionnaire: spending a personal link and keeping the answers, never together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Case, F, Value, When

from evaluation.inviting import digest_of
from evaluation.models import FeedbackAnswer, FeedbackRequest, FeedbackResponse, FeedbackToken


class ClosedError(Exception):
    """It takes no answers now."""


class ChangedError(Exception):
    """Its questions are no longer those that were answered."""


class SpentError(Exception):
    """The personal link was used before."""


@dataclass(frozen=True)
class Link:
    """A way to a questionnaire. ``digest`` is that of a personal link, empty for the open one."""

    request: FeedbackRequest
    digest: str = ""
    spent: bool = False

    @property
    def is_open_link(self) -> bool:
        return not self.digest


def link_of(key: str) -> Link | None:
    """What stands behind the end of an address; ``None`` where nothing does."""
    requests = FeedbackRequest.objects.select_related("agency", "exercise", "program")
    request = requests.filter(open_key=key).first()
    if request is not None:
        return Link(request) if request.has_open_link else None
    token = FeedbackToken.objects.filter(digest=digest_of(key), withdrawn=False).first()
    if token is None:
        return None
    return Link(requests.get(pk=token.request_id), token.digest, token.spent)


def answer(
    link: Link,
    *,
    numbers: Mapping[int, int],
    texts: Mapping[int, str],
    agency: int | None,
    language: str,
    form: UUID,
    edition: str,
) -> None:
    """Keep what was answered: ``numbers`` and ``texts`` by the id of the question.

    ``form`` is the mark of the page that was sent: the same page sent twice is one response.
    ``edition`` is that of the questions on it (``FeedbackRequest.edition``): a choice is kept by
    its place, which means something else once the author changed the choices.
    Raises ``ChangedError``, ``ClosedError`` and ``SpentError``.
    """
    with transaction.atomic():
        request = FeedbackRequest.locked(link.request.pk)
        if not request.is_open or (link.is_open_link and not request.has_open_link):
            raise ClosedError
        # Not the mark itself, which the browser of who answered may remember.
        response = FeedbackResponse(
            pk=uuid5(request.uuid, str(form)), request=request, agency_id=agency
        )
        if FeedbackResponse.objects.filter(pk=response.pk).exists():
            return
        if edition != request.edition:
            raise ChangedError
        if link.digest:
            spend(request, link.digest)
        response.save(force_insert=True)
        FeedbackAnswer.objects.bulk_create(
            [
                *(
                    FeedbackAnswer(
                        response=response, question_id=key, number=number, language=language
                    )
                    for key, number in numbers.items()
                ),
                *(
                    FeedbackAnswer(response=response, question_id=key, text=text, language=language)
                    for key, text in texts.items()
                ),
            ]
        )


def spend(request: FeedbackRequest, digest: str) -> None:
    """Spend a personal link, writing all links of the questionnaire anew.

    So the database cannot tell from the age of its rows which link was spent last, or together
    with which response.
    """
    token = request.tokens.filter(digest=digest, withdrawn=False).first()
    if token is None:
        raise ClosedError
    if token.spent:
        raise SpentError
    request.tokens.update(spent=Case(When(digest=digest, then=Value(True)), default=F("spent")))
