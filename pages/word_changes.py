"""What changed from one text to another, word by word, at a cost that has a bound.

Sentences that both texts have are found first, then words within what lies between them. Words
that occur once in both are the fixed points; what is left between two of them is compared word by
word if it is short. Where the work runs out, a passage counts as replaced whole: never wrong, only
coarse.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pages.numbers import grouped

SENTENCE = re.compile(r"[^.!?؟\n]*[.!?؟\n]+\s*|[^.!?؟\n]+")
WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORK = 3_000_000
"""Steps that one comparison may take: words looked at, and pairs of words compared."""
MOST_PAIRS = 250_000
"""Pairs of words that are compared between two fixed points."""
ISLAND = 3
"""Characters that are no ground to stand on: between two changes they count as changed."""


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both have, or only the earlier, or only the later one."""

    change: Change
    text: str


@dataclass
class Work:
    """How many steps were taken of those allowed; shared by the comparisons of one page."""

    limit: int = MOST_WORK
    done: int = 0

    def allows(self, steps: int) -> bool:
        """Take ``steps``, if they are within what is left."""
        if self.done + steps > self.limit:
            return False
        self.done += steps
        return True


def word_changes(before: str, after: str, work: Work | None = None) -> list[Piece]:
    """The pieces of both texts in order; without the added ones they are ``before``."""
    work = work or Work()
    pieces: list[Piece] = []
    for old, new in _passages(SENTENCE.findall(before), SENTENCE.findall(after), work):
        if old == new:
            pieces.append(Piece(Change.SAME, "".join(old)))
        else:
            pieces += _within(WORD.findall("".join(old)), WORD.findall("".join(new)), work)
    return _smooth(pieces)


def _within(old: list[str], new: list[str], work: Work) -> Iterator[Piece]:
    for gone, come in _passages(old, new, work):
        if gone == come:
            yield Piece(Change.SAME, "".join(gone))
            continue
        if gone:
            yield Piece(Change.REMOVED, "".join(gone))
        if come:
            yield Piece(Change.ADDED, "".join(come))


Range = tuple[int, int, int, int]


