"""Take the pictures of the README from a fresh installation with demonstration data.

Needs what `make setup` installs, and Chromium.
"""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True)
class Shot:
    """One picture: what a demonstration account sees at an address."""

    name: str
    account: str
    address: str
    size: tuple[int, int] = DESK
    scheme: str = "light"
    open_first: str = ""  # selector of a link to follow from the address
    typed: tuple[tuple[str, str], ...] = ()  # what stands in the fields, by their labels


QUICK = (
    ("The point, in one sentence", "The relief boat had the old channel list, so we met late"),
    (
        "What happened",
        "We expected to meet at 02:10. The Portuguese boat called on the channel of 2024 and we "
        "answered on the new one. Twenty minutes.",
    ),
)
SHOTS = [
    Shot("home", "reviewer", "/"),
    Shot("lessons", "reviewer", "/lessons/?partner=MA"),
    Shot("lesson", "reviewer", "/lessons/?status=learned", open_first="#results .row h3 a"),
    Shot("partners", "reviewer", "/partners/"),
    Shot("partner", "reviewer", "/partners/MA/"),
    Shot(
        "indicator",
        "reviewer",
        "/evaluation/indicators/?q=watches+strait",
        open_first="#results .row h3 a",
    ),
    Shot("heat-map", "reviewer", "/reports/heat-map/"),
    Shot("gaps", "reviewer", "/reports/gaps/"),
    Shot("phone-partner", "reviewer", "/partners/MA/", size=PHONE),
    Shot("review", "reviewer", "/review/"),
    Shot("board", "coordinator", "/actions/board/"),
    Shot("state-of-learning", "coordinator", "/reports/pipeline/"),
    Shot("lessons-dark", "reviewer", "/lessons/", scheme="dark"),
    Shot("phone-quick-lesson", "officer", "/lessons/new/", size=PHONE, typed=QUICK),
    Shot("phone-lessons", "officer", "/lessons/", size=PHONE),
]


def serve(data: str, port: int) -> subprocess.Popen[bytes]:
    """Load the demonstration data into `data` and serve it; return the server's process."""
    environment = os.environ | {
        "DEVELOPMENT": "1",
        "DEMONSTRATION": "1",
        "DATA": data,
        "LOG_LEVEL": "ERROR",
    }
    for command in (["migrate", "--verbosity", "0"], ["load_demo"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], env=environment, cwd=ROOT, check=True
        )
    command = [
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    server = subprocess.Popen([sys.executable, *command], env=environment, cwd=ROOT)
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except OSError:  # not there yet, or too busy to answer
            time.sleep(0.2)
        else:
            return server
    server.terminate()
    sys.exit("the server did not answer")


def signed_in(browser: Browser, site: str, shot: Shot) -> Page:
    width, height = shot.size
    page = browser.new_page(
        base_url=site,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        device_scale_factor=2 if shot.size == PHONE else 1,
        reduced_motion="reduce",
    )
    page.goto("/accounts/login/")
    page.fill("input[name=login]", f"{shot.account}@demo.example")
    page.fill("input[name=password]", "lindero-demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")
    return page


def take(browser: Browser, site: str, shot: Shot) -> None:
    page = signed_in(browser, site, shot)
    page.goto(shot.address)
    if shot.open_first:
        page.locator(shot.open_first).first.click()
    for label, words in shot.typed:
        page.get_by_label(label).fill(words)
    # Searchable lists stand in their places, and the draft that was typed is saved.
    page.wait_for_load_state("networkidle")
    if shot.typed:
        page.get_by_text("Draft saved").wait_for()
    page.mouse.move(0, 0)
    page.evaluate(
        "() => { document.activeElement.blur(); scrollTo(0, 0); return document.fonts.ready; }"
    )
    page.screenshot(path=HERE / f"{shot.name}.png")
    page.context.close()


def main() -> None:
    """Take the shots named on the command line, or all."""
    wanted = [shot for shot in SHOTS if not sys.argv[1:] or shot.name in sys.argv[1:]]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with TemporaryDirectory(prefix="lindero-screenshots-") as data:
        server = serve(data, port)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                for shot in wanted:
                    take(browser, f"http://127.0.0.1:{port}", shot)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
