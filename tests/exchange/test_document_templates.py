"""Templates of agencies: filled where they say so, refused where they could do or hide something."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE

from exchange.documents.docx import as_docx
from exchange.documents.template import RefusedTemplateError, check, default_template
from exchange.documents.tree import Bullets, Heading, Sideways, Table, Text
from records.vocabulary import TLP
from tests.exchange.layouts import docx_headings, docx_words, opened_docx, running_words
from tests.exchange.test_document_layout import ON, a_document

BLOCKS = (
    Heading("Overview"),
    Text("Words of the document."),
    Bullets(["a point"]),
    Sideways([Table(["A"], [["b"]], (1,))]),
    Heading("The end"),
)


def saved(opened: Any) -> BytesIO:
    file = BytesIO()
    opened.save(file)
    file.seek(0)
    return file


def agency_template(change: Callable[[Any], None] = lambda opened: None) -> BytesIO:
    """A letterhead as an agency might make it, changed in one thing."""
    opened = docx.Document()
    section = opened.sections[0]
    section.header.paragraphs[0].text = "Guardia Civil – Servicio Marítimo"
    section.header.add_paragraph("Marking: {{ marking }}!")
    section.footer.paragraphs[0].text = "{{ marking }}"
    opened.add_paragraph("{{ title }}", opened.styles["Title"])
    opened.add_paragraph("{{ handling }}")
    opened.add_paragraph("{{ body }}")
    opened.add_paragraph("Signed by the head of the service")
    change(opened)
    return saved(opened)


def with_member(file: BytesIO, name: str, content: bytes) -> BytesIO:
    """The archive with one member more."""
    with zipfile.ZipFile(file, "a") as members:
        members.writestr(name, content)
    file.seek(0)
    return file


def test_the_one_that_comes_along_is_taken() -> None:
    check(default_template())


def test_a_template_keeps_its_words_and_gets_those_of_the_document() -> None:
    template = agency_template()
    check(template)
    template.seek(0)
    content = as_docx(a_document(*BLOCKS, marking=TLP.GREEN), ON, template)
    assert docx_words(content) == [
        "Exercise Estrecho",
        "Handle it with care.",
        "Overview",
        "Words of the document.",
        "a point",
        "A",
        "b",
        "The end",
        "Signed by the head of the service",
    ]
    for header, footer in running_words(content):
        assert header == "Guardia Civil – Servicio Marítimo\nMarking: TLP:GREEN!"
        assert footer == "TLP:GREEN"
    colored = [
        (run.text, str(run.font.color.rgb))
        for line in opened_docx(content).sections[0].header.paragraphs
        for run in line.runs
        if run.font.color is not None and run.font.color.rgb is not None
    ]
    assert colored == [("TLP:GREEN", "33FF00")]


def test_a_placeholder_that_word_cut_into_runs_is_known() -> None:
    def cut(opened: Any) -> None:
        line = opened.paragraphs[0]
        line.clear()
        for part in ("{", "{ ti", "tle }", "}"):
            line.add_run(part)

    template = agency_template(cut)
    check(template)
    template.seek(0)
    assert docx_words(as_docx(a_document(), ON, template))[0] == "Exercise Estrecho"


def test_a_template_without_styles_gets_them() -> None:
    def strip(opened: Any) -> None:
        for name in ("Heading 1", "Heading 2", "Heading 3", "List Bullet"):
            opened.styles[name].delete()

    template = agency_template(strip)
    check(template)
    template.seek(0)
    content = as_docx(a_document(*BLOCKS), ON, template)
    assert docx_headings(content) == ["Overview", "The end"]
    assert "w:outlineLvl" in opened_docx(content).styles["Heading 1"].element.xml


def test_what_a_template_says_of_itself_is_not_said_of_the_document() -> None:
    def sign(opened: Any) -> None:
        opened.core_properties.author = "{{ ''.__class__ }}"
        opened.core_properties.comments = "Secret remark"

    template = agency_template(sign)
    about = opened_docx(as_docx(a_document(), ON, template)).core_properties
    assert (about.author, about.comments) == ("Guardia Civil", "")


def in_body(words: str) -> Callable[[Any], None]:
    return lambda opened: opened.add_paragraph(words)


def in_header(words: str) -> Callable[[Any], None]:
    return lambda opened: opened.sections[0].header.add_paragraph(words)


def remove(place: int) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        line = opened.paragraphs[place]._p
        line.getparent().remove(line)

    return change


def other_first_page(opened: Any) -> None:
    opened.sections[0].different_first_page_header_footer = True
    opened.sections[0].first_page_header.paragraphs[0].text = "Cover"
    opened.sections[0].first_page_footer.paragraphs[0].text = "{{ marking }}"


def other_even_pages(opened: Any) -> None:
    opened.settings.odd_and_even_pages_header_footer = True


def second_section(opened: Any) -> None:
    later = opened.add_section()
    later.footer.is_linked_to_previous = False
    later.footer.paragraphs[0].text = "Annex"


def body_in_a_table(opened: Any) -> None:
    remove(2)(opened)
    opened.add_table(1, 1).rows[0].cells[0].text = "{{ body }}"


def linked_picture(opened: Any) -> None:
    opened.part.relate_to(
        "https://tracker.example/p.png", RELATIONSHIP_TYPE.IMAGE, is_external=True
    )


def no_header(opened: Any) -> None:
    opened.sections[0].header.is_linked_to_previous = True


REFUSED: list[tuple[str, Callable[[Any], None], str]] = [
    ("an expression", in_body("{{ 7 * 7 }}"), "something in braces"),
    ("an attribute", in_body("{{ title.__class__ }}"), "something in braces"),
    ("a call", in_body("{{ range(10) }}"), "something in braces"),
    ("a filter", in_body("{{ title|upper }}"), "something in braces"),
    ("a loop", in_body("{% for x in title %}{{ title }}{% endfor %}"), "something in braces"),
    ("a statement", in_body("{% set title = 1 %}"), "something in braces"),
    ("an unknown name", in_body("{{ password }}"), "something in braces"),
    ("an open brace", in_body("{{ title"), "something in braces"),
    ("a row tag", in_body("{%tr for x in title %}"), "something in braces"),
    ("in a header", in_header("{{ cycler }}"), "something in braces"),
    ("a constant", in_body("{{ 'TLP' }}"), "something in braces"),
    ("no title", remove(0), "{{ title }} is missing"),
    ("no handling", remove(1), "{{ handling }} is missing"),
    ("no body", remove(2), "{{ body }} must stand once"),
    ("two bodies", in_body("{{ body }}"), "{{ body }} must stand once"),
    ("a body among words", lambda opened: opened.paragraphs[2].add_run(" and more"), "alone"),
    ("a body in a table", body_in_a_table, "in no table"),
    (
        "no marking on top",
        lambda opened: opened.sections[0].header.paragraphs[1].clear(),
        "every header",
    ),
    (
        "no marking below",
        lambda opened: opened.sections[0].footer.paragraphs[0].clear(),
        "every header",
    ),
    ("another first page", other_first_page, "first and even pages too"),
    ("other even pages", other_even_pages, "It has no header or no footer"),
    ("another section", second_section, "every header and footer"),
    ("no header", no_header, "It has no header or no footer"),
    ("a marking of its own", in_header("TLP:CLEAR"), "names a marking itself"),
    ("a linked picture", linked_picture, "loads something from another place"),
]


@pytest.mark.parametrize(
    ("change", "words"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_a_template_that_hides_or_does_something_is_refused(
    change: Callable[[Any], None], words: str
) -> None:
    with pytest.raises(RefusedTemplateError) as refused:
        check(agency_template(change))
    assert words in refused.value.reason


@pytest.mark.parametrize(
    "name", ["word/vbaProject.bin", "word/activeX/activeX1.xml", "word/embeddings/oleObject1.bin"]
)
def test_what_runs_is_refused(name: str) -> None:
    with pytest.raises(RefusedTemplateError, match="macro, a control or an embedded object"):
        check(with_member(agency_template(), name, b"x"))


def test_bombs_are_refused() -> None:
    bomb = BytesIO(agency_template().getvalue())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as members:
        for number in range(11):
            members.writestr(f"word/media/{number}.png", bytes(10 * 1024 * 1024))
    with pytest.raises(RefusedTemplateError, match="too large when it is unpacked"):
        check(bomb)
    with pytest.raises(RefusedTemplateError, match="too much text of its own"):
        check(agency_template(in_body("x" * 3_000_000)))
    entities = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    with pytest.raises(RefusedTemplateError, match="cannot be opened"):
        check(with_member(agency_template(), "word/other.xml", entities))


def test_a_picture_that_lies_about_its_size_is_never_unpacked() -> None:
    size = 7_654_321
    file = BytesIO(agency_template().getvalue())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as members:
        members.writestr("word/media/bomb.png", bytes(size))
    liar = file.getvalue().replace(struct.pack("<I", size), struct.pack("<I", 1))
    with pytest.raises(RefusedTemplateError, match="cannot be opened"):
        check(BytesIO(liar))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedTemplateError, match="cannot be opened"):
        check(BytesIO(content))


def test_an_archive_that_is_no_document_is_refused() -> None:
    empty = BytesIO()
    with zipfile.ZipFile(empty, "w") as members:
        members.writestr("a.txt", "b")
    with pytest.raises(RefusedTemplateError, match="cannot be opened"):
        check(empty)
