"""The search of the header: suggestions by keyboard, and the way to what is found."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_suggestions_are_chosen_with_the_keys(visit: Visit) -> None:
    visitor = visit("reviewer")
    page = visitor.open("/")
    field = page.get_by_role("combobox", name="Search everything").locator("visible=true")
    page.keyboard.press("/")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("moroc")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_contain_text("Morocco")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert visitor.axe() == []

    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    active = field.get_attribute("aria-activedescendant")
    assert active == options.first.get_attribute("id")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(options.last).to_have_text("All matches for “moroc”")

    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("listbox", name="Suggestions")).to_have_count(0)
    expect(field).to_have_value("moroc")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/partners/MA/$"))


def test_enter_without_a_choice_searches_everything(visit: Visit) -> None:
    page = visit("reviewer").open("/partners/")
    page.keyboard.press("/")
    page.keyboard.type("joint patrol")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=joint\+patrol$"))
    expect(page.locator("mark").first).to_have_text(re.compile("joint|patrol", re.I))
    group = page.get_by_role("region", name="Lessons")
    number = group.locator(".count").inner_text()
    group.get_by_role("link", name="Lessons").last.click()
    expect(page).to_have_url(re.compile(r"/lessons/\?q=joint\+patrol$"))
    expect(page.locator("h1 .count")).to_have_text(number)


def test_a_click_takes_a_suggestion_on_the_phone(visit: Visit) -> None:
    page = visit("reviewer", size="phone").open("/")
    page.locator(".burger > summary").click()
    field = page.get_by_role("combobox", name="Search everything").locator("visible=true")
    field.click()
    page.keyboard.type("moroc")
    page.get_by_role("option").first.click()
    expect(page).to_have_url(re.compile(r"/partners/MA/$"))


def test_suggestions_are_whole_on_the_phone(visit: Visit) -> None:
    visitor = visit("reviewer", size="phone")
    page = visitor.open("/")
    page.locator(".burger > summary").click()
    page.get_by_role("combobox", name="Search everything").locator("visible=true").click()
    page.keyboard.type("patrol")
    options = page.get_by_role("option")
    expect(options).to_have_count(9)
    cut = "(all) => all.filter((one) => one.scrollHeight > one.clientHeight).map((one) => one.innerText)"
    assert page.locator("[role=option] .name").evaluate_all(cut) == []
    assert visitor.scrolls_sideways() == ""
    options.last.click()
    expect(page).to_have_url(re.compile(r"/search/\?q=patrol$"))


def test_without_scripts_the_form_searches(visit: Visit) -> None:
    page: Page = visit("reviewer", java_script_enabled=False).open("/")
    page.locator(".bar > * > .find input").fill("joint patrol")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=joint\+patrol$"))
    expect(page.get_by_role("region", name="Exercises")).to_be_visible()


def test_similar_lessons_come_when_one_gets_there(visit: Visit) -> None:
    page = visit("reviewer").open("/lessons/?status=learned")
    page.locator("#results .row h3 a").first.click()
    panel = page.locator("#similar")
    panel.scroll_into_view_if_needed()
    expect(panel.get_by_role("listitem").first).to_be_visible()
