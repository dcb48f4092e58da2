"""Documents: asked for by a person, made by the worker with that person's rights, kept for a day.

What a document holds is read in ``insights.reports``; how it is laid out stands in
``exchange.documents``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Partner, User
from exchange.documents.docx import as_docx
from exchange.documents.pdf import as_pdf
from exchange.documents.tree import Document
from exchange.models import KEPT, MOST_ATTEMPTS, DocumentTemplate, RequestedDocument
from insights.document_notices import tell_outcome
from insights.reports.after_action import after_action_report, red_exercise
from insights.reports.basis import Made, RefusedReportError, Tell, still_readable
from insights.reports.briefing import partner_briefing
from insights.reports.learning import learning_report
from insights.reports.lesson_sheet import lesson_sheet, red_lesson, unpublished
from lessons.models import Lesson
from notices.jobs import asked
from programs.models import Exercise
from records.models import ExportRecord
from records.vocabulary import TLP, DocumentFormat, DocumentKind

MOST_WAITING = 10
"""Documents that one person may have waiting."""
READ = 80
"""How much of the way, of 100, is reading; the rest is laying out."""
MEDIA_TYPES = {
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.PDF: "application/pdf",
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """One kind of document: what it is about, who makes it, and where it is asked for."""

    file_name: str
    about: str
    """The word for its subject in ``ExportRecord.query``."""
    build: Callable[[str, str, User, date, Tell], Made]
    address: str
    """The page that it is asked for on, which takes the subject if there is one."""
    holds: str | Promise

    def url(self, subject: str, query: str = "") -> str:
        path = reverse(self.address, args=[subject] if subject else [])
        return f"{path}?{query}" if query else path


KINDS = {
    DocumentKind.AFTER_ACTION: Kind(
        "after-action-report",
        "exercise",
        after_action_report,
        "insights:exercise_report",
        gettext_lazy(
            "Overview, objectives with their ratings, strengths, areas for improvement, and the "
            "improvement plan with every action, in the order of HSEEP."
        ),
    ),
    DocumentKind.BRIEFING: Kind(
        "partner-briefing",
        "partner",
        partner_briefing,
        "insights:partner_report",
        gettext_lazy(
            "What cooperation rests on, exercises and programs, lessons by category and year, the "
            "latest lessons and what is open."
        ),
    ),
    DocumentKind.LESSON_SHEET: Kind(
        "lesson-sheet",
        "lesson",
        lesson_sheet,
        "insights:lesson_sheet",
        gettext_lazy("What was seen, what follows, the actions, and whether the change works."),
    ),
    DocumentKind.LEARNING: Kind(
        "state-of-learning",
        "",
        learning_report,
        "insights:pipeline_report",
        gettext_lazy("The tables of the page with the filters that you chose."),
    ),
}


# --- Asking --------------------------------------------------------------------------------------


class TooManyError(Exception):
    """The person has as many documents waiting as one may."""


def ask(
    person: User,
    kind: DocumentKind,
    format_: DocumentFormat,
    *,
    subject: str = "",
    query: str = "",
    at: datetime,
) -> RequestedDocument:
    """Have a document made; the same one, asked for twice before it is made, is one."""
    what = {"kind": kind, "format": format_, "subject": subject, "query": query}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        waiting = RequestedDocument.objects.visible_to(person).pending()
        known = waiting.filter(**what).first()
        if known is not None:
            return known
        if waiting.count() >= MOST_WAITING:
            raise TooManyError
        made: RequestedDocument = RequestedDocument.objects.create(
            person=person, asked_at=at, **what
        )
        asked(make, at, document=made.pk).save()
    return made


def refusal(kind: DocumentKind, subject: Any) -> str:
    """Why no such document is made of ``subject``, a record that the reader sees; "" if one is."""
    if isinstance(subject, Exercise) and subject.tlp == TLP.RED:
        return red_exercise()
    if isinstance(subject, Lesson):
        if subject.tlp == TLP.RED:
            return red_lesson()
        return "" if subject.is_published else unpublished()
    return ""


# --- Making --------------------------------------------------------------------------------------


def make(*, now: datetime, document: int) -> None:
    """The job that makes a document. A second worker, or a second run, finds it made already."""
    request = (
        RequestedDocument.objects.pending().select_related("person").filter(pk=document).first()
    )
    if request is None:
        return
    if not request.person.is_active:
        request.discard()
        return
    if request.attempts >= MOST_ATTEMPTS:
        # Its worker was killed each time.
        fail(request, cannot_be_made(request), now)
        return
    request.begin()
    try:
        with translation.override(request.person.language):
            write(request, now)
    except RefusedReportError as refused:
        fail(request, refused.reason, now)
    except Exception:
        if request.attempts >= MOST_ATTEMPTS:
            fail(request, cannot_be_made(request), now)
        raise


def fail(request: RequestedDocument, reason: str, now: datetime) -> None:
    """Give it up, and say so to whoever asked."""
    with transaction.atomic():
        if request.fail(reason, at=now):
            tell_outcome(request, now)


def cannot_be_made(request: RequestedDocument) -> str:
    with translation.override(request.person.language):
        return _("It could not be made. The administration can find the reason among the jobs.")


def write(request: RequestedDocument, now: datetime) -> None:
    """Read, lay out, put on record, keep."""
    kind, reader = KINDS[DocumentKind(request.kind)], request.person
    on = timezone.localdate(now)

    def tell(share: int) -> None:
        request.advance(share * READ // 100)

    made = kind.build(request.subject, request.query, reader, on, tell)
    request.advance(READ)
    document = dressed(request, made, now)
    content = laid_out(document, request, on)
    safe = "".join(sign if sign.isalnum() else "-" for sign in str(made.marking.label))
    subject = [request.subject.lower()] if request.subject else []
    name = "-".join(["lindero", kind.file_name, *subject, on.isoformat(), safe])
    with transaction.atomic():
        kept = request.keep(
            content,
            name=f"{name}.{request.format}",
            marking=made.marking,
            contents=made.contents,
            at=now,
        )
        if kept:
            put_on_record(request, made)
            tell_outcome(request, now)
            asked(forget, now + KEPT, document=request.pk).save()


def dressed(request: RequestedDocument, made: Made, now: datetime) -> Document:
    """The document with what it says of itself, in the reader's language."""
    words = {
        "marking": str(made.marking.label),
        "audience": made.marking.audience.rstrip("."),
        "installation": settings.INSTALLATION_NAME,
        "at": date_format(timezone.localtime(now), "j M Y, H:i T"),
        "name": request.person.name,
    }
    handling = _(
        "Handle by the strictest marking in this document: %(marking)s (%(audience)s). "
        "Made of what its maker may read; TLP:RED stands in no document."
    )
    agency = Agency.objects.filter(pk=request.person.standing.home or 0).first()
    return Document(
        kind=str(DocumentKind(request.kind).label),
        title=made.title,
        marking=made.marking,
        handling=handling % words,
        made=_("Made with %(installation)s on %(at)s by %(name)s") % words,
        language=request.person.language,
        agency=agency.name if agency else "",
        blocks=made.blocks,
    )


