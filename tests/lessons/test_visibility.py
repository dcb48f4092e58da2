"""Who sees which lesson, by marking and status, against tables written by hand.

A cell names the markings at which the person sees the lesson: C clear, G green, A amber,
S amber+strict, R red. The lesson is the Guardia Civil's; *released* lessons are released to the
GNR; at red the recipients are the red recipient, the reviewer and the endorser.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import User
from agencies.roles import Role
from lessons.models import Action, Lesson
from lessons.vocabulary import ActionStatus, Status
from programs.naming import name_activities
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_action, make_exercise, make_lesson, make_program, make_user
from tests.grids import columns_of, grid, rows_of

MARKINGS = {
    "C": TLP.CLEAR,
    "G": TLP.GREEN,
    "A": TLP.AMBER,
    "S": TLP.AMBER_STRICT,
    "R": TLP.RED,
}

SEES = """
                  draft  submitted in_review returned rejected published released
originator        CGASR  CGASR     CGASR     CGASR    CGASR    CGASR     CGASR
colleague         .      .         .         .        .        CGAS      CGAS
reviewer          .      CGASR     CGASR     CGASR    CGASR    CGASR     CGASR
second_reviewer   .      CGAS      CGAS      CGAS     CGAS     CGAS      CGAS
endorser          .      CGASR     CGASR     CGASR    CGASR    CGASR     CGASR
second_endorser   .      CGAS      CGAS      CGAS     CGAS     CGAS      CGAS
coordinator       .      CGAS      CGAS      CGAS     CGAS     CGAS      CGAS
reader            .      .         .         .        .        CGAS      CGAS
sub_member        .      .         .         .        .        CGA       CGA
sub_reviewer      .      .         .         .        .        CGA       CGA
only_reviewer     .      .         .         .        .        CG        CG
small_originator  .      .         .         .        .        CG        CG
partner_reader    .      .         .         .        .        CG        CGAS
partner_reviewer  .      .         .         .        .        CG        CGAS
red_recipient     .      R         R         R        R        CGASR     CGASR
stranger          .      .         .         .        .        CG        CG
administrator     .      .         .         .        .        C         C
left_reviewer     .      .         .         .        .        C         C
left_originator   .      .         .         .        .        C         C
"""


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(scope="module")
def lessons(cast: Cast) -> dict[tuple[str, str], Lesson]:
    """One lesson for each column and marking."""
    found = {}
    recipients = [cast.red_recipient, cast.reviewer, cast.endorser]
    for column in columns_of(grid(SEES)):
        status = Status.NOTED if column in {"published", "released"} else Status(column)
        for letter, tlp in MARKINGS.items():
            fields: dict[str, Any] = {"tlp": tlp, "reviewer": cast.reviewer}
            if column == "released":
                fields["released_to"] = [cast.partner_agency]
            if tlp == TLP.RED:
                fields["red_recipients"] = recipients
            found[column, letter] = make_lesson(by=cast.originator, status=status, **fields)
    return found


def test_who_sees_a_lesson(cast: Cast, lessons: dict[tuple[str, str], Lesson], db: None) -> None:
    expected = grid(SEES)
    people = cast.people
    found = {}
    for name in rows_of(expected):
        seen = set(Lesson.objects.visible_to(people[name]).values_list("pk", flat=True))
        for column in columns_of(expected):
            found[name, column] = "".join(
                letter for letter in MARKINGS if lessons[column, letter].pk in seen
            )
    assert found == expected


def test_the_table_names_everybody(cast: Cast, db: None) -> None:
    assert rows_of(grid(SEES)) == list(cast.people)


@pytest.mark.parametrize("status", sorted({*Status} - {Status.DRAFT}))
def test_published_lessons_keep_their_readers_whatever_becomes_of_them(
    status: Status, cast: Cast, db: None
) -> None:
    """Superseded and archived ones leave the default lists, not their readers."""
    lesson = make_lesson(by=cast.originator, status=status, reviewer=cast.reviewer)
    seen = lesson.is_visible_to(cast.people["colleague"])
    assert seen == lesson.is_published


def test_a_rejected_lesson_that_is_archived_stays_with_its_author_and_staff(
    cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.ARCHIVED, published_at=None)
    seen_by = {name for name, user in cast.people.items() if lesson.is_visible_to(user)}
    staff = {"reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator"}
    assert seen_by == {"originator"} | staff


def test_a_withdrawn_lesson_is_private_again(cast: Cast, db: None) -> None:
    submitted = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    Lesson.objects.filter(pk=submitted.pk).update(status=Status.DRAFT)
    seen_by = {name for name, user in cast.people.items() if submitted.is_visible_to(user)}
    assert seen_by == {"originator"}


def test_an_adopted_draft_is_seen_by_both_authors_and_nobody_else(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.left_originator, agency=cast.agency, adopted_by=cast.colleague)
    seen_by = {name for name, user in cast.people.items() if lesson.is_visible_to(user)}
    assert seen_by == {"left_originator", "colleague"}


def test_a_coordinator_sees_what_somebody_left_behind_but_not_in_red(cast: Cast, db: None) -> None:
    left = make_lesson(by=cast.left_originator, agency=cast.agency)
    of_the_living = make_lesson(by=cast.originator)
    red = make_lesson(by=cast.left_originator, agency=cast.agency, tlp=TLP.RED)
    red_for_them = make_lesson(
        by=cast.left_originator, agency=cast.agency, tlp=TLP.RED, red_recipients=[cast.coordinator]
    )
    elsewhere = make_lesson(by=cast.left_originator, agency=cast.small_agency)
    seen = set(Lesson.objects.visible_to(cast.people["coordinator"]))
    candidates = {left, of_the_living, red, red_for_them, elsewhere}
    assert seen & candidates == {left, red_for_them}
    assert not left.is_visible_to(cast.people["endorser"])


def test_somebody_with_two_memberships_sees_for_both(cast: Cast, db: None) -> None:
    ours = make_lesson(by=cast.originator, status=Status.NOTED)
    theirs = make_lesson(by=cast.partner_reviewer, status=Status.SUBMITTED)
    stranger = make_user(agency=cast.far_agency, role=Role.READER)
    assert not ours.is_visible_to(User.objects.get(pk=stranger.pk))
    both = give(give(stranger, cast.agency, Role.READER), cast.partner_agency, Role.REVIEWER)
    assert (ours.is_visible_to(both), theirs.is_visible_to(both)) == (True, True)


def test_a_lesson_released_twice_is_one_row(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.NOTED,
        released_to=[cast.partner_agency, cast.small_agency],
        themes=("joint-patrols", "sensors"),
        partners=("MA", "PT", "FR"),
    )
    reader = give(cast.partner_reader, cast.small_agency, Role.READER)
    assert list(Lesson.objects.visible_to(reader).filter(pk=lesson.pk)) == [lesson]


def test_an_inactive_agency_gives_no_rights(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.partner_reviewer, status=Status.NOTED)
    assert lesson.is_visible_to(cast.people["partner_reader"])
    cast.partner_agency.active = False
    cast.partner_agency.save()
    assert not lesson.is_visible_to(cast.people["partner_reader"])


# --- Actions and activities -----------------------------------------------------------------------


def test_an_action_is_visible_when_one_of_its_lessons_is(cast: Cast, db: None) -> None:
    hidden = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    shown = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    action = make_action(hidden)
    stranger = cast.people["stranger"]
    assert list(Action.objects.visible_to(stranger)) == []
    action.lessons.add(shown)
    assert list(Action.objects.visible_to(stranger)) == [action]


def test_a_lesson_names_its_activity_only_to_who_may_see_it(
    cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.AMBER_STRICT)
    program = make_program(by=cast.originator, tlp=TLP.GREEN)
    lesson = make_lesson(
        by=cast.originator,
        status=Status.NOTED,
        released_to=[cast.partner_agency],
        exercise=exercise,
        program=program,
    )

    def named(person: str) -> tuple[Any, Any]:
        found, reader = Lesson.objects.get(pk=lesson.pk), cast.people[person]
        assert reader.standing
        with django_assert_num_queries(1):
            name_activities([found], reader)
            return found.exercise, found.program

    assert named("colleague") == (exercise, program)
    assert named("partner_reader") == (None, program)


# --- Who may edit ---------------------------------------------------------------------------------

EDITS = """
                  draft submitted in_review returned rejected published
