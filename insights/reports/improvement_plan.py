"""The improvement plan: one row for each corrective action, in the columns of HSEEP.

The columns are those of FEMA's After-Action Report / Improvement Plan template: capability, area
for improvement, corrective action, capability element (POETE), responsible organization, point of
contact, start and completion dates; with the recommendation that the action follows, and its status.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from agencies.models import User
from exchange.documents.tree import Table
from insights.reports.basis import SHORT_TEXT, cut, day
from lessons.models import Action

WIDTHS = (15, 12, 17, 17, 11, 11, 10, 8, 8, 9)


def improvement_plan(lessons: Iterable[Any], reader: User) -> Table:
    """``lessons`` carry their ``leaving`` actions; one to be improved without any has a row too."""
    return Table(
        headings=[
            _("Area for improvement"),
            _("Capability"),
            _("Recommendation"),
            _("Corrective action"),
            _("Capability element"),
            _("Action body"),
            _("Owner"),
            _("Start"),
            _("Due"),
            _("Status"),
        ],
        rows=[row for lesson in lessons for row in rows_of(lesson, reader)],
        widths=WIDTHS,
    )


def rows_of(lesson: Any, reader: User) -> list[list[str]]:
    head = [
        f"{lesson.title}\n{lesson.ref}",
        str(lesson.get_category_display()),
        cut(lesson.recommendation, SHORT_TEXT),
    ]
    rows = [[*head, *cells(action, reader)] for action in lesson.leaving]
    return rows or [[*head, _("none yet"), "", "", "", "", "", ""]]


def cells(action: Any, reader: User) -> list[str]:
    return [
        action.title,
        str(action.get_element_display()),
        action.body.short,
        owner(action, reader),
        day(action.start_on),
        due(action),
        status(action),
    ]


def owner(action: Any, reader: User) -> str:
    """As ``reader`` may know the person."""
    return action.name_for(reader, action.owner, action.seen) if action.owner else ""


def due(action: Action) -> str:
    if not action.was_delayed:
        return day(action.due_on)
    return _("%(day)s, first %(original)s") % {
        "day": day(action.due_on),
        "original": day(action.original_due_on),
    }


def status(action: Action) -> str:
    words = str(action.get_status_display())
    return _("%(status)s, overdue") % {"status": words} if action.is_overdue else words
