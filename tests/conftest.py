"""What holds for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker, Settings


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
