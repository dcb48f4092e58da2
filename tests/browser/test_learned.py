"""The whole chain: from a phone after a night exercise to *learned*, and back when it happens again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agencies.models import Agency
from agencies.roles import Role
from lessons.models import Action, Lesson
from lessons.vocabulary import ActionStatus, Category, Status
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.factories import make_action, make_lesson, make_user

pytestmark = pytest.mark.browser

POINT = "The relief boat had the old frequency list, so we met twenty minutes late"


def done(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def test_six_people_bring_a_lesson_from_a_phone_to_learned(visit: Visit) -> None:
    """The demonstration has one account with the role of reviewer; the verifier is another one."""
    agency = Agency.objects.get(code="ES-GC")
    verifying = make_user(name="Verónica Vera", agency=agency, role=Role.REVIEWER)
    officer = visit("officer", size="phone")
    phone = officer.open("/")
    phone.get_by_role("link", name="Log a lesson").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("What did you learn?")
    officer.settle()
    phone.get_by_label("The point, in one sentence").fill(POINT)
    phone.get_by_label("What happened").fill("The Portuguese boat called on the channel of 2024.")
    officer.choose("Partner", "portu", "Portugal")
    phone.get_by_label("No personal data, nothing classified").check()
    phone.get_by_role("button", name="Submit for review").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(POINT)
    lesson = Lesson.objects.get(title=POINT)

    reviewer = visit("reviewer")
    page = reviewer.open("/review/")
    page.get_by_role("button", name=f"Take for review : {POINT}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)

    endorser = visit("endorser")
    page = endorser.open(f"/lessons/{lesson.ref}/move/endorse/")
    endorser.settle()
    page.get_by_label("Discussion").fill("Each side keeps a list of its own.")
    page.get_by_label("Conclusion").fill("Two lists drift apart.")
    page.get_by_label("Recommendation").fill("Print one list before each exercise.")
    page.get_by_label("Category").select_option(label="Communication")
    endorser.choose("Themes", "joint pat", "Joint patrols")
    page.get_by_label("What is to be done").fill("Print one list for both boats")
    endorser.choose("Action body", "guardia c", "Guardia Civil")
    due = agency.local_date(timezone.now()) + timedelta(days=90)
    page.get_by_label("Due on").fill(due.isoformat())
    page.get_by_role("button", name="Endorse", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    action = Action.objects.get(lessons=lesson)

    colleague = visit("colleague", size="phone")
    phone = colleague.open(action.get_absolute_url())
    phone.get_by_role("button", name="Start").last.tap()
    expect(phone.get_by_text("Ongoing").first).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.status == Status.IMPLEMENTING
    phone.get_by_role("link", name="Finish").last.tap()
    colleague.settle()
    with colleague.watch.expecting("status of 4"):
        phone.get_by_role("button", name="Finish").tap()
        expect(phone.get_by_role("alert")).to_be_focused()
    assert colleague.axe() == []
    phone.get_by_label("Kind of evidence").select_option(label="Amended procedure or doctrine")
    phone.get_by_label("What it shows").fill("The list of 2026, on both boats.")
    phone.get_by_role("button", name="Finish").tap()
    expect(phone.get_by_text("The list of 2026, on both boats.")).to_be_visible()

    verifier = visit(verifying)
    page = verifier.open("/actions/?whose=verify")
    page.get_by_role("link", name="Print one list for both boats").click()
    page.get_by_role("link", name="Verify").click()
    verifier.settle()
    for question in ("Relevant", "Contemporary", "Complete", "Meets the intent"):
        page.get_by_label(question).check()
    page.get_by_label("How you checked it").fill("Seen on both boats.")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Print one list for both boats")
    lesson.refresh_from_db()
    assert lesson.status == Status.VALIDATING

    coordinator = visit("coordinator")
    page = coordinator.open(f"/lessons/{lesson.ref}/")
    page.get_by_role("link", name="Confirm that it works").first.click()
    coordinator.settle()
    page.get_by_label("In an exercise").check()
    page.get_by_label("On", exact=True).fill(agency.local_date(timezone.now()).isoformat())
    page.get_by_label("The result").fill("The next hand-over took three minutes.")
    page.get_by_label("The indicator that shows it").fill("Minutes: 20, then 3.")
    assert coordinator.axe() == []
    page.get_by_role("button", name="Confirm that it works").click()
    expect(page.get_by_text("The next hand-over took three minutes.")).to_be_visible()
    lesson.refresh_from_db()
    assert (lesson.status, lesson.category) == (Status.LEARNED, Category.COMMUNICATION)

    officer.open(f"/lessons/{lesson.ref}/")
    expect(officer.page.get_by_text("Confirmed: lesson learned")).to_be_visible()

    made = {
        event.move: event.actor
        for event in (*lesson.events.all(), *action.events.all())
        if event.move in {"submit", "take", "endorse", "verify", "validate"}
    }
    assert made == {
        "submit": person("officer"),
        "take": person("reviewer"),
        "endorse": person("endorser"),
        "verify": verifying,
        "validate": person("coordinator"),
    }
    assert action.events.get(move="finish").actor == person("colleague")


def test_a_learned_lesson_that_happens_again_is_worked_on_again(visit: Visit) -> None:
    lesson = make_lesson(by=person("officer"), title=POINT, status=Status.LEARNED)
    again = make_lesson(by=person("officer"), title="Late again", status=Status.NOTED)
    now = timezone.now()
    action = make_action(
        lesson,
        title="Print one list for both boats",
        status=ActionStatus.VERIFIED,
        owner=person("colleague"),
        finished_at=now,
        verified_at=now,
    )
    reviewer = visit("reviewer")
    page = reviewer.open(f"/lessons/{lesson.ref}/")
    page.get_by_role("link", name="It happened again").first.click()
    reviewer.settle()
    page.get_by_label("The lesson that shows it").fill(again.ref)
    page.get_by_label("Print one list for both boats").check()
    assert reviewer.axe() == []
    page.get_by_role("button", name="It happened again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(POINT)
    expect(page.get_by_role("link", name="Late again")).to_be_visible()
    lesson.refresh_from_db()
    action.refresh_from_db()
    assert (lesson.status, action.status) == (Status.IMPLEMENTING, ActionStatus.ONGOING)
    assert lesson.events.get(move="relapse").related == again
