"""The installations that are measured: one for every size and database, kept between runs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.generate import SIZES

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BENCH_DATA") or ROOT / "benchmarks" / "data").resolve()
SERVER = os.environ.get("BENCH_POSTGRESQL") or "postgres://root@127.0.0.1"
"""Where PostgreSQL is, without the name of a database."""
KINDS = ("sqlite", "postgresql")
DATABASES = tuple(
    kind for kind in KINDS if kind in (os.environ.get("BENCH_ON") or ",".join(KINDS)).split(",")
)


@dataclass(frozen=True)
class Installation:
    """Lindero with ``size`` lessons (a name of ``SIZES``) in one kind of database."""

    size: str
    database: str

    @property
    def name(self) -> str:
        return f"{self.size}.{self.database}"

    @property
    def lessons(self) -> int:
        return SIZES[self.size]

    @property
    def folder(self) -> Path:
        return DATA / f"{self.size}-{self.database}"

    @property
    def file(self) -> Path:
        """The database of SQLite."""
        return self.folder / "lindero.sqlite3"

    @property
    def postgresql_name(self) -> str:
        return f"lindero_bench_{self.size}"

    @property
    def url(self) -> str:
        """The database as ``DATABASE_URL`` names it."""
        if self.database == "sqlite":
            return f"sqlite:///{self.file}"
        return f"{SERVER.rstrip('/')}/{self.postgresql_name}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which a program of the product works on this installation."""
        return os.environ | {
            "DEVELOPMENT": "1",
            "DEBUG": "0",
            "LOG_LEVEL": "ERROR",
            "DATA": str(self.folder),
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def change(self) -> None:
        """Change a lesson, so that whatever is kept of the facets is worked out anew."""
        statement = (
            "UPDATE lessons_lesson SET priority ="
            " CASE priority WHEN 'urgent' THEN 'caution' ELSE 'urgent' END WHERE id = 1"
        )
        if self.database == "sqlite":
            with closing(sqlite3.connect(self.file, timeout=20)) as database, database:
                database.execute(statement)
        else:
            with psycopg.connect(self.url) as server:
                server.execute(statement)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ``manage.py``; what it says comes back."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def inside(self, task: str, *arguments: str) -> Any:
        """What ``benchmarks.inside`` finds out within the product."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.inside", task, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)
