"""Which periods are compared with which: the time before and the time after an intervention."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from evaluation.assessment import Caveat, Choices, Reason, Remark
from evaluation.series import Point, Quality, Series, Step

DAYS_OF_WEEK = 7


@dataclass
class Windows:
    """The points on either side, all with a value, and what was decided about them.

    ``trends`` holds all values that can be used to look at trends: also those outside the two
    windows, but none on the far side of a break. ``from_after`` is the first period after the
    intervention. ``in_season``: both sides hold the same periods of the year, so that the season
    can be told apart from the change.
    """

    choices: Choices
    from_after: date
    before: list[Point] = field(default_factory=list)
    after: list[Point] = field(default_factory=list)
    trends: list[Point] = field(default_factory=list)
    in_season: bool = False
    caveats: list[Remark] = field(default_factory=list)
    reasons: list[Remark] = field(default_factory=list)

    def note(self, code: str, **numbers: float | str | None) -> None:
        self.caveats.append(Remark(code, dict(numbers)))

    def refuse(self, code: str, **numbers: float | str | None) -> None:
        self.reasons.append(Remark(code, dict(numbers)))


@dataclass(frozen=True)
class Span:
    """Where values may be taken from: [``first``, ``to_before``) and [``from_after``, ``end``)."""

    first: date
    to_before: date
    from_after: date
    end: date

    def lengths(self, step: Step) -> tuple[int, int]:
        """How many periods there are on either side, gaps included."""
        return (
            max(0, step.between(self.first, self.to_before)),
            max(0, step.between(self.from_after, self.end)),
        )


def windows(series: Series, intervention: date, choices: Choices, least: int) -> Windows:
    """Choose the periods; with fewer than ``least`` values on a side there is a reason instead."""
    to_before, from_after = around(series, intervention, choices)
    chosen = Windows(choices, from_after)
    points = usable(series, chosen)
    if not points:
        settled = any(not point.is_gap for point in series.points) and not choices.provisional
        chosen.refuse(Reason.ALL_PROVISIONAL if settled else Reason.NO_DATA)
        return chosen
    whole = Span(points[0].start, to_before, from_after, series.step.following(points[-1].start))
    if any(to_before <= series.step.start(jump.day, series.first_month) < from_after
           or jump.day == from_after for jump in series.breaks):  # fmt: skip
        chosen.refuse(Reason.BREAK)
        return chosen
    span = within_breaks(series, whole)
    before, after = lengths(series.step, span, choices)
    starts_before, starts_after = periods(series.step, span, before, after, choices)
    chosen.before = held(points, starts_before)
    chosen.after = held(points, starts_after)
    chosen.trends = [
        point
        for point in points
        if span.first <= point.start < span.to_before or span.from_after <= point.start < span.end
    ]
    chosen.in_season = same_seasons(series.step, starts_before, starts_after)
    remark_on_lengths(series, chosen, whole, (len(starts_before), len(starts_after)))
    remark_on_gaps(series.step, chosen, len(starts_before), len(starts_after))
    remark_on_quality(series, chosen)
    chosen.choices = replace(choices, before=len(starts_before), after=len(starts_after))
    if min(len(chosen.before), len(chosen.after)) < least:
        numbers = {"least": least, "before": len(chosen.before), "after": len(chosen.after)}
        chosen.refuse(too_few(series, chosen, span), **numbers)
    return chosen


def around(series: Series, intervention: date, choices: Choices) -> tuple[date, date]:
    """Return where the time before ends (exclusive), and where the time after begins."""
    own = series.step.start(intervention, series.first_month)
    if own == intervention or not choices.leave_out_event:
        return own, own
    return own, series.step.following(own)


def usable(series: Series, chosen: Windows) -> list[Point]:
    """Return the points with a value that may be compared, and say why others may not."""
    points = [point for point in series.points if not point.is_gap]
    running = [point for point in points if not series.is_whole(point)]
    if running:
        chosen.note(Caveat.NOT_OVER, period=running[0].start.isoformat())
    return [
        point
        for point in points
        if series.is_whole(point) and (chosen.choices.provisional or point.quality == Quality.FINAL)
    ]


def within_breaks(series: Series, span: Span) -> Span:
    """Cut a span to what was counted in the same way all along."""
    first, end = span.first, span.end
    for jump in series.breaks:
        start = series.step.start(jump.day, series.first_month)
        if jump.day <= span.to_before:
            clean = start if start == jump.day else series.step.following(start)
            first = max(first, clean)
        else:
            end = min(end, start)
    return Span(first, span.to_before, span.from_after, end)


def lengths(step: Step, span: Span, choices: Choices) -> tuple[int, int]:
    """Return how many periods to take on either side, gaps included."""
    most_before, most_after = span.lengths(step)
    if choices.before is not None or choices.after is not None:
        before = choices.before if choices.before is not None else choices.after
        after = choices.after if choices.after is not None else choices.before
        return min(before or 0, most_before), min(after or 0, most_after)
    equal = min(most_before, most_after)
    if equal >= step.in_a_year:
        equal -= equal % step.in_a_year
    elif has_year_before(step, span):
        return most_after, most_after
    elif step == Step.DAY and equal >= DAYS_OF_WEEK:
        equal -= equal % DAYS_OF_WEEK
    return equal, equal


def has_year_before(step: Step, span: Span) -> bool:
    """Less than a year has passed, and the same periods of the year before are there."""
    _, most_after = span.lengths(step)
    return (
        0 < most_after < step.in_a_year
        and step.plus(span.from_after, -step.in_a_year) >= span.first
        and step.plus(span.end, -step.in_a_year) <= span.to_before
    )


def periods(
    step: Step, span: Span, before: int, after: int, choices: Choices
) -> tuple[list[date], list[date]]:
    """Return the first days of the periods on either side."""
    starts_after = [step.plus(span.from_after, number) for number in range(after)]
    by_rule = choices.before is None and choices.after is None
    if by_rule and after < step.in_a_year and has_year_before(step, span):
        return [step.plus(start, -step.in_a_year) for start in starts_after], starts_after
    starts_before = [step.plus(span.to_before, number) for number in range(-before, 0)]
    if choices.same_season:
        both = seasons(step, starts_before) & seasons(step, starts_after)
        starts_before = [start for start in starts_before if step.season(start) in both]
        starts_after = [start for start in starts_after if step.season(start) in both]
    return starts_before, starts_after


def seasons(step: Step, starts: Iterable[date]) -> set[int]:
    return {step.season(start) for start in starts}


def held(points: Iterable[Point], starts: Collection[date]) -> list[Point]:
    wanted = set(starts)
    return [point for point in points if point.start in wanted]


def same_seasons(step: Step, before: Collection[date], after: Collection[date]) -> bool:
    """Each period of the year is on both sides, equally often."""
    return sorted(map(step.season, before)) == sorted(map(step.season, after))


def remark_on_lengths(series: Series, chosen: Windows, whole: Span, got: tuple[int, int]) -> None:
    """Say what shortened the windows, and whether that mixes seasons."""
    asked = (chosen.choices.before, chosen.choices.after)
    if not chosen.choices.same_season:
        for side, wanted, found in zip(("before", "after"), asked, got, strict=True):
            if wanted is not None and found < wanted:
                chosen.note(Caveat.SHORT_WINDOW, side=side, asked=wanted, got=found)
    if (
        sum(got) < sum(lengths(series.step, whole, chosen.choices))
        and not chosen.choices.same_season
    ):
        jump = nearest_break(series, whole.from_after)
        if jump:
            chosen.note(Caveat.CUT_BY_BREAK, day=jump[0].isoformat(), note=jump[1])
    if not chosen.in_season and series.step.in_a_year > 1:
        chosen.note(Caveat.SEASON)


def nearest_break(series: Series, day: date) -> tuple[date, str] | None:
    jumps = [(jump.day, jump.note) for jump in series.breaks]
    return min(jumps, key=lambda jump: abs((jump[0] - day).days), default=None)


def remark_on_gaps(step: Step, chosen: Windows, before: int, after: int) -> None:
    """Say how many periods have no value; a season with none on one side is left out of both."""
    gaps = before - len(chosen.before), after - len(chosen.after)
    if not any(gaps):
        return
    chosen.note(Caveat.GAPS, before=gaps[0], after=gaps[1])
    if chosen.in_season:
        both = seasons(step, (point.start for point in chosen.before))
        both &= seasons(step, (point.start for point in chosen.after))
        chosen.before = [point for point in chosen.before if step.season(point.start) in both]
        chosen.after = [point for point in chosen.after if step.season(point.start) in both]


def remark_on_quality(series: Series, chosen: Windows) -> None:
    if not chosen.choices.provisional:
        left = sum(
            point.quality != Quality.FINAL and not point.is_gap and series.is_whole(point)
            for point in series.points
        )
        if left:
            chosen.note(Caveat.PROVISIONAL_LEFT_OUT, periods=left)
        return
    before, after = (
        sum(point.quality != Quality.FINAL for point in side)
        for side in (chosen.before, chosen.after)
    )
    if before or after:
        chosen.note(Caveat.PROVISIONAL, before=before, after=after)


def too_few(series: Series, chosen: Windows, span: Span) -> Reason:
    """Why a side has too few values: they are unsettled, a break cut it, its time has not come."""
    unsettled = [
        point.start
        for point in series.points
        if not chosen.choices.provisional and point.quality != Quality.FINAL and not point.is_gap
    ]
    if not chosen.before and any(start < span.to_before for start in unsettled):
        return Reason.ALL_PROVISIONAL
    if not chosen.after and any(start >= span.from_after for start in unsettled):
        return Reason.ALL_PROVISIONAL
    if any(remark.code == Caveat.CUT_BY_BREAK for remark in chosen.caveats):
        return Reason.BREAK
    known = [point.start for point in series.points if not point.is_gap]
    if max(known) < span.from_after:
        return Reason.NOTHING_AFTER
    if min(known) >= span.to_before:
        return Reason.NOTHING_BEFORE
    return Reason.TOO_FEW
