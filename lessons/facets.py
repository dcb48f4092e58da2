"""Exact numbers for any combination of filters and any reader, from sets of ids in memory.

Each facet of a lesson (partner, theme, category …) has, for each value, the set of lessons that
have it; each audience has the set of lessons it may read. The lessons a reader finds are the
intersection of what they may see with what each filter asks for, and the number beside a value
is the size of one more intersection. A facet is counted without its own selection, so that its
numbers say what choosing another of its values would find.

``LessonQuerySet.visible_to`` and the filters of ``lessons.filters`` are the truth that this
repeats; ``check_facets`` and the tests compare.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.safestring import SafeString
from pyroaring import BitMap

from agencies.models import Agency, Partner, User
from agencies.roles import Permission
from lessons.models import Action, Lesson, Theme
from lessons.search import LESSON_TEXT
from lessons.vocabulary import CLOSED_ACTIONS, PUT_AWAY, Status
from programs import facets as activities
from records.bitmaps import Entry, Index, State
from records.visibility import audience_keys, person_key, published_keys
from records.vocabulary import TLP
from records.words import Query

OPEN_ACTIONS = "open"
"""The one value of the facet ``actions``: the lesson has an action that is open."""
ACTIVITIES = ("exercise", "program", "agreement")
BLOCK = 20_000
"""Rows fetched at a time."""


# --- What is so of each lesson ------------------------------------------------------------------


def staff_key(agency: int) -> str:
    """The key to submitted lessons of an agency; its reviewers hold it."""
    return f"staff:{agency}"


def entries(ids: Collection[int] | None) -> Iterator[Entry]:
    """All that lessons are found by; see ``records.bitmaps.Entries``."""
    yield from tags(ids)
    released = several(
        linked(Lesson.released_to.through, ids).values_list("lesson_id", "agency_id")
    )
    named = several(linked(Lesson.red_recipients.through, ids).values_list("lesson_id", "user_id"))
    every = Lesson._base_manager.order_by()
    rows = every if ids is None else every.filter(pk__in=ids)
    valued = [facet for facet, _column in VALUED]
    columns = [column for _facet, column in VALUED]
    for (
        pk,
        dated_on,
        due_on,
        originator,
        adopter,
        published_at,
        threats,
        elements,
        *values,
    ) in rows.values_list(*ROW, *HELD, *columns).iterator(BLOCK):
        for facet, value in zip(valued, values, strict=True):
            if value:
                yield facet, value, pk
        for threat in threats:
            yield "threat", threat, pk
        for element in elements:
            yield "dotmlpfi", element, pk
        yield "day", dated_on.toordinal(), pk
        yield "year", dated_on.year, pk
        if due_on:
            yield "due", due_on.toordinal(), pk
        tlp, status, agency = values[:3]
        authors = {person for person in (originator, adopter) if person}
        recipients = named.get(pk, [])
        if published_at:
            agencies = {agency, *released.get(pk, ())}
            keys = published_keys(tlp, agencies, authors.union(recipients))
        else:
            keys = unpublished_keys(tlp, status, agency, authors, recipients)
        for key in keys:
            yield "audience", key, pk


ROW = ("pk", "dated_on", "review_due_on", "originator_id", "adopted_by_id", "published_at")
HELD = ("threats", "dotmlpfi")
VALUED = (
    *(("tlp", "tlp"), ("status", "status"), ("agency", "agency_id")),
    *(("category", "category"), ("kind", "kind"), ("priority", "priority")),
    *((name, f"{name}_id") for name in ACTIVITIES),
)
"""Facets that have at most one value, and the columns they stand in."""


def linked(through: Any, ids: Collection[int] | None) -> QuerySet:
    """The rows of a table between lessons and others."""
    every: QuerySet = through._base_manager.order_by()
    return every if ids is None else every.filter(lesson__in=ids)


def tags(ids: Collection[int] | None) -> Iterator[Entry]:
    """What stands in tables of its own: partners, themes, whether an action is open."""
    for facet, through in (("partner", Lesson.partners.through), ("theme", Lesson.themes.through)):
        for pk, value in (
            linked(through, ids).values_list("lesson_id", f"{facet}_id").iterator(BLOCK)
        ):
            yield facet, value, pk
    # Joined: as a subquery SQLite works out all open actions for the sake of one lesson.
    acted = linked(Action.lessons.through, ids).exclude(action__status__in=CLOSED_ACTIONS)
    for pk in acted.values_list("lesson_id", flat=True).distinct().iterator(BLOCK):
        yield "actions", OPEN_ACTIONS, pk


def unpublished_keys(
    tlp: str, status: str, agency: int, authors: Iterable[int], recipients: Iterable[int]
) -> Iterator[str]:
    """The keys to an unpublished lesson; see ``LessonQuerySet.visible_to``."""
    for person in authors:
        yield person_key(person)
    if status == Status.DRAFT:
        return
    if tlp == TLP.RED:
        for person in recipients:
            yield person_key(person)
    else:
        yield staff_key(agency)


def several(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pk, value in rows:
        found.setdefault(pk, []).append(value)
    return found


def names(model: type[Model], ids: Collection[int] | None) -> Iterator[Entry]:
    """Nothing but that they exist: what is said of them is kept with ``Names``."""
    every = model._base_manager.order_by()
    for pk in (every if ids is None else every.filter(pk__in=ids)).values_list("pk", flat=True):
        yield "exists", 1, pk


NAMED: dict[str, type[Model]] = {"partner": Partner, "theme": Theme, "agency": Agency}
"""Facets whose values are records that everybody may know of."""

INDEX = Index(
    {
        "lesson": entries,
        **activities.ENTRIES,
        **{kind: partial(names, model) for kind, model in NAMED.items()},
    },
    folder=settings.DATA / "facets",
    meaning=settings.VERSION,
)
"""One for each process."""


# --- What a reader finds ------------------------------------------------------------------------


class Reading:
    """The facets of lessons as one reader may see them at one moment."""

    def __init__(self, user: User, state: State | None = None) -> None:
        self.user = user
        self.state = state or INDEX.current()

    @cached_property
    def held(self) -> tuple[str, ...]:
        """The keys to lessons that the reader holds, of those that open any."""
        audiences = self.state.of("lesson", "audience")
        staff = map(staff_key, self.user.standing.agencies(Permission.REVIEW))
        return tuple(sorted(key for key in (*audience_keys(self.user), *staff) if key in audiences))

    @cached_property
    def orphaned(self) -> tuple[int, ...]:
        """The lessons that a coordinator sees because their author was deactivated.

        That is not said of the lesson itself: they are few enough to look up.
        """
        if not self.user.standing.agencies(Permission.COORDINATE):
            return ()
        return tuple(Lesson.objects.orphaned_for(self.user).values_list("pk", flat=True))

    @cached_property
    def visible(self) -> BitMap:
        """The ids of ``Lesson.objects.visible_to(user)``."""
        audiences = self.state.of("lesson", "audience")
        found: BitMap = self.state.remember(
            ("visible", self.held),
            lambda: BitMap.union(BitMap(), *(audiences[key] for key in self.held)),
        )
        return found | BitMap(self.orphaned) if self.orphaned else found

    def remember(self, key: Hashable, work_out: Callable[[], Any]) -> Any:
        """What ``work_out`` gives for all who may see the same, once while nothing changes."""
        return self.state.remember((key, self.held, self.keys, self.orphaned), work_out)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys to activities that the reader holds."""
        return tuple(sorted(audience_keys(self.user)))

    def seen(self, kind: str) -> BitMap:
        """The activities of ``kind`` that the reader may see."""
        return activities.seen(self.state, kind, self.keys)

    def values(self, facet: str) -> Mapping[Any, BitMap]:
        """The lessons that have each value of ``facet``, hidden activities left out."""
        if facet in ACTIVITIES or facet in ("exercise_kind", "host"):
            return self.state.remember((facet, self.keys), lambda: getattr(self, f"_by_{facet}")())
        return self.state.of("lesson", facet)

    def _of(self, facet: str, seen: BitMap) -> dict[int, BitMap]:
        lessons = self.state.of("lesson", facet)
        return {pk: lessons[pk] for pk in seen if pk in lessons}

    def _by_exercise(self) -> dict[int, BitMap]:
        return self._of("exercise", self.seen("exercise"))

    def _by_agreement(self) -> dict[int, BitMap]:
        return self._of("agreement", self.seen("agreement"))

    def _by_program(self) -> dict[int, BitMap]:
        """Lessons of a program, and of its exercises as far as the reader may see them."""
        found = self._of("program", self.seen("program"))
        for program, lessons in self._through_exercises("program").items():
            if program in self.seen("program"):
                found[program] = found.get(program, BitMap()) | lessons
        return found

    def _by_exercise_kind(self) -> dict[str, BitMap]:
        return self._through_exercises("kind")

    def _by_host(self) -> dict[str, BitMap]:
        return self._through_exercises("host_country")

    def _through_exercises(self, column: str) -> dict[Any, BitMap]:
        seen = self.seen("exercise")
        lessons = self.state.of("lesson", "exercise")
        found = {}
        for value, exercises in self.state.of("exercise", column).items():
            of_value = [lessons[pk] for pk in exercises & seen if pk in lessons]
            if of_value:
                found[value] = BitMap.union(*of_value)
        return found

    def sought(self, key: Hashable, work_out: Callable[[], Any]) -> Any:
        """What ``work_out`` finds among the words of lessons, once while nothing changes."""
        # The words of a transaction that is not committed are its own.
        return (
            work_out() if connection.in_atomic_block else self.state.sought.remember(key, work_out)
        )

    def matching(self, query: Query) -> BitMap:
        """The lessons that match, whoever may see them."""
        found: BitMap = self.sought(query, lambda: BitMap(LESSON_TEXT.matching(query)))
        return found

    def ranked(self, query: Query, ids: BitMap) -> Sequence[int]:
        """``ids`` (at most ``BOUND``, all of which match) by relevance, equals newest first."""
        found: Sequence[int] = self.sought(
            (query, ids.serialize()), lambda: array("Q", LESSON_TEXT.ranked(query, list(ids)))
        )
        return found

    def snippets(self, query: Query, ids: Sequence[int]) -> Mapping[int, SafeString]:
        """The best stretch of each lesson's texts as HTML; see ``TextIndex.snippets``."""
        found: Mapping[int, SafeString] = self.sought(
            (query, *ids), lambda: LESSON_TEXT.snippets(query, ids)
        )
        return found

    @property
    def days(self) -> list[int]:
        """The days that lessons are dated on, first to last, as ordinal numbers."""
        return self.state.remember("days", lambda: sorted(self.state.of("lesson", "day")))

    def between(self, since: date | None, until: date | None) -> BitMap:
        """The lessons dated on a day from ``since`` to ``until``, both included."""
        days, by_day = self.days, self.state.of("lesson", "day")
        first = bisect_left(days, since.toordinal()) if since else 0
        last = bisect_right(days, until.toordinal()) if until else len(days)
        return BitMap.union(BitMap(), *(by_day[day] for day in days[first:last]))


