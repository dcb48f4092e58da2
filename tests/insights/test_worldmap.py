"""The drawing of the world: shades, the part that is shown, dots for small states."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from insights.worldmap import SCALES, Country, Map, draw, level, scale_for, steps, world


def country(code: str, lessons: int = 1) -> Country:
    return Country(code, f"/partners/{code}/", f"{code}: {lessons} lessons", lessons)


def codes(drawn: Map) -> list[str]:
    return [place.country.code for place in drawn.places]


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, (1, 2, 3, 4, 5)),
        (9, (1, 2, 3, 4, 5)),
        (10, (1, 2, 4, 7, 10)),
        (71, (1, 5, 10, 20, 50)),
        (2102, (1, 100, 250, 500, 1000)),
        (10**9, (1, 10000, 25000, 50000, 100000)),
    ],
)
def test_the_scale_follows_the_largest_number(most: int, scale: tuple[int, ...]) -> None:
    assert scale_for(most) == scale


def test_every_scale_has_five_rising_steps_from_one() -> None:
    assert {len(scale) for scale in SCALES} == {5}
    assert [scale for scale in SCALES if scale[0] != 1 or list(scale) != sorted(set(scale))] == []


def test_numbers_fall_into_five_steps() -> None:
    scale = scale_for(71)
    numbers = {0: 0, 1: 1, 4: 1, 5: 2, 10: 3, 19: 3, 20: 4, 49: 4, 50: 5, 71: 5}
    assert {number: level(number, scale) for number in numbers} == numbers


def test_the_legend_says_each_step_in_numbers_and_words() -> None:
    assert [step.words for step in steps((1, 2, 4, 7, 10))] == [
        "no lesson yet",
        "1 lesson",
        "2 to 3 lessons",
        "4 to 6 lessons",
        "7 to 9 lessons",
        "10 lessons or more",
    ]


def test_the_map_shows_the_part_where_most_shading_is() -> None:
    drawn = draw([country("ES", 50), country("MA", 45), country("AU", 4)])
    assert codes(drawn) == ["ES", "MA"]
    assert drawn.outside == 1
    assert not drawn.is_whole
    assert drawn.is_tall
    assert drawn.box.width < world().box.width / 4


def test_one_country_with_very_many_lessons_does_not_crowd_out_the_others() -> None:
    drawn = draw([country("US", 2102), country("ES", 30), country("MA", 29), country("PT", 12)])
    assert codes(drawn) == ["US", "ES", "MA", "PT"]


def test_the_whole_world_shows_every_country() -> None:
    drawn = draw([country("ES", 50), country("AU", 5)], whole=True)
    assert codes(drawn) == ["ES", "AU"]
    assert drawn.outside == 0
    assert drawn.is_whole
    assert not drawn.is_tall


def test_without_lessons_every_country_with_records_is_in_the_part() -> None:
    drawn = draw([country("ES", 0), country("PT", 0)])
    assert [(place.country.code, place.level) for place in drawn.places] == [("ES", 0), ("PT", 0)]


def test_countries_far_apart_need_the_whole_world() -> None:
    assert draw([country("CA"), country("NZ"), country("ZA")]).is_whole


def test_a_small_state_is_a_dot_that_lies_on_top() -> None:
    drawn = draw([country("MT"), country("IT")])
    assert [(place.country.code, place.shape.small) for place in drawn.places] == [
        ("IT", False),
        ("MT", True),
    ]


def test_the_part_shown_stays_within_the_world() -> None:
    limit = world().box
    for code in list(world().shapes)[::10]:
        box = draw([country(code)]).box
        assert limit.left <= box.left < box.right <= limit.right
        assert limit.top <= box.top < box.bottom <= limit.bottom


def test_what_has_no_place_on_the_map_is_left_out() -> None:
    drawn = draw([country("SUHH"), country("AQ"), country("ES")])
    assert codes(drawn) == ["ES"]
    assert drawn.outside == 0


def test_no_country_at_all_is_an_empty_world() -> None:
    drawn = draw([])
    assert (drawn.places, drawn.outside, drawn.is_whole) == ([], 0, True)


def test_a_map_beside_other_things_carries_no_letters() -> None:
    assert [place.named for place in draw([country("ES")]).places] == [True]
    assert [place.named for place in draw([country("ES")], small=True).places] == [False]


def test_a_country_without_records_is_land_and_one_with_records_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    square = {"d": "M0,0L4,0L4,4L0,4Z", "cx": 2, "cy": 2, "small": False}
    other = {"d": "M4,0L8,0L8,4L4,4Z", "cx": 6, "cy": 2, "small": False}
    settings.WORLD_MAP = tmp_path / "world.json"
    settings.WORLD_MAP.write_text(
        json.dumps({"viewBox": [0, 0, 8, 4], "countries": {"AA": square, "BB": other}})
    )
    drawn = draw([country("AA")])
    assert drawn.land == other["d"]
    assert [place.shape.path for place in drawn.places] == [square["d"]]
    assert (drawn.places[0].x, drawn.places[0].y) == ("2.0", "2.0")
