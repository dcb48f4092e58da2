"""Clocks of lessons and actions: on which day whom they tell, in the agency's own time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from agencies.models import Agency, Holiday, Membership, User
from agencies.roles import Role
from lessons.models import Lesson, LessonEvent
from lessons.vocabulary import ActionStatus, Status
from notices.clocks import ring_all
from notices.kinds import shown
from notices.models import Notice, Rung
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 25)  # a Wednesday


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def on(day: date, hour: int = 8) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def rung(cast: Cast, day: date, hour: int = 8) -> dict[str, list[str]]:
    """Who is told of what when the clocks ring on ``day``, as clock and stage."""
    before = set(Notice.objects.values_list("pk", flat=True))
    for _number in ring_all(on(day, hour)):
        pass
    names = {person.pk: name for name, person in cast.people.items()}
    found: dict[str, list[str]] = {}
    for notice in Notice.objects.exclude(pk__in=before).order_by("pk"):
        who = names.get(notice.person_id, "somebody else")
        # What a clock tells is due as the mail is made.
        assert settled([notice]) in ([], [False])
        found.setdefault(who, []).append(f"{notice.kind}:{notice.facts['stage']}")
    return found


def settled(notices: Iterable[Notice]) -> list[bool]:
    """Of those that their readers may see, whether what they ask for is done."""
    return [
        one.settled
        for notice in notices
        for one in shown([notice], User.objects.get(pk=notice.person_id))
    ]


def days(cast: Cast, *offsets: int) -> list[dict[str, list[str]]]:
    return [rung(cast, DUE + timedelta(days=offset)) for offset in offsets]


STAFF = ("reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator")


def test_a_review_that_nobody_took_is_every_reviewers(cast: Cast) -> None:
    make_lesson(by=cast.originator, status=Status.SUBMITTED, review_due_on=DUE)
    assert days(cast, -8, -7, -6, 0, 1, 2, 13, 14, 15) == [
        {},
        {key: ["review_due:before"] for key in STAFF},
        {},
        {},
        {key: ["review_due:after"] for key in STAFF},
        {},
        {},
        {"coordinator": ["lesson_late:late"]},
        {},
    ]


def test_a_review_in_hand_is_the_assigned_reviewers_while_they_can_review(cast: Cast) -> None:
    make_lesson(
        by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer, review_due_on=DUE
    )
    assert days(cast, -7) == [{"reviewer": ["review_due:before"]}]
    Membership.objects.filter(user=cast.reviewer).update(role=Role.CONTRIBUTOR)
    assert days(cast, 1) == [{}]


def test_a_worker_that_stood_still_tells_it_once_and_only_what_is_not_long_ago(cast: Cast) -> None:
    make_lesson(by=cast.originator, status=Status.SUBMITTED, review_due_on=DUE)
    make_lesson(
        by=cast.originator, status=Status.SUBMITTED, review_due_on=DUE - timedelta(days=400)
    )
    expected = {name: ["review_due:after"] for name in STAFF}
    expected["coordinator"] = ["review_due:after", "lesson_late:late"]
    assert days(cast, 20, 21, 60) == [expected, {}, {}]


def test_a_red_review_is_told_to_its_recipients_alone(cast: Cast) -> None:
    make_lesson(
        by=cast.originator,
        status=Status.SUBMITTED,
        tlp=TLP.RED,
        red_recipients=[cast.endorser],
        review_due_on=DUE,
    )
    assert days(cast, 1, 14) == [{"endorser": ["review_due:after"]}, {}]


def test_clocks_ring_once_a_day_in_the_morning_of_the_agency(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.agency.pk).update(time_zone="Asia/Tokyo")
    make_lesson(by=cast.originator, status=Status.SUBMITTED, review_due_on=DUE)
    # Nine hours ahead: 20:00 UTC is five in the morning there, an hour later six.
    day_before = DUE - timedelta(days=8)
    assert rung(cast, day_before, 20) == {}
    assert set(rung(cast, day_before, 21)) == set(STAFF)
    Notice.objects.all().delete()
    assert rung(cast, day_before, 23) == {}
    assert Rung.objects.get(clock="review", agency=cast.agency).day == DUE - timedelta(days=7)


def returned(cast: Cast, day: date, hour: int = 9) -> Lesson:
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED)
    LessonEvent.objects.create(
        lesson=lesson,
        move="return",
        actor=cast.reviewer,
        from_status=Status.SUBMITTED,
        to_status=Status.RETURNED,
        at=on(day, hour),
    )
    return lesson


def test_a_question_is_recalled_after_ten_working_days_and_told_after_thirty(cast: Cast) -> None:
    # A Monday; the tenth working day after it is a Monday, the thirtieth one too.
    returned(cast, date(2026, 9, 7))
    answers = [
        rung(cast, day)
        for day in (
            date(2026, 9, 20),
            date(2026, 9, 21),
            date(2026, 9, 22),
            date(2026, 10, 18),
            date(2026, 10, 19),
            date(2026, 10, 20),
        )
    ]
    assert answers == [
        {},
        {"originator": ["question_waits:reached"]},
        {},
        {},
        {"coordinator": ["lesson_late:reached"]},
        {},
    ]


def test_holidays_and_settings_move_the_reminder(cast: Cast) -> None:
    returned(cast, date(2026, 9, 7))
    Holiday.objects.create(agency=cast.agency, day=date(2026, 9, 10))
    Agency.objects.filter(pk=cast.agency.pk).update(returned_reminder_days=3)
    assert rung(cast, date(2026, 9, 10)) == {}
    assert rung(cast, date(2026, 9, 11)) == {"originator": ["question_waits:reached"]}


def test_an_adopted_lesson_reminds_who_edits_it_and_nobody_who_left(cast: Cast) -> None:
    lesson = returned(cast, date(2026, 9, 7))
    Lesson.objects.filter(pk=lesson.pk).update(adopted_by=cast.colleague)
    left = returned(cast, date(2026, 9, 7))
    Lesson.objects.filter(pk=left.pk).update(originator=cast.left_originator)
    assert rung(cast, date(2026, 9, 21)) == {"colleague": ["question_waits:reached"]}


def test_a_validation_is_due_sixty_days_after_the_last_action(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.VALIDATING)
    for day in (DUE - timedelta(days=200), DUE - timedelta(days=60)):
        LessonEvent.objects.create(
            lesson=lesson,
            move="finish",
            actor=cast.reviewer,
            from_status=Status.IMPLEMENTING,
            to_status=Status.VALIDATING,
            at=on(day),
        )
    endorsers = ("endorser", "second_endorser", "coordinator")
    assert days(cast, -8, -7, -1, 0, 1, 14, 15) == [
        {},
        {key: ["validation_due:before"] for key in endorsers},
        {},
        {key: ["validation_due:reached"] for key in endorsers},
        {},
        {"coordinator": ["lesson_late:late"]},
        {},
    ]


def test_an_action_is_its_owners(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    make_action(lesson, due_on=DUE, owner=cast.colleague)
    assert days(cast, -7, -6, 0, 1, 2, 14, 15) == [
        {"colleague": ["action_due:before"]},
        {},
        {"colleague": ["action_due:today"]},
        {"colleague": ["action_due:after"]},
        {},
        {"coordinator": ["action_late:late"]},
        {},
    ]


def test_an_action_without_an_owner_there_is_everybodys_who_records_there(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    make_action(lesson, body=cast.partner_agency, due_on=DUE, owner=cast.colleague)
    assert days(cast, 0) == [{"partner_reviewer": ["action_due:today"]}]


@pytest.mark.parametrize(
    "status",
    [
        ActionStatus.FINISHED,
        ActionStatus.VERIFIED,
        ActionStatus.CANCELLED,
        ActionStatus.DECLINED,
    ],
)
def test_an_action_that_waits_for_nobody_there_is_told_to_nobody(
    cast: Cast, status: ActionStatus
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    done: dict[str, Any] = {"finished_at": on(DUE)} if status != ActionStatus.DECLINED else {}
    make_action(lesson, due_on=DUE, owner=cast.colleague, status=status, **done)
    assert days(cast, -7, 0, 1, 14) == [{}, {}, {}, {}]


def test_what_is_moved_to_another_day_is_told_again(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    action = make_action(lesson, due_on=DUE, owner=cast.colleague)
    assert days(cast, 0) == [{"colleague": ["action_due:today"]}]
    action.due_on = DUE + timedelta(days=30)
    action.save()
    assert days(cast, 23) == [{"colleague": ["action_due:before"]}]


def test_clocks_take_as_many_queries_for_nothing_as_there_are_clocks(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_lesson(by=cast.originator, status=Status.SUBMITTED, review_due_on=DUE)
    list(ring_all(on(DUE)))
    with django_assert_max_num_queries(3):
        assert list(ring_all(on(DUE, 9))) == []
