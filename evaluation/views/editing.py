"""Recording and editing indicators."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from agencies.choices import is_id
from agencies.requests import signed_in
from evaluation.forms import IndicatorForm
from evaluation.models import ABOUT, Indicator
from evaluation.recording import keep_definition
from evaluation.starters import starters
from lessons.models import Action
from pages.resume import resumable
from records.forms import RecordForm
from records.models import SharedRecord
from records.panels import files_of
from records.saving import FormPage, Rows, answer, save_record

BLANK = "blank"


def save(request: HttpRequest, form: RecordForm, rows: Rows) -> SharedRecord:
    """Write the indicator with its version, and ask for its results."""
    indicator = form.instance
    chosen = starters().get(request.GET.get("starter", ""))
    if form.creating and chosen is not None:
        indicator.starter = chosen.slug
    saved = save_record(request, form, rows)
    keep_definition(indicator, by=signed_in(request))
    return saved


PAGE = FormPage(
    model=Indicator,
    form=IndicatorForm,
    template="evaluation/indicator_form.html",
    done=_("The indicator is saved."),
    save=save,
)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_new(request: HttpRequest) -> HttpResponseBase:
    """The form, filled by the starter that was chosen; without a choice the library of them."""
    if not signed_in(request).may_record:
        raise PermissionDenied
    chosen = request.GET.get("starter", "")
    initial = proposed(request)
    if chosen in starters():
        initial |= starters()[chosen].fields()
    elif request.method != "POST" and chosen != BLANK and "draft" not in request.GET:
        kept = request.GET.copy()
        kept.pop("starter", None)
        context = {"starters": [*starters().values()], "kept": kept.urlencode(), "blank": BLANK}
        return render(request, "evaluation/starters.html", context)
    return answer(request, PAGE, initial=initial)


def proposed(request: HttpRequest) -> dict[str, Any]:
    """What the address proposes the indicator to be about, if it may be seen, and its partners."""
    user = signed_in(request)
    initial: dict[str, Any] = {}
    for name, model in ABOUT.items():
        given = request.GET.get(name, "").replace("\0", "")[:60]
        if not given or (model is Action and not is_id(given)):
            continue
        key = {"pk": given} if model is Action else {"ref": given}
        found: Any = model._default_manager.visible_to(user).filter(**key).first()
        if found is None:
            continue
        initial[name] = found.pk
        initial["partners"] = partners_of(found, user)
    return initial


def partners_of(record: Any, user: Any) -> list[Any]:
    """The partners of the record, of an action those of its lessons that ``user`` sees."""
    if not isinstance(record, Action):
        return list(record.partners.all())
    lessons = record.lessons.all().visible_to(user).prefetch_related("partners")
    return [*dict.fromkeys(partner for lesson in lessons for partner in lesson.partners.all())]


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_edit(request: HttpRequest, ref: str) -> HttpResponseBase:
    visible = Indicator.objects.visible_to(signed_in(request))
    record: Indicator = get_object_or_404(visible, ref=ref)
    return answer(request, PAGE, record, context=files_of(record, may_edit=True, on_form=True))
