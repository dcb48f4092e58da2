"""Charts with axes: Vega-Lite drawn to SVG on the server, coloured by the style sheet.

The drawing carries classes only: no colours, fonts or style attributes, and no ground, so that it
follows light, dark and print like the rest of the page and passes the content-security policy. A
layer named ``series`` in the specification is drawn in an element of class ``series_marks``;
static/lindero/charts.css gives it its looks.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as Tree

from django.utils import formats
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.safestring import SafeString, mark_safe

SVG = "http://www.w3.org/2000/svg"
KEPT = {"class", "d", "transform", "x", "y", "x1", "x2", "y1", "y2", "text-anchor", "viewBox"}
"""The attributes that say where something is; how it looks is the style sheet's business."""
LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
MONDAY_FIRST = (6, 0, 1, 2, 3, 4, 5)
"""The days of the week from Sunday, as Django numbers them."""

CONFIG: dict[str, Any] = {
    "aria": False,
    "background": None,
    "view": {"stroke": None},
    "font": "IBM Plex Sans",
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelPadding": 6, "ticks": False},
    "axisX": {"grid": False, "ticks": True, "labelFlush": False, "labelSeparation": 8},
    "axisY": {"domain": False, "tickCount": 5},
    "text": {"fontSize": 12},
}


def drawn(spec: dict[str, Any], *, title: str, description: str = "") -> SafeString:
    """Draw a Vega-Lite specification as an SVG that fills the width it is given.

    ``title`` and ``description`` are what is read out instead of it. The specification holds its
    data itself; nothing is fetched. For the worker: drawing takes a third of a second and memory.
    """
    import vl_convert

    text = vl_convert.vegalite_to_svg(
        spec | {"config": CONFIG | spec.get("config", {})},
        allowed_base_urls=[],
        format_locale=number_locale(),
        time_format_locale=time_locale(),
    )
    Tree.register_namespace("", SVG)
    root = Tree.fromstring(text)  # noqa: S314 -- drawn a line above, from plain data
    strip(root)
    root.attrib = {
        "class": "chart-drawing",
        "role": "img",
        "viewBox": root.attrib["viewBox"],
    }
    for name, words in (("desc", description), ("title", title)):
        if words:
            spoken = Tree.Element(f"{{{SVG}}}{name}")
            spoken.text = words
            root.insert(0, spoken)
    return mark_safe(Tree.tostring(root, encoding="unicode"))  # noqa: S308 -- serialized by Tree


def strip(element: Tree.Element) -> None:
    """Leave of an element and those in it only what says where it is, and nothing unseen.

    Labels that would touch others are drawn, but without opacity.
    """
    for child in list(element):
        hidden = child.get("display") == "none" or child.get("opacity") == "0"
        if hidden or child.get("class") in ("background", "foreground"):
            element.remove(child)
        else:
            strip(child)
    element.attrib = {
        name: LONG_NUMBER.sub(shortened, value)
        for name, value in element.attrib.items()
        if name in KEPT
    }


def shortened(found: re.Match[str]) -> str:
    """A tenth of a unit is finer than any screen."""
    return f"{float(found[0]):.1f}".removesuffix(".0")


def number_locale() -> dict[str, Any]:
    """How D3 writes numbers in the language in force."""
    return {
        "decimal": formats.get_format("DECIMAL_SEPARATOR"),
        "thousands": formats.get_format("THOUSAND_SEPARATOR"),
        "grouping": [3],
        "currency": ["", ""],
        "percent": "\N{NO-BREAK SPACE}%",
    }


def time_locale() -> dict[str, Any]:
    """How D3 writes days and months in the language in force."""
    return {
        "dateTime": "%x, %X",
        "date": "%d/%m/%Y",
        "time": "%H:%M:%S",
        "periods": ["AM", "PM"],
        "days": [str(WEEKDAYS[day]) for day in MONDAY_FIRST],
        "shortDays": [str(WEEKDAYS_ABBR[day]) for day in MONDAY_FIRST],
        "months": [str(MONTHS[month]) for month in range(1, 13)],
        "shortMonths": [str(MONTHS_3[month]).capitalize() for month in range(1, 13)],
    }
