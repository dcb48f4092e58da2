"""Days that stand for a month or a year, where a source knows no more."""

from __future__ import annotations

import calendar
from datetime import date

from records.vocabulary import Precision


def first_day(day: date, precision: str) -> date:
    """The first day of the month or year that ``day`` is in, by how much of it is known."""
    if precision == Precision.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == Precision.MONTH else day


def last_day(day: date, precision: str) -> date:
    """The last day of the month or year that ``day`` is in, by how much of it is known."""
    if precision == Precision.YEAR:
        return day.replace(month=12, day=31)
    if precision == Precision.MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day
