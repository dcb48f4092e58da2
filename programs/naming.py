"""The activities that other records name, as far as their reader may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, F, ForeignKey, Model, Value

from agencies.models import User
from programs.models import Activity, Agreement, Exercise, Program

MODELS: tuple[type[Activity], ...] = (Exercise, Program, Agreement)


def name_activities(records: Iterable[Model], reader: User) -> None:
    """Fetch what ``records`` say they come from, ``None`` where ``reader`` may not see it.

    One query for all their links to exercises, programs and agreements. It brings what a page
    needs to name an activity, and the kind of an exercise; all else is fetched when asked for.
    """
    links: list[tuple[Model, Any, type[Activity], int]] = [
        (record, field, field.related_model, key)
        for record in records
        for field in record._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model in MODELS
        if (key := getattr(record, field.attname)) is not None
    ]
    asked: dict[type[Activity], set[int]] = defaultdict(set)
    for _record, _field, model, key in links:
        asked[model].add(key)
    seen = _seen(asked, reader)
    for record, field, model, key in links:
        field.set_cached_value(record, seen.get((model, key)))


def _seen(
    asked: dict[type[Activity], set[int]], reader: User
) -> dict[tuple[type[Activity], int], Activity]:
    parts = [
        model.objects.visible_to(reader)
        .filter(pk__in=asked[model])
        .order_by()
        .values_list(
            Value(number),
            "pk",
            "ref",
            "title",
            F("kind") if model is Exercise else Value("", CharField()),
        )
        for number, model in enumerate(MODELS)
        if asked.get(model)
    ]
    if not parts:
        return {}
    found: dict[tuple[type[Activity], int], Activity] = {}
    for number, pk, ref, title, kind in parts[0].union(*parts[1:], all=True):
        model = MODELS[number]
        values: dict[str, Any] = {"id": pk, "ref": ref, "title": title}
        if model is Exercise:
            values["kind"] = kind
        names = [one.attname for one in model._meta.concrete_fields if one.attname in values]
        found[model, pk] = model.from_db(parts[0].db, names, [values[name] for name in names])
    return found
