"""What is pasted from a spreadsheet, or read from a CSV file, as lines of a series."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evaluation import days, entering, numbers
from evaluation.days import Named, NoPeriodError
from evaluation.entering import Line, parts_of
from evaluation.models import Indicator
from evaluation.numbers import NoNumberError, Sign
from evaluation.recording import MOST_VALUES
from evaluation.series import Step
from records.choices import folded

MOST_SIGNS = 1_000_000
DELIMITERS = "\t;,"
HEADINGS: dict[str, tuple[str, ...]] = {
    "period": (
        *("period", "date", "day", "week", "month", "quarter", "year", "time"),
        *("periodo", "fecha", "dia", "semana", "mes", "trimestre", "ano"),
        *("data", "datum", "mois", "annee", "monat", "jahr", "mese", "anno"),
    ),
    "value": (
        *("value", "values", "figure", "number", "count", "total", "amount"),
        *("valor", "valores", "cantidad", "valeur", "wert", "valore"),
    ),
    "numerator": ("numerator", "part", "how many", "numerador", "numerateur"),
    "denominator": ("denominator", "of how many", "of", "whole", "total", "denominador"),
    "quality": ("quality", "status", "calidad"),
    "note": ("note", "notes", "comment", "remarks", "nota"),
}
"""How the columns may be headed, folded."""


class Totals(TextChoices):
    """What the figures of a column are."""

    NO = "", gettext_lazy("What each period had")
    YEAR = "year", gettext_lazy("Running totals that begin anew each year")
    ALWAYS = "always", gettext_lazy("Running totals that never begin anew")


class DateOrder(TextChoices):
    """Which part of a date such as 03/04/2026 is the month."""

    DAY = "day", gettext_lazy("Day first: 03/04 is in April")
    MONTH = "month", gettext_lazy("Month first: 03/04 is in March")


@dataclass
class Sheet:
    """The lines of what was pasted, what is wrong as a whole, and what was made of it."""

    lines: list[Line] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.errors]

    @property
    def is_valid(self) -> bool:
        return not self.errors and not self.wrong and any(line.entry for line in self.lines)

    @property
    def revises(self) -> list[Line]:
        return [line for line in self.lines if line.revises]


def read(
    text: str,
    indicator: Indicator,
    today: date,
    *,
    sign: Sign | None = None,
    order: str = "",
    totals: str = Totals.NO,
) -> Sheet:
    """The lines of ``text`` with their entries and errors. Nothing is recorded."""
    if len(text) > MOST_SIGNS:
        return Sheet(errors=[_("This is too much at once. Paste a part of it.")])
    rows = split(text)
    if not rows:
        return Sheet(errors=[_("Paste the periods and their values, one row for each period.")])
    if len(rows) > MOST_VALUES + 1:
        words = _("A series has at most %(number)d values.") % {"number": MOST_VALUES}
        return Sheet(errors=[words])
    columns, headed = columns_of(rows[0][1], indicator)
    missing = [name for name in ("period", *parts_of(indicator.measure)) if name not in columns]
    if missing:
        return Sheet(errors=[words_for_missing(indicator)])
    sheet = Sheet()
    for number, cells in rows[1:] if headed else rows:
        texts = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        sheet.lines.append(Line(texts, number=number))
    find_periods(sheet, indicator, order)
    entering.judge(sheet.lines, indicator, today, sign=sign)
    entering.refuse_doubles(sheet.lines)
    if totals:
        entering.difference(sheet.lines, indicator, every_year=totals == Totals.YEAR)
        sheet.notes.append(
            _("The figures were running totals: what each period added was worked out from them.")
        )
    match_kept(sheet, indicator)
    tell(sheet)
    return sheet


def words_for_missing(indicator: Indicator) -> str:
    if len(parts_of(indicator.measure)) > 1:
        return _(
            "Each row needs a period, how many, and of how many, in columns of their own: separate"
            " them by a tab, a semicolon or a comma."
        )
    return _(
        "Each row needs a period and a value, in columns of their own: separate them by a tab, a"
        " semicolon or a comma."
    )


def split(text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, by their number, cut where most rows have most columns alike."""
    best: list[tuple[int, list[str]]] = []
    width = 0
    for delimiter in DELIMITERS:
        rows = cut(text, delimiter)
        shared = min((len(cells) for _number, cells in rows), default=0)
        if not best or shared > max(width, 1):
            best, width = rows, shared
        if width > 1:
            break
    return best


