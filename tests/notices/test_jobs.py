"""Jobs: taken by one worker, tried again, found again after a kill, given up in the end."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from notices import jobs
from notices.mails import send_letter
from notices.models import Job
from tests.cast import make_cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def a_job(**fields: Any) -> Job:
    job = jobs.asked(send_letter, NOW, letter=0)  # there is no such letter: it fails
    for name, value in fields.items():
        setattr(job, name, value)
    job.save()
    return job


def test_only_declared_functions_are_jobs() -> None:
    with pytest.raises(LookupError, match="no app declares the job"):
        jobs.asked(print, NOW)


def test_a_job_is_in_the_hands_of_one_worker() -> None:
    job = a_job()
    taken = jobs.take(NOW)
    assert taken == job
    assert jobs.take(NOW) is None


def test_what_a_killed_worker_had_in_hand_is_free_again() -> None:
    job = a_job()
    jobs.take(NOW)
    assert jobs.take(NOW + jobs.HAND - timedelta(seconds=1)) is None
    assert jobs.take(NOW + jobs.HAND) == job
    job.refresh_from_db()
    assert job.attempts == 2


def test_a_job_that_fails_waits_longer_each_time_and_is_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    job = a_job()
    now, pauses = NOW, []
    for _attempt in range(jobs.MOST_ATTEMPTS):
        taken = jobs.take(now)
        assert taken is not None
        assert not jobs.run(taken, now)
        job.refresh_from_db()
        pauses.append(job.due_at - now)
        now = job.due_at
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(pauses) == timedelta(hours=6)
    assert job.given_up_at == now
    assert "DoesNotExist" in job.error
    assert jobs.take(now + timedelta(days=30)) is None


def test_jobs_are_done_in_the_order_in_which_they_are_due() -> None:
    later, first = a_job(due_at=NOW), a_job(due_at=NOW - timedelta(hours=1))
    a_job(due_at=NOW + timedelta(seconds=1))
    assert [jobs.take(NOW), jobs.take(NOW), jobs.take(NOW)] == [first, later, None]


def test_done_jobs_are_forgotten_after_a_week() -> None:
    a_job(done_at=NOW - timedelta(days=8))
    kept = [a_job(done_at=NOW - timedelta(days=6)), a_job(given_up_at=NOW - timedelta(days=99))]
    jobs.forget(NOW)
    assert list(Job.objects.order_by("pk")) == kept


def test_the_administration_has_a_job_tried_again(client: Client) -> None:
    cast = make_cast()
    job = a_job(given_up_at=NOW, attempts=jobs.MOST_ATTEMPTS)
    client.force_login(cast.administrator)
    url = reverse("admin:notices_job_changelist")
    assert client.get(url).status_code == 200
    assert client.get(reverse("admin:notices_job_change", args=[job.pk])).status_code == 200
    client.post(url, {"action": "again", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert (job.given_up_at, job.attempts) == (None, 0)
    client.force_login(cast.coordinator)
    assert client.get(url).status_code == 302
