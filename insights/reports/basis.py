"""What every report is made of: records that its reader may see and that may leave, and their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import User
from evaluation.models import Indicator
from exchange.documents.tree import Block, Facts, Text
from lessons.models import Action, Lesson
from pages.numbers import grouped
from programs.models import Agreement, Exercise, Program
from records.exports import strictest, up_to
from records.vocabulary import TLP, Precision

LONGEST_TEXT = 10_000
"""Characters of one text that a report holds; a longer one is cut and says so."""
SHORT_TEXT = 400
"""Characters of a text in a cell of a table."""
CUT = " […]"
MODELS: dict[str, Any] = {
    str(model._meta.model_name): model
    for model in (Agreement, Program, Exercise, Lesson, Action, Indicator)
}
FORMATS = {Precision.DAY: "j M Y", Precision.MONTH: "M Y", Precision.YEAR: "Y"}

Tell = Callable[[int], None]
"""Is told how much of a report has been read, of 100."""


class RefusedReportError(Exception):
    """The report is not made; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Contents:
    """The records that a report was made of, and their markings."""

    keys: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    markings: set[str] = field(default_factory=set)

    def add(self, *records: Any) -> None:
        """Records of those that ``exportable`` let through, each with its ``tlp``."""
        for record in records:
            self.keys[record._meta.model_name].add(record.pk)
            self.markings.add(record.tlp)

    @property
    def number(self) -> int:
        return sum(map(len, self.keys.values()))

    @property
    def marking(self) -> TLP:
        return TLP(strictest(self.markings))

    def kept(self) -> dict[str, list[int]]:
        """To be kept with the file, for ``still_readable``."""
        return {name: sorted(keys) for name, keys in self.keys.items()}


def still_readable(kept: Mapping[str, Sequence[int]], marking: str, reader: User) -> bool:
    """Whether ``reader`` may see every record, and each may still be in a file so marked."""
    for name, keys in kept.items():
        seen = MODELS[name].objects.visible_to(reader).exportable().filter(pk__in=keys)
        markings = list(seen.values_list("tlp", flat=True))
        if len(markings) < len(keys) or not set(markings) <= set(up_to(marking)):
            return False
    return True


@dataclass(frozen=True)
class Made:
    """What a report says. ``number`` of records are in it (of figures, those counted)."""

    title: str
    blocks: Sequence[Block]
    marking: TLP
    number: int
    contents: dict[str, list[int]]

    @classmethod
    def of(cls, title: str, blocks: Sequence[Block], contents: Contents) -> Made:
        return cls(title, blocks, contents.marking, contents.number, contents.kept())


# --- Words ---------------------------------------------------------------------------------------


def cut(text: str, longest: int = LONGEST_TEXT) -> str:
    """``text``, or as much of it as a report holds."""
    text = text.strip()
    if len(text) <= longest:
        return text
    space = text.rfind(" ", longest // 2, longest)
    return text[: space if space > 0 else longest].rstrip() + CUT


def day(value: date | None, precision: str = Precision.DAY) -> str:
    """A date as exactly as it is known; nothing without one."""
    return date_format(value, FORMATS[Precision(precision)]) if value else ""


def period(record: Any, precision: str = Precision.DAY) -> str:
    """From when to when something is or was."""
    first = day(record.starts_on, getattr(record, "starts_precision", precision))
    last = day(record.ends_on, getattr(record, "ends_precision", precision))
    return " – ".join(dict.fromkeys(one for one in (first, last) if one))


def known(pairs: Sequence[tuple[Any, Any]]) -> list[Block]:
    """The facts that are known, as one block; none without any."""
    told = [(str(label), str(value)) for label, value in pairs if value not in (None, "")]
    return [Facts(told)] if told else []


def nothing(words: str) -> Text:
    return Text(words, muted=True)


def left_out(number: int) -> list[Block]:
    """How many rows a table leaves out, in words; nothing where it holds all."""
    if number <= 0:
        return []
    words = ngettext("%(number)s more is recorded.", "%(number)s more are recorded.", number)
    return [nothing(words % {"number": grouped(number)})]


def texts(lesson: Lesson, *names: str) -> Iterator[tuple[str, str]]:
    """The texts of ``lesson`` under ``names`` that are written, with the words for them."""
    for name in names:
        if text := getattr(lesson, name).strip():
            yield Lesson.label_of(name), cut(text)


def about_handling() -> Text:
    """What every report says of itself at its end."""
    return Text(
        _(
            "Made of what its maker may read in Lindero at that moment; other readers may see more "
            "or less. What is marked TLP:RED stands in no document. The marking in the header and "
            "footer is the strictest of everything in it: pass it on to nobody whom that marking "
            "leaves out."
        ),
        muted=True,
    )
