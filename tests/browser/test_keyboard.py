"""Menus, lists and drawers with the keyboard alone; test_every_page.py presses Tab everywhere."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def reviewer(visit: Visit) -> Visitor:
    visitor = visit("reviewer")
    visitor.open("/lessons/")
    return visitor


def focused(visitor: Visitor) -> Any:
    return visitor.page.evaluate("document.activeElement.id || document.activeElement.textContent")


def test_first_stop_leads_to_the_content(reviewer: Visitor) -> None:
    page = reviewer.page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(reviewer) == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize(
    ("summary", "first"),
    [("Record", "Lesson"), ("Account of", "Profile"), ("Order:", "Newest first")],
)
def test_menu_opens_with_enter_and_closes_with_escape(
    reviewer: Visitor, summary: str, first: str
) -> None:
    page = reviewer.page
    opener = page.locator("summary:visible", has_text=summary)
    opener.focus()
    page.keyboard.press("Enter")
    menu = page.locator("details[open] .menu-list")
    entry = menu.get_by_role("link", name=re.compile(f"^{first}"))
    expect(entry).to_be_visible()
    # What an open menu covers in part is too small to hit, until the menu closes.
    assert reviewer.axe(without=["target-size"]) == []
    page.keyboard.press("Tab")
    expect(entry).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_attached()
    expect(opener).to_be_focused()
    # Leaving the menu by Tab closes it as well.
    page.keyboard.press("Enter")
    expect(entry).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(menu).not_to_be_attached()


def test_slash_goes_to_the_search_and_enter_searches(reviewer: Visitor) -> None:
    page = reviewer.page
    page.keyboard.press("/")
    search = page.get_by_role("combobox", name="Search everything").locator("visible=true")
    expect(search).to_be_focused()
    page.keyboard.type("frequency")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=frequency$"))


def test_searchable_list_works_with_keys(reviewer: Visitor) -> None:
    page = reviewer.open("/exercises/")
    reviewer.searchable("Partner").focus()
    page.keyboard.type("moroc")
    expect(page.locator(".ts-dropdown:visible .active")).to_have_text("Morocco")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("partner=MA"))
    reviewer.settle()
    assert reviewer.chosen("Partner") == ["Morocco"]
    reviewer.searchable("Partner").focus()
    page.keyboard.press("Backspace")
    expect(page).to_have_url(re.compile("/exercises/$"))


def test_buttons_at_the_lower_edge_cover_no_field_that_tab_leads_to(visit: Visit) -> None:
    visitor = visit("officer")
    page = visitor.open("/evaluation/indicators/new/?starter=ier")
    page.locator("#id_title").focus()
    seen, covered = 0, []
    while not page.evaluate("document.activeElement.closest('.dock') !== null"):
        page.keyboard.press("Tab")
        # Of a large field the line that is written in counts, so these are left out.
        found = page.evaluate(
            """() => {
                const field = document.activeElement;
                if (!field.matches("form :is(input, select)")) return null;
                const dock = document.querySelector(".dock").getBoundingClientRect();
                const box = field.getBoundingClientRect();
                return [field.id, box.bottom <= dock.top || box.top >= dock.bottom];
            }"""
        )
        if found:
            seen += 1
            covered += [found[0]] if not found[1] else []
        assert seen < 100
    assert seen > 10
    assert covered == []


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_values_of_a_filter_are_ticked_with_keys(visit: Visit, size: str) -> None:
    visitor = visit("reviewer", size=size)
    page = visitor.open("/lessons/")
    if size == "phone":
        page.get_by_role("link", name="Filters").focus()
        page.keyboard.press("Enter")
    partners = visitor.facet("Partner")

    # Each tick draws all filters anew; the focus stays on the box.
    morocco = visitor.box("Partner", "Morocco")
    morocco.focus()
    for address, ticked in [("partner=MA$", ["Morocco"]), ("/lessons/$", [])]:
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile(address))
        visitor.settle()
        assert visitor.ticked("Partner") == ticked
        expect(morocco).to_be_focused()
        expect(morocco).to_be_in_viewport()

    # All values come with a field that narrows them.
    partners.get_by_role("link", name="more").focus()
    page.keyboard.press("Enter")
    find = partners.get_by_role("searchbox", name="Find in Partner")
    expect(find).to_be_focused()
    expect(find).to_be_in_viewport()
    page.keyboard.type("stonia")
    expect(partners.get_by_role("checkbox")).to_have_count(1)
    page.keyboard.press("Home")
    with page.expect_response(re.compile("find-partner=Estonia")):
        page.keyboard.type("E")
    visitor.settle()
    expect(find).to_be_focused()
    expect(find).to_have_value("Estonia")
    assert find.evaluate("(field) => field.selectionStart") == 1
    expect(page).to_have_url(re.compile(r"/lessons/(\?[^/]*)?$"))
    assert visitor.axe() == []

    # To leave the field changes no filter: the values found stay.
    page.keyboard.press("Tab")
    estonia = visitor.box("Partner", "Estonia")
    expect(estonia).to_be_focused()
    visitor.settle()
    expect(find).to_be_visible()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("partner=EE$"))
    visitor.settle()
    expect(estonia).to_be_focused()
    expect(estonia).to_be_in_viewport()
    assert visitor.ticked("Partner") == ["Estonia"]
    assert visitor.axe() == []

    # All values stay in sight, narrowed as they were.
    expect(find).to_have_value("Estonia")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("/lessons/$"))
    visitor.settle()
    expect(estonia).not_to_be_checked()
    expect(estonia).to_be_focused()

    # A box that is not among the largest leaves the focus to its neighbors.
    visitor.open("/lessons/?partner=EE")
    if size == "phone":
        page.get_by_role("link", name="Filters").focus()
        page.keyboard.press("Enter")
    estonia.focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("/lessons/$"))
    visitor.settle()
    expect(estonia).to_have_count(0)
    expect(partners.get_by_role("checkbox").first).to_be_focused()
    expect(partners.get_by_role("checkbox").first).to_be_in_viewport()

    page.go_back()
    expect(page).to_have_url(re.compile("partner=EE$"))
    visitor.settle()
    expect(page.locator("[name=partner][value=EE]")).to_be_checked()


def test_drawer_of_the_phone_keeps_the_focus_and_gives_it_back(visit: Visit) -> None:
    visitor = visit("reviewer", size="phone")
    page = visitor.open("/lessons/")
    opener = page.get_by_role("link", name="Filters")
    opener.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary", name="Filters")
    expect(drawer).to_be_in_viewport()
    for _ in range(60):
        assert page.evaluate("document.activeElement.closest('.drawer') !== null")
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_in_viewport()
    expect(opener).to_be_focused()


def test_menu_of_the_phone_leads_everywhere(visit: Visit) -> None:
    visitor = visit("reviewer", size="phone")
    page = visitor.open("/")
    page.locator("summary[aria-label=Menu]").tap()
    pages = page.get_by_role("navigation", name="All pages")
    assert pages.get_by_role("link").all_inner_texts() == [
        "Home",
        "Lessons",
        "Exercises",
        "Programs",
        "Agreements",
        "Partners",
        "Actions",
        "Evaluation",
        "Reports",
        "Review",
    ]
    assert visitor.axe(without=["target-size"]) == []
    assert visitor.scrolls_sideways() == ""
    pages.get_by_role("link", name="Partners").tap()
    expect(page).to_have_url(re.compile("/partners/$"))


@pytest.mark.parametrize(("choice", "theme"), [("Dark", "dark"), ("Light", "light")])
def test_theme_is_chosen_and_kept(reviewer: Visitor, choice: str, theme: str) -> None:
    page = reviewer.page
    page.locator("summary:visible", has_text="Account of").click()
    page.get_by_role("button", name=choice).locator("visible=true").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert page.url.endswith("/lessons/")
    reviewer.open("/partners/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert reviewer.axe(["color-contrast"]) == []
