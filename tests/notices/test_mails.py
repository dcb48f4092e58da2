"""Mails: what goes together, what stands in them, and what never does."""

from __future__ import annotations

import logging
import re
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.message import EmailMessage
from django.db.models import QuerySet
from pytest_django import Settings

from agencies.models import Agency, User
from lessons.models import Lesson, LessonEvent
from lessons.notice_kinds import ACTION_DUE, ANSWER, BECAME_OF, QUESTION_WAITS
from lessons.vocabulary import Status
from notices import jobs
from notices.mails import MOST_IN_MAIL, make_letters
from notices.models import Letter, Notice
from notices.telling import choose, tell
from notices.vocabulary import When
from notices.work import Worker
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def lesson_of(cast: Cast, tlp: TLP = TLP.GREEN, **fields: Any) -> Lesson:
    title = f"Xyzzy of {tlp}"
    return make_lesson(by=cast.originator, status=Status.NOTED, tlp=tlp, title=title, **fields)


def asked_of(cast: Cast, tlp: TLP = TLP.GREEN) -> Lesson:
    """A lesson that waits for its author's answer."""
    title = f"Xyzzy of {tlp}"
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED, tlp=tlp, title=title)
    LessonEvent.objects.create(
        lesson=lesson,
        move="return",
        actor=cast.reviewer,
        from_status=Status.SUBMITTED,
        to_status=Status.RETURNED,
        at=datetime(2026, 11, 1, 10, 0, tzinfo=UTC),
    )
    return lesson


def send(now: datetime) -> list[Any]:
    """What goes out at ``now``."""
    before = len(mail.outbox)
    for _number in make_letters(now):
        pass
    while (job := jobs.take(now)) is not None:
        jobs.run(job, now)
    return mail.outbox[before:]


def tell_originator(cast: Cast, lesson: Lesson, kind: Any = BECAME_OF, key: str = "1") -> None:
    facts: Any = {"move": "note", "to": "noted", "since": "2026-11-01", "due": "2026-11-25"}
    tell([cast.originator], kind, lesson, key=key, at=NOW, **facts)


def test_a_notice_at_once_is_a_mail_of_its_own(cast: Cast, settings: Settings) -> None:
    settings.SITE_URL = "https://lessons.agency.example"
    lesson = lesson_of(cast)
    tell_originator(cast, lesson)
    tell_originator(cast, lesson, key="2")
    sent = send(NOW)
    assert len(sent) == 2
    words = f"Your observation {lesson.ref} was noted: it is valid and asks for no action."
    assert sent[0].to == ["olga.originator@example.org"]
    assert sent[0].subject == f"[Lindero] TLP:GREEN {words}"
    assert sent[0].body.strip().splitlines() == [
        "Hello Olga,",
        "",
        "TLP:GREEN",
        words,
        "Xyzzy of green",
        f"https://lessons.agency.example/lessons/{lesson.ref}/",
        "",
        "--",
        "Lindero",
        "Which mails you get: https://lessons.agency.example/notices/settings/",
    ]
    html = sent[0].alternatives[0][0]
    assert f'<a href="https://lessons.agency.example/lessons/{lesson.ref}/">' in html
    message: Message = sent[0].message()
    assert re.fullmatch(r"<[0-9a-f-]{36}@lessons\.agency\.example>", message["Message-ID"])
    assert message["Auto-Submitted"] == "auto-generated"
    assert len({one.message()["Message-ID"] for one in sent}) == 2
    assert send(NOW + timedelta(days=1)) == []


def test_a_digest_groups_a_day_by_kind_and_goes_in_the_morning(cast: Cast) -> None:
    lesson = asked_of(cast)
    choose(cast.originator, {"became": When.DAILY}, at=NOW)
    tell_originator(cast, lesson)
    tell_originator(cast, lesson, QUESTION_WAITS)
    tell_originator(cast, lesson, key="2")
    assert send(NOW) == []
    (one,) = send(MORNING)
    assert one.subject == "[Lindero] TLP:GREEN Today: 3 notices"
    assert one.body.count("What becomes of my observations") == 1
    assert one.body.count(lesson.ref) == 2 * 3
    assert send(MORNING + timedelta(days=1)) == []


def test_two_digests_of_a_day_are_one(cast: Cast) -> None:
    """What was told in the very moment in which the digest was made goes with the next."""
    lesson = asked_of(cast)
    tell_originator(cast, lesson, QUESTION_WAITS)
    assert len(send(MORNING)) == 1
    tell_originator(cast, lesson, QUESTION_WAITS, key="late")
    assert send(MORNING + timedelta(minutes=1)) == []
    assert len(send(MORNING + timedelta(days=1))) == 1


def test_a_week_goes_on_monday(cast: Cast) -> None:
    choose(cast.originator, {"became": When.WEEKLY}, at=NOW)
    tell_originator(cast, lesson_of(cast))
    assert send(datetime(2026, 11, 30, 6, 59, tzinfo=UTC)) == []
    (one,) = send(datetime(2026, 11, 30, 7, 0, tzinfo=UTC))
    assert one.subject == "[Lindero] TLP:GREEN This week: 1 notice"


