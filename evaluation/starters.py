"""Indicators to start from: ``data/starters.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from django.utils.text import slugify

from evaluation.series import Measure, Step

FILE = Path(__file__).parent / "data" / "starters.toml"


@dataclass(frozen=True)
class Starter:
    """A definition with its formula and limitations, as it fills the form of a new indicator."""

    code: str
    title: str
    definition: str
    formula: str
    measure: str
    unit: str
    step: str
    better: str
    source: str
    limitations: str

    @property
    def slug(self) -> str:
        """As it stands in addresses."""
        return slugify(self.code)

    @property
    def measure_words(self) -> str:
        return str(Measure(self.measure).label)

    @property
    def step_words(self) -> str:
        return str(Step(self.step).label)

    def fields(self) -> dict[str, str]:
        """What it fills in, by field."""
        return {name: text for name, text in asdict(self).items() if name != "code"}


@cache
def starters() -> dict[str, Starter]:
    """By slug, in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["starter"]
    found = [Starter(**row) for row in rows]
    return {one.slug: one for one in found}
