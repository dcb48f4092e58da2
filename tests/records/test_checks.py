"""What the database would refuse is said before it is asked to save; see ``records.checks``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, F, Q
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from lessons.models import Lesson
from lessons.vocabulary import Category, Status
from programs.models import Agreement, Exercise, Program
from records.checks import checks_of, failed_checks
from records.models import SharedRecord
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MAKE: dict[type[SharedRecord], Callable[..., SharedRecord]] = {
    Lesson: make_lesson,
    Exercise: make_exercise,
    Program: make_program,
    Agreement: make_agreement,
}


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(scope="module")
def lesson(cast: Cast) -> Lesson:
    return make_lesson(by=cast.originator)


def one_by_one(record: SharedRecord, exclude: set[str]) -> list[str]:
    """The names of the checks that Django, asking about each, finds failed."""
    failed = []
    for check in type(record)._meta.constraints:
        if isinstance(check, CheckConstraint):
            try:
                check.validate(type(record), record, exclude=exclude)
            except ValidationError:
                failed.append(check.name)
    return failed


def names(record: SharedRecord, exclude: set[str]) -> list[str]:
    return [check.name for check, _error in failed_checks(record, exclude)]


@pytest.mark.parametrize("model", MAKE)
def test_a_record_in_order_is_asked_about_once(
    model: type[SharedRecord], cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record = MAKE[model](by=cast.originator)
    # Inside a transaction, with a savepoint around the question.
    with django_assert_num_queries(3):
        assert failed_checks(record) == []


@given(
    status=st.sampled_from([*Status.values, "lost"]),
    category=st.sampled_from(["", Category.COORDINATION, "colour"]),
    tlp=st.sampled_from([TLP.RED, "pink"]),
    title=st.sampled_from(["", "One"]),
    published=st.none() | st.integers(-2, 2),
    submitted=st.none() | st.integers(-2, 2),
    identified=st.none() | st.integers(-2, 2),
    learned=st.none() | st.integers(-2, 2),
    follows=st.booleans(),
    exclude=st.sets(
        st.sampled_from(["status", "tlp", "category", "published_at", "title", "other"])
    ),
)
def test_all_at_once_finds_what_one_by_one_finds(
    lesson: Lesson,
    status: str,
    category: str,
    tlp: str,
    title: str,
    published: int | None,
    submitted: int | None,
    identified: int | None,
    learned: int | None,
    follows: bool,
    exclude: set[str],
) -> None:
    def moment(days: int | None) -> Any:
        return None if days is None else NOW + timedelta(days=days)

    lesson.status, lesson.category, lesson.tlp, lesson.title = status, category, tlp, title
    lesson.published_at, lesson.submitted_at = moment(published), moment(submitted)
    lesson.identified_at, lesson.learned_at = moment(identified), moment(learned)
    lesson.superseded_by_id = lesson.pk if follows else None
    assert names(lesson, exclude) == one_by_one(lesson, exclude)


@pytest.mark.parametrize("model", MAKE)
def test_all_of_a_model_can_be_asked_at_once(model: type[SharedRecord]) -> None:
    checks, together = checks_of(model, frozenset())
    assert together is not None
    assert len(checks) == sum(isinstance(one, CheckConstraint) for one in model._meta.constraints)


def test_checks_are_asked_one_by_one_where_one_cannot_be(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django passes a check that names a column as no field is named, and would pass the whole."""
    column = CheckConstraint(condition=~Q(superseded_by_id=F("reviewer_id")), name="by_column")
    monkeypatch.setattr(Lesson._meta, "constraints", [*Lesson._meta.constraints, column])
    checks_of.cache_clear()
    lesson = make_lesson(by=cast.originator)
    lesson.tlp = "pink"
    assert names(lesson, set()) == one_by_one(lesson, set()) == ["lesson_words_are_known"]
    checks_of.cache_clear()


def test_all_of_them_are_said_with_what_else_is_wrong(cast: Cast) -> None:
    make_lesson(by=cast.originator, source_id="old-7")
    lesson = make_lesson(by=cast.originator)
    lesson.validate_constraints()
    lesson.source_id, lesson.tlp = "old-7", "pink"
    lesson.superseded_by = lesson
    with pytest.raises(ValidationError) as refused:
        lesson.validate_constraints()
    said = " ".join(refused.value.messages)
    for name in ("lesson_words_are_known", "lesson_does_not_follow_itself", "lesson_imported_once"):
        assert name in said
    lesson.validate_constraints(exclude=["tlp", "superseded_by", "source_id"])
