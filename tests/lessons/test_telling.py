"""Whom each move tells, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from agencies.models import User
from lessons.models import Lesson, LessonEvent, Theme
from lessons.notice_kinds import BECAME, BECAME_OF, KINDS
from lessons.vocabulary import Category, Status
from lessons.workflow import MOVES, perform
from notices.kinds import kinds, shown
from notices.models import Notice
from records.vocabulary import TLP
from tests.cast import Cast, make_cast, told_and_bystanders
from tests.factories import make_action, make_lesson

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def told(cast: Cast) -> dict[str, list[str]]:
    """What everybody finds among their notices, their names as those of the cast."""
    found: dict[str, list[str]] = {}
    for name, person in told_and_bystanders(cast).items():
        rows = shown(Notice.objects.visible_to(person).order_by("pk"), person)
        if rows:
            found[name] = [one.sentence.text for one in rows]
    Notice.objects.all().delete()
    return found


def move(lesson: Lesson, name: str, by: User, **given: Any) -> LessonEvent:
    return perform(lesson, name, by=User.objects.get(pk=by.pk), at=NOW, given=given)


STAFF = ("reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator")


def test_from_submission_to_identified(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    ref = lesson.ref
    move(lesson, "submit", cast.originator, clean=True)
    assert told(cast) == {key: [f"{ref} was submitted and waits for a reviewer."] for key in STAFF}
    move(lesson, "take", cast.reviewer)
    assert told(cast) == {"originator": [f"Your observation {ref} is in review now."]}
    move(lesson, "hand_over", cast.coordinator, reviewer=cast.second_reviewer)
    assert told(cast) == {
        "originator": [f"Your observation {ref} went to another reviewer."],
        "second_reviewer": [f"{ref} was handed over to you for review."],
    }
    move(lesson, "return", cast.second_reviewer, comment="Which channel?")
    assert told(cast) == {
        "originator": [f"{ref} came back with a question. Answer it and submit it again."]
    }
    move(lesson, "submit", cast.originator, clean=True)
    assert told(cast) == {
        "second_reviewer": [f"{ref} was submitted again: its question is answered."]
    }
    move(lesson, "take", cast.second_reviewer)
    told(cast)
    actions = [
        {"title": "Try the radios", "body": cast.agency, "owner": cast.colleague,
         "due_on": date(2027, 1, 14)},
        {"title": "Agree on a channel", "body": cast.agency, "due_on": date(2027, 2, 1)},
    ]  # fmt: skip
    move(
        lesson,
        "endorse",
        cast.endorser,
        category=Category.COORDINATION,
        themes=[Theme.objects.get(slug="joint-patrols")],
        discussion="Why",
        conclusion="So",
        recommendation="Do",
        actions=actions,
    )
    given = [
        f"An action from {ref} was given to GC, due on {day} 2027." for day in ("14 Jan", "1 Feb")
    ]
    assert told(cast) == {
        "originator": [f"Your observation {ref} was endorsed: it is a lesson identified now."],
        "colleague": [f"An action from {ref} is yours, due on 14 Jan 2027."],
        "coordinator": given,
    }


def test_rejected_appealed_and_final(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    ref = lesson.ref
    move(lesson, "reject", cast.reviewer, comment="Known already")
    assert told(cast) == {
        "originator": [f"{ref} was rejected. Read the reason; you may appeal once."]
    }
    move(lesson, "appeal", cast.originator, comment="It is not")
    waits = [f"{ref} was appealed and waits for another reviewer."]
    assert told(cast) == dict.fromkeys([one for one in STAFF if one != "reviewer"], waits)
    move(lesson, "reject", cast.second_reviewer, comment="It is")
    assert told(cast) == {"originator": [f"{ref} was rejected after your appeal. That is final."]}


def test_the_adopter_is_told_beside_the_originator(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED)
    Lesson.objects.filter(pk=lesson.pk).update(adopted_by=cast.colleague)
    move(lesson, "submit", cast.colleague, clean=True)
    assert told(cast)["originator"] == [f"Your observation {lesson.ref} was submitted for review."]
    move(lesson, "take", cast.reviewer)
    assert told(cast) == {
        "originator": [f"Your observation {lesson.ref} is in review now."],
        "colleague": [f"Observation {lesson.ref}, which you adopted, is in review now."],
    }
    move(lesson, "return", cast.reviewer, comment="Which?")
    assert told(cast) == {
        "originator": [f"Your observation {lesson.ref} was returned with a question."],
        "colleague": [f"{lesson.ref} came back with a question. Answer it and submit it again."],
    }


def test_of_a_red_lesson_only_its_recipients_are_told(cast: Cast) -> None:
    lesson = make_lesson(
        by=cast.originator, tlp=TLP.RED, red_recipients=[cast.endorser, cast.red_recipient]
    )
    move(lesson, "submit", cast.originator, clean=True)
    assert set(Notice.objects.values_list("person__email", flat=True)) == {cast.endorser.email}
    assert set(told(cast)) == {"endorser"}


def test_what_is_refused_tells_nobody(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    with pytest.raises(Exception, match="clean"):
        move(lesson, "submit", cast.originator)
    assert told(cast) == {}


def test_who_left_is_told_nothing(cast: Cast) -> None:
    lesson = make_lesson(by=cast.left_originator, agency=cast.agency, status=Status.SUBMITTED)
    move(lesson, "take", cast.reviewer)
    assert not Notice.objects.exists()


def sentence(kind: str, subject: Any, reader: User, **facts: Any) -> str:
    person = User.objects.get(pk=reader.pk)
    found = kinds()[kind]
    row = found.prepare(found.subjects(person).filter(pk=subject.pk), person).get()
    return found.sentence(row, facts, person).text


@pytest.mark.parametrize("name", sorted(BECAME))
def test_every_move_has_its_words(cast: Cast, name: str) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    words = sentence("became", lesson, cast.originator, move=name, to="noted")
    assert words.lower().count(f"your observation {lesson.ref}".lower()) == 1
    assert words[0].isupper()
    assert words.endswith(".")
    assert len(words) < 100


def test_no_move_of_the_table_is_without_words_and_new_ones_say_the_status(cast: Cast) -> None:
    assert set(MOVES) <= set(BECAME)
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    words = sentence("became", lesson, cast.originator, move="new", to="learned")
    assert words == f"Your observation {lesson.ref} is “Lesson learned” now."


DUE = {"due": "2026-11-25", "since": "2026-11-02"}


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        ("question_waits", {}, "REF has waited for your answer since 2 Nov 2026."),
        ("review_due", {"stage": "before"}, "The review of REF is due on 25 Nov 2026."),
        ("review_due", {"stage": "after"}, "The review of REF has been overdue since 25 Nov 2026."),
        (
            "validation_due",
            {"stage": "before"},
            "Say by 25 Nov 2026 whether the change from REF works.",
        ),
        (
            "validation_due",
            {"stage": "reached"},
            "The validation of REF has been due since 25 Nov 2026.",
        ),
        (
            "lesson_late",
            {"clock": "returned"},
            "REF has waited for its author's answer since 2 Nov 2026.",
        ),
    ],
)
def test_clocks_of_lessons_in_words(
    cast: Cast, kind: str, facts: dict[str, str], words: str
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    assert sentence(kind, lesson, cast.reviewer, **DUE, **facts) == words.replace("REF", lesson.ref)


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("review", "The review of REF has been overdue since 25 Nov 2026."),
        ("validation", "The validation of REF has been overdue since 25 Nov 2026."),
    ],
)
def test_what_is_late_in_words(cast: Cast, clock: str, words: str) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    said = sentence("lesson_late", lesson, cast.coordinator, due="2026-11-25", clock=clock)
    assert said == words.replace("REF", lesson.ref)


@pytest.mark.parametrize(
    ("kind", "stage", "words"),
    [
        ("action_due", "before", "An action from REF is due on 25 Nov 2026."),
        ("action_due", "today", "An action from REF is due today, 25 Nov 2026."),
        ("action_due", "after", "An action from REF has been overdue since 25 Nov 2026."),
        ("action_late", "late", "GC: an action from REF has been overdue since 25 Nov 2026."),
    ],
)
def test_clocks_of_actions_in_words(cast: Cast, kind: str, stage: str, words: str) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    action = make_action(lesson)
    said = sentence(kind, action, cast.coordinator, due="2026-11-25", stage=stage)
    assert said == words.replace("REF", lesson.ref)


def test_a_lesson_that_the_reader_may_not_see_is_not_named_for_its_action(cast: Cast) -> None:
    hidden = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.AMBER)
    seen = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    action = make_action(hidden)
    action.lessons.add(seen)
    said = sentence("action_due", action, cast.stranger, due="2026-11-25", stage="today")
    assert said == f"An action from {seen.ref} is due today, 25 Nov 2026."


def test_no_kind_is_left_out_of_these_tests() -> None:
    assert len(KINDS) == 18
    assert BECAME_OF in KINDS
