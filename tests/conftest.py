"""What holds for every test."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def own_media_root(settings: Settings, tmp_path: Path) -> None:
    """Give each test an empty folder for attachments."""
    settings.MEDIA_ROOT = tmp_path / "files"