originator        yes   .         .         yes      .        .
adopter           yes   .         .         yes      .        .
reviewer          .     .         yes       .        .        .
second_reviewer   .     .         .         .        .        .
endorser          .     .         .         .        .        .
coordinator       .     .         .         .        .        .
colleague         .     .         .         .        .        .
"""


def test_who_edits_a_lesson(cast: Cast, db: None) -> None:
    expected = grid(EDITS)
    people = cast.people
    found = {}
    for column in columns_of(expected):
        status = Status.NOTED if column == "published" else Status(column)
        reviewer: dict[str, Any] = {"reviewer": cast.reviewer} if status == Status.IN_REVIEW else {}
        lesson = make_lesson(by=cast.originator, status=status, **reviewer)
        adopted = make_lesson(
            by=cast.left_originator,
            agency=cast.agency,
            status=status,
            adopted_by=cast.colleague,
            **reviewer,
        )
        for name in rows_of(expected):
            if name == "adopter":
                may = adopted.is_editable_by(people["colleague"])
            else:
                may = lesson.is_editable_by(people[name])
            found[name, column] = "yes" if may else ""
    assert found == expected


def test_who_is_no_longer_a_reviewer_edits_nothing_even_as_recipient(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        reviewer=cast.red_recipient,
        tlp=TLP.RED,
        red_recipients=[cast.red_recipient],
    )
    recipient = cast.people["red_recipient"]
    assert lesson.is_visible_to(recipient)
    assert not lesson.is_editable_by(recipient)
    assert not Lesson.objects.awaiting_review_by(recipient).filter(pk=lesson.pk).exists()


# --- What the business asks for -------------------------------------------------------------------


def test_lessons_are_asked_for_in_the_words_of_the_business(cast: Cast, db: None) -> None:
    by: dict[str, Any] = {"by": cast.originator}
    draft = make_lesson(**by)
    returned = make_lesson(**by, status=Status.RETURNED)
    noted = make_lesson(**by, status=Status.NOTED)
    superseded = make_lesson(**by, status=Status.SUPERSEDED, superseded_by=noted)
    left: dict[str, Any] = {
        "by": cast.left_originator,
        "agency": cast.agency,
        "adopted_by": cast.colleague,
    }
    adopted_draft = make_lesson(**left)
    adopted = make_lesson(**left, status=Status.RETURNED)
    ours = Lesson.objects.filter(
        pk__in=[one.pk for one in (draft, returned, noted, superseded, adopted_draft, adopted)]
    )
    assert set(ours.published()) == {noted, superseded}
    assert set(ours.published().current()) == {noted}
    assert set(ours.drafts_of(cast.originator)) == {draft}
    assert set(ours.drafts_of(cast.colleague)) == {adopted_draft}
    assert set(ours.drafts_of(cast.left_originator)) == set()
    assert set(ours.returned_to(cast.originator)) == {returned}
    assert set(ours.returned_to(cast.colleague)) == {adopted}


def test_actions_are_open_until_verified_or_cancelled(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    past, today = date(2026, 3, 1), date(2026, 3, 2)
    at = timezone.now()
    actions = {
        status: make_action(
            lesson,
            status=status,
            due_on=past,
            finished_at=at if status in {ActionStatus.FINISHED, ActionStatus.VERIFIED} else None,
        )
        for status in ActionStatus
    }
    closed = {ActionStatus.VERIFIED, ActionStatus.CANCELLED}
    assert set(lesson.actions.open()) == {actions[one] for one in set(ActionStatus) - closed}
    late = set(ActionStatus) - closed - {ActionStatus.FINISHED, ActionStatus.DECLINED}
    assert set(lesson.actions.overdue(today)) == {actions[one] for one in late}
    assert set(lesson.actions.overdue(past)) == set()
    assert str(actions[ActionStatus.ONGOING]) == actions[ActionStatus.ONGOING].title
