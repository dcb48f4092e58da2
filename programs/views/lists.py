"""The lists of agreements, programs and exercises, and their rows as files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django.db.models import Count, Prefetch, QuerySet, Value
from django.db.models.functions import Coalesce, Left, Lower
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agencies.models import Partner, User
from pages.cursors import Key, Sort
from pages.export import Column
from pages.listing import Empty, Listing, send, show
from programs.filters import AgreementFilters, ExerciseFilters, ProgramFilters
from programs.models import Activity, Agreement, Exercise, Program
from programs.vocabulary import ExerciseStatus
from records.vocabulary import TLP, Precision

SNIPPET = 320
"""Characters of the summary that fill two lines on the widest page."""
LONG_TEXTS = ("summary", "objectives", "scenario")
Value_ = Callable[[Any, Any], Any]


# --- What a row needs ---------------------------------------------------------------------------


def with_partners(activities: QuerySet, reader: User) -> QuerySet:
    """Rows of a page: partners and the beginning of the summary instead of long texts."""
    names = {field.name for field in activities.model._meta.get_fields()}
    return (
        activities.defer(*names.intersection(LONG_TEXTS))
        .annotate(snippet=Left("summary", SNIPPET))
        .prefetch_related(
            Prefetch("partners", Partner.objects.only("code", "name", "kind", "historical"))
        )
    )


def with_lead(activities: QuerySet, reader: User) -> QuerySet:
    return with_partners(activities, reader).select_related("lead_agency")


def count_lessons(activities: list[Any], reader: User) -> None:
    """Add to each how many current lessons of it the reader may see, by one query for a kind."""
    for model in {type(activity) for activity in activities}:
        name = str(model._meta.model_name)
        lessons: Any = model._meta.get_field("lessons").related_model._default_manager
        numbers = dict(
            lessons.visible_to(reader)
            .current()
            .filter(**{f"{name}__in": [activity.pk for activity in activities]})
            .order_by()
            .values_list(name)
            .annotate(Count("pk"))
        )
        for activity in activities:
            activity.lessons_seen = numbers.get(activity.pk, 0)
            activity.lessons_filter = name


def count_exercise_lessons(exercises: list[Any], reader: User) -> None:
    """``count_lessons``, how exactly the dates are known, and whether an evaluation is due."""
    count_lessons(exercises, reader)
    for exercise in exercises:
        known = {exercise.starts_precision, exercise.ends_precision}
        exercise.precision = next(one for one in reversed(Precision.values) if one in known)
        exercise.evaluation_is_pending = (
            exercise.status == ExerciseStatus.HELD and exercise.evaluated_on is None
        )


def for_file(activities: QuerySet, reader: User) -> QuerySet:
    return activities.select_related("agency").prefetch_related("partners")


def program_file(programs: QuerySet, reader: User) -> QuerySet:
    seen = Prefetch("agreement", Agreement.objects.visible_to(reader))
    return for_file(programs, reader).select_related("lead_agency").prefetch_related(seen)


def exercise_file(exercises: QuerySet, reader: User) -> QuerySet:
    """With what else the reader may see: the program, the agreement, who took part."""
    return program_file(exercises, reader).prefetch_related(
        Prefetch("program", Program.objects.visible_to(reader)),
        "participations__agency",
        "objectives",
    )


# --- Columns of the files -----------------------------------------------------------------------


def text(name: str) -> Value_:
    return lambda activity, reader: getattr(activity, name)


def words(name: str) -> Value_:
    return lambda activity, reader: getattr(activity, f"get_{name}_display")()


def held(name: str) -> Value_:
    """The words of a column that holds several values of a vocabulary."""

    def value(activity: Any, reader: Any) -> list[str]:
        return activity._meta.get_field(name).labels(getattr(activity, name))

    return value


def of(name: str, column: str) -> Value_:
    """A column of another activity, empty where there is none that the reader may see."""
    return lambda activity, reader: getattr(getattr(activity, name), column, "")


FIRST = (
    Column(_("Reference"), text("ref")),
    Column(_("Marking"), words("tlp")),
    Column(_("Handling"), lambda activity, reader: TLP(activity.tlp).audience),
    Column(_("Title"), text("title")),
    Column(
        _("Partner codes"),
        lambda activity, reader: [partner.code for partner in activity.partners.all()],
    ),
    Column(_("Partners"), lambda activity, reader: list(activity.partners.all())),
    Column(_("Status"), words("status")),
)
LAST = (
    Column(_("Recorded by"), lambda activity, reader: activity.agency.name),
    Column(_("Summary"), text("summary")),
)
COST = (Column(_("Cost"), text("cost")), Column(_("Currency"), text("currency")))
UNDER_AGREEMENT = (
    Column(_("Agreement"), of("agreement", "ref")),
    Column(_("Title of the agreement"), of("agreement", "title")),
)
LEAD = Column(_("Lead agency"), lambda activity, reader: activity.lead_agency.name)
LESSONS = Column(_("Lessons"), text("lessons_seen"))

AGREEMENT_COLUMNS = (
    *FIRST,
    Column(_("Type"), words("type")),
    Column(_("Structure"), lambda agreement, reader: agreement.structure.label),
    Column(_("Signed on"), text("signed_on")),
    Column(_("In force since"), text("in_force_on")),
    Column(_("Expires on"), text("expires_on")),
    Column(
        _("Renews by itself"),
        lambda agreement, reader: _("yes") if agreement.tacit_renewal else _("no"),
    ),
    Column(_("Notice period in days"), text("notice_period_days")),
    Column(_("Next review on"), text("next_review_on")),
    Column(_("Instruments"), held("instruments")),
    LESSONS,
    *LAST,
)
PROGRAM_COLUMNS = (
    *FIRST,
    Column(_("Kind"), words("kind")),
    LEAD,
    *UNDER_AGREEMENT,
    Column(_("Starts on"), text("starts_on")),
    Column(_("Ends on"), text("ends_on")),
    Column(_("Delivery"), words("delivery")),
    Column(_("Technology"), held("technology")),
    Column(_("Places"), text("places")),
    Column(_("Enrolled"), text("enrolled")),
    Column(_("Completed the course"), text("completed")),
    *COST,
    LESSONS,
    Column(_("Objectives"), text("objectives")),
    *LAST,
)
EXERCISE_COLUMNS = (
    *FIRST,
    Column(_("Kind"), words("kind")),
    LEAD,
    Column(
        _("Participations"),
        lambda exercise, reader: list(exercise.participations.all()),
    ),
    Column(_("Program"), of("program", "ref")),
    Column(_("Title of the program"), of("program", "title")),
    *UNDER_AGREEMENT,
    Column(_("Starts on"), text("starts_on")),
    Column(_("Start is known to the"), words("starts_precision")),
    Column(_("Ends on"), text("ends_on")),
    Column(_("End is known to the"), words("ends_precision")),
    Column(_("Host country"), lambda exercise, reader: exercise.host_country.name),
    Column(_("Place"), text("place")),
    Column(_("Latitude"), text("latitude")),
    Column(_("Longitude"), text("longitude")),
    Column(_("Threats"), held("threats")),
    Column(_("Technology used"), held("technology")),
    *COST,
    Column(
        _("Objectives"),
        lambda exercise, reader: [
            f"{one.text} ({one.get_rating_display()})" if one.rating else one.text
            for one in exercise.objectives.all()
        ],
    ),
    Column(_("Hot wash on"), text("hot_wash_on")),
    Column(_("After-action meeting on"), text("after_action_on")),
    Column(_("Evaluated on"), text("evaluated_on")),
    LESSONS,
    Column(_("Scenario"), text("scenario")),
    *LAST,
)


# --- The lists ----------------------------------------------------------------------------------


def sorts(dated: str) -> tuple[Sort, ...]:
    """Newest (the usual one), oldest and by title; ``dated`` is the date of newest."""
    folded = {"folded_title": Lower("title")}
    return (
        Sort("newest", _("Newest first"), (Key(dated, date, descending=True),)),
        Sort("oldest", _("Oldest first"), (Key(dated, date),)),
        Sort("title", _("By title"), (Key("folded_title", str),), folded),
    )


NEXT_REVIEW = Sort(
    "review",
    _("Next review first"),
    (Key("review_key", date),),
    {"review_key": Coalesce("next_review_on", Value(date.max))},
)


def agreements_counted(number: int) -> str:
    return ngettext("%(number)s agreement", "%(number)s agreements", number) % grouped(number)


def programs_counted(number: int) -> str:
    return ngettext("%(number)s program", "%(number)s programs", number) % grouped(number)


def exercises_counted(number: int) -> str:
    return ngettext("%(number)s exercise", "%(number)s exercises", number) % grouped(number)


def grouped(number: int) -> dict[str, str]:
    return {"number": number_format(number, force_grouping=True)}


AGREEMENTS = Listing(
    title=_("Agreements"),
    counted=agreements_counted,
    address="programs:agreements",
    file_address="programs:agreement_export",
    file_name="agreements",
    template="programs/agreements.html",
    row="programs/_agreement_row.html",
    filters=AgreementFilters,
    sorts=(*sorts("dated_on"), NEXT_REVIEW),
    columns=AGREEMENT_COLUMNS,
    empty=Empty(
        _("No agreement is here yet"),
        _("Record the texts that cooperation rests on: treaties, memoranda, arrangements."),
        "programs:agreement_new",
        _("Record an agreement"),
    ),
    prepare=with_partners,
    prepare_file=for_file,
    finish=count_lessons,
)
PROGRAMS = Listing(
    title=_("Programs"),
    counted=programs_counted,
    address="programs:programs",
    file_address="programs:program_export",
    file_name="programs",
    template="programs/programs.html",
    row="programs/_program_row.html",
    filters=ProgramFilters,
    sorts=sorts("dated_on"),
    columns=PROGRAM_COLUMNS,
    empty=Empty(
        _("No program is here yet"),
        _("Record training, capacity-building, technology and information-sharing programs."),
        "programs:program_new",
        _("Record a program"),
    ),
    prepare=with_lead,
    prepare_file=program_file,
    finish=count_lessons,
)
EXERCISES = Listing(
    title=_("Exercises"),
    counted=exercises_counted,
    address="programs:exercises",
    file_address="programs:exercise_export",
    file_name="exercises",
    template="programs/exercises.html",
    row="programs/_exercise_row.html",
    filters=ExerciseFilters,
    sorts=sorts("starts_on"),
    columns=EXERCISE_COLUMNS,
    empty=Empty(
        _("No exercise is here yet"),
        _("Record exercises, joint operations and patrols; lessons then say where they come from."),
        "programs:exercise_new",
        _("Record an exercise"),
    ),
    prepare=with_lead,
    prepare_file=exercise_file,
    finish=count_exercise_lessons,
)


def shown(request: HttpRequest, listing: Listing, model: type[Activity]) -> HttpResponse:
    return show(request, listing, model.objects.visible_to(cast(User, request.user)))


def sent(request: HttpRequest, listing: Listing, model: type[Activity]) -> HttpResponseBase:
    return send(request, listing, model.objects.visible_to(cast(User, request.user)).exportable())


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    return shown(request, AGREEMENTS, Agreement)


@require_safe
def agreement_export(request: HttpRequest) -> HttpResponseBase:
    return sent(request, AGREEMENTS, Agreement)


@require_safe
def programs(request: HttpRequest) -> HttpResponse:
    return shown(request, PROGRAMS, Program)


@require_safe
def program_export(request: HttpRequest) -> HttpResponseBase:
    return sent(request, PROGRAMS, Program)


@require_safe
def exercises(request: HttpRequest) -> HttpResponse:
    return shown(request, EXERCISES, Exercise)


@require_safe
def exercise_export(request: HttpRequest) -> HttpResponseBase:
    return sent(request, EXERCISES, Exercise)
