"""Statistics against published examples, independent computations, and what must always hold."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from math import comb, exp, lgamma, log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.rates import test_poisson_2indep as poisson_test

from evaluation.assessment import (
    Assessment,
    Caveat,
    Choices,
    Means,
    Reason,
    Verdict,
    assessment_from,
)
from evaluation.methods import (
    count_window,
    difference_of_shares,
    hodges_lehmann,
    median_window,
    medians,
    rate_ratio,
    ratio_of_counts,
    share_window,
    spread,
)
from evaluation.series import Better, Break, Measure, Point, Quality, Series, Step
from evaluation.statistics import assess
from evaluation.trends import lags_for
from tests.evaluation.real import border_patrol, small_boats, small_boats_as_listed

EVENT = date(2024, 1, 1)


def months(number: int, *, to: date = EVENT) -> list[date]:
    """As many months before ``to`` (negative) or from it on."""
    span = range(number, 0) if number < 0 else range(number)
    return [Step.MONTH.plus(to, place) for place in span]


def counts(before: Sequence[float | None], after: Sequence[float | None], **more: object) -> Series:
    return monthly(Measure.COUNT, before, after, **more)


def monthly(
    measure: Measure,
    before: Sequence[float | None],
    after: Sequence[float | None],
    **more: object,
) -> Series:
    starts = months(-len(before)) + months(len(after))
    points = tuple(map(Point, starts, [*before, *after]))
    return Series("Incidents", "incidents", measure, Step.MONTH, points, **more)  # type: ignore[arg-type]


def shares(before: Sequence[tuple[int, int]], after: Sequence[tuple[int, int]]) -> Series:
    starts = months(-len(before)) + months(len(after))
    points = tuple(
        Point(start, None, *pair) for start, pair in zip(starts, [*before, *after], strict=True)
    )
    return Series("Interdicted", "", Measure.PROPORTION, Step.MONTH, points)


def codes(result: Assessment) -> set[str]:
    return {remark.code for remark in result.caveats}


def why(result: Assessment) -> list[str]:
    return [remark.code for remark in result.reasons]


# --- Counts: published and independent --------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "time_after", "before", "time_before", "low", "high"),
    [
        # M. P. Fay, "Testing the Ratio of Two Poisson Rates" (2022), vignette of R's rateratio.test
        (2, 17_877, 9, 16_660, 0.02177406, 1.00054910),
        # R's help of poisson.test: Eba tribe against three others, (11, 800) and (6 + 8 + 7, 3011)
        (11, 800, 21, 3_011, 0.8584264, 4.2772659),
    ],
)
def test_exact_interval_of_a_rate_ratio_is_the_published_one(
    after: int, time_after: int, before: int, time_before: int, low: float, high: float
) -> None:
    ratio = ratio_of_counts(after, time_after, before, time_before)["ratio"]
    assert ratio.value == pytest.approx(after / time_after / (before / time_before))
    assert (ratio.low, ratio.high) == pytest.approx((low, high), rel=2e-7)


def binomial_tail(events: int, number: int, share: float) -> float:
    """P(X ≥ events), summed term by term."""
    return sum(
        exp(
            lgamma(number + 1) - lgamma(k + 1) - lgamma(number - k + 1)
            + k * log(share) + (number - k) * log(1 - share)
        )
        for k in range(events, number + 1)
    )  # fmt: skip


def solved(rising: Callable[[float], float], target: float) -> float:
    low, high = 1e-12, 1 - 1e-12
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return (low + high) / 2


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 4_000), st.integers(1, 4_000))
@settings(max_examples=40, deadline=None)
def test_exact_interval_is_that_of_sums_of_binomial_probabilities(
    after: int, before: int, time_after: int, time_before: int
) -> None:
    ratio = ratio_of_counts(after, time_after, before, time_before)["ratio"]
    number, exposures = after + before, time_before / time_after
    low = solved(lambda share: binomial_tail(after, number, share), 0.025)
    high = solved(lambda share: binomial_tail(after + 1, number, share), 0.975)
    ends = [share / (1 - share) * exposures for share in (low, high)]
    assert (ratio.low, ratio.high) == pytest.approx(tuple(ends), rel=1e-6)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 900), st.integers(1, 900))
@settings(max_examples=60, deadline=None)
def test_a_rate_ratio_turns_over_with_its_sides_and_knows_no_unit_of_time(
    after: int, before: int, time_after: int, time_before: int
) -> None:
    one = ratio_of_counts(after, time_after, before, time_before)
    other = ratio_of_counts(before, time_before, after, time_after)
    scaled = ratio_of_counts(after, 24 * time_after, before, 24 * time_before)
    for name in ("ratio", "ratio_score"):
        low, value, high = one[name].low, one[name].value, one[name].high
        assert low is not None
        assert high is not None
        assert 0 < low <= value <= high
        turned = (other[name].low, other[name].value, other[name].high)
        assert turned == pytest.approx((1 / high, 1 / value, 1 / low), rel=1e-9)
        again = (scaled[name].low, scaled[name].value, scaled[name].high)
        assert again == pytest.approx((low, value, high), rel=1e-9)


@given(st.integers(0, 500), st.integers(1, 500), st.integers(1, 900), st.integers(1, 900))
@settings(max_examples=20, deadline=None)
def test_score_interval_of_a_rate_ratio_is_where_the_score_test_just_rejects(
    after: int, before: int, time_after: int, time_before: int
) -> None:
    score = ratio_of_counts(after, time_after, before, time_before)["ratio_score"]
    for end in (score.low, score.high):
        if end:
            rejected = poisson_test(
                after, time_after, before, time_before, value=end, method="score", compare="ratio"
            )
            assert rejected.pvalue == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # F. Garwood, Biometrika 28 (1936); as tabled in Pearson and Hartley, Biometrika Tables, no. 40
    [(0, 0, 3.69), (1, 0.0253, 5.57), (5, 1.62, 11.67), (10, 4.80, 18.39), (20, 12.22, 30.89)],
)
def test_interval_of_a_count_is_garwoods(events: int, low: float, high: float) -> None:
    typical = count_window(Step.MONTH, [Point(EVENT, float(events))], 1.0).typical
    assert (typical.low, typical.high) == pytest.approx((low, high), abs=0.005)


def test_counts_that_vary_by_chance_alone_are_compared_exactly() -> None:
    before, after = [4, 6, 5, 3, 7, 5] * 2, [2, 3, 2, 1, 4, 3] * 2
    result = assess(counts(before, after), EVENT, better="down")
    method = result.method(Means.RATE_RATIO)
    assert method is not None
    assert method.numbers["design_effect"] == 1
    assert result.effect == ratio_of_counts(sum(after), 366, sum(before), 365)["ratio"]
    assert Caveat.OVERDISPERSION not in codes(result)


def test_dispersion_is_pearsons_with_the_season_taken_out() -> None:
    rng = random.Random(4)
    before = [rng.randint(50, 400) for _ in range(12)]
    after = [rng.randint(50, 400) for _ in range(12)]
    found = spread(
        [Point(start, float(value)) for start, value in zip(months(-12), before, strict=True)],
        [Point(start, float(value)) for start, value in zip(months(12), after, strict=True)],
        Step.MONTH,
        Measure.COUNT,
        in_season=False,
    )
    # Without seasons the fitted value of a month is its side's rate × its days.
    squares = 0.0
    for side, starts in ((before, months(-12)), (after, months(12))):
        rate = sum(side) / sum(map(Step.MONTH.days, starts))
        fitted = [rate * Step.MONTH.days(start) for start in starts]
        squares += sum((y - m) ** 2 / m for y, m in zip(side, fitted, strict=True))
    assert found.df == 22
    assert found.dispersion == pytest.approx(squares / 22, rel=1e-9)
    in_season = spread(
        [Point(start, 100.0 * (1 + place)) for place, start in enumerate(months(-12))],
        [Point(start, 50.0 * (1 + place)) for place, start in enumerate(months(12))],
        Step.MONTH,
        Measure.COUNT,
        in_season=True,
    )
    assert in_season.df == 24 - 12 - 1
    assert in_season.dispersion < 0.5  # strong seasons, but the same on both sides
    assert in_season.effect == 1


def test_counts_that_vary_more_get_the_interval_of_the_quasi_poisson_model() -> None:
    rng = np.random.default_rng(7)
    before, after = (rng.negative_binomial(5, 5 / (5 + mean), 12) for mean in (900, 500))
    result = assess(counts(list(map(float, before)), list(map(float, after))), EVENT, better="down")
    method = result.method(Means.RATE_RATIO)
    assert method is not None
    assert result.effect is not None
    assert Caveat.OVERDISPERSION in codes(result)
    effect = method.numbers["design_effect"]
    assert isinstance(effect, float)
    # Delta method: the variance of a logarithm of a ratio of counts is 1/x + 1/y, times the effect.
    # Of what is worth some twenty events on either side the exact interval is a little wider.
    error = sqrt(effect * (1 / before.sum() + 1 / after.sum()))
    half = 1.959964 * error
    assert result.effect.low is not None
    assert result.effect.high is not None
    assert 1 < log(result.effect.high / result.effect.low) / (2 * half) < 1.06


# --- Shares -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "of_after", "before", "of_before", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, table II, method 10
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_interval_of_a_difference_of_shares_is_newcombes(
    after: int, of_after: int, before: int, of_before: int, low: float, high: float
) -> None:
    difference = difference_of_shares(after, of_after, before, of_before)["difference"]
    assert (difference.low, difference.high) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_of_a_share_is_wilsons(part: int, of: int, low: float, high: float) -> None:
    typical = share_window(Step.MONTH, [Point(EVENT, None, part, of)], 1.0).typical
    assert (typical.low, typical.high) == pytest.approx((low, high), abs=0.00006)


def test_ratio_of_shares_is_where_the_score_test_just_rejects() -> None:
    ratio = difference_of_shares(36, 40, 16, 80)["ratio"]
    # P. A. R. Koopman, Biometrics 40 (1984), 513–517: the example, 36 of 40 against 16 of 80
    assert ratio.value == 4.5
    assert (ratio.low, ratio.high) == pytest.approx((2.94, 7.15), abs=0.01)


def test_ratio_of_shares_is_left_out_where_its_interval_cannot_be_found() -> None:
    # One case among a million either way, less than one case in effect: the search goes astray.
    astray = difference_of_shares(1 / 1e5, 3 / 1e5, 1_000_000 / 1e5, 1_000_002 / 1e5)
    assert set(astray) == {"difference"}


def test_a_comparison_that_never_differs_says_so() -> None:
    same = shares([(0, 1)] * 6, [(0, 1), (1, 1), (0, 1)])
    result = assess(same, EVENT, better="up", comparison=replace(same, name="Other"))
    assert result.effect is not None
    assert Caveat.COMPARISON in codes(result)
    assert [method.code for method in result.methods] == [Means.PROPORTIONS]


@given(st.integers(0, 90), st.integers(0, 90), st.integers(1, 90), st.integers(1, 90))
@settings(max_examples=60, deadline=None)
def test_a_difference_of_shares_turns_its_sign_with_its_sides(
    one: int, two: int, more_one: int, more_two: int
) -> None:
    ahead = difference_of_shares(one, one + more_one, two, two + more_two)["difference"]
    back = difference_of_shares(two, two + more_two, one, one + more_one)["difference"]
    assert ahead.low is not None
    assert ahead.high is not None
    assert -1 <= ahead.low <= ahead.value <= ahead.high <= 1
    assert (back.low, back.value, back.high) == pytest.approx(
        (-ahead.high, -ahead.value, -ahead.low), abs=1e-9
    )


def test_shares_of_the_same_cases_are_pooled_not_averaged() -> None:
    result = assess(
        shares([(10, 100), (90, 100), (1, 2)] * 4, [(60, 100)] * 12), EVENT, better="up"
    )
    assert result.before is not None
    assert result.before.typical.value == pytest.approx(404 / 808)
    assert (result.before.n, result.before.total) == (808, 404)


# --- Times and amounts ------------------------------------------------------------------------

AT_TERM = (0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46)
EARLY = (1.15, 0.88, 0.90, 0.74, 1.21)
"""M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods (1973), p. 69: permeability of
the human chorioamnion, also in R's help of wilcox.test."""


