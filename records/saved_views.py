"""What people do with saved views: keep, rename, share, pin, subscribe, open, delete."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, QuerySet, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from agencies.prepared import for_each_person
from agencies.roles import Permission
from records.models import SavedView, SavedViewUse

MOST_PINNED = 8
"""Views on one home: each is counted whenever home is opened."""
MOST_VIEWS = 200
"""Views of one person."""


class NotAllowedError(Exception):
    """The person may not do this; the message says why."""


def own(view: SavedView, by: User) -> None:
    """Refuse everybody but the owner."""
    if view.owner_id != by.pk:
        raise NotAllowedError(_("Only its owner changes a view."))


@transaction.atomic
def keep(view: SavedView, *, by: User, pinned: bool = False) -> SavedView:
    """Save a new view of ``by``, already checked."""
    User.objects.select_for_update().get(pk=by.pk)
    if SavedView.objects.filter(owner=by).count() >= MOST_VIEWS:
        message = _("You have %(most)d views. Delete one first.")
        raise NotAllowedError(message % {"most": MOST_VIEWS})
    view.owner = by
    refuse_taken_name(view)
    view.save()
    use(view, by, pinned=pinned)
    return view


def refuse_taken_name(view: SavedView) -> None:
    """A form may have been sent twice at once; call with the owner locked."""
    others = SavedView.objects.filter(owner=view.owner_id, kind=view.kind, name=view.name)
    if others.exclude(pk=view.pk).exists():
        raise NotAllowedError(_("You have a view of this list with this name."))


@transaction.atomic
def rename(view: SavedView, name: str, *, by: User) -> None:
    """Call the view ``name``, already checked."""
    own(view, by)
    User.objects.select_for_update().get(pk=by.pk)
    view.name = name
    refuse_taken_name(view)
    view.save(update_fields=["name"])


def share(view: SavedView, agency: Agency, *, by: User) -> None:
    """Show the view to the members of ``agency``, for which its owner records."""
    own(view, by)
    if not by.may(Permission.RECORD, agency):
        raise NotAllowedError(_("Views are shared by those who record for the agency."))
    view.agency = agency
    view.save(update_fields=["agency"])


def unshare(view: SavedView, *, by: User) -> None:
    own(view, by)
    view.agency = None
    view.save(update_fields=["agency"])


def delete(view: SavedView, *, by: User) -> None:
    own(view, by)
    view.delete()


@transaction.atomic
def use(view: SavedView, person: User, **changes: Any) -> SavedViewUse:
    """What ``person`` does with a view that they may see: ``pinned``, ``subscribed``."""
    # One home is changed by one request at a time, so that its bound holds.
    User.objects.select_for_update().get(pk=person.pk)
    if changes.get("pinned"):
        others = SavedViewUse.objects.filter(person=person, pinned=True).exclude(view=view)
        if pinned_by(person).exclude(view=view).count() >= MOST_PINNED:
            message = _("Home has room for %(most)d views. Take one off first.")
            raise NotAllowedError(message % {"most": MOST_PINNED})
        # What has left the person's sight does not take a place for good.
        others.exclude(view__in=SavedView.objects.visible_to(person)).update(pinned=False)
    made, _new = SavedViewUse.objects.update_or_create(view=view, person=person, defaults=changes)
    return made


def opened(view: SavedView, person: User) -> datetime | None:
    """What is new in the view counts from now on; gives the moment it counted from before."""
    uses = SavedViewUse.objects.filter(view=view, person=person)
    before: datetime | None = uses.values_list("seen_at", flat=True).first()
    SavedViewUse.objects.update_or_create(
        view=view, person=person, defaults={"seen_at": timezone.now()}
    )
    return before


def pinned_by(person: User) -> QuerySet[SavedViewUse]:
    """The views on the home of ``person``, as far as they may still see them."""
    seen = SavedView.objects.visible_to(person)
    return (
        SavedViewUse.objects.filter(person=person, pinned=True, view__in=seen)
        .select_related("view")
        .order_by("view__name", "pk")
    )


OFFERED = 12
"""One's own views, and those of others, that are offered beside a list; all stand on their page."""


def beside(person: User, kind: str) -> QuerySet:
    """Views of a list to offer beside it, one's own first; see ``AtHand``.

    Of more than there is room for, those come that one uses.
    """
    used = SavedViewUse.objects.filter(person=person, view__kind=kind)
    used = used.filter(pinned=True) | used.filter(subscribed=True)
    seen = SavedView.objects.visible_to(person).filter(kind=kind)
    return (
        seen.annotate(
            theirs=Case(When(owner=person, then=0), default=1),
            unused=Case(When(pk__in=used.values("view"), then=0), default=1),
        )
        .annotate(
            place=Window(RowNumber(), partition_by="theirs", order_by=["unused", "name", "pk"])
        )
        .filter(place__lte=OFFERED)
        .order_by("theirs", "name", "pk")
        .values_list("pk", "name", "query", "theirs", "owner__name")
    )


views_beside = for_each_person(beside)


class AtHand(NamedTuple):
    """A view that is offered beside its list; ``theirs`` is 1 if somebody else shares it."""

    pk: int
    name: str
    query: str
    theirs: int
    owner: str


def at_hand(person: User, kind: str) -> list[AtHand]:
    """The views of a list that are offered beside it: one's own and those of colleagues."""
    return [AtHand(*row) for row in views_beside(person, kind).fetch()]
