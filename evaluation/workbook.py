"""The first sheet of an Excel workbook (Office Open XML, ISO/IEC 29500) as text between tabs.

Only values are read: no formats, no formulas. Days are numbers in a workbook; ``evaluation.days``
knows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from io import BytesIO
from xml.etree import ElementTree as Tree
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

from evaluation.models.measurement import PLACES
from records.uploads import unpacked

MAGIC = b"PK\x03\x04"
MOST_BYTES = 20 * 1024 * 1024
"""Of one part of a workbook, unpacked."""
MOST_COLUMNS = 50
THOUSANDS = 3
"""Digits between two marks that set thousands apart."""
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
PLACE = re.compile(r"([A-Z]{1,3})\d+")


class UnreadableWorkbookError(Exception):
    """The workbook cannot be read; the message says why, in words."""


def first_sheet(content: bytes) -> str:
    """The rows of the first sheet, cells between tabs. Raises ``UnreadableWorkbookError``."""
    try:
        with ZipFile(BytesIO(content)) as book:
            sheets = {
                int(found[1]): found[0] for found in map(SHEET.fullmatch, book.namelist()) if found
            }
            if not sheets:
                raise UnreadableWorkbookError(_("This is no Excel workbook with a sheet in it."))
            strings = [*shared_strings(book)]
            rows = [*cells_of(part(book, sheets[min(sheets)]), strings)]
    except (BadZipFile, Tree.ParseError, ValueError, IndexError) as error:
        raise UnreadableWorkbookError(_("This workbook is damaged or locked.")) from error
    return "\n".join("\t".join(row) for row in rows)


def part(book: ZipFile, name: str) -> Tree.Element:
    """One part of a workbook; one that declares a document type or is too large is refused."""
    content = unpacked(book, name, MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbookError(_("This workbook is too large. Paste a part of it."))
    return Tree.fromstring(content, Tree.XMLParser(target=WithoutType()))  # noqa: S314 - see there


class WithoutType(Tree.TreeBuilder):
    """Refuses a document type wherever it stands and however it is encoded: without one there are
    no entities that could swell."""

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise UnreadableWorkbookError(_("This workbook is damaged or locked."))


def shared_strings(book: ZipFile) -> Iterator[str]:
    if "xl/sharedStrings.xml" in book.namelist():
        for one in part(book, "xl/sharedStrings.xml").iter(f"{MAIN}si"):
            yield text_of(one)


def text_of(element: Tree.Element) -> str:
    """Its text on one line."""
    return " ".join("".join(piece.text or "" for piece in element.iter(f"{MAIN}t")).split())


def cells_of(sheet: Tree.Element, strings: list[str]) -> Iterator[list[str]]:
    for row in sheet.iter(f"{MAIN}row"):
        cells: list[str] = []
        for cell in row.iter(f"{MAIN}c"):
            place = PLACE.fullmatch(cell.get("r", ""))
            column = column_of(place[1]) if place else len(cells)
            if column < MOST_COLUMNS:
                cells += [""] * (column - len(cells) + 1)
                cells[column] = value_of(cell, strings)
        yield cells


def column_of(letters: str) -> int:
    """The place of a column, ``A`` first."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def value_of(cell: Tree.Element, strings: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return text_of(cell)
    value = " ".join((cell.findtext(f"{MAIN}v") or "").split())
    if kind == "n":
        return number_of(value)
    return strings[int(value)] if kind == "s" and value else value


def number_of(value: str) -> str:
    """A number as a person writes it: without exponent, and without the noise of binary fractions.

    Its point stands before decimals. Before three of them it could set thousands apart as well, so
    that a zero follows.
    """
    try:
        number = round(Decimal(value), PLACES)
    except InvalidOperation:
        return value
    text = f"{number.normalize():f}"
    return f"{text}0" if len(text.partition(".")[2]) == THOUSANDS else text
