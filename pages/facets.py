"""Filters as a page draws them: one facet for each, with its options, what is chosen and errors.

Where a list knows its numbers, an option says how many rows choosing it would find, and of many
options the largest are shown; the rest is fetched when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from heapq import nlargest
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pages.filters import ListFilters, Mode, Moment, Option, Several, Words
from pages.numbers import grouped

LONGEST_LABEL = 90
"""Characters of a choice; titles of records may have 300."""
LARGEST, LARGEST_FOLDED = 8, 4
"""Values of a long facet that are shown at once, besides those chosen; under "More filters"."""


class Ticked(NamedTuple):
    """One option, whether it is chosen, and how many rows it would find, if that is known."""

    value: str
    label: str | Promise
    chosen: bool
    number: int | None = None


@dataclass(frozen=True)
class Facet:
    """One filter on the page.

    ``style`` is ``words``, ``boxes``, ``all``, ``select``, ``period``, ``moment``, ``mode`` or
    ``day``; the last two are drawn inside of others.

    ``groups`` are pairs of a heading (may be empty) and options; ``value`` is what was typed.
    Two days that bound a time are one facet of style ``period`` with ``parts``. A facet that is
    ``counted`` shows numbers, while all filters are ``valid``; ``more`` of its values are not shown,
    all of them at ``all_url``.
    One of style ``all`` shows them all: those with ``find`` in their names but for ``left``.
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
    valid: bool = True
    more: int = 0
    all_url: str = ""
    find: str = ""
    left: int = 0

    @property
    def options(self) -> list[Ticked]:
        return [option for _heading, options in self.groups for option in options]

    @property
    def finds_nothing(self) -> bool:
        """No value has what was typed in its name, but for those chosen."""
        return self.valid and all(one.chosen for one in self.options)

    @property
    def option_tags(self) -> SafeString:
        """The choices of a select; hundreds of them, which a template would take long for."""
        return mark_safe("".join(tags_of(*group) for group in self.groups))  # noqa: S308 - escaped

    @property
    def boxes(self) -> SafeString:
        """The options as boxes to tick."""
        return mark_safe("".join([box(self.name, one) for one in self.options]))  # noqa: S308 - escaped

    @property
    def place(self) -> SafeString:
        """Where what is wrong with the filter stands; empty most of the time, filled by htmx too."""
        drawn = ""
        if self.errors:
            drawn = render_to_string("pages/_facet_errors.html", {"errors": self.errors})
        return mark_safe(f'<div id="error-{self.name}">{drawn}</div>')  # noqa: S308 - a template's

    @property
    def ways(self) -> SafeString:
        """How several values are combined, as buttons of which one is pressed."""
        if self.mode is None:
            return mark_safe("")
        name = self.mode.name
        buttons = "".join(
            f'<label><input type="radio" id="filter-{name}-{one.value or "any"}" name="{name}" '
            f'value="{one.value}"{" checked" if one.chosen else ""}> '
            f"<span>{escape(str(one.label))}</span></label>\n"
            for one in self.mode.options
        )
        label = escape(str(self.mode.label))
        return mark_safe(  # noqa: S308 - escaped
            f'<div class="inline" role="radiogroup" aria-label="{label}">{buttons}</div>'
            f"{self.mode.place}"
        )

    @property
    def way_to_all(self) -> str:
        """The link to all values, which take the place of those shown."""
        if not self.more:
            return ""
        words = ngettext("%(counter)s more", "%(counter)s more", self.more)
        url = escape(self.all_url)
        return (
            f'<a class="more" href="{url}" hx-get="{url}" '
            f'hx-target="#facet-{self.name}" hx-swap="innerHTML show:none" '
            f'hx-sync="closest form:queue last">{words % {"counter": self.more}}'
            f'<span class="visually-hidden">: {escape(str(self.label))}</span></a>'
        )

    @cached_property
    def inside(self) -> SafeString:
        """The filter as it stands in the list, without its frame.

        All filters of boxes together would take a template longer than the rest of the page.
        """
        if self.style != "boxes":
            return render_to_string(f"pages/_facet_{self.style}.html", {"facet": self})
        nothing = ""
        if self.counted and self.valid and not self.options:
            nothing = f'<p class="help">{escape(gettext("None here."))}</p>'
        return mark_safe(  # noqa: S308 - escaped
            f"<legend>{escape(str(self.label))}</legend>{self.place}{self.boxes}"
            f"{self.way_to_all}{nothing}{self.ways}"
        )


