"""Series: the arithmetic of periods, gaps that are no zeros, what a point may say, JSON."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.series import (
    Break,
    Measure,
    Point,
    Quality,
    Series,
    Step,
    series_from,
    uncumulated,
)
from tests.evaluation.real import border_patrol, printed_total, small_boats, small_boats_as_listed

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
STEPS = st.sampled_from(list(Step))
FIRST_MONTHS = st.integers(1, 12)


# --- Periods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "first_month", "start", "last", "days", "season"),
    [
        (Step.DAY, 1, date(2026, 8, 20), date(2026, 8, 20), 1, None),
        (Step.WEEK, 1, date(2026, 8, 17), date(2026, 8, 23), 7, None),
        (Step.MONTH, 1, date(2026, 8, 1), date(2026, 8, 31), 31, 7),
        (Step.QUARTER, 1, date(2026, 7, 1), date(2026, 9, 30), 92, 2),
        (Step.QUARTER, 2, date(2026, 8, 1), date(2026, 10, 31), 92, 2),
        (Step.HALF_YEAR, 1, date(2026, 7, 1), date(2026, 12, 31), 184, 1),
        (Step.HALF_YEAR, 10, date(2026, 4, 1), date(2026, 9, 30), 183, 0),
        (Step.YEAR, 1, date(2026, 1, 1), date(2026, 12, 31), 365, 0),
        (Step.YEAR, 10, date(2025, 10, 1), date(2026, 9, 30), 365, 0),
    ],
)
def test_the_period_of_a_day(
    step: Step, first_month: int, start: date, last: date, days: int, season: int | None
) -> None:
    day = date(2026, 8, 20)
    assert step.start(day, first_month) == start
    assert step.last_day(start) == last
    assert step.days(start) == days
    assert season is None or step.season(start) == season


@given(STEPS, DAYS, FIRST_MONTHS, st.integers(-200, 200))
def test_periods_follow_each_other_without_hole_or_overlap(
    step: Step, day: date, first_month: int, number: int
) -> None:
    start = step.start(day, first_month)
    assert start <= day <= step.last_day(start)
    assert step.start(step.last_day(start), first_month) == start
    assert step.last_day(start) + timedelta(days=1) == step.following(start)
    other = step.plus(start, number)
    assert step.is_start(other, first_month)
    assert step.between(start, other) == number
    assert step.plus(other, -number) == start


@given(STEPS, DAYS, FIRST_MONTHS)
def test_the_same_season_comes_back_after_a_year(step: Step, day: date, first_month: int) -> None:
    start = step.start(day, first_month)
    year = [step.plus(start, number) for number in range(step.in_a_year)]
    assert sorted(map(step.season, year)) == list(range(step.in_a_year))
    assert step.season(step.plus(start, step.in_a_year)) == step.season(start)
    if step == Step.DAY:
        assert step.plus(start, step.in_a_year).weekday() == start.weekday()


# --- Points -----------------------------------------------------------------------------------


def series(measure: Measure, *points: Point, step: Step = Step.MONTH) -> Series:
    return Series("Incidents", "incidents", measure, step, points)


@pytest.mark.parametrize(
    ("measure", "point", "says"),
    [
        (Measure.COUNT, Point(date(2026, 1, 2), 1), "not the first day"),
        (Measure.COUNT, Point(date(2026, 1, 1), 1.5), "whole number"),
        (Measure.COUNT, Point(date(2026, 1, 1), -1), "whole number"),
        (Measure.AMOUNT, Point(date(2026, 1, 1), float("nan")), "not a number"),
        (Measure.AMOUNT, Point(date(2026, 1, 1), float("inf")), "not a number"),
        (Measure.DURATION, Point(date(2026, 1, 1), -0.5), "0 or more"),
        (Measure.COUNT, Point(date(2026, 1, 1), None, 1, 2), "Only a share"),
        (Measure.PROPORTION, Point(date(2026, 1, 1), 0.5), "number of a number"),
        (Measure.PROPORTION, Point(date(2026, 1, 1), None, 1), "Both numbers"),
        (Measure.PROPORTION, Point(date(2026, 1, 1), None, 3, 2), "between 0 and the second"),
        (Measure.PROPORTION, Point(date(2026, 1, 1), None, -1, 2), "between 0 and the second"),
        (Measure.COUNT, Point(date(2026, 1, 1), 1, quality="guessed"), "no such quality"),
    ],
)
def test_a_point_that_contradicts_itself_is_refused(
    measure: Measure, point: Point, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        series(measure, point)


def test_a_period_may_be_there_once_only() -> None:
    with pytest.raises(ValueError, match="twice"):
        series(Measure.COUNT, Point(date(2026, 1, 1), 1), Point(date(2026, 1, 1), 2))


def test_nothing_reported_is_not_nothing_happened() -> None:
    gap, zero = Point(date(2026, 1, 1)), Point(date(2026, 2, 1), 0)
    assert gap.is_gap
    assert gap.height is None
    assert not zero.is_gap
    assert zero.height == 0
    assert Point(date(2026, 1, 1), None, 0, 0).is_gap
    assert Point(date(2026, 1, 1), None, 0, 5).height == 0
    with_both = series(Measure.COUNT, zero, gap)
    assert (with_both.first, with_both.last) == (date(2026, 2, 1), date(2026, 2, 1))


def test_what_nobody_entered_is_a_gap_along_the_way() -> None:
    held = series(Measure.COUNT, Point(date(2026, 4, 1), 4), Point(date(2026, 1, 1), 1))
    assert [(point.start.month, point.value) for point in held.along()] == [
        (1, 1),
        (2, None),
        (3, None),
        (4, 4),
    ]


def test_a_period_is_whole_once_the_source_reaches_its_end() -> None:
    august = Point(date(2026, 8, 1), 7)
    for until, whole in ((None, True), (date(2026, 8, 30), False), (date(2026, 8, 31), True)):
        held = Series("a", "", Measure.COUNT, Step.MONTH, (august,), until=until)
        assert held.is_whole(august) is whole


@given(st.data(), STEPS, DAYS, st.sampled_from(list(Measure)))
def test_a_series_comes_back_from_json_as_it_was(
    data: st.DataObject, step: Step, day: date, measure: Measure
) -> None:
    start = step.start(day)
    values = data.draw(st.lists(st.none() | st.integers(0, 10**9), max_size=12))
    points = []
    for number, value in enumerate(values):
        quality = data.draw(st.sampled_from(Quality.values))
        parts = (None, value, value) if measure == Measure.PROPORTION else (value, None, None)
        points.append(Point(step.plus(start, number), *parts, quality))
    jumps = (Break(day, "new definition"),)
    held = Series("Ümlaut <b>", "€", measure, step, tuple(points), jumps, day)
    assert series_from(json.loads(json.dumps(held.plain()))) == held


# --- Cumulative totals ------------------------------------------------------------------------


def test_cumulative_totals_begin_anew_each_year() -> None:
    totals = [
        (date(2025, 11, 1), 90.0),
        (date(2025, 12, 1), 100.0),
        (date(2026, 1, 1), 7.0),
        (date(2026, 2, 1), 7.0),
    ]
    added = [point.value for point in uncumulated(totals, Step.MONTH)]
    assert added == [None, 10, 7, 0]  # what was added in November alone nobody knows


def test_a_missing_or_revised_total_leaves_a_gap_not_a_wrong_number() -> None:
    totals: list[tuple[date, float | None]] = [
        (date(2026, 1, 1), 10),
        (date(2026, 2, 1), None),
        (date(2026, 3, 1), 30),
        (date(2026, 4, 1), 25),
        (date(2026, 6, 1), 40),
    ]
    added = [point.value for point in uncumulated(totals, Step.MONTH)]
    assert added == [10, None, None, None, None]


# --- Real files -------------------------------------------------------------------------------


def test_empty_months_of_the_channel_are_zeros_because_the_total_stands_still() -> None:
    listed = small_boats_as_listed()
    held = {point.start: point.value for point in small_boats().points}
    empty = [day for day, cell in listed.items() if not cell]
    assert [day.month for day in empty] == [2, 3, 4, 5, 7]
    assert {held[day] for day in empty} == {0}
    assert all(held[day] == int(cell) for day, cell in listed.items() if cell)


def test_the_last_month_of_the_channel_is_not_whole() -> None:
    boats = small_boats()
    assert [point.start for point in boats.points if not boats.is_whole(point)] == [
        date(2026, 8, 1)
    ]


def test_fiscal_years_begin_in_october() -> None:
    southwest = border_patrol("southwest_border")
    assert southwest.points[0].start == date(1999, 10, 1)
    assert len(southwest.points) == 21 * 12 == len(list(southwest.along()))
    *months, total = printed_total("Southwest Border")
    fiscal = [point for point in southwest.points if Step.YEAR.start(point.start, 10).year == 2017]
    assert [point.value for point in fiscal] == months
    assert sum(months) == total == 396_579


def test_totals_are_not_added_to_their_parts() -> None:
    parts = [border_patrol(name) for name in ("coastal_border", "northern_border")]
    parts.append(border_patrol("southwest_border"))
    total = border_patrol("monthly_total")
    for index, point in enumerate(total.points):
        assert point.value == sum(part.points[index].value or 0 for part in parts)
