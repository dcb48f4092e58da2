"""The chart of a series: gaps are gaps, what may change looks so, nothing is lost by thinning."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as Tree

from evaluation.charts import NARROW, WIDE, runs, series_chart, specification, thinned
from evaluation.series import Break, Measure, Point, Quality, Series, Step
from evaluation.statistics import assess
from tests.evaluation.test_statistics import EVENT, counts, monthly, months, shares

SVG = "{http://www.w3.org/2000/svg}"


def drawings(html: str) -> list[Tree.Element]:
    figure = Tree.fromstring(
        html.replace("<svg class", '<svg xmlns="http://www.w3.org/2000/svg" class')
    )
    return [svg for svg in figure.iter(f"{SVG}svg") if svg.get("role") == "img"]


def shapes(drawing: Tree.Element, layer: str) -> list[str]:
    """The paths and lines of a layer."""
    return [
        shape.get("d") or shape.get("x2") or ""
        for group in drawing.iter()
        if f"{layer}_marks" in group.get("class", "").split()
        for shape in group.iter()
        if shape.tag in (f"{SVG}path", f"{SVG}line")
    ]


def words(drawing: Tree.Element) -> str:
    return " | ".join(element.text or "" for element in drawing.iter(f"{SVG}text"))


def test_no_line_runs_over_a_gap() -> None:
    with_gap = counts([5.0, 7, None, 6, 8, None, 9], [])
    (wide, _) = drawings(series_chart(with_gap))
    assert [path.count("L") for path in shapes(wide, "settled")] == [1, 1, 0]
    assert len(shapes(wide, "dot")) == 5


def test_what_may_change_is_drawn_apart() -> None:
    points = [Point(start, 5.0) for start in months(-4)]
    points += [Point(start, 6.0, quality=Quality.PROVISIONAL) for start in months(2)]
    settled, unsettled = runs(points)
    assert [len(run) for run in settled] == [4]
    assert [len(run) for run in unsettled] == [3]  # from the last settled value on
    series = Series("a", "", Measure.COUNT, Step.MONTH, tuple(points))
    html = series_chart(series)
    (wide, _) = drawings(html)
    assert (len(shapes(wide, "dot")), len(shapes(wide, "hollow"))) == (4, 2)
    assert "provisional or estimated" in html


def test_all_is_marked_and_said() -> None:
    series = counts([9.0, 8, 11] * 8, [5.0, 4, 6] * 8, breaks=(Break(date(2022, 3, 1), "<b>"),))
    series = replace(series, name="Incidents & others")
    other = replace(series, name="Elsewhere", breaks=())
    html = series_chart(
        series,
        intervention=EVENT,
        intervention_label="Agreement in force",
        comparison=other,
        assessment=assess(series, EVENT, better="down", comparison=other),
    )
    for drawing in drawings(html):
        for layer in ("settled", "comparison", "before", "after", "event", "break", "dot"):
            assert shapes(drawing, layer), layer
        assert "Agreement in force" in words(drawing)
        assert "<b>" in words(drawing)
        title, description = (drawing.find(f"{SVG}{name}") for name in ("title", "desc"))
        assert title is not None
        assert description is not None
        assert title.text == "Incidents & others"
        assert "lowest 4 incidents (Feb 2024)" in str(description.text)
        assert "association, not cause" in str(description.text)
    for key in (
        "Incidents &amp; others",
        "Elsewhere",
        "mean before and after",
        "counted differently",
    ):
        assert key in html
    assert "style=" not in html


def test_a_chart_without_values_is_nothing() -> None:
    assert series_chart(counts([None, None], [])) == ""


def test_shares_stand_in_percent_and_medians_are_called_so() -> None:
    html = series_chart(shares([(1, 2), (9, 10)] * 6, [(3, 4)] * 12))
    assert "80\N{NO-BREAK SPACE}%" in words(drawings(html)[0])
    times = monthly(Measure.DURATION, [9.0, 8] * 6, [5.0, 4] * 6)
    assert "median before and after" in series_chart(
        times, assessment=assess(times, EVENT, better="down")
    )


def test_ten_thousand_points_keep_their_peaks_their_gaps_and_little_text() -> None:
    start = date(1995, 1, 1)
    points = [Point(Step.DAY.plus(start, n), float(n % 97)) for n in range(10_000)]
    points[4_321] = replace(points[4_321], value=5_000.0)
    points[7_000] = replace(points[7_000], value=None)
    series = Series("a", "", Measure.COUNT, Step.DAY, tuple(points))
    for width in (WIDE, NARROW):
        kept = thinned(series, width)
        assert len(kept) <= 5 * width
        assert points[4_321] in kept
        assert points[7_000] in kept
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        assert sorted(kept, key=lambda point: point.start) == kept
    html = series_chart(series)
    assert len(html) < 120_000
    assert not shapes(drawings(html)[0], "dot")
    assert len(shapes(drawings(html)[0], "settled")) == 2


def test_few_points_are_all_kept() -> None:
    series = counts([1.0, None, 3], [4.0])
    assert thinned(series, WIDE) == list(series.along())


def test_words_late_in_time_stand_to_the_left_of_their_line() -> None:
    def align(day: date) -> str:
        spec = specification(counts([5.0] * 12, [4.0] * 12), width=WIDE, intervention=day)
        layer = next(layer for layer in spec["layer"] if layer["name"] == "eventwords")
        return str(layer["mark"]["align"])

    assert align(date(2023, 3, 1)) == "left"
    assert align(date(2024, 11, 1)) == "right"
