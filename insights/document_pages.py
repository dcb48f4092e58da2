"""Asking for documents, watching them being made, fetching them; the template of an agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from agencies.forms import layout
from agencies.models import Partner
from agencies.requests import signed_in
from agencies.views import coordinated, frame
from exchange.documents import template as templates
from exchange.models import DocumentTemplate, RequestedDocument
from insights import documents
from insights.document_notices import outcome_is_read
from insights.documents import KINDS, MEDIA_TYPES, TooManyError
from insights.reports.learning import asked_by
from insights.saved_view_pages import LATEST, asked_window, pages_around
from lessons.models import Lesson
from programs.models import Exercise
from records import uploads
from records.vocabulary import DocumentFormat, DocumentKind

FORMATS = [
    (DocumentFormat.PDF, gettext_lazy("To read and print: tagged for screen readers")),
    (DocumentFormat.DOCX, gettext_lazy("To edit further, in your agency's template")),
]


# --- Asking --------------------------------------------------------------------------------------


class FormatForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[(value, value.label) for value, _hint in FORMATS],
        error_messages={"required": gettext_lazy("Choose one of the formats.")},
    )


@dataclass(frozen=True)
class Wanted:
    """What a page offers to make: of which record, as the reader sees it."""

    kind: DocumentKind
    title: str
    back: str
    subject: str = ""
    query: str = ""
    record: Any = None


def exercise_report(request: HttpRequest, ref: str) -> HttpResponse:
    """The after-action report of an exercise."""
    exercise = get_object_or_404(Exercise.objects.visible_to(signed_in(request)), ref=ref)
    return offered(
        request,
        Wanted(
            DocumentKind.AFTER_ACTION,
            exercise.title,
            exercise.get_absolute_url(),
            subject=ref,
            record=exercise,
        ),
    )


def lesson_sheet(request: HttpRequest, ref: str) -> HttpResponse:
    """The sheet of a lesson."""
    lesson = get_object_or_404(Lesson.objects.visible_to(signed_in(request)), ref=ref)
    wanted = Wanted(
        DocumentKind.LESSON_SHEET,
        str(lesson),
        lesson.get_absolute_url(),
        subject=ref,
        record=lesson,
    )
    return offered(request, wanted)


def partner_report(request: HttpRequest, code: str) -> HttpResponse:
    """The briefing on a partner."""
    partner = get_object_or_404(Partner, code=code)
    back = reverse("insights:partner", args=[code])
    return offered(request, Wanted(DocumentKind.BRIEFING, partner.label, back, subject=code))


def pipeline_report(request: HttpRequest) -> HttpResponse:
    """The state of learning for the filters in the address."""
    report = asked_by(request.GET.urlencode(), signed_in(request))
    if not report.is_valid:
        # That page says beside the filter what is wrong with it.
        return redirect(f"{reverse('insights:pipeline')}?{request.GET.urlencode()}")
    query, back = report.url("").removeprefix("?"), report.url(reverse("insights:pipeline"))
    title = " · ".join(report.words) or _("Everything that you may read")
    return offered(request, Wanted(DocumentKind.LEARNING, title, back, query=query))


def offered(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """Choose a format; then it is made, and its page says how far it is."""
    reader = signed_in(request)
    refusal = documents.refusal(wanted.kind, wanted.record)
    sent = request.method == "POST"
    form = FormatForm(request.POST if sent else None)
    status = 409 if refusal else 422
    if sent and not refusal and form.is_valid():
        try:
            made = documents.ask(
                reader,
                wanted.kind,
                DocumentFormat(form.cleaned_data["format"]),
                subject=wanted.subject,
                query=wanted.query,
                at=timezone.now(),
            )
        except TooManyError:
            form.add_error(
                None, _("You have several documents waiting. Fetch this one when they are made.")
            )
            status = 429
        else:
            return redirect("insights:document", made.uuid)
    home = reader.standing.home
    context = {
        "wanted": wanted,
        "kind_label": wanted.kind.label,
        "holds": KINDS[wanted.kind].holds,
        "refusal": refusal,
        "form": form,
        "formats": FORMATS,
        "template": DocumentTemplate.objects.filter(agency=home or 0).first(),
    }
    page = "insights/document_new.html"
    return render(request, page, context, status=status if sent else 200)


# --- Watching and fetching -----------------------------------------------------------------------


def own_document(request: HttpRequest, uuid: UUID) -> RequestedDocument:
    """The reader's own document, while they may see what it is about; 404 otherwise."""
    reader = signed_in(request)
    found: RequestedDocument = get_object_or_404(
        RequestedDocument.objects.visible_to(reader), uuid=uuid
    )
    if not documents.subject_is_seen(found, reader):
        raise Http404
    return found


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The reader's documents, latest first."""
    found = RequestedDocument.objects.visible_to(signed_in(request))
    shown = asked_window(request, found, LATEST)
    at = timezone.now()
    context = {
        "rows": [(one, one.is_kept(at)) for one in shown.rows],
        "page": pages_around(request.path, shown),
    }
    return render(request, "insights/documents.html", context)


