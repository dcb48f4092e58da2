"""Programs and exercises with a partner, drawn along the years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from insights.dossier import SHOWN, Dossier
from programs.models import Program

WIDTH = 1000
"""Units of the drawing from the first to the last day shown."""
BACK, AHEAD = 9, 3
"""How many years before and after this one are shown at most; of an old cooperation its last ones."""


@dataclass(frozen=True)
class Span:
    """A program and its bar: where it begins and how long it is, ``""`` without dates."""

    program: Program
    x: str
    width: str


@dataclass(frozen=True)
class Timeline:
    """``held`` and ``planned`` are the places of exercises, ``grid`` is the path of the years."""

    years: list[int]
    grid: str
    held: list[str]
    planned: list[str]
    spans: list[Span]


def timeline(dossier: Dossier) -> Timeline | None:
    """The latest programs and exercises; ``None`` where there is nothing to draw."""
    programs = dossier.programs[:SHOWN]
    exercises = [*dossier.held, *dossier.planned]
    days = [exercise.starts_on for exercise in exercises]
    days += [day for program in programs for day in (program.starts_on, program.ends_on) if day]
    if not days:
        return None
    this, latest = dossier.on.year, max(day.year for day in days)
    last = min(max(this, latest), this + AHEAD) if latest >= this - BACK else latest
    first = max(min(this, *(day.year for day in days)), min(last, this) - BACK)
    scale = Scale(first, last)
    return Timeline(
        years=list(range(first, last + 1)),
        grid="".join(
            f"M{scale.at(date(year, 1, 1)):.1f} 0V20" for year in range(first + 1, last + 1)
        ),
        held=scale.places(dossier.held),
        planned=scale.places(dossier.planned),
        spans=[scale.span(program) for program in programs],
    )


@dataclass(frozen=True)
class Scale:
    """From days to units of the drawing, between two years, both included."""

    first: int
    last: int

    def at(self, day: date) -> float:
        years = day.year - self.first + (day.timetuple().tm_yday - 1) / 366
        return min(max(years / (self.last - self.first + 1), 0), 1) * WIDTH

    def places(self, exercises: Iterable[Any]) -> list[str]:
        """The middle of each exercise that lies within the years shown."""
        return [
            f"{(self.at(exercise.starts_on) + self.at(exercise.ends_on)) / 2:.1f}"
            for exercise in exercises
            if self.first <= exercise.starts_on.year <= self.last
        ]

    def span(self, program: Program) -> Span:
        """An end that is not known lies beyond the last year."""
        if program.starts_on is None:
            return Span(program, "", "")
        begin = self.at(program.starts_on)
        end = self.at(program.ends_on or date(self.last, 12, 31))
        return Span(program, f"{begin:.1f}", f"{max(end - begin, 4):.1f}")
