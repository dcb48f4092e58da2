"""Every status × move × person of a remedial action, against tables written by hand.

A cell names the moves that the person may make, in the order of ``ACTION_MOVES``:

    A accept   S start   G go on   N progress note   F finish   V verify
    D delay    P pause   O name another owner   X decline   R reopen   B another body   C cancel

The lesson is the Guardia Civil's, by its originator; the action body is the GNR of Portugal.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agencies.models import User
from agencies.roles import Role
from lessons.handling import handle
from lessons.models import Action, ActionEvent, Lesson
from lessons.vocabulary import ActionStatus, EvidenceKind, Status, ValidationMethod
from lessons.workflow import (
    ACTION_MOVES,
    CONFIRM_SHARING,
    QUESTIONS,
    SHOW_NEWER,
    IncompleteError,
    RefusedError,
    action_options,
    owners_for,
    perform,
    perform_action,
)
from records.models import StaleVersionError
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_action, make_agency, make_lesson, make_user
from tests.grids import columns_of, grid, rows_of
from tests.quick import quick

CODES = dict(zip(ACTION_MOVES, "ASGNFVDPOXRBC", strict=True))
LETTERS = {letter: move for move, letter in CODES.items()}

OWNED = """
                  not_started ongoing delayed standby finished verified declined cancelled
owner             ASNDOX      NFDPO   GNFDPO  GNDO    .        .        .        .
partner_recorder  ANOX        NO      NO      NO      .        .        .        .
partner_reviewer  ANOX        NO      NO      NO      VR       .        .        .
partner_reader    .           .       .       .       .        .        .        .
originator        .           .       .       .       .        .        .        .
colleague         .           .       .       .       .        .        .        .
reviewer          .           .       .       .       VR       .        .        .
endorser          BC          BC      BC      BC      VRC      R        BC       R
second_endorser   BC          BC      BC      BC      VRC      R        BC       R
coordinator       BC          BC      BC      BC      VRC      R        BC       R
sub_reviewer      .           .       .       .       .        .        .        .
reader            .           .       .       .       .        .        .        .
red_recipient     .           .       .       .       .        .        .        .
stranger          .           .       .       .       .        .        .        .
administrator     .           .       .       .       .        .        .        .
left_reviewer     .           .       .       .       .        .        .        .
"""

NOBODY_OWNS_IT = """
                  not_started delayed standby declined cancelled
partner_recorder  ASNDOX      GNDPO   GNDO    .        .
partner_reviewer  ASNDOX      GNDPO   GNDO    .        .
endorser          BC          BC      BC      BC       R
reviewer          .           .       .       .        .
"""

ITS_OWNER_HAS_LEFT = """
                  not_started ongoing delayed
owner             .           .       .
partner_recorder  ASNDOX      NDPO    GNDPO
endorser          BC          BC      BC
"""

THE_OWNER_REVIEWS = """
                  ongoing finished verified
partner_reviewer  NFDPO   .        .
reviewer          .       VR       .
endorser          BC      VRC      R
"""

A_REVIEWER_FINISHED_IT_FOR_THE_OWNER = """
                  finished verified
partner_reviewer  .        .
reviewer          VR       .
"""

AN_ENDORSER_WROTE_THE_LESSON = """
                  not_started finished verified
endorser          .           .        .
second_endorser   BC          VRC      R
partner_reviewer  ANOX        VR       .
"""

ALL_ITS_LESSONS_ARE_LEARNED = """
                  verified cancelled
endorser          .        .
"""

RED = """
                  not_started ongoing finished
