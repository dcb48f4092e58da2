"""One lesson on paper: what was seen, what follows, what is done about it and whether it worked."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from agencies.models import User
from exchange.documents.tree import Block, Heading, Table, Text
from insights.reports.after_action import with_actions
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
    texts,
)
from insights.reports.improvement_plan import cells
from insights.reports.indicators import does_it_work
from lessons.models import Lesson
from lessons.views.lesson import checks, facts, labels
from programs.models import Agreement, Exercise, Program
from records.vocabulary import TLP

ACTIVITIES = {"exercise": Exercise, "program": Program, "agreement": Agreement}


def lesson_sheet(subject: str, query: str, reader: User, on: date, tell: Tell) -> Made:
    """What ``reader`` may pass on of the lesson ``subject``."""
    lesson = lesson_of(subject, reader)
    contents = Contents()
    activities = leaving_activities(lesson, reader)
    contents.add(lesson, *lesson.leaving, *activities.values())
    blocks: list[Block] = [
        *about(lesson, reader, activities),
        *written(lesson),
        *actions(lesson, reader),
        *whether_it_worked(lesson, reader),
        *indicators(lesson, reader, contents),
        Heading(_("About this sheet")),
        about_handling(),
    ]
    return Made.of(lesson.title, blocks, contents)


def lesson_of(ref: str, reader: User) -> Any:
    seen = Lesson.objects.visible_to(reader).filter(ref=ref)
    if seen.filter(tlp=TLP.RED).exists():
        raise RefusedReportError(red_lesson())
    found = with_actions(
        seen.select_related("reviewer").prefetch_related("partners", "former_editors"), reader
    ).first()
    if found is None:
        raise RefusedReportError(_("The lesson is not there, or no longer for you to see."))
    if not found.is_published:
        raise RefusedReportError(unpublished())
    return found


def red_lesson() -> str:
    return _("This lesson is marked TLP:RED, which stands in no document.")


def unpublished() -> str:
    return _("This lesson is not published: a sheet is made of what has been reviewed.")


def leaving_activities(lesson: Lesson, reader: User) -> dict[str, Any]:
    """Where it comes from, as far as that may be told."""
    found = {}
    for name, model in ACTIVITIES.items():
        key = getattr(lesson, f"{name}_id")
        seen = model.objects.visible_to(reader).exportable()
        if key is not None and (one := seen.filter(pk=key).first()) is not None:
            found[name] = one
    return found


def about(lesson: Any, reader: User, activities: dict[str, Any]) -> list[Block]:
    where = ", ".join(
        filter(None, [day(lesson.occurred_on, lesson.occurred_precision), lesson.place])
    )
    return known(
        [
            (_("Reference"), lesson.ref),
            (_("Status"), lesson.get_status_display()),
            (_("Kind"), lesson.get_kind_display()),
            (_("Priority"), lesson.get_priority_display()),
            (_("Category"), lesson.get_category_display()),
            (_("Themes"), ", ".join(str(theme) for theme in lesson.themes.all())),
            (_("Partners"), ", ".join(one.label for one in lesson.partners.all())),
            (_("When and where"), where),
            *((capfirst(one._meta.verbose_name), one.title) for one in activities.values()),
            *facts(lesson, reader),
            (_("Threats"), ", ".join(labels(lesson, "threats"))),
            (_("Concerns"), ", ".join(labels(lesson, "dotmlpfi"))),
        ]
    )


def written(lesson: Lesson) -> list[Block]:
    names = ("observation", "discussion", "conclusion", "recommendation")
    blocks: list[Block] = []
    for title, words in texts(lesson, *names, "applies_when", "does_not_apply_when"):
        blocks += [Heading(title), Text(words)]
    return blocks


def actions(lesson: Any, reader: User) -> list[Block]:
    if not lesson.leaving:
        return [Heading(_("Actions")), nothing(_("No action is recorded."))]
    return [
        Heading(_("Actions")),
        Table(
            headings=[
                _("Corrective action"),
                _("Capability element"),
                _("Action body"),
                _("Owner"),
                _("Start"),
                _("Due"),
                _("Status"),
            ],
            rows=[cells(action, reader) for action in lesson.leaving],
            widths=(28, 13, 14, 13, 11, 11, 12),
        ),
    ]


def indicators(lesson: Any, reader: User, contents: Contents) -> list[Block]:
    """What is measured of its actions; nothing where nothing is."""
    actions = [action.pk for action in lesson.leaving]
    told = does_it_work(Q(action__in=actions), reader, contents)
    return told if any(isinstance(block, Table) for block in told) else []


def whether_it_worked(lesson: Lesson, reader: User) -> list[Block]:
    """What confirmed the change; what failed is for those inside, who read it on the page."""
    confirmed = [one for one in checks(lesson, reader, inside=False) if one["told"]]
    blocks: list[Block] = [Heading(_("Validation"))] if confirmed else []
    for one in confirmed:
        check = one["check"]
        blocks += known(
            [
                (_("Confirmed"), day(check.validated_on)),
                (_("How"), check.get_method_display()),
                (_("Indicator"), check.indicator),
                (_("By"), one["by"]),
            ]
        )
        blocks.append(Text(cut(check.result)))
    return blocks
