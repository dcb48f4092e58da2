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
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from config.sqlite3.base import DatabaseWrapper

# What is looked at is a database of its own; Django knows of no other way to let a test open one.
pytestmark = pytest.mark.django_db

PATIENCE = 1.0
STATEMENT = "INSERT INTO kept VALUES (1)"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that SQLite was asked, as often as it was."""
    asked: list[str] = []
    ask = SQLiteCursorWrapper.execute

    def execute(self: Any, query: str, params: Any = None) -> Any:
        asked.append(query)
        return ask(self, query, params)

    monkeypatch.setattr(SQLiteCursorWrapper, "execute", execute)
    return asked


def wrapped(file: Path, patience: float) -> Any:
    """Django's connection to a database in a file, to be used by threads."""
    settings = {
        **connections.settings["default"],
        "NAME": str(file),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": patience,
            "init_command": "PRAGMA journal_mode=WAL",
        },
    }
    wrapper: Any = DatabaseWrapper(settings, "one")
    wrapper.inc_thread_sharing()
    return wrapper


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Any]:
    """A database in a file, whose writers wait for at most ``PATIENCE`` seconds."""
    wrapper = wrapped(tmp_path / "one.sqlite3", PATIENCE)
    wrapper.connect()
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (number int)")
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


def insert(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute(STATEMENT)


@pytest.mark.parametrize(("write", "statement"), [(begin, "BEGIN IMMEDIATE"), (insert, STATEMENT)])
def test_a_writer_looks_often_and_writes_when_the_other_has_ended(
    write: Any, statement: str, database: Any, other: sqlite3.Connection, looks: list[str]
) -> None:
    ending = threading.Event()

    def end() -> None:
        ending.set()
        other.execute("COMMIT")

    database.patience = 10 * PATIENCE
    threading.Timer(PATIENCE / 2, end).start()
    write(database)
    assert ending.is_set()
    # SQLite's own wait would have looked a dozen times, all within one.
    assert looks.count(statement) > 20
    if database.in_atomic_block or not database.get_autocommit():
        assert database.connection.in_transaction
        database.rollback()


@pytest.fixture(params=["to_write", "alone"])
def holder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Who keeps others from connecting.

    A writer keeps them from making the log ahead, whoever has the file alone from anything.
    """
    connection = sqlite3.connect(
        tmp_path / "held.sqlite3", isolation_level=None, check_same_thread=False
    )
    if request.param == "alone":
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("CREATE TABLE kept (number int)")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(STATEMENT)
    yield connection
    connection.close()


def test_whoever_connects_waits_as_well(holder: sqlite3.Connection, tmp_path: Path) -> None:
    leaving = threading.Event()

    def leave() -> None:
        leaving.set()
        holder.commit()
        holder.close()

    threading.Timer(PATIENCE / 2, leave).start()
    wrapper = wrapped(tmp_path / "held.sqlite3", 10 * PATIENCE)
    wrapper.ensure_connection()
    assert leaving.is_set()
    with wrapper.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM kept").fetchone() == (1,)
    wrapper.close()


@pytest.mark.usefixtures("holder")
def test_whoever_connects_gives_up_when_its_patience_is_over(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(OperationalError, match="locked"):
        wrapped(tmp_path / "held.sqlite3", PATIENCE).ensure_connection()
    assert time.monotonic() - began >= PATIENCE


def test_a_writer_gives_up_when_its_patience_is_over(
    database: Any, other: sqlite3.Connection
) -> None:
    for write in (begin, insert):
        began = time.monotonic()
        with pytest.raises(OperationalError, match="locked"):
            write(database)
        assert time.monotonic() - began >= PATIENCE
        assert not database.connection.in_transaction
        database.autocommit = True
    other.execute("COMMIT")
    insert(database)


def test_what_is_no_wait_is_an_error_at_once(database: Any, looks: list[str]) -> None:
    database.connection.execute("BEGIN")
    with pytest.raises(OperationalError, match="within a transaction"):
        begin(database)
    assert looks == ["BEGIN IMMEDIATE"]


def test_nobody_waits_to_read(database: Any, other: sqlite3.Connection, looks: list[str]) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (0,)
    assert len(looks) == 1
