"""Eight people write and eight read at once, on a served Lindero with several processes.

Whoever was answered "saved" can rely on it: the very next page of anybody, from whichever process,
counts the lesson, and in the end every lesson is there.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.slow

SECONDS = 60
WRITERS = READERS = 8
ROOT = Path(__file__).parents[1]
PEOPLE = f"""
import json

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from agencies.models import Agency, AgencyKind, Membership, User

agency = Agency.objects.create(code="ES-GC", name="Guardia Civil", kind=AgencyKind.GENDARMERIE)

def signed_in(number, role):
    user = User.objects.create_user(f"{{role}}{{number}}@example.org", f"{{role}} {{number}}")
    Membership.objects.create(user=user, agency=agency, role=role)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key

print(json.dumps({{
    "writers": [signed_in(number, "contributor") for number in range({WRITERS})],
    "readers": [signed_in(number, "reviewer") for number in range({READERS})],
}}))
"""
SUBMITTED = "/lessons/?status=submitted"


def manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


@contextmanager
def served(environment: dict[str, str]) -> Iterator[int]:
    """The port of a Lindero with two processes of four threads."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    options = ["--workers", "2", "--threads", "4", "--log-level", "warning"]
    process = subprocess.Popen([*command, *options], cwd=ROOT, env=environment)
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def ask(
    port: int, path: str, cookie: str, body: str | None = None
) -> tuple[int, str, http.client.HTTPMessage]:
    sent = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        server.request("GET" if body is None else "POST", path, body, sent)
        answer = server.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        server.close()


class Crowd:
    """What was begun, what was answered, and whatever went wrong."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.until = time.monotonic() + SECONDS
        self.begun = self.answered = self.counted = 0
        self.lock = threading.Lock()
        self.wrong: list[str] = []

    def follow(self, act: Callable[[str], None], session: str) -> None:
        """Let somebody act; what ends them early is remembered."""
        try:
            act(session)
        except Exception as error:  # a thread has nobody else to tell
            self.wrong.append(f"{act.__name__}: {error!r}")

    def write(self, session: str) -> None:
        cookie = f"lindero_session={session}"
        _status, page, headers = ask(self.port, "/lessons/new/", cookie)
        token = re.findall(r"lindero_csrf=(\w+)", str(headers.get_all("Set-Cookie")))[0]
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
        partners = page[page.index('name="partners"') :]
        fields = {
            name: value for name, value in hidden if name in ("csrfmiddlewaretoken", "person")
        }
        fields |= {
            "partners": re.findall(r'<option value="(\d+)"', partners)[0],
            "title": "Written among many",
            "observation": "The boats did not hear each other.",
            "nothing_secret": "on",
            "submit": "review",
        }
        cookie = f"{cookie}; lindero_csrf={token}"
        while time.monotonic() < self.until:
            with self.lock:
                self.begun += 1
            body = urlencode(fields | {"uuid": str(uuid.uuid4())})
            status, page, _headers = ask(self.port, "/lessons/new/", cookie, body)
            with self.lock:
                self.answered += 1
                if status != 302:
                    self.wrong.append(f"saving answered {status}: {page[:500]}")
                    return

    def read(self, session: str) -> None:
        cookie = f"lindero_session={session}"
        while time.monotonic() < self.until:
            least = self.answered
            number = count(self.port, cookie)
            with self.lock:
                self.counted += 1
                if not least <= number <= self.begun:
                    self.wrong.append(f"{number} counted; {least} were there, {self.begun} begun")


def count(port: int, cookie: str) -> int:
    status, page, _headers = ask(port, SUBMITTED, cookie)
    assert status == 200, page[:500]
    found = re.search(r'<span class="count">([\d,]+)</span>', page)
    assert found, page[:500]
    return int(found[1].replace(",", ""))


def test_nothing_is_lost_and_no_number_is_stale(installation: dict[str, str]) -> None:
    manage(installation, "migrate", "--verbosity", "0")
    people = json.loads(manage(installation, "shell", "-v", "0", "-c", PEOPLE))
    with served(installation) as port:
        crowd = Crowd(port)
        acts = [(crowd.write, one) for one in people["writers"]]
        acts += [(crowd.read, one) for one in people["readers"]]
        threads = [threading.Thread(target=crowd.follow, args=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert crowd.wrong == []
        assert crowd.answered > WRITERS
        assert crowd.counted > READERS
        assert count(port, f"lindero_session={people['readers'][0]}") == crowd.answered
    told = manage(installation, "check_facets")
    assert "The facets are true" in told
