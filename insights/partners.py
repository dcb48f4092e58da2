"""All partners side by side: how much each reader may see of the work with each of them."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from pyroaring import BitMap

from agencies.models import Partner, PartnerKind, User
from insights import links
from insights.worldmap import Country
from lessons.facets import Found, Reading
from lessons.names import partners
from lessons.vocabulary import Status
from pages.numbers import grouped
from programs.models import Agreement, Exercise, Program


@dataclass
class Cooperation:
    """The visible records with one partner, in numbers.

    ``last`` is the latest day, not after today, of a lesson, a held exercise, a program's start
    or an agreement; ``None`` where there is none.
    """

    partner: Partner
    lessons: int = 0
    learned: int = 0
    exercises: int = 0
    programs: int = 0
    agreements: int = 0
    last: date | None = None

    @property
    def code(self) -> str:
        return self.partner.code

    @property
    def name(self) -> str:
        return self.partner.label

    @property
    def url(self) -> str:
        return links.partner(self.code)

    @property
    def is_country(self) -> bool:
        return self.partner.kind == PartnerKind.COUNTRY

    @property
    def words(self) -> str:
        """``Morocco: 71 lessons, 9 exercises, 2 agreements``."""
        parts = [
            lessons_in_words(self.lessons),
            ngettext("%(number)s exercise", "%(number)s exercises", self.exercises)
            % {"number": grouped(self.exercises)},
            ngettext("%(number)s agreement", "%(number)s agreements", self.agreements)
            % {"number": grouped(self.agreements)},
        ]
        return _("%(name)s: %(numbers)s") % {"name": self.name, "numbers": ", ".join(parts)}

    @property
    def on_map(self) -> Country:
        return Country(self.code, self.url, self.words, self.lessons)

    @property
    def cells(self) -> list[Cell]:
        """The counts in the order of ``COLUMNS``, each with the list of what it counts."""
        code = self.code
        return [
            Cell("lessons", self.lessons, links.lessons(partner=code)),
            Cell("learned", self.learned, links.lessons(partner=code, status=Status.LEARNED)),
            Cell("exercises", self.exercises, links.exercises_held(partner=code)),
            Cell("programs", self.programs, links.programs(partner=code)),
            Cell("agreements", self.agreements, links.agreements_in_force(partner=code)),
        ]


@dataclass(frozen=True)
class Cell:
    key: str
    value: int
    url: str

    @property
    def label(self) -> str | Promise:
        return COLUMNS[self.key]


def lessons_in_words(number: int) -> str:
    return ngettext("%(number)s lesson", "%(number)s lessons", number) % {"number": grouped(number)}


def overview(user: User, on: date) -> list[Cooperation]:
    """Every partner of whom ``user`` may see any record, in the alphabet of their names."""
    reading = Reading(user)
    lessons = lessons_by_partner(reading, on)
    held = Q(pk__in=Exercise.objects.held().values("pk"))
    exercises = by_partner(
        Exercise.objects.visible_to(user),
        exercises=Count("pk", filter=held),
        last=Max("ends_on", filter=held & Q(ends_on__lte=on)),
    )
    programs = by_partner(
        Program.objects.visible_to(user),
        programs=Count("pk"),
        last=Max("dated_on", filter=Q(dated_on__lte=on)),
    )
    binding = Q(pk__in=Agreement.objects.in_force().values("pk"))
    agreements = by_partner(
        Agreement.objects.visible_to(user),
        agreements=Count("pk", filter=binding),
        last=Max("dated_on", filter=Q(dated_on__lte=on)),
    )
    found = [lessons, exercises, programs, agreements]
    known = partners(reading.state)
    keys = {pk for rows in found for pk in rows}
    rows = [_together(known[pk], [rows.get(pk, {}) for rows in found]) for pk in keys]
    return sorted(rows, key=by_name)


def by_partner(records: QuerySet, **counts: Count | Max) -> dict[int, dict]:
    """Partner id → ``counts`` over those of ``records`` that name the partner."""
    rows = records.filter(partners__isnull=False).order_by().values("partners").annotate(**counts)
    return {row.pop("partners"): row for row in rows}


def lessons_by_partner(reading: Reading, on: date) -> dict[int, dict]:
    """The same of lessons, from the sets that their list is counted by."""
    seen = Found(reading, {}).ids
    learned = reading.values("status").get(Status.LEARNED, BitMap())
    days = reading.days[: bisect_right(reading.days, on.toordinal())]
    by_day = reading.state.of("lesson", "day")
    found = {}
    for partner, lessons in reading.values("partner").items():
        named = lessons & seen
        if named:
            last = next((day for day in reversed(days) if by_day[day].intersect(named)), None)
            found[partner] = {
                "lessons": len(named),
                "learned": named.intersection_cardinality(learned),
                "last": date.fromordinal(last) if last else None,
            }
    return found


def _together(partner: Partner, parts: list[dict]) -> Cooperation:
    days = [part.pop("last") for part in parts if part]
    counts = {name: number for part in parts for name, number in part.items()}
    return Cooperation(partner, **counts, last=max(filter(None, days), default=None))


def by_name(row: Cooperation) -> str:
    return plain(row.name)


def plain(name: str) -> str:
    """A key that sorts names without regard to case and accents: Åland beside Albania."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def lessons_on_map(found: Found) -> list[Country]:
    """The countries with lessons among ``found``, for a map that shows nothing else."""
    numbers = found.counts("partner")
    known = partners(found.reading.state)
    rows = [Cooperation(known[pk], lessons=numbers[pk]) for pk in numbers if pk in known]
    rows = [row for row in rows if row.is_country]
    return [
        Country(
            row.code,
            row.url,
            _("%(name)s: %(numbers)s")
            % {"name": row.name, "numbers": lessons_in_words(row.lessons)},
            row.lessons,
        )
        for row in sorted(rows, key=by_name)
    ]


