"""Followed views: once a day their followers are told how much is new in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import Agency, Membership, User
from insights.lists import KeptQueries
from notices.clocks import in_blocks
from notices.kinds import Facts, Kind, Sentence
from notices.models import Notice
from notices.telling import tell
from records.models import SavedView, SavedViewUse


def news(view: SavedView, facts: Facts, reader: User) -> Sentence:
    """The name of a view is its owner's own words: it stands in no mail."""
    text = ngettext(
        "%(number)d new record in a view that you follow.",
        "%(number)d new records in a view that you follow.",
        facts["number"],
    ) % {"number": facts["number"]}
    return Sentence(text, reverse("insights:saved_view", args=[view.pk]), title=view.name)


FOLLOWED = Kind("followed", gettext_lazy("New in views that I follow"), "records.SavedView", news)
KINDS = (FOLLOWED,)


class FollowedClock:
    """Tells of what came since the view was opened last, or since it was last told of."""

    name = "followed"

    def ring(self, agency: Agency, day: date, at: datetime) -> Iterator[int]:
        members = Membership.objects.in_force().filter(agency=agency)
        uses = SavedViewUse.objects.filter(subscribed=True, person__in=members.values("user"))
        for use in in_blocks(uses.select_related("view", "person")):
            if use.person.standing.home == agency.pk:
                yield self.tell(use, day, at)

    def tell(self, use: SavedViewUse, day: date, at: datetime) -> int:
        person, view = use.person, use.view
        if not SavedView.objects.visible_to(person).filter(pk=view.pk).exists():
            return 0
        finder = KeptQueries(person).finder(view.kind, view.query)
        if finder is None:
            return 0
        number = new_in(finder.filters.narrowed(), person, seen_until(use))
        if not number:
            return 0
        with transaction.atomic():
            return tell([person], FOLLOWED, view, key=day.isoformat(), at=at, number=number)


def seen_until(use: SavedViewUse) -> datetime:
    told = Notice.objects.filter(
        person=use.person, kind=FOLLOWED.name, subject_id=use.view_id
    ).order_by("-created_at")
    latest = told.values_list("created_at", flat=True).first()
    return max(use.seen_at, latest) if latest else use.seen_at


def new_in(rows: QuerySet, person: User, moment: datetime) -> int:
    """How much came after ``moment``, not from ``person``; ``TLP:RED`` is counted in no mail."""
    shared: Any = rows
    number: int = shared.exportable().arrived_after(moment).exclude(created_by=person).count()
    return number


CLOCKS = (FollowedClock(),)
