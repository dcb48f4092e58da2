"""Fill an installation with generated lessons: ``python -m benchmarks.load 100k postgresql``.

The product makes its own tables, by its migrations. Then triggers and secondary indexes are
taken away, rows are poured in, indexes are made again, and ``migrate`` runs once more: what the
product keeps by triggers (its log of changes, words to search for) it sets up after every
migration, so everything is as if the rows had been there before.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

import psycopg
from psycopg import sql

from benchmarks import generate
from benchmarks.generate import PARTNERS, SIZES, THEMES, Ids, Row
from benchmarks.installations import DATABASES, SERVER, Installation

PARTNER_IDS = "SELECT code, id FROM agencies_partner"
THEME_IDS = "SELECT id FROM lessons_theme ORDER BY id"
Say = Callable[[str], None]


def load(installation: Installation, say: Say = print) -> None:
    """Make the installation unless it is there, made by the same generator."""
    stamp = installation.folder / "loaded.json"
    wanted = json.dumps({"generator": generate.VERSION, "seed": generate.SEED})
    there = stamp.exists() and stamp.read_text() == wanted and exists(installation)
    if not there:
        began = time.monotonic()
        begin_anew(installation)
        migrate(installation)
        if installation.database == "sqlite":
            fill_sqlite(installation, say)
        else:
            fill_postgresql(installation, say)
        migrate(installation)
        gather_statistics(installation)
        stamp.write_text(wanted)
        say(f"{installation.name}: loaded in {time.monotonic() - began:.0f} s")
    elif installation.manage("migrate", "--check").returncode:
        migrate(installation)
        say(f"{installation.name}: brought up to date")


def exists(installation: Installation) -> bool:
    if installation.database == "sqlite":
        return installation.file.exists()
    with server() as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return connection.execute(query, [installation.postgresql_name]).fetchone() is not None


def server() -> psycopg.Connection:
    """A connection that may make databases."""
    return psycopg.connect(f"{SERVER.rstrip('/')}/postgres", autocommit=True)


def begin_anew(installation: Installation) -> None:
    shutil.rmtree(installation.folder, ignore_errors=True)
    installation.folder.mkdir(parents=True)
    if installation.database == "postgresql":
        name = sql.Identifier(installation.postgresql_name)
        with server() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def migrate(installation: Installation) -> None:
    done = installation.manage("migrate", "--verbosity", "0")
    if done.returncode:
        raise RuntimeError(done.stderr)


def ids(partners: Iterable[tuple[str, int]], themes: Iterable[tuple[int]]) -> Ids:
    """The partners and themes that lessons are tagged with, the most popular first."""
    by_code = dict(partners)
    return Ids([by_code[code] for code in PARTNERS], [one for (one,) in themes][:THEMES])


def batches(installation: Installation, found: Ids, say: Say) -> Iterator[tuple[str, list[Row]]]:
    """Rows by table, saying now and then how far it is."""
    lessons, step = 0, max(installation.lessons // 10, 10_000)
    for batch in generate.everything(installation.lessons, found):
        yield from ((table, rows) for table, rows in batch.items() if rows)
        before, lessons = lessons, lessons + len(batch.get("lessons_lesson", ()))
        if lessons // step > before // step:
            say(f"{installation.name}: {lessons:,} lessons")


# --- SQLite -------------------------------------------------------------------------------------


def insert_statement(table: str, row: Row, mark: str = "?") -> str:
    columns = ", ".join(f'"{column}"' for column in row)
    return f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join([mark] * len(row))})'


def fill_sqlite(installation: Installation, say: Say) -> None:
    with closing(sqlite3.connect(installation.file, isolation_level=None)) as connection:
        connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-524288;"
        )
        taken = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND (type = 'trigger' OR type = 'index')"
        ).fetchall()
        for kind, name, _made_by in taken:
            connection.execute(f'DROP {kind.upper()} "{name}"')
        found = ids(connection.execute(PARTNER_IDS), connection.execute(THEME_IDS))
        for table, rows in batches(installation, found, say):
            connection.execute("BEGIN")
            connection.executemany(
                insert_statement(table, rows[0]), (tuple(row.values()) for row in rows)
            )
            connection.execute("COMMIT")
        say(f"{installation.name}: making indexes")
        for kind, _name, made_by in taken:
            if kind == "index":
                connection.execute(made_by)


# --- PostgreSQL ---------------------------------------------------------------------------------

TRIGGERS = """
    SELECT tgname, tgrelid::regclass::text FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = ANY(%s) AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conname = indexname AND contype IN ('p', 'u')
    )
"""
NUMBER_ON = "SELECT setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 1)) FROM {}"


def fill_postgresql(installation: Installation, say: Say) -> None:
    with psycopg.connect(installation.url, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'UTC'; SET maintenance_work_mem = '512MB'")
        try:
            # Foreign keys are right by the generator's making; tests see to that.
            connection.execute("SET session_replication_role = replica")
        except psycopg.errors.InsufficientPrivilege:
            say(f"{installation.name}: no superuser, so foreign keys are checked row by row")
        for name, table in connection.execute(TRIGGERS).fetchall():
            drop = sql.SQL("DROP TRIGGER {} ON {}")
            connection.execute(drop.format(sql.Identifier(name), sql.Identifier(table)))
        indexes = connection.execute(INDEXES, [list(generate.TABLES)]).fetchall()
        for name, _made_by in indexes:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        found = ids(connection.execute(PARTNER_IDS), connection.execute(THEME_IDS))
        for table, rows in batches(installation, found, say):
            columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            with connection.cursor().copy(into) as copy:
                for row in rows:
                    copy.write_row(tuple(row.values()))
        say(f"{installation.name}: making indexes")
        for _name, made_by in indexes:
            connection.execute(made_by)
        numbered = [table for table in generate.TABLES if table != generate.COUNTERS]
        for table in numbered:
            connection.execute(sql.SQL(NUMBER_ON).format(sql.Identifier(table)), [table])


def gather_statistics(installation: Installation) -> None:
    """What autovacuum, and SQLite's ``optimize``, bring about in time."""
    if installation.database == "sqlite":
        with closing(sqlite3.connect(installation.file)) as connection:
            connection.execute("PRAGMA analysis_limit=1000")
            connection.execute("ANALYZE")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        with psycopg.connect(installation.url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")


def main(arguments: list[str]) -> None:
    if len(arguments) != 2 or arguments[0] not in SIZES or arguments[1] not in DATABASES:
        sys.exit(
            f"usage: python -m benchmarks.load {{{','.join(SIZES)}}} {{{','.join(DATABASES)}}}"
        )
    load(Installation(*arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
