"""Django's SQLite, where whoever wants to write or connect looks often whether it is their turn.

SQLite itself looks ever more seldom, in the end ten times a second: the database idles between
two writers, and whoever has waited longest comes last.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

OFTEN = 0.002
"""Seconds for which SQLite waits before it says that somebody else is writing."""

BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY}
"""What it says then, and while it puts a file in order that somebody left in the middle."""


Answer = TypeVar("Answer")


def patiently(patience: float, ask: Callable[[], Answer], *, pause: float = 0) -> Answer:
    """What ``ask`` answers, asked again for ``patience`` seconds while the database is busy.

    Whoever was told to wait has done nothing. ``pause`` is for what SQLite itself does not wait
    for, in seconds.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return ask()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in BUSY or time.monotonic() >= until:
                raise
            time.sleep(pause)


class Cursor(base.SQLiteCursorWrapper):
    """Asks again for as long as ``patience``, in seconds, says.

    Inside a transaction no statement is told to wait, as transactions begin with the lock;
    ``executemany`` belongs into one.
    """

    patience = 5.0

    def execute(self, query: str, params: Any = None) -> Any:
        return patiently(self.patience, lambda: super(Cursor, self).execute(query, params))


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        self.patience = float(params.get("timeout", Cursor.patience))
        return {**params, "timeout": OFTEN}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # It is busy while the last connection closes, and while somebody writes to a file that has
        # no write-ahead log yet.
        connect = super().get_new_connection
        return patiently(self.patience, lambda: connect(conn_params), pause=OFTEN)

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.patience = self.patience
        return cursor