def enumerated(old: Sequence[float], new: Sequence[float]) -> tuple[float, float]:
    """The interval of 95 % from every possible arrangement of ranks, without a distribution."""
    number = len(old) + len(new)
    offset = len(new) * (len(new) + 1) // 2
    statistics = sorted(
        sum(ranks) - offset for ranks in combinations(range(1, number + 1), len(new))
    )
    allowed = comb(number, len(new)) * 0.025
    beyond = 0
    while sum(value <= beyond for value in statistics) <= allowed:
        beyond += 1
    differences = sorted(one - other for one in new for other in old)
    return differences[beyond - 1], differences[-beyond]


def test_shift_of_values_is_hodges_and_lehmanns() -> None:
    old = [Point(start, value) for start, value in zip(months(-5), EARLY, strict=True)]
    new = [Point(start, value) for start, value in zip(months(10), AT_TERM, strict=True)]
    method, _, _ = medians(Step.MONTH, old, new)
    shift = method.estimates["difference"]
    assert not method.numbers["correlated"]
    assert shift.value == pytest.approx(0.305)  # as published
    assert (shift.low, shift.high) == pytest.approx((-0.15, 0.76))  # as R's wilcox.test
    assert (shift.low, shift.high) == pytest.approx(enumerated(EARLY, AT_TERM))
    assert shift.p == pytest.approx(0.2544, abs=0.0001)  # twice the published 0.1272


