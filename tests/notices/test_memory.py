"""However much is due, a worker holds a block of it, and says how far it is."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from agencies.models import Membership, User
from agencies.roles import Role
from lessons.models import Action
from lessons.notice_kinds import ACTION_DUE
from lessons.vocabulary import ActionStatus, Status
from notices.models import Choice, Letter, Notice, Rung
from notices.work import Worker
from records.vocabulary import TLP
from tests.factories import make_agency, make_lesson, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MORNING = NOW + timedelta(hours=22)
KIBIBYTE = 1024


def put_to_work(rows: int, people: int, at_once: int, settings: Settings) -> tuple[int, list[str]]:
    """The most memory in bytes while ``rows`` due actions are told to ``people``, and what was said.

    ``at_once`` of the people get a mail for each, the others a digest.
    """
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    agency = make_agency()
    lesson = make_lesson(
        by=make_user(agency=make_agency()), status=Status.IDENTIFIED, tlp=TLP.GREEN
    )
    members = User.objects.bulk_create(
        User(email=f"member{number}@{agency.code}.example", name="Member")
        for number in range(people)
    )
    Membership.objects.bulk_create(
        Membership(user=one, agency=agency, role=Role.CONTRIBUTOR) for one in members
    )
    Choice.objects.bulk_create(
        Choice(person=one, kind=ACTION_DUE.name, when="at_once") for one in members[:at_once]
    )
    day = NOW.date()
    actions = Action.objects.bulk_create(
        Action(title=f"Action {number}", body=agency, due_on=day, original_due_on=day)
        for number in range(rows)
    )
    through = Action.lessons.through
    through._base_manager.bulk_create(
        through(action_id=action.pk, lesson_id=lesson.pk) for action in actions
    )
    del members, actions
    said: list[str] = []
    worker = Worker(said.append)
    # What lives now is not looked at again: the more lives, the more garbage Python lets gather.
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        assert worker.round(NOW)
        # No clock rings in the morning: there are the digests alone.
        Rung.objects.update(day=MORNING.date())
        assert worker.round(MORNING)
        measured = tracemalloc.get_traced_memory()[1], said
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    # What was due this time is told in no later run.
    Action.objects.update(status=ActionStatus.CANCELLED)
    return measured


@pytest.mark.slow
def test_four_times_as_much_takes_no_more_memory(settings: Settings) -> None:
    put_to_work(5, 1, 0, settings)  # what is read once is read now
    few, _said = put_to_work(110, 1, 0, settings)
    many, said = put_to_work(440, 1, 0, settings)
    assert many < few * 1.25, f"{few // KIBIBYTE} KiB for 110, {many // KIBIBYTE} KiB for 440"
    told = [f"people told by clocks: {number}" for number in (100, 200, 300, 400, 440)]
    assert said == [*told, "notices put into mails: 440", "jobs done: 1"]
    assert Letter.objects.filter(sent_at__isnull=False).count() == 3


@pytest.mark.slow
def test_five_hundred_due_and_ten_thousand_notices(settings: Settings) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("what is measured is the worker's memory, whatever the database")
    put_to_work(10, 2, 1, settings)
    few, _said = put_to_work(125, 20, 1, settings)
    Notice.objects.all().delete()
    many, said = put_to_work(500, 20, 1, settings)
    assert many < few * 1.25, f"{few // KIBIBYTE} KiB, then {many // KIBIBYTE} KiB"
    assert Notice.objects.filter(facts__stage="today").count() == 10_000
    assert Notice.objects.filter(facts__stage="today", letter__sent_at=None).count() == 0
    assert said.count("people told by clocks: 10000") == 1
