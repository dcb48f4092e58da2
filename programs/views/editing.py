"""Recording agreements, programs and exercises."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from agencies.requests import signed_in
from pages.resume import resumable
from programs.forms import (
    AgreementForm,
    ExerciseForm,
    ObjectiveRows,
    ParticipationFormSet,
    ProgramForm,
)
from programs.models import Activity, Agreement, Exercise, Program
from records.models import SharedRecord
from records.panels import files_of
from records.saving import FormPage, answer

AGREEMENT = FormPage(
    model=Agreement,
    form=AgreementForm,
    template="programs/agreement_form.html",
    done=_("The agreement is saved."),
)
PROGRAM = FormPage(
    model=Program,
    form=ProgramForm,
    template="programs/program_form.html",
    done=_("The program is saved."),
)
EXERCISE = FormPage(
    model=Exercise,
    form=ExerciseForm,
    template="programs/exercise_form.html",
    done=_("The exercise is saved."),
    rows={"participations": ParticipationFormSet, "objectives": ObjectiveRows},
)


def record_new(request: HttpRequest, page: FormPage, **initial: Any) -> HttpResponseBase:
    if not signed_in(request).may_record:
        raise PermissionDenied
    return answer(request, page, initial=initial)


def edit_existing(request: HttpRequest, page: FormPage, ref: str) -> HttpResponseBase:
    user = signed_in(request)
    record: SharedRecord = get_object_or_404(page.model.objects.visible_to(user), ref=ref)
    return answer(request, page, record, context=files_of(record, may_edit=True, on_form=True))


def linked(request: HttpRequest, **models: type[Activity]) -> dict[str, Any]:
    """What the address proposes to belong to, such as ``?agreement=``, if it may be seen."""
    initial: dict[str, Any] = {}
    for name, model in models.items():
        ref = request.GET.get(name, "").replace("\0", "")[:60]
        found = (
            model.objects.visible_to(signed_in(request)).filter(ref=ref).first() if ref else None
        )
        if found is not None:
            initial[name] = found.pk
            initial["partners"] = list(found.partners.all())
    return initial


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_new(request: HttpRequest) -> HttpResponseBase:
    return record_new(request, AGREEMENT)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_edit(request: HttpRequest, ref: str) -> HttpResponseBase:
    return edit_existing(request, AGREEMENT, ref)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def program_new(request: HttpRequest) -> HttpResponseBase:
    return record_new(request, PROGRAM, **linked(request, agreement=Agreement))


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def program_edit(request: HttpRequest, ref: str) -> HttpResponseBase:
    return edit_existing(request, PROGRAM, ref)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def exercise_new(request: HttpRequest) -> HttpResponseBase:
    return record_new(request, EXERCISE, **linked(request, agreement=Agreement, program=Program))


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def exercise_edit(request: HttpRequest, ref: str) -> HttpResponseBase:
    return edit_existing(request, EXERCISE, ref)
