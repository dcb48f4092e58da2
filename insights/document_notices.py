"""What people are told of the documents that they asked for."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from exchange.models import RequestedDocument
from notices.kinds import Facts, Kind, Sentence
from notices.models import Notice
from notices.telling import tell
from notices.vocabulary import When


def outcome(document: RequestedDocument, facts: Facts, reader: User) -> Sentence:
    told = {"document": str(document)}
    if document.made_at is not None:
        text = _("It can be fetched: %(document)s.") % told
    else:
        text = _("It could not be made: %(document)s.") % told
    path = reverse("insights:document", args=[document.uuid])
    return Sentence(text, path, document.marking)


def can_be_fetched(document: RequestedDocument, notice: Notice, reader: User) -> bool:
    """Kept still; that one could not be made is news."""
    return document.made_at is None or document.is_kept(timezone.now())


DOCUMENT = Kind(
    "document",
    gettext_lazy("Documents that I asked for"),
    "exchange.RequestedDocument",
    outcome,
    # Whoever asks mostly waits for it on its page.
    default=When.OFF,
    stands=can_be_fetched,
)
KINDS = (DOCUMENT,)


def tell_outcome(document: RequestedDocument, at: datetime) -> None:
    """Tell whoever asked that it was made, or could not be: once, in the caller's transaction."""
    tell([document.person], DOCUMENT, document, key="outcome", at=at)


def outcome_is_read(document: RequestedDocument, at: datetime) -> None:
    """Who has fetched it need not be told any more."""
    told = Notice.objects.filter(
        person=document.person_id, kind=DOCUMENT.name, subject_id=document.pk
    )
    told.unread().update(read_at=at)
