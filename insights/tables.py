"""Tables that are drawn as well: the same rows for a page, for its bars and for a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from pages.numbers import grouped

Words = str | Promise
PATTERNS = frozenset({"hatched", "dotted", "specked"})
"""Tones that are filled with a pattern of ``insights/_patterns.html``; others are colors."""


@dataclass(frozen=True)
class Part:
    """One piece of a drawing: where it begins and how long it is, of 100, and how it is filled."""

    start: float
    length: float
    tone: str = "full"

    @property
    def is_patterned(self) -> bool:
        return self.tone in PATTERNS

    @property
    def end(self) -> float:
        return round(self.start + self.length, 2)


@dataclass(frozen=True)
class Cell:
    """``text`` on the page, ``value`` in files; ``url`` leads to what is counted."""

    text: str
    value: Any
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """``drawn`` shows some of its numbers as a bar, ``span`` an interval on it."""

    label: str
    cells: list[Cell]
    drawn: tuple[Part, ...] = ()
    span: Part | None = None
    url: str = ""


@dataclass(frozen=True)
class Table:
    """``key`` says what the fillings of the drawings mean, as pairs of filling and words."""

    name: str
    title: Words
    intro: Words
    corner: Words
    headings: tuple[Words, ...]
    rows: list[Row]
    key: tuple[tuple[str, Words], ...] = ()
    notes: list[str] = field(default_factory=list)
    empty: Words = ""

    @property
    def is_drawn(self) -> bool:
        return any(row.drawn for row in self.rows)

    @property
    def samples(self) -> list[tuple[Part, Words]]:
        """What the key shows: each filling with its words."""
        return [(Part(0, 22, tone), words) for tone, words in self.key]

    @property
    def labelled(self) -> list[tuple[Row, list[tuple[Cell, Words]]]]:
        """The rows, each cell with its heading, which stands beside it on the phone."""
        return [(row, list(zip(row.cells, self.headings, strict=True))) for row in self.rows]


def number(value: int, url: str = "", tone: str = "") -> Cell:
    return Cell(grouped(value), value, url if value else "", tone if value else "")


def unknown(words: str = "–") -> Cell:
    return Cell(words, None, tone="muted")


def percent(share: float) -> Cell:
    return Cell(_("%(share)d %%") % {"share": round(100 * share)}, round(share, 4))


def of_100(value: float, most: float) -> float:
    return round(100 * value / most, 2) if most else 0.0


def stacked(numbers: Sequence[tuple[str, int]], most: int) -> tuple[Part, ...]:
    """Pieces of one bar, one after another: tones with their numbers, of ``most`` at full length."""
    parts, start = [], 0.0
    for tone, value in numbers:
        if value:
            length = of_100(value, most)
            parts.append(Part(round(start, 2), length, tone))
            start += length
    return tuple(parts)
