"""Prepared queries answer as the queries they were made from, for everybody and at all times."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from agencies.models import Agency, User
from agencies.prepared import Prepared, for_each_person, once
from agencies.roles import Permission, Role
from lessons.models import Lesson
from lessons.rows import prepared_rows
from lessons.vocabulary import Status
from tests.cast import Cast, make_cast
from tests.factories import make_lesson

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def everything(cast: Cast) -> list[int]:
    """Lessons of every marking, published and not, released and not."""
    made = []
    for tlp in ("clear", "green", "amber", "amber_strict", "red"):
        for status in ("draft", "submitted", "noted"):
            lesson = make_lesson(by=cast.originator, status=Status(status), tlp=tlp)
            if tlp == "red":
                lesson.red_recipients.add(cast.red_recipient, cast.reviewer)
            elif status == "noted":
                lesson.released_to.add(cast.partner_agency)
            made.append(lesson.pk)
    return [*made, make_lesson(by=cast.left_originator, agency=cast.agency).pk]


def test_rows_are_those_of_visible_to_for_everybody(cast: Cast) -> None:
    ids = everything(cast)
    for name, person in cast.people.items():
        seen = set(Lesson.objects.visible_to(person).values_list("pk", flat=True))
        for some in (ids, ids[:1], ids[3:7]):
            rows = prepared_rows(person).fetch(some)
            assert {row[0] for row in rows} == seen.intersection(some), name


def test_another_role_in_the_same_agency_is_another_query(cast: Cast) -> None:
    submitted = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    orphaned = make_lesson(by=cast.left_originator, agency=cast.agency)
    for person, lesson in ((cast.reviewer, submitted), (cast.coordinator, orphaned)):
        assert prepared_rows(person).fetch([lesson.pk])
        person.memberships.update(role=Role.READER)
        demoted = User.objects.get(pk=person.pk)
        assert demoted.standing.home == person.standing.home
        assert prepared_rows(demoted).fetch([lesson.pk]) == []


def test_who_leaves_an_agency_gets_another_query(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp="amber_strict")
    assert prepared_rows(cast.colleague).fetch([lesson.pk])
    cast.colleague.memberships.update(active=False)
    colleague = User.objects.get(pk=cast.colleague.pk)
    assert prepared_rows(colleague).fetch([lesson.pk]) == []


def test_values_are_what_the_query_gives(cast: Cast) -> None:
    columns = ("pk", "dated_on", "published_at", "threats", "title")
    make_lesson(by=cast.originator, status=Status.NOTED, threats=["drugs", "weapons"])
    rows = Lesson.objects.order_by().values_list(*columns)
    assert Prepared(rows).fetch() == list(rows)
    assert Prepared(rows.none()).fetch() == []


def test_more_ids_than_there_is_room_for_are_refused() -> None:
    few = Prepared(Agency.objects.order_by().values_list("pk"), 2)
    assert few.fetch([]) == []
    with pytest.raises(ValueError, match="room for 2 ids, not for 3"):
        few.fetch([1, 2, 3])


def test_a_query_is_made_once_and_not_for_ever(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made: list[Any] = []
    monkeypatch.setattr("agencies.prepared.KEPT", 2)

    def rows(person: User, kind: str) -> Any:
        made.append((person.pk, kind))
        return Agency.objects.order_by().values_list("pk")

    prepared = for_each_person(rows)
    for kind in ("a", "a", "b", "a", "c", "a"):
        prepared(cast.originator, kind)
    assert [kind for _person, kind in made] == ["a", "b", "c", "a"]

    @once
    def codes() -> Prepared:
        return Prepared(Agency.objects.order_by().values_list("code"))

    with django_assert_num_queries(2):
        assert codes().fetch() == codes().fetch()


def test_a_role_that_is_new_counts_at_once(cast: Cast) -> None:
    person = User.objects.get(pk=cast.stranger.pk)
    assert not person.may(Permission.READ, cast.partner_agency)
    person.memberships.create(agency=cast.partner_agency, role=Role.READER)
    assert User.objects.get(pk=person.pk).may(Permission.READ, cast.partner_agency)
