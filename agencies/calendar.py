"""Working days: Monday to Friday less an agency's holidays."""

from collections.abc import Collection
from datetime import date, timedelta

FRIDAY = 4


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() <= FRIDAY and day not in holidays


def add_working_days(start: date, days: int, holidays: Collection[date] = ()) -> date:
    """The ``days``-th working day after ``start``; ``start`` itself for zero days or fewer."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day, holidays):
            days -= 1
    return day


def working_days_between(start: date, end: date, holidays: Collection[date] = ()) -> int:
    """How many working days lie after ``start`` up to and including ``end``; negative when late."""
    if end < start:
        return -working_days_between(end, start, holidays)
    free = sum(start < day <= end and day.weekday() <= FRIDAY for day in set(holidays))
    return _weekdays_until(end) - _weekdays_until(start) - free


def _weekdays_until(day: date) -> int:
    """Mondays to Fridays from the first day of the calendar, which is a Monday, to ``day``."""
    weeks, days = divmod(day.toordinal(), 7)
    return 5 * weeks + min(days, 5)


def working_days_before(end: date, days: int, holidays: Collection[date] = ()) -> date:
    """The latest day from which ``days`` working days have passed by ``end``."""
    day = end
    while days > 0:
        days -= is_working_day(day, holidays)
        day -= timedelta(days=1)
    return day
