"""The world map: shapes drawn at set-up, shaded by number, cut to the part that matters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pages.numbers import grouped

ASPECT, SMALL_ASPECT, NARROW_ASPECT = 2.3, 1.3, 1.2
"""Width to height of what is shown: on its own, beside other things, on a narrow screen (where
insights.css says the same)."""
NARROWEST = 150.0
"""Units of the drawing below which zooming in shows nothing but coarse lines."""
AIR = 0.08
"""Share of the part's size that is left free around what it shows."""
MOST = 0.75
"""Share of all shading that the part shown first holds. Shades, not lessons: otherwise one country
with very many would crowd out all others."""
LETTERS = 0.0105
"""Height of the codes on the map, as a share of its width."""
SCALES = [
    (1, 2, 3, 4, 5),
    (1, 2, 4, 7, 10),
    (1, 3, 6, 10, 20),
    (1, 5, 10, 20, 50),
    (1, 10, 25, 50, 100),
    (1, 25, 50, 100, 250),
    (1, 50, 100, 250, 500),
    (1, 100, 250, 500, 1000),
    (1, 250, 500, 1000, 2500),
    (1, 1000, 2500, 5000, 10000),
    (1, 10000, 25000, 50000, 100000),
]
"""Smallest numbers of the five steps; the last step has no upper end."""


class Box(NamedTuple):
    """A rectangle in units of the drawing, whose y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def words(self) -> str:
        """As the attribute ``viewBox`` takes it."""
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def touches(self, other: Box) -> bool:
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )


@dataclass(frozen=True)
class Shape:
    """A country as drawn: its path (empty where too small), its middle and its extent.

    ``main`` is the extent of its largest part, so that far-off islands do not widen the map.
    """

    path: str
    x: float
    y: float
    small: bool
    whole: Box
    main: Box


@dataclass(frozen=True)
class World:
    box: Box
    shapes: Mapping[str, Shape]


def world() -> World:
    return _read(settings.WORLD_MAP)


@cache
def _read(file: Path) -> World:
    drawn = json.loads(file.read_text(encoding="utf-8"))
    left, top, width, height = drawn["viewBox"]
    shapes = {code: _shape(country) for code, country in drawn["countries"].items()}
    return World(Box(left, top, left + width, top + height), shapes)


def _shape(country: Mapping[str, object]) -> Shape:
    path, x, y = str(country["d"]), float(str(country["cx"])), float(str(country["cy"]))
    parts = [_points(part) for part in path.split("M") if part]
    boxes = [_box(part) for part in parts] or [Box(x, y, x, y)]
    return Shape(
        path=path,
        x=x,
        y=y,
        small=bool(country["small"]),
        whole=_around(boxes),
        main=max(boxes, key=lambda box: box.width * box.height),
    )


def _points(part: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", part)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _box(points: Iterable[tuple[float, float]]) -> Box:
    across, down = zip(*points, strict=True)
    return Box(min(across), min(down), max(across), max(down))


def _around(boxes: Iterable[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


# --- What is shown -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Country:
    """A country with records: where its page is, what is said of it, how many lessons."""

    code: str
    url: str
    label: str
    lessons: int


@dataclass(frozen=True)
class Place:
    """A country with records as it stands on the map; ``level`` 0 is none, 5 the most.

    ``named`` says whether its shape has room for its code.
    """

    country: Country
    shape: Shape
    level: int
    named: bool

    @property
    def x(self) -> str:
        """In the notation of SVG, whatever the reader's language; so is ``y``."""
        return f"{self.shape.x:.1f}"

    @property
    def y(self) -> str:
        return f"{self.shape.y:.1f}"


@dataclass(frozen=True)
class Step:
    level: int
    words: str


