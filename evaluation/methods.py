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
from math import ceil, isfinite, log10, sqrt
from typing import Any

from evaluation.assessment import Estimate, Means, Method, Number, Window
from evaluation.series import Measure, Point, Step

CONFIDENCE = 0.95
BLOCKS = 13
"""Into how many parts of four weeks a year of days or weeks is divided to tell seasons apart."""
EXACT_UP_TO = 50
"""Values on a side up to which ranks are compared exactly, as R does; beyond, normally."""
LEAST_RESEMBLANCE, MOST_RESEMBLANCE = 0.05, 0.95
"""Less autocorrelation changes nothing; more cannot be allowed for, as the factor has no bound."""


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
    if not kept:
        return residuals, 0
    columns = indicators([places[index] for index in kept])
    if len({sides[index] for index in kept}) > 1:
        columns = np.column_stack([columns, [float(sides[index]) for index in kept]])
    df = len(kept) - columns.shape[1]
    if df > 0:
        with quietly():
            fit = fitted(model_of(step, [points[index] for index in kept], columns, measure))
        if fit is None:
            return residuals, 0
        residuals[kept] = np.asarray(fit.resid_pearson)
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
    """A correlation of neighbors larger than 95 % of those among ``number`` independent values.

    One below ``LEAST_RESEMBLANCE`` widens an interval by less than a twentieth: it is not told.
    """
    from scipy import stats

    return bool(resemblance > max(stats.norm.ppf(CONFIDENCE) / sqrt(number), LEAST_RESEMBLANCE))


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


def fitted(model: Any, **how: Any) -> Any | None:
    """Fit a model; ``None`` for values that leave it nothing to fit, as when none differs."""
    try:
        return model.fit(**how)
    except ValueError:
        return None


# --- Counts -----------------------------------------------------------------------------------


def rate_ratio(
    step: Step, before: Sequence[Point], after: Sequence[Point], *, in_season: bool
) -> tuple[Method, Window, Window]:
    """Compare two counts, each over the days of its periods. There is an event before.

    Periods that vary more than by chance: both counts are divided by the design effect (J. N. K.
    Rao and A. J. Scott, "A Simple Method for Analysing Overdispersion in Clustered Poisson Data",
    Statistics in Medicine 18 (1999), 1373–1385).
    """
    varies = spread(before, after, step, Measure.COUNT, in_season=in_season)
    events_before, events_after = (sum(map(tally, side)) for side in (before, after))
    days_before, days_after = sum(days(step, before)), sum(days(step, after))
    estimates = ratio_of_counts(
        events_after / varies.effect, days_after, events_before / varies.effect, days_before
    )
    numbers = varies.numbers() | {"days_before": days_before, "days_after": days_after}
    return (
        Method(Means.RATE_RATIO, estimates, numbers | {"in_season": int(in_season)}),
        count_window(step, before, varies.effect),
        count_window(step, after, varies.effect),
    )


