"""Numbers as people write them: decimal point or comma, thousands set apart, a unit behind.

Texts that belong together are read together, since ``1.234`` alone does not say whether it is a bit
more than one or more than a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST = 60
SPACES = "\u00a0\u202f\u2009 "
APOSTROPHES = "'\u2019"
MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
NUMBER = re.compile(rf"^(?P<number>[+-]?\d[\d.,{SPACES}{APOSTROPHES}]*)(?P<unit>.*)$", re.DOTALL)

UNITS: tuple[tuple[str | Promise, frozenset[str]], ...] = (
    (gettext_lazy("a percentage"), frozenset({"%", "percent", "per cent", "pct"})),
    (gettext_lazy("in seconds"), frozenset({"s", "sec", "secs", "second", "seconds"})),
    (gettext_lazy("in minutes"), frozenset({"min", "mins", "minute", "minutes"})),
    (gettext_lazy("in hours"), frozenset({"h", "hr", "hrs", "hour", "hours"})),
    (gettext_lazy("in days"), frozenset({"d", "day", "days"})),
    (gettext_lazy("in weeks"), frozenset({"wk", "wks", "week", "weeks"})),
    (gettext_lazy("in euros"), frozenset({"€", "eur", "euro", "euros"})),
    (gettext_lazy("in dollars"), frozenset({"$", "usd", "dollar", "dollars"})),
    (gettext_lazy("in pounds"), frozenset({"£", "gbp", "pound", "pounds"})),
    (gettext_lazy("in kilometers"), frozenset({"km", "kilometer", "kilometers", "kilometre"})),
)
"""Units that are often written behind a number, by what one calls a value in them."""


class Sign(TextChoices):
    """Which sign stands before the decimals."""

    POINT = "point", gettext_lazy("A point: 1.5")
    COMMA = "comma", gettext_lazy("A comma: 1,5")


MARKS = {Sign.POINT: (".", ","), Sign.COMMA: (",", ".")}
"""By the sign before decimals: that sign, and the one that can set thousands apart."""


class NoNumberError(Exception):
    """A text is no number; the message says why, in words."""


@dataclass(frozen=True)
class Written:
    """A number as it was written: what it can mean, by the sign before its decimals."""

    meanings: Mapping[Sign, Decimal]

    @property
    def is_plain(self) -> bool:
        """It means the same whatever the sign."""
        return len(set(self.meanings.values())) == 1 and len(self.meanings) == len(Sign)


def read(text: str, unit: str, *, whole: bool = False) -> Written:
    """What the number in ``text`` can mean; ``unit`` may stand behind or before it.

    ``whole`` leaves out what is no whole number, if something else is. Raises ``NoNumberError``.
    """
    text = text.translate(MINUS).strip(f"{SPACES}\t")
    if len(text) > LONGEST:
        raise NoNumberError(_("This is too long for a number."))
    found = NUMBER.match(without_unit_before(text, unit))
    if found is None:
        raise NoNumberError(_("This is not a number."))
    check_unit(found["unit"].strip(f"{SPACES}\t"), unit)
    number = found["number"].strip(SPACES)
    meanings = {sign: meaning for sign in Sign if (meaning := meant(number, sign)) is not None}
    if whole:
        integers = {sign: one for sign, one in meanings.items() if one == one.to_integral_value()}
        # A mark before three digits sets thousands apart where nothing has decimals.
        largest = max((abs(one) for one in integers.values()), default=None)
        meanings = {sign: one for sign, one in integers.items() if abs(one) == largest} or meanings
    if not meanings:
        raise NoNumberError(_("This is not a number."))
    return Written(meanings)


def without_unit_before(text: str, unit: str) -> str:
    """Currencies are written before a number as well."""
    if text[:1] in "€$£" and text:
        check_unit(text[0], unit)
        return text[1:].strip(SPACES)
    return text


def check_unit(written: str, unit: str) -> None:
    written, unit = written.casefold().rstrip("."), unit.casefold()
    if not written or written == unit:
        return
    for called, names in UNITS:
        if written in names:
            if unit in names:
                return
            raise NoNumberError(
                _("This is %(written)s; the unit here is “%(unit)s”.")
                % {"written": called, "unit": unit}
            )
    raise NoNumberError(_("This is not a number."))


def meant(number: str, sign: Sign) -> Decimal | None:
    """What ``number`` means if ``sign`` stands before decimals; ``None`` if it cannot."""
    decimal, thousands = MARKS[sign]
    whole, mark, decimals = number.partition(decimal)
    if decimal in decimals or not (not mark or decimals.isdecimal()):
        return None
    negative = whole.startswith("-")
    groups = re.split(rf"[{re.escape(thousands)}{SPACES}{APOSTROPHES}]", whole.lstrip("+-"))
    if not all(group.isdecimal() for group in groups):
        return None
    if len(groups) > 1 and not are_thousands(groups):
        return None
    value = Decimal("".join(groups) + (f".{decimals}" if mark else ""))
    return -value if negative else value


def are_thousands(groups: Sequence[str]) -> bool:
    """Whether marks between ``groups`` of digits set thousands apart: never behind a zero."""
    first, *others = groups
    return len(first) <= 3 and not first.startswith("0") and all(len(one) == 3 for one in others)


def sign_of(numbers: Iterable[Written]) -> Sign | None:
    """The sign before decimals that all or most of ``numbers`` are written with.

    ``None`` where they leave it open and it matters.
    """
    told: dict[Sign, int] = dict.fromkeys(Sign, 0)
    open_one = False
    for number in numbers:
        if number.is_plain:
            continue
        if len(number.meanings) == 1:
            told[next(iter(number.meanings))] += 1
        else:
            open_one = True
    if not any(told.values()):
        return None if open_one else Sign.POINT
    return max(Sign, key=lambda sign: told[sign])


def value_of(number: Written, sign: Sign | None) -> Decimal:
    """What ``number`` means among others that are written with ``sign``. Raises ``NoNumberError``."""
    if number.is_plain:
        return next(iter(number.meanings.values()))
    if sign is None:
        pair: Any = [f"{number.meanings[one]:f}" for one in Sign]
        raise NoNumberError(
            _(
                "This can be %(point)s or %(comma)s: write %(point)s0 or %(comma)s, or say which"
                " sign stands before decimals."
            )
            % {"point": pair[0], "comma": pair[1]}
        )
    if sign not in number.meanings:
        raise NoNumberError(
            _("Other numbers here have a decimal point; this one has a comma.")
            if sign == Sign.POINT
            else _("Other numbers here have a decimal comma; this one has a point.")
        )
    return number.meanings[sign]
