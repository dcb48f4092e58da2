"""Small files in the layouts that are imported, as bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
NASA_SAMPLE = DATA / "nasa_llis_sample.csv"
EXERCISES_SAMPLE = DATA / "exercises_sample.csv"

LESSON = {
    "id": "1",
    "title": "Agree on one radio channel before the patrol",
    "what": "Two boats called each other on different channels for an hour.",
    "why": "Each side had its own plan.",
    "so": "One plan for both.",
    "do": "Put the channel into the order.",
    "when": "2024-03-05",
    "about": "secure-channels",
    "with": "MA",
    "sort": "coordination",
}
MAPPING = """
source = "notebook"
id = "id"
dates = ["%Y-%m-%d", "%Y-%m", "%Y"]
empty = ["N/A", "none"]
points_elsewhere = 'see .{1,40}'

[fields]
title = "title"
observation = { first = ["what", "so"] }
discussion = "why"
conclusion = "so"
recommendation = "do"
occurred_on = "when"

[themes]
column = "about"
separator = ";"

[partners]
column = "with"
separator = ";"

[choices]
category = "sort"
"""

EXERCISE = {
    "MMEID": "x1",
    "Ex_Name": "Strait Lantern",
    "Series_Name": "",
    "Location": "Tangier",
    "lat": "35.7595",
    "lon": "-5.834",
    "s.year": "2004",
    "s.month": "10",
    "s.day": "3",
    "e.year": "2004",
    "e.month": "10",
    "e.day": "9",
    "CPX": "0",
    "Air": "0",
    "Land": "0",
    "Sea": "1",
    "Amphibious": "0",
    "Cyber": "0",
    "Warfighting": "0",
    "Peacekeeping": "0",
    "Humanitarian": "0",
    "FocusDescription": "joint patrols",
    "AdditionalParticipantInfo": "",
    "StateA": "Morocco",
    "StateB": "Spain",
    "StateC": "",
}


def table(rows: Iterable[dict[str, str]], columns: Iterable[str], delimiter: str = ",") -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(columns), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def lessons(*rows: dict[str, str]) -> bytes:
    """A file of lessons in the columns of ``MAPPING``; each row says what differs."""
    return table(({**LESSON, **row} for row in rows), LESSON)


def exercises(*rows: dict[str, str]) -> bytes:
    """A table of exercises; each row says what differs from ``EXERCISE``."""
    return table(({**EXERCISE, **row} for row in rows), EXERCISE)
