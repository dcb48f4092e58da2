"""What the partner's page says about its figures: the sentence, the heat table, the chips."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import links, sentences
from insights.dossier import Dossier
from insights.partners import plain
from lessons.vocabulary import Category, Status
from pages.numbers import grouped
from programs.vocabulary import ProgramStatus

YEARS_SHOWN = 8
"""Columns of the heat table; what is older stands together in the first one."""
THEMES_SHOWN = 14


def summary(dossier: Dossier) -> str:
    """``Cooperation rests on two agreements in force. Nine joint exercises since 2021; …``"""
    parts = [sentences.agreements_in_force(len(dossier.in_force)), _exercises(dossier)]
    parts.append(sentences.reviews_overdue(len(dossier.reviews_overdue)))
    parts.append(sentences.evaluations_overdue(dossier.figures.overdue))
    parts.append(sentences.actions_overdue(dossier.actions.overdue))
    return " ".join(filter(None, parts))


def _exercises(dossier: Dossier) -> str:
    if not dossier.held:
        return sentences.exercises_held(0, None, "", "")
    last = max(dossier.held, key=lambda exercise: (exercise.ends_on, exercise.pk))
    first = dossier.figures.first
    return sentences.exercises_held(
        dossier.figures.held,
        first.year if first else None,
        sentences.ago(last.ends_on, dossier.on, last.ends_precision),
        sentences.lessons(last.lesson_count),
    )


def figures(dossier: Dossier) -> list[dict[str, Any]]:
    code, held, first = dossier.partner.code, dossier.figures.held, dossier.figures.first
    in_force, running = len(dossier.in_force), len(dossier.running)
    lessons, learned = dossier.lessons.total, dossier.lessons.learned
    actions = dossier.actions
    return [
        {
            "value": grouped(in_force),
            "label": ngettext("agreement in force", "agreements in force", in_force),
            "url": links.agreements_in_force(partner=code),
        },
        {
            "value": grouped(held),
            "label": ngettext("exercise since %(year)d", "exercises since %(year)d", held)
            % {"year": first.year}
            if first
            else _("exercises"),
            "url": links.exercises_held(partner=code),
        },
        {
            "value": grouped(lessons),
            "label": ngettext(
                "lesson, %(learned)d learned", "lessons, %(learned)d learned", lessons
            )
            % {"learned": learned},
            "url": links.lessons(partner=code),
        },
        {
            "value": grouped(actions.overdue or actions.open),
            "label": ngettext("action overdue", "actions overdue", actions.overdue)
            if actions.overdue
            else ngettext("open action", "open actions", actions.open),
            "url": "#actions",
            "tone": "late" if actions.overdue else "",
        },
        {
            "value": grouped(running),
            "label": ngettext("program running", "programs running", running),
            "url": links.programs(partner=code, status=ProgramStatus.RUNNING),
        },
    ]


def heat(dossier: Dossier) -> dict[str, Any]:
    """Lessons by category and year, for the tag ``heat``; every number leads to its lessons."""
    numbers = dossier.lessons.by_category_and_year
    years = [year for _category, year in numbers]
    last = max(years, default=dossier.on.year)
    first = max(min(years, default=last), last - YEARS_SHOWN + 1)
    older = min(years, default=last) < first
    code = dossier.partner.code
    return {
        "caption": _("Lessons by category and year"),
        "corner": "",
        "columns": [
            *([_older_column(code, first)] if older else []),
            *(
                {"label": str(year), "url": links.lessons_of_year(year, partner=code)}
                for year in range(first, last + 1)
            ),
        ],
        "rows": [
            {
                "label": category.label,
                "url": links.lessons(partner=code, category=category),
                "cells": [
                    *([_older_cell(dossier, category, first)] if older else []),
                    *(
                        {
                            "value": numbers[category, year],
                            "url": links.lessons_of_year(year, partner=code, category=category),
                        }
                        for year in range(first, last + 1)
                    ),
                ],
            }
            for category in Category
        ],
    }


def _older_column(code: str, first: int) -> dict[str, str]:
    return {
        "label": _("before %(year)d") % {"year": first},
        "url": links.lessons(partner=code, to=f"{first - 1}-12-31"),
    }


def _older_cell(dossier: Dossier, category: Category, first: int) -> dict[str, Any]:
    numbers = dossier.lessons.by_category_and_year
    older = (number for (of, year), number in numbers.items() if of == category and year < first)
    url = links.lessons(partner=dossier.partner.code, category=category, to=f"{first - 1}-12-31")
    return {"value": sum(older), "url": url}


def statuses(dossier: Dossier) -> list[dict[str, Any]]:
    """How many lessons have each status, in the order of the life cycle."""
    numbers = dossier.lessons.by_status
    return [
        {
            "label": status.label,
            "value": numbers[status],
            "url": links.lessons(partner=dossier.partner.code, status=status),
        }
        for status in Status
        if numbers[status]
    ]


def themes(dossier: Dossier) -> list[dict[str, Any]]:
    """The most frequent themes as chips."""
    return [
        {
            "label": _(theme.name),
            "count": theme.number,
            "url": links.lessons(partner=dossier.partner.code, theme=theme.slug),
        }
        for theme in dossier.themes[:THEMES_SHOWN]
    ]


def relatives(dossier: Dossier) -> list[dict[str, str]]:
    """Members of an organization, or organizations of a country, as chips by name."""
    found = sorted(dossier.relatives, key=lambda partner: plain(partner.label))
    return [{"label": partner.label, "url": links.partner(partner.code)} for partner in found]


def ways(dossier: Dossier) -> dict[str, str]:
    """From the panels to the whole lists."""
    code = dossier.partner.code
    return {
        "lessons": links.lessons(partner=code),
        "exercises": links.exercises(partner=code),
        "programs": links.programs(partner=code),
        "agreements": links.agreements(partner=code),
        "export": links.filtered("lessons:export", format="csv", partner=code),
    }
