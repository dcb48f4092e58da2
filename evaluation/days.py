"""Periods as people write them: months by name, quarters, weeks, fiscal years, and dates in any order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _

from evaluation.series import Step
from records.choices import folded

LONGEST = 40
LANGUAGES = ("en", "es", "fr", "pt", "it", "de")
"""Languages in which months are understood."""
EXCEL_DAY_0 = date(1899, 12, 30)
"""Spreadsheets count days from here, with a 29 February 1900 that never was."""
PIVOT = 70
"""A year of two digits from here on is one of the 1900s."""


class NoPeriodError(Exception):
    """A text names no period of the series; the message says why, in words."""


@dataclass(frozen=True)
class Named:
    """What a text names: the first day of a stretch of time and how long it is.

    ``other`` is the day that is meant if the month stands first, in a date that leaves it open.
    ``month_first`` is what a date in figures alone tells: ``None`` where it leaves it open, and of
    what is no such date.
    """

    step: Step
    day: date
    other: date | None = None
    month_first: bool | None = None


@cache
def months() -> dict[str, int]:
    """Names of months and their short forms, folded, in ``LANGUAGES``."""
    found: dict[str, int] = {}
    for language in LANGUAGES:
        with translation.override(language):
            for names in (MONTHS, MONTHS_3):
                for number, name in names.items():
                    found.setdefault(folded(str(name)).rstrip("."), number)
    return found | {"sept": 9}


def year_of(text: str) -> int:
    number = int(text)
    return number if len(text) == 4 else number + (1900 if number >= PIVOT else 2000)


Y, YY = r"(?P<y>[12]\d{3})", r"(?P<y>[12]\d{3}|\d{2})"
SEP = r"[-/. ]+"
Parts = re.Match[str]


def month(found: Parts, first_month: int) -> Named | None:
    return of_month(year_of(found["y"]), int(found["m"]))


def of_month(year: int, number: int) -> Named | None:
    return Named(Step.MONTH, date(year, number, 1)) if 1 <= number <= 12 else None


def named_month(found: Parts, first_month: int) -> Named | None:
    number = months().get(found["name"].rstrip("."))
    return of_month(year_of(found["y"]), number) if number else None


def named_day(found: Parts, first_month: int) -> Named | None:
    number = months().get(found["name"].rstrip("."))
    return on_day(year_of(found["y"]), number or 0, int(found["d"]))


def on_day(year: int, number: int, day: int) -> Named | None:
    try:
        return Named(Step.DAY, date(year, number, day))
    except ValueError:
        return None


def iso_day(found: Parts, first_month: int) -> Named | None:
    return on_day(int(found["y"]), int(found["m"]), int(found["d"]))


def open_day(found: Parts, first_month: int) -> Named | None:
    year, first, second = year_of(found["y"]), int(found["a"]), int(found["b"])
    european, american = on_day(year, second, first), on_day(year, first, second)
    if european and american:
        return Named(Step.DAY, european.day, None if first == second else american.day)
    clear = european or american
    return replace(clear, month_first=european is None) if clear else None


def quarter(found: Parts, first_month: int) -> Named | None:
    return part(found, first_month, Step.QUARTER)


def half(found: Parts, first_month: int) -> Named | None:
    return part(found, first_month, Step.HALF_YEAR)


def part(found: Parts, first_month: int, step: Step) -> Named | None:
    """A quarter or half of the year that is called by the calendar year in which it ends."""
    number = int(found["n"])
    if not 1 <= number <= Step.YEAR.months // step.months:
        return None
    return Named(step, step.plus(year_ending_in(year_of(found["y"]), first_month), number - 1))


def week(found: Parts, first_month: int) -> Named | None:
    try:
        return Named(Step.WEEK, date.fromisocalendar(int(found["y"]), int(found["n"]), 1))
    except ValueError:
        return None


def year(found: Parts, first_month: int) -> Named | None:
    return Named(Step.YEAR, year_ending_in(year_of(found["y"]), first_month))


def two_years(found: Parts, first_month: int) -> Named | None:
    """A year that is not the calendar's is called by both that it reaches into."""
    begins, ends = int(found["y"]), year_of(found["z"])
    if first_month == 1 or ends % 100 != (begins + 1) % 100:
        return None
    return Named(Step.YEAR, date(begins, first_month, 1))


def year_ending_in(number: int, first_month: int) -> date:
    """The first day of the year that is called by the calendar year in which it ends."""
    return date(number if first_month == 1 else number - 1, first_month, 1)


