"""The report of gaps: all that is missing, with what to do next, as a page and as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agencies.models import Agency, Partner, User
from agencies.requests import signed_in
from insights import links
from insights.gaps import RULES, TO_DO, Gap, GapKind, gaps
from insights.report_files import ReportFile, send
from insights.report_tabs import tabs
from pages.facets import facets
from pages.filters import ListFilters, Several
from pages.numbers import grouped
from programs.filters import agency_options, partner_options
from programs.models import Agreement, Exercise
from records.exports import strictest
from records.vocabulary import TLP, ListKind

PAGE = 100


class GapFilters(ListFilters):
    """What is missing, with whom, in whose records.

    An agency is the one that recorded the exercise, program or agreement; a category without an
    exercise is nobody's, so that it is left out where an agency is asked for.
    """

    kind = Several(label=gettext_lazy("What is missing"), choices=GapKind.choices)
    partner = Several(label=gettext_lazy("Partner"), choices=partner_options, searchable=True)
    agency = Several(
        label=gettext_lazy("Recording agency"), choices=agency_options, searchable=True
    )


@dataclass(frozen=True)
class Report:
    """The gaps that one request asks for."""

    filters: GapFilters
    reader: User
    on: date

    @classmethod
    def of(cls, request: HttpRequest) -> Report:
        none = Exercise.objects.none()
        filters = GapFilters(request.GET, queryset=none, request=request)
        return cls(filters, signed_in(request), timezone.localdate())

    @cached_property
    def is_valid(self) -> bool:
        return bool(self.filters.is_valid())

    def found(self, *, exportable: bool = False) -> list[Gap]:
        """What the filters ask for; gaps that name none of the partners asked for are not read."""
        chosen = {
            name: {option.key for option in self.filters.form.cleaned_data.get(name) or ()}
            for name in ("kind", "partner", "agency")
        }
        every = gaps(self.reader, self.on, exportable=exportable)
        return [
            gap
            for gap in every
            if (not chosen["kind"] or gap.kind in chosen["kind"])
            and (not chosen["partner"] or chosen["partner"].intersection(gap.partners))
            and (not chosen["agency"] or gap.agency in chosen["agency"])
        ]

    def url(self, path: str, **more: Any) -> str:
        words = urlencode({**self.filters.asked, **more}, doseq=True)
        return f"{path}?{words}" if words else path

    @property
    def words(self) -> list[str]:
        """The filters in the reader's words."""
        return [
            f"{self.filters.filters[name].label}: "
            + ", ".join(self.filters.words(name, one) for one in values)
            for name, values in self.filters.asked.items()
        ]


@dataclass(frozen=True)
class Line:
    """A gap with its partners and the agency that recorded its record.

    ``step`` is the next one, as words and address, where the reader may take it.
    """

    gap: Gap
    partners: list[Partner]
    agency: Agency | None
    step: tuple[str, str] | None = None

    @property
    def partner(self) -> Partner:
        """Whom a category without an exercise is about."""
        return self.partners[0]


def lines(found: list[Gap]) -> list[Line]:
    keys = {pk for gap in found for pk in gap.partners}
    partners = Partner.objects.in_bulk(keys)
    agencies = Agency.objects.in_bulk({gap.agency for gap in found if gap.agency})
    return [
        Line(gap, [partners[pk] for pk in gap.partners], agencies.get(gap.agency or 0))
        for gap in found
    ]


def with_steps(found: list[Line], reader: User) -> list[Line]:
    """The lines with what ``reader`` may do about them."""

    def refs(*kinds: GapKind) -> list[str]:
        return [line.gap.ref for line in found if line.gap.kind in kinds]

    evaluable = Exercise.objects.evaluable_by(reader).filter(ref__in=refs(GapKind.EVALUATION))
    editable = Agreement.objects.editable_by(reader).filter(
        ref__in=refs(GapKind.REVIEW, GapKind.ENDED)
    )
    allowed = {
        *evaluable.order_by().values_list("ref", flat=True),
        *editable.order_by().values_list("ref", flat=True),
    }

    def step(line: Line) -> tuple[str, str] | None:
        gap = line.gap
        if gap.kind == GapKind.EVALUATION and gap.ref in allowed:
            return _("Evaluate it"), reverse("programs:exercise_evaluate", args=[gap.ref])
        if gap.kind in (GapKind.REVIEW, GapKind.ENDED) and gap.ref in allowed:
            return _("Update it"), reverse("programs:agreement_edit", args=[gap.ref])
        if gap.kind == GapKind.NO_LESSON and gap.record == "exercise" and reader.may_record:
            return _("Log a lesson from it"), links.filtered("lessons:new", exercise=gap.ref)
        return None

    return [replace(line, step=step(line)) for line in found]