def laid_out(document: Document, request: RequestedDocument, on: date) -> bytes:
    if request.format == DocumentFormat.PDF:
        return as_pdf(document, on)
    template = DocumentTemplate.objects.filter(agency=request.person.standing.home or 0).first()
    if template is None:
        return as_docx(document, on)
    with template.file.open("rb") as file:
        return as_docx(document, on, file)


def put_on_record(request: RequestedDocument, made: Made) -> None:
    about = KINDS[DocumentKind(request.kind)].about
    record = ExportRecord.begin(
        request.person,
        kind=request.kind,
        format=request.format,
        query=urlencode({about: request.subject}) if about else request.query,
        marking=made.marking,
    )
    record.end(rows=made.number, whole=True)


def forget(*, now: datetime, document: int) -> None:
    """The job that removes a document whose day is over."""
    over = RequestedDocument.objects.filter(pk=document, expires_at__lte=now).first()
    if over is not None:
        over.discard()


# --- Fetching ------------------------------------------------------------------------------------


def subject_is_seen(request: RequestedDocument, reader: User) -> bool:
    """Whether ``reader`` may still see what the document is about."""
    models: dict[str, Any] = {
        DocumentKind.AFTER_ACTION: Exercise,
        DocumentKind.LESSON_SHEET: Lesson,
    }
    if request.kind in models:
        seen = models[request.kind].objects.visible_to(reader)
        return bool(seen.filter(ref=request.subject).exists())
    if request.kind == DocumentKind.BRIEFING:
        return Partner.objects.filter(code=request.subject).exists()
    return True


def may_still_be_read(request: RequestedDocument, reader: User) -> bool:
    """Whether nothing in the document was hidden from ``reader``, or narrowed, since it was made."""
    return still_readable(request.contents, request.marking, reader)
