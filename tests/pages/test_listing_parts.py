"""Cursors, cells of files and words of messages: the parts of lists that need no database."""

import base64
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from pages.cursors import BadCursorError, Cursor, Key, Sort
from pages.filters import Option, SeveralField, WordsField, shown
from pages.formats import plain

NEWEST = Sort("newest", "Newest", (Key("day", date, descending=True),))
TITLE = Sort("title", "Title", (Key("title", str),))
RANK = Sort("rank", "Rank", (Key("rank", int), Key("day", date, descending=True)))


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "record"),
    [
        (NEWEST, SimpleNamespace(day=date(2026, 10, 14), pk=7)),
        (NEWEST, SimpleNamespace(day=date(9999, 12, 31), pk=2**62)),
        (TITLE, SimpleNamespace(title="", pk=1)),
        (TITLE, SimpleNamespace(title="مراقبة 🛰 " * 60, pk=1)),
        (RANK, SimpleNamespace(rank=2, day=date(1, 1, 1), pk=3)),
    ],
)
@pytest.mark.parametrize("backwards", [True, False])
def test_a_cursor_is_read_as_it_was_written(sort: Sort, record: Any, backwards: bool) -> None:
    written = Cursor(sort.name, sort.at(record), backwards)
    assert Cursor.read(str(written), sort) == written


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "!!!",
        "ü",
        "A" * 5000,
        "\x00",
        encoded({}),
        encoded([]),
        encoded(None),
        encoded("newest"),
        encoded([[[[]]]]),
        encoded(["newest", 0, "2026-10-14"]),
        encoded(["newest", 0, "2026-10-14", 1, 1]),
        encoded(["oldest", 0, "2026-10-14", 1]),
        encoded(["newest", 2, "2026-10-14", 1]),
        encoded(["newest", "forward", "2026-10-14", 1]),
        encoded(["newest", 0, "2026-13-14", 1]),
        encoded(["newest", 0, 20261014, 1]),
        encoded(["newest", 0, None, 1]),
        encoded(["newest", 0, "2026-10-14", "1"]),
        encoded(["newest", 0, "2026-10-14", 1.5]),
        encoded(["newest", 0, "2026-10-14", True]),
        encoded(["newest", 0, "2026-10-14", 2**63]),
        base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
        base64.urlsafe_b64encode(b"[" * 1500).decode(),
    ],
)
def test_what_is_no_cursor_of_the_order_is_refused(text: str) -> None:
    with pytest.raises(BadCursorError):
        Cursor.read(text, NEWEST)


@pytest.mark.parametrize("title", ["a\x00b", "\ud800", 5, None])
def test_a_cursor_holds_no_text_that_a_database_cannot(title: object) -> None:
    with pytest.raises(BadCursorError):
        Cursor.read(encoded(["title", 0, title, 1]), TITLE)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        ("Radio check", "Radio check"),
        ("3 = 3", "3 = 3"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1+1", "'  =1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("a\x00b", "ab"),
        (date(2026, 10, 14), "2026-10-14"),
        (["Drones", "Language"], "Drones; Language"),
        (["=1", "b"], "'=1; b"),
        (-5, "-5"),
        (Decimal("-5.916700"), "-5.916700"),
        (True, "True"),
    ],
)
def test_a_cell_is_text_and_never_a_formula(value: object, cell: str) -> None:
    assert plain(value) == cell


def several(given: list[str]) -> list[Option]:
    options = {"FR": Option("FR", "France", 1), "MA": Option("MA", "Morocco", 2)}
    return SeveralField(known=lambda values: options, required=False).clean(given)


def test_values_are_cleaned_to_options_once_each() -> None:
    assert [option.key for option in several(["MA", "", "FR", "MA", " "])] == [2, 1]


def test_each_unknown_value_is_named_shortly() -> None:
    with pytest.raises(ValidationError) as refused:
        several(["FR", "XX", "fr\x00", "y" * 5000])
    assert refused.value.messages == [
        "“XX” does not exist, or is not for you to see.",
        "“fr” does not exist, or is not for you to see.",
        f"“{'y' * 59}…” does not exist, or is not for you to see.",
    ]


def test_a_filter_takes_a_limited_number_of_values() -> None:
    with pytest.raises(ValidationError) as refused:
        several([f"X{number}" for number in range(61)])
    assert refused.value.messages == ["Choose at most 60."]


@dataclass(frozen=True)
class Words:
    """A query as simple as can be."""

    words: list[str]

    @property
    def is_empty(self) -> bool:
        return self.words == ["-"]


def test_a_search_is_read_by_whoever_knows_how() -> None:
    field = WordsField(parse=lambda text: Words(text.split(" ")), required=False)
    assert field.clean("radio call ") == Words(["radio", "call", ""])
    assert field.clean("  ") is None
    with pytest.raises(ValidationError) as refused:
        field.clean("-")
    assert refused.value.messages == [
        "Give at least one word to find; signs and words to leave out find nothing."
    ]
    field.clean("x" * 2000)
    with pytest.raises(ValidationError) as refused:
        field.clean("x" * 2001)
    assert refused.value.messages == ["Search for at most 2000 characters."]


def test_a_value_that_is_only_unprintable_still_has_a_sign() -> None:
    assert shown("\x00") == "?"
