"""Lists, forms and moves where no script runs: an old browser, or a gateway that strips them."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from lessons.models import Lesson
from lessons.vocabulary import Status
from programs.models import Exercise
from records.models import SavedView
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.browser.visitor import Visitor
from tests.factories import make_lesson

pytestmark = pytest.mark.browser

POINT = "The interpreter was booked for the first day only"


def plain(visit: Visit, who: str, address: str) -> Visitor:
    visitor = visit(who, java_script_enabled=False)
    visitor.page.goto(address)
    return visitor


def test_logs_completes_and_submits_a_lesson(visit: Visit) -> None:
    officer = plain(visit, "officer", "/lessons/new/")
    page = officer.page
    page.get_by_label("The point, in one sentence").fill(POINT)
    page.get_by_label("Partner", exact=True).select_option(label="Morocco")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("link", name="Edit the text").first.click()
    page.get_by_label("Observation").fill("On the second day we waited for three hours.")
    # The tick is missing: it says so and keeps what was written.
    with officer.watch.expecting("status of 422"):
        page.get_by_role("button", name="Submit for review").click()
        expect(page.get_by_role("alert")).to_contain_text("nothing classified")
    page.get_by_label("No personal data, nothing classified").check()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson = Lesson.objects.get(title=POINT)
    assert lesson.status == Status.SUBMITTED
    assert lesson.observation == "On the second day we waited for three hours."


def test_records_an_exercise_with_rows(visit: Visit) -> None:
    page = plain(visit, "officer", "/exercises/new/").page
    page.get_by_label("Title").fill("TARAJAL 27")
    page.get_by_label("Kind").select_option(label="Tabletop (TTX)")
    page.get_by_label("Status").select_option(label="Planned")
    page.get_by_label("Partners").select_option(label="Morocco")
    page.get_by_label("Starts on").fill("2027-02-03")
    for _ in range(2):
        page.get_by_role("button", name="Add an objective").click()
    texts = page.locator("[data-formset=objectives] [name$=-text]")
    texts.nth(0).fill("Hand over a group at the fence")
    texts.nth(1).fill("Agree on the words used")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("TARAJAL 27")
    exercise = Exercise.objects.get(title="TARAJAL 27")
    assert [objective.text for objective in exercise.objectives.order_by("pk")] == [
        "Hand over a group at the fence",
        "Agree on the words used",
    ]


def test_takes_and_returns_a_lesson(visit: Visit) -> None:
    lesson = make_lesson(by=person("officer"), title=POINT, status=Status.SUBMITTED)
    page = plain(visit, "reviewer", f"/lessons/{lesson.ref}/").page
    page.get_by_role("button", name="Take for review").first.click()
    page.get_by_role("link", name="Return with a question").first.click()
    page.get_by_label("Your question").fill("For how many days was the interpreter booked?")
    page.get_by_role("button", name="Return with a question").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson.refresh_from_db()
    assert lesson.status == Status.RETURNED


def test_attaches_a_file(visit: Visit) -> None:
    lesson = make_lesson(by=person("officer"), title=POINT)
    page = plain(visit, "officer", f"/lessons/{lesson.ref}/edit/").page
    note = FilePayload(name="note.txt", mimeType="text/plain", buffer=b"Three hours.")
    page.get_by_label("Add files").set_input_files(note)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="note.txt")).to_be_visible()
    assert [one.name for one in lesson.attachments.all()] == ["note.txt"]


def test_filters_of_the_phone_open(visit: Visit) -> None:
    page = visit("reviewer", size="phone", java_script_enabled=False).page
    page.goto("/lessons/")
    page.get_by_role("link", name="Filters").tap()
    drawer = page.get_by_role("complementary", name="Filters")
    expect(drawer).to_be_in_viewport()
    drawer.get_by_label("Sustain").check()
    drawer.get_by_role("button", name="Show results").tap()
    expect(page).to_have_url(re.compile("kind=sustain"))
    expect(page.get_by_role("link", name="Filters · 1")).to_be_visible()


def test_a_view_is_deleted_after_a_question(visit: Visit) -> None:
    view = SavedView.objects.filter(owner=person("reviewer")).earliest("pk")
    page = plain(visit, "reviewer", "/views/").page
    row = page.get_by_role("listitem").filter(
        has=page.get_by_role("link", name=view.name, exact=True)
    )
    row.get_by_text("Rename, share, delete").click()
    row.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete this view?")
    expect(page.get_by_role("main")).to_contain_text(view.name)
    assert SavedView.objects.filter(pk=view.pk).exists()
    page.get_by_role("button", name="Delete the view").click()
    expect(page.get_by_role("status").first).to_contain_text("is deleted")
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_a_name_that_is_taken_is_said_beside_its_field(visit: Visit) -> None:
    first, second = SavedView.objects.filter(owner=person("reviewer"), kind="lessons")[:2]
    visitor = plain(visit, "reviewer", "/views/")
    page = visitor.page
    row = page.get_by_role("listitem").filter(
        has=page.get_by_role("link", name=second.name, exact=True)
    )
    row.get_by_text("Rename, share, delete").click()
    row.get_by_label("Name", exact=True).fill(first.name)
    with visitor.watch.expecting("status of 422"):
        row.get_by_role("button", name="Rename").click()
        expect(page.get_by_role("status").first).to_contain_text(f"“{second.name}” is not renamed.")
    field = row.get_by_label("Name", exact=True)
    expect(field).to_have_value(first.name)
    expect(field).to_have_accessible_description("You have a view of this list with this name.")
