"""Who may see a shared record: the one place that turns a person into a filter.

Lists, counts, search, select boxes, exports, attachments, maps and pages all start from
``visible_to``; lessons compose it with what is not yet published.


The same rule is said a second time in words that can be counted with: a record carries
``published_keys``, a person holds ``audience_keys``, and whoever holds one of a record's keys may
read it. ``visible_to`` is the truth; tests and ``check_facets`` compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from agencies.models import User
from agencies.roles import Permission
from records.vocabulary import TLP

if TYPE_CHECKING:
    from records.models import SharedRecord


def reaching(model: type[SharedRecord], agencies: frozenset[int]) -> Q:
    """Records of ``model`` that were recorded by, or released to, one of ``agencies`` (ids)."""
    found = Q(agency_id__in=agencies)
    for path in model.RELEASED_THROUGH:
        # Not a join: a record released twice is still one row. Asked of each row: whoever has
        # some rows at hand need not fetch everything that was ever released.
        released = model._base_manager.filter(pk=OuterRef("pk"), **{f"{path}__in": agencies})
        found |= Q(Exists(released))
    return found


def naming(model: type[SharedRecord], user: User) -> Q:
    """Records of ``model`` in which ``user`` is an owner or a recipient by name."""
    through: Any = model.red_recipients.through
    named = {f"{model._meta.model_name}_id": OuterRef("pk"), "user_id": user.pk}
    found = Q(Exists(through._base_manager.filter(**named)))
    for path in model.OWNED_THROUGH:
        found |= Q(**{path: user.pk})
    return found


def audience(model: type[SharedRecord], user: User) -> Q:
    """Published records of ``model`` that ``user`` may read, by marking."""
    standing = user.standing
    open_markings = [TLP.CLEAR, TLP.GREEN] if standing.permissions else [TLP.CLEAR]
    return (
        Q(tlp__in=open_markings)
        | Q(tlp=TLP.AMBER) & reaching(model, standing.amber)
        | Q(tlp=TLP.AMBER_STRICT) & reaching(model, standing.agencies(Permission.READ))
        | Q(tlp=TLP.RED) & naming(model, user)
    )


def published_keys(tlp: str, agencies: Iterable[int], people: Iterable[int]) -> Iterator[str]:
    """The keys to a published record marked ``tlp``; see ``audience``.

    ``agencies`` are ids of those that recorded it or that it is released to, ``people`` of its
    owners and of the recipients named.
    """
    if tlp in (TLP.CLEAR, TLP.GREEN):
        yield tlp
    elif tlp in (TLP.AMBER, TLP.AMBER_STRICT):
        for agency in agencies:
            yield f"{tlp}:{agency}"
    else:
        for person in people:
            yield person_key(person)


def person_key(person: int) -> str:
    """The key that one person alone holds."""
    return f"person:{person}"


def audience_keys(user: User) -> Iterator[str]:
    """The keys to published records that ``user`` holds; see ``audience``."""
    standing = user.standing
    yield TLP.CLEAR
    if standing.permissions:
        yield TLP.GREEN
    for agency in standing.amber:
        yield f"{TLP.AMBER}:{agency}"
    for agency in standing.agencies(Permission.READ):
        yield f"{TLP.AMBER_STRICT}:{agency}"
    yield person_key(user.pk)


class SharedQuerySet(models.QuerySet[Any]):
    """What every shared record can be asked for."""

    def visible_to(self, user: User) -> Self:
        """Records that ``user`` may read. Activities count as published once saved."""
        return self.filter(audience(self.model, user))

    def editable_by(self, user: User) -> Self:
        """Visible records whose agency, or lead agency, ``user`` records for."""
        agencies = user.standing.agencies(Permission.RECORD)
        held = Q(agency_id__in=agencies)
        for path in self.model.LED_THROUGH:
            held |= Q(**{f"{path}__in": agencies})
        return self.visible_to(user).filter(held)

    def arrived_after(self, moment: datetime) -> Self:
        """Records that readers could first find later than ``moment``."""
        return self.filter(created_at__gt=moment)

    def news_to(self, user: User, since: datetime) -> Self:
        """Records that arrived after ``since``, but for those that ``user`` recorded."""
        return self.arrived_after(since).exclude(created_by=user)

    def exportable(self) -> Self:
        """Without ``TLP:RED``, which leaves in no file, feed, mail, digest or report."""
        return self.exclude(tlp=TLP.RED)

    def kept_back(self) -> Self:
        """All others: they leave in no file."""
        return self.filter(tlp=TLP.RED)
