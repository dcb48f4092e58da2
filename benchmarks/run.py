"""Measure Lindero beside its peers and write what came out: ``make bench``.

``SIZE=100k`` restricts to one size, ``SIZE=10k,100k`` to two. Peers run up to 100,000 lessons;
a million is for Lindero alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import for_datasette
from benchmarks.generate import SIZES
from benchmarks.installations import DATABASES, ROOT, Installation
from benchmarks.load import load
from benchmarks.measure import (
    SESSION_COOKIE,
    Export,
    Probe,
    export_in_turn,
    in_turn,
    save_at_once,
    weights,
)
from benchmarks.report import environment, write_report
from benchmarks.servers import DATASETTE, Server, datasette, gunicorn

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("BENCH_SECONDS") or 10)
"""How long people save at once, each of two times on each database."""
STOCK = "django.core.wsgi:get_wsgi_application()"


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def sizes_asked() -> list[str]:
    asked = [one for one in os.environ.get("SIZE", "").lower().split(",") if one] or list(SIZES)
    unknown = [one for one in asked if one not in SIZES]
    if unknown:
        sys.exit(f"SIZE is one of {', '.join(SIZES)}, or several of them with commas between")
    return [size for size in SIZES if size in asked]


class Run:
    """One run: the installations, what is known of them, the figures found."""

    def __init__(self, sizes: list[str]) -> None:
        self.sizes = sizes
        self.with_peers = [size for size in sizes if SIZES[size] <= SIZES["100k"]]
        self.installations = [Installation(size, kind) for size in sizes for kind in DATABASES]
        self.places: dict[str, Any] = {}
        self.sessions: dict[str, Any] = {}
        self.servers: dict[str, Server] = {}
        self.figures: dict[str, float] = {}
        self.notes: list[str] = []

    def prepare(self) -> None:
        """Load what is not there, sign people in, look up what to ask for."""
        for installation in self.installations:
            load(installation, say)
            installation.inside("forget_saved")
            self.places[installation.name] = installation.inside("places")
            self.sessions[installation.name] = installation.inside("sessions")
            for key, number in self.places[installation.name]["totals"].items():
                self.figures[f"{installation.name}.rows.{key}"] = number
            for page, took in installation.inside("rows_queries").items():
                self.figures[f"{installation.name}.rows_query.{page}"] = took

    def start(self, stack: ExitStack) -> None:
        """Start every server; ``stack`` ends them."""
        for installation in self.installations:
            at, sessions = installation.name, self.sessions[installation.name]
            reader = f"{SESSION_COOKIE}={sessions['reader']}"
            product, settings = "config.wsgi", "config.settings"
            kinds = [("lindero", product, settings, reader)]
            if installation.size in self.with_peers:
                administrator = f"sessionid={sessions['administrator']}"
                admin_settings = "benchmarks.plain_admin.settings"
                kinds += [
                    ("anchors", product, "benchmarks.anchor_settings", reader),
                    ("admin", STOCK, admin_settings, administrator),
                ]
            for kind, application, module, cookie in kinds:
                name = f"{at}.{kind}"
                started = gunicorn(name, installation, application, module, cookie)
                self.servers[name] = stack.enter_context(started)
        if not DATASETTE.exists():
            self.notes.append("Datasette is not installed: `make bench` installs it.")
            return
        for size in self.with_peers:
            file = for_datasette.build(Installation(size, "sqlite"))
            self.servers[f"{size}.sqlite.datasette"] = stack.enter_context(datasette(file))

    def probes(self) -> Iterator[Probe]:
        """Every page of every server."""
        for name, server in self.servers.items():
            at, kind = name.rsplit(".", 1)
            places = self.places[at]
            if kind == "lindero":
                change, pages = Installation(*at.split(".")).change, places["pages"]
                for page, path in pages.items():
                    first_time = page.startswith("search")
                    yield Probe(
                        f"{name}.{page}", server, path, change=change if first_time else None
                    )
                yield Probe(f"{name}.changed", server, pages["first"], change=change)
                yield Probe(f"{name}.filtered_changed", server, pages["filtered"], change=change)
                yield Probe(f"{name}.again", server, pages["search_mid"])
            elif kind == "anchors":
                yield Probe(f"{at}.rendered.first", server, "/benchmark/rendered/")
                yield Probe(f"{at}.empty.first", server, "/benchmark/empty/")
            elif kind == "admin":
                for variant in ("facets", "bare"):
                    for page, query in places["admin"].items():
                        path = f"/{variant}/plain_admin/lesson/{query}"
                        yield Probe(f"{at}.admin_{variant}.{page}", server, path, is_peer=True)
            else:
                file = Installation(*at.split(".")).folder / "datasette.sqlite3"
                for variant in ("facets", "bare"):
                    asked = for_datasette.pages(file, places, facets=variant == "facets")
                    for page, path in asked.items():
                        yield Probe(f"{at}.datasette_{variant}.{page}", server, path, is_peer=True)

    def measure_pages(self) -> None:
        probes = list(self.probes())
        self.notes += in_turn(probes, say)
        for probe in probes:
            self.figures[probe.name] = probe.milliseconds

    def measure_exports(self) -> None:
        exports = []
        for name, server in self.servers.items():
            at, kind = name.rsplit(".", 1)
            if kind == "lindero":
                exports.append(Export(name, server, self.places[at]["export"]))
            elif kind == "datasette":
                file = Installation(*at.split(".")).folder / "datasette.sqlite3"
                exports.append(Export(name, server, for_datasette.export(file)))
        say(f"{len(exports)} exports")
        export_in_turn(exports)
        for export in exports:
            self.figures[f"{export.name}.export_rows"] = statistics.median(export.rates)
            self.figures[f"{export.name}.export_growth"] = max(export.growths)

    def measure_savers(self) -> None:
        """At the largest size with peers, twice on each database, in turn."""
        size = (self.with_peers or self.sizes)[-1]
        runs: dict[str, list[Any]] = {}
        for kind in (*DATABASES, *DATABASES):
            at = f"{size}.{kind}"
            say(f"eight people save at once, {at}")
            sessions, path = self.sessions[at]["savers"], self.places[at]["new"]
            done = save_at_once(self.servers[f"{at}.lindero"], sessions, path, SECONDS)
            runs.setdefault(at, []).append(done)
        for at, done_at in runs.items():
            waits = [wait for done in done_at for wait in done.waits]
            self.figures[f"{at}.savers.rate"] = statistics.mean(done.rate for done in done_at)
            self.figures[f"{at}.savers.errors"] = sum(done.errors for done in done_at)
            self.figures[f"{at}.savers.longest"] = max(waits, default=0)
            self.figures[f"{at}.savers.median"] = statistics.median(waits) if waits else 0
        for installation in self.installations:
            installation.inside("forget_saved")

    def measure_facets(self) -> None:
        """What the index of facets costs a process, as the product itself says.

        ``manage.py check_facets --timing`` ends with one line of JSON: ``bytes`` of the index in
        memory, ``start_seconds`` from the snapshot, ``check_milliseconds`` of looking for changes.
        """
        scales = {"bytes": ("megabytes", 1e-6), "start_seconds": ("start", 1)}
        scales |= {"check_milliseconds": ("check", 1)}
        for installation in self.installations:
            done = installation.manage("check_facets", "--timing")
            if done.returncode:
                why = "is not there" if "Unknown command" in done.stderr else "failed"
                self.notes.append(f"{installation.name}: `check_facets --timing` {why}.")
                continue
            said = json.loads(done.stdout.strip().splitlines()[-1])
            for key, (name, scale) in scales.items():
                if key in said:
                    self.figures[f"{installation.name}.facets.{name}"] = said[key] * scale

    def measure_weights(self) -> None:
        at = f"{(self.with_peers or self.sizes)[-1]}.sqlite"
        found = weights(self.servers[f"{at}.lindero"], self.places[at]["pages"]["first"])
        self.figures |= {f"weight.{name}": number for name, number in found.items()}


def measure(run: Run) -> None:
    """Everything in turn; what fails becomes a note, so that the rest is not lost."""
    with ExitStack() as stack:
        run.start(stack)
        steps = (run.measure_pages, run.measure_exports, run.measure_weights)
        for step in (*steps, run.measure_savers, run.measure_facets):
            try:
                step()
            except Exception as error:
                traceback.print_exc()
                run.notes.append(f"{step.__name__} failed: {error!r}")


def main() -> None:
    run = Run(sizes_asked())
    run.prepare()
    measure(run)
    results = {
        "environment": environment(),
        "notes": run.notes,
        "sizes": run.sizes,
        "figures": dict(sorted(run.figures.items())),
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    write_report(results, HERE / "RESULTS.md")
    if DATASETTE.exists():
        draw = [str(DATASETTE.with_name("python")), "benchmarks/plot.py"]
        subprocess.run(draw, cwd=ROOT, check=True)
    say("benchmarks/RESULTS.md is written")


if __name__ == "__main__":
    main()
