"""Kills a worker at every step of making documents; run by test_document_crash.py.

A step is a statement that changes the database, the laying out, or a part of writing the file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections import Counter
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from exchange.models import RequestedDocument
from insights import documents
from lessons.vocabulary import Status
from notices.models import Job, Notice
from programs.models import Exercise
from records.models import ExportRecord
from records.vocabulary import TLP, DocumentFormat, DocumentKind
from tests.cast import make_cast
from tests.factories import make_action, make_exercise, make_lesson
from tests.notices.killed import FIRST, LATER, Steps, keep, put_back, work


def prepare(lessons: int) -> Any:
    """An exercise to be reported; whoever recorded it."""
    call_command("migrate", verbosity=0)
    cast = make_cast()
    exercise = make_exercise(by=cast.originator, tlp=TLP.GREEN)
    for _ in range(lessons):
        make_action(make_lesson(by=cast.originator, exercise=exercise, status=Status.IDENTIFIED))
    return cast.originator


def ask(person: Any, at: Any) -> None:
    ref = Exercise.objects.get().ref
    for format_ in DocumentFormat:
        documents.ask(person, DocumentKind.AFTER_ACTION, format_, subject=ref, at=at)


def stored() -> list[Path]:
    return [one for one in Path(settings.MEDIA_ROOT).rglob("*") if one.is_file()]


def outcome() -> dict[str, Any]:
    """What came of it; the content of a file differs by its time alone."""
    rows = list(RequestedDocument.objects.order_by("pk"))
    sizes = {Path(one.file.path): one.size for one in rows if one.file}
    found = {
        "made": [one.made_at is not None for one in rows],
        "failed": [one.reason for one in rows],
        "progress": [one.progress for one in rows],
        "strangers": len(set(stored()) - sizes.keys()),
        "whole": [path.stat().st_size == size for path, size in sizes.items()],
        "records": ExportRecord.objects.filter(finished_at__isnull=False).count(),
        "begun": ExportRecord.objects.filter(finished_at__isnull=True).count(),
        "notices": Notice.objects.filter(kind="document").count(),
        "waiting": Counter(Job.objects.filter(done_at__isnull=True).values_list("name", flat=True)),
    }
    connections.close_all()
    return found


# --- At every step -------------------------------------------------------------------------------


def count_files() -> None:
    """Writing a file has steps too: before it, with half of it, with all of it."""
    write, lay_out = FileSystemStorage._save, documents.laid_out  # type: ignore[attr-defined]

    def written(self: FileSystemStorage, name: str, content: Any) -> Any:
        Steps.count()
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read()[: content.size // 2])
        Steps.count()
        path.unlink()
        content.seek(0)
        done = write(self, name, content)
        Steps.count()
        return done

    def laid_out(*given: Any) -> bytes:
        Steps.count()
        return lay_out(*given)

    FileSystemStorage._save = written  # type: ignore[attr-defined]
    documents.laid_out = laid_out  # type: ignore[assignment]


def load() -> None:
    """Import once what each of the workers would import anew."""
    for name in ("docx", "docxtpl", "typst"):
        import_module(name)


def clear() -> None:
    put_back()
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def main() -> None:
    ask(prepare(lessons=2), FIRST)
    connections.close_all()
    keep()
    count_files()
    load()
    clear()
    assert work(FIRST)
    expected = outcome()
    wrong: list[Any] = []
    killed = 0
    for step in range(1, 1000):
        clear()
        if work(FIRST, killed_at=step):
            break
        killed += 1
        if not work(FIRST + LATER):
            wrong.append([step, "the next worker failed"])
        if (found := outcome()) != expected:
            wrong.append([step, found])
    print(json.dumps({"killed": killed, "expected": expected, "wrong": wrong}))


# --- A worker as it is started -------------------------------------------------------------------


def kill_while_making(worker: int) -> None:
    """Ask for documents, and kill the process ``worker`` as soon as one of them is being made."""
    person = Exercise.objects.get().created_by
    ask(person, timezone.now())
    for _ in range(6000):
        if RequestedDocument.objects.pending().filter(progress__gt=0).exists():
            break
        time.sleep(0.01)
    os.kill(worker, signal.SIGKILL)
    time.sleep(0.5)
    half = RequestedDocument.objects.pending().filter(attempts=1, progress__gt=0)
    print(
        json.dumps({"half": half.count(), "pending": RequestedDocument.objects.pending().count()})
    )


def let_time_pass() -> None:
    """What a worker had in hand is free again after some minutes."""
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(taken_until__isnull=False).update(taken_until=past)
