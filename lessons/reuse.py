"""That an agency used a lesson: who may record it, and whom it is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from agencies.roles import Permission
from lessons.models import COMMENT_LENGTH, Lesson, Reuse, ReuseEvent
from lessons.notice_kinds import REUSED
from lessons.vocabulary import ReuseDeed, ReuseOutcome
from lessons.workflow import IncompleteError, RefusedError, Words
from notices.telling import tell

GIVEN = (*Reuse.ACTIVITIES, "used_on", "outcome", "result")
"""What is said of a reuse."""


class ChangedError(Exception):
    """Somebody changed the reuse meanwhile."""


def refusal(lesson: Lesson, user: User) -> Words | None:
    """Why ``user``, who sees ``lesson``, may not say that it was used, or ``None``."""
    if not lesson.is_published:
        return _("Only a published lesson can be used.")
    if not user.may_record:
        return _("Saying that a lesson was used belongs to those who record for an agency.")
    return None


def record(
    lesson: Lesson,
    *,
    by: User,
    agency: Agency,
    given: Mapping[str, Any],
    token: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Reuse:
    """Record that ``agency`` used ``lesson``; the same ``token`` finds what it made before.

    ``given`` has values of ``GIVEN``. Raises ``RefusedError`` (not by this person) and
    ``IncompleteError`` (not with what was given).
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk)
        if not locked.is_visible_to(by):
            raise RefusedError(_("There is no such lesson, or it is not for you to see."))
        reason = refusal(locked, by)
        if reason is not None:
            raise RefusedError(reason)
        token = token or uuid.uuid4()
        made = Reuse.objects.filter(uuid=token, created_by=by, lesson=locked).first()
        if made is not None:
            return made
        if not (agency.active and by.may(Permission.RECORD, agency)):
            raise IncompleteError({"agency": _("Choose an agency that you record for.")})
        reuse = Reuse(uuid=token, lesson=locked, agency=agency, created_by=by, created_at=at)
        _set(reuse, given, by, at)
        reuse.save()
        ReuseEvent.objects.create(reuse=reuse, deed=ReuseDeed.RECORD, actor=by, at=at)
        tell(people_to_tell(reuse), REUSED, reuse, key="record", at=at)
    return reuse


def change(
    reuse: Reuse, *, by: User, given: Mapping[str, Any], version: int, at: datetime | None = None
) -> Reuse:
    """Change what is said of a reuse, for the agency that recorded it.

    An activity that ``given`` does not name stays as it is. Raises like ``record``, and
    ``ChangedError`` where ``version`` is no longer the reuse's.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = (
            Reuse.objects.select_for_update(of=("self",))
            .filter(pk__in=Reuse.objects.editable_by(by).filter(pk=reuse.pk).values("pk"))
            .first()
        )
        if locked is None:
            raise RefusedError(_("It is changed by those who record for the agency that used it."))
        if locked.version != version:
            raise ChangedError
        _set(locked, given, by, at)
        locked.version += 1
        locked.save()
        ReuseEvent.objects.create(reuse=locked, deed=ReuseDeed.CHANGE, actor=by, at=at)
    return locked


def _set(reuse: Reuse, given: Mapping[str, Any], by: User, at: datetime) -> None:
    """Take up what is given; ``IncompleteError`` for what is missing or wrong."""
    before = {name: getattr(reuse, f"{name}_id") for name in Reuse.ACTIVITIES}
    for name in GIVEN:
        if name in given:
            setattr(reuse, name, given[name])
    if any(given.get(name) for name in Reuse.ACTIVITIES):
        # Another activity is named in the place of one that this person may not see.
        for name in set(Reuse.ACTIVITIES) - set(given):
            setattr(reuse, name, None)
    reuse.result = (reuse.result or "").strip()
    errors = _wrong_words(reuse, at) | _wrong_activity(reuse, before, by)
    if errors:
        raise IncompleteError(errors)


def _wrong_words(reuse: Reuse, at: datetime) -> dict[str, Words]:
    errors: dict[str, Words] = {}
    if not reuse.used_on:
        errors["used_on"] = _("Say when you used it.")
    elif reuse.used_on > reuse.agency.local_date(at):
        errors["used_on"] = _("This day is still to come.")
    if reuse.outcome not in ReuseOutcome.values:
        errors["outcome"] = _("Say whether it helped.")
    if not reuse.result or len(reuse.result) > COMMENT_LENGTH:
        errors["result"] = _("Say what came of it, in up to %(number)d characters.") % {
            "number": COMMENT_LENGTH
        }
    return errors


def _wrong_activity(reuse: Reuse, before: Mapping[str, int | None], by: User) -> dict[str, Words]:
    """At most one, and one that ``by`` may see unless it was named before."""
    named = [name for name in Reuse.ACTIVITIES if getattr(reuse, f"{name}_id") is not None]
    if len(named) > 1:
        return {named[-1]: _("Name one activity, not several.")}
    return {
        name: _("Choose one from the list.")
        for name in named
        if getattr(reuse, f"{name}_id") != before[name]
        and not getattr(reuse, name).is_visible_to(by)
    }


def people_to_tell(reuse: Reuse) -> list[User]:
    """Whose lesson was used: its author, unless they recorded it themselves."""
    editor = reuse.lesson.editor
    return [editor] if editor.is_active and editor.pk != reuse.created_by_id else []


def reuses_of(lesson: Lesson, reader: User) -> list[dict[str, Any]]:
    """Who used ``lesson``, the latest first.

    The activities are not narrowed to ``reader``: ``name_activities`` does that for a whole page.
    """
    found = Reuse.objects.filter(lesson=lesson).select_related("agency")
    return [
        {"reuse": reuse, "editable": reader.may(Permission.RECORD, reuse.agency_id)}
        for reuse in found
    ]
