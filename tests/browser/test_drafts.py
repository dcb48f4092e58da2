"""Nothing typed is lost: reloads, expired sessions, lost connections and impatient fingers."""

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import FilePayload, Page, expect

from agencies.models import Partner
from insights.demonstration import PASSWORD
from lessons.models import Lesson
from lessons.vocabulary import Status
from records.models import FormDraft
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.browser.visitor import Visitor
from tests.factories import make_lesson

pytestmark = pytest.mark.browser

POINT = "Both patrol cars waited at the wrong gate because the sketch had no north"
HAPPENED = "The sketch of the crossing was turned around when it was copied."


@pytest.fixture
def officer(visit: Visit) -> Visitor:
    visitor = visit("officer", size="phone")
    visitor.open("/lessons/new/")
    return visitor


def point(page: Page) -> str:
    return page.get_by_label("The point, in one sentence").input_value()


def drafted(officer: Visitor) -> tuple[str, list[str]]:
    """Point and partners of what the server holds and nobody has saved yet."""
    draft = FormDraft.objects.filter(person=officer.person).first()
    if draft is None:
        return "", []
    partners = Partner.objects.filter(pk__in=draft.data.get("partners", []))
    return "".join(draft.data["title"]), sorted(one.code for one in partners)


def test_draft_survives_a_reload(officer: Visitor) -> None:
    page = officer.page
    page.get_by_label("The point, in one sentence").fill(POINT)
    officer.choose("Partner", "portu", "Portugal")
    officer.until(lambda: drafted(officer) == (POINT, ["PT"]))
    officer.open("/lessons/new/")
    assert point(page) == POINT
    assert officer.chosen("Partner") == ["Portugal"]
    assert not Lesson.objects.filter(title=POINT).exists()


def test_form_survives_an_expired_session(officer: Visitor) -> None:
    page = officer.page
    page.get_by_label("The point, in one sentence").fill(POINT)
    page.get_by_label("What happened").fill(HAPPENED)
    officer.choose("Partner", "portu", "Portugal")
    officer.until(lambda: drafted(officer) == (POINT, ["PT"]))
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label("What happened").fill(HAPPENED + " Nobody noticed.")
    with officer.watch.expecting("status of 401"):
        page.get_by_role("button", name="Save draft").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("Email").fill("officer@demo.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("What did you learn?")
    officer.settle()
    assert page.get_by_label("What happened").input_value() == HAPPENED + " Nobody noticed."
    assert officer.chosen("Partner") == ["Portugal"]
    page.get_by_role("button", name="Save draft").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson = Lesson.objects.get(title=POINT)
    assert (lesson.status, lesson.observation) == (Status.DRAFT, HAPPENED + " Nobody noticed.")


def test_device_keeps_what_is_typed_without_a_connection(officer: Visitor) -> None:
    page = officer.page
    with officer.offline():
        page.get_by_label("The point, in one sentence").fill(POINT)
        officer.choose("Partner", "portu", "Portugal")
        expect(page.get_by_text("No connection: draft kept on this device")).to_be_visible()
        # Trying to save now does not lead to the browser's dinosaur.
        page.get_by_role("button", name="Save draft").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("What did you learn?")
        officer.lose_power()
    assert not FormDraft.objects.filter(person=officer.person).exists()

    officer.open("/lessons/new/")
    assert point(officer.page) == ""
    offer = officer.page.get_by_text("This device kept a newer draft")
    expect(offer).to_be_visible()
    assert officer.axe() == []
    officer.page.get_by_role("button", name="Restore it").tap()
    assert point(officer.page) == POINT
    assert officer.chosen("Partner") == ["Portugal"]
    expect(officer.page.get_by_text("Draft saved on the server")).to_be_visible()
    officer.page.get_by_role("button", name="Save draft").tap()
    expect(officer.page.get_by_role("heading", level=1)).to_have_text(POINT)
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('lindero:'))"
    assert officer.page.evaluate(kept) == []


