"""Assessments in words: what is told, what must never be told, and that nothing goes unsaid."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from evaluation import sentences
from evaluation.assessment import (
    Assessment,
    Caveat,
    Choices,
    Estimate,
    Means,
    Method,
    Number,
    Reason,
    Remark,
    Verdict,
    Window,
)
from evaluation.series import Better, Measure, Quality, Step
from evaluation.statistics import assess, verdict
from tests.evaluation.test_statistics import EVENT, counts, monthly, shares

CHANGE = re.compile(r"\b(fell|rose) by\b")


def window(total: float, typical: float, n: float = 12, year: int = 2023) -> Window:
    return Window(
        date(year, 1, 1), date(year, 12, 1), 12, 365, n, total, Estimate(typical, None, None)
    )


def assessed(measure: Measure, effect: Estimate, before: Window, after: Window) -> Assessment:
    result = Assessment(
        measure=measure,
        step=Step.MONTH,
        name="detections",
        unit="minutes" if measure == Measure.DURATION else "people",
        better=Better.DOWN,
        intervention=EVENT,
        choices=Choices(12, 12),
        before=before,
        after=after,
        effect=effect,
        caveats=(Remark(Caveat.ASSOCIATION),),
    )
    return replace(result, verdict=verdict(result))


FELL = assessed(
    Measure.COUNT,
    Estimate(0.3635, 0.31, 0.42),
    window(58_720, 4_893),
    window(21_346, 1_779, year=2024),
)


def test_a_fall_is_told_with_its_figures_its_side_and_its_limits() -> None:
    assert sentences.headline(FELL) == (
        "Detections fell by 64 % (58,720 to 21,346, 12 months before and after), a change for the "
        "better and more than month-to-month variation explains; this shows association, not "
        "cause."
    )


def test_the_indicator_says_which_way_is_better() -> None:
    worse = replace(FELL, better=Better.UP)
    worse = replace(worse, verdict=verdict(worse))
    assert "fell by 64 %" in sentences.headline(worse)
    assert "a change for the worse" in sentences.headline(worse)


def test_no_change_is_told_while_the_interval_holds_it() -> None:
    unclear = assessed(
        Measure.COUNT, Estimate(0.94, 0.8, 1.12), window(100, 8.3), window(94, 7.8, year=2024)
    )
    assert sentences.headline(unclear) == (
        "Detections: no clear change (100 to 94, 12 months before and after); anything from a fall "
        "of 20 % to a rise of 12 % fits these figures."
    )


def test_a_trend_that_was_there_is_told_in_the_same_breath() -> None:
    trend = Remark(Caveat.TREND_BEFORE, {"direction": "down"})
    was_falling = replace(FELL, caveats=(*FELL.caveats, trend))
    assert sentences.headline(was_falling).endswith(
        "; it had been falling before already, and this shows association, not cause."
    )
    rising = replace(trend, numbers={"direction": "up"})
    was_rising = replace(FELL, caveats=(*FELL.caveats, rising))
    assert sentences.headline(was_rising) == sentences.headline(FELL)


def test_shares_are_told_in_percentage_points() -> None:
    rose = assessed(
        Measure.PROPORTION,
        Estimate(0.11, 0.06, 0.16),
        window(734, 0.61, n=1_204),
        window(943, 0.72, n=1_310, year=2024),
    )
    said = sentences.headline(replace(rose, better=Better.UP, verdict=Verdict.BETTER))
    assert said.startswith(
        "Detections rose by 11 percentage points (61 % of 1,204 to 72 % of 1,310, 12 months before "
        "and after), a change for the better"
    )


def test_times_are_told_in_their_unit() -> None:
    fell = assessed(
        Measure.DURATION,
        Estimate(-7.5, -9, -4),
        window(500, 41),
        window(400, 33.2, year=2024),
    )
    assert sentences.headline(fell).startswith(
        "Detections fell by 7.5 minutes (median 41 to 33 minutes, 12 months before and after)"
    )


def test_windows_of_different_length_are_told_by_the_period() -> None:
    shorter = replace(window(21_346, 1_779, year=2024), periods=6, last=date(2024, 6, 1))
    said = sentences.headline(replace(FELL, after=shorter))
    assert "(4,893 to 1,779 a month, 12 months before, 6 months after)" in said


def test_the_year_before_is_told() -> None:
    result = assess(counts([90.0, 80, 100] * 6, [50.0, 40, 60, 50, 45]), EVENT, better="down")
    assert "5 months after, and the same of the year before" in sentences.headline(result)


def test_without_bound_nothing_is_claimed() -> None:
    open_ended = assessed(
        Measure.DURATION, Estimate(-7.5, None, None), window(500, 41), window(400, 33, year=2024)
    )
    assert "too few figures to say how much" in sentences.headline(open_ended)
    half = replace(open_ended, effect=Estimate(-7.5, None, 2.0))
    assert "anything up to a rise of 2 minutes fits" in sentences.headline(half)


def test_no_result_is_told_with_its_reason() -> None:
    assert sentences.headline(assess(counts([0.0] * 12, [5.0] * 12), EVENT, better="down")) == (
        "Incidents: nothing can be said yet. Nothing was counted before and 60 after: of nothing, "
        "no change can be reckoned."
    )


ENDS = st.none() | st.floats(-3, 3)


@given(
    st.sampled_from(list(Measure)),
    st.floats(-2, 2),
    st.floats(0.01, 2),
    st.floats(0.01, 2),
    st.sampled_from(list(Better)),
    st.booleans(),
)
def test_a_change_is_never_told_that_the_interval_does_not_show(
    measure: Measure, middle: float, below: float, above: float, better: Better, bounded: bool
) -> None:
    value = max(middle, 0) if measure == Measure.COUNT else middle
    low = value - below
    effect = Estimate(value, max(low, 0) if measure == Measure.COUNT else low, value + above)
    if not bounded:
        effect = replace(effect, low=None)
    result = assessed(measure, effect, window(100, 0.5, 200), window(90, 0.45, 200, 2024))
    result = replace(result, better=better)
    result = replace(result, verdict=verdict(result))
    said = sentences.headline(result)
    none = result.no_change
    holds_none = (effect.low is None or effect.low <= none) and (
        effect.high is None or effect.high >= none
    )
    told = CHANGE.search(said)
    assert bool(told) == (not holds_none)
    if told:
        assert (told[1] == "rose") == (effect.value > none)
        good = (effect.value > none) == (better == Better.UP)
        assert ("for the better" in said) == good
        assert ("for the worse" in said) == (not good)
        assert "association, not cause" in said


# --- Caveats, reasons, how it was computed ----------------------------------------------------

NUMBERS: dict[str, dict[str, Number]] = {
    Caveat.SHORT_WINDOW: {"side": "after", "asked": 24, "got": 10},
    Caveat.CUT_BY_BREAK: {"day": "2025-02-10", "note": "new system"},
    Caveat.GAPS: {"before": 1, "after": 0},
    Caveat.NOT_OVER: {"period": "2026-08-01"},
    Caveat.PROVISIONAL: {"before": 0, "after": 4},
    Caveat.PROVISIONAL_LEFT_OUT: {"periods": 4},
    Caveat.OVERDISPERSION: {"dispersion": 3.14},
    Caveat.AUTOCORRELATION: {"correlation": 0.41},
    Caveat.TREND_BEFORE: {"direction": "up"},
    Caveat.FEW_EVENTS: {"before": 4, "after": 2},
    Caveat.COMPARISON: {"why": "few"},
    Caveat.METHODS_DISAGREE: {"method": Means.INTERRUPTED},
    Caveat.NO_TREND_MODEL: {"least": 8},
}


@pytest.mark.parametrize("code", list(Caveat))
def test_every_caveat_is_a_sentence_with_its_numbers(code: Caveat) -> None:
    numbers = NUMBERS.get(code, {})
    result = replace(FELL, comparison="Elsewhere", caveats=(Remark(code, numbers),))
    (said,) = sentences.caveats(result)
    assert said[0].isupper() or said[0].isdigit()
    assert said.endswith(".")
    assert "%" not in said.replace(" %", "")
    for value in numbers.values():
        if isinstance(value, int) and value > 1:
            assert str(value) in said


@pytest.mark.parametrize("code", list(Reason))
def test_every_reason_is_a_sentence(code: Reason) -> None:
    remark = Remark(code, {"least": 3, "before": 12, "after": 2})
    (said,) = sentences.reasons(replace(FELL, reasons=(remark,)))
    assert said.endswith(".")
    assert "%" not in said


@pytest.mark.parametrize(
    "result",
    [
        assess(
            counts([9.0, 30, 14] * 12, [5.0, 8] * 18),
            date(2024, 1, 20),
            better="down",
            comparison=counts([9.0, 29, 15] * 12, [12.0, 18] * 18),
            choices=Choices(provisional=True, same_season=True),
        ),
        assess(counts([9.0] * 12, [5.0] * 12), EVENT, better="down"),
        assess(shares([(3, 9), (8, 9)] * 12, [(5, 9)] * 24), EVENT, better="up"),
        assess(shares([(0, 9)] * 12, [(5, 9)] * 12), EVENT, better="up"),
        assess(
            monthly(Measure.DURATION, [9.0, 8, 7.5] * 6, [5.0, 6, 4] * 6),
            EVENT,
            better="down",
            comparison=monthly(Measure.DURATION, [9.0, 8, 7] * 6, [9.0, 6, 8] * 6),
        ),
        assess(monthly(Measure.AMOUNT, [9.0] * 4, [5.0] * 4), EVENT, better="down"),
    ],
)
def test_how_it_was_computed_names_every_method_with_its_source(result: Assessment) -> None:
    said = sentences.computed(result)
    assert len(said) == 1 + len(result.methods)
    for paragraph in said:
        assert "%(" not in paragraph
        assert "None" not in paragraph
    for method, paragraph in zip(result.methods, said[1:], strict=True):
        assert re.search(r"\b(19|20)\d\d\b", paragraph), method.code
    assert sentences.headline(result)
    assert len(sentences.caveats(result)) == len(result.caveats)


@pytest.mark.parametrize(
    ("step", "day", "called"),
    [
        (Step.DAY, date(2026, 8, 20), "20 Aug 2026"),
        (Step.WEEK, date(2026, 8, 17), "week of 17 Aug 2026"),
        (Step.MONTH, date(2026, 8, 1), "Aug 2026"),
        (Step.QUARTER, date(2026, 7, 1), "Jul 2026–Sep 2026"),
        (Step.YEAR, date(2026, 1, 1), "2026"),
        (Step.YEAR, date(2025, 10, 1), "Oct 2025–Sep 2026"),
    ],
)
def test_periods_have_names(step: Step, day: date, called: str) -> None:
    assert sentences.period(step, day) == called


def test_one_and_many_are_told_apart() -> None:
    assert sentences.counted(Step.MONTH, 1) == "1 month"
    assert sentences.counted(Step.HALF_YEAR, 2) == "2 half-years"


@pytest.mark.parametrize(
    ("day", "first_month", "left_out"),
    [
        (date(2023, 10, 1), 10, False),
        (date(2024, 1, 1), 10, True),
        (date(2024, 1, 1), 1, False),
        (date(2023, 10, 1), 1, True),
    ],
)
def test_the_period_of_the_change_is_said_to_be_left_out_where_it_is(
    day: date, first_month: int, left_out: bool
) -> None:
    told = replace(FELL, step=Step.YEAR, intervention=day, first_month=first_month)
    words = "The period of the intervention itself is left out."
    assert (words in " ".join(sentences.sides_in_words(told))) is left_out


@pytest.mark.parametrize(
    ("share", "said"),
    [
        *((0.64, "64 %"), (0.034, "3.4 %"), (0, "0 %"), (1, "100 %"), (2.5, "250 %")),
        # A part is not told as all, nor something as nothing.
        *((0.9996, "99.96 %"), (0.99999, "99.999 %"), (0.0004, "0.04 %")),
    ],
)
def test_percentages_have_the_digits_that_a_reader_needs(share: float, said: str) -> None:
    assert sentences.percent(share) == said


def test_words_are_made_when_they_are_asked_for() -> None:
    """Nothing is put into words at import: the language is the reader's."""
    with translation.override("de"):
        assert "58.720" in sentences.headline(FELL)


def test_quality_of_what_is_used_is_told() -> None:
    said = sentences.computed(replace(FELL, choices=Choices(12, 12, provisional=True)))
    assert "Provisional and estimated values are used." in said[0]
    assert Quality.PROVISIONAL.label == "Provisional"


def test_a_method_that_found_nothing_is_not_asked_for() -> None:
    assert FELL.method(Means.RATE_RATIO) is None
    with_one = replace(FELL, methods=(Method(Means.RATE_RATIO, {}),))
    assert with_one.method(Means.RATE_RATIO) is with_one.methods[0]
