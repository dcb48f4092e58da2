"""After publication: talking about a lesson, using it, and evaluating the exercise behind it."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from lessons.models import Comment, Lesson, Reuse
from lessons.vocabulary import Status
from programs.models import Exercise, Objective
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.factories import make_exercise, make_lesson

pytestmark = pytest.mark.browser


def noted() -> Lesson:
    return make_lesson(
        by=person("officer"), status=Status.NOTED, title="Two gates look alike at night"
    )


def test_a_colleague_is_mentioned_and_answers(visit: Visit) -> None:
    lesson = noted()
    writer = visit("officer")
    page = writer.open(f"/lessons/{lesson.ref}/")
    field = page.get_by_label("Your comment")
    field.press_sequentially("Does this hold in winter? @andr")
    offer = page.get_by_role("listbox", name="People to mention").get_by_role("option")
    expect(offer).to_have_count(1)
    assert writer.axe() == []
    field.press("Enter")
    expect(page.get_by_role("list", name="Mentioned")).to_contain_text("Andrés Quiroga Peña")
    # The text names nobody: who reads it may not know the name.
    expect(field).to_have_value("Does this hold in winter? ")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("Mentioned: Andrés Quiroga Peña")).to_be_visible()
    comment = Comment.objects.get(lesson=lesson)
    assert list(comment.mentioned.all()) == [person("colleague")]

    answering = visit("colleague", size="phone")
    phone = answering.open(f"/lessons/{lesson.ref}/")
    expect(phone.get_by_text("Does this hold in winter?")).to_be_visible()
    phone.get_by_label("Your comment").fill("It does: https://weather.example/gates")
    phone.get_by_role("button", name="Comment", exact=True).tap()
    expect(phone.get_by_role("link", name="https://weather.example/gates")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Withdrawn by its author")).to_be_visible()


def test_a_mention_is_taken_back_and_escape_closes_the_list(visit: Visit) -> None:
    lesson = noted()
    writer = visit("officer")
    page = writer.open(f"/lessons/{lesson.ref}/")
    field = page.get_by_label("Your comment")
    field.press_sequentially("@andr")
    options = page.get_by_role("option")
    expect(options).to_have_count(1)
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press_sequentially("e")
    options.first.click()
    page.get_by_role("button", name="Do not mention Andrés Quiroga Peña").click()
    expect(page.get_by_role("list", name="Mentioned")).to_be_hidden()


def test_without_scripts_everybody_to_mention_is_listed(visit: Visit) -> None:
    lesson = noted()
    writer = visit("officer", java_script_enabled=False)
    page = writer.page
    page.goto(f"/lessons/{lesson.ref}/")
    page.get_by_label("Your comment").fill("Does this hold in winter?")
    page.get_by_role("button", name="Mention somebody").click()
    page.get_by_label("Mention").select_option(label="Andrés Quiroga Peña")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("Mentioned: Andrés Quiroga Peña")).to_be_visible()


def test_an_agency_says_that_it_used_a_lesson(visit: Visit) -> None:
    lesson = noted()
    Lesson.objects.filter(pk=lesson.pk).update(tlp="green")
    visitor = visit("partner", size="phone")
    phone = visitor.open(f"/lessons/{lesson.ref}/")
    phone.get_by_role("link", name="We used this").tap()
    visitor.settle()
    with visitor.watch.expecting("status of 4"):
        phone.get_by_role("button", name="Save").tap()
        expect(phone.get_by_role("alert")).to_be_focused()
    assert visitor.axe() == []
    phone.get_by_label("When you used it").fill("2026-10-14")
    phone.get_by_label("It helped in part").check()
    phone.get_by_label("What came of it").fill("We painted one of the gates.")
    phone.get_by_role("button", name="Save").tap()
    expect(phone.get_by_text("We painted one of the gates.")).to_be_visible()
    assert Reuse.objects.get(lesson=lesson).outcome == "partly"

    author = visit("officer")
    page = author.open("/mine/")
    expect(page.get_by_text("used by GNR").first).to_be_visible()


def test_what_is_due_is_evaluated(visit: Visit) -> None:
    exercise: Exercise = make_exercise(
        by=person("officer"), title="Night Gate 26", starts_on=date(2026, 8, 3)
    )
    objective = Objective.objects.create(exercise=exercise, text="Meet at the right gate")
    visitor = visit("colleague")
    page = visitor.open(f"/exercises/{exercise.ref}/")
    page.get_by_role("link", name="Evaluate").locator("visible=true").click()
    with visitor.watch.expecting("status of 4"):
        page.get_by_role("button", name="Save the evaluation").click()
        expect(page.get_by_role("alert")).to_be_focused()
    assert visitor.axe() == []
    page.get_by_role("group", name="How well it was met").get_by_label("M ·").check()
    page.get_by_label("What was seen").fill("One crew waited at the wrong one.")
    page.get_by_label("Why there is no lesson").fill("It was written down last year.")
    page.get_by_role("button", name="Save the evaluation").click()
    expect(page.get_by_role("heading", name="Evaluation")).to_be_visible()
    objective.refresh_from_db()
    assert objective.rating == "M"
