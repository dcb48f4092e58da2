"""Did an indicator change after an intervention, and how sure can one be?

``assess`` compares the time before with the time after; docs/guide/statistics.md says what each
method is and when it is used. Run it in the worker: the libraries that compute are large.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from evaluation.assessment import (
    BY_RULE,
    Assessment,
    Caveat,
    Choices,
    Estimate,
    Means,
    Method,
    Reason,
    Remark,
    Verdict,
    Window,
)
from evaluation.methods import medians, proportions, rate_ratio
from evaluation.series import Better, Measure, Point, Quality, Series
from evaluation.trends import LEAST_FOR_TREND, differences, interrupted
from evaluation.windows import Windows, windows

LEAST_COUNTED, LEAST_RANKED = 3, 4
"""Periods needed on either side: of counts and shares, to see how much periods vary; of times and
amounts, for an interval of ranks to have any end."""
FEW_EVENTS = 5
SURE = 0.05
"""Below this p a trend is told."""


def assess(
    series: Series,
    intervention: date,
    *,
    better: Better | str,
    comparison: Series | None = None,
    choices: Choices = BY_RULE,
) -> Assessment:
    """Return what became of ``series`` at the ``intervention``.

    ``comparison`` is the same measure where nothing was changed, in the same step. Whatever does
    not allow an answer is told in ``reasons``; data never raise.
    """
    counted = series.measure in (Measure.COUNT, Measure.PROPORTION)
    chosen = windows(series, intervention, choices, LEAST_COUNTED if counted else LEAST_RANKED)
    result = Assessment(
        measure=series.measure,
        step=series.step,
        name=series.name,
        unit=series.unit,
        better=better,
        intervention=intervention,
        choices=chosen.choices,
        comparison=comparison.name if comparison else "",
        first_month=series.first_month,
    )
    if not chosen.reasons:
        result = compared(result, series, comparison, chosen)
    association = Remark(Caveat.ASSOCIATION)
    return replace(
        result,
        caveats=(association, *chosen.caveats) if not chosen.reasons else tuple(chosen.caveats),
        reasons=tuple(chosen.reasons),
    )


def compared(
    result: Assessment, series: Series, comparison: Series | None, chosen: Windows
) -> Assessment:
    """Fill in figures, methods and verdict; add to what ``chosen`` remarks."""
    if series.measure == Measure.COUNT and has_no_base(chosen):
        return result
    main, before, after = first_method(series, chosen)
    effect = main.estimates["ratio" if series.measure == Measure.COUNT else "difference"]
    others = [trend_method(series, chosen), comparison_method(series, comparison, chosen)]
    methods = (main, *(method for method in others if method))
    result = replace(
        result,
        before=before,
        after=after,
        effect=effect,
        relative=relative(series.measure, main, before),
        methods=methods,
    )
    remark_on_agreement(result, chosen)
    return replace(result, verdict=verdict(result))


def has_no_base(chosen: Windows) -> bool:
    """No event before: there is nothing that a ratio could be of."""
    before, after = (
        sum(point.value or 0 for point in side) for side in (chosen.before, chosen.after)
    )
    if before == 0:
        if after == 0:
            chosen.refuse(Reason.NOTHING_HAPPENED)
        else:
            chosen.refuse(Reason.ZERO_BASE, after=after)
    return before == 0


def first_method(series: Series, chosen: Windows) -> tuple[Method, Window, Window]:
    """Compare the two sides in the way of the measure."""
    step, sides = series.step, (chosen.before, chosen.after)
    if series.measure not in (Measure.COUNT, Measure.PROPORTION):
        method, before, after = medians(step, *sides)
    else:
        compare = rate_ratio if series.measure == Measure.COUNT else proportions
        method, before, after = compare(step, *sides, in_season=chosen.in_season)
        if method.numbers["design_effect"] != 1:
            chosen.note(Caveat.OVERDISPERSION, dispersion=method.numbers["dispersion"])
        if min(before.total, after.total) < FEW_EVENTS:
            chosen.note(Caveat.FEW_EVENTS, before=before.total, after=after.total)
    if method.numbers["correlated"]:
        chosen.note(Caveat.AUTOCORRELATION, correlation=method.numbers["autocorrelation"])
    return method, before, after


def trend_method(series: Series, chosen: Windows) -> Method | None:
    """Look at trends, and say so if there was one before or if there are too few periods."""
    method = interrupted(series.step, chosen.trends, chosen.from_after, series.measure)
    if method is None:
        chosen.note(Caveat.NO_TREND_MODEL, least=LEAST_FOR_TREND)
        return None
    trend = method.estimates["trend_before"]
    if trend.p is not None and trend.p < SURE:
        none = 1 if series.measure in (Measure.COUNT, Measure.PROPORTION) else 0
        chosen.note(Caveat.TREND_BEFORE, direction="up" if trend.value > none else "down")
    return method


def comparison_method(series: Series, comparison: Series | None, chosen: Windows) -> Method | None:
    """Set the change beside that of the comparison, if the two can be set side by side."""
    if comparison is None:
        return None
    if (series.measure, series.step, series.first_month) != (
        comparison.measure,
        comparison.step,
        comparison.first_month,
    ):
        chosen.note(Caveat.COMPARISON, why="kind")
        return None
    last_day = series.step.last_day(chosen.after[-1].start)
    if any(chosen.before[0].start < jump.day <= last_day for jump in comparison.breaks):
        chosen.note(Caveat.COMPARISON, why="break")
        return None
    usable = comparable(comparison, chosen)
    pairs = [
        (point, usable[point.start])
        for point in (*chosen.before, *chosen.after)
        if point.start in usable
    ]
    method = differences(series.step, pairs, chosen.from_after, series.measure)
    if method is None:
        chosen.note(Caveat.COMPARISON, why="few")
        return None
    chosen.note(Caveat.PARALLEL)
    apart = method.estimates.get("trend_before")
    if apart and apart.p is not None and apart.p < SURE:
        chosen.note(Caveat.TRENDS_DIFFER)
    return method


def comparable(comparison: Series, chosen: Windows) -> dict[date, Point]:
    """The periods of the comparison that may be used, by their first days."""
    return {
        point.start: point
        for point in comparison.points
        if not point.is_gap
        and comparison.is_whole(point)
        and (chosen.choices.provisional or point.quality == Quality.FINAL)
    }


def relative(measure: str, method: Method, before: Window) -> Estimate | None:
    """The change as a share of what was before; ``None`` if there was nothing, or less."""
    ratio = method.estimates.get("ratio")
    if ratio:
        return Estimate(ratio.value - 1, less(ratio.low, 1), less(ratio.high, 1))
    base = before.typical.value
    if measure == Measure.PROPORTION or base <= 0:
        return None
    shift = method.estimates["difference"]
    return Estimate(shift.value / base, part(shift.low, base), part(shift.high, base))


def less(number: float | None, by: float) -> float | None:
    return None if number is None else number - by


def part(number: float | None, of: float) -> float | None:
    return None if number is None else number / of


def remark_on_agreement(result: Assessment, chosen: Windows) -> None:
    """Say which other method does not find the change that the headline tells."""
    if not result.is_clear or result.effect is None:
        return
    rose = result.effect.value > result.no_change
    for method in result.methods[1:]:
        names = ("level",) if method.code == Means.INTERRUPTED else ("ratio", "difference")
        other = next(method.estimates[name] for name in names if name in method.estimates)
        ratio = result.measure == Measure.COUNT or (
            result.measure == Measure.PROPORTION and method.code == Means.INTERRUPTED
        )
        none = 1.0 if ratio else 0.0
        if not other.excludes(none) or (other.value > none) != rose:
            chosen.note(
                Caveat.METHODS_DISAGREE,
                method=method.code,
                value=other.value,
                low=other.low,
                high=other.high,
            )


def verdict(result: Assessment) -> Verdict:
    """Whether it is better or worse; unclear as long as the interval holds no change."""
    if result.effect is None:
        return Verdict.UNKNOWN
    if not result.is_clear:
        return Verdict.UNCLEAR
    rose = result.effect.value > result.no_change
    return Verdict.BETTER if rose == (result.better == Better.UP) else Verdict.WORSE
