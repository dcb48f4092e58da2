"""``benchmarks/RESULTS.md``: the figures of a run in tables, and which goals they reach."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.goals import NAMES, Figures, goals
from benchmarks.installations import SERVER

PAGES = {
    "first": "page 1",
    "changed": "page 1 after a change",
    "filtered": "partner and theme",
    "filtered_changed": "partner and theme after a change",
    "search_mid": "two words, in 2.5 %",
    "search_heavy": "two words, in 20 %",
    "again": "two words, asked again",
    "page_1000": "page 1,000",
}
SERVERS = {
    "lindero": "Lindero",
    "admin_facets": "admin, facets",
    "admin_bare": "admin, no facets",
    "datasette_facets": "Datasette, facets",
    "datasette_bare": "Datasette, no facets",
    "rendered": "drawing alone",
    "empty": "empty answer",
    "rows_query": "rows in bare SQL",
}


def environment() -> str:
    """The machine and the versions, in one line that names no host and no path."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with psycopg.connect(f"{SERVER.rstrip('/')}/postgres") as connection:
        postgresql = connection.info.parameter_status("server_version") or ""
    return ", ".join(
        [
            datetime.now(UTC).date().isoformat(),
            f"{os.cpu_count()} cores",
            f"{memory:.0f} GiB",
            f"Python {platform.python_version()}",
            f"Django {version('Django')}",
            f"gunicorn {version('gunicorn')} (2 workers of 4 threads)",
            f"SQLite {sqlite3.sqlite_version}",
            f"PostgreSQL {postgresql.split(' ')[0]}",
        ]
    )


def table(heads: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|---|{'---:|' * (len(heads) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def number(value: float | None) -> str:
    """Three digits that matter."""
    if value is None:
        return "–"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def goal_rows(figures: Figures) -> Iterator[list[str]]:
    verdicts = {True: "reached", False: "**missed**", None: "not measured"}
    for goal in goals():
        measured = number(goal.measured(figures))
        yield [goal.words, goal.bound, measured, verdicts[goal.is_met(figures)]]


def page_rows(figures: Figures, at: str) -> Iterator[list[str]]:
    """Every server's median for every page, and how many times Lindero's it is."""
    for server, words in SERVERS.items():
        names = [f"{at}.{server}.{page}" for page in PAGES]
        if not any(name in figures for name in names):
            continue
        cells = []
        for name, page in zip(names, PAGES, strict=True):
            own, value = figures.get(f"{at}.lindero.{page}"), figures.get(name)
            cell = number(value)
            if value is not None and own and server != "lindero":
                cell += f" ({number(value / own)} ×)"
            cells.append(cell)
        yield [words, *cells]


def growth_rows(figures: Figures, sizes: Sequence[str]) -> Iterator[list[str]]:
    for database, name in NAMES.items():
        for page, words in PAGES.items():
            found = [figures.get(f"{size}.{database}.lindero.{page}") for size in sizes]
            first, last = found[0], found[-1]
            grown = number(last / first) if first and last and len(found) > 1 else "–"
            yield [f"{words}, {name}", *map(number, found), grown]


OTHERS = {
    "lindero.export_rows": "export of 10,000 rows, rows/s",
    "lindero.export_growth": "memory it takes, MB",
    "datasette.export_rows": "Datasette's, rows/s",
    "savers.rate": "eight savers, lessons/s",
    "savers.median": "median wait, s",
    "savers.longest": "longest wait, s",
    "savers.errors": "errors",
    "facets.megabytes": "facet index of a process, MB",
    "facets.start": "start from the snapshot, s",
    "facets.check": "check for changes, ms",
}


def other_rows(figures: Figures, places: Sequence[str]) -> Iterator[list[str]]:
    for key, words in OTHERS.items():
        found = [figures.get(f"{at}.{key}") for at in places]
        if any(value is not None for value in found):
            yield [words, *map(number, found)]


def lines(results: dict[str, Any]) -> Iterator[str]:
    figures, sizes = results["figures"], results["sizes"]
    yield "# Results\n"
    yield "Written by `make bench`; [README.md](README.md) says how to read it.\n"
    yield f"{results['environment']}\n"
    yield "## Goals\n"
    yield from table(["goal", "bound", "measured", ""], goal_rows(figures))
    yield "## Growth\n"
    yield "Lindero's medians in milliseconds, all sizes asked in turn.\n"
    yield "![Cost of a page against the number of lessons](cost.svg)\n"
    heads = ["page", *sizes, "last / first"]
    yield from table(heads, growth_rows(figures, sizes))
    yield "## Beside its peers\n"
    yield "Medians in milliseconds, in brackets how many times Lindero's.\n"
    for size in sizes:
        for database, name in NAMES.items():
            at = f"{size}.{database}"
            rows = [int(figures[f"{at}.rows.{key}"]) for key in ("all", "first", "filtered")]
            yield f"### {rows[0]:,} lessons, {name}\n"
            yield f"The reader may see {rows[1]:,}; partner and theme leave {rows[2]:,}.\n"
            yield from table(["", *PAGES.values()], page_rows(figures, at))
    yield "## Files, saving, facets\n"
    places = [f"{size}.{database}" for size in sizes for database in NAMES]
    yield from table(["", *places], other_rows(figures, places))
    yield "## Weight\n"
    html, packed, assets = (
        number(figures.get(f"weight.{name}"))
        for name in ("html", "html_compressed", "assets_compressed")
    )
    yield (
        f"The list page has {html} kB of HTML, compressed {packed} kB; "
        f"all it loads, compressed, {assets} kB.\n"
    )
    if results["notes"]:
        yield "## Notes\n"
        yield from (f"- {note}" for note in results["notes"])


def write_report(results: dict[str, Any], file: Path) -> None:
    file.write_text("\n".join(lines(results)).rstrip() + "\n")
