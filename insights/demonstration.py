"""The demonstration: agencies, people, activities and lessons from ``insights/demo/*.toml``.

Lessons go through the life cycle by its verb as far as the verb reaches, each move at the time
the data give, so that queues, clocks and timelines look like those of a living system.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from agencies.models import Agency, Membership, Partner, User
from lessons.models import Lesson, LessonEvent, Theme
from lessons.vocabulary import ActionStatus, Status
from lessons.workflow import perform
from notices.models import Notice
from notices.vocabulary import When
from programs.models import Agreement, Exercise, Objective, Participation, Program
from records import saved_views
from records.models import SavedView

DEMO = Path(__file__).parent / "demo"
PASSWORD = "lindero-demo"  # noqa: S105 - published with the accounts it opens
MARKER = "officer@demo.example"

Row = dict[str, Any]
Progress = Callable[[str], None]

LATER_STEPS = {
    Status.IMPLEMENTING: ["start"],
    Status.VALIDATING: ["start", "finish"],
    Status.LEARNED: ["start", "finish", "validate"],
}
"""Moves after *endorse* that bring a lesson to a status, in order."""
REACHED = {
    "start": Status.IMPLEMENTING,
    "finish": Status.VALIDATING,
    "validate": Status.LEARNED,
    "supersede": Status.SUPERSEDED,
    "archive": Status.ARCHIVED,
}


def read(name: str) -> dict[str, list[Row]]:
    return tomllib.loads((DEMO / f"{name}.toml").read_text(encoding="utf-8"))


def is_loaded() -> bool:
    return User.objects.filter(email=MARKER).exists()


@transaction.atomic
def load(progress: Progress) -> dict[str, int]:
    """Create the whole demonstration, or nothing; returns how many of each were made."""
    loader = Loader(progress)
    loader.people(read("people"))
    loader.activities(read("activities"))
    loader.lessons([*read("lessons_a")["lesson"], *read("lessons_b")["lesson"]])
    loader.views(read("views"))
    loader.notices()
    return loader.made


@dataclass
class Loader:
    progress: Progress
    made: dict[str, int] = field(default_factory=dict)
    agencies: dict[str, Agency] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    activities_by_key: dict[str, Any] = field(default_factory=dict)
    lessons_by_key: dict[str, Lesson] = field(default_factory=dict)

    def each(self, name: str, rows: list[Row]) -> Iterator[Row]:
        self.made[name] = len(rows)
        self.progress(f"{name}: {len(rows)}")
        yield from rows

    # --- People -------------------------------------------------------------------------------

    def people(self, data: dict[str, list[Row]]) -> None:
        for row in self.each("agencies", data["agency"]):
            parent = self.agencies[row.pop("parent")] if row.get("parent") else None
            row.pop("parent", None)
            self.agencies[row["code"]] = Agency.objects.create(parent=parent, **row)
        self.partners = {partner.code: partner for partner in Partner.objects.all()}
        # Hashing is slow on purpose; one hash does for accounts whose password is public.
        password = make_password(PASSWORD)
        for row in self.each("people", data["user"]):
            administrator = row.get("admin", False)
            user = User.objects.create(
                email=row["email"],
                name=row["name"],
                password=password,
                is_staff=administrator,
                is_superuser=administrator,
            )
            for held in row.get("memberships", []):
                Membership.objects.create(
                    user=user, agency=self.agencies[held["agency"]], role=held["role"]
                )
            self.users[user.email] = user

    def retire(self, data: dict[str, list[Row]]) -> None:
        """Deactivate those who have left, after they did what the data say."""
        gone = [row["email"] for row in data["user"] if row.get("deactivated")]
        User.objects.filter(email__in=gone).update(is_active=False)

    def recorder(self, agency: Agency) -> User:
        """Somebody who records for the agency."""
        held = Membership.objects.filter(agency=agency).exclude(role="reader").order_by("pk")
        return held.select_related("user")[0].user

    def views(self, data: dict[str, list[Row]]) -> None:
        """What people keep an eye on; what came since they looked last counts as new."""
        for row in self.each("views", data["view"]):
            owner = self.users[row["owner"]]
            view = saved_views.keep(
                SavedView(kind=row["kind"], name=row["name"], query=row["query"]),
                by=owner,
                pinned=row.get("pinned", False),
            )
            if row.get("agency"):
                saved_views.share(view, self.agencies[row["agency"]], by=owner)
            seen_at = datetime.combine(row["seen_at"], time(8), ZoneInfo("Europe/Madrid"))
            view.uses.update(seen_at=seen_at, subscribed=row.get("followed", False))

    def notices(self) -> None:
        """What history told goes by no mail, and all but the latest of it is read."""
        Notice.objects.update(when=When.OFF, mail_at=None)
        latest = Notice.objects.latest("created_at").created_at
        read = Notice.objects.filter(created_at__lt=latest - timedelta(days=45))
        read.update(read_at=F("created_at"))

    # --- Activities ---------------------------------------------------------------------------

    def activities(self, data: dict[str, list[Row]]) -> None:
        for model, name in ((Agreement, "agreement"), (Program, "program"), (Exercise, "exercise")):
            for row in self.each(f"{name}s", data[name]):
                self.activities_by_key[row["key"]] = self.activity(model, row)

    def activity(self, model: type[Agreement | Program | Exercise], row: Row) -> Any:
        row = dict(row)
        row.pop("key")
        partners = [self.partners[code] for code in row.pop("partners")]
        many = {
            name: [self.agencies[code] for code in row.pop(name)]
            for name in ("party_agencies", "released_to")
            if name in row
        }
        objectives, parts = row.pop("objectives", []), row.pop("participations", [])
        if model is Program:
            row["objectives"], objectives = objectives or "", []
        agency = self.agencies[row.pop("agency")]
        for name in ("agreement", "program"):
            if name in row:
                key = row.pop(name)
                row[name] = self.activities_by_key[key] if key else None
        if "lead_agency" in row:
            row["lead_agency"] = self.agencies[row["lead_agency"]]
        evaluated = row.pop("evaluated", False)
        by = self.recorder(agency)
        start = row.get("starts_on") or row.get("signed_on") or date(2026, 9, 1)
        created = self.moment(agency, min(start - timedelta(days=30), date(2026, 11, 20)))
        record: Any = model(
            agency=agency, created_by=by, created_at=created, recorded_on=created.date(), **row
        )
        if evaluated:
            record.evaluated_on = record.ends_on + timedelta(days=45)
            record.evaluated_by = by
        record.save()
        record.partners.set(partners)
        for name, agencies in many.items():
            getattr(record, name).set(agencies)
        for objective in objectives:
            Objective.objects.create(exercise=record, **objective)
        for part in parts:
            Participation.objects.create(
                exercise=record, agency=self.agencies[part["agency"]], role=part["role"]
            )
        return record

    def moment(self, agency: Agency, day: date, minutes: int = 0) -> datetime:
        """A plausible working hour of the agency's day, the same at every load."""
        noon = datetime.combine(day, time(9, 0), ZoneInfo(agency.time_zone))
        return noon + timedelta(minutes=minutes + (day.toordinal() * 37) % 400)

    # --- Lessons ------------------------------------------------------------------------------

    def lessons(self, rows: list[Row]) -> None:
        # In the order of recording, so that references count up with time.
        for row in self.each("lessons", sorted(rows, key=self.recorded_on)):
            lesson = self.lesson(row)
            if row.get("key"):
                self.lessons_by_key[row["key"]] = lesson
            self.live(lesson, row)
        for row in rows:
            if row.get("recurrence_of"):
                self.lessons_by_key[row["key"]].recurrence_of = self.lessons_by_key[
                    row["recurrence_of"]
                ]
                self.lessons_by_key[row["key"]].save(update_fields=["recurrence_of"])
            if row["status"] == Status.SUPERSEDED:
                lesson = self.lessons_by_key[row["key"]]
                lesson.superseded_by = self.lessons_by_key[row["superseded_by"]]
                self.put(lesson, "supersede", row, date(2026, 6, 1))
        self.retire(read("people"))

    def recorded_on(self, row: Row) -> date:
        submitted: date | None = row.get("submitted_on")
        if submitted:
            return submitted - timedelta(days=1)
        occurred: date = row["occurred_on"]
        return min(occurred + timedelta(days=2), date(2026, 11, 20))

    FIELDS = [
        "title",
        "kind",
        "attribution",
        "reporting_context",
        "occurred_on",
        "occurred_precision",
        "place",
        "observation",
        "discussion",
        "conclusion",
        "recommendation",
        "applies_when",
        "does_not_apply_when",
        "threats",
        "priority",
        "dotmlpfi",
        "evidence_source",
        "language",
        "tlp",
        "category",
    ]

    def lesson(self, row: Row) -> Lesson:
        agency = self.agencies[row["agency"]]
        recorded = self.recorded_on(row)
        lesson = Lesson(
            agency=agency,
            originator=self.users[row["originator"]],
            created_by=self.users[row["originator"]],
            created_at=self.moment(agency, recorded),
            recorded_on=recorded,
            evidence_information=str(row.get("evidence_information", "")),
            **{name: row[name] for name in self.FIELDS if name in row},
            **{
                name: self.activities_by_key[row[name]]
                for name in ("exercise", "program", "agreement")
                if row.get(name)
            },
        )
        lesson.save()
        lesson.partners.set([self.partners[code] for code in row["partners"]])
        lesson.themes.set(Theme.objects.filter(slug__in=row.get("themes", [])))
        lesson.released_to.set([self.agencies[code] for code in row.get("released_to", [])])
        lesson.red_recipients.set([self.users[email] for email in row.get("red_recipients", [])])
        return lesson

    def live(self, lesson: Lesson, row: Row) -> None:
        """Bring the lesson to the status of ``row``."""
        status = Status(row["status"])
        if status == Status.DRAFT:
            return
        submitted = row.get("submitted_on") or self.recorded_on(row) + timedelta(days=1)
        self.move(lesson, "submit", lesson.originator, submitted, clean=True)
        if status == Status.SUBMITTED:
            return
        reviewer = self.users[row["reviewer"]]
        taken = row.get("taken_on") or submitted + timedelta(days=4)
        decided = row.get("decided_on") or min(taken + timedelta(days=12), date(2026, 11, 20))
        self.move(lesson, "take", reviewer, taken)
        if status == Status.RETURNED:
            self.move(lesson, "return", reviewer, decided, comment=row["question"])
        elif status == Status.REJECTED:
            self.move(lesson, "reject", reviewer, decided, comment=row["reason"])
        elif status != Status.IN_REVIEW:
            self.publish(lesson, row, reviewer, decided)

    def publish(self, lesson: Lesson, row: Row, reviewer: User, decided: date) -> None:
        tags = {"category": lesson.category, "themes": list(lesson.themes.all())}
        status = Status(row["status"])
        if not row.get("actions"):
            reason = row.get("reason") or "Valid as it stands; nothing further to change."
            self.move(lesson, "note", reviewer, decided, comment=reason, **tags)
        else:
            given = tags | {
                "discussion": lesson.discussion,
                "conclusion": lesson.conclusion,
                "recommendation": lesson.recommendation,
                "actions": [self.action(action) for action in row["actions"]],
                "release": True,
            }
            endorser = self.users[row.get("endorser") or row["reviewer"]]
            self.move(lesson, "endorse", endorser, decided, **given)
            self.work(lesson, row)
            for number, step in enumerate(LATER_STEPS.get(status, []), start=1):
                on = decided + timedelta(days=45 * number)
                self.put(lesson, step, row, row.get("learned_on", on) if step == "validate" else on)
        if status == Status.ARCHIVED:
            self.put(lesson, "archive", row, date(2026, 9, 1))

    def action(self, row: Row) -> Row:
        owner = self.users[row["owner"]] if row.get("owner") else None
        return {
            "title": row["title"],
            "body": self.agencies[row["body"]],
            "owner": owner,
            "element": row.get("element", ""),
            "due_on": row["due_on"],
        }

    def work(self, lesson: Lesson, row: Row) -> None:
        """Let the actions have gone as far as the data say."""
        for action, told in zip(lesson.actions.order_by("pk"), row["actions"], strict=True):
            action.status = told.get("status", ActionStatus.NOT_STARTED)
            by = action.owner or self.recorder(action.body)
            done = self.moment(action.body, min(action.due_on, date(2026, 11, 18)))
            if action.status in {ActionStatus.FINISHED, ActionStatus.VERIFIED}:
                action.finished_at, action.finished_by = done, by
            if action.status == ActionStatus.VERIFIED:
                action.verified_at = done + timedelta(days=1)
                action.verified_by = self.users[row["reviewer"]]
            action.save()

    def move(self, lesson: Lesson, name: str, by: User, day: date, **given: Any) -> None:
        at = self.moment(lesson.agency, day, minutes=3)
        perform(lesson, name, by=User.objects.get(pk=by.pk), at=at, given=given)

    def put(self, lesson: Lesson, step: str, row: Row, day: date) -> None:
        """A later move as history tells it: the status and its event."""
        day = min(day, date(2026, 11, 20))
        at = self.moment(lesson.agency, day, minutes=5)
        before, lesson.status = lesson.status, REACHED[step]
        if step == "validate":
            lesson.learned_at = at
        lesson.save()
        LessonEvent.objects.create(
            lesson=lesson,
            move=step,
            actor=self.users[row.get("endorser") or row["reviewer"]],
            from_status=before,
            to_status=lesson.status,
            at=at,
        )
