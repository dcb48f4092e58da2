"""How the list of lessons finds its rows and numbers: filters turned into sets of ids.

Rows come from the database, narrowed by ``visible_to`` once more; which rows a page shows is
known beforehand. Orders by date walk the days in memory. Others let the database walk an index
and keep what belongs, or, where little belongs, put that in order.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain, islice
from typing import Any

from pyroaring import BitMap

from lessons import rows
from lessons.facets import Found, Reading
from lessons.models import Lesson
from lessons.vocabulary import Priority
from pages.cursors import Cursor, Sort, Window
from pages.filters import ListFilters, Option, Several
from pages.listing import Leaving
from records import words
from records.search import BOUND, RELEVANT, note_of_bound
from records.vocabulary import TLP

FEW = 1_000
"""So many ids can be put in order by the database at once; of more it walks the whole order."""
MOST_AT_ONCE = 20_000
NEVER = date(9999, 12, 31)
"""Where a day that is not set stands in an order."""
RANKS = [Priority.URGENT, Priority.CAUTION, Priority.INFORMATION]
"""Priorities, the first one first."""

Place = tuple[Any, ...]


class LessonFinder:
    """What one request finds; see ``pages.listing.Finder``."""

    def __init__(self, filters: ListFilters, reading: Reading) -> None:
        self.filters = filters
        self.reading = reading
        together = {
            name
            for name, one in filters.filters.items()
            if isinstance(one, Several) and one.mode and filters.data.get(one.mode) == "all"
        }
        self.found = Found(self.reading, self.asked(), together)

    def asked(self) -> dict[str, BitMap]:
        """The lessons that each filter allows, by its name."""
        given = self.filters.form.cleaned_data
        asked = {}
        for name, one in self.filters.filters.items():
            if isinstance(one, Several) and given.get(name):
                together = bool(one.mode) and self.filters.data.get(one.mode) == "all"
                asked[name] = self.having(name, given[name], every=together)
        if given.get("from") or given.get("to"):
            asked["dates"] = self.reading.between(given.get("from"), given.get("to"))
        if given.get("q"):
            asked["q"] = self.reading.matching(given["q"])
        if given.get("new"):
            news = Lesson.objects.news_to(self.filters.reader, given["new"]).order_by()
            asked["new"] = BitMap(news.values_list("pk", flat=True))
        return asked

    def having(self, facet: str, options: list[Option], *, every: bool) -> BitMap:
        """The lessons that have one of the values, or every one."""
        values = self.reading.values(facet)
        sets = [values.get(option.key, BitMap()) for option in options]
        return BitMap.intersection(*sets) if every else BitMap.union(*sets)

    def notes(self, sort: Sort) -> list[str]:
        return note_of_bound(self.total) if sort.name == RELEVANT.name else []

    @property
    def total(self) -> int:
        return self.found.total

    @property
    def kept_back(self) -> int:
        return self.found.ids.intersection_cardinality(
            self.reading.values("tlp").get(TLP.RED, BitMap())
        )

    def counts(self, name: str) -> Mapping[Any, int]:
        return self.found.counts(name)

    def remember(self, key: Hashable, work_out: Callable[[], Any]) -> Any:
        """What ``work_out`` makes of the numbers, once while nothing changes.

        Moments are looked up in the database, which may know more by now.
        """
        if "new" in self.found.asked:
            return work_out()
        return self.reading.remember(key, work_out)

    def window(self, sort: Sort, cursor: Cursor | None, size: int) -> Window:
        """At most ``size`` rows from ``cursor`` on, and the cursors around them."""
        backwards = cursor is not None and cursor.backwards
        walk = WALKS.get(sort.name, by_database)
        place = cursor.place if cursor else None
        places = list(islice(walk(self, sort, place, backwards), size + 1))
        more, places = len(places) > size, places[:size]
        if not places:
            return Window([], None, None)
        if backwards:
            places.reverse()
        fetched = rows.fetch([place[-1] for place in places], self.reading)
        if self.filters.query is not None:
            snippets = self.reading.snippets(self.filters.query, list(fetched))
            for pk, row in fetched.items():
                heading = words.mark(self.filters.query, row.title) if row.title else row.heading
                fetched[pk] = replace(row, heading=heading, snippet=snippets.get(pk, row.snippet))
        before = more if backwards else cursor is not None
        after = backwards or more
        return Window(
            [fetched[place[-1]] for place in places if place[-1] in fetched],
            Cursor(sort.name, places[0], True) if before else None,
            Cursor(sort.name, places[-1], False) if after else None,
        )

    def leaving(self, sort: Sort) -> Leaving:
        walk = WALKS.get(sort.name)
        if walk is None:
            return Leaving.of(self.filters.narrowed(), sort)
        by_marking = self.reading.values("tlp")
        red = by_marking.get(TLP.RED, BitMap())
        return Leaving(
            array("q", (pk for *_, pk in walk(self, sort, None, False) if pk not in red)),
            [one for one in by_marking if one != TLP.RED and self.ids.intersect(by_marking[one])],
        )

    @cached_property
    def ids(self) -> BitMap:
        return self.found.ids

    def newest_of(self, number: int) -> BitMap:
        """The newest ``number`` lessons found: whole years, and the last days of one more."""
        chosen = BitMap()
        if len(self.ids) <= number:
            return self.ids
        years = self.reading.state.of("lesson", "year")
        for year in sorted(years, reverse=True):
            of_year = self.ids & years[year]
            left = number - len(chosen)
            if len(of_year) > left:
                last = self.by_day(of_year, None, newest=True, highest=True)
                return chosen | BitMap(pk for _day, pk in islice(last, left))
            chosen |= of_year
        return chosen

    def by_day(
        self, ids: BitMap, start: tuple[date, int] | None, *, newest: bool, highest: bool
    ) -> Iterator[tuple[date, int]]:
        """Places of ``ids`` by day, ``newest`` first or last, after ``start``.

        Of one day the ``highest`` id comes first or last.
        """
        days, by_day = self.reading.days, self.reading.state.of("lesson", "day")
        years = self.reading.state.of("lesson", "year")
        first, last = 0, len(days)
        if start and newest:
            last = bisect_right(days, start[0].toordinal())
        elif start:
            first = bisect_left(days, start[0].toordinal())
        span = range(last - 1, first - 1, -1) if newest else range(first, last)
        year, holds = 0, True
        for number in span:
            day = date.fromordinal(days[number])
            if day.year != year:
                year, holds = day.year, ids.intersect(years[day.year])
            if not holds:
                continue
            of_day = by_day[days[number]] & ids
            for pk in reversed(of_day) if highest else of_day:
                if is_beyond(day, pk, start, highest=highest):
                    yield day, pk


def is_beyond(day: date, pk: int, place: Place | None, *, highest: bool) -> bool:
    """Whether a lesson, on the day of ``place`` or a later one of the walk, comes after it."""
    if place is None or day != place[0]:
        return True
    beyond: bool = pk < place[1] if highest else pk > place[1]
    return beyond


def newest(
    finder: LessonFinder, sort: Sort, place: Place | None, backwards: bool
) -> Iterator[Place]:
    return finder.by_day(finder.ids, place, newest=not backwards, highest=not backwards)


def oldest(
    finder: LessonFinder, sort: Sort, place: Place | None, backwards: bool
) -> Iterator[Place]:
    return finder.by_day(finder.ids, place, newest=backwards, highest=backwards)


def by_priority(
    finder: LessonFinder, sort: Sort, place: Place | None, backwards: bool
) -> Iterator[Place]:
    """Urgent first; of one priority the newest first, of one day the first recorded first."""
    by_value = finder.reading.values("priority")
    ranks = list(enumerate(RANKS))
    for rank, priority in reversed(ranks) if backwards else ranks:
        start = None
        if place is not None:
            if (rank > place[0]) if backwards else (rank < place[0]):
                continue
            start = (place[1], place[2]) if rank == place[0] else None
        ids = finder.ids & by_value.get(priority, BitMap())
        for day, pk in finder.by_day(ids, start, newest=not backwards, highest=backwards):
            yield rank, day, pk


def by_review(
    finder: LessonFinder, sort: Sort, place: Place | None, backwards: bool
) -> Iterator[Place]:
    """The review due first comes first; lessons that wait for none follow as they were recorded."""
    due = finder.reading.values("due")
    waiting = BitMap.union(BitMap(), *due.values())
    groups = [(date.fromordinal(day), due[day]) for day in sorted(due)]
    groups.append((NEVER, finder.ids - waiting))
    for day, lessons in reversed(groups) if backwards else groups:
        if place is not None and ((day > place[0]) if backwards else (day < place[0])):
            continue
        ids = lessons & finder.ids
        for pk in reversed(ids) if backwards else ids:
            if is_beyond(day, pk, place, highest=backwards):
                yield day, pk


def by_database(
    finder: LessonFinder, sort: Sort, place: Place | None, backwards: bool
) -> Iterator[Place]:
    """Any other order. Much is walked in blocks so large that one mostly fills a page."""
    names = [key.name for key in sort.all_keys]
    ids, number = finder.ids, len(finder.ids)
    lessons = Lesson.objects.filter(pk__in=list(ids)) if number <= FEW else Lesson.objects.all()
    every = len(finder.reading.visible)
    block = FEW + 1 if number <= FEW else min(MOST_AT_ONCE, 100 + 50 * every // number)
    while True:
        ordered = sort.ordered(lessons, backwards=backwards)
        if place is not None:
            ordered = ordered.filter(sort.beyond(place, backwards=backwards))
        found = list(ordered.values_list(*names)[:block])
        for at in found:
            if at[-1] in ids:
                yield at
        if len(found) < block:
            return
        place = found[-1]


def by_relevance(
    finder: LessonFinder, sort: Sort, place: Place | None, backwards: bool
) -> Iterator[Place]:
    """The newest ``BOUND`` by relevance, the rest by date; a place is a number in this order."""
    first = 0 if place is None else place[0] + (0 if backwards else 1)
    first = max(0, min(first, len(finder.ids)))  # an address may say anything
    bounded = finder.newest_of(BOUND)
    beyond = finder.ids - bounded
    by_date = (pk for _day, pk in finder.by_day(beyond, None, newest=True, highest=True))
    order: Iterator[int] = iter(bounded)
    if finder.filters.query is not None and (backwards or first < BOUND):
        order = iter(finder.reading.ranked(finder.filters.query, bounded))
    if backwards:
        yield from reversed(list(islice(enumerate(chain(order, by_date)), first)))
        return
    yield from islice(enumerate(chain(order, by_date)), first, None)


WALKS: dict[str, Callable[[LessonFinder, Sort, Place | None, bool], Iterator[Place]]] = {
    "newest": newest,
    "oldest": oldest,
    "priority": by_priority,
    "review": by_review,
    RELEVANT.name: by_relevance,
}