def first(ids: BitMap, by_day: Mapping[int, BitMap], number: int, *, latest: bool) -> list[int]:
    """The first, or the latest, ``number`` of ``ids`` by their days, last those without a day.

    Of a day the highest id comes first.
    """
    found: list[int] = []
    for day in sorted(by_day, reverse=latest):
        if len(found) >= number:
            break
        found += sorted(ids & by_day[day], reverse=True)
    if len(found) < number:
        found += sorted(ids - BitMap(found), reverse=True)
    return found[:number]


class Found:
    """The lessons that a reader finds with some filters, and how many each next step would find.

    ``asked`` maps facets to the sets of lessons that the filters on them allow; what else narrows
    the list (words, dates) stands under names of its own. Of the facets in ``together`` a lesson
    must have every value. Without a status asked for, superseded and archived lessons are left out.
    """

    def __init__(
        self, reading: Reading, asked: Mapping[str, BitMap], together: Collection[str] = ()
    ) -> None:
        self.reading = reading
        self.asked = dict(asked)
        self.together = together
        if "status" not in self.asked:
            by_status = reading.values("status")
            put_away = BitMap.union(
                BitMap(), *(by_status[one] for one in sorted(PUT_AWAY) if one in by_status)
            )
            self.asked["status"] = reading.visible - put_away

    @cached_property
    def ids(self) -> BitMap:
        return BitMap.intersection(self.reading.visible, *self.asked.values())

    @property
    def total(self) -> int:
        return len(self.ids)

    def without(self, facet: str) -> BitMap:
        """What would be found if nothing were asked of ``facet``."""
        if facet not in self.asked:
            return self.ids
        others = [held for name, held in self.asked.items() if name != facet]
        return BitMap.intersection(self.reading.visible, *others)

    def counts(self, facet: str) -> dict[Any, int]:
        """How many lessons each value of ``facet`` would find; values that find none left out.

        One more value of a facet in ``together`` narrows what is found.
        """
        base = self.ids if facet in self.together else self.without(facet)
        return {
            value: number
            for value, held in self.reading.values(facet).items()
            if (number := base.intersection_cardinality(held))
        }
