"""Every page of our own, in every state worth a look: both widths, both themes, every Tab stop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.pages import NOT_PAGES, SAMPLES, Sample, names

pytestmark = pytest.mark.browser
each_page = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def test_no_page_is_left_out() -> None:
    sampled = {sample.name for sample in SAMPLES} - {"missing", "refused"}
    assert sampled | NOT_PAGES == set(names())


@each_page
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_page_is_sound(
    visit: Visit, shown: Callable[[Page, str], None], sample: Sample, size: str
) -> None:
    who, address = sample.found()
    visitor = visit(who, size=size)
    page = visitor.open(address, sample.status)
    found = visitor.axe()
    found += [f"{page.locator('h1').count()} h1"] * (page.locator("h1").count() != 1)
    found += page.locator("form[method=post]:not(:has([name=csrfmiddlewaretoken]))").evaluate_all(
        "(forms) => forms.map((form) => `no token: ${form.action}`)"
    )
    found += [words for words in [visitor.scrolls_sideways()] if words]
    shown(page, f"{sample}-{size}-light")
    if size == "phone":
        found += visitor.too_wide_when_narrow()
    else:
        found += visitor.out_of_reach_by_tab()
    visitor.go_dark()
    # The rules that do not look at colors have been asked already.
    found += [f"dark: {words}" for words in visitor.axe(["color-contrast"])]
    shown(page, f"{sample}-{size}-dark")
    assert not found, "\n".join(found)
