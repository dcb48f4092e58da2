"""Exercises from a table in the layout of the Multinational Military Exercises data set.

The layout (version 7 of the data set): one row for each exercise; ``s.year``, ``s.month``,
``s.day`` and ``e.…`` with ``xx`` for what is not known; ``-9`` for an unknown text; flags of 0 and
1; up to 39 participants in ``StateA``, ``StateB`` … ``StateAM``. It knows no host country and no
type of exercise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import Agency, Partner, User
from exchange.importing import ImportRefusedError, Reading, Why
from exchange.partners_by_name import PartnersByName
from exchange.tables import Row
from programs.models import LONG_TEXT, Exercise
from programs.periods import first_day, last_day
from programs.vocabulary import ExerciseKind, ExerciseStatus
from records.vocabulary import TLP, Precision

UNKNOWN = {"", "-9"}
UNKNOWN_PART = {"", "-9", "x", "xx", "xxxx"}
FLAGS = {
    "Air": gettext_lazy("air"),
    "Land": gettext_lazy("land"),
    "Sea": gettext_lazy("sea"),
    "Amphibious": gettext_lazy("amphibious"),
    "Cyber": gettext_lazy("cyber"),
}
PURPOSES = {
    "Warfighting": gettext_lazy("warfighting"),
    "Peacekeeping": gettext_lazy("peacekeeping"),
    "Humanitarian": gettext_lazy("humanitarian"),
}
COLUMNS = (
    "MMEID",
    "Ex_Name",
    "Series_Name",
    "Location",
    "lat",
    "lon",
    *(f"{end}.{part}" for end in "se" for part in ("year", "month", "day")),
    "CPX",
    *FLAGS,
    *PURPOSES,
    "FocusDescription",
    "AdditionalParticipantInfo",
    "StateA",
)
NAMED_IN_A_TITLE = 5
"""Participants that a made-up title names before it counts the others."""


@dataclass
class ExerciseDraft:
    values: dict[str, Any]
    partners: list[Partner] = field(default_factory=list)


@dataclass
class Participants:
    """Who took part: partners in the order of the row, and names that mean nothing here."""

    partners: list[Partner] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [*(partner.label for partner in self.partners), *self.unknown]


class ExercisesFile:
    """A ``FileKind`` for exercises.

    ``source`` is a short name of the table, so that equal identifiers of two tables are told
    apart. Raises ``ImportRefusedError`` for a marking that an import cannot give.
    """

    columns = COLUMNS

    def __init__(
        self, agency: Agency, by: User, *, tlp: str = TLP.AMBER, source: str = "mme"
    ) -> None:
        if tlp == TLP.RED:
            raise ImportRefusedError(
                _("TLP:RED names its readers one by one: such exercises are recorded by hand.")
            )
        if not re.fullmatch(r"[a-z0-9-]{1,40}", source):
            raise ImportRefusedError(
                _("The source may have small letters, digits and hyphens (up to 40).")
            )
        self.agency = agency
        self.by = by
        self.tlp = tlp
        self.source = source
        self.today = agency.local_date(timezone.now())
        self.known = PartnersByName()

    # --- A row -----------------------------------------------------------------------------------

    def identifier(self, row: Row) -> str:
        return said(row, "MMEID")

    def read(self, row: Row, source_id: str) -> Reading:
        reading = Reading()
        participants = self._participants(row, reading)
        period = self._period(row, reading)
        reading.title = self._title(row, participants, period, reading)[:300]
        partners = self._partners(participants, reading)
        values = {
            "title": reading.title,
            "place": said(row, "Location"),
            "summary": summary(row, participants),
            "source_id": source_id,
            **period,
            **position(row, reading),
        }
        for name, words, limit in (
            ("place", _("place"), 300),
            ("summary", _("summary"), LONG_TEXT),
        ):
            if len(values[name]) > limit:
                reading.refuse(
                    Why.LONG_TEXT,
                    _("“%(name)s” has %(length)d characters; %(limit)d is the most.")
                    % {
                        "name": words,
                        "length": len(values[name]),
                        "limit": limit,
                    },
                )
        if not reading.reasons:
            reading.draft = ExerciseDraft(values, partners)
        return reading

    def _participants(self, row: Row, reading: Reading) -> Participants:
        found = Participants()
        for column, name in row.cells.items():
            if not re.fullmatch(r"State[A-Z]{1,2}", column) or not name:
                continue
            partner = self.known.find(name)
            if name in UNKNOWN:
                reading.note(
                    Why.PARTNER_NOT_NAMED, _("The file does not name one of the participants.")
                )
            elif partner is None:
                found.unknown.append(name)
                reading.note(
                    Why.UNKNOWN_PARTNER,
                    _("“%(name)s” is no country or organization known here; the summary says it.")
                    % {"name": name[:100]},
                )
            elif partner in found.partners:
                reading.note(
                    Why.PARTNER_TWICE,
                    _("%(name)s is named more than once.") % {"name": partner.label},
                )
            else:
                found.partners.append(partner)
        # "NATO" there is a participant; "eight NATO countries" is only a sentence about some.
        also = self.known.find(said(row, "AdditionalParticipantInfo"))
        if also is not None and also not in found.partners:
            found.partners.append(also)
        return found

    def _partners(self, participants: Participants, reading: Reading) -> list[Partner]:
        """The other sides: without the agency's own country, unless nobody else is named."""
        own = str(self.agency.country)
        others = [partner for partner in participants.partners if partner.code != own]
        if others:
            return others
        if participants.partners:
            reading.note(
                Why.OWN_COUNTRY,
                _("Only the agency's own country is named; it stands as the partner."),
            )
            return participants.partners
        words = _("It names no participant.")
        if participants.unknown:
            words = _("No participant is known here: %(names)s.") % {
                "names": ", ".join(participants.unknown)[:300]
            }
        reading.refuse(Why.NO_PARTNER, words)
        return []

    def _title(
        self, row: Row, participants: Participants, period: dict[str, Any], reading: Reading
    ) -> str:
        name = " ".join(said(row, "Ex_Name").split())
        if len(name) > 300:
            reading.refuse(
                Why.LONG_TITLE,
                _("The name has %(length)d characters; 300 is the most.") % {"length": len(name)},
            )
        if name or not participants.names or not period:
            return name
        title = _("Exercise of %(participants)s, %(when)s") % {
            "participants": listed(participants.names),
            "when": when(period["starts_on"], period["starts_precision"]),
        }
        reading.note(
            Why.TITLE_MADE, _("It has no name; it is called “%(title)s”.") % {"title": title}
        )
        return title

    def _period(self, row: Row, reading: Reading) -> dict[str, Any]:
        """First and last day with how much of each is known; empty when that cannot be said."""
        try:
            start = partial_date(row, "s")
            end = partial_date(row, "e")
        except ValueError as error:
            reading.refuse(Why.UNREADABLE_DATE, _("“%(said)s” is no date.") % {"said": error})
            return {}
        if start is None:
            reading.refuse(Why.UNREADABLE_DATE, _("It does not say when it started."))
            return {}
        if end is None:
            end = start
            reading.note(
                Why.NO_END, _("It does not say when it ended; it ends in the period it starts in.")
            )
        starts_on, ends_on = first_day(*start), last_day(*end)
        if starts_on > self.today:
            reading.refuse(
                Why.FUTURE_DATE,
                _("It starts on %(day)s; only exercises that were held come in.")
                % {"day": starts_on.isoformat()},
            )
        if ends_on < starts_on:
            reading.refuse(
                Why.ENDS_BEFORE_START,
                _("It ends (%(end)s) before it starts (%(start)s).")
                % {"start": starts_on.isoformat(), "end": ends_on.isoformat()},
            )
        return {
            "starts_on": starts_on,
            "starts_precision": start[1],
            "ends_on": ends_on,
            "ends_precision": end[1],
        }

    # --- Writing ---------------------------------------------------------------------------------

    def present(self) -> set[str]:
        known = Exercise.objects.filter(agency=self.agency).exclude(source_id="")
        return set(known.values_list("source_id", flat=True))

    def create(self, drafts: Sequence[ExerciseDraft]) -> list[str]:
        exercises = [
            Exercise(
                agency=self.agency,
                lead_agency=self.agency,
                created_by=self.by,
                tlp=self.tlp,
                kind=ExerciseKind.NOT_STATED,
                status=ExerciseStatus.HELD,
                **draft.values,
            )
            for draft in drafts
        ]
        for exercise in exercises:
            exercise.take_ref()
        Exercise.objects.bulk_create(exercises)
        tagged = Exercise.partners.through
        tagged.objects.bulk_create(
            tagged(exercise_id=exercise.pk, partner_id=partner.pk)
            for exercise, draft in zip(exercises, drafts, strict=True)
            for partner in draft.partners
        )
        return [exercise.ref for exercise in exercises]

    def tell(self, refs: Sequence[str]) -> None:
        """Exercises of the past wait for nobody; the clocks tell of evaluations that are due."""


