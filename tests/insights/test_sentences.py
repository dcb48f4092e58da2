"""Numbers and days in words."""

from datetime import date, timedelta

import pytest

from insights import sentences
from insights.gaps import years_before

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-3, "today"),
        (0, "today"),
        (1, "one day ago"),
        (13, "13 days ago"),
        (14, "two weeks ago"),
        (69, "nine weeks ago"),
        (70, "two months ago"),
        (729, "24 months ago"),
        (730, "two years ago"),
    ],
)
def test_the_time_since_a_day(days: int, words: str) -> None:
    assert sentences.ago(TODAY - timedelta(days=days), TODAY) == words


@pytest.mark.parametrize(
    ("precision", "words"), [("month", "in October 2026"), ("year", "in 2026")]
)
def test_a_day_known_roughly_is_named_not_measured(precision: str, words: str) -> None:
    assert sentences.ago(date(2026, 10, 31), TODAY, precision) == words


def test_agreements_in_force() -> None:
    assert [sentences.agreements_in_force(number) for number in (0, 1, 2, 12)] == [
        "No agreement in force is recorded.",
        "Cooperation rests on one agreement in force.",
        "Cooperation rests on two agreements in force.",
        "Cooperation rests on 12 agreements in force.",
    ]


def test_exercises_held() -> None:
    assert sentences.exercises_held(0, None, "", "") == "No joint exercise has been held yet."
    assert (
        sentences.exercises_held(1, 2026, "today", "no lesson yet")
        == "One joint exercise was held; it ended today and has no lesson yet."
    )
    assert (
        sentences.exercises_held(9, 2021, "six weeks ago", "three lessons")
        == "Nine joint exercises since 2021; the last one ended six weeks ago "
        "and has three lessons."
    )


@pytest.mark.parametrize(
    ("words", "one", "three"),
    [
        (
            sentences.reviews_overdue,
            "One agreement review is overdue.",
            "Three agreement reviews are overdue.",
        ),
        (
            sentences.evaluations_overdue,
            "One evaluation is overdue.",
            "Three evaluations are overdue.",
        ),
        (sentences.actions_overdue, "One action is overdue.", "Three actions are overdue."),
    ],
)
def test_what_is_overdue(words: object, one: str, three: str) -> None:
    assert [words(number) for number in (0, 1, 3)] == ["", one, three]  # type: ignore[operator]


def test_large_numbers_are_grouped() -> None:
    assert sentences.worded(2102) == "2,102"


def test_lessons() -> None:
    assert [sentences.lessons(number) for number in (0, 1, 2)] == [
        "no lesson yet",
        "one lesson",
        "two lessons",
    ]


def test_years_before_a_leap_day() -> None:
    assert years_before(date(2028, 2, 29), 2) == date(2026, 2, 28)
    assert years_before(TODAY, 2) == date(2024, 11, 23)
