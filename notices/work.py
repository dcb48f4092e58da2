"""What the worker does, round after round: clocks, mails, jobs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.utils import timezone

from notices import jobs
from notices.clocks import ring_all
from notices.mails import make_letters

PAUSE = 5.0
"""Seconds between two looks for mails and jobs."""
RING_EVERY = timedelta(minutes=1)
EACH = 100
"""How many done before progress is told."""
MOST_FAILURES = 5
"""Jobs that may fail in one round: while a mail server is away, clocks ring all the same."""

logger = logging.getLogger(__name__)


@dataclass
class Worker:
    """One worker; ``say`` is told what it does, ``stopping`` ends it between two steps."""

    say: Callable[[str], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    rang_at: datetime | None = None

    def run(self) -> None:
        """Work until told to stop."""
        while not self.stopping.is_set():
            self.round(timezone.now())
            # One that broke or grew old is opened anew, as between two requests.
            close_old_connections()
            self.stopping.wait(PAUSE)

    def round(self, now: datetime) -> bool:
        """Do once what is due; whether all of it succeeded."""
        steps = [self.make_letters, self.run_jobs]
        if self.rang_at is None or now - self.rang_at >= RING_EVERY:
            self.rang_at = now
            steps.insert(0, self.ring)
        done = [self.attempt(step, now) for step in steps]
        return all(done)

    def attempt(self, step: Callable[[datetime], bool], now: datetime) -> bool:
        """Do one step; what goes wrong is logged and tried again in the next round."""
        if self.stopping.is_set():
            return True
        try:
            return step(now)
        except Exception:
            logger.exception("The worker could not go on; it tries again")
            return False

    def ring(self, now: datetime) -> bool:
        self.count("people told by clocks", ring_all(now))
        return True

    def make_letters(self, now: datetime) -> bool:
        self.count("notices put into mails", make_letters(now))
        return True

    def run_jobs(self, now: datetime) -> bool:
        failed = 0

        def done() -> Iterator[int]:
            nonlocal failed
            while failed < MOST_FAILURES and (job := jobs.take(now)) is not None:
                if jobs.run(job, now):
                    yield 1
                else:
                    failed += 1

        self.count("jobs done", done())
        jobs.forget(now)
        if failed:
            self.say(f"jobs failed, to be tried again: {failed}")
        return not failed

    def count(self, what: str, numbers: Iterator[int]) -> None:
        """Go through the work, telling now and then how far it is; stop in between if asked to."""
        done = told = 0
        for number in numbers:
            done += number
            if done - told >= EACH:
                self.say(f"{what}: {done}")
                told = done
            if self.stopping.is_set():
                break
        if done > told:
            self.say(f"{what}: {done}")
