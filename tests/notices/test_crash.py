"""Workers that are killed, that are two by mistake, and that are told to stop."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path

import pytest

from tests.processes import run, start

pytestmark = pytest.mark.slow
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


def test_a_worker_killed_at_any_step_loses_nothing_and_sends_nothing_anew(
    installation: dict[str, str],
) -> None:
    command = "from tests.notices.killed import main; main()"
    said = run(installation, "manage.py", "shell", "-v", "0", "-c", command)
    found = json.loads(said.splitlines()[-1])
    assert found["wrong"] == []
    assert found["expected"]["posted"] == found["expected"]["letters"] > 5
    assert found["expected"]["twice"] == 0
    assert found["killed"] > 50
    # Only between the mail server's yes and the note of it does a mail go again, under its id:
    # two steps for each letter, the note itself among them.
    assert 0 < found["twice"] <= 2 * found["expected"]["letters"]


def test_two_workers_by_mistake_send_everything_once(
    installation: dict[str, str], tmp_path: Path
) -> None:
    run(installation, "manage.py", "migrate", "--verbosity", "0")
    run(installation, "manage.py", "shell", "-v", "0", "-c", MANY)
    workers = [start(installation, "work", "--once") for _ in range(2)]
    said = [worker.communicate(timeout=300)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    # What one had in hand when the other was done is done by the next round.
    run(installation, "manage.py", "work", "--once")
    counts = json.loads(run(installation, "manage.py", "shell", "-v", "0", "-c", COUNT))
    mails = "".join(path.read_text() for path in (tmp_path / "mails").iterdir())
    ids = re.findall(r"^Message-ID: (\S+)$", mails, re.MULTILINE)
    assert counts["at_once"] == counts["letters"] == counts["sent"] == 60
    assert len(ids) == len(set(ids)) == 60
    # In the morning hours clocks do not ring; then nobody is told, else each once.
    assert counts["due"] in (0, 60 * 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_stops_when_it_is_told_to(
    installation: dict[str, str], number: signal.Signals
) -> None:
    run(installation, "manage.py", "migrate", "--verbosity", "0")
    run(installation, "manage.py", "shell", "-v", "0", "-c", MANY)
    worker = start(installation, "work")
    assert worker.stdout is not None
    assert worker.stdout.readline()
    begun = time.monotonic()
    worker.send_signal(number)
    assert worker.wait(10) == 0
    assert time.monotonic() - begun < 10
