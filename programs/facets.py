"""Who may see an activity, with whom and of what kind it is, as entries of ``records.bitmaps``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import partial

from pyroaring import BitMap

from programs.models import Activity, Agreement, Exercise, Program
from records.bitmaps import Entries, Entry, State
from records.visibility import published_keys
from records.vocabulary import TLP

KINDS: dict[str, type[Activity]] = {
    "exercise": Exercise,
    "program": Program,
    "agreement": Agreement,
}
SHOWN = {"exercise": ("kind", "host_country", "program_id"), "program": (), "agreement": ()}
"""Columns of each kind that lessons are found by; ``host_country`` may be empty."""


def entries(kind: str, ids: Collection[int] | None) -> Iterator[Entry]:
    """The audience and the partners of each activity, and the columns named in ``SHOWN``."""
    model = KINDS[kind]
    every = model._base_manager.order_by()
    rows = every if ids is None else every.filter(pk__in=ids)
    agencies: defaultdict[int, set[int]] = defaultdict(set)
    people: defaultdict[int, set[int]] = defaultdict(set)
    for pk, partner in rows.filter(partners__isnull=False).values_list("pk", "partners"):
        yield "partner", partner, pk
    for path in ("agency", *model.RELEASED_THROUGH):
        for pk, agency in rows.filter(**{f"{path}__isnull": False}).values_list("pk", path):
            agencies[pk].add(agency)
    for path in (*model.OWNED_THROUGH, "red_recipients"):
        red = rows.filter(**{"tlp": TLP.RED, f"{path}__isnull": False})
        for pk, person in red.values_list("pk", path):
            people[pk].add(person)
    for pk, tlp, *values in rows.values_list("pk", "tlp", *SHOWN[kind]):
        for key in published_keys(tlp, agencies[pk], people[pk]):
            yield "audience", key, pk
        for column, value in zip(SHOWN[kind], values, strict=True):
            if value:
                yield column.removesuffix("_id"), str(value) if column == "kind" else value, pk


ENTRIES: dict[str, Entries] = {kind: partial(entries, kind) for kind in KINDS}


def seen(state: State, kind: str, keys: tuple[str, ...]) -> BitMap:
    """The ids of the activities of ``kind`` that the holder of ``keys`` may see."""
    audiences = state.of(kind, "audience")
    held = tuple(key for key in keys if key in audiences)
    found: BitMap = state.remember(
        ("seen", kind, held), lambda: BitMap.union(BitMap(), *(audiences[key] for key in held))
    )
    return found


def partners_of(state: State, kind: str, keys: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Record → the ids of its partners, of those of ``kind`` with these ``keys`` that have any."""
    asked = BitMap(keys)
    found: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for partner, held in sorted(state.of(kind, "partner").items()):
        for pk in held & asked:
            found[pk] += (partner,)
    return dict(found)
