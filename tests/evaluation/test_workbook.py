"""The first sheet of a workbook, and what is no workbook."""

from __future__ import annotations

import io
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


def packed(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(f"xl/{name.replace('__', '/')}.xml", text)
    return file.getvalue()


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
    ],
)
def test_what_is_no_workbook_is_said(content: bytes) -> None:
    with pytest.raises(UnreadableWorkbookError, match="workbook"):
        first_sheet(content)


def test_a_part_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 100)
    with pytest.raises(UnreadableWorkbookError, match="too large"):
        first_sheet(packed(worksheets__sheet1=SHEET))