def serial(found: Parts, first_month: int) -> Named | None:
    return Named(Step.DAY, EXCEL_DAY_0 + timedelta(days=int(found["n"])))


READERS: tuple[tuple[re.Pattern[str], Callable[[Parts, int], Named | None]], ...] = tuple(
    (re.compile(rf"^{pattern}$"), reader)
    for pattern, reader in (
        (rf"{Y}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:[t ]00:00(?::00)?)?", iso_day),
        (rf"(?P<a>\d{{1,2}})[-/. ](?P<b>\d{{1,2}})[-/. ]{YY}(?: 00:00(?::00)?)?", open_day),
        (
            rf"(?P<d>\d{{1,2}})\.?(?:{SEP}|\s*de\s*)(?P<name>[^\W\d]+\.?)(?:{SEP}|\s*de\s*){YY}",
            named_day,
        ),
        (rf"(?P<name>[^\W\d]+\.?) (?P<d>\d{{1,2}}),? {Y}", named_day),
        (rf"(?:fy|fiscal year)?\s*{Y}[-/](?P<z>\d{{4}})", two_years),
        (rf"{Y}[-/.](?P<m>0\d|1[012])", month),
        (rf"(?P<m>\d{{1,2}})[-/.]{Y}", month),
        (rf"(?P<name>[^\W\d]+\.?)(?:{SEP}|\s*de\s*|\s*')?{YY}", named_month),
        (rf"{Y}{SEP}(?P<name>[^\W\d]+\.?)", named_month),
        (rf"[qt](?P<n>\d)(?:{SEP})?(?:fy)?{YY}", quarter),
        (rf"(?P<n>\d)[qt](?:{SEP})?{YY}", quarter),
        (rf"(?:fy)?{Y}(?:{SEP})?[qt](?P<n>\d)", quarter),
        (rf"[hs](?P<n>[12])(?:{SEP})?{YY}", half),
        (rf"{Y}(?:{SEP})?[hs](?P<n>[12])", half),
        (rf"{Y}(?:{SEP})?w(?P<n>\d{{1,2}})", week),
        (rf"(?:w|week|week of)\s*(?P<n>\d{{1,2}}){SEP}{Y}", week),
        (rf"(?:fy|fiscal year)?\s*{Y}[-/](?P<z>\d{{2}})", two_years),
        (rf"(?:fy|fiscal year)?\s*{Y}", year),
        (r"fy\s*(?P<y>\d{2})", year),
        (r"(?P<n>[2-7]\d{4})(?:[.,]0+)?", serial),
    )
)


def read(text: str, step: Step, first_month: int = 1) -> Named:
    """What ``text`` names; where it can name several, what goes by ``step``.

    A year that is not the calendar's is called by the calendar year in which it ends. Raises
    ``NoPeriodError``.
    """
    plain = folded(" ".join(text.split()))
    found: list[Named] = []
    if len(plain) <= LONGEST:
        plain = plain.removeprefix("week of ")
        matches = ((pattern.match(plain), reader) for pattern, reader in READERS)
        named = (reader(match, first_month) for match, reader in matches if match)
        found = [one for one in named if one is not None]
    if not found:
        raise NoPeriodError(_("This is no period that can be read; write it like 2026-03."))
    return next((one for one in found if one.step == step), found[0])


def period_of(named: Named, step: Step, first_month: int, *, month_first: bool = False) -> date:
    """The first day of the period of ``step`` that ``named`` is or is a day of.

    Raises ``NoPeriodError``.
    """
    if named.step not in (step, Step.DAY):
        raise NoPeriodError(
            _("This is a %(named)s; the indicator goes by %(step)s.")
            % {"named": named.step.label.lower(), "step": step.label.lower()}
        )
    day = named.other if month_first and named.other else named.day
    return step.start(day, first_month)


def months_stand_first(dates: Sequence[Named], step: Step, first_month: int) -> bool | None:
    """Whether the month stands first in dates; ``None`` where both orders make as good a series.

    What leaves no choice decides; else the order that makes more different periods.
    """
    unclear = [one for one in dates if one.other is not None]
    told = {one.month_first for one in dates} - {None}
    if not unclear:
        return False
    if len(told) == 1:
        return told.pop()
    european = {step.start(one.day, first_month) for one in unclear}
    american = {step.start(one.other or one.day, first_month) for one in unclear}
    if len(european) == len(american):
        return None
    return len(american) > len(european)
