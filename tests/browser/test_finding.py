"""The planner's job in two clicks, and the analyst's on one page."""

import re

import pytest
from playwright.sync_api import Page, expect

from lessons.models import Lesson
from programs.models import Agreement, Exercise
from programs.vocabulary import ExerciseStatus
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def titles(page: Page) -> list[str]:
    """The lessons that the list shows."""
    return page.get_by_role("region", name="Results").locator("h3").all_inner_texts()


def on_joint_patrols_with_morocco() -> list[str]:
    """What the reviewer should find, asked of the database in another way."""
    seen = Lesson.objects.visible_to(person("reviewer")).current()
    ids = set(seen.filter(partners__code="MA").values_list("pk", flat=True))
    ids &= set(seen.filter(themes__slug="joint-patrols").values_list("pk", flat=True))
    found = Lesson.objects.filter(pk__in=ids)
    assert 3 < len(found) <= 30
    return sorted(lesson.title for lesson in found)


def test_planner_finds_lessons_on_joint_patrols_with_morocco(visit: Visit) -> None:
    planner = visit("reviewer")
    page = planner.open("/")
    page.get_by_role("navigation", name="Pages", exact=True).get_by_role(
        "link", name="Lessons"
    ).click()
    planner.settle()
    everything = titles(page)
    planner.tick("Partner", "Morocco")
    expect(page).to_have_url(re.compile(r"/lessons/\?partner=MA$"))
    planner.tick("Theme", "Joint patrols")
    expect(page).to_have_url(re.compile(r"/lessons/\?partner=MA&theme=joint-patrols$"))
    planner.settle()
    assert sorted(titles(page)) == on_joint_patrols_with_morocco()
    chips = page.get_by_role("list", name=re.compile("filter", re.I))
    expect(chips.or_(page.locator(".chips"))).to_contain_text("Morocco")

    # The same by its address, as one would send it to a colleague.
    found = titles(page)
    page.reload()
    planner.settle()
    assert titles(page) == found

    page.go_back()
    expect(page).to_have_url(re.compile(r"/lessons/\?partner=MA$"))
    planner.settle()
    assert planner.ticked("Theme") == []
    assert planner.ticked("Partner") == ["Morocco"]
    page.go_back()
    expect(page).to_have_url(re.compile(r"/lessons/$"))
    planner.settle()
    assert titles(page) == everything


def test_planner_filters_on_the_phone(visit: Visit) -> None:
    planner = visit("reviewer", size="phone")
    page = planner.open("/lessons/?theme=joint-patrols")
    page.get_by_role("link", name="Filters · 1").tap()
    drawer = page.get_by_role("complementary", name="Filters")
    expect(drawer).to_be_in_viewport()
    planner.tick("Partner", "Morocco")
    expect(page).to_have_url(re.compile("partner=MA"))
    expect(drawer.get_by_role("link", name=re.compile("^Show"))).to_contain_text("lessons")
    planner.settle()
    assert planner.axe() == []
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_in_viewport()
    expect(page.get_by_role("link", name="Filters · 2")).to_be_focused()
    page.keyboard.press("Enter")
    drawer.get_by_role("link", name=re.compile("^Show")).tap()
    expect(drawer).not_to_be_in_viewport()
    expect(page.get_by_role("link", name="Filters · 2")).to_be_visible()
    assert sorted(titles(page)) == on_joint_patrols_with_morocco()


def test_a_filter_that_does_not_fit_is_found_on_the_phone(visit: Visit) -> None:
    planner = visit("reviewer", size="phone")
    page = planner.open("/lessons/?partner=MA&status=foo")
    chips = page.get_by_role("list", name="Active filters").get_by_role("link")
    expect(chips.filter(has_text="does not fit")).to_have_text(re.compile("^Status foo"))
    assert planner.axe() == []
    page.get_by_role("link", name="Open the filters").tap()
    drawer = page.get_by_role("complementary", name="Filters")
    expect(drawer).to_be_in_viewport()
    expect(drawer).to_contain_text("“foo” does not exist")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Open the filters")).to_be_focused()


def test_buttons_of_a_list_share_one_line_of_the_phone(visit: Visit) -> None:
    planner = visit("reviewer", size="phone")
    page = planner.open("/lessons/?q=patrol&partner=MA&kind=improve")
    buttons = page.locator("#listing-head .acts > *")
    tops = buttons.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
    assert (len(tops), len(set(tops))) == (4, 1)
    assert planner.scrolls_sideways() == ""
    assert planner.too_wide_when_narrow() == []


