"""Followed views: what is new in them becomes one notice a day, for what the follower may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail

from agencies.models import Membership, User
from lessons.vocabulary import Status
from notices.clocks import ring_all
from notices.kinds import shown
from notices.models import Notice
from notices.work import Worker
from records.models import SavedView, SavedViewUse
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 25)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def at(day: int, hour: int = 8) -> datetime:
    return datetime.combine(DAY + timedelta(days=day), time(hour), UTC)


def follow(cast: Cast, person: User, query: str = "") -> SavedView:
    view = SavedView.objects.create(
        owner=cast.coordinator, agency=cast.agency, kind="lessons", name="Xyzzy at sea", query=query
    )
    SavedViewUse.objects.create(view=view, person=person, subscribed=True, seen_at=at(-1))
    return view


def published(cast: Cast, when: datetime, tlp: TLP = TLP.GREEN, by: User | None = None) -> None:
    make_lesson(
        by=by or cast.originator, status=Status.NOTED, tlp=tlp, published_at=when, submitted_at=when
    )


def told(person: User, day: int) -> list[str]:
    for _number in ring_all(at(day)):
        pass
    reader = User.objects.get(pk=person.pk)
    rows = list(Notice.objects.visible_to(reader))
    return [one.sentence.text for one in shown(rows, reader)]


def test_new_records_are_told_once(cast: Cast) -> None:
    follow(cast, cast.reader)
    published(cast, at(-2))
    assert told(cast.reader, 0) == []
    published(cast, at(0, 9))
    published(cast, at(0, 10))
    assert told(cast.reader, 1) == ["2 new records in a view that you follow."]
    assert len(told(cast.reader, 2)) == 1
    published(cast, at(2, 9))
    assert told(cast.reader, 3)[0] == "1 new record in a view that you follow."


def test_only_what_the_follower_may_see_and_did_not_record_is_counted(cast: Cast) -> None:
    follow(cast, cast.colleague)
    published(cast, at(0, 9))
    published(cast, at(0, 9), by=cast.colleague)
    published(cast, at(0, 9), by=cast.small_originator, tlp=TLP.AMBER)
    published(cast, at(0, 9), tlp=TLP.RED)
    assert told(cast.colleague, 1) == ["1 new record in a view that you follow."]


def test_red_records_are_counted_for_nobody(cast: Cast) -> None:
    follow(cast, cast.originator)
    make_lesson(
        by=cast.reviewer,
        status=Status.NOTED,
        tlp=TLP.RED,
        red_recipients=[cast.originator],
        published_at=at(0, 9),
        submitted_at=at(0, 9),
    )
    assert told(cast.originator, 1) == []


def test_a_filter_that_makes_no_sense_any_more_tells_nothing(cast: Cast) -> None:
    follow(cast, cast.reader, query="exercise=ES-GC-EXE-1999-0001")
    published(cast, at(0, 9))
    assert told(cast.reader, 1) == []


def test_who_no_longer_sees_the_view_or_left_is_told_nothing(cast: Cast) -> None:
    follow(cast, cast.reader)
    published(cast, at(0, 9))
    assert len(told(cast.reader, 1)) == 1
    published(cast, at(1, 9))
    Membership.objects.filter(user=cast.reader).update(agency=cast.far_agency)
    assert told(cast.reader, 2) == []
    assert Notice.objects.count() == 1


def test_the_mail_does_not_carry_the_name_of_the_view(cast: Cast) -> None:
    view = follow(cast, cast.reader)
    published(cast, at(0, 9))
    worker = Worker(lambda words: None)
    worker.round(at(1, 6))
    worker.round(at(1, 7))
    sent: Any = mail.outbox
    (one,) = sent
    assert "1 new record in a view that you follow." in one.body
    assert f"/views/{view.pk}/" in one.body
    assert "Xyzzy" not in f"{one.subject}{one.body}{one.alternatives[0][0]}"