@require_safe
def document(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How far a document is; for htmx the panel alone, which asks again until it is made."""
    return document_page(request, own_document(request, uuid))


def document_page(
    request: HttpRequest, found: RequestedDocument, *, narrowed: bool = False
) -> HttpResponse:
    kind = KINDS[DocumentKind(found.kind)]
    context = {
        "document": found,
        "again": kind.url(found.subject, found.query),
        "is_kept": found.is_kept(timezone.now()) and not narrowed,
        "narrowed": narrowed,
    }
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    page = "insights/_document.html" if htmx else "insights/document.html"
    response = render(request, page, context, status=409 if narrowed else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def document_file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The file itself, for its maker alone, while they may read everything in it."""
    found = own_document(request, uuid)
    if not found.is_kept(timezone.now()):
        return document_page(request, found)
    if not documents.may_still_be_read(found, signed_in(request)):
        return document_page(request, found, narrowed=True)
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    if request.method == "GET":
        outcome_is_read(found, timezone.now())
    response = FileResponse(
        content,
        as_attachment=True,
        filename=found.name,
        content_type=MEDIA_TYPES[DocumentFormat(found.format)],
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def document_remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Do away with a document before its day is over."""
    own = RequestedDocument.objects.visible_to(signed_in(request))
    get_object_or_404(own, uuid=uuid).discard()
    messages.success(request, _("The document is removed."))
    return redirect("insights:documents")


# --- The template of an agency -------------------------------------------------------------------


class TemplateForm(forms.Form):
    """``oversized`` are the names of files that were too long to be received."""

    file = forms.FileField(
        label=gettext_lazy("Word template"),
        help_text=gettext_lazy("A .docx file of at most 25 MB."),
        widget=forms.FileInput(attrs={"accept": ".docx", "data-no-optional": ""}),
        required=False,
    )
    use_required_attribute = False

    def __init__(self, *args: Any, oversized: Sequence[str] = (), **kwargs: Any) -> None:
        self.oversized = oversized
        super().__init__(*args, **kwargs)
        self.helper = layout("file")

    def clean_file(self) -> UploadedFile:
        if self.oversized:
            raise forms.ValidationError(uploads.too_large(self.oversized[0]).reason)
        file: UploadedFile | None = self.cleaned_data.get("file")
        if file is None:
            raise forms.ValidationError(_("Choose a file first."))
        if not (file.name or "").lower().endswith(".docx"):
            raise forms.ValidationError(_("Choose a Word document that ends in .docx."))
        try:
            uploads.checked(file)
            templates.check(file)
        except (uploads.RefusedFileError, templates.RefusedTemplateError) as refused:
            raise forms.ValidationError(refused.reason) from refused
        file.seek(0)
        return file


def template(request: HttpRequest, code: str) -> HttpResponse:
    """The template by which members of the agency get their documents in Word."""
    agency = coordinated(request, code)
    by = signed_in(request)
    form, status = TemplateForm(), 200
    if request.method == "POST":
        # Reading the files lets the upload handler see which are too long.
        files = request.FILES
        form = TemplateForm(request.POST, files, oversized=getattr(request, "oversized", ()))
        if form.is_valid():
            file = form.cleaned_data["file"]
            name = uploads.clean_name(file.name)
            DocumentTemplate.give(agency, file, name=name, by=by, at=timezone.now())
            messages.success(request, _("The template is in use."))
            return redirect("insights:template", agency.code)
        status = 422
    context = {
        "form": form,
        "used": DocumentTemplate.objects.filter(agency=agency).select_related("given_by").first(),
        "placeholders": [(f"{{{{ {name} }}}}", to) for name, to in templates.PLACEHOLDERS.items()],
    }
    return render(request, "insights/template.html", frame(by, agency) | context, status=status)


@require_safe
def template_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """The template in use, to be changed further: the agency's, or the one that comes along."""
    agency = coordinated(request, code)
    used = DocumentTemplate.objects.filter(agency=agency).first()
    response = FileResponse(
        used.file.open("rb") if used else templates.default_template(),
        as_attachment=True,
        filename=used.name if used else "lindero-template.docx",
        content_type=MEDIA_TYPES[DocumentFormat.DOCX],
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def template_remove(request: HttpRequest, code: str) -> HttpResponse:
    """Go back to the template that comes along."""
    agency = coordinated(request, code)
    with transaction.atomic():
        for used in DocumentTemplate.objects.select_for_update().filter(agency=agency):
            used.remove()
    messages.success(request, _("Documents get the template that comes along."))
    return redirect("insights:template", agency.code)
