"""Templates of documents: the one that comes along, and what is asked of one that an agency gives.

A template is a DOCX with placeholders in double braces. Nothing else in braces is taken: neither
expressions nor loops, so that a template can say where words stand and do nothing.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.uploads import unpacked

PLACEHOLDERS: dict[str, str | Promise] = {
    "body": gettext_lazy("the document itself; alone in a paragraph, once"),
    "title": gettext_lazy("of what it is, such as the name of the exercise"),
    "kind": gettext_lazy("what it is, such as after-action report"),
    "handling": gettext_lazy("the sentence on how to treat it"),
    "marking": gettext_lazy("the strictest marking, in every header and every footer"),
    "made": gettext_lazy("who made it, and when"),
    "agency": gettext_lazy("the name of your agency"),
}
SOMEWHERE = ("title", "handling")
"""Placeholders that every template must have in some place."""
MOST_PARTS, MOST_BYTES, MOST_OF_A_PART = 2_000, 100 * 1024 * 1024, 2 * 1024 * 1024
"""Of a template when unpacked: parts, bytes of all, bytes of a part that is read for words."""
BY_WORD = ".document.main+xml", ".header+xml", ".footer+xml", ".footnotes+xml"
"""The parts of which the placeholders are filled, by the ends of their media types."""
HYPERLINK = "/hyperlink"
RUNNING = ("vbaproject", "activex", "/embeddings/", "oleobject", "afchunk")


class RefusedTemplateError(Exception):
    """The template is not taken; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# --- The one that comes along --------------------------------------------------------------------


def default_template() -> BytesIO:
    """A plain A4 page with marking, sentence of handling and page numbers on every page."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    opened = docx.Document()
    section = opened.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(27)
    section.header_distance = section.footer_distance = Mm(12)
    normal = opened.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    ink = RGBColor(0x1C, 0x24, 0x30)
    for name, size in (("Title", 22), ("Heading 1", 14), ("Heading 2", 12), ("Heading 3", 10.5)):
        font = opened.styles[name].font
        font.name, font.size, font.bold, font.color.rgb = "Calibri", Pt(size), True, ink
        fonts = font.element.rPr.rFonts
        for theme in [one for one in fonts.attrib if one.endswith("Theme")]:
            del fonts.attrib[theme]
    for border in opened.styles["Title"].element.pPr.findall(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}pBdr"
    ):
        border.getparent().remove(border)
    # Flush to the end, as FIRST asks, on pages of any width.
    for part, words in ((section.header, "{{ kind }}"), (section.footer, "{{ made }}")):
        line = part.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.add_run(f"{words}   ").font.size = Pt(8)
        if part is section.footer:
            for code, after in (("PAGE", " / "), ("NUMPAGES", "   ")):
                line._p.append(field(code))
                line.add_run(after).font.size = Pt(8)
        line.add_run("{{ marking }}")
    opened.add_paragraph("{{ kind }}")
    opened.add_paragraph("{{ title }}", opened.styles["Title"])
    opened.add_paragraph("{{ agency }}")
    opened.add_paragraph("{{ handling }}")
    opened.add_paragraph("{{ body }}")
    made_file = BytesIO()
    opened.save(made_file)
    made_file.seek(0)
    return made_file


def field(code: str) -> Any:
    """What the reader's program fills in: the number of the page, or of all pages."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    return parse_xml(
        f'<w:fldSimple {nsdecls("w")} w:instr="{code}">'
        '<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
    )


# --- What is asked of one that is given ----------------------------------------------------------


def check(file: IO[bytes]) -> None:
    """Whether a document can be made of ``file``; ``RefusedTemplateError`` otherwise."""
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError

    check_package(file)
    file.seek(0)
    try:
        opened = DocxTemplate(file)
        opened.init_docx()
        found = {name: names_in(opened, part) for name, part in parts(opened)}
    except TemplateError as error:
        raise RefusedTemplateError(only_placeholders()) from error
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise RefusedTemplateError(_("It cannot be opened as a Word document.")) from error
    check_placeholders(opened, found)


