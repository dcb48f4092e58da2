"""The figures of an assessment as a page lays them beside each other: value, interval, n."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation.assessment import Assessment, Estimate, Window
from evaluation.periods import label
from evaluation.series import Measure, Step


@dataclass(frozen=True)
class Side:
    """One side of the change: from when to when, the typical value with its interval, and n."""

    heading: str
    stretch: str
    typical: str
    unit: str
    interval: str
    n: str


@dataclass(frozen=True)
class Figures:
    """Both sides, and the change: a ratio of counts, a difference of all else."""

    sides: tuple[Side, ...]
    effect: str
    unit: str
    interval: str
    effect_words: str


def figures_of(assessment: Assessment) -> Figures | None:
    """The figures of both sides and of the change; ``None`` where one side has none."""
    if assessment.before is None or assessment.after is None:
        return None
    sides = (
        side(_("Before"), assessment.before, assessment),
        side(_("After"), assessment.after, assessment),
    )
    effect = assessment.effect
    if effect is None:
        return Figures(sides, "", "", "", "")
    if assessment.measure == Measure.COUNT:
        return Figures(sides, shown(effect.value), "", interval(effect, shown), _("after ÷ before"))
    share_of = assessment.measure == Measure.PROPORTION
    unit = _("percentage points") if share_of else assessment.unit
    tell = points if share_of else signed
    return Figures(sides, tell(effect.value), unit, interval(effect, tell), _("after − before"))


def side(heading: str, window: Window, assessment: Assessment) -> Side:
    tell = share if assessment.measure == Measure.PROPORTION else shown
    first_month = assessment.first_month
    names = [label(assessment.step, day, first_month) for day in (window.first, window.last)]
    return Side(
        heading,
        " – ".join(dict.fromkeys(names)),
        tell(window.typical.value),
        unit_of(assessment),
        interval(window.typical, tell),
        number_of(window, assessment),
    )


def unit_of(assessment: Assessment) -> str:
    """What stands behind a typical value."""
    if assessment.measure == Measure.PROPORTION:
        return ""
    if assessment.measure != Measure.COUNT:
        return assessment.unit
    return _("%(unit)s per %(step)s") % {
        "unit": assessment.unit,
        "step": Step(assessment.step).label.lower(),
    }


def number_of(window: Window, assessment: Assessment) -> str:
    periods = ngettext("%(number)d period", "%(number)d periods", window.periods) % {
        "number": window.periods
    }
    if assessment.measure not in (Measure.COUNT, Measure.PROPORTION):
        return _("n = %(periods)s") % {"periods": periods}
    return _("n = %(n)s in %(periods)s") % {"n": shown(window.n), "periods": periods}


def interval(estimate: Estimate, tell: Callable[[float], str]) -> str:
    """The interval in words; nothing where the method has none."""
    if estimate.low is None and estimate.high is None:
        return ""
    low = tell(estimate.low) if estimate.low is not None else "−∞"
    high = tell(estimate.high) if estimate.high is not None else "∞"
    return _("95 %% interval %(low)s to %(high)s") % {"low": low, "high": high}


def share(value: float) -> str:
    return _("%(number)s %%") % {"number": number_format(100 * value, 1)}


def points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return with_sign(value, number_format(abs(100 * value), 1))


def signed(value: float) -> str:
    return with_sign(value, shown(abs(value)))


def with_sign(value: float, number: str) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{number}"


def shown(value: float) -> str:
    """Three figures that count; whole numbers whole."""
    if value == int(value):
        return number_format(int(value), force_grouping=True)
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return number_format(round(value, decimals), decimals, force_grouping=True)