@given(
    st.lists(st.integers(-300, 300), min_size=1, max_size=14),
    st.lists(st.integers(-300, 300), min_size=1, max_size=14),
)
@settings(max_examples=80, deadline=None)
def test_the_shift_is_the_median_of_all_differences(old: list[int], new: list[int]) -> None:
    differences = [one - other for one in new for other in old]
    found = hodges_lehmann(np.array(old, float), np.array(new, float))
    assert found == pytest.approx(float(np.median(differences)), abs=1e-6)


def test_interval_of_a_median_is_that_of_order_statistics() -> None:
    values = [float(number) for number in range(1, 11)]
    window = median_window(Step.MONTH, list(map(Point, months(10), values)))
    # W. J. Conover, 3.2: of ten values the 2nd and the 9th, since P(X ≤ 1) = 11/1024 ≤ 0.025
    assert (window.typical.low, window.typical.value, window.typical.high) == (2, 5.5, 9)


def test_few_values_have_no_bound_rather_than_a_made_up_one() -> None:
    window = median_window(Step.MONTH, list(map(Point, months(4), [1.0, 2, 3, 4])))
    assert (window.typical.low, window.typical.high) == (None, None)


@given(st.floats(-50, 50), st.floats(0.1, 20), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_shift_moves_with_its_values_and_their_scale(
    added: float, scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    old, new = rng.gamma(2, 10, 12), rng.gamma(2, 14, 12)
    results = []
    for one, other in ((old, new), (old * scale + 100, new * scale + 100 + added)):
        sides = [list(map(Point, months(-12), one)), list(map(Point, months(12), other))]
        results.append(medians(Step.MONTH, *sides)[0].estimates["difference"])
    base, moved = results
    for name in ("value", "low", "high"):
        expected = getattr(base, name) * scale + added
        assert getattr(moved, name) == pytest.approx(expected, rel=1e-6, abs=1e-5)


# --- Interrupted time series ------------------------------------------------------------------


def newey_west(x: np.ndarray, scores: np.ndarray, bread: np.ndarray, lags: int) -> np.ndarray:
    """W. K. Newey and K. D. West (1987), equation 5, with n ÷ (n − k): standard errors."""
    number, width = x.shape
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        gamma = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (gamma + gamma.T)
    covariance = bread @ meat @ bread * number / (number - width)
    return np.sqrt(np.diag(covariance))


def design(number_before: int, number_after: int) -> np.ndarray:
    time = np.arange(-number_before, number_after, dtype=float)
    after = (time >= 0).astype(float)
    return np.column_stack([np.ones_like(time), time, after, time * after])


def test_segmented_regression_is_ordinary_least_squares_with_newey_west_errors() -> None:
    rng = np.random.default_rng(11)
    x = design(14, 14)
    y = x @ np.array([50, 0.4, -8, -0.7]) + rng.normal(0, 2, 28)
    result = assess(monthly(Measure.AMOUNT, list(y[:14]), list(y[14:])), EVENT, better="down")
    method = result.method(Means.INTERRUPTED)
    assert method is not None
    beta = np.linalg.solve(x.T @ x, x.T @ y)
    scores = x * (y - x @ beta)[:, None]
    errors = newey_west(x, scores, np.linalg.inv(x.T @ x), lags_for(28))
    student = 2.063899  # 97.5 % of Student's t with 24 degrees of freedom, from tables
    for name, at in (("trend_before", 1), ("level", 2), ("trend", 3)):
        estimate = method.estimates[name]
        ends = beta[at] - student * errors[at], beta[at] + student * errors[at]
        assert estimate.value == pytest.approx(beta[at], rel=1e-8)
        assert (estimate.low, estimate.high) == pytest.approx(ends, rel=1e-5)


def test_segmented_regression_of_counts_is_a_poisson_model_by_days() -> None:
    rng = np.random.default_rng(12)
    x = design(12, 12)
    days = np.array([Step.MONTH.days(start) for start in months(-12) + months(12)], float)
    y = rng.poisson(np.exp(x @ np.array([1.0, 0.02, -0.5, -0.03])) * days)
    result = assess(counts(list(map(float, y[:12])), list(map(float, y[12:]))), EVENT, better="up")
    method = result.method(Means.INTERRUPTED)
    assert method is not None
    beta = np.array([log(y.sum() / days.sum()), 0, 0, 0])
    for _ in range(50):  # Newton's method on the likelihood
        fitted = np.exp(x @ beta) * days
        beta = beta + np.linalg.solve((x * fitted[:, None]).T @ x, x.T @ (y - fitted))
    bread = np.linalg.inv((x * fitted[:, None]).T @ x)
    errors = newey_west(x, x * (y - fitted)[:, None], bread, lags_for(24))
    student = 2.085963  # 20 degrees of freedom
    for name, at in (("trend_before", 1), ("level", 2), ("trend", 3)):
        estimate = method.estimates[name]
        ends = [exp(beta[at] + sign * student * errors[at]) for sign in (-1, 1)]
        assert estimate.value == pytest.approx(exp(beta[at]), rel=1e-6)
        assert (estimate.low, estimate.high) == pytest.approx(tuple(ends), rel=1e-5)


def test_a_trend_that_was_there_before_is_not_taken_for_the_effect() -> None:
    falling = [400.0 - 12 * number for number in range(24)]
    result = assess(counts(falling[:12], falling[12:]), EVENT, better="down")
    assert result.verdict == Verdict.BETTER  # the level is lower, that is so
    assert {Caveat.TREND_BEFORE, Caveat.METHODS_DISAGREE} <= codes(result)


def test_seasons_are_told_from_trends_only_with_years_enough() -> None:
    wave = [100 + 60 * np.sin(place * np.pi / 6) for place in range(60)]
    long = assess(monthly(Measure.AMOUNT, wave[:36], wave[36:]), EVENT, better="up")
    short = assess(monthly(Measure.AMOUNT, wave[:12], wave[12:24]), EVENT, better="up")
    with_waves, without = (result.method(Means.INTERRUPTED) for result in (long, short))
    assert with_waves is not None
    assert without is not None
    assert (with_waves.numbers["harmonics"], without.numbers["harmonics"]) == (2, 0)
    assert abs(with_waves.estimates["level"].value) < 6
    assert abs(without.estimates["level"].value) > 60


# --- Difference in differences ----------------------------------------------------------------


def test_ratio_of_two_rate_ratios() -> None:
    rng = np.random.default_rng(3)
    here = [list(map(float, rng.poisson(mean, 12))) for mean in (80, 30)]
    there = [list(map(float, rng.poisson(mean, 12))) for mean in (120, 110)]
    result = assess(
        counts(*here), EVENT, better="down", comparison=replace(counts(*there), name="Elsewhere")
    )
    method = result.method(Means.DIFFERENCES)
    assert method is not None
    ratio = method.estimates["ratio"]
    expected = sum(here[1]) / sum(here[0]) / (sum(there[1]) / sum(there[0]))
    assert ratio.value == pytest.approx(expected, rel=1e-9)
    assert ratio.excludes(1)
    assert Caveat.PARALLEL in codes(result)


def test_difference_of_two_differences() -> None:
    rng = np.random.default_rng(5)
    here = [list(rng.normal(mean, 2, 12)) for mean in (40, 33)]
    there = [list(rng.normal(mean, 2, 12)) for mean in (50, 49)]
    result = assess(
        monthly(Measure.DURATION, *here),
        EVENT,
        better="down",
        comparison=monthly(Measure.DURATION, *there),
    )
    method = result.method(Means.DIFFERENCES)
    assert method is not None
    means = [float(np.mean(values)) for values in (*here, *there)]
    expected = means[1] - means[0] - (means[3] - means[2])
    assert method.estimates["difference"].value == pytest.approx(expected, rel=1e-9)


def test_what_fell_everywhere_is_told() -> None:
    rng = np.random.default_rng(9)
    here, there = ([list(map(float, rng.poisson(m, 12))) for m in (100, 50)] for _ in range(2))
    result = assess(counts(*here), EVENT, better="down", comparison=counts(*there))
    disagree = [r for r in result.caveats if r.code == Caveat.METHODS_DISAGREE]
    assert Means.DIFFERENCES in [remark.numbers["method"] for remark in disagree]


@pytest.mark.parametrize("why", ["kind", "break", "few"])
def test_a_comparison_that_cannot_be_used_is_refused(why: str) -> None:
    here = counts([9.0] * 12, [5.0] * 12)
    other = {
        "kind": monthly(Measure.AMOUNT, [9.0] * 12, [5.0] * 12),
        "break": counts([9.0] * 12, [5.0] * 12, breaks=(Break(date(2024, 6, 1)),)),
        "few": counts([9.0] * 12, [5.0] * 2),
    }[why]
    result = assess(here, EVENT, better="down", comparison=other)
    assert [r.numbers["why"] for r in result.caveats if r.code == Caveat.COMPARISON] == [why]
    assert result.method(Means.DIFFERENCES) is None


def test_a_comparison_that_breaks_within_its_last_period_is_refused() -> None:
    other = counts([9.0] * 12, [5.0] * 12, breaks=(Break(date(2024, 12, 15)),))
    result = assess(counts([9.0] * 12, [5.0] * 12), EVENT, better="down", comparison=other)
    assert [r.numbers["why"] for r in result.caveats if r.code == Caveat.COMPARISON] == ["break"]


# --- Which periods are compared ---------------------------------------------------------------


def test_the_longest_equal_windows_of_whole_years_are_taken() -> None:
    result = assess(counts([9.0] * 40, [5.0] * 29), EVENT, better="down")
    assert (result.choices.before, result.choices.after) == (24, 24)
    assert result.before is not None
    assert result.after is not None
    assert (result.before.first, result.before.last) == (date(2022, 1, 1), date(2023, 12, 1))
    assert (result.after.first, result.after.last) == (date(2024, 1, 1), date(2025, 12, 1))
    assert Caveat.SEASON not in codes(result)


def test_the_period_of_the_event_belongs_to_neither_side() -> None:
    series = counts([9.0] * 24, [5.0] * 25)
    left_out = assess(series, date(2024, 1, 15), better="down")
    kept = assess(series, date(2024, 1, 15), better="down", choices=Choices(leave_out_event=False))
    for result, first in ((left_out, date(2024, 2, 1)), (kept, date(2024, 1, 1))):
        assert result.after is not None
        assert result.before is not None
        assert result.after.first == first
        assert result.before.last == date(2023, 12, 1)


def test_less_than_a_year_is_compared_with_the_same_months_of_the_year_before() -> None:
    result = assess(counts([9.0] * 20, [5.0] * 5), EVENT, better="down")
    assert result.before is not None
    assert (result.before.first, result.before.last) == (date(2023, 1, 1), date(2023, 5, 1))
    assert Caveat.SEASON not in codes(result)


def test_other_windows_say_that_seasons_differ() -> None:
    by_rule = assess(counts([9.0] * 8, [5.0] * 9), EVENT, better="down")
    assert (by_rule.choices.before, by_rule.choices.after) == (8, 8)
    chosen = assess(
        counts([9.0] * 40, [5.0] * 29), EVENT, better="down", choices=Choices(before=18, after=6)
    )
    assert (chosen.choices.before, chosen.choices.after) == (18, 6)
    for result in (by_rule, chosen):
        assert Caveat.SEASON in codes(result)
    same = assess(
        counts([9.0] * 40, [5.0] * 29),
        EVENT,
        better="down",
        choices=Choices(before=12, after=6, same_season=True),
    )
    assert same.before is not None
    assert (same.before.first, same.before.last) == (date(2023, 1, 1), date(2023, 6, 1))
    assert Caveat.SEASON not in codes(same)


def test_a_window_that_is_cut_short_says_so() -> None:
    result = assess(
        counts([9.0] * 10, [5.0] * 29), EVENT, better="down", choices=Choices(before=24, after=24)
    )
    short = [remark.numbers for remark in result.caveats if remark.code == Caveat.SHORT_WINDOW]
    assert short == [{"side": "before", "asked": 24, "got": 10}]


def test_a_gap_leaves_its_season_out_of_both_sides() -> None:
    before: list[float | None] = [9.0] * 12
    before[3] = None
    result = assess(counts(before, [5.0] * 12), EVENT, better="down")
    assert result.before is not None
    assert result.after is not None
    assert (result.before.periods, result.after.periods) == (11, 11)
    assert (result.before.total, result.after.total) == (99, 55)
    assert result.after.days == 366 - 30  # without April
    assert [r.numbers for r in result.caveats if r.code == Caveat.GAPS] == [
        {"before": 1, "after": 0}
    ]


def test_no_window_reaches_over_a_break() -> None:
    jumps = (Break(date(2022, 7, 1), "new system"), Break(date(2025, 2, 10)))
    result = assess(counts([9.0] * 40, [5.0] * 40, breaks=jumps), EVENT, better="down")
    assert result.before is not None
    assert result.after is not None
    assert (result.before.first, result.after.last) == (date(2023, 1, 1), date(2024, 12, 1))
    assert Caveat.CUT_BY_BREAK in codes(result)
    trend = result.method(Means.INTERRUPTED)
    assert trend is not None
    assert (trend.numbers["before"], trend.numbers["after"]) == (18, 13)


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2023, 12, 1), date(2024, 2, 20)])
def test_a_break_at_the_intervention_allows_no_answer(day: date) -> None:
    result = assess(counts([9.0] * 24, [5.0] * 24, breaks=(Break(day),)), EVENT, better="down")
    assert why(result) == [Reason.BREAK]
    assert (result.effect, result.verdict) == (None, Verdict.UNKNOWN)


