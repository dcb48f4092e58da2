"""Numbers and days in words, for the sentences that sum a page up."""

from __future__ import annotations

from datetime import date

from django.contrib.humanize.templatetags.humanize import apnumber
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lessons.vocabulary import Category
from pages.numbers import grouped
from records.vocabulary import Precision

DIGITS_FROM = 10
WEEK, MONTH, YEAR = 7, 30, 365
WEEKS_FROM, MONTHS_FROM, YEARS_FROM = 14, 70, 730
"""From how many days on one speaks of weeks, of months and of years."""


def worded(number: int) -> str:
    """``nine``, but ``10``: small numbers read better as words."""
    return grouped(number) if number >= DIGITS_FROM else str(apnumber(number))


def sentence(text: str) -> str:
    """``text`` with a capital at its start."""
    return text[:1].upper() + text[1:]


def ago(day: date, on: date, precision: str = Precision.DAY) -> str:
    """How long before ``on`` the ``day`` was: ``six weeks ago``, or ``in October 2026``.

    A day known only to the month or the year is named, not measured.
    """
    if precision == Precision.MONTH:
        return _("in %(month)s") % {"month": date_format(day, "F Y")}
    if precision == Precision.YEAR:
        return _("in %(year)s") % {"year": day.year}
    days = (on - day).days
    if days <= 0:
        return _("today")
    if days < WEEKS_FROM:
        return ngettext("%(number)s day ago", "%(number)s days ago", days) % numbered(days)
    if days < MONTHS_FROM:
        weeks = days // WEEK
        return ngettext("%(number)s week ago", "%(number)s weeks ago", weeks) % numbered(weeks)
    if days < YEARS_FROM:
        months = days // MONTH
        return ngettext("%(number)s month ago", "%(number)s months ago", months) % numbered(months)
    years = days // YEAR
    return ngettext("%(number)s year ago", "%(number)s years ago", years) % numbered(years)


def numbered(number: int) -> dict[str, str]:
    """What ``%(number)s`` stands for in a text that counts ``number`` things."""
    return {"number": worded(number)}


def agreements_in_force(number: int) -> str:
    if not number:
        return _("No agreement in force is recorded.")
    return ngettext(
        "Cooperation rests on %(number)s agreement in force.",
        "Cooperation rests on %(number)s agreements in force.",
        number,
    ) % numbered(number)


def lessons(number: int) -> str:
    if not number:
        return _("no lesson yet")
    return ngettext("%(number)s lesson", "%(number)s lessons", number) % numbered(number)


def lessons_learned(total: int, learned: int) -> str:
    """How many lessons there are, and of how many the change was confirmed."""
    if not total:
        return _("No lesson is recorded yet.")
    recorded = ngettext(
        "%(number)s lesson is recorded", "%(number)s lessons are recorded", total
    ) % numbered(total)
    if not learned:
        words = _("none is learned yet")
    else:
        words = ngettext("%(number)s is learned", "%(number)s are learned", learned) % numbered(
            learned
        )
    return sentence(_("%(recorded)s, %(learned)s.") % {"recorded": recorded, "learned": words})


def done_in(when: str, exercises: int, programs: int) -> str:
    """``In 2025: four exercises and two programs.``"""
    parts = []
    if exercises:
        parts.append(
            ngettext("%(number)s exercise", "%(number)s exercises", exercises) % numbered(exercises)
        )
    if programs:
        parts.append(
            ngettext("%(number)s program", "%(number)s programs", programs) % numbered(programs)
        )
    words = _(" and ").join(parts) or _("no exercise and no program")
    return _("%(when)s: %(what)s.") % {"when": when, "what": words}


def exercises_held(number: int, since: int | None, last: str, lessons_of_last: str) -> str:
    """``last`` says when the latest one ended, ``lessons_of_last`` how many lessons it has."""
    if not number:
        return _("No joint exercise has been held yet.")
    if number == 1:
        return _("One joint exercise was held; it ended %(ago)s and has %(lessons)s.") % {
            "ago": last,
            "lessons": lessons_of_last,
        }
    words = ngettext(
        "%(number)s joint exercise since %(year)s; the last one ended %(ago)s and has %(lessons)s.",
        "%(number)s joint exercises since %(year)s; the last one ended %(ago)s and has %(lessons)s.",
        number,
    )
    parts = {**numbered(number), "year": since, "ago": last, "lessons": lessons_of_last}
    return sentence(words % parts)


def reviews_overdue(number: int) -> str:
    if not number:
        return ""
    words = ngettext(
        "%(number)s agreement review is overdue.",
        "%(number)s agreement reviews are overdue.",
        number,
    )
    return sentence(words % numbered(number))


def evaluations_overdue(number: int) -> str:
    if not number:
        return ""
    words = ngettext(
        "%(number)s evaluation is overdue.", "%(number)s evaluations are overdue.", number
    )
    return sentence(words % numbered(number))


def actions_overdue(number: int) -> str:
    if not number:
        return ""
    words = ngettext("%(number)s action is overdue.", "%(number)s actions are overdue.", number)
    return sentence(words % numbered(number))


def agreements_ended(number: int) -> str:
    if not number:
        return ""
    words = ngettext(
        "%(number)s agreement is past its end.", "%(number)s agreements are past their end.", number
    )
    return sentence(words % numbered(number))


def held_without_lesson(number: int) -> str:
    if not number:
        return ""
    words = ngettext(
        "%(number)s activity was held and brought no lesson.",
        "%(number)s activities were held and brought no lesson.",
        number,
    )
    return sentence(words % numbered(number))


def categories_without_exercise(categories: list[str]) -> str:
    """``categories`` without an exercise for 24 months; an empty one stands for all of them."""
    if not categories:
        return ""
    if "" in categories:
        return _("No exercise was held for 24 months.")
    named = ", ".join(str(Category(one).label).lower() for one in categories)
    return _("For 24 months no exercise brought a lesson on %(categories)s.") % {
        "categories": named
    }


def on_day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""
