"""Drafts of forms, and the files of records."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agencies.models import User
from agencies.requests import signed_in
from records import drafts, uploads
from records.drafts import FormKey, TooLongError, record_models
from records.models import Attachment, SharedRecord
from records.panels import BACK_TO_FORM, file_row, files_of
from records.saving import saved_here, version_in

# --- Drafts --------------------------------------------------------------------------------------

BACK_TO_LIST = "&back=list"
"""Added to the address that forgets a form: leads to the list of forms instead of the form."""


def asked_key(request: HttpRequest, user: User) -> FormKey:
    """The form that the page's token names; nobody else's, and none that is unknown."""
    key = drafts.key_of(request.GET.get("form", ""), user)
    if key is None:
        raise PermissionDenied
    return key


@require_POST
def draft(request: HttpRequest) -> HttpResponseBase:
    """Keep what is being typed; answer with the time, or 409 when the record has moved on."""
    user = signed_in(request)
    key = asked_key(request, user)
    news: dict[str, Any] = {}
    if key.token:
        if not user.may_record:
            raise PermissionDenied
        if key.model._base_manager.filter(uuid=key.token).exists():
            # It was saved while this draft was on its way.
            return JsonResponse({"time": date_format(timezone.localtime(), "H:i")})
    else:
        record = get_object_or_404(key.model._default_manager.visible_to(user), ref=key.ref)
        if not record.is_editable_by(user):
            raise PermissionDenied
        if record.version != version_in(request.POST):
            news["own"] = saved_here(request, record)
    try:
        kept = drafts.keep(key, request.POST, user)
    except TooLongError:
        return JsonResponse({"error": _("This is too long to be kept.")}, status=413)
    time = date_format(timezone.localtime(kept.updated_at), "H:i")
    return JsonResponse({"time": time, **news}, status=409 if news else 200)


@require_safe
def unfinished(request: HttpRequest) -> HttpResponse:
    """The forms that the reader began and has not saved, the latest first; ``drafts.MOST`` at most."""
    user = signed_in(request)
    keys = [(draft, FormKey.parse(draft.key)) for draft in drafts.unfinished(user).defer("data")]
    rows = [
        {
            "draft": draft,
            "kind": key.model._meta.verbose_name,
            "ref": key.ref,
            "discard_url": f"{reverse('records:discard')}?form={drafts.sign(key, user)}{BACK_TO_LIST}",
        }
        for draft, key in keys
    ]
    return render(request, "records/unfinished.html", {"rows": rows})


@require_POST
def discard(request: HttpRequest) -> HttpResponseBase:
    """Forget what was typed and open the form anew, or go back to the list of forms."""
    key = asked_key(request, signed_in(request))
    drafts.forget(key, signed_in(request))
    if request.GET.get("back") == "list":
        messages.success(request, _("What you typed is discarded."))
        return redirect("records:unfinished")
    new, _edit = drafts.addresses(key.model)
    return redirect(f"{reverse(new)}?draft=none" if key.token else drafts.path_of(key))


# --- Files ---------------------------------------------------------------------------------------


def record_or_404(kind: str, ref: str, user: User) -> SharedRecord:
    model = record_models().get(kind)
    if model is None:
        raise Http404
    record: SharedRecord = get_object_or_404(model.objects.visible_to(user), ref=ref)
    return record


@require_POST
def attach(request: HttpRequest, kind: str, ref: str) -> HttpResponseBase:
    """Keep the files sent with a saved record, each for itself.

    To a script, which sends one file, answer with its row or the words of the refusal.
    """
    user = signed_in(request)
    record = record_or_404(kind, ref, user)
    if not record.is_editable_by(user):
        raise PermissionDenied
    kept: list[Attachment] = []
    # Reading the files lets the upload handler see which are too long.
    files = request.FILES.getlist("file")
    refused = [uploads.too_large(name) for name in getattr(request, "oversized", [])]
    for file in files:
        try:
            kept.append(uploads.attach(record, file, by=user))
        except uploads.RefusedFileError as error:
            refused.append(error)
    if not kept and not refused:
        refused.append(uploads.RefusedFileError(_("Choose a file first.")))
    status = max((error.status for error in refused), default=201)
    if getattr(request, "htmx", False):
        if refused:
            reasons = " ".join(error.reason for error in refused)
            return HttpResponse(reasons, status=status, content_type="text/plain; charset=utf-8")
        back = BACK_TO_FORM if returns_to_form(request) else ""
        row = {"file": file_row(kept[0], may_remove=True, back=back)}
        return render(request, "pages/_file.html", row, status=status)
    if refused:
        panel = files_of(record, may_edit=True, on_form=returns_to_form(request))
        context: dict[str, Any] = {"record": record, "kept": kept, "refused": refused}
        return render(request, "records/refused.html", context | panel, status=status)
    messages.success(request, _("Attached: %(names)s") % {"names": ", ".join(map(str, kept))})
    return back_to(request, record)


def returns_to_form(request: HttpRequest) -> bool:
    return request.GET.get("back") == "edit"


def back_to(request: HttpRequest, record: Any) -> HttpResponseBase:
    """The form that the files were added from, or the record's page."""
    _new, edit = drafts.addresses(type(record))
    form = reverse(edit, args=[record.ref])
    return redirect(form if returns_to_form(request) else record.get_absolute_url())


def attachment_or_404(uuid: Any, user: User) -> Attachment:
    """The attachment, if its record is visible to ``user``."""
    found = get_object_or_404(Attachment.objects.select_related("content_type"), uuid=uuid)
    model: Any = found.content_type.model_class()
    records: Any = getattr(model, "_default_manager", None)
    if not hasattr(records, "visible_to"):
        raise Http404  # what does not say who sees it is seen by nobody
    if not records.visible_to(user).filter(pk=found.object_id).exists():
        raise Http404
    return found


@require_safe
def attachment(request: HttpRequest, uuid: Any) -> HttpResponseBase:
    """Send the file as a download: it is never shown within the application."""
    found = attachment_or_404(uuid, signed_in(request))
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=True, filename=found.name, content_type=found.media_type
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def detach(request: HttpRequest, uuid: Any) -> HttpResponseBase:
    """Remove a file from a record that the person may edit."""
    user = signed_in(request)
    found = attachment_or_404(uuid, user)
    record = cast(SharedRecord, found.record)
    if not record.is_editable_by(user):
        raise PermissionDenied
    uploads.detach(found)
    messages.success(request, _("Removed: %(name)s") % {"name": found.name})
    return back_to(request, record)