# --- Cells -----------------------------------------------------------------------------------


def said(row: Row, column: str) -> str:
    """What the row says in ``column``; empty for the file's ``-9``."""
    text = row.cells[column]
    return "" if text in UNKNOWN else text


def partial_date(row: Row, end: str) -> tuple[date, Precision] | None:
    """The start (``s``) or end (``e``) as far as it is known; ``ValueError`` if unreadable."""
    parts = [row.cells[f"{end}.{part}"].lower() for part in ("year", "month", "day")]
    if parts[0] in UNKNOWN_PART:
        return None
    precision = Precision.DAY
    if parts[1] in UNKNOWN_PART:
        parts[1:], precision = ["1", "1"], Precision.YEAR
    elif parts[2] in UNKNOWN_PART:
        parts[2], precision = "1", Precision.MONTH
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day), precision
    except ValueError as error:
        said = "-".join(row.cells[f"{end}.{part}"] for part in ("year", "month", "day"))
        raise ValueError(said[:100]) from error


def position(row: Row, reading: Reading) -> dict[str, Decimal | None]:
    """Latitude and longitude in degrees, where both are given and on earth."""
    none: dict[str, Decimal | None] = {"latitude": None, "longitude": None}
    texts = said(row, "lat"), said(row, "lon")
    if not any(texts):
        return none
    try:
        latitude, longitude = (Decimal(text).quantize(Decimal("0.000001")) for text in texts)
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return {"latitude": latitude, "longitude": longitude}
    except InvalidOperation:
        pass  # Not a number, or too large for one; said below like a position beyond the poles.
    reading.note(
        Why.PLACE_UNCLEAR,
        _("“%(lat)s, %(lon)s” is no position; it comes in without.")
        % {"lat": texts[0][:50], "lon": texts[1][:50]},
    )
    return none


