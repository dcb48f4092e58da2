"""Queries that are asked for with every page: their SQL is made once.

Django takes ten times as long to make the SQL of ``visible_to`` as a database takes to answer it.
The SQL depends on nothing but who asks and what they are in each agency; whoever joins or leaves
an agency gets new SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

if TYPE_CHECKING:
    from agencies.models import User

KEPT = 1_000
"""Statements of one query that a process keeps, of some kilobytes each."""


class Prepared:
    """The SQL of ``rows.values_list(…)``.

    With ``most``, of rows whose ``column`` is one of at most so many ids, given each time.
    """

    def __init__(self, rows: QuerySet, most: int = 0, column: str = "pk") -> None:
        marks = range(-1, -1 - most, -1)
        query = rows.filter(**{f"{column}__in": list(marks)}).query if most else rows.query
        self.using = rows.db
        compiler = query.get_compiler(self.using)
        try:
            self.sql, given = compiler.as_sql()
        except EmptyResultSet:
            self.sql, given = "", ()
        self.params = list(given)
        self.places = [self.params.index(mark) for mark in marks] if self.sql else []
        self.fields = [expression for expression, *_named in compiler.select or ()]

    def fetch(self, ids: Sequence[int] = ()) -> list[tuple[Any, ...]]:
        """The rows; of those with ``ids``, as many as there is room for."""
        if not self.sql or (self.places and not ids):
            return []
        if len(ids) > len(self.places):
            raise ValueError(f"room for {len(self.places)} ids, not for {len(ids)}")
        params = list(self.params)
        for number, place in enumerate(self.places):
            params[place] = ids[min(number, len(ids) - 1)]
        connection = connections[self.using]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        # Those of the connection of this thread: a converter may hold on to its own.
        for place, field in enumerate(self.fields):
            converters = [
                *connection.ops.get_db_converters(field),
                *field.get_db_converters(connection),
            ]
            if converters:
                rows = [converted(row, place, converters, field, connection) for row in rows]
        return rows


def converted(
    row: tuple[Any, ...], place: int, converters: list[Any], field: Any, connection: Any
) -> tuple[Any, ...]:
    """``row`` with the value at ``place`` as Python has it."""
    value = row[place]
    for convert in converters:
        value = convert(value, field, connection)
    return (*row[:place], value, *row[place + 1 :])


def once(make: Callable[..., Prepared]) -> Callable[..., Prepared]:
    """``make``, for each of its arguments once."""
    kept: dict[Hashable, Prepared] = {}

    def prepared(*given: Hashable) -> Prepared:
        found = kept.get(given)
        if found is None:
            if len(kept) >= KEPT:
                kept.clear()
            found = kept[given] = make(*given)
        return found

    return prepared


def for_each_person(rows: Callable[..., QuerySet], most: int = 0) -> Callable[..., Prepared]:
    """``rows(person, …)``, prepared.

    Beside the person, what they are in each agency and the other arguments, ``rows`` must depend
    on nothing.
    """
    kept: dict[Hashable, Prepared] = {}

    def prepared(person: User, *given: Hashable) -> Prepared:
        standing = person.standing
        held = frozenset(standing.permissions.items())
        key = (person.pk, held, standing.amber, standing.home, *given)
        found = kept.get(key)
        if found is None:
            if len(kept) >= KEPT:
                kept.clear()
            found = kept[key] = Prepared(rows(person, *given), most)
        return found

    return prepared
