"""What Lindero sets out to reach, as arithmetic over the figures of one run.

Figures have names such as ``100k.sqlite.lindero.first``: size, database, server, page. Times of
pages are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]
DATABASES = ("sqlite", "postgresql")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Goal:
    """``figure``, divided by ``per`` if given, is at least or at most a bound."""

    words: str
    figure: str
    per: str = ""
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "×"

    def measured(self, figures: Figures) -> float | None:
        """What was reached; ``None`` where a figure of it was not measured."""
        value = figures.get(self.figure)
        if value is None or not self.per:
            return value
        divisor = figures.get(self.per)
        return value / divisor if divisor else None

    def is_met(self, figures: Figures) -> bool | None:
        value = self.measured(figures)
        if value is None:
            return None
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    @property
    def bound(self) -> str:
        """The bound in words: “≥ 60 ×”, “0.67 to 1.5 ×”."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:.2f} to {self.at_most:g} {self.unit}".strip()
        sign, bound = ("≥", self.at_least) if self.at_most is None else ("≤", self.at_most)
        return f"{sign} {bound:,g} {self.unit}".strip()


def goals() -> Iterator[Goal]:
    for database in DATABASES:
        yield from against_peers(database)
        yield from of_its_own(database)
    yield from both_databases()
    yield from of_weight()


def against_peers(database: str) -> Iterator[Goal]:
    """At 100,000 lessons, how many times as long a peer takes."""
    on, at = NAMES[database], f"100k.{database}"

    def times(peer: str, page: str, least: float, words: str) -> Goal:
        return Goal(f"{words}, {on}", f"{at}.{peer}.{page}", f"{at}.lindero.{page}", at_least=least)

    yield times("admin_facets", "first", 60, "page 1 against the admin with facets")
    yield times("admin_bare", "first", 2, "page 1 against the admin without facets")
    yield times("admin_facets", "filtered", 100, "partner and theme against the admin with facets")
    yield times("admin_bare", "filtered", 10, "partner and theme against the admin without facets")
    least = 60 if database == "sqlite" else 400
    yield times("admin_facets", "search_mid", least, "search against the admin's search")
    if database == "sqlite":
        with_facets, bare = "Datasette with six facets", "Datasette without facets"
        yield times("datasette_facets", "first", 500, f"page 1 against {with_facets}")
        yield times("datasette_bare", "first", 2, f"page 1 against {bare}")
        yield times("datasette_facets", "filtered", 200, f"partner and theme against {with_facets}")


def of_its_own(database: str) -> Iterator[Goal]:
    """How Lindero grows, and what it costs beyond the unavoidable."""
    on = NAMES[database]

    def grows(page: str, smaller: str, most: float, words: str) -> Goal:
        return Goal(
            f"{words}, {smaller} to 1m, {on}",
            f"1m.{database}.lindero.{page}",
            f"{smaller}.{database}.lindero.{page}",
            at_most=most,
        )

    def against(size: str, page: str, per: str, most: float, words: str) -> Goal:
        return Goal(
            f"{words}, {size}, {on}",
            f"{size}.{database}.lindero.{page}",
            f"{size}.{database}.{per}",
            at_most=most,
        )

    words = "search against page 1, both after a change"
    yield against("100k", "search_mid", "lindero.changed", 2, words)
    yield against("100k", "again", "lindero.first", 2, "search asked again against page 1")
    yield grows("search_mid", "100k", 2.5, "growth of a search")
    yield grows("search_heavy", "100k", 5, "growth of a heavy search")
    yield grows("first", "10k", 2, "growth of page 1")
    yield grows("filtered", "10k", 2, "growth of partner and theme")
    yield against("100k", "page_1000", "lindero.first", 1.2, "page 1,000 against page 1")
    yield against("1m", "page_1000", "lindero.first", 1.2, "page 1,000 against page 1")
    yield against("100k", "first", "rendered.first", 1.2, "page 1 against drawing it alone")
    yield against("100k", "first", "empty.first", 5, "page 1 against an empty answer")
    rows, growth = f"100k.{database}.lindero.export_rows", "export_growth"
    yield Goal(f"export, {on}", rows, at_least=10_000, unit="rows/s")
    yield Goal(
        f"export against Datasette's, {on}", rows, "100k.sqlite.datasette.export_rows", at_least=1.5
    )
    memory = f"100k.{database}.lindero.{growth}"
    yield Goal(f"memory that an export takes, {on}", memory, at_most=50, unit="MB")
    facets = f"1m.{database}.facets"
    yield Goal(f"facet index of a process, 1m, {on}", f"{facets}.megabytes", at_most=64, unit="MB")
    yield Goal(f"start from the snapshot, 1m, {on}", f"{facets}.start", at_most=1, unit="s")
    yield Goal(f"check for changes, 1m, {on}", f"{facets}.check", at_most=0.3, unit="ms")


def both_databases() -> Iterator[Goal]:
    """The databases side by side, and eight people who save at once."""
    for page, words in (("first", "page 1"), ("filtered", "partner and theme")):
        yield Goal(
            f"{words}, SQLite against PostgreSQL",
            f"100k.sqlite.lindero.{page}",
            f"100k.postgresql.lindero.{page}",
            at_least=1 / 1.5,
            at_most=1.5,
        )
    for database in DATABASES:
        savers = f"100k.{database}.savers"
        on = NAMES[database]
        yield Goal(f"eight savers, errors, {on}", f"{savers}.errors", at_most=0, unit="")
        yield Goal(f"eight savers, longest wait, {on}", f"{savers}.longest", at_most=5, unit="s")
    yield Goal(
        "eight savers, rate, SQLite against PostgreSQL",
        "100k.sqlite.savers.rate",
        "100k.postgresql.savers.rate",
        at_least=0.8,
    )


def of_weight() -> Iterator[Goal]:
    yield Goal("list page, HTML", "weight.html", at_most=60, unit="kB")
    yield Goal("list page, HTML compressed", "weight.html_compressed", at_most=12, unit="kB")
    yield Goal("all its assets, compressed", "weight.assets_compressed", at_most=220, unit="kB")
