"""The lists of records by their names, and what a kept query asks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Func, IntegerField, Model, QuerySet, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.models import User
from evaluation.models import Indicator, Story
from evaluation.views.lists import INDICATORS
from evaluation.views.stories import STORIES
from lessons.facets import Reading
from lessons.models import Action, Lesson
from lessons.views.actions import ACTIONS
from lessons.views.lists import LESSONS
from pages.filters import ListFilters, Several, written
from pages.listing import Finder, Listing, query_of
from programs.models import Agreement, Exercise, Program
from programs.views.lists import AGREEMENTS, EXERCISES, PROGRAMS
from records.vocabulary import ListKind

LISTS: dict[str, tuple[Listing, type[Model]]] = {
    ListKind.LESSONS: (LESSONS, Lesson),
    ListKind.EXERCISES: (EXERCISES, Exercise),
    ListKind.PROGRAMS: (PROGRAMS, Program),
    ListKind.AGREEMENTS: (AGREEMENTS, Agreement),
    ListKind.ACTIONS: (ACTIONS, Action),
    ListKind.INDICATORS: (INDICATORS, Indicator),
    ListKind.STORIES: (STORIES, Story),
}


@dataclass(frozen=True)
class Asker:
    """Who reads, as filters want to be told; with the ``reading`` of a request, if there is one."""

    user: User

    @classmethod
    def of(cls, user: User, reading: Reading | None) -> Asker:
        asker = cls(user)
        if reading is not None:
            asker.__dict__["reading"] = reading
        return asker


class KeptQueries:
    """Queries that were kept, read for one person.

    What the person may see, and the choices of filters, are found out once for a list, however many
    of its queries are read.
    """

    def __init__(self, reader: User, reading: Reading | None = None) -> None:
        self.reader = reader
        self.asker = Asker.of(reader, reading)
        self.offers: dict[str, ListFilters] = {}

    def filters(self, kind: str, query: str) -> ListFilters:
        listing, model = LISTS[kind]
        if kind not in self.offers:
            found: Any = model._default_manager
            rows: Any = found.visible_to(self.reader)
            self.offers[kind] = listing.filters(QueryDict(), queryset=rows, request=self.asker)
        rows = self.offers[kind].queryset
        filters: ListFilters = listing.filters(QueryDict(query), queryset=rows, request=self.asker)
        for name, one in filters.filters.items():
            if isinstance(one, Several) and filters.given(name):
                one.__dict__["options"] = self.offers[kind].filters[name].options
        return filters

    def finder(self, kind: str, query: str) -> Finder | None:
        """What the query finds; ``None`` where it makes no sense."""
        filters = self.filters(kind, query)
        return LISTS[kind][0].finder(filters) if filters.is_valid() else None

    def normal(self, kind: str, query: str) -> tuple[str, bool]:
        """The query without blanks, page and what no filter knows; and whether it makes sense."""
        filters = self.filters(kind, query)
        listing = LISTS[kind][0]
        asked = filters.asked
        sort = listing.sort(filters.data.get("sort", ""), asked) or listing.usual(asked)
        return query_of(listing, filters.asked, sort), filters.is_valid()

    def words(self, kind: str, query: str) -> list[str]:
        """The query in the reader's words; what they may not know of is not named."""
        filters = self.filters(kind, query)
        found = [
            f"{filters.filters[name].label}: {', '.join(self.named(filters, name, values))}"
            for name, values in filters.asked.items()
        ]
        listing = LISTS[kind][0]
        sort = listing.sort(filters.data.get("sort", ""), filters.asked)
        if sort is not None and sort is not listing.usual(filters.asked):
            found.append(str(sort.label))
        return found

    @staticmethod
    def named(filters: ListFilters, name: str, values: Sequence[str]) -> list[str]:
        one = filters.filters[name]
        if not isinstance(one, Several):
            return [filters.words(name, value) for value in values]
        known = {option.value: str(option.label) for option in one.options}
        return [known.get(value) or _("not for you to see") for value in values]


def address_of(kind: str, query: str) -> str:
    """The list that shows what the query asks for."""
    url = reverse(LISTS[kind][0].address)
    return f"{url}?{query}" if query else url


def news_of(kind: str, query: str, since: datetime) -> str:
    """The list of what is new to its reader in what the query asks for."""
    asked = QueryDict(query, mutable=True)
    asked["new"] = written(since)
    return address_of(kind, asked.urlencode())


def label_of(kind: str) -> str:
    return str(LISTS[kind][0].title)


def counted(kind: str) -> Callable[[int], str]:
    return LISTS[kind][0].counted


def number_of(rows: QuerySet) -> Subquery:
    """How many rows there are, as part of a larger query."""
    count = Func("pk", function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(number=count).values("number"))


def numbers_of(reader: User, rows: Sequence[QuerySet]) -> list[int]:
    """The number of rows of each, all by one query."""
    if not rows:
        return []
    named = {f"number_{place}": number_of(one) for place, one in enumerate(rows)}
    return list(User.objects.filter(pk=reader.pk).order_by().values_list(*named.values()).get())
