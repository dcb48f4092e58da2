"""A served Lindero with the demonstration's data, and browsers that complain.

Every test finds the same data: the demonstration is loaded once per process and copied back before
each test. Every page that a test opens is watched: an error in the console, an exception in a
script, a violation of the content-security policy or an answer of 500 fails the test, even when
nobody looked for it.

The server and the test work on the one database file of `tests.settings`, without pytest-django's
test database: that one lives in memory, where a server's threads would have to share one
connection.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import DjangoDbBlocker

from agencies.models import User
from insights import demonstration
from tests.browser.visitor import Visitor, Watch

# Playwright keeps an event loop in the main thread; the tests' own queries are meant.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
SIZES = {"desk": DESK, "phone": PHONE}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def loaded(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A copy of the database with the demonstration in it."""
    name = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor != "sqlite" or not name.is_relative_to(settings.DATA):
        pytest.skip("browser tests run by themselves, on SQLite: make test-browser")
    copy = tmp_path_factory.mktemp("demonstration") / "copy.sqlite3"
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        demonstration.load(lambda words: None)
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    return copy


class Answering(StaticFilesHandler):
    """Knows how many requests are being answered now."""

    now = 0
    changed = threading.Condition()

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        with self.changed:
            Answering.now += 1
        try:
            return super().get_response(request)
        finally:
            with self.changed:
                Answering.now -= 1
                self.changed.notify_all()

    @classmethod
    def finish(cls) -> None:
        """Wait until everything that was asked is answered."""
        with cls.changed:
            assert cls.changed.wait_for(lambda: not cls.now, timeout=20)


@pytest.fixture(scope="session")
def server(loaded: Path) -> Iterator[str]:
    """Lindero, served by threads of this process; gives its address."""
    thread = LiveServerThread("127.0.0.1", Answering)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://{thread.host}:{thread.port}"
    thread.terminate()


@pytest.fixture
def site(server: str, loaded: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of a Lindero in which nothing has happened since the demonstration."""
    name = settings.DATABASES["default"]["NAME"]
    with django_db_blocker.unblock():
        with closing(sqlite3.connect(loaded)) as source, closing(sqlite3.connect(name)) as target:
            source.backup(target)
        yield server
        Answering.finish()
        connection.close()


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(
    site: str, browser: Browser, new_context: Callable[..., BrowserContext]
) -> Iterator[Visit]:
    """Open a browser for a person: ``visit("officer", size="phone")``.

    The person is the first part of a demonstration account's address, a user, or nobody. Other
    arguments go to Playwright's ``new_context``.
    """
    watches: list[Watch] = []

    def open_for(who: str | User | None = None, size: str = "desk", **options: Any) -> Visitor:
        context = new_context(
            base_url=site, locale="en", reduced_motion="reduce", **(SIZES[size] | options)
        )
        context.set_default_timeout(10_000)
        if isinstance(who, str):
            who = User.objects.get(email=f"{who}@demo.example")
        if who is not None:
            sign_in(context, who, site)
        watch = Watch(context)
        watches.append(watch)
        return Visitor(context.new_page(), watch, who)

    yield open_for
    problems = [problem for watch in watches for problem in watch.problems]
    for watch in watches:
        watch.end()
    assert problems == []


def sign_in(context: BrowserContext, person: User, site: str) -> None:
    """Give the browser the cookie of a session of its own, without the sign-in page."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture when PICTURES names a folder, for people who want to look."""
    folder = os.environ.get("PICTURES")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep
