"""Start Lindero from a clean clone as a newcomer would, twice; fail with the reason if it does not.

The first start installs everything; the second finds it done and must take less than 15 seconds.
Each time a demonstration account signs in, and Ctrl-C must end everything.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

FIRST_START, SECOND_START, STOP = 600, 15, 20  # seconds


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with build_opener().open(f"{address}/healthz", timeout=2) as response:
            return bool(response.read() == b"ok")
    except (URLError, OSError):
        return False


def sign_in(address: str) -> None:
    """Sign in as the officer and expect the home page."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{address}/", timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if not token:
        sys.exit("the sign-in page carries no form")
    fields = {
        "csrfmiddlewaretoken": token[1],
        "login": "officer@demo.example",
        "password": "lindero-demo",
    }
    answer = browser.open(f"{address}/accounts/login/", urlencode(fields).encode(), timeout=20)
    if answer.url != f"{address}/":
        sys.exit(f"signing in led to {answer.url}")


def start_and_stop(clone: Path, seconds: int) -> float:
    """Run `make run` until it has answered, within `seconds`; return how long that took."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    begun = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name != "DATA"}
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}"], cwd=clone, env=environment, start_new_session=True
    )
    try:
        while not answers(address):
            if process.poll() is not None:
                sys.exit(f"make run ended with {process.returncode}")
            if time.monotonic() - begun > seconds:
                sys.exit(f"no answer within {seconds} seconds")
            time.sleep(0.2)
        took = time.monotonic() - begun
        sign_in(address)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=STOP)
        if answers(address):
            sys.exit("Ctrl-C left a server behind")
        return took
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lindero-clone-") as folder:
        clone = Path(folder) / "lindero"
        subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
        first = start_and_stop(clone, FIRST_START)
        second = start_and_stop(clone, SECOND_START)
    print(f"make run from a clean clone: first start {first:.0f} s, second {second:.1f} s")


if __name__ == "__main__":
    main()
