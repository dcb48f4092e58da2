"""The figures of an assessment as a page lays them beside each other: value, interval, n."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation.assessment import Assessment, Estimate, Window
from evaluation.periods import label
from evaluation.series import Measure


@dataclass(frozen=True)
class Side:
    """One side of the change: from when to when, the typical value with its interval, and n."""

    heading: str
    stretch: str
    typical: str
    interval: str
    n: str


@dataclass(frozen=True)
class Figures:
    sides: tuple[Side, ...]
    effect: str
    interval: str
    effect_words: str


def figures_of(assessment: Assessment, first_month: int = 1) -> Figures | None:
    """The figures of both sides and of the change; ``None`` where one side has none."""
    if assessment.before is None or assessment.after is None:
        return None
    sides = (
        side(_("Before"), assessment.before, assessment, first_month),
        side(_("After"), assessment.after, assessment, first_month),
    )
    if assessment.effect is None:
        return Figures(sides, "", "", "")
    words = _("after ÷ before") if assessment.measure == Measure.COUNT else _("after − before")
    return Figures(sides, shown(assessment.effect.value), interval(assessment.effect, shown), words)


def side(heading: str, window: Window, assessment: Assessment, first_month: int) -> Side:
    tell = share if assessment.measure == Measure.PROPORTION else shown
    names = [label(assessment.step, day, first_month) for day in (window.first, window.last)]
    return Side(
        heading,
        " – ".join(dict.fromkeys(names)),
        tell(window.typical.value),
        interval(window.typical, tell),
        number_of(window, assessment),
    )


def number_of(window: Window, assessment: Assessment) -> str:
    periods = ngettext("%(number)d period", "%(number)d periods", window.periods) % {
        "number": window.periods
    }
    if assessment.measure not in (Measure.COUNT, Measure.PROPORTION):
        return f"n = {periods}"
    return _("n = %(n)s in %(periods)s") % {"n": shown(window.n), "periods": periods}


def interval(estimate: Estimate, tell: object) -> str:
    if (estimate.low is None and estimate.high is None) or not callable(tell):
        return ""
    low = tell(estimate.low) if estimate.low is not None else "−∞"
    high = tell(estimate.high) if estimate.high is not None else "∞"
    return _("95 %% interval %(low)s to %(high)s") % {"low": low, "high": high}


def share(value: float) -> str:
    return _("%(number)s %%") % {"number": number_format(100 * value, 1)}


def shown(value: float) -> str:
    """Three figures that count; whole numbers whole."""
    if value == int(value):
        return number_format(int(value), force_grouping=True)
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return number_format(round(value, decimals), decimals, force_grouping=True)