@dataclass(frozen=True)
class Map:
    """All that the picture needs. ``outside`` counts countries with records beyond its edge."""

    box: Box
    land: str
    places: list[Place]
    steps: list[Step]
    outside: int
    is_whole: bool
    small: bool

    @property
    def is_tall(self) -> bool:
        """Whether a narrow screen may cut off both sides and still show every place."""
        middle, half = (self.box.left + self.box.right) / 2, self.box.height * NARROW_ASPECT / 2
        return all(abs(place.shape.x - middle) < half for place in self.places)

    @property
    def radius(self) -> str:
        """Of the dots, in units of the drawing."""
        return f"{self.box.width / (60 if self.small else 190):.2f}"

    @property
    def letters(self) -> str:
        """The height of the codes, in units of the drawing."""
        return f"{self.box.width * LETTERS:.2f}"


def draw(countries: Iterable[Country], *, whole: bool = False, small: bool = False) -> Map:
    """The map of ``countries``, of the whole world or of the part that holds most lessons.

    A ``small`` one stands beside other things: nearly square, without letters.
    """
    drawable = [country for country in countries if country.code in world().shapes]
    whole = whole or not drawable
    scale = scale_for(max((country.lessons for country in drawable), default=0))
    aspect = SMALL_ASPECT if small else ASPECT
    box = world().box if whole else _fitted(_part(drawable, scale), aspect)
    places = [
        Place(country, shape, level(country.lessons, scale), not small and _has_room(shape, box))
        for country in drawable
        for shape in [world().shapes[country.code]]
        if box.holds(shape.x, shape.y)
    ]
    shown = {place.country.code for place in places}
    land = "".join(
        shape.path
        for code, shape in world().shapes.items()
        if code not in shown and shape.path and box.touches(shape.whole)
    )
    return Map(
        box=box,
        land=land,
        # Dots last: they lie on top of the shapes around them.
        places=sorted(places, key=lambda place: place.shape.small),
        steps=steps(scale),
        outside=len(drawable) - len(places),
        is_whole=box == world().box,
        small=small,
    )


def _has_room(shape: Shape, box: Box) -> bool:
    """Whether the two letters of a code fit into the country's largest part."""
    letters = box.width * LETTERS
    return not shape.small and min(shape.main.width / 2, shape.main.height) > letters * 1.9


def _part(countries: list[Country], scale: tuple[int, ...]) -> Box:
    """The part around the most shaded countries that together hold most of the shading."""
    weights = {country.code: level(country.lessons, scale) for country in countries}
    wanted = MOST * sum(weights.values())
    chosen: list[Box] = []
    held = 0
    for country in sorted(countries, key=lambda country: -country.lessons):
        if held >= wanted > 0:
            break
        chosen.append(world().shapes[country.code].main)
        held += weights[country.code]
    return _around(chosen)


def _fitted(box: Box, aspect: float) -> Box:
    """``box`` with air around it, in the right proportions, moved to lie within the world."""
    limit = world().box
    width = max(box.width * (1 + 2 * AIR), box.height * (1 + 2 * AIR) * aspect, NARROWEST)
    height = width / aspect
    if width >= limit.width or height >= limit.height:
        return limit
    left = (box.left + box.right - width) / 2
    top = (box.top + box.bottom - height) / 2
    left = min(max(left, limit.left), limit.right - width)
    top = min(max(top, limit.top), limit.bottom - height)
    return Box(left, top, left + width, top + height)


def scale_for(most: int) -> tuple[int, ...]:
    """The widest scale whose highest step is reached by ``most``."""
    return max((scale for scale in SCALES if scale[-1] <= most), default=SCALES[0])


def level(number: int, scale: tuple[int, ...]) -> int:
    return sum(number >= least for least in scale)


def steps(scale: tuple[int, ...]) -> list[Step]:
    """The legend: what each shade stands for, in numbers and words."""
    found = [Step(0, _("no lesson yet"))]
    for number, (least, beyond) in enumerate(zip(scale, [*scale[1:], None], strict=True), 1):
        if beyond is None:
            words = _("%(number)s lessons or more") % {"number": grouped(least)}
        elif beyond == least + 1:
            words = ngettext("%(number)d lesson", "%(number)d lessons", least) % {"number": least}
        else:
            words = _("%(least)s to %(most)s lessons") % {
                "least": grouped(least),
                "most": grouped(beyond - 1),
            }
        found.append(Step(number, words))
    return found
