"""The filters of lessons."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lessons.models import Lesson, Theme
from lessons.search import LESSON_TEXT
from lessons.vocabulary import Category, Kind, Priority, Status
from pages.filters import ListFilters, Mode, Option, Several, SeveralHeld
from programs.filters import (
    activity_options,
    agencies,
    agreement_options,
    marking,
    partners,
    program_options,
    since,
    until,
    words,
)
from programs.models import Agreement, Exercise, Program
from records.choices import folded
from records.vocabulary import Threat


def theme_options(filters: ListFilters) -> list[Option]:
    """Every theme; deprecated ones stay on the lessons that carry them."""
    if filters.reader is None:
        return []
    options = [Option(theme.slug, str(theme), theme.pk) for theme in Theme.objects.order_by()]
    return sorted(options, key=lambda option: folded(str(option.label)))


def exercise_options(filters: ListFilters) -> list[Option]:
    return filters.activities["exercise"]


class OfProgram(Several):
    """Lessons of a program, or of those of its exercises that the reader may see."""

    def matching(self, model: Any, keys: list[Any]) -> Q:
        found = Q()
        for key in keys:
            lessons = Lesson.objects.from_program(Program(pk=key), self.parent.reader)
            found |= Q(pk__in=lessons.values("pk"))
        return found


class LessonFilters(ListFilters):
    """``from`` and ``to`` go by when it happened, else by the day of submission.

    Superseded and archived lessons are left out unless a status is asked for.
    """

    q = words(LESSON_TEXT)
    category = Several(label=_("Category"), choices=Category.choices, paths=("category",))
    partner = partners()
    partner_mode = Mode(label=_("Partners"))
    theme = Several(label=_("Theme"), choices=theme_options, many=("themes",), searchable=True)
    kind = Several(label=_("Kind"), choices=Kind.choices, paths=("kind",))
    status = Several(label=_("Status"), choices=Status.choices, paths=("status",))
    from_ = since("dated_on")
    to = until("dated_on")
    exercise = Several(
        label=_("Exercise"), choices=exercise_options, paths=("exercise",), searchable=True
    )
    program = OfProgram(label=_("Program"), choices=program_options, searchable=True)
    agreement = Several(
        label=_("Agreement"), choices=agreement_options, paths=("agreement",), searchable=True
    )
    agency = agencies("agency")
    threat = SeveralHeld(
        label=_("Threat"), choices=Threat.choices, paths=("threats",), searchable=True
    )
    priority = Several(label=_("Priority"), choices=Priority.choices, paths=("priority",))
    tlp = marking()

    folded = ("exercise", "program", "agreement", "agency", "threat", "priority", "tlp")

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        narrowed: Any = super().filter_queryset(queryset)
        return narrowed if self.asked.get("status") else narrowed.current()

    @cached_property
    def activities(self) -> dict[str, list[Option]]:
        """Exercises with a lesson that the reader may see, programs, agreements: one query."""
        lessons = Lesson.objects.visible_to(self.reader) if self.reader else Lesson.objects.none()
        from_it = lessons.filter(exercise=OuterRef("pk"))
        return activity_options(self, {Exercise: Q(Exists(from_it)), Program: Q(), Agreement: Q()})
