"""The demonstration: agencies, people, activities and lessons from ``insights/demo/*.toml``.

Lessons and their actions go through the life cycle by its verbs, each move at the time the data
give, so that queues, clocks and timelines look like those of a living system.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from agencies.models import Agency, Membership, Partner, User
from evaluation import answering, inviting
from evaluation.asking import ask
from evaluation.learning import lesson_from
from evaluation.models import FeedbackAnswer, FeedbackQuestion, FeedbackRequest, Indicator, Story
from evaluation.questionnaire import STANDARD, QuestionKind
from evaluation.recording import Entry, add_break, keep_definition, record
from evaluation.results import work_out
from evaluation.series import Quality, Step
from evaluation.starters import starters
from lessons import discussion, reuse
from lessons.models import Action, Lesson, Theme
from lessons.revising import decide, revise
from lessons.versions import TEXTS
from lessons.vocabulary import ActionStatus, EvidenceKind, Status, ValidationMethod
from lessons.workflow import QUESTIONS, perform, perform_action
from notices.models import Notice
from notices.vocabulary import When
from programs.evaluating import Given, Rated, evaluate, lessons_of
from programs.models import Agreement, Exercise, Objective, Participation, Program
from records import saved_views
from records.models import SavedView

DEMO = Path(__file__).parent / "demo"
PASSWORD = "lindero-demo"  # noqa: S105 - published with the accounts it opens
MARKER = "officer@demo.example"

NO_LESSON = "Held as planned; what was seen had been written down before."

Row = dict[str, Any]
Progress = Callable[[str], None]
ActionStep = tuple[datetime, Action, str, User | None, dict[str, Any]]
"""A move of an action: when, of which, its name, by whom, and what it is given."""

LATEST = date(2026, 11, 20)
"""The last day on which something happens in the demonstration."""
MEASURED = date(2026, 11, 9)
"""The day on which the values of indicators were entered."""
INDICATOR_WORDS = ("title", "definition", "formula", "unit", "step", "tlp")
EVIDENCE = {
    "planning": (EvidenceKind.PROCEDURE, "“%s”: the amended page, signed by both sides."),
    "organization": (EvidenceKind.CORRESPONDENCE, "“%s”: the letters by which both sides agree."),
    "equipment": (EvidenceKind.EQUIPMENT, "“%s”: the record of acceptance."),
    "training": (EvidenceKind.TRAINING, "“%s”: the list of those who took part."),
    "exercises": (EvidenceKind.EXERCISE, "“%s”: the evaluator's sheet."),
    "": (EvidenceKind.PROCEDURE, "“%s”: the note by which it was put into force."),
}
"""What proves that an action was taken, by its capability element."""


def number_given(question: FeedbackQuestion, group: Row, number: int) -> int:
    """What the person with this number of a group answers: around what the group mostly says."""
    if question.kind == QuestionKind.SCALE:
        middle: int = group[question.standard if question.standard in group else "usual"]
        return max(1, min(5, middle + (0, 1, 0, -1, 0)[(number + question.position) % 5]))
    if question.kind == QuestionKind.YES_NO:
        return int(number % 4 != 3) if question.standard else int(number % 5 == 1)
    return (0, 0, 1, 0, 2)[number % 5]


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
    loader.evaluations()
    loader.conversations(read("conversations"))
    loader.revisions(read("revisions"))
    loader.indicators(read("indicators"))
    loader.feedback(read("feedback"))
    loader.stories(read("feedback"))
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
    evaluated: list[Exercise] = field(default_factory=list)

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

    # --- Indicators ---------------------------------------------------------------------------

    def indicators(self, data: dict[str, list[Row]]) -> None:
        """Series with their revisions, and their results, as the worker would leave them."""
        made: dict[str, Indicator] = {}
        for row in self.each("indicators", data["indicator"]):
            made[row["key"]] = self.indicator(row, made)
            self.series(made[row["key"]], row)
        work_out(indicators=[one.pk for one in made.values()], now=timezone.now())

    def indicator(self, row: Row, made: dict[str, Indicator]) -> Indicator:
        starter = starters()[row["starter"]]
        fields = starter.fields() | {name: row[name] for name in INDICATOR_WORDS if name in row}
        subject: dict[str, Any] = {
            name: self.activities_by_key[row[name]]
            for name in ("exercise", "program", "agreement")
            if name in row
        }
        if "action" in row:
            subject["action"] = Action.objects.get(title=row["action"])
        agency = self.agencies[row["agency"]]
        by = User.objects.get(pk=self.recorder(agency).pk)
        created = self.moment(agency, MEASURED - timedelta(days=row["first"].month))
        indicator = Indicator.objects.create(
            agency=agency,
            created_by=by,
            created_at=created,
            recorded_on=created.date(),
            starter=starter.slug,
            comparison=made.get(row.get("comparison", "")),
            **fields,
            **subject,
        )
        indicator.partners.set([self.partners[code] for code in row["partners"]])
        keep_definition(indicator, by=by, at=created)
        return indicator

    def series(self, indicator: Indicator, row: Row) -> None:
        by = User.objects.get(pk=indicator.created_by_id)
        at = self.moment(indicator.agency, MEASURED)
        step, first = Step(indicator.step), row["first"]
        notes = {note["period"]: note["note"] for note in row.get("notes", [])}
        given: list[Row] = [
            {"value": None if value == "" else Decimal(str(value))}
            for value in row.get("values", [])
        ]
        for part, whole in zip(row.get("numerators", []), row.get("denominators", []), strict=True):
            given.append({"numerator": part, "denominator": whole})
        final = len(given) - row.get("provisional", 0)
        entries = [
            Entry(
                step.plus(first, place),
                quality=Quality.FINAL if place < final else Quality.PROVISIONAL,
                note=notes.get(step.plus(first, place), ""),
                **one,
            )
            for place, one in enumerate(given)
        ]
        record(indicator, by=by, entries=entries, at=at)
        for one in row.get("revisions", []):
            entry = Entry(one["period"], value=Decimal(one["value"]))
            record(indicator, by=by, entries=[entry], why=one["why"], at=at + timedelta(days=3))
        for one in row.get("breaks", []):
            add_break(indicator, by=by, on=one["on"], reason=one["reason"], at=at)

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
        record.save()
        if evaluated:
            self.evaluated.append(record)
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

    def evaluations(self) -> None:
        """Evaluate what the data call evaluated, 45 days after it ended, with their ratings."""
        for exercise in self.evaluated:
            ratings = {
                one.pk: Rated(one.rating, one.narrative) for one in exercise.objectives.all()
            }
            by = User.objects.get(pk=exercise.created_by_id)
            learned = lessons_of(exercise, by).exists()
            evaluate(
                exercise,
                by=by,
                given=Given(
                    ratings,
                    hot_wash_on=exercise.hot_wash_on,
                    after_action_on=exercise.after_action_on,
                    no_lesson="" if learned else NO_LESSON,
                ),
                at=self.moment(exercise.agency, exercise.ends_on + timedelta(days=45)),
            )

    # --- Feedback and success stories ---------------------------------------------------------

    def feedback(self, data: dict[str, list[Row]]) -> None:
        """Questionnaires, answered while they were open; then they get the days they had."""
        for row in self.each("questionnaires", data["feedback"]):
            by = self.users[row["by"]]
            today = timezone.localdate()
            request = FeedbackRequest.objects.create(
                exercise=self.activities_by_key[row["exercise"]],
                agency=self.agencies[row["agency"]],
                created_by=by,
                heading=row["heading"],
                introduction=row["introduction"],
                languages=row["languages"],
                opens_on=today - timedelta(days=1),
                closes_on=today + timedelta(days=row.get("open_days", 1)),
                summary_shared=row.get("summary_shared", False),
            )
            request.agencies_asked.set(self.agencies[code] for code in row["agencies_asked"])
            ask(request, STANDARD, row.get("own", []))
            if "links" in row:
                inviting.hand_out(request, row["links"], by=by)
            if row.get("open"):
                inviting.open_to_all(request, by=by)
            self.answers(request, row)
            if "closes_on" in row:
                FeedbackRequest.objects.filter(pk=request.pk).update(
                    opens_on=row["opens_on"], closes_on=row["closes_on"]
                )
            else:
                FeedbackRequest.objects.filter(pk=request.pk).update(opens_on=row["opens_on"])
            if "lesson_from" in row:
                request.refresh_from_db()
                text = row["to_change"][row["lesson_from"]]["text"]
                answer = FeedbackAnswer.objects.get(response__request=request, text=text)
                at = self.moment(request.agency, row["closes_on"] + timedelta(days=3))
                lesson_from(request, answer.pk, by=by, at=at)

    def answers(self, request: FeedbackRequest, row: Row) -> None:
        """One answer for each person that the data count, spread around what they say."""
        questions = list(request.questions.all())
        said = {
            one.pk: list(row.get(one.standard, []))
            for one in questions
            if one.kind == QuestionKind.TEXT
        }
        people = [(group, number) for group in row["answered"] for number in range(group["number"])]
        for place, (group, number) in enumerate(people):
            agency = self.agencies[group["agency"]].pk if "agency" in group else None
            texts, language = {}, row["languages"][place % len(row["languages"])]
            for pk, held in said.items():
                if place % 3 == 0 and held:
                    told = held.pop()
                    texts[pk], language = told["text"], told["language"]
            secret = inviting.secret_of(request, str(place + 1))
            digest = "" if request.open_key else inviting.digest_of(secret)
            answering.answer(
                answering.Link(request, digest),
                numbers={
                    one.pk: number_given(one, group, number)
                    for one in questions
                    if one.kind != QuestionKind.TEXT
                },
                texts=texts,
                agency=agency,
                language=language,
                form=uuid4(),
                edition=request.edition,
            )

    def stories(self, data: dict[str, list[Row]]) -> None:
        for row in self.each("stories", data["story"]):
            agency = self.agencies[row["agency"]]
            story = Story.objects.create(
                agency=agency,
                created_by=self.users[row["by"]],
                created_at=self.moment(agency, row["told_on"]),
                recorded_on=row["told_on"],
                lesson=self.lessons_by_key[row["lesson"]] if "lesson" in row else None,
                program=self.activities_by_key[row["program"]] if "program" in row else None,
                **{
                    name: row[name]
                    for name in ("title", "problem", "done", "changed", "quote", "quoted", "tlp")
                },
            )
            story.partners.set(self.partners[code] for code in row["partners"])
            story.released_to.set(self.agencies[code] for code in row.get("released_to", []))

    def moment(self, agency: Agency, day: date, minutes: int = 0) -> datetime:
        """A plausible working hour of the agency's day, the same at every load."""
        noon = datetime.combine(day, time(9, 0), ZoneInfo(agency.time_zone))
        return noon + timedelta(minutes=minutes + (day.toordinal() * 37) % 400)

    # --- What is said of lessons --------------------------------------------------------------

    def conversations(self, data: dict[str, list[Row]]) -> None:
        for number, row in enumerate(self.each("comments", data["comment"])):
            by = User.objects.get(email=row["by"])
            lesson = Lesson.objects.get(pk=self.lessons_by_key[row["lesson"]].pk)
            at = self.moment(lesson.agency, row["on"], minutes=number)
            said = discussion.write(
                lesson,
                by=by,
                text=row["text"],
                mentioned=[self.users[email] for email in row.get("mentioned", [])],
                for_staff=row.get("for_staff", False),
                at=at,
            )
            if row.get("withdrawn"):
                discussion.withdraw(said.comment, by=by, at=at + timedelta(minutes=9))
        for row in self.each("reuses", data["reuse"]):
            exercise = self.activities_by_key[row["exercise"]] if "exercise" in row else None
            reuse.record(
                self.lessons_by_key[row["lesson"]],
                by=User.objects.get(email=row["by"]),
                agency=self.agencies[row["agency"]],
                given={
                    "exercise": exercise,
                    "used_on": row["used_on"],
                    "outcome": row["outcome"],
                    "result": row["result"],
                },
                at=self.moment(self.agencies[row["agency"]], row["used_on"], minutes=90),
            )

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
                newer = self.lessons_by_key[row["superseded_by"]]
                by = self.endorser_of(row)
                self.move(lesson, "supersede", by, date(2026, 6, 1), replacement=newer)
        self.retire(read("people"))

    def revisions(self, data: dict[str, list[Row]]) -> None:
        """Texts proposed after publication, some of them approved."""
        for row in self.each("revisions", data["revision"]):
            lesson = self.lessons_by_key[row["lesson"]]
            lesson.refresh_from_db()
            revise(
                lesson,
                by=self.users[row["by"]],
                texts={name: row[name] for name in TEXTS if name in row},
                comment=row["comment"],
                at=self.moment(lesson.agency, row["proposed_on"]),
            )
            if "approved_by" in row:
                at = self.moment(lesson.agency, row["approved_on"])
                decide(lesson, "approve_revision", by=self.users[row["approved_by"]], at=at)

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
        self.move(lesson, "submit", lesson.editor, submitted, clean=True)
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
            self.work(lesson, row, decided)
            if status == Status.LEARNED or row.get("learned_on"):
                self.validate(lesson, row, endorser)
        if status == Status.ARCHIVED:
            archived = "No longer of use: what it speaks of has been replaced."
            self.move(lesson, "archive", self.endorser_of(row), date(2026, 9, 1), comment=archived)

    def endorser_of(self, row: Row) -> User:
        return self.users[row.get("endorser") or row["reviewer"]]

    def validate(self, lesson: Lesson, row: Row, endorser: User) -> None:
        last = lesson.events.filter(move="finish").latest("at")
        on = max(row.get("learned_on") or LATEST, lesson.agency.local_date(last.at))
        first = lesson.actions.first()
        given = {
            "method": ValidationMethod.EXERCISE,
            "validated_on": on,
            "result": f"Looked at in the next joint activity: “{first}” is in use, and it works.",
            "indicator": f"None is kept for this; seen by the evaluators of {lesson.ref}.",
        }
        self.move(lesson, "validate", endorser, on, **given)

    def action(self, row: Row) -> Row:
        owner = self.users[row["owner"]] if row.get("owner") else None
        return {
            "title": row["title"],
            "body": self.agencies[row["body"]],
            "owner": owner,
            "element": row.get("element", ""),
            "due_on": row["due_on"],
        }

    def work(self, lesson: Lesson, row: Row, decided: date) -> None:
        """Let the actions go as far as the data say, in the order of time; the lesson follows."""
        steps = [
            step
            for action, told in zip(lesson.actions.order_by("pk"), row["actions"], strict=True)
            for step in self.steps(action, told.get("status", ActionStatus.NOT_STARTED), decided)
        ]
        for at, action, name, by, given in sorted(steps, key=lambda step: step[0]):
            user = User.objects.get(pk=(by or self.endorser_of(row)).pk)
            if name == "verify":
                user = User.objects.get(pk=self.users[row["reviewer"]].pk)
                if user == action.owner:
                    user = User.objects.get(pk=self.endorser_of(row).pk)
            perform_action(Action.objects.get(pk=action.pk), name, by=user, at=at, given=given)
        lesson.refresh_from_db()

    def steps(self, action: Action, status: str, decided: date) -> Iterator[ActionStep]:
        """The moves that lead an action to ``status``: when, which, by whom (or an endorser)."""
        if status == ActionStatus.NOT_STARTED:
            return
        by = action.owner or self.recorder(action.body)
        begun = self.moment(action.body, min(decided + timedelta(days=12), LATEST))
        if status == ActionStatus.DECLINED:
            words = "This belongs to the service that keeps the list, not to us."
            yield begun, action, "decline", by, {"comment": words}
            return
        if status == ActionStatus.CANCELLED:
            words = "The new system made it unnecessary."
            yield begun + timedelta(days=20), action, "cancel", None, {"comment": words}
            return
        yield begun, action, "start", by, {}
        if status == ActionStatus.STANDBY:
            words = "It waits for the budget of next year."
            yield begun + timedelta(days=9), action, "pause", by, {"comment": words}
        if status == ActionStatus.DELAYED:
            moved = {"comment": "The other side needs more time to agree on the text."}
            until = max(action.due_on, LATEST) + timedelta(days=75)
            when = min(begun + timedelta(days=25), self.moment(action.body, LATEST))
            yield when, action, "delay", by, moved | {"due_on": until}
        if status in {ActionStatus.FINISHED, ActionStatus.VERIFIED}:
            done = self.moment(action.body, min(action.due_on, LATEST - timedelta(days=2)))
            done = max(done, begun + timedelta(hours=2))
            kind, words = EVIDENCE[action.element]
            shown = {"kind": kind, "shows": words % action.title}
            yield done, action, "finish", by, {"evidence": [shown]}
            if status == ActionStatus.VERIFIED:
                seen = {"comment": "The evidence shows it; the two posts confirm it."}
                answers = dict.fromkeys(QUESTIONS, True)
                yield done + timedelta(days=1), action, "verify", None, answers | seen

    def move(self, lesson: Lesson, name: str, by: User, day: date, **given: Any) -> None:
        at = self.moment(lesson.agency, day, minutes=3)
        perform(lesson, name, by=User.objects.get(pk=by.pk), at=at, given=given)
