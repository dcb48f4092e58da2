"""The list of lessons, and its rows as a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    IntegerField,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from pyroaring import BitMap

from agencies.models import User
from lessons.facets import INDEX
from lessons.filters import LessonFilters
from lessons.finding import NEVER
from lessons.models import Called, Lesson, Theme, author_called
from lessons.vocabulary import LANGUAGES, Category, Kind, Priority, Status
from pages.cursors import Key, Sort
from pages.export import Column, Related, part, words, words_of_each
from pages.filters import Later
from pages.listing import Empty, Listing, send, show, show_facet
from programs.models import Activity, Agreement, Exercise, Program
from programs.views.lists import known_partners, seen
from records.exports import export as exported
from records.named import names_typed
from records.search import RELEVANT
from records.vocabulary import TLP, TLP_AUDIENCES, Precision, Threat

ACTIVITIES: dict[str, type[Activity]] = {
    "exercise": Exercise,
    "program": Program,
    "agreement": Agreement,
}


def counted(number: int) -> str:
    return ngettext("%(number)s lesson", "%(number)s lessons", number) % {
        "number": number_format(number, force_grouping=True)
    }


def known_themes(reader: User) -> dict[int, str]:
    return {theme.pk: str(theme) for theme in Theme.objects.all()}


def observer(reader: User) -> Callable[..., str]:
    """The originator as the reader may know them; see ``Lesson.name_for``."""

    def named(
        person: int | None, name: str | None, attribution: str, agency: int, agency_name: str
    ) -> str:
        called = author_called(reader, person, attribution, agency)
        if called is Called.PERSON:
            return str(name)
        return agency_name if called is Called.AGENCY else gettext("Not attributed")

    return named


def day_there(reader: User) -> Callable[..., date | None]:
    """The calendar day of a moment in the time zone of the agency."""

    def day(at: datetime | None, zone: str) -> date | None:
        return at.astimezone(ZoneInfo(zone)).date() if at else None

    return day


def precision(reader: User) -> Callable[..., str]:
    known = words(Precision.choices)(reader)
    return lambda day, precision: known(precision) if day else ""


def tags(facet: str, known: Callable[[User], Mapping[int, Any]]) -> Related:
    """What lessons are tagged with, in the order of ``known``, which is read once a file."""

    def prepare(reader: User) -> Callable[[set[int]], Mapping[int, Any]]:
        told = known(reader)

        def of(keys: set[int]) -> Mapping[int, Any]:
            lessons = INDEX.current().of("lesson", facet)
            block, found = BitMap(keys), defaultdict[int, list[Any]](list)
            for key, value in told.items():
                for pk in lessons.get(key, BitMap()) & block:
                    found[pk].append(value)
            return found

        return of

    return Related("pk", prepare, [])


PARTNERS = tags("partner", known_partners)
THEMES = tags("theme", known_themes)
EXERCISE, PROGRAM, AGREEMENT = (seen(model, f"{name}_id") for name, model in ACTIVITIES.items())
COLUMNS = (
    Column("ref", _("Reference")),
    Column("marking", _("Marking"), ("tlp",), words(TLP.choices)),
    Column("handling", _("Handling"), ("tlp",), words(TLP_AUDIENCES.items())),
    Column("title", _("Point")),
    Column("kind", _("Kind"), (), words(Kind.choices)),
    Column("category", _("Category"), (), words(Category.choices)),
    Column("themes", _("Themes"), (THEMES,)),
    Column("partner_codes", _("Partner codes"), (PARTNERS,), part(0)),
    Column("partners", _("Partners"), (PARTNERS,), part(1)),
    Column("status", _("Status"), (), words(Status.choices)),
    Column("priority", _("Priority"), (), words(Priority.choices)),
    Column("agency", _("Agency"), ("agency__name",)),
    Column(
        "originator",
        _("Originator"),
        ("originator_id", "originator__name", "attribution", "agency_id", "agency__name"),
        observer,
    ),
    Column("date", _("Date"), ("dated_on",)),
    Column("occurred_on", _("When it happened")),
    Column(
        "occurred_precision",
        _("Date is known to the"),
        ("occurred_on", "occurred_precision"),
        precision,
    ),
    Column("place", _("Where it happened")),
    Column("exercise", _("Exercise"), (EXERCISE,), part(0)),
    Column("exercise_title", _("Title of the exercise"), (EXERCISE,), part(1)),
    Column("program", _("Program"), (PROGRAM,), part(0)),
    Column("program_title", _("Title of the program"), (PROGRAM,), part(1)),
    Column("agreement", _("Agreement"), (AGREEMENT,), part(0)),
    Column("agreement_title", _("Title of the agreement"), (AGREEMENT,), part(1)),
    Column("observation", _("Observation")),
    Column("discussion", _("Discussion")),
    Column("conclusion", _("Conclusion")),
    Column("recommendation", _("Recommendation")),
    Column("applies_when", _("Applies when")),
    Column("does_not_apply_when", _("Does not apply when")),
    Column("threats", _("Threats"), (), words_of_each(Threat.choices)),
    Column("language", _("Written in"), (), words(LANGUAGES)),
    Column("submitted_on", _("Submitted on")),
    Column("published_on", _("Published on"), ("published_at", "agency__time_zone"), day_there),
    Column("learned_on", _("Learned on"), ("learned_at", "agency__time_zone"), day_there),
)

NEWEST = Sort("newest", _("Newest first"), (Key("dated_on", date, descending=True),))
OLDEST = Sort("oldest", _("Oldest first"), (Key("dated_on", date),))
TITLE = Sort("title", _("By title"), (Key("folded_title", str),), {"folded_title": Lower("title")})
PRIORITY = Sort(
    "priority",
    _("Urgent first"),
    (Key("rank", int), Key("dated_on", date, descending=True)),
    {
        "rank": Case(
            When(priority=Priority.URGENT, then=Value(0)),
            When(priority=Priority.CAUTION, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    },
)
REVIEW = Sort(
    "review",
    _("Review due first"),
    (Key("review_by", date),),
    {"review_by": Coalesce("review_due_on", Value(NEVER))},
)

LESSONS = Listing(
    title=_("Lessons"),
    counted=counted,
    address="lessons:lessons",
    file_address="lessons:export",
    file_name="lessons",
    template="lessons/lessons.html",
    filters=LessonFilters,
    sorts=(NEWEST, OLDEST, TITLE, PRIORITY, REVIEW),
    relevance=RELEVANT,
    offered=names_typed,
    columns=COLUMNS,
    empty=Empty(
        _("No lesson is here yet"),
        _("Log what worked or went wrong in a joint activity: three fields, under two minutes."),
        "lessons:new",
        _("Log a lesson"),
    ),
    finder=lambda filters: filters.finder,
    facet_address="lessons:facet",
    left_out=_("Superseded and archived lessons are found when you choose them under Status."),
)


def seen_by(reader: User) -> QuerySet:
    return cast(QuerySet, Later(Lesson, lambda: Lesson.objects.visible_to(reader)))


@require_safe
def lessons(request: HttpRequest) -> HttpResponse:
    return show(request, LESSONS, seen_by(cast(User, request.user)))


@require_safe
def facet(request: HttpRequest, name: str) -> HttpResponse:
    """All values of a filter, with how many lessons each would find."""
    return show_facet(request, LESSONS, seen_by(cast(User, request.user)), name)


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    response = send(request, LESSONS, seen_by(cast(User, request.user)), exported)
    # The request lives as long as the download, and must not hold on to sets of days ago.
    request.__dict__.pop("reading", None)
    return response
