"""The report on the state of learning, and each of its tables as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.requests import signed_in
from insights.pipeline import Learning, learning
from insights.pipeline_tables import COHORTS, TABLES, cohorts
from insights.report_files import ReportFile, send
from insights.report_tabs import REPORTS, tabs
from insights.tables import Table
from lessons.filters import LessonFilters
from lessons.models import Lesson
from pages.facets import facets
from pages.filters import ListFilters
from records.exports import strictest
from records.vocabulary import TLP

NARROWED_BY = ("agency", "partner", "partner_mode", "category", "from", "to")
USUAL_COHORT = "year"


class LearningFilters(LessonFilters):
    """The filters of lessons by which the report is narrowed.

    Superseded and archived lessons are counted: they were endorsed, learned or left like others.
    """

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {name: one for name, one in super().get_filters().items() if name in NARROWED_BY}

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return ListFilters.filter_queryset(self, queryset)


@dataclass(frozen=True)
class Report:
    """What one request asks for."""

    filters: LearningFilters
    cohort: str

    @classmethod
    def of(cls, request: HttpRequest, lessons: QuerySet) -> Report:
        cohort = request.GET.get("cohort", USUAL_COHORT)
        if cohort not in COHORTS:
            messages.warning(request, _("There are no such cohorts; they are shown by year."))
            cohort = USUAL_COHORT
        return cls(LearningFilters(request.GET, queryset=lessons, request=request), cohort)

    @property
    def is_valid(self) -> bool:
        return bool(self.filters.is_valid())

    def found(self) -> Learning:
        lessons: Any = self.filters.narrowed()
        return learning(lessons, timezone.now())

    def table(self, name: str, found: Learning) -> Table:
        reader, asked = self.filters.reader, self.filters.asked
        if name == "cohorts":
            return cohorts(found, asked, reader, self.cohort)
        return TABLES[name](found, asked, reader)

    def url(self, path: str, **more: str) -> str:
        """The address of ``path`` for the same filters and cohorts."""
        parts: dict[str, Any] = dict(self.filters.asked)
        if self.cohort != USUAL_COHORT:
            parts["cohort"] = self.cohort
        words = urlencode({**parts, **more}, doseq=True)
        return f"{path}?{words}" if words else path

    @property
    def words(self) -> list[str]:
        """The filters in the reader's words."""
        return [
            f"{self.filters.filters[name].label}: "
            + ", ".join(self.filters.words(name, one) for one in values)
            for name, values in self.filters.asked.items()
        ]


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The way to the first report; from there tabs lead to the others."""
    return redirect(next(iter(REPORTS)))


@require_safe
def pipeline(request: HttpRequest) -> HttpResponse:
    """Where lessons stand, how long each step takes and what becomes of them."""
    report = Report.of(request, Lesson.objects.visible_to(signed_in(request)))
    return shown(request, report)


def shown(request: HttpRequest, report: Report, status: int = 200) -> HttpResponse:
    found = report.found() if report.is_valid else None
    path = reverse("insights:pipeline")
    tables = [report.table(name, found) for name in TABLES] if found and found.total else []
    context = {
        "tabs": tabs("insights:pipeline"),
        "report": report,
        "found": found,
        "path": path,
        "facets": facets(report.filters, lambda name: None, lambda name: "").values(),
        "tables": [
            (table, report.url(reverse("insights:pipeline_file", args=[table.name])))
            for table in tables
            if table.name != "reviewers" or table.rows
        ],
        "cohorts": [
            (words, report.url(path, cohort=name), name == report.cohort)
            for name, (words, _named) in COHORTS.items()
        ],
        "report_url": report.url(reverse("insights:pipeline_report")),
        "has_red": found is not None and TLP.RED in found.markings,
        "strictest": strictest(found.markings) if found else "",
    }
    return render(request, "insights/pipeline.html", context, status=status)


@require_safe
def pipeline_file(request: HttpRequest, table: str) -> HttpResponse:
    """One table as CSV, without ``TLP:RED``, which leaves in no file; put on record.

    A filter that makes no sense is refused with 400 by the page that says so beside it.
    """
    if table not in TABLES:
        raise Http404
    reader = signed_in(request)
    report = Report.of(request, Lesson.objects.visible_to(reader).exportable())
    if not report.is_valid:
        return shown(request, report, status=400)
    found = report.found()
    made = report.table(table, found)
    file = ReportFile(
        name=f"learning-{table}",
        report=table,
        title=made.title,
        headings=[made.corner, *made.headings],
        rows=[(row.label, *(cell.value for cell in row.cells)) for row in made.rows],
        markings=found.markings,
        asked=report.filters.asked,
        more={"cohort": report.cohort} if report.cohort != USUAL_COHORT else {},
    )
    return send(request, file)
