"""Rows of texts become entries of a series, or messages beside the cells that are wrong.

The grid and the paste both come here, so that a number means the same however it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evaluation import numbers
from evaluation.models import Indicator, Measurement
from evaluation.numbers import NoNumberError, Sign, Written
from evaluation.recording import Entry, fault, fault_of_period, is_running
from evaluation.series import Measure, Quality, Step
from records.choices import folded

GAP = "gap"
"""Stands among qualities for a period that was not measured."""
GAPS = frozenset(
    {"-", "–", "—", "..", "...", "…", "n/a", "na", "n.a.", "nd", "n.d.", "null", "none"}
)
"""What people write where there is no figure."""


def parts_of(measure: str) -> tuple[str, ...]:
    """The numbers that a value of a measure is made of."""
    return ("numerator", "denominator") if measure == Measure.PROPORTION else ("value",)


@dataclass
class Line:
    """One row as it was typed, what it means, and what is wrong with it by cell."""

    texts: dict[str, str]
    period: date | None = None
    number: int = 0
    kept: Measurement | None = None
    entry: Entry | None = None
    errors: dict[str, str] = field(default_factory=dict)
    running: bool = False

    def text(self, name: str) -> str:
        return self.texts.get(name, "").strip()

    @property
    def is_new(self) -> bool:
        return self.entry is not None and self.kept is None

    @property
    def revises(self) -> bool:
        return (
            self.entry is not None and self.kept is not None and self.entry.says != self.kept.says
        )


def plain(number: Decimal | int | None) -> str:
    """A number as it stands in a cell: all its digits, a point before decimals."""
    if number is None:
        return ""
    if isinstance(number, int):
        return str(number)
    return f"{number.normalize():f}"


def judge(
    lines: Sequence[Line], indicator: Indicator, today: date, *, sign: Sign | None = None
) -> None:
    """Give each line with a period and some number its entry, or its errors."""
    read = [written(line, indicator) for line in lines]
    sign = sign or numbers.sign_of(number for here in read for number in here.values())
    for line, here in zip(lines, read, strict=True):
        meant = meanings(line, here, sign)
        line.errors |= fault_of_line(line, indicator, meant, today)
        if not line.errors and line.period is not None:
            line.entry = entry_of(line, indicator, meant)
            line.running = is_running(indicator, line.period, today)
            if line.entry is not None:
                line.errors |= fault(indicator, line.entry)


def written(line: Line, indicator: Indicator) -> dict[str, Written]:
    """The numbers of a line, before it is known which sign stands before their decimals."""
    found: dict[str, Written] = {}
    for name in parts_of(indicator.measure):
        text, kept = line.text(name), getattr(line.kept, name, None)
        if kept is not None and text == plain(kept):
            # What stands there untouched is what was recorded, whatever else is typed around it.
            found[name] = Written(dict.fromkeys(Sign, Decimal(kept)))
        elif text and folded(text) not in GAPS:
            try:
                found[name] = numbers.read(text, indicator.unit, whole=is_whole(indicator))
            except NoNumberError as error:
                line.errors[name] = str(error)
    return found


def meanings(line: Line, here: dict[str, Written], sign: Sign | None) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, number in here.items():
        try:
            found[name] = numbers.value_of(number, sign)
        except NoNumberError as error:
            line.errors[name] = str(error)
    return found


def is_whole(indicator: Indicator) -> bool:
    return indicator.measure in (Measure.COUNT, Measure.PROPORTION)


def fault_of_line(
    line: Line, indicator: Indicator, here: dict[str, Decimal], today: date
) -> dict[str, str]:
    errors: dict[str, str] = {}
    if line.period is not None and (here or says_gap(line, indicator)):
        errors |= fault_of_period(indicator, line.period, today)
    if quality_of(line.text("quality")) is None:
        errors["quality"] = _("Choose final, provisional, estimated or not measured.")
    elif here and quality_of(line.text("quality")) == GAP:
        errors["quality"] = _("There is a number, so it was measured.")
    if indicator.measure == Measure.PROPORTION:
        for name, number in here.items():
            if number != number.to_integral_value():
                errors[name] = _("Give whole numbers: how many, and of how many.")
    return errors


def quality_of(text: str) -> str | None:
    """The quality that a text names, ``GAP`` for not measured; ``None`` if it names none."""
    return qualities(get_language() or "").get(folded(text))


@cache
def qualities(language: str) -> dict[str, str]:
    """The words for qualities in the language in force, folded."""
    known: dict[str, str] = {"": Quality.FINAL, GAP: GAP, "not measured": GAP}
    known[folded(_("Not measured"))] = GAP
    for quality in Quality:
        words = (quality.value, quality.value[0], folded(str(quality.label)))
        known |= dict.fromkeys(words, quality)
    return known


def says_gap(line: Line, indicator: Indicator) -> bool:
    """Whether the line says that the period was not measured."""
    texts = [line.text(name) for name in parts_of(indicator.measure)]
    if quality_of(line.text("quality")) == GAP:
        return True
    return all(folded(text) in GAPS for text in texts)


def entry_of(line: Line, indicator: Indicator, here: dict[str, Decimal]) -> Entry | None:
    """What the line says; nothing of a period that it leaves empty."""
    if line.period is None:
        return None
    if not here:
        return Entry(line.period, note=line.text("note")) if says_gap(line, indicator) else None
    quality = quality_of(line.text("quality")) or Quality.FINAL
    said: dict[str, Any] = {"quality": quality, "note": line.text("note")}
    if indicator.measure == Measure.PROPORTION:
        said |= {name: int(number) for name, number in here.items()}
    else:
        said |= here
    return Entry(line.period, **said)


def refuse_doubles(lines: Iterable[Line]) -> None:
    """Say of each period that occurs twice where it stands first."""
    first: dict[date, int] = {}
    for line in lines:
        if line.period is None:
            continue
        if line.period in first:
            line.errors["period"] = _("This period stands in row %(number)d already.") % {
                "number": first[line.period]
            }
            line.entry = None
        first.setdefault(line.period, line.number)


# --- Running totals ------------------------------------------------------------------------------


def difference(lines: Sequence[Line], indicator: Indicator, *, every_year: bool) -> None:
    """Turn running totals into what each period added.

    They begin anew with each year (of the indicator), or, unless ``every_year``, never: then the
    first one cannot be told apart from what came before and is left out.
    """
    step = Step(indicator.step)
    known = sorted(
        (line for line in lines if line.entry is not None and not line.entry.is_gap),
        key=lambda line: line.period or date.min,
    )
    before: Entry | None = None
    for line in known:
        total = line.entry
        if total is None:
            continue
        if every_year and begins_a_year(total.period, indicator):
            pass  # what the year has until now is what its first period added
        elif before is None and not every_year:
            line.entry = None
        elif before is None or step.following(before.period) != total.period:
            line.errors[parts_of(indicator.measure)[0]] = _(
                "The running total of the period before is missing."
            )
            line.entry = None
        else:
            subtract(line, total, before, indicator)
        before = total


def begins_a_year(period: date, indicator: Indicator) -> bool:
    """Whether the period is the first that begins in its year."""
    step = Step(indicator.step)
    year = Step.YEAR.start(period, indicator.first_month)
    return Step.YEAR.start(step.plus(period, -1), indicator.first_month) < year


def subtract(line: Line, total: Entry, before: Entry, indicator: Indicator) -> None:
    added: dict[str, Any] = {
        name: getattr(total, name) - getattr(before, name) for name in parts_of(indicator.measure)
    }
    for name, number in added.items():
        if number < 0:
            line.errors[name] = _("This is less than the running total before it.")
    line.entry = None if line.errors else replace(total, **added)
    if line.entry is not None:
        line.errors |= fault(indicator, line.entry)
