"""Filters as a page draws them: one facet for each, with its options, what is chosen and errors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from pages.filters import ListFilters, Mode, Several, Words

LONGEST_LABEL = 90
"""Characters of a choice; titles of records may have 300."""


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

    @property
    def option_tags(self) -> SafeString:
        """The choices of a select; hundreds of them, which a template would take long for."""
        return format_html_join("", "{}", ((tags_of(*group),) for group in self.groups))


def tags_of(heading: str, options: list[Ticked]) -> SafeString:
    tags = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (
                option.value,
                mark_safe(" selected") if option.chosen else "",
                Truncator(str(option.label)).chars(LONGEST_LABEL),
            )
            for option in options
        ),
    )
    return format_html('<optgroup label="{}">{}</optgroup>', heading, tags) if heading else tags


def facets(filters: ListFilters) -> dict[str, Facet]:
    """What a page draws, by name: filters in their order, with what belongs together joined."""
    drawn = {name: facet(filters, name) for name in filters.filters}
    for name, one in filters.filters.items():
        if isinstance(one, Several) and one.mode:
            drawn[name] = replace(drawn[name], mode=drawn.pop(one.mode))
    if {"from", "to"} <= drawn.keys():
        parts = (drawn["from"], drawn.pop("to"))
        drawn["from"] = Facet("from", _("Dates"), "period", [], parts=parts)
    return drawn


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
