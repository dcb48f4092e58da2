"""A person in front of a page: what goes wrong there, and the questions tests ask of it."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Response,
    expect,
)

from agencies.models import User

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`content-security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""

# Notes what each key press leads to, and whether it looks different from before.
LISTEN = """() => {
    document.activeElement.blur();
    const look = (element) => {
        // A searchable list shows the focus around itself, a country of the map on its shape.
        const parts = [element, element.closest(".ts-control"), ...element.querySelectorAll("path, circle")];
        return parts.filter(Boolean).map((part) => {
            const style = getComputedStyle(part);
            const outline = style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor;
            return [outline, style.boxShadow, style.stroke, style.strokeWidth].join();
        }).join();
    };
    const before = new Map([...document.querySelectorAll("*")].map((one) => [one, look(one)]));
    window.stops = [];
    document.addEventListener("focusin", ({ target }) => {
        window.stops.push([target, look(target) !== before.get(target)]);
    });
}"""
# What somebody who sees the page could want to reach.
LEFT_OUT = """() => {
    const wanted = [...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
    )].filter((element) => !element.disabled && element.tabIndex >= 0
        && element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
        && element.getClientRects().length);
    const reached = new Set(window.stops.map(([element]) => element));
    const radio = (element) => element.type === "radio"
        && window.stops.some(([other]) => other.type === "radio" && other.name === element.name);
    const name = (element) => element.outerHTML.slice(0, 140);
    return [
        ...wanted.filter((one) => !reached.has(one) && !radio(one)).map((one) => `not reached: ${name(one)}`),
        ...window.stops.filter(([, visible]) => !visible).map(([one]) => `focus not seen: ${name(one)}`),
    ];
}"""
COUNT = """document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex='0']").length"""


class Watch:
    """Collects what must not happen on any page of a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._problem(f"exception: {error.error}"))
        context.on("response", self._response)

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Let problems that match pass, for as long as the block lasts."""
        self._expected.append(re.compile(pattern))
        yield
        self._expected.pop()

    def end(self) -> None:
        """Close the browser, and let nothing that it sends meanwhile reach the next test's data.

        A page that closes still sends its draft, which may arrive when the next test has begun.
        """
        self.context.clear_cookies()
        self.context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._problem(f"console: {message.text} ({message.location.get('url', '')})")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._problem(f"{response.status}: {response.request.method} {response.url}")

    def _problem(self, words: str) -> None:
        if not any(pattern.search(words) for pattern in self._expected):
            self.problems.append(words)


@cache
def axe_source() -> str:
    return AXE.read_text(encoding="utf-8")


