"""The heat map: lessons by partner and category or theme, as a page and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.requests import signed_in
from insights.matrix import AXES, TOTAL, Matrix, headings, in_order, matrix
from insights.report_files import ReportFile, send
from insights.report_tabs import tabs
from lessons.filters import LessonFilters
from lessons.models import Lesson
from pages.facets import facets
from records.exports import strictest
from records.vocabulary import TLP

NARROWED_BY = ("year", "agency", "status", "kind")
USUAL_AXIS = "category"


class HeatMapFilters(LessonFilters):
    """The filters of lessons by which the heat map is narrowed; they mean what they mean there."""

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {name: one for name, one in super().get_filters().items() if name in NARROWED_BY}


@dataclass(frozen=True)
class Asked:
    """What one request asks for, besides the filters: ``by``, ``sort`` and ``themes=all``."""

    filters: HeatMapFilters
    by: str
    sort: str
    every: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        by = request.GET.get("by", USUAL_AXIS)
        if by not in AXES:
            messages.warning(request, _("There is no such heat map; it is shown by category."))
            by = USUAL_AXIS
        lessons = Lesson.objects.visible_to(signed_in(request))
        return cls(
            HeatMapFilters(request.GET, queryset=lessons, request=request),
            by,
            request.GET.get("sort", TOTAL),
            request.GET.get("themes") == "all",
        )

    @cached_property
    def is_valid(self) -> bool:
        return bool(self.filters.is_valid())

    def matrix(self, *, exportable: bool = False) -> Matrix:
        return matrix(
            self.filters.reading,
            self.filters.finder.ids,
            self.by,
            asked=self.filters.asked,
            every=self.every or exportable,
            exportable=exportable,
        )

    def url(self, path: str, **more: str) -> str:
        """The address of ``path`` for the same filters, axis and order, but for ``more``."""
        parts: dict[str, Any] = {**self.filters.asked, "by": self.by, "sort": self.sort}
        parts["themes"] = "all" if self.every else ""
        usual = {"by": USUAL_AXIS, "sort": TOTAL}
        kept = {
            name: value
            for name, value in {**parts, **more}.items()
            if value and usual.get(name) != value
        }
        words = urlencode(kept, doseq=True)
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
def heat_map(request: HttpRequest) -> HttpResponse:
    """How many lessons there are of each pair; each number leads to its lessons."""
    return shown(request, Asked.of(request))


def shown(request: HttpRequest, asked: Asked, status: int = 200) -> HttpResponse:
    path = reverse("insights:heat_map")
    found = asked.matrix() if asked.is_valid else None
    rows, sort = [], asked.sort
    if found is not None:
        in_this_order = in_order(found, sort)
        if in_this_order is None:
            messages.warning(request, _("There is no such order; most lessons come first."))
            sort = TOTAL
            in_this_order = in_order(found, sort)
        rows = in_this_order or []
    context = {
        "tabs": tabs("insights:heat_map"),
        "asked": asked,
        "path": path,
        "matrix": found,
        "rows": rows,
        "headings": [
            (head, asked.url(path, sort=head.sort))
            for head in (headings(found, sort) if found else [])
        ],
        "axes": [
            (words, asked.url(path, by=name, sort="", themes=""), name == asked.by)
            for name, words in AXES.items()
        ],
        "all_url": asked.url(path, themes="all"),
        "file_url": asked.url(reverse("insights:heat_map_file")),
        "facets": facets(
            asked.filters,
            lambda name: asked.filters.finder.counts(name) if asked.is_valid else None,
            lambda name: "",
        ).values(),
        "has_red": found is not None and TLP.RED in found.markings,
        "strictest": strictest(set(found.markings)) if found else "",
    }
    return render(request, "insights/heat_map.html", context, status=status)


@require_safe
def heat_map_file(request: HttpRequest) -> HttpResponse:
    """The numbers as CSV with every theme, without ``TLP:RED``, which leaves in no file.

    A filter that makes no sense is refused with 400 by the page that says so beside it.
    """
    asked = Asked.of(request)
    if not asked.is_valid:
        return shown(request, asked, status=400)
    found = asked.matrix(exportable=True)
    report = ReportFile(
        name=f"lessons-by-partner-and-{asked.by}",
        report="heat-map",
        title=_("Lessons by partner"),
        headings=[_("Code"), _("Partner"), *(one.label for one in found.columns), _("All lessons")],
        rows=[
            (row.code, row.label, *(cell.value for cell in row.cells), row.total)
            for row in in_order(found, asked.sort) or found.rows
        ],
        markings=found.markings,
        asked=asked.filters.asked,
        more={"by": asked.by},
    )
    return send(request, report)
