"""Answering without an account: links, languages, bad input, floods, and nothing that links."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from evaluation import inviting
from evaluation.models import (
    FeedbackAnswer,
    FeedbackRequest,
    FeedbackResponse,
    FeedbackToken,
)
from evaluation.questionnaire import WORDS, Language, QuestionKind
from programs.models import Exercise
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import close_feedback, make_exercise, make_feedback
from tests.forms import Values, fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def asked(cast: Cast) -> FeedbackRequest:
    exercise = make_exercise(by=cast.originator, title="Xyzzy of the exercise")
    request = make_feedback(
        by=cast.originator,
        exercise=exercise,
        heading="How was it?",
        agencies=(cast.agency, cast.partner_agency),
    )
    inviting.hand_out(request, 3, by=cast.originator)
    return request


def personal(request: FeedbackRequest, number: int = 1) -> str:
    return reverse("evaluation:answer", args=[inviting.secret_of(request, str(number))])


def opened(request: FeedbackRequest, cast: Cast) -> str:
    inviting.open_to_all(request, by=cast.originator)
    return reverse("evaluation:answer", args=[request.open_key])


def field(request: FeedbackRequest, name: str) -> str:
    return f"q{request.questions.get(standard=name).pk}"


def filled(client: Client, path: str, request: FeedbackRequest, **answers: object) -> Values:
    values = fields_of(client.get(path), "answer-form")
    for name, given in answers.items():
        values[name if name == "agency" else field(request, name)] = [str(given)]
    return values


# --- The way through -----------------------------------------------------------------------------


def test_somebody_without_an_account_answers_with_a_personal_link(
    client: Client, asked: FeedbackRequest, cast: Cast
) -> None:
    path = personal(asked)
    sent = filled(
        client, path, asked, messages=4, again=1, went_well="The form.", agency=cast.agency.pk
    )
    answer = client.post(path, sent, follow=True)
    assert answer.status_code == 200
    assert WORDS["thanks"]["en"] in answer.content.decode()
    response = FeedbackResponse.objects.get()
    assert response.agency == cast.agency
    given = {one.question.standard: one.text or one.number for one in response.answers.all()}
    assert given == {"messages": 4, "again": 1, "went_well": "The form."}
    assert asked.tokens.filter(spent=True).count() == 1


def test_two_clicks_are_one_answer_and_a_link_answers_once(
    client: Client, asked: FeedbackRequest
) -> None:
    path = personal(asked)
    sent = filled(client, path, asked, messages=4)
    for _click in range(2):
        assert client.post(path, sent).status_code == 302
    assert FeedbackResponse.objects.count() == 1
    page = client.get(path)
    assert WORDS["spent"]["en"] in page.content.decode()
    assert b"answer-form" not in page.content
    again = client.post(path, sent | {"form": [str(uuid4())]})
    assert again.status_code == 409
    assert FeedbackResponse.objects.count() == 1


@pytest.mark.parametrize("language", Language.values)
def test_questions_changed_meanwhile_are_shown_before_anything_is_kept(
    client: Client, asked: FeedbackRequest, language: str
) -> None:
    question = asked.questions.create(
        position=99, kind=QuestionKind.CHOICE, texts={"en": "Which?"},
        choices=[{"en": "Boats"}, {"en": "Drones"}],
    )  # fmt: skip
    asked.languages = Language.values
    asked.save()
    path = personal(asked)
    sent = filled(client, path, asked, went_well="The boats.") | {f"q{question.pk}": ["1"]}
    question.choices.reverse()
    question.save()
    page = client.post(f"{path}?lang={language}", sent)
    assert page.status_code == 409
    assert WORDS["changed"][language] in page.content.decode()
    assert not FeedbackResponse.objects.exists()
    assert not asked.tokens.filter(spent=True).exists()
    kept = fields_of(page, "answer-form")
    assert kept[field(asked, "went_well")] == ["The boats."]
    assert kept[f"q{question.pk}"] == ["1"]
    assert client.post(path, kept).status_code == 302
    assert FeedbackResponse.objects.count() == 1


def test_an_open_link_is_answered_once_by_a_device_and_again_by_another(
    client: Client, asked: FeedbackRequest, cast: Cast
) -> None:
    path = opened(asked, cast)
    sent = filled(client, path, asked, messages=2)
    assert WORDS["thanks"]["en"] in client.post(path, sent, follow=True).content.decode()
    assert WORDS["answered"]["en"] in client.get(path).content.decode()
    client.post(path, sent | {"form": [str(uuid4())]})
    assert FeedbackResponse.objects.count() == 1
    cookie = client.cookies[f"lindero_answered_{asked.pk}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (path, True, "Lax")
    other = Client()
    other.post(path, filled(other, path, asked, messages=5))
    assert FeedbackResponse.objects.count() == 2
    assert not asked.tokens.filter(spent=True).exists()


def test_two_clicks_on_an_open_link_are_one_answer(asked: FeedbackRequest, cast: Cast) -> None:
    path = opened(asked, cast)
    sent = filled(Client(), path, asked, messages=2)
    for _click in range(2):
        # The second click leaves before the cookie of the first has come.
        Client().post(path, sent)
    assert FeedbackResponse.objects.count() == 1


def test_it_works_with_the_token_against_forged_requests_and_without_a_session(
    asked: FeedbackRequest,
) -> None:
    client = Client(enforce_csrf_checks=True)
    path = personal(asked)
    sent = filled(client, path, asked, messages=4)
    assert client.post(path, {**sent, "csrfmiddlewaretoken": [""]}).status_code == 403
    assert client.post(path, sent).status_code == 302
    assert "lindero_session" not in client.cookies


# --- What stands in the way ----------------------------------------------------------------------


def test_an_unknown_link_says_so_and_so_does_a_withdrawn_one(
    client: Client, asked: FeedbackRequest, cast: Cast
) -> None:
    path = personal(asked)
    inviting.withdraw(asked, by=cast.originator)
    for address in (reverse("evaluation:answer", args=["no-such-key"]), path):
        for page in (client.get(address), client.post(address, {})):
            assert page.status_code == 404
            assert WORDS["unknown"]["en"] in page.content.decode()


def test_it_takes_answers_only_while_it_is_open(client: Client, asked: FeedbackRequest) -> None:
    path = personal(asked)
    sent = filled(client, path, asked, messages=4)
    tomorrow = timezone.localdate() + timedelta(days=1)
    FeedbackRequest.objects.filter(pk=asked.pk).update(opens_on=tomorrow)
    assert WORDS["early"]["en"] in client.get(path).content.decode()
    assert client.post(path, sent).status_code == 403
    close_feedback(asked)
    assert WORDS["closed"]["en"] in client.get(path).content.decode()
    assert client.post(path, sent).status_code == 403
    assert not FeedbackResponse.objects.exists()
    assert not asked.tokens.filter(spent=True).exists()


def test_what_became_red_has_no_open_link_any_more(
    client: Client, asked: FeedbackRequest, cast: Cast
) -> None:
    path = opened(asked, cast)
    assert client.get(path).status_code == 200
    Exercise.objects.filter(feedback_requests=asked).update(tlp=TLP.RED)
    assert client.get(path).status_code == 404
    assert client.get(personal(asked)).status_code == 200


def test_bad_input_is_said_beside_its_field_and_nothing_typed_is_lost(
    client: Client, asked: FeedbackRequest
) -> None:
    path = personal(asked)
    sent = filled(
        client, path, asked, messages=9, to_change="x" * 4001, went_well="Kept <b>as typed</b>"
    )
    answer = client.post(path, sent | {"agency": ["999999"]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert WORDS["choose"]["en"] in page
    assert WORDS["too_long"]["en"] in page
    assert "Kept &lt;b&gt;as typed&lt;/b&gt;" in page
    assert fields_of(answer, "answer-form")[field(asked, "to_change")] == ["x" * 4001]
    assert not FeedbackResponse.objects.exists()
    assert not asked.tokens.filter(spent=True).exists()


def test_an_empty_form_is_not_an_answer(client: Client, asked: FeedbackRequest) -> None:
    path = personal(asked)
    answer = client.post(path, filled(client, path, asked))
    assert answer.status_code == 422
    assert WORDS["nothing"]["en"] in answer.content.decode()
    assert not FeedbackResponse.objects.exists()


def test_floods_are_hindered_and_nothing_typed_is_lost(
    client: Client, asked: FeedbackRequest, cast: Cast, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"feedback": "2/m/ip"}
    cache.clear()
    path = opened(asked, cast)
    for _one in range(2):
        other = Client()
        assert other.post(path, filled(other, path, asked, messages=1)).status_code == 302
    answer = client.post(path, filled(client, path, asked, went_well="Still here"))
    assert answer.status_code == 429
    assert "Still here" in answer.content.decode()
    assert WORDS["too_fast"]["en"] in answer.content.decode()
    assert FeedbackResponse.objects.count() == 2


# --- Languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accepts", "language", "direction"),
    [
        ("", "", "en", "ltr"),
        ("?lang=ar", "es", "ar", "rtl"),
        ("", "de-DE,es-ES;q=0.8", "es", "ltr"),
        ("?lang=fr", "", "en", "ltr"),
        ("?lang=<b>", "", "en", "ltr"),
    ],
)
def test_the_page_is_in_a_language_that_is_offered(
    client: Client, asked: FeedbackRequest, query: str, accepts: str, language: str, direction: str
) -> None:
    page = client.get(personal(asked) + query, headers={"accept-language": accepts})
    text = page.content.decode()
    assert f'<html lang="{language}" dir="{direction}"' in text
    assert WORDS["send"][language] in text
    for other in {"en", "es", "ar"} - {language}:
        assert WORDS["send"][other] not in text
    assert "lang=fr" not in text


# --- What the page tells, and what the database keeps --------------------------------------------


def test_the_page_tells_nothing_of_the_activity(
    client: Client, asked: FeedbackRequest, cast: Cast
) -> None:
    path = personal(asked)
    pages = [client.get(path), client.post(path, {}), client.get(opened(asked, cast))]
    client.force_login(cast.originator)
    pages.append(client.get(path))
    for page in pages:
        text = page.content.decode()
        assert "How was it?" in text
        assert "Xyzzy" not in text
        assert asked.activity.ref not in text
        assert "TLP" not in text
        assert 'class="bar"' not in text
        assert cast.originator.name not in text


def test_no_answer_can_be_linked_with_its_link_or_time(
    client: Client, asked: FeedbackRequest
) -> None:
    fields = {
        (model.__name__, one.name)
        for model in (FeedbackResponse, FeedbackAnswer, FeedbackToken)
        for one in model._meta.get_fields()
        if isinstance(one, models.DateField | models.DateTimeField | models.BigAutoField)
        or (one.is_relation and {model, one.related_model} == {FeedbackResponse, FeedbackToken})
    }
    # A token's own number is that of its making.
    assert fields == {("FeedbackToken", "id")}
    path = personal(asked)
    sent = filled(client, path, asked, messages=4)
    client.post(path, sent)
    response = FeedbackResponse.objects.get()
    assert str(response.pk) != sent["form"][0]
    key = path.rstrip("/").rpartition("/")[2]
    assert not FeedbackToken.objects.filter(digest__contains=key).exists()


def test_spending_writes_every_link_anew(client: Client, asked: FeedbackRequest) -> None:
    """Whoever reads the age of rows learns nothing: all links are as old as the last answer."""
    path = personal(asked)
    sent = filled(client, path, asked, messages=4)
    with CaptureQueriesContext(connection) as queries:
        client.post(path, sent)
    written = [one["sql"] for one in queries if "UPDATE" in one["sql"] and "token" in one["sql"]]
    assert len(written) == 1
    where = re.split(r"\bWHERE\b", written[0])[-1]
    assert "digest" not in where
    assert "request_id" in where


@pytest.mark.parametrize("number", [1, 12])
def test_the_page_asks_the_database_as_often_whatever_is_asked(
    client: Client, asked: FeedbackRequest, number: int
) -> None:
    asked.questions.exclude(standard="messages").delete()
    for place in range(number - 1):
        asked.questions.create(position=50 + place, kind="yes_no", texts={"en": f"Number {place}?"})
    with CaptureQueriesContext(connection) as queries:
        client.get(personal(asked))
    assert len(queries) == 5
