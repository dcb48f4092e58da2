"""Reading documents back, as their readers' programs do."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import docx
import numpy as np
import pypdf
import pypdfium2


def pdf_pages(content: bytes) -> list[str]:
    """The words of each page, without the places where long ones may break."""
    reader = pypdf.PdfReader(BytesIO(content))
    return [page.extract_text().replace("\u200b", "") for page in reader.pages]


def pdf_pictures(content: bytes) -> list[np.ndarray]:
    """Each page as its reader sees it: rows of pixels of red, green and blue."""
    with pypdfium2.PdfDocument(content) as opened:
        return [
            page.render(scale=1, rev_byteorder=True).to_numpy()[:, :, :3].copy() for page in opened
        ]


def has_color(pixels: np.ndarray, color: str) -> bool:
    """Whether one of ``pixels`` is of that color, written as in style sheets."""
    wanted = np.array([int(color[place : place + 2], 16) for place in (0, 2, 4)])
    return bool((np.abs(pixels.astype(int) - wanted).max(axis=2) <= 2).any())


def opened_docx(content: bytes) -> Any:
    return docx.Document(BytesIO(content))


def docx_words(content: bytes) -> list[str]:
    """Paragraphs and cells of the body in reading order, those that say something."""

    def blocks() -> Iterator[str]:
        for block in opened_docx(content).iter_inner_content():
            if hasattr(block, "rows"):
                for row in block.rows:
                    yield from (cell.text for cell in row.cells)
            else:
                yield block.text

    return [words for words in blocks() if words.strip()]


def docx_headings(content: bytes) -> list[str]:
    styled = ((one.style.name, one.text) for one in opened_docx(content).paragraphs)
    return [text for style, text in styled if style.startswith("Heading")]


def running_words(content: bytes) -> list[tuple[str, str]]:
    """The words of header and footer of each section."""

    def said(part: Any) -> str:
        return "\n".join(one.text for one in part.paragraphs)

    sections = opened_docx(content).sections
    return [(said(section.header), said(section.footer)) for section in sections]
