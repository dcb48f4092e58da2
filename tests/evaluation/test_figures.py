"""The figures that stand under the sentence."""

from __future__ import annotations

from datetime import date

import pytest

from evaluation.assessment import Assessment, Choices, Estimate, Window
from evaluation.figures import figures_of


def window(value: float, n: float) -> Window:
    first, last = date(2025, 1, 1), date(2025, 12, 1)
    return Window(first, last, 12, 365, n, n, Estimate(value, value / 2, value * 2))


def assessed(measure: str, before: float, after: float, effect: Estimate | None) -> Assessment:
    return Assessment(
        measure=measure,
        step="month",
        name="Alarms",
        unit="minutes",
        better="down",
        intervention=date(2026, 1, 1),
        choices=Choices(),
        before=window(before, 1200),
        after=window(after, 12),
        effect=effect,
    )


@pytest.mark.parametrize(
    ("measure", "effect", "typical", "unit", "n", "said"),
    [
        (
            "count",
            Estimate(0.5, 0.25, None),
            "17.5",
            "minutes per month",
            "n = 1,200 in 12 periods",
            ("0.50", "", "95 % interval 0.25 to ∞", "after ÷ before"),
        ),
        (
            "duration",
            Estimate(-7.25, -9, -1.5),
            "17.5",
            "minutes",
            "n = 12 periods",
            ("−7.25", "minutes", "95 % interval −9 to −1.50", "after − before"),
        ),
        (
            "proportion",
            Estimate(0.105, -0.01, 0.2),
            "1750.0 %",
            "",
            "n = 1,200 in 12 periods",
            ("+10.5", "percentage points", "95 % interval −1.0 to +20.0", "after − before"),
        ),
    ],
)
def test_both_sides_and_the_change_have_interval_and_n(
    measure: str, effect: Estimate, typical: str, unit: str, n: str, said: tuple[str, ...]
) -> None:
    figures = figures_of(assessed(measure, 17.5, 8.75, effect))
    assert figures
    before, after = figures.sides
    assert (before.typical, before.unit, before.n) == (typical, unit, n)
    assert (before.stretch, after.heading) == ("Jan 2025 – Dec 2025", "After")
    assert (figures.effect, figures.unit, figures.interval, figures.effect_words) == said


def test_without_an_effect_the_sides_alone_are_told() -> None:
    figures = figures_of(assessed("count", 3, 4, None))
    assert figures
    assert (figures.effect, len(figures.sides)) == ("", 2)


def test_without_a_side_there_are_no_figures() -> None:
    told = assessed("count", 3, 4, None)
    assert figures_of(Assessment(**{**told.__dict__, "before": None})) is None
