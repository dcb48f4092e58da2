"""What became of an indicator after an intervention: the result of ``evaluation.statistics``.

Plain data that goes into JSON and comes back, so that pages show what the worker computed without
loading anything that computes. Numbers are as computed, unrounded; ratios are after ÷ before,
differences after − before; intervals are of 95 %. ``None`` as an end of an interval: no bound.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from evaluation.series import Measure

Number = float | int | str | None
"""A parameter of a remark or method: a number, a word or an ISO date."""


@dataclass(frozen=True)
class Choices:
    """What the person who asks decides; what is left open is decided by rule and written back.

    ``before`` and ``after``: how many periods; ``None`` for the longest equal windows of whole
    years, or, of less than a year, of the same periods of the year before. ``leave_out_event``:
    the period in which the intervention falls belongs to neither side (if it falls on its first
    day, the period lies wholly after). ``same_season``: only periods of the year that have a value
    on both sides. ``provisional``: use values that are provisional or estimated, too; otherwise
    they are gaps.
    """

    before: int | None = None
    after: int | None = None
    leave_out_event: bool = True
    same_season: bool = False
    provisional: bool = False


BY_RULE = Choices()
"""Everything is decided by rule."""


class Verdict(TextChoices):
    """What can be said, by the interval and by the direction of the indicator."""

    BETTER = "better", _("Better")
    WORSE = "worse", _("Worse")
    UNCLEAR = "unclear", _("No clear change")
    UNKNOWN = "unknown", _("Cannot be told yet")


class Reason(TextChoices):
    """Why there is no result."""

    NO_DATA = "no_data", _("There are no values.")
    TOO_FEW = "too_few", _("There are too few periods with a value before or after.")
    NOTHING_BEFORE = "nothing_before", _("All values are from after the intervention.")
    NOTHING_AFTER = "nothing_after", _("All values are from before the intervention.")
    ZERO_BASE = "zero_base", _("Before the intervention there was nothing to compare with.")
    NOTHING_HAPPENED = "nothing_happened", _("Nothing was counted on either side.")
    BREAK = "break", _("What is counted changed at the intervention or close to it.")
    ALL_PROVISIONAL = "all_provisional", _("Every value on one side is provisional or estimated.")


class Caveat(TextChoices):
    """What a reader must know beside the figure. ``evaluation.sentences`` says it with numbers."""

    ASSOCIATION = "association", _("Association, not cause")
    SHORT_WINDOW = "short_window", _("Fewer periods than were asked for")
    CUT_BY_BREAK = "cut_by_break", _("What is counted changed")
    SEASON = "season", _("Different seasons")
    GAPS = "gaps", _("Periods without a value")
    NOT_OVER = "not_over", _("A period that is not over")
    PROVISIONAL = "provisional", _("Provisional values used")
    PROVISIONAL_LEFT_OUT = "provisional_left_out", _("Provisional values left out")
    OVERDISPERSION = "overdispersion", _("Varies more than by chance")
    AUTOCORRELATION = "autocorrelation", _("Neighboring periods resemble each other")
    TREND_BEFORE = "trend_before", _("It was changing before already")
    FEW_EVENTS = "few_events", _("Few events")
    PARALLEL = "parallel", _("Supposes that both would have moved alike")
    TRENDS_DIFFER = "trends_differ", _("The two did not move alike before")
    COMPARISON = "comparison", _("The comparison cannot be used")
    METHODS_DISAGREE = "methods_disagree", _("Two methods disagree")
    NO_TREND_MODEL = "no_trend_model", _("Too few periods to look at trends")


class Means(TextChoices):
    """How something was computed."""

    RATE_RATIO = "rate_ratio", _("Ratio of rates")
    PROPORTIONS = "proportions", _("Difference of shares")
    MEDIANS = "medians", _("Shift of values")
    INTERRUPTED = "interrupted", _("Interrupted time series")
    DIFFERENCES = "differences", _("Difference in differences")


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval and, where the method has one, the probability p."""

    value: float
    low: float | None = None
    high: float | None = None
    p: float | None = None

    def excludes(self, none: float) -> bool:
        """The interval leaves out ``none``, the figure of no change."""
        return (self.low is not None and self.low > none) or (
            self.high is not None and self.high < none
        )


