"""The state of learning: what is counted, of whom, and who may see which figure."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import Agency, Holiday, User
from agencies.roles import Role
from insights.estimates import Waits
from insights.pipeline import Learning, learning
from insights.pipeline_tables import TABLES
from insights.tables import Table
from lessons.models import Lesson, LessonEvent
from lessons.vocabulary import ActionStatus, Category, Kind, Status
from records.models import ExportRecord
from records.vocabulary import TLP, Precision
from tests.cast import Cast, give, make_cast
from tests.factories import make_action, make_agency, make_lesson, make_user
from tests.quick import quick

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
URL = "/reports/pipeline/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def moved(lesson: Lesson, move: str, to: Status, at: datetime, by: User | None = None) -> None:
    before = lesson.events.last()
    LessonEvent.objects.create(
        lesson=lesson,
        move=move,
        actor=by or lesson.editor,
        from_status=before.to_status if before else Status.DRAFT,
        to_status=to,
        at=at,
    )


def found(reader: User) -> Learning:
    return learning(Lesson.objects.visible_to(User.objects.get(pk=reader.pk)), NOW)


def table(name: str, reader: User) -> dict[str, list[str]]:
    """A table as it stands on the page: label → texts of its cells."""
    reader = User.objects.get(pk=reader.pk)
    made: Table = TABLES[name](found(reader), {}, reader)
    return {row.label: [cell.text for cell in row.cells] for row in made.rows}


def learned(by: User, *, observed: int, days: tuple[float, ...], **fields: Any) -> Lesson:
    """A lesson learned: observed and then submitted, endorsed, started, finished, validated so many
    days ago each."""
    submitted, endorsed, started, finished, validated = map(ago, days)
    lesson = make_lesson(
        by=by,
        status=Status.LEARNED,
        occurred_on=ago(observed).date(),
        submitted_at=submitted,
        submitted_on=submitted.date(),
        taken_at=endorsed,
        published_at=endorsed,
        identified_at=endorsed,
        learned_at=validated,
        **fields,
    )
    moved(lesson, "submit", Status.SUBMITTED, submitted)
    moved(lesson, "endorse", Status.IDENTIFIED, endorsed)
    moved(lesson, "start", Status.IMPLEMENTING, started)
    moved(lesson, "finish", Status.VALIDATING, finished)
    moved(lesson, "validate", Status.LEARNED, validated)
    return lesson


# --- How long each step takes ------------------------------------------------------------------


def test_each_step_of_one_lesson(cast: Cast) -> None:
    learned(cast.originator, observed=400, days=(390, 350, 300, 200, 50), tlp=TLP.GREEN)
    assert table("steps", cast.stranger) == {
        "Observed to submitted": ["10 days", "10 days", "1", "0", "0"],
        "Submitted to published": ["40 days", "40 days", "1", "0", "0"],
        "Published to identified": ["0 days", "0 days", "1", "0", "0"],
        "Identified to first action started": ["50 days", "50 days", "1", "0", "0"],
        "First action started to validation": ["100 days", "100 days", "1", "0", "0"],
        "Validation to learned": ["150 days", "150 days", "1", "0", "0"],
    }


def test_what_still_waits_lengthens_the_median(cast: Cast) -> None:
    by = cast.originator
    for days in (10, 20, 30):
        lesson = make_lesson(by=by, status=Status.IMPLEMENTING, identified_at=ago(100))
        moved(lesson, "start", Status.IMPLEMENTING, ago(100 - days))
    assert table("steps", by)["Identified to first action started"][0] == "20 days"
    for _number in range(3):
        make_lesson(by=by, status=Status.IDENTIFIED, identified_at=ago(90))
    assert table("steps", by)["Identified to first action started"] == [
        "30 days",
        "not reached",
        "3",
        "3",
        "0",
    ]


def test_what_went_another_way_waits_no_more(cast: Cast) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.NOTED,
        submitted_at=ago(120),
        published_at=ago(100),
        identified_at=ago(100),
    )
    moved(lesson, "close", Status.NOTED, ago(60))
    steps = found(cast.originator).steps
    assert steps.waits["started"] == Waits(left=Counter({40: 1}))
    assert steps.undated == 0


def test_a_day_that_is_not_known_is_not_made_up(cast: Cast) -> None:
    by = cast.originator
    # Imported as learned: nobody knows when the first action started.
    make_lesson(
        by=by,
        status=Status.LEARNED,
        submitted_at=ago(120),
        published_at=ago(100),
        identified_at=ago(100),
        learned_at=ago(10),
    )
    # Happened some day in a month; happened after it was submitted.
    month: dict[str, Any] = {"occurred_precision": Precision.MONTH, "occurred_on": ago(90).date()}
    make_lesson(by=by, status=Status.SUBMITTED, submitted_at=ago(3), **month)
    make_lesson(
        by=by,
        status=Status.SUBMITTED,
        submitted_at=ago(3),
        submitted_on=ago(3).date(),
        occurred_on=ago(1).date(),
    )
    steps = found(by).steps
    assert steps.waits["submitted"].is_empty
    assert steps.waits["started"].is_empty
    assert steps.undated == 2


def test_the_first_time_counts(cast: Cast) -> None:
    lesson = learned(cast.originator, observed=400, days=(390, 350, 300, 200, 150))
    moved(lesson, "relapse", Status.IMPLEMENTING, ago(100))
    moved(lesson, "finish", Status.VALIDATING, ago(80))
    moved(lesson, "refuse", Status.IMPLEMENTING, ago(70))
    moved(lesson, "finish", Status.VALIDATING, ago(60))
    moved(lesson, "validate", Status.LEARNED, ago(20))
    waits = found(cast.originator).steps.waits
    assert waits["started"].done == Counter({50: 1})
    assert waits["validating"].done == Counter({100: 1})
    assert waits["learned"].done == Counter({50: 1})


# --- What is late ------------------------------------------------------------------------------


def test_overdue_by_agency(cast: Cast) -> None:
    by, today = cast.originator, NOW.date()
    for due in (today - timedelta(1), today, None):
        make_lesson(by=by, status=Status.SUBMITTED, review_due_on=due)
    make_lesson(by=by, status=Status.RETURNED, review_due_on=today - timedelta(9))
    for days in (60, 61):
        lesson = make_lesson(by=by, status=Status.VALIDATING, tlp=TLP.GREEN)
        moved(lesson, "finish", Status.VALIDATING, ago(200))
        moved(lesson, "refuse", Status.IMPLEMENTING, ago(150))
        moved(lesson, "finish", Status.VALIDATING, ago(days))
    make_action(lesson, due_on=today - timedelta(1), body=cast.partner_agency)
    make_action(lesson, due_on=today, body=cast.partner_agency)
    for status in (ActionStatus.FINISHED, ActionStatus.VERIFIED, ActionStatus.CANCELLED):
        make_action(lesson, due_on=today - timedelta(1), status=status)
    assert table("overdue", cast.reviewer) == {
        "Guarda Nacional Republicana": ["0", "0", "0", "0", "1", "2"],
        "Guardia Civil": ["1", "3", "1", "2", "0", "0"],
    }
    # Whoever may not see the lessons under review does not see that they wait.
    assert table("overdue", cast.stranger) == {
        "Guarda Nacional Republicana": ["0", "0", "0", "0", "1", "2"],
        "Guardia Civil": ["0", "0", "1", "2", "0", "0"],
    }


def test_an_action_of_several_lessons_is_one(cast: Cast) -> None:
    lessons = [make_lesson(by=cast.originator, status=Status.IDENTIFIED) for _ in range(3)]
    action = make_action(lessons[0], due_on=date(2026, 1, 1))
    action.lessons.add(*lessons)
    assert table("overdue", cast.originator)["Guardia Civil"][4:] == ["1", "1"]


# --- How long reviews take ---------------------------------------------------------------------


def reviewed(lesson: Lesson, reviewer: User, taken: datetime, decided: datetime) -> None:
    moved(lesson, "submit", Status.SUBMITTED, taken - timedelta(days=30))
    moved(lesson, "take", Status.IN_REVIEW, taken, reviewer)
    moved(lesson, "note", Status.NOTED, decided, reviewer)


def test_time_with_the_reviewer_is_in_working_days_without_those_of_the_author(cast: Cast) -> None:
    Holiday.objects.create(agency=cast.agency, day=date(2026, 10, 12))
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, reviewer=cast.reviewer)
    at = [datetime(2026, 10, day, 9, tzinfo=UTC) for day in (1, 8, 13, 20, 21, 23)]
    moved(lesson, "submit", Status.SUBMITTED, at[0])
    moved(lesson, "take", Status.IN_REVIEW, at[1], cast.reviewer)  # a Thursday
    moved(lesson, "return", Status.RETURNED, at[2], cast.reviewer)  # 9, 13 Oct
    moved(lesson, "submit", Status.SUBMITTED, at[3])
    moved(lesson, "take", Status.IN_REVIEW, at[4], cast.reviewer)
    moved(lesson, "note", Status.NOTED, at[5], cast.reviewer)  # 22, 23 Oct
    turnaround = found(cast.reviewer).turnaround[cast.agency.pk]
    assert turnaround.waits == Waits(done=Counter({4: 1}))
    assert turnaround.by_reviewer == {cast.reviewer.pk: Waits(done=Counter({4: 1}))}


def test_days_are_those_of_the_agency(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.agency.pk).update(time_zone="Pacific/Auckland")
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    # Monday and Tuesday by Greenwich, but both Tuesday there.
    at = datetime(2026, 10, 12, 13, tzinfo=UTC)
    reviewed(lesson, cast.reviewer, at, at + timedelta(hours=12))
    assert found(cast.reviewer).turnaround[cast.agency.pk].waits.done == Counter({0: 1})


def test_a_review_handed_over_is_of_both(cast: Cast) -> None:
    first, second = cast.reviewer, cast.second_reviewer
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=second)
    moved(lesson, "submit", Status.SUBMITTED, datetime(2026, 11, 2, 9, tzinfo=UTC))
    moved(lesson, "take", Status.IN_REVIEW, datetime(2026, 11, 3, 9, tzinfo=UTC), first)
    moved(lesson, "hand_over", Status.IN_REVIEW, datetime(2026, 11, 6, 9, tzinfo=UTC), first)
    turnaround = found(cast.endorser).turnaround[cast.agency.pk]
    assert turnaround.waits == Waits(waiting=Counter({3 + 15: 1}))
    assert turnaround.by_reviewer == {
        first.pk: Waits(left=Counter({3: 1})),
        second.pk: Waits(waiting=Counter({15: 1})),
    }


def test_an_appeal_is_a_review_of_its_own(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, rejected_by=cast.reviewer)
    days = [datetime(2026, 11, day, 9, tzinfo=UTC) for day in (2, 3, 4, 5, 6)]
    moved(lesson, "submit", Status.SUBMITTED, days[0])
    moved(lesson, "reject", Status.REJECTED, days[1], cast.reviewer)  # without taking it
    moved(lesson, "appeal", Status.SUBMITTED, days[2])
    moved(lesson, "take", Status.IN_REVIEW, days[3], cast.second_reviewer)
    moved(lesson, "note", Status.NOTED, days[4], cast.second_reviewer)
    turnaround = found(cast.reviewer).turnaround[cast.agency.pk]
    assert turnaround.waits == Waits(done=Counter({0: 1, 1: 1}))


def test_names_are_for_the_staff_of_the_agency(cast: Cast) -> None:
    for reviewer in (cast.reviewer, cast.second_reviewer):
        lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.CLEAR)
        reviewed(lesson, reviewer, ago(20), ago(10))
    shown = {
        name: (set(table("turnaround", person)), set(table("reviewers", person)))
        for name, person in cast.people.items()
        if person.is_active
    }
    both = {"Raquel Reviewer, GC", "Sergio Reviewer, GC"}
    staff = {"reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator"}
    assert shown == {
        name: ({"Guardia Civil"}, both) if name in staff else (set(), set()) for name in shown
    }


@pytest.mark.parametrize(("reviewers", "shown"), [(4, False), (5, True)])
def test_others_see_an_agency_where_five_review(cast: Cast, reviewers: int, shown: bool) -> None:
    for _number in range(reviewers):
        person = make_user(agency=cast.agency, role=Role.REVIEWER)
        for _other in range(2):
            lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.CLEAR)
            reviewed(lesson, person, ago(20), ago(10))
    assert ("Guardia Civil" in table("turnaround", cast.stranger)) is shown
    assert "Guardia Civil" in table("turnaround", cast.endorser)


def test_who_may_not_see_the_figures_gets_them_in_no_file(client: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.CLEAR)
    reviewed(lesson, cast.reviewer, ago(20), ago(10))
    for person, rows in ((cast.stranger, 0), (cast.reader, 0), (cast.endorser, 1)):
        client.force_login(person)
        for name in ("turnaround", "reviewers"):
            assert len(read(client, name)) == 1 + rows
        page = client.get(URL).content.decode()
        assert ("Raquel Reviewer" in page) is bool(rows)
        assert ("Not shown: GC." in page) is not rows


# --- What becomes of lessons -------------------------------------------------------------------


def test_cohorts_and_relapses(cast: Cast) -> None:
    by = cast.originator
    for number in range(6):
        lesson = learned(
            by, observed=700, days=(690, 650, 600, 500, 450), category=Category.COMMUNICATION
        )
        if number < 2:
            moved(lesson, "relapse", Status.IMPLEMENTING, ago(100))
            Lesson.objects.filter(pk=lesson.pk).update(status=Status.IMPLEMENTING)
        if number in (1, 2):
            moved(lesson, "validate", Status.LEARNED, ago(50))
            moved(lesson, "archive", Status.ARCHIVED, ago(40))
            Lesson.objects.filter(pk=lesson.pk).update(status=Status.ARCHIVED)
    for _number in range(4):
        make_lesson(
            by=by, status=Status.IDENTIFIED, identified_at=ago(100), category=Category.EVALUATION
        )
    assert table("cohorts", by) == {
        "2026": ["4", "0", "too few to say", "–", "–"],
        "2025": ["6", "5", "83 %", "44 %", "97 %"],
    }
    assert table("relapses", by) == {
        "Communication": ["6", "2", "33 %", "10 %", "70 %"],
        "All categories": ["6", "2", "33 %", "10 %", "70 %"],
    }


def test_cohorts_by_quarter(client: Client, cast: Cast) -> None:
    for month in (3, 4, 6):
        moment = datetime(2026, month, 15, tzinfo=UTC)
        make_lesson(by=cast.originator, status=Status.IDENTIFIED, identified_at=moment)
    client.force_login(cast.originator)
    rows = read(client, "cohorts", cohort="quarter")
    assert [row[:2] for row in rows[1:]] == [["Q2 2026", "2"], ["Q1 2026", "1"]]
    page = client.get(URL, {"cohort": "moon"})
    assert "There are no such cohorts; they are shown by year." in page.content.decode()
    assert page.context["report"].cohort == "year"


def test_balance_and_stages_lead_to_what_they_count(client: Client, cast: Cast) -> None:
    by = cast.originator
    for kind, number in ((Kind.IMPROVE, 3), (Kind.SUSTAIN, 1)):
        for _number in range(number):
            make_lesson(by=by, status=Status.NOTED, kind=kind, partners=("MA", "FR"))
    make_lesson(by=by, status=Status.SUPERSEDED, category=Category.EVALUATION)
    make_lesson(by=by, status=Status.NOTED, partners=("PT",))
    make_lesson(by=by, status=Status.DRAFT)
    make_action(make_lesson(by=by, status=Status.VALIDATING), due_on=date(2026, 1, 1))
    client.force_login(by)
    for query in ({}, {"partner": ["MA", "FR"], "partner_mode": "all"}, {"agency": "ES-GC"}):
        page = client.get(URL, query)
        cells = [
            (table.name, row.label, cell)
            for table, _url in page.context["tables"]
            for row in table.rows
            for cell in row.cells
            if cell.url
        ]
        assert cells
        for name, label, cell in cells:
            total = client.get(cell.url).context["shown"].total
            assert total == cell.value, (query, name, label, cell.url)


# --- Against a slow reading --------------------------------------------------------------------

WAYS = {
    Status.DRAFT: [("submit", Status.SUBMITTED)],
    Status.SUBMITTED: [
        ("take", Status.IN_REVIEW),
        ("take", Status.IN_REVIEW),
        ("withdraw", Status.DRAFT),
        ("return", Status.RETURNED),
        ("reject", Status.REJECTED),
    ],
    Status.IN_REVIEW: [
        ("endorse", Status.IDENTIFIED),
        ("endorse", Status.IDENTIFIED),
        ("note", Status.NOTED),
        ("return", Status.RETURNED),
        ("hand_over", Status.IN_REVIEW),
        ("reject", Status.REJECTED),
    ],
    Status.RETURNED: [("submit", Status.SUBMITTED)],
    Status.REJECTED: [("appeal", Status.SUBMITTED), ("archive", Status.ARCHIVED)],
    Status.NOTED: [("supersede", Status.SUPERSEDED), ("archive", Status.ARCHIVED)],
    Status.IDENTIFIED: [("start", Status.IMPLEMENTING), ("close", Status.NOTED)],
    Status.IMPLEMENTING: [
        ("finish", Status.VALIDATING),
        ("finish", Status.VALIDATING),
        ("reconsider", Status.IDENTIFIED),
        ("close", Status.NOTED),
    ],
    Status.VALIDATING: [("validate", Status.LEARNED), ("refuse", Status.IMPLEMENTING)],
    Status.LEARNED: [("relapse", Status.IMPLEMENTING), ("archive", Status.ARCHIVED)],
    Status.SUPERSEDED: [("archive", Status.ARCHIVED)],
    Status.ARCHIVED: [],
}


def random_history(chance: random.Random, by: User, people: list[User]) -> None:
    """A lesson after some random moves, its columns as the moves leave them."""
    at = NOW - timedelta(days=chance.randrange(200, 900), seconds=chance.randrange(86_400))
    observed = (at - timedelta(days=chance.randrange(40))).date()
    status: Status = Status.DRAFT
    reviewer: User | None = None
    columns: dict[str, Any] = {}
    moves: list[tuple[str, Status, Status, datetime, User]] = []
    for _number in range(chance.randrange(16)):
        at += timedelta(seconds=chance.choice([0, 3_600, 86_400]) + chance.randrange(20 * 86_400))
        if not WAYS[status] or at > NOW:
            break
        move, to = chance.choice(WAYS[status])
        actor = chance.choice(people)
        if move == "take":
            reviewer = actor
        elif move == "hand_over":
            reviewer = chance.choice(people)
        elif status == Status.IN_REVIEW and move in {"note", "return", "reject"}:
            actor = reviewer or actor
        elif move == "return":
            reviewer = actor
        columns |= {
            "submit": {"submitted_at": columns.get("submitted_at", at)},
            "take": {"taken_at": at},
            "note": {"published_at": at},
            "endorse": {"published_at": at, "identified_at": at},
            "validate": {"learned_at": at},
        }.get(move, {})
        moves.append((move, status, to, at, actor))
        status = to
    if "submitted_at" in columns:
        columns["submitted_on"] = columns["submitted_at"].date()
    if status == Status.SUPERSEDED:
        columns["superseded_by"] = make_lesson(by=by)
    lesson = make_lesson(
        by=by,
        status=status,
        occurred_on=observed,
        occurred_precision=chance.choice([Precision.DAY, Precision.DAY, Precision.MONTH]),
        kind=chance.choice(list(Kind)),
        category=chance.choice(list(Category)),
        tlp=chance.choice([TLP.GREEN, TLP.AMBER, TLP.RED]),
        review_due_on=NOW.date() + timedelta(days=chance.randrange(-20, 20)),
        **{"reviewer": reviewer, **columns},
    )
    # The factory fills in what a status usually has; here the moves tell.
    Lesson.objects.filter(pk=lesson.pk).update(
        **{
            name: columns.get(name)
            for name in ("submitted_at", "published_at", "identified_at", "learned_at")
            if status not in {Status.DRAFT} or name in columns
        }
    )
    for move, before, to, when, actor in moves:
        LessonEvent.objects.create(
            lesson=lesson, move=move, actor=actor, from_status=before, to_status=to, at=when
        )


class Slow:
    """The same figures, worked out from whole objects one by one."""

    def __init__(self, reader: User) -> None:
        self.waits: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.reviews: list[tuple[str, int]] = []
        self.cohorts: Counter[tuple[int, bool]] = Counter()
        self.relapses: Counter[tuple[str, bool]] = Counter()
        self.overdue: Counter[str] = Counter()
        for lesson in Lesson.objects.visible_to(reader):
            self.look_at(lesson, list(lesson.events.order_by("at", "pk")))

    def look_at(self, lesson: Lesson, events: list[LessonEvent]) -> None:
        first: dict[str, datetime] = {}
        for event in reversed(events):
            first[event.move] = event.at
        gone = lesson.status in {"rejected", "noted", "superseded", "archived"}
        chain = [
            ("published", lesson.submitted_at, lesson.published_at),
            ("identified", lesson.published_at, lesson.identified_at),
            ("started", lesson.identified_at, first.get("start")),
            ("validating", first.get("start"), first.get("finish")),
            ("learned", first.get("finish"), first.get("validate")),
        ]
        for name, start, end in chain:
            if start is not None:
                kind = "done" if end else "left" if gone else "waiting"
                until = end or (events[-1].at if gone else NOW)
                self.waits[name].append((kind, (until - start).days))
        if lesson.occurred_precision == "day" and lesson.occurred_on is not None:
            day = lesson.submitted_on or NOW.date()
            kind = "done" if lesson.submitted_on else "waiting"
            self.waits["submitted"].append((kind, (day - lesson.occurred_on).days))
        if lesson.identified_at is not None:
            year = lesson.agency.local_date(lesson.identified_at).year
            self.cohorts[year, self.is_learned(lesson, events)] += 1
        if "validate" in first:
            self.relapses[lesson.category, "relapse" in first] += 1
        if lesson.status in {"submitted", "in_review"} and lesson.review_due_on:
            self.overdue["reviews"] += lesson.review_due_on < NOW.date()
        if lesson.status == "validating":
            since = max(event.at for event in events if event.move == "finish")
            day = lesson.agency.local_date(since)
            self.overdue["validations"] += day + timedelta(days=60) < NOW.date()
        self.look_at_reviews(lesson, events)

    @staticmethod
    def is_learned(lesson: Lesson, events: list[LessonEvent]) -> bool:
        standing = [e.to_status for e in events if e.to_status not in {"superseded", "archived"}]
        return bool(standing) and standing[-1] == "learned"

    def look_at_reviews(self, lesson: Lesson, events: list[LessonEvent]) -> None:
        """Every day on which the clock of a reviewer ran, one by one."""
        zone = ZoneInfo(lesson.agency.time_zone)
        days, had = 0, False
        for number, event in enumerate(events):
            if event.move in {"note", "endorse", "reject"}:
                self.reviews.append(("done", days))
                days, had = 0, False
            if event.to_status != "in_review":
                continue
            had = True
            end = events[number + 1].at if number + 1 < len(events) else NOW
            day = event.at.astimezone(zone).date()
            while day < end.astimezone(zone).date():
                day += timedelta(days=1)
                days += day.weekday() < 5 and day not in lesson.agency.holiday_dates
        if had:
            self.reviews.append(("waiting", days))


def as_pairs(waits: Waits) -> list[tuple[str, int]]:
    kinds = ("done", "waiting", "left")
    return sorted((kind, days) for kind in kinds for days in getattr(waits, kind).elements())


@pytest.mark.parametrize("seed", quick(0, of=range(4)))
def test_it_is_what_a_slow_reading_finds(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    Agency.objects.filter(pk=cast.agency.pk).update(time_zone="Europe/Madrid")
    for _number in range(40):
        day = NOW.date() - timedelta(days=chance.randrange(900))
        Holiday.objects.get_or_create(agency=cast.agency, day=day)
    people = [cast.reviewer, cast.second_reviewer, cast.endorser, cast.second_endorser]
    for _number in range(60):
        random_history(chance, chance.choice([cast.originator, cast.colleague]), people)
    for reader in (cast.originator, cast.reviewer, cast.stranger):
        reader = User.objects.get(pk=reader.pk)
        quick, slow = found(reader), Slow(reader)
        assert quick.total == Lesson.objects.visible_to(reader).count() > 0
        assert {name: as_pairs(waits) for name, waits in quick.steps.waits.items()} == {
            name: sorted(slow.waits[name]) for name in quick.steps.waits
        }
        assert quick.steps.undated == 0
        turnaround = quick.turnaround.get(cast.agency.pk)
        assert (as_pairs(turnaround.waits) if turnaround else []) == sorted(slow.reviews)
        years: Counter[tuple[int, bool]] = Counter()
        for day, number in quick.endorsed.items():
            years[day.year, True] += quick.learned_of[day]
            years[day.year, False] += number - quick.learned_of[day]
        assert +years == slow.cohorts
        relapses: Counter[tuple[str, bool]] = Counter()
        for category, number in quick.ever_learned.items():
            relapses[category, True] += quick.relapsed[category]
            relapses[category, False] += number - quick.relapsed[category]
        assert +relapses == slow.relapses
        late = quick.late[cast.agency.pk]
        assert (late.reviews_overdue, late.validations_overdue) == (
            slow.overdue["reviews"],
            slow.overdue["validations"],
        )


def test_what_reviewers_had_adds_up_to_what_their_agency_had(cast: Cast) -> None:
    chance = random.Random(7)
    people = [cast.reviewer, cast.second_reviewer, cast.endorser]
    for _number in range(60):
        random_history(chance, cast.originator, people)
    turnaround = found(cast.endorser).turnaround[cast.agency.pk]
    everyone = turnaround.by_reviewer.values()
    decided = sum(waits.done.total() for waits in everyone)
    spent = sum(days for waits in everyone for _kind, days in as_pairs(waits))
    # A reviewer between two hand-overs is not known.
    assert 0.9 * turnaround.waits.done.total() <= decided <= turnaround.waits.done.total()
    assert 0 < spent <= sum(days for _kind, days in as_pairs(turnaround.waits))


# --- Who sees what -----------------------------------------------------------------------------


def read(client: Client, name: str, **query: str) -> list[list[str]]:
    """A table as a file."""
    answer = client.get(reverse("insights:pipeline_file", args=[name]), query)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def everything(cast: Cast, tlp: TLP) -> None:
    """Something for every table, marked ``tlp``."""
    reviewers = [make_user(agency=cast.agency, role=Role.REVIEWER) for _ in range(5)]
    for reviewer in reviewers:
        lesson = learned(
            cast.originator,
            observed=400,
            days=(390, 350, 300, 200, 150),
            tlp=tlp,
            category=Category.ADAPTABILITY,
        )
        moved(lesson, "relapse", Status.IMPLEMENTING, ago(100))
        lesson.events.filter(move="submit").update(at=ago(380))
        moved(lesson, "take", Status.IN_REVIEW, ago(370), reviewer)
        make_action(lesson, due_on=date(2026, 1, 1))
    make_lesson(
        by=cast.originator, status=Status.SUBMITTED, review_due_on=date(2026, 1, 1), tlp=tlp
    )


@pytest.mark.parametrize("tlp", [TLP.AMBER, TLP.AMBER_STRICT, TLP.RED])
def test_a_stranger_is_told_nothing_of_what_is_hidden(client: Client, cast: Cast, tlp: TLP) -> None:
    everything(cast, tlp)
    for name in TABLES:
        numbers = [value for row in table(name, cast.stranger).values() for value in row]
        assert set(numbers) <= {"0", "–"}, name
    client.force_login(cast.stranger)
    page = client.get(URL)
    assert page.context["found"].total == 0
    assert "As soon as there are lessons that you may read" in page.content.decode()
    assert page.context["strictest"] == ""
    for name in TABLES:
        assert not {value for row in read(client, name)[1:] for value in row[1:]} - {"0", ""}
    # All of this could have leaked.
    assert table("relapses", cast.originator)["Adaptability"][:2] == ["5", "5"]


def test_red_is_counted_for_who_may_see_it_and_leaves_in_no_file(
    client: Client, cast: Cast
) -> None:
    everything(cast, TLP.RED)
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    client.force_login(cast.originator)
    page = client.get(URL)
    assert page.context["found"].stages[Status.LEARNED] == 5
    assert "left out of the files" in page.content.decode()
    assert read(client, "stages") == [["Status", "Lessons"], ["Noted", "1"]]
    record = ExportRecord.objects.get()
    assert (record.kind, record.format, record.marking) == ("lessons", "csv", TLP.GREEN)
    assert (record.query, record.rows) == ("report=stages", 1)
    assert record.finished_at is not None
    client.force_login(cast.coordinator)
    exported = client.get(reverse("insights:exports", args=["ES-GC"])).content.decode()
    assert "State of learning" in exported


def test_a_file_says_its_marking_and_only_a_download_is_on_record(
    client: Client, cast: Cast
) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.AMBER)
    client.force_login(cast.originator)
    url = reverse("insights:pipeline_file", args=["balance"])
    answer = client.head(url)
    assert answer.status_code == 200
    assert not ExportRecord.objects.exists()
    answer = client.get(url)
    today = timezone.localdate().isoformat()
    assert answer["Content-Disposition"] == (
        f'attachment; filename="lindero-learning-balance-{today}-TLP-AMBER.csv"'
    )
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get(reverse("insights:pipeline_file", args=["nothing"])).status_code == 404
    assert client.post(url).status_code == 405


def test_a_name_like_a_formula_is_text(client: Client, cast: Cast) -> None:
    agency = make_agency(name="=1+1")
    reviewer = make_user(agency=agency, role=Role.REVIEWER)
    make_lesson(by=make_user(agency=agency), status=Status.SUBMITTED)
    client.force_login(reviewer)
    assert read(client, "overdue")[1][0] == "'=1+1"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"agency": "QQ"}, "“QQ” does not exist, or is not for you to see."),
        ({"partner": "\x00"}, "“?” does not exist, or is not for you to see."),
        ({"category": "odd"}, "“odd” does not exist, or is not for you to see."),
        ({"from": "yesterday"}, "Enter a valid date."),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "The second date is before the first."),
        ({"partner": "MA", "partner_mode": "some"}, "“some” is not one of the ways"),
    ],
)
def test_a_filter_that_makes_no_sense_says_so(
    client: Client, cast: Cast, query: dict[str, str], words: str
) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED)
    client.force_login(cast.originator)
    page = client.get(URL, query)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert page.context["tables"] == []
    file = client.get(reverse("insights:pipeline_file", args=["stages"]), query)
    assert file.status_code == 400
    assert words in file.content.decode()
    assert not ExportRecord.objects.exists()


def test_filters_narrow_every_table(client: Client, cast: Cast) -> None:
    by = cast.originator
    kept: dict[str, Any] = {
        "category": Category.EVALUATION,
        "partners": ("FR",),
        "occurred_on": date(2026, 5, 5),
    }
    make_lesson(by=by, status=Status.NOTED, **kept)
    others: list[dict[str, Any]] = [
        {"category": Category.COMMUNICATION},
        {"partners": ("MA",)},
        {"occurred_on": date(2026, 4, 30)},
    ]
    for other in others:
        make_lesson(by=by, status=Status.IDENTIFIED, **{**kept, **other})
    at_home = give(cast.small_originator, cast.agency, Role.READER)
    make_lesson(by=at_home, agency=cast.small_agency, status=Status.VALIDATING, tlp=TLP.GREEN)
    client.force_login(by)
    query = {
        "category": "evaluation",
        "partner": "FR",
        "from": "2026-05-01",
        "to": "2026-05-31",
        "agency": "ES-GC",
    }
    page = client.get(URL, query)
    assert page.context["found"].stages == {Status.NOTED: 1}
    text = page.content.decode()
    assert "Partner: France" in text
    for _table, url in page.context["tables"]:
        assert set(query) <= set(dict(part.split("=") for part in url.split("?")[1].split("&")))
    assert read(client, "stages", **query)[1:] == [["Noted", "1"]]
    # What is no filter of this page changes nothing.
    assert client.get(URL, {"status": "noted", "q": "no such words"}).context["found"].total == 5


def test_reports_lead_to_the_one_there_is(client: Client, cast: Cast) -> None:
    client.force_login(cast.stranger)
    assert client.get("/reports/").headers["Location"] == URL
    home = client.get("/").content.decode()
    assert '<a href="/reports/">Reports</a>' in home


def test_home_says_how_many_reviews_are_overdue_and_leads_here(client: Client, cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    for due in (yesterday, yesterday, timezone.localdate()):
        make_lesson(by=cast.originator, status=Status.SUBMITTED, review_due_on=due)
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    for person, told in ((cast.reviewer, True), (cast.stranger, False)):
        client.force_login(person)
        page = client.get("/").content.decode()
        assert ("2 reviews are overdue" in page) is told
        assert f'<a href="{URL}">State of learning</a>' in page


@pytest.mark.parametrize("rows", quick(3, of=[1, 3, 12]))
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_number_of_queries_does_not_depend_on_the_records(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    cast = make_cast()
    with transaction.atomic():  # as the verbs do
        for _number in range(rows):
            everything(cast, TLP.GREEN)
    client.force_login(cast.reviewer)
    query = urlencode({"partner": "MA", "agency": "ES-GC"})
    client.get(f"{URL}?{query}")
    # Session, person, agencies; what changed; agencies and their holidays; moves,
    # lessons, actions; the reviewers.
    with django_assert_num_queries(11):
        client.get(f"{URL}?{query}")
