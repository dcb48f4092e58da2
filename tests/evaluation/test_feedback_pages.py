"""The pages of those who ask: the form, links, results, the sheet, the file, and who gets where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation import inviting
from evaluation.models import FeedbackAnswer, FeedbackRequest
from evaluation.questionnaire import STANDARD
from records.models import ExportRecord
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import (
    close_feedback,
    make_exercise,
    make_feedback,
    make_program,
    make_response,
)
from tests.forms import Values, changed, client_of, errors_in, fields_of
from tests.quick import quick

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def filled(client: Client, path: str, **changes: Any) -> Values:
    today = timezone.localdate()
    usual = {
        "heading": "How was it?",
        "languages": ["en", "es"],
        "opens_on": today,
        "closes_on": today + timedelta(days=7),
        "shown_to_anybody": "on",
    }
    return changed(fields_of(client.get(path), "feedback-form"), **{**usual, **changes})


def own(number: int = 0, **given: str) -> dict[str, Any]:
    row = {f"own__{number}__{name}": value for name, value in given.items()}
    return {"own__TOTAL_FORMS": number + 1, f"own__{number}__id": "", **row}


# --- The form ------------------------------------------------------------------------------------


def test_a_questionnaire_is_made_of_an_exercise_once(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    client = client_of(cast.originator)
    path = f"{reverse('evaluation:feedback_new')}?exercise={exercise.ref}"
    sent = filled(client, path, agencies_asked=[cast.agency, cast.partner_agency])
    first, second = client.post(path, sent), client.post(path, sent)
    made = FeedbackRequest.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == made.get_absolute_url()
    assert (made.exercise, made.program, made.created_by) == (exercise, None, cast.originator)
    assert [one.standard for one in made.questions.all()] == list(STANDARD)
    assert set(made.agencies_asked.all()) == {cast.agency, cast.partner_agency}
    assert not made.has_open_link


def test_it_opens_today_unless_said(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    path = f"{reverse('evaluation:feedback_new')}?exercise={exercise.ref}"
    offered = fields_of(client_of(cast.originator).get(path), "feedback-form")
    assert offered["opens_on"] == [timezone.localdate().isoformat()]
    asked = make_feedback(by=cast.originator, opens_on=timezone.localdate() + timedelta(days=3))
    path = reverse("evaluation:feedback_edit", args=[asked.pk])
    offered = fields_of(client_of(cast.originator).get(path), "feedback-form")
    assert offered["opens_on"] == [asked.opens_on.isoformat()]


def test_a_questionnaire_about_a_program(cast: Cast) -> None:
    program = make_program(by=cast.originator)
    client = client_of(cast.originator)
    path = f"{reverse('evaluation:feedback_new')}?program={program.ref}"
    client.post(path, filled(client, path, standard=["again"]))
    made = FeedbackRequest.objects.get()
    assert (made.activity, made.questions.count()) == (program, 1)
    assert "0 answered" in client.get(program.get_absolute_url()).content.decode()


def test_own_questions_in_every_language_offered(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    client = client_of(cast.originator)
    path = f"{reverse('evaluation:feedback_new')}?exercise={exercise.ref}"
    row = own(kind="choice", text_en="Which boat?", choices_en="First\n\nSecond ")
    answer = client.post(path, filled(client, path, **row))
    assert answer.status_code == 422
    wrong = answer.context["rows"].forms[0].errors
    assert wrong["text_es"] == ["Ask it in Español too."]
    assert wrong["choices_es"] == ["Give as many answers as in the other languages: 2."]
    assert "Which boat?" in answer.content.decode()
    assert not FeedbackRequest.objects.exists()
    row |= own(kind="choice", text_en="Which boat?", choices_en="First\n\nSecond ") | {
        "own__0__text_es": "¿Qué barco?",
        "own__0__choices_es": "Primero\nSegundo",
    }
    assert client.post(path, filled(client, path, **row)).status_code == 302
    question = FeedbackRequest.objects.get().questions.get(standard="")
    assert question.texts == {"en": "Which boat?", "es": "¿Qué barco?"}
    assert question.choices == [{"en": "First", "es": "Primero"}, {"en": "Second", "es": "Segundo"}]
    assert question.position >= len(STANDARD)


def test_one_more_row_without_a_script(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    client = client_of(cast.originator)
    path = f"{reverse('evaluation:feedback_new')}?exercise={exercise.ref}"
    page = client.post(path, filled(client, path, add_own="1", heading="Typed"))
    values = fields_of(page, "feedback-form")
    assert (page.status_code, values["own-TOTAL_FORMS"]) == (200, ["1"])
    assert values["heading"] == ["Typed"]
    assert not FeedbackRequest.objects.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"heading": ""}, "heading"),
        ({"heading": "x" * 201}, "heading"),
        ({"languages": []}, "languages"),
        ({"languages": ["xx"]}, "languages"),
        ({"closes_on": "2020-01-01"}, "closes_on"),
        ({"opens_on": "soon"}, "opens_on"),
        ({"shown_to_anybody": ""}, "shown_to_anybody"),
        ({"standard": []}, "standard"),
        ({"standard": ["nonsense"]}, "standard"),
        ({"agencies_asked": ["0"]}, "agencies_asked"),
    ],
)
def test_bad_input_is_said_beside_its_field(cast: Cast, change: dict[str, Any], name: str) -> None:
    exercise = make_exercise(by=cast.originator)
    client = client_of(cast.originator)
    path = f"{reverse('evaluation:feedback_new')}?exercise={exercise.ref}"
    sent = filled(client, path, introduction="Kept as typed", **change)
    answer = client.post(path, sent)
    assert answer.status_code == 422
    assert set(errors_in(answer)) == {name}
    assert "Kept as typed" in answer.content.decode()
    assert not FeedbackRequest.objects.exists()


def test_once_somebody_answered_the_questions_stand(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    make_response(asked, messages=4)
    client = client_of(cast.colleague)
    path = reverse("evaluation:feedback_edit", args=[asked.pk])
    sent = filled(client, path, heading="Better words") | {"standard": ["again"]}
    assert client.post(path, sent).status_code == 302
    asked.refresh_from_db()
    assert (asked.heading, asked.questions.count(), asked.version) == ("Better words", 5, 2)


def test_before_that_they_can_be_changed(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    client = client_of(cast.originator)
    path = reverse("evaluation:feedback_edit", args=[asked.pk])
    sent = filled(client, path, standard=["again", "past"], languages=["en"])
    sent = changed(sent, **own(kind="text", text_en="Anything else?"))
    assert client.post(path, sent).status_code == 302
    assert [str(one) for one in asked.questions.all()] == [
        STANDARD["past"].texts["en"],
        STANDARD["again"].texts["en"],
        "Anything else?",
    ]


def test_what_is_closed_cannot_be_opened_again(cast: Cast) -> None:
    asked = close_feedback(make_feedback(by=cast.originator))
    client = client_of(cast.originator)
    path = reverse("evaluation:feedback_edit", args=[asked.pk])
    sent = fields_of(client.get(path), "feedback-form")
    assert "closes_on" not in sent
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = client.post(path, changed(sent, closes_on=tomorrow, summary_shared="on"))
    assert answer.status_code == 302
    asked.refresh_from_db()
    assert (asked.is_over, asked.summary_shared) == (True, True)


def test_a_newer_version_is_not_written_over(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    client = client_of(cast.originator)
    path = reverse("evaluation:feedback_edit", args=[asked.pk])
    sent = filled(client, path, heading="Mine")
    other = client_of(cast.colleague)
    other.post(path, filled(other, path, heading="Theirs"))
    answer = client.post(path, sent)
    assert answer.status_code == 409
    assert "Somebody else saved a newer version" in answer.content.decode()
    assert fields_of(answer, "feedback-form")["heading"] == ["Mine"]
    asked.refresh_from_db()
    assert asked.heading == "Theirs"


# --- Who gets where ------------------------------------------------------------------------------

MANAGES = {"originator", "colleague", "reviewer", "second_reviewer", "endorser"}
MANAGES |= {"second_endorser", "coordinator", "red_recipient"}


@pytest.mark.parametrize("shared", quick(True, of=[False, True]))
def test_who_sees_and_who_manages(cast: Cast, shared: bool) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.GREEN)
    asked = make_feedback(by=cast.originator, exercise=exercise, summary_shared=shared)
    inviting.hand_out(asked, 1, by=cast.originator)
    for name, person in cast.people.items():
        if not person.is_active:
            continue
        client = client_of(person)
        member = name != "administrator"
        expected = 200 if name in MANAGES or (shared and member) else 404
        assert client.get(asked.get_absolute_url()).status_code == expected, name
        for page in ("feedback_edit", "feedback_links", "feedback_export"):
            manages = {200: 200 if name in MANAGES else 403, 404: 404}[expected]
            url = reverse(f"evaluation:{page}", args=[asked.pk])
            assert client.get(url).status_code == manages, (name, page)


def test_who_may_not_see_the_activity_sees_no_questionnaire(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.RED)
    asked = make_feedback(
        by=cast.originator, exercise=exercise, summary_shared=True, heading="Xyzzy of the form"
    )
    inviting.hand_out(asked, 2, by=cast.originator)
    for name, person in cast.people.items():
        if name == "originator" or not person.is_active:
            continue
        client = client_of(person)
        for page in ("feedback", "feedback_edit", "feedback_links", "feedback_sheet"):
            url = reverse(f"evaluation:{page}", args=[asked.pk])
            assert client.get(url).status_code == 404, (name, page)
        new = f"{reverse('evaluation:feedback_new')}?exercise={exercise.ref}"
        assert client.get(new).status_code in {403, 404}
    client = client_of(cast.originator)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "do/hand_out/" in page
    assert "do/invite/" not in page
    assert "do/open/" not in page
    assert client.get(reverse("evaluation:feedback_export", args=[asked.pk])).status_code == 403
    for deed in ("invite", "open"):
        url = reverse("evaluation:feedback_do", args=[asked.pk, deed])
        sent = {"addresses": "a@x.example", "language": "en"}
        assert client.post(url, sent).status_code == 403
    assert mail.outbox == []


def test_the_exercise_tells_how_many_answered_to_who_may_know(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.GREEN)
    asked = make_feedback(by=cast.originator, exercise=exercise, heading="Xyzzy of the form")
    inviting.hand_out(asked, 20, by=cast.originator)
    asked.tokens.filter(pk__in=asked.tokens.values("pk")[:14]).update(spent=True)
    for _one in range(14):
        make_response(asked, messages=4)
    for path in (
        exercise.get_absolute_url(),
        reverse("programs:exercise_evaluate", args=[exercise.ref]),
    ):
        page = client_of(cast.originator).get(path).content.decode()
        assert "14 of 20 answered" in page
        assert asked.get_absolute_url() in page
    page = client_of(cast.stranger).get(exercise.get_absolute_url()).content.decode()
    assert exercise.title in page
    assert "Xyzzy" not in page


# --- Links ---------------------------------------------------------------------------------------


def do(client: Client, asked: FeedbackRequest, deed: str, **sent: object) -> Any:
    return client.post(reverse("evaluation:feedback_do", args=[asked.pk, deed]), sent)


def test_links_are_made_shown_and_taken_as_a_file(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    client = client_of(cast.originator)
    url = reverse("evaluation:feedback_links", args=[asked.pk])
    assert client.get(url).status_code == 404
    assert do(client, asked, "hand_out", number=3).headers["Location"] == url
    asked.refresh_from_db()
    page = client.get(url).content.decode()
    file = client.get(url, {"format": "csv"})
    for _number, address in inviting.numbered_links(asked):
        assert address in page
        assert address in file.content.decode()
    assert page.count('class="qr"') == 3
    assert "style=" not in page
    assert file.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("deed", "sent", "words"),
    [
        ("hand_out", {"number": "0"}, "At least one."),
        ("hand_out", {"number": "1001"}, "At most 1000."),
        ("hand_out", {"number": ""}, "Say how many."),
        ("invite", {"addresses": "", "language": "en"}, "Paste at least one address."),
        ("invite", {"addresses": "nobody", "language": "en"}, "There is no e-mail address in it."),
        ("invite", {"addresses": "a@b, x@y.example", "language": "en"}, "no e-mail address: a@b"),
        ("invite", {"addresses": "x@y.example", "language": "fr"}, "Select a valid choice"),
    ],
)
def test_bad_input_for_links(cast: Cast, deed: str, sent: dict[str, str], words: str) -> None:
    asked = make_feedback(by=cast.originator)
    answer = do(client_of(cast.originator), asked, deed, **sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not asked.tokens.exists()


def test_addresses_are_found_in_what_mail_programs_write(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    pasted = 'Ana <ana@x.example>; "Bo, Jr." <BO@x.example>\ncy@x.example'
    do(client_of(cast.originator), asked, "invite", addresses=pasted, language="es")
    found = set(asked.letters.values_list("address", flat=True))
    assert found == {"ana@x.example", "bo@x.example", "cy@x.example"}


def test_the_open_link_has_a_sheet_until_it_is_taken_back(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator, heading="How was it?")
    client = client_of(cast.originator)
    url = reverse("evaluation:feedback_sheet", args=[asked.pk])
    assert client.get(url).status_code == 404
    assert do(client, asked, "open").headers["Location"] == url
    asked.refresh_from_db()
    page = client.get(url).content.decode()
    assert f"/feedback/{asked.open_key}/" in page
    assert "How was it?" in page
    assert 'class="qr"' in page
    assert "style=" not in page
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "It has a link that anybody can answer." in page
    assert "there is no response rate" in page
    make_response(asked)
    do(client, asked, "end_open")
    assert "It had a link" in client.get(asked.get_absolute_url()).content.decode()
    assert client.get(url).status_code == 404


def test_closing_ends_it_and_shows_results(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    for _one in range(5):
        make_response(asked, messages=4, went_well="Only after the end")
    client = client_of(cast.originator)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "They are shown once it is closed." in page
    assert "Only after the end" not in page
    assert do(client, asked, "close").status_code == 302
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "Only after the end" in page
    assert do(client, asked, "close").status_code == 302
    assert do(client, asked, "open").status_code == 403
    assert do(client, asked, "nonsense").status_code == 404


# --- Results and their file ----------------------------------------------------------------------


@pytest.fixture
def closed(cast: Cast) -> FeedbackRequest:
    exercise = make_exercise(by=cast.originator, tlp=TLP.GREEN)
    asked = make_feedback(by=cast.originator, exercise=exercise, summary_shared=True)
    for agency, number in (
        (cast.agency, 9),
        (cast.sub_agency, 8),
        (cast.partner_agency, 3),
    ):
        for _one in range(number):
            make_response(asked, agency=agency, messages=4, to_change="=Xyzzy of a text")
    return close_feedback(asked)


def test_small_groups_are_not_shown_and_cannot_be_worked_out(
    cast: Cast, closed: FeedbackRequest
) -> None:
    page = client_of(cast.originator).get(closed.get_absolute_url()).content.decode()
    table = page.partition("By agency")[2]
    assert "Guardia Civil" in table
    assert "Others together" in table
    assert cast.sub_agency.name not in page
    assert cast.partner_agency.name not in page


def test_others_read_the_summary_alone(cast: Cast, closed: FeedbackRequest) -> None:
    page = client_of(cast.partner_reader).get(closed.get_absolute_url()).content.decode()
    assert STANDARD["messages"].texts["en"] in page
    assert "Xyzzy" not in page
    assert "Others together" not in page
    assert "This is the summary" in page


def test_the_file_says_what_the_page_says_and_is_on_record(
    cast: Cast, closed: FeedbackRequest
) -> None:
    client = client_of(cast.originator)
    file = client.get(reverse("evaluation:feedback_export", args=[closed.pk]))
    text = file.content.decode("utf-8-sig")
    assert "Others together" in text
    assert cast.partner_agency.name not in text
    assert text.count("Xyzzy of a text") == 20
    assert ",=Xyzzy" not in text
    assert "TLP-GREEN" in file.headers["Content-Disposition"]
    record = ExportRecord.objects.get()
    assert (record.kind, record.marking, record.query) == (
        "exercises",
        "green",
        f"feedback={closed.pk}",
    )
    assert record.rows == text.strip().count("\n")


@pytest.mark.parametrize("number", [5, 30])
def test_the_page_asks_the_database_as_often_whoever_answered(
    cast: Cast, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked = make_feedback(by=cast.originator)
    for _one in range(number):
        make_response(asked, agency=cast.agency, messages=4, to_change="Something")
    close_feedback(asked)
    client = client_of(cast.originator)
    client.get(asked.get_absolute_url())
    with django_assert_num_queries(10):
        client.get(asked.get_absolute_url())
    assert FeedbackAnswer.objects.filter(text="Something").count() == number


def test_a_questionnaire_holds_on_to_its_exercise(cast: Cast) -> None:
    asked = make_feedback(by=cast.originator)
    with pytest.raises(ProtectedError):
        asked.activity.delete()
