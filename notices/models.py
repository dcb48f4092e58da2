"""What people are told, how it goes to them by mail, and what the worker has to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, User
from agencies.prepared import for_each_person
from notices.kinds import Kind, kinds
from notices.vocabulary import DIGESTS, When

MOST_COUNTED = 99
"""Unread notices that the header counts; of more it says that there are more."""


class Letter(models.Model):
    """A mail to one person: one notice at once, or those of a day or a week.

    ``message_id`` stays the same however often sending is tried, so that a mail server that was
    given it twice can tell. Without ``sent_at`` once its job is done, nothing was left to say.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person")
    )
    when = models.CharField(_("how"), max_length=10, choices=When.choices)
    message_id = models.CharField(max_length=255, unique=True)
    made_at = models.DateTimeField(_("made"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        indexes = [models.Index(fields=["person", "when", "-made_at"], name="letter_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(when__in=[When.AT_ONCE, *DIGESTS]), name="letter_goes_somehow"
            )
        ]

    def __str__(self) -> str:
        return self.message_id


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User, *about: str) -> NoticeQuerySet:
        """The notices of ``user`` about what they may see now, in roles that they hold now.

        About records of these models alone, if any are named.
        """
        by_model: dict[str, list[Kind]] = {}
        for kind in kinds().values():
            if not about or kind.model in about:
                by_model.setdefault(kind.model, []).append(kind)
        held = Q(pk__in=[])
        for alike in by_model.values():
            seen = alike[0].subjects(user).filter(pk=OuterRef("subject_id")).order_by()
            held |= _held(alike, user) & Q(Exists(seen))
        return self.filter(held, person=user)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at__isnull=True)

    def to_mail(self, now: datetime) -> NoticeQuerySet:
        """Notices whose mail is due and not yet made."""
        return self.filter(letter__isnull=True, mail_at__lte=now)


def _held(alike: Iterable[Kind], user: User) -> Q:
    """Of kinds about the same model, those whose role the person holds."""
    held = Q()
    for kind in alike:
        told = Q(kind=kind.name)
        if kind.permission is not None:
            told &= Q(agency__in=user.standing.agencies(kind.permission))
        held |= told
    return held


class Notice(models.Model):
    """One person is told of one occasion, once.

    ``kind`` says what ``subject_id`` is the key of. ``facts`` are what the sentence needs beside
    the subject, never anybody's name. ``key`` names the occasion: clock or event, subject, day.
    ``agency`` is the one in whose role the person is told, where the kind asks for a role.
    ``mail_at`` is when its mail is due, nothing if it goes by no mail.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    subject_id = models.PositiveBigIntegerField()
    agency = models.ForeignKey(Agency, models.CASCADE, null=True, related_name="+")
    facts = models.JSONField(default=dict)
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    when = models.CharField(max_length=10, choices=When.choices)
    mail_at = models.DateTimeField(null=True, blank=True)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="notices")

    objects: ClassVar = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"
            ),
            models.Index(fields=["person", "-id"], name="notice_newest"),
            models.Index(
                fields=["mail_at"], condition=Q(letter__isnull=True), name="notice_to_mail"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(when=When.OFF, mail_at__isnull=True)
                | Q(when__in=[When.AT_ONCE, *DIGESTS], mail_at__isnull=False),
                name="notice_goes_by_mail_or_not",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def read(self, at: datetime) -> None:
        """The person has read it; the first time counts."""
        Notice.objects.filter(pk=self.pk, read_at__isnull=True).update(read_at=at)


def number_unread(person: User) -> int:
    """How many unread notices ``person`` may see, at most one more than are counted.

    It asks first what they are about: the rules of all models together take PostgreSQL longer to
    plan than a page takes, and most people have news of one model or of none.
    """
    known = kinds()
    told = (name for (name,) in kinds_unread(person).fetch())
    about = sorted({known[name].model for name in told if name in known})
    return len(unread_of(person, *about).fetch()) if about else 0


@for_each_person
def kinds_unread(person: User) -> models.QuerySet:
    """The kinds of the unread notices of ``person``, visible or not."""
    unread = Notice.objects.filter(person=person).unread().order_by()
    return unread.values_list("kind").distinct()


@for_each_person
def unread_of(person: User, *about: str) -> models.QuerySet:
    """Keys of the unread notices of ``person`` about records of these models."""
    unread = Notice.objects.visible_to(person, *about).unread().order_by()
    return unread.values_list("pk")[: MOST_COUNTED + 1]


class Choice(models.Model):
    """How one person wants to get notices of one kind by mail, where not as usual."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_choices"
    )
    kind = models.CharField(max_length=40)
    when = models.CharField(max_length=10, choices=When.choices)

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="notice_choice_once"),
            models.CheckConstraint(
                condition=Q(when__in=When.values), name="notice_choice_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.when}"


class Rung(models.Model):
    """The last day on which a clock rang for an agency."""

    clock = models.CharField(max_length=40)
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        verbose_name = _("rung clock")
        verbose_name_plural = _("rung clocks")
        constraints = [models.UniqueConstraint(fields=["clock", "agency"], name="rung_once")]

    def __str__(self) -> str:
        return f"{self.clock}: {self.day}"


class JobQuerySet(models.QuerySet["Job"]):
    def due(self, now: datetime) -> JobQuerySet:
        """To be run: not done, not given up, and in no worker's hands."""
        free = Q(taken_until__isnull=True) | Q(taken_until__lte=now)
        return self.filter(free, done_at__isnull=True, given_up_at__isnull=True, due_at__lte=now)


class Job(models.Model):
    """Something the worker does, again until it succeeds or is given up.

    ``name`` is the dotted name of a function that an app declares (``jobs``). A worker that takes
    it has until ``taken_until``; then another may: a job must bear being run twice.
    """

    name = models.CharField(_("what"), max_length=100)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    taken_until = models.DateTimeField(_("in hand until"), null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)

    objects: ClassVar = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(done_at__isnull=True, given_up_at__isnull=True),
                name="job_waiting",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(given_up_at__isnull=True),
                name="job_ends_one_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"
