"""Whom the moves of actions, comments and reuses tell, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from agencies.models import User
from agencies.roles import Role
from lessons import discussion
from lessons.models import Action
from lessons.notice_kinds import ACTION_NEWS
from lessons.vocabulary import ActionStatus, Status
from lessons.workflow import ACTION_MOVES, QUESTIONS, perform_action
from notices.kinds import shown
from notices.models import Notice
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def owner(cast: Cast) -> User:
    return make_user(name="Otilia Owner", agency=cast.partner_agency, role=Role.CONTRIBUTOR)


def told(person: User) -> list[str]:
    """What somebody finds among their notices, which are then forgotten."""
    rows = shown(Notice.objects.visible_to(person).order_by("pk"), person)
    found = [one.sentence.text for one in rows]
    Notice.objects.filter(person=person).delete()
    return found


def move(action: Action, name: str, by: User, **given: Any) -> None:
    perform_action(action, name, by=User.objects.get(pk=by.pk), at=NOW, given=given)


def action_of(cast: Cast, owner: User | None, **fields: Any) -> Action:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING, tlp=TLP.GREEN)
    fields.setdefault("status", ActionStatus.ONGOING)
    return make_action(lesson, body=cast.partner_agency, owner=owner, **fields)


def test_what_is_told_is_a_move_of_the_table() -> None:
    assert set(ACTION_NEWS) <= set(ACTION_MOVES)


def test_a_declined_action_waits_for_an_endorser(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner, status=ActionStatus.NOT_STARTED)
    ref = action.lessons.get().ref
    move(action, "decline", owner, comment="Not ours.")
    words = [f"GNR declined an action from {ref}: give it to another."]
    assert told(cast.endorser) == told(cast.coordinator) == words
    assert told(owner) == told(cast.reviewer) == []
    coordinator = make_user(agency=cast.small_agency, role=Role.COORDINATOR)
    move(action, "reassign", cast.endorser, body=cast.small_agency, due_on=date(2027, 6, 1))
    assert told(coordinator) == [
        f"An action from {ref} was given to {cast.small_agency.short}, due on 1 Jun 2027."
    ]


def test_a_finished_action_waits_for_a_reviewer_and_its_owner_hears_of_it(
    cast: Cast, owner: User
) -> None:
    action = action_of(cast, owner)
    ref = action.lessons.get().ref
    move(action, "finish", owner, evidence=[{"kind": "procedure", "shows": "Page 4"}])
    assert told(cast.reviewer) == [
        f"An action from {ref} is finished: look at its evidence and verify it."
    ]
    move(action, "reopen", cast.reviewer, comment="The second page is missing.")
    assert told(owner) == [f"Your action from {ref} was reopened: read what is missing."]
    move(action, "finish", owner, evidence=[{"kind": "procedure", "shows": "Page 5"}])
    told(cast.endorser)
    move(action, "verify", cast.reviewer, comment="Seen.", **dict.fromkeys(QUESTIONS, True))
    assert told(owner) == [f"Your action from {ref} was verified."]
    assert told(cast.endorser) == [f"All actions of {ref} are done. Say whether the change works."]
    # Work had begun without a move in this test; it ends with one.
    assert told(cast.originator) == [
        f"All actions of your observation {ref} are done: the change is being validated."
    ]


def test_a_new_owner_is_told_and_the_former_one(cast: Cast, owner: User) -> None:
    other = make_user(name="Pedro", agency=cast.partner_agency)
    action = action_of(cast, owner)
    ref = action.lessons.get().ref
    move(action, "name_owner", other, owner=other)
    assert told(owner) == [f"Your action from {ref} has another owner now."]
    assert told(other) == []  # who did it knows


def test_a_mention_leads_to_the_comment_while_it_may_be_read(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    author = User.objects.get(pk=cast.colleague.pk)
    said = discussion.write(lesson, by=author, text="Look at this.", mentioned=[cast.reader])
    assert told(cast.reader) == [f"You were mentioned in a comment on {lesson.ref}."]
    discussion.edit(said.comment, by=author, text="Look at that.", mentioned=[cast.reader])
    assert told(cast.reader) == []  # once is enough
    discussion.write(lesson, by=author, text="And at this.", mentioned=[cast.reader])
    type(lesson).objects.filter(pk=lesson.pk).update(tlp=TLP.RED)
    assert told(cast.reader) == []
