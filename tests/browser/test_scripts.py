"""What the scripts add to pages that also work without them."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
STATE = "form[data-draft-url] [data-draft-state]"


def kept_on_device(page: Page) -> list[str]:
    return list(
        page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('lindero:'))")
    )


def test_slash_goes_to_the_search(visit: Visit) -> None:
    page = visit("officer").open("/lessons/")
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.locator("[data-find]")).to_have_value("a/b")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=a%2Fb$"))


def test_menus_close_with_escape_and_with_a_click_elsewhere(visit: Visit) -> None:
    page = visit("officer").open("/lessons/")
    summary = page.locator("summary", has_text="Record")
    summary.click()
    expect(page.locator(".menu-list a", has_text="What cooperation rests on")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".menu-list a", has_text="What cooperation rests on")).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    page.locator("h1").click()
    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_skip_link_leads_to_the_content(visit: Visit) -> None:
    page = visit("officer").open("/lessons/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_filters_open_as_a_drawer_and_give_the_focus_back(visit: Visit) -> None:
    page = visit("officer", size="phone").open("/lessons/")
    opener = page.locator("[data-drawer]")
    opener.click()
    expect(page.locator("#filters")).to_be_visible()
    assert page.evaluate("document.querySelector('#filters').contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.querySelector('#filters').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.locator("#filters")).to_be_hidden()
    expect(opener).to_be_focused()


def test_theme_is_chosen_and_stays(visit: Visit) -> None:
    page = visit("officer").open("/lessons/")
    assert background(page) == "rgb(245, 247, 246)"
    page.locator("summary.ava").click()
    page.locator(".account button", has_text="Dark").click()
    expect(page).to_have_url(re.compile("/lessons/$"))
    assert background(page) == "rgb(15, 26, 31)"
    page.goto("/partners/")
    assert background(page) == "rgb(15, 26, 31)"


def test_the_device_decides_the_theme_without_a_script(visit: Visit) -> None:
    visitor = visit(None, java_script_enabled=False, color_scheme="dark")
    visitor.page.goto("/accounts/login/")
    card = visitor.page.locator(".door-card h1")
    expect(card).to_have_css("color", "rgb(232, 238, 240)")


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_a_draft_is_saved_while_one_writes(visit: Visit) -> None:
    page = visit("officer", size="phone").open("/lessons/new/")
    page.locator("[name=title]").fill("The ferry's ramp was the place nobody watched")
    expect(page.locator(STATE)).to_have_text(re.compile(r"^Draft saved on the server, \d\d:\d\d$"))
    page.goto("/lessons/new/")
    expect(page.locator("[name=title]")).to_have_value(
        "The ferry's ramp was the place nobody watched"
    )
    assert kept_on_device(page) == []


def test_a_lost_connection_leaves_the_words_on_the_device(visit: Visit) -> None:
    visitor = visit("officer", size="phone")
    page = visitor.open("/lessons/new/")
    page.locator("[name=title]").fill("Saved")
    expect(page.locator(STATE)).to_have_text(re.compile("on the server"))
    with visitor.offline():
        page.locator("[name=title]").fill("Written on the boat, out of reach")
        expect(page.locator(STATE)).to_have_text(
            re.compile(r"^No connection: draft kept on this device, \d\d:\d\d$")
        )
        page.locator("form[data-draft-url] .dock .btn-primary").click()
        expect(page.locator("[name=title]")).to_have_value("Written on the boat, out of reach")
        visitor.lose_power()
    page = visitor.page
    page.goto("/accounts/password/reset/")
    assert len(kept_on_device(page)) == 1
    page.goto("/lessons/new/")
    offer = page.locator("form[data-draft-url] > [role=alert]")
    expect(offer).to_contain_text(
        re.compile(r"This device kept a newer draft, of \d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d\.")
    )
    offer.locator("button", has_text="Restore it").click()
    expect(page.locator("[name=title]")).to_have_value("Written on the boat, out of reach")
    expect(page.locator(STATE)).to_have_text(re.compile("on the server"))
    assert kept_on_device(page) == []


def test_sign_out_wipes_the_device(visit: Visit) -> None:
    page = visit("officer").open("/lessons/")
    copy = json.dumps({"at": "2999-01-01T00:00:00Z", "fields": []})
    page.evaluate("(copy) => { localStorage.setItem('lindero:1:lesson:new', copy); }", copy)
    page.locator("summary.ava").click()
    page.locator(".account button", has_text="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/$"))
    assert kept_on_device(page) == []


def test_a_copy_goes_after_seven_days(visit: Visit) -> None:
    page = visit("officer").open("/lessons/")
    for key, at in {"old": "2020-01-01T00:00:00Z", "new": "2999-01-01T00:00:00Z"}.items():
        copy = json.dumps({"at": at, "fields": []})
        page.evaluate(
            "([key, copy]) => localStorage.setItem(key, copy)", [f"lindero:1:{key}", copy]
        )
    page.reload()
    assert kept_on_device(page) == ["lindero:1:new"]


def test_the_second_of_two_clicks_is_harmless(visit: Visit) -> None:
    page = visit("officer").open("/profile/")
    page.locator("[name=name]").fill("Ramiro Solana")
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if request.method == "POST" else None
    )
    page.evaluate(
        """() => {
            const button = document.querySelector("main form button");
            button.click(); button.click();
        }"""
    )
    page.wait_for_load_state("load")
    page.wait_for_timeout(300)
    assert len(sent) == 1


def test_rows_come_and_go(visit: Visit) -> None:
    page = visit("officer").open("/exercises/new/")
    rows = page.locator('[data-formset="objectives"]')
    count = rows.locator("[data-row]").count()
    rows.locator("[data-add]").click()
    expect(rows.locator("[data-row]")).to_have_count(count + 1)
    assert total(page, "objectives") == count + 1
    rows.locator("[data-row]").last.locator("[data-remove]").click()
    gone = rows.locator("[data-row]").last
    expect(gone).to_contain_text("Removed when you save.")
    gone.locator("button", has_text="Keep it").click()
    expect(gone.locator("[data-remove]")).to_be_focused()


def total(page: Page, prefix: str) -> int:
    return int(page.locator(f"[name={prefix}-TOTAL_FORMS]").input_value())


def test_long_texts_say_how_much_room_is_left(visit: Visit) -> None:
    page = visit("officer").open("/lessons/new/")
    title = page.locator("[name=title]")
    title.fill("x" * 200)
    expect(page.locator("#id_title_count")).to_have_count(0)
    title.fill("x" * 290)
    expect(page.locator("#id_title_count")).to_have_text("10 characters left")


def test_an_error_leads_to_its_field(visit: Visit) -> None:
    visitor = visit("officer")
    page = visitor.open("/exercises/new/")
    with visitor.watch.expecting("status of 4"):
        page.locator("form[data-draft-url] .dock .btn-primary").click()
        expect(page.locator("#errors")).to_be_focused()
    page.locator("#errors a", has_text="Partners").click()
    assert page.evaluate("document.activeElement.closest('.field').id") == "div_id_partners"


def test_searchable_lists_work_with_the_keyboard(visit: Visit) -> None:
    page = visit("officer").open("/lessons/new/")
    field = page.get_by_role("combobox", name="Partner")
    field.focus()
    page.keyboard.type("moroc")
    expect(page.locator(".ts-dropdown .active")).to_contain_text("Morocco")
    page.keyboard.press("Enter")
    assert chosen(page) == ["Morocco"]
    page.keyboard.press("Backspace")
    assert chosen(page) == []


def chosen(page: Page) -> list[Any]:
    return list(
        page.evaluate(
            "[...document.querySelector('[name=partners]').selectedOptions].map((o) => o.text.trim())"
        )
    )
