"""A document as PDF: tagged for screen readers (PDF/UA-1), with bookmarks, marked on every page."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from exchange.documents.marking import COLORS, GROUND
from exchange.documents.tree import (
    Block,
    Bullets,
    Document,
    Facts,
    Figure,
    Heading,
    Sideways,
    Table,
    Text,
    clean,
    paragraphs,
)

LONG_CELL = 500
"""Characters of a cell from which its row may be cut by the end of a page."""
LAYOUT = Path(__file__).with_name("document.typ")


def as_pdf(document: Document, on: date) -> bytes:
    """The file. Its words reach the layout as data, so that nothing in them is a command.

    A sign that no face has (an emoji, Chinese) keeps a document from calling itself PDF/UA-1: it is
    then tagged all the same, and the sign, which can still be copied, is drawn as a box.
    """
    import typst  # only the worker makes documents

    given: dict[str, Any] = {
        "format": "pdf",
        "font_paths": [settings.FONTS],
        "ignore_system_fonts": True,
        "sys_inputs": {"data": json.dumps(data(document, on))},
    }
    try:
        made: bytes = typst.compile(LAYOUT, pdf_standards="ua-1", **given)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        made = typst.compile(LAYOUT, **given)
    return made


def data(document: Document, on: date) -> dict[str, Any]:
    return {
        "kind": clean(document.kind),
        "title": clean(document.title),
        "heading": laid(document.title),
        "marking": str(document.marking.label),
        "color": COLORS[document.marking],
        "ground": GROUND,
        "handling": clean(document.handling),
        "made": clean(document.made),
        "author": clean(document.agency) or settings.INSTALLATION_NAME,
        "agency": clean(document.agency),
        "language": document.language,
        "rtl": get_language_bidi(),
        "date": [on.year, on.month, on.day],
        "words": {"page": _("{page} of {pages}")},
        "blocks": [part(block) for block in document.blocks],
    }


def laid(text: str) -> list[dict[str, Any]]:
    return [asdict(one) for one in paragraphs(text)]


def part(block: Block) -> dict[str, Any]:
    """One block as the layout wants it."""
    match block:
        case Heading(text, level):
            return {"is": "heading", "level": level, "paragraphs": laid(text)}
        case Text(text, muted):
            return {"is": "text", "muted": muted, "paragraphs": laid(text)}
        case Facts(pairs):
            return {"is": "facts", "pairs": [[laid(name), laid(value)] for name, value in pairs]}
        case Bullets(items):
            return {"is": "bullets", "items": [laid(item) for item in items]}
        case Table():
            return {
                "is": "table",
                "headings": [laid(one) for one in block.headings],
                "rows": [
                    {
                        "cells": [laid(cell) for cell in row],
                        "long": max(map(len, row), default=0) > LONG_CELL,
                    }
                    for row in block.rows
                ],
                "widths": list(block.widths),
                "numbers": sorted(block.numbers),
            }
        case Figure(drawing, words):
            return {
                "is": "figure",
                "svg": drawing.svg,
                "alt": clean(drawing.spoken),
                "paragraphs": laid(words),
            }
        case Sideways(blocks):
            return {"is": "sideways", "blocks": [part(one) for one in blocks]}
