"""A participant answers on a phone: with one hand, without scripts, from right to left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from agencies.models import User
from evaluation import inviting
from evaluation.models import FeedbackRequest, FeedbackResponse
from evaluation.questionnaire import STANDARD, WORDS
from lessons.models import Lesson
from tests.browser.conftest import Visit
from tests.factories import make_exercise, make_feedback

pytestmark = pytest.mark.browser


@pytest.fixture
def asked(site: str) -> FeedbackRequest:
    officer = User.objects.get(email="officer@demo.example")
    request = make_feedback(
        by=officer,
        exercise=make_exercise(by=officer, title="SECRET NAME 26"),
        heading="How was the night at sea?",
        agencies=(officer.memberships.get().agency,),
    )
    inviting.hand_out(request, 5, by=officer)
    return request


def path_of(request: FeedbackRequest, number: int = 1) -> str:
    return f"/feedback/{inviting.secret_of(request, str(number))}/"


def agree(page: Page, question: str, point: int) -> None:
    group = page.get_by_role("group", name=question)
    group.locator("label", has_text=re.compile(f"^{point}")).tap()
    expect(group.get_by_role("radio", checked=True)).to_have_value(str(point))


@pytest.mark.parametrize("scripts", [True, False])
def test_answers_on_a_phone(visit: Visit, asked: FeedbackRequest, scripts: bool) -> None:
    page = visit(None, size="phone", java_script_enabled=scripts).page
    page.goto(path_of(asked))
    expect(page.get_by_role("heading", level=1)).to_have_text("How was the night at sea?")
    expect(page.get_by_role("banner")).to_have_count(0)
    expect(page.get_by_text("SECRET NAME")).to_have_count(0)
    agree(page, STANDARD["messages"].texts["en"], 4)
    page.get_by_label(STANDARD["to_change"].texts["en"]).fill("More chargers for the radios.")
    page.get_by_role("button", name="Send my answers").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers have arrived")
    assert FeedbackResponse.objects.filter(request=asked).count() == 1
    page.goto(path_of(asked))
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has been used")


def test_answers_in_arabic_from_right_to_left(visit: Visit, asked: FeedbackRequest) -> None:
    visitor = visit(None, size="phone")
    page = visitor.page
    page.goto(path_of(asked, 2))
    page.get_by_role("link", name="العربية").tap()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    assert visitor.axe() == []
    agree(page, STANDARD["messages"].texts["ar"], 2)
    first, last = (
        page.locator(".points").first.locator("label").nth(0),
        page.locator(".points").first.locator("label").nth(4),
    )
    left, right = last.bounding_box(), first.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] < right["x"]
    page.get_by_role("button", name=WORDS["send"]["ar"]).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["thanks"]["ar"])


def test_what_is_wrong_is_said_and_nothing_is_lost(visit: Visit, asked: FeedbackRequest) -> None:
    visitor = visit(None, size="phone")
    page = visitor.page
    page.goto(path_of(asked, 3))
    words = page.get_by_label(STANDARD["went_well"].texts["en"])
    words.fill("x" * 4001)
    with visitor.watch.expecting("status of 422"):
        page.get_by_role("button", name="Send my answers").tap()
        expect(page.get_by_role("alert")).to_contain_text("What you answered is still here.")
    expect(words).to_have_value("x" * 4001)
    expect(words).to_have_accessible_description(re.compile("longer than 4,000"))
    assert visitor.axe() == []


def test_the_coordinator_makes_a_lesson_of_an_answer(visit: Visit, site: str) -> None:
    page = visit("coordinator").page
    page.goto("/exercises/")
    closed = FeedbackRequest.objects.get(heading__startswith="Four boats")
    page.goto(f"/evaluation/feedback/{closed.pk}/")
    text = page.get_by_role("listitem").filter(has_text="The numbered alert form")
    text.get_by_role("button", name="Make it a lesson").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    lesson = Lesson.objects.get(observation__startswith="The numbered alert form")
    assert lesson.originator is None
    expect(page.get_by_label("Observation")).to_have_value(lesson.observation)
