"""A text becomes a draft lesson: once, without an originator, and never passed by who made it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.roles import Role
from evaluation.learning import lesson_from
from evaluation.models import FeedbackAnswer, FeedbackRequest
from lessons import workflow
from lessons.models import Lesson
from lessons.vocabulary import Attribution, Kind, Status
from lessons.workflow import RefusedError
from notices.models import Notice
from programs.models import Exercise
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import close_feedback, make_exercise, make_feedback, make_response, theme

pytestmark = pytest.mark.django_db
TEXT = "The second boat had no charger for its radios."


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def answered(cast: Cast, **of: Any) -> tuple[FeedbackRequest, FeedbackAnswer]:
    exercise = make_exercise(by=cast.originator, partners=("MA", "FR"), **of)
    request = make_feedback(by=cast.originator, exercise=exercise)
    for number in range(6):
        said: dict[str, Any] = {"to_change": TEXT} if number == 3 else {}
        make_response(request, messages=3, **said)
    close_feedback(request)
    return request, FeedbackAnswer.objects.get(text=TEXT)


def test_it_is_a_draft_without_an_originator_in_the_hands_of_who_made_it(cast: Cast) -> None:
    request, answer = answered(cast)
    lesson, new = lesson_from(request, answer.pk, by=cast.colleague)
    assert new
    assert (lesson.status, lesson.originator, lesson.editor) == (Status.DRAFT, None, cast.colleague)
    assert (lesson.observation, lesson.title, lesson.kind) == (TEXT, TEXT, Kind.IMPROVE)
    assert (lesson.attribution, lesson.tlp) == (Attribution.NON_ATTRIBUTED, TLP.AMBER)
    assert (lesson.agency, lesson.exercise) == (cast.agency, request.exercise)
    assert {one.code for one in lesson.partners.all()} == {"MA", "FR"}
    assert lesson.feedback_answer == answer
    assert lesson.author_ids == {cast.colleague.pk}
    for person in (cast.colleague, cast.reviewer, cast.reader):
        assert lesson.name_for(person) == "Not attributed"


def test_what_went_well_is_to_be_sustained(cast: Cast) -> None:
    request, answer = answered(cast)
    answer.question = request.questions.get(standard="went_well")
    answer.save()
    assert lesson_from(request, answer.pk, by=cast.originator)[0].kind == Kind.SUSTAIN


def test_each_answer_makes_one_lesson(cast: Cast, client: Client) -> None:
    request, answer = answered(cast)
    client.force_login(cast.originator)
    url = reverse("evaluation:feedback_lesson", args=[request.pk, answer.pk])
    first, second = client.post(url), client.post(url)
    lesson = Lesson.objects.get()
    assert first.headers["Location"] == reverse("lessons:edit", args=[lesson.ref])
    assert second.headers["Location"] == lesson.get_absolute_url()
    client.force_login(cast.colleague)
    # A draft is its author's alone: a colleague learns only that there is one.
    assert client.post(url).headers["Location"] == request.get_absolute_url()
    page = client.get(request.get_absolute_url()).content.decode()
    assert "A draft was made of it" in page
    assert lesson.ref not in page
    assert Lesson.objects.count() == 1


def test_a_draft_that_was_deleted_can_be_made_again(cast: Cast, client: Client) -> None:
    request, answer = answered(cast)
    lesson, _new = lesson_from(request, answer.pk, by=cast.originator)
    client.force_login(cast.originator)
    assert client.post(reverse("lessons:discard", args=[lesson.ref])).status_code == 302
    assert lesson_from(request, answer.pk, by=cast.originator)[1]


@pytest.mark.parametrize(
    ("marking", "expected"),
    [
        (TLP.CLEAR, TLP.AMBER),
        (TLP.GREEN, TLP.AMBER),
        (TLP.AMBER_STRICT, TLP.AMBER_STRICT),
        (TLP.RED, TLP.RED),
    ],
)
def test_it_is_marked_at_least_as_strictly_as_the_activity(
    cast: Cast, marking: TLP, expected: TLP
) -> None:
    request, answer = answered(cast, tlp=marking)
    lesson, _new = lesson_from(request, answer.pk, by=cast.originator)
    assert lesson.tlp == expected
    assert lesson.is_visible_to(cast.originator)


def test_only_texts_of_what_is_closed_and_only_by_who_records_for_the_agency(cast: Cast) -> None:
    request, answer = answered(cast)
    for name in ("reader", "partner_reviewer", "stranger", "administrator"):
        with pytest.raises(PermissionDenied):
            lesson_from(request, answer.pk, by=cast.people[name])
    number = FeedbackAnswer.objects.filter(number__isnull=False)[0]
    with pytest.raises(FeedbackAnswer.DoesNotExist):
        lesson_from(request, number.pk, by=cast.originator)
    today = timezone.localdate()
    FeedbackRequest.objects.filter(pk=request.pk).update(closes_on=today)
    with pytest.raises(PermissionDenied, match="closed"):
        lesson_from(request, answer.pk, by=cast.originator)
    Exercise.objects.filter(feedback_requests=request).update(tlp=TLP.RED)
    with pytest.raises(PermissionDenied):
        lesson_from(request, answer.pk, by=cast.colleague)
    assert not Lesson.objects.exists()


# --- Its way through the life cycle --------------------------------------------------------------


@pytest.fixture
def made(cast: Cast) -> Lesson:
    request, answer = answered(cast)
    give(cast.originator, cast.agency, Role.ENDORSER)
    return lesson_from(request, answer.pk, by=cast.people["originator"])[0]


def submitted(lesson: Lesson, cast: Cast) -> Lesson:
    workflow.perform(lesson, "submit", by=cast.people["originator"], given={"clean": True})
    return lesson


def test_who_made_it_submits_it_and_may_not_pass_it(cast: Cast, made: Lesson) -> None:
    submitted(made, cast)
    author = cast.people["originator"]
    for move in ("take", "return", "reject"):
        with pytest.raises(RefusedError):
            workflow.perform(made, move, by=author, given={"comment": "No"})
    assert made.pk not in Lesson.objects.awaiting_review_by(author).values_list("pk", flat=True)
    workflow.perform(made, "take", by=cast.reviewer)
    with pytest.raises(RefusedError):
        workflow.perform(made, "note", by=author)
    workflow.perform(made, "return", by=cast.reviewer, given={"comment": "Which boat?"})
    assert made.is_editable_by(author)
    told = Notice.objects.filter(person=author).values_list("kind", flat=True)
    # What became of it, as everybody learns who has a lesson in hand; and the question.
    assert set(told) == {"became", "answer"}
    workflow.perform(made, "submit", by=author, given={"clean": True, "comment": "The second."})
    workflow.perform(made, "reject", by=cast.reviewer, given={"comment": "Known."})
    # There is no originator who could appeal.
    with pytest.raises(RefusedError):
        workflow.perform(made, "appeal", by=author, given={"comment": "But"})


def test_four_eyes_count_who_made_it_after_somebody_else_adopted_it(
    cast: Cast, made: Lesson
) -> None:
    author = cast.people["originator"]
    author.is_active = False
    author.save()
    workflow.perform(made, "adopt", by=cast.coordinator, given={"editor": cast.colleague})
    assert made.editor == cast.colleague
    assert made.author_ids == {author.pk, cast.colleague.pk}


def test_every_page_and_file_shows_a_lesson_without_an_originator(
    cast: Cast, made: Lesson, client: Client
) -> None:
    submitted(made, cast)
    workflow.perform(made, "take", by=cast.reviewer)
    given = {"category": "coordination", "themes": [theme("joint-patrols")], "reason": "Valid"}
    workflow.perform(made, "note", by=cast.reviewer, given=given | {"comment": "Valid"})
    for name in ("originator", "colleague", "reviewer", "reader", "coordinator"):
        person = cast.people[name]
        client.force_login(person)
        page = client.get(made.get_absolute_url())
        assert page.status_code == 200
        assert "Not attributed" in page.content.decode()
        if name not in {"originator", "reviewer", "coordinator"}:
            assert cast.originator.name not in page.content.decode()
        file = client.get(reverse("lessons:export"), {"format": "csv"})
        text = b"".join(file).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text[text.index("Reference") :])))
        assert [row["Originator"] for row in rows] == ["Not attributed"]
        for address in ("lessons:mine", "insights:home", "lessons:lessons", "insights:pipeline"):
            assert client.get(reverse(address)).status_code == 200


def test_its_form_does_not_ask_how_to_name_anybody(
    cast: Cast, made: Lesson, client: Client
) -> None:
    client.force_login(cast.people["originator"])
    page = client.get(reverse("lessons:edit", args=[made.ref])).content.decode()
    assert 'name="title"' in page
    assert 'name="attribution"' not in page


def test_only_who_made_it_reads_the_draft(cast: Cast, made: Lesson, client: Client) -> None:
    for name, person in cast.people.items():
        assert made.is_visible_to(person) == (name == "originator"), name
    client.force_login(cast.people["originator"])
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Only you can read this draft" in page


def test_the_administration_shows_it(cast: Cast, made: Lesson, client: Client) -> None:
    submitted(made, cast)
    client.force_login(cast.administrator)
    assert client.get("/admin/lessons/lesson/").status_code == 200
    page = client.get(f"/admin/lessons/lesson/{made.pk}/change/").content.decode()
    assert "Originator: Not attributed" in page
    assert cast.originator.name not in page