def summary(row: Row, participants: Participants) -> str:
    """What it was about, and below, as sentences, what the flags and further columns say."""
    sentences = []

    def sentence(words: str, values: Sequence[object]) -> None:
        if values:
            said_so = ", ".join(str(value) for value in values)
            sentences.append(f"{words}: {said_so}".rstrip(".") + ".")

    def text(column: str) -> list[str]:
        return list(filter(None, [said(row, column)]))

    sentence(_("Series"), text("Series_Name"))
    sentence(_("Domains"), [words for column, words in FLAGS.items() if row.cells[column] == "1"])
    sentence(
        _("Purpose"), [words for column, words in PURPOSES.items() if row.cells[column] == "1"]
    )
    if row.cells["CPX"] == "1":
        sentences.append(_("Command-post exercise."))
    sentence(_("Further participants"), participants.unknown)
    sentence(_("About the participants"), text("AdditionalParticipantInfo"))
    return "\n\n".join(filter(None, [*text("FocusDescription"), "\n".join(sentences)]))


def listed(names: Sequence[str]) -> str:
    """``A, B and C``; after a few the others are counted."""
    rest = len(names) - NAMED_IN_A_TITLE
    if rest > 1:
        others = ngettext("%(count)d other", "%(count)d others", rest) % {"count": rest}
        names = [*names[:NAMED_IN_A_TITLE], others]
    return str(get_text_list(list(names), _("and")))


def when(day: date, precision: str) -> str:
    forms = {Precision.DAY: "j F Y", Precision.MONTH: "F Y", Precision.YEAR: "Y"}
    return str(date_format(day, forms[Precision(precision)]))
