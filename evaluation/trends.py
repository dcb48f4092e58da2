"""Ways to compare that look at the course of time: interrupted time series, and a comparison series.

Like ``evaluation.methods``, for the worker: what computes is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import exp, isfinite, pi
from typing import Any

from evaluation.assessment import Estimate, Means, Method, Number
from evaluation.methods import (
    CONFIDENCE,
    bounded,
    fitted,
    known,
    model_of,
    neighbors,
    quietly,
    tally,
    telling,
)
from evaluation.series import Measure, Point, Step

LEAST_FOR_TREND = 8
"""Periods needed on either side to look at trends (R. B. Penfold and F. Zhang, "Use of
Interrupted Time Series Analysis in Evaluating Health Care Quality Improvements", Academic
Pediatrics 13 (2013), S38–S44)."""
LEAST_COMPARED = 3
"""Periods needed on either side that both series have."""
LEAST_YEARS = 3
"""Years in all that are needed to tell seasons from a trend by harmonic terms."""
DAYS_OF_YEAR = 365.25


# --- Interrupted time series ------------------------------------------------------------------


def interrupted(
    step: Step, points: Sequence[Point], from_after: date, measure: Measure
) -> Method | None:
    """Fit a level and a slope on either side: what changed at once, and what changed in pace.

    Segmented regression: A. K. Wagner, S. B. Soumerai, F. Zhang and D. Ross-Degnan, "Segmented
    Regression Analysis of Interrupted Time Series Studies in Medication Use Research", Journal of
    Clinical Pharmacy and Therapeutics 27 (2002), 299–309; of counts and with harmonic seasons: J.
    Lopez Bernal, S. Cummins and A. Gasparrini, "Interrupted Time Series Regression for the
    Evaluation of Public Health Interventions: A Tutorial", International Journal of Epidemiology 46
    (2017), 348–355. Standard errors hold under autocorrelation and unequal variance: W. K. Newey and
    K. D. West, Econometrica 55 (1987), 703–708, with the lags of their rule of 1994,
    ⌊4 (n ÷ 100)^(2/9)⌋, a correction for small samples and Student's quantile.

    Of counts ``level`` and ``trend`` are ratios, of shares odds ratios, else differences; the
    trends per period. ``None``: too few periods, nothing on a side, or values that no line fits.
    """
    import numpy as np

    number_before = sum(point.start < from_after for point in points)
    number_after = len(points) - number_before
    if min(number_before, number_after) < LEAST_FOR_TREND:
        return None
    sides = [int(point.start >= from_after) for point in points]
    if measure in (Measure.COUNT, Measure.PROPORTION) and not all(telling(points, sides, measure)):
        return None
    time = np.array([step.between(from_after, point.start) for point in points], float)
    after = np.array(sides, float)
    columns = [np.ones(len(points)), time, after, time * after]
    pairs = harmonics(step, points)
    columns += waves(step, points, pairs)
    lags = lags_for(len(points))
    with quietly():
        fit = fitted(
            model_of(step, points, np.column_stack(columns), measure),
            cov_type="HAC",
            cov_kwds={"maxlags": lags, "use_correction": True},
            use_t=True,
        )
        if fit is None:
            return None
        ends, errors = np.asarray(fit.conf_int(1 - CONFIDENCE)), np.asarray(fit.bse)
        values, chances = np.asarray(fit.params), np.asarray(fit.pvalues)
        residuals = np.asarray(fit.resid_pearson)
    if not np.isfinite(errors[:4]).all() or not np.isfinite(values[:4]).all():
        return None
    ratio = measure in (Measure.COUNT, Measure.PROPORTION)
    estimates = {
        name: transformed(values[at], ends[at], chances[at], ratio=ratio)
        for name, at in (("trend_before", 1), ("level", 2), ("trend", 3))
    }
    numbers: dict[str, Number] = {
        "before": number_before,
        "after": number_after,
        "lags": lags,
        "harmonics": pairs,
        "autocorrelation": neighbors(step, points, sides, residuals),
        "durbin_watson": durbin_watson(residuals),
    }
    return Method(Means.INTERRUPTED, estimates, numbers)


def transformed(value: float, ends: Any, p: float, *, ratio: bool) -> Estimate:
    """Return a coefficient, of a logarithmic scale as a ratio."""
    if not ratio:
        return bounded(value, ends, p)
    return bounded(safe_exp(value), [safe_exp(end) for end in ends], p)


def safe_exp(value: float) -> float:
    return exp(value) if value < 700 else float("inf")


def durbin_watson(residuals: Any) -> float | None:
    from statsmodels.stats.stattools import durbin_watson as statistic

    with quietly():
        return known(statistic(residuals))


def lags_for(number: int) -> int:
    """W. K. Newey and K. D. West, "Automatic Lag Selection in Covariance Matrix Estimation",
    Review of Economic Studies 61 (1994), 631–653."""
    return int(4 * (number / 100) ** (2 / 9))


def harmonics(step: Step, points: Sequence[Point]) -> int:
    """How many pairs of waves describe the season: none while there are too few years for it."""
    if len(points) < LEAST_YEARS * step.in_a_year or step.in_a_year < 4:
        return 0
    return 1 if step.in_a_year == 4 else 2


def waves(step: Step, points: Sequence[Point], pairs: int) -> list[Any]:
    """Return sines and cosines of the time of the year, in the middle of each period."""
    import numpy as np

    middle = np.array([point.start.toordinal() + step.days(point.start) / 2 for point in points])
    turn = 2 * pi * middle / DAYS_OF_YEAR
    return [wave(number * turn) for number in range(1, pairs + 1) for wave in (np.sin, np.cos)]


# --- Difference in differences ----------------------------------------------------------------


def differences(
    step: Step,
    pairs: Sequence[tuple[Point, Point]],
    from_after: date,
    measure: Measure,
) -> Method | None:
    """Compare the change with the change of another series over the same periods.

    ``pairs`` hold for each period the point and its comparison. What happens to both in a period
    cancels out: of counts, given their sum, the share of the first is binomial (the conditional
    Poisson model with an effect for each period), so that the odds ratio of after and before is the
    ratio of the two rate ratios; of all else the difference of the two is compared. Standard errors
    as in ``interrupted``, for serial correlation makes ordinary ones far too small (M. Bertrand, E.
    Duflo and S. Mullainathan, "How Much Should We Trust Differences-in-Differences Estimates?",
    Quarterly Journal of Economics 119 (2004), 249–275). ``trend_before``: whether they moved apart
    before already, per period; the method supposes that they did not.
    """
    import numpy as np

    joined = [joint(one, other, measure) for one, other in pairs]
    kind = Measure.PROPORTION if measure == Measure.COUNT else Measure.AMOUNT
    joined = [point for point in joined if not point.is_gap]
    sides = [int(point.start >= from_after) for point in joined]
    if min(sum(sides), len(sides) - sum(sides)) < LEAST_COMPARED:
        return None
    if kind == Measure.PROPORTION and not all(telling(joined, sides, kind)):
        return None
    ratio = measure == Measure.COUNT
    columns = np.column_stack([np.ones(len(joined)), sides])
    change = coefficient(step, joined, columns, kind, ratio=ratio)
    if change is None:
        return None
    estimates = {"ratio" if ratio else "difference": change}
    earlier = [point for point, side in zip(joined, sides, strict=True) if not side]
    if len(earlier) >= LEAST_FOR_TREND:
        time = [step.between(from_after, point.start) for point in earlier]
        columns = np.column_stack([np.ones(len(earlier)), time])
        apart = coefficient(step, earlier, columns, kind, ratio=ratio)
        if apart:
            estimates["trend_before"] = apart
    numbers: dict[str, Number] = {
        "before": len(sides) - sum(sides),
        "after": sum(sides),
        "lags": lags_for(len(joined)),
    }
    return Method(Means.DIFFERENCES, estimates, numbers)


def joint(one: Point, other: Point, measure: Measure) -> Point:
    """Return a period's pair as one point: the first of both, or the difference."""
    if measure == Measure.COUNT:
        return Point(one.start, numerator=tally(one), denominator=tally(one) + tally(other))
    return Point(one.start, (one.height or 0.0) - (other.height or 0.0))


def coefficient(
    step: Step, points: Sequence[Point], columns: Any, measure: Measure, *, ratio: bool
) -> Estimate | None:
    """Return the second coefficient with an interval that allows for autocorrelation."""
    import numpy as np

    lags = {"maxlags": lags_for(len(points)), "use_correction": True}
    with quietly():
        fit = fitted(
            model_of(step, points, columns, measure), cov_type="HAC", cov_kwds=lags, use_t=True
        )
        if fit is None:
            return None
        ends = np.asarray(fit.conf_int(1 - CONFIDENCE))[1]
    value, error, p = (float(np.asarray(of)[1]) for of in (fit.params, fit.bse, fit.pvalues))
    return transformed(value, ends, p, ratio=ratio) if isfinite(error) else None
