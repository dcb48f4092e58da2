"""Writers on SQLite: they take turns without waiting longer than they must."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections

from config.sqlite3.base import DatabaseWrapper

# What is looked at is a database of its own; Django knows of no other way to let a test open one.
pytestmark = pytest.mark.django_db

PATIENCE = 0.5


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Any]:
    """A database in a file, whose writers wait for at most ``PATIENCE`` seconds."""
    settings = {
        **connections.settings["default"],
        "NAME": str(tmp_path / "one.sqlite3"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": PATIENCE},
    }
    wrapper: Any = DatabaseWrapper(settings, "one")
    wrapper.inc_thread_sharing()
    wrapper.connect()
    yield wrapper
    wrapper.close()


@pytest.fixture
def other(database: Any) -> Iterator[sqlite3.Connection]:
    """Somebody else who is writing."""
    connection = sqlite3.connect(
        database.settings_dict["NAME"], isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def begin(database: Any) -> None:
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def timeout_of(database: Any) -> int:
    """Milliseconds for which SQLite itself waits."""
    return int(database.connection.execute("PRAGMA busy_timeout").fetchone()[0])


def test_a_writer_begins_when_the_other_has_ended(database: Any, other: sqlite3.Connection) -> None:
    ended = threading.Timer(PATIENCE / 5, other.execute, ["COMMIT"])
    ended.start()
    begin(database)
    assert ended.finished.is_set()
    assert database.connection.in_transaction
    assert timeout_of(database) == PATIENCE * 1000
    database.rollback()


def test_a_writer_gives_up_when_its_patience_is_over(
    database: Any, other: sqlite3.Connection
) -> None:
    began = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        begin(database)
    assert time.monotonic() - began >= PATIENCE
    assert not database.connection.in_transaction
    assert timeout_of(database) == PATIENCE * 1000
    other.execute("COMMIT")
    begin(database)
    database.rollback()


def test_what_is_no_wait_is_an_error_at_once(database: Any) -> None:
    database.connection.execute("BEGIN")
    began = time.monotonic()
    with pytest.raises(OperationalError, match="within a transaction"):
        begin(database)
    assert time.monotonic() - began < PATIENCE
