"""The list of indicators, and its rows as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Left, Lower
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agencies.models import Partner, User
from agencies.requests import signed_in
from evaluation.assessment import Verdict
from evaluation.filters import IndicatorFilters
from evaluation.models import Indicator
from evaluation.results import tell
from evaluation.search import INDICATOR_TEXT
from evaluation.series import Better, Measure, Step
from pages.cursors import Key, Sort
from pages.export import Column, Related, linked, part, words
from pages.listing import Empty, Listing, send, show
from pages.numbers import grouped
from programs.finding import finding
from programs.models import Agreement, Exercise, Program
from programs.views.lists import known_partners, seen
from records.exports import export
from records.named import names_typed
from records.search import RELEVANT
from records.vocabulary import TLP, TLP_AUDIENCES

SNIPPET = 320
"""Characters of the definition that fill two lines on the widest page."""
LONG_TEXTS = ("definition", "formula", "source", "limitations")


def counted(number: int) -> str:
    return ngettext("%(number)s indicator", "%(number)s indicators", number) % {
        "number": grouped(number)
    }


def with_what_a_row_says(indicators: QuerySet, reader: User) -> QuerySet:
    rows: Any = indicators
    found: QuerySet = (
        rows.defer(*LONG_TEXTS)
        .annotate(snippet=Left("definition", SNIPPET))
        .with_result_for(reader)
        .with_subject_for(reader)
        .prefetch_related(
            Prefetch("partners", Partner.objects.only("code", "name", "kind", "historical"))
        )
    )
    return found


def tell_results(indicators: list[Any], reader: User) -> None:
    tell(indicators)


# --- Columns of the file ------------------------------------------------------------------------


def results() -> Related:
    """The verdict and the sentence that the reader of a file may read, of each indicator."""

    def prepare(reader: User) -> Callable[[set[Any]], Mapping[Any, Any]]:
        def of(keys: set[Any]) -> Mapping[Any, Any]:
            rows = list(Indicator.objects.filter(pk__in=keys).with_result_for(reader))
            tell(rows)
            known = dict(Verdict.choices)
            return {
                row.pk: (str(known[row.verdict]) if row.verdict else "", row.headline)
                for row in rows
            }

        return of

    return Related("pk", prepare, ("", ""))


PARTNERS = linked(Indicator.partners.through, "indicator_id", "partner_id", known_partners)
RESULTS = results()


def about(model: Any, path: str, name: str) -> tuple[Column, ...]:
    subject = seen(model, path)
    return (
        Column(name, model._meta.verbose_name, (subject,), part(0)),
        Column(
            f"{name}_title",
            _("Title of the record"),
            (subject,),
            part(1),
        ),
    )


COLUMNS = (
    Column("ref", _("Reference")),
    Column("marking", _("Marking"), ("tlp",), words(TLP.choices)),
    Column("handling", _("Handling"), ("tlp",), words(TLP_AUDIENCES.items())),
    Column("title", _("Name")),
    Column("partner_codes", _("Partner codes"), (PARTNERS,), part(0)),
    Column("partners", _("Partners"), (PARTNERS,), part(1)),
    Column("result", _("Result"), (RESULTS,), part(0)),
    Column("headline", _("In words"), (RESULTS,), part(1)),
    *about(Agreement, "agreement_id", "agreement"),
    *about(Program, "program_id", "program"),
    *about(Exercise, "exercise_id", "exercise"),
    Column("measure", _("Kind of measure"), (), words(Measure.choices)),
    Column("unit", _("Unit")),
    Column("step", _("One value for each"), (), words(Step.choices)),
    Column("better", _("Direction"), (), words(Better.choices)),
    Column("agency", _("Recorded by"), ("agency__name",)),
    Column("definition", _("What it measures")),
    Column("formula", _("Formula")),
    Column("source", _("Source of the values")),
    Column("limitations", _("Known limitations")),
)
NEWEST = Sort("newest", _("Newest first"), (Key("recorded_on", date, descending=True),))
INDICATORS = Listing(
    title=_("Indicators"),
    counted=counted,
    address="evaluation:indicators",
    file_address="evaluation:indicator_export",
    file_name="indicators",
    template="evaluation/indicators.html",
    row="evaluation/_indicator_row.html",
    filters=IndicatorFilters,
    sorts=(
        NEWEST,
        Sort("oldest", _("Oldest first"), (Key("recorded_on", date),)),
        Sort(
            "title",
            _("By name"),
            (Key("folded_title", str),),
            {"folded_title": Lower("title")},
        ),
    ),
    columns=COLUMNS,
    empty=Empty(
        _("No indicator is here yet"),
        _("Say what is measured before and after a change: incidents, response times, alarms."),
        "evaluation:indicator_new",
        _("Record an indicator"),
    ),
    finder=finding(INDICATOR_TEXT, NEWEST, with_what_a_row_says, tell_results),
    relevance=RELEVANT,
    offered=names_typed,
)


def seen_by(request: HttpRequest) -> QuerySet:
    return Indicator.objects.visible_to(signed_in(request))


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    return show(request, INDICATORS, seen_by(request))


@require_safe
def indicator_export(request: HttpRequest) -> HttpResponseBase:
    return send(request, INDICATORS, seen_by(request), export)
