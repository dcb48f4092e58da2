"""The rows of the list of lessons: fetched and drawn with as little as can be.

The database is asked once for what the lessons of a page say of themselves, and once for actions
that are open. Partners, themes and activities are known from the facets, and what they are called
from their names. A row draws itself: a template takes longer for the rows than for all the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from django.db.models import QuerySet
from django.db.models.functions import Left
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from pyroaring import BitMap

from agencies.models import User
from agencies.prepared import Prepared, for_each_person, once
from lessons.facets import ACTIVITIES, OPEN_ACTIONS, Reading
from lessons.models import Action, Lesson
from lessons.names import names
from lessons.vocabulary import (
    CLOSED_ACTIONS,
    NOT_DUE,
    Category,
    Kind,
    Priority,
    Status,
)
from pages.filters import Option
from pages.listing import PAGE
from pages.templatetags import lindero

SNIPPET = 160
"""Characters of the observation that a row shows, and one more that tells whether it goes on."""
LONGEST = 120
"""Characters of a title of another record, or of a place."""
CODES = 6
"""Partners of a lesson that a row shows."""
THEMES = 4

FIELDS = (
    *("pk", "ref", "title", "kind", "category", "priority", "status", "tlp", "place"),
    *("occurred_on", "occurred_precision", "dated_on", "review_due_on"),
    *(f"{kind}_id" for kind in ACTIVITIES),
)


class Said(NamedTuple):
    """What a lesson's own columns say; those of ``FIELDS``, then ``snippet``."""

    pk: int
    ref: str
    title: str
    kind: str
    category: str
    priority: str
    status: str
    tlp: str
    place: str
    occurred_on: date | None
    occurred_precision: str
    dated_on: date
    review_due_on: date | None
    exercise: int | None
    program: int | None
    agreement: int | None
    snippet: str


@dataclass(frozen=True)
class Deeds:
    """The actions of a lesson, of which some are open, and the first day one of them is due."""

    every: int
    open: int
    due_on: date | None

    @classmethod
    def of(cls, actions: Collection[tuple[str, date]]) -> Deeds:
        """``actions`` are pairs of status and due date; see ``ActionQuerySet.unfinished``."""
        opened = [(status, due_on) for status, due_on in actions if status not in CLOSED_ACTIONS]
        due = [due_on for status, due_on in opened if status not in NOT_DUE]
        return cls(len(actions), len(opened), min(due, default=None))


@dataclass(frozen=True)
class Row:
    """One lesson of a list, with the names of what it is tagged with. ``heading`` is HTML."""

    lesson: Said
    snippet: str
    heading: str
    activity: tuple[str, Option] | None
    """The closest that it comes from and that the reader may see: its kind, and what it is called."""
    partners: tuple[Option, ...]
    themes: tuple[Option, ...]
    deeds: Deeds | None
    """``None`` unless an action is open."""

    @property
    def pk(self) -> int:
        return self.lesson.pk

    @property
    def ref(self) -> str:
        return self.lesson.ref

    @property
    def title(self) -> str:
        return self.lesson.title

    @property
    def drawn(self) -> SafeString:
        """The inside of the row: drawn once while nothing of it changes, nor the day."""
        marked = isinstance(self.snippet, SafeString)
        return draw(self, marked, timezone.localdate(), get_script_prefix())

    @property
    def text(self) -> str:
        marked = isinstance(self.snippet, SafeString)
        words = self.snippet if marked else escape(beginning(self.snippet))
        return f'<p dir="auto">{words}</p>' if words else ""

    @property
    def tags(self) -> str:
        """What kind of lesson it is, with whom, about what."""
        one = self.lesson
        drawn = signs(one.kind, one.priority, one.category)
        if self.partners:
            codes = "".join(lindero.code(two.value, two.label) for two in self.partners[:CODES])
            drawn += f'<span class="codes">{codes}{rest(self.partners, CODES)}</span>'
        if self.themes:
            words = " · ".join([str(theme.label) for theme in self.themes[:THEMES]])
            more = rest(self.themes, THEMES)
            drawn += f"<span>{escape(words)}{' · ' if more else ''}{more}</span>"
        return drawn

    @property
    def origin(self) -> str:
        """Where and when."""
        one = self.lesson
        if one.occurred_on:
            when = lindero.day(one.occurred_on, one.occurred_precision)
        else:
            when = lindero.day(one.dated_on)
        parts: list[str] = [when]
        if self.activity:
            kind, called = self.activity
            words = escape(short(str(called.label)))
            parts.insert(0, f'<a href="{address(kind, called.value)}" dir="auto">{words}</a>')
        if one.place:
            parts.append(f"<bdi>{escape(short(one.place))}</bdi>")
        return " · ".join(parts)

    @property
    def dues(self) -> str:
        """What is open, and when it should be done."""
        drawn = ""
        if self.deeds:
            words = ngettext(
                "%(open)s of %(all)s action open",
                "%(open)s of %(all)s actions open",
                self.deeds.every,
            ) % {"open": self.deeds.open, "all": self.deeds.every}
            drawn = f"<span>{words}</span>"
            if self.deeds.due_on:
                drawn += f"<span>{lindero.due(self.deeds.due_on)}</span>"
        if self.lesson.review_due_on:
            drawn += f"<span>{gettext('review')} {lindero.due(self.lesson.review_due_on)}</span>"
        return drawn


