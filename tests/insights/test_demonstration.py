"""The demonstration: whole, loaded once, and worth reading."""

import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from agencies.models import Agency, User
from insights import demonstration
from lessons.models import Action, Lesson, LessonEvent
from lessons.vocabulary import Category, Status
from programs.models import Agreement, Exercise, Program

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ACCOUNTS = {
    "officer": {("ES-GC", "contributor")},
    "colleague": {("ES-GC", "contributor")},
    "reviewer": {("ES-GC", "reviewer")},
    "endorser": {("ES-GC", "endorser")},
    "coordinator": {("ES-GC", "coordinator")},
    "partner": {("PT-GNR", "reviewer")},
    "frontex": {("FRONTEX", "reader")},
    "admin": set(),
}


@pytest.fixture(scope="module", autouse=True)
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load once for the module, in a transaction that is rolled back at its end."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        call_command("load_demo", stdout=StringIO())
        yield
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def test_the_accounts_have_their_roles_and_password() -> None:
    for name, roles in ACCOUNTS.items():
        user = User.objects.get(email=f"{name}@demo.example")
        held = {(m.agency.code, m.role) for m in user.memberships.select_related("agency")}
        assert held == roles, name
        assert user.check_password("lindero-demo")
    assert User.objects.get(email="admin@demo.example").is_superuser
    stranger = User.objects.get(email="stranger@demo.example")
    assert [m.role for m in stranger.memberships.all()] == ["reader"]


def test_it_is_rich_enough_for_every_page() -> None:
    assert Agency.objects.count() >= 8
    assert Lesson.objects.count() >= 120
    assert set(Lesson.objects.values_list("status", flat=True)) == set(Status.values)
    assert set(Lesson.objects.exclude(category="").values_list("category", flat=True)) == set(
        Category.values
    )
    assert Agreement.objects.count() >= 15
    assert Program.objects.count() >= 10
    assert Exercise.objects.count() >= 35
    assert Action.objects.count() >= 60
    years = {event.at.year for event in LessonEvent.objects.all()}
    assert years >= {2024, 2025, 2026}


def test_every_lesson_beyond_review_came_there_by_its_events() -> None:
    for lesson in Lesson.objects.exclude(status=Status.DRAFT).prefetch_related("events"):
        events = list(lesson.events.all())
        assert events[-1].to_status == lesson.status, lesson.ref
        assert [e.to_status for e in events[:-1]] == [e.from_status for e in events[1:]]
        assert [e.at for e in events] == sorted(e.at for e in events)


def test_no_sentence_stands_twice() -> None:
    """A template would repeat its sentences; people who thought do not."""
    texts = ("observation", "discussion", "conclusion", "recommendation")
    sentences = Counter(
        sentence.strip()
        for lesson in Lesson.objects.all()
        for text in texts
        for sentence in re.split(r"(?<=[.!?])\s+", getattr(lesson, text))
        if len(sentence) > 40
    )
    assert {sentence for sentence, times in sentences.items() if times > 1} == set()
    titles = Counter(Lesson.objects.values_list("title", flat=True))
    assert max(titles.values()) == 1


def test_loading_twice_adds_nothing() -> None:
    before = (Lesson.objects.count(), User.objects.count(), LessonEvent.objects.count())
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert "nothing to do" in out.getvalue()
    assert (Lesson.objects.count(), User.objects.count(), LessonEvent.objects.count()) == before


def test_the_password_is_the_one_the_readme_names() -> None:
    assert demonstration.PASSWORD == "lindero-demo"
