"""Numbers and days in words, for the sentences that sum a page up."""

from __future__ import annotations

from datetime import date

from django.contrib.humanize.templatetags.humanize import apnumber
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
