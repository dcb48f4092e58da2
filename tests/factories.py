"""Records for tests, as plain functions: callers show only what matters to them."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agencies.models import Agency, AgencyKind, Membership, Partner, User
from agencies.roles import Role
from evaluation.asking import ask
from evaluation.models import (
    FeedbackRequest,
    FeedbackResponse,
    Indicator,
    Measurement,
    Story,
)
from lessons.models import Action, Comment, Lesson, Reuse, Theme
from lessons.vocabulary import ActionStatus, Category, ReuseOutcome, Status
from programs.models import Agreement, Exercise, Participation, Program
from programs.vocabulary import (
    AgreementStatus,
    AgreementType,
    ExerciseKind,
    ExerciseStatus,
    ProgramKind,
    ProgramStatus,
)

_numbers = itertools.count(1)
PASSWORD = "correct-horse-battery"


def make_agency(*, code: str = "", parent: Agency | None = None, **fields: Any) -> Agency:
    code = code or f"AG-{next(_numbers)}"
    fields.setdefault("name", f"Agency {code}")
    fields.setdefault("kind", AgencyKind.POLICE)
    return Agency.objects.create(code=code, parent=parent, **fields)


def make_user(
    *, agency: Agency | None = None, role: Role = Role.CONTRIBUTOR, name: str = "", **fields: Any
) -> User:
    number = next(_numbers)
    email = fields.pop("email", f"person{number}@example.org")
    user = User.objects.create_user(email, name or f"Person {number}", PASSWORD, **fields)
    if agency is not None:
        Membership.objects.create(user=user, agency=agency, role=role)
    return user


def partner(code: str) -> Partner:
    return Partner.objects.get(code=code)


def theme(slug: str) -> Theme:
    return Theme.objects.get(slug=slug)


def _shared(user: User | None, agency: Agency | None) -> tuple[User, Agency]:
    if user is None:
        agency = agency or make_agency()
        return make_user(agency=agency), agency
    if agency is None:
        agency = Agency.objects.get(pk=user.standing.home) if user.standing.home else make_agency()
    return user, agency


def make_agreement(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    partners: tuple[str, ...] = ("MA",),
    **fields: Any,
) -> Agreement:
    by, agency = _shared(by, agency)
    many = {
        name: fields.pop(name, ()) for name in ("released_to", "red_recipients", "party_agencies")
    }
    fields.setdefault("title", f"Agreement {next(_numbers)}")
    fields.setdefault("type", AgreementType.MOU)
    fields.setdefault("status", AgreementStatus.IN_FORCE)
    agreement = Agreement.objects.create(agency=agency, created_by=by, **fields)
    return _with_many(agreement, many, partners)


def make_program(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    partners: tuple[str, ...] = ("MA",),
    **fields: Any,
) -> Program:
    by, agency = _shared(by, agency)
    many = {name: fields.pop(name, ()) for name in ("released_to", "red_recipients")}
    fields.setdefault("title", f"Program {next(_numbers)}")
    fields.setdefault("kind", ProgramKind.TRAINING)
    fields.setdefault("status", ProgramStatus.RUNNING)
    fields.setdefault("lead_agency", agency)
    program = Program.objects.create(agency=agency, created_by=by, **fields)
    return _with_many(program, many, partners)


def make_exercise(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    partners: tuple[str, ...] = ("MA",),
    **fields: Any,
) -> Exercise:
    by, agency = _shared(by, agency)
    many = {name: fields.pop(name, ()) for name in ("released_to", "red_recipients")}
    participants = fields.pop("participants", ())
    fields.setdefault("title", f"Exercise {next(_numbers)}")
    fields.setdefault("kind", ExerciseKind.TABLETOP)
    fields.setdefault("status", ExerciseStatus.HELD)
    fields.setdefault("lead_agency", agency)
    fields.setdefault("starts_on", date(2026, 10, 14))
    fields.setdefault("ends_on", fields["starts_on"])
    exercise = Exercise.objects.create(agency=agency, created_by=by, **fields)
    for participant in participants:
        Participation.objects.create(exercise=exercise, agency=participant)
    return _with_many(exercise, many, partners)


STAGES = {
    Status.DRAFT: (),
    Status.SUBMITTED: ("submitted",),
    Status.IN_REVIEW: ("submitted", "taken"),
    Status.RETURNED: ("submitted",),
    Status.REJECTED: ("submitted",),
    Status.NOTED: ("submitted", "taken", "published"),
    Status.IDENTIFIED: ("submitted", "taken", "published", "identified"),
    Status.IMPLEMENTING: ("submitted", "taken", "published", "identified"),
    Status.VALIDATING: ("submitted", "taken", "published", "identified"),
    Status.LEARNED: ("submitted", "taken", "published", "identified", "learned"),
    Status.SUPERSEDED: ("submitted", "taken", "published"),
    Status.ARCHIVED: ("submitted", "taken", "published"),
}
"""What has happened to a lesson by the time it has a status."""


def make_lesson(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    status: Status = Status.DRAFT,
    partners: tuple[str, ...] = ("MA",),
    themes: tuple[str, ...] = (),
    **fields: Any,
) -> Lesson:
    """A lesson in ``status`` with everything that the status asks for, put there directly."""
    by, agency = _shared(by, agency)
    now = timezone.now()
    number = next(_numbers)
    many = {name: fields.pop(name, ()) for name in ("released_to", "red_recipients")}
    for stage in STAGES[status]:
        fields.setdefault(f"{stage}_at", now)
    if "submitted" in STAGES[status]:
        fields.setdefault("submitted_on", timezone.localdate())
    if "published" in STAGES[status]:
        fields.setdefault("category", Category.COORDINATION)
        themes = themes or ("joint-patrols",)
    if "identified" in STAGES[status]:
        for text in ("discussion", "conclusion", "recommendation"):
            fields.setdefault(text, f"The {text} of lesson {number}.")
    if status == Status.IN_REVIEW and "reviewer" not in fields:
        fields["reviewer"] = make_user(agency=agency, role=Role.REVIEWER)
    if status == Status.SUPERSEDED and "superseded_by" not in fields:
        fields["superseded_by"] = make_lesson(by=by, agency=agency, status=Status.NOTED)
    fields.setdefault("title", f"The point of lesson {number}")
    fields.setdefault("observation", f"What happened in lesson {number}.")
    fields.setdefault("originator", by)
    lesson = Lesson.objects.create(agency=agency, created_by=by, status=status, **fields)
    lesson.themes.set([theme(slug) for slug in themes])
    return _with_many(lesson, many, partners)


def make_action(lesson: Lesson, *, body: Agency | None = None, **fields: Any) -> Action:
    fields.setdefault("title", f"Action {next(_numbers)}")
    fields.setdefault("due_on", date(2027, 1, 31))
    body = body or lesson.agency
    owned = fields.get("status") in {ActionStatus.ONGOING, ActionStatus.FINISHED}
    if owned and fields.get("owner") is None:
        fields["owner"] = make_user(agency=body)
    action = Action.objects.create(body=body, **fields)
    action.lessons.add(lesson)
    return action


def make_comment(lesson: Lesson, *, by: User | None = None, **fields: Any) -> Comment:
    by = by or lesson.editor
    mentioned = fields.pop("mentioned", ())
    fields.setdefault("text", f"Comment {next(_numbers)}")
    fields.setdefault("agency_id", by.standing.home or lesson.agency_id)
    comment = Comment.objects.create(lesson=lesson, author=by, **fields)
    comment.mentioned.set(mentioned)
    return comment


def make_reuse(lesson: Lesson, *, by: User | None = None, **fields: Any) -> Reuse:
    by = by or lesson.editor
    fields.setdefault("agency_id", by.standing.home or lesson.agency_id)
    fields.setdefault("used_on", date(2026, 6, 1))
    fields.setdefault("outcome", ReuseOutcome.HELPED)
    fields.setdefault("result", f"What came of use {next(_numbers)}")
    return Reuse.objects.create(lesson=lesson, created_by=by, **fields)


def make_indicator(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    partners: tuple[str, ...] = ("MA",),
    **fields: Any,
) -> Indicator:
    """An indicator that counts incidents by month, about an exercise of its own if about nothing."""
    by, agency = _shared(by, agency)
    many = {name: fields.pop(name, ()) for name in ("released_to", "red_recipients")}
    if not {"agreement", "program", "exercise", "action"} & fields.keys():
        fields["exercise"] = make_exercise(by=by, agency=agency)
    for name, value in {
        "title": f"Indicator {next(_numbers)}",
        "definition": "Incidents that a patrol reported.",
        "formula": "Number of incidents.",
        "measure": "count",
        "unit": "incidents",
        "step": "month",
        "better": "down",
        "source": "The register.",
        "limitations": "What nobody saw is not counted.",
    }.items():
        fields.setdefault(name, value)
    indicator = Indicator.objects.create(agency=agency, created_by=by, **fields)
    return _with_many(indicator, many, partners)


def make_measurement(
    indicator: Indicator, period: date, value: Any = 1, **fields: Any
) -> Measurement:
    """One value, or ``numerator`` and ``denominator``, put there directly."""
    if "numerator" not in fields:
        fields["value"] = None if value is None else Decimal(str(value))
    fields.setdefault("by", indicator.created_by)
    return Measurement.objects.create(
        indicator=indicator, period=period, measure=indicator.measure, **fields
    )


def _with_many(record: Any, many: dict[str, Any], partners: tuple[str, ...]) -> Any:
    record.partners.set([partner(code) for code in partners])
    for name, values in many.items():
        getattr(record, name).set(values)
    return record


def make_feedback(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    asked: tuple[str, ...] = ("messages", "again", "role", "went_well", "to_change"),
    agencies: tuple[Agency, ...] = (),
    **fields: Any,
) -> FeedbackRequest:
    """A questionnaire that is open, about an exercise of its own unless one is given."""
    by, agency = _shared(by, agency)
    if "exercise" not in fields and "program" not in fields:
        fields["exercise"] = make_exercise(by=by, agency=agency)
    today = timezone.localdate()
    fields.setdefault("heading", f"Questionnaire {next(_numbers)}")
    fields.setdefault("languages", ["en", "es", "ar"])
    fields.setdefault("opens_on", today - timedelta(days=1))
    fields.setdefault("closes_on", today + timedelta(days=7))
    request = FeedbackRequest.objects.create(agency=agency, created_by=by, **fields)
    request.agencies_asked.set(agencies)
    ask(request, asked)
    return request


def make_response(
    request: FeedbackRequest, *, agency: Agency | None = None, **answers: int | str
) -> FeedbackResponse:
    """What one person answered, by the names of standard questions."""
    response = FeedbackResponse.objects.create(request=request, agency=agency)
    for name, given in answers.items():
        question = request.questions.get(standard=name)
        what: dict[str, Any] = {"text": given} if isinstance(given, str) else {"number": given}
        response.answers.create(question=question, language="en", **what)
    return response


def close_feedback(request: FeedbackRequest) -> FeedbackRequest:
    """Let it be over since yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    FeedbackRequest.objects.filter(pk=request.pk).update(opens_on=yesterday, closes_on=yesterday)
    request.refresh_from_db()
    return request


def make_story(
    *,
    by: User | None = None,
    agency: Agency | None = None,
    partners: tuple[str, ...] = ("MA",),
    **fields: Any,
) -> Story:
    by, agency = _shared(by, agency)
    many = {name: fields.pop(name, ()) for name in ("released_to", "red_recipients")}
    if "lesson" not in fields and "program" not in fields:
        fields["lesson"] = make_lesson(by=by, agency=agency, status=Status.LEARNED)
    number = next(_numbers)
    fields.setdefault("title", f"Story {number}")
    for name in ("problem", "done", "changed"):
        fields.setdefault(name, f"The {name} of story {number}.")
    return _with_many(Story.objects.create(agency=agency, created_by=by, **fields), many, partners)
