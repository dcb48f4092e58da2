"""Bringing records in from files: read, plan, apply.

``plan`` reads a file and says of every row what would become of it; it writes nothing.
``apply`` creates what the plan found possible, in one transaction. What a file means is said by a
``FileKind`` (``exchange.lessons_file``, ``exchange.exercises_file``); commands and pages only hand
over the file and show the plan.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, User
from agencies.roles import Permission
from exchange.tables import Row, UnreadableFileError, read_table
from lessons.workflow import IncompleteError, RefusedError

BATCH = 100
"""Rows created between two calls of the progress function."""

Progress = Callable[[int, int], None]
"""Called with the number of rows done and the number of all rows to create."""


class ImportRefusedError(Exception):
    """Nothing of this import can be done; the message says why, in words."""


class Why(models.TextChoices):
    """What a finding is about, for counting findings of a kind."""

    NO_IDENTIFIER = "no_identifier", gettext_lazy("No identifier")
    LONG_IDENTIFIER = "long_identifier", gettext_lazy("Identifier too long")
    SAME_ROW = "same_row", gettext_lazy("The same row again")
    MISALIGNED = "misaligned", gettext_lazy("More cells than columns")
    NOT_ALLOWED = "not_allowed", gettext_lazy("Kept out by the mapping")
    NO_TITLE = "no_title", gettext_lazy("No title")
    LONG_TITLE = "long_title", gettext_lazy("Title too long")
    NO_TEXT = "no_text", gettext_lazy("No text")
    LONG_TEXT = "long_text", gettext_lazy("Text too long")
    UNREADABLE_DATE = "unreadable_date", gettext_lazy("Date cannot be read")
    FUTURE_DATE = "future_date", gettext_lazy("Date in the future")
    ENDS_BEFORE_START = "ends_before_start", gettext_lazy("Ends before it starts")
    NO_PARTNER = "no_partner", gettext_lazy("No partner")
    UNKNOWN_PARTNER = "unknown_partner", gettext_lazy("Unknown partner")
    UNKNOWN_THEME = "unknown_theme", gettext_lazy("Unknown theme")
    UNKNOWN_VALUE = "unknown_value", gettext_lazy("Unknown value")
    NOT_SAVED = "not_saved", gettext_lazy("Could not be saved")
    # What a row loses although it comes in.
    SAME_IDENTIFIER = "same_identifier", gettext_lazy("Identifier used more than once")
    TEXT_ELSEWHERE = "text_elsewhere", gettext_lazy("Text points elsewhere")
    LEFT_OUT = "left_out", gettext_lazy("Values left out by the mapping")
    TITLE_MADE = "title_made", gettext_lazy("Title made from the facts")
    PARTNER_NOT_NAMED = "partner_not_named", gettext_lazy("A participant is not named")
    PARTNER_TWICE = "partner_twice", gettext_lazy("The same partner twice")
    OWN_COUNTRY = "own_country", gettext_lazy("Only the own country")
    NO_END = "no_end", gettext_lazy("End not known")
    PLACE_UNCLEAR = "place_unclear", gettext_lazy("Position not usable")


@dataclass(frozen=True)
class Finding:
    """Something to say about a row: what it is about, and the sentence."""

    about: Why
    words: str


@dataclass
class Reading:
    """What a row says. ``draft`` is what ``FileKind.create`` makes a record of."""

    title: str = ""
    draft: Any = None
    reasons: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def refuse(self, about: Why, words: str) -> None:
        self.reasons.append(Finding(about, words))

    def note(self, about: Why, words: str) -> None:
        self.notes.append(Finding(about, words))


class FileKind(Protocol):
    """What one kind of file means, for one agency and the person who imports."""

    agency: Agency
    by: User
    source: str

    @property
    def columns(self) -> Sequence[str]:
        """Columns that must be there."""

    def identifier(self, row: Row) -> str: ...

    def read(self, row: Row, source_id: str) -> Reading:
        """Turn a row into a draft, or say why not. Writes nothing."""

    def present(self) -> set[str]:
        """The source identifiers of what the agency already has."""

    def create(self, drafts: Sequence[Any]) -> list[str]:
        """Create a record of each draft and return their references, in order."""

    def tell(self, refs: Sequence[str]) -> None:
        """Tell whom it concerns that these records came in."""


class Outcome(models.TextChoices):
    NEW = "new", gettext_lazy("Can come in")
    CREATED = "created", gettext_lazy("Created")
    PRESENT = "present", gettext_lazy("Already there")
    REFUSED = "refused", gettext_lazy("Cannot come in")


@dataclass(frozen=True)
class Entry:
    """One row of the file and what becomes of it."""

    row: int
    identifier: str
    outcome: Outcome
    title: str = ""
    source_id: str = ""
    reasons: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    draft: Any = None
    ref: str = ""


@dataclass(frozen=True)
class Plan:
    """Every row of a file with its outcome; after ``apply``, with what was done."""

    kind: FileKind
    entries: list[Entry]

    def having(self, outcome: Outcome) -> list[Entry]:
        return [entry for entry in self.entries if entry.outcome == outcome]

    @property
    def coming_in(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.outcome in COMING_IN]

    def reasons(self) -> Counter[Why]:
        """How many rows cannot come in for each reason; a row may have several."""
        return Counter(why for entry in self.entries for why in _kinds(entry.reasons))

    def notes(self) -> Counter[Why]:
        """How many of the rows that come in lose something, by what it is."""
        return Counter(why for entry in self.coming_in for why in _kinds(entry.notes))


COMING_IN = frozenset({Outcome.NEW, Outcome.CREATED})


def _kinds(findings: Collection[Finding]) -> set[Why]:
    return {finding.about for finding in findings}


def check_recorder(by: User, agency: Agency) -> None:
    """Raise ``ImportRefusedError`` unless ``by`` records for ``agency``."""
    if not by.may(Permission.RECORD, agency):
        raise ImportRefusedError(
            _("%(name)s may not record for %(agency)s.") % {"name": by.name, "agency": agency.name}
        )


# --- Planning ----------------------------------------------------------------------------------


def plan(kind: FileKind, content: bytes) -> Plan:
    """Say of every row of the file what would become of it. Writes nothing.

    Raises ``ImportRefusedError`` when the file cannot be read or the person may not record.
    """
    check_recorder(kind.by, kind.agency)
    try:
        table = read_table(content, kind.columns)
    except UnreadableFileError as error:
        raise ImportRefusedError(str(error)) from error
    present = kind.present()
    repeats = _Repeats()
    return Plan(kind, [_entry(kind, row, repeats, present) for row in table.rows])


class _Repeats:
    """Rows that share an identifier: the same row again, or another record under its name."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)

    def number(self, identifier: str, row: Row) -> tuple[int, int]:
        """Which different row under ``identifier`` this is (from 1), and where it stood first.

        Counted over all rows, whether or not they can come in, so that a row keeps its number
        when another one is corrected later.
        """
        under = self.seen[identifier]
        content = tuple(row.cells.values())
        first = under.setdefault(content, row.number)
        return list(under).index(content) + 1, first


