"""Tags, marking and release of a submitted lesson, and doing away with a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from agencies.roles import Permission
from lessons.models import Action, Lesson, LessonEvent
from lessons.vocabulary import Status
from lessons.workflow import (
    Actor,
    IncompleteError,
    RefusedError,
    Words,
    hasten,
    newly_released,
    people_with,
)
from records import drafts
from records.drafts import FormKey
from records.fields import ChoicesField
from records.vocabulary import TLP

HANDLED = (
    "category",
    "themes",
    "partners",
    "priority",
    "threats",
    "dotmlpfi",
    "tlp",
    "released_to",
    "red_recipients",
)
"""What staff may change at any time after submission; each change is an event."""


def may_handle(lesson: Lesson, user: User, *, administration: bool = False) -> bool:
    """Staff of the agency other than its authors, once it is submitted.

    At ``TLP:RED`` only those who may read it.
    """
    if lesson.status == Status.DRAFT or user.pk in lesson.author_ids:
        return False
    actor = Actor(user, administration)
    if not actor.holds(Permission.REVIEW, lesson):
        return False
    return lesson.tlp != TLP.RED or lesson.is_visible_to(user)


def handle(
    lesson: Lesson,
    *,
    by: User,
    given: dict[str, Any],
    at: datetime | None = None,
    version: int | None = None,
    comment: str = "",
) -> LessonEvent | None:
    """Set what ``given`` names of ``HANDLED``, whole or not at all, and write the event.

    The event says what changed from what to what; where nothing changed there is none.
    Raises ``RefusedError``, ``IncompleteError`` and ``StaleVersionError`` like a move.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk, version=version)
        if not may_handle(locked, by):
            raise RefusedError(_("Only reviewers and endorsers of its agency change its handling."))
        changes = [_set(locked, name, given[name]) for name in HANDLED if name in given]
        changed = [change for change in changes if change]
        errors = _wrong_handling(locked)
        if errors:
            raise IncompleteError(errors)
        if not changed:
            return None
        hasten(locked, at)
        locked.version += 1
        locked.save()
        event = LessonEvent.objects.create(
            lesson=locked,
            move="handle",
            actor=by,
            from_status=locked.status,
            to_status=locked.status,
            comment="\n".join(filter(None, [*changed, comment.strip()])),
            at=at,
        )
    lesson.refresh_from_db()
    return event


def _set(lesson: Lesson, name: str, value: Any) -> str:
    """Set one field; what changed, in words, or nothing."""
    before = _words(lesson, name)
    if isinstance(Lesson._meta.get_field(name), models.ManyToManyField):
        getattr(lesson, name).set(value)
    else:
        setattr(lesson, name, value)
    after = _words(lesson, name)
    if before == after:
        return ""
    label = Lesson.label_of(name)
    if name == "red_recipients":
        # Who may read a RED lesson is itself for its readers only; it may not stay RED.
        return label
    return f"{label}: {_listed(before)} → {_listed(after)}"


def _words(lesson: Lesson, name: str) -> list[str]:
    """What a field holds, as words; names of people are compared by their e-mail."""
    field = Lesson._meta.get_field(name)
    if name == "red_recipients":
        return list(lesson.red_recipients.order_by("pk").values_list("email", flat=True))
    if isinstance(field, models.ManyToManyField):
        return sorted(str(one) for one in getattr(lesson, name).all())
    if isinstance(field, ChoicesField):
        return field.labels(field.to_python(field.get_prep_value(getattr(lesson, name))))
    return list(filter(None, [getattr(lesson, f"get_{name}_display")()]))


def _listed(words: list[str]) -> str:
    return ", ".join(words) or _("none")


def _wrong_handling(lesson: Lesson) -> dict[str, Words]:
    errors: dict[str, Words] = {}
    if not lesson.partners.exists():
        errors["partners"] = _("Name at least one partner.")
    if lesson.is_published and not lesson.category:
        errors["category"] = _("Choose the category.")
    if lesson.is_published and not lesson.themes.exists():
        errors["themes"] = _("Choose at least one theme.")
    if lesson.tlp == TLP.RED:
        errors |= _wrong_recipients(lesson)
        if _shares_actions(lesson):
            errors["tlp"] = _("One of its actions serves other lessons too; none of a RED one may.")
    elif cut_off := _bodies_cut_off(lesson):
        errors["released_to"] = _("%(agencies)s must be able to read it: it has open actions.") % {
            "agencies": ", ".join(sorted(body.name for body in cut_off))
        }
    return errors


def _shares_actions(lesson: Lesson) -> bool:
    served = Action.lessons.through._base_manager.filter(action__in=lesson.actions.values("pk"))
    return served.exclude(lesson=lesson).exists()


def _bodies_cut_off(lesson: Lesson) -> set[Agency]:
    """Bodies of open actions that could no longer read the lesson."""
    return newly_released(
        lesson, {action.body for action in lesson.actions.open().select_related("body")}
    )


def _wrong_recipients(lesson: Lesson) -> dict[str, Words]:
    """A RED lesson must not be cut off from those who take it further."""
    staff = all(
        people_with(permission, lesson).exists()
        for permission in (Permission.REVIEW, Permission.ENDORSE)
    )
    if not staff:
        return {
            "red_recipients": _(
                "Name a reviewer and an endorser among the recipients, other than the author."
            )
        }
    readers = {
        lesson.originator_id,
        lesson.adopted_by_id,
        *lesson.red_recipients.values_list("pk", flat=True),
    }
    owners = set(lesson.actions.exclude(owner=None).values_list("owner", flat=True))
    if lesson.status == Status.IN_REVIEW and lesson.reviewer_id not in readers:
        return {"red_recipients": _("The assigned reviewer must be a recipient.")}
    if owners - readers:
        return {"red_recipients": _("The owners of its actions must be recipients.")}
    return {}


def may_discard(lesson: Lesson, user: User) -> bool:
    """Whoever writes a draft may delete it as long as it was never submitted."""
    return (
        lesson.status == Status.DRAFT
        and lesson.submitted_at is None
        and lesson.editor_id == user.pk
    )


def discard(lesson: Lesson, *, by: User) -> None:
    """Delete a draft that was never submitted, with its files; ``RefusedError`` otherwise."""
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk)
        if not may_discard(locked, by):
            raise RefusedError(_("Only a draft that was never submitted can be deleted."))
        files = [attachment.file for attachment in locked.attachments.all()]
        drafts.forget(FormKey("lesson", ref=locked.ref), by)
        try:
            locked.delete()
        except ProtectedError:
            raise RefusedError(_("Another lesson refers to this draft.")) from None
        for file in files:
            transaction.on_commit(lambda file=file: file.delete(save=False))  # type: ignore[misc]
