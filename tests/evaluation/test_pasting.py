"""What is pasted from a spreadsheet: columns, totals, and what is wrong by cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from evaluation import pasting
from evaluation.entering import Line
from evaluation.models import Indicator
from evaluation.pasting import Sheet
from evaluation.series import Quality
from tests.factories import make_indicator, make_measurement

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 27)


def read(text: str, indicator: Indicator | None = None, **how: Any) -> Sheet:
    return pasting.read(text, indicator or make_indicator(), TODAY, **how)


def values(sheet: Sheet) -> dict[date | None, Decimal | None]:
    return {line.period: line.entry.value for line in sheet.lines if line.entry}


def errors(sheet: Sheet) -> dict[int, dict[str, str]]:
    return {line.number: line.errors for line in sheet.wrong}


@pytest.mark.parametrize(
    "text",
    [
        "2026-01\t3\n2026-02\t4",
        "2026-01;3\n2026-02;4",
        "2026-01,3\n2026-02,4",
        "Month\tIncidents\n2026-01\t3\n2026-02\t4\n",
        "\ufeffmes;valor\r\nenero 2026;3\r\nfebrero 2026;4\r\n",
        'Date,Value\n"January 2026","3"\n"February 2026","4"',
        "Note;Value;Month\nx;3;2026-01\ny;4;2026-02",
        "\n\n2026-01\t3\n\t\n2026-02\t4\n\n",
    ],
)
def test_columns_are_found_however_they_are_separated_and_headed(text: str) -> None:
    sheet = read(text)
    assert (sheet.errors, sheet.wrong) == ([], [])
    assert values(sheet) == {date(2026, 1, 1): 3, date(2026, 2, 1): 4}


def test_shares_have_two_numbers_quality_and_note() -> None:
    indicator = make_indicator(measure="proportion", unit="%")
    sheet = read("2026-01;3;4;provisional;so far\n2026-02;5;9", indicator)
    first, second = (line.entry for line in sheet.lines)
    assert first
    assert second
    assert (first.numerator, first.denominator, first.quality) == (3, 4, Quality.PROVISIONAL)
    assert (first.note, second.says) == ("so far", (None, 5, 9))


def test_every_error_stands_at_its_cell() -> None:
    text = (
        "month\tvalue\n2026-01\t-3\n2026-02\t12 %\n2026-03\tmany\n2026-04\t1.5\n"
        "soon\t4\n2026-06\t6\nJune 2026\t7\n2027-02\t3\n2026-07\t8\tguessed\n"
    )
    assert errors(read(text)) == {
        2: {"value": "This cannot be negative."},
        3: {"value": "This is a percentage; the unit here is “incidents”."},
        4: {"value": "This is not a number."},
        5: {"value": "A count is a whole number."},
        6: {"period": "This is no period that can be read; write it like 2026-03."},
        8: {"period": "This period stands in row 7 already."},
        9: {"period": "This period has not begun yet."},
    }


def test_a_quality_that_is_not_known_is_refused() -> None:
    sheet = read("2026-07\t8\tguessed")
    assert errors(sheet)[1].keys() == {"quality"}


def test_a_part_larger_than_the_whole_is_refused() -> None:
    indicator = make_indicator(measure="proportion", unit="%")
    sheet = read("2026-01;5;4\n2026-02;1\n2026-03;0,5;4", indicator)
    assert [line.errors.keys() for line in sheet.lines] == [
        {"numerator"},
        {"denominator"},
        {"numerator"},
    ]


def test_empty_is_left_alone_and_no_figure_is_a_gap() -> None:
    sheet = read("2026-01;3\n2026-02;\n2026-03;n/a\n2026-04;0")
    entries = [line.entry for line in sheet.lines]
    assert [entry and entry.value for entry in entries] == [3, None, None, 0]
    assert entries[1] is None
    assert entries[2] is not None
    assert entries[2].is_gap
    assert sheet.notes == ["1 row without a figure is left alone: empty is not zero."]


def test_a_period_that_is_not_over_is_said_to_be_provisional() -> None:
    sheet = read("2026-10;3\n2026-11;2")
    assert sheet.notes == ["The last period is not over: its value is marked as provisional."]


def test_running_totals_of_each_year_become_what_each_month_added() -> None:
    text = "2025-11;50\n2025-12;60\n2026-01;4\n2026-02;9"
    sheet = read("2025-01;5\n2025-02;5\n2026-01;4\n2026-02;9", totals="year")
    assert values(sheet) == {
        date(2025, 1, 1): 5,
        date(2025, 2, 1): 0,
        date(2026, 1, 1): 4,
        date(2026, 2, 1): 5,
    }
    assert "running totals" in sheet.notes[0]
    broken = read(text, totals="year")
    assert errors(broken) == {1: {"value": "The running total of the period before is missing."}}
    assert values(broken)[date(2025, 12, 1)] == 10


def test_running_totals_go_by_the_fiscal_year() -> None:
    indicator = make_indicator(first_month=10)
    sheet = read("2025-10;3\n2025-11;5\n2026-01;6", indicator, totals="year")
    assert values(sheet) == {date(2025, 10, 1): 3, date(2025, 11, 1): 2}
    assert errors(sheet).keys() == {3}


def test_a_running_total_that_falls_is_refused_and_the_first_of_all_tells_nothing() -> None:
    sheet = read("2026-01;100\n2026-02;110\n2026-03;90", totals="always")
    assert values(sheet) == {date(2026, 2, 1): 10}
    assert errors(sheet) == {3: {"value": "This is less than the running total before it."}}


def test_what_is_recorded_is_compared() -> None:
    indicator = make_indicator()
    make_measurement(indicator, date(2026, 1, 1), 3)
    make_measurement(indicator, date(2026, 2, 1), 3)
    sheet = read("2026-01;3\n2026-02;4\n2026-03;5", indicator)
    assert [line.revises for line in sheet.lines] == [False, True, False]
    assert [line.is_new for line in sheet.lines] == [False, False, True]


@pytest.mark.parametrize(
    "text", ["", "   \n\t\n", "hello", "1\n2\n3", "x" * 1_000_001, '"2026-01;3\n2026-02', "\x00"]
)
def test_what_is_no_table_is_said(text: str) -> None:
    sheet = read(text)
    assert not sheet.is_valid
    assert sheet.errors or sheet.wrong


def test_ten_thousand_days_are_read() -> None:
    indicator = make_indicator(step="day")
    first = date(1999, 1, 1).toordinal()
    text = "\n".join(f"{date.fromordinal(first + n)};{n % 7}" for n in range(10_000))
    sheet = read(text, indicator)
    assert sheet.is_valid
    assert len(sheet.lines) == 10_000
    assert read(text + "\n2026-07-01;1\n2026-07-02;1", indicator).errors


def test_a_line_without_texts_says_nothing() -> None:
    assert Line({}).text("value") == ""
