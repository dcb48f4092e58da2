"""How the time before and the time after are compared, one function for each way.

Everything numeric is done by scipy and statsmodels, imported where it is used: they are large, and
only the worker needs them. docs/guide/statistics.md says when each method is used; the sources are
in the docstrings.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from math import ceil, exp, isfinite, log10, pi, sqrt
from typing import Any

from evaluation.assessment import Estimate, Means, Method, Number, Window
from evaluation.series import Measure, Point, Step

CONFIDENCE = 0.95
BLOCKS = 13
"""Into how many parts of four weeks a year of days or weeks is divided to tell seasons apart."""
LEAST_FOR_TREND = 8
"""Periods needed on either side to look at trends (R. B. Penfold and F. Zhang, "Use of
Interrupted Time Series Analysis in Evaluating Health Care Quality Improvements", Academic
Pediatrics 13 (2013), S38–S44)."""
LEAST_YEARS = 3
"""Years in all that are needed to tell seasons from a trend by harmonic terms."""
EXACT_UP_TO = 50
"""Values on a side up to which ranks are compared exactly, as R does; beyond, normally."""
DAYS_OF_YEAR = 365.25
MOST_RESEMBLANCE = 0.95
"""More autocorrelation than this cannot be allowed for: the factor would grow without bound."""


@contextmanager
def quietly() -> Iterator[None]:
    """Say nothing of overflows and perfect fits: whoever computes looks at what came out."""
    import numpy as np

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def known(number: Any) -> float | None:
    """Return a number as JSON can hold it; ``None`` for what is no number or has no bound."""
    return float(number) if number is not None and isfinite(number) else None


def bounded(value: float, interval: Sequence[Any], p: Any = None) -> Estimate:
    return Estimate(float(value), known(interval[0]), known(interval[1]), known(p))


@dataclass(frozen=True)
class Spread:
    """How much more the periods vary than chance alone would have them.

    ``dispersion``: Pearson's chi-squared over its degrees of freedom ``df``, with the season taken
    out where both sides hold the same seasons. ``resemblance``: the correlation of neighboring
    periods' residuals (lag 1). ``effect``: by how much the variance of a total is larger than by
    chance, the design effect; 1 if nothing speaks against chance.
    """

    dispersion: float
    df: int
    resemblance: float
    correlated: bool
    effect: float

    def numbers(self) -> dict[str, Number]:
        return {
            "dispersion": self.dispersion,
            "df": self.df,
            "correlated": int(self.correlated),
            "autocorrelation": self.resemblance,
            "design_effect": self.effect,
        }


def spread(
    before: Sequence[Point],
    after: Sequence[Point],
    step: Step,
    measure: Measure,
    *,
    in_season: bool,
) -> Spread:
    """Estimate the design effect of counts or shares.

    The dispersion is that of a quasi-Poisson or quasi-binomial model with a level on either side
    (P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed., 1989, 4.5 and 6.2). Where
    it exceeds 1, it is multiplied by (1 + r) ÷ (1 − r), if neighbors resemble each other by r
    beyond chance (M. S. Bartlett, "Some Aspects of the Time-Correlation Problem", Journal of the
    Royal Statistical Society 98 (1935), 536–543), and by the square of Student's quantile over the
    normal one, because it is itself estimated from few periods.
    """
    from scipy import stats

    points = [*before, *after]
    sides = [0] * len(before) + [1] * len(after)
    places = [place(step, point.start) if in_season else 0 for point in points]
    residuals, df = residuals_of(step, points, sides, places, measure)
    if df < 1:
        return Spread(1.0, 0, 0.0, False, 1.0)
    dispersion = float((residuals**2).sum() / df)
    resemblance = neighbors(step, points, sides, residuals)
    correlated = beyond_chance(resemblance, len(points))
    if dispersion <= 1:
        return Spread(dispersion, df, resemblance, correlated, 1.0)
    level = (1 + CONFIDENCE) / 2
    factor = float((stats.t.ppf(level, df) / stats.norm.ppf(level)) ** 2)
    if correlated:
        factor *= variance_factor(resemblance)
    return Spread(dispersion, df, resemblance, correlated, dispersion * factor)


def place(step: Step, start: date) -> int:
    """The season a period belongs to; days and weeks in blocks of four weeks."""
    season = step.season(start)
    return season * BLOCKS // step.in_a_year if step in (Step.DAY, Step.WEEK) else season


def residuals_of(
    step: Step,
    points: Sequence[Point],
    sides: Sequence[int],
    places: Sequence[int],
    measure: Measure,
) -> tuple[Any, int]:
    """Return Pearson residuals of a model with season and side, and its degrees of freedom.

    Where a season or side has no event (or nothing but events) the model would have no finite
    level: its residuals are 0, and they use up no freedom.
    """
    import numpy as np

    residuals = np.zeros(len(points))
    tells = zip(telling(points, places, measure), telling(points, sides, measure), strict=True)
    kept = [index for index, both in enumerate(tells) if all(both)]
    columns = indicators([places[index] for index in kept])
    if len({sides[index] for index in kept}) > 1:
        columns = np.column_stack([columns, [float(sides[index]) for index in kept]])
    df = len(kept) - columns.shape[1]
    if df > 0:
        with quietly():
            model = model_of(step, [points[index] for index in kept], columns, measure)
            residuals[kept] = np.asarray(model.fit().resid_pearson)
    return residuals, max(df, 0)


def telling(points: Sequence[Point], groups: Sequence[int], measure: Measure) -> list[bool]:
    """For each point, whether anything was counted in its group, and of a share not all."""
    counted: Counter[int] = Counter()
    others: Counter[int] = Counter()
    for point, group in zip(points, groups, strict=True):
        events = tally(point)
        counted[group] += events
        others[group] += 1 if measure == Measure.COUNT else (point.denominator or 0) - events
    return [counted[group] > 0 and others[group] > 0 for group in groups]


def tally(point: Point) -> int:
    """The events of a count, the numerator of a share."""
    return int(point.value if point.value is not None else point.numerator or 0)


def days(step: Step, points: Sequence[Point]) -> list[int]:
    return [step.days(point.start) for point in points]


def indicators(groups: Sequence[int]) -> Any:
    """Return one column for each group, 1 for those in it."""
    import numpy as np

    return np.array([[float(group == other) for other in sorted(set(groups))] for group in groups])


def neighbors(step: Step, points: Sequence[Point], sides: Sequence[int], residuals: Any) -> float:
    """Return the correlation of residuals of periods that follow each other on the same side."""
    together = sum(
        residuals[index] * residuals[index + 1]
        for index in range(len(points) - 1)
        if sides[index] == sides[index + 1]
        and step.following(points[index].start) == points[index + 1].start
    )
    total = float((residuals**2).sum())
    return float(together) / total if total else 0.0


def beyond_chance(resemblance: float, number: int) -> bool:
    """A correlation of neighbors larger than 95 % of those among ``number`` independent values."""
    from scipy import stats

    return bool(resemblance > stats.norm.ppf(CONFIDENCE) / sqrt(number))


def variance_factor(resemblance: float) -> float:
    capped = min(resemblance, MOST_RESEMBLANCE)
    return (1 + capped) / (1 - capped)


def model_of(step: Step, points: Sequence[Point], columns: Any, measure: Measure) -> Any:
    """Return the generalized linear model of a measure: Poisson by days, binomial, or normal."""
    import numpy as np
    import statsmodels.api as sm

    if measure == Measure.COUNT:
        counts = np.array([float(tally(point)) for point in points])
        return sm.GLM(
            counts, columns, family=sm.families.Poisson(), exposure=np.array(days(step, points))
        )
    heights = np.array([point.height for point in points], float)
    if measure == Measure.PROPORTION:
        cases = np.array([float(point.denominator or 0) for point in points])
        return sm.GLM(heights, columns, family=sm.families.Binomial(), var_weights=cases)
    return sm.GLM(heights, columns, family=sm.families.Gaussian())


# --- Counts -----------------------------------------------------------------------------------


def rate_ratio(
    step: Step, before: Sequence[Point], after: Sequence[Point], *, in_season: bool
) -> tuple[Method, Window, Window]:
    """Compare two counts, each over the days of its periods. There is an event before.

    The interval of the ratio is exact, given the sum of both counts: of the after events among all,
    a binomial share, by C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits
    Illustrated in the Case of the Binomial", Biometrika 26 (1934), 404–413, as in J. Przyborowski
    and H. Wilenski, "Homogeneity of Results in Testing Samples from Poisson Series", Biometrika 31
    (1940), 313–323. The score interval beside it: K. Gu, H. K. T. Ng, M. L. Tang and W. R.
    Schucany, "Testing the Ratio of Two Poisson Rates", Biometrical Journal 50 (2008), 283–298.
    Periods that vary more than by chance: both counts are divided by the design effect (J. N. K.
    Rao and A. J. Scott, "A Simple Method for Analysing Overdispersion in Clustered Poisson Data",
    Statistics in Medicine 18 (1999), 1373–1385).
    """
    from statsmodels.stats.proportion import proportion_confint
    from statsmodels.stats.rates import confint_poisson_2indep, test_poisson_2indep

    varies = spread(before, after, step, Measure.COUNT, in_season=in_season)
    events_before, events_after = (sum(map(tally, side)) for side in (before, after))
    days_before, days_after = sum(days(step, before)), sum(days(step, after))
    worth_before, worth_after = events_before / varies.effect, events_after / varies.effect
    exposures = days_before / days_after
    ratio = events_after / events_before * exposures
    with quietly():
        share = proportion_confint(worth_after, worth_before + worth_after, method="beta")
        exact = [odds(end) * exposures for end in share]
        sample = worth_after, days_after, worth_before, days_before
        score = confint_poisson_2indep(*sample, method="score", compare="ratio")
        p = test_poisson_2indep(*sample, method="score").pvalue
    method = Method(
        Means.RATE_RATIO,
        {"ratio": bounded(ratio, exact, p), "ratio_score": bounded(ratio, score)},
        varies.numbers()
        | {"days_before": days_before, "days_after": days_after, "in_season": int(in_season)},
    )
    return (
        method,
        count_window(step, before, varies.effect),
        count_window(step, after, varies.effect),
    )


def odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")


def count_window(step: Step, points: Sequence[Point], effect: float) -> Window:
    """Sum a side up; the mean of a period with its exact interval (F. Garwood, "Fiducial Limits
    for the Poisson Distribution", Biometrika 28 (1936), 437–442)."""
    from statsmodels.stats.rates import confint_poisson

    total = sum(map(tally, points))
    with quietly():
        low, high = confint_poisson(total / effect, len(points) / effect, method="exact-c")
    mean = bounded(total / len(points), (low if total else 0, high))
    return window(step, points, n=total, total=total, typical=mean)


def window(
    step: Step, points: Sequence[Point], *, n: float, total: float, typical: Estimate
) -> Window:
    return Window(
        first=points[0].start,
        last=points[-1].start,
        periods=len(points),
        days=sum(days(step, points)),
        n=n,
        total=total,
        typical=typical,
    )


# --- Shares -----------------------------------------------------------------------------------


def proportions(
    step: Step, before: Sequence[Point], after: Sequence[Point], *, in_season: bool
) -> tuple[Method, Window, Window]:
    """Compare two shares of cases.

    Difference: method 10 of R. G. Newcombe, "Interval Estimation for the Difference between
    Independent Proportions: Comparison of Eleven Methods", Statistics in Medicine 17 (1998),
    873–890. Each share: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", Journal of the American Statistical Association 22 (1927), 209–212. Ratio: the score
    interval of P. A. R. Koopman, "Confidence Intervals for the Ratio of Two Binomial Proportions",
    Biometrics 40 (1984), 513–517. Periods that vary more than by chance: numbers are divided by the
    design effect (J. N. K. Rao and A. J. Scott, "A Simple Method for the Analysis of Clustered
    Binary Data", Biometrics 48 (1992), 577–585).
    """
    from statsmodels.stats.proportion import (
        confint_proportions_2indep,
        test_proportions_2indep,
    )

    varies = spread(before, after, step, Measure.PROPORTION, in_season=in_season)
    part_before, part_after = (sum(map(tally, side)) for side in (before, after))
    of_before, of_after = (
        sum(point.denominator or 0 for point in side) for side in (before, after)
    )
    sample = [number / varies.effect for number in (part_after, of_after, part_before, of_before)]
    difference = part_after / of_after - part_before / of_before
    with quietly():
        newcombe = confint_proportions_2indep(*sample, method="newcomb", compare="diff")
        p = test_proportions_2indep(*sample, method="score", compare="diff").pvalue
    estimates = {"difference": bounded(difference, newcombe, p)}
    if part_before and part_after:
        with quietly():
            score = confint_proportions_2indep(*sample, method="score", compare="ratio")
        estimates["ratio"] = bounded(part_after / of_after / (part_before / of_before), score)
    numbers = varies.numbers() | {"in_season": int(in_season)}
    return (
        Method(Means.PROPORTIONS, estimates, numbers),
        share_window(step, before, varies.effect),
        share_window(step, after, varies.effect),
    )


def share_window(step: Step, points: Sequence[Point], effect: float) -> Window:
    from statsmodels.stats.proportion import proportion_confint

    part = sum(map(tally, points))
    of = sum(point.denominator or 0 for point in points)
    wilson = proportion_confint(part / effect, of / effect, method="wilson")
    return window(step, points, n=of, total=part, typical=bounded(part / of, wilson))


# --- Times and amounts ------------------------------------------------------------------------


def medians(step: Step, before: Sequence[Point], after: Sequence[Point]) -> Any:
    """Compare the values of periods by their ranks; no shape of distribution is supposed.

    The shift is the median of all differences after − before; its interval holds the shifts that
    the test of Mann and Whitney would not reject (J. L. Hodges and E. L. Lehmann, "Estimates of
    Location Based on Rank Tests", Annals of Mathematical Statistics 34 (1963), 598–611; M.
    Hollander and D. A. Wolfe, Nonparametric Statistical Methods, 1973, pp. 75–78). Where neighbors
    resemble each other beyond chance, the level of the test is set so that the normal quantile
    grows by the square root of the variance factor.
    """
    import numpy as np
    from scipy import stats

    old, new = (np.array([point.height for point in side], float) for side in (before, after))
    middles = np.median(old), np.median(new)
    points = [*before, *after]
    sides = [0] * len(before) + [1] * len(after)
    centered = np.concatenate([old - middles[0], new - middles[1]])
    resemblance = neighbors(step, points, sides, centered)
    correlated = beyond_chance(resemblance, len(points))
    factor = variance_factor(resemblance) if correlated else 1.0
    tail = float(stats.norm.sf(stats.norm.ppf((1 + CONFIDENCE) / 2) * sqrt(factor)))
    exact = is_exact(old, new)
    shift = hodges_lehmann(old, new)
    interval = shifts_not_rejected(old, new, tail, exact=exact)
    p = stats.mannwhitneyu(new, old, method="exact" if exact else "asymptotic").pvalue
    method = Method(
        Means.MEDIANS,
        {"difference": bounded(shift, interval, p if not correlated else None)},
        {
            "autocorrelation": resemblance,
            "variance_factor": factor,
            "exact": int(exact),
            "level": 1 - 2 * tail,
        },
    )
    return method, median_window(step, before), median_window(step, after), correlated


def median_window(step: Step, points: Sequence[Point]) -> Window:
    """The median with its interval by order statistics (W. J. Conover, Practical Nonparametric
    Statistics, 3rd ed., 1999, 3.2); unbounded while there are fewer than six values."""
    import numpy as np
    from scipy import stats

    values = np.array([point.height for point in points], float)
    interval = stats.quantile_test(values, p=0.5).confidence_interval(CONFIDENCE)
    middle = bounded(float(np.median(values)), interval)
    return window(step, points, n=len(points), total=float(values.sum()), typical=middle)


def is_exact(old: Any, new: Any) -> bool:
    """The distribution of ranks is computed exactly: few values, none of them twice."""
    together = [*old, *new]
    return max(len(old), len(new)) < EXACT_UP_TO and len(set(together)) == len(together)


def hodges_lehmann(old: Any, new: Any) -> float:
    """Return the median of all differences new − old, without making them all at once.

    Of an even number of differences it lies between the two in the middle, which are found by
    halving an interval around them.
    """
    import numpy as np

    pairs = len(old) * len(new)
    ordered = np.sort(old)

    def above(shift: float) -> int:
        """How many differences are larger than ``shift``."""
        return int(np.searchsorted(ordered, new - shift, side="left").sum())

    lowest, highest = reach(old, new)
    upper = boundary(lambda shift: above(shift) >= pairs - pairs // 2, lowest, highest)
    lower = boundary(lambda shift: above(shift) >= pairs // 2 + 1, lowest, highest)
    return (lower + upper) / 2


def shifts_not_rejected(
    old: Any, new: Any, tail: float, *, exact: bool
) -> tuple[float | None, float | None]:
    """Return the ends of the shifts whose one-sided p exceeds ``tail``; ``None`` without bound."""
    from scipy import stats

    method = "exact" if exact else "asymptotic"

    def p(shift: float, alternative: str) -> float:
        return float(
            stats.mannwhitneyu(new - shift, old, alternative=alternative, method=method).pvalue
        )

    lowest, highest = reach(old, new)
    low = high = None
    if p(lowest, "greater") <= tail:
        low = boundary(lambda shift: p(shift, "greater") <= tail, lowest, highest)
    if p(highest, "less") <= tail:
        high = boundary(lambda shift: p(shift, "less") > tail, lowest, highest)
    return low, high


def reach(old: Any, new: Any) -> tuple[float, float]:
    """Return shifts below and above every difference."""
    margin = 1 + abs(float(new.max())) + abs(float(old.max()))
    return float(new.min() - old.max() - margin), float(new.max() - old.min() + margin)


def boundary(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where ``holds``, true at ``low`` and false at ``high``, changes; to 11 digits."""
    digits = 11 - ceil(log10(high - low))
    while high - low > 10.0 ** -(digits + 1):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if holds(middle) else (low, middle)
    return round((low + high) / 2, digits)


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
    trends per period. ``None``: too few periods, or nothing on a side.
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
        fit = model_of(step, points, np.column_stack(columns), measure).fit(
            cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
        )
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
    with quietly():
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
    if min(sum(sides), len(sides) - sum(sides)) < 3:
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
        fit = model_of(step, points, columns, measure).fit(
            cov_type="HAC", cov_kwds=lags, use_t=True
        )
        ends = np.asarray(fit.conf_int(1 - CONFIDENCE))[1]
    value, error, p = (float(np.asarray(of)[1]) for of in (fit.params, fit.bse, fit.pvalues))
    return transformed(value, ends, p, ratio=ratio) if isfinite(error) else None
