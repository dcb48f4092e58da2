"""An analyst takes a report along: asked for, watched, fetched; a coordinator gives a template."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from exchange.models import DocumentTemplate, RequestedDocument
from notices import jobs
from programs.models import Exercise
from records.vocabulary import TLP
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.exchange.layouts import pdf_pages
from tests.exchange.test_document_templates import agency_template, in_body

pytestmark = pytest.mark.browser


def work() -> None:
    """What the worker does in one round."""
    while (job := jobs.take(timezone.now())) is not None:
        assert jobs.run(job, timezone.now())


def an_exercise() -> Exercise:
    found: Exercise = (
        Exercise.objects.visible_to(person("reviewer")).exportable().held().earliest("pk")
    )
    return found


def fetch(page: Page) -> bytes:
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download").click()
    return Path(downloaded.value.path()).read_bytes()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_from_an_exercise_to_its_report(visit: Visit, size: str) -> None:
    exercise = an_exercise()
    page = visit("reviewer", size=size).open(exercise.get_absolute_url())
    page.get_by_role("link", name="Report", exact=True).locator("visible=true").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("After-action report")
    page.get_by_role("button", name="Make it as PDF").click()
    expect(page.get_by_role("heading", name="It is being made")).to_be_visible()
    work()
    # The page follows by itself.
    expect(page.get_by_role("heading", name="It is made")).to_be_visible(timeout=10_000)
    pages = pdf_pages(fetch(page))
    marking = TLP(RequestedDocument.objects.get().marking).label
    assert all(words.split().count(marking) >= 2 for words in pages)
    assert exercise.title.split()[0] in pages[0]
    page.goto(page.url.rsplit("/documents/", 1)[0] + "/documents/")
    expect(page.get_by_role("link", name="After-action report")).to_be_visible()


def test_without_scripts_the_page_asks_again(visit: Visit) -> None:
    visitor = visit("reviewer", java_script_enabled=False)
    page = visitor.page
    page.goto("/partners/MA/")
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_role("button", name="Make it as PDF").click()
    expect(page.get_by_role("heading", name="It is being made")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name="It is made")).to_be_visible(timeout=15_000)
    assert fetch(page).startswith(b"%PDF")


def test_a_coordinator_gives_a_template(visit: Visit) -> None:
    visitor = visit("coordinator")
    page = visitor.open("/members/ES-GC/")
    page.get_by_role("link", name="Document template").click()
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def give(content: bytes) -> None:
        file = FilePayload(name="Letterhead.docx", mimeType=media_type, buffer=content)
        page.get_by_label("Word template").set_input_files(file)
        page.get_by_role("button", name="Use this template").click()

    with visitor.watch.expecting("status of 422"):
        give(agency_template(in_body("{{ title.__class__ }}")).getvalue())
        expect(page.get_by_role("alert")).to_contain_text("something in braces")
    assert visitor.axe() == []
    give(agency_template().getvalue())
    expect(page.locator("#messages")).to_contain_text("The template is in use.")
    assert DocumentTemplate.objects.get().name == "Letterhead.docx"
