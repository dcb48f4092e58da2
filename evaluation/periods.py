"""What the periods of a series are called, and which of them stand on one page."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from evaluation.series import Step

PARTS = {Step.QUARTER: 3, Step.HALF_YEAR: 6}


def label(step: str, first: date, first_month: int = 1) -> str:
    """What a period is called: ``Mar 2024``, ``Q1 2024``, ``2023/24``, ``week of 4 Mar 2024``.

    A fiscal year is called by both calendar years that it reaches into.
    """
    if step == Step.DAY:
        return date_format(first, "j M Y")
    if step == Step.WEEK:
        return _("week of %(day)s") % {"day": date_format(first, "j M Y")}
    if step == Step.MONTH:
        return date_format(first, "M Y")
    year = Step.YEAR.start(first, first_month).year
    named = str(year) if first_month == 1 else f"{year}/{(year + 1) % 100:02d}"
    if step == Step.YEAR:
        return named
    number = (first.month - first_month) % 12 // PARTS[Step(step)] + 1
    words = _("Q%(number)d %(year)s") if step == Step.QUARTER else _("H%(number)d %(year)s")
    return words % {"number": number, "year": named}


def page_of(step: str, day: date) -> tuple[date, date]:
    """The first and last day of what one page of the grid shows around ``day``.

    A month of days, a year of weeks or months, ten years of anything longer.
    """
    if step == Step.DAY:
        first = day.replace(day=1)
        return first, Step.MONTH.last_day(first)
    if step in (Step.WEEK, Step.MONTH):
        return date(day.year, 1, 1), date(day.year, 12, 31)
    decade = day.year // 10 * 10
    return date(decade, 1, 1), date(decade + 9, 12, 31)
