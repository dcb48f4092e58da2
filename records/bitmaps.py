"""Who may see what, and what is how, of every record at once: compressed sets of ids in memory.

An ``Index`` keeps, for each kind of record and each value of each of its facets, the set of ids
that have it (a Roaring bitmap), so that counting any combination is a few intersections. It is
never ahead of the database nor behind it: before each answer it reads what the triggers of
``records.changes`` have logged since, and looks again at the records named there.

A ``State`` is never changed once others can see it; new ones are made aside and take its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from pyroaring import BitMap

Entry = tuple[str, Any, int]
"""A record has a value: facet, value (a text or whole number), id."""
Entries = Callable[[Collection[int] | None], Iterable[Entry]]
"""What is so of some records of a kind, or of all of them."""
Facets = Mapping[str, Mapping[Any, BitMap]]

AT_ONCE = 5_000
"""Changed records that are looked at again one by one; more, and everything is read anew."""
PATIENCE = 12 * 60 * 60
"""Seconds after which an index that nobody asked is made anew: the log may have been cut."""
LOG_KEPT = 24 * 60 * 60
"""Seconds for which changes stay in the log."""
SNAPSHOT_AFTER = 20_000
"""Changes after which the state is saved anew for the next start."""
FORMAT = 2


class Memory:
    """At most ``most`` things that were worked out; it begins anew when it is full."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.kept: dict[Any, Any] = {}

    def remember(self, key: Any, work_out: Callable[[], Any]) -> Any:
        """What ``work_out`` gives, worked out once."""
        # Another thread may empty it at any moment.
        found = self.kept.get(key)
        if found is None:
            found = work_out()
            if len(self.kept) >= self.most:
                self.kept.clear()
            self.kept[key] = found
        return found


@dataclass(frozen=True)
class State:
    """What was so at ``position`` in the log, and what was worked out of it since.

    What was ``sought`` among the words of records is kept apart: it is larger.
    """

    kinds: Mapping[str, Facets]
    position: Any
    remembered: Memory = field(default_factory=lambda: Memory(500), compare=False)
    sought: Memory = field(default_factory=lambda: Memory(100), compare=False)

    def of(self, kind: str, facet: str) -> Mapping[Any, BitMap]:
        """The sets of ids of ``kind`` by value of ``facet``."""
        return self.kinds[kind].get(facet, {})

    def remember(self, key: Any, work_out: Callable[[], Any]) -> Any:
        """What ``work_out`` gives, worked out once while nothing changes."""
        return self.remembered.remember(key, work_out)


def gathered(entries: Iterable[Entry]) -> dict[str, dict[Any, BitMap]]:
    """The entries as sets of ids."""
    found: dict[str, dict[Any, array]] = defaultdict(lambda: defaultdict(lambda: array("I")))
    for facet, value, pk in entries:
        found[facet][value].append(pk)
    return {
        facet: {value: BitMap(ids) for value, ids in values.items()}
        for facet, values in found.items()
    }


