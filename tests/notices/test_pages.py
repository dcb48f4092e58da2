"""One's notices in the application: the bell, the list, reading, and how they come by mail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lessons.models import Lesson
from lessons.notice_kinds import ACTION_DUE, BECAME_OF, QUESTION_WAITS
from lessons.vocabulary import Status
from notices.models import Choice, Notice
from notices.telling import tell
from notices.views import PAGE
from programs.notice_kinds import AGREEMENT_DATES
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_agreement, make_lesson
from tests.forms import client_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "move": "note",
    "to": "noted",
    "since": "2026-11-01",
    "due": "2026-11-25",
    "stage": "today",
    "clock": "agreement_review",
}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def client(cast: Cast) -> Client:
    return client_of(cast.originator)


def told(cast: Cast, lesson: Lesson, key: str = "1", at: datetime = NOW) -> Notice:
    tell([cast.originator], BECAME_OF, lesson, key=key, at=at, **FACTS)
    return Notice.objects.latest("pk")


def a_lesson(cast: Cast, tlp: TLP = TLP.AMBER) -> Lesson:
    return make_lesson(by=cast.originator, status=Status.NOTED, tlp=tlp)


def bell(client: Client) -> str:
    page = client.get("/profile/").content.decode()
    found = re.search(r'<a class="bell".*?</a>', page, re.S)
    assert found
    return re.sub(r"<[^>]+>", "", found[0]).strip()


def test_the_bell_counts_what_is_unread_and_may_be_seen(client: Client, cast: Cast) -> None:
    assert bell(client) == "Notices"
    lesson = a_lesson(cast)
    for key in "123":
        told(cast, lesson, key)
    assert bell(client) == "Notices3 unread"
    Lesson.objects.filter(pk=lesson.pk).update(originator=cast.colleague, tlp=TLP.RED)
    assert bell(client) == "Notices"


def test_the_bell_counts_to_ninety_nine(client: Client, cast: Cast) -> None:
    lesson = a_lesson(cast)
    for number in range(100):
        told(cast, lesson, str(number))
    assert bell(client) == "Notices99+ unread"


def test_the_list_shows_the_unread_first_each_newest_first(client: Client, cast: Cast) -> None:
    lessons = [a_lesson(cast) for _ in range(4)]
    for number, lesson in enumerate(lessons):
        notice = told(cast, lesson, at=NOW + timedelta(minutes=number))
        if number >= 2:
            notice.read(NOW)
    page = client.get("/notices/").content.decode()
    refs = re.findall(r"Your observation ([A-Z0-9-]+) was noted", page)
    shown = list(dict.fromkeys(refs))
    assert shown == [lessons[number].ref for number in (1, 0, 3, 2)]
    assert page.count("Mark as read") == 2
    assert page.count("Mark all as read") == 1


def test_an_empty_list_says_what_will_stand_there(client: Client) -> None:
    assert "No notice yet" in client.get("/notices/").content.decode()


def test_opening_a_notice_reads_it_and_leads_to_its_subject(client: Client, cast: Cast) -> None:
    lesson = a_lesson(cast)
    notice = told(cast, lesson)
    url = reverse("notices:opened", args=[notice.pk])
    assert client.head(url).status_code == 302
    notice.refresh_from_db()
    assert notice.read_at is None
    assert client.get(url).headers["Location"] == lesson.get_absolute_url()
    notice.refresh_from_db()
    first: Any = notice.read_at
    assert first
    client.get(url)
    notice.refresh_from_db()
    assert notice.read_at == first


def test_one_or_all_are_marked_as_read(client: Client, cast: Cast) -> None:
    notices = [told(cast, a_lesson(cast)) for _ in range(3)]
    url = reverse("notices:read", args=[notices[0].pk])
    assert client.get(url).status_code == 405
    for _ in range(2):
        assert client.post(url).headers["Location"] == "/notices/"
    assert Notice.objects.filter(read_at__isnull=True).count() == 2
    hidden = told(cast, a_lesson(cast))
    Lesson.objects.filter(pk=hidden.subject_id).update(originator=cast.colleague, tlp=TLP.RED)
    client.post("/notices/read/")
    # What cannot be seen is not read.
    assert list(Notice.objects.filter(read_at__isnull=True)) == [hidden]


def test_nobody_opens_or_reads_the_notice_of_somebody_else(client: Client, cast: Cast) -> None:
    notice = told(cast, a_lesson(cast, TLP.CLEAR))
    other = client_of(cast.reviewer)
    assert other.get(reverse("notices:opened", args=[notice.pk])).status_code == 404
    assert other.post(reverse("notices:read", args=[notice.pk])).status_code == 404
    other.post("/notices/read/")
    notice.refresh_from_db()
    assert notice.read_at is None
    assert "No notice yet" in other.get("/notices/").content.decode()


def test_a_notice_about_something_hidden_is_not_there(client: Client, cast: Cast) -> None:
    notice = told(cast, a_lesson(cast))
    Lesson.objects.filter(pk=notice.subject_id).update(originator=cast.colleague, tlp=TLP.RED)
    assert client.get(reverse("notices:opened", args=[notice.pk])).status_code == 404
    assert "No notice yet" in client.get("/notices/").content.decode()


def test_pages_go_on_through_unread_and_read(client: Client, cast: Cast) -> None:
    lesson = a_lesson(cast)
    for number in range(2 * PAGE + 5):
        notice = told(cast, lesson, str(number))
        if number % 2:
            notice.read(NOW)
    seen: list[str] = []
    url = "/notices/"
    for _page in range(3):
        page = client.get(url).content.decode()
        seen += re.findall(r'href="/notices/(\d+)/"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = f"/notices/{following[1]}" if following else ""
    assert not url
    assert len(seen) == len(set(seen)) == 2 * PAGE + 5
    wrong = client.get("/notices/?cursor=nonsense").content.decode()
    assert "That page does not exist" in wrong


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_takes_as_many_queries_for_one_as_for_many(
    cast: Cast, rows: int, django_assert_num_queries: Any
) -> None:
    client = client_of(cast.coordinator)
    for number in range(rows):
        lesson = a_lesson(cast)
        for kind in (BECAME_OF, QUESTION_WAITS):
            tell([cast.coordinator], kind, lesson, key="1", at=NOW, **FACTS)
        for kind, subject in (
            (ACTION_DUE, make_action(lesson)),
            (AGREEMENT_DATES, make_agreement(by=cast.originator)),
        ):
            tell([cast.coordinator], kind, subject, key="1", at=NOW, agency=cast.agency, **FACTS)
        assert number < PAGE
    client.get("/notices/")
    # Session, person, roles, tree; notices; a query for each of four kinds, two for the lessons
    # of actions; the bell, which asks of what and how many.
    with django_assert_num_queries(12):
        client.get("/notices/")


def test_a_person_chooses_how_each_kind_comes(client: Client, cast: Cast) -> None:
    page = client.get("/notices/settings/").content.decode()
    values = re.findall(r'<select name="(\w+)"', page)
    assert values == [
        "followed", "document", "became", "answer", "question_waits", "revision_decided",
        "mentioned", "reused", "assigned", "action_moved", "action_due", "evaluation_due",
        "agreement_dates",
    ]  # fmt: skip
    given = dict.fromkeys(values, "daily") | {"became": "off", "agreement_dates": "weekly"}
    assert client.post("/notices/settings/", given).status_code == 302
    chosen = dict(Choice.objects.values_list("kind", "when"))
    assert chosen == {
        "became": "off", "answer": "daily", "mentioned": "daily", "assigned": "daily",
        "action_moved": "daily", "agreement_dates": "weekly", "revision_decided": "daily",
        "document": "daily",
    }  # fmt: skip
    again = client.get("/notices/settings/").content.decode()
    assert re.search(r'<option value="off" selected', again)


def test_staff_choose_for_their_kinds_too(cast: Cast) -> None:
    page = client_of(cast.coordinator).get("/notices/settings/").content.decode()
    kinds = "to_review imported review_due validation_due revision_waits lesson_late action_late"
    for kind in kinds.split():
        assert f'name="{kind}"' in page


def test_a_choice_that_does_not_exist_changes_nothing(client: Client) -> None:
    page = client.get("/notices/settings/").content.decode()
    names = re.findall(r'<select name="(\w+)"', page)
    answer = client.post("/notices/settings/", dict.fromkeys(names, "daily") | {"became": "hourly"})
    assert answer.status_code == 200
    assert "One thing needs your attention" in answer.content.decode()
    assert not Choice.objects.exists()
    # A kind that does not concern the person is no field, whatever is sent.
    client.post("/notices/settings/", dict.fromkeys(names, "weekly") | {"lesson_late": "off"})
    assert not Choice.objects.filter(kind="lesson_late").exists()
