"""What people have typed and not saved: kept on the server for them alone.

A form is known by its key: ``exercise:new:<uuid>`` or ``exercise:<reference>``. Its page carries a
signed token with the key and whose form it is, so that nobody writes into another's drafts or
into the draft of a form they never could open.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import signing
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency, User
from agencies.roles import Permission
from pages.resume import PERSON_FIELD, filled, sent
from records.models import FormDraft, SharedRecord

SALT = "records.drafts"
DAYS = 7
MOST = 50
"""Drafts kept for one person; the oldest go first."""
NEW = "new"


class TooLongError(Exception):
    """More was typed than any form of ours holds."""


def record_models() -> dict[str, type[SharedRecord]]:
    """Every kind of shared record by its name in addresses and keys."""
    return {
        model._meta.model_name or "": model
        for model in apps.get_models()
        if issubclass(model, SharedRecord)
    }


@dataclass(frozen=True)
class FormKey:
    """Which form: of a ``kind`` of record, new under a token or an existing one by reference."""

    kind: str
    token: str = ""
    ref: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{NEW}:{self.token}" if self.token else f"{self.kind}:{self.ref}"

    @classmethod
    def parse(cls, text: str) -> FormKey:
        kind, _, rest = text.partition(":")
        if rest.startswith(f"{NEW}:"):
            return cls(kind, token=rest.removeprefix(f"{NEW}:"))
        return cls(kind, ref=rest)

    @property
    def on_device(self) -> str:
        """The key of the copy on the device, which must be found again by a new page."""
        return f"{self.kind}:{NEW}" if self.token else str(self)

    @property
    def model(self) -> type[SharedRecord]:
        return record_models()[self.kind]


def addresses(model: type[SharedRecord]) -> tuple[str, str]:
    """The names of the addresses that make and edit a record.

    They name its kind, ``programs:program_new``, unless it is the only one of its app:
    ``lessons:new``.
    """
    app, name = model._meta.app_label, model._meta.model_name
    alone = [kind._meta.app_label for kind in record_models().values()].count(app) == 1
    return (f"{app}:new", f"{app}:edit") if alone else (f"{app}:{name}_new", f"{app}:{name}_edit")


def path_of(key: FormKey) -> str:
    """Where the form of ``key`` is opened."""
    new, edit = addresses(key.model)
    return f"{reverse(new)}?draft={key.token}" if key.token else reverse(edit, args=[key.ref])


def sign(key: FormKey, person: User) -> str:
    """The token by which a page saves drafts of ``key`` for ``person``."""
    return signing.dumps([person.pk, str(key)], salt=SALT)


def key_of(token: str, person: User) -> FormKey | None:
    """The key in ``token`` if it was given to ``person`` within a week."""
    try:
        pk, key = signing.loads(token, salt=SALT, max_age=DAYS * 24 * 60 * 60)
    except signing.BadSignature:
        return None
    return FormKey.parse(key) if pk == person.pk else None


def keep(key: FormKey, data: QueryDict, person: User) -> FormDraft:
    """Keep what ``person`` has typed into the form of ``key``; ``TooLongError`` beyond reason."""
    fields = sent(data)
    if fields is None:
        raise TooLongError
    fields.pop(PERSON_FIELD, None)
    version = (fields.get("version") or [""])[0]
    draft, _ = FormDraft.objects.update_or_create(
        person=person,
        key=str(key),
        defaults={
            "path": path_of(key),
            "title": (fields.get("title") or [""])[0].strip()[:300],
            "data": fields,
            "version": int(version) if version.isdecimal() and len(version) < 9 else None,
            "updated_at": timezone.now(),
        },
    )
    surplus = FormDraft.objects.filter(person=person).values_list("pk", flat=True)[MOST:]
    FormDraft.objects.filter(pk__in=list(surplus)).delete()
    return draft


def typed_in(draft: FormDraft) -> QueryDict:
    """The kept values, as a form is bound to them."""
    return filled(draft.data)


def draft_for(key: FormKey, person: User) -> FormDraft | None:
    return FormDraft.objects.filter(person=person, key=str(key)).first()


def latest_new(kind: str, person: User) -> FormDraft | None:
    """The last unsaved form of a new record of ``kind``."""
    return FormDraft.objects.filter(person=person, key__startswith=f"{kind}:{NEW}:").first()


def forget(key: FormKey, person: User) -> None:
    FormDraft.objects.filter(person=person, key=str(key)).delete()


def unfinished(user: User) -> QuerySet[FormDraft]:
    """The forms that ``user`` began and has not saved, last touched first."""
    return FormDraft.objects.filter(person=user)


def kept_on_device(user: User) -> bool:
    """Whether a copy may stay on the device: not if one of the person's agencies shares terminals."""
    agencies = Agency.objects.where(user, Permission.READ)
    return not agencies.filter(device_drafts=False).exists()


def is_token(text: Any) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True
