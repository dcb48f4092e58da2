"""The product's SQLite, whose test databases are copied rather than built.

All migrations take some eight seconds in each process. What they gave is kept as a file and taken
again as long as nothing that they could read is another: no file of the product, no package.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.sqlite3 import creation

from config.sqlite3 import base

ROOT = Path(settings.BASE_DIR)
KEPT = ROOT / ".pytest_cache" / "databases"


def kept() -> Path:
    """The file of the database that the product, as it is now, begins with."""
    found = sha256(sqlite3.sqlite_version.encode())
    own = [app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()]
    files = [file for app in ["config", *own] for file in (ROOT / app).rglob("*")]
    for file in sorted([ROOT / "requirements.txt", *files]):
        if file.is_file() and file.suffix != ".pyc":
            found.update(f"{file.relative_to(ROOT)} ".encode())
            found.update(sha256(file.read_bytes()).digest())
    return KEPT / f"{found.hexdigest()}.sqlite3"


class DatabaseCreation(creation.DatabaseCreation):
    """Begins with what is kept, and keeps what took long to make."""

    def create_test_db(self, *args: Any, **options: Any) -> str:
        name: str = self._get_test_db_name()  # type: ignore[attr-defined]  # not in the stubs
        file = kept()
        # The second connection holds what is in memory until Django connects.
        with closing(sqlite3.connect(name, uri=True)) as held:
            if file.exists():
                with closing(sqlite3.connect(file)) as source:
                    source.backup(held)
            # Migrates what is left to migrate, which is nothing or all.
            super().create_test_db(*args, **options)
            if not file.exists():
                self.keep(file)
        return name

    def keep(self, file: Path) -> None:
        """Write the file of the present database, whatever other processes do meanwhile."""
        KEPT.mkdir(parents=True, exist_ok=True)
        unfinished = KEPT / str(os.getpid())
        with closing(sqlite3.connect(unfinished)) as target:
            self.connection.connection.backup(target)
        for old in KEPT.glob("*.sqlite3"):
            old.unlink(missing_ok=True)
        unfinished.replace(file)


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