def check_package(file: IO[bytes]) -> None:
    """Nothing in the archive runs, loads from elsewhere or unpacks without end."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as members:
            known = members.infolist()
            if len(known) > MOST_PARTS or sum(one.file_size for one in known) > MOST_BYTES:
                raise RefusedTemplateError(_("It is too large when it is unpacked."))
            for one in known:
                name = f"/{one.filename.lower()}"
                if any(words in name for words in RUNNING):
                    raise RefusedTemplateError(
                        _("It holds a macro, a control or an embedded object. Save it without.")
                    )
                # Each is unpacked here, so that what lies about its size goes no further.
                content = unpacked(members, one.filename, one.file_size + 1)
                if name.endswith((".xml", ".rels")):
                    check_part(name, content)
    except (zipfile.BadZipFile, OSError) as error:
        raise RefusedTemplateError(_("It cannot be opened as a Word document.")) from error


def check_part(name: str, content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise RefusedTemplateError(_("It cannot be opened as a Word document."))
    if name.endswith(".rels") and loads_from_elsewhere(content):
        raise RefusedTemplateError(
            _("It loads something from another place, such as a linked picture or template.")
        )
    words = name.removeprefix("/word/")
    if words.startswith(("document", "header", "footer", "footnotes")):
        if len(content) > MOST_OF_A_PART:
            raise RefusedTemplateError(_("It has too much text of its own."))
        if b"TLP:" in content:
            raise RefusedTemplateError(
                _("It names a marking itself. Write {{ marking }} where the marking stands.")
            )


def loads_from_elsewhere(relations: bytes) -> bool:
    """Whether an external relation is no link that a reader follows."""
    from docx.opc.oxml import parse_xml

    try:
        found = parse_xml(relations)  # type: ignore[arg-type]  # it takes bytes
    except ValueError as error:
        raise RefusedTemplateError(_("It cannot be opened as a Word document.")) from error
    return any(
        one.get("TargetMode") == "External" and not one.get("Type", "").endswith(HYPERLINK)
        for one in found
    )


def parts(opened: Any) -> Iterator[tuple[str, Any]]:
    """The parts whose placeholders are filled, by their names in the package."""
    for part in opened.get_docx().part.package.iter_parts():
        if part.content_type.endswith(BY_WORD):
            yield str(part.partname), part


def names_in(opened: Any, part: Any) -> Counter[str]:
    """The placeholders in a part, as the filler reads it; anything else in braces is refused."""
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

    source = part.blob.decode("utf-8")
    tree = SandboxedEnvironment(autoescape=True).parse(opened.patch_xml(source))
    found: Counter[str] = Counter()
    for output in tree.body:
        said = output.nodes if isinstance(output, nodes.Output) else [output]
        for one in said:
            if isinstance(one, nodes.Name) and one.name in PLACEHOLDERS:
                found[one.name] += 1
            elif not isinstance(one, nodes.TemplateData):
                raise RefusedTemplateError(only_placeholders())
    return found


def only_placeholders() -> str:
    names = ", ".join(f"{{{{ {name} }}}}" for name in PLACEHOLDERS)
    return _("It holds something in braces that is none of these: %(names)s.") % {"names": names}


def check_placeholders(opened: Any, found: dict[str, Counter[str]]) -> None:
    everywhere = sum(found.values(), Counter[str]())
    for name in SOMEWHERE:
        if not everywhere[name]:
            raise RefusedTemplateError(_("{{ %(name)s }} is missing.") % {"name": name})
    alone = [
        one for one in opened.get_docx().paragraphs if one.text.split() == ["{{", "body", "}}"]
    ]
    tight = [one for one in opened.get_docx().paragraphs if one.text.strip() == "{{body}}"]
    if everywhere["body"] != 1 or len(alone) + len(tight) != 1:
        raise RefusedTemplateError(
            _("{{ body }} must stand once, alone in a paragraph of the page, in no table or box.")
        )
    for header_or_footer in running_parts(opened.get_docx()):
        if not found[str(header_or_footer.part.partname)]["marking"]:
            raise RefusedTemplateError(
                _("{{ marking }} must stand in every header and footer, first and even pages too.")
            )


def running_parts(opened: Any) -> Iterator[Any]:
    """The headers and footers that stand on some page."""
    even = opened.settings.odd_and_even_pages_header_footer
    for place, section in enumerate(opened.sections):
        used = [section.header, section.footer]
        if section.different_first_page_header_footer:
            used += [section.first_page_header, section.first_page_footer]
        if even:
            used += [section.even_page_header, section.even_page_footer]
        for one in used:
            if one.is_linked_to_previous and place == 0:
                raise RefusedTemplateError(
                    _("It has no header or no footer; {{ marking }} must stand in both.")
                )
            if not one.is_linked_to_previous:
                yield one