@dataclass(frozen=True)
class Group:
    """The gaps of one kind: how many there are in all, and those of this page."""

    kind: GapKind
    number: int
    lines: list[Line]

    @property
    def rule(self) -> str | Promise:
        return RULES[self.kind]

    @property
    def to_do(self) -> str | Promise:
        return TO_DO[self.kind]


@require_safe
def gap_report(request: HttpRequest) -> HttpResponse:
    """All gaps that the reader may know of."""
    return shown(request, Report.of(request))


def shown(request: HttpRequest, report: Report, status: int = 200) -> HttpResponse:
    path = reverse("insights:gaps")
    found = report.found() if report.is_valid else []
    page, last = page_of(request, len(found))
    here = with_steps(lines(found[(page - 1) * PAGE : page * PAGE]), report.reader)
    numbers = {kind: sum(gap.kind == kind for gap in found) for kind in GapKind}
    context = {
        "tabs": tabs("insights:gaps"),
        "report": report,
        "path": path,
        "total": len(found),
        "groups": [
            Group(kind, numbers[kind], [line for line in here if line.gap.kind == kind])
            for kind in GapKind
            if any(line.gap.kind == kind for line in here)
        ],
        "may_plan": report.reader.may_record,
        "pager": pager(report, path, page, last, len(found)),
        "file_url": report.url(reverse("insights:gaps_file")),
        "facets": facets(report.filters, lambda name: None, lambda name: "").values(),
        "strictest": strictest({gap.tlp for gap in found if gap.tlp}),
        "has_red": any(gap.is_red for gap in found),
    }
    return render(request, "insights/gaps.html", context, status=status)


def page_of(request: HttpRequest, total: int) -> tuple[int, int]:
    """The page asked for and the last one there is; a bad one is the first, with a word."""
    last = max(1, -(-total // PAGE))
    asked = request.GET.get("page", "1")
    if asked.isascii() and asked.isdecimal() and len(asked) < 9 and 1 <= int(asked) <= last:
        return int(asked), last
    messages.warning(request, _("There is no such page; this is the first one."))
    return 1, last


def pager(report: Report, path: str, page: int, last: int, total: int) -> dict[str, str]:
    """What the shared pager shows; nothing on one page."""
    words = {
        "first": grouped((page - 1) * PAGE + 1),
        "last": grouped(min(page * PAGE, total)),
        "total": grouped(total),
    }
    return {
        "previous_url": report.url(path, page=page - 1) if page > 1 else "",
        "next_url": report.url(path, page=page + 1) if page < last else "",
        "words": _("%(first)s–%(last)s of %(total)s") % words if last > 1 else "",
    }


@require_safe
def gaps_file(request: HttpRequest) -> HttpResponse:
    """The gaps as CSV, without ``TLP:RED``, which leaves in no file.

    A filter that makes no sense is refused with 400 by the page that says so beside it.
    """
    report = Report.of(request)
    if not report.is_valid:
        return shown(request, report, status=400)
    found = report.found(exportable=True)
    marking = {gap.tlp for gap in found if gap.tlp}
    file = ReportFile(
        name="gaps",
        report="gaps",
        title=_("Gaps"),
        headings=[
            *(_("Marking"), _("What is missing"), _("Partners"), _("Record"), _("Reference")),
            *(_("Recording agency"), _("Since"), _("Why"), _("What to do next"), _("Address")),
        ],
        rows=[
            (
                str(TLP(line.gap.tlp).label) if line.gap.tlp else "",
                str(line.gap.kind.label),
                [partner.code for partner in line.partners],
                line.gap.title or line.gap.name,
                line.gap.ref,
                line.agency.code if line.agency else "",
                line.gap.since,
                line.gap.reason,
                str(TO_DO[line.gap.kind]),
                line.gap.url,
            )
            for line in lines(found)
        ],
        markings=marking,
        asked=report.filters.asked,
        kind=ListKind.EXERCISES,
    )
    return send(request, file)