def test_a_period_that_is_not_over_is_left_out() -> None:
    series = counts([9.0] * 12, [5.0] * 11 + [1.0], until=date(2024, 12, 20))
    result = assess(series, EVENT, better="down")
    assert result.after is not None
    assert result.after.last == date(2024, 11, 1)
    assert Caveat.NOT_OVER in codes(result)


def test_provisional_values_are_left_out_unless_chosen() -> None:
    points = [
        Point(start, 5.0, quality=Quality.PROVISIONAL if start >= date(2024, 9, 1) else "final")
        for start in months(-12) + months(12)
    ]
    series = Series("a", "", Measure.COUNT, Step.MONTH, tuple(points))
    without = assess(series, EVENT, better="down")
    assert without.after is not None
    assert without.after.last == date(2024, 8, 1)
    assert Caveat.PROVISIONAL_LEFT_OUT in codes(without)
    used = assess(series, EVENT, better="down", choices=Choices(provisional=True))
    assert used.after is not None
    assert used.after.last == date(2024, 12, 1)
    assert [r.numbers for r in used.caveats if r.code == Caveat.PROVISIONAL] == [
        {"before": 0, "after": 4}
    ]


# --- What cannot be answered ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (counts([], []), Reason.NO_DATA),
        (counts([None] * 6, [None] * 6), Reason.NO_DATA),
        (counts([9.0] * 12, []), Reason.NOTHING_AFTER),
        (counts([], [9.0] * 12), Reason.NOTHING_BEFORE),
        (counts([9.0] * 12, [5.0] * 2), Reason.TOO_FEW),
        (monthly(Measure.DURATION, [9.0] * 3, [5.0] * 12), Reason.TOO_FEW),
        (counts([0.0] * 12, [5.0] * 12), Reason.ZERO_BASE),
        (counts([0.0] * 12, [0.0] * 12), Reason.NOTHING_HAPPENED),
    ],
)
def test_what_cannot_be_answered_has_a_reason_and_no_number(series: Series, reason: Reason) -> None:
    result = assess(series, EVENT, better="down")
    assert why(result) == [reason]
    assert (result.effect, result.relative, result.methods) == (None, None, ())
    assert result.verdict == Verdict.UNKNOWN


