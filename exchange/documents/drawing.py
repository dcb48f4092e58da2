"""Drawings of a document: told apart without color, so that any printer does.

Charts of pages are kept without looks (``pages.charts``); here they get those of paper: lines that
differ by dash and weight, surfaces by pattern. A drawing is an SVG that holds all it needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from xml.etree import ElementTree as Tree

from pages.charts import SVG

INK, PALE, PAPER = "#1c2430", "#c9d0d9", "#ffffff"
FACES = "IBM Plex Sans, IBM Plex Sans Arabic"
LINE = {"fill": "none", "stroke": INK, "stroke-width": "2", "stroke-linejoin": "round"}
LOOKS: Mapping[str, Mapping[str, str]] = {
    "role-axis-grid": {"stroke": PALE, "stroke-width": "0.7"},
    "role-axis-domain": {"stroke": INK, "stroke-width": "0.7"},
    "role-axis-tick": {"stroke": INK, "stroke-width": "0.7"},
    "settled_marks": LINE,
    "unsettled_marks": LINE | {"stroke-dasharray": "3 3"},
    "comparison_marks": LINE | {"stroke-width": "1.2", "stroke-dasharray": "9 4"},
    "before_marks": LINE | {"stroke-width": "5", "stroke-opacity": "0.35"},
    "after_marks": LINE | {"stroke-width": "5", "stroke-opacity": "0.35"},
    "dot_marks": {"fill": INK},
    "hollow_marks": {"fill": PAPER, "stroke": INK, "stroke-width": "1.6"},
    "event_marks": {"stroke": INK, "stroke-width": "1.6"},
    "break_marks": {"stroke": INK, "stroke-width": "1.4", "stroke-dasharray": "2 3"},
}
"""How the layers of a chart look on paper, by their classes."""
SHAPES = {f"{{{SVG}}}{name}" for name in ("path", "line", "rect")}
TEXT = f"{{{SVG}}}text"
KEY_ENTRY = re.compile(r'<li>.*?class="(\w+?)_marks".*?</svg>(.*?)</li>', re.DOTALL)
FIRST_DRAWING = re.compile(r'<svg [^>]*class="chart-drawing".*?</svg>', re.DOTALL)

TONES: Mapping[str, str] = {
    "full": "",
    "soft": '<path d="M0 0H6V6H0Z" fill="#b9c0ca"/>',
    "hatched": '<path d="M-1 1 1 -1M0 6 6 0M5 7 7 5" stroke="#1c2430" stroke-width="1.2"/>',
    "specked": '<circle cx="3" cy="3" r="1.2" fill="#1c2430"/>',
}
"""The surfaces of the bars on pages, as patterns of one tile."""


@dataclass(frozen=True)
class Drawing:
    """``spoken`` is what is read out instead of it."""

    svg: str
    spoken: str
    width: float
    height: float


def on_paper(chart: str) -> Drawing | None:
    """The chart of a page (its wide drawing) with the looks of paper; ``None`` if there is none."""
    found = FIRST_DRAWING.search(chart)
    if found is None:
        return None
    Tree.register_namespace("", SVG)
    root = Tree.fromstring(found[0])  # noqa: S314 - drawn by pages.charts, which serializes it
    spoken = [root.findtext(f"{{{SVG}}}{name}") for name in ("title", "desc")]
    for child in list(root):
        if child.tag in {f"{{{SVG}}}title", f"{{{SVG}}}desc"}:
            root.remove(child)
    dress(root, {})
    _x, _y, width, height = map(float, root.attrib["viewBox"].split())
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "width": f"{width:g}",
        "height": f"{height:g}",
        "font-family": FACES,
        "font-size": "12",
    }
    words = ". ".join(one.rstrip(".") for one in spoken if one)
    return Drawing(Tree.tostring(root, encoding="unicode"), f"{words}.", width, height)


def key_of(chart: str) -> list[tuple[str, str]]:
    """What the signs of a page's chart mean: the first part of a layer's class, and words."""
    return [(layer, unescape(words).strip()) for layer, words in KEY_ENTRY.findall(chart)]


def dress(element: Tree.Element, look: Mapping[str, str]) -> None:
    """Give what is drawn in ``element`` the look of the innermost layer that has one."""
    for name in element.get("class", "").split():
        look = LOOKS.get(name, look)
    if element.tag in SHAPES:
        element.attrib = {"fill": "none"} | element.attrib | dict(look)
    elif element.tag == TEXT:
        # Words at a line keep clear of what is drawn behind them.
        element.attrib |= {"fill": INK, "stroke": PAPER, "stroke-width": "4"}
        element.set("paint-order", "stroke")
    element.attrib.pop("class", None)
    for child in element:
        dress(child, look)


# --- Bars ----------------------------------------------------------------------------------------

WIDTH, LABELS, NUMBERS = 660, 110, 50
"""Of the drawing, of the words before the bars, and of the sum behind the longest."""
STEP, THICK, KEY = 24, 16, 20
"""From bar to bar, a bar, a line of the key."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its parts in the order of the key, and their sum in words."""

    label: str
    parts: Sequence[int]
    total: str


def bars(rows: Sequence[Bar], key: Sequence[tuple[str, str]], spoken: str) -> Drawing:
    """Bars of parts, each part in its tone; ``key`` names the parts with their tones."""
    root = Tree.Element(f"{{{SVG}}}svg")
    root.append(patterns())
    for place, (words, tone) in enumerate(key):
        x, y = WIDTH / 2 * (place % 2), KEY * (place // 2)
        surface(root, tone, x, y, THICK)
        write(root, words, x + 24, y + 12)
    top = KEY * ((len(key) + 1) // 2) + 10
    longest = max((sum(row.parts) for row in rows), default=0) or 1
    scale = (WIDTH - LABELS - NUMBERS) / longest
    for place, row in enumerate(rows):
        y, x = top + STEP * place, float(LABELS)
        write(root, row.label, LABELS - 10, y + 12, anchor="end")
        for number, (_words, tone) in zip(row.parts, key, strict=True):
            if number:
                surface(root, tone, x, y, number * scale)
                x += number * scale
        write(root, row.total, x + 8, y + 12)
    height = top + STEP * len(rows)
    root.attrib = {
        "viewBox": f"0 0 {WIDTH} {height}",
        "width": str(WIDTH),
        "height": str(height),
        "font-family": FACES,
        "font-size": "12",
    }
    Tree.register_namespace("", SVG)
    return Drawing(Tree.tostring(root, encoding="unicode"), spoken, WIDTH, height)


def patterns() -> Tree.Element:
    tiles = "".join(
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">{tile}</pattern>'
        for name, tile in TONES.items()
        if tile
    )
    return Tree.fromstring(f'<defs xmlns="{SVG}">{tiles}</defs>')  # noqa: S314 - from above


def surface(root: Tree.Element, tone: str, x: float, y: float, width: float) -> None:
    fill = f"url(#{tone})" if TONES[tone] else INK
    Tree.SubElement(
        root,
        f"{{{SVG}}}rect",
        {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "width": f"{width:.1f}",
            "height": str(THICK),
            "fill": fill,
            "stroke": INK,
            "stroke-width": "0.8",
        },
    )


def write(root: Tree.Element, words: str, x: float, y: float, anchor: str = "start") -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": INK}
    Tree.SubElement(root, f"{{{SVG}}}text", place).text = words
