"""One lesson from draft to lesson identified."""

from datetime import date

import pytest

from agencies.models import User
from lessons.models import Lesson
from lessons.vocabulary import Status
from lessons.workflow import RefusedError, perform
from tests.cast import make_cast
from tests.factories import make_lesson, theme


@pytest.mark.django_db
def test_a_draft_becomes_a_lesson_identified() -> None:
    cast = make_cast()
    lesson = make_lesson(by=cast.originator)
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    perform(lesson, "take", by=cast.reviewer)
    with pytest.raises(RefusedError):
        perform(lesson, "endorse", by=cast.originator)
    event = perform(
        lesson,
        "endorse",
        by=cast.endorser,
        given={
            "category": "coordination",
            "themes": [theme("joint-patrols")],
            "discussion": "Why it happened.",
            "conclusion": "What follows.",
            "recommendation": "Who changes what.",
            "actions": [
                {"title": "Print the list", "body": cast.partner_agency, "due_on": date(2027, 1, 1)}
            ],
            "release": True,
        },
    )
    assert (event.from_status, event.to_status) == (Status.IN_REVIEW, Status.IDENTIFIED)
    assert lesson.status == Status.IDENTIFIED
    assert [action.body for action in lesson.actions.all()] == [cast.partner_agency]
    reader = User.objects.get(pk=cast.partner_reader.pk)
    assert list(Lesson.objects.visible_to(reader)) == [lesson]
