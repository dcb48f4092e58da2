"""Drawings: shapes and words only, read out by title and description, in the reader's language."""

import re
from typing import Any
from xml.etree import ElementTree as Tree

import pytest
from django.utils import translation

from pages.charts import SVG, drawn

HOSTILE = '</svg><script>alert("1")</script>'


def spec(words: str = "Agreement") -> dict[str, Any]:
    values = [
        {"day": f"2026-{month:02}-01", "height": value, "words": words}
        for month, value in ((1, 1_200), (3, 2_400), (5, 800))
    ]
    return {
        "width": 500,
        "height": 100,
        "data": {"values": values},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "scale": {"type": "utc"},
                "axis": {"format": "%B", "tickCount": 4},
            },
            "y": {"field": "height", "type": "quantitative", "axis": {"format": ",~r"}},
        },
        "layer": [
            {"name": "series", "mark": {"type": "line", "color": "red", "strokeDash": [2, 2]}},
            {"name": "words", "mark": "text", "encoding": {"text": {"field": "words"}}},
        ],
    }


def parsed(text: str) -> Tree.Element:
    return Tree.fromstring(text)


@pytest.fixture(scope="module")
def drawing() -> str:
    return drawn(spec(), title="Detections", description="From January to May.")


def test_a_drawing_carries_no_looks_of_its_own(drawing: str) -> None:
    allowed = {"class", "d", "transform", "x", "y", "x1", "x2", "y1", "y2", "text-anchor"}
    for element in parsed(drawing).iter():
        assert set(element.attrib) <= allowed | {"viewBox", "role"}
    assert not re.search(
        r"style|fill|stroke|font|color|#[0-9a-f]{3}|url\(|https?://(?!www\.w3)", drawing
    )


def test_labels_that_would_touch_others_are_left_out() -> None:
    year = spec()
    year["data"] = {
        "values": [{"day": f"2026-{month:02}-01", "height": 1} for month in range(1, 13)]
    }
    year["encoding"]["x"]["axis"] = {"format": "%B", "tickCount": 8}
    year["layer"] = year["layer"][:1]
    months = [label.text for label in parsed(drawn(year, title="A year")).iter(f"{{{SVG}}}text")]
    assert "January" in months
    assert "November" in months
    assert not {"October", "December"} & set(months)


def test_a_drawing_is_read_out_as_one_picture(drawing: str) -> None:
    root = parsed(drawing)
    assert root.attrib["role"] == "img"
    assert [child.tag for child in root][:2] == [f"{{{SVG}}}title", f"{{{SVG}}}desc"]
    assert (root[0].text, root[1].text) == ("Detections", "From January to May.")
    assert drawing.count("role=") == 1


def test_a_drawing_takes_the_width_it_is_given(drawing: str) -> None:
    root = parsed(drawing)
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib


def test_each_layer_is_found_by_its_name(drawing: str) -> None:
    classes = " ".join(element.get("class", "") for element in parsed(drawing).iter())
    assert {"series_marks", "words_marks"} <= set(classes.split())


def test_there_is_no_ground(drawing: str) -> None:
    assert "background" not in drawing


def test_words_stay_words() -> None:
    text = drawn(spec(HOSTILE), title=HOSTILE, description=HOSTILE)
    assert "<script" not in text
    words = [element.text for element in parsed(text).iter() if element.text]
    assert words.count(HOSTILE) == 5  # title, description, three labels


def test_days_and_numbers_are_written_in_the_language_in_force(drawing: str) -> None:
    assert ">January<" in drawing
    assert ">2,000<" in drawing
    with translation.override("de"):
        german = drawn(spec(), title="Aufgriffe")
    assert ">Januar<" in german
    assert ">2.000<" in german


def test_numbers_are_as_fine_as_a_screen(drawing: str) -> None:
    assert not re.search(r"\d\.\d{2}", drawing)
