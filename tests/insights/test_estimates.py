"""Estimates: textbook examples, and the definitions computed slowly."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.estimates import Share, Waits

DAYS = st.lists(st.integers(0, 12), max_size=10)


def waits(done: str, waiting: str = "", left: str = "") -> Waits:
    return Waits(*(Counter(map(int, words.split())) for words in (done, waiting, left)))


REMISSION = waits("6 6 6 7 10 13 16 22 23", "6 9 10 11 17 19 20 25 32 32 34 35")
"""Weeks in remission under 6-mercaptopurine (Freireich and others, 1963), the usual example."""


def test_the_usual_example() -> None:
    assert REMISSION.within(0.5) == 23
    assert REMISSION.within(0.25) == 13
    assert REMISSION.within(0.9) is None


@pytest.mark.parametrize(
    ("found", "median", "most"),
    [
        (waits(""), None, None),
        (waits("", "3 9"), None, None),
        (waits("4"), 4, 4),
        (waits("0 0 0"), 0, 0),
        (waits("1 2 3 4"), 2, 4),
        (waits("1 2 3 4 5 6 7 8 9 10"), 5, 9),
        # Of the finished alone the median would be 2.
        (waits("1 2 3", "10 10 10"), 3, None),
        (waits("1 2 3", "10 10 10 10"), None, None),
        # Who leaves on a day is at risk on that day, and not on later ones.
        (waits("5 9", "", "5"), 9, 9),
        (waits("5", "", "4 4"), 5, 5),
    ],
)
def test_median_and_nine_of_ten(found: Waits, median: int | None, most: int | None) -> None:
    assert (found.within(0.5), found.within(0.9)) == (median, most)


def slowly(found: Waits, share: Fraction) -> int | None:
    """The definition, one person at a time in exact numbers."""
    people = [
        (days, kind == 0)
        for kind, counter in enumerate((found.done, found.waiting, found.left))
        for days, number in counter.items()
        for _person in range(number)
    ]
    for day in sorted({days for days, ended in people if ended}):
        longer = Fraction(1)
        for earlier in {days for days, ended in people if ended and days <= day}:
            at_risk = sum(days >= earlier for days, _ended in people)
            died = sum(days == earlier and ended for days, ended in people)
            longer *= Fraction(at_risk - died, at_risk)
        if longer <= 1 - share:
            return day
    return None


@given(DAYS, DAYS, DAYS)
def test_it_is_the_definition(done: list[int], waiting: list[int], left: list[int]) -> None:
    found = Waits(Counter(done), Counter(waiting), Counter(left))
    assert found.within(0.5) == slowly(found, Fraction(1, 2))
    assert found.within(0.9) == slowly(found, Fraction(9, 10))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_where_nobody_waits_it_is_the_ordinary_quantile(days: list[int]) -> None:
    found = Waits(done=Counter(days))
    ordered = sorted(days)
    assert found.within(0.5) == ordered[ceil(len(days) / 2) - 1]
    assert found.within(0.9) == ordered[ceil(9 * len(days) / 10) - 1]


def test_very_many_do_not_blur_it() -> None:
    found = Waits(done=Counter(range(2_000)), waiting=Counter({2_000: 2_000}))
    assert found.within(0.5) == 1_999
    assert Waits(done=Counter(range(2_000)), waiting=Counter({2_000: 2_001})).within(0.5) is None


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # By hand from the formula; the first and the last are z² / (n + z²) and its complement.
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (10, 20, 0.2993, 0.7007),
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),  # the same
        (0, 20, 0.0, 0.1611),  # the same
        (1, 29, 0.0061, 0.1718),  # the same
        (10, 10, 0.7225, 1.0),
    ],
)
def test_the_interval_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert Share(part, whole).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_solves_its_equation(pair: tuple[int, int]) -> None:
    share = Share(*pair)
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1
    for bound in (low, high):
        # Wilson's bounds are the shares π with |p − π| = z √(π(1 − π)/n).
        left = (share.value - bound) ** 2
        right = 1.959963984540054**2 * bound * (1 - bound) / share.whole
        assert left == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize(("whole", "few"), [(0, True), (4, True), (5, False)])
def test_of_fewer_than_five_nothing_is_told(whole: int, few: bool) -> None:
    assert Share(0, whole).is_few is few