def test_all_provisional_is_a_reason_of_its_own() -> None:
    points = tuple(Point(start, 5.0, quality="provisional") for start in months(-12) + months(12))
    series = Series("a", "", Measure.COUNT, Step.MONTH, points)
    assert why(assess(series, EVENT, better="down")) == [Reason.ALL_PROVISIONAL]
    half = replace(
        series, points=tuple(replace(p, quality="final") if p.start < EVENT else p for p in points)
    )
    assert why(assess(half, EVENT, better="down")) == [Reason.ALL_PROVISIONAL]


def test_no_event_after_is_an_answer() -> None:
    result = assess(counts([3.0] * 12, [0.0] * 12), EVENT, better="down")
    assert result.effect is not None
    assert (result.effect.value, result.effect.low) == (0, 0)
    # Rule of three, exactly: 0 events after, 36 before: upper end of 0 of 36 is 1 − 0.025^(1/36)
    share = 1 - 0.025 ** (1 / 36)
    assert result.effect.high == pytest.approx(share / (1 - share) * 365 / 366, rel=1e-9)
    assert result.verdict == Verdict.BETTER


# --- What always holds ------------------------------------------------------------------------


@st.composite
def any_series(draw: st.DrawFn) -> Series:
    step = draw(st.sampled_from(list(Step)))
    measure = draw(st.sampled_from(list(Measure)))
    start = step.start(date(2020, 1, 1))
    points = []
    for number in range(draw(st.integers(0, 40))):
        if draw(st.booleans()) and draw(st.booleans()):
            continue
        value = draw(st.none() | st.sampled_from([0, 1, 1, 2, 5, 7, 40, 1_000_000]))
        quality = draw(st.sampled_from(["final", "final", "final", "provisional"]))
        of = None if value is None else value + draw(st.sampled_from([0, 1, 9]))
        if measure == Measure.PROPORTION:
            points.append(Point(step.plus(start, number), None, value, of, quality))
        else:
            points.append(Point(step.plus(start, number), value, quality=quality))
    jumps = tuple(
        Break(step.plus(start, draw(st.integers(0, 40)))) for _ in range(draw(st.integers(0, 1)))
    )
    return Series("Any", "", measure, step, tuple(points), jumps)


