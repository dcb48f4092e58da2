"""Numbers and periods as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation import days, numbers, periods
from evaluation.days import NoPeriodError
from evaluation.numbers import NoNumberError, Sign
from evaluation.series import Step

# --- Numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("12", Sign.POINT, "12"),
        ("12", Sign.COMMA, "12"),
        ("1.5", Sign.POINT, "1.5"),
        ("1,5", Sign.COMMA, "1.5"),
        ("1,234.5", Sign.POINT, "1234.5"),
        ("1.234,5", Sign.COMMA, "1234.5"),
        ("1 234,5", Sign.COMMA, "1234.5"),
        ("1\u00a0234\u00a0567", Sign.POINT, "1234567"),
        ("1’234.5", Sign.POINT, "1234.5"),
        ("−3", Sign.POINT, "-3"),
        ("  7 minutes ", Sign.POINT, "7"),
        ("7 min", Sign.POINT, "7"),
        ("٣", Sign.POINT, "3"),
        ("7 min.", Sign.POINT, "7"),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, sign: Sign, value: str) -> None:
    assert numbers.value_of(numbers.read(text, "minutes"), sign) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("abc", "incidents", "not a number"),
        ("12 %", "incidents", "This is a percentage; the unit here is “incidents”."),
        ("3 h", "minutes", "This is in hours; the unit here is “minutes”."),
        ("€ 5", "incidents", "in euros"),
        ("12 apples", "incidents", "not a number"),
        ("1.2.3,4", "x", "not a number"),
        ("12,34.5", "x", "not a number"),
        ("1" * 80, "x", "too long"),
        ("²", "x", "not a number"),
    ],
)
def test_what_is_no_number_in_this_unit_is_refused(text: str, unit: str, words: str) -> None:
    with pytest.raises(NoNumberError, match=words.replace(".", r"\.").replace("(", r"\(")):
        numbers.value_of(numbers.read(text, unit), Sign.POINT)


def test_one_number_tells_how_the_others_are_written() -> None:
    both = [numbers.read(text, "x") for text in ("1.234", "0,5")]
    assert numbers.sign_of(both) == Sign.COMMA
    assert numbers.value_of(both[0], Sign.COMMA) == 1234


def test_what_no_number_tells_is_asked() -> None:
    alone = numbers.read("1.234", "x")
    assert numbers.sign_of([alone]) is None
    with pytest.raises(NoNumberError, match=r"1\.234 or 1234"):
        numbers.value_of(alone, None)


@pytest.mark.parametrize("text", ["0.125", "0,125", "-0.500"])
def test_no_mark_sets_thousands_apart_behind_a_zero(text: str) -> None:
    read = numbers.read(text, "x")
    assert abs(numbers.value_of(read, numbers.sign_of([read]))) < 1


def test_two_ways_of_writing_do_not_mix() -> None:
    written = [numbers.read(text, "x") for text in ("1.5", "2.5", "3,5")]
    sign = numbers.sign_of(written)
    assert sign == Sign.POINT
    with pytest.raises(NoNumberError, match="have a decimal point; this one has a comma"):
        numbers.value_of(written[2], sign)


def test_where_nothing_has_decimals_three_digits_are_thousands() -> None:
    for text in ("1.234", "1,234"):
        read = numbers.read(text, "x", whole=True)
        assert set(read.meanings.values()) == {Decimal(1234)}


@given(st.text(max_size=70))
def test_any_text_is_a_number_or_said_to_be_none(text: str) -> None:
    with suppress(NoNumberError):
        assert numbers.value_of(numbers.read(text, "x"), Sign.COMMA).is_finite()


@given(st.decimals(-(10**12), 10**12, places=3))
def test_every_number_is_read_as_written_in_either_way(value: Decimal) -> None:
    point = f"{value:,.3f}"
    comma = point.translate(str.maketrans(",.", ".,"))
    assert numbers.meant(point, Sign.POINT) == value
    assert numbers.meant(comma, Sign.COMMA) == value


# --- Periods -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "step", "day"),
    [
        ("2026-03", Step.MONTH, date(2026, 3, 1)),
        ("2026-03-17", Step.MONTH, date(2026, 3, 1)),
        ("2026-03-01 00:00:00", Step.MONTH, date(2026, 3, 1)),
        ("03/2026", Step.MONTH, date(2026, 3, 1)),
        ("3.2026", Step.MONTH, date(2026, 3, 1)),
        ("Mar 2026", Step.MONTH, date(2026, 3, 1)),
        ("March 2026", Step.MONTH, date(2026, 3, 1)),
        ("Mar-26", Step.MONTH, date(2026, 3, 1)),
        ("2026 march", Step.MONTH, date(2026, 3, 1)),
        ("marzo 2026", Step.MONTH, date(2026, 3, 1)),
        ("marzo de 2026", Step.MONTH, date(2026, 3, 1)),
        ("août 2025", Step.MONTH, date(2025, 8, 1)),
        ("März 2026", Step.MONTH, date(2026, 3, 1)),
        ("março 2026", Step.MONTH, date(2026, 3, 1)),
        ("31.12.2025", Step.MONTH, date(2025, 12, 1)),
        ("45292", Step.MONTH, date(2024, 1, 1)),
        ("17 March 2026", Step.DAY, date(2026, 3, 17)),
        ("March 17, 2026", Step.DAY, date(2026, 3, 17)),
        ("Q2 2026", Step.QUARTER, date(2026, 4, 1)),
        ("2026-Q2", Step.QUARTER, date(2026, 4, 1)),
        ("2T 2026", Step.QUARTER, date(2026, 4, 1)),
        ("H2 2026", Step.HALF_YEAR, date(2026, 7, 1)),
        ("2026-W05", Step.WEEK, date(2026, 1, 26)),
        ("2026", Step.YEAR, date(2026, 1, 1)),
        ("2011-12", Step.MONTH, date(2011, 12, 1)),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, step: Step, day: date) -> None:
    assert days.period_of(days.read(text, step), step, 1) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023/24", date(2023, 10, 1)),
        ("2011-12", date(2011, 10, 1)),
        ("2023/2024", date(2023, 10, 1)),
        ("FY2024", date(2023, 10, 1)),
        ("FY 24", date(2023, 10, 1)),
        ("2024", date(2023, 10, 1)),
    ],
)
def test_a_fiscal_year_is_called_by_the_year_it_ends_in(text: str, day: date) -> None:
    assert days.period_of(days.read(text, Step.YEAR, 10), Step.YEAR, 10) == day


def test_the_first_quarter_of_a_fiscal_year_begins_with_it() -> None:
    named = days.read("Q1 2024", Step.QUARTER, 10)
    assert days.period_of(named, Step.QUARTER, 10) == date(2023, 10, 1)
    assert periods.label(Step.QUARTER, date(2023, 10, 1), 10) == "Q1 2023/24"


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13", "32/01/2026", "Q5 2026", "2026-W60", "2023/25", "0000", "x" * 99],
)
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(NoPeriodError):
        days.period_of(days.read(text, Step.MONTH), Step.MONTH, 1)


def test_a_longer_period_than_the_series_has_is_refused() -> None:
    with pytest.raises(NoPeriodError, match="This is a quarter; the indicator goes by month"):
        days.period_of(days.read("Q1 2026", Step.MONTH), Step.MONTH, 1)


@pytest.mark.parametrize(
    ("texts", "month_first"),
    [
        (["01/02/2026", "01/03/2026", "01/04/2026"], False),
        (["02/01/2026", "03/01/2026", "04/01/2026"], True),
        (["01/01/2026"], False),
        (["03/04/2026"], None),
        # Days of March and April as Americans write them: both orders make as many periods.
        (["03/11/2026", "03/12/2026", "03/13/2026", "04/01/2026"], True),
        (["11.03.2026", "12.03.2026", "13.03.2026"], False),
        (["13/03/2026", "03/13/2026", "03/04/2026"], None),
    ],
)
def test_the_order_in_dates_is_the_one_that_makes_a_series(
    texts: list[str], month_first: bool | None
) -> None:
    named = [days.read(text, Step.MONTH) for text in texts]
    assert days.months_stand_first(named, Step.MONTH, 1) is month_first


@pytest.mark.parametrize("text", ["2024/25", "FY 2024-2025", "2011-12"])
def test_a_series_by_calendar_years_takes_no_year_that_reaches_into_two(text: str) -> None:
    with pytest.raises(NoPeriodError):
        days.period_of(days.read(text, Step.YEAR), Step.YEAR, 1)


@given(st.text(max_size=50), st.sampled_from(Step), st.integers(1, 12))
def test_any_text_is_a_period_or_said_to_be_none(text: str, step: Step, first_month: int) -> None:
    with suppress(NoPeriodError):
        day = days.period_of(days.read(text, step, first_month), step, first_month)
        assert step.is_start(day, first_month)


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.sampled_from([Step.MONTH, Step.DAY]))
def test_what_a_period_is_called_is_read_as_that_period(day: date, step: Step) -> None:
    first = step.start(day)
    assert days.period_of(days.read(periods.label(step, first), step), step, 1) == first
