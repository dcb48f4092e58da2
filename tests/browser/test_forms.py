"""Forms: what they say when something is wrong, rows that come and go, and texts of every size."""

import re

import pytest
from playwright.sync_api import expect

from lessons.vocabulary import Status
from programs.models import Exercise
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.factories import make_agreement, make_exercise, make_lesson, make_program

pytestmark = pytest.mark.browser

LONG_TITLE = ("Grenzüberschreitungsüberwachungskoordinierungsbesprechung" * 6)[
    :280
] + " <b>🚤</b> دورية"
LONG_TEXT = ("مشترك " * 20 + "x" * 400 + "\n" + "<script>alert(1)</script> & 'quotes' \n\n") * 40


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize(
    ("address", "button", "first"),
    [
        ("/lessons/new/", "Submit for review", "The point, in one sentence"),
        ("/agreements/new/", "Save", "Title"),
        ("/programs/new/", "Save", "Title"),
        ("/exercises/new/", "Save", "Title"),
        ("/members/ES-GC/", "Send invitation", "E-mail"),
    ],
)
def test_empty_form_says_what_is_missing_and_leads_there(
    visit: Visit, size: str, address: str, button: str, first: str
) -> None:
    visitor = visit("coordinator", size=size)
    page = visitor.open(address)
    with visitor.watch.expecting("status of 422"):
        page.get_by_role("button", name=button, exact=True).click()
        summary = page.get_by_role("alert").filter(has=page.get_by_role("heading"))
        expect(summary).to_be_focused()
    visitor.settle()
    assert visitor.axe() == []
    assert visitor.scrolls_sideways() == ""
    visitor.go_dark()
    assert visitor.axe(["color-contrast"]) == []
    for link in summary.get_by_role("link").all():
        field = link.get_attribute("href") or ""
        assert page.locator(field).count() == 1
    summary.get_by_role("link", name=re.compile(f"^{first}")).click()
    field_of_first = page.get_by_label(first, exact=True)
    expect(field_of_first).to_be_focused()
    expect(field_of_first).to_be_in_viewport()
    assert field_of_first.get_attribute("aria-invalid") == "true"


def test_error_summary_leads_into_a_searchable_list(visit: Visit) -> None:
    visitor = visit("officer")
    page = visitor.open("/exercises/new/")
    with visitor.watch.expecting("status of 422"):
        page.get_by_role("button", name="Save", exact=True).click()
        summary = page.get_by_role("alert").filter(has=page.get_by_role("heading"))
        expect(summary).to_be_focused()
    visitor.settle()
    summary.get_by_role("link", name=re.compile("^Partners")).click()
    expect(visitor.searchable("Partners")).to_be_focused()
    page.keyboard.type("moroc")
    expect(page.locator(".ts-dropdown:visible .active")).to_have_text("Morocco")
    page.keyboard.press("Enter")
    assert visitor.chosen("Partners") == ["Morocco"]


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("by", ["pointer", "Enter"])
def test_a_list_of_several_closes_when_one_is_chosen(visit: Visit, size: str, by: str) -> None:
    visitor = visit("officer", size=size)
    page = visitor.open("/lessons/new/")
    field = visitor.searchable("Partner")
    field.click()
    field.press_sequentially("moro")
    offered = page.get_by_role("option", name="Morocco")
    expect(offered).to_be_visible()
    if by == "Enter":
        field.press("Enter")
    elif size == "phone":
        offered.tap()
    else:
        offered.click()
    assert visitor.chosen("Partner") == ["Morocco"]
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    # What would open it again does so at once or never.
    page.wait_for_timeout(100)
    expect(page.locator(".ts-dropdown:visible")).to_have_count(0)
    box = page.get_by_label("No personal data, nothing classified")
    box.click()
    expect(box).to_be_checked()
    field.click()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("option", name="Afghanistan")).to_be_visible()


def test_several_are_chosen_one_after_another_by_keyboard(visit: Visit) -> None:
    visitor = visit("officer")
    page = visitor.open("/lessons/new/")
    field = visitor.searchable("Partner")
    field.focus()
    page.keyboard.type("moro")
    page.keyboard.press("Enter")
    page.keyboard.type("portu")
    page.keyboard.press("Enter")
    assert visitor.chosen("Partner") == ["Morocco", "Portugal"]
    expect(field).to_have_attribute("aria-expanded", "false")

    # Once more opens the list and sends nothing.
    page.keyboard.press("Enter")
    expect(page.locator(".ts-dropdown:visible .active")).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".ts-dropdown:visible .active")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert len(visitor.chosen("Partner")) == 3
    page.keyboard.press("Backspace")
    assert visitor.chosen("Partner") == ["Morocco", "Portugal"]
    expect(page.get_by_role("heading", level=1)).to_have_text("What did you learn?")


def test_rows_of_an_exercise_come_and_go(visit: Visit) -> None:
    visitor = visit("officer", size="phone")
    page = visitor.open("/exercises/new/")
    page.get_by_label("Title").fill("TARAJAL 27")
    page.get_by_label("Kind").select_option(label="Tabletop (TTX)")
    page.get_by_label("Status").select_option(label="Planned")
    visitor.choose("Partners", "moroc", "Morocco")
    visitor.choose("Partners", "portu", "Portugal")
    page.get_by_label("Starts on").fill("2027-02-03")
    texts = page.locator("[data-formset=objectives] [name$=-text]:visible")
    for number, words in enumerate(["First", "Second, not meant", "Third"]):
        page.get_by_role("button", name="Add an objective").tap()
        expect(texts).to_have_count(number + 1)
        expect(texts.last).to_be_focused()
        texts.last.fill(words)
    page.get_by_role("button", name="Remove this objective").nth(1).tap()
    expect(texts).to_have_count(2)
    assert visitor.axe() == []
    assert visitor.scrolls_sideways() == ""
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("TARAJAL 27")
    exercise = Exercise.objects.get(title="TARAJAL 27")
    assert [objective.text for objective in exercise.objectives.order_by("pk")] == [
        "First",
        "Third",
    ]
    assert sorted(exercise.partners.values_list("code", flat=True)) == ["MA", "PT"]


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_texts_of_every_size_and_direction_fit(visit: Visit, size: str) -> None:
    by = person("officer")
    exercise = make_exercise(by=by, title=LONG_TITLE, scenario=LONG_TEXT, partners=("MA", "PT"))
    agreement = make_agreement(by=by, title=LONG_TITLE, summary=LONG_TEXT)
    program = make_program(by=by, title=LONG_TITLE, summary=LONG_TEXT)
    lesson = make_lesson(
        by=by,
        title=LONG_TITLE,
        observation=LONG_TEXT,
        place="م" * 150,
        status=Status.NOTED,
        exercise=exercise,
        agreement=agreement,
        program=program,
        themes=("joint-patrols", "language", "sensors"),
    )
    draft = make_lesson(by=by, title=LONG_TITLE, observation=LONG_TEXT, exercise=exercise)
    visitor = visit("officer", size=size)
    for address in (
        "/",
        "/lessons/",
        "/exercises/",
        "/agreements/",
        "/programs/",
        f"/lessons/{lesson.ref}/",
        f"/lessons/{draft.ref}/edit/",
        f"/exercises/{exercise.ref}/",
        f"/agreements/{agreement.ref}/",
        f"/programs/{program.ref}/",
        "/partners/MA/",
    ):
        visitor.open(address)
        assert (address, visitor.scrolls_sideways()) == (address, "")
    visitor.open(f"/lessons/{lesson.ref}/")
    assert visitor.axe() == []
