"""Tags, marking and release of a submitted lesson, and doing away with a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.roles import Permission
from lessons.models import Lesson, LessonEvent
from lessons.vocabulary import Status
from lessons.workflow import Actor, IncompleteError, RefusedError, Words, people_with
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
    """Staff of the agency, once it is submitted; at ``TLP:RED`` only those who may read it."""
    if lesson.status == Status.DRAFT:
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
) -> LessonEvent:
    """Set what ``given`` names of ``HANDLED``, whole or not at all, and write the event.

    Raises ``RefusedError``, ``IncompleteError`` and ``StaleVersionError`` like a move.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk, version=version)
        if not may_handle(locked, by):
            raise RefusedError(_("Only reviewers and endorsers of its agency change its handling."))
        changed = [name for name in HANDLED if name in given and _set(locked, name, given[name])]
        errors = _wrong_handling(locked)
        if errors:
            raise IncompleteError(errors)
        locked.version += 1
        locked.save()
        fields = {field.name: field.verbose_name for field in _handled_fields()}
        labels = ", ".join(str(fields[name]) for name in changed)
        event = LessonEvent.objects.create(
            lesson=locked,
            move="handle",
            actor=by,
            from_status=locked.status,
            to_status=locked.status,
            comment="\n".join(filter(None, [labels, comment.strip()])),
            at=at,
        )
    lesson.refresh_from_db()
    return event


def _handled_fields() -> list[models.Field[Any, Any]]:
    every = [*Lesson._meta.fields, *Lesson._meta.many_to_many]
    return [field for field in every if field.name in HANDLED]


def _set(lesson: Lesson, name: str, value: Any) -> bool:
    """Set one field; whether that changed anything."""
    if isinstance(Lesson._meta.get_field(name), models.ManyToManyField):
        related = getattr(lesson, name)
        before = set(related.values_list("pk", flat=True))
        related.set(value)
        return before != {one.pk for one in value}
    before = getattr(lesson, name)
    setattr(lesson, name, value)
    return bool(before != value)


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
    return errors


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
    readers = set(lesson.red_recipients.values_list("pk", flat=True)) | {lesson.originator_id}
    owners = set(lesson.actions.exclude(owner=None).values_list("owner", flat=True))
    if lesson.status == Status.IN_REVIEW and lesson.reviewer_id not in readers:
        return {"red_recipients": _("The assigned reviewer must be a recipient.")}
    if owners - readers:
        return {"red_recipients": _("The owners of its actions must be recipients.")}
    return {}


def discard(lesson: Lesson, *, by: User) -> None:
    """Delete a draft that was never submitted, with its files; ``RefusedError`` otherwise."""
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk)
        if locked.status != Status.DRAFT or locked.submitted_at or locked.editor_id != by.pk:
            raise RefusedError(_("Only a draft that was never submitted can be deleted."))
        files = [attachment.file for attachment in locked.attachments.all()]
        locked.delete()
        for file in files:
            transaction.on_commit(lambda file=file: file.delete(save=False))  # type: ignore[misc]
