"""The review clock: working days of the agency, urgent or not, stopped while returned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agencies.calendar import add_working_days, working_days_before, working_days_between
from agencies.models import Agency, Holiday
from lessons.handling import handle
from lessons.models import Lesson
from lessons.vocabulary import Priority, Status
from lessons.workflow import perform
from tests.cast import Cast, make_cast
from tests.factories import make_lesson

MONDAY = date(2026, 11, 2)
FRIDAY = date(2026, 11, 6)
SATURDAY = date(2026, 11, 7)
NEXT_MONDAY = date(2026, 11, 9)


@pytest.mark.parametrize(
    ("start", "days", "holidays", "expected"),
    [
        (MONDAY, 0, (), MONDAY),
        (MONDAY, 1, (), date(2026, 11, 3)),
        (MONDAY, 4, (), FRIDAY),
        (MONDAY, 5, (), NEXT_MONDAY),
        (FRIDAY, 1, (), NEXT_MONDAY),
        (SATURDAY, 1, (), NEXT_MONDAY),
        (FRIDAY, 1, (NEXT_MONDAY,), date(2026, 11, 10)),
        (MONDAY, 1, (SATURDAY,), date(2026, 11, 3)),
        (MONDAY, 30, (), date(2026, 12, 14)),
        (date(2026, 12, 23), 2, (date(2026, 12, 25),), date(2026, 12, 28)),
    ],
)
def test_adding_working_days(
    start: date, days: int, holidays: tuple[date, ...], expected: date
) -> None:
    assert add_working_days(start, days, holidays) == expected


@pytest.mark.parametrize("end", [date(2026, 11, 12), date(2026, 11, 13), date(2026, 11, 15)])
@pytest.mark.parametrize("days", [0, 1, 4, 5, 30])
@pytest.mark.parametrize("holidays", [(), (NEXT_MONDAY,)])
def test_looking_back_over_working_days(end: date, days: int, holidays: tuple[date, ...]) -> None:
    """The latest day that is so many working days ago, by the count of those in between."""
    start = working_days_before(end, days, holidays)
    assert working_days_between(start, end, holidays) == days
    later = start + timedelta(days=1)
    assert days == 0 or working_days_between(later, end, holidays) < days


@pytest.mark.parametrize(
    ("start", "end", "holidays", "expected"),
    [
        (MONDAY, MONDAY, (), 0),
        (MONDAY, FRIDAY, (), 4),
        (MONDAY, NEXT_MONDAY, (), 5),
        (FRIDAY, SATURDAY, (), 0),
        (MONDAY, FRIDAY, (date(2026, 11, 4),), 3),
        (NEXT_MONDAY, MONDAY, (), -5),
    ],
)
def test_counting_working_days(
    start: date, end: date, holidays: tuple[date, ...], expected: int
) -> None:
    assert working_days_between(start, end, holidays) == expected


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def at(day: int, hour: int = 10, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def submitted(cast: Cast, when: datetime, **fields: Any) -> Lesson:
    lesson = make_lesson(by=cast.originator, **fields)
    perform(lesson, "submit", by=cast.originator, given={"clean": True}, at=when)
    return lesson


@pytest.mark.parametrize(
    ("priority", "due"),
    [
        (Priority.INFORMATION, date(2026, 12, 14)),
        (Priority.CAUTION, date(2026, 12, 14)),
        (Priority.URGENT, date(2026, 11, 16)),
    ],
)
def test_a_review_takes_thirty_working_days_or_ten(
    priority: Priority, due: date, cast: Cast, db: None
) -> None:
    assert submitted(cast, at(2), priority=priority).review_due_on == due


def test_lengths_are_settings_of_the_agency(cast: Cast, db: None) -> None:
    Agency.objects.filter(pk=cast.agency.pk).update(review_days=3, urgent_review_days=1)
    assert submitted(cast, at(2)).review_due_on == date(2026, 11, 5)
    assert submitted(cast, at(2), priority=Priority.URGENT).review_due_on == date(2026, 11, 3)


def test_holidays_of_the_agency_do_not_count(cast: Cast, db: None) -> None:
    Holiday.objects.create(agency=cast.agency, day=date(2026, 11, 9))
    Holiday.objects.create(agency=cast.partner_agency, day=date(2026, 11, 10))
    assert submitted(cast, at(2), priority=Priority.URGENT).review_due_on == date(2026, 11, 17)


def test_days_are_counted_where_the_agency_is(cast: Cast, db: None) -> None:
    Agency.objects.filter(pk=cast.agency.pk).update(time_zone="Pacific/Auckland")
    lesson = submitted(cast, at(2, hour=20), priority=Priority.URGENT)  # Tuesday in Auckland
    assert (lesson.submitted_on, lesson.review_due_on) == (date(2026, 11, 3), date(2026, 11, 17))


def test_the_clock_stops_while_returned_and_goes_on_with_the_days_left(
    cast: Cast, db: None
) -> None:
    lesson = submitted(cast, at(2), priority=Priority.URGENT)
    perform(lesson, "take", by=cast.reviewer, at=at(3))
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which boat?"}, at=at(5))
    assert (lesson.review_due_on, lesson.review_days_left) == (None, 7)
    perform(lesson, "submit", by=cast.originator, given={"clean": True}, at=at(26))
    assert (lesson.review_due_on, lesson.review_days_left) == (date(2026, 12, 7), None)
    assert (lesson.reviewer, lesson.submitted_on) == (cast.reviewer, date(2026, 11, 2))


def test_a_review_returned_late_is_due_at_once_when_answered(cast: Cast, db: None) -> None:
    lesson = submitted(cast, at(2), priority=Priority.URGENT)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which boat?"}, at=at(20))
    assert lesson.review_days_left == -4
    perform(lesson, "submit", by=cast.originator, given={"clean": True}, at=at(23))
    assert lesson.review_due_on == date(2026, 11, 23)


def test_taking_back_keeps_the_days_left_and_appealing_starts_anew(cast: Cast, db: None) -> None:
    lesson = submitted(cast, at(2), priority=Priority.URGENT)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which boat?"}, at=at(5))
    perform(lesson, "submit", by=cast.originator, given={"clean": True}, at=at(6))
    perform(lesson, "withdraw", by=cast.originator, at=at(6))
    assert (lesson.review_due_on, lesson.review_days_left, lesson.reviewer) == (None, 7, None)
    perform(lesson, "submit", by=cast.originator, given={"clean": True}, at=at(9))
    assert lesson.review_due_on == date(2026, 11, 18)
    perform(lesson, "reject", by=cast.reviewer, given={"comment": "Known."}, at=at(10))
    assert Lesson.objects.get(pk=lesson.pk).review_due_on is None
    perform(lesson, "appeal", by=cast.originator, given={"comment": "Not by us."}, at=at(16))
    assert lesson.review_due_on == date(2026, 11, 30)


def test_a_review_is_overdue_the_day_after_it_was_due(cast: Cast, db: None) -> None:
    today = date.today()
    for day, late in ((date(2020, 1, 1), True), (today, False)):
        lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED, review_due_on=day)
        assert lesson.review_is_overdue is late
    published = make_lesson(by=cast.originator, status=Status.NOTED, review_due_on=date(2020, 1, 1))
    assert published.review_is_overdue is False


def test_a_lesson_made_urgent_while_it_waits_is_due_sooner(cast: Cast, db: None) -> None:
    lesson = submitted(cast, at(2))
    handle(lesson, by=cast.reviewer, given={"priority": Priority.URGENT}, at=at(3))
    assert lesson.review_due_on == date(2026, 11, 17)
    handle(lesson, by=cast.reviewer, given={"priority": Priority.INFORMATION}, at=at(4))
    assert lesson.review_due_on == date(2026, 11, 17)
