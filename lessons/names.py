"""What the values of facets are called: read once, and again when one of them changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language

from agencies.models import Agency, Partner
from lessons.models import Theme
from pages.filters import Option
from programs.facets import KINDS
from records.bitmaps import State
from records.choices import folded


@dataclass(frozen=True)
class Names:
    """The options of one kind, in the order of the reader's language."""

    by_key: dict[Any, Option]
    by_value: dict[str, Option] = field(init=False)

    def __post_init__(self) -> None:
        by_value = {option.value: option for option in self.by_key.values()}
        object.__setattr__(self, "by_value", by_value)


def of_activities(kind: str) -> Callable[[], Iterable[tuple[str, str | Promise, int]]]:
    return lambda: KINDS[kind]._base_manager.order_by().values_list("ref", "title", "pk")


READ: dict[str, Callable[[], Iterable[tuple[str, str | Promise, int]]]] = {
    "partner": lambda: ((one.code, one.label, one.pk) for one in Partner.objects.order_by()),
    "theme": lambda: ((one.slug, str(one), one.pk) for one in Theme.objects.order_by()),
    "agency": lambda: Agency.objects.order_by().values_list("code", "name", "pk"),
    **{kind: of_activities(kind) for kind in KINDS},
}
"""How the values, words and keys of each kind are read."""

_known: dict[tuple[str, str], tuple[Any, Names]] = {}
_partners: tuple[Any, Mapping[int, Partner]] | None = None


def partners(state: State) -> Mapping[int, Partner]:
    """Every partner by id at the moment of ``state``; read, never changed."""
    global _partners
    if _partners is None or _partners[0] is not state.kinds["partner"]:
        _partners = (state.kinds["partner"], Partner.objects.order_by().in_bulk())
    return _partners[1]


def names(state: State, kind: str) -> Names:
    """What the records of ``kind`` are called at the moment of ``state``."""
    place = (kind, get_language() or "")
    held = _known.get(place)
    if held is None or held[0] is not state.kinds[kind]:
        options = [Option(value, str(label), pk) for value, label, pk in READ[kind]()]
        options.sort(key=lambda one: (folded(str(one.label)), one.key))
        held = (state.kinds[kind], Names({one.key: one for one in options}))
        _known[place] = held
    return held[1]
