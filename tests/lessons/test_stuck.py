"""Lessons whose next move nobody can make, and the way out that is offered."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Membership
from agencies.roles import Role
from lessons.models import Lesson
from lessons.stuck import stuck
from lessons.vocabulary import Status
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_lesson


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def reasons(lesson: Lesson) -> list[tuple[str, str]]:
    return [(case.reason, case.way_out) for case in stuck(Lesson.objects.filter(pk=lesson.pk))]


AUTHOR_LEFT = [("Its author has left.", "Have it adopted by a colleague.")]
NO_REVIEWER = [
    (
        "The agency has no reviewer other than its author.",
        "Give another member the role of reviewer, or ask the administration to review it.",
    )
]
REVIEWER_GONE = [("Its reviewer can no longer review it.", "Hand it over to another reviewer.")]


@pytest.mark.parametrize("status", list(Status))
def test_nothing_is_stuck_while_somebody_can_go_on(status: Status, cast: Cast, db: None) -> None:
    fields: dict[str, Any] = {"reviewer": cast.reviewer} if status == Status.IN_REVIEW else {}
    assert reasons(make_lesson(by=cast.originator, status=status, **fields)) == []


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RETURNED])
def test_what_an_author_who_left_has_in_hand_is_stuck_until_adopted(
    status: Status, cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.left_originator, agency=cast.agency, status=status)
    assert reasons(lesson) == AUTHOR_LEFT
    lesson.adopted_by = cast.colleague
    lesson.save()
    assert reasons(lesson) == []
    cast.colleague.is_active = False
    cast.colleague.save()
    assert reasons(lesson) == AUTHOR_LEFT


def test_the_lesson_of_the_only_reviewer_is_stuck(cast: Cast, db: None) -> None:
    own = make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED)
    of_a_colleague = make_lesson(by=cast.small_originator, status=Status.SUBMITTED)
    assert reasons(own) == NO_REVIEWER
    assert reasons(of_a_colleague) == []
    give(cast.small_originator, cast.small_agency, Role.REVIEWER)
    assert reasons(own) == []


def test_a_reviewer_above_takes_what_a_sub_agency_cannot(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.sub_reviewer, status=Status.SUBMITTED)
    assert reasons(lesson) == []
    Membership.objects.filter(agency=cast.agency).update(active=False)
    assert reasons(lesson) == NO_REVIEWER


def test_an_appeal_is_stuck_when_only_who_rejected_could_take_it(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.small_originator,
        status=Status.SUBMITTED,
        appealed_at=timezone.now(),
        rejected_by=cast.only_reviewer,
    )
    assert reasons(lesson) == NO_REVIEWER


def test_a_review_is_stuck_when_its_reviewer_left_or_lost_the_role(cast: Cast, db: None) -> None:
    left = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.left_reviewer)
    assert reasons(left) == REVIEWER_GONE
    demoted = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    assert reasons(demoted) == []
    give(cast.reviewer, cast.agency, Role.CONTRIBUTOR)
    assert reasons(demoted) == REVIEWER_GONE
    small = make_lesson(
        by=cast.small_originator, status=Status.IN_REVIEW, reviewer=cast.left_reviewer
    )
    give(cast.only_reviewer, cast.small_agency, Role.READER)
    assert reasons(small) == [
        (
            "Its reviewer can no longer review it.",
            "Give another member the role of reviewer, then hand it over; or ask the "
            "administration to do so.",
        )
    ]


def test_what_the_administration_took_is_not_stuck(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.only_reviewer, status=Status.IN_REVIEW, reviewer=cast.administrator
    )
    assert reasons(lesson) == []


def test_a_red_lesson_waits_for_its_recipients_only(cast: Cast, db: None) -> None:
    red: dict[str, Any] = {"tlp": TLP.RED, "red_recipients": [cast.red_recipient]}
    submitted = make_lesson(by=cast.originator, status=Status.SUBMITTED, **red)
    assert reasons(submitted) == [
        ("None of its recipients can review it.", "Give one of them the role of reviewer.")
    ]
    left = make_lesson(by=cast.left_originator, agency=cast.agency, status=Status.RETURNED, **red)
    assert reasons(left) == [
        (
            "Its author has left, and only its recipients may move it.",
            "A reviewer among them can widen its marking; then have it adopted.",
        )
    ]


def test_the_oldest_comes_first_in_a_number_of_queries_that_does_not_grow(
    cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    old = make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED)
    Lesson.objects.filter(pk=old.pk).update(submitted_at="2020-01-01T00:00Z")
    with django_assert_num_queries(4):
        assert [case.lesson for case in stuck(Lesson.objects.filter(pk=old.pk))] == [old]
    newer = [make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED) for _ in range(10)]
    candidates = Lesson.objects.filter(pk__in=[one.pk for one in (*newer, old)])
    with django_assert_num_queries(4):
        assert [case.lesson for case in stuck(candidates)] == [old, *newer]
