"""The grid in which values are typed: one row for each period of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from evaluation import entering
from evaluation.entering import GAP, Line, parts_of, plain
from evaluation.models import Indicator, Measurement
from evaluation.periods import label, page_of
from evaluation.recording import Entry, is_running
from evaluation.series import Quality, Step


@dataclass(frozen=True)
class Cell:
    """One field of the grid; ``now`` is what somebody else has recorded meanwhile."""

    name: str
    label: str
    text: str
    error: str = ""
    now: str = ""


@dataclass
class Row:
    """One period: what is kept of it, and what was typed."""

    period: date
    label: str
    kept: Measurement | None
    revised: bool
    running: bool
    line: Line | None = None
    cells: list[Cell] = field(default_factory=list)
    quality: str = Quality.FINAL
    error: str = ""

    @property
    def key(self) -> str:
        return self.period.isoformat()


@dataclass(frozen=True)
class Page:
    """The periods around a day, and the days by which one turns the page."""

    indicator: Indicator
    first: date
    last: date
    today: date

    @classmethod
    def around(cls, indicator: Indicator, day: date, today: date) -> Page:
        first, last = page_of(indicator.step, day)
        return cls(indicator, first, last, today)

    @property
    def periods(self) -> Iterator[date]:
        """Those that begin on the page, up to the one that runs today."""
        step = Step(self.indicator.step)
        period = step.start(self.first, self.indicator.first_month)
        if period < self.first:
            period = step.following(period)
        while period <= min(self.last, self.today):
            yield period
            period = step.following(period)

    def rows(self, typed: Mapping[str, str] | None = None) -> list[Row]:
        """The rows of the page, as they are kept or as they were ``typed``. One query."""
        versions: dict[date, list[Measurement]] = {}
        for one in self.indicator.measurements.filter(
            period__gte=self.first, period__lte=self.last
        ):
            versions.setdefault(one.period, []).append(one)
        rows = []
        for period in self.periods:
            known = versions.get(period, [])
            row = Row(
                period,
                label(self.indicator.step, period, self.indicator.first_month),
                next((one for one in known if one.current), None),
                any(one.revised for one in known),
                is_running(self.indicator, period, self.today),
            )
            fill(row, self.indicator, typed)
            rows.append(row)
        return rows


def kept_texts(row: Row, indicator: Indicator) -> dict[str, str]:
    """What the fields of a row say as long as nobody types into it."""
    kept = row.kept
    texts = {name: plain(getattr(kept, name, None)) for name in parts_of(indicator.measure)}
    quality = (kept.quality or GAP) if kept else Quality.FINAL
    if kept is None and row.running:
        quality = Quality.PROVISIONAL
    return texts | {"quality": str(quality), "note": kept.note if kept else ""}


def fill(row: Row, indicator: Indicator, typed: Mapping[str, str] | None) -> None:
    """Give the row its fields, and its line where something was typed that is not kept."""
    texts = kept_texts(row, indicator)
    if typed is not None:
        given = {
            name: str(typed.get(f"{name}_{row.key}", text)).replace("\0", "").strip()
            for name, text in texts.items()
        }
        if given != texts:
            row.line = Line(given, period=row.period, kept=row.kept)
        texts = given
    row.quality = texts["quality"]
    row.cells = [
        Cell(f"{name}_{row.key}", name, texts[name])
        for name in (*parts_of(indicator.measure), "note")
    ]


def read(rows: list[Row], indicator: Indicator, today: date) -> list[Entry]:
    """The entries of what was typed; errors stand on the lines."""
    lines = [row.line for row in rows if row.line is not None]
    entering.judge(lines, indicator, today)
    entries = []
    for line in lines:
        if not line.errors and line.entry is None and is_emptied(line, indicator):
            line.entry = Entry(line.kept.period, note=line.text("note")) if line.kept else None
        if line.entry is not None and not line.errors:
            entries.append(line.entry)
        elif not line.errors and line.text("note") and line.kept is None:
            line.errors["note"] = _("Give a number, or choose “not measured”.")
    return entries


def is_emptied(line: Line, indicator: Indicator) -> bool:
    """Whether numbers were taken out of a row that had some: the period becomes a gap."""
    emptied = not any(line.text(name) for name in parts_of(indicator.measure))
    return emptied and line.kept is not None and not line.kept.is_gap


def show_errors(rows: list[Row], indicator: Indicator, *, changed: bool = False) -> None:
    """Put each error beside its cell, and, if the series was ``changed`` meanwhile, what is kept."""
    for row in rows:
        if row.line is None:
            continue
        kept = kept_texts(row, indicator)
        row.error = row.line.errors.get("period", "") or row.line.errors.get("quality", "")
        row.cells = [
            Cell(
                cell.name,
                cell.label,
                cell.text,
                row.line.errors.get(cell.label, ""),
                kept[cell.label] if changed and kept[cell.label] != cell.text else "",
            )
            for cell in row.cells
        ]


def qualities(row: Row) -> list[tuple[str, Any]]:
    """What may be chosen of a period: one that runs is never final."""
    chosen = [one for one in Quality if not (row.running and one == Quality.FINAL)]
    return [*((one.value, one.label) for one in chosen), (GAP, _("Not measured"))]


# --- Showing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One value in words: its period, its numbers and what is to be known of it."""

    label: str
    numbers: list[str]
    row: Measurement


def told(row: Measurement, indicator: Indicator) -> Told:
    return Told(
        label(indicator.step, row.period, indicator.first_month),
        [plain(getattr(row, name)) for name in parts_of(indicator.measure)],
        row,
    )


@dataclass(frozen=True)
class Previewed:
    """One line of what was pasted, as the preview shows it."""

    line: Line
    label: str
    cells: list[tuple[str, str]]
    became: str
    before: str


def preview(line: Line, indicator: Indicator) -> Previewed:
    """The cells as typed with their errors, what each became, and what is recorded now."""
    names = parts_of(indicator.measure)
    entry, kept = line.entry, line.kept
    became = " / ".join(plain(getattr(entry, name)) for name in names) if entry else ""
    before = " / ".join(plain(getattr(kept, name)) for name in names) if kept else ""
    return Previewed(
        line,
        label(indicator.step, line.period, indicator.first_month) if line.period else "",
        [(line.text(name), line.errors.get(name, "")) for name in names],
        became,
        before,
    )
