"""What every shared record has: identity, recorder, marking, attachments, drafts of its form."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.files import File
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, User
from records.visibility import SharedQuerySet
from records.vocabulary import TLP


class StaleVersionError(Exception):
    """Somebody saved a newer version; ``current`` is the record as it now stands."""

    def __init__(self, current: SharedRecord) -> None:
        super().__init__(f"{current.ref} is at version {current.version}")
        self.current = current


class RefCounter(models.Model):
    """The last number given under a prefix such as ``ES-GC-2026``."""

    prefix = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}: {self.last}"

    @classmethod
    def next(cls, prefix: str) -> str:
        """The next reference under ``prefix``; call inside the transaction that uses it."""
        cls.objects.get_or_create(prefix=prefix)
        counter = cls.objects.select_for_update().get(prefix=prefix)
        counter.last += 1
        counter.save(update_fields=["last"])
        return f"{prefix}-{counter.last:04d}"


class SharedRecord(models.Model):
    """A record that agencies share: an agreement, a program, an exercise or a lesson.

    Subclasses say with three tuples of look-up paths how visibility and editing reach them:
    ``RELEASED_THROUGH`` (agencies that count as released-to), ``OWNED_THROUGH`` (people who see
    it at ``TLP:RED`` without being a recipient) and ``LED_THROUGH`` (further agencies whose
    contributors may edit it).
    """

    RELEASED_THROUGH: tuple[str, ...] = ("released_to",)
    OWNED_THROUGH: tuple[str, ...] = ("created_by",)
    LED_THROUGH: tuple[str, ...] = ()
    REF_INFIX = ""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ref = models.CharField(_("reference"), max_length=60, unique=True, editable=False)
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="%(class)ss", verbose_name=_("recorded by")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    tlp = models.CharField(
        _("marking"),
        max_length=12,
        choices=TLP.choices,
        default=TLP.AMBER,
        help_text=_(
            "Who may read this once it is shared. It is a sharing boundary, "
            "not a security classification."
        ),
    )
    released_to = models.ManyToManyField(
        Agency,
        blank=True,
        related_name="+",
        verbose_name=_("released to"),
        help_text=_("Agencies that may read an AMBER or AMBER+STRICT record besides your own."),
    )
    red_recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name=_("recipients of TLP:RED"),
        help_text=_("The people, one by one, who may read a RED record."),
    )
    attachments = GenericRelation("records.Attachment")

    objects = SharedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a reference to a record that has none, in the same transaction."""
        if self.ref:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            self.take_ref()
            super().save(*args, **kwargs)

    def take_ref(self) -> None:
        """Take the next reference; call inside the transaction that creates the record."""
        year = self.agency.local_date(self.created_at).year
        self.ref = RefCounter.next(
            "-".join(filter(None, [self.agency.code, self.REF_INFIX, str(year)]))
        )

    @classmethod
    def locked(cls, pk: int, *, version: int | None = None) -> Self:
        """The row, locked for the transaction; ``StaleVersionError`` if not at ``version``."""
        rows: models.QuerySet[Self] = cls._default_manager.all()  # type: ignore[assignment]
        record = rows.select_for_update(of=("self",)).get(pk=pk)
        if version is not None and record.version != version:
            raise StaleVersionError(record)
        return record

    def is_visible_to(self, user: User) -> bool:
        return type(self).objects.visible_to(user).filter(pk=self.pk).exists()

    def was_with(self, user: User) -> bool:
        """Whether ``user`` may have been editing it a moment ago and no longer may."""
        return False

    def is_editable_by(self, user: User) -> bool:
        return type(self).objects.editable_by(user).filter(pk=self.pk).exists()


def attachment_path(attachment: Attachment, name: str) -> str:
    """A place that tells nothing of the file: the name is kept in the database."""
    return f"attachments/{attachment.uuid.hex[:2]}/{attachment.uuid}"


class Attachment(models.Model):
    """A file that belongs to a shared record and is seen by whoever sees the record."""

    MAX_BYTES = 25 * 1024 * 1024

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()
    file = models.FileField(upload_to=attachment_path, max_length=200)
    name = models.CharField(_("name"), max_length=255)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["uploaded_at", "pk"]
        indexes = [models.Index(fields=["content_type", "object_id"])]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def attach(
        cls, record: SharedRecord, file: File, *, name: str, media_type: str, by: User
    ) -> Attachment:
        """Keep ``file`` (already checked) with ``record`` under the ``name`` it was given."""
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return cls.objects.create(
            record=record,
            file=file,
            name=name,
            media_type=media_type,
            size=file.size or 0,
            sha256=digest.hexdigest(),
            uploaded_by=by,
        )


class FormDraft(models.Model):
    """What one person has typed into one form and not yet saved; private to that person.

    ``key`` names the form (``lesson:new:<uuid>``, ``exercise:ES-GC-EXE-2026-0001``), ``data``
    maps field names to lists of raw values, so that nothing typed is lost, valid or not.
    ``version`` is the version of the record that the form was opened on.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="form_drafts")
    key = models.CharField(max_length=120)
    path = models.CharField(max_length=300)
    title = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="form_draft_once")]

    def __str__(self) -> str:
        return self.key


class Change(models.Model):
    """A shared record that changed, written by database triggers in the transaction of the change.

    Whoever keeps something worked out of records (``records.bitmaps``) reads what is new here.
    ``kind`` is the model's name, ``object_id`` ``NULL`` for all of its records. ``at`` is in
    seconds since 1970. ``transaction`` is PostgreSQL's number of the transaction, by which those
    that commit out of order are told apart.
    """

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField(null=True)
    at = models.BigIntegerField()
    transaction = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id or 'all'}"
