"""What holds for every test."""

import gc
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.template.base import Template
from pytest_django import DjangoDbBlocker, Settings


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with long tests in processes of their own: else the last processor waits for them.

    The others keep pytest-django's order, in which those that empty the database come last. On
    PostgreSQL long tests that ask no database are left out: ``make test-slow`` runs them.
    """
    alone = {one for one in items if one.get_closest_marker("slow") and needs_no_database(one)}
    items.sort(key=lambda item: item not in alone)
    if connection.vendor == "postgresql":
        config.hook.pytest_deselected(items=items[: len(alone)])
        del items[: len(alone)]


def needs_no_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "module_db"}
    return not item.get_closest_marker("django_db") and fixtures.isdisjoint(
        getattr(item, "fixturenames", ())
    )


def pytest_collection_finish() -> None:
    """Let the garbage collection look at what tests leave behind, not at all that was imported.

    A page leaves some 50,000 objects: looked for every 700, they cost a fifth of all the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def templates_as_asked_for(django_test_environment: None) -> None:
    """Keep the context of the templates that views name, not of each piece that they include.

    Django's test environment copies the context for every icon and every option of a list.
    """
    made: Any = Template
    kept = made._render

    def render(template: Any, context: Any) -> Any:
        asked_for = context.template is template
        return kept(template, context) if asked_for else template.nodelist.render(context)

    made._render = render


@pytest.fixture(autouse=True)
def own_media_root(settings: Settings, tmp_path: Path) -> None:
    """Give each test an empty folder for attachments."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Open the database for what a whole module shares; its tests undo only their own changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of an empty installation of its own, on the kind of database under test."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "DEVELOPMENT": "1",
        "DATA": str(tmp_path),
        "TIME_ZONE": "UTC",
    }
    if connection.vendor != "postgresql":
        yield variables
        return
    given = configured.DATABASES["default"]
    server = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}".format(
        **{**given, "PORT": given["PORT"] or 5432}
    )
    name = f"lindero_worker_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as maintenance:
        maintenance.execute(f'CREATE DATABASE "{name}"')
        try:
            yield variables | {"DATABASE_URL": f"{server}/{name}"}
        finally:
            for one in (name, f"{name}_kept"):
                maintenance.execute(f'DROP DATABASE IF EXISTS "{one}" WITH (FORCE)')
