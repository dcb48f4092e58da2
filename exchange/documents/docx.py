"""A document as DOCX, to be edited further: an agency's template filled, or the one that comes along.

The template says what pages look like. Its placeholders are filled first; then the parts of the
document are put where ``{{ body }}`` stands, in the template's own styles.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import IO, Any

from django.conf import settings

from exchange.documents.drawing import Drawing
from exchange.documents.marking import COLORS, GROUND, POINTS
from exchange.documents.template import default_template
from exchange.documents.tree import (
    Block,
    Bullets,
    Document,
    Facts,
    Figure,
    Heading,
    Paragraph,
    Sideways,
    Table,
    Text,
    clean,
    paragraphs,
    runs_to_the_left,
)

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the marking while a template is filled; no text of a document holds them (``clean``)."""
BODY = f"{OPEN}body{CLOSE}"
MUTED, RULE, SHADE = "56606E", "C9D0D9", "EEF1F5"
FACT_WIDTHS = (1, 3)
FEW_COLUMNS = 6
SHARP = 3
"""Pixels of a picture for each of its units: some 300 in an inch of paper."""
LONGEST_PROPERTY = 255
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
KEEP_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
TWENTIETH = 635
"""English Metric Units in a twentieth of a point, in which Word measures pages."""
FLUSH, PARAGRAPH_STYLE = 2, 1
"""``WD_ALIGN_PARAGRAPH.RIGHT`` and ``WD_STYLE_TYPE.PARAGRAPH`` of python-docx."""
HIDING = ("caps", "highlight", "vanish", "webHidden", "strike", "dstrike")
RUN_PROPERTIES = [
    *("rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps"),
    *("smallCaps", "strike", "dstrike", "outline", "shadow", "emboss", "imprint"),
    *("noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w"),
    *("kern", "position", "sz", "szCs", "highlight", "u", "effect"),
    *("bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em"),
    *("lang", "eastAsianLayout", "specVanish", "oMath"),
]
"""The properties of a run in the order of the schema (ECMA-376, CT_RPr)."""


def as_docx(document: Document, on: date, template: IO[bytes] | None = None) -> bytes:
    """The file, of ``template`` if an agency has one (checked when it was given)."""
    import docx  # only the worker makes documents, and a coordinator tries a template

    opened = docx.Document(filled(document, template))
    for part in opened.part.package.iter_parts():
        if hasattr(part, "element"):
            mark(part.element, document)
    Writer(opened, body_of(opened)).write(document)
    describe(opened, document, on)
    made = BytesIO()
    opened.save(made)
    return made.getvalue()


def filled(document: Document, template: IO[bytes] | None) -> BytesIO:
    """The template with its placeholders filled, the body's still to come."""
    from docxtpl import DocxTemplate
    from jinja2.sandbox import SandboxedEnvironment

    opened = DocxTemplate(template or default_template())
    blank_properties(opened.get_docx())
    opened.render(context(document), SandboxedEnvironment(autoescape=True))
    made = BytesIO()
    opened.save(made)
    made.seek(0)
    return made


def context(document: Document) -> dict[str, str]:
    """What the placeholders of a template stand for; ``template.PLACEHOLDERS`` names them."""
    return {
        "kind": clean(document.kind),
        "title": clean(document.title),
        "marking": f"{OPEN}{document.marking.label}{CLOSE}",
        "handling": clean(document.handling),
        "made": clean(document.made),
        "agency": clean(document.agency),
        "body": BODY,
    }


def blank_properties(opened: Any) -> None:
    """What a template says of itself is not said of the document."""
    for name in ("author", "comments", "identifier", "language", "subject", "title"):
        setattr(opened.core_properties, name, "")


def describe(opened: Any, document: Document, on: date) -> None:
    """Set the properties of the file and the language of its words."""
    about = opened.core_properties
    about.title = clean(f"{document.kind}: {document.title}")[:LONGEST_PROPERTY]
    about.subject = clean(document.handling)[:LONGEST_PROPERTY]
    about.author = clean(document.agency)[:LONGEST_PROPERTY] or settings.INSTALLATION_NAME
    about.last_modified_by = about.author
    about.keywords = str(document.marking.label)
    about.language = document.language
    about.created = about.modified = datetime(on.year, on.month, on.day, tzinfo=UTC)
    about.revision = 1
    properties = opened.styles["Normal"].element.get_or_add_rPr()
    replace(properties, element("lang", val=document.language, bidi="ar"))


# --- The marking ---------------------------------------------------------------------------------


def mark(root: Any, document: Document) -> None:
    """Draw the marking in FIRST's colors wherever a placeholder for it stood."""
    label = str(document.marking.label)
    for run in list(root.iter(tag("r"))):
        if any(f"{OPEN}{label}{CLOSE}" in (text.text or "") for text in run.findall(tag("t"))):
            for part in split(run, label):
                run.addprevious(part)
                if part.findtext(tag("t")) == label:
                    color(part, COLORS[document.marking])
            run.getparent().remove(run)


