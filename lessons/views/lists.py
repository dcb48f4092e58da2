"""The list of lessons, and its rows as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, cast

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Left, Lower
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agencies.models import Partner, User
from lessons.filters import LessonFilters
from lessons.finding import RELEVANCE
from lessons.models import NEVER, Action, Lesson, Theme
from lessons.vocabulary import Priority
from pages.cursors import Key, Sort
from pages.export import Column
from pages.listing import Empty, Listing, send, show, show_facet
from programs.models import Activity, Agreement, Exercise, Program
from records.vocabulary import TLP, Threat

ACTIVITIES: dict[str, type[Activity]] = {
    "exercise": Exercise,
    "program": Program,
    "agreement": Agreement,
}
SNIPPET = 320
"""Characters of the observation that fill two lines on the widest page."""


def counted(number: int) -> str:
    return ngettext("%(number)s lesson", "%(number)s lessons", number) % {
        "number": number_format(number, force_grouping=True)
    }


def number_of(actions: QuerySet) -> QuerySet:
    """The number of actions of one lesson, as a subquery; no row where there is none."""
    return actions.values("lessons").annotate(n=Count("pk")).values("n")


def for_page(lessons: QuerySet, reader: User) -> QuerySet:
    """What one row shows, without the long texts; see ``forget_hidden``."""
    actions = Action.objects.filter(lessons=OuterRef("pk")).order_by()
    seen = {
        f"{name}_is_seen": Exists(model.objects.visible_to(reader).filter(pk=OuterRef(name)))
        for name, model in ACTIVITIES.items()
    }
    return (
        lessons.select_related(*ACTIVITIES)
        .only(
            *("ref", "title", "kind", "category", "priority", "status", "tlp", "place"),
            *("occurred_on", "occurred_precision", "dated_on", "review_due_on"),
            *(f"{name}__{column}" for name in ACTIVITIES for column in ("ref", "title")),
        )
        .annotate(
            snippet=Left("observation", SNIPPET),
            actions_all=Subquery(number_of(actions)),
            actions_open=Subquery(number_of(actions.open())),
            action_due_on=Subquery(
                actions.unfinished().values("lessons").annotate(d=Min("due_on")).values("d")
            ),
            **seen,
        )
        .prefetch_related(
            Prefetch("partners", Partner.objects.only("code", "name", "kind", "historical")),
            Prefetch("themes", Theme.objects.only("name")),
        )
    )


def forget_hidden(lessons: list[Any], reader: User) -> None:
    """Take away the activities that the reader may not see; ``activity`` is the closest other."""
    for lesson in lessons:
        for name in ACTIVITIES:
            if not getattr(lesson, f"{name}_is_seen", True):
                Lesson._meta.get_field(name).set_cached_value(lesson, None)  # type: ignore[union-attr]
        lesson.activity = lesson.exercise or lesson.program or lesson.agreement


def for_file(lessons: QuerySet, reader: User) -> QuerySet:
    """What one row of the file needs, hidden activities as nothing."""
    rows: Any = lessons.select_related("agency", "originator").prefetch_related(
        "partners", "themes"
    )
    return cast(QuerySet, rows.with_activities_for(reader))


def words(name: str) -> Callable[[Any, Any], Any]:
    return lambda lesson, reader: getattr(lesson, f"get_{name}_display")()


def of_activity(name: str, column: str) -> Callable[[Any, Any], Any]:
    """A column of an activity, empty where there is none that the reader may see."""
    return lambda lesson, reader: getattr(getattr(lesson, name), column, "")


def threats(lesson: Any, reader: Any) -> list[str]:
    known = dict(Threat.choices)
    return [str(known.get(threat, threat)) for threat in lesson.threats]


COLUMNS = (
    Column(_("Reference"), lambda lesson, reader: lesson.ref),
    Column(_("Marking"), words("tlp")),
    Column(_("Handling"), lambda lesson, reader: TLP(lesson.tlp).audience),
    Column(_("Point"), lambda lesson, reader: lesson.title),
    Column(_("Kind"), words("kind")),
    Column(_("Category"), words("category")),
    Column(_("Themes"), lambda lesson, reader: list(lesson.themes.all())),
    Column(_("Partner codes"), lambda lesson, reader: [one.code for one in lesson.partners.all()]),
    Column(_("Partners"), lambda lesson, reader: list(lesson.partners.all())),
    Column(_("Status"), words("status")),
    Column(_("Priority"), words("priority")),
    Column(_("Agency"), lambda lesson, reader: lesson.agency.name),
    Column(_("Originator"), lambda lesson, reader: lesson.name_for(reader)),
    Column(_("Date"), lambda lesson, reader: lesson.dated_on),
    Column(_("When it happened"), lambda lesson, reader: lesson.occurred_on),
    Column(
        _("Date is known to the"),
        lambda lesson, reader: (
            lesson.get_occurred_precision_display() if lesson.occurred_on else ""
        ),
    ),
    Column(_("Where it happened"), lambda lesson, reader: lesson.place),
    Column(_("Exercise"), of_activity("exercise", "ref")),
    Column(_("Title of the exercise"), of_activity("exercise", "title")),
    Column(_("Program"), of_activity("program", "ref")),
    Column(_("Title of the program"), of_activity("program", "title")),
    Column(_("Agreement"), of_activity("agreement", "ref")),
    Column(_("Title of the agreement"), of_activity("agreement", "title")),
    Column(_("Observation"), lambda lesson, reader: lesson.observation),
    Column(_("Discussion"), lambda lesson, reader: lesson.discussion),
    Column(_("Conclusion"), lambda lesson, reader: lesson.conclusion),
    Column(_("Recommendation"), lambda lesson, reader: lesson.recommendation),
    Column(_("Applies when"), lambda lesson, reader: lesson.applies_when),
    Column(_("Does not apply when"), lambda lesson, reader: lesson.does_not_apply_when),
    Column(_("Threats"), threats),
    Column(_("Written in"), words("language")),
    Column(_("Submitted on"), lambda lesson, reader: lesson.submitted_on),
    Column(_("Published on"), lambda lesson, reader: day_of(lesson, lesson.published_at)),
    Column(_("Learned on"), lambda lesson, reader: day_of(lesson, lesson.learned_at)),
)


def day_of(lesson: Lesson, at: datetime | None) -> date | None:
    """The calendar day of a moment where the agency of the lesson is."""
    return lesson.agency.local_date(at) if at else None


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
RELEVANT = Sort(RELEVANCE, _("Most relevant first"), (Key("position", int),))
"""While words are searched for; see ``lessons.finding``."""

LESSONS = Listing(
    title=_("Lessons"),
    counted=counted,
    address="lessons:lessons",
    file_address="lessons:export",
    file_name="lessons",
    template="lessons/lessons.html",
    row="lessons/_lesson_row.html",
    filters=LessonFilters,
    sorts=(NEWEST, OLDEST, TITLE, PRIORITY, REVIEW),
    relevance=RELEVANT,
    columns=COLUMNS,
    empty=Empty(
        _("No lesson is here yet"),
        _("Log what worked or went wrong in a joint activity: three fields, under two minutes."),
        "lessons:new",
        _("Log a lesson"),
    ),
    prepare=for_page,
    prepare_file=for_file,
    finish=forget_hidden,
    finder=lambda filters: filters.finder,
    facet_address="lessons:facet",
)


@require_safe
def lessons(request: HttpRequest) -> HttpResponse:
    return show(request, LESSONS, Lesson.objects.visible_to(cast(User, request.user)))


@require_safe
def facet(request: HttpRequest, name: str) -> HttpResponse:
    """All values of a filter, with how many lessons each would find."""
    return show_facet(request, LESSONS, Lesson.objects.visible_to(cast(User, request.user)), name)


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    return send(request, LESSONS, Lesson.objects.visible_to(cast(User, request.user)).exportable())
