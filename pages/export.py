"""The rows of a list as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise

CHUNK = 500
"""Rows fetched at a time, with all that belongs to them."""
BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheet programs that the file is UTF-8."""
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet program may take for the beginning of a formula (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Column:
    """One column of a file: its heading and how its value is read for a reader."""

    heading: str | Promise
    value: Callable[[Any, Any], Any]


def plain(value: Any) -> str:
    """``value`` as one cell: lists joined, dates in ISO form, nothing that runs as a formula.

    A text that a spreadsheet program would calculate gets an apostrophe in front, which such
    programs take as "this is text".
    """
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        return str(value)  # a number below zero is no formula
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        value = "; ".join(str(one) for one in value)
    text = str(value).replace("\x00", "")
    if text.startswith(FORMULA_SIGNS) or text.lstrip().startswith(FORMULA_SIGNS):
        return f"'{text}"
    return text


class Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def chunks(queryset: QuerySet) -> Iterator[list[Any]]:
    """The rows in lists of ``CHUNK``, with a bounded number of queries for each."""
    rows = queryset.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def lines(
    columns: Iterable[Column], chunks_of_rows: Iterable[list[Any]], reader: Any
) -> Iterator[str]:
    """The file line by line. Every cell is quoted, so that no sign in a text splits it."""
    columns = list(columns)
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield BYTE_ORDER_MARK + writer.writerow([plain(column.heading) for column in columns])
    for chunk in chunks_of_rows:
        for row in chunk:
            yield writer.writerow([plain(column.value(row, reader)) for column in columns])


def csv_response(name: str, lines_of_file: Iterable[str]) -> StreamingHttpResponse:
    """A download named after the list and the day, sent while it is being read."""
    response = StreamingHttpResponse(lines_of_file, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="lindero-{name}-{timezone.localdate().isoformat()}.csv"'
    )
    response["Cache-Control"] = "private, no-store"
    return response
