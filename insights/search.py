"""One search across all that is recorded, and what is offered while one types.

Everything starts from ``visible_to``, or for the numbers of lessons from the sets that repeat it:
what is hidden from the reader is in no row, no total, no snippet and no suggestion. A search costs
the same number of queries whatever it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap

from agencies.models import Partner, PartnerKind, User
from evaluation.models import Indicator, Story
from evaluation.search import INDICATOR_TEXT, STORY_TEXT
from insights import links
from lessons import facets
from lessons.models import Lesson, Theme
from lessons.search import LESSON_TEXT
from pages.filters import LONGEST_TEXT, WordsField
from pages.numbers import grouped
from programs.models import Agreement, Exercise, Program
from programs.search import AGREEMENT_TEXT, EXERCISE_TEXT, PROGRAM_TEXT
from records import words
from records.choices import folded
from records.models import SharedRecord
from records.search import BOUND, TextIndex, ranked
from records.words import Query, parse

BEST = 4
"""Records shown of each kind."""
PARTNERS = 12
OFFERED, OF_EACH = 8, 3
"""Suggestions in all, and records of each kind among them."""
SHORT = ("ref", "title", "tlp")


@dataclass(frozen=True)
class Kind:
    """One kind of record as a search shows it. ``listed`` are those that its list shows."""

    name: str
    title: str | Promise
    one: str | Promise
    model: type[SharedRecord]
    index: TextIndex
    address: str
    listed: Callable[[QuerySet], QuerySet] = lambda records: records
    facts: tuple[str, ...] = ()
    """Columns that a row shows beside its words."""

    def visible(self, reader: User) -> QuerySet:
        return self.model.objects.visible_to(reader).order_by()

    def found(self, query: Query, reader: User) -> QuerySet:
        return self.listed(self.visible(reader)).filter(self.index.condition(query))


KINDS = (
    Kind(
        "lesson",
        gettext_lazy("Lessons"),
        gettext_lazy("Lesson"),
        Lesson,
        LESSON_TEXT,
        "lessons:lessons",
        lambda lessons: cast(Any, lessons).current(),
        ("status", "dated_on", "occurred_on", "occurred_precision"),
    ),
    Kind(
        "exercise",
        gettext_lazy("Exercises"),
        gettext_lazy("Exercise"),
        Exercise,
        EXERCISE_TEXT,
        "programs:exercises",
        facts=("status", "starts_on", "starts_precision", "ends_on", "ends_precision"),
    ),
    Kind(
        "program",
        gettext_lazy("Programs"),
        gettext_lazy("Program"),
        Program,
        PROGRAM_TEXT,
        "programs:programs",
        facts=("status", "dated_on"),
    ),
    Kind(
        "agreement",
        gettext_lazy("Agreements"),
        gettext_lazy("Agreement"),
        Agreement,
        AGREEMENT_TEXT,
        "programs:agreements",
        facts=("status", "dated_on"),
    ),
    Kind(
        "indicator",
        gettext_lazy("Indicators"),
        gettext_lazy("Indicator"),
        Indicator,
        INDICATOR_TEXT,
        "evaluation:indicators",
        facts=("measure", "recorded_on"),
    ),
    Kind(
        "story",
        gettext_lazy("Success stories"),
        gettext_lazy("Success story"),
        Story,
        STORY_TEXT,
        "evaluation:stories",
        facts=("recorded_on",),
    ),
)


OTHERS = KINDS[1:]
"""Few enough to be counted by the database."""


@dataclass(frozen=True)
class Hit:
    """One record found: its title and the best stretch of its texts, found words marked."""

    record: Any
    title: SafeString
    snippet: SafeString


@dataclass(frozen=True)
class Group:
    """What was found of one kind; ``url`` leads to the list of all of it."""

    kind: Kind
    total: int
    hits: list[Hit]
    url: str

    @property
    def number(self) -> str:
        return grouped(self.total)

    @property
    def is_bounded(self) -> bool:
        """More was found than is ranked: the best are those of the newest."""
        return self.total > BOUND


@dataclass(frozen=True)
class Found:
    """The answer to one search. ``named`` is the record whose reference was typed."""

    text: str = ""
    errors: list[str] = field(default_factory=list)
    named: Hit | None = None
    named_kind: Kind | None = None
    groups: list[Group] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    partners_total: int = 0

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups) + self.partners_total

    @property
    def number(self) -> str:
        return grouped(self.total)


def read(text: str) -> tuple[Query, list[str]]:
    """What was typed, and what is wrong with it."""
    asked = WordsField(parse=parse, required=False)
    try:
        return asked.clean(text) or Query(), []
    except ValidationError as refused:
        return Query(), refused.messages


def search(text: str, reader: User) -> Found:
    query, errors = read(text)
    shown = text.replace("\x00", "")[: LONGEST_TEXT + 1] if text.strip() else ""
    if query.is_empty:
        return Found(text=shown, errors=errors)
    lessons = _lessons(query, reader)
    totals = {"lesson": len(lessons), **_totals(query, reader)}
    best = _best(query, reader, list(lessons[-BOUND:]))
    groups, named, named_kind = [], None, None
    for kind in KINDS:
        hits = {hit.record.pk: hit for hit in _hits(kind, query, best[kind.index], text, reader)}
        for hit in hits.values():
            if hit.record.ref == reference(text):
                named, named_kind = hit, kind
        if totals.get(kind.name):
            groups.append(
                Group(
                    kind,
                    totals[kind.name],
                    [hits[pk] for pk in best[kind.index] if pk in hits],
                    links.filtered(kind.address, q=text),
                )
            )
    partners = [one for one in _partners() if words.says(query, f"{one.label} {one.code}")]
    partners.sort(key=lambda one: (one.historical, folded(one.label)))
    return Found(shown, [], named, named_kind, groups, partners[:PARTNERS], len(partners))


def reference(text: str) -> str:
    """What was typed as references are written."""
    return text.strip().upper()


def _lessons(query: Query, reader: User) -> BitMap:
    """The lessons that their list would find, in the order they were recorded."""
    reading = facets.Reading(reader)
    return facets.Found(reading, {"q": reading.matching(query)}).ids


def _totals(query: Query, reader: User) -> dict[str, int]:
    """Name of the kind → how many records the reader may see; one query for all kinds."""
    counts = [
        kind.found(query, reader)
        .annotate(found_kind=Value(kind.name))
        .values("found_kind")
        .annotate(number=Count("pk"))
        .values_list("found_kind", "number")
        for kind in OTHERS
    ]
    return dict(counts[0].union(*counts[1:], all=True))


def _best(query: Query, reader: User, lessons: list[int]) -> dict[TextIndex, list[int]]:
    """The ids of the best of each kind out of the newest ``BOUND``, which of ``lessons`` are given.

    Two queries for all kinds.
    """
    newest = [
        kind.model._base_manager.order_by()
        .filter(pk__in=kind.found(query, reader).order_by("-pk")[:BOUND].values("pk"))
        .values_list(Value(kind.name), "pk")
        for kind in OTHERS
    ]
    ids: dict[str, list[int]] = {kind.name: [] for kind in OTHERS} | {"lesson": lessons}
    for name, pk in newest[0].union(*newest[1:], all=True):
        ids[name].append(pk)
    order = ranked(query, {kind.index: ids[kind.name] for kind in KINDS})
    return {index: pks[:BEST] for index, pks in order.items()}


def _hits(kind: Kind, query: Query, best: list[int], text: str, reader: User) -> Iterable[Hit]:
    """The best records, and the one whose reference was typed, wherever it would stand."""
    columns = {*SHORT, *kind.facts, *kind.index.columns}
    rows = kind.visible(reader).filter(Q(pk__in=best) | Q(ref=reference(text))).only(*columns)
    for record in rows:
        yield Hit(record, words.mark(query, str(record)), kind.index.snippet(query, record))


def _partners() -> Iterable[Partner]:
    return Partner.objects.order_by()


# --- While one types ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Suggestion:
    """A place to go: its name with what was typed marked, and what it is."""

    url: str
    name: SafeString
    what: str | Promise
    ref: str = ""


def suggestions(text: str, reader: User) -> list[Suggestion]:
    """Records whose reference or title begins so, partners and themes; two queries."""
    query, errors = read(text)
    if query.is_empty or errors:
        return []
    records = _records_titled(query, reader)
    named = [one for one in records if one.ref == reference(text)]
    others = [one for one in records if one.ref != reference(text)]
    return [*named, *_partners_and_themes(query), *others][:OFFERED]


def _records_titled(query: Query, reader: User) -> list[Suggestion]:
    """The newest records of each kind with the words in reference or title."""
    parts = []
    for number, kind in enumerate(KINDS):
        titled = kind.listed(kind.visible(reader)).filter(kind.index.condition(query, titles=True))
        parts.append(
            kind.model._base_manager.order_by()
            .filter(pk__in=titled.order_by("-pk")[:OF_EACH].values("pk"))
            .values_list(Value(number), "pk", "ref", "title")
        )
    rows = sorted(parts[0].union(*parts[1:], all=True), key=lambda row: (row[0], -row[1]))
    return [
        Suggestion(
            reverse(f"{_namespace(KINDS[number])}:{KINDS[number].name}", args=[ref]),
            words.mark(query, title or _("Untitled draft")),
            KINDS[number].one,
            ref,
        )
        for number, _pk, ref, title in rows
    ]


def _namespace(kind: Kind) -> str:
    return kind.address.partition(":")[0]


def _partners_and_themes(query: Query) -> list[Suggestion]:
    """The shortest names come first: whoever types "France" means France."""
    partners = Partner.objects.order_by().values_list(
        Value("partner"), "code", "name", "kind", "historical"
    )
    themes = (
        Theme.objects.in_use()
        .order_by()
        .values_list(Value("theme"), "slug", "name", Value(""), Value(False))
    )
    found: dict[str, list[tuple[str, Suggestion]]] = {"partner": [], "theme": []}
    for what, code, name, kind, historical in partners.union(themes, all=True):
        if what == "partner":
            known = Partner(code=code, name=name, kind=PartnerKind(kind), historical=historical)
            label, also, url = known.label, code, links.partner(code)
            said: str = _("Partner")
        else:
            label, also, url, said = _(name), "", links.lessons(theme=code), _("Theme")
        if words.says(query, f"{label} {also}"):
            found[what].append((label, Suggestion(url, words.mark(query, label), said)))
    return [
        suggestion
        for some in found.values()
        for _label, suggestion in sorted(some, key=lambda one: (len(one[0]), one[0]))[:OF_EACH]
    ]