def split(run: Any, label: str) -> Iterator[Any]:
    """Runs that look like ``run`` and say the same, the marking in one of its own."""
    for inner in run:
        if inner.tag == tag("rPr"):
            continue
        if inner.tag != tag("t"):
            yield alike(run, copy.deepcopy(inner))
            continue
        before, found, rest = (inner.text or "").partition(f"{OPEN}{label}{CLOSE}")
        for words in (before, label if found else "", rest):
            if words:
                yield alike(run, written(words))


def alike(run: Any, inner: Any) -> Any:
    made = copy.deepcopy(run)
    for old in list(made):
        if old.tag != tag("rPr"):
            made.remove(old)
    made.append(inner)
    return made


def color(run: Any, letters: str) -> None:
    """Give a run the look of a marking, whatever its template says of it."""
    properties = run.get_or_add_rPr()
    for name in HIDING:
        for old in properties.findall(tag(name)):
            properties.remove(old)
    replace(properties, element("b"))
    replace(properties, element("color", val=letters))
    replace(properties, element("sz", val=str(2 * POINTS)))
    replace(properties, element("szCs", val=str(2 * POINTS)))
    replace(properties, element("shd", val="clear", color="auto", fill=GROUND))


# --- Elements of WordprocessingML ----------------------------------------------------------------


def tag(name: str) -> str:
    return f"{{{WORDS}}}{name}"


