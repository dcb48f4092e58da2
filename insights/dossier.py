"""One partner in full: what an analyst reads first, only from what the reader may see.

Whatever is counted here is counted by the words of the filtered lists, so that every number
leads to a list of exactly that many rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from agencies.models import Partner, PartnerKind, User
from lessons.models import Action, Lesson
from lessons.vocabulary import Category, Status
from programs.models import Agreement, Exercise, ExerciseQuerySet, Program
from programs.vocabulary import ProgramStatus
from records.vocabulary import TLP

SHOWN, SHOWN_LESSONS, SHOWN_IN_TIME = 8, 5, 100
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
class LessonGroup:
    """Lessons of one category, status and year: how many, the latest day, the strictest mark."""

    category: str
    status: str
    year: int
    number: int
    last: date
    strictest: int


@dataclass(frozen=True)
class LessonFigures:
    """The partner's lessons in numbers, made of groups that were counted in one query."""

    groups: list[LessonGroup]

    @classmethod
    def of(cls, lessons: QuerySet[Lesson]) -> LessonFigures:
        rows = (
            lessons.order_by()
            .values("category", "status", year=F("dated_on__year"))
            .annotate(number=Count("pk"), last=Max("dated_on"), strictest=strictness())
        )
        return cls([LessonGroup(**row) for row in rows])

    @property
    def total(self) -> int:
        return sum(group.number for group in self.groups)

    @property
    def learned(self) -> int:
        return self.by_status[Status.LEARNED]

    @property
    def uncategorized(self) -> int:
        return sum(group.number for group in self.groups if not group.category)

    @property
    def by_status(self) -> Counter[str]:
        numbers: Counter[str] = Counter()
        for group in self.groups:
            numbers[group.status] += group.number
        return numbers

    @property
    def by_category_and_year(self) -> Counter[tuple[str, int]]:
        numbers: Counter[tuple[str, int]] = Counter()
        for group in self.groups:
            if group.category:
                numbers[group.category, group.year] += group.number
        return numbers

    def last_of(self, category: Category) -> date | None:
        """The latest day of a lesson of ``category``."""
        return max(
            (group.last for group in self.groups if group.category == category), default=None
        )


@dataclass(frozen=True)
class ThemeCount:
    slug: str
    name: str
    number: int


def themes_of(lessons: QuerySet[Lesson]) -> list[ThemeCount]:
    rows = (
        lessons.filter(themes__isnull=False)
        .order_by()
        .values("themes__slug", "themes__name")
        .annotate(number=Count("pk"))
        .order_by("-number", "themes__name")
    )
    return [ThemeCount(row["themes__slug"], row["themes__name"], row["number"]) for row in rows]


# --- Exercises ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExerciseFigures:
    """Held exercises in numbers; ``without_lesson`` and ``overdue`` (evaluations) are of them."""

    held: int
    without_lesson: int
    overdue: int
    first: date | None
    last: date | None
    strictest: int | None


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


def figures_of(exercises: ExerciseQuerySet, on: date) -> ExerciseFigures:
    """``exercises`` carry their ``lesson_count``."""
    held = Q(pk__in=Exercise.objects.held().values("pk"))
    overdue = Q(pk__in=Exercise.objects.evaluation_overdue(on).values("pk"))
    return ExerciseFigures(
        **exercises.aggregate(
            held=Count("pk", filter=held),
            without_lesson=Count("pk", filter=held & Q(lesson_count=0)),
            overdue=Count("pk", filter=overdue),
            first=Min("starts_on", filter=held),
            last=Max("ends_on", filter=held),
            strictest=strictness(),
        )
    )


# --- Actions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenActions:
    """Open actions for visible lessons: all in numbers, the first ones due by name."""

    open: int
    overdue: int
    first: list[Action]


