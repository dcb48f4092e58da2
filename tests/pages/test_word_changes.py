"""Differences of texts: right for any two, readable for people, and never without a bound."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.word_changes import MOST_WORK, Change, Piece, Work, marked, word_changes

LONG = 100_000


def told(before: str, after: str) -> str:
    signs = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "[+{}+]"}
    return "".join(signs[one.change].format(one.text) for one in word_changes(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("", "New.", "[+New.+]"),
        ("Old.", "", "[-Old.-]"),
        ("The same.", "The same.", "The same."),
        (
            "The patrol met at sea. Nobody spoke Arabic.",
            "The joint patrol met at dawn. Nobody spoke Arabic.",
            "The [+joint +]patrol met at [-sea-][+dawn+]. Nobody spoke Arabic.",
        ),
        # One change, not two with a blank between them.
        ("two red boats", "three gray boats", "[-two red-][+three gray+] boats"),
        ("Zwei Boote", "Zwei\nBoote", "Zwei[- -][+\n+]Boote"),
        ("قارب واحد.", "قاربان واحد.", "[-قارب-][+قاربان+] واحد."),
    ],
)
def test_what_changed_is_marked_by_words(before: str, after: str, expected: str) -> None:
    assert told(before, after) == expected


texts = st.lists(st.sampled_from(["radio", "boat", " ", ". ", "\n", "at", "x", "é"])).map("".join)


@given(texts, texts, st.sampled_from([0, 20, MOST_WORK]))
@settings(max_examples=200, deadline=None)
def test_both_texts_can_be_read_off_the_pieces(before: str, after: str, limit: int) -> None:
    work = Work(limit)
    pieces = word_changes(before, after, work)
    assert "".join(one.text for one in pieces if one.change != Change.ADDED) == before
    assert "".join(one.text for one in pieces if one.change != Change.REMOVED) == after
    assert work.done <= limit


def long_text(seed: int, words: list[str]) -> str:
    chosen = random.Random(seed).choices(words, k=LONG)
    return " ".join(chosen)[:LONG]


NUMBERS = [f"w{number}" for number in range(15_000)]
EVERY_TENTH = " ".join(f"n{i}" if i % 10 == 0 else f"w{i % 3000}" for i in range(17_000))[:LONG]
CASES = {
    "two letters": (long_text(1, ["a", "b"]), long_text(2, ["a", "b"])),
    "few words": (long_text(1, ["radio", "boat", "port.", "crew"]), long_text(2, ["radio", "boat."])),
    "one word": ("radio " * 16_000, "radio " * 15_000 + "x"),
    "no blanks": ("a" * LONG, "a" * (LONG // 2) + "b" + "a" * (LONG // 2)),
    "backwards": (" ".join(NUMBERS), " ".join(reversed(NUMBERS))),
    "full stops": (".!" * (LONG // 2), "!." * (LONG // 2) + "x"),
    "lines": ("a \n" * (LONG // 3), "a\n" * (LONG // 2)),
    "edited": (" ".join(f"w{i % 3000}" for i in range(17_000))[:LONG], EVERY_TENTH),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_two_long_texts_take_a_bounded_number_of_steps(name: str) -> None:
    before, after = CASES[name]
    work = Work()
    pieces = word_changes(before, after, work)
    assert work.done <= MOST_WORK
    assert "".join(one.text for one in pieces if one.change != Change.REMOVED) == after


def test_one_word_in_a_long_text_costs_little_and_is_found() -> None:
    before = " ".join(NUMBERS)[:LONG]
    work = Work()
    pieces = word_changes(before, before.replace("w7000 ", "w7000 and "), work)
    assert [(one.change, one.text) for one in pieces if one.change != Change.SAME] == [
        (Change.ADDED, "and ")
    ]
    assert work.done < 10 * LONG


def test_changes_are_said_in_words_and_harmless() -> None:
    shown = marked(word_changes("a <b>", "a <i>"))
    assert "<b>" not in shown
    assert '<del><span class="visually-hidden">[removed:] </span>b</del>' in shown
    assert '<ins><span class="visually-hidden">[added:] </span>i</ins>' in shown


def test_what_did_not_change_is_folded_but_there() -> None:
    same = "same words " * 1_000
    shown = marked([Piece(Change.SAME, same), Piece(Change.ADDED, "new")])
    assert shown.count("<details") == 1
    assert "unchanged characters" in shown
    assert shown.count("same words") == 1_000
