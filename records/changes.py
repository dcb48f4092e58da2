"""Database triggers that log which shared records changed.

They write ``records.models.Change`` in the transaction of the change itself, whether it came from
a verb, a bulk update, the administration or a shell, so that nothing worked out of records can
drift unnoticed. SQLite forgets the triggers of a table that a migration remakes:
``keep_watching`` runs after every ``migrate`` and puts back what is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, transaction

LOG = "records_change"
EVENTS = ("insert", "update", "delete")


@dataclass(frozen=True)
class Watched:
    """A table whose rows say something of records of ``kind``.

    ``record`` is the column that names the record. Where a row tells of several, ``through`` is
    a table that leads from it (``row_column``) to them (``record``). Of updates only those of
    ``columns`` count, if any are named.
    """

    kind: str
    table: str
    record: str = "id"
    columns: tuple[str, ...] = ()
    through: str = ""
    row_column: str = ""

    def name(self, event: str) -> str:
        return f"change_{self.table}_{event}"


def keep_watching(using: str = DEFAULT_DB_ALIAS, **_of_the_signal: Any) -> None:
    """See to the tables that apps name as ``watched``, after each ``migrate``."""
    for app in apps.get_app_configs():
        install(getattr(app, "watched", ()), using)


def install(watched: Iterable[Watched], using: str) -> None:
    """Create the triggers for ``watched`` that are missing or differ, and log that all of the
    records concerned may have changed meanwhile."""
    connection: Any = connections[using]
    present = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for one in watched:
            if {one.table, one.through or one.table, LOG} <= present and not is_installed(
                one, cursor, connection.vendor
            ):
                for statement in STATEMENTS[connection.vendor](one):
                    cursor.execute(statement)
                cursor.execute(*everything_changed(one.kind, connection.vendor))


def missing(watched: Iterable[Watched], using: str) -> list[str]:
    """The tables of ``watched`` whose triggers are missing or are not what they should be."""
    connection: Any = connections[using]
    with connection.cursor() as cursor:
        return sorted(
            one.table for one in watched if not is_installed(one, cursor, connection.vendor)
        )


def everything_changed(kind: str, vendor: str) -> tuple[str, list[str]]:
    """The statement that logs that any record of ``kind`` may have changed."""
    columns, values = LOGGED[vendor]
    return (
        f"INSERT INTO {LOG} (kind, object_id, {columns}) VALUES (%s, NULL, {values})",
        [kind],
    )


LOGGED = {
    "sqlite": ("at", "CAST(strftime('%%s', 'now') AS INTEGER)"),
    "postgresql": (
        "at, transaction",
        "extract(epoch FROM now())::bigint, pg_current_xact_id()::text::bigint",
    ),
}
"""The columns that say when, and how each database tells it."""


def sqlite_statements(one: Watched) -> list[str]:
    """One trigger for each event, fired by each row."""
    found = []
    columns, values = LOGGED["sqlite"]
    values = values.replace("%%", "%")
    for event in EVENTS:
        rows = {"insert": ["NEW"], "update": ["OLD", "NEW"], "delete": ["OLD"]}[event]
        if event == "update" and one.record == "id" and not one.through:
            rows = ["NEW"]
        of = f" OF {', '.join(one.columns)}" if event == "update" and one.columns else ""
        log = "".join(
            f" INSERT INTO {LOG} (kind, object_id, {columns})"
            + (
                f" SELECT '{one.kind}', {one.record}, {values} FROM {one.through}"
                f" WHERE {one.row_column} = {row}.id;"
                if one.through
                else f" VALUES ('{one.kind}', {row}.{one.record}, {values});"
            )
            for row in rows
        )
        name = one.name(event)
        found += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} AFTER {event.upper()}{of} ON {one.table} BEGIN{log} END",
        ]
    return found


def postgresql_statements(one: Watched) -> list[str]:
    """One trigger for each event, fired once for all rows of a statement."""
    found = []
    columns, values = LOGGED["postgresql"]
    sources = {"insert": "new_rows", "delete": "old_rows"}
    transitions = {
        "insert": "NEW TABLE AS new_rows",
        "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "OLD TABLE AS old_rows",
    }
    for event in (*EVENTS, "truncate"):
        if event == "truncate":
            body = f"VALUES ('{one.kind}', NULL, {values})"
        else:
            rows = f"SELECT * FROM {sources.get(event, '')}"
            if event == "update" and one.columns:
                old, new = (
                    ", ".join(f"{row}.{column}" for column in one.columns) for row in ("o", "n")
                )
                rows = (
                    "SELECT n.* FROM new_rows n JOIN old_rows o USING (id)"
                    f" WHERE ({old}) IS DISTINCT FROM ({new})"
                )
            elif event == "update":
                rows = "SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows"
            join = f" JOIN {one.through} t ON t.{one.row_column} = r.id" if one.through else ""
            record = f"{'t' if one.through else 'r'}.{one.record}"
            body = f"SELECT DISTINCT '{one.kind}', {record}, {values} FROM ({rows}) r{join}"
        name = one.name(event)
        referencing = f" REFERENCING {transitions[event]}" if event in transitions else ""
        found += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO {LOG} (kind, object_id, {columns}) {body}; RETURN NULL; END $$",
            f"DROP TRIGGER IF EXISTS {name} ON {one.table}",
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON {one.table}{referencing}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return [*found, *marked(one, found)]


def marked(one: Watched, statements: list[str]) -> list[str]:
    """Leave with the first trigger by what statements it was made."""
    mark = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    return [f"COMMENT ON TRIGGER {one.name('insert')} ON {one.table} IS '{mark}'"]


STATEMENTS = {"sqlite": sqlite_statements, "postgresql": postgresql_statements}


def is_installed(one: Watched, cursor: Any, vendor: str) -> bool:
    """Whether the triggers of ``one`` exist and are those that would be made now."""
    statements = STATEMENTS[vendor](one)
    if vendor == "sqlite":
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [one.table]
        )
        return {row[0] for row in cursor.fetchall()} >= set(statements[1::2])
    cursor.execute(
        "SELECT count(*), max(obj_description(oid, 'pg_trigger')) FROM pg_trigger"
        " WHERE tgrelid = to_regclass(%s) AND tgname = ANY(%s) AND tgenabled <> 'D'",
        [one.table, [one.name(event) for event in (*EVENTS, "truncate")]],
    )
    number, mark = cursor.fetchone()
    return number == len(EVENTS) + 1 and statements[-1].endswith(f"'{mark}'")
