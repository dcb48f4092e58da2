"""Jobs: what is asked for in a transaction and done by the worker, with retries.

A job is taken by one conditional UPDATE, which says on every database who was first. What a worker
took and did not finish is free again after ``HAND``, so that a worker that is killed loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from notices.declared import declared
from notices.models import Job

HAND = timedelta(minutes=5)
"""How long a worker may take for one job."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
MOST_ATTEMPTS = 20
"""With these pauses some three days: a mail server may be away over a weekend."""
KEPT = timedelta(days=7)
"""How long a finished job can be looked at."""
LONGEST_ERROR = 2000

logger = logging.getLogger(__name__)


def asked(run: Callable[..., None], due_at: datetime, **arguments: Any) -> Job:
    """The job that calls ``run``, one of those that apps declare; save it to have it done."""
    name = f"{run.__module__}.{run.__qualname__}"
    if name not in declared("jobs"):
        raise LookupError(f"no app declares the job {name}")
    return Job(name=name, due_at=due_at, created_at=due_at, arguments=arguments)


def take(now: datetime) -> Job | None:
    """The next job that is due, in this worker's hands; ``None`` if there is none."""
    while (key := Job.objects.due(now).order_by("due_at", "pk").values("pk").first()) is not None:
        mine = Job.objects.due(now).filter(**key)
        if mine.update(taken_until=now + HAND, attempts=F("attempts") + 1):
            taken: Job = Job.objects.get(**key)
            return taken
    return None


def run(job: Job, now: datetime) -> bool:
    """Do it; whether it succeeded. What fails is due again after a pause that doubles."""
    row = Job.objects.filter(pk=job.pk)
    try:
        declared("jobs")[job.name](now=now, **job.arguments)
    except Exception as error:
        logger.exception("Job %s failed, attempt %d", job, job.attempts)
        failed = {"taken_until": None, "error": repr(error)[:LONGEST_ERROR]}
        if job.attempts >= MOST_ATTEMPTS:
            row.update(given_up_at=now, **failed)
        else:
            row.update(due_at=now + pause_after(job.attempts), **failed)
        return False
    row.update(done_at=now, taken_until=None, error="")
    return True


def pause_after(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)


def try_again(jobs: Any, now: datetime) -> int:
    """Have jobs done that were given up, with all their attempts before them."""
    again: int = jobs.filter(given_up_at__isnull=False).update(
        given_up_at=None, attempts=0, due_at=now
    )
    return again


def forget(now: datetime) -> None:
    """Delete what was done long ago."""
    Job.objects.filter(done_at__lt=now - KEPT).delete()
