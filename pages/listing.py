"""A list with filters, orders, pages and a file of the same rows, written once for all lists.

A view narrows a queryset to its reader and calls ``show`` or ``send`` with a ``Listing``, which
says in data what is particular to that list.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pages.cursors import BadCursorError, Cursor, Sort, Window, window
from pages.export import Column
from pages.facets import MOST, Facet, facet, facets, opened
from pages.filters import ListFilters, Several
from pages.formats import FORMATS, Format
from pages.numbers import grouped

PAGE = 25
"""Rows on one page."""
SOME_FACET = "facet-name"
"""Stands for the name of a filter in an address."""


@dataclass(frozen=True)
class Empty:
    """What a list says while nothing is recorded, and the address where one begins."""

    title: str | Promise
    text: str | Promise
    action: str
    action_label: str | Promise


@dataclass(frozen=True)
class Offer:
    """What may be meant as well: in words, and the filters that it sets anew."""

    words: str
    changes: Mapping[str, list[str]]


class Finder(Protocol):
    """What finds the rows of a filtered list, and their numbers."""

    @property
    def filters(self) -> ListFilters: ...

    @property
    def total(self) -> int: ...

    @property
    def kept_back(self) -> int:
        """How many of the rows leave in no file."""

    def counts(self, name: str) -> Mapping[Any, int]:
        """By key of its options, how many rows each value of a filter would find."""

    def remember(self, key: Hashable, work_out: Callable[[], Any]) -> Any:
        """What ``work_out`` makes of the numbers of all filters; ``key`` names it.

        It may be kept for as long as they cannot have changed, and for readers who see the same.
        """

    def window(self, sort: Sort, cursor: Cursor | None, size: int) -> Window:
        """At most ``size`` rows from ``cursor`` on, as the page draws them."""

    def leaving(self, sort: Sort) -> Leaving:
        """The rows that leave in a file, in this order."""

    def notes(self, sort: Sort) -> list[str]:
        """What to say of an order."""


@dataclass(frozen=True)
class Leaving:
    """The ids of rows in their order, as numbers of eight bytes, and the markings among them."""

    keys: array[int]
    markings: Collection[str]

    @classmethod
    def of(cls, rows: Any, sort: Sort) -> Leaving:
        """Those of ``rows``, a queryset of marked records, that may leave."""
        keys, markings = array("q"), set()
        for key, marking in sort.ordered(rows.exportable()).values_list("pk", "tlp").iterator():
            keys.append(key)
            markings.add(marking)
        return cls(keys, markings)


Prepare = Callable[[QuerySet, Any], QuerySet]
"""Adds to a query what a row on the page shows to a reader."""
Finish = Callable[[list[Any], Any], None]
"""Adds to rows fetched for a reader what one query for all of them tells."""


@dataclass(frozen=True)
class Database:
    """The finder of a list that is short enough to be counted; its filters carry no numbers.

    The model of its rows says which of them are ``kept_back``, if any can leave.
    """

    filters: ListFilters
    prepare: Prepare
    finish: Finish

    @cached_property
    def rows(self) -> QuerySet:
        return self.filters.narrowed()

    @property
    def prepared(self) -> QuerySet:
        """The rows with what the page shows of each."""
        return self.prepare(self.rows, self.filters.reader)

    @property
    def is_kept_back(self) -> Q:
        """Whether a row leaves in no file."""
        every: Any = self.rows.model._default_manager
        kept_back = every.kept_back() if hasattr(every, "kept_back") else every.none()
        return Q(pk__in=kept_back.values("pk"))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """How many rows there are, and how many of them leave in no file, by one query."""
        return self.rows.aggregate(
            total=Count("pk"), kept_back=Count("pk", filter=self.is_kept_back)
        )

    @property
    def total(self) -> int:
        return self.numbers["total"]

    @property
    def kept_back(self) -> int:
        return self.numbers["kept_back"]

    def counts(self, name: str) -> Mapping[Any, int]:
        return {}

    def remember(self, key: Hashable, work_out: Callable[[], Any]) -> Any:
        return work_out()

    def window(self, sort: Sort, cursor: Cursor | None, size: int) -> Window:
        shown = window(self.prepared, sort, cursor, size)
        self.finish(shown.rows, self.filters.reader)
        return shown

    def leaving(self, sort: Sort) -> Leaving:
        return Leaving.of(self.rows, sort)

    def notes(self, sort: Sort) -> list[str]:
        return []


@dataclass(frozen=True)
class Listing:
    """What is particular to one list.

    ``address`` and ``file_address`` are names of addresses; a list without a file has no views to
    be saved either. ``row`` is the template of one row,
    given it as ``record``, or nothing where rows draw themselves; ``counted`` puts a number of
    rows into words. The first of ``sorts`` is the usual one. ``columns`` are those of the file.
    ``finder`` finds the rows of valid filters; ``facet_address`` is the name of the address that shows all
    values of a filter with their numbers, where the finder knows them. ``left_out`` says what is
    found only if somebody asks for its status. ``relevance`` is the usual
    order while somebody searches for words, if the finder knows such an order. ``offered`` says what
    may be meant by a search for words.
    """

    title: str | Promise
    counted: Callable[[int], str]
    address: str
    file_address: str
    file_name: str
    template: str
    filters: type[ListFilters]
    sorts: tuple[Sort, ...]
    columns: tuple[Column, ...]
    empty: Empty
    finder: Callable[[ListFilters], Finder]
    row: str = ""
    facet_address: str = ""
    left_out: str | Promise = ""
    relevance: Sort | None = None
    offered: Callable[[ListFilters], Sequence[Offer]] = lambda filters: ()

    def sort(self, name: str, asked: Mapping[str, list[str]] | None = None) -> Sort | None:
        """The order called ``name``; the usual one of a list narrowed so without a name."""
        return called(name, self.sorts_of(asked or {}))

    def sorts_of(self, asked: Mapping[str, list[str]]) -> tuple[Sort, ...]:
        """The orders of a list narrowed so, the usual one first."""
        usual = self.usual(asked)
        return self.sorts if usual is self.sorts[0] else (usual, *self.sorts)

    def usual(self, asked: Mapping[str, list[str]]) -> Sort:
        """The order of a list narrowed so, unless another is asked for."""
        return self.relevance if self.relevance and asked.get("q") else self.sorts[0]


def called(name: str, sorts: Sequence[Sort]) -> Sort | None:
    """The order called ``name``; the first one without a name."""
    return next((sort for sort in sorts if sort.name == (name or sorts[0].name)), None)


def query_of(
    listing: Listing,
    asked: Mapping[str, list[str]],
    sort: Sort,
    cursor: Cursor | None = None,
) -> str:
    """The query string that shows ``asked`` in this order, the usual one left out."""
    parts: list[tuple[str, Any]] = list(asked.items())
    if sort is not listing.usual(asked) and sort is not listing.relevance:
        parts.append(("sort", sort.name))
    if cursor is not None:
        parts.append(("cursor", str(cursor)))
    return urlencode(parts, doseq=True)


@dataclass(frozen=True)
class Chip:
    """An active filter, and the address of the list without it.

    One that is ``wrong`` has a value that does not fit.
    """

    label: str
    value: str
    remove_url: str
    wrong: bool = False


@dataclass(frozen=True)
class Choice:
    """An order to choose."""

    label: str | Promise
    url: str
    current: bool


class Shown:
    """One list as one request sees it; what the templates of ``templates/pages/`` read."""

    def __init__(self, request: HttpRequest, listing: Listing, queryset: QuerySet) -> None:
        self.listing = listing
        self.path = reverse(listing.address)
        self.filters = listing.filters(request.GET, queryset=queryset, request=request)
        self.notes: list[str] = []
        self.sorts = listing.sorts_of(self.filters.asked)
        self.sort = self._sort(request.GET.get("sort", ""))
        self.valid: bool = self.filters.is_valid()
        self.finder = listing.finder(self.filters) if self.valid else None
        self.total: int = self.finder.total if self.finder else 0
        self.cursor: Cursor | None = self._cursor(request.GET.get("cursor", ""))

    def _sort(self, name: str) -> Sort:
        sort = called(name, self.sorts)
        if sort is None:
            self.notes.append(_("There is no such order. This is the usual one."))
        return sort or self.sorts[0]

    def _cursor(self, text: str) -> Cursor | None:
        if not text:
            return None
        try:
            return Cursor.read(text, self.sort)
        except BadCursorError:
            self.notes.append(
                _("That page of the list does not exist. This is the beginning of the list.")
            )
            return None

    @cached_property
    def window(self) -> Window:
        """The rows of the page; fetching them may add a note."""
        if self.finder is None or not self.total:
            return Window([], None, None)
        shown = self.finder.window(self.sort, self.cursor, PAGE)
        self.notes += self.finder.notes(self.sort)
        if not shown.rows and self.cursor is not None:
            self.notes.append(_("That page is empty now. This is the beginning of the list."))
            self.cursor = None
            shown = self.finder.window(self.sort, None, PAGE)
        return shown

    @property
    def rows(self) -> list[Any]:
        return self.window.rows

    @property
    def words(self) -> str:
        """How many rows there are: “38 lessons”."""
        return self.listing.counted(self.total)

    @property
    def number(self) -> str:
        return grouped(self.total)

    @property
    def kept_back(self) -> int:
        """How many of the rows leave in no file."""
        return self.finder.kept_back if self.finder else 0

    @property
    def leaving(self) -> str:
        """How many rows a file would have, in words; nothing if it had none."""
        number = self.total - self.kept_back
        return self.listing.counted(number) if number else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filters.asked)

    def url(
        self,
        asked: Mapping[str, list[str]] | None = None,
        *,
        sort: Sort | None = None,
        cursor: Cursor | None = None,
        path: str = "",
    ) -> str:
        """The address that shows ``asked`` (what is shown now unless given), without blanks."""
        filters = self.filters.asked if asked is None else asked
        query = query_of(self.listing, filters, sort or self.sort, cursor)
        return f"{path or self.path}?{query}" if query else path or self.path

    @property
    def true_url(self) -> str:
        """The address of exactly what is shown."""
        return self.url(cursor=self.cursor)

    @property
    def clear_url(self) -> str:
        return self.url({})

    @property
    def query(self) -> str:
        """What is shown, without the page: the same for everybody who asks the same."""
        return query_of(self.listing, self.filters.asked, self.sort)

    @property
    def files(self) -> list[tuple[Format, str]]:
        """The formats of the file, each with its address; none of a list that leaves in no file."""
        if not self.listing.file_address:
            return []
        url = self.url(path=reverse(self.listing.file_address))
        return [
            (one, f"{url}{'&' if '?' in url else '?'}format={one.name}") for one in FORMATS.values()
        ]

    @cached_property
    def chips(self) -> list[Chip]:
        found = []
        for name, values in self.filters.asked.items():
            for value in values:
                kept = [one for one in values if one != value]
                rest = self.filters.meant({**self.filters.asked, name: kept})
                label = str(self.filters.filters[name].label)
                words = self.filters.words(name, value)
                wrong = not self.filters.makes_sense(name, value)
                found.append(Chip(label, words, self.url(rest), wrong))
        return found

    @property
    def left_out(self) -> str | Promise:
        """What the list leaves out, as long as no status is asked for."""
        return "" if "status" in self.filters.asked else self.listing.left_out

    @cached_property
    def offers(self) -> list[tuple[str, str]]:
        """What may be meant by the words searched for, each with its address."""
        asked = self.filters.asked
        if not self.valid or not asked.get("q"):
            return []
        return [
            (offer.words, self.url(self.filters.meant({**asked, **offer.changes})))
            for offer in self.listing.offered(self.filters)
        ]

    @property
    def orders(self) -> list[Choice]:
        return [Choice(sort.label, self.url(sort=sort), sort is self.sort) for sort in self.sorts]

    @property
    def hidden_sort(self) -> str:
        """The order as the filter form keeps it."""
        return "" if self.sort is self.sorts[0] else self.sort.name

    @cached_property
    def drawn(self) -> dict[str, Facet]:
        """The filters by name, as ``pages.facets.facets`` has them.

        They are more than half of a page, and the same until a number changes.
        """

        def draw() -> dict[str, Facet]:
            return facets(self.filters, self.counted, self.facet_url)

        if self.finder is None or self.filters.is_sought:
            return draw()
        given = tuple((name, *values) for name, values in self.filters.in_address.items())
        key = (self.path, self.sort.name, given, get_language())
        shown: dict[str, Facet] = self.finder.remember(key, draw)
        return shown

    def counted(self, name: str) -> Mapping[Any, int] | None:
        """The numbers beside the values of a filter; ``None`` where this list has none.

        While a filter makes no sense nothing is found.
        """
        if not self.listing.facet_address:
            return None
        return self.finder.counts(name) if self.finder else {}

    @cached_property
    def counted_facets(self) -> list[Facet]:
        """The filters that show numbers: they change with every other filter."""
        return [one for one in self.drawn.values() if one.counted]

    def facet_url(self, name: str) -> str:
        """Where all values of a filter are shown."""
        path, query = self.facet_path
        return f"{path.replace(SOME_FACET, name)}{query}"

    @cached_property
    def facet_path(self) -> tuple[str, str]:
        """The path of the values of ``SOME_FACET``, and the query string behind it."""
        path = reverse(self.listing.facet_address, args=[SOME_FACET])
        return path, self.url(path=path).removeprefix(path)

    @property
    def facets(self) -> list[Facet]:
        """The filters that stand in the open."""
        return [one for name, one in self.drawn.items() if name not in self.filters.folded]

    @property
    def folded_facets(self) -> list[Facet]:
        """The filters under "More filters"."""
        return [one for name, one in self.drawn.items() if name in self.filters.folded]

    @property
    def fold_is_open(self) -> bool:
        return any(name in self.filters.asked for name in self.filters.folded)

    @property
    def errors(self) -> list[tuple[str, list[str]]]:
        """Every filter with what is wrong with it, mostly nothing; without those whose facet is
        drawn anew as a whole."""
        found = self.filters.errors
        whole = {one.name for one in self.counted_facets}
        whole |= {one.mode.name for one in self.counted_facets if one.mode}
        return [
            (name, [str(error) for error in found.get(name, [])])
            for name in self.filters.on_the_page
            if name not in whole
        ]

    @property
    def place(self) -> str:
        """Which rows the page shows: “1–25 of 92”; nothing between the first page and the last.

        A page is found by the row before it, so that nobody knows how many come before that.
        """
        if self.window.previous is None:
            first = 1
        elif self.window.next is None:
            first = self.total - len(self.rows) + 1
        else:
            return ""
        last = first + len(self.rows) - 1
        return _("%(first)s–%(last)s of %(total)s") % {
            "first": grouped(first),
            "last": grouped(last),
            "total": self.number,
        }

    @property
    def page(self) -> dict[str, str | None]:
        """The ways to the pages around this one, and which rows it shows."""
        previous, following = self.window.previous, self.window.next
        return {
            "words": self.place,
            "first_url": self.url() if previous else None,
            "previous_url": self.url(cursor=previous) if previous else None,
            "next_url": self.url(cursor=following) if following else None,
        }


def has_blanks(request: HttpRequest) -> bool:
    """Whether the address names something without a value."""
    return any(not value.strip() for _name, values in request.GET.lists() for value in values)


def show(request: HttpRequest, listing: Listing, queryset: QuerySet) -> HttpResponse:
    """The list page, or for htmx what changes on it when a filter changes.

    ``queryset`` holds what the reader may see. A filter that makes no sense gives its message
    and no rows; a cursor or order that makes none gives the beginning of the list and a message.
    """
    shown = Shown(request, listing, queryset)
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    if not htmx and has_blanks(request):
        # A form that is sent without scripts names every field, also those left open.
        return HttpResponseRedirect(shown.true_url)
    shown.window  # noqa: B018 - the notes must be known before the page is drawn
    fragment = bool(htmx) and not htmx.history_restore_request
    template = "pages/_listing_swap.html" if fragment else listing.template
    response = render(request, template, {"shown": shown, "listing": listing})
    patch_vary_headers(response, ["HX-Request"])
    if fragment:
        response["HX-Push-Url"] = shown.true_url
        # The same address holds a whole page: going back must not find this part of one.
        response["Cache-Control"] = "private, no-store"
    return response


def show_facet(
    request: HttpRequest, listing: Listing, queryset: QuerySet, name: str
) -> HttpResponse:
    """All values of one filter that find something with the other filters as they are.

    For htmx the boxes to tick in the place of the few; else a page of links into the list. 404
    for a name that is no filter with numbers.
    """
    shown = Shown(request, listing, queryset)
    filters = shown.filters
    if not isinstance(filters.filters.get(name), Several) or shown.counted(name) is None:
        raise Http404
    found = opened(
        facet(filters, name, shown.counted, largest=MOST),
        filters.sought(name) or "",
        shown.facet_url(name),
    )
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    if htmx:
        mode = filters.filters[name].mode
        ways = facet(filters, mode, shown.counted) if mode else None
        response = HttpResponse(replace(found, mode=ways).inside)
    else:
        given = filters.asked.get(name, [])
        links = [
            (one, shown.url(filters.meant({**filters.asked, name: toggled(given, one.value)})))
            for one in found.options
        ]
        context = {"shown": shown, "listing": listing, "facet": found, "links": links}
        response = render(request, "pages/facet.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def toggled(given: list[str], value: str) -> list[str]:
    return [one for one in given if one != value] if value in given else [*given, value]


@dataclass(frozen=True)
class Asked:
    """The file that somebody asks for: which rows in which order, in which format."""

    listing: Listing
    format: Format
    finder: Finder
    rows: QuerySet
    sort: Sort
    query: str


def send(
    request: HttpRequest,
    listing: Listing,
    queryset: QuerySet,
    sender: Callable[[HttpRequest, Asked], HttpResponseBase],
) -> HttpResponseBase:
    """All rows of the list as a file, not only those of a page, made by ``sender``.

    ``queryset`` holds what the reader may see. An unknown format or a filter that makes no sense
    is refused with 400: a file cannot show a message beside its rows.
    """
    filters = listing.filters(request.GET, queryset=queryset, request=request)
    asked_format = FORMATS.get(request.GET.get("format", "csv"))
    problems = [
        f"{filters.filters[name].label}: {error}"
        for name, errors in filters.errors.items()
        for error in errors
    ]
    if asked_format is None:
        known = ", ".join(FORMATS)
        unknown = _("There is no such file format. Lists are sent as %(known)s.")
        problems.insert(0, unknown % {"known": known})
    if problems or asked_format is None:
        return refused(request, listing, problems)
    sort = listing.sort(request.GET.get("sort", "")) or listing.sorts[0]
    query = query_of(listing, filters.asked, sort)
    finder, rows = listing.finder(filters), filters.narrowed()
    return sender(request, Asked(listing, asked_format, finder, rows, sort, query))


def refused(request: HttpRequest, listing: Listing, problems: list[str]) -> HttpResponse:
    """The page that says why there is no file."""
    context = {"problems": problems, "list_url": reverse(listing.address), "listing": listing}
    return render(request, "pages/listing_refused.html", context, status=400)
