"""How people are called before each reader: ``name_for`` against tables written by hand.

Cells: *name* the person's name, *agency* the agency's, *hidden* “Not attributed”.
"""

from __future__ import annotations

import pytest

from lessons.models import Lesson
from lessons.vocabulary import Attribution, Status
from tests.cast import Cast, make_cast
from tests.factories import make_lesson
from tests.grids import columns_of, grid, rows_of

AUTHOR = """
                  named agency_only non_attributed
originator        name  name        name
colleague         name  name        hidden
reviewer          name  name        name
second_reviewer   name  name        name
endorser          name  name        name
second_endorser   name  name        name
coordinator       name  name        name
reader            name  name        hidden
sub_member        name  agency      hidden
sub_reviewer      name  agency      hidden
only_reviewer     name  agency      hidden
small_originator  name  agency      hidden
partner_reader    name  agency      hidden
partner_reviewer  name  agency      hidden
red_recipient     name  name        hidden
stranger          name  agency      hidden
administrator     name  agency      hidden
left_reviewer     name  agency      hidden
left_originator   name  agency      hidden
"""

AUTHOR_IN_THE_ADMINISTRATION = """
                  named agency_only non_attributed
administrator     name  name        hidden
endorser          name  name        hidden
"""

# Who reviewed or endorsed, whatever the attribution of the author.
REVIEWER = """
                  anybody
originator        name
colleague         name
reviewer          name
second_reviewer   name
endorser          name
second_endorser   name
coordinator       name
reader            agency
sub_member        agency
sub_reviewer      agency
only_reviewer     agency
small_originator  agency
partner_reader    agency
partner_reviewer  agency
red_recipient     name
stranger          agency
administrator     agency
left_reviewer     agency
left_originator   agency
"""


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(scope="module")
def lessons(cast: Cast) -> dict[str, Lesson]:
    return {
        attribution.value: make_lesson(
            by=cast.originator, status=Status.NOTED, attribution=attribution
        )
        for attribution in Attribution
    }


def called(words: str, name: str) -> str:
    return {name: "name", "Guardia Civil": "agency", "Not attributed": "hidden"}[words]


@pytest.mark.parametrize(
    ("text", "administration"), [(AUTHOR, False), (AUTHOR_IN_THE_ADMINISTRATION, True)]
)
def test_how_the_author_is_called(
    text: str, administration: bool, cast: Cast, lessons: dict[str, Lesson], db: None
) -> None:
    expected = grid(text)
    people = cast.people
    found = {
        (name, attribution): called(
            lessons[attribution].name_for(people[name], administration=administration),
            cast.originator.name,
        )
        for name in rows_of(expected)
        for attribution in columns_of(expected)
    }
    assert found == expected


def test_how_a_reviewer_is_called(cast: Cast, lessons: dict[str, Lesson], db: None) -> None:
    expected = grid(REVIEWER)
    assert rows_of(expected) == list(cast.people)
    people = cast.people
    for lesson in lessons.values():
        found = {
            (name, "anybody"): called(
                lesson.name_for(people[name], cast.reviewer), cast.reviewer.name
            )
            for name in rows_of(expected)
        }
        assert found == expected


def test_recorder_and_adopter_are_called_like_the_author(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.endorser,
        originator=cast.left_originator,
        adopted_by=cast.colleague,
        status=Status.NOTED,
        attribution=Attribution.NON_ATTRIBUTED,
    )
    reader = cast.people["reader"]
    for author in (cast.endorser, cast.left_originator, cast.colleague):
        assert lesson.name_for(reader, author) == "Not attributed"
    # The adopter knows the own name, not the originator's.
    adopter = cast.people["colleague"]
    assert lesson.name_for(adopter, cast.colleague) == cast.colleague.name
    assert lesson.name_for(adopter) == "Not attributed"


def test_who_acts_for_another_agency_is_named_to_its_members(
    cast: Cast, lessons: dict[str, Lesson], db: None
) -> None:
    lesson = lessons["named"]
    owner = cast.partner_reviewer

    def words(person: str) -> str:
        reader = cast.people[person]
        return lesson.name_for(reader, owner, acting_for=cast.partner_agency)

    assert words("partner_reader") == owner.name
    assert words("colleague") == owner.name
    assert words("partner_reviewer") == owner.name
    assert words("reader") == "Guarda Nacional Republicana"
    assert words("stranger") == "Guarda Nacional Republicana"


COMMENTS = {
    "originator",
    "colleague",
    "reviewer",
    "second_reviewer",
    "endorser",
    "second_endorser",
    "coordinator",
    "red_recipient",
}


def test_comments_are_for_contributors_of_the_agency(
    cast: Cast, lessons: dict[str, Lesson], db: None
) -> None:
    lesson = lessons["agency_only"]
    readers = {name for name, user in cast.people.items() if lesson.comments_visible_to(user)}
    assert readers == COMMENTS


def test_comments_follow_an_author_who_has_moved_on(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.stranger, agency=cast.agency, status=Status.REJECTED)
    assert lesson.comments_visible_to(cast.people["stranger"])
