"""The manager's job: one queue, one screen, no dead ends; and the endorser's after it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from agencies.models import Agency, User
from lessons.models import Lesson
from lessons.vocabulary import Category, Status
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.factories import make_lesson

pytestmark = pytest.mark.browser

POINT = "The night crew did not know which of two gates was the joint one"


def submitted(status: Status = Status.SUBMITTED, **fields: Any) -> Lesson:
    return make_lesson(
        by=person("officer"), title=POINT, status=status, priority="urgent", **fields
    )


def test_manager_takes_and_asks_and_the_officer_answers(visit: Visit) -> None:
    lesson = submitted()
    manager = visit("reviewer")
    page = manager.open("/")
    page.get_by_role("navigation", name="Pages", exact=True).get_by_role(
        "link", name="Review"
    ).click()
    page.get_by_role("button", name=f"Take for review : {POINT}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson.refresh_from_db()
    assert (lesson.status, lesson.reviewer) == (Status.IN_REVIEW, manager.person)

    page.get_by_role("link", name="Return with a question").click()
    manager.settle()
    # Sent empty, it says what is missing and where.
    with manager.watch.expecting("status of 4"):
        page.get_by_role("button", name="Return with a question").click()
        expect(page.get_by_role("alert")).to_be_focused()
    assert manager.axe() == []
    page.get_by_label("Your question").fill("Which gate is the joint one, by its number?")
    page.get_by_role("button", name="Return with a question").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)

    officer = visit("officer", size="phone")
    phone = officer.open("/")
    phone.get_by_role("link", name=f"Answer : {POINT}").tap()
    officer.settle()
    expect(phone.get_by_text("Which gate is the joint one, by its number?")).to_be_visible()
    phone.get_by_label("Your answer to the reviewer").fill("Gate 2, by the river.")
    phone.get_by_label("No personal data, nothing classified").check()
    phone.get_by_role("button", name="Submit again").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(POINT)

    manager.open(f"/lessons/{lesson.ref}/")
    expect(page.get_by_text("Gate 2, by the river.")).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.status == Status.SUBMITTED
    assert lesson.reviewer == manager.person


def test_manager_notes_a_good_practice(visit: Visit) -> None:
    lesson = submitted(Status.IN_REVIEW, reviewer=person("reviewer"), kind="sustain")
    manager = visit("reviewer")
    page = manager.open("/review/")
    page.get_by_role("link", name=POINT).click()
    page.get_by_role("link", name="Note", exact=True).click()
    manager.settle()
    page.get_by_label("Category").select_option(label="Communication")
    manager.choose("Themes", "joint pat", "Joint patrols")
    page.get_by_label("The reason").fill("It works as it is; other sectors should know.")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson.refresh_from_db()
    assert (lesson.status, lesson.category) == (Status.NOTED, Category.COMMUNICATION)
    assert [theme.slug for theme in lesson.themes.all()] == ["joint-patrols"]


def test_endorser_endorses_with_an_action_and_confirms_the_release(visit: Visit) -> None:
    lesson = submitted(Status.IN_REVIEW, reviewer=person("reviewer"))
    body = Agency.objects.get(code="PT-GNR")
    endorser = visit("endorser")
    page = endorser.open("/review/")
    page.get_by_role("link", name=POINT).click()
    page.get_by_role("link", name="Endorse", exact=True).click()
    endorser.settle()
    page.get_by_label("Discussion").fill("Two gates were built; the plan kept one name.")
    page.get_by_label("Conclusion").fill("A gate needs a name that both sides use.")
    page.get_by_label("Recommendation").fill("Number the gates in the joint plan.")
    page.get_by_label("Category").select_option(label="Coordination and transparency")
    endorser.choose("Themes", "joint pat", "Joint patrols")
    page.get_by_label("What is to be done").fill("Number the gates in the plan and on site")
    endorser.choose("Action body", "guarda nacional", body.name)
    page.get_by_label("Due on").fill("2027-03-31")
    release = page.get_by_role("checkbox", name=body.name)
    with endorser.watch.expecting("status of 422"):
        page.get_by_role("button", name="Endorse", exact=True).click()
        expect(release).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.status == Status.IN_REVIEW
    endorser.settle()
    assert endorser.axe() == []
    release.check()
    page.get_by_role("button", name="Endorse", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    expect(
        page.get_by_role("link", name="Number the gates in the plan and on site").or_(
            page.get_by_text("Number the gates in the plan and on site")
        )
    ).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.status == Status.IDENTIFIED
    assert list(lesson.released_to.all()) == [body]
    action = lesson.actions.get()
    assert (action.body, str(action.due_on)) == (body, "2027-03-31")
    reader = User.objects.get(email="partner@demo.example")
    assert Lesson.objects.visible_to(reader).filter(pk=lesson.pk).exists()
