"""The coordinator's and the administrator's jobs."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from agencies.models import Agency, Holiday, Membership, User
from agencies.roles import Role
from lessons.models import Lesson
from lessons.vocabulary import Status
from tests.browser.conftest import Visit
from tests.browser.pages import person
from tests.factories import make_lesson

pytestmark = pytest.mark.browser

POINT = "The escort had no key to the second barrier"
NEW_PASSWORD = "a-long-way-to-tarifa"


def test_coordinator_invites_somebody_who_then_signs_in(visit: Visit) -> None:
    mail.outbox = []
    coordinator = visit("coordinator")
    page = coordinator.open("/")
    page.locator("summary", has_text="Account of").click()
    page.get_by_role("link", name="Members and settings").locator("visible=true").click()
    page.get_by_label("E-mail").fill("nuria.campo@example.org")
    page.get_by_label("Full name").fill("Nuria Campo Vidal")
    page.get_by_role("combobox", name="Role", exact=True).select_option(label="Reviewer")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("Nuria Campo Vidal is invited.")).to_be_visible()
    membership = Membership.objects.get(user__email="nuria.campo@example.org")
    assert (membership.agency.code, membership.role) == ("ES-GC", Role.REVIEWER)
    assert coordinator.axe() == []

    assert [message.to for message in mail.outbox] == [["nuria.campo@example.org"]]
    link = re.search(r"https?://\S+", str(mail.outbox[0].body))
    assert link is not None
    newcomer = visit(size="phone")
    phone = newcomer.open(link[0])
    phone.get_by_label("New Password", exact=False).first.fill(NEW_PASSWORD)
    phone.get_by_label(re.compile("again", re.I)).fill(NEW_PASSWORD)
    phone.locator("main form button").last.tap()
    expect(phone.get_by_text("Sign in", exact=True).first).to_be_visible()
    phone.goto("/accounts/login/")
    phone.get_by_label("Email").fill("nuria.campo@example.org")
    phone.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    phone.get_by_role("button", name="Sign in").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Nuria")


def test_coordinator_changes_a_role_and_deactivates_after_a_question(visit: Visit) -> None:
    coordinator = visit("coordinator")
    page = coordinator.open("/members/ES-GC/")
    page.get_by_label("Role of Andrés Quiroga Peña").select_option(label="Reviewer")
    page.get_by_role("button", name="Change role of Andrés Quiroga Peña").click()
    expect(page.get_by_text("The role of Andrés Quiroga Peña is changed.")).to_be_visible()
    deactivate = page.get_by_role("button", name="Deactivate Andrés Quiroga Peña")
    deactivate.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert coordinator.axe() == []
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_attached()
    expect(deactivate).to_be_focused()
    membership = Membership.objects.get(user__email="colleague@demo.example")
    assert (membership.active, membership.role) == (True, Role.REVIEWER)
    deactivate.click()
    dialog.get_by_role("button").last.click()
    expect(page.get_by_text("Andrés Quiroga Peña is deactivated.")).to_be_visible()
    membership.refresh_from_db()
    assert not membership.active


def test_coordinator_sets_a_holiday(visit: Visit) -> None:
    coordinator = visit("coordinator")
    page = coordinator.open("/members/ES-GC/")
    page.get_by_role("link", name="Settings and holidays").click()
    page.get_by_role("button", name="Add a holiday").click()
    page.get_by_label("Day").last.fill("2027-10-12")
    page.get_by_label("Name").last.fill("Día del Pilar")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    holiday = Holiday.objects.get(agency__code="ES-GC", name="Día del Pilar")
    assert str(holiday.day) == "2027-10-12"


def test_administrator_makes_an_agency_a_member_and_a_role(visit: Visit) -> None:
    administrator = visit("admin")
    page = administrator.open("/")
    page.get_by_role("link", name="Open the administration").click()
    page.get_by_role("link", name="Agencies", exact=True).first.click()
    page.get_by_role("link", name="Add agency").first.click()
    page.get_by_label("Name:").first.fill("Polícia Marítima")
    page.get_by_label("Code:").fill("PT-PM")
    page.get_by_label("Kind:").select_option(label="Coast guard")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".success")).to_contain_text("Polícia Marítima")
    agency = Agency.objects.get(code="PT-PM")

    administrator.open("/admin/agencies/user/add/")
    page.locator("#id_email").fill("rui.mar@example.org")
    page.get_by_label("Name:").first.fill("Rui Mar")
    page.get_by_label("Password:", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Password confirmation:").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".success")).to_be_visible()
    member = User.objects.get(email="rui.mar@example.org")

    administrator.open("/admin/agencies/membership/add/")
    for field, words in (("user", "Rui Mar"), ("agency", "Polícia Mar")):
        page.locator(f".field-{field} .select2-selection").click()
        page.locator(".select2-search__field").last.press_sequentially(words)
        page.get_by_role("option", name=re.compile(words)).click()
    page.get_by_label("Role:").select_option(label="Reviewer")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".success")).to_be_visible()
    assert Membership.objects.get(user=member, agency=agency).role == Role.REVIEWER


def test_administrator_returns_an_entry(visit: Visit) -> None:
    lesson = make_lesson(by=person("officer"), title=POINT, status=Status.SUBMITTED)
    administrator = visit("admin")
    page = administrator.open("/admin/lessons/lesson/")
    page.get_by_role("searchbox").fill(lesson.ref)
    page.keyboard.press("Enter")
    page.get_by_role("row", name=re.compile(lesson.ref)).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label="Return with a question")
    page.get_by_role("button", name=re.compile("Go|Run")).click()
    page.get_by_label("Your question").fill("Which barrier is the second one?")
    page.locator("input[type=submit].default").click()
    expect(page.locator(".success")).to_be_visible()
    assert Lesson.objects.get(pk=lesson.pk).status == Status.RETURNED
    event = lesson.events.get(move="return")
    assert (event.comment, event.actor) == (
        "Which barrier is the second one?",
        administrator.person,
    )