def test_planner_needs_no_scripts(visit: Visit) -> None:
    planner = visit("reviewer", java_script_enabled=False)
    page = planner.page
    page.goto("/lessons/")
    filters = page.get_by_role("complementary", name="Filters")
    planner.box("Partner", "Morocco").check()
    planner.box("Theme", "Joint patrols").check()
    button = filters.get_by_role("button", name="Show results")
    expect(button).to_be_in_viewport(ratio=1)
    button.click()
    expect(page).to_have_url(re.compile(r"/lessons/\?partner=MA&theme=joint-patrols$"))
    assert sorted(titles(page)) == on_joint_patrols_with_morocco()


def test_less_frequent_values_need_no_scripts(visit: Visit) -> None:
    planner = visit("reviewer", java_script_enabled=False)
    page = planner.page
    page.goto("/lessons/?kind=improve")
    planner.facet("Partner").get_by_role("link", name="more").click()
    expect(page).to_have_url(re.compile(r"/lessons/facets/partner/\?kind=improve$"))
    page.get_by_label("Find in Partner").fill("tun")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("^Morocco"))).to_have_count(
        0
    )
    page.get_by_role("main").get_by_role("link", name=re.compile("^Tunisia")).click()
    expect(page).to_have_url(re.compile(r"/lessons/\?.*partner=TN"))
    expect(page).to_have_url(re.compile("kind=improve"))
    assert planner.ticked("Partner") == ["Tunisia"]


def test_list_goes_on_to_the_next_page_and_back(visit: Visit) -> None:
    planner = visit("reviewer")
    page = planner.open("/lessons/")
    first = titles(page)
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.get_by_role("region", name="Results")).not_to_contain_text(first[0])
    planner.settle()
    second = titles(page)
    assert not set(first) & set(second)
    page.go_back()
    expect(page.get_by_role("region", name="Results")).to_contain_text(first[0])


def tab_to(visitor: Visitor, name: str, most: int = 60) -> None:
    """Press Tab until the element with that accessible name has the focus."""
    target = visitor.page.get_by_role("link", name=re.compile(name)).first
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_analyst_reads_a_partner_from_the_map_by_keyboard(visit: Visit) -> None:
    analyst = visit("reviewer")
    page = analyst.open("/")
    tab_to(analyst, "^Partners$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Partners")
    tab_to(analyst, "^Morocco.*lessons")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/partners/MA/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Morocco")

    user = person("reviewer")
    for agreement in Agreement.objects.visible_to(user).in_force().filter(partners__code="MA"):
        expect(page.get_by_role("link", name=agreement.title).first).to_be_visible()
    held = Exercise.objects.visible_to(user).filter(partners__code="MA", status=ExerciseStatus.HELD)
    for exercise in held.order_by("-starts_on")[:3]:
        expect(page.get_by_role("link", name=exercise.title).first).to_be_visible()
    lessons = Lesson.objects.visible_to(user).current().filter(partners__code="MA").count()
    tab_to(analyst, rf"^What we learned\s*{lessons}\b")
    page.keyboard.press("Enter")
    tab_to(analyst, "^All lessons$")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/lessons/\?partner=MA$"))
    expect(page.get_by_role("heading", level=2, name=f"{lessons} lessons")).to_be_attached()


def test_what_is_new_in_a_view_is_one_click_away(visit: Visit) -> None:
    analyst = visit("reviewer")
    page = analyst.open("/")
    news = page.get_by_role("link", name=re.compile(r"^\d+ new\b"))
    number = int(news.inner_text().split()[0])
    news.click()
    expect(page).to_have_url(re.compile(r"/lessons/\?.*new="))
    analyst.settle()
    assert len(titles(page)) == number
    assert len(analyst.ticked("New since")) == 1
    analyst.facet("New since").get_by_role("checkbox").click()
    expect(page).not_to_have_url(re.compile("new="))
    analyst.settle()
    assert len(titles(page)) > number
    page.goto("/")
    expect(news).to_have_count(0)


def test_a_name_that_is_searched_for_is_offered_as_a_filter(visit: Visit) -> None:
    planner = visit("reviewer")
    page = planner.open("/lessons/")
    page.get_by_label("Words").fill("joint patrols morocco")
    page.get_by_role("link", name="Morocco is a partner: show what is recorded with it").click()
    expect(page).to_have_url(re.compile(r"/lessons/\?q=joint\+patrols\+&partner=MA$"))
    page.get_by_role("link", name=re.compile("^Joint patrols is a theme")).click()
    expect(page).to_have_url(re.compile(r"/lessons/\?partner=MA&theme=joint-patrols$"))
    assert sorted(titles(page)) == on_joint_patrols_with_morocco()
