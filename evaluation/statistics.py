"""Did an indicator change after an intervention, and how sure can one be?

``assess`` compares the time before with the time after; ``docs/guide/statistics.md`` says what
each method is and when it is used. Intervals and distributions are those of scipy and
statsmodels, which are large: they are imported where they are used, by the worker, never by the
process that serves pages.
"""

from __future__ import annotations

from datetime import date

from evaluation.assessment import BY_RULE, Assessment, Choices, Reason, Remark
from evaluation.series import Better, Series


def assess(
    series: Series,
    intervention: date,
    *,
    better: Better | str,
    comparison: Series | None = None,
    choices: Choices = BY_RULE,
) -> Assessment:
    """Return what became of ``series`` at the ``intervention``.

    ``comparison`` is the same measure where nothing was changed, in the same step. Whatever does
    not allow an answer is told in ``reasons``; data never raise.
    """
    return Assessment(
        measure=series.measure,
        step=series.step,
        name=series.name,
        unit=series.unit,
        better=better,
        intervention=intervention,
        choices=choices,
        comparison=comparison.name if comparison else "",
        reasons=(Remark(Reason.NO_DATA),),
    )
