"""The briefing on one partner: what cooperation rests on, what was done, learned and is open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from agencies.models import Partner, User
from exchange.documents.drawing import Bar, bars
from exchange.documents.tree import Block, Figure, Heading, Table, Text
from insights import sentences
from insights.briefing import CATEGORY_TONES
from insights.reports.basis import (
    Contents,
    Made,
    RefusedReportError,
    Tell,
    about_handling,
    day,
    known,
    left_out,
    nothing,
    period,
)
from insights.reports.improvement_plan import due, owner, status
from insights.reports.indicators import does_it_work
from lessons.action_page import with_lessons_for
from lessons.models import Action, Lesson, serving
from lessons.vocabulary import Category, Status
from pages.numbers import grouped
from programs.models import Agreement, Exercise, Program
from programs.vocabulary import ExerciseStatus, ProgramStatus
from records.vocabulary import Precision

MOST = 6
"""Rows of one table, those that matter most: a briefing is read on four pages, and says how many
rows it leaves out."""
INDICATORS, CHARTS = 3, 1
YEARS, THEMES = 6, 8


@dataclass(frozen=True)
class Cooperation:
    """What ``reader`` may pass on of the work with ``partner``."""

    partner: Partner
    reader: User
    on: date

    def of(self, model: Any) -> Any:
        seen = model.objects.visible_to(self.reader).exportable()
        return seen.filter(partners=self.partner)

    @property
    def lessons(self) -> QuerySet[Lesson]:
        found: QuerySet[Lesson] = self.of(Lesson).published().current()
        return found

    @property
    def actions(self) -> QuerySet[Action]:
        """Open ones that serve one of the lessons and no RED one."""
        return Action.objects.exportable().open().filter(pk__in=serving(self.lessons))  # type: ignore[arg-type]


def partner_briefing(subject: str, query: str, reader: User, on: date, tell: Tell) -> Made:
    """What ``reader`` may pass on of the cooperation with the partner ``subject``."""
    partner = Partner.objects.filter(code=subject).first()
    if partner is None:
        raise RefusedReportError(_("There is no such partner."))
    found = Cooperation(partner, reader, on)
    contents = Contents()
    agreements = list(found.of(Agreement))
    programs = list(found.of(Program).select_related("lead_agency"))
    exercises = list(found.of(Exercise))
    contents.add(*agreements, *programs, *exercises)
    tell(30)
    parts = [
        *agreement_part(agreements),
        *exercise_part(exercises, found),
        *program_part(programs),
        *lesson_part(found, contents),
    ]
    tell(70)
    parts += action_part(found, contents)
    parts += does_it_work(Q(partners=partner), reader, contents, most=INDICATORS, charts=CHARTS)
    if not contents.number:
        raise RefusedReportError(nothing_recorded())
    blocks = [
        Text(summary(agreements, exercises, found)),
        *figures(agreements, programs, exercises, found),
        *parts,
        Heading(_("About this briefing")),
        Text(_("It counts and names lessons that were published.")),
        about_handling(),
    ]
    return Made.of(partner.label, blocks, contents)


def nothing_recorded() -> str:
    return _("Nothing is recorded with this partner that you may pass on.")


# --- In short ------------------------------------------------------------------------------------


def held_of(exercises: list[Exercise]) -> list[Exercise]:
    return [one for one in exercises if one.status == ExerciseStatus.HELD]


def summary(agreements: list[Agreement], exercises: list[Exercise], found: Cooperation) -> str:
    held = held_of(exercises)
    parts = [sentences.agreements_in_force(sum(one.is_in_force for one in agreements))]
    if held:
        last = max(held, key=lambda one: (one.ends_on, one.pk))
        ago = sentences.ago(last.ends_on, found.on, last.ends_precision)
        lessons = sentences.lessons(found.lessons.filter(exercise=last).count())
        first = min(one.starts_on for one in held)
        parts.append(sentences.exercises_held(len(held), first.year, ago, lessons))
    else:
        parts.append(sentences.exercises_held(0, None, "", ""))
    parts.append(sentences.reviews_overdue(sum(one.review_is_overdue for one in agreements)))
    parts.append(sentences.evaluations_overdue(sum(one.evaluation_is_overdue for one in held)))
    overdue = found.actions.filter(pk__in=Action.objects.overdue(found.on).values("pk"))
    parts.append(sentences.actions_overdue(overdue.count()))
    return " ".join(filter(None, parts))


def figures(
    agreements: list[Agreement],
    programs: list[Program],
    exercises: list[Exercise],
    found: Cooperation,
) -> list[Block]:
    numbers = Counter(found.lessons.values_list("status", flat=True))
    running = sum(one.status == ProgramStatus.RUNNING for one in programs)
    return [
        Heading(_("In numbers")),
        *known(
            [
                (_("Agreements in force"), grouped(sum(one.is_in_force for one in agreements))),
                (_("Exercises held"), grouped(len(held_of(exercises)))),
                (_("Programs running"), grouped(running)),
                (_("Lessons published"), grouped(numbers.total())),
                (_("Lessons learned"), grouped(numbers[Status.LEARNED])),
                (_("Open actions"), grouped(found.actions.count())),
            ]
        ),
    ]


# --- Parts ---------------------------------------------------------------------------------------


def part(title: str, table: Table, total: int, none: str) -> list[Block]:
    """A table under its heading, and how many rows it leaves out."""
    if not table.rows:
        return [Heading(title), nothing(none)]
    return [Heading(title), table, *left_out(total - len(table.rows))]


def agreement_part(agreements: list[Agreement]) -> list[Block]:
    ordered = sorted(agreements, key=lambda one: not one.is_in_force)
    rows = [
        [
            one.title,
            str(one.get_type_display()),
            str(one.get_status_display()),
            day(one.in_force_on),
            day(one.expires_on),
            late(day(one.next_review_on), one.review_is_overdue),
        ]
        for one in ordered[:MOST]
    ]
    headings = [_("Title"), _("Type"), _("Status"), _("In force"), _("Expires"), _("Next review")]
    table = Table(headings, rows, (34, 20, 14, 11, 11, 14))
    return part(_("Agreements"), table, len(agreements), _("No agreement is recorded."))


def late(words: str, is_late: bool) -> str:
    return _("%(day)s, overdue") % {"day": words} if is_late else words


def exercise_part(exercises: list[Exercise], found: Cooperation) -> list[Block]:
    counted = (
        found.lessons.filter(exercise__isnull=False)
        .order_by()
        .values_list("exercise")
        .annotate(number=Count("pk"))
    )
    numbers = dict(counted)
    rows = [
        [
            period(one),
            one.title,
            str(one.get_kind_display()),
            str(one.get_status_display()),
            grouped(numbers.get(one.pk, 0)),
            evaluation(one),
        ]
        for one in exercises[:MOST]
    ]
    headings = [_("When"), _("Exercise"), _("Kind"), _("Status"), _("Lessons"), _("Evaluation")]
    table = Table(headings, rows, (16, 32, 16, 11, 9, 16), numbers=frozenset({4}))
    return part(_("Exercises"), table, len(exercises), _("No exercise is recorded."))


def evaluation(exercise: Exercise) -> str:
    if exercise.evaluated_on is not None:
        return day(exercise.evaluated_on)
    if exercise.status != ExerciseStatus.HELD:
        return ""
    words = _("due %(day)s") % {"day": day(exercise.evaluation_due_on)}
    return late(words, exercise.evaluation_is_overdue)


def program_part(programs: list[Program]) -> list[Block]:
    rows = [
        [
            one.title,
            str(one.get_kind_display()),
            str(one.get_status_display()),
            period(one, Precision.MONTH),
            one.lead_agency.short,
        ]
        for one in programs[:MOST]
    ]
    headings = [_("Program"), _("Kind"), _("Status"), _("When"), _("Lead agency")]
    table = Table(headings, rows, (36, 18, 13, 20, 13))
    return part(_("Programs"), table, len(programs), _("No program is recorded."))


def lesson_part(found: Cooperation, contents: Contents) -> list[Block]:
    lessons = found.lessons
    contents.markings.update(lessons.order_by().values_list("tlp", flat=True).distinct())
    latest = list(lessons.defer(*Lesson.LONG_TEXTS)[:MOST])
    contents.add(*latest)
    if not latest:
        return [Heading(_("Lessons")), nothing(_("No lesson is published yet."))]
    rows = [
        [
            f"{one.title}\n{one.ref}",
            str(one.get_status_display()),
            str(one.get_category_display()),
            day(one.dated_on, one.occurred_precision),
        ]
        for one in latest
    ]
    headings = [_("Lesson"), _("Status"), _("Category"), _("When")]
    table = Table(headings, rows, (50, 16, 20, 14))
    return [
        Heading(_("Lessons")),
        Heading(_("By category and year"), 2),
        *by_category_and_year(lessons),
        Text(_("Most frequent themes: %(themes)s.") % {"themes": "; ".join(themes(lessons))}),
        *(
            Heading(one.text, 2) if isinstance(one, Heading) else one
            for one in part(_("Latest lessons"), table, lessons.count(), "")
        ),
    ]


def by_category_and_year(lessons: QuerySet[Lesson]) -> list[Block]:
    """The latest years as bars and as a table; what is older stands together before them."""
    counted = lessons.order_by().values_list("category", F("dated_on__year")).annotate(Count("pk"))
    numbers = {(category, year): number for category, year, number in counted}
    last = max(year for _category, year in numbers)
    first = max(min(year for _category, year in numbers), last - YEARS + 1)
    stretches = [_("before %(year)d") % {"year": first}, *map(str, range(first, last + 1))]
    columns: dict[Category, list[int]] = {one: [0] * len(stretches) for one in Category}
    for (category, year), number in numbers.items():
        columns[Category(category)][max(0, year - first + 1)] += number
    table = Table(
        [_("Category"), *stretches, _("All")],
        [[str(one.label), *map(grouped, own), grouped(sum(own))] for one, own in columns.items()],
        (28, *(12 for _column in (*stretches, ""))),
        frozenset(range(1, len(stretches) + 2)),
    )
    return [drawn(stretches, columns), table]


def drawn(stretches: list[str], columns: dict[Category, list[int]]) -> Figure:
    """A bar for each stretch of years that has a lesson."""
    rows = [
        Bar(words, parts, grouped(sum(parts)))
        for words, *parts in zip(stretches, *columns.values(), strict=True)
    ]
    shown = [row for row in rows if any(row.parts)]
    key = [(str(one.label), CATEGORY_TONES[one]) for one in columns]
    told = "; ".join(f"{row.label}: {row.total}" for row in shown)
    spoken = _("Lessons by year and category: %(told)s. The table has each number.")
    return Figure(bars(shown, key, spoken % {"told": told}))


def themes(lessons: QuerySet[Lesson]) -> list[str]:
    counted = (
        lessons.filter(themes__isnull=False)
        .order_by()
        .values_list("themes__name")
        .annotate(number=Count("pk"))
        .order_by("-number", "themes__name")[:THEMES]
    )
    return [f"{_(name)} ({grouped(number)})" for name, number in counted]


def action_part(found: Cooperation, contents: Contents) -> list[Block]:
    actions: list[Any] = list(
        with_lessons_for(found.actions, found.reader)
        .prefetch_related("seen__former_editors")
        .order_by("due_on", "pk")[:MOST]
    )
    contents.add(*actions)
    rows = [
        [one.title, one.body.short, owner(one, found.reader), due(one), status(one)]
        for one in actions
    ]
    headings = [_("Action"), _("Action body"), _("Owner"), _("Due"), _("Status")]
    table = Table(headings, rows, (40, 15, 18, 15, 14))
    total = found.actions.count()
    return part(_("Open actions"), table, total, _("No action is open."))
