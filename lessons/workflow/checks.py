"""What a move of a lesson is supplied with: whether it is all there, and right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Membership
from agencies.roles import Permission
from agencies.standing import ancestors
from lessons.models import Action, Lesson
from lessons.readers import all_readers_read, more_read
from lessons.vocabulary import PUT_AWAY, Category, ValidationMethod
from lessons.workflow.basis import Actor, Given, IncompleteError, Move, Words
from lessons.workflow.people import editors_for, may_own, people_with, reads_red, reviewers_for
from programs.models import Exercise
from records.vocabulary import TLP

REQUIRED_WORDS: dict[str, Words] = {
    "clean": gettext_lazy("Confirm that it holds no personal data and nothing classified."),
    "comment": gettext_lazy("Write a few words: they stay with the lesson and are read."),
    "category": gettext_lazy("Choose the category."),
    "themes": gettext_lazy("Choose at least one theme."),
    "discussion": gettext_lazy("Say why it happened."),
    "conclusion": gettext_lazy("Say what follows from it."),
    "recommendation": gettext_lazy("Say who should change what."),
    "reviewer": gettext_lazy("Choose another reviewer."),
    "editor": gettext_lazy("Choose who edits it from now on."),
    "actions": gettext_lazy("Assign at least one action with its action body and due date."),
    "replacement": gettext_lazy("Say which lesson stands in its place."),
    "method": gettext_lazy("Say how it was validated."),
    "validated_on": gettext_lazy("Say when."),
    "result": gettext_lazy("Say what the check showed."),
    "indicator": gettext_lazy("Name the indicator that shows it, or say why there is none."),
}
CONFIRM_RELEASE = gettext_lazy("Confirm that these agencies may read the lesson from now on.")
CONFIRM_SHARING = gettext_lazy("Confirm that more people may read these actions from now on.")


def check_given(lesson: Lesson, move: Move, given: Given, actor: Actor, at: datetime) -> None:
    """Raise ``IncompleteError`` if something that ``move`` needs is missing or wrong."""
    errors: dict[str, Words] = {
        name: REQUIRED_WORDS[name]
        for name in move.needs
        if name != "actions" and not _has(given.get(name))
    }
    if "category" in move.needs and given.get("category") not in Category.values:
        errors["category"] = REQUIRED_WORDS["category"]
    if move.name in {"submit", "appeal"}:
        errors |= missing_for_review(lesson)
    if move.name == "relapse":
        errors |= _wrong_relapse(lesson, given, actor)
    if "actions" in move.needs:
        errors |= _wrong_actions(lesson, given, actor, at)
    if "method" in move.needs and "method" not in errors:
        errors |= _wrong_validation(lesson, given, actor, at)
    if "reviewer" in move.needs and "reviewer" not in errors:
        errors |= _wrong_reviewer(lesson, given, actor)
    if "editor" in move.needs and "editor" not in errors:
        errors |= _wrong_editor(lesson, given)
    if "replacement" in move.needs and "replacement" not in errors:
        errors |= _wrong_replacement(lesson, given, actor)
    if errors:
        raise IncompleteError(errors)


def _has(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return bool(value)


def missing_for_review(lesson: Lesson) -> dict[str, Words]:
    """What a lesson needs before anybody reviews it."""
    errors: dict[str, Words] = {}
    if not lesson.title.strip():
        errors["title"] = _("State the point in one sentence.")
    if not lesson.observation.strip():
        errors["observation"] = _("Say what happened.")
    if not lesson.partners.exists():
        errors["partners"] = _("Name at least one partner.")
    if lesson.tlp == TLP.RED and not (
        people_with(Permission.REVIEW, lesson).exists()
        and people_with(Permission.ENDORSE, lesson).exists()
    ):
        errors["red_recipients"] = _(
            "Name a reviewer and an endorser among the recipients, other than the author."
        )
    return errors


def _wrong_reviewer(lesson: Lesson, given: Given, actor: Actor) -> dict[str, Words]:
    if reviewers_for(lesson, actor).filter(pk=given["reviewer"].pk).exists():
        return {}
    return {"reviewer": _("This person cannot review it.")}


def _wrong_editor(lesson: Lesson, given: Given) -> dict[str, Words]:
    if editors_for(lesson).filter(pk=given["editor"].pk).exists():
        return {}
    return {"editor": _("This person cannot edit it.")}


def _wrong_replacement(lesson: Lesson, given: Given, actor: Actor) -> dict[str, Words]:
    """A lesson that stands in the place of another is published, current and read by as many.

    What is current was superseded by nothing, so that no chain of replacements comes full circle.
    """
    newer = Lesson.objects.get(pk=given["replacement"].pk)
    if newer == lesson:
        return {"replacement": _("A lesson cannot stand in its own place.")}
    if not actor.sees().filter(pk=newer.pk).exists():
        return {"replacement": _("There is no such lesson, or it is not for you to see.")}
    if not newer.is_published or newer.status in PUT_AWAY:
        words = {"status": newer.get_status_display()}
        return {"replacement": _("Only a published lesson can. This one is “%(status)s”.") % words}
    if not all_readers_read(lesson, newer):
        return {"replacement": _("Some who read this lesson could not read that one.")}
    return {}


def _wrong_actions(lesson: Lesson, given: Given, actor: Actor, at: datetime) -> dict[str, Words]:
    """What is wrong with the actions that are added, shared or reopened.

    New ones are dicts with title, body, due_on; maybe owner, element.
    """
    new, existing = given.get("actions") or [], given.get("existing") or []
    reopened = given.get("reopened") or []
    if not (new or existing or reopened):
        return {"actions": REQUIRED_WORDS["actions"]}
    if not all(
        _has(action.get("title")) and action.get("body") and action.get("due_on") for action in new
    ):
        return {
            "actions": _("Every action needs what is to be done, its action body and a due date.")
        }
    wrong = wrong_bodies({action["body"] for action in new})
    if wrong:
        return {"actions": wrong}
    if any(not may_own(action["owner"], action["body"]) for action in _owned(new)):
        return {"actions": _("The owner of an action must be a member of its action body.")}
    errors = _wrong_existing(lesson, existing, actor) | _wrong_reopened(lesson, given, at)
    if errors:
        return errors
    owners = [action["owner"] for action in _owned(new)]
    owners += [action.owner for action in [*existing, *reopened] if action.owner]
    if lesson.tlp == TLP.RED:
        if any(not reads_red(lesson, owner) for owner in owners):
            return {"actions": _("The owner of an action of a RED lesson must be a recipient.")}
        return {}
    if newly_released(lesson, bodies_of(given)) and not given.get("release"):
        errors["release"] = CONFIRM_RELEASE
    if newly_shared(lesson, given) and not given.get("sharing"):
        errors["sharing"] = CONFIRM_SHARING
    return errors


def bodies_of(given: Given) -> set[Agency]:
    """The action bodies that get to read a lesson by what is given."""
    new = {action["body"] for action in given.get("actions") or []}
    return new | {action.body for action in given.get("existing") or []}


def wrong_bodies(bodies: set[Agency]) -> Words:
    """Why some of ``bodies`` cannot take an action; nothing if all can."""
    if any(not body.active for body in bodies):
        return _("An agency that is no longer active cannot take an action.")
    for body in sorted(bodies, key=lambda one: one.name):
        line = ancestors(body.pk, Agency.objects.tree())
        recording = Membership.objects.in_force().holding(Permission.RECORD)
        above = recording.holding(Permission.REVIEW).filter(agency_id__in=line)
        if not (recording.filter(agency=body) | above).exists():
            return _("%(agency)s has nobody here who could take it on.") % {"agency": body.name}
    return ""


def _wrong_existing(lesson: Lesson, existing: list[Action], actor: Actor) -> dict[str, Words]:
    if not existing:
        return {}
    if lesson.tlp == TLP.RED:
        return {"existing": _("An action of a RED lesson serves no other.")}
    asked = {action.pk for action in existing}
    sound = (
        Action.objects.filter(pk__in=asked, lessons__in=actor.sees().values("pk"))
        .open()
        .exclude(lessons=lesson)
        .exclude(pk__in=Action.objects.of_red_lessons().values("pk"))
    )
    if set(sound.values_list("pk", flat=True)) != asked:
        return {"existing": _("Choose open actions of other lessons that you may see.")}
    return {}


def _wrong_reopened(lesson: Lesson, given: Given, at: datetime) -> dict[str, Words]:
    reopened = given.get("reopened") or []
    if not reopened:
        return {}
    closed = lesson.actions.exclude(pk__in=lesson.actions.open().values("pk"))
    if not {action.pk for action in reopened} <= set(closed.values_list("pk", flat=True)):
        return {"reopened": _("Choose from the actions of this lesson that are closed.")}
    today, due = lesson.agency.local_date(at), given.get("reopened_due_on")
    if due is None and any(action.due_on < today for action in reopened):
        return {"reopened_due_on": _("Say until when: the day it was due has passed.")}
    if due is not None and due < today:
        return {"reopened_due_on": _("This day has passed.")}
    if due is not None and any(action.start_on and due < action.start_on for action in reopened):
        return {"reopened_due_on": _("It started later than this.")}
    return {}


def _wrong_validation(lesson: Lesson, given: Given, actor: Actor, at: datetime) -> dict[str, Words]:
    errors: dict[str, Words] = {}
    if given["method"] not in ValidationMethod.values:
        errors["method"] = REQUIRED_WORDS["method"]
    on = given.get("validated_on")
    if on and on > lesson.agency.local_date(at):
        errors["validated_on"] = _("This day is still to come.")
    elif on and lesson.identified_at and on < lesson.agency.local_date(lesson.identified_at):
        errors["validated_on"] = _("The lesson was identified later than this.")
    exercise = given.get("exercise")
    if exercise and not Exercise.objects.visible_to(actor.user).filter(pk=exercise.pk).exists():
        errors["exercise"] = _("There is no such exercise, or it is not for you to see.")
    return errors


def _wrong_relapse(lesson: Lesson, given: Given, actor: Actor) -> dict[str, Words]:
    again = given.get("recurrence")
    if again is None:
        if _has(given.get("comment")):
            return {}
        return {"comment": _("Say what was seen, or name the lesson that shows it.")}
    if again.pk == lesson.pk:
        return {"recurrence": _("A lesson cannot show its own recurrence.")}
    if not actor.sees().filter(pk=again.pk).exists():
        return {"recurrence": _("There is no such lesson, or it is not for you to see.")}
    return {}


def _owned(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [action for action in actions if action.get("owner")]


def newly_released(lesson: Lesson, bodies: set[Agency]) -> set[Agency]:
    """The action bodies whose members an endorsement would newly let read the lesson."""
    if lesson.tlp not in {TLP.AMBER, TLP.AMBER_STRICT}:
        return set()
    reading = {lesson.agency_id, *lesson.released_to.values_list("pk", flat=True)}
    if lesson.tlp == TLP.AMBER_STRICT:
        return {body for body in bodies if body.pk not in reading}
    tree = Agency.objects.tree()
    return {body for body in bodies if reading.isdisjoint(ancestors(body.pk, tree))}


def newly_shared(lesson: Lesson, given: Given) -> list[Action]:
    """The existing actions of ``given`` that more people read once they serve ``lesson`` too.

    Their title, action body, owner and dates are read with any of their lessons; at ``TLP:RED``
    no action serves a second one.
    """
    if lesson.tlp == TLP.RED:
        return []
    bodies = bodies_of(given)
    return [
        action
        for action in given.get("existing") or []
        if more_read(lesson, action.lessons.all(), released_to=bodies)
    ]
