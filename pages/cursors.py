"""Orders of a list, and cursors: places in an order that stay true while rows come and go.

A page is found by the key of the row before it, never by counting rows, so that the thousandth
page costs what the first does and nothing is shown twice or left out when somebody records
something meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Expression, F, Q, QuerySet
from django.utils.functional import Promise

LONGEST = 4000
"""Characters of the longest cursor we write: a title of 300 characters, encoded, and change."""
LARGEST = 2**63 - 1


class BadCursorError(ValueError):
    """The text is no cursor, or is one of another order."""


@dataclass(frozen=True)
class Key:
    """One column that an order goes by: its name, what it holds, and its direction.

    ``holds`` is ``date``, ``str`` or ``int``. The column is never NULL.
    """

    name: str
    holds: type
    descending: bool = False


@dataclass(frozen=True)
class Sort:
    """One order of a list: its name in addresses, its words, and its keys, the first one first.

    Ties end with the primary key, in the direction of the first key. ``expressions`` works out
    those keys that are no fields.
    """

    name: str
    label: str | Promise
    keys: tuple[Key, ...]
    expressions: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def all_keys(self) -> tuple[Key, ...]:
        return (*self.keys, Key("pk", int, self.keys[0].descending))

    def ordered(self, queryset: QuerySet, *, backwards: bool = False) -> QuerySet:
        """The rows in this order, or in the opposite one."""
        return queryset.annotate(**self.expressions).order_by(
            *(
                F(key.name).desc() if key.descending != backwards else F(key.name).asc()
                for key in self.all_keys
            )
        )

    def at(self, record: Any) -> tuple[Any, ...]:
        """Where ``record``, fetched by ``ordered``, stands."""
        return tuple(getattr(record, key.name) for key in self.all_keys)

    def beyond(self, place: tuple[Any, ...], *, backwards: bool = False) -> Q:
        """The rows after ``place``, or before it."""
        condition = Q()
        for key, value in reversed(list(zip(self.all_keys, place, strict=True))):
            strictly = "lt" if key.descending != backwards else "gt"
            past = Q(**{f"{key.name}__{strictly}": value})
            # The first part is implied; it lets the database start in the index.
            start = Q(**{f"{key.name}__{strictly}e": value})
            condition = start & (past | condition) if condition else past
        return condition


@dataclass(frozen=True)
class Cursor:
    """A place in the order ``sort`` and the way to go on from it."""

    sort: str
    place: tuple[Any, ...]
    backwards: bool

    def __str__(self) -> str:
        """The cursor as it stands in an address: JSON in URL-safe base64 without padding."""
        place = [value.isoformat() if isinstance(value, date) else value for value in self.place]
        text = json.dumps([self.sort, int(self.backwards), *place], ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: Sort) -> Cursor:
        """The cursor in ``text``; ``BadCursorError`` unless it is one of ``sort``."""
        if len(text) > LONGEST:
            raise BadCursorError("too long")
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            read = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (UnicodeError, binascii.Error, ValueError, RecursionError) as error:
            raise BadCursorError("not readable") from error
        if not isinstance(read, list) or len(read) != 2 + len(sort.all_keys):
            raise BadCursorError("not a place in this order")
        name, backwards, *place = read
        if name != sort.name or backwards not in (0, 1):
            raise BadCursorError("of another order")
        values = zip(sort.all_keys, place, strict=True)
        return cls(sort.name, tuple(_value(key, value) for key, value in values), backwards == 1)


def _value(key: Key, given: Any) -> Any:
    """``given`` as what ``key`` holds; ``BadCursorError`` where it is something else."""
    try:
        if key.holds is int and type(given) is int and abs(given) <= LARGEST:
            return given
        if key.holds is date and isinstance(given, str):
            return date.fromisoformat(given)
        if key.holds is str and isinstance(given, str) and "\x00" not in given:
            given.encode()  # half a surrogate pair is a string but no text
            return given
    except ValueError as error:
        raise BadCursorError(f"no {key.holds.__name__}") from error
    raise BadCursorError(f"no {key.holds.__name__}")


@dataclass(frozen=True)
class Window:
    """The rows of one page, and the cursors of the pages around it (``None``: there is none)."""

    rows: list[Any]
    previous: Cursor | None
    next: Cursor | None


def window(queryset: QuerySet, sort: Sort, cursor: Cursor | None, size: int) -> Window:
    """At most ``size`` rows from ``cursor`` on, or the first ones."""
    backwards = cursor is not None and cursor.backwards
    ordered = sort.ordered(queryset, backwards=backwards)
    if cursor is not None:
        ordered = ordered.filter(sort.beyond(cursor.place, backwards=backwards))
    found = list(ordered[: size + 1])
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Window([], None, None)
    # Whoever came from a page can go back to it.
    before = more if backwards else cursor is not None
    after = backwards or more
    return Window(
        rows,
        Cursor(sort.name, sort.at(rows[0]), True) if before else None,
        Cursor(sort.name, sort.at(rows[-1]), False) if after else None,
    )
