"""Links to a questionnaire: personal ones, handed out or mailed, and one for everybody.

A personal link is worked out from what it is for, a number or an address, with the secret of the
installation: the same list gives the same links again, so that they can be shown and mailed anew
though only their digests are kept, and no table says which address has which link.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from agencies.models import User
from evaluation.models import FeedbackLetter, FeedbackRequest, FeedbackToken
from evaluation.models.feedback import MOST_LINKS
from evaluation.questionnaire import words_in
from notices.jobs import asked, try_again
from notices.models import Job
from records.vocabulary import TLP

SALT = "evaluation.inviting"
OPEN_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What an open address is made of: nothing that is mistaken for something else on paper."""
OPEN_LENGTH = 10
PERSONAL_LENGTH = 24


class NotSentError(Exception):
    """An invitation could not be mailed. It names no address: what failed is kept for a while."""


class TooManyLinksError(Exception):
    """More personal links than one questionnaire has."""


# --- Addresses -----------------------------------------------------------------------------------


def secret_of(request: FeedbackRequest, whom: str) -> str:
    """The end of the address of the personal link for ``whom``: a number or an e-mail address."""
    value = f"{request.uuid}:{request.links_round}:{whom}"
    digest = salted_hmac(SALT, value, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode()[:PERSONAL_LENGTH]


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def address_of(key: str) -> str:
    """The whole address of a link, for who reads it on paper or in a mail."""
    return f"{settings.SITE_URL}{reverse('evaluation:answer', args=[key])}"


def numbered_links(request: FeedbackRequest) -> list[tuple[int, str]]:
    """The links to hand out, with their numbers."""
    return [
        (number, address_of(secret_of(request, str(number))))
        for number in range(1, request.numbered + 1)
    ]


# --- Verbs -----------------------------------------------------------------------------------


def _locked(request: FeedbackRequest, by: User) -> FeedbackRequest:
    found = FeedbackRequest.locked(request.pk)
    if not FeedbackRequest.objects.managed_by(by).filter(pk=found.pk).exists():
        raise PermissionDenied
    if found.is_over:
        raise PermissionDenied(_("It is closed: links can no longer be made or changed."))
    return found


def _issue(request: FeedbackRequest, whom: Iterable[str]) -> int:
    """Make the links for ``whom`` that there are not yet; returns how many."""
    digests = {digest_of(secret_of(request, one)): None for one in whom}
    known = request.tokens.filter(digest__in=digests).values_list("digest", flat=True)
    new = [digest for digest in digests if digest not in set(known)]
    if request.tokens.filter(withdrawn=False).count() + len(new) > MOST_LINKS:
        raise TooManyLinksError
    FeedbackToken.objects.bulk_create(FeedbackToken(request=request, digest=one) for one in new)
    return len(new)


def hand_out(request: FeedbackRequest, number: int, *, by: User) -> int:
    """Have ``number`` links to hand out in all; done again it makes no more of them."""
    with transaction.atomic():
        locked = _locked(request, by)
        locked.numbered = max(locked.numbered, number)
        made = _issue(locked, map(str, range(1, locked.numbered + 1)))
        locked.save(update_fields=["numbered"])
    request.refresh_from_db()
    return made


def invite(
    request: FeedbackRequest,
    addresses: Iterable[str],
    language: str,
    *,
    by: User,
    at: datetime | None = None,
) -> tuple[int, int]:
    """Mail each address its link: new ones, and again those that were invited before.

    Who answered is not known, so it is not left out. Returns how many links are new, and how many
    mails go. A mail that still waits is not sent twice; one that was given up is tried again.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = _locked(request, by)
        if locked.activity.tlp == TLP.RED:
            raise PermissionDenied(_("Nothing about TLP:RED goes by mail: hand the links out."))
        everybody = list(dict.fromkeys(one.casefold() for one in addresses))
        made = _issue(locked, everybody)
        waiting = dict(locked.letters.values_list("address", "pk"))
        again = [waiting[one] for one in everybody if one in waiting]
        tried = try_again(Job.objects.filter(arguments__letter__in=again), at)
        letters = FeedbackLetter.objects.bulk_create(
            FeedbackLetter(request=locked, address=one, language=language)
            for one in everybody
            if one not in waiting
        )
        for letter in letters:
            asked(mail_invitation, at, letter=letter.pk).save()
        if letters:
            asked(forget_addresses, after_closing(locked, at), request=locked.pk).save()
    return made, len(letters) + tried


def withdraw(request: FeedbackRequest, *, by: User) -> int:
    """Make every link that was not used worthless; returns how many."""
    with transaction.atomic():
        locked = _locked(request, by)
        number: int = locked.tokens.filter(spent=False, withdrawn=False).update(withdrawn=True)
        locked.letters.all().delete()
        locked.links_round += 1
        locked.numbered = 0
        locked.save(update_fields=["links_round", "numbered"])
    request.refresh_from_db()
    return number


def open_to_all(request: FeedbackRequest, *, by: User) -> None:
    """Have a link that anybody may answer; never for what is ``TLP:RED``."""
    with transaction.atomic():
        locked = _locked(request, by)
        if locked.activity.tlp == TLP.RED:
            raise PermissionDenied(_("There is no open link to what is TLP:RED."))
        if locked.open_key is None:
            locked.open_key = "".join(secrets.choice(OPEN_LETTERS) for _one in range(OPEN_LENGTH))
            locked.save(update_fields=["open_key"])
    request.refresh_from_db()


def end_open_link(request: FeedbackRequest, *, by: User) -> None:
    """Take the open link back; what was answered through it stays."""
    with transaction.atomic():
        locked = _locked(request, by)
        locked.open_key = None
        locked.save(update_fields=["open_key"])
    request.refresh_from_db()


def close(request: FeedbackRequest, *, by: User) -> None:
    """Take no more answers, for good: results that were read never change again."""
    with transaction.atomic():
        locked = _locked(request, by)
        locked.closed_on = locked.today
        locked.letters.all().delete()
        locked.save(update_fields=["closed_on"])
    request.refresh_from_db()


# --- Mails -----------------------------------------------------------------------------------


def mail_invitation(letter: int, *, now: datetime) -> None:
    """The job: mail one invitation, then forget whom it went to; none about what became ``TLP:RED``.

    A worker killed between the mail server's yes and the forgetting mails it a second time; the
    link is the same and answers once.
    """
    about = ("request__agency", "request__exercise", "request__program")
    found = FeedbackLetter.objects.select_related(*about).filter(pk=letter).first()
    if found is None or found.request.is_over or found.request.activity.tlp == TLP.RED:
        FeedbackLetter.objects.filter(pk=letter).delete()
        return
    words = words_in(found.language)
    url = f"{address_of(secret_of(found.request, found.address))}?lang={found.language}"
    message = EmailMessage(
        f"{settings.EMAIL_SUBJECT_PREFIX}{words['mail_subject']}: {found.request.heading}",
        f"{found.request.heading}\n\n{found.request.agency.name}: {words['mail']}\n\n"
        f"{url}\n\n{words['mail_again']}\n",
        to=[found.address],
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except Exception as error:
        # What a mail server says names the address, and failed jobs keep what they were told.
        raise NotSentError(type(error).__name__) from None
    found.delete()


def forget_addresses(request: int, *, now: datetime) -> None:
    """The job: once a questionnaire is over, forget whom no mail could be brought to."""
    found = FeedbackRequest.objects.select_related("agency").filter(pk=request).first()
    if found is None:
        return
    if found.is_over:
        found.letters.all().delete()
    else:
        asked(forget_addresses, after_closing(found, now), request=found.pk).save()


def after_closing(request: FeedbackRequest, at: datetime) -> datetime:
    """A moment of the day after it closes by its date."""
    return at + timedelta(days=1 + max(0, (request.closes_on - request.today).days))
