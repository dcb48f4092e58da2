"""The filters of lessons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lessons.facets import ACTIVITIES, OPEN_ACTIONS, Reading
from lessons.finding import LessonFinder
from lessons.models import Action, Lesson
from lessons.names import Names, names
from lessons.search import LESSON_TEXT
from lessons.vocabulary import Category, Dotmlpfi, Kind, Priority, Status
from pages.filters import ListFilters, Mode, Option, Several, SeveralHeld
from programs.filters import country_options, marking, news, since, until, words
from programs.models import Exercise, Program
from programs.vocabulary import ExerciseKind
from records.vocabulary import Threat


class Named(Several):
    """Values that are records with names. ``kind`` is the name of the facet unless given.

    Activities are those that the reader may see, whatever lessons they have.
    """

    def __init__(self, *, label: str | Promise, mode: str = "", **paths: Any) -> None:
        super().__init__(label=label, choices=(), mode=mode, searchable=True, **paths)

    @property
    def names(self) -> Names:
        return names(self.parent.reading.state, self.field_name)

    @cached_property
    def options(self) -> list[Option]:
        if self.parent.reader is None:
            return []
        return list(self.known(list(self.names.by_value)).values())

    def known(self, values: list[str]) -> dict[str, Option]:
        if self.parent.reader is None:
            return {}
        found = {value: self.names.by_value.get(value) for value in values}
        seen = self.parent.reading.seen(self.field_name) if self.field_name in ACTIVITIES else None
        return {
            value: option
            for value, option in found.items()
            if option is not None and (seen is None or option.key in seen)
        }

    def found(self, counts: Mapping[Any, int]) -> list[tuple[Option, int]]:
        return [(one, counts[key]) for key, one in self.names.by_key.items() if key in counts]


class OfProgram(Named):
    """Lessons of a program, or of those of its exercises that the reader may see."""

    def matching(self, model: Any, keys: list[Any]) -> Q:
        found = Q()
        for key in keys:
            lessons = Lesson.objects.from_program(Program(pk=key), self.parent.reader)
            found |= Q(pk__in=lessons.values("pk"))
        return found


class OfExercises(Several):
    """Lessons of exercises that have one of the values and that the reader may see.

    ``column`` is the column of the exercise.
    """

    def __init__(self, column: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.column = column

    def matching(self, model: Any, keys: list[Any]) -> Q:
        seen = Exercise.objects.visible_to(self.parent.reader).filter(
            **{f"{self.column}__in": keys}
        )
        return Q(exercise__in=seen.values("pk"))


def year_options(filters: ListFilters) -> list[Option]:
    """The years of the lessons that the reader may see, the last one first."""
    if filters.reader is None:
        return []
    reading = filters.reading
    years = reading.state.of("lesson", "year").items()
    seen = [year for year, lessons in years if lessons.intersect(reading.visible)]
    return [Option(str(year), str(year), year) for year in sorted(seen, reverse=True)]


class HasOpenActions(Several):
    """Lessons with an action that is neither verified nor cancelled."""

    def matching(self, model: Any, keys: list[Any]) -> Q:
        through = Action.lessons.through._base_manager
        acted = through.filter(action__in=Action.objects.open().values("pk"))
        return Q(pk__in=acted.values("lesson_id"))


class LessonFilters(ListFilters):
    """``from`` and ``to`` go by when it happened, else by the day of submission.

    Superseded and archived lessons are left out unless a status is asked for.
    """

    q = words(LESSON_TEXT)
    new = news()
    category = Several(label=_("Category"), choices=Category.choices, paths=("category",))
    partner = Named(label=_("Partner"), many=("partners",), mode="partner_mode")
    partner_mode = Mode(label=_("Partners"))
    theme = Named(label=_("Theme"), many=("themes",))
    kind = Several(label=_("Kind"), choices=Kind.choices, paths=("kind",))
    status = Several(label=_("Status"), choices=Status.choices, paths=("status",))
    from_ = since("dated_on")
    to = until("dated_on")
    year = Several(label=_("Year"), choices=year_options, paths=("dated_on__year",))
    actions = HasOpenActions(label=_("Actions"), choices=[(OPEN_ACTIONS, _("Has open actions"))])
    exercise = Named(label=_("Exercise"), paths=("exercise",))
    exercise_kind = OfExercises(
        "kind", label=_("Kind of exercise"), choices=ExerciseKind.choices, searchable=True
    )
    host = OfExercises(
        "host_country", label=_("Host country"), choices=country_options, searchable=True
    )
    program = OfProgram(label=_("Program"))
    agreement = Named(label=_("Agreement"), paths=("agreement",))
    agency = Named(label=_("Agency"), paths=("agency",))
    threat = SeveralHeld(
        label=_("Threat"), choices=Threat.choices, paths=("threats",), searchable=True
    )
    dotmlpfi = SeveralHeld(
        label=_("DOTMLPF-I"), choices=Dotmlpfi.choices, paths=("dotmlpfi",), searchable=True
    )
    priority = Several(label=_("Priority"), choices=Priority.choices, paths=("priority",))
    tlp = marking()

    folded = (
        *("actions", "exercise", "exercise_kind", "host", "program", "agreement"),
        *("agency", "threat", "dotmlpfi", "priority", "tlp"),
    )

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        narrowed: Any = super().filter_queryset(queryset)
        return narrowed if self.asked.get("status") else narrowed.current()

    @cached_property
    def reading(self) -> Reading:
        """The facets as the reader may see them, at one moment for all filters of a request."""
        of_request: dict[str, Any] = self.request.__dict__
        if "reading" not in of_request:
            of_request["reading"] = Reading(self.reader)
        reading: Reading = of_request["reading"]
        return reading

    @cached_property
    def finder(self) -> LessonFinder:
        """What valid filters find."""
        if not self.is_valid():
            raise ValueError(self.errors)
        return LessonFinder(self, self.reading)
