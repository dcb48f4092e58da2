"""Telling people: one notice each, in the transaction of whoever tells."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from agencies.models import Agency, Membership, User
from agencies.roles import Role
from notices.kinds import Kind, kinds
from notices.models import Choice, Notice
from notices.vocabulary import When

BLOCK = 100
"""People told, and rows read, at a time."""
MORNING = time(7)
"""When digests go, where the person works."""


def tell(
    people: Iterable[User],
    kind: Kind,
    subject: Model,
    *,
    key: str,
    at: datetime,
    agency: Agency | int | None = None,
    **facts: Any,
) -> int:
    """Tell ``people`` of ``subject``, each once for this ``key``; returns how many.

    Those who are no longer active are left out. ``facts`` are plain words and numbers.
    """
    ids = sorted({person.pk for person in people if person.is_active})
    whole_key = f"{kind.name}:{subject.pk}:{key}"
    for start in range(0, len(ids), BLOCK):
        block = ids[start : start + BLOCK]
        chosen = dict(
            Choice.objects.filter(kind=kind.name, person__in=block).values_list("person", "when")
        )
        ways = {person: When(chosen.get(person, kind.default)) for person in block}
        where = zones_of([one for one, when in ways.items() if when not in WITHOUT_A_MORNING])
        Notice.objects.bulk_create(
            (
                Notice(
                    person_id=person,
                    kind=kind.name,
                    subject_id=subject.pk,
                    agency_id=agency.pk if isinstance(agency, Agency) else agency,
                    facts=facts,
                    key=whole_key,
                    created_at=at,
                    when=when,
                    mail_at=mail_time(when, at, where.get(person)),
                )
                for person, when in ways.items()
            ),
            ignore_conflicts=True,
        )
    return len(ids)


WITHOUT_A_MORNING = (When.AT_ONCE, When.OFF)


def zones_of(people: Iterable[int]) -> dict[int, zoneinfo.ZoneInfo]:
    """By person, the time zone of the agency that they are at home in (``Standing.home``)."""
    ids = list(people)
    if not ids:
        return {}
    held = Membership.objects.in_force().filter(user__in=ids).order_by("pk")
    best: dict[int, tuple[int, str]] = {}
    for person, role, zone in held.values_list("user_id", "role", "agency__time_zone"):
        rank = len(Role(role).permissions)
        if person not in best or rank > best[person][0]:
            best[person] = rank, zone
    return {person: zoneinfo.ZoneInfo(zone) for person, (_rank, zone) in best.items()}


def mail_time(when: When, at: datetime, zone: zoneinfo.ZoneInfo | None) -> datetime | None:
    """When what is told ``at`` goes by mail: the next morning, or that of the next Monday."""
    if when == When.OFF:
        return None
    if when == When.AT_ONCE:
        return at
    here = zone or timezone.get_default_timezone()
    local = at.astimezone(here)
    day = local.date() + timedelta(days=local.time() >= MORNING)
    if when == When.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, MORNING, here)


@transaction.atomic
def choose(person: User, chosen: Mapping[str, When], *, at: datetime) -> None:
    """Keep how ``person`` gets the kinds named; what still waits for its mail goes so too."""
    User.objects.select_for_update().get(pk=person.pk)
    zone = zones_of([person.pk]).get(person.pk)
    for name, when in chosen.items():
        if when == kinds()[name].default:
            Choice.objects.filter(person=person, kind=name).delete()
        else:
            Choice.objects.update_or_create(person=person, kind=name, defaults={"when": when})
        waiting = Notice.objects.filter(
            person=person, kind=name, letter__isnull=True, mail_at__isnull=False
        )
        waiting.exclude(when=when).update(when=when, mail_at=mail_time(when, at, zone))


def chosen_by(person: User) -> dict[str, When]:
    """How ``person`` gets each kind."""
    kept = dict(Choice.objects.filter(person=person).values_list("kind", "when"))
    return {name: When(kept.get(name, kind.default)) for name, kind in kinds().items()}
