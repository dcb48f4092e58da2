"""What every shared record has: identity, recorder, marking, attachments, drafts of its form."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from records.checks import checks_of, failed_checks
from records.visibility import SharedQuerySet
from records.vocabulary import TLP, DocumentFormat, DocumentKind, FileFormat, ListKind


class StaleVersionError(Exception):
    """Somebody saved a newer version; ``current`` is the record as it now stands."""

    def __init__(self, current: Any) -> None:
        super().__init__(f"{current} is at version {current.version}")
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

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """What Django validates one by one: all that ``records.checks`` does not ask about."""
        asked, _together = checks_of(type(self), frozenset())
        return [
            (model, [one for one in every if one not in asked])
            for model, every in super().get_constraints()
        ]

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ``ValidationError`` if the database would refuse the record."""
        errors: dict[str, list[ValidationError]] = {}
        for _check, error in failed_checks(self, exclude or ()):
            error.update_error_dict(errors)
        try:
            super().validate_constraints(exclude)
        except ValidationError as error:
            error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    found_for: int | None = None
    """Whose ``visible_to`` this object was just read through, as far as its reader says so."""

    def is_visible_to(self, user: User) -> bool:
        if self.found_for is not None and self.found_for == user.pk:
            return True
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
        cls, record: models.Model, file: File, *, name: str, media_type: str, by: User
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


class ExportRecordQuerySet(models.QuerySet["ExportRecord"]):
    def of(self, agency: Agency) -> ExportRecordQuerySet:
        """What people took away while they were members of ``agency``."""
        through = ExportRecord.agencies.through._base_manager
        return self.filter(pk__in=through.filter(agency=agency).values("exportrecord_id"))


class ExportRecord(models.Model):
    """A list or a document that left as a file: who took what, when, and how many rows.

    Written when the file begins and again when it ends: one that was cut off has no
    ``finished_at``, and ``rows`` are those that had been sent by then. ``query`` is the filter as
    it stands in addresses, ``marking`` the strictest in the file, ``agencies`` those that the
    person was a member of. The rows of a document are the records that it was made of.
    """

    KINDS = [*ListKind.choices, *DocumentKind.choices]
    FORMATS = [*FileFormat.choices, *DocumentFormat.choices]

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    agencies = models.ManyToManyField(Agency, related_name="+", verbose_name=_("agencies"))
    kind = models.CharField(_("list"), max_length=20, choices=KINDS)
    format = models.CharField(_("format"), max_length=10, choices=FORMATS)
    query = models.TextField(_("filter"), blank=True)
    marking = models.CharField(
        _("strictest marking"), max_length=12, choices=TLP.choices, blank=True
    )
    rows = models.PositiveIntegerField(_("rows"), default=0)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar = ExportRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("exported file")
        verbose_name_plural = _("exported files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=[*ListKind.values, *DocumentKind.values],
                    format__in=[*FileFormat.values, *DocumentFormat.values],
                    marking__in=["", *(one for one in TLP.values if one != TLP.RED)],
                ),
                name="export_words_are_known_and_never_red",
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True)
                | models.Q(finished_at__gte=models.F("started_at")),
                name="export_starts_before_it_finishes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_format_display()}, {self.started_at:%Y-%m-%d}"

    @classmethod
    def begin(cls, person: User, **what: str) -> ExportRecord:
        """Put on record that a file is about to leave."""
        held = Membership.objects.in_force().filter(user=person).values_list("agency_id", flat=True)
        with transaction.atomic():
            record = cls.objects.create(person=person, **what)
            record.agencies.through._base_manager.bulk_create(
                record.agencies.through(exportrecord_id=record.pk, agency_id=agency)
                for agency in held
            )
        return record

    def end(self, *, rows: int, whole: bool) -> None:
        """Say how many rows were sent, and whether that was all of them."""
        self.rows = rows
        self.finished_at = timezone.now() if whole else None
        self.save(update_fields=["rows", "finished_at"])

    @property
    def was_cut_off(self) -> bool:
        return self.finished_at is None


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """One's own, and those shared with an agency that one reads in."""
        return self.filter(
            models.Q(owner=user) | models.Q(agency__in=user.standing.agencies(Permission.READ))
        )


class SavedView(models.Model):
    """A filter of a list under a name: one's own, or shared with the members of an agency.

    ``query`` is what the address of the list says, without a page. Whoever opens it sees what
    they may see: sharing a view shares a question, no record.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="saved_views",
        verbose_name=_("owner"),
    )
    kind = models.CharField(_("list"), max_length=20, choices=ListKind.choices)
    name = models.CharField(_("name"), max_length=100)
    query = models.TextField(_("filter"), blank=True)
    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="saved_views",
        verbose_name=_("shared with"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(kind__in=ListKind.values), name="saved_view_list_is_known"
            ),
            models.UniqueConstraint(
                fields=["owner", "kind", "name"],
                name="saved_view_name_once",
                violation_error_message=_("You have a view of this list with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SavedViewUse(models.Model):
    """What one person does with a view: on home, in notices, and when it was last opened."""

    view = models.ForeignKey(SavedView, models.CASCADE, related_name="uses")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_view_uses"
    )
    pinned = models.BooleanField(_("on home"), default=False)
    subscribed = models.BooleanField(_("with notices"), default=False)
    seen_at = models.DateTimeField(_("last opened"), default=timezone.now)

    class Meta:
        verbose_name = _("use of a saved view")
        verbose_name_plural = _("uses of saved views")
        constraints = [
            models.UniqueConstraint(fields=["view", "person"], name="saved_view_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.view}"
