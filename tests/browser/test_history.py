"""Revising a published text with two people, and comparing what came of it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from lessons.models import Lesson
from lessons.revising import revise
from lessons.versions import keep_lesson
from lessons.vocabulary import RevisionStage, Status
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.factories import make_lesson

pytestmark = pytest.mark.browser

POINT = "The second boat had no charger for the shared radio"


def published() -> Lesson:
    lesson = make_lesson(
        by=person("officer"),
        title=POINT,
        status=Status.NOTED,
        observation="The charger stayed at the pier. The crew came back at noon.",
    )
    keep_lesson(lesson, by=person("officer"), at=timezone.now())
    return lesson


def test_a_reviewer_revises_and_an_endorser_approves(visit: Visit) -> None:
    lesson = published()
    writer = visit("reviewer")
    page = writer.open(lesson.get_absolute_url())
    page.get_by_role("link", name="Revise the text").click()
    writer.settle()
    assert writer.axe() == []
    page.get_by_label("Observation").fill(
        "The charger stayed at the pier. The crew came back at dusk, without radio."
    )
    page.get_by_label("Why", exact=False).last.fill("The log says dusk.")
    page.get_by_role("button", name="Propose the revision").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proposed revision")
    # Whoever wrote it does not approve it.
    expect(page.get_by_role("button", name="Approve the revision")).to_have_count(0)

    endorser = visit("endorser", size="phone")
    phone = endorser.open("/review/")
    phone.get_by_role("link", name=POINT).tap()
    endorser.settle()
    assert endorser.axe() == []
    expect(phone.locator(".difference del")).to_contain_text("noon")
    expect(phone.locator(".difference ins").first).to_contain_text("dusk")
    expect(phone.get_by_text("The log says dusk.")).to_be_visible()
    phone.get_by_role("button", name="Approve the revision").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(POINT)
    expect(phone.get_by_text("The crew came back at dusk, without radio.")).to_be_visible()
    assert lesson.revisions.get().stage == RevisionStage.APPROVED


def test_versions_are_compared_by_keyboard_and_in_words(visit: Visit) -> None:
    lesson = published()
    revise(lesson, by=person("reviewer"), texts={"observation": "First words."})
    endorser = visit("endorser")
    page = endorser.open(f"/lessons/{lesson.ref}/revision/")
    page.get_by_role("button", name="Approve the revision").click()
    page.get_by_role("link", name="History of the text").click()
    endorser.settle()
    page.get_by_label("Compare version").fill("7")
    page.get_by_label("with version").press("Enter")
    expect(page.get_by_text("There is no version 7.")).to_be_visible()
    assert endorser.axe() == []
    page.get_by_label("Compare version").fill("1")
    page.get_by_role("button", name="Compare").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("From version 1 to version 2")
    expect(page.locator(".difference ins")).to_contain_text("First words")
    page.get_by_label("with version").fill("1")
    page.get_by_role("button", name="Compare").press("Enter")
    expect(page.get_by_text("Both say the same.")).to_be_visible()
