"""Reading CSV files: what comes in as it stands, and what is refused in which words."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import tables
from exchange.tables import Row, UnreadableFileError, read_table

COLUMNS = ["id", "text"]


def cells(content: bytes) -> list[list[str]]:
    return [list(row.cells.values()) for row in read_table(content, COLUMNS).rows]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tables_are_read_however_they_were_saved(start: bytes, delimiter: str, end: str) -> None:
    text = end.join([f"id{delimiter}text", f'1{delimiter}"Ñ{end}two, lines; here"', ""])
    assert cells(start + text.encode()) == [["1", "Ñ\ntwo, lines; here"]]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    content = b'id,text\n1,"three\nlines\nhere"\n\n,\n2,short\n3\n4,a,b\n5,a,,\n'
    assert read_table(content, COLUMNS).rows == [
        Row(2, {"id": "1", "text": "three\nlines\nhere"}),
        Row(5, {"id": "2", "text": "short"}),
        Row(6, {"id": "3", "text": ""}),
        Row(7, {"id": "4", "text": "a"}, surplus=True),
        Row(8, {"id": "5", "text": "a"}),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n", "The file is empty."),
        (b"id,text\n", "The file has a header and no rows."),
        (b"id,text\n , \n", "The file has a header and no rows."),
        (b"PK\x03\x04rest", "This is a spreadsheet or an archive. Save it as “CSV UTF-8” first."),
        ("id,text\n1,a".encode("utf-16"), "The file is in UTF-16. Save it as “CSV UTF-8”."),
        (
            "id,text\n1,a\n2,España\n".encode("latin-1"),
            "The file is not in UTF-8 (line 3). Save it as “CSV UTF-8”.",
        ),
        (b"\x89PNG\r\n\x1a\n\0\0", "The file is not in UTF-8 (line 1). Save it as “CSV UTF-8”."),
        (
            b"id,text\n1,a\0b\n",
            "Line 2 contains a NUL byte: this is no text file, or a damaged one.",
        ),
        (b"id,words\n1,a\n", "These columns are missing: text. The file has: id, words."),
        (b"\nid,text\n1,a\n", "These columns are missing: id, text. The file has: ."),
        (b"id,text,id\n1,a,2\n", "These columns appear more than once: id."),
        (
            b'id,text\n1,"a\n2,b\n',
            "Near line 3 the quotation marks do not match (unexpected end of data).",
        ),
        (
            b'id,text\n1,"a"b\n',
            "Near line 2 the quotation marks do not match (',' expected after '\"').",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_table(content, COLUMNS)
    assert str(caught.value) == words


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 2 * 1024**2)
    with pytest.raises(UnreadableFileError, match=r"The file is larger than 2 MB\. Split it\."):
        read_table(b"id,text\n" + b"x" * 2 * 1024**2, COLUMNS)


def test_a_huge_cell_is_read_whole() -> None:
    """Python's own limit of 131,072 characters would lose the file for one cell."""
    assert cells(b"id,text\n1," + b"x" * 200_000) == [["1", "x" * 200_000]]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1).map(str.strip)


@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS), min_size=1))
def test_whatever_was_written_is_read(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([COLUMNS, *rows])
    assert cells(file.getvalue().encode()) == [list(row) for row in rows]


@given(st.binary())
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    for start in (b"", b"id,text\n"):
        words = ""
        try:
            rows = read_table(start + content, COLUMNS).rows
        except UnreadableFileError as error:
            rows, words = [], str(error)
        assert bool(rows) != bool(words)
