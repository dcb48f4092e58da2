"""SQLite drops the triggers of a table that a migration remakes; after ``migrate`` they are back."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lessons.models import Lesson
from lessons.search import LESSON_TEXT
from records.words import parse
from tests.factories import make_lesson

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite remakes tables"),
]


def matching(text: str) -> set[int]:
    return set(LESSON_TEXT.matching(parse(text)))


def test_after_a_remade_table_the_index_follows_again() -> None:
    lesson = make_lesson(title="Walrus")
    model = MigrationExecutor(connection).loader.project_state().apps.get_model("lessons", "Lesson")
    field = model._meta.get_field("place")
    longer = field.clone()
    longer.max_length = 301
    longer.set_attributes_from_name("place")
    with connection.schema_editor() as editor:
        editor.alter_field(model, field, longer)
    with connection.schema_editor() as editor:
        editor.alter_field(model, longer, field)
    Lesson.objects.filter(pk=lesson.pk).update(title="Seal")
    assert matching("walrus") == {lesson.pk}
    call_command("migrate", verbosity=0)
    assert (matching("walrus"), matching("seal")) == (set(), {lesson.pk})
    Lesson.objects.filter(pk=lesson.pk).update(title="Otter")
    assert matching("otter") == {lesson.pk}
