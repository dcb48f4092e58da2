"""A report's table as a file, put on record like the file of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies.requests import signed_in
from insights.tables import Words
from pages.export import Column
from pages.formats import FORMATS, File, name_of_file
from records.exports import strictest
from records.models import ExportRecord
from records.vocabulary import TLP, ListKind


@dataclass(frozen=True)
class ReportFile:
    """``name`` stands in the name of the file, ``report`` and ``more`` in what is put on record.

    ``asked`` are the filters as an address has them, ``kind`` is the list that most of the rows are
    of, ``markings`` are those of all that was counted.
    """

    name: str
    report: str
    title: Words
    headings: Sequence[Words]
    rows: Sequence[Sequence[Any]]
    markings: Iterable[str]
    asked: Mapping[str, list[str]]
    more: Mapping[str, str] = field(default_factory=dict)
    kind: ListKind = ListKind.LESSONS


def send(request: HttpRequest, report: ReportFile) -> HttpResponse:
    """The report as CSV; a download is put on record."""
    marking = strictest(set(report.markings))
    label = str(TLP(marking).label) if marking else ""
    name = name_of_file(report.name, label, timezone.localdate(), FORMATS["csv"])
    file = File(
        title=str(report.title),
        handling="",
        marking=label,
        facts=[],
        filters=dict(report.asked),
        columns=[Column(str(place), heading) for place, heading in enumerate(report.headings)],
        blocks=iter([[tuple(row) for row in report.rows]]),
    )
    response = HttpResponse(
        b"".join(piece.encode() for piece in map(str, FORMATS["csv"].write(file))),
        content_type=FORMATS["csv"].media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
    if request.method == "GET":
        record = ExportRecord.begin(
            signed_in(request),
            kind=report.kind,
            format="csv",
            query=urlencode({**report.asked, **report.more, "report": report.report}, doseq=True),
            marking=marking,
        )
        record.end(rows=len(report.rows), whole=True)
    return response
