"""Recording and revising the values of an indicator, and saying where its series breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.fields import EARLIEST, LATEST
from agencies.models import User
from evaluation.models import Indicator, IndicatorVersion, Measurement, SeriesBreak
from evaluation.models.measurement import LARGEST, PLACES
from evaluation.results import ask_after_change
from evaluation.series import Measure, Quality, Step
from records.models import StaleVersionError
from records.versions import differing, said_by

MOST_VALUES = 10_000
"""Periods of one series: 27 years of days."""
REASON_LENGTH = 500


@dataclass(frozen=True)
class Entry:
    """What somebody says of one period; without any number it is a gap that was looked into."""

    period: date
    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    quality: str = Quality.FINAL
    note: str = ""

    @property
    def is_gap(self) -> bool:
        return self.says == (None, None, None)

    @property
    def says(self) -> tuple[Decimal | None, int | None, int | None]:
        return self.value, self.numerator, self.denominator


@dataclass(frozen=True)
class Recorded:
    """How many periods got their first value, how many another one, and how many another quality."""

    new: int = 0
    revised: int = 0
    confirmed: int = 0

    @property
    def changed(self) -> int:
        return self.new + self.revised + self.confirmed


class WrongEntriesError(Exception):
    """Some entries cannot be recorded: messages by period and part of the entry."""

    def __init__(self, errors: Mapping[date, Mapping[str, str]]) -> None:
        super().__init__(f"{len(errors)} entries cannot be recorded")
        self.errors = errors


def record(
    indicator: Indicator,
    *,
    by: User,
    entries: Sequence[Entry],
    why: str = "",
    inputs: int | None = None,
    at: datetime | None = None,
) -> Recorded:
    """Record ``entries``, whole or not at all; a value that differs from the one kept revises it.

    What is said again changes nothing. A value of a period that is not over is provisional, whatever
    it is called. Asks for new results. Raises ``PermissionDenied``, ``WrongEntriesError``,
    ``ValidationError`` on ``why`` (a revision has a reason), and ``StaleVersionError`` if the series is
    no longer at ``inputs``.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = for_change(indicator, by, inputs)
        today = locked.agency.local_date(at)
        errors = wrong(locked, entries, today)
        if errors:
            raise WrongEntriesError(errors)
        kept = {row.period: row for row in locked.measurements.current()}
        if len(kept.keys() | {entry.period for entry in entries}) > MOST_VALUES:
            raise ValidationError(
                {
                    "entries": [
                        _("A series has at most %(number)d values.") % {"number": MOST_VALUES}
                    ]
                }
            )
        rows, replaced = [], []
        for entry in (settled(locked, one, today) for one in entries):
            row = following(locked, kept.get(entry.period), entry)
            if row is not None:
                row.by, row.at, row.why = by, at, why.strip() if row.revised else ""
                rows.append(row)
                if row.number > 1:
                    replaced.append(kept[entry.period].pk)
        revised = [row for row in rows if row.revised]
        check_reason(why, needed=bool(revised))
        if rows:
            Measurement.objects.filter(pk__in=replaced).update(current=False)
            Measurement.objects.bulk_create(rows)
            changed(locked, at)
    indicator.refresh_from_db()
    return Recorded(len(rows) - len(replaced), len(revised), len(replaced) - len(revised))


def check_reason(why: str, *, needed: bool) -> None:
    if needed and not why.strip():
        raise ValidationError({"why": [_("Say why values are revised; the old ones are kept.")]})
    if len(why) > REASON_LENGTH:
        words = _("Say it in up to %(number)d characters.") % {"number": REASON_LENGTH}
        raise ValidationError({"why": [words]})


def for_change(indicator: Indicator, by: User, inputs: int | None) -> Indicator:
    """The row, locked, if ``by`` may record for it and nobody has changed the series meanwhile."""
    locked = Indicator.locked(indicator.pk)
    if not locked.is_editable_by(by):
        raise PermissionDenied
    if inputs is not None and locked.inputs != inputs:
        raise StaleVersionError(locked)
    return locked


def changed(indicator: Indicator, at: datetime) -> None:
    """Results rest on something else now; ask for new ones."""
    indicator.inputs += 1
    indicator.save(update_fields=["inputs", "updated_at"])
    ask_after_change(indicator, at=at)


def settled(indicator: Indicator, entry: Entry, today: date) -> Entry:
    """The entry as it is kept: a period that is not over is provisional, a gap has no quality."""
    if entry.is_gap:
        return replace(entry, quality="")
    if is_running(indicator, entry.period, today) and entry.quality == Quality.FINAL:
        return replace(entry, quality=Quality.PROVISIONAL)
    return entry


def is_running(indicator: Indicator, period: date, today: date) -> bool:
    """Whether the period has begun and is not over."""
    return period <= today <= Step(indicator.step).last_day(period)


def following(indicator: Indicator, before: Measurement | None, entry: Entry) -> Measurement | None:
    """The row that says ``entry`` after ``before``; ``None`` if that says it already."""
    row = Measurement(
        indicator=indicator,
        period=entry.period,
        measure=indicator.measure,
        value=entry.value,
        numerator=entry.numerator,
        denominator=entry.denominator,
        quality=entry.quality,
        note=entry.note.strip(),
    )
    if before is None:
        return row
    row.revised = row.says != before.says
    if not row.revised and (row.quality, row.note) == (before.quality, before.note):
        return None
    row.number = before.number + 1
    return row