def element(name: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(tag(key), value)
    return made


def written(words: str) -> Any:
    text = element("t")
    text.text = words
    text.set(KEEP_SPACE, "preserve")
    return text


def replace(properties: Any, new: Any) -> None:
    """Set one property of a run, in the order that the schema asks for."""
    for old in properties.findall(new.tag):
        properties.remove(old)
    after = RUN_PROPERTIES[RUN_PROPERTIES.index(new.tag.rpartition("}")[2]) + 1 :]
    later = next((one for one in properties if one.tag.rpartition("}")[2] in after), None)
    if later is None:
        properties.append(new)
    else:
        later.addprevious(new)


# --- The body ------------------------------------------------------------------------------------


def body_of(opened: Any) -> Any:
    """The paragraph in whose place the document is written."""
    return next(one for one in opened.paragraphs if one.text.strip() == BODY)


class Writer:
    """Writes blocks before ``place``, a paragraph that goes away at the end."""

    def __init__(self, opened: Any, place: Any) -> None:
        self.opened = opened
        self.place = place
        self.width = self.text_width(self.section())
        for name, make in STYLES.items():
            if name not in opened.styles:
                make(opened.styles, name)

    def write(self, document: Document) -> None:
        for block in document.blocks:
            self.add(block)
        self.place._p.getparent().remove(self.place._p)

    def add(self, block: Block) -> None:
        match block:
            case Heading(text, level):
                self.paragraph(f"Heading {level}", paragraphs(text))
            case Text(text, muted):
                for one in paragraphs(text):
                    self.paragraph("Normal", [one], muted=muted)
            case Bullets(items):
                for item in items:
                    self.paragraph("List Bullet", paragraphs(item))
            case Facts(pairs):
                self.table(Table((), pairs, FACT_WIDTHS))
            case Table():
                self.table(block)
            case Figure(drawing, words):
                self.figure(drawing, words)
            case Sideways(blocks):
                self.sideways(blocks)

    def paragraph(self, style: str, said: list[Paragraph], *, muted: bool = False) -> None:
        made = self.place.insert_paragraph_before("", self.opened.styles[style])
        fill(made, said, size=9 if muted else None, letters=MUTED if muted else "")

    def figure(self, drawing: Drawing, words: str) -> None:
        """A picture as wide as the text, its alternative text, and what its signs mean."""
        style = self.opened.styles["Normal"]
        made = self.place.insert_paragraph_before("", style)
        picture = made.add_run().add_picture(BytesIO(pixels(drawing)), width=self.width)
        picture._inline.docPr.set("descr", clean(drawing.spoken))
        if words:
            made.paragraph_format.keep_with_next = True
            self.paragraph("Normal", paragraphs(words), muted=True)

    def table(self, table: Table) -> None:
        """A table across the page, its headings repeated; one without headings tells facts."""
        shares = [self.width * share // sum(table.widths) for share in table.widths]
        made = self.opened.add_table(0, len(shares))
        made.autofit = False
        size = None if not table.headings else 9 if len(shares) <= FEW_COLUMNS else 8
        if table.headings:
            self.row(made, table.headings, shares, size, flush=table.numbers, heading=True)
            made.rows[0]._tr.get_or_add_trPr().append(element("tblHeader"))
        for row in table.rows:
            self.row(made, row, shares, size, flush=table.numbers)
        if table.headings:
            made._tbl.tblPr.append(rules())
        for column, share in zip(made._tbl.tblGrid, shares, strict=True):
            column.set(tag("w"), str(share // TWENTIETH))
        self.place._p.addprevious(made._tbl)
        # Two tables that touch would become one.
        self.place.insert_paragraph_before("", self.opened.styles["Normal"])

    def row(
        self,
        table: Any,
        words: Sequence[str],
        shares: list[int],
        size: int | None,
        *,
        heading: bool = False,
        flush: frozenset[int] = frozenset(),
    ) -> None:
        made = table.add_row()
        # A row that fits on a page is not cut by its end.
        made._tr.get_or_add_trPr().append(element("cantSplit"))
        for place, (cell, text, share) in enumerate(zip(made.cells, words, shares, strict=True)):
            cell.width = share
            if heading:
                cell._tc.get_or_add_tcPr().append(
                    element("shd", val="clear", color="auto", fill=SHADE)
                )
            is_label = size is None and place == 0
            letters = MUTED if is_label else ""
            one = cell.paragraphs[0]
            fill(one, paragraphs(text), size=size, bold=heading, letters=letters)
            one.paragraph_format.space_after = 0
            if place in flush:
                one.alignment = FLUSH

    def sideways(self, blocks: Sequence[Block]) -> None:
        """End the section, and write the blocks into one that is turned."""
        upright = self.section()
        first, turned = copy.deepcopy(upright), copy.deepcopy(upright)
        size = turned.find(tag("pgSz"))
        wide, high = size.get(tag("h")), size.get(tag("w"))
        size.set(tag("w"), wide)
        size.set(tag("h"), high)
        size.set(tag("orient"), "landscape")
        for later in (turned, upright):
            # Pages are counted on, and no other header stands on a first page in between.
            for name in ("pgNumType", "titlePg"):
                for old in later.findall(tag(name)):
                    later.remove(old)
        for one in (first, turned, upright):
            for old in one.findall(tag("type")):
                one.remove(old)
        self.end_section(first)
        self.width = self.text_width(turned)
        for block in blocks:
            self.add(block)
        self.end_section(turned)
        self.width = self.text_width(upright)

    def section(self) -> Any:
        """The properties of the section that the place stands in."""
        following = (one.find(f"{tag('pPr')}/{tag('sectPr')}") for one in self.following())
        return next((one for one in following if one is not None), self.opened.element.body.sectPr)

    def following(self) -> Iterator[Any]:
        yield self.place._p
        yield from self.place._p.itersiblings(tag("p"))

    def end_section(self, properties: Any) -> None:
        made = self.place.insert_paragraph_before("", self.opened.styles["Normal"])
        made._p.get_or_add_pPr().append(properties)

    def text_width(self, section: Any) -> int:
        """Between the margins, in English Metric Units."""
        size, margins = section.find(tag("pgSz")), section.find(tag("pgMar"))
        parts = (size.get(tag("w")), margins.get(tag("left")), margins.get(tag("right")))
        page, left, right = map(int, parts)
        return (page - left - right) * TWENTIETH


def pixels(drawing: Drawing) -> bytes:
    """A drawing as PNG, which every version of Word shows."""
    import vl_convert

    vl_convert.register_font_directory(str(settings.FONTS))
    made: bytes = vl_convert.svg_to_png(drawing.svg, scale=SHARP)
    return made


def fill(
    paragraph: Any,
    said: list[Paragraph],
    *,
    size: int | None = None,
    bold: bool = False,
    letters: str = "",
) -> None:
    """Write what is said into one paragraph; what begins a new one begins a new line."""
    if said and said[0].rtl:
        paragraph._p.get_or_add_pPr().append(element("bidi"))
    for place, line in enumerate(line for one in said for line in one.lines):
        run = paragraph.add_run()
        if place:
            run.add_break()
        run.add_text(line)
        properties = run._r.get_or_add_rPr()
        if bold:
            replace(properties, element("b"))
        if letters:
            replace(properties, element("color", val=letters))
        if size:
            replace(properties, element("sz", val=str(2 * size)))
            replace(properties, element("szCs", val=str(2 * size)))
        if runs_to_the_left(line):
            replace(properties, element("rtl"))


def rules() -> Any:
    """Lines between rows."""
    borders = element("tblBorders")
    for name in ("bottom", "insideH"):
        borders.append(element(name, val="single", sz="4", space="0", color=RULE))
    return borders


def heading_style(styles: Any, name: str) -> None:
    """A heading, as readers of screens and tables of contents know it, where a template has none."""
    level = int(name[-1])
    style = styles.add_style(name, PARAGRAPH_STYLE)
    style.base_style = styles["Normal"]
    properties = style.element.get_or_add_pPr()
    properties.append(element("keepNext"))
    properties.append(element("outlineLvl", val=str(level - 1)))
    run = style.element.get_or_add_rPr()
    replace(run, element("b"))
    replace(run, element("sz", val=str(36 - 6 * level)))


def list_style(styles: Any, name: str) -> None:
    style = styles.add_style(name, PARAGRAPH_STYLE)
    style.base_style = styles["Normal"]
    style.element.get_or_add_pPr().append(element("ind", left="360"))


STYLES: dict[str, Callable[[Any, str], None]] = {
    **{f"Heading {level}": heading_style for level in (1, 2, 3)},
    "List Bullet": list_style,
}
"""Styles that a document needs, and what is made where a template lacks one."""