def _entry(kind: FileKind, row: Row, repeats: _Repeats, present: set[str]) -> Entry:
    identifier = kind.identifier(row)
    reading = Reading()
    number, first = repeats.number(identifier, row)
    source_id = f"{kind.source}:{identifier}" + (f":{number}" if number > 1 else "")
    if row.surplus:
        reading.refuse(Why.MISALIGNED, _("The row has more cells than the header has columns."))
    elif not identifier:
        reading.refuse(
            Why.NO_IDENTIFIER,
            _("Without an identifier it could not be recognized when it is imported again."),
        )
    elif len(source_id) > 200:
        reading.refuse(Why.LONG_IDENTIFIER, _("The identifier is too long."))
    elif first != row.number:
        reading.refuse(Why.SAME_ROW, _("It is the same as row %(row)d.") % {"row": first})
    elif source_id in present:
        return Entry(row.number, identifier, Outcome.PRESENT, source_id=source_id)
    else:
        reading = kind.read(row, source_id)
    if number > 1 and not reading.reasons:
        reading.note(
            Why.SAME_IDENTIFIER,
            _("Another row has the identifier %(identifier)s; this one is kept as %(kept)s.")
            % {"identifier": identifier, "kept": source_id},
        )
    return Entry(
        row.number,
        identifier,
        Outcome.REFUSED if reading.reasons else Outcome.NEW,
        title=reading.title,
        source_id=source_id,
        reasons=tuple(reading.reasons),
        notes=tuple(reading.notes),
        draft=reading.draft,
    )


# --- Applying ----------------------------------------------------------------------------------


def apply(plan: Plan, progress: Progress = lambda done, total: None) -> Plan:
    """Create everything that can come in, in one transaction; return the plan as carried out.

    A row that fails on saving leaves nothing behind and is reported; the others come in.
    """
    kind = plan.kind
    done: dict[int, Entry] = {}
    with transaction.atomic():
        # Two imports for one agency wait for each other, so that nothing comes in twice.
        Agency.objects.select_for_update().get(pk=kind.agency.pk)
        check_recorder(kind.by, kind.agency)
        present = kind.present()
        waiting = []
        for entry in plan.having(Outcome.NEW):
            if entry.source_id in present:
                done[entry.row] = replace(entry, outcome=Outcome.PRESENT, draft=None)
            else:
                waiting.append(entry)
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            done |= {entry.row: entry for entry in _create(kind, batch)}
            progress(start + len(batch), len(waiting))
        created = [entry.ref for entry in done.values() if entry.outcome == Outcome.CREATED]
        if created:
            kind.tell(created)
    return Plan(kind, [done.get(entry.row, entry) for entry in plan.entries])


FAILURES = (RefusedError, IncompleteError, ValidationError, IntegrityError, DataError)


def _create(kind: FileKind, batch: list[Entry]) -> list[Entry]:
    """Create a batch at once; when that fails, row by row, so that one does not stop the rest."""
    try:
        with transaction.atomic():
            refs = kind.create([entry.draft for entry in batch])
    except FAILURES as failure:
        if len(batch) > 1:
            return [entry for one in batch for entry in _create(kind, [one])]
        words = _("It could not be saved: %(reason)s") % {"reason": failure}
        reasons = (Finding(Why.NOT_SAVED, words),)
        return [replace(batch[0], outcome=Outcome.REFUSED, reasons=reasons, draft=None)]
    return [
        replace(entry, outcome=Outcome.CREATED, ref=ref, draft=None)
        for entry, ref in zip(batch, refs, strict=True)
    ]
