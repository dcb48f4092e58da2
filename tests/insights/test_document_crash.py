"""Workers that are killed while they make a document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.processes import run, start

pytestmark = pytest.mark.slow
HELP = "from tests.insights import killed; "
WHOLE = {
    "made": [True, True],
    "failed": ["", ""],
    "progress": [100, 100],
    "strangers": 0,
    "whole": [True, True],
    "records": 2,
    "begun": 0,
    "notices": 2,
    "waiting": {"insights.documents.forget": 2},
}
"""Two documents, each made once, with one notice; to be done is only their removal."""


def shell(installation: dict[str, str], command: str) -> Any:
    said = run(installation, "manage.py", "shell", "-v", "0", "-c", HELP + command)
    return json.loads(said.splitlines()[-1])


def test_killed_at_any_step_each_document_is_made_once_and_told_once(
    installation: dict[str, str],
) -> None:
    found = shell(installation, "killed.main()")
    assert found["expected"] == WHOLE
    assert found["wrong"] == []
    assert found["killed"] > 30


def test_killed_while_it_makes_a_document_the_next_worker_makes_it(
    installation: dict[str, str],
) -> None:
    shell(installation, "killed.prepare(lessons=60); print(0)")
    worker = start(installation, "work")
    at_work = shell(installation, f"killed.kill_while_making({worker.pid})")
    assert worker.wait(10) == -9
    assert at_work == {"half": 1, "pending": 2}
    shell(installation, "killed.let_time_pass(); print(0)")
    run(installation, "manage.py", "work", "--once")
    tell = "import json; print(json.dumps(killed.outcome()))"
    assert shell(installation, tell) == WHOLE
