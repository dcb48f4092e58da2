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
    span = (end - start).days
    return sum(is_working_day(start + timedelta(days=n), holidays) for n in range(1, span + 1))


def working_days_before(end: date, days: int, holidays: Collection[date] = ()) -> date:
    """The latest day from which ``days`` working days have passed by ``end``."""
    day = end
    while days > 0:
        days -= is_working_day(day, holidays)
        day -= timedelta(days=1)
    return day
