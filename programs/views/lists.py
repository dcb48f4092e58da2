"""The lists of agreements, programs and exercises, and their rows as files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, cast

from django.db.models import Count, F, Prefetch, QuerySet, TextChoices, Value
from django.db.models.functions import Coalesce, Left, Lower
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_countries import countries

from agencies.models import Partner, User
from pages.among import Among
from pages.cursors import Key, Sort
from pages.export import Column, Related, linked, part, words, words_of_each
from pages.listing import Empty, Listing, send, show
from programs.filters import AgreementFilters, ExerciseFilters, ProgramFilters
from programs.finding import finding
from programs.models import (
    Activity,
    Agreement,
    Exercise,
    Objective,
    Participation,
    Program,
    structure_of,
)
from programs.search import AGREEMENT_TEXT, EXERCISE_TEXT, PROGRAM_TEXT
from programs.vocabulary import (
    AgreementStatus,
    AgreementType,
    Delivery,
    ExerciseKind,
    ExerciseStatus,
    Instrument,
    ParticipationRole,
    ProgramKind,
    ProgramStatus,
    Rating,
)
from records.exports import export
from records.named import names_typed
from records.search import RELEVANT
from records.vocabulary import TLP, TLP_AUDIENCES, Precision, Technology, Threat

SNIPPET = 320
"""Characters of the summary that fill two lines on the widest page."""
LONG_TEXTS = ("summary", "objectives", "scenario")


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


def numbers_of_lessons(
    model: type[Activity], keys: Collection[int], reader: User
) -> dict[int, int]:
    """Activity → how many current lessons of it the reader may see; none is left out."""
    meta: Any = model._meta
    name = str(meta.model_name)
    lessons: Any = meta.get_field("lessons").related_model._default_manager
    seen = lessons.visible_to(reader).current().order_by()
    rows = seen.filter(**{f"{name}__in": keys}).values_list(name).annotate(Count("pk"))
    if model is Program:
        # Those of its exercises too, as far as the reader may see them.
        exercises = Exercise.objects.visible_to(reader).filter(program__in=keys)
        through = seen.filter(exercise__in=exercises.values("pk"))
        through = through.exclude(program=F("exercise__program"))
        rows = rows.union(through.values_list("exercise__program").annotate(Count("pk")), all=True)
    found: Counter[int] = Counter()
    for key, number in rows:
        found[key] += number
    return dict(found)


def count_lessons(activities: list[Any], reader: User) -> None:
    """Add to each how many current lessons of it the reader may see, by one query for a kind."""
    for model in {type(activity) for activity in activities}:
        name = str(model._meta.model_name)
        numbers = numbers_of_lessons(model, [activity.pk for activity in activities], reader)
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


# --- Columns of the files -----------------------------------------------------------------------


def known_partners(reader: User) -> dict[int, tuple[str, str]]:
    """Code and name of every partner, by name."""
    return {partner.pk: (partner.code, partner.label) for partner in Partner.objects.all()}


def seen(model: type[Activity], path: str) -> Related:
    """Reference and title of the activities that the reader may see, nothing for the others."""

    def prepare(reader: User) -> Callable[[set[Any]], Mapping[Any, Any]]:
        rows = model.objects.visible_to(reader).order_by().values_list("pk", "ref", "title")

        def of(keys: set[Any]) -> Mapping[Any, Any]:
            found = rows.filter(Among(F("pk"), list(keys)))
            return {pk: (ref, title) for pk, ref, title in found}

        return of

    return Related(path, prepare, (None, None))


def several(
    rows: QuerySet, near: str, *paths: str, each: Callable[[Any], Callable[..., str]]
) -> Related:
    """Words for every row of ``rows`` that belongs to a record, in their order."""

    def prepare(reader: User) -> Callable[[set[Any]], Mapping[Any, Any]]:
        worded = each(reader)

        def of(keys: set[Any]) -> Mapping[Any, Any]:
            by_record: defaultdict[Any, list[str]] = defaultdict(list)
            found = rows.filter(Among(F(near), list(keys))).order_by("pk")
            for record, *values in found.values_list(near, *paths):
                by_record[record].append(worded(*values))
            return by_record

        return of

    return Related("pk", prepare, [])


def lessons_seen(model: type[Activity]) -> Related:
    return Related("pk", lambda reader: lambda keys: numbers_of_lessons(model, keys, reader), 0)


def role_of(reader: User) -> Callable[..., str]:
    known = words(ParticipationRole.choices)(reader)
    return lambda agency, role: f"{agency} ({known(role)})"


def rated(reader: User) -> Callable[..., str]:
    known = words(Rating.choices)(reader)
    return lambda text, rating: f"{text} ({known(rating)})" if rating else text


def structure(reader: User) -> Callable[..., str]:
    return lambda stated, partners: str(structure_of(stated, lambda: len(partners)).label)


def country(reader: User) -> Callable[..., str]:
    return lambda code: str(countries.name(code)) if code else ""


def first(partners: Related, status: type[TextChoices]) -> tuple[Column, ...]:
    return (
        Column("ref", _("Reference")),
        Column("marking", _("Marking"), ("tlp",), words(TLP.choices)),
        Column("handling", _("Handling"), ("tlp",), words(TLP_AUDIENCES.items())),
        Column("title", _("Title")),
        Column("partner_codes", _("Partner codes"), (partners,), part(0)),
        Column("partners", _("Partners"), (partners,), part(1)),
        Column("status", _("Status"), (), words(status.choices)),
    )


def partners_of(model: Any) -> Related:
    name = model._meta.model_name
    return linked(model.partners.through, f"{name}_id", "partner_id", known_partners)


LAST = (
    Column("agency", _("Recorded by"), ("agency__name",)),
    Column("summary", _("Summary")),
)
COST = (Column("cost", _("Cost")), Column("currency", _("Currency")))
AGREEMENT = seen(Agreement, "agreement_id")
UNDER_AGREEMENT = (
    Column("agreement", _("Agreement"), (AGREEMENT,), part(0)),
    Column("agreement_title", _("Title of the agreement"), (AGREEMENT,), part(1)),
)
PROGRAM = seen(Program, "program_id")
LEAD = Column("lead_agency", _("Lead agency"), ("lead_agency__name",))


def lessons(model: type[Activity]) -> Column:
    return Column("lessons", _("Lessons"), (lessons_seen(model),))


PARTIES = partners_of(Agreement)
AGREEMENT_COLUMNS = (
    *first(PARTIES, AgreementStatus),
    Column("type", _("Type"), (), words(AgreementType.choices)),
    Column("structure", _("Structure"), ("stated_structure", PARTIES), structure),
    Column("signed_on", _("Signed on")),
    Column("in_force_on", _("In force since")),
    Column("expires_on", _("Expires on")),
    Column(
        "renews_by_itself",
        _("Renews by itself"),
        ("tacit_renewal",),
        words([(True, _("yes")), (False, _("no"))]),
    ),
    Column("notice_period_days", _("Notice period in days")),
    Column("next_review_on", _("Next review on")),
    Column("instruments", _("Instruments"), (), words_of_each(Instrument.choices)),
    lessons(Agreement),
    *LAST,
)
PROGRAM_COLUMNS = (
    *first(partners_of(Program), ProgramStatus),
    Column("kind", _("Kind"), (), words(ProgramKind.choices)),
    LEAD,
    *UNDER_AGREEMENT,
    Column("starts_on", _("Starts on")),
    Column("ends_on", _("Ends on")),
    Column("delivery", _("Delivery"), (), words(Delivery.choices)),
    Column("technology", _("Technology"), (), words_of_each(Technology.choices)),
    Column("places", _("Places")),
    Column("enrolled", _("Enrolled")),
    Column("completed", _("Completed the course")),
    *COST,
    lessons(Program),
    Column("objectives", _("Objectives")),
    *LAST,
)
EXERCISE_COLUMNS = (
    *first(partners_of(Exercise), ExerciseStatus),
    Column("kind", _("Kind"), (), words(ExerciseKind.choices)),
    LEAD,
    Column(
        "participations",
        _("Participations"),
        (
            several(
                Participation.objects.all(), "exercise_id", "agency__name", "role", each=role_of
            ),
        ),
    ),
    Column("program", _("Program"), (PROGRAM,), part(0)),
    Column("program_title", _("Title of the program"), (PROGRAM,), part(1)),
    *UNDER_AGREEMENT,
    Column("starts_on", _("Starts on")),
    Column("starts_precision", _("Start is known to the"), (), words(Precision.choices)),
    Column("ends_on", _("Ends on")),
    Column("ends_precision", _("End is known to the"), (), words(Precision.choices)),
    Column("host_country", _("Host country"), (), country),
    Column("place", _("Place")),
    Column("latitude", _("Latitude")),
    Column("longitude", _("Longitude")),
    Column("threats", _("Threats"), (), words_of_each(Threat.choices)),
    Column("technology", _("Technology used"), (), words_of_each(Technology.choices)),
    *COST,
    Column(
        "objectives",
        _("Objectives"),
        (several(Objective.objects.all(), "exercise_id", "text", "rating", each=rated),),
    ),
    Column("hot_wash_on", _("Hot wash on")),
    Column("after_action_on", _("After-action meeting on")),
    Column("evaluated_on", _("Evaluated on")),
    lessons(Exercise),
    Column("scenario", _("Scenario")),
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
    finder=finding(AGREEMENT_TEXT, sorts("dated_on")[0], with_partners, count_lessons),
    relevance=RELEVANT,
    offered=names_typed,
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
    finder=finding(PROGRAM_TEXT, sorts("dated_on")[0], with_lead, count_lessons),
    relevance=RELEVANT,
    offered=names_typed,
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
    finder=finding(EXERCISE_TEXT, sorts("starts_on")[0], with_lead, count_exercise_lessons),
    relevance=RELEVANT,
    offered=names_typed,
)


def shown(request: HttpRequest, listing: Listing, model: type[Activity]) -> HttpResponse:
    return show(request, listing, model.objects.visible_to(cast(User, request.user)))


def sent(request: HttpRequest, listing: Listing, model: type[Activity]) -> HttpResponseBase:
    return send(request, listing, model.objects.visible_to(cast(User, request.user)), export)


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
