"""What somebody types into a search, read once for both databases; words found again in a text.

``parse`` takes any text and never raises: words (all must occur), ``"phrases"``, ``-words`` and
``-"phrases"`` to leave out. The last word may go on, unless a blank or a quote ends it. Case and
accents do not count, nothing is stemmed: lessons are written in many languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

SHORTEST_BEGINNING = 2
"""Letters from which on the last word may go on: one letter begins half of all words."""
MOST_PARTS = 40
"""Words and phrases of a search that are looked through for names."""
LONGEST_RUN = 10
"""Of which so many make the longest name."""
ACCENTS = re.compile("[\u0300-\u036f]")
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
PART = re.compile(
    r'(?P<without>(?<!\S)-(?=\S))?(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<word>[^\s"]+))'
)


@dataclass(frozen=True)
class Term:
    """Words that follow one another, folded; mostly one. ``goes_on``: the last may be longer.

    ``typed`` are the words with the accents they were typed with, where they have any.
    """

    words: tuple[str, ...]
    goes_on: bool = False
    typed: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Term | None:
        """The words of ``text``; ``None`` if there are none."""
        typed = split(unicodedata.normalize("NFC", text).lower())
        words = tuple(filter(None, map(folded, typed)))
        if not words:
            return None
        return cls(words, typed=tuple(typed) if words != tuple(typed) else ())


@dataclass(frozen=True)
class Query:
    """What is searched for. ``least`` is how many of ``wanted`` must occur; ``None`` is all."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    least: int | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing to find: only punctuation, or only words to leave out. It matches no row."""
        return not self.wanted

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the wanted words in a text as it was written."""
        longest = sorted(self.wanted, key=lambda term: -sum(map(len, term.words)))[:MOST_MARKED]
        return re.compile(
            rf"(?<![^\W_])(?:{'|'.join(map(written, longest))})(?![^\W_])", re.IGNORECASE
        )


def parse(text: str) -> Query:
    """What ``text`` asks for."""
    text = text.translate(QUOTES)
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    open_end = False
    last = None
    for part in PART.finditer(text):
        last = Term.of(part["word"] if part["phrase"] is None else part["phrase"])
        open_end = not part["closed"] and not text[-1].isspace()
        if last and part["without"]:
            unwanted[last] = None
            last = None
        elif last:
            wanted[last] = None
    if last and open_end and len(last.words[-1]) >= SHORTEST_BEGINNING:
        del wanted[last]
        wanted[replace(last, goes_on=True)] = None
    return Query(tuple(wanted), tuple(unwanted))


@dataclass(frozen=True)
class Run:
    """Words of the search ``text`` that stand side by side, from ``start`` to ``end``, folded."""

    text: str
    start: int
    end: int
    words: tuple[str, ...]

    @property
    def typed(self) -> str:
        return self.text[self.start : self.end]

    @property
    def rest(self) -> str:
        """The search without them; a blank that ends the word before stays."""
        return f"{self.text[: self.start]}{self.text[self.end :].lstrip()}".lstrip()


def runs(text: str) -> Iterator[Run]:
    """What may be a name in a search: words and phrases to find, side by side, longest runs first."""
    text = text.translate(QUOTES)
    parts = list(islice(PART.finditer(text), MOST_PARTS))
    for place, first in enumerate(parts):
        found = []
        words: tuple[str, ...] = ()
        for last in parts[place : place + LONGEST_RUN]:
            term = Term.of(last["word"] if last["phrase"] is None else last["phrase"])
            if term is None or last["without"] is not None:
                break
            words += term.words
            found.append(Run(text, first.start(), last.end(), words))
        yield from reversed(found)


def folded(text: str) -> str:
    """Without case and accents; other signs stay as they are."""
    return ACCENTS.sub("", unicodedata.normalize("NFD", text)).lower().replace("ς", "σ")


def words_of(text: str) -> list[str]:
    """The folded words of ``text``: letters, marks and figures, without anything between them."""
    return split(folded(text))


def split(text: str) -> list[str]:
    return "".join(sign if is_of_word(sign) else " " for sign in text).split()


def is_of_word(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LNM" or category == "Co"


def says(query: Query, text: str) -> bool:
    """Whether a short text, such as a name, matches."""
    given = words_of(text)

    def has(term: Term) -> bool:
        length = len(term.words)
        return any(
            tuple(given[start : start + length]) == term.words
            or (
                term.goes_on
                and tuple(given[start : start + length - 1]) == term.words[:-1]
                and given[start + length - 1].startswith(term.words[-1])
            )
            for start in range(len(given) - length + 1)
        )

    return (
        not query.is_empty
        and all(has(term) for term in query.wanted)
        and not any(has(term) for term in query.unwanted)
    )


# --- Found words in a text ----------------------------------------------------------------------

MOST_MARKED = 12
"""Terms that are looked for in a text; a page is for reading, not for checking a quotation."""
FARTHEST = 30_000
"""Characters of one text that are looked through."""
PLACES = 6
"""Found words of one text about which a stretch may be shown."""
BEFORE, LENGTH = 70, 240
"""Characters of a snippet: before the first found word, and in all."""


def _writings() -> dict[str, str]:
    """Folded letter → the letters that are folded to it, in the alphabets that have accents."""
    found: defaultdict[str, str] = defaultdict(str)
    for first, end in ((0xC0, 0x250), (0x370, 0x530), (0x1E00, 0x2000)):
        for sign in map(chr, range(first, end)):
            plain = folded(sign)
            if len(plain) == 1 and plain != sign:
                found[plain] += sign
    return dict(found)


WRITINGS = _writings()


def written(term: Term) -> str:
    """A pattern for ``term`` with any accents, and anything but letters between its words."""
    words = (
        "".join(
            f"[{sign}{WRITINGS[sign]}]" if sign in WRITINGS else re.escape(sign) for sign in word
        )
        for word in term.words
    )
    return r"[\W_]+".join(words) + (r"\w*" if term.goes_on else "")


def mark(query: Query, text: str) -> SafeString:
    """``text`` as HTML, with the words of ``query`` marked."""
    text = unicodedata.normalize("NFC", text)
    if query.is_empty:
        return escape(text)
    return mark_safe("".join(_marked(query, text)))  # noqa: S308 - each part is escaped


def _marked(query: Query, text: str) -> Iterator[str]:
    end = 0
    for found in query.pattern.finditer(text):
        yield escape(text[end : found.start()])
        yield f"<mark>{escape(found[0])}</mark>"
        end = found.end()
    yield escape(text[end:])


def snippet(query: Query, texts: Iterable[str]) -> SafeString:
    """The first stretch of ``texts`` that holds most of the words as HTML; empty if none does."""
    if query.is_empty:
        return SafeString("")
    best, most = "", 0
    for text in texts:
        text = " ".join(unicodedata.normalize("NFC", text[:FARTHEST]).split())
        for found in islice(query.pattern.finditer(text), PLACES):
            stretch = _around(text, found.start())
            number = len({folded(one[0]) for one in query.pattern.finditer(stretch)})
            if number > most:
                best, most = stretch, number
                if most == len(query.wanted):
                    return mark(query, best)
    return mark(query, best)


def _around(text: str, place: int) -> str:
    """``LENGTH`` characters of ``text`` about ``place``, cut between words."""
    start = 0
    if place > BEFORE:
        start = text.rfind(" ", 0, place - BEFORE) + 1 or place - BEFORE
    end = start + LENGTH
    if end >= len(text):
        return ("… " if start else "") + text[start:]
    cut = text.rfind(" ", place, end)
    return ("… " if start else "") + text[start : cut if cut > place else end] + " …"
