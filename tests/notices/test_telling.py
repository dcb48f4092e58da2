"""Telling people: once, the active ones, as they chose, and nothing they may not see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from agencies.models import Membership, User
from agencies.roles import Role
from lessons.notice_kinds import ANSWER, BECAME_OF, QUESTION_WAITS, TO_REVIEW
from lessons.vocabulary import Status
from notices.kinds import kinds
from notices.models import Choice, Notice, number_unread
from notices.telling import choose, chosen_by, mail_time, tell
from notices.vocabulary import When
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_each_person_is_told_once_for_a_key(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    for key in ("event:1", "event:1", "event:2"):
        tell([cast.originator, cast.reviewer], BECAME_OF, lesson, key=key, at=NOW, move="take")
    assert Notice.objects.filter(person=cast.originator).count() == 2
    assert Notice.objects.filter(person=cast.reviewer).count() == 2
    assert {notice.facts["move"] for notice in Notice.objects.all()} == {"take"}


def test_who_is_not_active_is_told_nothing(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    assert tell([cast.left_reviewer], BECAME_OF, lesson, key="1", at=NOW) == 0
    assert not Notice.objects.exists()


def test_telling_takes_as_many_queries_for_one_as_for_many(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    lesson = make_lesson(by=cast.originator)
    everybody = list(User.objects.filter(is_active=True))
    for number, people in enumerate((everybody[:1], everybody)):
        with django_assert_num_queries(3):  # choices, time zones, the notices
            tell(people, QUESTION_WAITS, lesson, key=str(number), at=NOW)


@pytest.mark.parametrize(
    ("when", "at", "expected"),
    [
        (When.OFF, NOW, None),
        (When.AT_ONCE, NOW, NOW),
        (When.DAILY, NOW, datetime(2026, 11, 26, 6, 0, tzinfo=UTC)),
        (
            When.DAILY,
            datetime(2026, 11, 25, 5, 59, tzinfo=UTC),
            datetime(2026, 11, 25, 6, tzinfo=UTC),
        ),
        (
            When.DAILY,
            datetime(2026, 11, 25, 6, 0, tzinfo=UTC),
            datetime(2026, 11, 26, 6, tzinfo=UTC),
        ),
        (When.WEEKLY, NOW, datetime(2026, 11, 30, 6, 0, tzinfo=UTC)),
        (
            When.WEEKLY,
            datetime(2026, 11, 30, 5, 0, tzinfo=UTC),
            datetime(2026, 11, 30, 6, tzinfo=UTC),
        ),
        (
            When.WEEKLY,
            datetime(2026, 11, 30, 6, 0, tzinfo=UTC),
            datetime(2026, 12, 7, 6, tzinfo=UTC),
        ),
        # The clocks change in between: seven in the morning stays seven.
        (
            When.DAILY,
            datetime(2026, 3, 28, 12, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 5, tzinfo=UTC),
        ),
    ],
)
def test_digests_go_at_seven_where_the_person_works(
    when: When, at: datetime, expected: datetime | None
) -> None:
    assert mail_time(when, at, ZoneInfo("Europe/Madrid")) == expected


def test_a_choice_goes_for_what_is_told_next_and_for_what_still_waits(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    tell([cast.originator], BECAME_OF, lesson, key="1", at=NOW)
    tell([cast.originator], ANSWER, lesson, key="2", at=NOW, move="return")
    choose(cast.originator, {"became": When.DAILY}, at=NOW)
    tell([cast.originator], BECAME_OF, lesson, key="3", at=NOW)
    ways = dict(Notice.objects.values_list("key", "when"))
    assert ways == {
        f"became:{lesson.pk}:1": "daily",
        f"answer:{lesson.pk}:2": "at_once",
        f"became:{lesson.pk}:3": "daily",
    }
    choose(cast.originator, {"became": When.OFF}, at=NOW)
    assert set(Notice.objects.filter(kind="became").values_list("when", "mail_at")) == {
        ("off", None)
    }
    choose(cast.originator, {"became": When.AT_ONCE}, at=NOW)
    # What was to go by no mail is not sent afterwards, and the usual needs no row.
    assert set(Notice.objects.filter(kind="became").values_list("when", "mail_at")) == {
        ("off", None)
    }
    assert not Choice.objects.exists()
    assert chosen_by(cast.originator)["became"] == When.AT_ONCE


def test_a_notice_follows_its_subject_out_of_sight_and_back(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    tell([cast.stranger], BECAME_OF, lesson, key="1", at=NOW)

    def seen() -> tuple[int, int]:
        person = fresh(cast.stranger)
        return Notice.objects.visible_to(person).count(), number_unread(person)

    assert seen() == (1, 1)
    lesson.tlp = TLP.AMBER
    lesson.save()
    assert seen() == (0, 0)
    lesson.tlp = TLP.CLEAR
    lesson.save()
    assert seen() == (1, 1)


def test_a_notice_in_a_role_goes_with_the_role(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    tell([cast.reviewer], TO_REVIEW, lesson, key="1", at=NOW, agency=cast.agency, move="submit")
    assert Notice.objects.visible_to(fresh(cast.reviewer)).count() == 1
    Membership.objects.filter(user=cast.reviewer).update(role=Role.CONTRIBUTOR)
    assert Notice.objects.visible_to(fresh(cast.reviewer)).count() == 0
    assert number_unread(fresh(cast.reviewer)) == 0


def test_nobody_finds_the_notices_of_others(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.CLEAR)
    tell([cast.originator, cast.reviewer], BECAME_OF, lesson, key="1", at=NOW)
    found = {
        name: [notice.person_id for notice in Notice.objects.visible_to(person)]
        for name, person in cast.people.items()
    }
    assert {name: ids for name, ids in found.items() if ids} == {
        "originator": [cast.originator.pk],
        "reviewer": [cast.reviewer.pk],
    }


def test_what_is_counted_for_the_header_is_what_may_be_seen(cast: Cast) -> None:
    green = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    red = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED)
    for person in cast.people.values():
        for lesson in (green, red):
            tell([person], BECAME_OF, lesson, key="1", at=NOW)
    for name, person in cast.people.items():
        seen = Notice.objects.visible_to(person).unread()
        assert number_unread(person) == seen.count(), name
        assert seen.filter(subject_id=red.pk).exists() == (name == "originator")


def test_names_of_kinds_are_short_and_of_their_own() -> None:
    assert len(kinds()) == 23
    assert max(map(len, kinds())) <= 40
    assert timezone.is_aware(NOW)
