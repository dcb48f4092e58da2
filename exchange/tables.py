"""CSV files as people have them: what can be read, and in words why a file cannot."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

MAX_BYTES = 100 * 1024 * 1024
DELIMITERS = ",;\t"
"""Spreadsheets in much of Europe save CSV with semicolons."""


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; the message says why, in words."""


@dataclass(frozen=True)
class Row:
    """One record of a table.

    ``number`` is the row's number in a spreadsheet: the header is row 1, and a cell with several
    lines does not count as several rows. ``cells`` maps column names to stripped texts.
    ``surplus`` tells that the row has more cells than the header.
    """

    number: int
    cells: dict[str, str]
    surplus: bool = False


@dataclass(frozen=True)
class Table:
    header: list[str]
    rows: list[Row]


def read_table(content: bytes, columns: Sequence[str]) -> Table:
    """Read a CSV file in UTF-8 that has (at least) ``columns``.

    Commas, semicolons and tabs are recognized by the header. Rows without any text are left out;
    missing cells at the end of a row are empty. Raises ``UnreadableFileError``.
    """
    text = decoded(content)
    # The limit is the process's; no cell can be larger than the largest file.
    csv.field_size_limit(MAX_BYTES)
    delimiter, header = _header(text, columns)
    _check(header, columns)
    rows = []
    for number, cells in enumerate(_records(text, delimiter), start=1):
        texts = [cell.replace("\r\n", "\n").replace("\r", "\n").strip() for cell in cells]
        if number == 1 or not any(texts):
            continue
        named = dict.fromkeys(header, "") | dict(zip(header, texts, strict=False))
        rows.append(Row(number, named, surplus=any(texts[len(header) :])))
    if not rows:
        raise UnreadableFileError(_("The file has a header and no rows."))
    return Table(header, rows)


def decoded(content: bytes) -> str:
    """The text of a file, without its byte-order mark."""
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise UnreadableFileError(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise UnreadableFileError(
            _("The file is larger than %(size)d MB. Split it.") % {"size": MAX_BYTES // 1024**2}
        )
    if content.startswith(b"PK\x03\x04"):
        raise UnreadableFileError(
            _("This is a spreadsheet or an archive. Save it as “CSV UTF-8” first.")
        )
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFileError(_("The file is in UTF-16. Save it as “CSV UTF-8”."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            _("The file is not in UTF-8 (line %(line)d). Save it as “CSV UTF-8”.") % {"line": line}
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableFileError(
            _("Line %(line)d contains a NUL byte: this is no text file, or a damaged one.")
            % {"line": line}
        )
    return text


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise UnreadableFileError(
            _("Near line %(line)d the quotation marks do not match (%(detail)s).")
            % {"line": reader.line_num, "detail": error}
        ) from error


def _header(text: str, columns: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter under which most of ``columns`` are found, and the names in the header."""
    headers = {
        delimiter: [name.strip() for name in next(_records(text, delimiter))]
        for delimiter in DELIMITERS
    }
    best = max(DELIMITERS, key=lambda delimiter: len(set(columns) & set(headers[delimiter])))
    return best, headers[best]


def _check(header: list[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        raise UnreadableFileError(
            _("These columns are missing: %(missing)s. The file has: %(found)s.")
            % {"missing": ", ".join(missing), "found": ", ".join(filter(None, header))[:1000]}
        )
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        raise UnreadableFileError(
            _("These columns appear more than once: %(columns)s.") % {"columns": ", ".join(twice)}
        )
