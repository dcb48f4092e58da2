"""Compares the sets of ids in memory with what the database says when asked plainly."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from agencies.models import User
from lessons.facets import INDEX, Reading
from lessons.models import Lesson
from lessons.watched import WATCHED
from programs.facets import KINDS
from programs.watched import WATCHED as WATCHED_ACTIVITIES
from records.bitmaps import LOGS, State, read, write
from records.changes import missing


def problems(people: Iterable[User]) -> Iterator[str]:
    """One sentence for each thing that is not as it should be; none if all is well.

    ``people`` are those for whom what they may see is compared.
    """
    for table in missing([*WATCHED, *WATCHED_ACTIVITIES], connection.alias):
        yield f"Changes of {table} are not logged: run `manage.py migrate`."
    state = INDEX.current()
    yield from differences(state, INDEX.built())
    for person in people:
        reading = Reading(person, state)
        compared: list[tuple[str, Any, Any]] = [("lesson", reading.visible, Lesson)]
        compared += [(kind, reading.seen(kind), model) for kind, model in KINDS.items()]
        for kind, held, model in compared:
            told = set(model.objects.visible_to(person).values_list("pk", flat=True))
            if told != set(held):
                yield (
                    f"Person {person.pk} may see {len(told)} records of kind {kind},"
                    f" the index says {len(held)}."
                )


def differences(held: State, built: State) -> Iterator[str]:
    """Where ``held`` is not what ``built`` from the tables is."""
    for kind, facets in built.kinds.items():
        for facet in sorted({*facets, *held.kinds[kind]}):
            values, expected = held.of(kind, facet), facets.get(facet, {})
            wrong = [
                value
                for value in {*values, *expected}
                if values.get(value, frozenset()) != expected.get(value, frozenset())
            ]
            if wrong:
                yield f"{len(wrong)} values of {facet} of {kind} differ, such as {wrong[0]}."


def timings(times: int = 200) -> dict[str, float]:
    """How much the index holds and costs: bytes when saved, times to make, load and ask it."""
    started = time.perf_counter()
    built = INDEX.built()
    build = time.perf_counter() - started
    started = time.perf_counter()
    write(INDEX.path, built)
    save = time.perf_counter() - started
    started = time.perf_counter()
    read(INDEX.path)
    start = time.perf_counter() - started
    INDEX.current()
    checks = []
    for _time in range(times):
        started = time.perf_counter()
        LOGS[connection.vendor].since(built.position)
        checks.append(time.perf_counter() - started)
    return {
        "lessons": sum(len(held) for held in built.of("lesson", "status").values()),
        "bytes": INDEX.size,
        "build_seconds": build,
        "save_seconds": save,
        "start_seconds": start,
        "check_milliseconds": 1000 * sorted(checks)[times // 2],
    }
