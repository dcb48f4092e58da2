"""Filters as a page draws them: one facet for each, with its options, what is chosen and errors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pages.filters import ListFilters, Mode, Several, Words


@dataclass(frozen=True)
class Ticked:
    """One option and whether it is chosen."""

    value: str
    label: str | Promise
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One filter on the page. ``style`` is ``words``, ``boxes``, ``select``, ``mode`` or ``day``.

    ``groups`` are pairs of a heading (may be empty) and options; ``value`` is what was typed.
    Two days that bound a time are one facet of style ``period`` with ``parts``.
    """

    name: str
    label: str | Promise
    style: str
    errors: list[str]
    value: str = ""
    groups: list[tuple[str, list[Ticked]]] = field(default_factory=list)
    mode: Facet | None = None
    parts: tuple[Facet, ...] = ()

    @property
    def options(self) -> list[Ticked]:
        return [option for _heading, options in self.groups for option in options]


def facets(filters: ListFilters, *, folded: bool) -> list[Facet]:
    """The facets that stand in the open, or those under "More filters"."""
    drawn = {name: facet(filters, name) for name in filters.filters}
    for name, one in filters.filters.items():
        if isinstance(one, Several) and one.mode:
            drawn[name] = replace(drawn[name], mode=drawn.pop(one.mode))
    if {"from", "to"} <= drawn.keys():
        parts = (drawn["from"], drawn.pop("to"))
        drawn["from"] = Facet("from", _("Dates"), "period", [], parts=parts)
    return [one for name, one in drawn.items() if (name in filters.folded) == folded]


def facet(filters: ListFilters, name: str) -> Facet:
    one = filters.filters[name]
    errors = [str(error) for error in filters.errors.get(name, [])]
    given = filters.given(name)
    typed = given[-1] if given else ""
    if isinstance(one, Mode):
        ticked = [Ticked(value, label, value == typed) for value, label in one.extra["choices"]]
        return Facet(name, one.label, "mode", errors, typed, [("", ticked)])
    if isinstance(one, Several):
        groups = [
            (
                str(heading),
                [Ticked(option.value, option.label, option.value in given) for option in options],
            )
            for heading, options in groupby(one.options, key=lambda option: option.group)
        ]
        return Facet(name, one.label, "select" if one.searchable else "boxes", errors, "", groups)
    if isinstance(one, Words):
        return Facet(name, one.label, "words", errors, typed.replace("\x00", ""))
    return Facet(name, one.label, "day", errors, typed)
