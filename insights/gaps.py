"""What is missing in the work with one partner, by rules that can be read.

A gap is computed from what the reader may see, so two readers may see different gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.defaultfilters import truncatechars
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import links
from insights.dossier import Dossier
from lessons.vocabulary import Category
from pages.numbers import grouped
from programs.models import Agreement
from records.vocabulary import TLP

YEARS = 2
"""Without a lesson of a category, or an exercise, for so long, there is a gap."""
TITLE = 90


@dataclass(frozen=True)
class Gap:
    """What is missing, since when, and where it can be looked into (if it can) or mended.

    ``red`` says that it names a ``TLP:RED`` record, which does not go on paper.
    """

    text: str
    small: str
    url: str
    tone: str = ""
    red: bool = False


def gaps(dossier: Dossier) -> list[Gap]:
    """Overdue things first, then what has not happened."""
    found = [_unreviewed(agreement) for agreement in dossier.reviews_overdue]
    found += [_missing_from(exercise) for exercise in dossier.wanting]
    found += _beyond_shown(dossier)
    found += _no_exercise(dossier)
    found += _silent_categories(dossier)
    return found


def _unreviewed(agreement: Agreement) -> Gap:
    return Gap(
        _("The review of “%(title)s” is overdue") % {"title": _short(agreement.title)},
        _("since %(day)s") % {"day": _day(agreement.next_review_on)},
        agreement.get_absolute_url(),
        tone="late",
        red=agreement.tlp == TLP.RED,
    )


def _missing_from(exercise: Any) -> Gap:
    title, late = _short(exercise.title), exercise.evaluation_is_overdue
    if not late:
        text = _("No lesson from “%(title)s”")
    elif exercise.lesson_count:
        text = _("“%(title)s” has no evaluation")
    else:
        text = _("“%(title)s” has neither a lesson nor an evaluation")
    return Gap(
        text % {"title": title},
        _("evaluation due since %(day)s") % {"day": _day(exercise.evaluation_due_on)}
        if late
        else _("ended %(month)s") % {"month": date_format(exercise.ends_on, "M Y")},
        exercise.get_absolute_url(),
        tone="late" if late else "",
        red=exercise.tlp == TLP.RED,
    )


def _beyond_shown(dossier: Dossier) -> list[Gap]:
    """One line for each kind of gap of which only the latest exercises are named."""
    named_without = sum(not exercise.lesson_count for exercise in dossier.wanting)
    named_overdue = sum(exercise.evaluation_is_overdue for exercise in dossier.wanting)
    found = []
    overdue = dossier.figures.overdue
    if overdue > named_overdue:
        words = ngettext(
            "%(number)s exercise without its evaluation in all",
            "%(number)s exercises without their evaluation in all",
            overdue,
        )
        url = links.evaluations_overdue(partner=dossier.partner.code)
        found.append(Gap(words % {"number": grouped(overdue)}, "", url, tone="late"))
    without = dossier.figures.without_lesson - named_without
    if without > 0:
        words = ngettext(
            "%(number)s more exercise without a lesson",
            "%(number)s more exercises without a lesson",
            without,
        )
        found.append(Gap(words % {"number": grouped(without)}, "", ""))
    return found


def _no_exercise(dossier: Dossier) -> list[Gap]:
    last = dossier.figures.last
    if last is not None and last >= years_before(dossier.on, YEARS):
        return []
    url = links.exercises(partner=dossier.partner.code)
    if last is None:
        return [Gap(_("No joint exercise yet"), "", url)]
    return [
        Gap(
            _("No exercise for two years"),
            _("the last one ended %(month)s") % {"month": date_format(last, "M Y")},
            url,
        )
    ]


def _silent_categories(dossier: Dossier) -> list[Gap]:
    code = dossier.partner.code
    if not dossier.lessons.total:
        return [Gap(_("No lesson yet"), "", links.lessons(partner=code))]
    found = []
    for category in Category:
        last = dossier.lessons.last_of(category)
        if last is None:
            small = _("none so far")
        elif last < years_before(dossier.on, YEARS):
            small = _("the last one is of %(month)s") % {"month": date_format(last, "M Y")}
        else:
            continue
        text = _("No lesson on %(category)s for two years") % {"category": category.label.lower()}
        found.append(Gap(text, small, links.lessons(partner=code, category=category)))
    return found


def years_before(day: date, years: int) -> date:
    """The same day ``years`` earlier; 28 February for a leap day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _day(day: date | None) -> str:
    return date_format(day, "j M Y") if day else ""


def _short(title: str) -> str:
    return truncatechars(title, TITLE)
