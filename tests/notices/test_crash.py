"""Workers that are killed, that are two by mistake, and that are told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
MANY = """
from datetime import timedelta
from django.utils import timezone
from lessons.notice_kinds import BECAME_OF
from lessons.vocabulary import Status
from notices.telling import tell
from tests.cast import make_cast
from tests.factories import make_lesson

cast, now = make_cast(), timezone.now()
for number in range(60):
    lesson = make_lesson(
        by=cast.originator, status=Status.SUBMITTED, review_due_on=now - timedelta(days=2)
    )
    tell([cast.originator], BECAME_OF, lesson, key="1", at=now, move="take", to="in_review")
"""
COUNT = """
import json
from notices.models import Letter, Notice
print(json.dumps({
    "at_once": Notice.objects.filter(when="at_once").count(),
    "letters": Letter.objects.count(),
    "sent": Letter.objects.filter(sent_at__isnull=False).count(),
    "due": Notice.objects.filter(kind="review_due").count(),
}))
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of an empty installation of its own, on the kind of database under test."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DEVELOPMENT": "1",
        "DATA": str(tmp_path),
        "TIME_ZONE": "UTC",
    }
    if connection.vendor != "postgresql":
        yield variables
        return
    given = settings.DATABASES["default"]
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


def run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    return done.stdout


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_worker_killed_at_any_step_loses_nothing_and_sends_nothing_anew(
    environment: dict[str, str],
) -> None:
    command = "from tests.notices.killed import main; main()"
    said = run(environment, "manage.py", "shell", "-v", "0", "-c", command)
    found = json.loads(said.splitlines()[-1])
    assert found["wrong"] == []
    assert found["expected"]["posted"] == found["expected"]["letters"] > 5
    assert found["expected"]["twice"] == 0
    assert found["killed"] > 50
    # Only between the mail server's yes and the note of it does a mail go again, under its id:
    # two steps for each letter, the note itself among them.
    assert 0 < found["twice"] <= 2 * found["expected"]["letters"]


def test_two_workers_by_mistake_send_everything_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    run(environment, "manage.py", "shell", "-v", "0", "-c", MANY)
    workers = [start(environment, "work", "--once") for _ in range(2)]
    said = [worker.communicate(timeout=300)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    # What one had in hand when the other was done is done by the next round.
    run(environment, "manage.py", "work", "--once")
    counts = json.loads(run(environment, "manage.py", "shell", "-v", "0", "-c", COUNT))
    mails = "".join(path.read_text() for path in (tmp_path / "mails").iterdir())
    ids = re.findall(r"^Message-ID: (\S+)$", mails, re.MULTILINE)
    assert counts["at_once"] == counts["letters"] == counts["sent"] == 60
    assert len(ids) == len(set(ids)) == 60
    # In the morning hours clocks do not ring; then nobody is told, else each once.
    assert counts["due"] in (0, 60 * 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_stops_when_it_is_told_to(
    environment: dict[str, str], number: signal.Signals
) -> None:
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    run(environment, "manage.py", "shell", "-v", "0", "-c", MANY)
    worker = start(environment, "work")
    assert worker.stdout is not None
    assert worker.stdout.readline()
    begun = time.monotonic()
    worker.send_signal(number)
    assert worker.wait(10) == 0
    assert time.monotonic() - begun < 10
