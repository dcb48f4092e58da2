"""Servers as processes of our own: started on a free port, asked, and ended by their id."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installations import DATA, ROOT, Installation

GUNICORN = ("--workers", "2", "--threads", "4", "--log-level", "warning")
"""As ``make run`` starts the product."""
PATIENCE = 600
"""Seconds that the slowest answer may take."""
DATASETTE = ROOT / "benchmarks" / ".venv" / "bin" / "datasette"


@dataclass
class Answer:
    status: int
    body: bytes
    seconds: float
    cookies: Sequence[str] = ()
    """What the server wants kept, as ``name=value; attributes``."""


@dataclass
class Server:
    """A running server: how to ask it, and how the reader is signed in there."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    cookie: str = ""

    def ask(self, path: str) -> Answer:
        """The answer to a GET on a connection of its own; the time includes the whole body."""
        return ask(self.port, path, self.cookie)

    def workers(self) -> list[int]:
        """The ids of the processes that answer."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children] or [pid]


def ask(
    port: int,
    path: str,
    cookie: str = "",
    *,
    method: str = "GET",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    sent = {"Cookie": cookie, "Connection": "close"} | dict(headers or {})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        began = time.perf_counter()
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        content = response.read()
        took = time.perf_counter() - began
        return Answer(response.status, content, took, response.headers.get_all("Set-Cookie", []))
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str, command: list[str], port: int, environment: Mapping[str, str], cookie: str = ""
) -> Iterator[Server]:
    with (DATA / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        for _attempt in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{name} does not listen")
        yield Server(name, process, port, cookie)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def gunicorn(
    name: str, installation: Installation, application: str, settings: str, cookie: str
) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    environment = installation.environment | {"DJANGO_SETTINGS_MODULE": settings}
    with running(name, [*command, *GUNICORN], port, environment, cookie) as server:
        yield server


@contextmanager
def datasette(file: Path) -> Iterator[Server]:
    """Datasette with limits that let it finish, and without the suggestion of further facets."""
    port = free_port()
    settings = {
        "facet_time_limit_ms": "240000",
        "sql_time_limit_ms": "240000",
        "suggest_facets": "off",
        "default_page_size": "25",
        "default_facet_size": "60",
        "max_csv_mb": "0",
    }
    command = [str(DATASETTE), "serve", str(file), "--host", "127.0.0.1", "--port", str(port)]
    for setting, value in settings.items():
        command += ["--setting", setting, value]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(file.parent)}
    with running("datasette", command, port, environment) as server:
        yield server