def test_titles_go_only_where_everybody_may_read_them_and_red_goes_not_at_all(cast: Cast) -> None:
    """All five markings at once and in a digest; the originator sees all five lessons."""
    lessons = {tlp: asked_of(cast, tlp) for tlp in TLP}
    for lesson in lessons.values():
        tell_originator(cast, lesson)
        tell_originator(cast, lesson, QUESTION_WAITS)
    assert Notice.objects.visible_to(User.objects.get(pk=cast.originator.pk)).count() == 10
    single, digest = send(NOW), send(MORNING)
    assert (len(single), len(digest)) == (4, 1)
    assert digest[0].subject == "[Lindero] TLP:AMBER+STRICT Today: 4 notices"
    for group in (single, digest):
        whole = "".join(f"{one.subject}{one.body}{one.alternatives[0][0]}" for one in group)
        shown = {tlp for tlp in TLP if f"Xyzzy of {tlp}\n" in whole.replace("<", "\n")}
        assert shown == {TLP.CLEAR, TLP.GREEN}
        named = {tlp for tlp, lesson in lessons.items() if lesson.ref in whole}
        assert named == set(TLP) - {TLP.RED}
        assert "RED" not in whole


def test_an_action_is_as_confidential_as_the_strictest_of_its_lessons(cast: Cast) -> None:
    green, amber, red = (lesson_of(cast, tlp) for tlp in (TLP.GREEN, TLP.AMBER, TLP.RED))
    facts = {"stage": "today", "due": "2026-11-25"}
    for other, subject in ((None, "green"), (amber, "amber"), (red, "red")):
        action = make_action(
            green,
            title=f"Xyzzy action {subject}",
            body=cast.far_agency,
            due_on=date(2026, 11, 25),
        )
        action.lessons.add(*filter(None, [other]))
        tell([cast.stranger], ACTION_DUE, action, key="1", at=NOW, agency=cast.far_agency, **facts)
    (one,) = send(MORNING)
    assert one.body.count(f"An action from {green.ref} is due today, 25 Nov 2026.") == 2
    assert "Xyzzy action green" in one.body
    assert "Xyzzy action amber" not in one.body
    assert "Xyzzy action red" not in one.body
    assert one.subject == "[Lindero] TLP:AMBER Today: 2 notices"
    assert (red.ref in one.body, amber.ref in one.body) == (False, False)


def hide(lessons: QuerySet[Lesson]) -> None:
    lessons.update(tlp=TLP.AMBER)


@pytest.mark.parametrize("when", [When.AT_ONCE, When.DAILY])
def test_what_is_hidden_when_it_is_sent_is_not_sent(cast: Cast, when: When) -> None:
    choose(cast.stranger, {"became": when}, at=NOW)
    hidden, seen = lesson_of(cast), lesson_of(cast)
    for lesson in (hidden, seen):
        tell([cast.stranger], BECAME_OF, lesson, key="1", at=NOW, move="note", to="noted")
    hide(Lesson.objects.filter(pk=hidden.pk))
    (one,) = send(MORNING)
    assert (hidden.ref in one.body, seen.ref in one.body) == (False, True)
    assert "2" not in one.subject.replace(seen.ref, "")
    assert not jobs.take(MORNING + timedelta(days=9))


def test_who_was_deactivated_gets_nothing(cast: Cast) -> None:
    tell_originator(cast, lesson_of(cast))
    tell_originator(cast, asked_of(cast), QUESTION_WAITS)
    User.objects.filter(pk=cast.originator.pk).update(is_active=False)
    assert send(NOW) == send(MORNING) == []
    assert set(Letter.objects.values_list("sent_at", flat=True)) == {None}


def test_a_long_digest_says_how_much_more_there_is(cast: Cast) -> None:
    lesson = asked_of(cast)
    for number in range(MOST_IN_MAIL + 7):
        tell_originator(cast, lesson, QUESTION_WAITS, key=str(number))
    (one,) = send(MORNING)
    assert one.subject == "[Lindero] TLP:GREEN Today: 57 notices"
    assert one.body.count(f"/lessons/{lesson.ref}/") == MOST_IN_MAIL
    assert "7 more: " in one.body


def test_a_mail_speaks_the_language_of_its_reader(cast: Cast, settings: Settings) -> None:
    """The only catalogue is Django's own: the direction of the page and the month tell."""
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    User.objects.filter(pk=cast.originator.pk).update(language="ar")
    tell_originator(cast, asked_of(cast), QUESTION_WAITS)
    (one,) = send(MORNING)
    assert '<html lang="ar" dir="rtl">' in one.alternatives[0][0]
    assert "نوفمبر" in one.body


def test_the_digest_goes_by_the_time_of_the_agency(cast: Cast) -> None:
    Agency.objects.filter(pk=cast.agency.pk).update(time_zone="Asia/Tokyo")
    tell_originator(cast, asked_of(cast), QUESTION_WAITS)
    assert Notice.objects.get().mail_at == datetime(2026, 11, 25, 22, 0, tzinfo=UTC)


class Refusing(EmailBackend):
    """Takes mails and then says no, as long as ``refuses``."""

    refuses = True
    seen: list[EmailMessage] = []

    def send_messages(self, messages: Any) -> int:
        self.seen.extend(messages)
        if self.refuses:
            raise ConnectionRefusedError("the mail server is away")
        return int(super().send_messages(messages))


def test_a_mail_that_could_not_be_sent_is_tried_again_under_the_same_id(
    cast: Cast,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    tell_originator(cast, asked_of(cast), ANSWER)
    Notice.objects.update(facts={"move": "return"})
    said: list[str] = []
    worker = Worker(said.append)
    assert not worker.round(NOW)
    assert "jobs failed, to be tried again: 1" in said
    assert worker.round(NOW + timedelta(seconds=30))
    monkeypatch.setattr(Refusing, "refuses", False)
    assert worker.round(NOW + timedelta(minutes=1))
    assert len(mail.outbox) == 1
    first, second = (one.message()["Message-ID"] for one in Refusing.seen)
    assert first == second == Letter.objects.get().message_id
    assert Letter.objects.get().sent_at == NOW + timedelta(minutes=1)