def test_form_that_needs_a_correction_offers_no_older_draft_but_becomes_one(
    officer: Visitor,
) -> None:
    page = officer.page
    page.get_by_label("The point, in one sentence").fill(POINT)
    with officer.watch.expecting("status of 422"):
        page.get_by_role("button", name="Submit for review").tap()
        expect(page.get_by_role("heading", name="things need your attention")).to_be_visible()
    assert point(page) == POINT
    officer.until(lambda: drafted(officer) == (POINT, []))
    expect(page.get_by_text("Draft saved on the server")).to_be_visible()
    expect(page.get_by_role("button", name="Restore it")).to_have_count(0)
    officer.open("/lessons/new/")
    assert point(page) == POINT
    expect(page.get_by_role("button", name="Restore it")).to_have_count(0)


def test_device_forgets_its_copy_at_sign_out(officer: Visitor) -> None:
    page = officer.page
    with officer.offline():
        page.get_by_label("The point, in one sentence").fill(POINT)
        expect(page.get_by_text("No connection: draft kept on this device")).to_be_visible()
        officer.lose_power()
    page = officer.page
    officer.open("/")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('lindero:')).length"
    assert page.evaluate(kept) == 1
    page.locator("summary[aria-label=Menu]").tap()
    page.get_by_role("button", name="Sign out").locator("visible=true").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.evaluate(kept) == 0


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_double_click_makes_one_lesson(visit: Visit, javascript: bool) -> None:
    visitor = visit("officer", java_script_enabled=javascript)
    page = visitor.page
    page.goto("/lessons/new/")
    page.get_by_label("The point, in one sentence").fill(POINT)
    page.get_by_role("button", name="Save draft").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    assert Lesson.objects.filter(title=POINT).count() == 1


def test_newer_version_of_somebody_else_is_shown_beside_mine(visit: Visit) -> None:
    lesson = make_lesson(by=person("officer"), title=POINT, observation=HAPPENED)
    visitor = visit("officer")
    page = visitor.open(f"/lessons/{lesson.ref}/edit/")
    page.get_by_label("Observation").fill("Mine: " + HAPPENED)
    # The draft that saves itself may meet the newer version before the person does.
    with visitor.watch.expecting("status of 409"):
        other = visitor.page.context.new_page()
        other.goto(f"/lessons/{lesson.ref}/edit/")
        other.get_by_label("Observation").fill("Theirs: " + HAPPENED)
        other.get_by_role("button", name="Save", exact=True).click()
        expect(other.get_by_role("heading", level=1)).to_have_text(POINT)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("Theirs: " + HAPPENED)
    expect(page.get_by_label("Observation")).to_have_value("Mine: " + HAPPENED)
    visitor.settle()
    assert visitor.axe() == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson.refresh_from_db()
    assert lesson.observation == "Mine: " + HAPPENED


def test_file_is_attached_to_a_draft_and_downloaded(visit: Visit, tmp_path: Path) -> None:
    lesson = make_lesson(by=person("officer"), title=POINT)
    visitor = visit("officer")
    page = visitor.open(f"/lessons/{lesson.ref}/edit/")
    name, content = "Sketch of the gate – ñ.csv", b"gate;north\n1;2\n"
    note = FilePayload(name=name, mimeType="text/csv", buffer=content)
    disguised = FilePayload(name="page.pdf", mimeType="application/pdf", buffer=b"<html><script>")
    with visitor.watch.expecting("status of 4"):
        page.get_by_label("Add files").set_input_files([note, disguised])
        expect(page.get_by_role("link", name=name)).to_be_visible()
        expect(page.locator(".files .failed")).to_contain_text("page.pdf")
    assert visitor.axe() == []
    visitor.open(f"/lessons/{lesson.ref}/")
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    assert download.value.suggested_filename == name
    assert Path(download.value.path()).read_bytes() == content
    assert [one.name for one in lesson.attachments.all()] == [name]
