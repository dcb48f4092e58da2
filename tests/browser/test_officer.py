"""The officer's job: log what happened, on a phone, before memory fades."""

import pytest
from playwright.sync_api import expect

from agencies.models import User
from lessons.models import Lesson
from lessons.vocabulary import Status
from programs.models import Exercise
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.factories import make_exercise

pytestmark = pytest.mark.browser

POINT = "The relief boat had the old frequency list, so we met twenty minutes late"
HAPPENED = "We expected to meet at 02:10.\nThe Portuguese boat called on the channel of 2024."


@pytest.fixture
def joint_exercise(site: str) -> Exercise:
    """A joint exercise of the officer's agency with two partners."""
    officer = User.objects.get(email="officer@demo.example")
    return make_exercise(by=officer, title="LEVANTE NIGHT 26", partners=("MA", "PT"))


@pytest.fixture
def officer(visit: Visit) -> Visitor:
    """The officer on the phone, at home."""
    visitor = visit("officer", size="phone")
    visitor.open("/")
    return visitor


def start_lesson(officer: Visitor) -> None:
    officer.page.get_by_role("link", name="Log a lesson").tap()
    expect(officer.page.get_by_role("heading", level=1)).to_have_text("What did you learn?")
    officer.settle()


def test_logs_a_lesson_from_an_exercise_with_two_partners(
    officer: Visitor, joint_exercise: Exercise
) -> None:
    page = officer.page
    start_lesson(officer)
    page.get_by_label("The point, in one sentence").fill(POINT)
    page.get_by_label("What happened").fill(HAPPENED)
    officer.choose("Partner", "moroc", "Morocco")
    officer.choose("Partner", "portu", "Portugal")
    officer.choose("From which exercise?", "levante night", "LEVANTE NIGHT 26")
    page.get_by_label("No personal data, nothing classified").check()
    page.get_by_role("button", name="Submit for review").tap()

    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson = Lesson.objects.get(title=POINT)
    assert lesson.status == Status.SUBMITTED
    assert lesson.observation == HAPPENED
    assert sorted(lesson.partners.values_list("code", flat=True)) == ["MA", "PT"]
    assert lesson.exercise == joint_exercise
    assert lesson.originator == officer.person
    assert page.url.endswith(f"/lessons/{lesson.ref}/")


def test_exercise_brings_its_partners_along(officer: Visitor, joint_exercise: Exercise) -> None:
    page = officer.page
    officer.open(joint_exercise.get_absolute_url())
    page.get_by_role("link", name="Log a lesson").last.tap()
    officer.settle()
    assert officer.chosen("Partner") == ["Morocco", "Portugal"]
    assert officer.chosen("From which exercise?") == [
        f"{joint_exercise.title} · {joint_exercise.ref}"
    ]


def test_saves_a_draft_and_later_completes_and_submits_it(officer: Visitor) -> None:
    page = officer.page
    start_lesson(officer)
    page.get_by_label("The point, in one sentence").fill(POINT)
    page.get_by_role("button", name="Save draft").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson = Lesson.objects.get(title=POINT)
    assert lesson.status == Status.DRAFT

    officer.open("/")
    page.get_by_role("link", name="Drafts and returned").tap()
    page.get_by_role("link", name=POINT).tap()
    page.get_by_role("link", name="Edit the text").first.tap()
    officer.settle()
    page.get_by_label("Observation").fill(HAPPENED)
    page.get_by_label("Recommendation").fill("Exchange the list on the first day of each quarter.")
    officer.choose("Partners", "portu", "Portugal")
    officer.choose("Themes", "joint pat", "Joint patrols")
    page.get_by_label("No personal data, nothing classified").check()
    page.get_by_role("button", name="Submit for review").tap()
    expect(page.get_by_text("Submitted").first).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.status == Status.SUBMITTED
    assert lesson.recommendation == "Exchange the list on the first day of each quarter."
    assert Lesson.objects.filter(title=POINT).count() == 1
