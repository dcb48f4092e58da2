"""Rules that every template keeps."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

FORBIDDEN = {
    "a style attribute": r"\sstyle\s*=",
    "a style element": r"<style\b",
    "a script without a file": r"<script(?![^>]*\bsrc=)[^>]*>",
    "an inline event handler": r"\son[a-z]+\s*=\s*[\"']",
    "a javascript: address": r"javascript:",
    "htmx code to evaluate": r"hx-on|hx-vals\s*=\s*[\"']js:|hx-vals\s*=\s*[\"']javascript:",
    "a script or style from elsewhere": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']+\.(?:js|css)",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_breaks_the_content_security_policy(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.I)
    assert [name(path) for path in TEMPLATES if pattern.search(path.read_text())] == []


def test_every_form_that_posts_carries_the_token() -> None:
    forms = re.compile(r"<form\b(?=[^>]*method=[\"']post)[^>]*>(.*?)</form>", re.S | re.I)
    missing = [
        name(path)
        for path in TEMPLATES
        for body in forms.findall(path.read_text())
        if "csrf_token" not in body
    ]
    assert missing == []


def lineage(path: Path) -> str:
    """Return a template's text with those of the templates that it extends."""
    text = path.read_text()
    above = re.search(r'{% extends "([^"]+)" %}', text)
    if above and (ROOT / "templates" / above[1]).exists():
        text += lineage(ROOT / "templates" / above[1])
    return text


def test_every_crispy_form_has_a_summary_of_errors() -> None:
    """Errors of the whole form are shown by the summary alone."""
    exempt = {"templates/pages/_formset_row.html", "templates/pages/components.html"}
    missing = [
        name(path)
        for path in TEMPLATES
        if re.search(r"{% crispy |\|crispy\b", path.read_text())
        and "pages/_errors.html" not in lineage(path)
        and name(path) not in exempt
    ]
    assert missing == []


def test_style_sheets_know_no_left_and_right() -> None:
    """Logical properties only, so that right-to-left languages need no second sheet."""
    sided = re.compile(
        r"(?:margin|padding|border)-(?:left|right)\b|text-align:\s*(?:left|right)|float:\s*(?:left|right)"
        r"|[{;]\s*(?:left|right):"
    )
    sheets = sorted((ROOT / "static" / "lindero").glob("*.css"))
    assert [(sheet.name, sided.findall(sheet.read_text())) for sheet in sheets] == [
        (sheet.name, []) for sheet in sheets
    ]


def test_no_text_is_smaller_than_the_smallest() -> None:
    """0.68 rem for initials in a circle, 0.74 rem for markings: nothing below."""
    sizes = [
        float(size)
        for sheet in (ROOT / "static" / "lindero").glob("*.css")
        for size in re.findall(r"font(?:-size)?:[^;]*?(\d*\.\d+)rem", sheet.read_text())
    ]
    assert min(sizes) >= 0.68