@lindero.drawn_once
def draw(row: Row, marked: bool, today: date, root: str) -> SafeString:
    """Draw a row as it is ``today`` on a site below ``root``.

    A snippet that is ``marked`` is HTML: the same characters may be the text of another.
    """
    one = row.lesson
    return mark_safe(  # noqa: S308 - each part is escaped
        f'<div><h3 dir="auto"><a href="{address("lesson", one.ref)}">{row.heading}</a></h3>'
        f'{row.text}<div class="meta">{row.tags}</div>'
        f'<div class="meta"><span>{row.origin}</span></div></div>'
        f'<div class="side">{draw_status(one.status)}{row.dues}'
        f'{lindero.tlp(one.tlp)}<span class="ref">{escape(one.ref)}</span></div>'
    )


@lindero.drawn_once
def signs(kind: str, priority: str, category: str) -> str:
    """What a lesson says of itself by one of few values each."""
    named = f"<span>{escape(str(Category(category).label))}</span>" if category else ""
    return lindero.kind(Kind(kind)) + lindero.priority(Priority(priority)) + named


@lindero.drawn_once
def draw_status(status: str) -> str:
    return lindero.status(Status(status))


def beginning(text: str) -> str:
    """``text`` up to ``SNIPPET`` characters, with dots in the place of the word that is cut."""
    if len(text) <= SNIPPET:
        return text
    whole = text[:SNIPPET].rsplit(maxsplit=1)
    return f"{whole[0]} …" if len(whole) > 1 else f"{text[:SNIPPET].strip()}…"


def rest(shown: Sequence[Any], most: int) -> str:
    """How many are not shown."""
    more = len(shown) - most
    return f"<span>{gettext('+%(more)s more') % {'more': more}}</span>" if more > 0 else ""


def short(text: str) -> str:
    return Truncator(text).chars(LONGEST) if len(text) > LONGEST else text


def address(kind: str, ref: str) -> str:
    """The page of a record, as its ``get_absolute_url`` has it, for an attribute."""
    before, after = around(kind, get_script_prefix())
    return f"{escape(before)}{quote(ref)}{escape(after)}"


@cache
def around(kind: str, root: str) -> tuple[str, str]:
    """What stands before and after the reference in the addresses of one kind, below ``root``."""
    app = "lessons" if kind == "lesson" else "programs"
    before, after = reverse(f"{app}:{kind}", args=[SAMPLE]).split(SAMPLE)
    return before, after


SAMPLE = "ES-GC-2026-0001"


def seen_by(reader: User) -> QuerySet:
    """What the lessons that ``reader`` may see say of themselves; rows of ``Said``."""
    lessons = Lesson.objects.visible_to(reader).order_by()
    return lessons.values_list(*FIELDS, Left("observation", SNIPPET + 1))


prepared_rows = for_each_person(seen_by, most=PAGE)


def fetch(ids: Sequence[int], reading: Reading) -> dict[int, Row]:
    """The rows of those ``ids`` that the reader may see, by id."""
    page = BitMap(ids)
    found = [Said(*values) for values in prepared_rows(reading.user).fetch(ids)]
    partners, themes = (tagged(reading, facet, page) for facet in ("partner", "theme"))
    deeds = deeds_of(page & reading.values("actions").get(OPEN_ACTIONS, BitMap()))
    return {
        one.pk: Row(
            one,
            one.snippet,
            escape(one.title or gettext("Untitled draft")),
            origin_of(one, reading),
            tuple(partners.get(one.pk, ())),
            tuple(themes.get(one.pk, ())),
            deeds.get(one.pk),
        )
        for one in found
    }


def tagged(reading: Reading, facet: str, page: BitMap) -> dict[int, list[Option]]:
    """The values of ``facet`` that each lesson of ``page`` has, in the order of their names."""
    by_lesson: dict[int, list[Option]] = {}
    held = reading.values(facet)
    for key, option in names(reading.state, facet).by_key.items():
        if key in held:
            for pk in held[key] & page:
                by_lesson.setdefault(pk, []).append(option)
    return by_lesson


def origin_of(one: Said, reading: Reading) -> tuple[str, Option] | None:
    """The closest activity that a lesson comes from and that the reader may see."""
    for kind in ACTIVITIES:
        key = getattr(one, kind)
        if key and key in reading.seen(kind):
            option = names(reading.state, kind).by_key.get(key)
            if option:
                return kind, option
    return None


@once
def prepared_actions() -> Prepared:
    """Lesson, status and due date of the actions of some lessons."""
    rows = Action.lessons.through._base_manager.order_by()
    columns = ("lesson_id", "action__status", "action__due_on")
    return Prepared(rows.values_list(*columns), PAGE, "lesson")


def deeds_of(lessons: BitMap) -> dict[int, Deeds]:
    """The actions of lessons of which some are open."""
    if not lessons:
        return {}
    by_lesson: dict[int, list[tuple[str, date]]] = {}
    for pk, status, due_on in prepared_actions().fetch(list(lessons)):
        by_lesson.setdefault(pk, []).append((status, due_on))
    return {pk: Deeds.of(actions) for pk, actions in by_lesson.items()}
