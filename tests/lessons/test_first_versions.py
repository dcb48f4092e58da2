"""The migration that keeps what stands on the day on which versions begin to be kept."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from lessons.models import Action, Lesson
from lessons.versions import ACTION_FIELDS, LESSON_FIELDS, ActionVersion, LessonVersion, keep_lesson
from lessons.vocabulary import Status
from records.vocabulary import TLP
from tests.cast import make_cast
from tests.factories import make_action, make_lesson

pytestmark = pytest.mark.django_db
first_versions: Any = import_module("lessons.migrations.0009_first_versions")


def test_what_stands_is_kept_as_the_first_version(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    make_lesson(by=cast.originator)
    lessons = [
        make_lesson(by=cast.originator, status=Status.NOTED, threats=["weapons", "drugs"])
        for _ in range(3)
    ]
    red = make_lesson(
        by=cast.originator, status=Status.NOTED, tlp=TLP.RED, red_recipients=[cast.reviewer]
    )
    action = make_action(lessons[0])
    monkeypatch.setattr(first_versions, "BATCH", 2)
    first_versions.keep(apps, connection.schema_editor())
    assert {one.lesson_id for one in LessonVersion.objects.all()} == {
        one.pk for one in (*lessons, red)
    }
    assert LessonVersion.objects.get(lesson=red).red_readers == [str(cast.reviewer.pk)]
    version = LessonVersion.objects.get(lesson=lessons[0])
    assert (version.number, version.by) == (1, None)
    assert version.said["threats"] == ["drugs", "weapons"]
    assert ActionVersion.objects.get().action == action
    # What it kept is what is kept from now on: nothing differs, so nothing more is kept.
    fresh = Lesson.objects.get(pk=lessons[0].pk)
    assert keep_lesson(fresh, by=cast.reviewer, at=fresh.updated_at) is None


def test_it_names_fields_that_there_are() -> None:
    assert set(first_versions.LESSON_FIELDS) <= {one.name for one in Lesson._meta.get_fields()}
    assert set(first_versions.ACTION_FIELDS) <= {one.name for one in Action._meta.get_fields()}
    assert set(first_versions.LESSON_FIELDS) <= set(LESSON_FIELDS)
    assert set(first_versions.ACTION_FIELDS) <= set(ACTION_FIELDS)
