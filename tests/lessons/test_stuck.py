"""Lessons whose next move nobody can make, and the way out that is offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Agency, Membership, User
from agencies.roles import Permission, Role
from lessons.models import Action, ActionEvent, Evidence, Lesson
from lessons.stuck import candidates, stuck
from lessons.versions import keep_actions
from lessons.vocabulary import ActionStatus, EvidenceKind, Status
from lessons.workflow import options
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_action, make_lesson, make_user
from tests.lessons.test_workflow_matrix import lesson_in, situations


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
    validated = confirmed_by_nobody(cast)
    first = Lesson.objects.filter(pk__in=[old.pk, validated.pk])
    # Memberships and agencies; lessons; actions and the hands in them.
    with django_assert_num_queries(7):
        assert [case.lesson for case in stuck(first)] == [old, validated]
    newer = [make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED) for _ in range(10)]
    newer += [confirmed_by_nobody(cast) for _ in range(10)]
    every = Lesson.objects.filter(pk__in=[one.pk for one in (*newer, old, validated)])
    with django_assert_num_queries(7):
        assert [case.lesson for case in stuck(every)] == [old, validated, *newer]


@pytest.mark.parametrize(
    "status", [Status.IN_REVIEW, Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING]
)
def test_what_somebody_can_move_on_is_left_out_by_the_database(
    status: Status, cast: Cast, db: None
) -> None:
    reviewer: dict[str, Any] = {"reviewer": cast.reviewer} if status == Status.IN_REVIEW else {}
    lesson = make_lesson(by=cast.originator, status=status, **reviewer)
    make_action(lesson, owner=cast.colleague)
    tree = Agency.objects.tree()
    assert not candidates(Lesson.objects.all(), tree).exists()
    Membership.objects.holding(Permission.REVIEW).update(active=False)
    assert candidates(Lesson.objects.all(), tree).get() == lesson


def confirmed_by_nobody(cast: Cast) -> Lesson:
    """A lesson to be validated in an agency without an endorser."""
    lesson = make_lesson(by=cast.small_originator, status=Status.VALIDATING)
    now = timezone.now()
    done: dict[str, Any] = {"status": ActionStatus.VERIFIED, "finished_at": now}
    make_action(lesson, **done, verified_at=now)
    return lesson


NO_ENDORSER = [
    (
        "The agency has no endorser other than its author.",
        "Give another member the role of endorser, or ask the administration to go on with it.",
    )
]


@pytest.mark.parametrize("status", [Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING])
def test_the_lesson_of_the_only_endorser_is_stuck_until_there_is_another(
    status: Status, cast: Cast, db: None
) -> None:
    endorser = give(cast.small_originator, cast.small_agency, Role.ENDORSER)
    lesson = make_lesson(by=endorser, status=status)
    assert reasons(lesson) == NO_ENDORSER
    give(cast.only_reviewer, cast.small_agency, Role.ENDORSER)
    assert reasons(lesson) == []


def owned(action: Action, endorser: User) -> None:
    Action.objects.filter(pk=action.pk).update(owner=endorser)


def owned_before(action: Action, endorser: User) -> None:
    owned(action, endorser)
    action.refresh_from_db()
    keep_actions([action], by=endorser, at=timezone.now())
    Action.objects.filter(pk=action.pk).update(owner=None)


def finished(action: Action, endorser: User) -> None:
    Action.objects.filter(pk=action.pk).update(finished_by=endorser)


def verified(action: Action, endorser: User) -> None:
    Action.objects.filter(pk=action.pk).update(verified_by=endorser)


def moved(action: Action, endorser: User) -> None:
    ActionEvent.objects.create(
        action=action, move="start", actor=endorser, from_status="not_started", to_status="ongoing"
    )


def proved(action: Action, endorser: User) -> None:
    Evidence.objects.create(action=action, by=endorser, kind=EvidenceKind.TRAINING, shows="A list")


@pytest.mark.parametrize("hand", [owned, owned_before, finished, verified, moved, proved])
def test_a_change_that_every_endorser_worked_on_is_confirmed_by_none(
    hand: Callable[[Action, User], None], cast: Cast, db: None
) -> None:
    endorser = give(cast.only_reviewer, cast.small_agency, Role.ENDORSER)
    lesson = confirmed_by_nobody(cast)
    assert reasons(lesson) == []
    hand(lesson.actions.get(), endorser)
    assert reasons(lesson) == [
        ("Every endorser of the agency worked on its actions.", NO_ENDORSER[0][1])
    ]


def test_a_red_lesson_on_the_way_waits_for_an_endorser_among_its_recipients(
    cast: Cast, db: None
) -> None:
    red: dict[str, Any] = {"tlp": TLP.RED, "red_recipients": [cast.reviewer]}
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED, **red)
    assert reasons(lesson) == [
        (
            "None of its recipients can endorse or confirm it.",
            "Give one of them the role of endorser.",
        )
    ]
    lesson.red_recipients.add(cast.endorser)
    assert reasons(lesson) == []


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.IDENTIFIED])
def test_whoever_once_adopted_a_lesson_is_nobody_that_could_take_it(
    status: Status, cast: Cast, db: None
) -> None:
    former = give(cast.only_reviewer, cast.small_agency, Role.ENDORSER)
    lesson = make_lesson(
        by=make_user(agency=cast.small_agency, is_active=False),
        agency=cast.small_agency,
        adopted_by=cast.small_originator,
        status=status,
    )
    assert reasons(lesson) == []
    lesson.former_editors.add(former)
    assert reasons(lesson) == (NO_REVIEWER if status == Status.SUBMITTED else NO_ENDORSER)


def test_what_an_author_left_where_nobody_can_have_it_adopted_needs_a_coordinator(
    cast: Cast, db: None
) -> None:
    author = make_user(agency=cast.small_agency)
    lesson = make_lesson(by=author, status=Status.RETURNED)
    User.objects.filter(pk=author.pk).update(is_active=False)
    appoint = "Appoint a coordinator, who has it adopted by a colleague."
    assert reasons(lesson) == [("Its author has left.", appoint)]
    give(cast.only_reviewer, cast.small_agency, Role.COORDINATOR)
    assert reasons(lesson) == AUTHOR_LEFT
    Lesson.objects.filter(pk=lesson.pk).update(created_by=cast.only_reviewer)
    assert reasons(lesson) == AUTHOR_LEFT
    Membership.objects.filter(user=cast.small_originator).update(active=False)
    invite = "Invite a colleague who records for the agency, then have it adopted."
    assert reasons(lesson) == [("Its author has left.", invite)]


def test_a_review_that_nobody_can_hand_over_is_for_the_administration(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.small_originator, status=Status.IN_REVIEW, reviewer=cast.left_reviewer
    )
    assert reasons(lesson) == [
        (
            "Its reviewer can no longer review it.",
            "Ask the administration to hand it over to another reviewer.",
        )
    ]
    Lesson.objects.filter(pk=lesson.pk).update(tlp=TLP.RED)
    assert reasons(lesson)[0][1] == "Give one of its recipients the role of endorser."


WAITS_FOR = {
    Status.DRAFT: {"submit"},
    Status.RETURNED: {"submit"},
    Status.SUBMITTED: {"take"},
    Status.IN_REVIEW: {"note", "return", "reject"},
    Status.IDENTIFIED: {"assign", "close"},
    Status.IMPLEMENTING: {"assign", "close"},
    Status.VALIDATING: {"validate", "refuse"},
}
"""The moves by which a lesson gets on, or is decided by whoever has it in hand."""


@pytest.mark.parametrize("status", list(Status))
def test_a_lesson_is_listed_exactly_when_nobody_is_allowed_its_next_move(
    status: Status, cast: Cast, db: None
) -> None:
    cases = {name: special for name, (_table, special) in situations(cast).items()}
    del cases["administration took it"]
    author_endorses = give(cast.small_originator, cast.small_agency, Role.ENDORSER)
    left = make_user(agency=cast.small_agency, is_active=False)
    adopted = {"by": left, "agency": cast.small_agency, "reviewer": cast.only_reviewer}
    cases |= {
        "of the only endorser": {"by": author_endorses, "reviewer": cast.only_reviewer},
        "of an author who left, no coordinator": adopted,
        "adopted, only reviewer": adopted | {"adopted_by": cast.only_reviewer},
        "red, nobody": {"tlp": TLP.RED},
        "red, author alone": {"tlp": TLP.RED, "red_recipients": [cast.originator]},
        "red, no reviewer": {"tlp": TLP.RED, "red_recipients": [cast.colleague]},
    }
    lessons = {name: lesson_in(status, cast, special) for name, special in cases.items()}
    former = lesson_in(status, cast, adopted | {"adopted_by": cast.originator})
    former.former_editors.add(cast.only_reviewer, author_endorses)
    lessons["adopted before by all who could pass it"] = former
    everybody = list(User.objects.filter(is_active=True))
    listed = {case.lesson.pk for case in stuck(Lesson.objects.all())}
    outcomes = set()
    for name, lesson in lessons.items():
        expected = status in WAITS_FOR and not any(
            one.allowed and one.move.name in WAITS_FOR[status]
            for person in everybody
            for one in options(lesson, person)
        )
        assert (lesson.pk in listed) == expected, name
        outcomes.add(expected)
    assert outcomes == ({True, False} if status in WAITS_FOR else {False})
