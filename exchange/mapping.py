"""How the columns of a file of lessons become the fields of a lesson: a small TOML file.

docs/administration/importing.md describes the format for those who write one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from exchange.tables import UnreadableFileError, decoded
from programs.periods import first_day
from records.vocabulary import Precision

MAPPINGS = Path(__file__).parent / "mappings"
NASA_LLIS = MAPPINGS / "nasa-llis.toml"

TEXTS = (
    "observation",
    "discussion",
    "conclusion",
    "recommendation",
    "applies_when",
    "does_not_apply_when",
)
COLUMN_FIELDS = ("title", *TEXTS, "place", "occurred_on")
CHOICE_FIELDS = ("category", "kind", "priority", "reporting_context", "language")
TAGS = ("themes", "partners")
FIXED = (*CHOICE_FIELDS, *TAGS, "attribution", "tlp")

Cells = Mapping[str, str]


class MappingError(Exception):
    """The mapping file cannot be used; the message says why, in words."""


@dataclass(frozen=True)
class Take:
    """Where a field comes from: the first column that says something, or several joined."""

    columns: tuple[str, ...]
    first: bool = False
    separator: str = "\n\n"
    headings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tags:
    """A column of several values (themes, partners), or of one (a choice field).

    ``values`` translates what the file says; a value it does not list is taken as it stands.
    With ``leave_out`` unlisted values are dropped with a note instead.
    """

    column: str
    separator: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    leave_out: bool = False

    def read(self, text: str) -> Iterator[tuple[str, str | None]]:
        """Each value in a cell and what it means; ``None`` for one that is left out."""
        for part in text.split(self.separator) if self.separator else [text]:
            said = part.strip()
            if said:
                unlisted = None if self.leave_out else said
                yield said, self.values.get(bare(said), unlisted)


@dataclass(frozen=True)
class LessonMapping:
    """The mapping of one kind of file; see the module's description."""

    source: str
    id: str
    fields: Mapping[str, Take]
    dates: tuple[str, ...]
    empty: frozenset[str]
    points_elsewhere: re.Pattern[str] | None
    require: Mapping[str, frozenset[str]]
    choices: Mapping[str, Tags]
    tags: Mapping[str, Tags]
    fixed: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """Every column that the mapping speaks of; all must be in the file."""
        named = [self.id, *self.require]
        for take in self.fields.values():
            named += take.columns
        named += [tags.column for tags in (*self.choices.values(), *self.tags.values())]
        return list(dict.fromkeys(named))

    def said(self, cells: Cells, column: str) -> str:
        """What the row says in ``column``; empty where it says that there is nothing to say."""
        text = cells[column]
        return "" if bare(text) in self.empty else text

    def texts(self, cells: Cells) -> dict[str, str]:
        """The texts of a lesson. What became the observation is not repeated in another text."""
        taken: set[str] = set()
        found = {}
        for name in ("title", *TEXTS, "place"):
            take = self.fields.get(name)
            said = [] if take is None else list(self._parts(cells, take, taken))
            if name == "observation":
                taken = {column for column, _text in said}
            found[name] = (take.separator if take else "").join(text for _column, text in said)
        found["title"] = " ".join(found["title"].split())
        return found

    def _parts(self, cells: Cells, take: Take, taken: set[str]) -> Iterator[tuple[str, str]]:
        for column in take.columns:
            text = self.said(cells, column)
            if not text or column in taken:
                continue
            heading = take.headings.get(column)
            yield column, f"{heading}: {text}" if heading else text
            if take.first:
                return

    def occurred(self, cells: Cells) -> tuple[date | None, Precision]:
        """When it happened, and how much of that is known; ``ValueError`` if unreadable."""
        take = self.fields.get("occurred_on")
        text = self.said(cells, take.columns[0]) if take else ""
        if not text:
            return None, Precision.DAY
        for form in self.dates:
            try:
                day = datetime.strptime(text, form).date()
            except ValueError:
                continue
            precision = Precision.DAY
            if not re.search("%[djcx]", form):
                precision = Precision.MONTH if re.search("%[mbB]", form) else Precision.YEAR
            return first_day(day, precision), precision
        raise ValueError(text)


def bare(text: str) -> str:
    """A value as it is compared with others: without case and without a full stop."""
    return " ".join(text.casefold().split()).rstrip(".")


# --- Reading a mapping file --------------------------------------------------------------------


def read_mapping(path: Path) -> LessonMapping:
    """Read and check a mapping file. Raises ``MappingError``."""
    try:
        raw = tomllib.loads(decoded(path.read_bytes()))
    except OSError as error:
        raise MappingError(
            _("The mapping file cannot be read: %(detail)s") % {"detail": error}
        ) from error
    except (UnreadableFileError, tomllib.TOMLDecodeError) as error:
        raise MappingError(_("The mapping file: %(detail)s") % {"detail": error}) from error
    return _Reader(raw).mapping()


