"""The after-action report with improvement plan of one exercise, in the order of HSEEP.

Homeland Security Exercise and Evaluation Program (FEMA, 2020), AAR/IP template: exercise overview,
objectives with performance ratings, strengths, areas for improvement, improvement plan.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import User
from exchange.documents.tree import Block, Bullets, Heading, Sideways, Table, Text
from insights.reports.basis import (
    Contents,
    Made,
    RefusedReportError,
    Tell,
    about_handling,
    cut,
    day,
    known,
    nothing,
    period,
    texts,
)
from insights.reports.improvement_plan import improvement_plan
from insights.reports.indicators import does_it_work
from lessons.action_page import with_lessons_for
from lessons.models import Action, Lesson
from lessons.vocabulary import Kind
from pages.numbers import grouped
from programs.evaluating import told
from programs.models import Agreement, Exercise, Participation, Program
from programs.views.activity import cost_of, country, words_of
from programs.vocabulary import ParticipationRole, Rating
from records.vocabulary import TLP

MOST_LESSONS = 300
"""Lessons that are told in full; a report that leaves some out says so."""
BLOCK = 50


def after_action_report(subject: str, query: str, reader: User, on: date, tell: Tell) -> Made:
    """What ``reader`` may pass on of the exercise ``subject`` and its published lessons."""
    exercise = exercise_of(subject, reader)
    contents = Contents()
    contents.add(exercise, *filter(None, [exercise.program, exercise.agreement]))
    lessons, left_out = lessons_of(exercise, reader, tell)
    for lesson in lessons:
        contents.add(lesson, *lesson.leaving)
    strengths = [lesson for lesson in lessons if lesson.kind == Kind.SUSTAIN]
    areas = [lesson for lesson in lessons if lesson.kind == Kind.IMPROVE]
    planned = [lesson for lesson in lessons if lesson.kind == Kind.IMPROVE or lesson.leaving]
    actions = contents.keys.get("action", ())
    blocks: list[Block] = [
        *overview(exercise, reader),
        *objectives(exercise),
        Heading(_("Strengths")),
        *findings(strengths, _("No strength is published yet.")),
        Heading(_("Areas for improvement")),
        *findings(areas, _("No area for improvement is published yet.")),
        *plan(planned, reader),
        *does_it_work(Q(exercise=exercise) | Q(action__in=actions), reader, contents),
        Heading(_("About this report")),
        *([Text(beyond(left_out))] if left_out else []),
        Text(_("It holds lessons that were published; what is still in review stays out.")),
        about_handling(),
    ]
    return Made.of(exercise.title, blocks, contents)


def exercise_of(ref: str, reader: User) -> Any:
    seen = Exercise.objects.visible_to(reader).filter(ref=ref)
    found = (
        seen.select_related("agency", "lead_agency")
        .prefetch_related(
            "partners",
            "objectives",
            Prefetch("program", Program.objects.visible_to(reader).exportable()),
            Prefetch("agreement", Agreement.objects.visible_to(reader).exportable()),
            Prefetch(
                "participations",
                Participation.objects.select_related("agency").order_by(F("agency__name"), "pk"),
            ),
        )
        .first()
    )
    if found is None:
        raise RefusedReportError(_("The exercise is not there, or no longer for you to see."))
    if found.tlp == TLP.RED:
        raise RefusedReportError(red_exercise())
    return found


def red_exercise() -> str:
    return _("This exercise is marked TLP:RED, which stands in no document.")


def published_of(exercise: Exercise, reader: User) -> QuerySet[Lesson]:
    """The lessons of ``exercise`` that may stand in its report."""
    seen: QuerySet[Lesson] = Lesson.objects.visible_to(reader).published().current().exportable()
    return seen.filter(exercise=exercise)


def lessons_of(exercise: Exercise, reader: User, tell: Tell) -> tuple[list[Any], int]:
    """The lessons to be told, oldest first, with their ``leaving`` actions; how many are left out."""
    found = published_of(exercise, reader).order_by("-dated_on", "-pk")
    keys = list(found.values_list("pk", flat=True)[: MOST_LESSONS + 1])
    number = len(keys) if len(keys) <= MOST_LESSONS else found.count()
    keys = keys[:MOST_LESSONS]
    lessons: list[Any] = []
    for start in range(0, len(keys), BLOCK):
        lessons += with_actions(found.filter(pk__in=keys[start : start + BLOCK]), reader)
        tell(100 * len(lessons) // len(keys))
    return lessons[::-1], number - len(keys)


def with_actions(lessons: QuerySet[Lesson], reader: User) -> QuerySet[Lesson]:
    """Lessons with what is told of them; ``leaving`` are their actions that may be."""
    leaving = with_lessons_for(Action.objects.exportable(), reader).order_by("due_on", "pk")
    return lessons.select_related(
        "agency", "originator", "created_by", "adopted_by"
    ).prefetch_related(
        "themes",
        Prefetch(
            "actions",
            leaving.prefetch_related("seen__former_editors"),
            to_attr="leaving",
        ),
    )


# --- Parts ---------------------------------------------------------------------------------------


def overview(exercise: Any, reader: User) -> list[Block]:
    taking_part = list(exercise.participations.all())
    evaluations = told(exercise, reader) if exercise.evaluated_on else []
    return [
        Heading(_("Exercise overview")),
        *known(
            [
                (_("Exercise"), f"{exercise.title} ({exercise.ref})"),
                (_("Kind"), exercise.get_kind_display()),
                (_("Status"), exercise.get_status_display()),
                (_("Dates"), period(exercise)),
                (_("Place"), ", ".join(filter(None, [exercise.place, country(exercise)]))),
                (_("Lead agency"), exercise.lead_agency.name),
                (_("Partners"), ", ".join(one.label for one in exercise.partners.all())),
                (_("Program"), exercise.program and exercise.program.title),
                (_("Agreement"), exercise.agreement and exercise.agreement.title),
                (_("Threats"), words_of(exercise, "threats")),
                (_("Technology used"), words_of(exercise, "technology")),
                (_("Cost"), cost_of(exercise)),
                (_("Hot wash"), day(exercise.hot_wash_on)),
                (_("After-action meeting"), day(exercise.after_action_on)),
                (_("Evaluated"), day(exercise.evaluated_on)),
                (_("Evaluated by"), evaluations[0].who if evaluations else ""),
                (_("Recorded by"), exercise.agency.name),
            ]
        ),
        *text(_("Purpose and scope"), exercise.summary),
        *text(_("Scenario"), exercise.scenario),
        *participants(taking_part),
    ]


def text(title: str, words: str) -> list[Block]:
    return [Heading(title, 2), Text(cut(words))] if words.strip() else []


def participants(taking_part: list[Participation]) -> list[Block]:
    if not taking_part:
        return []
    by_role = [
        (role.label, ", ".join(one.agency.name for one in taking_part if one.role == role))
        for role in ParticipationRole
    ]
    return [Heading(_("Agencies that took part"), 2), *known(by_role)]


def objectives(exercise: Any) -> list[Block]:
    found = list(exercise.objectives.all())
    if not found:
        return [Heading(_("Objectives and ratings")), nothing(_("No objective is recorded."))]
    ratings = Counter(one.rating for one in found)
    summary = [f"{rating.label}: {ratings[rating]}" for rating in Rating if ratings[rating]]
    if ratings[""]:
        summary.append(_("Not rated yet: %(number)d") % {"number": ratings[""]})
    narratives: list[Block] = []
    for number, one in enumerate(found, 1):
        if one.narrative.strip():
            title = _("Objective %(number)d") % {"number": number}
            narratives += [Heading(title, 2), Text(cut(one.narrative))]
    return [
        Heading(_("Objectives and ratings")),
        Table(
            headings=[_("No."), _("Objective"), _("Capability"), _("Rating")],
            rows=[
                [
                    str(number),
                    one.text,
                    one.capability,
                    f"{one.rating} · {one.get_rating_display()}"
                    if one.rating
                    else _("not rated yet"),
                ]
                for number, one in enumerate(found, 1)
            ],
            widths=(6, 44, 24, 26),
        ),
        Bullets(summary),
        *narratives,
    ]


def findings(lessons: list[Any], none: str) -> list[Block]:
    if not lessons:
        return [nothing(none)]
    blocks: list[Block] = []
    for lesson in lessons:
        themes = ", ".join(str(theme) for theme in lesson.themes.all())
        about = [lesson.ref, lesson.get_status_display(), lesson.get_category_display(), themes]
        blocks += [
            Heading(lesson.title, 2),
            Text(" · ".join(str(one) for one in about if one), muted=True),
        ]
        names = ("observation", "discussion", "conclusion", "recommendation")
        for title, words in texts(lesson, *names):
            blocks += [Heading(title, 3), Text(words)]
    return blocks


def plan(lessons: list[Any], reader: User) -> list[Block]:
    heading = Heading(_("Improvement plan"))
    if not lessons:
        return [heading, nothing(_("Nothing is to be improved yet."))]
    return [Sideways([heading, improvement_plan(lessons, reader)])]


def beyond(number: int) -> str:
    words = ngettext(
        "%(number)s older lesson that you may read is not told here.",
        "%(number)s older lessons that you may read are not told here.",
        number,
    )
    return words % {"number": grouped(number)}
