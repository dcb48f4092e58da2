"""Mapping files: what they say, and what is wrong with them in words."""

from datetime import date
from pathlib import Path

import pytest

from exchange.mapping import (
    CHOICE_FIELDS,
    COLUMN_FIELDS,
    NASA_LLIS,
    MappingError,
    read_mapping,
)
from lessons.models import Theme
from records.vocabulary import Precision
from tests.exchange.files import LESSON, MAPPING

LEAST = """
source = "notebook"
id = "id"
[fields]
title = "title"
observation = "what"
"""


def written(path: Path, text: str) -> Path:
    path = path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_texts_come_from_their_columns(tmp_path: Path) -> None:
    mapping = read_mapping(written(tmp_path, MAPPING))
    assert mapping.texts(LESSON) == {
        "title": LESSON["title"],
        "observation": LESSON["what"],
        "discussion": LESSON["why"],
        "conclusion": LESSON["so"],
        "recommendation": LESSON["do"],
        "applies_when": "",
        "does_not_apply_when": "",
        "place": "",
    }
    assert set(mapping.columns) == set(LESSON)


def test_what_became_the_observation_is_not_repeated(tmp_path: Path) -> None:
    mapping = read_mapping(written(tmp_path, MAPPING))
    texts = mapping.texts(LESSON | {"what": "none."})
    assert (texts["observation"], texts["conclusion"]) == (LESSON["so"], "")


def test_several_columns_are_joined_as_paragraphs(tmp_path: Path) -> None:
    mapping = read_mapping(written(tmp_path, LEAST + 'discussion = ["why", "so"]'))
    assert mapping.texts(LESSON)["discussion"] == f"{LESSON['why']}\n\n{LESSON['so']}"


def test_columns_are_joined_under_headings(tmp_path: Path) -> None:
    joined = """
    [fields.discussion]
    join = ["why", "so", "do"]
    separator = " / "
    headings = { so = "Then" }
    """
    mapping = read_mapping(written(tmp_path, LEAST + joined))
    texts = mapping.texts({"title": " A\n title ", "what": "x", "why": "1", "so": "2", "do": ""})
    assert texts["discussion"] == "1 / Then: 2"
    assert texts["title"] == "A title"


@pytest.mark.parametrize(
    ("said", "day", "precision"),
    [
        ("2024-03-05", date(2024, 3, 5), Precision.DAY),
        ("2024-03", date(2024, 3, 1), Precision.MONTH),
        ("2024", date(2024, 1, 1), Precision.YEAR),
        ("N/A", None, Precision.DAY),
        ("", None, Precision.DAY),
    ],
)
def test_dates_are_known_as_far_as_they_are_written(
    tmp_path: Path, said: str, day: date | None, precision: Precision
) -> None:
    mapping = read_mapping(written(tmp_path, MAPPING))
    assert mapping.occurred(LESSON | {"when": said}) == (day, precision)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("= nothing", "Invalid statement (at line 7, column 1)"),
        ("[colour]", "the top has “colour”, which means nothing here. Known: choices, dates,"),
        ("status = 'what'", "[fields] has “status”, which means nothing here. Known: applies_when"),
        ("[fixed]\nstatus = 'noted'", "[fixed] has “status”, which means nothing here."),
        ("[fixed]\nkind = 1", "“fixed.kind” must be a text."),
        ("[fixed]\npartners = 'MA'", "“fixed.partners” must be a list of texts."),
        ("[require]\nwhat = 'Public'", "“require.what” must be a list of texts."),
        ("place = 3", "“fields.place” must be a column, a list of columns, or a table with"),
        ("place = { first = ['a'], join = ['b'] }", "“fields.place” must be a column, a list"),
        ("place = { first = ['a'], colour = 1 }", "[fields.place] has “colour”, which means"),
        ("place = { first = 'a' }", "“fields.place” must be a list of texts."),
        ("place = { join = ['a'], headings = 'b' }", "“fields.place.headings” must be a table of"),
        ("place = { join = ['a'], separator = 3 }", "“fields.place.separator” must be a text."),
        ("[themes]\ncolumn = 'a'\nvalues = ['b']", "“themes.values” must be a table of texts."),
        ("[themes]\nvalues = {}", "“themes.column” must be a text."),
        ("[themes]\ncolumn = 'a'\nothers = 'keep'", "“themes.others” must be “refuse” or “leave"),
        ("[choices]\ncategory = 3", "“choices.category” must be a column or a table."),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(written(tmp_path, LEAST + more))
    assert str(caught.value).startswith(f"The mapping file: {words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The mapping file: The file is empty."),
        ("id = 'id'", "The mapping file: [fields] does not say where the title comes from."),
        (LEAST.replace('title = "title"', ""), "The mapping file: [fields] does not say where"),
        (LEAST.replace('id = "id"', ""), "The mapping file: “id” must be a text."),
        (LEAST.replace('"notebook"', "3"), "The mapping file: “source” must be a text."),
        (LEAST.replace("notebook", "Not a slug"), "The mapping file: “source” may have small"),
        ("empty = 'N/A'" + LEAST, "The mapping file: “empty” must be a list of texts."),
        ("points_elsewhere = '('" + LEAST, "The mapping file: “points_elsewhere” is no pattern"),
        ("fields = 3", "The mapping file: “fields” must be a table."),
    ],
)
def test_a_mapping_without_its_parts_says_what_is_missing(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(MappingError) as caught:
        read_mapping(written(tmp_path, text))
    assert str(caught.value).startswith(words)


def test_a_mapping_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"The mapping file cannot be read: .*no-such"):
        read_mapping(tmp_path / "no-such.toml")


@pytest.mark.django_db
def test_the_built_in_mapping_names_existing_themes() -> None:
    themes = set(read_mapping(NASA_LLIS).tags["themes"].values.values())
    assert set(Theme.objects.filter(slug__in=themes).values_list("slug", flat=True)) == themes


def test_the_documented_mapping_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/administration/importing.md").read_text("utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    mapping = read_mapping(written(tmp_path, example))
    assert mapping.source == "notebook"
    assert set(mapping.fixed) == {"kind", "language", "themes", "partners"}
    for name in (*COLUMN_FIELDS, *CHOICE_FIELDS):
        assert f"`{name}`" in page
