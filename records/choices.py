"""Form fields that offer partners, people, agencies and other records to choose from.

What a field offers is narrowed to the person who fills the form in, so that a select box never
names what its reader may not see.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.db.models import Model, Prefetch, Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy

from agencies.choices import ManyField, is_id
from agencies.models import Agency, Membership, PartnerKind, User

RECENT = 300
"""How many records a select box lists; older ones stay valid and are linked from their pages."""


PARTNER_GROUPS = {
    (PartnerKind.COUNTRY, False): gettext_lazy("Countries"),
    (PartnerKind.ORGANIZATION, False): gettext_lazy("Organizations"),
    (PartnerKind.ORGANIZATION, True): gettext_lazy("Former organizations"),
    (PartnerKind.COUNTRY, True): gettext_lazy("Former states"),
}
"""Headings of partners to choose from, by kind and whether historical, in order."""


class PartnerIterator(ModelChoiceIterator):
    """Partners by kind, each group in the order of the reader's language."""

    def __iter__(self) -> Iterator[Any]:
        partners = sorted(self.queryset, key=lambda partner: folded(partner.label))
        for group, heading in PARTNER_GROUPS.items():
            chosen = [one for one in partners if (one.kind, one.historical) == group]
            yield heading, [self.choice(partner) for partner in chosen]


def folded(text: str) -> str:
    """``text`` as it is sorted: without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


class PartnersField(ManyField):
    iterator = PartnerIterator


class PeopleField(ManyField):
    """People with the agencies they are members of: two may have one name."""

    def label_from_instance(self, person: Model) -> str:
        held: Iterable[Membership] = getattr(person, "held", ())
        agencies = ", ".join(dict.fromkeys(membership.agency.short for membership in held))
        return f"{person} · {agencies}" if agencies else str(person)


def recipients(kept: QuerySet[User] | None) -> QuerySet[User]:
    """Active people who are members somewhere, and those already ``kept`` on the record."""
    in_force = Membership.objects.in_force()
    found = Q(pk__in=in_force.values("user_id"))
    if kept is not None:
        found |= Q(pk__in=kept.values("pk"))
    held = Prefetch("memberships", in_force.select_related("agency"), to_attr="held")
    return User.objects.filter(found).prefetch_related(held).order_by("name", "pk")


def agencies_to_name(kept: Iterable[int | None]) -> QuerySet[Agency]:
    """Active agencies, and the ids ``kept`` on the record though they are no longer active."""
    return Agency.objects.filter(Q(active=True) | Q(pk__in=[pk for pk in kept if pk]))


class RecentIterator(ModelChoiceIterator):
    """The newest records, and whatever is chosen already."""

    def __iter__(self) -> Iterator[Any]:
        if getattr(self.field, "empty_label", None) is not None:
            yield ("", self.field.empty_label)
        newest = list(self.queryset[:RECENT])
        listed = {str(record.pk) for record in newest}
        missing = {str(pk) for pk in self.field.chosen} - listed  # type: ignore[attr-defined]
        older = [int(pk) for pk in missing if is_id(pk)]
        for record in [*self.queryset.filter(pk__in=older)] if older else []:
            yield self.choice(record)
        for record in newest:
            yield self.choice(record)


class RecordField(forms.ModelChoiceField):
    """One other record, out of those that ``queryset`` lets the person see."""

    iterator = RecentIterator
    chosen: Iterable[Any] = ()
    default_error_messages = {"invalid_choice": gettext_lazy("Choose one from the list.")}

    def label_from_instance(self, record: Any) -> str:
        return f"{record} · {record.ref}"


class RecordsField(ManyField):
    """Several other records, out of those that ``queryset`` lets the person see."""

    iterator = RecentIterator
    chosen: Iterable[Any] = ()
    hidden: frozenset[int] | set[int] = frozenset()
    """Ids that are linked and that this person may not see; an edit does not cut them off."""

    def label_from_instance(self, record: Any) -> str:
        return f"{record} · {record.ref}"