def open_actions(lessons: QuerySet[Lesson], user: User, on: date) -> OpenActions:
    serving = Action.lessons.through._base_manager.filter(lesson__in=lessons.values("pk"))
    actions = Action.objects.open().filter(pk__in=serving.values("action_id"))
    overdue = Q(pk__in=Action.objects.overdue(on).values("pk"))
    seen = Lesson.objects.visible_to(user).defer(*LESSON_TEXTS)
    return OpenActions(
        **actions.aggregate(open=Count("pk"), overdue=Count("pk", filter=overdue)),
        first=list(
            actions.select_related("body")
            .prefetch_related(Prefetch("lessons", queryset=seen))
            .order_by("due_on", "pk")[:SHOWN]
        ),
    )


# --- The whole ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dossier:
    """Everything a partner's page shows. Lists are cut to what a panel holds; figures are not.

    ``held``, ``planned`` and ``wanting`` (a lesson or an evaluation) are exercises with their
    ``lesson_count``.
    """

    partner: Partner
    on: date
    relatives: list[Partner]
    agreements: list[Agreement]
    programs: list[Program]
    figures: ExerciseFigures
    held: list[Any]
    planned: list[Any]
    wanting: list[Any]
    lessons: LessonFigures
    themes: list[ThemeCount]
    latest: list[Lesson]
    in_review: list[Lesson]
    actions: OpenActions

    @property
    def in_force(self) -> list[Agreement]:
        return [agreement for agreement in self.agreements if agreement.is_in_force]

    @property
    def reviews_overdue(self) -> list[Agreement]:
        return [agreement for agreement in self.agreements if agreement.review_is_overdue]

    @property
    def running(self) -> list[Program]:
        return [program for program in self.programs if program.status == ProgramStatus.RUNNING]

    @property
    def is_empty(self) -> bool:
        recorded = (self.agreements, self.programs, self.held, self.planned, self.lessons.groups)
        return not any(recorded)

    @property
    def strictest(self) -> TLP | None:
        """The strictest marking among all records that the page is made of."""
        ranks = [MARKINGS.index(TLP(record.tlp)) for record in (*self.agreements, *self.programs)]
        ranks += [group.strictest for group in self.lessons.groups]
        if self.figures.strictest is not None:
            ranks.append(self.figures.strictest)
        return MARKINGS[max(ranks)] if ranks else None


def dossier(partner: Partner, user: User, on: date) -> Dossier:
    agreements = Agreement.objects.visible_to(user).filter(partners=partner)
    programs = Program.objects.visible_to(user).filter(partners=partner)
    exercises = with_lesson_counts(
        Exercise.objects.visible_to(user).filter(partners=partner), user
    ).defer("summary", "scenario")
    lessons = Lesson.objects.visible_to(user).current().filter(partners=partner)
    overdue = Q(pk__in=Exercise.objects.evaluation_overdue(on).values("pk"))
    light = lessons.defer(*LESSON_TEXTS)
    return Dossier(
        partner=partner,
        on=on,
        relatives=relatives(partner),
        # Those that bind stand before the others.
        agreements=sorted(agreements.defer("summary"), key=lambda one: not one.is_in_force),
        programs=list(programs.defer("summary", "objectives").select_related("lead_agency")),
        figures=figures_of(exercises, on),
        held=list(exercises.held()[:SHOWN_IN_TIME]),
        planned=list(exercises.upcoming(on).order_by("starts_on", "pk")[:SHOWN]),
        wanting=list(exercises.held().filter(Q(lesson_count=0) | overdue)[:SHOWN]),
        lessons=LessonFigures.of(lessons),
        themes=themes_of(lessons),
        latest=list(light.published()[:SHOWN_LESSONS]),
        in_review=list(
            light.filter(status__in=WAITING).order_by("review_due_on", "pk")[:SHOWN_LESSONS]
        ),
        actions=open_actions(lessons, user, on),
    )


def relatives(partner: Partner) -> list[Partner]:
    """The members of an organization, or the organizations that a country is a member of."""
    if partner.kind == PartnerKind.ORGANIZATION:
        return list(partner.members.all())
    return list(partner.member_of.all())
