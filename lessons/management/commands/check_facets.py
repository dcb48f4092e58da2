"""``manage.py check_facets``: are the numbers beside the filters those of the database?"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.models import User
from lessons.facet_checks import problems, timings


class Command(BaseCommand):
    help = (
        "Compares what the facets of lessons hold in memory with plain queries, and fails on any"
        " difference or on a table whose changes are not logged."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people",
            type=int,
            default=50,
            help="for how many people, newest first, to compare what they may see (50)",
        )
        parser.add_argument(
            "--timing", action="store_true", help="print sizes and times as JSON instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["timing"]:
            self.stdout.write(json.dumps(timings()))
            return
        people = User.objects.filter(is_active=True).order_by("-pk")[: options["people"]]
        found = list(problems(people))
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} problems. A restart reads everything anew.")
        self.stdout.write(f"The facets are true, also for {len(people)} people.")
