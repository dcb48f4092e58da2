"""The kinds of files that a list is sent as, each written while its rows are being read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pages.export import Column

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheet programs that the file is UTF-8."""
FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet program may take for the beginning of a formula (OWASP, CSV injection)."""
LONGEST_CELL = 32_767
MOST_SHEET_ROWS = 1_048_575
"""Rows of a worksheet below its heading; both are Excel's limits."""
CUT = " […]"
PIECE = 1 << 16

Row = tuple[Any, ...]


@dataclass
class File:
    """What is to be written: where it comes from, its columns, and its rows block by block.

    ``facts`` say in pairs of words what the file is, ``handling`` in one sentence how to treat it;
    ``filters`` are those of the list, by name. ``marking`` stands on every printed page.
    ``written`` counts the rows.
    """

    title: str
    handling: str
    marking: str
    facts: Sequence[tuple[str, str]]
    filters: dict[str, list[str]]
    columns: Sequence[Column]
    blocks: Iterator[list[Row]]
    written: int = field(default=0, init=False)

    def counted(self) -> Iterator[list[Row]]:
        for block in self.blocks:
            self.written += len(block)
            yield block


# --- CSV ----------------------------------------------------------------------------------------


def plain(value: Any) -> str:
    """``value`` as one cell: lists joined, dates in ISO form, nothing that runs as a formula.

    A text that a spreadsheet program would calculate gets an apostrophe in front, which such
    programs take as "this is text".
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        if isinstance(value, int | float | Decimal):
            return str(value)  # a number below zero is no formula
        if isinstance(value, date):
            return value.isoformat()
        value = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if "\x00" in value:
        value = value.replace("\x00", "")
    if value.startswith(FORMULA_SIGNS) or value.lstrip().startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value


def as_csv(file: File) -> Iterator[str]:
    """A heading and rows, every cell quoted, so that no sign in a text splits it.

    Nothing else: a line of words would break every program that reads it. How to handle the file
    stands in its name and, for each row, in the columns of its marking.
    """
    yield BYTE_ORDER_MARK + line(str(column.heading) for column in file.columns)
    for block in file.counted():
        yield "".join(map(line, block))


def line(row: Iterable[Any]) -> str:
    """One line of RFC 4180. The csv module looks at every sign by itself and takes four times as
    long, most of what a file costs."""
    return '"' + '","'.join(map(quoted, row)) + '"\r\n'


def quoted(value: Any) -> str:
    if type(value) is not str or not value[:1].isalnum() or "\x00" in value:
        value = plain(value)
    return value.replace('"', '""') if '"' in value else value


# --- JSON ---------------------------------------------------------------------------------------


def value_in_json(value: Any) -> Any:
    """What JSON has no form for: days in ISO form, exact numbers as numbers, words as words."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def as_json(file: File) -> Iterator[str]:
    """One object: how to handle it, what it is, the rows by column names, and their number.

    The number comes last, so that a file that was cut off cannot be taken for a whole one.
    """
    encode = json.JSONEncoder(ensure_ascii=False, default=value_in_json).encode
    head = {
        "handling": file.handling,
        "marking": file.marking,
        "title": file.title,
        "facts": dict(file.facts),
        "filters": file.filters,
        "columns": {column.name: str(column.heading) for column in file.columns},
    }
    yield encode(head)[:-1] + ', "rows": ['
    names = [column.name for column in file.columns]
    before = "\n"
    for block in file.counted():
        rows = ",\n".join([encode(dict(zip(names, row, strict=True))) for row in block])
        yield before + rows
        before = ",\n"
    yield f'\n], "count": {file.written}}}\n'


# --- Excel --------------------------------------------------------------------------------------


def in_a_cell(text: str) -> str:
    """``text`` as Excel can hold it: longer ones say that they are cut."""
    text = text.replace("\x00", "")
    # Excel counts in UTF-16, where signs beyond the first 65,536 take two places.
    if len(text) * 2 <= LONGEST_CELL or len(text.encode("utf-16-le")) // 2 <= LONGEST_CELL:
        return text
    kept = text.encode("utf-16-le")[: 2 * (LONGEST_CELL - len(CUT))]
    return kept.decode("utf-16-le", "ignore") + CUT


def as_xlsx(file: File) -> Iterator[bytes]:
    """A workbook: the rows under a fixed heading, and a sheet that says what the file is.

    It is written row by row into a temporary file, which ends with the download.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with TemporaryFile() as target:
        with xlsxwriter.Workbook(target, options) as book:
            write_rows(book, file)
            write_about(book, file)
        target.seek(0)
        while piece := target.read(PIECE):
            yield piece


def write_rows(book: Any, file: File) -> None:
    heading = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = new_sheet(book, file.title, file.marking)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.set_column(0, len(file.columns) - 1, 22)
    for place, column in enumerate(file.columns):
        sheet.write_string(0, place, str(column.heading), heading)
    line = 0
    for block in file.counted():
        for row in block:
            line += 1
            for place, value in enumerate(row):
                write_cell(sheet, line, place, value, day)
    sheet.autofilter(0, 0, max(line, 1), len(file.columns) - 1)


def write_cell(sheet: Any, line: int, place: int, value: Any, day: Any) -> None:
    """Words as words whatever they begin with, numbers as numbers, days as days."""
    if isinstance(value, str):
        if value:
            sheet.write_string(line, place, in_a_cell(value))
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value, day)
    elif value:
        sheet.write_string(line, place, in_a_cell("; ".join(map(str, value))))


def write_about(book: Any, file: File) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = new_sheet(book, str(_("About this file")), file.marking)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    facts = [(str(_("Handling")), file.handling), *file.facts, (str(_("Rows")), str(file.written))]
    for line, (name, value) in enumerate(facts):
        sheet.write_string(line, 0, in_a_cell(name), bold)
        sheet.write_string(line, 1, in_a_cell(value), wrapped)


def new_sheet(book: Any, title: str, marking: str) -> Any:
    """A sheet that carries the marking on every page it is printed on."""
    sheet = book.add_worksheet(name_of_sheet(title))
    sheet.set_header(f"&C{marking}")
    sheet.set_footer(f"&C{marking}&R&P / &N")
    return sheet


def name_of_sheet(title: str) -> str:
    """``title`` without the signs that Excel takes in no name of a sheet."""
    return "".join("-" if sign in "[]:*?/\\" else sign for sign in title)[:31].strip("'")


@dataclass(frozen=True)
class Format:
    """One kind of file: its name in addresses and ending, its words, and who writes it."""

    name: str
    label: str | Promise
    hint: str | Promise
    media_type: str
    write: Callable[[File], Iterator[str] | Iterator[bytes]]
    most_rows: int | None = None


FORMATS = {
    one.name: one
    for one in (
        Format("csv", "CSV", _("For any program"), "text/csv; charset=utf-8", as_csv),
        Format(
            "xlsx",
            "Excel",
            _("With real dates and a filter"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            as_xlsx,
            MOST_SHEET_ROWS,
        ),
        Format("json", "JSON", _("For programmers"), "application/json", as_json),
    )
}


def name_of_file(list_name: str, marking: str, on: date, format_: Format) -> str:
    """``lindero-lessons-2026-10-14-TLP-AMBER.csv``: the name tells how to handle the file."""
    safe = "".join(sign if sign.isalnum() else "-" for sign in marking)
    parts = ["lindero", list_name, on.isoformat(), *filter(None, [safe])]
    return f"{'-'.join(parts)}.{format_.name}"
