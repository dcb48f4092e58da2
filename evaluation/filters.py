"""The filters of the list of indicators."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.assessment import Verdict
from evaluation.search import INDICATOR_TEXT
from evaluation.series import Better, Measure, Step
from evaluation.vocabulary import About
from pages.filters import Asked, ListFilters, Mode, Option, Several
from programs.filters import (
    activity_options,
    agencies,
    agreement_options,
    marking,
    news,
    partners,
    program_options,
    words,
)
from programs.models import Agreement, Exercise, Program


def about_options(filters: ListFilters) -> list[Option]:
    """The kinds of records that indicators are about."""

    def about(name: str) -> Any:
        return lambda rows: rows.filter(**{f"{name}__isnull": False})

    return [Option(one.value, one.label, about(one.value)) for one in About]


def result_options(filters: ListFilters) -> list[Option]:
    """What the result that the reader may read says."""
    if filters.reader is None:
        return []

    def saying(*verdicts: str) -> Any:
        return lambda rows: rows.with_result_for(filters.reader).filter(verdict__in=verdicts)

    told = [one for one in Verdict if one != Verdict.UNKNOWN]
    return [
        Option("any", _("Has a result"), saying(*told)),
        *(Option(one.value, one.label, saying(one)) for one in Verdict),
    ]


def exercise_options(filters: ListFilters) -> list[Option]:
    return filters.activities["exercise"]


class IndicatorFilters(ListFilters):
    q = words(INDICATOR_TEXT)
    new = news()
    partner = partners()
    partner_mode = Mode(label=_("Partners"))
    result = Asked(label=_("Result"), choices=result_options)
    about = Asked(label=_("About"), choices=about_options)
    measure = Several(label=_("Kind of measure"), choices=Measure.choices, paths=("measure",))
    better = Several(label=_("Direction"), choices=Better.choices, paths=("better",))
    step = Several(label=_("One value for each"), choices=Step.choices, paths=("step",))
    exercise = Several(
        label=_("Exercise"), choices=exercise_options, paths=("exercise",), searchable=True
    )
    program = Several(
        label=_("Program"), choices=program_options, paths=("program",), searchable=True
    )
    agreement = Several(
        label=_("Agreement"), choices=agreement_options, paths=("agreement",), searchable=True
    )
    agency = agencies("agency")
    tlp = marking()

    folded = ("step", "exercise", "program", "agreement", "agency", "tlp")

    @cached_property
    def activities(self) -> dict[str, list[Option]]:
        """Exercises, programs and agreements that have an indicator, by one query."""
        measured = Q(indicators__isnull=False)
        return activity_options(
            self, {model: Q(pk__in=model.objects.filter(measured).values("pk")) for model in MODELS}
        )


MODELS: tuple[type[Agreement | Program | Exercise], ...] = (Exercise, Program, Agreement)