class Visitor:
    """One person in one browser. ``page`` is Playwright's."""

    def __init__(self, page: Page, watch: Watch, person: User | None) -> None:
        self.page = page
        self.watch = watch
        self.person = person

    def open(self, address: str, status: int = 200) -> Page:
        """Go to an address and wait until the page has come to rest."""
        with self.watch.expecting(rf"responded with a status of {status}\b"):
            answer = self.page.goto(address)
            self.settle()
        assert answer is not None
        assert answer.status == status, f"{address} answered {answer.status}"
        return self.page

    def settle(self) -> None:
        """Wait until searchable lists stand in their places and nothing moves any more."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(
            """() => [...document.querySelectorAll("select[data-select]")].every((one) => one.tomselect)
                && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")
                && document.getAnimations().every((one) => one.playState !== "running")"""
        )

    def see_all(self) -> None:
        """Scroll to the end and back, until what comes when it is seen has come."""
        self.page.wait_for_function(
            """() => {
                const waiting = document.querySelector("[hx-trigger=revealed]");
                waiting?.scrollIntoView();
                return !waiting;
            }"""
        )
        self.settle()
        self.page.evaluate("scrollTo(0, 0)")

    def go_dark(self) -> None:
        self.page.emulate_media(color_scheme="dark")
        self.settle()

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Lose the connection for a while."""
        context = self.page.context
        # Emulating it alone, Chromium now and then sends a request and only loses the answer.
        context.route("**/*", lambda route: route.abort("internetdisconnected"))
        context.set_offline(True)
        with self.watch.expecting("ERR_INTERNET_DISCONNECTED"):
            yield
        context.set_offline(False)
        context.unroute("**/*")

    def lose_power(self) -> None:
        """End the page without a word, as a device does whose battery is empty; open another.

        A page that is left in any other way may send its draft once more.
        """
        context = self.page.context
        with self.page.expect_event("crash"), suppress(Error):
            self.page.goto("chrome://crash")
        self.page.close()
        self.page = context.new_page()

    def until(self, true: Callable[[], bool], seconds: float = 10) -> None:
        """Wait for what the page does not show, such as a draft in the database."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it did not come true"
            self.page.wait_for_timeout(50)

    def searchable(self, label: str) -> Locator:
        """The field of a searchable list; its label may say that it is optional."""
        return self.page.get_by_role(
            "combobox", name=re.compile(rf"^{re.escape(label)}( optional)?$")
        )

    def choose(self, label: str, words: str, option: str | re.Pattern[str]) -> None:
        """Pick from a searchable list as a person would: open it, type, take what is offered."""
        field = self.searchable(label)
        field.click()
        expect(field).to_have_attribute("aria-expanded", "true")
        field.press_sequentially(words)
        expect(field).to_have_value(words)
        # What matches is marked as soon as the list has followed what was typed.
        offer = self.page.get_by_role("option", name=option).filter(
            has=self.page.locator(".highlight")
        )
        offer.locator("visible=true").first.click()
        expect(field).to_have_attribute("aria-expanded", "false")

    def chosen(self, label: str) -> list[str]:
        """What a searchable list holds, in its words."""
        items = (
            self.searchable(label)
            .locator("xpath=ancestor::*[contains(@class, 'ts-control')]")
            .locator(".item")
        )
        return [words.removesuffix("×").strip() for words in items.all_inner_texts()]

    def facet(self, name: str) -> Locator:
        """A filter whose values are boxes to tick."""
        return self.page.get_by_role("group", name=name, exact=True)

    def box(self, facet: str, value: str) -> Locator:
        """The box of a value of a filter; behind its name stands how many rows it finds."""
        named = re.compile(rf"^{re.escape(value)}( [\d,]+)?$")
        return self.facet(facet).get_by_role("checkbox", name=named)

    def tick(self, facet: str, value: str) -> None:
        """Tick a value, among the largest or behind "11 more"."""
        box = self.box(facet, value)
        if not box.count():
            self.facet(facet).get_by_role("link", name="more").click()
        box.click()
        expect(box).to_be_checked()

    def ticked(self, facet: str) -> list[str]:
        """The values of a filter that are ticked, by their names."""
        boxes = self.facet(facet).get_by_role("checkbox", checked=True)
        return boxes.locator("xpath=following-sibling::span[1]").all_inner_texts()

    def axe(self, rules: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
        """What axe finds wrong on the page as it is now, by ``rules`` only or ``without`` some."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe_source())
        only: dict[str, Any] = {"type": "tag", "values": STANDARDS}
        if rules:
            only = {"type": "rule", "values": list(rules)}
        found = self.page.evaluate(
            """([only, without]) => axe.run(document, {
                runOnly: only,
                rules: Object.fromEntries(without.map((id) => [id, { enabled: false }])),
                resultTypes: ["violations"],
                preload: false,
            }).then((result) => result.violations.flatMap((rule) => rule.nodes.map((node) =>
                `${rule.id}: ${node.target.join(" ")} | ${node.html.slice(0, 160)} | `
                + node.any.concat(node.all, node.none).map((check) => check.message).join("; "))))
            """,
            [only, list(without)],
        )
        return list(found)

    def scrolls_sideways(self) -> str:
        """Which elements make the page wider than the window; empty if none."""
        return str(
            self.page.evaluate(
                """() => {
                    const room = document.documentElement.clientWidth;
                    const wide = document.scrollingElement.scrollWidth;
                    if (wide <= room && window.innerWidth <= screen.width) return "";
                    const outside = [...document.body.querySelectorAll("*")].filter((element) => {
                        const box = element.getBoundingClientRect();
                        return box.width && box.right + scrollX > Math.min(room, screen.width) + 0.5;
                    });
                    const name = (element) => element.tagName.toLowerCase()
                        + [...element.classList].map((one) => `.${one}`).join("");
                    return `${wide} px in ${room}: ` + outside.slice(0, 6).map(name).join(", ");
                }"""
            )
        )

    def too_wide_when_narrow(self) -> list[str]:
        """What does not fit 320 px: the smallest phones, or large letters on the others."""
        size = self.page.viewport_size
        assert size is not None
        self.page.set_viewport_size({"width": 320, "height": size["height"]})
        words = self.scrolls_sideways()
        self.page.set_viewport_size(size)
        return [f"at 320 px: {words}"] if words else []

    def out_of_reach_by_tab(self) -> list[str]:
        """What the Tab key does not lead to, or where one would not see that it did."""
        self.see_all()
        self.page.evaluate(LISTEN)
        for _ in range(self.page.evaluate(COUNT) + 1):
            self.page.keyboard.press("Tab")
        assert self.page.evaluate("new Set(window.stops.map(([element]) => element)).size") > 3
        return list(self.page.evaluate(LEFT_OUT))