# --- What is wrong -------------------------------------------------------------------------------


def wrong(
    indicator: Indicator, entries: Sequence[Entry], today: date
) -> dict[date, dict[str, str]]:
    """By period and part, why entries cannot be recorded."""
    errors: dict[date, dict[str, str]] = {}
    seen: set[date] = set()
    for entry in entries:
        found = fault_of_period(indicator, entry.period, today) or fault(indicator, entry)
        if entry.period in seen:
            found = {"period": _("This period is there twice.")}
        if found:
            errors[entry.period] = found
        seen.add(entry.period)
    return errors


def fault_of_period(indicator: Indicator, period: date, today: date) -> dict[str, str]:
    if not Step(indicator.step).is_start(period, indicator.first_month):
        return {"period": _("This is not the first day of a period.")}
    if not EARLIEST <= period <= LATEST:
        return {"period": _("Give a day between 1900 and 2100.")}
    if period > today:
        return {"period": _("This period has not begun yet.")}
    return {}


def fault(indicator: Indicator, entry: Entry) -> dict[str, str]:
    """What is wrong with the numbers, the quality or the note of an entry."""
    errors: dict[str, str] = {}
    if entry.quality not in Quality.values and not entry.is_gap:
        errors["quality"] = _("Choose one.")
    if len(entry.note) > REASON_LENGTH:
        errors["note"] = _("Say it in up to %(number)d characters.") % {"number": REASON_LENGTH}
    if entry.is_gap:
        return errors
    if indicator.measure == Measure.PROPORTION:
        return errors | fault_of_share(entry)
    if entry.value is None:
        return errors | {"value": _("Give a number.")}
    return errors | fault_of_number(indicator.measure, entry.value)


def fault_of_share(entry: Entry) -> dict[str, str]:
    if entry.numerator is None:
        return {"numerator": _("Give both numbers: how many, and of how many.")}
    if entry.denominator is None:
        return {"denominator": _("Give both numbers: how many, and of how many.")}
    if entry.numerator < 0:
        return {"numerator": _("This cannot be negative.")}
    if entry.numerator > entry.denominator:
        return {
            "numerator": _("This is more than the whole of %(whole)d.")
            % {"whole": entry.denominator}
        }
    return {"denominator": _("This number is too large.")} if entry.denominator > LARGEST else {}


def fault_of_number(measure: str, value: Decimal) -> dict[str, str]:
    if abs(value) > LARGEST:
        return {"value": _("This number is too large.")}
    if value != round(value, PLACES):
        return {"value": _("Give at most %(number)d decimals.") % {"number": PLACES}}
    if measure in (Measure.COUNT, Measure.DURATION) and value < 0:
        return {"value": _("This cannot be negative.")}
    if measure == Measure.COUNT and value != int(value):
        return {"value": _("A count is a whole number.")}
    return {}


# --- Breaks --------------------------------------------------------------------------------------


def add_break(
    indicator: Indicator, *, by: User, on: date, reason: str, at: datetime | None = None
) -> SeriesBreak:
    """Say that values from ``on`` on cannot be compared with those before.

    Raises ``PermissionDenied`` and ``ValidationError`` by field.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = for_change(indicator, by, None)
        found = SeriesBreak(indicator=locked, on=on, reason=reason.strip(), by=by, at=at)
        found.full_clean(exclude=["by"])
        found.save()
        changed(locked, at)
    indicator.refresh_from_db()
    return found


def remove_break(found: SeriesBreak, *, by: User, at: datetime | None = None) -> None:
    """Take back that a series breaks there. Raises ``PermissionDenied``."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = for_change(found.indicator, by, None)
        SeriesBreak.objects.filter(pk=found.pk).delete()
        changed(locked, at)


# --- Definitions ---------------------------------------------------------------------------------

DEFINED: tuple[str, ...] = (
    "title",
    "definition",
    "formula",
    "measure",
    "unit",
    "step",
    "first_month",
    "better",
    "source",
    "limitations",
    "partners",
    "agreement",
    "program",
    "exercise",
    "action",
    "intervention_on",
    "intervention_reason",
    "comparison",
    "periods_before",
    "periods_after",
    "same_season",
    "leave_out_event",
    "use_provisional",
    "tlp",
    "released_to",
)
"""What a version keeps. Recipients of ``TLP:RED`` are not told in one."""


def keep_definition(indicator: Indicator, *, by: User, at: datetime | None = None) -> None:
    """Keep what the saved indicator says as its next version, and ask for new results.

    Call inside the transaction that saved it.
    """
    at = at or timezone.now()
    said: dict[str, Any] = said_by([indicator], DEFINED)[indicator.pk]
    last = indicator.versions.first()
    different = differing(last.said if last else {}, said)
    if different or last is None:
        IndicatorVersion.objects.create(
            indicator=indicator,
            number=last.number + 1 if last else 1,
            by=by,
            at=at,
            said=said,
            changed=different,
        )
    changed(indicator, at)
