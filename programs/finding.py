"""How the lists of activities answer a search for words: the most relevant first, with snippets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from pages.cursors import Cursor, Sort, Window
from pages.filters import ListFilters
from pages.listing import Database, Finder, Finish, Prepare
from records import words
from records.search import BOUND, RELEVANT, TextIndex, note_of_bound
from records.words import Query


@dataclass(frozen=True)
class Activities(Database):
    """The finder of a list of activities whose words are in ``text``.

    ``usual`` is the order of what is too much to be ranked.
    """

    text: TextIndex
    usual: Sort

    @cached_property
    def found(self) -> dict[int, bool]:
        """The ids of all that match, in the usual order, and whether each leaves in no file."""
        kept_back = ExpressionWrapper(self.is_kept_back, BooleanField())
        return dict(self.usual.ordered(self.rows).values_list("pk", kept_back))

    @cached_property
    def numbers(self) -> dict[str, int]:
        # Ranking reads all that match: to count them would be one more query.
        if self.filters.query is None:
            return super().numbers
        return {"total": len(self.found), "kept_back": sum(self.found.values())}

    @property
    def prepared(self) -> QuerySet:
        """With the long texts, for snippets, while words are searched for."""
        return super().prepared if self.filters.query is None else super().prepared.defer(None)

    def notes(self, sort: Sort) -> list[str]:
        return note_of_bound(self.total) if sort.name == RELEVANT.name else []

    def window(self, sort: Sort, cursor: Cursor | None, size: int) -> Window:
        query = self.filters.query
        if query is None:
            return super().window(sort, cursor, size)
        if sort.name == RELEVANT.name:
            shown = self.ranked(query, cursor, size)
        else:
            shown = super().window(sort, cursor, size)
        for row in shown.rows:
            row.snippet = self.text.snippet(query, row) or row.snippet
            row.heading = words.mark(query, row.title)
        return shown

    def ranked(self, query: Query, cursor: Cursor | None, size: int) -> Window:
        """The newest ``BOUND`` by relevance, the rest by date; a place is a number in this order."""
        ids = list(self.found)
        order = [*self.text.ranked(query, ids[:BOUND]), *ids[BOUND:]]
        first, last = stretch(cursor, size, len(order))
        if first == last:
            return Window([], None, None)
        found = self.prepared.in_bulk(order[first:last])
        rows = [found[pk] for pk in order[first:last] if pk in found]
        self.finish(rows, self.filters.reader)
        return Window(
            rows,
            Cursor(RELEVANT.name, (first, order[first]), True) if first else None,
            Cursor(RELEVANT.name, (last - 1, order[last - 1]), False)
            if last < len(order)
            else None,
        )


def stretch(cursor: Cursor | None, size: int, number: int) -> tuple[int, int]:
    """First and last of the places of a page among ``number``, the last one left out."""
    if cursor is None:
        return 0, min(size, number)
    if cursor.backwards:
        last = max(0, min(cursor.place[0], number))
        return max(0, last - size), last
    first = max(0, min(cursor.place[0] + 1, number))
    return first, min(first + size, number)


def finding(
    text: TextIndex, usual: Sort, prepare: Prepare, finish: Finish
) -> Callable[[ListFilters], Finder]:
    """The ``finder`` of a list of activities."""
    return lambda filters: Activities(filters, prepare, finish, text, usual)
