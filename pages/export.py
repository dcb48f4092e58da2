"""The rows of a list as values: what a column of a file reads, and how blocks of rows are read.

A file has no use for objects: a column names the values it needs and a function of them, so that
a block of rows is a few queries and a few passes over plain values. ``pages.formats`` writes them.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, QuerySet
from django.utils.functional import Promise

from pages.among import Among

BLOCK = 500
"""Rows read at a time, with all that belongs to them; no more are in memory at once."""

Values = Callable[..., Any]


def itself(value: Any) -> Any:
    return value


def as_it_is(reader: Any) -> Values:
    return itself


@dataclass(frozen=True, eq=False)
class Related:
    """What one query a block tells: of the rows themselves, or of what they point to.

    ``path`` is the value that leads there; ``prepare`` is called once a file with the reader and
    returns a function that is given the values of a block and returns what belongs to each.
    """

    path: str
    prepare: Callable[[Any], Callable[[set[Any]], Mapping[Any, Any]]]
    missing: Any = None


@dataclass(frozen=True)
class Column:
    """One column of a file: its name for programs, its heading, and how its value is worked out.

    ``sources`` are paths of values or ``Related``, by themselves the column of that name.
    ``prepare`` is called once a file with the reader and returns the function of their values.
    """

    name: str
    heading: str | Promise
    sources: tuple[str | Related, ...] = ()
    prepare: Callable[[Any], Values] = as_it_is

    @property
    def read(self) -> tuple[str | Related, ...]:
        return self.sources or (self.name,)


def words(choices: Iterable[tuple[Any, Any]]) -> Callable[[Any], Values]:
    """``prepare`` of a column whose value is one of ``choices``, in the reader's words."""

    def prepare(reader: Any) -> Values:
        known = {value: str(label) for value, label in choices}
        return lambda value: known.get(value, value)

    return prepare


def words_of_each(choices: Iterable[tuple[Any, Any]]) -> Callable[[Any], Values]:
    """The same for a column that holds several of ``choices``."""

    def prepare(reader: Any) -> Values:
        known = {value: str(label) for value, label in choices}
        return lambda values: [known.get(value, value) for value in values]

    return prepare


def part(number: int) -> Callable[[Any], Values]:
    """One part of what ``Related`` tells: of pairs, or of each pair of a list."""

    def of(value: Any) -> Any:
        return [one[number] for one in value] if isinstance(value, list) else value[number]

    return lambda reader: of


def linked(
    through: type[Model], near: str, far: str, known: Callable[[Any], Mapping[int, Any]]
) -> Related:
    """What a relation to many leads to, in the order of ``known``, which is read once a file."""

    def prepare(reader: Any) -> Callable[[set[Any]], Mapping[Any, Any]]:
        found = known(reader)
        rank = {key: number for number, key in enumerate(found)}

        def of(keys: set[Any]) -> Mapping[Any, Any]:
            rows = through._base_manager.filter(Among(F(near), list(keys)))
            by_row: defaultdict[Any, list[int]] = defaultdict(list)
            for row, key in rows.values_list(near, far):
                if key in rank:
                    by_row[row].append(key)
            return {
                row: [found[key] for key in sorted(several, key=rank.__getitem__)]
                for row, several in by_row.items()
            }

        return of

    return Related("pk", prepare, [])


class Reading:
    """The rows of a list, to be read once, block by block, as one list of values a row.

    The order is read first, as numbers alone. Every block is then narrowed anew by the same
    queryset, so that a row that was hidden meanwhile is not in it. No transaction stays open while
    somebody downloads slowly.
    """

    def __init__(
        self, columns: Sequence[Column], rows: QuerySet, keys: Iterable[int], reader: Any
    ) -> None:
        self.columns = columns
        self.rows = rows.order_by()
        self.keys = array("q", keys)
        paths: dict[str, int] = {"pk": 0}
        for column in columns:
            for source in column.read:
                paths.setdefault(source.path if isinstance(source, Related) else source, len(paths))
        self.paths = paths
        related = dict.fromkeys(
            source for column in columns for source in column.read if isinstance(source, Related)
        )
        self.related = {source: source.prepare(reader) for source in related}
        self.functions = [column.prepare(reader) for column in columns]

    def __len__(self) -> int:
        return len(self.keys)

    def blocks(self) -> Iterator[list[tuple[Any, ...]]]:
        """The rows in their order, at most ``BLOCK`` at a time."""
        for start in range(0, len(self.keys), BLOCK):
            block = self.block(self.keys[start : start + BLOCK].tolist())
            if block:
                yield block

    def block(self, keys: list[int]) -> list[tuple[Any, ...]]:
        found = {
            values[0]: values
            for values in self.rows.filter(Among(F("pk"), keys)).values_list(*self.paths)
        }
        rows = [found[key] for key in keys if key in found]
        if not rows:
            return []
        raw = list(zip(*rows, strict=True))
        related = {
            source: self._told(source, fetch, raw[self.paths[source.path]])
            for source, fetch in self.related.items()
        }
        cells = []
        for column, function in zip(self.columns, self.functions, strict=True):
            given = [
                related[source] if isinstance(source, Related) else raw[self.paths[source]]
                for source in column.read
            ]
            cells.append(given[0] if function is itself else [*map(function, *given)])
        return list(zip(*cells, strict=True))

    @staticmethod
    def _told(source: Related, fetch: Callable[[set[Any]], Mapping[Any, Any]], keys: Any) -> list:
        asked = {key for key in keys if key is not None}
        told = fetch(asked) if asked else {}
        return [told.get(key, source.missing) for key in keys]
