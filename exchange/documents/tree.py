"""A document as a tree of plain parts, before anything is known of pages, fonts or files.

Texts are plain: what people typed stays literal in every format. A blank line in them begins a
new paragraph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from exchange.documents.drawing import Drawing
from records.vocabulary import TLP

RIGHT_TO_LEFT = frozenset({"R", "AL"})
"""Unicode's directions of the letters that are written from right to left (UAX #9)."""


@dataclass(frozen=True)
class Heading:
    """``level`` is 1 for sections, 2 and 3 for what stands in them."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """Paragraphs; ``muted`` ones explain, they do not tell."""

    text: str
    muted: bool = False


@dataclass(frozen=True)
class Facts:
    """Labels with their words."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Bullets:
    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Rows under headings that stand again on every page.

    ``widths`` are shares of the width, one for each column; ``numbers`` the columns set flush to
    the end.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A drawing, and the words below it that say what its signs mean."""

    drawing: Drawing
    words: str = ""


@dataclass(frozen=True)
class Sideways:
    """Blocks on pages of their own that are turned sideways, for tables of many columns."""

    blocks: Sequence[Block]


Block = Heading | Text | Facts | Bullets | Table | Figure | Sideways


@dataclass(frozen=True)
class Document:
    """What is to be laid out.

    ``kind`` says what it is (``After-action report``), ``title`` of what. ``marking`` is the
    strictest of everything in it and stands on every page, ``handling`` says in one sentence how to
    treat it, ``made`` who made it and when. ``language`` is the code of the reader's language.
    """

    kind: str
    title: str
    marking: TLP
    handling: str
    made: str
    language: str
    agency: str = ""
    blocks: Sequence[Block] = field(default_factory=tuple)


@dataclass(frozen=True)
class Paragraph:
    """Lines of one paragraph, and whether they run from right to left."""

    lines: list[str]
    rtl: bool


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a plain text, without the signs that no file format holds."""
    parts = re.split(r"\n\s*\n", clean(text).strip())
    return [Paragraph(one.strip().split("\n"), runs_to_the_left(one)) for one in parts if one]


def clean(text: str) -> str:
    """``text`` without control signs and halves of signs, which neither XML nor PDF takes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign for sign in text if sign == "\n" or is_writable(sign))


def is_writable(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cs", "Co", "Cn"}


def runs_to_the_left(text: str) -> bool:
    """Whether the first letter with a direction says so, as ``dir="auto"`` does on pages."""
    return next(directions(text), "L") in RIGHT_TO_LEFT


def directions(text: str) -> Iterator[str]:
    found = (unicodedata.bidirectional(sign) for sign in text)
    return (direction for direction in found if direction in {"L", *RIGHT_TO_LEFT})
