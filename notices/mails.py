"""Notices as mails: which go together, what stands in them, and sending them.

A mail carries references, markings and addresses; titles only where the marking is open, and of
``TLP:RED`` nothing at all. It is made in one transaction with the job that sends it, and what it
says is worked out when it is sent, from what its reader may see then.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from agencies.models import User
from notices.jobs import asked
from notices.kinds import Sentence, Shown, kinds, shown
from notices.models import Job, Letter, Notice
from notices.telling import BLOCK, mail_time, zones_of
from notices.vocabulary import DIGESTS, When
from records.vocabulary import TLP

MOST_IN_MAIL = 50
"""Notices that a digest spells out; of the others it says how many there are."""
APART = {When.DAILY: timedelta(hours=12), When.WEEKLY: timedelta(days=6)}
"""Two digests of a person are at least so far from each other."""
STRICTEST_FIRST = (TLP.AMBER_STRICT, TLP.AMBER, TLP.GREEN, TLP.CLEAR)


def address(path: str) -> str:
    """The whole address of a page, for who reads it in a mail."""
    return f"{settings.SITE_URL}{path}"


# --- Which go together -------------------------------------------------------------------------


def make_letters(now: datetime) -> Iterator[int]:
    """Make the mails that are due, with the jobs that send them; yields how many at a time."""
    while number := _single_letters(now):
        yield number
    while number := _digest(now):
        yield number


@transaction.atomic
def _single_letters(now: datetime) -> int:
    """A mail for each of some notices that go at once."""
    due = Notice.objects.to_mail(now).filter(when=When.AT_ONCE).order_by("pk")
    notices = list(due.select_for_update().only("pk", "person_id")[:BLOCK])
    letters = Letter.objects.bulk_create(
        _letter(notice.person_id, When.AT_ONCE, now) for notice in notices
    )
    for notice, letter in zip(notices, letters, strict=True):
        notice.letter = letter
    Notice.objects.bulk_update(notices, ["letter"])
    Job.objects.bulk_create(asked(send_letter, now, letter=letter.pk) for letter in letters)
    return len(letters)


@transaction.atomic
def _digest(now: datetime) -> int:
    """One digest for somebody who waits for one; how many notices it took or put off."""
    due = Notice.objects.to_mail(now).filter(when__in=DIGESTS)
    first = due.order_by("mail_at", "pk").values("person_id", "when").first()
    if first is None:
        return 0
    # Two workers make one digest: the second finds the notices of the first taken.
    User.objects.select_for_update().get(pk=first["person_id"])
    taken = due.filter(**first)
    when = When(first["when"])
    lately = Letter.objects.filter(
        person=first["person_id"], when=when, made_at__gt=now - APART[when]
    )
    if lately.exists():
        # One that was told in the very moment of the digest goes with the next.
        zone = zones_of([first["person_id"]]).get(first["person_id"])
        put_off: int = taken.update(mail_at=mail_time(when, now, zone))
        return put_off
    letter = _letter(first["person_id"], when, now)
    letter.save()
    number: int = taken.update(letter=letter)
    if number:
        asked(send_letter, now, letter=letter.pk).save()
    else:
        letter.delete()
    return number


def _letter(person: int, when: When, now: datetime) -> Letter:
    host = urlsplit(settings.SITE_URL).hostname
    return Letter(person_id=person, when=when, made_at=now, message_id=f"<{uuid.uuid4()}@{host}>")


# --- What stands in them -----------------------------------------------------------------------


@dataclass
class Contents:
    """What one mail says: its notices by kind, and how many more there are."""

    groups: dict[str, list[Sentence]] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def of(cls, letter: Letter, reader: User) -> Contents:
        contents = cls()
        for one in _visible(letter, reader):
            if one.settled or not one.sentence.may_be_mailed:
                continue
            contents.number += 1
            if contents.number <= MOST_IN_MAIL:
                contents.groups.setdefault(str(one.label), []).append(one.sentence)
        return contents

    @property
    def sentences(self) -> list[Sentence]:
        return [one for group in self.groups.values() for one in group]

    @property
    def more(self) -> int:
        return self.number - len(self.sentences)

    @property
    def marking(self) -> str:
        """The strictest marking of what is spelled out, as its label."""
        found = {one.tlp for one in self.sentences}
        return next((str(tlp.label) for tlp in STRICTEST_FIRST if tlp in found), "")


def _visible(letter: Letter, reader: User) -> Iterator[Shown]:
    """The notices of a mail that its reader may see now, some at a time."""
    known, told = kinds(), Notice.objects.filter(letter=letter).order_by()
    names = told.values_list("kind", flat=True).distinct()
    about = sorted({known[name].model for name in names if name in known})
    rows = told.visible_to(reader, *about) if about else told.none()
    last = 0
    while block := list(rows.filter(pk__gt=last).order_by("pk")[:BLOCK]):
        yield from shown(block, reader)
        last = block[-1].pk


def subject_of(contents: Contents, when: str) -> str:
    """Marking first, as the Traffic Light Protocol asks, then what it is about."""
    marking = f"{contents.marking} " if contents.marking else ""
    if when == When.AT_ONCE:
        words = contents.sentences[0].text
    elif when == When.WEEKLY:
        words = ngettext(
            "This week: %(number)d notice", "This week: %(number)d notices", contents.number
        )
    else:
        words = ngettext("Today: %(number)d notice", "Today: %(number)d notices", contents.number)
    if when != When.AT_ONCE:
        words %= {"number": contents.number}
    return f"{settings.EMAIL_SUBJECT_PREFIX}{marking}{words}"


def message_to(reader: User, letter: Letter, contents: Contents) -> EmailMultiAlternatives:
    """The mail in the language and time zone that are in force."""
    groups = [
        (label, [(one, address(one.path)) for one in sentences])
        for label, sentences in contents.groups.items()
    ]
    more = ngettext("%(number)d more", "%(number)d more", contents.more)
    context: dict[str, Any] = {
        "groups": groups,
        "alone": letter.when == When.AT_ONCE,
        "more": more % {"number": contents.more} if contents.more else "",
        "name": reader.get_short_name(),
        "list_url": address(reverse("notices:notices")),
        "settings_url": address(reverse("notices:settings")),
        "installation": settings.INSTALLATION_NAME,
        "demonstration": settings.DEMONSTRATION,
        "language": translation.get_language(),
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
    }
    message = EmailMultiAlternatives(
        subject_of(contents, letter.when),
        render_to_string("notices/email/letter.txt", context),
        to=[reader.email],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("notices/email/letter.html", context), "text/html")
    return message


# --- Sending -----------------------------------------------------------------------------------


def send_letter(letter: int, *, now: datetime) -> None:
    """The job: send a mail that was not sent yet, if anything is left to say.

    Between the mail server's yes and the note that it was sent lies a moment in which the worker
    may be killed: then the mail goes a second time, under the same Message-ID.
    """
    found = Letter.objects.select_related("person").get(pk=letter)
    reader = found.person
    if found.sent_at is not None or not reader.is_active:
        return
    here = zones_of([reader.pk]).get(reader.pk) or timezone.get_default_timezone()
    with translation.override(reader.language), timezone.override(here):
        contents = Contents.of(found, reader)
        if not contents.number:
            return
        message_to(reader, found, contents).send()
    Letter.objects.filter(pk=letter).update(sent_at=now)
