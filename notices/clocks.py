"""Clocks: each morning they tell people of each agency what is due.

An app declares its clocks in its configuration (``clocks``, dotted names of tuples). Days begin
and end where the agency is. Every notice has a key of clock, subject and due date, so that a clock
that rings twice, or in two workers at once, tells nobody twice.
"""

from __future__ import annotations

import logging
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet

from agencies.models import Agency, User
from notices.declared import each
from notices.kinds import Facts, Kind
from notices.models import Rung
from notices.telling import BLOCK, tell

HOUR = 6
"""When clocks ring, where the agency is: before the digests of the morning."""
GRACE = timedelta(days=30)
"""How long after its day an occasion is still told: a worker may stand still for so long, and an
archive taken over at once, years overdue, buries nobody in notices."""

logger = logging.getLogger(__name__)


class Stage(StrEnum):
    """How far a due date is from today."""

    BEFORE = "before"
    TODAY = "today"
    REACHED = "reached"
    AFTER = "after"
    LATE = "late"


def stage_days(stage: Stage, due: date, agency: Agency) -> tuple[date, date]:
    """The first and the last day on which ``stage`` of what is due on ``due`` is told."""
    one = timedelta(days=1)
    if stage is Stage.BEFORE:
        return due - timedelta(days=agency.reminder_before_days), due - one
    if stage is Stage.TODAY:
        return due, due
    if stage is Stage.REACHED:
        return due, due + GRACE
    if stage is Stage.AFTER:
        return due + one, due + GRACE
    late = due + timedelta(days=agency.escalation_after_days)
    return late, late + GRACE


def span(agency: Agency, day: date) -> tuple[date, date]:
    """The due dates of which some stage may be told on ``day``, for the query of a clock."""
    longest = timedelta(days=agency.escalation_after_days) + GRACE
    return day - longest, day + timedelta(days=agency.reminder_before_days)


class Clock(Protocol):
    """What rings each morning for an agency and yields how many people were told."""

    @property
    def name(self) -> str: ...

    def ring(self, agency: Agency, day: date, at: datetime) -> Iterator[int]: ...


@dataclass(frozen=True)
class Telling:
    """At ``stage``, ``people`` of a row are told as ``kind``."""

    stage: Stage
    kind: Kind
    people: Callable[[Any], Iterable[User]]


@dataclass(frozen=True)
class DueClock:
    """A clock of rows with a due date.

    ``rows`` are those of an agency that may be due on a day, ``due`` says of each when. ``facts``
    are added to those that every such notice has: ``clock``, ``stage`` and ``due``.
    """

    name: str
    rows: Callable[[Agency, date], QuerySet]
    due: Callable[[Any, Agency], date | None]
    tellings: tuple[Telling, ...]
    facts: Callable[[Any], Facts] = lambda row: {}

    def ring(self, agency: Agency, day: date, at: datetime) -> Iterator[int]:
        for row in in_blocks(self.rows(agency, day)):
            due = self.due(row, agency)
            if due is None:
                continue
            for telling in self.tellings:
                first, last = stage_days(telling.stage, due, agency)
                if first <= day <= last:
                    yield self.tell(telling, row, due, agency, at)

    def tell(self, telling: Telling, row: Any, due: date, agency: Agency, at: datetime) -> int:
        facts = {"clock": self.name, "stage": str(telling.stage), "due": due.isoformat()}
        with transaction.atomic():
            return tell(
                telling.people(row),
                telling.kind,
                row,
                key=f"{self.name}:{telling.stage}:{due}",
                at=at,
                agency=agency if telling.kind.permission else None,
                **{**facts, **self.facts(row)},
            )


def in_blocks(rows: QuerySet) -> Iterator[Any]:
    """All rows by key, some at a time: none is held longer than its block."""
    last = 0
    while block := list(rows.filter(pk__gt=last).order_by("pk")[:BLOCK]):
        yield from block
        last = block[-1].pk


@cache
def clocks() -> dict[str, Clock]:
    """Every clock by its name."""
    return {clock.name: clock for clock in each("clocks")}


def ring_all(now: datetime) -> Iterator[int]:
    """Ring every clock that has not rung today where it is past ``HOUR``.

    Yields how many people each occasion told. A clock that fails rings again with the next call
    and keeps no other from ringing.
    """
    rung = set(Rung.objects.values_list("clock", "agency", "day"))
    for agency in Agency.objects.active().prefetch_related("holidays").order_by("pk"):
        local = now.astimezone(zoneinfo.ZoneInfo(agency.time_zone))
        day = local.date()
        if local.hour < HOUR:
            continue
        for name, clock in clocks().items():
            if (name, agency.pk, day) in rung:
                continue
            try:
                yield from clock.ring(agency, day, now)
            except Exception:
                logger.exception("Clock %s failed for %s", name, agency.code)
                continue
            Rung.objects.update_or_create(clock=name, agency=agency, defaults={"day": day})
