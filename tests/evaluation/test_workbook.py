"""The first sheet of a workbook, and what is no workbook."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest

from evaluation import workbook
from evaluation.workbook import UnreadableWorkbookError, first_sheet

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = f"""<worksheet {MAIN}><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Value</t></is></c></row>
<row r="2"><c r="A2"><v>45292</v></c><c r="C2"><v>1.5</v></c><c r="AZ2"><v>9</v></c></row>
<row r="3"><c t="str"><v>Feb
2024</v></c><c><v>2</v></c></row>
</sheetData></worksheet>"""
STRINGS = f"<sst {MAIN}><si><r><t>Mo</t></r><r><t>nth</t></r></si></sst>"


def packed(*, packing: int = zipfile.ZIP_DEFLATED, **parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as book:
        for name, text in parts.items():
            book.writestr(f"xl/{name.replace('__', '/')}.xml", text)
    return file.getvalue()


def spoilt(content: bytes) -> bytes:
    """The same with packed bytes turned round that no inflating gets over."""
    return content[:60] + b"\xff" * 20 + content[80:]


def lying(content: bytes, size: int) -> bytes:
    """The same, but that it says of its one part to have one byte."""
    return content.replace(struct.pack("<I", size), struct.pack("<I", 1))


def test_cells_stand_in_their_columns() -> None:
    content = packed(worksheets__sheet2="<x/>", worksheets__sheet1=SHEET, sharedStrings=STRINGS)
    assert first_sheet(content) == "Month\tValue\n45292\t\t1.5\nFeb 2024\t2"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04",
        packed(),
        packed(worksheets__sheet1="<worksheet"),
        packed(worksheets__sheet1=SHEET),
        packed(worksheets__sheet1=f'<!DOCTYPE x [<!ENTITY a "b">]>{SHEET}'),
        packed(worksheets__sheet1=f'<!--{"x" * 3000}--><!DOCTYPE x [<!ENTITY a "b">]>{SHEET}'),
        packed(worksheets__sheet1=SHEET, sharedStrings=STRINGS)[:-30],
        spoilt(packed(worksheets__sheet1="<!--" + "spoil" * 999 + "-->" + SHEET)),
        packed(packing=zipfile.ZIP_LZMA, worksheets__sheet1=SHEET, sharedStrings=STRINGS),
    ],
)
def test_what_is_no_workbook_is_said(content: bytes) -> None:
    with pytest.raises(UnreadableWorkbookError, match="workbook"):
        first_sheet(content)


def test_a_part_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 100)
    with pytest.raises(UnreadableWorkbookError, match="too large"):
        first_sheet(packed(worksheets__sheet1=SHEET))


def test_a_part_that_lies_about_its_size_is_never_unpacked_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 100_000)
    text = "<x>" + " " * 50_000_000 + "</x>"
    content = lying(packed(worksheets__sheet1=text), len(text))
    del text
    tracemalloc.start()
    with pytest.raises(UnreadableWorkbookError, match="workbook"):
        first_sheet(content)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.30000000000000004", "0.3"),
        ("1.2E-3", "0.0012"),
        ("1E+3", "1000"),
        ("45292.0", "45292"),
        ("-12.5", "-12.5"),
        ("0", "0"),
        # With three decimals alone nobody could tell the point from a mark between thousands.
        ("1.234", "1.2340"),
        ("12.1250", "12.1250"),
        ("0.33333333333333331", "0.333333"),
        ("soon", "soon"),
        ("NaN", "NaN"),
    ],
)
def test_a_number_is_written_as_a_person_would(written: str, read: str) -> None:
    sheet = (
        f"<worksheet {MAIN}><sheetData><row><c><v>{written}</v></c></row></sheetData></worksheet>"
    )
    assert first_sheet(packed(worksheets__sheet1=sheet)) == read
