"""What a record said after each saved change: one row a version, as plain values.

People, agencies and other records are kept by their key, so that their names are asked for anew,
and by the rules, whenever somebody reads a version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Value
from django.utils.translation import gettext_lazy as _

from records.fields import ChoicesField

Said = dict[str, Any]
"""Names of fields → text, ISO date, key, or list of values or keys."""


class Version(models.Model):
    """One version of a record: who and when, what it said, and the fields that differ.

    ``number`` counts from 1; ``changed`` names fields, all that say something at the first.
    ``by`` is nobody where a record stood so when versions began to be kept. Written in the
    transaction of the change, never changed.
    """

    number = models.PositiveIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))
    said = models.JSONField(default=dict)
    changed = models.JSONField(default=list)

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(self.number)


def said_by(records: Sequence[models.Model], names: Iterable[str]) -> dict[int, Said]:
    """What each of ``records``, all of one model, says in the fields ``names``; by key.

    However many records and relations there are, the relations are one query.
    """
    if not records:
        return {}
    meta = records[0]._meta
    fields = [meta.get_field(name) for name in names]
    said: dict[int, Said] = {
        record.pk: {
            field.name: [] if field.many_to_many else _value(field, record) for field in fields
        }
        for record in records
    }
    relations = [field for field in fields if field.many_to_many]
    for name, pk, target in _linked(relations, list(said)):
        said[pk][name].append(target)
    for one in said.values():
        for field in relations:
            one[field.name].sort()
    return said


def _value(field: Any, record: models.Model) -> Any:
    value = field.value_from_object(record)
    if isinstance(field, ChoicesField):
        return sorted(set(field.to_python(value)))
    return value.isoformat() if isinstance(value, date) else value


def _linked(relations: Sequence[Any], pks: list[int]) -> Iterable[tuple[str, int, int]]:
    """Name of the relation, key of the record and of what it is linked with."""
    links = [
        field.remote_field.through._base_manager.filter(**{f"{field.m2m_field_name()}__in": pks})
        .order_by()
        .values_list(
            Value(field.name, output_field=models.CharField()),
            F(f"{field.m2m_field_name()}_id"),
            F(f"{field.m2m_reverse_field_name()}_id"),
        )
        for field in relations
    ]
    if not links:
        return []
    return links[0].union(*links[1:], all=True) if len(links) > 1 else links[0]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields of ``after`` that ``before`` did not say alike; what is empty is as not said."""
    return [name for name, value in after.items() if (before.get(name) or None) != (value or None)]