def shortened(label: str | Promise) -> str:
    """Words of a choice, not longer than one can take in."""
    words = str(label)
    return Truncator(words).chars(LONGEST_LABEL) if len(words) > LONGEST_LABEL else words


def box(name: str, option: Ticked) -> str:
    number = "" if option.number is None else f"<b>{grouped(option.number)}</b>"
    return (
        f'<label><input type="checkbox" name="{name}" value="{escaped(option.value)}"'
        f"{' checked' if option.chosen else ''}>"
        f" <span>{escaped(shortened(option.label))}</span>{number}</label>\n"
    )


escaped = lru_cache(maxsize=20_000)(escape)
"""Values and words of choices, of which the same hundred stand on every page."""


def tags_of(heading: str, options: list[Ticked]) -> str:
    tags = "".join(
        f'<option value="{escape(option.value)}"{" selected" if option.chosen else ""}>'
        f"{escape(shortened(option.label))}</option>"
        for option in options
    )
    return f'<optgroup label="{escape(heading)}">{tags}</optgroup>' if heading else tags


Counted = Callable[[str], Mapping[Any, int] | None]
"""How many rows each value of a filter would find, or ``None`` where that is not known."""


def facets(
    filters: ListFilters, counted: Counted, all_at: Callable[[str], str]
) -> dict[str, Facet]:
    """What a page draws, by name: filters in their order, with what belongs together joined.

    ``all_at`` gives the address of all values of a filter.
    """
    drawn = {
        name: facet(
            filters, name, counted, largest=LARGEST_FOLDED if name in filters.folded else LARGEST
        )
        for name in filters.on_the_page
    }
    for name, one in drawn.items():
        sought = filters.sought(name)
        if one.counted and sought is not None:
            drawn[name] = opened(facet(filters, name, counted, largest=MOST), sought, all_at(name))
        elif one.more:
            drawn[name] = replace(one, all_url=all_at(name))
    for name, one in filters.filters.items():
        if isinstance(one, Several) and one.mode:
            drawn[name] = replace(drawn[name], mode=drawn.pop(one.mode))
    if {"from", "to"} <= drawn.keys():
        parts = (drawn["from"], drawn.pop("to"))
        drawn["from"] = Facet("from", _("Dates"), "period", [], parts=parts)
    return drawn


MOST = 10_000
"""Values of one filter that are looked through for a part of a name."""
MOST_SHOWN = 300
"""Values of one filter that are shown at once."""


def opened(whole: Facet, find: str, all_url: str) -> Facet:
    """A facet with all of its values, or of those chosen and those with ``find`` in their names."""
    words = find.casefold().split()
    options = [
        one
        for one in whole.options
        if one.chosen or all(word in str(one.label).casefold() for word in words)
    ]
    shown, left = options[:MOST_SHOWN], max(0, len(options) - MOST_SHOWN) + whole.more
    return replace(
        whole, style="all", groups=[("", shown)], all_url=all_url, find=find, left=left, more=0
    )


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
            name,
            one.label,
            "boxes",
            errors,
            groups=[("", shown)],
            counted=True,
            valid=not filters.errors,
            more=more,
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
    if isinstance(one, Moment):
        ticked = [Ticked(typed, filters.words(name, typed), bool(typed))]
        return Facet(name, one.label, "moment", errors, typed, [("", ticked)])
    return Facet(name, one.label, "day", errors, typed)


def largest_of(
    one: Several, counts: Mapping[Any, int], given: list[str], largest: int
) -> tuple[list[Ticked], int]:
    """The options to show of a counted filter, and how many that find something are left.

    What is chosen is always shown, also where it finds nothing.
    """
    found = one.found(counts)
    chosen = one.known(given) if given else {}
    first = [
        (chosen[value], counts.get(chosen[value].key, 0)) for value in given if value in chosen
    ]
    if not one.searchable:
        missing = [pair for pair in first if pair[0].key not in counts]
        return [ticked(*pair, given) for pair in (*found, *missing)], 0
    rest = [pair for pair in found if pair[0].value not in chosen] if chosen else found
    shown = (*first, *nlargest(largest, rest, key=itemgetter(1)))
    return [ticked(*pair, given) for pair in shown], max(0, len(rest) - largest)


def ticked(option: Option, number: int, given: list[str]) -> Ticked:
    return Ticked(option.value, option.label, option.value in given, number)
