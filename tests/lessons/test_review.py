"""The reviewers' queue: what waits, in which order, with which words, and for whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agencies.models import Holiday, User
from lessons.models import Lesson
from lessons.queue import PAGE, Entry, Queue
from lessons.views.review import MOST_STUCK
from lessons.vocabulary import Attribution, Priority, Status
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson
from tests.quick import ROWS


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def submitted(cast: Cast, title: str, days_ago: int = 0, **fields: Any) -> Lesson:
    at = timezone.now() - timedelta(days=days_ago)
    fields = {"by": cast.originator} | fields
    return make_lesson(status=Status.SUBMITTED, title=title, submitted_at=at, **fields)


def in_review(cast: Cast, title: str, **fields: Any) -> Lesson:
    fields = {"by": cast.originator, "reviewer": cast.reviewer} | fields
    return make_lesson(status=Status.IN_REVIEW, title=title, **fields)


def titles(entries: list[Entry]) -> list[str]:
    return [entry.lesson.title for entry in entries]


REVIEWING = {
    "reviewer",
    "second_reviewer",
    "endorser",
    "second_endorser",
    "coordinator",
    "sub_reviewer",
    "only_reviewer",
    "partner_reviewer",
}


def test_the_queue_is_for_reviewers(cast: Cast, db: None) -> None:
    people = cast.people
    answers = {name: browser(user).get("/review/").status_code for name, user in people.items()}
    # Who left cannot sign in, and is led to the sign-in page.
    left = dict.fromkeys(("left_reviewer", "left_originator"), 302)
    assert answers == dict.fromkeys(people, 403) | dict.fromkeys(REVIEWING, 200) | left
    assert Client().get("/review/").status_code == 302


def test_urgent_ones_are_on_top_then_the_oldest(cast: Cast, db: None) -> None:
    submitted(cast, "new", 1)
    submitted(cast, "old", 40)
    submitted(cast, "urgent and new", 0, priority=Priority.URGENT)
    submitted(cast, "urgent and old", 9, priority=Priority.URGENT)
    submitted(cast, "caution", 20, priority=Priority.CAUTION)
    queue = Queue.of(cast.people["reviewer"])
    assert titles(queue.waiting) == ["urgent and old", "urgent and new", "old", "caution", "new"]
    assert queue.total == 5


def test_each_section_holds_what_this_person_can_take_further(cast: Cast, db: None) -> None:
    submitted(cast, "of a colleague")
    submitted(cast, "of the endorser", by=cast.endorser)
    submitted(cast, "recorded by the endorser", by=cast.endorser, originator=cast.originator)
    submitted(cast, "of the sub-agency", by=cast.sub_member)
    submitted(cast, "of the partner", by=cast.partner_reviewer)
    submitted(cast, "rejected by the endorser", rejected_by=cast.endorser)
    submitted(cast, "red", tlp=TLP.RED, red_recipients=[cast.reviewer])
    in_review(cast, "with the reviewer")
    in_review(cast, "with the endorser", reviewer=cast.endorser)
    in_review(cast, "the endorser's, with the reviewer", by=cast.endorser)
    in_review(cast, "red, with the reviewer", tlp=TLP.RED, red_recipients=[cast.reviewer])
    for status in set(Status) - {Status.SUBMITTED, Status.IN_REVIEW}:
        make_lesson(by=cast.originator, status=status)

    def sections(person: str) -> list[list[str]]:
        queue = Queue.of(cast.people[person])
        return [sorted(titles(one)) for one in (queue.waiting, queue.mine, queue.to_endorse)]

    assert sections("reviewer") == [
        [
            "of a colleague",
            "of the endorser",
            "of the sub-agency",
            "recorded by the endorser",
            "red",
            "rejected by the endorser",
        ],
        ["red, with the reviewer", "the endorser's, with the reviewer", "with the reviewer"],
        [],
    ]
    assert sections("endorser") == [
        ["of a colleague", "of the sub-agency"],
        ["with the endorser"],
        ["with the reviewer"],
    ]
    assert sections("second_endorser")[2] == [
        "the endorser's, with the reviewer",
        "with the endorser",
        "with the reviewer",
    ]
    assert sections("sub_reviewer") == [["of the sub-agency"], [], []]
    assert sections("partner_reviewer") == [[], [], []]


@pytest.mark.parametrize(
    ("due", "words", "late"),
    [
        (date(2026, 11, 4), "3 working days late", True),
        (date(2026, 11, 6), "1 working day late", True),
        (date(2026, 11, 9), "due today", False),
        (date(2026, 11, 10), "1 working day left", False),
        (date(2026, 11, 20), "8 working days left", False),
        (None, "", False),
    ],
)
def test_days_left_are_working_days_of_the_agency(
    due: date | None, words: str, late: bool, cast: Cast, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monday = datetime(2026, 11, 9, 12, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "now", lambda: monday)
    Holiday.objects.create(agency=cast.agency, day=date(2026, 11, 12))
    Holiday.objects.create(agency=cast.far_agency, day=date(2026, 11, 11))
    lesson = submitted(cast, "waiting", days_ago=7, review_due_on=due)
    entry = Entry.of(lesson, cast.people["reviewer"])
    assert (entry.left_words, entry.late) == (words, late)
    assert entry.age_words == "5 working days old"


def test_marks_say_what_sets_a_lesson_apart(cast: Cast, db: None) -> None:
    submitted(cast, "plain")
    submitted(cast, "appealed", appealed_at=timezone.now())
    submitted(cast, "answered", reviewer=cast.reviewer)

    def marks(person: str) -> dict[str, list[str]]:
        queue = Queue.of(cast.people[person])
        return {entry.lesson.title: [str(mark) for mark in entry.marks] for entry in queue.waiting}

    assert marks("reviewer") == {
        "plain": [],
        "appealed": ["Appeal"],
        "answered": ["Answered your question"],
    }
    assert marks("second_reviewer")["answered"] == []


def test_the_page_offers_to_take_what_waits(cast: Cast, db: None) -> None:
    lesson = submitted(cast, "Call signs differed", observation="Four times it was called.")
    client = browser(cast.reviewer)
    text = client.get("/review/").content.decode()
    for words in (
        "Waiting for a reviewer",
        "Call signs differed",
        "Four times it was called.",
        "Olga Originator",
        "0 working days old",
        f'action="/lessons/{lesson.ref}/move/take/"',
    ):
        assert words in text
    response = client.post(f"/lessons/{lesson.ref}/move/take/", {"version": 1})
    assert response.status_code == 302
    text = client.get("/review/").content.decode()
    assert "In your hands" in text
    assert "Every submitted lesson is in somebody's hands." in text


def test_an_empty_queue_says_so_and_where_to_go(cast: Cast, db: None) -> None:
    text = browser(cast.partner_reviewer).get("/review/").content.decode()
    assert "Nothing waits for you" in text
    assert 'href="/lessons/"' in text


def test_coordinators_see_what_stands_still_with_the_way_out(cast: Cast, db: None) -> None:
    make_lesson(by=cast.left_originator, agency=cast.agency, title="Left behind")
    in_review(cast, "Left in review", reviewer=cast.left_reviewer)
    make_lesson(
        by=cast.left_originator, agency=cast.agency, tlp=TLP.RED, title="Secret, left behind"
    )
    submitted(cast, "Of the small agency", by=cast.only_reviewer)
    text = browser(cast.coordinator).get("/review/").content.decode()
    assert text.count("Its author has left.") == 1
    assert "Left behind" in text
    assert "Its reviewer can no longer review it." in text
    assert "Hand it over to another reviewer." in text
    assert "Secret" not in text
    assert "Of the small agency" not in text
    for person in (cast.endorser, cast.reviewer):
        assert "Standing still" not in browser(person).get("/review/").content.decode()


def test_of_many_that_stand_still_the_oldest_are_listed(cast: Cast, db: None) -> None:
    for _ in range(MOST_STUCK + 2):
        make_lesson(by=cast.left_originator, agency=cast.agency)
    text = browser(cast.coordinator).get("/review/").content.decode()
    assert text.count("Its author has left.") == MOST_STUCK
    assert "And 2 more: they follow when these go on." in text


def test_a_red_lesson_is_in_the_queue_of_its_recipients_only(cast: Cast, db: None) -> None:
    recipients = [cast.reviewer, cast.endorser]
    submitted(cast, "Secret waiting", tlp=TLP.RED, red_recipients=recipients)
    in_review(cast, "Secret in review", tlp=TLP.RED, red_recipients=recipients)
    for person in (cast.reviewer, cast.endorser):
        assert browser(person).get("/review/").content.decode().count("Secret waiting") > 0
    for person in (cast.second_reviewer, cast.second_endorser, cast.coordinator):
        assert "Secret" not in browser(person).get("/review/").content.decode()


def test_names_in_the_queue_follow_the_attribution(cast: Cast, db: None) -> None:
    """Staff know the author; the recorder who is staff elsewhere does not."""
    submitted(cast, "Not attributed", attribution=Attribution.NON_ATTRIBUTED)
    text = browser(cast.reviewer).get("/review/").content.decode()
    assert "Olga Originator" in text
    submitted(
        cast, "Of the partner", by=cast.partner_reviewer, attribution=Attribution.NON_ATTRIBUTED
    )
    assert "Paula Partnerreviewer" not in browser(cast.coordinator).get("/review/").content.decode()


# --- Many -----------------------------------------------------------------------------------------


def fill(cast: Cast, number: int) -> None:
    for index in range(number):
        submitted(cast, f"waiting {index}", index, partners=("MA", "PT"))
        in_review(cast, f"mine {index}", reviewer=cast.coordinator)
        in_review(cast, f"to endorse {index}")
        in_review(cast, f"stuck {index}", reviewer=cast.left_reviewer)
    make_lesson(
        by=cast.left_originator,
        agency=cast.agency,
        status=Status.RETURNED,
        tlp=TLP.RED,
        red_recipients=[cast.coordinator],
    )
    Holiday.objects.create(agency=cast.agency, day=date(2026, 12, 25))


@pytest.mark.parametrize("number", ROWS)
def test_the_number_of_queries_does_not_grow(
    number: int, cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    fill(cast, number)
    client = browser(cast.coordinator)
    with django_assert_num_queries(13):
        assert client.get("/review/").status_code == 200


def test_a_long_queue_has_pages(cast: Cast, db: None) -> None:
    Lesson.objects.bulk_create(
        Lesson(
            agency=cast.agency,
            created_by=cast.originator,
            originator=cast.originator,
            ref=f"ES-GC-2026-{9000 + index}",
            title=f"No {index:02}",
            observation="x",
            status=Status.SUBMITTED,
            submitted_at=timezone.now() + timedelta(seconds=index),
        )
        for index in range(PAGE + 5)
    )
    client = browser(cast.reviewer)
    first = client.get("/review/").content.decode()
    assert "No 00" in first
    assert f"No {PAGE}" not in first
    assert f"1–{PAGE} of {PAGE + 5}" in first
    second = client.get("/review/?page=2").content.decode()
    assert f"No {PAGE}" in second
    assert "No 00" not in second
    for odd in ("x", "-1", "0", "", "1e9", "9999999999"):
        assert "No 00" in client.get("/review/", {"page": odd}).content.decode()
    assert client.get("/review/?page=99").headers["Location"] == "/review/"
