"""Documents are read back: words, order, pages, marking on each, tags, nothing taken as a command."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from io import BytesIO
from typing import Any

import pypdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from exchange.documents.docx import WORDS, as_docx
from exchange.documents.marking import COLORS
from exchange.documents.pdf import as_pdf, data
from exchange.documents.tree import (
    Bullets,
    Document,
    Facts,
    Heading,
    Sideways,
    Table,
    Text,
    clean,
    paragraphs,
)
from records.vocabulary import TLP
from tests.exchange.layouts import (
    docx_headings,
    docx_words,
    has_color,
    opened_docx,
    pdf_pages,
    pdf_pictures,
    running_words,
)

ON = date(2026, 11, 27)
ARABIC = "دورية مشتركة في البحر"
LITERAL = '<b>&co</b> #let x = 1 $x^2$ \\ *no* _no_ {{ 7 * 7 }} {% raw %} "quoted"'


def a_document(*blocks: Any, **fields: Any) -> Document:
    given: dict[str, Any] = {
        "kind": "After-action report",
        "title": "Exercise Estrecho",
        "marking": TLP.AMBER_STRICT,
        "handling": "Handle it with care.",
        "made": "Made by Olga Originator",
        "language": "en",
        "agency": "Guardia Civil",
    }
    return Document(**given | fields, blocks=blocks)


def rows(number: int) -> list[list[str]]:
    return [[f"area {place}", f"do {place}", str(place)] for place in range(number)]


LONG = a_document(
    Heading("Overview"),
    Facts([("Place", "Ceuta"), ("Dates", "14 Oct 2026")]),
    Text("First line\nsecond line\n\nNext paragraph."),
    Heading("Details", 2),
    Bullets(["one point", "another point"]),
    Sideways([Heading("Improvement plan"), Table(["Area", "Action", "No."], rows(90), (3, 3, 1))]),
    Heading("The end"),
    Text("Last words."),
)


# --- PDF -----------------------------------------------------------------------------------------


def test_pdf_holds_every_word_in_its_order() -> None:
    whole = "\n".join(pdf_pages(as_pdf(LONG, ON)))
    places = [
        whole.index(words)
        for words in (
            "Exercise Estrecho",
            "Handle it with care.",
            "Overview",
            "Ceuta",
            "second line",
            "Next paragraph.",
            "Details",
            "another point",
            "Improvement plan",
            "area 0",
            "area 89",
            "The end",
            "Last words.",
        )
    ]
    assert places == sorted(places)


def test_every_page_of_a_pdf_is_marked_and_numbered() -> None:
    content = as_pdf(LONG, ON)
    pages = pdf_pages(content)
    assert len(pages) == 6
    for number, (words, picture) in enumerate(zip(pages, pdf_pictures(content), strict=True), 1):
        assert words.count("TLP:AMBER+STRICT") == 2, number
        assert f"{number} of 6" in words
        assert "Made by Olga Originator" in words
        # Header and footer show it in FIRST's color, flush to the end.
        height, width, _colors = picture.shape
        for part in (picture[: height // 6], picture[-height // 6 :]):
            assert has_color(part[:, width // 2 :], COLORS[TLP.AMBER_STRICT])
            assert not has_color(part[:, : width // 2], COLORS[TLP.AMBER_STRICT])


@pytest.mark.parametrize("marking", [one for one in TLP if one != TLP.RED])
def test_each_marking_has_its_color(marking: TLP) -> None:
    document = a_document(Text("Words."), marking=marking)
    picture = pdf_pictures(as_pdf(document, ON))[0]
    assert has_color(picture[: len(picture) // 6], COLORS[marking])
    assert has_color(picture[: len(picture) // 6], "000000")
    (header, footer), *_more = running_words(as_docx(document, ON))
    assert marking.label in header.split()
    assert marking.label in footer.split()


def test_no_document_is_marked_red() -> None:
    with pytest.raises(KeyError):
        as_pdf(a_document(marking=TLP.RED), ON)
    with pytest.raises(KeyError):
        as_docx(a_document(marking=TLP.RED), ON)


def test_headings_of_a_table_stand_again_on_every_page() -> None:
    pages = pdf_pages(as_pdf(LONG, ON))
    with_rows = [words for words in pages if "area " in words]
    assert len(with_rows) > 2
    assert all("Action" in words for words in with_rows)


def test_wide_tables_lie_on_their_side() -> None:
    reader = pypdf.PdfReader(BytesIO(as_pdf(LONG, ON)))
    lying = [page.mediabox.width > page.mediabox.height for page in reader.pages]
    assert lying == [False, True, True, True, True, False]


def test_pdf_is_tagged_and_says_what_it_is() -> None:
    reader = pypdf.PdfReader(BytesIO(as_pdf(LONG, ON)))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b'pdfuaid:part="1"' in metadata(root) or b"<pdfuaid:part>1<" in metadata(root)
    about: Any = reader.metadata
    assert (about.title, about.author) == (
        "After-action report: Exercise Estrecho",
        "Guardia Civil",
    )
    found = tags(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/P", "/L", "/Table", "/TH", "/TD"} <= found
    outline: Any = reader.outline
    assert [one.title for one in outline if not isinstance(one, list)] == [
        "Overview",
        "Improvement plan",
        "The end",
    ]


def metadata(root: Any) -> bytes:
    content: bytes = root["/Metadata"].get_object().get_data()
    return content


def tags(node: Any) -> set[str]:
    """The kinds of elements below ``node`` of the tree of tags."""
    node = node.get_object()
    if not isinstance(node, dict):
        return set().union(*map(tags, node)) if isinstance(node, list) else set()
    own = {str(node["/S"])} if "/S" in node else set()
    return own | (tags(node["/K"]) if "/K" in node else set())


def test_words_are_no_commands() -> None:
    document = a_document(
        Heading(LITERAL),
        Text(LITERAL),
        Facts([(LITERAL, LITERAL)]),
        Table([LITERAL], [[LITERAL]], (1,)),
        title=LITERAL,
        agency=LITERAL,
        handling=LITERAL,
    )
    read = "".join("".join(pdf_pages(as_pdf(document, ON))).split())
    assert read.count("".join(LITERAL.split())) >= 7
    words = docx_words(as_docx(document, ON))
    assert words.count(LITERAL) == 9


def test_arabic_is_joined_and_runs_to_the_left() -> None:
    content = as_pdf(a_document(Text(ARABIC), Text("Latin again")), ON)
    reader = pypdf.PdfReader(BytesIO(content))
    fonts = {str(one) for page in reader.pages for one in font_names(page)}
    assert any("IBMPlexSansArabic" in one for one in fonts)
    picture = pdf_pictures(content)[0]
    body = picture[200:-120].min(axis=2) < 128
    inked = [row for row in body if row.any()]
    first = inked[0].nonzero()[0]
    # The first line stands flush to the right margin, the last to the left one.
    assert first.max() > 0.85 * body.shape[1]
    assert inked[-1].nonzero()[0].min() < 0.15 * body.shape[1]
    (line,) = [
        one
        for one in opened_docx(as_docx(a_document(Text(ARABIC)), ON)).paragraphs
        if one.text == ARABIC
    ]
    assert line._p.pPr.find(f"{{{WORDS}}}bidi") is not None
    assert line.runs[0].font.rtl


def font_names(page: Any) -> list[str]:
    fonts = page["/Resources"]["/Font"]
    return [fonts[one].get_object()["/BaseFont"] for one in fonts]


def test_a_sign_without_a_face_is_no_reason_to_fail() -> None:
    content = as_pdf(a_document(Text("Smile 😀 end")), ON)
    assert "Smile" in pdf_pages(content)[0]
    root: Any = pypdf.PdfReader(BytesIO(content)).trailer["/Root"]
    # It is tagged all the same, and does not say that it keeps to PDF/UA.
    assert root["/MarkInfo"]["/Marked"].value is True
    assert b"pdfuaid" not in metadata(root)


def test_a_long_word_stays_within_its_column() -> None:
    word = "x" * 400
    document = a_document(Text(word), Table(["A", "B"], [[word, "end"]], (1, 4)))
    content = as_pdf(document, ON)
    assert "".join("".join(pdf_pages(content)).split()).count("x") == 800 + 1  # in "Exercise"
    for picture in pdf_pictures(content):
        assert (picture[:, -40:] == 255).all()


# --- DOCX ----------------------------------------------------------------------------------------


def test_docx_holds_every_word_in_its_order() -> None:
    content = as_docx(LONG, ON)
    words = docx_words(content)
    expected = [
        "After-action report",
        "Exercise Estrecho",
        "Guardia Civil",
        "Handle it with care.",
        "Overview",
        "Place",
        "Ceuta",
        "Dates",
        "14 Oct 2026",
        "First line\nsecond line",
        "Next paragraph.",
        "Details",
        "one point",
        "another point",
        "Improvement plan",
        "Area",
        "Action",
        "No.",
        *(cell for row in rows(90) for cell in row),
        "The end",
        "Last words.",
    ]
    assert words == expected
    assert docx_headings(content) == ["Overview", "Details", "Improvement plan", "The end"]


def test_every_section_of_a_docx_is_marked_and_wide_tables_lie_on_their_side() -> None:
    content = as_docx(LONG, ON)
    sections = opened_docx(content).sections
    assert [one.page_width > one.page_height for one in sections] == [False, True, False]
    for header, footer in running_words(content):
        assert "TLP:AMBER+STRICT" in header
        assert "TLP:AMBER+STRICT" in footer
        assert "Made by Olga Originator" in footer
    (run,) = [
        run
        for line in sections[1].header.paragraphs
        for run in line.runs
        if run.text == "TLP:AMBER+STRICT"
    ]
    assert str(run.font.color.rgb) == COLORS[TLP.AMBER_STRICT]
    assert run.font.size.pt == 12
    assert 'w:fill="000000"' in run._r.xml


def test_docx_says_what_it_is() -> None:
    opened = opened_docx(as_docx(LONG, ON))
    about = opened.core_properties
    assert about.title == "After-action report: Exercise Estrecho"
    assert (about.author, about.keywords, about.language) == (
        "Guardia Civil",
        "TLP:AMBER+STRICT",
        "en",
    )
    assert about.created.date() == ON
    assert 'w:lang w:val="en"' in opened.styles["Normal"].element.xml


def test_headings_of_a_docx_table_are_repeated() -> None:
    facts, plan = opened_docx(as_docx(LONG, ON)).tables
    assert "w:tblHeader" in plan.rows[0]._tr.xml
    assert not any("w:tblHeader" in row._tr.xml for row in [*plan.rows[1:], *facts.rows])


# --- Both ----------------------------------------------------------------------------------------

anything = st.text(st.characters(codec=None), max_size=60)


@hypothesis_settings(max_examples=25, deadline=None)
@given(anything, anything)
def test_any_text_can_be_laid_out(title: str, text: str) -> None:
    document = a_document(Text(text), Table(["A"], [[text]], (1,)), title=title or "x")
    assert json.loads(json.dumps(data(document, ON)))
    opened_docx(as_docx(document, ON))
    assert pdf_pages(as_pdf(document, ON))


def test_signs_that_no_file_holds_are_left_out() -> None:
    assert clean("a\x00b\x0bc\ud800d\ue000e\r\nf\tg") == "abcde\nf g"
    assert [one.lines for one in paragraphs("a\nb\n\n \n\nc")] == [["a", "b"], ["c"]]
    assert [one.rtl for one in paragraphs(f"1. {ARABIC}\n\nabc {ARABIC}\n\n42")] == [
        True,
        False,
        False,
    ]


HEAVY = """
import os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
import config.urls
from insights import documents
print(sorted({"docx", "docxtpl", "typst"} & set(sys.modules)))
"""


def test_web_processes_do_not_carry_what_lays_out() -> None:
    run = subprocess.run(
        [sys.executable, "-c", HEAVY], capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout.strip() == "[]"
