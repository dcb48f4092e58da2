"""Filters as a page draws them: one facet for each, with its options, what is chosen and errors.

Where a list knows its numbers, an option says how many rows choosing it would find, and of many
options the largest are shown; the rest is fetched when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from pages.filters import ListFilters, Mode, Option, Several, Words

LONGEST_LABEL = 90
"""Characters of a choice; titles of records may have 300."""
LARGEST = 8
"""Values of a long facet that are shown at once, besides those chosen."""


@dataclass(frozen=True)
class Ticked:
    """One option, whether it is chosen, and how many rows it would find, if that is known."""

    value: str
    label: str | Promise
    chosen: bool
    number: int | None = None


@dataclass(frozen=True)
class Facet:
    """One filter on the page. ``style`` is ``words``, ``boxes``, ``select``, ``mode`` or ``day``.

    ``groups`` are pairs of a heading (may be empty) and options; ``value`` is what was typed.
    Two days that bound a time are one facet of style ``period`` with ``parts``. A facet that is
    ``counted`` shows numbers; ``more`` of its values are not shown.
    """

    name: str
    label: str | Promise
    style: str
    errors: list[str]
    value: str = ""
    groups: list[tuple[str, list[Ticked]]] = field(default_factory=list)
    mode: Facet | None = None
    parts: tuple[Facet, ...] = ()
    counted: bool = False
    more: int = 0

    @property
    def options(self) -> list[Ticked]:
        return [option for _heading, options in self.groups for option in options]

    @property
    def option_tags(self) -> SafeString:
        """The choices of a select; hundreds of them, which a template would take long for."""
        return format_html_join("", "{}", ((tags_of(*group),) for group in self.groups))

    @property
    def boxes(self) -> SafeString:
        """The options as boxes to tick. A template would take longer for them than for the rest
        of the page."""
        return mark_safe("".join(box(self.name, option) for option in self.options))  # noqa: S308 - escaped


def box(name: str, option: Ticked) -> str:
    value = escape(option.value)
    number = ""
    if option.number is not None:
        number = f'<span class="n">{number_format(option.number, force_grouping=True)}</span>'
    return (
        f'<label><input type="checkbox" id="filter-{name}-{value}" name="{name}" value="{value}"'
        f"{' checked' if option.chosen else ''}>"
        f" <span>{escape(Truncator(str(option.label)).chars(LONGEST_LABEL))}</span>"
        f"{number}</label>\n"
    )


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


Counted = Callable[[str], Mapping[Any, int] | None]
"""How many rows each value of a filter would find, or ``None`` where that is not known."""


def facets(filters: ListFilters, counted: Counted) -> dict[str, Facet]:
    """What a page draws, by name: filters in their order, with what belongs together joined."""
    drawn = {name: facet(filters, name, counted) for name in filters.filters}
    for name, one in filters.filters.items():
        if isinstance(one, Several) and one.mode:
            drawn[name] = replace(drawn[name], mode=drawn.pop(one.mode))
    if {"from", "to"} <= drawn.keys():
        parts = (drawn["from"], drawn.pop("to"))
        drawn["from"] = Facet("from", _("Dates"), "period", [], parts=parts)
    return drawn


def facet(filters: ListFilters, name: str, counted: Counted, *, largest: int = LARGEST) -> Facet:
    one = filters.filters[name]
    errors = [str(error) for error in filters.errors.get(name, [])]
    given = filters.given(name)
    typed = given[-1] if given else ""
    if isinstance(one, Mode):
        ticked = [Ticked(value, label, value == typed) for value, label in one.extra["choices"]]
        return Facet(name, one.label, "mode", errors, typed, [("", ticked)])
    counts = counted(name) if isinstance(one, Several) else None
    if isinstance(one, Several) and counts is not None:
        shown, more = largest_of(one, counts, given, largest)
        return Facet(
            name, one.label, "boxes", errors, groups=[("", shown)], counted=True, more=more
        )
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


def largest_of(
    one: Several, counts: Mapping[Any, int], given: list[str], largest: int
) -> tuple[list[Ticked], int]:
    """The options to show of a counted filter, and how many that find something are left.

    What is chosen is always shown, also where it finds nothing.
    """
    found = one.found(counts)
    if one.searchable:
        found.sort(key=lambda pair: -pair[1])
    chosen = one.known(given) if given else {}
    first = [
        (chosen[value], counts.get(chosen[value].key, 0)) for value in given if value in chosen
    ]
    if not one.searchable:
        missing = [pair for pair in first if pair[0].key not in counts]
        return [ticked(*pair, given) for pair in (*found, *missing)], 0
    rest = [pair for pair in found if pair[0].value not in chosen]
    shown = (*first, *rest[:largest])
    return [ticked(*pair, given) for pair in shown], max(0, len(rest) - largest)


def ticked(option: Option, number: int, given: list[str]) -> Ticked:
    return Ticked(option.value, option.label, option.value in given, number)
