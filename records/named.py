"""Names of partners and themes among the words that somebody searches a list for.

Words are looked for in texts, and a text need not name whom a record is tagged with. The list then
offers the filter that goes by the tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pages.filters import ListFilters, Option, Several
from pages.listing import Offer
from records.words import parse, runs, words_of

NAMED: Mapping[str, str | Promise] = {
    "partner": _("%(name)s is a partner: show what is recorded with it"),
    "theme": _("%(name)s is a theme: show what is recorded about it"),
}
"""Filters whose values have names that people type, and what is offered for one."""
MOST = 3
"""Names that are answered at once."""


@lru_cache(2_000)
def name_of(label: str) -> tuple[str, ...]:
    """The words of a name, which every search compares with its own."""
    return tuple(words_of(label))


def names_typed(filters: ListFilters) -> list[Offer]:
    """The filter for each name in the words searched for, the rest of them kept.

    A value goes by its name or by what stands in addresses: *France* or *FR*.
    """
    values: dict[str | tuple[str, ...], tuple[str, Option]] = {}
    for name in NAMED:
        one = filters.filters.get(name)
        for option in one.options if isinstance(one, Several) else ():
            values.setdefault(name_of(str(option.label)), (name, option))
            values.setdefault(option.value, (name, option))
    offers: list[Offer] = []
    end = 0
    for run in runs(" ".join(filters.given("q"))):
        found = values.get(run.words) or values.get(run.typed)
        if found is None or run.start < end or (run.rest.strip() and parse(run.rest).is_empty):
            continue
        end = run.end
        name, option = found
        changes = {"q": [run.rest] if run.rest.strip() else [], name: [option.value]}
        offers.append(Offer(str(NAMED[name]) % {"name": option.label}, changes))
    return offers[:MOST]
