"""Django's SQLite, where whoever wants to write looks often whether it is their turn.

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


def patiently(patience: float, ask: Callable[[], Answer]) -> Answer:
    """What ``ask`` answers, asked again for ``patience`` seconds while the database is busy.

    A statement that was told to wait has done nothing. Inside a transaction none is, as
    transactions begin with the lock; ``executemany`` belongs into one.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return ask()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in BUSY or time.monotonic() >= until:
                raise


class Cursor(base.SQLiteCursorWrapper):
    patience = 5.0

    def execute(self, query: str, params: Any = None) -> Any:
        return patiently(self.patience, lambda: super(Cursor, self).execute(query, params))


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        self.patience = float(params.get("timeout", Cursor.patience))
        return {**params, "timeout": OFTEN}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # Busy here is who closes the last connection, and who writes before there is a log ahead.
        connect = super().get_new_connection
        return patiently(self.patience, lambda: connect(conn_params))

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.patience = self.patience
        return cursor
