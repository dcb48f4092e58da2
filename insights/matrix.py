"""Partners × categories, or partners × themes: how many lessons each pair has.

Every number is the size of an intersection of sets of ids in memory (``lessons.facets``), and
leads to the list of exactly those lessons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap

from insights import links
from lessons.facets import Reading
from lessons.names import names
from lessons.vocabulary import Category
from pages.filters import Option
from pages.numbers import grouped
from pages.templatetags.lindero import level
from records.vocabulary import TLP

LARGEST = 10
"""Themes that are shown unless all are asked for; on a desk so many stand side by side."""
AXES: dict[str, str | Promise] = {
    "category": gettext_lazy("By category"),
    "theme": gettext_lazy("By theme"),
}
TOTAL, NAME = "lessons", "name"
"""Orders of the rows besides those by a column."""


@dataclass(frozen=True)
class Column:
    """One category or theme: its value in addresses, its words, how many lessons have it."""

    value: str
    label: str
    number: int
    url: str


@dataclass(frozen=True)
class Cell:
    value: int
    level: int
    url: str
    column: Column

    @property
    def text(self) -> str:
        return grouped(self.value)


@dataclass(frozen=True)
class Row:
    """One partner. ``total`` counts each lesson once, so it need not be the sum of the cells."""

    code: str
    label: str
    url: str
    total: int
    lessons_url: str
    cells: list[Cell]


@dataclass(frozen=True)
class Matrix:
    """``total`` lessons in all; ``untagged`` of them have no value of the axis.

    ``more`` values of the axis are not among the columns. ``markings`` are those of the lessons.
    """

    axis: str
    columns: list[Column]
    rows: list[Row]
    total: int
    untagged: int
    more: int
    markings: frozenset[str]


def matrix(
    reading: Reading,
    ids: BitMap,
    axis: str,
    *,
    asked: Mapping[str, Sequence[str]] | None = None,
    every: bool = False,
    exportable: bool = False,
) -> Matrix:
    """How many of the lessons ``ids`` each partner has of each category or theme.

    ``asked`` are the filters that led to ``ids``, for the links. Of themes the ``LARGEST`` most
    frequent are shown unless ``every`` one is asked for. ``exportable`` leaves ``TLP:RED`` out.
    """
    markings = reading.values("tlp")
    if exportable:
        ids = ids - markings.get(TLP.RED, BitMap())
    narrowed: dict[str, Any] = {name: list(values) for name, values in (asked or {}).items()}
    tagged = reading.values(axis)
    numbers = {
        key: number
        for key, held in tagged.items()
        if (number := ids.intersection_cardinality(held))
    }
    known = [option for option in options(reading, axis) if option.key in numbers or keeps(axis)]
    if not keeps(axis):
        known.sort(key=lambda option: -numbers[option.key])
    shown = known if every or keeps(axis) else known[:LARGEST]
    columns = [
        Column(
            option.value,
            str(option.label),
            numbers.get(option.key, 0),
            links.lessons(**{**narrowed, axis: option.value}),
        )
        for option in shown
    ]
    found = []
    for option in names(reading.state, "partner").by_key.values():
        of_partner = ids & reading.values("partner").get(option.key, BitMap())
        if of_partner:
            counts = [
                of_partner.intersection_cardinality(tagged.get(one.key, BitMap())) for one in shown
            ]
            found.append((option, len(of_partner), counts))
    largest = max((number for _option, _total, counts in found for number in counts), default=0)
    rows = [
        Row(
            option.value,
            str(option.label),
            links.partner(option.value),
            total,
            links.lessons(**{**narrowed, "partner": option.value}),
            [
                Cell(
                    number,
                    level(number, largest),
                    links.lessons(**{**narrowed, "partner": option.value, axis: column.value}),
                    column,
                )
                for column, number in zip(columns, counts, strict=True)
            ],
        )
        for option, total, counts in found
    ]
    return Matrix(
        axis=axis,
        columns=columns,
        rows=rows,
        total=len(ids),
        untagged=len(ids - BitMap.union(BitMap(), *tagged.values())),
        more=len(known) - len(shown),
        markings=frozenset(tlp for tlp, held in markings.items() if held.intersect(ids)),
    )


def keeps(axis: str) -> bool:
    """The four categories always stand there, also where nothing was learned."""
    return axis == "category"


def options(reading: Reading, axis: str) -> list[Option]:
    if keeps(axis):
        return [Option(value, label, value) for value, label in Category.choices]
    return list(names(reading.state, axis).by_key.values())


# --- Sorting -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """The head of a column: ``aria`` is the value of ``aria-sort``, ``sort`` where it leads."""

    label: str
    number: str
    aria: str
    sort: str


def in_order(found: Matrix, sort: str) -> list[Row] | None:
    """The rows by ``sort``: ``lessons`` or a column puts the most first, ``name`` is A to Z.

    A minus in front turns the order round; ``None`` where there is no such order.
    """
    key = sort.removeprefix("-")
    places = {column.value: place for place, column in enumerate(found.columns)}
    by: Callable[[Row], int]
    if key == NAME:
        # Rows come in the alphabet of the reader's language.
        return found.rows[::-1] if sort.startswith("-") else list(found.rows)
    if key == TOTAL:
        by = total_of
    elif key in places:
        by = number_in(places[key])
    else:
        return None
    return sorted(found.rows, key=by, reverse=not sort.startswith("-"))


def total_of(row: Row) -> int:
    return row.total


def number_in(place: int) -> Callable[[Row], int]:
    return lambda row: row.cells[place].value


def headings(found: Matrix, sort: str) -> list[Heading]:
    """Of the partner, of each column and of the total, in this order."""
    known = [
        (NAME, _("Partner"), ""),
        *((column.value, column.label, grouped(column.number)) for column in found.columns),
        (TOTAL, _("All lessons"), grouped(found.total)),
    ]
    current, turned = sort.removeprefix("-"), sort.startswith("-")
    result = []
    for key, label, number in known:
        active = key == current
        falling = (key != NAME) != turned
        aria = ("descending" if falling else "ascending") if active else ""
        result.append(Heading(label, number, aria, f"-{key}" if active and not turned else key))
    return result
