"""Drawings of documents: nothing that only color tells, words for those who do not see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as Tree

import pypdf
import pytest

from evaluation.charts import series_chart
from evaluation.series import Break
from evaluation.statistics import assess
from exchange.documents.docx import as_docx, pixels
from exchange.documents.drawing import TONES, Bar, Drawing, bars, key_of, on_paper
from exchange.documents.pdf import as_pdf
from exchange.documents.tree import Document, Figure, Heading
from records.vocabulary import TLP
from tests.evaluation.test_statistics import EVENT, counts
from tests.exchange.layouts import docx_words, opened_docx, pdf_pages
from tests.exchange.test_document_templates import agency_template

ON = date(2026, 11, 27)
SVG = "{http://www.w3.org/2000/svg}"
LITERAL = '<b>&co</b> #let x = 1 "quoted"'
KEY = [(tone, tone) for tone in TONES]


def chart() -> str:
    series = counts([9.0, 8, 11] * 8, [5.0, 4, 6] * 8, breaks=(Break(date(2022, 3, 1), "Form"),))
    series = replace(series, name=LITERAL)
    other = replace(series, name="Elsewhere", breaks=())
    assessed = assess(series, EVENT, better="down", comparison=other)
    return series_chart(series, intervention=EVENT, comparison=other, assessment=assessed)


def whole(drawing: Drawing | None) -> Drawing:
    assert drawing is not None
    return drawing


def drawings() -> list[Drawing]:
    some = [Bar("2025", (3, 1, 0, 2), "6"), Bar("2026", (0, 0, 0, 0), "0")]
    return [bars(some, KEY, f"Lessons: {LITERAL}"), whole(on_paper(chart()))]


def document() -> Document:
    figures = [Figure(one, "What the signs mean.") for one in drawings()]
    return Document(
        kind="Briefing", title="X", marking=TLP.GREEN, handling="Care.", made="Olga",
        language="en", blocks=[Heading("Figures"), *figures],
    )  # fmt: skip


@pytest.mark.parametrize("place", [0, 1])
def test_a_drawing_holds_all_it_needs_and_no_color(place: int) -> None:
    drawing = drawings()[place]
    root = Tree.fromstring(drawing.svg)
    assert (float(root.attrib["width"]), float(root.attrib["height"])) == (
        drawing.width,
        drawing.height,
    )
    for element in root.iter():
        assert "class" not in element.attrib
        assert "style" not in element.attrib
        for name in ("fill", "stroke"):
            color = element.get(name, "none")
            if color.startswith("#"):
                parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
                assert max(parts) - min(parts) < 40, color
    shapes = [one for one in root.iter() if one.tag in (f"{SVG}path", f"{SVG}line", f"{SVG}rect")]
    assert shapes
    assert all(one.get("fill") or one.get("stroke") for one in shapes)


def test_bars_tell_their_parts_by_pattern_and_words() -> None:
    drawing = drawings()[0]
    root = Tree.fromstring(drawing.svg)
    rects = list(root.iter(f"{SVG}rect"))
    # The key, then the three parts that are there.
    assert [one.get("fill") for one in rects] == [
        "#1c2430", "url(#soft)", "url(#hatched)", "url(#specked)",
        "#1c2430", "url(#soft)", "url(#specked)",
    ]  # fmt: skip
    three, one, two = (float(rect.attrib["width"]) for rect in rects[4:])
    assert (round(three / one), round(two / one)) == (3, 2)
    told = [text.text for text in root.iter(f"{SVG}text")]
    assert told == [*TONES, "2025", "6", "2026", "0"]


def test_lines_of_a_chart_differ_by_dash_and_weight() -> None:
    html = chart()
    drawing = whole(on_paper(html))
    assert LITERAL in drawing.spoken
    assert "fell" in drawing.spoken
    looks = {
        (one.get("stroke"), one.get("stroke-width"), one.get("stroke-dasharray"))
        for one in Tree.fromstring(drawing.svg).iter(f"{SVG}path")
        if one.get("stroke") is not None
    }
    assert {("#1c2430", "2", None), ("#1c2430", "1.2", "9 4"), ("#1c2430", "5", None)} <= looks
    key = dict(key_of(html))
    assert (key["settled"].startswith(LITERAL), key["comparison"]) == (True, "Elsewhere")
    assert on_paper("") is None


def test_a_pdf_with_figures_is_accessible() -> None:
    content = as_pdf(document(), ON)
    root: Any = pypdf.PdfReader(BytesIO(content)).trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    assert b'pdfuaid:part="1"' in metadata or b"<pdfuaid:part>1<" in metadata
    found = alternatives(root["/StructTreeRoot"])
    assert found == [one.spoken for one in drawings()]
    words = " ".join(pdf_pages(content))
    assert words.count("What the signs mean.") == 2


def alternatives(element: object) -> list[str]:
    """The alternative texts in a tree of structure, in reading order."""
    if isinstance(element, pypdf.generic.IndirectObject):
        element = element.get_object()
    if isinstance(element, pypdf.generic.ArrayObject):
        return [words for one in element for words in alternatives(one)]
    if not isinstance(element, pypdf.generic.DictionaryObject):
        return []
    own = [str(element["/Alt"])] if "/Alt" in element else []
    return own + (alternatives(element["/K"]) if "/K" in element else [])


@pytest.mark.parametrize("template", [None, agency_template])
def test_a_docx_shows_pictures_with_alternative_text(template: object) -> None:
    given = agency_template() if template else None
    content = as_docx(document(), ON, given)
    shapes = opened_docx(content).inline_shapes
    descriptions = [one._inline.docPr.get("descr") for one in shapes]
    assert descriptions == [one.spoken for one in drawings()]
    identities = [one._inline.docPr.get("id") for one in shapes]
    assert len(set(identities)) == 2
    section = opened_docx(content).sections[0]
    for one in shapes:
        width = section.page_width - section.left_margin - section.right_margin
        assert abs(one.width - width) < 1000
    assert docx_words(content).count("What the signs mean.") == 2


def test_pictures_are_sharp_enough_to_print() -> None:
    png = pixels(drawings()[0])
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 3 * 660
