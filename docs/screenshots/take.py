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
from urllib.error import URLError
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


SHOTS = [
    Shot("home", "reviewer", "/"),
    Shot("lessons", "reviewer", "/lessons/?partner=MA"),
    Shot("lesson", "reviewer", "/lessons/?status=learned", open_first="main .list .row a"),
    Shot("partners", "reviewer", "/partners/"),
    Shot("partner", "reviewer", "/partners/MA/"),
    Shot("review", "reviewer", "/review/"),
    Shot("lessons-dark", "reviewer", "/lessons/", scheme="dark"),
    Shot("phone-quick-lesson", "officer", "/lessons/new/", size=PHONE),
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
        except URLError:
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
    page.wait_for_load_state("networkidle")
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
