"""What somebody has typed into the form of a move and not sent: kept for them alone."""

from __future__ import annotations

from typing import Protocol

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from agencies.models import User
from lessons.models import Lesson
from lessons.workflow import Words
from pages.resume import PERSON_FIELD, filled, sent
from records.models import FormDraft
from records.saving import version_in


class Deed(Protocol):
    """A move of the life cycle, or a step of a revision."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Words: ...


def key(lesson: Lesson, move: Deed) -> str:
    return f"move:{move.name}:{lesson.ref}"


def draft_for(lesson: Lesson, move: Deed, person: User) -> FormDraft | None:
    return FormDraft.objects.filter(person=person, key=key(lesson, move)).first()


def typed_in(draft: FormDraft) -> QueryDict:
    return filled(draft.data)


def keep(lesson: Lesson, move: Deed, person: User, data: QueryDict, *, path: str = "") -> FormDraft:
    """Keep the raw values of ``data``, valid or not; ``path`` if the form is not a move's page."""
    fields = {name: values for name, values in (sent(data) or {}).items() if name != PERSON_FIELD}
    draft, _created = FormDraft.objects.update_or_create(
        person=person,
        key=key(lesson, move),
        defaults={
            "path": path or reverse("lessons:move", args=[lesson.ref, move.name]),
            # Not the point of the lesson: it may be hidden by the time this is listed.
            "title": f"{lesson.ref}: {move.label}",
            "data": fields,
            "version": max(version_in(data), 0) or None,
            "updated_at": timezone.now(),
        },
    )
    return draft


def forget(lesson: Lesson, move: Deed, person: User) -> None:
    FormDraft.objects.filter(person=person, key=key(lesson, move)).delete()