def cut(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    plain = text.removeprefix("\ufeff").replace("\x00", "")
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter)
    try:
        rows = [[cell.strip() for cell in cells] for cells in reader]
    except csv.Error:
        rows = [line.split(delimiter) for line in plain.splitlines()]
    return [(number, cells) for number, cells in enumerate(rows, start=1) if any(cells)]


def columns_of(first: Sequence[str], indicator: Indicator) -> tuple[dict[str, int], bool]:
    """By name the place of each column, and whether the first row is a heading."""
    names = ["period", *parts_of(indicator.measure), "quality", "note"]
    if not is_heading(first, indicator):
        return dict(zip(names, range(len(first)), strict=False)), False
    found: dict[str, int] = {}
    titled = folded(indicator.title), folded(indicator.unit)
    for place, cell in enumerate(first):
        heading = folded(cell).strip(" *:")
        for name in names:
            known = (*HEADINGS[name], *(titled if name == "value" else ()))
            if name not in found and heading in known:
                found[name] = place
                break
    if not {"period", *parts_of(indicator.measure)} <= found.keys():
        # Headings in other words: the columns stand in the usual order.
        taken = [place for place in range(len(first)) if place not in found.values()]
        for name in ("period", *parts_of(indicator.measure)):
            if name not in found and taken:
                found[name] = taken.pop(0)
    return found, True


def is_heading(cells: Sequence[str], indicator: Indicator) -> bool:
    """Whether the first row holds neither a period nor a number."""
    try:
        days.read(cells[0], Step(indicator.step), indicator.first_month)
    except NoPeriodError:
        for cell in cells[1:]:
            try:
                numbers.read(cell, indicator.unit)
            except NoNumberError:
                continue
            return False
        return True
    return False


def find_periods(sheet: Sheet, indicator: Indicator, order: str) -> None:
    """Give each line its period, or say beside it why it has none."""
    step, first_month = Step(indicator.step), indicator.first_month
    named: dict[int, Named] = {}
    for place, line in enumerate(sheet.lines):
        try:
            named[place] = days.read(line.text("period"), step, first_month)
        except NoPeriodError as error:
            line.errors["period"] = str(error)
    stands_first = days.months_stand_first([*named.values()], step, first_month)
    if stands_first is None and not order:
        sheet.notes.append(
            _(
                "Dates such as 03/04/2026 were read with the day first. Say so below if it is the month."
            )
        )
    month_first = order == DateOrder.MONTH if order else bool(stands_first)
    for place, one in named.items():
        try:
            sheet.lines[place].period = days.period_of(
                one, step, first_month, month_first=month_first
            )
        except NoPeriodError as error:
            sheet.lines[place].errors["period"] = str(error)


def match_kept(sheet: Sheet, indicator: Indicator) -> None:
    """Add to each line what is recorded of its period."""
    kept = {row.period: row for row in indicator.measurements.current()}
    for line in sheet.lines:
        line.kept = kept.get(line.period) if line.period else None


def tell(sheet: Sheet) -> None:
    """Say what is left alone and what is marked as provisional."""
    empty = sum(1 for line in sheet.lines if line.entry is None and not line.errors)
    if empty:
        sheet.notes.append(
            ngettext(
                "%(number)d row without a figure is left alone: empty is not zero.",
                "%(number)d rows without a figure are left alone: empty is not zero.",
                empty,
            )
            % {"number": empty}
        )
    if any(line.running and line.entry for line in sheet.lines):
        sheet.notes.append(_("The last period is not over: its value is marked as provisional."))
