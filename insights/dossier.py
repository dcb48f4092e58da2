"""One partner in full: what an analyst reads first, only from what the reader may see.

Whatever is counted here is counted by the words of the filtered lists, so that every number
leads to a list of exactly that many rows.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from pyroaring import BitMap

from agencies.models import Partner, PartnerKind, User
from insights.gaps import Gaps, gaps
from lessons.facets import Found, Reading, first
from lessons.models import Action, Lesson, LessonEvent
from lessons.names import names
from lessons.vocabulary import CLOSED_ACTIONS, PUBLISHED, Category, Status
from pages.among import Among
from programs.models import Agreement, Exercise, ExerciseQuerySet, Objective, Program
from programs.vocabulary import ExerciseStatus, ProgramStatus, Rating
from records.choices import folded
from records.vocabulary import TLP

SHOWN, SHOWN_LESSONS, SHOWN_HELD, SHOWN_IN_TIME = 8, 5, 12, 100
"""Rows of a panel; the list behind it has the rest."""
WAITING = (Status.SUBMITTED, Status.IN_REVIEW)
LESSON_TEXTS = (
    "observation",
    "original_observation",
    "discussion",
    "conclusion",
    "recommendation",
    "applies_when",
    "does_not_apply_when",
)
MARKINGS = [TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED]
"""From the widest audience to the narrowest."""


def strictness() -> Max:
    """The position in ``MARKINGS`` of the strictest marking among the rows."""
    ranks = [When(tlp=marking, then=Value(rank)) for rank, marking in enumerate(MARKINGS)]
    return Max(Case(*ranks, output_field=IntegerField()))


# --- Lessons -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ThemeCount:
    slug: str
    name: str
    number: int


@dataclass(frozen=True)
class LessonFigures:
    """The partner's lessons in numbers, each the size of a set of ids in memory.

    Under no category stand the lessons that have none yet. ``themes`` come most frequent first,
    ``markings`` are those of all that was counted.
    """

    total: int
    by_status: Mapping[str, int]
    by_category_and_year: Mapping[tuple[str, int], int]
    themes: list[ThemeCount]
    markings: frozenset[str]

    @classmethod
    def of(cls, found: Found) -> LessonFigures:
        reading, ids = found.reading, found.ids
        by_category = reading.values("category")
        sets = {
            str(category): ids & by_category[category]
            for category in Category
            if category in by_category
        }
        sets[""] = ids - BitMap.union(BitMap(), *sets.values())
        numbers = {
            (category, year): number
            for category, of_category in sets.items()
            for year, of_year in reading.values("year").items()
            if (number := of_category.intersection_cardinality(of_year))
        }
        themes, named = found.counts("theme"), names(reading.state, "theme").by_key
        return cls(
            total=found.total,
            by_status={
                status: number
                for status, held in reading.values("status").items()
                if (number := ids.intersection_cardinality(held))
            },
            by_category_and_year=numbers,
            themes=[
                ThemeCount(named[key].value, str(named[key].label), themes[key])
                for key in sorted(
                    themes, key=lambda key: (-themes[key], folded(str(named[key].label)))
                )
            ],
            markings=frozenset(
                tlp for tlp, held in reading.values("tlp").items() if held.intersect(ids)
            ),
        )

    def having(self, *statuses: Status) -> int:
        return sum(self.by_status.get(status, 0) for status in statuses)

    @property
    def learned(self) -> int:
        return self.having(Status.LEARNED)

    @property
    def identified(self) -> int:
        """Lessons for which a change was decided, learned ones among them."""
        return self.having(
            Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING, Status.LEARNED
        )

    @property
    def uncategorized(self) -> int:
        return sum(
            number
            for (category, _year), number in self.by_category_and_year.items()
            if not category
        )

    @property
    def years(self) -> list[int]:
        return sorted({year for _category, year in self.by_category_and_year})


# --- Exercises ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExerciseFigures:
    """Held exercises in numbers.

    ``last_year`` and ``this_year`` took place in these years, at least in part, as the filter of
    the list has it.
    """

    held: int
    last_year: int
    this_year: int
    first: date | None
    last: date | None
    strictest: int | None


def within(year: int) -> Q:
    """What took place in ``year``, at least in part."""
    return Q(starts_on__lte=date(year, 12, 31), ends_on__gte=date(year, 1, 1))


def with_lesson_counts(exercises: ExerciseQuerySet, user: User) -> ExerciseQuerySet:
    """Each exercise with ``lesson_count``: the lessons from it that ``user`` may see."""
    counted = (
        Lesson.objects.visible_to(user)
        .current()
        .filter(exercise=OuterRef("pk"))
        .order_by()
        .values("exercise")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return exercises.annotate(lesson_count=Coalesce(Subquery(counted), 0))


def in_time(exercises: ExerciseQuerySet, on: date) -> tuple[list[Any], list[Any]]:
    """The latest held exercises, and the next ones planned, by one query."""
    held = exercises.held()[:SHOWN_IN_TIME]
    planned = exercises.upcoming(on).order_by("starts_on", "pk")[:SHOWN]
    either = Q(pk__in=held.values("pk")) | Q(pk__in=planned.values("pk"))
    found = list(exercises.filter(either).defer("summary", "scenario"))
    to_come = [one for one in found if one.status == ExerciseStatus.PLANNED]
    return (
        [one for one in found if one.status == ExerciseStatus.HELD],
        sorted(to_come, key=lambda one: (one.starts_on, one.pk)),
    )


def figures_of(exercises: ExerciseQuerySet, on: date) -> ExerciseFigures:
    held = Q(pk__in=Exercise.objects.held().values("pk"))
    return ExerciseFigures(
        **exercises.aggregate(
            held=Count("pk", filter=held),
            last_year=Count("pk", filter=held & within(on.year - 1)),
            this_year=Count("pk", filter=held & within(on.year)),
            first=Min("starts_on", filter=held),
            last=Max("ends_on", filter=held),
            strictest=strictness(),
        )
    )


# --- Actions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Actions:
    """Actions for visible lessons: all in numbers, the first open ones due by name."""

    by_status: Mapping[str, int]
    overdue: int
    first: list[Any]

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def open(self) -> int:
        return sum(
            number for status, number in self.by_status.items() if status not in CLOSED_ACTIONS
        )


def actions_for(partner: Partner, on: date, reading: Reading) -> Actions:
    """Actions that serve a lesson with ``partner`` that the reader may see.

    Those named ``is_red`` where they serve a lesson marked ``TLP:RED`` that the reader may see.
    """
    serving = Action.lessons.through._base_manager.filter(lesson__partners=partner)
    late = ExpressionWrapper(
        Q(action__in=Action.objects.overdue(on).values("pk")), output_field=BooleanField()
    )
    columns = ("lesson_id", "action_id", "action__status", "action__due_on", late)
    actions = {
        action: (status, due_on, is_late)
        for lesson, action, status, due_on, is_late in serving.values_list(*columns)
        if lesson in reading.visible
    }
    due = heapq.nsmallest(
        SHOWN,
        (
            (due_on, pk)
            for pk, (status, due_on, _late) in actions.items()
            if status not in CLOSED_ACTIONS
        ),
    )
    # Lessons with other partners as well: what serves a RED one is not named on paper.
    red = reading.visible & reading.values("tlp").get(TLP.RED, BitMap())
    serving_red = Action.lessons.through._base_manager.filter(
        Among(F("lesson_id"), list(red)), action=OuterRef("pk")
    )
    named = (
        Action.objects.filter(pk__in=[pk for _due_on, pk in due])
        .annotate(is_red=Exists(serving_red))
        .select_related("body")
        .order_by("due_on", "pk")
    )
    return Actions(
        by_status=Counter(status for status, _due_on, _late in actions.values()),
        overdue=sum(is_late for _status, _due_on, is_late in actions.values()),
        first=list(named),
    )


# --- Whether it works --------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """What speaks for it that cooperation works.

    ``ratings`` counts objectives of held exercises by year and HSEEP rating; ``relapsed`` are
    lessons that were learned once and were seen to happen again.
    """

    ratings: Mapping[tuple[int, str], int]
    relapsed: int

    @property
    def rated(self) -> int:
        return sum(self.ratings.values())

    @property
    def performed(self) -> int:
        """Objectives met without, or with only some, challenges."""
        return sum(number for (_year, rating), number in self.ratings.items() if rating in MET)


MET = (Rating.PERFORMED, Rating.SOME_CHALLENGES)


def effect_of(exercises: ExerciseQuerySet, partner: Partner, ids: BitMap) -> Effect:
    """``ids`` are the lessons with ``partner`` that the reader may see."""
    rated = (
        Objective.objects.filter(exercise__in=exercises.held().order_by().values("pk"))
        .exclude(rating="")
        .order_by()
        .values_list("exercise__starts_on__year", "rating")
        .annotate(Count("pk"))
    )
    # By lesson, as the database finds its events; what is not for the reader is left out here.
    fell_back = LessonEvent.objects.filter(
        lesson__in=Lesson.objects.filter(partners=partner).values("pk"), move="relapse"
    )
    return Effect(
        ratings={(year, rating): number for year, rating, number in rated},
        relapsed=len(ids & BitMap(fell_back.order_by().values_list("lesson_id", flat=True))),
    )


# --- The whole ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dossier:
    """Everything a partner's page shows. Lists are cut to what a panel holds; figures are not.

    ``held`` and ``planned`` are exercises with their ``lesson_count``.
    """

    partner: Partner
    on: date
    relatives: list[Partner]
    agreements: list[Agreement]
    programs: list[Program]
    figures: ExerciseFigures
    held: list[Any]
    planned: list[Any]
    lessons: LessonFigures
    learned: list[Lesson]
    latest: list[Lesson]
    in_review: list[Lesson]
    actions: Actions
    effect: Effect
    gaps: Gaps

    @property
    def in_force(self) -> list[Agreement]:
        return [agreement for agreement in self.agreements if agreement.is_in_force]

    @property
    def running(self) -> list[Program]:
        return [program for program in self.programs if program.status == ProgramStatus.RUNNING]

    def programs_in(self, year: int) -> list[Program]:
        """Programs that ran in ``year``, as far as their dates are known."""
        return [program for program in self.programs if ran_in(program, year)]

    def held_since(self, year: int) -> list[Any]:
        """The latest held exercises that ended in ``year`` or later."""
        return [one for one in self.held if one.ends_on.year >= year][:SHOWN_HELD]

    @property
    def overdue(self) -> int:
        """Reviews, evaluations and actions whose day has passed."""
        return self.actions.overdue + sum(gap.is_late for gap in self.gaps)

    @property
    def is_empty(self) -> bool:
        recorded = (self.agreements, self.programs, self.held, self.planned, self.lessons.total)
        return not any(recorded)

    @property
    def strictest(self) -> TLP | None:
        """The strictest marking among all records that the page is made of."""
        ranks = [MARKINGS.index(TLP(record.tlp)) for record in (*self.agreements, *self.programs)]
        ranks += [MARKINGS.index(TLP(tlp)) for tlp in self.lessons.markings]
        if self.figures.strictest is not None:
            ranks.append(self.figures.strictest)
        return MARKINGS[max(ranks)] if ranks else None


def ran_in(program: Program, year: int) -> bool:
    if program.starts_on is None or program.status not in RAN:
        return False
    end = program.ends_on
    return program.starts_on.year <= year and (end is None or end.year >= year)


RAN = (ProgramStatus.RUNNING, ProgramStatus.COMPLETED)


def dossier(partner: Partner, user: User, on: date, reading: Reading | None = None) -> Dossier:
    """``reading`` is that of the request, where it has one already."""
    reading = reading or Reading(user)
    found = Found(reading, {"partner": reading.values("partner").get(partner.pk, BitMap())})
    agreements = Agreement.objects.visible_to(user).filter(partners=partner)
    programs = Program.objects.visible_to(user).filter(partners=partner)
    exercises = Exercise.objects.visible_to(user).filter(partners=partner)
    learned = having(reading, found.ids, Status.LEARNED)
    published = having(reading, found.ids, *PUBLISHED)

    # The latest by the day they are dated on, and those whose review is due first.
    days, due = reading.values("day"), reading.values("due")
    waiting = having(reading, found.ids, *WAITING)
    named = [
        first(learned, days, SHOWN_LESSONS, latest=True),
        first(published - learned, days, SHOWN_LESSONS, latest=True),
        first(waiting, due, SHOWN_LESSONS, latest=False),
    ]
    seen = (
        Lesson.objects.visible_to(user)
        .defer(*LESSON_TEXTS)
        .in_bulk([key for keys in named for key in keys])
    )
    lessons = [[seen[key] for key in keys if key in seen] for keys in named]
    held, planned = in_time(with_lesson_counts(exercises, user), on)
    return Dossier(
        partner=partner,
        on=on,
        relatives=relatives(partner),
        # Those that bind stand before the others.
        agreements=sorted(agreements.defer("summary"), key=lambda one: not one.is_in_force),
        programs=list(programs.defer("summary", "objectives").select_related("lead_agency")),
        figures=figures_of(exercises, on),
        held=held,
        planned=planned,
        lessons=LessonFigures.of(found),
        learned=lessons[0],
        latest=lessons[1],
        in_review=lessons[2],
        actions=actions_for(partner, on, reading),
        effect=effect_of(exercises, partner, found.ids),
        gaps=gaps(user, on, partner=partner, reading=reading),
    )


def having(reading: Reading, ids: BitMap, *statuses: Status) -> BitMap:
    """Those of ``ids`` that have one of ``statuses``."""
    values = reading.values("status")
    found: BitMap = ids & BitMap.union(BitMap(), *(values.get(one, BitMap()) for one in statuses))
    return found


def relatives(partner: Partner) -> list[Partner]:
    """The members of an organization, or the organizations that a country is a member of."""
    if partner.kind == PartnerKind.ORGANIZATION:
        return list(partner.members.all())
    return list(partner.member_of.all())