@given(any_series(), st.integers(0, 45), st.booleans(), any_series(), st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_the_data_there_is_an_honest_answer(
    series: Series, place: int, with_comparison: bool, other: Series, data: st.DataObject
) -> None:
    choices = data.draw(
        st.builds(
            Choices,
            before=st.none() | st.integers(0, 30),
            after=st.none() | st.integers(0, 30),
            leave_out_event=st.booleans(),
            same_season=st.booleans(),
            provisional=st.booleans(),
        )
    )
    day = series.step.plus(series.step.start(date(2020, 1, 1)), place)
    comparison = replace(other, name="Other") if with_comparison else None
    result, turned = (
        assess(series, day, better=better, comparison=comparison, choices=choices)
        for better in Better
    )
    assert assessment_from(json.loads(json.dumps(result.plain(), allow_nan=False))) == result
    assert (result.effect is None) == bool(result.reasons) == (result.verdict == Verdict.UNKNOWN)
    if result.effect is None:
        return
    assert Caveat.ASSOCIATION in codes(result)
    assert (result.verdict == Verdict.UNCLEAR) == (not result.is_clear)
    if result.is_clear:
        assert {result.verdict, turned.verdict} == {Verdict.BETTER, Verdict.WORSE}
    for method in result.methods:
        for estimate in method.estimates.values():
            assert estimate.low is None or estimate.low <= estimate.value + 1e-6
            assert estimate.high is None or estimate.high >= estimate.value - 1e-6


# --- Real series ------------------------------------------------------------------------------


def test_crossings_of_the_channel_before_and_after_an_agreement() -> None:
    """The sums by hand from the file; France and the United Kingdom agreed in November 2022."""
    result = assess(
        small_boats(),
        date(2022, 11, 14),
        better=Better.DOWN,
        choices=Choices(before=12, after=12, provisional=True),
    )
    listed = {day: int(cell or 0) for day, cell in small_boats_as_listed().items()}
    before = sum(n for day, n in listed.items() if date(2021, 11, 1) <= day <= date(2022, 10, 1))
    after = sum(n for day, n in listed.items() if date(2022, 12, 1) <= day <= date(2023, 11, 1))
    assert result.before is not None
    assert result.after is not None
    assert result.effect is not None
    assert (result.before.total, result.after.total) == (before, after) == (48_670, 30_104)
    days = (
        (date(2022, 11, 1) - date(2021, 11, 1)).days,
        (date(2023, 12, 1) - date(2022, 12, 1)).days,
    )
    assert result.effect.value == pytest.approx(after / days[1] / (before / days[0]))
    assert {Caveat.PROVISIONAL, Caveat.OVERDISPERSION, Caveat.NOT_OVER} <= codes(result)
    naive = ratio_of_counts(after, days[1], before, days[0])["ratio"]
    assert naive.low is not None
    assert result.effect.low is not None
    assert result.effect.low < naive.low  # thousands of people, yet not a pinpoint interval


def test_crossings_are_all_provisional_and_so_unanswered_by_default() -> None:
    assert why(assess(small_boats(), date(2022, 11, 14), better="down")) == [Reason.ALL_PROVISIONAL]


def test_a_month_that_is_not_over_ends_no_window_of_the_channel() -> None:
    result = assess(
        small_boats(), date(2026, 1, 1), better="down", choices=Choices(provisional=True)
    )
    assert result.before is not None
    assert result.after is not None
    assert (result.before.total, result.after.total) == (25_436, 14_200)  # January to July
    assert result.after.last == date(2026, 7, 1)


def test_two_borders_of_one_country() -> None:
    """The southwest border beside the northern one, at the change of government of January 2017."""
    result = assess(
        border_patrol("southwest_border"),
        date(2017, 1, 20),
        better="down",
        comparison=border_patrol("northern_border"),
        choices=Choices(before=12, after=12),
    )
    assert result.before is not None
    assert result.after is not None
    southwest, northern = (
        {point.start: point.value or 0 for point in border_patrol(name).points}
        for name in ("southwest_border", "northern_border")
    )
    sums = [
        sum(value for day, value in series.items() if first <= day <= last)
        for series in (southwest, northern)
        for first, last in (
            (date(2016, 1, 1), date(2016, 12, 1)),
            (date(2017, 2, 1), date(2018, 1, 1)),
        )
    ]
    assert [result.before.total, result.after.total] == sums[:2]
    method = result.method(Means.DIFFERENCES)
    assert method is not None
    expected = sums[1] / sums[0] / (sums[3] / sums[2])
    assert method.estimates["ratio"].value == pytest.approx(expected, rel=1e-9)
    assert result.is_clear


# --- Coverage ---------------------------------------------------------------------------------


def covered(draw: Callable[[np.random.Generator, float], float], runs: int = 800) -> float:
    """How often the interval of the rate ratio holds the true one, 0.7, of monthly counts."""
    rng = np.random.default_rng(20_26)
    days = np.array([Step.MONTH.days(start) for start in months(-12) + months(12)]) / 30
    inside = 0
    for _ in range(runs):
        means = np.concatenate([np.full(12, 20.0), np.full(12, 14.0)]) * days
        values = [float(draw(rng, mean)) for mean in means]
        sides = (
            list(map(Point, months(-12), values[:12])),
            list(map(Point, months(12), values[12:])),
        )
        method, _, _ = rate_ratio(Step.MONTH, *sides, in_season=True)
        ratio = method.estimates["ratio"]
        inside += (ratio.low or 0) <= 0.7 <= (ratio.high or 9)
    return inside / runs


@pytest.mark.slow
def test_intervals_of_chance_counts_cover_95_in_100() -> None:
    assert 0.94 <= covered(lambda rng, mean: rng.poisson(mean)) <= 0.985


@pytest.mark.slow
def test_intervals_of_counts_that_vary_more_cover_95_in_100() -> None:
    share = covered(lambda rng, mean: rng.negative_binomial(4, 4 / (4 + mean)))
    assert 0.93 <= share <= 0.98


@pytest.mark.slow
def test_intervals_of_shares_and_shifts_cover_95_in_100() -> None:
    rng = np.random.default_rng(8)
    inside = {"share": 0, "shift": 0}
    runs = 600
    for _ in range(runs):
        parts = [int(rng.binomial(40, share)) for share in [0.3] * 12 + [0.45] * 12]
        result = assess(
            shares([(part, 40) for part in parts[:12]], [(part, 40) for part in parts[12:]]),
            EVENT,
            better="up",
        )
        assert result.effect is not None
        inside["share"] += (result.effect.low or -1) <= 0.15 <= (result.effect.high or 1)
        old, new = rng.gamma(2, 10, 12), rng.gamma(2, 10, 12) + 5
        sides = list(map(Point, months(-12), old)), list(map(Point, months(12), new))
        shift = medians(Step.MONTH, *sides)[0].estimates["difference"]
        inside["shift"] += (shift.low or -99) <= 5 <= (shift.high or 99)
    assert all(0.93 <= number / runs <= 0.985 for number in inside.values()), inside
