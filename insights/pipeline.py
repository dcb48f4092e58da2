"""The state of learning: where lessons stand, how long each step takes, what becomes of them.

Everything is counted from a queryset of lessons that its caller has narrowed to the reader. It is
read once, one lesson with its moves at a time, as plain numbers: moments are seconds since 1970.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Field, Func, Q
from django.utils import timezone

from agencies.calendar import working_days_between
from agencies.models import Agency
from insights.estimates import Waits
from lessons.models import Action, LessonEvent, LessonQuerySet
from lessons.vocabulary import PUT_AWAY, Status
from records.vocabulary import Precision

DAY = 86_400
BLOCK = 5_000
LEFT = frozenset({Status.REJECTED, Status.NOTED, *PUT_AWAY})
"""From these a lesson goes no further on the way to being learned."""


class Seconds(Func):
    """A moment, or the first one of a day, in whole seconds since 1970."""

    # Not a number of Django's, which would convert each of millions of values once more.
    output_field = Field()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template, **context)


# --- What is read ------------------------------------------------------------------------------


class Course(NamedTuple):
    """One lesson in numbers."""

    pk: int
    status: str
    kind: str
    category: str
    agency: int
    tlp: str
    occurred_precision: str
    occurred: int | None
    submitted_day: int | None
    submitted: int | None
    published: int | None
    identified: int | None
    learned: int | None
    due: int | None
    reviewer: int | None


class Moved(NamedTuple):
    """One move of a lesson."""

    lesson: int
    move: str
    to: str
    actor: int
    at: int


def courses(lessons: LessonQuerySet) -> Iterator[tuple[Course, list[Moved]]]:
    """Each lesson with its moves, first to last. What changes no status is left out."""
    rows = lessons.order_by("pk").values_list(
        *("pk", "status", "kind", "category", "agency_id", "tlp", "occurred_precision"),
        Seconds("occurred_on"),
        Seconds("submitted_on"),
        *(Seconds(f"{name}_at") for name in ("submitted", "published", "identified", "learned")),
        Seconds("review_due_on"),
        "reviewer_id",
    )
    events = (
        LessonEvent.objects.filter(lesson__in=lessons.order_by().values("pk"))
        .filter(Q(move="hand_over") | ~Q(from_status=F("to_status")))
        .order_by("lesson_id", "at", "pk")
        .values_list("lesson_id", "move", "to_status", "actor_id", Seconds("at"))
    )
    moves = groupby(map(Moved._make, events.iterator(BLOCK)), key=itemgetter(0))
    lesson, found = next(moves, (0, iter(())))
    for course in map(Course._make, rows.iterator(BLOCK)):
        while lesson and lesson < course.pk:
            # Hidden or gone between the two readings.
            lesson, found = next(moves, (0, iter(())))
        yield course, list(found) if lesson == course.pk else []


# --- How long each step takes ------------------------------------------------------------------

POINTS = ("observed", "submitted", "published", "identified", "started", "validating", "learned")
STEPS = tuple(pairwise(POINTS))
REACHED = {
    Status.SUBMITTED: 1,
    Status.IN_REVIEW: 1,
    Status.RETURNED: 1,
    Status.IDENTIFIED: 3,
    Status.IMPLEMENTING: 4,
    Status.VALIDATING: 5,
    Status.LEARNED: 6,
}
"""The place in ``POINTS`` that a lesson must have passed to have a status."""


@dataclass
class Milestones:
    """When a lesson first came to each of ``POINTS``, and what else its moves tell.

    ``left`` is when it came to where it stands now, if it went another way. ``waits_since`` is
    when it last came to be validated.
    """

    at: list[int | None]
    left: int | None = None
    waits_since: int | None = None
    relapses: int = 0
    is_learned: bool = False

    @classmethod
    def of(cls, course: Course, moves: Iterable[Moved]) -> Milestones:
        exact = course.occurred_precision == Precision.DAY
        started = validating = learned = left = waits_since = None
        relapses, stands = 0, course.learned is not None
        for moved in moves:
            if moved.move == "start":
                started = started or moved.at
            elif moved.move == "finish":
                validating, waits_since = validating or moved.at, moved.at
            elif moved.move == "validate":
                learned, stands = learned or moved.at, True
            elif moved.move == "relapse":
                relapses, stands = relapses + 1, False
            elif moved.to in LEFT:
                left = moved.at
        return cls(
            [
                course.occurred if exact else None,
                course.submitted,
                course.published,
                course.identified,
                started,
                validating,
                learned or course.learned,
            ],
            left if course.status in LEFT else None,
            waits_since,
            relapses,
            course.status == Status.LEARNED or (course.status in PUT_AWAY and stands),
        )


@dataclass
class Steps:
    """How long each step takes, and how many took one on a day that is not known."""

    waits: dict[str, Waits] = field(default_factory=lambda: {end: Waits() for _, end in STEPS})
    undated: int = 0

    def add(self, course: Course, passed: Milestones, now: int) -> None:
        """Count each step that the lesson took or waits for, in whole days."""
        at = passed.at
        reached = REACHED.get(Status(course.status), 0)
        undated = False
        for place, (_start, end) in enumerate(STEPS, start=1):
            since, until = at[place - 1], at[place]
            if place == 1 and until is not None:
                until = course.submitted_day
            if since is None:
                continue
            if until is not None:
                kind = self.waits[end].done
            elif reached >= place or any(at[place + 1 :]):
                undated = True
                continue
            elif course.status in LEFT:
                kind, until = self.waits[end].left, passed.left
            else:
                kind, until = self.waits[end].waiting, now
            if until is None or until < since:
                undated = True
                continue
            kind[(until - since) // DAY] += 1
        self.undated += undated


# --- What is late, and how long reviews take ----------------------------------------------------


@dataclass
class Late:
    """What waits in an agency, and how much of it is overdue."""

    reviews: int = 0
    reviews_overdue: int = 0
    validations: int = 0
    validations_overdue: int = 0
    actions: int = 0
    actions_overdue: int = 0

    @property
    def overdue(self) -> int:
        return self.reviews_overdue + self.validations_overdue + self.actions_overdue


@dataclass
class Turnaround:
    """How many working days the reviews of an agency take, and who made them."""

    waits: Waits = field(default_factory=Waits)
    by_reviewer: defaultdict[int, Waits] = field(default_factory=lambda: defaultdict(Waits))


class Held(NamedTuple):
    """A time during which a review was with one reviewer; ``None`` where nobody can tell who."""

    reviewer: int | None
    since: int
    until: int


@dataclass
class Review:
    """From a submission, or an appeal, to a decision: who had it when."""

    held: list[Held] = field(default_factory=list)
    is_decided: bool = False


DECISIONS = frozenset({"note", "endorse", "reject"})
BY_THE_ASSIGNED = frozenset({"note", "return", "reject"})
"""Whoever makes these with a lesson in review is the assigned reviewer."""


def reviews(course: Course, moves: Iterable[Moved], now: int) -> Iterator[Review]:
    """The reviews of a lesson. One that nobody has taken yet is not with a reviewer.

    A hand-over does not say to whom: the next reviewer is known by what they do, or because they
    are the assigned one still.
    """
    review = Review()
    since: int | None = None
    reviewer: int | None = None
    for moved in moves:
        if since is not None:
            if reviewer is None and moved.move in BY_THE_ASSIGNED:
                reviewer = moved.actor
            if reviewer is None and moved.move in DECISIONS:
                reviewer = course.reviewer
            review.held.append(Held(reviewer, since, moved.at))
            since = None
        if moved.move == "take":
            since, reviewer = moved.at, moved.actor
        elif moved.move == "hand_over":
            since, reviewer = moved.at, None
        elif moved.move in DECISIONS:
            # Decided without being taken: it was with the reviewer for no day.
            review.held = review.held or [Held(moved.actor, moved.at, moved.at)]
            review.is_decided = True
            yield review
            review = Review()
    if since is not None:
        review.held.append(Held(reviewer or course.reviewer, since, now))
    if review.held:
        yield review


class Calendars:
    """Days and working days where each agency is."""

    def __init__(self) -> None:
        agencies = Agency.objects.prefetch_related("holidays").order_by()
        self.agencies: dict[int, Agency] = {agency.pk: agency for agency in agencies}
        self.zones = {pk: ZoneInfo(agency.time_zone) for pk, agency in self.agencies.items()}

    def day(self, agency: int, at: int) -> date:
        return datetime.fromtimestamp(at, self.zones[agency]).date()

    def working_days(self, agency: int, since: int, until: int) -> int:
        holidays = self.agencies[agency].holiday_dates
        return working_days_between(self.day(agency, since), self.day(agency, until), holidays)


# --- The whole ---------------------------------------------------------------------------------


@dataclass
class Learning:
    """The state of learning of some lessons on a day.

    ``endorsed`` and ``learned_of`` count by the day of endorsement, in the agency: lessons endorsed
    and those of them that are learned now. ``ever_learned`` and ``relapsed`` count by category.
    ``balance`` counts by category and kind, of lessons that are not put away. ``markings`` are
    those of the lessons counted.
    """

    on: date
    total: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    steps: Steps = field(default_factory=Steps)
    late: defaultdict[int, Late] = field(default_factory=lambda: defaultdict(Late))
    turnaround: defaultdict[int, Turnaround] = field(
        default_factory=lambda: defaultdict(Turnaround)
    )
    endorsed: Counter[date] = field(default_factory=Counter)
    learned_of: Counter[date] = field(default_factory=Counter)
    ever_learned: Counter[str] = field(default_factory=Counter)
    relapsed: Counter[str] = field(default_factory=Counter)
    balance: Counter[tuple[str, str]] = field(default_factory=Counter)
    markings: set[str] = field(default_factory=set)
    agencies: dict[int, Agency] = field(default_factory=dict)

    def count(self, course: Course, moves: list[Moved], now: int, calendars: Calendars) -> None:
        passed = Milestones.of(course, moves)
        self.total += 1
        self.markings.add(course.tlp)
        self.stages[course.status] += 1
        self.steps.add(course, passed, now)
        self.count_late(course, passed, calendars)
        self.count_reviews(course, moves, now, calendars)
        if course.identified is not None:
            day = calendars.day(course.agency, course.identified)
            self.endorsed[day] += 1
            self.learned_of[day] += passed.is_learned
        if passed.at[-1] is not None:
            self.ever_learned[course.category] += 1
            self.relapsed[course.category] += passed.relapses > 0
        if course.status not in PUT_AWAY:
            self.balance[course.category, course.kind] += 1

    def count_late(self, course: Course, passed: Milestones, calendars: Calendars) -> None:
        if course.status in {Status.SUBMITTED, Status.IN_REVIEW}:
            late = self.late[course.agency]
            late.reviews += 1
            midnight = (self.on.toordinal() - date(1970, 1, 1).toordinal()) * DAY
            late.reviews_overdue += course.due is not None and course.due < midnight
        elif course.status == Status.VALIDATING:
            late = self.late[course.agency]
            late.validations += 1
            if passed.waits_since is not None:
                since = calendars.day(course.agency, passed.waits_since)
                allowed = calendars.agencies[course.agency].validation_days
                late.validations_overdue += (self.on - since).days > allowed

    def count_reviews(
        self, course: Course, moves: list[Moved], now: int, calendars: Calendars
    ) -> None:
        for review in reviews(course, moves, now):
            of_agency = self.turnaround[course.agency]
            spent: Counter[int | None] = Counter()
            for held in review.held:
                days = calendars.working_days(course.agency, held.since, held.until)
                spent[held.reviewer] += days
            whole = of_agency.waits.done if review.is_decided else of_agency.waits.waiting
            whole[spent.total()] += 1
            last = review.held[-1].reviewer
            for reviewer, days in spent.items():
                if reviewer is None:
                    continue
                waits = of_agency.by_reviewer[reviewer]
                if reviewer != last:
                    waits.left[days] += 1
                else:
                    (waits.done if review.is_decided else waits.waiting)[days] += 1


def learning(lessons: LessonQuerySet, now: datetime) -> Learning:
    """The state of learning of ``lessons``, which hold only what the reader may see."""
    calendars = Calendars()
    found = Learning(timezone.localdate(now), agencies=calendars.agencies)
    seconds = int(now.timestamp())
    for course, moves in courses(lessons):
        found.count(course, moves, seconds, calendars)
    for body, number, overdue in late_actions(lessons, found.on):
        found.late[body].actions = number
        found.late[body].actions_overdue = overdue
    return found


def late_actions(lessons: LessonQuerySet, on: date) -> Iterable[tuple[int, int, int]]:
    """Action bodies with how many actions of ``lessons`` they have to finish, how many overdue."""
    through = Action.lessons.through._base_manager
    serving = through.filter(lesson__in=lessons.order_by().values("pk"))
    unfinished = Action.objects.unfinished().filter(pk__in=serving.values("action_id"))
    return (
        unfinished.order_by()
        .values("body_id")
        .annotate(number=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on)))
        .values_list("body_id", "number", "overdue")
    )