owner             ASNDX       NFDP    .
partner_recorder  .           .       .
partner_reviewer  .           .       .
reviewer          .           .       VR
endorser          BC          BC      VRC
second_endorser   .           .       .
"""


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(scope="module")
def others(cast: Cast) -> dict[str, User]:
    """Members of the action body beside the cast."""
    return {
        "owner": make_user(name="Otilia Owner", agency=cast.partner_agency, role=Role.CONTRIBUTOR),
        "partner_recorder": make_user(
            name="Pedro Recorder", agency=cast.partner_agency, role=Role.CONTRIBUTOR
        ),
    }


def people_of(cast: Cast, others: dict[str, User]) -> dict[str, User]:
    fresh = {name: User.objects.get(pk=person.pk) for name, person in others.items()}
    return cast.people | fresh


def situations(cast: Cast, others: dict[str, User]) -> dict[str, tuple[str, dict[str, Any]]]:
    owner = {"owner": others["owner"]}
    left = make_user(name="Lea Left", agency=cast.partner_agency, is_active=False)
    red = {"tlp": TLP.RED, "red_recipients": [others["owner"], cast.reviewer, cast.endorser]}
    return {
        "owned": (OWNED, owner),
        "unowned": (NOBODY_OWNS_IT, {"owner": None}),
        "owner left": (ITS_OWNER_HAS_LEFT, {"owner": left}),
        "owner reviews": (THE_OWNER_REVIEWS, {"owner": cast.partner_reviewer}),
        "finished by a reviewer": (
            A_REVIEWER_FINISHED_IT_FOR_THE_OWNER,
            owner | {"finished_by": cast.partner_reviewer},
        ),
        "endorser is author": (
            AN_ENDORSER_WROTE_THE_LESSON,
            owner | {"lesson": {"by": cast.endorser}},
        ),
        "learned": (ALL_ITS_LESSONS_ARE_LEARNED, owner | {"lesson": {"status": Status.LEARNED}}),
        "red": (RED, owner | {"lesson": red}),
    }


SITUATIONS = [
    "owned",
    "unowned",
    "owner left",
    "owner reviews",
    "finished by a reviewer",
    "endorser is author",
    "learned",
    "red",
]


def action_in(status: str, cast: Cast, special: dict[str, Any]) -> Action:
    fields = dict(special)
    about = {"by": cast.originator, "status": Status.IMPLEMENTING, "tlp": TLP.GREEN}
    lesson = make_lesson(**(about | fields.pop("lesson", {})))
    now = timezone.now()
    if status in {ActionStatus.FINISHED, ActionStatus.VERIFIED}:
        fields |= {"finished_at": now, "finished_by": fields.get("finished_by") or fields["owner"]}
    else:
        fields.pop("finished_by", None)
    if status == ActionStatus.VERIFIED:
        fields |= {"verified_at": now, "verified_by": cast.reviewer}
    return make_action(lesson, body=cast.partner_agency, status=status, **fields)


def supplied(move: str, action: Action, cast: Cast) -> dict[str, Any]:
    """All that the move needs."""
    given: dict[str, dict[str, Any]] = {
        "finish": {"evidence": [{"kind": EvidenceKind.PROCEDURE, "shows": "Page 4, signed."}]},
        "verify": dict.fromkeys(QUESTIONS, True) | {"comment": "Seen on both boats."},
        "delay": {"due_on": action.due_on + timedelta(days=30), "comment": "The printer is late."},
        "reassign": {"body": cast.agency, "due_on": date(2027, 3, 1)},
        "name_owner": {"owner": owners_for(action).first()},
    }
    return given.get(move, {"comment": "Because of the new list."})


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_table_of_moves(situation: str, cast: Cast, others: dict[str, User], db: None) -> None:
    assert list(situations(cast, others)) == SITUATIONS
    text, special = situations(cast, others)[situation]
    expected = grid(text)
    people = people_of(cast, others)
    if situation == "owner left":
        people["owner"] = User.objects.get(pk=special["owner"].pk)
    actions = {status: action_in(status, cast, special) for status in columns_of(expected)}
    found = {
        (name, status): "".join(
            CODES[option.move.name]
            for option in action_options(action, people[name])
            if option.allowed
        )
        or "."
        for name in rows_of(expected)
        for status, action in actions.items()
    }
    assert found == {key: cell or "." for key, cell in expected.items()}


def trace(action: Action) -> tuple[Any, ...]:
    """All that a move could leave behind."""
    now = Action.objects.get(pk=action.pk)
    lessons = now.lessons.values_list("pk", "status", "version")
    return (
        {field.attname: getattr(now, field.attname) for field in Action._meta.concrete_fields},
        list(lessons),
        now.events.count(),
        now.evidence.count(),
    )


@pytest.mark.parametrize("situation", quick(*SITUATIONS[1:], of=SITUATIONS))
def test_the_verb_does_what_the_table_allows_and_refuses_the_rest_without_a_trace(
    situation: str, cast: Cast, others: dict[str, User], db: None
) -> None:
    text, special = situations(cast, others)[situation]
    expected = grid(text)
    people = people_of(cast, others)
    if situation == "owner left":
        people["owner"] = User.objects.get(pk=special["owner"].pk)
    for status in columns_of(expected):
        action = action_in(status, cast, special)
        before = trace(action)
        all_given = {move: supplied(move, action, cast) for move in CODES}
        for name in rows_of(expected):
            for move, code in CODES.items():
                given = dict(all_given[move])
                if code in expected[name, status]:
                    with transaction.atomic():
                        event = perform_action(
                            Action.objects.get(pk=action.pk), move, by=people[name], given=given
                        )
                        moved = Action.objects.get(pk=action.pk)
                        assert (event.move, event.actor) == (move, people[name])
                        assert (event.from_status, event.to_status) == (status, moved.status)
                        assert moved.version == action.version + 1
                        target = ACTION_MOVES[move].target
                        assert target in {None, moved.status}
                        transaction.set_rollback(True)
                    continue
                with pytest.raises(RefusedError) as refused:
                    perform_action(action, move, by=people[name], given=given)
                assert len(str(refused.value.reason)) > 10, (name, status, move)
        assert trace(action) == before, status


NEEDED = {
    "progress": {"comment"},
    "finish": {"evidence"},
    "verify": {*QUESTIONS, "comment"},
    "delay": {"due_on", "comment"},
    "pause": {"comment"},
    "name_owner": {"owner"},
    "decline": {"comment"},
    "reopen": {"comment"},
    "reassign": {"body", "due_on"},
    "cancel": {"comment"},
}
READY = {
    "progress": (ActionStatus.ONGOING, "owner"),
    "finish": (ActionStatus.ONGOING, "owner"),
    "verify": (ActionStatus.FINISHED, "reviewer"),
    "delay": (ActionStatus.ONGOING, "owner"),
    "pause": (ActionStatus.ONGOING, "owner"),
    "name_owner": (ActionStatus.ONGOING, "owner"),
    "decline": (ActionStatus.NOT_STARTED, "owner"),
    "reopen": (ActionStatus.FINISHED, "reviewer"),
    "reassign": (ActionStatus.DECLINED, "endorser"),
    "cancel": (ActionStatus.ONGOING, "endorser"),
}


def test_moves_need_what_the_design_says() -> None:
    assert {name: set(move.needs) for name, move in ACTION_MOVES.items() if move.needs} == NEEDED


@pytest.mark.parametrize(
    ("move", "missing"),
    [(move, name) for move, names in NEEDED.items() for name in sorted(names)],
)
@pytest.mark.parametrize("empty", ["left out", "blank"])
def test_a_move_without_something_it_needs_names_it_and_changes_nothing(
    move: str, missing: str, empty: str, cast: Cast, others: dict[str, User], db: None
) -> None:
    status, name = READY[move]
    action = action_in(status, cast, {"owner": others["owner"]})
    before = trace(action)
    given = supplied(move, action, cast)
    if empty == "left out":
        del given[missing]
    else:
        given[missing] = "  " if isinstance(given[missing], str) else None
    with pytest.raises(IncompleteError) as incomplete:
        perform_action(action, move, by=people_of(cast, others)[name], given=given)
    assert set(incomplete.value.errors) == {missing}
    assert trace(action) == before


# --- The lesson follows --------------------------------------------------------------------------


def moved(action: Action, *moves: str, cast: Cast, by: User) -> None:
    for move in moves:
        perform_action(action, move, by=by, given=supplied(move, action, cast))


def test_the_lesson_follows_its_actions_to_learned(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    first, second = (
        make_action(lesson, body=cast.partner_agency, owner=others["owner"]) for _number in range(2)
    )
    moved(first, "start", cast=cast, by=others["owner"])
    lesson.refresh_from_db()
    assert lesson.status == Status.IMPLEMENTING
    moved(first, "finish", cast=cast, by=others["owner"])
    moved(first, "verify", cast=cast, by=cast.reviewer)
    lesson.refresh_from_db()
    assert lesson.status == Status.IMPLEMENTING  # the second one is open
    moved(second, "cancel", cast=cast, by=cast.endorser)
    lesson.refresh_from_db()
    assert lesson.status == Status.VALIDATING
    assert lesson.validation_due_on is not None
    assert [event.move for event in lesson.events.all()] == ["start", "finish"]
    given = {
        "method": ValidationMethod.OPERATION,
        "validated_on": timezone.localdate(),
        "result": "Three minutes.",
        "indicator": "Minutes: 11, then 3.",
    }
    perform(lesson, "validate", by=cast.second_endorser, given=given)
    assert (lesson.status, lesson.validation_due_on) == (Status.LEARNED, None)
    check = lesson.validations.get()
    assert (check.confirmed, check.by, check.result) == (
        True,
        cast.second_endorser,
        "Three minutes.",
    )


def test_a_lesson_whose_actions_are_all_cancelled_needs_another(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    action = make_action(lesson, status=ActionStatus.ONGOING)
    moved(action, "cancel", cast=cast, by=cast.endorser)
    lesson.refresh_from_db()
    assert lesson.status == Status.IDENTIFIED
    assert [event.move for event in lesson.events.all()] == ["reconsider"]
    row = {"title": "Print it", "body": cast.agency, "due_on": date(2027, 1, 1)}
    perform(lesson, "assign", by=cast.endorser, given={"actions": [row]})
    assert (lesson.status, lesson.actions.count()) == (Status.IDENTIFIED, 2)


def test_one_action_serves_two_lessons_and_moves_both(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    one, other = (
        make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
        for _number in range(2)
    )
    action = make_action(one, body=cast.partner_agency, owner=others["owner"])
    perform(other, "assign", by=cast.endorser, given={"existing": [action]})
    action.refresh_from_db()
    moved(action, "start", "finish", cast=cast, by=others["owner"])
    moved(action, "verify", cast=cast, by=cast.reviewer)
    for lesson in (one, other):
        lesson.refresh_from_db()
        assert lesson.status == Status.VALIDATING


def test_an_action_of_a_hidden_or_of_the_same_lesson_cannot_be_shared(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    hidden = make_lesson(by=cast.only_reviewer, agency=cast.small_agency, status=Status.IDENTIFIED)
    closed = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    for action in (
        make_action(hidden),
        make_action(lesson),
        make_action(closed, status=ActionStatus.CANCELLED),
    ):
        with pytest.raises(IncompleteError) as incomplete:
            perform(lesson, "assign", by=cast.endorser, given={"existing": [action]})
        assert set(incomplete.value.errors) == {"existing"}


@pytest.mark.parametrize(
    ("served", "serves", "more"),
    [
        (TLP.CLEAR, TLP.CLEAR, False),
        (TLP.GREEN, TLP.CLEAR, True),
        (TLP.GREEN, TLP.GREEN, False),
        (TLP.AMBER, TLP.GREEN, True),
        (TLP.AMBER, TLP.AMBER, False),
        (TLP.AMBER, TLP.AMBER_STRICT, False),
        (TLP.AMBER_STRICT, TLP.AMBER, True),
        (TLP.AMBER_STRICT, TLP.AMBER_STRICT, False),
    ],
)
def test_more_people_read_an_action_only_if_that_is_confirmed(
    served: TLP, serves: TLP, more: bool, cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=served)
    action = make_action(lesson, body=cast.agency)
    other = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=serves)
    given = {"existing": [action]}
    if more:
        with pytest.raises(IncompleteError) as incomplete:
            perform(other, "assign", by=cast.endorser, given=given)
        assert incomplete.value.errors == {"sharing": CONFIRM_SHARING}
        assert (other.actions.count(), action.events.count()) == (0, 0)
    perform(other, "assign", by=cast.endorser, given=given | {"sharing": more})
    assert action.events.get().move == ("open_up" if more else "share")


def test_an_agency_that_is_let_in_reads_more_actions_too(cast: Cast, db: None) -> None:
    """The lesson is released to the body of a new action, whose members read the shared one."""
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    shared = make_action(lesson, body=cast.agency)
    other = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    new = {"title": "Print it", "body": cast.partner_agency, "due_on": date(2027, 3, 1)}
    given = {"actions": [new], "existing": [shared]}
    with pytest.raises(IncompleteError) as incomplete:
        perform(other, "assign", by=cast.endorser, given=given)
    assert set(incomplete.value.errors) == {"release", "sharing"}
    assert shared not in Action.objects.visible_to(cast.partner_reader)
    confirmed = given | {"release": True, "sharing": True}
    perform(other, "assign", by=cast.endorser, given=confirmed)
    assert shared in Action.objects.visible_to(cast.partner_reader)


def test_one_that_reads_as_wide_as_any_of_its_lessons_opens_nothing(cast: Cast, db: None) -> None:
    """Two strict lessons of two agencies: together they are read as widely as the third."""
    one = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.AMBER_STRICT)
    two = make_lesson(
        by=cast.only_reviewer,
        agency=cast.small_agency,
        status=Status.IDENTIFIED,
        tlp=TLP.AMBER_STRICT,
        released_to=[cast.agency],
    )
    action = make_action(one, body=cast.agency)
    third = make_lesson(
        by=cast.originator,
        status=Status.IDENTIFIED,
        tlp=TLP.AMBER_STRICT,
        released_to=[cast.small_agency],
    )
    given = {"existing": [action]}
    with pytest.raises(IncompleteError):
        perform(third, "assign", by=cast.endorser, given=given)
    action.lessons.add(two)
    perform(third, "assign", by=cast.endorser, given=given)
    assert action.events.get().move == "share"


def test_a_failed_validation_reopens_an_action(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.VERIFIED, cast, {"owner": others["owner"]})
    lesson = action.lessons.get()
    Lesson.objects.filter(pk=lesson.pk).update(status=Status.VALIDATING)
    given = {"comment": "Two boats still had the old list.", "reopened": [action]}
    perform(lesson, "refuse", by=cast.second_endorser, given=given)
    action.refresh_from_db()
    assert (lesson.status, action.status) == (Status.IMPLEMENTING, ActionStatus.ONGOING)
    assert (action.finished_at, action.verified_by) == (None, None)
    assert [event.move for event in action.events.all()] == ["reopen"]
    assert lesson.validations.get().confirmed is False


@pytest.mark.parametrize("name", ["refuse", "relapse"])
def test_what_proved_it_before_a_lesson_fell_back_does_not_finish_it_again(
    name: str, cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.ONGOING, cast, {"owner": others["owner"]})
    lesson = action.lessons.get()
    moved(action, "finish", cast=cast, by=others["owner"])
    moved(action, "verify", cast=cast, by=cast.reviewer)
    source = {"refuse": Status.VALIDATING, "relapse": Status.LEARNED}[name]
    Lesson.objects.filter(pk=lesson.pk).update(status=source, learned_at=timezone.now())
    given = {"comment": "Two boats still had the old list.", "reopened": [action]}
    by = cast.second_endorser if name == "refuse" else cast.second_reviewer
    perform(lesson, name, by=by, given=given)
    action.refresh_from_db()
    with pytest.raises(IncompleteError) as incomplete:
        perform_action(action, "finish", by=others["owner"])
    assert incomplete.value.errors == {"evidence": SHOW_NEWER}
    moved(action, "finish", cast=cast, by=others["owner"])
    assert action.status == ActionStatus.FINISHED
    shown: list[Any] = list(action.evidence.dated())
    assert [one.is_from_before for one in shown] == [True, False]


def test_what_is_reopened_late_needs_a_new_day(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    long_ago = {"owner": others["owner"], "due_on": date(2024, 1, 1)}
    action = action_in(ActionStatus.VERIFIED, cast, long_ago)
    lesson = action.lessons.get()
    Lesson.objects.filter(pk=lesson.pk).update(status=Status.LEARNED, learned_at=timezone.now())
    given: dict[str, Any] = {"comment": "Again off Ceuta.", "reopened": [action]}
    for due_on in (None, date(2024, 6, 1)):
        with pytest.raises(IncompleteError) as incomplete:
            perform(lesson, "relapse", by=cast.reviewer, given=given | {"reopened_due_on": due_on})
        assert set(incomplete.value.errors) == {"reopened_due_on"}
    perform(
        lesson, "relapse", by=cast.reviewer, given=given | {"reopened_due_on": date(2027, 6, 1)}
    )
    action.refresh_from_db()
    assert (action.due_on, action.original_due_on) == (date(2027, 6, 1), date(2024, 1, 1))


def test_a_relapse_names_the_lesson_that_shows_it(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.LEARNED)
    again = make_lesson(by=cast.originator, status=Status.NOTED)
    hidden = make_lesson(by=cast.only_reviewer, agency=cast.small_agency, status=Status.NOTED)
    row = {"title": "Train again", "body": cast.agency, "due_on": date(2027, 1, 1)}
    for wrong in ({"recurrence": hidden}, {"recurrence": lesson}):
        with pytest.raises(IncompleteError) as incomplete:
            perform(lesson, "relapse", by=cast.reviewer, given={"actions": [row], **wrong})
        assert set(incomplete.value.errors) == {"recurrence"}
    with pytest.raises(IncompleteError) as incomplete:
        perform(lesson, "relapse", by=cast.reviewer, given={"actions": [row]})
    assert set(incomplete.value.errors) == {"comment"}
    event = perform(
        lesson, "relapse", by=cast.reviewer, given={"actions": [row], "recurrence": again}
    )
    again.refresh_from_db()
    assert (event.related, again.version, again.recurrence_of) == (again, 1, None)
    assert (lesson.status, lesson.learned_at) == (Status.IMPLEMENTING, None)


def test_a_lesson_with_an_action_open_again_is_not_confirmed(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.VALIDATING)
    make_action(lesson, status=ActionStatus.ONGOING)
    with pytest.raises(RefusedError, match="open again"):
        perform(lesson, "validate", by=cast.endorser)


def test_an_agency_without_anybody_takes_no_action(cast: Cast, db: None) -> None:
    empty = make_agency(name="Nobody's Guard")
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    row = {"title": "Print it", "body": empty, "due_on": date(2027, 1, 1)}
    with pytest.raises(IncompleteError, match="nobody here who could take it on"):
        perform(lesson, "assign", by=cast.endorser, given={"actions": [row]})


def test_closing_a_lesson_says_so_in_its_actions(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    action = make_action(lesson, status=ActionStatus.ONGOING)
    perform(lesson, "close", by=cast.endorser, given={"comment": "The ferry no longer runs."})
    event = action.events.get()
    assert (event.move, event.to_status) == ("cancel", ActionStatus.CANCELLED)
    assert event.comment == "The ferry no longer runs."


# --- Dates, owners, versions ---------------------------------------------------------------------


def test_a_moved_date_is_later_and_the_first_one_is_kept(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.ONGOING, cast, {"owner": others["owner"]})
    for due_on in (action.due_on, date(2020, 1, 1)):
        with pytest.raises(IncompleteError) as incomplete:
            perform_action(
                action, "delay", by=others["owner"], given={"due_on": due_on, "comment": "Late."}
            )
        assert set(incomplete.value.errors) == {"due_on"}
    first = action.due_on
    moved(action, "delay", cast=cast, by=others["owner"])
    event = action.events.get()
    assert (event.due_before, event.due_after) == (first, action.due_on)
    assert (action.original_due_on, action.due_on > first) == (first, True)


def test_whoever_starts_an_unowned_action_owns_it(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.NOT_STARTED, cast, {"owner": None})
    moved(action, "start", cast=cast, by=others["partner_recorder"])
    assert action.owner == others["partner_recorder"]
    assert action.accepted_at is not None


def test_it_is_handed_to_members_of_its_body_only(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.ONGOING, cast, {"owner": others["owner"]})
    for person in (cast.colleague, others["owner"]):
        with pytest.raises(IncompleteError) as incomplete:
            perform_action(action, "name_owner", by=others["owner"], given={"owner": person})
        assert set(incomplete.value.errors) == {"owner"}


def test_a_new_action_body_may_have_to_be_let_in(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    amber = {"tlp": TLP.AMBER, "released_to": [cast.partner_agency]}
    action = action_in(ActionStatus.DECLINED, cast, {"owner": others["owner"], "lesson": amber})
    coordinator = make_user(agency=cast.far_agency, role=Role.COORDINATOR)
    given: dict[str, Any] = {"body": cast.far_agency, "due_on": date(2027, 3, 1)}
    with pytest.raises(IncompleteError) as incomplete:
        perform_action(action, "reassign", by=cast.endorser, given=given)
    assert set(incomplete.value.errors) == {"release"}
    perform_action(action, "reassign", by=cast.endorser, given=given | {"release": True})
    assert (action.body, action.owner, action.status) == (cast.far_agency, None, "not_started")
    assert Action.objects.visible_to(User.objects.get(pk=coordinator.pk)).filter(pk=action.pk)


def test_two_at_once_one_wins(cast: Cast, others: dict[str, User], db: None) -> None:
    action = action_in(ActionStatus.NOT_STARTED, cast, {"owner": others["owner"]})
    perform_action(action, "start", by=others["owner"], version=1)
    with pytest.raises(StaleVersionError):
        perform_action(
            action, "decline", by=others["owner"], version=1, given={"comment": "Not ours."}
        )
    assert ActionEvent.objects.filter(action=action).count() == 1


def test_a_role_given_above_reaches_the_action_body(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING, tlp=TLP.GREEN)
    action = make_action(lesson, body=cast.sub_agency, status=ActionStatus.FINISHED)
    above = give(make_user(name="Una Above"), cast.agency, Role.REVIEWER)
    allowed = {option.move.name for option in action_options(action, above) if option.allowed}
    assert allowed == {"verify", "reopen"}


# --- Hands that no column shows any more -----------------------------------------------------------


def test_whoever_worked_on_it_before_does_not_verify_it(cast: Cast, db: None) -> None:
    action = action_in(ActionStatus.ONGOING, cast, {"owner": cast.partner_reviewer})
    other = make_user(agency=cast.partner_agency)
    moved(action, "progress", cast=cast, by=cast.partner_reviewer)
    perform_action(action, "name_owner", by=cast.partner_reviewer, given={"owner": other})
    moved(action, "finish", cast=cast, by=other)
    with pytest.raises(RefusedError, match="Waiting for a reviewer other than its owner"):
        moved(action, "verify", cast=cast, by=cast.partner_reviewer)
    moved(action, "verify", cast=cast, by=cast.reviewer)


def test_whoever_verified_it_before_does_not_validate_the_lesson(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.FINISHED, cast, {"owner": others["owner"]})
    moved(action, "verify", cast=cast, by=cast.endorser)
    lesson = action.lessons.get()
    perform(
        lesson,
        "refuse",
        by=cast.second_endorser,
        given={"comment": "Two old lists.", "reopened": [action]},
    )
    action.refresh_from_db()
    moved(action, "finish", cast=cast, by=others["owner"])
    moved(action, "verify", cast=cast, by=cast.reviewer)
    lesson.refresh_from_db()
    with pytest.raises(RefusedError, match="those who worked on its actions"):
        perform(lesson, "validate", by=cast.endorser)


def test_the_author_of_one_of_its_lessons_is_no_endorser_of_it(cast: Cast, db: None) -> None:
    action = action_in(ActionStatus.ONGOING, cast, {"owner": cast.partner_reviewer})
    other = make_lesson(by=cast.endorser, status=Status.IMPLEMENTING, tlp=TLP.GREEN)
    action.lessons.add(other)
    with pytest.raises(RefusedError):
        moved(action, "cancel", cast=cast, by=cast.endorser)
    moved(action, "cancel", cast=cast, by=cast.second_endorser)


def test_nothing_is_learned_without_a_verified_action(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.VALIDATING)
    make_action(lesson, status=ActionStatus.CANCELLED)
    with pytest.raises(RefusedError, match="None of its actions is verified"):
        perform(lesson, "validate", by=cast.endorser)


def test_an_action_of_a_learned_lesson_is_reopened_from_there(
    cast: Cast, others: dict[str, User], db: None
) -> None:
    action = action_in(ActionStatus.VERIFIED, cast, {"owner": others["owner"]})
    action.lessons.add(make_lesson(by=cast.originator, status=Status.LEARNED))
    with pytest.raises(RefusedError, match="reopened from"):
        moved(action, "reopen", cast=cast, by=cast.endorser)


def test_an_action_of_a_red_lesson_serves_no_other(cast: Cast, db: None) -> None:
    red = make_lesson(
        by=cast.originator,
        status=Status.IMPLEMENTING,
        tlp=TLP.RED,
        red_recipients=[cast.endorser, cast.reviewer],
    )
    green = make_lesson(by=cast.originator, status=Status.IMPLEMENTING, tlp=TLP.GREEN)
    for lesson, action, administration in (
        (green, make_action(red), False),
        (green, make_action(red), True),
        (red, make_action(green), False),
    ):
        by = cast.administrator if administration else cast.endorser
        with pytest.raises(IncompleteError) as incomplete:
            perform(
                lesson, "assign", by=by, given={"existing": [action]}, administration=administration
            )
        assert set(incomplete.value.errors) == {"existing"}


def test_replacing_a_lesson_cancels_its_own_actions(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    action = make_action(lesson, status=ActionStatus.ONGOING)
    newer = make_lesson(by=cast.originator, status=Status.NOTED)
    perform(lesson, "supersede", by=cast.endorser, given={"replacement": newer})
    action.refresh_from_db()
    assert action.status == ActionStatus.CANCELLED


def test_a_lesson_that_shares_an_action_is_not_marked_red(cast: Cast, db: None) -> None:
    action = action_in(ActionStatus.ONGOING, cast, {"owner": cast.partner_reviewer})
    lesson = action.lessons.get()
    action.lessons.add(make_lesson(by=cast.colleague, status=Status.IMPLEMENTING))
    people = [cast.reviewer, cast.endorser, cast.partner_reviewer]
    with pytest.raises(IncompleteError) as incomplete:
        handle(lesson, by=cast.endorser, given={"tlp": TLP.RED, "red_recipients": people})
    assert set(incomplete.value.errors) == {"tlp"}
