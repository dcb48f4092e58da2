"""The worker: one process beside the web server."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from notices.work import Worker


class Command(BaseCommand):
    help = "Rings clocks, sends mails and runs jobs until it is told to stop (SIGTERM or Ctrl-C)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(self.say)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stopping.set())
        if not options["once"]:
            worker.run()
        elif not worker.round(timezone.now()):
            raise CommandError("Something failed; the log says what. It is tried again.")

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