# --- Sorting -----------------------------------------------------------------------------------

COLUMNS: dict[str, str | Promise] = {
    "lessons": gettext_lazy("Lessons"),
    "learned": gettext_lazy("Learned"),
    "exercises": gettext_lazy("Exercises held"),
    "programs": gettext_lazy("Programs"),
    "agreements": gettext_lazy("Agreements in force"),
}
KEYS: dict[str, Callable[[Cooperation], int | str]] = {
    "name": by_name,
    "lessons": lambda row: row.lessons,
    "learned": lambda row: row.learned,
    "exercises": lambda row: row.exercises,
    "programs": lambda row: row.programs,
    "agreements": lambda row: row.agreements,
    "last": lambda row: row.last.toordinal() if row.last else 0,
}
DEFAULT_SORT = "lessons"


@dataclass(frozen=True)
class Sort:
    """An order of the table: ``lessons`` puts the most first, ``-lessons`` the fewest.

    Names go the other way: ``name`` is A to Z.
    """

    key: str
    turned: bool = False

    @classmethod
    def parse(cls, words: str) -> Sort | None:
        key = words.removeprefix("-")
        return cls(key, words.startswith("-")) if key in KEYS else None

    @property
    def descending(self) -> bool:
        return (self.key != "name") != self.turned

    def apply(self, rows: Iterable[Cooperation]) -> list[Cooperation]:
        """Sorted; equals stay in the order they came in."""
        return sorted(rows, key=KEYS[self.key], reverse=self.descending)


@dataclass(frozen=True)
class Heading:
    """The head of a column: ``aria`` is the value of ``aria-sort``, ``sort`` where it leads."""

    key: str
    label: str | Promise
    aria: str
    sort: str


def headings(current: Sort) -> list[Heading]:
    labels = {"name": gettext_lazy("Partner"), **COLUMNS, "last": gettext_lazy("Last activity")}
    found = []
    for key, label in labels.items():
        active = key == current.key
        aria = ("descending" if current.descending else "ascending") if active else ""
        found.append(Heading(key, label, aria, f"-{key}" if active and not current.turned else key))
    return found