class _Reader:
    """Takes a parsed mapping apart, naming whatever does not belong there."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw

    def mapping(self) -> LessonMapping:
        known = {"source", "id", "dates", "empty", "points_elsewhere", "require", "fields"}
        self._only("", self.raw, known | {"choices", "fixed", *TAGS})
        fields = {
            name: self._take(name, value)
            for name, value in self._table("fields", COLUMN_FIELDS).items()
        }
        for name in ("title", "observation"):
            if name not in fields:
                self._fail(
                    _("[fields] does not say where the %(name)s comes from.") % {"name": name}
                )
        source = self._text("", self.raw, "source")
        if not re.fullmatch(r"[a-z0-9-]{1,40}", source):
            self._fail(_("“source” may have small letters, digits and hyphens (up to 40)."))
        return LessonMapping(
            source=source,
            id=self._text("", self.raw, "id"),
            fields=fields,
            dates=tuple(self._texts("dates", self.raw.get("dates", ["%Y-%m-%d"]))),
            empty=frozenset(bare(text) for text in self._texts("empty", self.raw.get("empty", []))),
            points_elsewhere=self._pattern(),
            require={
                column: frozenset(self._texts(f"require.{column}", values))
                for column, values in self._table("require").items()
            },
            choices={
                name: self._tags(f"choices.{name}", value)
                for name, value in self._table("choices", CHOICE_FIELDS).items()
            },
            tags={name: self._tags(name, self.raw[name]) for name in TAGS if name in self.raw},
            fixed=self._fixed(),
        )

    def _fail(self, words: str) -> NoReturn:
        raise MappingError(_("The mapping file: %(detail)s") % {"detail": words})

    def _only(self, where: str, table: dict[str, Any], known: set[str]) -> None:
        unknown = sorted(set(table) - known)
        if unknown:
            self._fail(
                _("%(where)s has “%(unknown)s”, which means nothing here. Known: %(known)s.")
                % {
                    "where": f"[{where}]" if where else _("the top"),
                    "unknown": "”, “".join(unknown),
                    "known": ", ".join(sorted(known)),
                }
            )

    def _table(self, name: str, known: tuple[str, ...] | None = None) -> dict[str, Any]:
        table = self.raw.get(name, {})
        if not isinstance(table, dict):
            self._fail(_("“%(name)s” must be a table.") % {"name": name})
        if known is not None:
            self._only(name, table, set(known))
        return dict(table)

    def _text(self, where: str, table: dict[str, Any], name: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value:
            self._fail(
                _("“%(name)s” must be a text.") % {"name": f"{where}.{name}" if where else name}
            )
        return value

    def _texts(self, name: str, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._fail(_("“%(name)s” must be a list of texts.") % {"name": name})
        return value

    def _words(self, name: str, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            self._fail(_("“%(name)s” must be a table of texts.") % {"name": name})
        return value

    def _separator(self, where: str, table: dict[str, Any], unless_given: str) -> str:
        return self._text(where, table, "separator") if "separator" in table else unless_given

    def _pattern(self) -> re.Pattern[str] | None:
        if "points_elsewhere" not in self.raw:
            return None
        try:
            return re.compile(self._text("", self.raw, "points_elsewhere"), re.IGNORECASE)
        except re.error as error:
            raise MappingError(
                _("The mapping file: “points_elsewhere” is no pattern (%(detail)s).")
                % {"detail": error}
            ) from error

    def _take(self, name: str, value: object) -> Take:
        where = f"fields.{name}"
        if isinstance(value, str):
            return Take((value,))
        if isinstance(value, list):
            return Take(tuple(self._texts(where, value)))
        if not isinstance(value, dict) or len({"first", "join"} & set(value)) != 1:
            self._fail(
                _(
                    "“%(name)s” must be a column, a list of columns, or a table with “first” or “join”."
                )
                % {"name": where}
            )
        self._only(where, value, {"first", "join", "separator", "headings"})
        columns = tuple(self._texts(where, value.get("first", value.get("join"))))
        return Take(
            columns,
            first="first" in value,
            separator=self._separator(where, value, "\n\n"),
            headings=self._words(f"{where}.headings", value.get("headings", {})),
        )

    def _tags(self, where: str, value: object) -> Tags:
        if isinstance(value, str):
            return Tags(value)
        if not isinstance(value, dict):
            self._fail(_("“%(name)s” must be a column or a table.") % {"name": where})
        self._only(where, value, {"column", "separator", "values", "others"})
        others = value.get("others", "refuse")
        if others not in {"refuse", "leave out"}:
            self._fail(_("“%(name)s.others” must be “refuse” or “leave out”.") % {"name": where})
        return Tags(
            self._text(where, value, "column"),
            separator=self._separator(where, value, ""),
            values={
                bare(said): means
                for said, means in self._words(f"{where}.values", value.get("values", {})).items()
            },
            leave_out=others == "leave out",
        )

    def _fixed(self) -> dict[str, Any]:
        fixed = self._table("fixed", FIXED)
        for name, value in fixed.items():
            if name in TAGS:
                self._texts(f"fixed.{name}", value)
            else:
                self._text("fixed", fixed, name)
        return fixed
