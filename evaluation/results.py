"""Results of indicators: asked for after each change, worked out by the worker, read by pages.

A result belongs to one state of all that it rests on (``Indicator.objects.with_state``). Whoever
changes an indicator, its values or the record it is about asks for a new one in the same
transaction. Whoever reads asks for nothing: a page says how far the result is (``Progress``), and
offers to ask where nobody has, or where it was given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Model, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from evaluation.assessment import Choices, Verdict
from evaluation.charts import series_chart
from evaluation.models import ABOUT, Indicator, Measurement, Result
from evaluation.sentences import headline
from evaluation.series import Break, Measure, Point, Series, Step
from evaluation.statistics import assess
from evaluation.vocabulary import Progress
from notices.jobs import asked

AT_ONCE = 10
"""Indicators that one job works out: a job has five minutes."""


# --- Asking --------------------------------------------------------------------------------------


def ask(keys: Iterable[int], *, at: datetime | None = None, anew: bool = False) -> None:
    """Have the results of indicators (ids) worked out that do not hold; each state is asked for once.

    What was given up is asked for again only ``anew``: what failed so often fails once more.
    """
    at = at or timezone.now()
    unasked = {Progress.UNASKED, Progress.GIVEN_UP} if anew else {Progress.UNASKED}
    rows = Indicator.objects.without_result().filter(pk__in=set(keys), progress__in=unasked)
    states = dict(rows.order_by("pk").values_list("pk", "state"))
    if not states:
        return
    waiting = list(states)
    with transaction.atomic():
        for first in range(0, len(waiting), AT_ONCE):
            some = waiting[first : first + AT_ONCE]
            job = asked(work_out, at, indicators=some)
            job.save()
            new = Case(*(When(pk=pk, then=Value(states[pk])) for pk in some))
            Indicator.objects.filter(pk__in=some).update(asked_for=new, asked_job=job)


def ask_after_change(indicator: Indicator, *, at: datetime) -> None:
    """Ask for the results of ``indicator`` and of those that are compared with it."""
    compared = Indicator.objects.filter(comparison=indicator).values_list("pk", flat=True)
    ask([indicator.pk, *compared], at=at)


def ask_about(record: Model) -> None:
    """Ask for the results of indicators about ``record``, which was saved: its dates may be others."""
    if isinstance(record, tuple(ABOUT.values())):
        ask(Indicator.objects.about(record).values_list("pk", flat=True))


# --- Working out ---------------------------------------------------------------------------------


def work_out(*, indicators: Sequence[int], now: datetime) -> None:
    """Work out and keep the results of indicators (ids): the job. One that fails stops no other."""
    errors = []
    for pk in indicators:
        try:
            keep_result(pk, now=now)
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("results could not be worked out", errors)


def keep_result(pk: int, *, now: datetime) -> None:
    """Work out the results of one indicator, with and without its comparison, and keep them.

    What was changed meanwhile makes them worthless, and whoever changed it has asked anew.
    """
    known = Indicator.objects.with_state().select_related("comparison__agency", "agency")
    indicator = known.get(pk=pk)
    if Result.objects.filter(indicator=indicator, of=indicator.state).exists():
        return
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

    ``result`` is ``None`` where there is none that holds; ``progress`` says how far it is.
    """
    found = Result.objects.defer("charts", "assessment").in_bulk(
        [one.result_id for one in indicators if one.result_id]
    )
    for one in indicators:
        one.result = found.get(one.result_id)
        one.headline = said(one.result.headlines) if one.result else ""


def said(by_language: dict[str, str]) -> str:
    """What was kept for the reader's language, else for that of the installation."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return by_language.get(language) or by_language.get(settings.LANGUAGE_CODE, "")
