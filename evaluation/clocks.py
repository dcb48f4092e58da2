"""The clock that asks for results which no longer hold and which nobody asked for.

Whoever saves asks (``evaluation.results``). What changed past all forms is left to it: an update
with other methods, and rows that the administration or a command wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from agencies.models import Agency
from evaluation.models import Indicator
from evaluation.results import ask


class ResultClock:
    """Asks each morning; nobody is told of it."""

    name = "indicator_results"

    def ring(self, agency: Agency, day: date, at: datetime) -> Iterator[int]:
        ask(Indicator.objects.filter(agency=agency).values_list("pk", flat=True), at=at)
        yield from ()


CLOCKS = (ResultClock(),)
