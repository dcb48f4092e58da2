"""Documents that people asked for, and the templates that agencies give them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, User
from records.vocabulary import TLP, DocumentFormat, DocumentKind

KEPT = timedelta(hours=24)
"""How long a document can be fetched: what it says may be narrowed any time."""
MOST_ATTEMPTS = 3
"""How often a document is begun before its maker is told that it cannot be made."""
WHOLE = 100


def document_path(document: RequestedDocument, name: str) -> str:
    """A place that tells nothing of the file, the same however often it is made."""
    return f"documents/{document.uuid.hex[:2]}/{document.uuid}"


class RequestedDocumentQuerySet(models.QuerySet["RequestedDocument"]):
    def visible_to(self, user: User) -> RequestedDocumentQuerySet:
        """One's own: a document is made of what one person may see."""
        return self.filter(person=user)

    def pending(self) -> RequestedDocumentQuerySet:
        """Neither made nor failed."""
        return self.filter(made_at__isnull=True, failed_at__isnull=True)


class RequestedDocument(models.Model):
    """A document that one person asked for: waiting, being made, made or failed.

    ``subject`` is the reference or code of what it is about, ``query`` a filter as it stands in
    addresses. ``progress`` counts to 100. ``contents`` are the keys of the records in it, by kind.
    A made one is kept until ``expires_at``; then the row goes, and with it the file. That it was
    made stays on record (``ExportRecord``).
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="documents", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=DocumentKind.choices)
    format = models.CharField(_("format"), max_length=10, choices=DocumentFormat.choices)
    subject = models.CharField(_("about"), max_length=60, blank=True)
    query = models.TextField(_("filter"), blank=True)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)
    reason = models.TextField(_("why it failed"), blank=True)
    file = models.FileField(upload_to=document_path, max_length=200, blank=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    marking = models.CharField(
        _("strictest marking"), max_length=12, choices=TLP.choices, blank=True
    )
    contents = models.JSONField(default=dict)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    objects: ClassVar = RequestedDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("requested document")
        verbose_name_plural = _("requested documents")
        indexes = [models.Index(fields=["person", "-id"], name="document_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=DocumentKind.values,
                    format__in=DocumentFormat.values,
                    marking__in=["", *(one for one in TLP.values if one != TLP.RED)],
                ),
                name="document_words_are_known_and_never_red",
            ),
            models.CheckConstraint(
                condition=models.Q(progress__lte=WHOLE), name="document_progress_is_a_share"
            ),
            models.CheckConstraint(
                condition=models.Q(made_at__isnull=True, expires_at__isnull=True)
                | models.Q(
                    made_at__isnull=False,
                    expires_at__isnull=False,
                    failed_at__isnull=True,
                    progress=WHOLE,
                )
                & ~models.Q(file="")
                & ~models.Q(marking=""),
                name="document_made_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(failed_at__isnull=True) | ~models.Q(reason=""),
                name="document_failed_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.subject]))

    @property
    def is_pending(self) -> bool:
        return self.made_at is None and self.failed_at is None

    def is_kept(self, at: datetime) -> bool:
        """Whether its file can be fetched at that moment."""
        return self.expires_at is not None and at < self.expires_at

    def begin(self) -> None:
        """One attempt more to make it, from its beginning."""
        self.attempts += 1
        self.progress = 0
        self.save(update_fields=["attempts", "progress"])

    def advance(self, progress: int) -> None:
        """Say how far it is, for whoever looks at its page."""
        self.progress = progress
        type(self).objects.pending().filter(pk=self.pk).update(progress=progress)

    def fail(self, reason: str, *, at: datetime) -> bool:
        """Give it up for ``reason``; whether nobody had ended it before."""
        own = type(self).objects.pending().filter(pk=self.pk)
        return bool(own.update(failed_at=at, reason=reason))

    def keep(
        self, content: bytes, *, name: str, marking: TLP, contents: dict[str, Any], at: datetime
    ) -> bool:
        """Keep what was made, whoever made it first; whether this was it."""
        with transaction.atomic():
            own = type(self).objects.select_for_update().pending().filter(pk=self.pk).first()
            if own is None:
                return False
            place = document_path(own, name)
            own.file.storage.delete(place)  # left by a worker that was killed
            own.file.save(place, ContentFile(content), save=False)
            own.name, own.size, own.marking = name, len(content), marking
            own.contents, own.made_at, own.expires_at = contents, at, at + KEPT
            own.progress = WHOLE
            own.save()
        return True

    def discard(self) -> None:
        """Remove the row, and with it the file."""
        storage, place = self.file.storage, document_path(self, "")
        with transaction.atomic():
            self.delete()
            transaction.on_commit(lambda: storage.delete(place))


def template_path(template: DocumentTemplate, name: str) -> str:
    return f"templates/{uuid.uuid4()}"


class DocumentTemplate(models.Model):
    """The Word template by which the members of an agency get their documents."""

    agency = models.OneToOneField(
        Agency, models.CASCADE, related_name="document_template", verbose_name=_("agency")
    )
    file = models.FileField(upload_to=template_path, max_length=200)
    name = models.CharField(_("name"), max_length=255)
    size = models.PositiveBigIntegerField(_("bytes"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    given_at = models.DateTimeField(_("given"), default=timezone.now)

    class Meta:
        verbose_name = _("document template")
        verbose_name_plural = _("document templates")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def give(
        cls, agency: Agency, file: File, *, name: str, by: User, at: datetime
    ) -> DocumentTemplate:
        """Take ``file`` (already checked) in the place of the one before, which goes."""
        with transaction.atomic():
            for before in cls.objects.select_for_update().filter(agency=agency):
                before.remove()
            return cls.objects.create(
                agency=agency, file=file, name=name, size=file.size, given_by=by, given_at=at
            )

    def remove(self) -> None:
        """Go back to the template that comes along."""
        storage, place = self.file.storage, self.file.name or ""
        with transaction.atomic():
            self.delete()
            transaction.on_commit(lambda: storage.delete(place))
