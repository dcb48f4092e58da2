"""Real series from tests/data, each read with the traps of its source in mind."""

import csv
from datetime import date
from pathlib import Path

from evaluation.series import Measure, Point, Quality, Series, Step, uncumulated

DATA = Path(__file__).parents[1] / "data"
LAST_DAY_OF_SMALL_BOATS = date(2026, 8, 20)


def small_boats() -> Series:
    """People who crossed the English Channel. Months left empty are zeros: their cumulative
    total does not move. All is provisional."""
    with (DATA / "uk_small_boats_monthly.csv").open(encoding="utf-8") as file:
        totals: list[tuple[date, float | None]] = [
            (date.fromisoformat(row["date_month"]), float(row["cumulative_migrants_arrived"]))
            for row in csv.DictReader(file)
        ]
    return Series(
        "Detections",
        "people",
        Measure.COUNT,
        Step.MONTH,
        tuple(
            Point(point.start, point.value, quality=Quality.PROVISIONAL)
            for point in uncumulated(totals, Step.MONTH)
        ),
        until=LAST_DAY_OF_SMALL_BOATS,
    )


def small_boats_as_listed() -> dict[date, str]:
    """The column of arrivals as it is, empty cells and all."""
    with (DATA / "uk_small_boats_monthly.csv").open(encoding="utf-8") as file:
        return {
            date.fromisoformat(row["date_month"]): row["migrants_arrived"]
            for row in csv.DictReader(file)
        }


def border_patrol(column: str) -> Series:
    """Encounters on one border of the United States; the calendar year stands in ``cy``."""
    with (DATA / "us_border_patrol_monthly.csv").open(encoding="utf-8") as file:
        points = tuple(
            Point(date(int(row["cy"]), int(row["month"]), 1), float(row[column]))
            for row in csv.DictReader(file, delimiter="|")
        )
    return Series(column, "encounters", Measure.COUNT, Step.MONTH, points, first_month=10)


def printed_total(line_begins: str) -> list[int]:
    """The numbers of one line of the printed table: twelve months and their sum."""
    text = (DATA / "us_border_patrol_fy2018_as_printed.csv").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(line_begins))
    return [int(cell.replace(",", "")) for cell in line.split("|")[1:]]