def _passages(
    old: list[str], new: list[str], work: Work
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Both lists cut into passages that are equal and, in between, passages that differ."""
    at_old = at_new = 0
    for start_old, start_new, length in [*_blocks(old, new, work), (len(old), len(new), 0)]:
        if start_old > at_old or start_new > at_new:
            yield old[at_old:start_old], new[at_new:start_new]
        if length:
            yield (
                old[start_old : start_old + length],
                new[start_new : start_new + length],
            )
        at_old, at_new = start_old + length, start_new + length


def _blocks(old: list[str], new: list[str], work: Work) -> list[tuple[int, int, int]]:
    """Where both lists are equal: start in each, and length, in order."""
    pairs: list[tuple[int, int]] = []
    open_ranges: list[Range] = [(0, len(old), 0, len(new))]
    while open_ranges:
        low, high, low_new, high_new = open_ranges.pop()
        while low < high and low_new < high_new and old[low] == new[low_new]:
            pairs.append((low, low_new))
            low, low_new = low + 1, low_new + 1
        while low < high and low_new < high_new and old[high - 1] == new[high_new - 1]:
            high, high_new = high - 1, high_new - 1
            pairs.append((high, high_new))
        here = (low, high, low_new, high_new)
        size, size_new = high - low, high_new - low_new
        if not size or not size_new or not work.allows(size + size_new):
            continue
        fixed = _fixed_points(old, new, here)
        if fixed:
            pairs += fixed
            starts = [(low, low_new), *((i + 1, j + 1) for i, j in fixed)]
            ends = [*fixed, (high, high_new)]
            open_ranges += [
                (i, i_end, j, j_end)
                for (i, j), (i_end, j_end) in zip(starts, ends, strict=True)
                if i < i_end and j < j_end
            ]
        elif size * size_new <= MOST_PAIRS and work.allows(size * size_new):
            pairs += _longest_common(old, new, here)
    return _runs(sorted(pairs))


def _fixed_points(old: list[str], new: list[str], here: Range) -> list[tuple[int, int]]:
    """Places of what occurs once in both, as many as come in the same order in both."""
    low, high, low_new, high_new = here
    once = Counter(old[low:high])
    once_new = Counter(new[low_new:high_new])
    place_new = {new[j]: j for j in range(low_new, high_new) if once_new[new[j]] == 1}
    shared = [
        (i, place_new[old[i]])
        for i in range(low, high)
        if once[old[i]] == 1 and old[i] in place_new
    ]
    return _rising(shared)


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of ``pairs``, already rising in the first, that rises in the second too."""
    ends: list[int] = []
    tails: list[int] = []
    before: list[int] = []
    for index, (_old, new) in enumerate(pairs):
        place = bisect_left(ends, new)
        before.append(tails[place - 1] if place else -1)
        if place == len(ends):
            ends.append(new)
            tails.append(index)
        else:
            ends[place] = new
            tails[place] = index
    chain: list[tuple[int, int]] = []
    index = tails[-1] if tails else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _longest_common(old: list[str], new: list[str], here: Range) -> list[tuple[int, int]]:
    """Places of a longest common part, by the table of lengths from the end."""
    low, high, low_new, high_new = here
    width = high_new - low_new
    rows = [[0] * (width + 1)]
    for i in range(high - 1, low - 1, -1):
        below, row, word = rows[-1], [0] * (width + 1), old[i]
        for j in range(width - 1, -1, -1):
            if word == new[low_new + j]:
                row[j] = below[j + 1] + 1
            else:
                row[j] = max(below[j], row[j + 1])
        rows.append(row)
    rows.reverse()
    found, i, j = [], 0, 0
    while i < high - low and j < width:
        if old[low + i] == new[low_new + j]:
            found.append((low + i, low_new + j))
            i, j = i + 1, j + 1
        elif rows[i + 1][j] >= rows[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _runs(pairs: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    for i, j in pairs:
        if runs and (i, j) == (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((i, j, 1))
    return runs


def _smooth(pieces: list[Piece]) -> list[Piece]:
    """Changes that only a blank or a short word parts are one change: first gone, then come."""
    out: list[Piece] = []
    gone: list[str] = []
    come: list[str] = []

    def close() -> None:
        for change, texts in ((Change.REMOVED, gone), (Change.ADDED, come)):
            if texts:
                out.append(Piece(change, "".join(texts)))
                texts.clear()

    for index, piece in enumerate(pieces):
        changing = bool(gone or come)
        followed = index + 1 < len(pieces) and pieces[index + 1].change != Change.SAME
        if piece.change == Change.REMOVED:
            gone.append(piece.text)
        elif piece.change == Change.ADDED:
            come.append(piece.text)
        elif changing and followed and gone and come and len(piece.text.strip()) <= ISLAND:
            gone.append(piece.text)
            come.append(piece.text)
        else:
            close()
            if out and out[-1].change == Change.SAME:
                out[-1] = Piece(Change.SAME, out[-1].text + piece.text)
            else:
                out.append(piece)
    close()
    return out


# --- Shown -------------------------------------------------------------------------------------

CONTEXT = 280
"""Characters that are shown before and after a change; what is longer is folded."""


def marked(pieces: list[Piece]) -> SafeString:
    """The pieces for a page: what was added and removed is marked, and said in words."""
    last = len(pieces) - 1
    return format_html_join(
        "",
        "{}",
        (
            (_shown(piece, first=index == 0, last=index == last),)
            for index, piece in enumerate(pieces)
        ),
    )


def _shown(piece: Piece, *, first: bool, last: bool) -> SafeString:
    if piece.change == Change.REMOVED:
        return format_html(
            '<del><span class="visually-hidden">{} </span>{}</del>', _("[removed:]"), piece.text
        )
    if piece.change == Change.ADDED:
        return format_html(
            '<ins><span class="visually-hidden">{} </span>{}</ins>', _("[added:]"), piece.text
        )
    head = "" if first else _cut(piece.text, 0, CONTEXT)
    tail = "" if last else _cut(piece.text[::-1], 0, CONTEXT)[::-1]
    middle = piece.text[len(head) : len(piece.text) - len(tail)]
    if len(head) + len(tail) >= len(piece.text) or len(middle) <= 2 * CONTEXT:
        return format_html("{}", piece.text)
    number = len(middle)
    words = ngettext(
        "%(number)s unchanged character", "%(number)s unchanged characters", number
    ) % {"number": grouped(number)}
    return format_html(
        '{}<details class="fold"><summary>{}</summary><div>{}</div></details>{}',
        head,
        words,
        middle,
        tail,
    )


def _cut(text: str, start: int, end: int) -> str:
    """The beginning of ``text`` up to about ``end``, not within a word."""
    if len(text) <= end:
        return text
    space = text.rfind(" ", start, end)
    return text[: space if space > end // 2 else end]
