"""The evaluation of an exercise that was held: every objective rated, and what was learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.roles import Permission
from programs.models import LONG_TEXT, Evaluation, Exercise, Objective
from programs.vocabulary import ParticipationRole, Rating

REASON_LENGTH = 2000


@dataclass(frozen=True)
class Rated:
    """How well one objective was met, in a word and in words."""

    rating: str
    narrative: str = ""


@dataclass(frozen=True)
class Given:
    """What an evaluation says; ``ratings`` by the id of the objective."""

    ratings: Mapping[int, Rated]
    hot_wash_on: date | None = None
    after_action_on: date | None = None
    no_lesson: str = ""


def may_evaluate(exercise: Exercise, user: User) -> bool:
    """Whoever may edit it, and who records for an agency that evaluates it, once it was held."""
    return Exercise.objects.evaluable_by(user).filter(pk=exercise.pk).exists()


def lessons_of(exercise: Exercise, user: User) -> QuerySet[Any]:
    """The lessons of ``exercise`` that ``user`` may see."""
    lessons: Any = exercise.lessons  # a reverse relation of those above
    found: QuerySet[Any] = lessons.visible_to(user)
    return found


def evaluate(
    exercise: Exercise,
    *,
    by: User,
    given: Given,
    version: int | None = None,
    at: datetime | None = None,
) -> Evaluation:
    """Rate every objective and say what was learned; done again it corrects what was said.

    ``evaluated_on`` and ``evaluated_by`` stay those of the first time. Raises
    ``PermissionDenied``, ``StaleVersionError``, and ``ValidationError`` by what is wrong:
    ``rating_<id>``, ``narrative_<id>``, ``hot_wash_on``, ``after_action_on``, ``no_lesson``.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Exercise.locked(exercise.pk, version=version)
        if not may_evaluate(locked, by):
            raise PermissionDenied(
                _("An exercise that was held is evaluated by who may edit it or evaluates it.")
            )
        objectives = list(locked.objectives.select_for_update().order_by("pk"))
        errors = _wrong(locked, objectives, given, by)
        if errors:
            raise ValidationError({name: [words] for name, words in errors.items()})
        for objective in objectives:
            rated = given.ratings[objective.pk]
            objective.rating, objective.narrative = rated.rating, rated.narrative.strip()
            objective.save(update_fields=["rating", "narrative"])
        locked.hot_wash_on = given.hot_wash_on
        locked.after_action_on = given.after_action_on
        if locked.evaluated_on is None:
            locked.evaluated_on = locked.agency.local_date(at)
            locked.evaluated_by = by
        locked.version += 1
        locked.save()
        return Evaluation.objects.create(
            exercise=locked,
            by=by,
            agency_id=acts_for(locked, by),
            at=at,
            no_lesson=given.no_lesson.strip(),
        )


def _wrong(
    exercise: Exercise, objectives: list[Objective], given: Given, by: User
) -> dict[str, str]:
    errors: dict[str, str] = {}
    for objective in objectives:
        rated = given.ratings.get(objective.pk, Rated(""))
        if rated.rating not in Rating.values:
            errors[f"rating_{objective.pk}"] = rate_it(objective)
        if len(rated.narrative) > LONG_TEXT:
            errors[f"narrative_{objective.pk}"] = _("This text is too long.")
    if given.hot_wash_on and given.hot_wash_on < exercise.starts_on:
        errors["hot_wash_on"] = _("The hot wash cannot be before the exercise starts.")
    if given.after_action_on and given.after_action_on < exercise.starts_on:
        errors["after_action_on"] = _(
            "The after-action meeting cannot be before the exercise starts."
        )
    if len(given.no_lesson) > REASON_LENGTH:
        errors["no_lesson"] = _("Say it in up to %(number)d characters.") % {
            "number": REASON_LENGTH
        }
    elif not given.no_lesson.strip() and not lessons_of(exercise, by).exists():
        errors["no_lesson"] = _("Log a lesson from it first, or say why there is none.")
    return errors


def rate_it(objective: Objective) -> str:
    return _("Rate “%(objective)s”.") % {"objective": Truncator(objective.text).chars(80)}


def acts_for(exercise: Exercise, user: User) -> int:
    """The id of the agency that ``user`` evaluates for: the recorder's, the lead's, an evaluator's."""
    evaluating = exercise.participations.filter(role=ParticipationRole.EVALUATOR)
    candidates = [
        exercise.agency_id,
        exercise.lead_agency_id,
        *evaluating.values_list("agency_id", flat=True),
    ]
    return next((one for one in candidates if user.may(Permission.RECORD, one)), exercise.agency_id)


@dataclass(frozen=True)
class Told:
    """One evaluation as a reader may know it: names are for those who record for its agency."""

    at: datetime
    who: str
    no_lesson: str
    first: bool


def told(exercise: Exercise, reader: User) -> list[Told]:
    """Every evaluation of ``exercise``, the latest first."""
    found = list(exercise.evaluations.select_related("by", "agency"))
    return [
        Told(
            at=one.at,
            who=one.by.name
            if reader.pk == one.by_id or reader.may(Permission.RECORD, one.agency_id)
            else one.agency.name,
            no_lesson=one.no_lesson,
            first=number == 0,
        )
        for number, one in enumerate(found)
    ][::-1]
