"""The measurements themselves: pages in turn, files, people who save at once, weights."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urljoin

from benchmarks.generate import SAVED
from benchmarks.servers import Answer, Server, ask

SLOW = 0.25
"""Seconds from which on a page of a peer is slow and asked for less often."""
ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 30)
SLOW_EVERY = 6
"""Slow pages are asked for in every sixth round."""
EXPORT_ROUNDS = 3
CSRF_COOKIE, SESSION_COOKIE = "lindero_csrf", "lindero_session"


@dataclass
class Probe:
    """One page of one server, and how long each of its answers took.

    ``change`` is made each time before the page is asked for, and not timed.
    """

    name: str
    server: Server
    path: str
    is_peer: bool = False
    change: Callable[[], None] | None = None
    slow: bool = False
    times: list[float] = field(default_factory=list)

    def ask(self) -> float:
        if self.change:
            self.change()
        return self.answer().seconds

    def answer(self) -> Answer:
        answer = self.server.ask(self.path)
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: {answer.status} for {self.path}")
        return answer

    def ask_every_worker(self) -> None:
        """So many answers at once that each process has given some."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: self.answer(), range(12)))

    def warm_up(self) -> None:
        """Let every worker have answered; one answer tells whether the page is slow."""
        first = self.ask()
        if self.is_peer and first > SLOW:
            self.slow = self.ask() > SLOW
        if not self.slow:
            self.ask_every_worker()

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.times) * 1000


def in_turn(probes: list[Probe], say: Callable[[str], None]) -> list[str]:
    """Ask all pages of all servers one after the other, round by round; what failed comes back.

    So what else the machine does in some minute falls on all of them alike. Pages that are asked
    for after a change come first; then every worker answers once for all others, so that what was
    changed falls on none of them.
    """
    failed = []
    for probe in list(probes):
        try:
            probe.warm_up()
        except (RuntimeError, OSError) as error:
            failed.append(str(error))
            probes.remove(probe)
    say(f"{len(probes)} pages, {sum(probe.slow for probe in probes)} of them slow")
    changing = [probe for probe in probes if probe.change]
    others = [probe for probe in probes if not probe.change]
    for number in range(ROUNDS):
        for probe in changing:
            probe.times.append(probe.ask())
        for probe in others:
            if not probe.is_peer:
                probe.ask_every_worker()
        for probe in others:
            if not probe.slow or number % SLOW_EVERY == 0:
                probe.times.append(probe.ask())
        say(f"round {number + 1} of {ROUNDS}")
    return failed


# --- Files --------------------------------------------------------------------------------------


@dataclass
class Export:
    """A file of one server: rows a second, and by how much its largest worker grew."""

    name: str
    server: Server
    path: str
    rates: list[float] = field(default_factory=list)
    growths: list[float] = field(default_factory=list)

    def take(self) -> None:
        with Watched(self.server.workers()) as watched:
            answer = self.server.ask(self.path)
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: {answer.status} for {self.path}")
        self.growths.append(watched.growth)
        rows = sum(1 for _row in csv.reader(io.StringIO(answer.body.decode()))) - 1
        self.rates.append(rows / answer.seconds)


class Watched:
    """By how much the memory of some processes grows while the block lasts: looked at often.

    Pages of a database file that SQLite maps are the system's cache and do not count.
    """

    OFTEN = 0.01
    """Seconds between two looks."""

    def __init__(self, processes: list[int]) -> None:
        self.before = {pid: memory_of(pid) for pid in processes}
        self.growth = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self) -> None:
        while not self.over.wait(self.OFTEN):
            growth = max(memory_of(pid) - before for pid, before in self.before.items())
            self.growth = max(self.growth, growth)

    def __enter__(self) -> Watched:
        self.thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.over.set()
        self.thread.join()


def memory_of(pid: int) -> float:
    """The memory that a process holds for itself, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"RssAnon:\s+(\d+) kB", status)[0]) / 1024


def export_in_turn(exports: list[Export]) -> None:
    for number in range(EXPORT_ROUNDS + 1):
        for export in exports:
            export.take()
            if number == 0:  # a warm-up
                export.rates.clear()
                export.growths.clear()


# --- People who save at once --------------------------------------------------------------------


@dataclass
class Saved:
    """What came of people saving for a while."""

    waits: list[float]
    errors: int
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds


def save_at_once(server: Server, sessions: list[str], path: str, seconds: float) -> Saved:
    """Everybody saves one quick lesson after the other; the time of a save is its wait."""
    with ThreadPoolExecutor(len(sessions)) as pool:
        forms = list(pool.map(lambda session: opened_form(server, session, path), sessions))
        began = time.perf_counter()
        until = began + seconds
        results = list(pool.map(lambda form: keep_saving(server, form, path, until), forms))
        took = time.perf_counter() - began
    waits = [wait for waited, _errors in results for wait in waited]
    return Saved(waits, sum(errors for _waits, errors in results), took)


@dataclass
class Form:
    """A form that somebody has open: cookies, and the fields as they are sent."""

    cookie: str
    fields: dict[str, str]


def opened_form(server: Server, session: str, path: str) -> Form:
    answer = ask(server.port, path, f"{SESSION_COOKIE}={session}")
    page = answer.body.decode()
    token = re.findall(rf"{CSRF_COOKIE}=(\w+)", "\n".join(answer.cookies))[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    partners = page[page.index('name="partners"') :]
    fields = {name: value for name, value in hidden if name in {"csrfmiddlewaretoken", "person"}}
    fields["partners"] = re.findall(r'<option value="(\d+)"', partners)[0]
    fields["title"] = SAVED
    fields["observation"] = "The boats did not hear each other. " * 10
    return Form(f"{SESSION_COOKIE}={session}; {CSRF_COOKIE}={token}", fields)


def keep_saving(server: Server, form: Form, path: str, until: float) -> tuple[list[float], int]:
    waits, errors = [], 0
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    while time.perf_counter() < until:
        body = urlencode(form.fields | {"uuid": str(uuid.uuid4())})
        try:
            answer = ask(server.port, path, form.cookie, method="POST", body=body, headers=headers)
        except OSError:
            errors += 1
            continue
        if answer.status == 302:
            waits.append(answer.seconds)
        else:
            errors += 1
    return waits, errors


# --- Weights ------------------------------------------------------------------------------------


def weights(server: Server, path: str) -> dict[str, float]:
    """Kilobytes of a page, plain and compressed, and of all it loads, compressed."""
    html = server.ask(path).body
    assets = loaded_by(server, path, html.decode())
    return {
        "html": len(html) / 1000,
        "html_compressed": compressed(html) / 1000,
        "assets_compressed": sum(map(compressed, assets.values())) / 1000,
    }


def compressed(content: bytes) -> int:
    """Bytes on the way; fonts and pictures are compressed already."""
    return min(len(content), len(gzip.compress(content, 9)))


def loaded_by(server: Server, path: str, html: str) -> dict[str, bytes]:
    """What a page names under ``/static/``, with the fonts its style sheets name for Latin."""
    found: dict[str, bytes] = {}

    def fetch(paths: Iterable[str]) -> None:
        for one in paths:
            if one not in found:
                found[one] = server.ask(one).body

    fetch(re.findall(r'"(/static/[^"]+)"', html))
    sheets = {one: body.decode() for one, body in found.items() if one.endswith(".css")}
    for sheet, text in sheets.items():
        for face in re.findall(r"@font-face\s*\{[^}]*\}", text):
            if "U+0000-00FF" in face and "italic" not in face:
                fetch(urljoin(sheet, name) for name in re.findall(r"url\(([^)]+)\)", face))
    return found
