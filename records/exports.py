"""A list leaves as a file: never ``TLP:RED``, with its handling, and on record."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.requests import signed_in
from pages.export import Reading
from pages.formats import File, Format, name_of_file
from pages.listing import Asked, refused
from records.models import ExportRecord
from records.vocabulary import TLP

STRICTNESS = {marking: number for number, marking in enumerate(TLP)}


def export(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    """The file asked for, sent while it is being read; what was sent is recorded."""
    reader = signed_in(request)
    # The order tells the number of rows and the strictest marking beforehand.
    leaving = asked.finder.leaving(asked.sort)
    keys = leaving.keys
    most = asked.format.most_rows
    if most is not None and len(keys) > most:
        return refused(request, asked.listing, [too_many(asked, len(keys), most)])
    allowed = strictest(leaving.markings)
    # What becomes stricter than the file says while it is being sent stays out.
    rows: Any = asked.rows
    kept = rows.exportable().filter(tlp__in=up_to(allowed))
    reading = Reading(asked.listing.columns, kept, keys, reader)
    file = described(asked, reading, reader, allowed)
    name = name_of_file(asked.listing.file_name, file.marking, timezone.localdate(), asked.format)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    if request.method == "HEAD":
        return HttpResponse(content_type=asked.format.media_type, headers=headers)
    record = ExportRecord.begin(
        reader,
        kind=asked.listing.file_name,
        format=asked.format.name,
        query=asked.query,
        marking=allowed,
    )
    # Not the finder: while somebody downloads slowly it would hold on to sets of days ago.
    pieces = recorded(record, file, asked.format)
    return StreamingHttpResponse(pieces, content_type=asked.format.media_type, headers=headers)


def too_many(asked: Asked, number: int, most: int) -> str:
    return _("%(format)s holds %(most)s rows, and these are %(number)s. Choose another format.") % {
        "format": asked.format.label,
        "most": number_format(most, force_grouping=True),
        "number": number_format(number, force_grouping=True),
    }


def strictest(markings: Collection[str]) -> str:
    """The strictest of ``markings``; nothing without any."""
    return max(markings, key=lambda one: STRICTNESS[TLP(one)], default="")


def up_to(marking: str) -> list[TLP]:
    return [one for one in TLP if marking and STRICTNESS[one] <= STRICTNESS[TLP(marking)]]


def described(asked: Asked, reading: Reading, reader: User, marking: str) -> File:
    """The file with what it says about itself, in the reader's language."""
    label = str(TLP(marking).label) if marking else ""
    words = {
        "marking": label,
        "installation": settings.INSTALLATION_NAME,
        "at": date_format(timezone.localtime(), "j M Y, H:i T"),
        "name": reader.name,
    }
    handling = _("Exported from %(installation)s on %(at)s by %(name)s.") % words
    if marking:
        strict = _("Handle by the strictest marking in this file: %(marking)s (%(audience)s)")
        audience = TLP(marking).audience.rstrip(".")
        handling = f"{strict % {**words, 'audience': audience}}. {handling}"
    filters = asked.finder.filters
    narrowed = [
        (str(filters.filters[name].label), "; ".join(filters.words(name, one) for one in values))
        for name, values in filters.asked.items()
    ]
    return File(
        title=str(asked.listing.title),
        handling=handling,
        marking=label,
        facts=[
            (_("List"), str(asked.listing.title)),
            *narrowed,
            (_("Order"), str(asked.sort.label)),
            (_("Installation"), words["installation"]),
            (_("Exported on"), words["at"]),
            (_("Exported by"), reader.name),
        ],
        filters=filters.asked,
        columns=asked.listing.columns,
        blocks=reading.blocks(),
    )


def recorded(record: ExportRecord, file: File, kind: Format) -> Iterator[str | bytes]:
    """The pieces of the file; afterwards ``record`` says how many rows left, whole or cut off."""
    whole = False
    try:
        yield from kind.write(file)
        whole = True
    finally:
        record.end(rows=file.written, whole=whole)
