"""An officer learns what became of an observation, with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from notices.models import Notice
from tests.browser.conftest import Visit
from tests.browser.pages import person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_from_the_bell_to_what_became_of_it(visit: Visit, size: str) -> None:
    officer = person("officer")
    unread = Notice.objects.visible_to(officer).unread()
    number = unread.count()
    assert number > 0
    page = visit("officer", size=size).open("/")
    bell = page.locator("a.bell")
    expect(bell).to_contain_text(str(number))
    bell.click()
    first = page.locator(".notices .unread h2 a").first
    words = first.inner_text()
    assert re.search(r"[A-Z]{2}-[A-Z0-9-]+-\d{4}", words), words
    first.click()
    expect(page.locator("h1")).to_be_visible()
    assert unread.count() == number - 1
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/notices/")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("#messages")).to_contain_text("All notices are read")
    expect(page.locator("a.bell b")).to_have_count(0)
    assert unread.count() == 0
