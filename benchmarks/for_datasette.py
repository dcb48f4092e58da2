"""The same lessons as Datasette wants them: one table, tags as JSON arrays, words to search."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.installations import Installation

FACETED = ("agency", "status", "tlp", "category", "dated_on")
FACETS = "".join(f"&_facet={name}" for name in ("agency", "status", "tlp", "category"))
FACETS += "&_facet_array=partners&_facet_array=themes"
NEWEST = "_sort_desc=dated_on&_size=25"
EXPORTED = 10_000
PAGE = 25

TABLE = """
CREATE TABLE lessons AS
SELECT lesson.id, lesson.ref, lesson.title, lesson.kind, lesson.category, lesson.status,
    lesson.priority, lesson.tlp, agency.code AS agency, lesson.dated_on,
    (SELECT json_group_array(partner.code) FROM lindero.lessons_lesson_partners AS tagged
        JOIN lindero.agencies_partner AS partner ON partner.id = tagged.partner_id
        WHERE tagged.lesson_id = lesson.id) AS partners,
    (SELECT json_group_array(theme.slug) FROM lindero.lessons_lesson_themes AS tagged
        JOIN lindero.lessons_theme AS theme ON theme.id = tagged.theme_id
        WHERE tagged.lesson_id = lesson.id) AS themes,
    lesson.observation, lesson.discussion, lesson.conclusion, lesson.recommendation
FROM lindero.lessons_lesson AS lesson
JOIN lindero.agencies_agency AS agency ON agency.id = lesson.agency_id
WHERE lesson.id <= ?
ORDER BY lesson.id
"""
WORDS = "title, observation, discussion, conclusion, recommendation"


def build(installation: Installation) -> Path:
    """The file for Datasette beside the installation of SQLite, made once for it."""
    file = installation.folder / "datasette.sqlite3"
    if file.exists():
        return file
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("ATTACH ? AS lindero", [str(installation.file)])
        # A table made from a query has no primary key, and so no place to page from.
        connection.execute(
            TABLE.replace("CREATE TABLE", "CREATE TEMP TABLE"), [installation.lessons]
        )
        columns = [row[1] for row in connection.execute("PRAGMA temp.table_info(lessons)")]
        others = ", ".join(f"{name} TEXT" for name in columns[1:])
        connection.execute(f"CREATE TABLE main.lessons (id INTEGER PRIMARY KEY, {others})")
        connection.execute("INSERT INTO main.lessons SELECT * FROM temp.lessons")
        connection.execute("DROP TABLE temp.lessons")
        for name in FACETED:
            connection.execute(f"CREATE INDEX lessons_{name} ON lessons ({name})")
        # Datasette knows a table's words to search by these double quotation marks.
        connection.execute(
            f'CREATE VIRTUAL TABLE lessons_fts USING fts5({WORDS}, content="lessons",'
            " content_rowid='id', tokenize='unicode61 remove_diacritics 2')"
        )
        connection.execute("INSERT INTO lessons_fts (lessons_fts) VALUES ('rebuild')")
        connection.execute("DETACH lindero")
        connection.execute("ANALYZE")
    part.rename(file)
    return file


def pages(file: Path, places: dict[str, Any], *, facets: bool) -> dict[str, str]:
    """The addresses of the measured pages."""
    base = f"/{file.stem}/lessons?{NEWEST}" + (FACETS if facets else "")
    ordered = "SELECT dated_on, id FROM lessons ORDER BY dated_on DESC, id LIMIT 1 OFFSET ?"
    with closing(sqlite3.connect(file)) as connection:
        offset = PAGE * (places["pages_deep"]["others"] - 1) - 1
        day, number = connection.execute(ordered, [offset]).fetchone()
    tags = {
        "partners__arraycontains": places["partner"]["code"],
        "themes__arraycontains": places["theme"],
    }
    return {
        "first": base,
        "filtered": f"{base}&{urlencode(tags)}",
        "search_mid": f"{base}&_search={quote(places['words']['mid'])}",
        "search_heavy": f"{base}&_search={quote(places['words']['heavy'])}",
        "page_1000": f"{base}&_next={day},{number}",
    }


def export(file: Path) -> str:
    """The address of the newest ten thousand lessons as CSV."""
    ordered = "SELECT dated_on FROM lessons ORDER BY dated_on DESC LIMIT 1 OFFSET ?"
    with closing(sqlite3.connect(file)) as connection:
        total = connection.execute("SELECT count(*) FROM lessons").fetchone()[0]
        (since,) = connection.execute(ordered, [min(EXPORTED, total) - 1]).fetchone()
    return f"/{file.stem}/lessons.csv?_stream=on&_sort_desc=dated_on&dated_on__gte={since}"
