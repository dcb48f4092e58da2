"""An assessment in words: one sentence to read aloud, its caveats, how it was computed.

A change is told only where the interval leaves out "no change"; else both ends of the interval are
told. Whether it is for better or worse goes by the direction of the indicator, never by the sign.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation.assessment import Assessment, Caveat, Estimate, Means, Reason, Remark, Verdict
from evaluation.series import Measure, Step

PRECISE_BELOW = 10
"""Figures below it are told with one decimal, others whole."""
MOST_DECIMALS = 6
"""Of a share that is nearly nothing or nearly all."""


# --- The sentence -----------------------------------------------------------------------------


def headline(assessment: Assessment) -> str:
    """Return the sentence that can be read aloud in a meeting."""
    if assessment.effect is None:
        return " ".join(
            [_("%(name)s: nothing can be said yet.") % named(assessment), *reasons(assessment)]
        )
    if not assessment.is_clear:
        return unclear(assessment)
    words = {
        **named(assessment),
        "moved": moved(assessment),
        "figures": figures(assessment),
        "side": for_better_or_worse(assessment),
        "variation": variation(Step(assessment.step)),
        "but": reservation(assessment),
    }
    return _("%(name)s %(moved)s (%(figures)s), %(side)s and %(variation)s; %(but)s.") % words


def unclear(assessment: Assessment) -> str:
    words = {**named(assessment), "figures": figures(assessment), "range": fits(assessment)}
    return _("%(name)s: no clear change (%(figures)s); %(range)s.") % words


def named(assessment: Assessment) -> dict[str, str]:
    return {"name": assessment.name[:1].upper() + assessment.name[1:]}


def moved(assessment: Assessment) -> str:
    """``fell by 64 %``, ``rose by 11 percentage points``, ``fell by about 7.5 minutes``."""
    effect = assessment.effect or Estimate(assessment.no_change)
    rose = effect.value > assessment.no_change
    words = {"size": size(assessment, effect.value)}
    return _("rose by %(size)s") % words if rose else _("fell by %(size)s") % words


def size(assessment: Assessment, value: float) -> str:
    """How large a change is, without its direction."""
    if assessment.measure == Measure.COUNT:
        return percent(abs(value - 1))
    if assessment.measure == Measure.PROPORTION:
        return points(abs(value))
    return with_unit(assessment, abs(value))


def figures(assessment: Assessment) -> str:
    """What it was before and after, and over how long."""
    if assessment.before is None or assessment.after is None:
        return ""
    words = {
        "before": figure(assessment, before=True),
        "after": figure(assessment, before=False),
        "time": time_compared(assessment),
    }
    if assessment.measure == Measure.COUNT and not same_length(assessment):
        return {
            Step.DAY: _("%(before)s to %(after)s a day, %(time)s"),
            Step.WEEK: _("%(before)s to %(after)s a week, %(time)s"),
            Step.MONTH: _("%(before)s to %(after)s a month, %(time)s"),
            Step.QUARTER: _("%(before)s to %(after)s a quarter, %(time)s"),
            Step.HALF_YEAR: _("%(before)s to %(after)s a half-year, %(time)s"),
            Step.YEAR: _("%(before)s to %(after)s a year, %(time)s"),
        }[Step(assessment.step)] % words
    if assessment.measure in (Measure.DURATION, Measure.AMOUNT):
        return _("median %(before)s to %(after)s, %(time)s") % words
    return _("%(before)s to %(after)s, %(time)s") % words


def figure(assessment: Assessment, *, before: bool) -> str:
    side = assessment.before if before else assessment.after
    if side is None:
        return ""
    if assessment.measure == Measure.PROPORTION:
        words = {
            "share": percent(side.typical.value),
            "cases": number(side.n),
        }
        return _("%(share)s of %(cases)s") % words
    if assessment.measure == Measure.COUNT and same_length(assessment):
        return number(side.total)
    if assessment.measure == Measure.COUNT:
        return number(side.typical.value)
    return (
        with_unit(assessment, side.typical.value) if before is False else number(side.typical.value)
    )


def same_length(assessment: Assessment) -> bool:
    """Both sides have equally many periods, so that their sums can be set side by side."""
    return bool(
        assessment.before
        and assessment.after
        and assessment.before.periods == assessment.after.periods
    )


def time_compared(assessment: Assessment) -> str:
    if assessment.before is None or assessment.after is None:
        return ""
    step = Step(assessment.step)
    before, after = assessment.before, assessment.after
    if before.periods == after.periods:
        words = {"periods": counted(step, after.periods)}
        if is_year_before(assessment):
            return _("%(periods)s after, and the same of the year before") % words
        return _("%(periods)s before and after") % words
    return _("%(before)s before, %(after)s after") % {
        "before": counted(step, before.periods),
        "after": counted(step, after.periods),
    }


def is_year_before(assessment: Assessment) -> bool:
    """The time before is that of the year before, not what led up to the intervention."""
    if assessment.before is None or assessment.after is None:
        return False
    step = Step(assessment.step)
    apart = step.between(assessment.before.first, assessment.after.first)
    return apart == step.in_a_year > step.between(assessment.after.first, assessment.after.last) + 1


def for_better_or_worse(assessment: Assessment) -> str:
    if assessment.verdict == Verdict.BETTER:
        return _("a change for the better")
    return _("a change for the worse")


def variation(step: Step) -> str:
    return {
        Step.DAY: _("more than day-to-day variation explains"),
        Step.WEEK: _("more than week-to-week variation explains"),
        Step.MONTH: _("more than month-to-month variation explains"),
        Step.QUARTER: _("more than variation from quarter to quarter explains"),
        Step.HALF_YEAR: _("more than variation from half-year to half-year explains"),
        Step.YEAR: _("more than year-to-year variation explains"),
    }[step]


def reservation(assessment: Assessment) -> str:
    """What must be said in the same breath."""
    effect = assessment.effect or Estimate(assessment.no_change)
    going = "up" if effect.value > assessment.no_change else "down"
    before = next(
        (remark for remark in assessment.caveats if remark.code == Caveat.TREND_BEFORE), None
    )
    if before and before.numbers["direction"] == going:
        if going == "up":
            return _("it had been rising before already, and this shows association, not cause")
        return _("it had been falling before already, and this shows association, not cause")
    return _("this shows association, not cause")


def fits(assessment: Assessment) -> str:
    """``anything from a fall of 20 % to a rise of 12 % fits these figures``."""
    effect = assessment.effect or Estimate(assessment.no_change)
    if effect.low is None and effect.high is None:
        return _("there are too few figures to say how much may have changed")
    words = {"low": change(assessment, effect.low), "high": change(assessment, effect.high)}
    if effect.high is None:
        return _("anything from %(low)s upward fits these figures") % words
    if effect.low is None:
        return _("anything up to %(high)s fits these figures") % words
    return _("anything from %(low)s to %(high)s fits these figures") % words


def change(assessment: Assessment, value: float | None) -> str:
    """``a fall of 20 %``."""
    if value is None:
        return ""
    words = {"size": size(assessment, value)}
    if value == assessment.no_change:
        return _("no change")
    return (
        _("a rise of %(size)s") % words
        if value > assessment.no_change
        else _("a fall of %(size)s") % words
    )


# --- Numbers in words -------------------------------------------------------------------------


def number(value: float) -> str:
    """``58,720``, ``7.5``: as many digits as a reader needs."""
    if abs(value) >= PRECISE_BELOW or value == int(value):
        return number_format(round(value), force_grouping=True)
    return exact(value, 1 if abs(value) >= 1 else 2)


def exact(value: float, decimals: int) -> str:
    return number_format(round(value, decimals), decimals)


def percent(share: float) -> str:
    """``64 %``; below ten with one decimal, never rounded to nothing or to all."""
    value = 100 * share
    decimals = 0 if abs(value) >= PRECISE_BELOW or value == int(value) else 1
    while decimals < MOST_DECIMALS and is_rounded_off(value, decimals):
        decimals += 1
    return _("%(number)s %%") % {
        "number": number_format(round(value, decimals), decimals, force_grouping=True)
    }


def is_rounded_off(value: float, decimals: int) -> bool:
    """Something would be told as nothing, or a part as all of a hundred."""
    rounded = round(value, decimals)
    return (rounded == 0 and value != 0) or (rounded == 100 and value < 100)


def points(share: float) -> str:
    """``11 percentage points``."""
    value = 100 * share
    words = {"number": number(value)}
    if value == 1:
        return _("%(number)s percentage point") % words
    return _("%(number)s percentage points") % words


def with_unit(assessment: Assessment, value: float) -> str:
    return f"{number(value)} {assessment.unit}".strip()


def counted(step: Step, periods: int) -> str:
    """``12 months``."""
    words = {
        Step.DAY: ngettext("%(number)s day", "%(number)s days", periods),
        Step.WEEK: ngettext("%(number)s week", "%(number)s weeks", periods),
        Step.MONTH: ngettext("%(number)s month", "%(number)s months", periods),
        Step.QUARTER: ngettext("%(number)s quarter", "%(number)s quarters", periods),
        Step.HALF_YEAR: ngettext("%(number)s half-year", "%(number)s half-years", periods),
        Step.YEAR: ngettext("%(number)s year", "%(number)s years", periods),
    }[step]
    return words % {"number": number(periods)}


def period(step: Step, start: date) -> str:
    """How a period is called: ``Aug 2026``, ``2026``, ``Jul 2026–Sep 2026``, ``week of 17 Aug 2026``."""
    if step == Step.DAY:
        return date_format(start, "j M Y")
    if step == Step.WEEK:
        return _("week of %(day)s") % {"day": date_format(start, "j M Y")}
    if step == Step.MONTH:
        return date_format(start, "M Y")
    if step == Step.YEAR and start.month == 1:
        return str(start.year)
    return f"{date_format(start, 'M Y')}–{date_format(step.last_day(start), 'M Y')}"


# --- Caveats and reasons ----------------------------------------------------------------------


def caveats(assessment: Assessment) -> list[str]:
    """Return what a reader must know beside the figure, one sentence each."""
    return [CAVEATS[remark.code](assessment, remark) for remark in assessment.caveats]


def reasons(assessment: Assessment) -> list[str]:
    """Return why there is no result, one sentence each; empty if there is one."""
    return [REASONS[remark.code](remark) for remark in assessment.reasons]


def whole(remark: Remark, name: str) -> int:
    return int(remark.numbers[name] or 0)


def real(remark: Remark, name: str) -> float:
    return float(remark.numbers[name] or 0)


def association(assessment: Assessment, remark: Remark) -> str:
    return _(
        "What changed at the same time may have caused it as well: this shows association, not "
        "cause."
    )


def short_window(assessment: Assessment, remark: Remark) -> str:
    step = Step(assessment.step)
    words = {
        "asked": counted(step, whole(remark, "asked")),
        "got": counted(step, whole(remark, "got")),
    }
    if remark.numbers["side"] == "before":
        return _("Of the %(asked)s asked for before, the series has %(got)s.") % words
    return _("Of the %(asked)s asked for after, the series has %(got)s.") % words


def cut_by_break(assessment: Assessment, remark: Remark) -> str:
    words = {
        "day": date_format(date.fromisoformat(str(remark.numbers["day"])), "j M Y"),
        "note": remark.numbers["note"],
    }
    if words["note"]:
        return (
            _("The comparison ends at %(day)s, where what is counted changed (%(note)s).") % words
        )
    return _("The comparison ends at %(day)s, where what is counted changed.") % words


def season(assessment: Assessment, remark: Remark) -> str:
    return _(
        "Before and after hold different times of the year, so the season is part of the change."
    )


def gaps(assessment: Assessment, remark: Remark) -> str:
    step = Step(assessment.step)
    words = {
        "before": counted(step, whole(remark, "before")),
        "after": counted(step, whole(remark, "after")),
    }
    return (
        _(
            "Without a value: %(before)s before, %(after)s after; they are left out, not counted "
            "as zero."
        )
        % words
    )


def not_over(assessment: Assessment, remark: Remark) -> str:
    start = date.fromisoformat(str(remark.numbers["period"]))
    words = {"period": period(Step(assessment.step), start)}
    return (
        _("A period that was not over when the figures were made is left out: %(period)s.") % words
    )


def provisional(assessment: Assessment, remark: Remark) -> str:
    step = Step(assessment.step)
    words = {
        "before": counted(step, whole(remark, "before")),
        "after": counted(step, whole(remark, "after")),
    }
    return (
        _("Provisional or estimated, and may still change: %(before)s before, %(after)s after.")
        % words
    )


def provisional_left_out(assessment: Assessment, remark: Remark) -> str:
    words = {"periods": counted(Step(assessment.step), whole(remark, "periods"))}
    return _("%(periods)s with provisional or estimated values are left out.") % words


def overdispersion(assessment: Assessment, remark: Remark) -> str:
    words = {"times": number(real(remark, "dispersion"))}
    return (
        _(
            "The figures vary %(times)s times as much as chance alone would have them; the "
            "interval allows for it."
        )
        % words
    )


def autocorrelation(assessment: Assessment, remark: Remark) -> str:
    words = {"correlation": exact(real(remark, "correlation"), 2)}
    return (
        _(
            "Neighboring periods resemble each other (correlation %(correlation)s); the interval "
            "allows for it."
        )
        % words
    )


def trend_before(assessment: Assessment, remark: Remark) -> str:
    if remark.numbers["direction"] == "up":
        return _("It was rising before the intervention already.")
    return _("It was falling before the intervention already.")


def few_events(assessment: Assessment, remark: Remark) -> str:
    return _("The figure rests on few events: %(before)s before, %(after)s after.") % {
        "before": number(real(remark, "before")),
        "after": number(real(remark, "after")),
    }


def parallel(assessment: Assessment, remark: Remark) -> str:
    return _(
        "The comparison with %(name)s supposes that both would have moved alike without the "
        "intervention."
    ) % {"name": assessment.comparison}


def trends_differ(assessment: Assessment, remark: Remark) -> str:
    return _(
        "But they moved apart before the intervention already, so that comparison says little."
    )


def comparison(assessment: Assessment, remark: Remark) -> str:
    words = {"name": assessment.comparison}
    return {
        "kind": _("%(name)s is another measure or has other periods and cannot be compared."),
        "break": _("%(name)s counts something else on one side and cannot be compared."),
        "few": _(
            "%(name)s cannot be compared: it has too few values in these periods, or differs "
            "nowhere."
        ),
    }[str(remark.numbers["why"])] % words


def methods_disagree(assessment: Assessment, remark: Remark) -> str:
    if remark.numbers["method"] == Means.INTERRUPTED:
        return _(
            "With the trend taken into account, a step at the intervention does not show clearly "
            "in the same direction."
        )
    return _("Beside %(name)s, the change does not show clearly in the same direction.") % {
        "name": assessment.comparison
    }


def no_trend_model(assessment: Assessment, remark: Remark) -> str:
    words = {"periods": counted(Step(assessment.step), whole(remark, "least"))}
    return (
        _(
            "Whether it was changing before already cannot be told with fewer than %(periods)s "
            "on either side."
        )
        % words
    )


CAVEATS: dict[str, Callable[[Assessment, Remark], str]] = {
    Caveat.ASSOCIATION: association,
    Caveat.SHORT_WINDOW: short_window,
    Caveat.CUT_BY_BREAK: cut_by_break,
    Caveat.SEASON: season,
    Caveat.GAPS: gaps,
    Caveat.NOT_OVER: not_over,
    Caveat.PROVISIONAL: provisional,
    Caveat.PROVISIONAL_LEFT_OUT: provisional_left_out,
    Caveat.OVERDISPERSION: overdispersion,
    Caveat.AUTOCORRELATION: autocorrelation,
    Caveat.TREND_BEFORE: trend_before,
    Caveat.FEW_EVENTS: few_events,
    Caveat.PARALLEL: parallel,
    Caveat.TRENDS_DIFFER: trends_differ,
    Caveat.COMPARISON: comparison,
    Caveat.METHODS_DISAGREE: methods_disagree,
    Caveat.NO_TREND_MODEL: no_trend_model,
}


def no_data(remark: Remark) -> str:
    return _("There are no values.")


def too_few(remark: Remark) -> str:
    words = {name: number(whole(remark, name)) for name in ("least", "before", "after")}
    return (
        _(
            "At least %(least)s periods with a value are needed before and after; there are "
            "%(before)s and %(after)s."
        )
        % words
    )


def nothing_before(remark: Remark) -> str:
    return _(
        "All values are from after the intervention; without values from before there is nothing "
        "to compare them with."
    )


def nothing_after(remark: Remark) -> str:
    return _(
        "All values are from before the intervention; whether anything changed shows once there "
        "are values from after it."
    )


def zero_base(remark: Remark) -> str:
    words = {"after": number(real(remark, "after"))}
    return (
        _("Nothing was counted before and %(after)s after: of nothing, no change can be reckoned.")
        % words
    )


def nothing_happened(remark: Remark) -> str:
    return _("Nothing was counted before or after.")


def break_(remark: Remark) -> str:
    return _(
        "What is counted changed at the intervention or close to it, so before and after cannot "
        "be compared."
    )


def all_provisional(remark: Remark) -> str:
    return _(
        "On one side every value is provisional or estimated; those can be included by choice."
    )


REASONS: dict[str, Callable[[Remark], str]] = {
    Reason.NO_DATA: no_data,
    Reason.TOO_FEW: too_few,
    Reason.NOTHING_BEFORE: nothing_before,
    Reason.NOTHING_AFTER: nothing_after,
    Reason.ZERO_BASE: zero_base,
    Reason.NOTHING_HAPPENED: nothing_happened,
    Reason.BREAK: break_,
    Reason.ALL_PROVISIONAL: all_provisional,
}


# --- How this was computed --------------------------------------------------------------------


def computed(assessment: Assessment) -> list[str]:
    """Return how the figures came about: choices, formulas, sources; one paragraph each."""
    return [
        *sides_in_words(assessment),
        *(COMPUTED[method.code](assessment) for method in assessment.methods),
    ]


def sides_in_words(assessment: Assessment) -> list[str]:
    if assessment.before is None or assessment.after is None:
        return []
    step = Step(assessment.step)
    words = {
        "before_first": period(step, assessment.before.first),
        "before_last": period(step, assessment.before.last),
        "after_first": period(step, assessment.after.first),
        "after_last": period(step, assessment.after.last),
        "before": counted(step, assessment.before.periods),
        "after": counted(step, assessment.after.periods),
    }
    said = [
        _(
            "Before: %(before)s with a value, %(before_first)s to %(before_last)s. "
            "After: %(after)s with a value, %(after_first)s to %(after_last)s."
        )
        % words
    ]
    if leaves_out_event(assessment):
        said.append(_("The period of the intervention itself is left out."))
    if assessment.choices.same_season:
        said.append(_("Only periods of the year that have a value on both sides are compared."))
    if assessment.choices.provisional:
        said.append(_("Provisional and estimated values are used."))
    return [" ".join(said)]


def leaves_out_event(assessment: Assessment) -> bool:
    """The intervention falls into a period, not on its first day, and that period into neither side."""
    begins = Step(assessment.step).is_start(assessment.intervention, assessment.first_month)
    return assessment.choices.leave_out_event and not begins


def interval(estimate: Estimate, decimals: int = 2) -> str:
    """``0.36 (0.31 to 0.42)``."""
    words = {
        "value": exact(estimate.value, decimals),
        "low": "−∞" if estimate.low is None else exact(estimate.low, decimals),
        "high": "∞" if estimate.high is None else exact(estimate.high, decimals),
    }
    return _("%(value)s (%(low)s to %(high)s)") % words


def method_words(assessment: Assessment, code: str) -> dict[str, str]:
    """Return the estimates of a method with their intervals, and its numbers, for a paragraph."""
    method = assessment.method(code)
    if method is None:
        return {}
    words = {
        name: exact(value, 2) if isinstance(value, float) else str(value)
        for name, value in method.numbers.items()
    }
    fine = assessment.step in (Step.DAY, Step.WEEK)
    return words | {
        name: interval(estimate, 5 if fine and name.startswith("trend") else 3)
        for name, estimate in method.estimates.items()
    }


def rate_ratio_computed(assessment: Assessment) -> str:
    words = method_words(assessment, Means.RATE_RATIO)
    said = _(
        "Ratio of rates: (events after ÷ %(days_after)s days) ÷ (events before ÷ %(days_before)s "
        "days) = "
        "%(ratio)s, with the exact interval of 95 %% given the sum of both counts (Clopper and "
        "Pearson 1934; "
        "Przyborowski and Wilenski 1940); the score interval beside it is %(ratio_score)s (Gu et "
        "al. 2008)."
    )
    return f"{said % words} {spread_computed(words)}"


def proportions_computed(assessment: Assessment) -> str:
    words = method_words(assessment, Means.PROPORTIONS)
    said = _(
        "Difference of shares: after − before = %(difference)s, with the interval of 95 %% of "
        "Newcombe (1998, "
        "method 10); each share with the interval of Wilson (1927)."
    )
    parts = [said % words]
    if "ratio" in words:
        parts.append(
            _("Ratio of shares: %(ratio)s, with the score interval (Koopman 1984).") % words
        )
    return " ".join([*parts, spread_computed(words)])


def spread_computed(words: dict[str, str]) -> str:
    if words["design_effect"] in ("1", exact(1.0, 2)):
        return (
            _(
                "Periods vary no more than by chance: Pearson's chi-squared ÷ degrees of freedom "
                "= %(dispersion)s "
                "with %(df)s degrees of freedom."
            )
            % words
        )
    return (
        _(
            "Periods vary more than by chance: Pearson's chi-squared ÷ degrees of freedom = "
            "%(dispersion)s with "
            "%(df)s degrees of freedom, correlation of neighbors %(autocorrelation)s; counts "
            "were divided by a design "
            "effect of %(design_effect)s (Rao and Scott 1992, 1999)."
        )
        % words
    )


def medians_computed(assessment: Assessment) -> str:
    words = method_words(assessment, Means.MEDIANS)
    return (
        _(
            "Shift: the median of all differences after − before = %(difference)s, with the "
            "interval that the rank test "
            "of Mann and Whitney does not reject (Hodges and Lehmann 1963); each median with its "
            "interval by order "
            "statistics. Correlation of neighbors: %(autocorrelation)s."
        )
        % words
    )


def interrupted_computed(assessment: Assessment) -> str:
    words = method_words(assessment, Means.INTERRUPTED)
    scale = {
        Measure.COUNT: _("Poisson, figures are ratios"),
        Measure.PROPORTION: _("binomial, figures are odds ratios"),
    }.get(Measure(assessment.measure), _("linear, figures are differences"))
    return _(
        "Interrupted time series (%(scale)s): change of level %(level)s, change of trend per "
        "period %(trend)s, trend "
        "before %(trend_before)s; %(before)s periods before and %(after)s after, %(harmonics)s "
        "pairs of waves for the "
        "season. Standard errors of Newey and West (1987) with %(lags)s lags; correlation of "
        "neighboring residuals "
        "%(autocorrelation)s, Durbin–Watson %(durbin_watson)s (Wagner et al. 2002; Lopez Bernal "
        "et al. 2017)."
    ) % (words | {"scale": scale})


def differences_computed(assessment: Assessment) -> str:
    words = method_words(assessment, Means.DIFFERENCES)
    words["name"] = assessment.comparison
    if "ratio" in words:
        return (
            _(
                "Difference in differences with %(name)s: ratio of the two rate ratios "
                "%(ratio)s, from the share of each "
                "period's sum, with standard errors of Newey and West (1987; Bertrand et al. 2004)."
            )
            % words
        )
    return (
        _(
            "Difference in differences with %(name)s: %(difference)s, from the difference of "
            "both in each period, with "
            "standard errors of Newey and West (1987; Bertrand et al. 2004)."
        )
        % words
    )


COMPUTED: dict[str, Callable[[Assessment], str]] = {
    Means.RATE_RATIO: rate_ratio_computed,
    Means.PROPORTIONS: proportions_computed,
    Means.MEDIANS: medians_computed,
    Means.INTERRUPTED: interrupted_computed,
    Means.DIFFERENCES: differences_computed,
}