@dataclass(frozen=True)
class Remark:
    """A reason or caveat: its code and the numbers that its sentence needs."""

    code: str
    numbers: dict[str, Number] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """One side of the comparison.

    ``first`` and ``last`` are first days of periods; ``periods`` have a value, ``days`` is their
    length together. ``n`` is what the figure rests on: events of a count, cases of a proportion,
    periods of a time or amount. ``total``: the sum of a count or amount, the numerator of a
    proportion. ``typical``: events in a period, the share, or the median of a time or amount, with
    its interval.
    """

    first: date
    last: date
    periods: int
    days: int
    n: float
    total: float
    typical: Estimate


@dataclass(frozen=True)
class Method:
    """What one way of computing found.

    ``estimates`` by name: ``ratio``, ``difference``; of interrupted time series ``level``,
    ``trend``, ``trend_before``; ``numbers`` are what it was computed with.
    """

    code: str
    estimates: dict[str, Estimate]
    numbers: dict[str, Number] = field(default_factory=dict)


@dataclass(frozen=True)
class Assessment:
    """The whole result. With ``reasons`` there is no effect, and ``verdict`` is UNKNOWN.

    ``effect`` is the headline: a ratio for counts, a difference for all else, by the first of
    ``methods``; ``relative`` is the same as share of the value before (−0.64: fell by 64 %), if
    that can be told. ``choices`` are those in force, with the numbers of periods written in.
    ``first_month`` is that of the series.
    """

    measure: str
    step: str
    name: str
    unit: str
    better: str
    intervention: date
    choices: Choices
    before: Window | None = None
    after: Window | None = None
    effect: Estimate | None = None
    relative: Estimate | None = None
    verdict: str = Verdict.UNKNOWN
    methods: tuple[Method, ...] = ()
    caveats: tuple[Remark, ...] = ()
    reasons: tuple[Remark, ...] = ()
    comparison: str = ""
    first_month: int = 1

    @property
    def no_change(self) -> float:
        """The value of ``effect`` that means no change."""
        return 1.0 if self.measure == Measure.COUNT else 0.0

    @property
    def is_clear(self) -> bool:
        """The interval leaves out no change."""
        return self.effect is not None and self.effect.excludes(self.no_change)

    def method(self, code: str) -> Method | None:
        return next((method for method in self.methods if method.code == code), None)

    def plain(self) -> dict[str, Any]:
        """Return the assessment as JSON holds it; ``assessment_from`` reads it back."""
        return {name: jsonable(value) for name, value in asdict(self).items()}


def jsonable(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return str(value) if isinstance(value, str) else value


def assessment_from(plain: dict[str, Any]) -> Assessment:
    """Read what ``Assessment.plain`` wrote."""
    values = {item.name: plain[item.name] for item in fields(Assessment)}
    return Assessment(
        **values
        | {
            "intervention": date.fromisoformat(plain["intervention"]),
            "choices": Choices(**plain["choices"]),
            "before": window_from(plain["before"]),
            "after": window_from(plain["after"]),
            "effect": estimate_from(plain["effect"]),
            "relative": estimate_from(plain["relative"]),
            "methods": tuple(method_from(method) for method in plain["methods"]),
            "caveats": tuple(Remark(**remark) for remark in plain["caveats"]),
            "reasons": tuple(Remark(**remark) for remark in plain["reasons"]),
        }
    )


def estimate_from(plain: dict[str, Any] | None) -> Estimate | None:
    return Estimate(**plain) if plain else None


def window_from(plain: dict[str, Any] | None) -> Window | None:
    if not plain:
        return None
    days = {name: date.fromisoformat(plain[name]) for name in ("first", "last")}
    return Window(**plain | days | {"typical": Estimate(**plain["typical"])})


def method_from(plain: dict[str, Any]) -> Method:
    estimates = {name: Estimate(**value) for name, value in plain["estimates"].items()}
    return Method(plain["code"], estimates, plain["numbers"])
