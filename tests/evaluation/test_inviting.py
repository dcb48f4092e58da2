"""Links: made, mailed, withdrawn; addresses forgotten; nothing by mail about what is RED."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.utils import timezone

from evaluation import inviting
from evaluation.models import FeedbackLetter, FeedbackRequest
from notices import jobs
from notices.models import Job
from notices.work import Worker
from programs.models import Exercise
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import close_feedback, make_exercise, make_feedback

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def asked(cast: Cast) -> FeedbackRequest:
    return make_feedback(by=cast.originator, heading="How was it?")


def work() -> None:
    Worker(say=lambda words: None).run_jobs(timezone.now() + timedelta(seconds=1))


def key_in(message: EmailMessage) -> str:
    line = next(line for line in message.body.splitlines() if "/feedback/" in line)
    return line.partition("/feedback/")[2].partition("/")[0]


def test_links_to_hand_out_are_as_many_as_are_wanted_in_all(
    cast: Cast, asked: FeedbackRequest
) -> None:
    for number, made in ((3, 3), (3, 0), (5, 2), (4, 0)):
        assert inviting.hand_out(asked, number, by=cast.originator) == made
    links = inviting.numbered_links(asked)
    assert [number for number, _address in links] == [1, 2, 3, 4, 5]
    assert len({address for _number, address in links}) == asked.tokens.count() == 5


def test_the_database_holds_no_link(cast: Cast, asked: FeedbackRequest) -> None:
    inviting.hand_out(asked, 1, by=cast.originator)
    secret = inviting.secret_of(asked, "1")
    assert len(secret) == inviting.PERSONAL_LENGTH
    assert secret not in str(list(asked.tokens.values()))
    assert secret not in str(FeedbackRequest.objects.filter(pk=asked.pk).values())


def test_an_invitation_is_mailed_and_its_address_forgotten(
    cast: Cast, asked: FeedbackRequest
) -> None:
    sent = inviting.invite(asked, ["A@x.example", "b@x.example"], "es", by=cast.originator)
    assert sent == (2, 2)
    work()
    assert {one.to[0] for one in mail.outbox} == {"a@x.example", "b@x.example"}
    assert "le pide su opinión" in mail.outbox[0].body
    assert len({key_in(one) for one in mail.outbox}) == 2
    assert not FeedbackLetter.objects.exists()
    assert "x.example" not in str(list(Job.objects.values()))
    assert "x.example" not in str(list(asked.tokens.values()))


def test_a_reminder_brings_the_same_link_to_everybody(cast: Cast, asked: FeedbackRequest) -> None:
    addresses = ["a@x.example", "b@x.example"]
    inviting.invite(asked, addresses, "en", by=cast.originator)
    work()
    first = {one.to[0]: key_in(one) for one in mail.outbox}
    asked.tokens.filter(digest=inviting.digest_of(first["a@x.example"])).update(spent=True)
    mail.outbox.clear()
    again = inviting.invite(asked, [*addresses, "c@x.example"], "en", by=cast.originator)
    assert again == (1, 3)
    work()
    second = {one.to[0]: key_in(one) for one in mail.outbox}
    assert {name: second[name] for name in first} == first
    assert len(second) == 3


def test_an_invitation_that_waits_is_not_mailed_twice(cast: Cast, asked: FeedbackRequest) -> None:
    for mails in (1, 0):
        assert inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)[1] == mails
    work()
    assert len(mail.outbox) == 1


def test_what_a_mail_server_says_of_an_address_is_not_kept(
    cast: Cast, asked: FeedbackRequest, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "tests.evaluation.refusing.Backend"
    inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)
    work()
    job = Job.objects.exclude(error="").get()
    assert "SMTPRecipientsRefused" in job.error
    assert "x.example" not in job.error
    assert FeedbackLetter.objects.count() == 1


def given_up(cast: Cast, asked: FeedbackRequest, settings: Any) -> None:
    """Invite an address to which no mail can be brought."""
    settings.EMAIL_BACKEND = "tests.evaluation.refusing.Backend"
    inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)
    mails = Job.objects.filter(name__endswith="mail_invitation")
    mails.update(attempts=jobs.MOST_ATTEMPTS - 1)
    work()
    assert mails.get().given_up_at is not None


def test_who_is_invited_again_gets_the_mail_that_was_given_up(
    cast: Cast, asked: FeedbackRequest, settings: Any
) -> None:
    given_up(cast, asked, settings)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    both = ["a@x.example", "b@x.example"]
    assert inviting.invite(asked, both, "en", by=cast.originator) == (1, 2)
    work()
    assert {one.to[0] for one in mail.outbox} == set(both)
    assert not FeedbackLetter.objects.exists()


def test_an_address_that_no_mail_reached_is_forgotten_once_it_is_over(
    cast: Cast, asked: FeedbackRequest, settings: Any
) -> None:
    given_up(cast, asked, settings)
    worker, now = Worker(say=lambda words: None), timezone.now()
    worker.run_jobs(now + timedelta(days=9))
    assert FeedbackLetter.objects.exists()  # it was kept open for longer
    close_feedback(asked)
    worker.run_jobs(now + timedelta(days=30))
    assert not FeedbackLetter.objects.exists()


def test_no_mail_goes_about_what_became_red(cast: Cast, asked: FeedbackRequest) -> None:
    inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)
    Exercise.objects.update(tlp="red")
    work()
    assert mail.outbox == []
    assert not FeedbackLetter.objects.exists()


def test_withdrawn_links_lead_nowhere_and_new_ones_are_others(
    cast: Cast, asked: FeedbackRequest
) -> None:
    inviting.hand_out(asked, 3, by=cast.originator)
    before = inviting.numbered_links(asked)
    asked.tokens.filter(digest=inviting.digest_of(inviting.secret_of(asked, "1"))).update(
        spent=True
    )
    inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)
    assert inviting.withdraw(asked, by=cast.originator) == 3
    work()
    assert mail.outbox == []
    inviting.hand_out(asked, 3, by=cast.originator)
    assert not set(before) & set(inviting.numbered_links(asked))
    found: Any = FeedbackRequest.objects.with_turnout().get(pk=asked.pk)
    assert (found.number_withdrawn, found.turnout.issued, found.turnout.spent) == (3, 4, 1)


def test_there_is_a_rate_only_where_everybody_has_a_link(
    cast: Cast, asked: FeedbackRequest
) -> None:
    inviting.hand_out(asked, 4, by=cast.originator)
    first = inviting.digest_of(inviting.secret_of(asked, "1"))
    asked.tokens.filter(digest=first).update(spent=True)
    asked.responses.create()

    def words() -> str:
        return FeedbackRequest.objects.with_turnout().get(pk=asked.pk).turnout.words

    assert words() == "1 of 4 answered"
    inviting.open_to_all(asked, by=cast.originator)
    assert words() == "1 answered"
    asked.responses.create()
    inviting.end_open_link(asked, by=cast.originator)
    assert words() == "2 answered"


def test_nothing_goes_by_mail_or_to_everybody_about_what_is_red(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.RED)
    asked = make_feedback(by=cast.originator, exercise=exercise)
    with pytest.raises(PermissionDenied, match="TLP:RED"):
        inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)
    with pytest.raises(PermissionDenied, match="TLP:RED"):
        inviting.open_to_all(asked, by=cast.originator)
    assert inviting.hand_out(asked, 2, by=cast.originator) == 2


@pytest.mark.parametrize("name", ["reader", "partner_reviewer", "sub_member", "administrator"])
def test_links_are_for_those_who_record_for_the_agency(
    cast: Cast, asked: FeedbackRequest, name: str
) -> None:
    with pytest.raises(PermissionDenied):
        inviting.hand_out(asked, 2, by=cast.people[name])
    with pytest.raises(PermissionDenied):
        inviting.close(asked, by=cast.people[name])
    assert not asked.tokens.exists()


def test_what_is_closed_stays_closed(cast: Cast, asked: FeedbackRequest) -> None:
    inviting.close(asked, by=cast.originator)
    assert asked.is_over
    for deed in (inviting.open_to_all, inviting.withdraw, inviting.close):
        with pytest.raises(PermissionDenied, match="closed"):
            deed(asked, by=cast.originator)


def test_an_invitation_to_what_was_closed_meanwhile_is_not_mailed(
    cast: Cast, asked: FeedbackRequest
) -> None:
    inviting.invite(asked, ["a@x.example"], "en", by=cast.originator)
    close_feedback(asked)
    work()
    assert mail.outbox == []
    assert not FeedbackLetter.objects.exists()
