"""Django's SQLite, whose writers look often whether it is their turn.

SQLite itself looks ever more seldom, in the end ten times a second: the database idles between
two writers, and whoever has waited longest comes last.
"""

from __future__ import annotations

import random
import sqlite3
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

OFTEN = 0.002
"""Seconds between two looks, on average."""


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        patience = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        until = time.monotonic() + patience
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()  # type: ignore[misc]  # no stub
                    return
                except OperationalError as error:
                    if not is_busy(error) or time.monotonic() > until:
                        raise
                time.sleep(random.uniform(0, 2 * OFTEN))  # noqa: S311 - so that no two keep in step
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")


def is_busy(error: OperationalError) -> bool:
    """Whether somebody else is writing."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY
