"""Results of indicators: asked for after each change, worked out by the worker, read by pages.

A result belongs to one state of all that it rests on (``Indicator.objects.with_state``). Whoever
changes an indicator or its values asks for a new one in the same transaction; whoever shows one and
finds that it no longer holds, because the record it is about has other dates now, asks as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from evaluation.assessment import Choices, Verdict
from evaluation.charts import series_chart
from evaluation.models import Indicator, Measurement, Result
from evaluation.sentences import headline
from evaluation.series import Break, Measure, Point, Series, Step
from evaluation.statistics import assess
from notices.jobs import asked
from notices.models import Job

AT_ONCE = 10
"""Indicators that one job works out: a job has five minutes."""


# --- Asking --------------------------------------------------------------------------------------


def ask(keys: Iterable[int], *, at: datetime | None = None) -> None:
    """Have the results of indicators (ids) worked out that do not hold; each state is asked for once."""
    at = at or timezone.now()
    rows = Indicator.objects.with_state().filter(pk__in=set(keys)).order_by("pk")
    states = {
        pk: state
        for pk, state, known in rows.values_list("pk", "state", "asked_for")
        if state != known
    }
    if not states:
        return
    with transaction.atomic():
        new = Case(*(When(pk=pk, then=Value(state)) for pk, state in states.items()))
        Indicator.objects.filter(pk__in=states).update(asked_for=new)
        waiting = list(states)
        Job.objects.bulk_create(
            asked(work_out, at, indicators=waiting[first : first + AT_ONCE])
            for first in range(0, len(waiting), AT_ONCE)
        )


def ask_after_change(indicator: Indicator, *, at: datetime) -> None:
    """Ask for the results of ``indicator`` and of those that are compared with it."""
    compared = Indicator.objects.filter(comparison=indicator).values_list("pk", flat=True)
    ask([indicator.pk, *compared], at=at)


# --- Working out ---------------------------------------------------------------------------------


def work_out(*, indicators: Sequence[int], now: datetime) -> None:
    """Work out and keep the results of indicators (ids): the job."""
    for pk in indicators:
        keep_result(pk, now=now)


def keep_result(pk: int, *, now: datetime) -> None:
    """Work out the results of one indicator, with and without its comparison, and keep them.

    What was changed meanwhile makes them worthless, and whoever changed it has asked anew.
    """
    indicator = Indicator.objects.with_state().select_related("comparison", "agency").get(pk=pk)
    series = series_of(indicator)
    found = [made(indicator, series, None, now)]
    if indicator.comparison is not None:
        found.append(made(indicator, series, series_of(indicator.comparison), now))
    with transaction.atomic():
        Indicator.objects.select_for_update(of=("self",)).get(pk=pk)
        if Indicator.objects.with_state().get(pk=pk).state != indicator.state:
            return
        Result.objects.filter(indicator=indicator).delete()
        Result.objects.bulk_create(found)


def made(indicator: Any, series: Series, other: Series | None, now: datetime) -> Result:
    day: date | None = indicator.took_effect_on
    assessment = (
        assess(
            series,
            day,
            better=indicator.better,
            comparison=other,
            choices=choices_of(indicator),
        )
        if day
        else None
    )
    headlines, charts = {}, {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            headlines[language] = headline(assessment) if assessment else ""
            charts[language] = str(
                series_chart(
                    series,
                    intervention=day,
                    intervention_label=_("Change"),
                    comparison=other,
                    assessment=assessment,
                )
            )
    return Result(
        indicator_id=indicator.pk,
        compared=other is not None,
        of=indicator.state,
        verdict=assessment.verdict if assessment else Verdict.UNKNOWN,
        assessment=assessment.plain() if assessment else None,
        headlines=headlines,
        charts=charts,
        computed_at=now,
    )


def choices_of(indicator: Indicator) -> Choices:
    return Choices(
        before=indicator.periods_before,
        after=indicator.periods_after,
        leave_out_event=indicator.leave_out_event,
        same_season=indicator.same_season,
        provisional=indicator.use_provisional,
    )


def series_of(indicator: Indicator) -> Series:
    """The values of ``indicator`` as methods take them."""
    rows = list(indicator.measurements.current().order_by("period"))
    return Series(
        name=indicator.title,
        unit=indicator.unit,
        measure=Measure(indicator.measure),
        step=Step(indicator.step),
        first_month=indicator.first_month,
        points=tuple(point_of(row) for row in rows),
        breaks=tuple(Break(one.on, one.reason) for one in indicator.breaks.all()),
        until=known_until(indicator, rows),
    )


def point_of(row: Measurement) -> Point:
    value = None if row.value is None else float(row.value)
    if row.is_gap:
        return Point(row.period)
    return Point(row.period, value, row.numerator, row.denominator, row.quality)


def known_until(indicator: Indicator, rows: Sequence[Measurement]) -> date | None:
    """The day on which the last value was recorded, if its period was not over then."""
    if not rows:
        return None
    recorded = indicator.agency.local_date(rows[-1].at)
    return recorded if recorded <= Step(indicator.step).last_day(rows[-1].period) else None


# --- Reading -------------------------------------------------------------------------------------


def tell(indicators: Sequence[Any]) -> None:
    """Add to each of ``indicators`` (``with_result_for`` a reader) its result without the chart.

    ``result`` is ``None`` while it is being worked out; what nobody has asked for yet is asked for.
    """
    found = Result.objects.defer("charts", "assessment").in_bulk(
        [one.result_id for one in indicators if one.result_id]
    )
    for one in indicators:
        one.result = found.get(one.result_id)
        one.headline = said(one.result.headlines) if one.result else ""
    ask(one.pk for one in indicators if one.result is None and one.asked_for != one.state)


def said(by_language: dict[str, str]) -> str:
    """What was kept for the reader's language, else for that of the installation."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return by_language.get(language) or by_language.get(settings.LANGUAGE_CODE, "")
