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

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from pyroaring import BitMap

from agencies.models import User
from agencies.roles import Permission
from lessons.models import Action, Lesson
from lessons.vocabulary import PUT_AWAY, Status
from programs import facets as activities
from records.bitmaps import Entry, Index, State
from records.visibility import audience_keys, person_key, published_keys
from records.vocabulary import TLP

OPEN_ACTIONS = "open"
"""The one value of the facet ``actions``: the lesson has an action that is open."""
COLUMNS = ("category", "kind", "status", "priority", "tlp", "agency_id")
ACTIVITIES = ("exercise", "program", "agreement")
HELD = ("threats", "dotmlpfi")
"""Columns that hold several values of a vocabulary; their facets are called in the singular."""
FACET_OF = {"threats": "threat", "dotmlpfi": "dotmlpfi", "agency_id": "agency"}
BLOCK = 20_000
"""Rows fetched at a time."""


# --- What is so of each lesson ------------------------------------------------------------------


def staff_key(agency: int) -> str:
    """The key to submitted lessons of an agency; its reviewers hold it."""
    return f"staff:{agency}"


def entries(ids: Collection[int] | None) -> Iterator[Entry]:
    """All that lessons are found by; see ``records.bitmaps.Entries``."""
    every = Lesson._base_manager.order_by()
    rows = every if ids is None else every.filter(pk__in=ids)
    links = {
        name: through._base_manager.order_by()
        for name, through in {
            "partner": Lesson.partners.through,
            "theme": Lesson.themes.through,
            "agency": Lesson.released_to.through,
            "user": Lesson.red_recipients.through,
        }.items()
    }
    if ids is not None:
        links = {name: link.filter(lesson__in=ids) for name, link in links.items()}
    for name in ("partner", "theme"):
        for pk, value in links[name].values_list("lesson_id", f"{name}_id").iterator(BLOCK):
            yield name, value, pk
    released = several(links["agency"].values_list("lesson_id", "agency_id"))
    recipients = several(links["user"].values_list("lesson_id", "user_id"))
    acted = Action.lessons.through._base_manager.filter(action__in=Action.objects.open())
    acted = acted if ids is None else acted.filter(lesson__in=ids)
    for pk in acted.values_list("lesson_id", flat=True).distinct().iterator(BLOCK):
        yield "actions", OPEN_ACTIONS, pk
    columns = ("pk", *COLUMNS, *(f"{name}_id" for name in ACTIVITIES), *HELD)
    own = ("dated_on", "published_at", "originator_id", "adopted_by_id")
    places = {name: place for place, name in enumerate((*columns, *own))}
    valued = [
        (FACET_OF.get(name, name.removesuffix("_id")), places[name])
        for name in (*COLUMNS, *(f"{name}_id" for name in ACTIVITIES))
    ]
    held = [(FACET_OF[name], places[name]) for name in HELD]
    tlp, status, agency = places["tlp"], places["status"], places["agency_id"]
    for row in rows.values_list(*columns, *own).iterator(BLOCK):
        pk = row[0]
        for facet, place in valued:
            if row[place]:
                yield facet, row[place], pk
        for facet, place in held:
            for value in row[place]:
                yield facet, value, pk
        dated_on, published_at, *authors = row[-4:]
        yield "day", dated_on.toordinal(), pk
        yield "year", dated_on.year, pk
        people = {person for person in authors if person}
        named = recipients.get(pk, ())
        if published_at:
            agencies = {row[agency], *released.get(pk, ())}
            for key in published_keys(row[tlp], agencies, people.union(named)):
                yield "audience", key, pk
            continue
        submitted = row[status] != Status.DRAFT
        if submitted and row[tlp] == TLP.RED:
            people.update(named)
        elif submitted:
            yield "audience", staff_key(row[agency]), pk
        for person in people:
            yield "audience", person_key(person), pk


def several(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pk, value in rows:
        found.setdefault(pk, []).append(value)
    return found


INDEX = Index(
    {"lesson": entries, **activities.ENTRIES},
    folder=settings.DATA / "facets",
    meaning=settings.VERSION,
)
"""One for each process."""


# --- What a reader finds ------------------------------------------------------------------------


def visible(state: State, user: User) -> BitMap:
    """The ids of ``Lesson.objects.visible_to(user)``."""
    audiences = state.of("lesson", "audience")
    keys = [
        *audience_keys(user),
        *(staff_key(agency) for agency in user.standing.agencies(Permission.REVIEW)),
    ]
    held = tuple(sorted(key for key in keys if key in audiences))
    found: BitMap = state.remember(
        ("visible", held), lambda: BitMap.union(BitMap(), *(audiences[key] for key in held))
    )
    if user.standing.agencies(Permission.COORDINATE):
        # Whether an author was deactivated is not said of the lesson: few enough to look up.
        orphaned = Lesson.objects.orphaned_for(user).values_list("pk", flat=True)
        found = found | BitMap(orphaned)
    return found


class Reading:
    """The facets of lessons as one reader may see them at one moment."""

    def __init__(self, user: User, state: State | None = None) -> None:
        self.user = user
        self.state = state or INDEX.current()

    @cached_property
    def visible(self) -> BitMap:
        return visible(self.state, self.user)

    def seen(self, kind: str) -> BitMap:
        """The activities of ``kind`` that the reader may see."""
        return activities.seen(self.state, kind, self.user)

    def values(self, facet: str) -> Mapping[Any, BitMap]:
        """The lessons that have each value of ``facet``, hidden activities left out."""
        if facet in ACTIVITIES or facet in ("exercise_kind", "host"):
            keys = tuple(sorted(audience_keys(self.user)))
            return self.state.remember((facet, keys), lambda: getattr(self, f"_by_{facet}")())
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


class Found:
    """The lessons that a reader finds with some filters, and how many each next step would find.

    ``asked`` maps facets to the sets of lessons that the filters on them allow; what else narrows
    the list (words, dates) stands under names of its own. Without a status asked for, superseded
    and archived lessons are left out.
    """

    def __init__(self, reading: Reading, asked: Mapping[str, BitMap]) -> None:
        self.reading = reading
        self.asked = dict(asked)
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
        """How many lessons each value of ``facet`` would find; values that find none left out."""
        base = self.without(facet)
        return {
            value: number
            for value, held in self.reading.values(facet).items()
            if (number := base.intersection_cardinality(held))
        }
