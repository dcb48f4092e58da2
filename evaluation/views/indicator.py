"""The page of one indicator: what it says first, then how that came about."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agencies.requests import signed_in
from evaluation import grid, sentences
from evaluation.assessment import Assessment, assessment_from
from evaluation.figures import figures_of
from evaluation.grid import Told
from evaluation.models import Indicator, Measurement, Result
from evaluation.periods import label
from evaluation.results import ask, said
from evaluation.series import Step
from evaluation.views.values import headings
from evaluation.vocabulary import About
from programs.views.activity import Fact, held, who_reads
from records.panels import files_of

LATEST = 24
"""Periods in the table of the page; the values have a page of their own."""


def fetch(request: HttpRequest, ref: str, *relations: Any) -> Any:
    user = signed_in(request)
    found = (
        Indicator.objects.visible_to(user)
        .select_related("agency")
        .prefetch_related("partners", *relations)
        .with_subject_for(user)
        .with_result_for(user)
    )
    return get_object_or_404(found, ref=ref)


@require_safe
def indicator(request: HttpRequest, ref: str) -> HttpResponse:
    user = signed_in(request)
    seen = Prefetch("comparison", Indicator.objects.visible_to(user))
    record = fetch(request, ref, "released_to", "red_recipients", seen, "breaks")
    may_edit = record.is_editable_by(user)
    context = {
        "record": record,
        "audience": who_reads(record, list(record.released_to.all())),
        "may_edit": may_edit,
        "subject": record.subject,
        "about": About(record.about).label,
        "facts": facts(record),
        "took_effect": took_effect(record),
        **result_of(record),
        **series_of(record),
        **files_of(record, may_edit=may_edit),
    }
    return render(request, "evaluation/indicator.html", context)


@require_safe
def result(request: HttpRequest, ref: str) -> HttpResponse:
    """The result alone: what the page asks for again while it is being worked out."""
    record = fetch(request, ref)
    return render(request, "evaluation/_result.html", {"record": record, **result_of(record)})


@require_POST
def ask_again(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for the result that nobody has asked for, or that was given up."""
    record: Indicator = get_object_or_404(Indicator.objects.visible_to(signed_in(request)), ref=ref)
    with transaction.atomic():
        # Two who ask at once make one job.
        ask([Indicator.locked(record.pk).pk], anew=True)
    return redirect(record)


def facts(record: Indicator) -> list[tuple[Any, str]]:
    told: list[Fact] = [
        (_("Kind of measure"), record.get_measure_display()),
        (_("Unit"), record.unit),
        (_("One value for each"), record.get_step_display()),
        (
            _("The year begins in"),
            record.get_first_month_display() if record.first_month > 1 else "",
        ),
        (_("Direction"), record.get_better_display()),
        (_("Recorded by"), record.agency.name),
    ]
    return held(told)


def took_effect(record: Any) -> str:
    """Where the day of the change is from, in words."""
    if record.intervention_on:
        return str(record.intervention_reason)
    words = {
        About.EXERCISE: _("the start of the exercise"),
        About.PROGRAM: _("the start of the program"),
        About.AGREEMENT: _("the agreement in force, or signed"),
        About.ACTION: _("the action finished"),
    }
    return words[About(record.about)]


def result_of(record: Any) -> dict[str, Any]:
    """The result that holds, in words."""
    found = Result.objects.filter(pk=record.result_id).first()
    if found is None:
        return {"result": None}
    told: Assessment | None = assessment_from(found.assessment) if found.assessment else None
    return {
        "result": found,
        "chart": drawn(found),
        "headline": said(found.headlines),
        "assessment": told,
        "figures": figures_of(told) if told else None,
        "caveats": sentences.caveats(told) if told else [],
        "reasons": sentences.reasons(told) if told else [],
        "computed": sentences.computed(told) if told else [],
    }


def drawn(result: Result) -> SafeString:
    """The chart, as the worker drew it: all words in it were escaped then."""
    return mark_safe(said(result.charts))  # noqa: S308 - written by evaluation.charts alone


def series_of(record: Indicator) -> dict[str, Any]:
    """The latest periods of the series with its gaps, and how many values there are."""
    known = record.measurements.current().aggregate(
        first=Min("period"), last=Max("period"), values=Count("pk", filter=~Q(quality=""))
    )
    url = reverse("evaluation:values", args=[record.ref])
    if known["last"] is None:
        return {"series": [], "values_number": 0, "values_url": url}
    step = Step(record.step)
    first = max(known["first"], step.plus(known["last"], 1 - LATEST))
    return {
        "series": latest(record, first, known["last"]),
        "headings": headings(record),
        "first": label(record.step, known["first"], record.first_month),
        "last": label(record.step, known["last"], record.first_month),
        "values_number": known["values"],
        "values_more": first > known["first"],
        "values_url": url,
    }


def latest(record: Indicator, first: date, last: date) -> list[tuple[str, Told | None, bool]]:
    """Every period from ``last`` back to ``first``: its name, its value, whether it was revised."""
    rows: dict[date, Measurement] = {}
    revised: set[date] = set()
    for row in record.measurements.filter(period__gte=first):
        if row.current:
            rows[row.period] = row
        if row.revised:
            revised.add(row.period)
    step = Step(record.step)
    found = []
    period = last
    while period >= first:
        words = label(record.step, period, record.first_month)
        told = grid.told(rows[period], record) if period in rows else None
        found.append((words, told, period in revised))
        period = step.plus(period, -1)
    return found
