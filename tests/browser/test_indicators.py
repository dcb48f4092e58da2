"""Indicators in a browser: the grid by keyboard, a paste, and a result that comes by itself."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from evaluation import results
from evaluation.models import Indicator, Measurement, Result
from tests.browser.conftest import Visit
from tests.browser.pages import person

pytestmark = pytest.mark.browser


def counted() -> Indicator:
    found: Indicator = Indicator.objects.editable_by(person("officer")).filter(measure="count")[0]
    return found


def test_the_grid_is_filled_by_keyboard_alone(visit: Visit) -> None:
    indicator = counted()
    visitor = visit("officer")
    page = visitor.open(f"{indicator.get_absolute_url()}values/?around=2026-11-01")
    cell = page.locator("#value_2026-11-01")
    cell.focus()
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    expect(page.locator("#quality_2026-11-01")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Until the 10th")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved: 1 new value.")).to_be_visible()
    row = Measurement.objects.get(indicator=indicator, period="2026-11-01")
    assert (row.value, row.quality, row.note) == (4, "provisional", "Until the 10th")


def test_a_wrong_cell_is_led_to(visit: Visit) -> None:
    visitor = visit("officer")
    page = visitor.open(f"{counted().get_absolute_url()}values/?around=2026-11-01")
    page.locator("#value_2026-11-01").fill("-4")
    with visitor.watch.expecting("status of 422"):
        page.get_by_role("button", name="Save values").click()
        expect(page.get_by_role("alert")).to_be_focused()
    visitor.settle()
    assert visitor.axe() == []
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.locator("#value_2026-11-01")).to_be_focused()
    assert page.locator("#value_2026-11-01").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_paste_is_looked_at_and_saved(visit: Visit, size: str) -> None:
    indicator = counted()
    visitor = visit("officer", size=size)
    page = visitor.open(f"{indicator.get_absolute_url()}paste/")
    page.get_by_label("Periods and values").fill("month\tcraft\nnov 2026\tfive")
    with visitor.watch.expecting("status of 422"):
        page.get_by_role("button", name="Look at what is read").click()
        expect(page.get_by_text("This is not a number.")).to_be_visible()
    visitor.settle()
    assert visitor.axe() == []
    assert visitor.scrolls_sideways() == ""
    page.get_by_label("Periods and values").fill("month\tcraft\nnov 2026\t5")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("1 row was read; nothing is saved yet")).to_be_visible()
    visitor.settle()
    assert visitor.axe() == []
    page.get_by_role("button", name="Save values").click()
    expect(page.get_by_text("Saved: 1 new value.")).to_be_visible()
    assert Measurement.objects.get(indicator=indicator, period="2026-11-01").value == 5


def test_a_result_comes_by_itself(visit: Visit) -> None:
    indicator = counted()
    Result.objects.filter(indicator=indicator).delete()
    results.ask([indicator.pk])
    visitor = visit("officer")
    page = visitor.open(indicator.get_absolute_url())
    expect(page.get_by_text("The result is being worked out.")).to_be_visible()
    results.work_out(indicators=[indicator.pk], now=timezone.now())
    expect(page.get_by_text("association, not cause").first).to_be_visible(timeout=8000)
    assert page.locator("#result[hx-trigger]").count() == 0