def ratio_of_counts(
    after: float, days_after: float, before: float, days_before: float
) -> dict[str, Estimate]:
    """Return the ratio of two rates with its exact and its score interval; ``before`` is not 0.

    Exact, given the sum of both counts, of which the count after is a binomial share: J.
    Przyborowski and H. Wilenski, "Homogeneity of Results in Testing Samples from Poisson Series",
    Biometrika 31 (1940), 313–323, with the interval of C. J. Clopper and E. S. Pearson, "The Use of
    Confidence or Fiducial Limits Illustrated in the Case of the Binomial", Biometrika 26 (1934),
    404–413. Score, with its p: K. Gu, H. K. T. Ng, M. L. Tang and W. R. Schucany, "Testing the
    Ratio of Two Poisson Rates", Biometrical Journal 50 (2008), 283–298; the ratios that it does not
    reject are those of the same binomial share in Wilson's interval.
    """
    from statsmodels.stats.proportion import proportion_confint
    from statsmodels.stats.rates import test_poisson_2indep

    exposures = days_before / days_after
    ratio = after / before * exposures
    with quietly():
        exact, score = (
            [
                odds(float(share)) * exposures
                for share in proportion_confint(after, before + after, method=method)
            ]
            for method in ("beta", "wilson")
        )
        p = test_poisson_2indep(after, days_after, before, days_before, method="score").pvalue
    if not after:
        exact[0] = score[0] = 0.0
    return {"ratio": bounded(ratio, exact), "ratio_score": bounded(ratio, score, p)}


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

    Periods that vary more than by chance: numbers are divided by the design effect (J. N. K. Rao
    and A. J. Scott, "A Simple Method for the Analysis of Clustered Binary Data", Biometrics 48
    (1992), 577–585).
    """
    varies = spread(before, after, step, Measure.PROPORTION, in_season=in_season)
    part_before, part_after = (sum(map(tally, side)) for side in (before, after))
    of_before, of_after = (
        sum(point.denominator or 0 for point in side) for side in (before, after)
    )
    estimates = difference_of_shares(
        *(number / varies.effect for number in (part_after, of_after, part_before, of_before))
    )
    return (
        Method(Means.PROPORTIONS, estimates, varies.numbers() | {"in_season": int(in_season)}),
        share_window(step, before, varies.effect),
        share_window(step, after, varies.effect),
    )


def difference_of_shares(
    part_after: float, of_after: float, part_before: float, of_before: float
) -> dict[str, Estimate]:
    """Return the difference of two shares and, if neither is 0 and it can be found, their ratio.

    Difference: method 10 of R. G. Newcombe, "Interval Estimation for the Difference between
    Independent Proportions: Comparison of Eleven Methods", Statistics in Medicine 17 (1998),
    873–890. Ratio: the score interval of P. A. R. Koopman, "Confidence Intervals for the Ratio of
    Two Binomial Proportions", Biometrics 40 (1984), 513–517.
    """
    from statsmodels.stats.proportion import (
        confint_proportions_2indep,
        test_proportions_2indep,
    )

    sample = part_after, of_after, part_before, of_before
    share_after, share_before = part_after / of_after, part_before / of_before
    with quietly():
        newcombe = confint_proportions_2indep(*sample, method="newcomb", compare="diff")
        p = test_proportions_2indep(*sample, method="score", compare="diff").pvalue
    estimates = {"difference": bounded(share_after - share_before, newcombe, p)}
    if part_before and part_after:
        with quietly():
            score = confint_proportions_2indep(
                *sample, method="score", compare="ratio", correction=False
            )
        ratio = bounded(share_after / share_before, score)
        # The interval is found by a search, which fails on a few cases among a million.
        if (
            ratio.low is not None
            and ratio.high is not None
            and ratio.low <= ratio.value <= ratio.high
        ):
            estimates["ratio"] = ratio
    return estimates


def share_window(step: Step, points: Sequence[Point], effect: float) -> Window:
    """A share with its score interval (E. B. Wilson, "Probable Inference, the Law of Succession,
    and Statistical Inference", Journal of the American Statistical Association 22 (1927),
    209–212)."""
    from statsmodels.stats.proportion import proportion_confint

    part = sum(map(tally, points))
    of = sum(point.denominator or 0 for point in points)
    wilson = proportion_confint(part / effect, of / effect, method="wilson")
    return window(step, points, n=of, total=part, typical=bounded(part / of, wilson))


# --- Times and amounts ------------------------------------------------------------------------


def medians(
    step: Step, before: Sequence[Point], after: Sequence[Point]
) -> tuple[Method, Window, Window]:
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
            "correlated": int(correlated),
            "variance_factor": factor,
            "exact": int(exact),
            "level": 1 - 2 * tail,
        },
    )
    return method, median_window(step, before), median_window(step, after)


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
    return round((low + high) / 2, digits) + 0.0  # never −0
