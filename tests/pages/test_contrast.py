"""Every pair of text and ground reaches WCAG AA (4.5:1), edges and the focus ring 3:1."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "lindero" / "tokens.css"

TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "ground", "sunk")],
    *[("accent-ink", ground) for ground in ("paper", "ground", "sunk", "accent-soft")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("ink", "accent-soft"),
    ("ink-2", "accent-soft"),
    ("improve", "paper"),
    ("improve", "ground"),
    ("improve", "improve-soft"),
    ("ink", "improve-soft"),
    ("ink-2", "improve-soft"),
    ("sustain", "paper"),
    ("sustain", "sustain-soft"),
    ("ink", "sustain-soft"),
    ("ink-2", "sustain-soft"),
    ("bad", "paper"),
    ("bad", "ground"),
    ("bad", "bad-soft"),
    ("on-bad", "bad"),
    ("ink", "bad-soft"),
    ("added", "added-soft"),
    ("removed", "removed-soft"),
    *[
        (f"s-{status}", ground)
        for status in ("quiet", "review", "identified", "implementing", "learned")
        for ground in ("paper", "ground")
    ],
    *[("heat-ink", f"heat-{level}") for level in (1, 2, 3)],
    *[("heat-ink-deep", f"heat-{level}") for level in (4, 5)],
    ("mark-ink", "mark"),
]
SHAPES = [
    *[("edge", ground) for ground in ("paper", "ground")],
    *[("focus", ground) for ground in ("paper", "ground", "sunk")],
    *[("accent", ground) for ground in ("paper", "ground")],
    # Lines of charts; among each other they differ by their dashes.
    *[
        (line, ground)
        for line in ("accent", "s-review", "improve", "ink")
        for ground in ("paper", "sunk")
    ],
]


def declarations(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


def themes() -> dict[str, dict[str, str]]:
    """Return the values of the tokens by theme, as the style sheet declares them."""
    css = CSS.read_text()
    light = re.search(r"^:root \{(.*?)\n\}", css, re.S | re.M)
    dark = re.search(r'\[data-theme="dark"\] \{(.*?)\n  \}', css, re.S)
    auto = re.search(r'\[data-theme="auto"\] \{(.*?)\n  \}', css, re.S)
    assert light
    assert dark
    assert auto
    return {
        "light": declarations(light[1]),
        "dark": declarations(dark[1]),
        "auto": declarations(auto[1]),
    }


def luminance(color: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2)."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    tokens = themes()[theme]
    found = {(ink, ground): contrast(tokens[ink], tokens[ground]) for ink, ground in TEXT}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_and_focus_can_be_seen(theme: str) -> None:
    tokens = themes()[theme]
    found = {(line, ground): contrast(tokens[line], tokens[ground]) for line, ground in SHAPES}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < 3} == {}


@pytest.mark.parametrize("color", ["#ff2b2b", "#ffc000", "#33ff00", "#ffffff"])
def test_markings_can_be_read(color: str) -> None:
    assert contrast(color, "#000000") >= 4.5


def test_dark_is_the_same_whether_chosen_or_the_devices() -> None:
    assert themes()["auto"] == themes()["dark"]


def test_both_themes_set_the_same_colours() -> None:
    light, dark = themes()["light"], themes()["dark"]
    assert set(light) - set(dark) == {"r", "r-s"}  # radii do not change