def changed(facets: Facets, ids: Collection[int], entries: Iterable[Entry]) -> Facets:
    """``facets`` after the records ``ids`` were looked at again and ``entries`` was found."""
    touched = BitMap(ids)
    after = dict(facets)
    for facet, values in facets.items():
        stale = {value: held for value, held in values.items() if held.intersect(touched)}
        if stale:
            kept = dict(values)
            for value, held in stale.items():
                rest = held - touched
                if rest:
                    kept[value] = rest
                else:
                    del kept[value]
            after[facet] = kept
    for facet, values in gathered(entries).items():
        merged = dict(after.get(facet, {}))
        for value, ids_of_value in values.items():
            merged[value] = merged[value] | ids_of_value if value in merged else ids_of_value
        after[facet] = merged
    return {facet: values for facet, values in after.items() if values}


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Let several queries see the database as of one moment, without a lock for writing.

    Inside somebody else's transaction there is nothing to do: it sees what it sees.
    """
    if connection.in_atomic_block:
        yield
        return
    begin = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ"}
    with connection.cursor() as cursor:
        cursor.execute(begin[connection.vendor])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("COMMIT")


@dataclass(frozen=True)
class News:
    """What the log says since a position: ids by kind (``None``: any), and how far it was read.

    ``lost`` means that the log does not lead on from the position.
    """

    position: Any
    ids: Mapping[str, set[int] | None]
    lost: bool = False


class Log:
    """The log of changes as one database keeps it."""

    def start(self) -> Any:
        """The position before which everything is in the tables."""
        raise NotImplementedError

    def since(self, position: Any) -> News:
        raise NotImplementedError


class SqliteLog(Log):
    """Writers come one after another, so the number of a row tells the order.

    The position is the last row read. It stays in the log; if it does not, the file is another
    one than before: restored, emptied or replaced.
    """

    def start(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, kind, object_id, at FROM records_change ORDER BY id DESC LIMIT 1"
            )
            row = cursor.fetchone()
        return list(row) if row else [0, "", None, 0]

    def since(self, position: Any) -> News:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, kind, object_id, at FROM records_change WHERE id >= %s ORDER BY id",
                [position[0]],
            )
            rows = cursor.fetchall()
        if position[0]:
            if not rows or list(rows[0]) != position:
                return News(None, {}, lost=True)
            rows = rows[1:]
        return News(list(rows[-1]) if rows else position, by_kind(row[1:3] for row in rows))


class PostgresqlLog(Log):
    """Transactions commit in another order than they log, so the position is a snapshot.

    What is new is what this moment sees and the snapshot did not. A snapshot of the future is
    one of another server.
    """

    def start(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_snapshot()::text")
            return cursor.fetchone()[0]

    def since(self, position: Any) -> News:
        oldest = int(position.split(":")[0])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.seen::text, c.kind, c.object_id FROM pg_current_snapshot() s(seen)"
                " LEFT JOIN records_change c ON c.transaction >= %s"
                " AND NOT pg_visible_in_snapshot(c.transaction::text::xid8, %s::pg_snapshot)",
                [oldest, position],
            )
            rows = cursor.fetchall()
        seen = rows[0][0]
        if int(seen.split(":")[0]) < oldest:
            return News(None, {}, lost=True)
        return News(seen, by_kind(row[1:] for row in rows if row[1] is not None))


def by_kind(rows: Iterable[tuple[str, int | None]]) -> dict[str, set[int] | None]:
    found: dict[str, set[int] | None] = {}
    for kind, pk in rows:
        if pk is None:
            found[kind] = None
        else:
            ids = found.setdefault(kind, set())
            if ids is not None:
                ids.add(pk)
    return found


LOGS: dict[str, Log] = {"sqlite": SqliteLog(), "postgresql": PostgresqlLog()}


class Index:
    """The state of several kinds of records, true at each moment it is asked for.

    ``kinds`` maps names of kinds, as the log calls them, to what tells their entries. ``folder``
    is where a snapshot for the next start is kept; ``meaning`` is a text that changes when
    entries come to mean something else, so that older snapshots are not read.
    """

    def __init__(self, kinds: Mapping[str, Entries], *, folder: Path, meaning: str) -> None:
        self.kinds = kinds
        self.folder = folder
        self.meaning = meaning
        self._state: State | None = None
        self._looked_at = time.monotonic()
        self._unsaved = 0
        self._lock = threading.Lock()

    def current(self) -> State:
        """What is so now.

        Inside a transaction that is not yet committed the answer is worked out for it alone:
        what nobody else can see must not be remembered.
        """
        if connection.in_atomic_block:
            return self.built()
        state, now = self._state, time.monotonic()
        if state is not None and now - self._looked_at < PATIENCE:
            news = LOGS[connection.vendor].since(state.position)
            if not news.lost and not news.ids:
                self._looked_at = now
                return state
        with self._lock:
            return self._caught_up()

    def _caught_up(self) -> State:
        """The state after what is new; call while holding the lock."""
        now = time.monotonic()
        if now - self._looked_at >= PATIENCE:
            self._state = None
        state = self._state or read(self.path)
        if state is not None:
            news = LOGS[connection.vendor].since(state.position)
            state = None if news.lost else self._after(state, news)
        if state is None:
            state = self.built()
            self._unsaved = SNAPSHOT_AFTER
        self._state, self._looked_at = state, now
        if self._unsaved >= SNAPSHOT_AFTER:
            self.save(state)
        return state

    def _after(self, state: State, news: News) -> State | None:
        """``state`` with ``news``, or ``None`` where it is quicker to begin anew."""
        if not news.ids:
            return state
        kinds = dict(state.kinds)
        for kind, ids in news.ids.items():
            if kind not in kinds:
                continue
            if ids is None or len(ids) > AT_ONCE:
                return None
            with one_moment():
                kinds[kind] = changed(kinds[kind], ids, self.kinds[kind](ids))
            self._unsaved += len(ids)
        return State(kinds, news.position)

    def built(self) -> State:
        """A state read from the tables alone."""
        position = LOGS[connection.vendor].start()
        with one_moment():
            return State(
                {kind: gathered(entries(None)) for kind, entries in self.kinds.items()}, position
            )

    # --- Snapshots ---------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """One file for each database that is used with this folder."""
        settings = connection.settings_dict
        names = [str(settings.get(name, "")) for name in ("ENGINE", "HOST", "PORT", "NAME")]
        digest = hashlib.sha256(
            json.dumps([*names, *self.kinds, self.meaning, FORMAT]).encode()
        ).hexdigest()
        return self.folder / f"{digest[:24]}.bitmaps"

    def save(self, state: State) -> None:
        """Keep ``state`` for the next start, and cut from the log what nobody needs any more."""
        self._unsaved = 0
        write(self.path, state)
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM records_change WHERE at < %s"
                " AND id < (SELECT max(id) FROM records_change)",
                [int(time.time()) - LOG_KEPT],
            )

    @property
    def size(self) -> int:
        """Bytes of the state when saved."""
        return self.path.stat().st_size if self.path.exists() else 0


def write(path: Path, state: State) -> None:
    """Save ``state``: a checksum, a line of JSON that says what follows, the sets one by one."""
    parts: list[bytes] = []
    listed = []
    for kind, facets in state.kinds.items():
        for facet, values in facets.items():
            for value, held in values.items():
                part = held.serialize()
                listed.append([kind, facet, value, len(part)])
                parts.append(part)
    head = {
        "position": state.position,
        "at": time.time(),
        "kinds": list(state.kinds),
        "sets": listed,
    }
    whole = json.dumps(head).encode() + b"\n" + b"".join(parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    aside.write_bytes(b"%d\n" % zlib.crc32(whole) + whole)
    aside.replace(path)


def read(path: Path) -> State | None:
    """The state saved at ``path``; ``None`` if there is none that is whole and young enough."""
    try:
        checksum, _newline, whole = path.read_bytes().partition(b"\n")
        if int(checksum) != zlib.crc32(whole):
            return None
        head, _newline, body = whole.partition(b"\n")
        said = json.loads(head)
        if time.time() - said["at"] > PATIENCE:
            return None
        kinds: dict[str, dict[str, dict[Any, BitMap]]] = {kind: {} for kind in said["kinds"]}
        place = 0
        for kind, facet, value, length in said["sets"]:
            held = BitMap.deserialize(body[place : place + length])
            kinds[kind].setdefault(facet, {})[value] = held
            place += length
        return State(kinds, said["position"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
