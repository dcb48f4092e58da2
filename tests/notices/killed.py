"""Kills a worker at every step it takes, and lets another one go on; run by test_crash.py.

A step is a statement that changes the database, or a mail: between reads nothing is at stake. For
each number of a step the same installation is put back, a forked worker is killed by ``kill -9``
when it comes to that step, a second one does what is left, and what became of the notices and
mails is compared with a worker nobody killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.core.management import call_command
from django.db import connection, connections

from agencies.models import Agency
from lessons.notice_kinds import ANSWER, BECAME_OF
from lessons.vocabulary import Status
from notices.models import Job, Letter, Notice
from notices.telling import tell
from notices.work import Worker
from tests.cast import make_cast
from tests.factories import make_lesson

FIRST = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
LATER = timedelta(minutes=10)
POSTED = Path(settings.DATA) / "posted.txt"


class Steps:
    """Counts what a worker does; the step with the number ``last`` kills it."""

    done = 0
    last = 0

    @classmethod
    def count(cls) -> None:
        cls.done += 1
        if cls.done == cls.last:
            os.kill(os.getpid(), signal.SIGKILL)


class PostOffice(BaseEmailBackend):
    """Keeps the Message-ID of every mail that it was given."""

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            Steps.count()
            post(message)
            Steps.count()
        return len(messages)


def post(message: EmailMessage) -> None:
    with POSTED.open("a") as posted:
        posted.write(f"{message.message()['Message-ID']}\n")


def counted(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
    if not sql.startswith("SELECT"):
        Steps.count()
    return execute(sql, *arguments)


# --- One installation, put back again and again --------------------------------------------------


def prepare() -> None:
    """Reviews that are due, one told at once, some for the digest of the morning."""
    call_command("migrate", verbosity=0)
    cast = make_cast()
    Agency.objects.exclude(pk=cast.agency.pk).update(active=False)
    for _ in range(2):
        make_lesson(
            by=cast.originator, status=Status.SUBMITTED, review_due_on=FIRST - timedelta(days=2)
        )
    taken = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    returned = make_lesson(by=cast.originator, status=Status.RETURNED)
    tell([cast.originator], BECAME_OF, taken, key="1", at=FIRST, move="take", to="in_review")
    tell([cast.originator], ANSWER, returned, key="1", at=FIRST, move="return", to="returned")
    connections.close_all()
    keep()


def files() -> tuple[Path, Path]:
    name = Path(str(settings.DATABASES["default"]["NAME"]))
    return name, name.with_suffix(".kept")


def maintenance(*statements: str) -> None:
    given = settings.DATABASES["default"]
    with psycopg.connect(
        host=given["HOST"], port=given["PORT"] or 5432, user=given["USER"],
        password=given["PASSWORD"], dbname="postgres", autocommit=True,
    ) as server:  # fmt: skip
        for statement in statements:
            server.execute(statement)


def keep() -> None:
    if connection.vendor == "postgresql":
        name = settings.DATABASES["default"]["NAME"]
        maintenance(f'CREATE DATABASE "{name}_kept" TEMPLATE "{name}"')
    else:
        database, kept = files()
        shutil.copy(database, kept)


def put_back() -> None:
    POSTED.unlink(missing_ok=True)
    connections.close_all()
    if connection.vendor == "postgresql":
        name = settings.DATABASES["default"]["NAME"]
        maintenance(
            f'DROP DATABASE "{name}" WITH (FORCE)',
            f'CREATE DATABASE "{name}" TEMPLATE "{name}_kept"',
        )
    else:
        database, kept = files()
        for rest in ("-wal", "-shm"):
            Path(f"{database}{rest}").unlink(missing_ok=True)
        shutil.copy(kept, database)


# --- Workers -------------------------------------------------------------------------------------


def work(*moments: datetime, killed_at: int = 0) -> bool:
    """Let a worker of its own process do a round at each moment; whether it lived."""
    child = os.fork()
    if child:
        _pid, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0
    Steps.done, Steps.last = 0, killed_at
    fine = True
    with connection.execute_wrapper(counted):
        for moment in moments:
            fine = Worker(lambda words: None).round(moment) and fine
    os._exit(0 if fine else 1)


def outcome() -> dict[str, Any]:
    """What came of it; what differs from run to run by right is left out."""
    letters = dict(Letter.objects.values_list("pk", "message_id"))
    posted = POSTED.read_text().split() if POSTED.exists() else []
    unsent = Letter.objects.filter(sent_at__isnull=True).count()
    result = {
        "notices": sorted(
            f"{person} {key} {letter is not None}"
            for person, key, letter in Notice.objects.values_list("person_id", "key", "letter")
        ),
        "letters": len(letters),
        "posted": len(set(posted)),
        "strangers": len(set(posted) - set(letters.values())),
        "unsent": unsent,
        "unfinished": Job.objects.filter(done_at__isnull=True).count(),
    }
    connections.close_all()
    return result | {"twice": sum(Counter(posted).values()) - len(set(posted))}


def main() -> None:
    settings.EMAIL_BACKEND = f"{__name__}.PostOffice"
    prepare()
    put_back()
    assert work(FIRST, MORNING)
    expected = outcome()
    wrong: list[Any] = []
    killed = twice = 0
    for step in range(1, 5000):
        put_back()
        if work(FIRST, MORNING, killed_at=step):
            break
        killed += 1
        if not work(FIRST + LATER, MORNING, MORNING + LATER):
            wrong.append([step, "the next worker failed"])
        found = outcome()
        twice += found.pop("twice")
        if found != {name: value for name, value in expected.items() if name != "twice"}:
            wrong.append([step, found])
    print(json.dumps({"killed": killed, "twice": twice, "expected": expected, "wrong": wrong}))
