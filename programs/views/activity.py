"""The pages of one agreement, one program and one exercise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_countries import countries

from agencies.models import Agency, User
from agencies.requests import signed_in
from programs.evaluating import may_evaluate, told
from programs.models import Activity, Agreement, Exercise, Objective, Participation, Program
from programs.vocabulary import ExerciseStatus
from records.fields import ChoicesField
from records.panels import files_of
from records.vocabulary import TLP

SHOWN = 8
"""Rows of a panel; the list behind it has the rest."""
AGENCIES_NAMED = 4
"""More agencies than this are counted, not named, in one sentence."""
Fact = tuple[str | Promise, Any]


@dataclass(frozen=True)
class Related:
    """Records that belong to this one, newest first, and the list that has them all."""

    rows: list[Any]
    total: int
    url: str

    @classmethod
    def of(cls, found: QuerySet[Any], list_name: str, **of: str) -> Related:
        url = f"{reverse(list_name)}?{urlencode(of)}"
        return cls(list(found[:SHOWN]), found.count(), url)

    @property
    def more(self) -> bool:
        return self.total > len(self.rows)


def fetch(model: type[Activity], user: User, ref: str, *relations: Any) -> Any:
    """The record ``ref`` with what every page shows; 404 where ``user`` may not see it."""
    found = (
        model.objects.visible_to(user)
        .select_related("agency")
        .prefetch_related("partners", "released_to", "red_recipients", *relations)
    )
    return get_object_or_404(found, ref=ref)


def visible(name: str, model: type[Activity], user: User) -> Prefetch[Any]:
    """A linked activity, fetched as ``None`` where the reader may not see it."""
    return Prefetch(name, model.objects.visible_to(user))


def context_of(record: Any, user: User, *, read_by: list[Agency]) -> dict[str, Any]:
    """What the pages of all activities show."""
    may_edit = record.is_editable_by(user)
    name = record._meta.model_name
    return {
        "record": record,
        "audience": who_reads(record, read_by),
        "may_edit": may_edit,
        "edit_url": reverse(f"programs:{name}_edit", args=[record.ref]),
        "list_url": reverse(f"programs:{name}s"),
        "kinds": capfirst(str(record._meta.verbose_name_plural)),
        "log_url": f"{reverse('lessons:new')}?{name}={record.ref}" if user.may_record else "",
        "lessons": lessons_of(record, user),
        **files_of(record, may_edit=may_edit),
    }


def who_reads(record: Activity, agencies: list[Agency]) -> str:
    """One sentence on who can read ``record``; ``agencies`` are those it is released to."""
    if record.tlp == TLP.CLEAR:
        return _("Anyone signed in can read this")
    if record.tlp == TLP.GREEN:
        return _("Every member of every agency can read this")
    if record.tlp == TLP.RED:
        number = len({record.created_by_id, *(p.pk for p in record.red_recipients.all())})
        return ngettext(
            "Only %(number)d person, named one by one, can read this",
            "Only %(number)d people, named one by one, can read this",
            number,
        ) % {"number": number}
    named = list(dict.fromkeys(agency.short for agency in [record.agency, *agencies]))
    words = ", ".join(named[:AGENCIES_NAMED])
    if len(named) > AGENCIES_NAMED:
        more = len(named) - AGENCIES_NAMED
        words += " " + ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    if record.tlp == TLP.AMBER:
        return _("%(agencies)s and their sub-agencies can read this") % {"agencies": words}
    return _("%(agencies)s can read this, without sub-agencies") % {"agencies": words}


def lessons_of(record: Any, user: User) -> Related:
    """The lessons logged from ``record`` that ``user`` may see."""
    name = record._meta.model_name
    lessons: Any = record._meta.get_field("lessons").related_model._default_manager
    seen = lessons.visible_to(user).current()
    of_it = seen.from_program(record, user) if name == "program" else seen.filter(**{name: record})
    return Related.of(of_it.prefetch_related("partners"), "lessons:lessons", **{name: record.ref})


def feedback_on(record: Any, user: User) -> dict[str, Any]:
    """The questionnaires about ``record`` that ``user`` may see, and where one begins."""
    requests: Any = record._meta.get_field("feedback_requests").related_model._default_manager
    name = record._meta.model_name
    return {
        "feedback": list(requests.visible_to(user).filter(**{name: record}).with_turnout()),
        "ask_url": f"{reverse('evaluation:feedback_new')}?{name}={record.ref}"
        if user.may_record
        else "",
    }


def stories_of(record: Any, user: User) -> list[Any]:
    """The success stories told of ``record`` that ``user`` may see, newest first."""
    stories: Any = record._meta.get_field("stories").related_model._default_manager
    return list(stories.visible_to(user).filter(**{record._meta.model_name: record})[:SHOWN])


def words_of(record: Any, name: str) -> str:
    """The words for the several values that a field of ``record`` holds."""
    field = record._meta.get_field(name)
    return ", ".join(field.labels(getattr(record, name))) if isinstance(field, ChoicesField) else ""


def cost_of(record: Any) -> str:
    if record.cost is None:
        return ""
    return f"{number_format(record.cost, 2, force_grouping=True)} {record.currency}"


def held(facts: list[Fact]) -> list[tuple[str | Promise, str]]:
    """The facts that are known, in words; a zero is one."""
    return [(label, str(value)) for label, value in facts if value not in (None, "")]


# --- Agreement -----------------------------------------------------------------------------------


@require_safe
def agreement(request: HttpRequest, ref: str) -> HttpResponse:
    user = signed_in(request)
    record: Agreement = fetch(Agreement, user, ref, "party_agencies")
    parties = list(record.party_agencies.all())
    readers = [*record.released_to.all(), *parties]
    programs = Program.objects.visible_to(user).filter(agreement=record)
    exercises = Exercise.objects.visible_to(user).filter(agreement=record)
    context = context_of(record, user, read_by=readers) | {
        "parties": parties,
        "programs": Related.of(programs, "programs:programs", agreement=ref),
        "exercises": Related.of(exercises, "programs:exercises", agreement=ref),
        "facts": held(
            [
                (_("Type"), record.get_type_display()),
                (_("Structure"), record.structure.label),
                (_("Renews by itself"), _("yes") if record.tacit_renewal else ""),
                (_("Notice period"), days(record.notice_period_days)),
                (_("Provides for"), words_of(record, "instruments")),
                (_("Recorded by"), record.agency.name),
            ]
        ),
    }
    return render(request, "programs/agreement.html", context)


def days(number: int | None) -> str:
    if number is None:
        return ""
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


# --- Program -------------------------------------------------------------------------------------


@require_safe
def program(request: HttpRequest, ref: str) -> HttpResponse:
    user = signed_in(request)
    linked = visible("agreement", Agreement, user)
    record: Program = fetch(Program, user, ref, "lead_agency", linked)
    exercises = Exercise.objects.visible_to(user).filter(program=record)
    readers = [record.lead_agency, *record.released_to.all()]
    context = context_of(record, user, read_by=readers) | {
        "exercises": Related.of(exercises, "programs:exercises", program=ref),
        **feedback_on(record, user),
        "stories": stories_of(record, user),
        "tell_url": f"{reverse('evaluation:story_new')}?program={ref}" if user.may_record else "",
        "facts": held(
            [
                (_("Kind"), record.get_kind_display()),
                (_("Lead agency"), record.lead_agency.name),
                (_("Delivery"), record.get_delivery_display()),
                (_("Technology"), words_of(record, "technology")),
                (_("Places"), record.places),
                (_("Enrolled"), record.enrolled),
                (_("Completed"), record.completed),
                (_("Cost"), cost_of(record)),
                (_("Recorded by"), record.agency.name),
            ]
        ),
    }
    return render(request, "programs/program.html", context)


# --- Exercise ------------------------------------------------------------------------------------


@require_safe
def exercise(request: HttpRequest, ref: str) -> HttpResponse:
    user = signed_in(request)
    record: Exercise = fetch(
        Exercise,
        user,
        ref,
        "lead_agency",
        visible("program", Program, user),
        visible("agreement", Agreement, user),
        Prefetch("objectives", Objective.objects.order_by("pk")),
        Prefetch(
            "participations",
            Participation.objects.select_related("agency").order_by(F("agency__name"), "pk"),
        ),
    )
    taking_part = [part.agency for part in record.participations.all()]
    readers = [record.lead_agency, *taking_part, *record.released_to.all()]
    context = context_of(record, user, read_by=readers) | {
        "objectives": list(record.objectives.all()),
        **feedback_on(record, user),
        "evaluate_url": reverse("programs:exercise_evaluate", args=[ref])
        if record.status == ExerciseStatus.HELD and may_evaluate(record, user)
        else "",
        "evaluations": told(record, user) if record.evaluated_on else [],
        "evaluation_is_pending": (
            record.status == ExerciseStatus.HELD and record.evaluated_on is None
        ),
        "facts": held(
            [
                (_("Kind"), record.get_kind_display()),
                (_("Lead agency"), record.lead_agency.name),
                (_("Host country"), country(record)),
                (_("Place"), record.place),
                (_("Coordinates"), coordinates(record)),
                (_("Threats"), words_of(record, "threats")),
                (_("Technology used"), words_of(record, "technology")),
                (_("Cost"), cost_of(record)),
                (_("Recorded by"), record.agency.name),
            ]
        ),
    }
    return render(request, "programs/exercise.html", context)


def country(record: Exercise) -> str:
    return str(countries.name(str(record.host_country)))


def coordinates(record: Exercise) -> str:
    if record.latitude is None or record.longitude is None:
        return ""
    return f"{record.latitude.normalize():f}, {record.longitude.normalize():f}"
