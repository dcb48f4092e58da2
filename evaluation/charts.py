"""The chart of a series, drawn by the worker and kept as text.

Gaps stay gaps: no line runs over a period without a value. Values that may still change are
hollow and joined by dashes. What happened (the intervention, a break in what is counted) is an
upright line with its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from evaluation.assessment import Assessment, Window
from evaluation.sentences import headline, number, percent, period
from evaluation.series import Measure, Point, Quality, Series
from pages.charts import drawn

WIDE, NARROW = 660, 250
"""The space between the axes in pixels at full size: on a desk, on a phone."""
HEIGHTS = {WIDE: 250, NARROW: 190}
A_DOT = 5
"""Pixels that a value needs for a dot of its own."""
LATE = 0.5
"""The part of the width from which on words stand to the left of their line."""
LONGEST_LABEL = 28


@dataclass(frozen=True)
class Drawing:
    """What the template shows: the drawing at both widths and what its signs mean."""

    wide: SafeString
    narrow: SafeString
    unsettled: bool
    levels: bool
    breaks: bool


def series_chart(
    series: Series,
    *,
    intervention: date | None = None,
    intervention_label: str = "",
    comparison: Series | None = None,
    assessment: Assessment | None = None,
) -> SafeString:
    """Draw ``series`` in the language in force: a figure for a page, without colours of its own.

    ``assessment`` adds the level before and after. A series without a value gives an empty text.
    """
    if series.first is None:
        return SafeString("")
    spoken = {"title": series.name, "description": described(series, assessment)}
    wide, narrow = (
        drawn(
            specification(
                series,
                width=width,
                intervention=intervention,
                intervention_label=intervention_label,
                comparison=comparison,
                assessment=assessment,
            ),
            **spoken,
        )
        for width in (WIDE, NARROW)
    )
    drawing = Drawing(
        wide,
        narrow,
        unsettled=any(point.quality != Quality.FINAL for point in valued(series)),
        levels=assessment is not None and assessment.before is not None,
        breaks=bool(series.breaks),
    )
    return render_to_string(
        "evaluation/_series_chart.html",
        {
            "drawing": drawing,
            "series": series,
            "comparison": comparison,
            "mean": series.measure in (Measure.COUNT, Measure.PROPORTION),
        },
    )


def described(series: Series, assessment: Assessment | None) -> str:
    """What somebody who does not see the chart is told."""
    points = list(valued(series))
    lowest = min(points, key=height)
    highest = max(points, key=height)
    words = {
        "first": period(series.step, points[0].start),
        "last": period(series.step, points[-1].start),
        "lowest": written(series, lowest),
        "lowest_when": period(series.step, lowest.start),
        "highest": written(series, highest),
        "highest_when": period(series.step, highest.start),
    }
    said = (
        _(
            "%(first)s to %(last)s; lowest %(lowest)s (%(lowest_when)s), highest %(highest)s "
            "(%(highest_when)s)."
        )
        % words
    )
    return f"{said} {headline(assessment)}" if assessment else said


def written(series: Series, point: Point) -> str:
    value = height(point)
    if series.measure == Measure.PROPORTION:
        return percent(value)
    return f"{number(value)} {series.unit}".strip()


def valued(series: Series) -> Iterator[Point]:
    return (point for point in series.points if not point.is_gap)


def height(point: Point) -> float:
    value = point.height
    return 0.0 if value is None else value


# --- The specification ------------------------------------------------------------------------


def specification(
    series: Series,
    *,
    width: int,
    intervention: date | None = None,
    intervention_label: str = "",
    comparison: Series | None = None,
    assessment: Assessment | None = None,
) -> dict[str, Any]:
    """Return the chart in Vega-Lite: one named layer for each thing that looks its own way."""
    settled, unsettled = runs(thinned(series, width))
    dotted = sum(1 for point in valued(series)) * A_DOT <= width
    dots = list(valued(series)) if dotted else [run[0] for run in settled if len(run) == 1]
    layers = [
        *([lines("comparison", comparison, width)] if comparison else []),
        line_layer("settled", settled),
        line_layer("unsettled", unsettled),
        dot_layer("dot", [point for point in dots if point.quality == Quality.FINAL]),
        dot_layer("hollow", [point for point in dots if point.quality != Quality.FINAL]),
        *level_layers(series, assessment),
        *upright_layers(series, intervention, intervention_label),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": HEIGHTS[width],
        "padding": {"left": 4, "right": 12, "top": 8, "bottom": 4},
        "layer": layers,
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "scale": {"type": "utc"},
                "axis": {"title": None, "tickCount": 8 if width == WIDE else 4},
            },
            "y": {
                "field": "height",
                "type": "quantitative",
                "scale": {"zero": True, "nice": True},
                "axis": {
                    "title": None,
                    "format": ".0%" if series.measure == Measure.PROPORTION else ",~r",
                },
            },
        },
    }


def lines(name: str, series: Series, width: int) -> dict[str, Any]:
    settled, unsettled = runs(thinned(series, width))
    return line_layer(name, settled + unsettled)


def line_layer(name: str, parts: Sequence[Sequence[Point]]) -> dict[str, Any]:
    values = [
        {"day": point.start.isoformat(), "height": height(point), "run": number}
        for number, run in enumerate(parts)
        for point in run
    ]
    return {
        "name": name,
        "data": {"values": values},
        "mark": {"type": "line"},
        "encoding": {"detail": {"field": "run", "type": "nominal"}},
    }


def dot_layer(name: str, points: Iterable[Point]) -> dict[str, Any]:
    values = [{"day": point.start.isoformat(), "height": height(point)} for point in points]
    return {"name": name, "data": {"values": values}, "mark": {"type": "point", "size": 30}}


def level_layers(series: Series, assessment: Assessment | None) -> Iterator[dict[str, Any]]:
    """The mean or median of either side, as long as its window."""
    if assessment is None:
        return
    for name, side in (("before", assessment.before), ("after", assessment.after)):
        if side:
            yield level_layer(name, series, side)


def level_layer(name: str, series: Series, side: Window) -> dict[str, Any]:
    values = [
        {"day": day.isoformat(), "height": side.typical.value, "run": 0}
        for day in (side.first, series.step.last_day(side.last))
    ]
    return {"name": name, "data": {"values": values}, "mark": {"type": "line"}}


def upright_layers(
    series: Series, intervention: date | None, label: str
) -> Iterator[dict[str, Any]]:
    """Lines at days, each with its words beside its top."""
    for place, jump in enumerate(series.breaks):
        words = shortened(jump.note or _("Counted differently from here"))
        yield from upright(f"break{place}", series, jump.day, words, 24)
    if intervention:
        words = shortened(label or _("Intervention"))
        yield from upright("event", series, intervention, words, 8)


def upright(name: str, series: Series, day: date, words: str, top: int) -> Iterator[dict[str, Any]]:
    first, last = series.points[0].start, series.points[-1].start
    late = (day - first).days > LATE * max(1, (last - first).days)
    data = {"values": [{"day": day.isoformat(), "words": words}]}
    kind = name.rstrip("0123456789")
    yield {
        "name": kind,
        "data": data,
        "mark": {"type": "rule"},
        "encoding": {"y": {"value": 0}, "y2": {"value": "height"}},
    }
    yield {
        "name": f"{kind}words",
        "data": data,
        "mark": {"type": "text", "align": "right" if late else "left", "dx": -6 if late else 6},
        "encoding": {"y": {"value": top}, "text": {"field": "words"}},
    }


def shortened(words: str) -> str:
    return words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1].rstrip() + "…"


# --- Points -----------------------------------------------------------------------------------


def thinned(series: Series, columns: int) -> list[Point]:
    """Return the points, gaps included; of more than ``columns``, those that can be seen.

    In each column the first, the last, the lowest and the highest are kept, so that no peak is
    lost, and one gap if there is any.
    """
    points = list(series.along())
    if len(points) <= 2 * columns:
        return points
    kept: list[Point] = []
    for column in range(columns):
        part = points[len(points) * column // columns : len(points) * (column + 1) // columns]
        values = [point for point in part if not point.is_gap]
        chosen = {part[0].start, part[-1].start}
        if values:
            chosen |= {min(values, key=height).start, max(values, key=height).start}
        missing = [point.start for point in part if point.is_gap]
        kept += [point for point in part if point.start in chosen | set(missing[:1])]
    return kept


def runs(points: Iterable[Point]) -> tuple[list[list[Point]], list[list[Point]]]:
    """Return the stretches without a gap: between settled values, and to or from unsettled ones.

    A value on its own is a stretch of one; neighboring stretches share the point where they meet.
    """
    settled: list[list[Point]] = []
    unsettled: list[list[Point]] = []
    for stretch in stretches(points):
        run: list[Point] = [stretch[0]]
        is_settled = stretch[0].quality == Quality.FINAL
        for one, other in pairwise(stretch):
            both = one.quality == other.quality == Quality.FINAL
            if len(run) > 1 and both != is_settled:
                (settled if is_settled else unsettled).append(run)
                run = [one]
            is_settled = both
            run.append(other)
        (settled if is_settled else unsettled).append(run)
    return settled, unsettled


def stretches(points: Iterable[Point]) -> Iterator[list[Point]]:
    stretch: list[Point] = []
    for point in points:
        if not point.is_gap:
            stretch.append(point)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch
