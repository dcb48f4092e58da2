"""Series of measurements: values of an indicator, period by period.

Plain data, without a database: what a page, an import and the worker hand to each other. A period
is named by its first day. A period without a value is a gap, never a zero: the two mean different
things ("nothing was reported", "nothing happened"), and only the source knows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MONTHS_OF_YEAR = 12
MONDAY_OF_OLD = date(1, 1, 1)
"""The first Monday of the calendar; weeks are counted from it (ISO 8601: they begin on Monday)."""


class Measure(TextChoices):
    """What a value is. It decides which methods compare two of them."""

    COUNT = "count", _("Count")
    """How often something happened in the period: a whole number."""
    PROPORTION = "proportion", _("Share")
    """How many of how many: numerator and denominator, both whole numbers. A percentage whose
    parts are not known is an amount."""
    DURATION = "duration", _("Time taken")
    """How long something took in the period, as a mean or median, in the unit of the series."""
    AMOUNT = "amount", _("Amount")
    """Any other number: a cost, a score, an index, a published percentage."""


class Better(TextChoices):
    """Which way an indicator should move."""

    UP = "up", _("Higher is better")
    DOWN = "down", _("Lower is better")


class Quality(TextChoices):
    """How settled a value is."""

    FINAL = "final", pgettext_lazy("figure", "Final")
    PROVISIONAL = "provisional", pgettext_lazy("figure", "Provisional")
    ESTIMATED = "estimated", pgettext_lazy("figure", "Estimated")


class Step(TextChoices):
    """The length of the periods, with their arithmetic.

    ``first_month`` is the month with which the year begins, 10 for the fiscal year of the United
    States; quarters, half-years and years are counted from it.
    """

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    HALF_YEAR = "half_year", _("Half-year")
    YEAR = "year", _("Year")

    @property
    def months(self) -> int:
        """How many months a period has; 0 for days and weeks."""
        return {Step.MONTH: 1, Step.QUARTER: 3, Step.HALF_YEAR: 6, Step.YEAR: 12}.get(self, 0)

    @property
    def in_a_year(self) -> int:
        """How many periods make a year, after which the seasons repeat.

        For days 364: 52 whole weeks, so that the days of the week stay on their places.
        """
        if self.months:
            return MONTHS_OF_YEAR // self.months
        return 364 if self == Step.DAY else 52

    def start(self, day: date, first_month: int = 1) -> date:
        """Return the first day of the period that holds ``day``."""
        if self == Step.DAY:
            return day
        if self == Step.WEEK:
            return day - timedelta(days=day.weekday())
        since = (day.year * MONTHS_OF_YEAR + day.month - first_month) // self.months * self.months
        return first_of_month(since + first_month - 1)

    def plus(self, start: date, periods: int) -> date:
        """Return the first day of the period that many after (or before) the one at ``start``."""
        if self == Step.DAY:
            return start + timedelta(days=periods)
        if self == Step.WEEK:
            return start + timedelta(weeks=periods)
        return first_of_month(start.year * MONTHS_OF_YEAR + start.month - 1 + periods * self.months)

    def following(self, start: date) -> date:
        """Return the first day of the next period."""
        return self.plus(start, 1)

    def last_day(self, start: date) -> date:
        """Return the last day of the period that begins at ``start``."""
        return self.following(start) - timedelta(days=1)

    def days(self, start: date) -> int:
        """How many days the period that begins at ``start`` has."""
        return (self.following(start) - start).days

    def number(self, start: date) -> int:
        """Number the periods through, so that neighbors differ by 1."""
        if self == Step.DAY:
            return start.toordinal()
        if self == Step.WEEK:
            return (start - MONDAY_OF_OLD).days // 7
        return (start.year * MONTHS_OF_YEAR + start.month - 1) // self.months

    def between(self, start: date, other: date) -> int:
        """How many periods ``other`` lies after ``start``; both are first days of periods."""
        return self.number(other) - self.number(start)

    def season(self, start: date) -> int:
        """The place of a period in the year, from 0: the same for a month in every year.

        Days and weeks are placed in a year of 52 weeks that drifts by a day or two a year.
        """
        return self.number(start) % self.in_a_year

    def is_start(self, day: date, first_month: int = 1) -> bool:
        return self.start(day, first_month) == day


def first_of_month(months: int) -> date:
    """Return the first day of a month, counted in months since the year 0."""
    return date(months // MONTHS_OF_YEAR, months % MONTHS_OF_YEAR + 1, 1)


@dataclass(frozen=True, slots=True)
class Point:
    """What is known of one period.

    ``value`` of a count, time or amount; ``numerator`` of ``denominator`` of a proportion. All
    ``None``: a gap.
    """

    start: date
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    quality: str = Quality.FINAL

    @property
    def is_gap(self) -> bool:
        """Nothing is known; of none, no share can be told."""
        return self.value is None and not self.denominator

    @property
    def height(self) -> float | None:
        """The value to draw: of a proportion the share, from 0 to 1; ``None`` for a gap."""
        if self.denominator:
            return (self.numerator or 0) / self.denominator
        return self.value


@dataclass(frozen=True, slots=True)
class Break:
    """From ``day`` on the series counts something else: a new definition, source or method."""

    day: date
    note: str = ""


@dataclass(frozen=True)
class Series:
    """The values of one indicator, in order of time.

    ``until`` is the last day of which the source knows: a period that ends later is not over, and
    no method compares it with whole ones. ``None``: all periods are whole. ``first_month``: see
    ``Step``.

    Raises ``ValueError`` with a message for a person when the points contradict the measure, the
    step or each other.
    """

    name: str
    unit: str
    measure: Measure
    step: Step
    points: tuple[Point, ...] = ()
    breaks: tuple[Break, ...] = ()
    until: date | None = None
    first_month: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", Measure(self.measure))
        object.__setattr__(self, "step", Step(self.step))
        object.__setattr__(self, "points", tuple(sorted(self.points, key=lambda p: p.start)))
        object.__setattr__(self, "breaks", tuple(sorted(self.breaks, key=lambda b: b.day)))
        seen: set[date] = set()
        for point in self.points:
            if error := self.fault(point):
                raise ValueError(f"{point.start}: {error}")
            if point.start in seen:
                raise ValueError(f"{point.start}: {_('This period is there twice.')}")
            seen.add(point.start)

    def fault(self, point: Point) -> str:
        """What is wrong with a point, in words; empty if nothing is."""
        if not self.step.is_start(point.start, self.first_month):
            return str(_("This is not the first day of a period."))
        if point.quality not in Quality.values:
            return str(_("There is no such quality."))
        if self.measure == Measure.PROPORTION:
            return fault_of_share(point)
        return fault_of_value(point, self.measure)

    @property
    def first(self) -> date | None:
        """The first period with a value."""
        return next((point.start for point in self.points if not point.is_gap), None)

    @property
    def last(self) -> date | None:
        """The last period with a value."""
        return next((point.start for point in reversed(self.points) if not point.is_gap), None)

    def is_whole(self, point: Point) -> bool:
        """The period is over, as far as the source knows."""
        return self.until is None or self.step.last_day(point.start) <= self.until

    def along(self) -> Iterator[Point]:
        """Every period from the first point to the last, those that nobody entered as gaps."""
        due: date | None = None
        for point in self.points:
            while due is not None and due < point.start:
                yield Point(due)
                due = self.step.following(due)
            yield point
            due = self.step.following(point.start)

    def plain(self) -> dict[str, Any]:
        """Return the series as JSON holds it; ``series_from`` reads it back."""
        return {
            "name": self.name,
            "unit": self.unit,
            "measure": str(self.measure),
            "step": str(self.step),
            "first_month": self.first_month,
            "until": self.until.isoformat() if self.until else None,
            "points": [
                [
                    point.start.isoformat(),
                    point.value,
                    point.numerator,
                    point.denominator,
                    str(point.quality),
                ]
                for point in self.points
            ],
            "breaks": [[jump.day.isoformat(), jump.note] for jump in self.breaks],
        }


def series_from(plain: dict[str, Any]) -> Series:
    """Read what ``Series.plain`` wrote."""
    return Series(
        name=plain["name"],
        unit=plain["unit"],
        measure=Measure(plain["measure"]),
        step=Step(plain["step"]),
        first_month=plain["first_month"],
        until=date.fromisoformat(plain["until"]) if plain["until"] else None,
        points=tuple(
            Point(date.fromisoformat(start), value, numerator, denominator, quality)
            for start, value, numerator, denominator, quality in plain["points"]
        ),
        breaks=tuple(Break(date.fromisoformat(day), note) for day, note in plain["breaks"]),
    )


def fault_of_share(point: Point) -> str:
    if point.value is not None:
        return str(_("A share is given as a number of a number."))
    if (point.numerator is None) != (point.denominator is None):
        return str(_("Both numbers of a share are needed, or none."))
    if point.numerator is None or point.denominator is None:
        return ""
    if not 0 <= point.numerator <= point.denominator:
        return str(_("The first number of a share lies between 0 and the second."))
    return ""


def fault_of_value(point: Point, measure: Measure) -> str:
    if point.numerator is not None or point.denominator is not None:
        return str(_("Only a share has two numbers."))
    if point.value is None:
        return ""
    if not isfinite(point.value):
        return str(_("This is not a number."))
    if measure == Measure.COUNT and (point.value < 0 or point.value != int(point.value)):
        return str(_("A count is a whole number, 0 or more."))
    if measure == Measure.DURATION and point.value < 0:
        return str(_("A time is 0 or more."))
    return ""


def uncumulated(totals: Iterable[tuple[date, float | None]], step: Step) -> list[Point]:
    """Turn totals that begin anew every January into what each period added.

    A period without a total is a gap, and so is the next one, whose own share nobody can tell from
    that of the missing one; unless it begins the year. A total below the one before it has been
    revised: what the period added would be negative, so it is a gap too.
    """
    points: list[Point] = []
    before: tuple[date, float] | None = None
    for start, total in sorted(totals, key=lambda item: item[0]):
        base: float | None = 0 if begins_a_year(start, step) else None
        if before and base is None and step.following(before[0]) == start:
            base = before[1]
        added = None if total is None or base is None else total - base
        points.append(Point(start, added if added is not None and added >= 0 else None))
        before = None if total is None else (start, total)
    return points


def begins_a_year(start: date, step: Step) -> bool:
    """The period is the first one that begins in its year."""
    return step.plus(start, -1).year < start.year
