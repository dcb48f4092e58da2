"""What is read in a search, what each database makes of it, and the words marked in a text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons.search import LESSON_TEXT
from records import words
from records.words import Query, Term, parse
from tests.factories import make_lesson


def wanted(text: str) -> list[str]:
    """The terms of ``text``; a star stands for a word that may go on."""
    return [" ".join(term.words) + "*" * term.goes_on for term in parse(text).wanted]


def unwanted(text: str) -> list[str]:
    return [" ".join(term.words) for term in parse(text).unwanted]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("radio call", ["radio", "call*"]),
        ("radio call ", ["radio", "call"]),
        ("radio  radio Radio ", ["radio"]),
        ("CAFÉ Ñandú ", ["cafe", "nandu"]),
        ("ΔΡΌΜΟΣ ", ["δρομοσ"]),
        ("cafe\u0301 ", ["cafe"]),
        ('"joint patrol" boat ', ["joint patrol", "boat"]),
        ('"joint patrol"', ["joint patrol"]),
        ('"joint pat', ["joint pat*"]),
        ("“joint patrol”", ["joint patrol"]),
        ('a"b c"d ', ["a", "b c", "d"]),
        ("ES-GC-2026-00", ["es gc 2026 00*"]),
        ("100% sure? ", ["100", "sure"]),
        ("x", ["x"]),
        ("AND OR NOT NEAR( ", ["and", "or", "not", "near"]),
        ("title:drone* ^start {col} ", ["title drone", "start", "col"]),
        ("drug_route ", ["drug route"]),
        ("كتاب हिन्दी ", ["كتاب", "हिन्दी"]),
        ("don't ", ["don t"]),
        ("a\x00b ", ["a b"]),
        ("half \ud800 pair ", ["half", "pair"]),
        ("drones 😀", ["drones"]),
    ],
)
def test_words_and_phrases_are_read(text: str, terms: list[str]) -> None:
    assert wanted(text) == terms
    assert not unwanted(text)


@pytest.mark.parametrize(
    ("text", "found", "left_out"),
    [
        ("radio -call", ["radio"], ["call"]),
        ('radio -"call sign"', ["radio"], ["call sign"]),
        ("-call radio", ["radio*"], ["call"]),
        ("call-sign -x-ray ", ["call sign"], ["x ray"]),
        ("radio - call ", ["radio", "call"], []),
        ("radio --call ", ["radio"], ["call"]),
    ],
)
def test_words_to_leave_out_are_read(text: str, found: list[str], left_out: list[str]) -> None:
    assert wanted(text) == found
    assert unwanted(text) == left_out


@pytest.mark.parametrize(
    "text", ["", " ", "?!", '""', '"', "-", '-"', "😀", "-radio", "\x00", "\ud800"]
)
def test_what_names_nothing_to_find_is_empty(text: str) -> None:
    assert parse(text).is_empty


# --- Texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("cafe ", "The Café <b>", "The <mark>Café</mark> &lt;b&gt;"),
        ("cafe ", "cafe\u0301s, cafe\u0301", "cafés, <mark>café</mark>"),
        ("pat", "a patrol, spat", "a <mark>patrol</mark>, spat"),
        ('"a bc"', "a bc, a-bc; bc a", "<mark>a bc</mark>, <mark>a-bc</mark>; bc a"),
        ("amp ", "a &amp; b", "a &amp;<mark>amp</mark>; b"),
        ("c++ (", "c++ (", "<mark>c</mark>++ ("),
        ("?", "as it is", "as it is"),
    ],
)  # fmt: skip
def test_found_words_are_marked_and_texts_stay_texts(query: str, text: str, marked: str) -> None:
    assert words.mark(parse(query), text) == marked


def test_a_snippet_is_the_stretch_with_most_words() -> None:
    far = "nothing here " * 40
    text = f"One boat. {far} The boat met the patrol <at> sea. {far}"
    found = words.snippet(parse("boat patrol "), ["boat", text])
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert "<mark>boat</mark> met the <mark>patrol</mark> &lt;at&gt; sea" in found
    assert len(found) < 330
    assert words.snippet(parse("walrus"), [text]) == ""
    assert words.snippet(Query(), [text]) == ""


def test_a_name_says_what_it_says() -> None:
    assert words.says(parse("cote iv"), "Côte d’Ivoire CI") is True
    assert words.says(parse("iv cote "), "Côte d’Ivoire CI") is False
    assert words.says(parse('"cote d ivo'), "Côte d’Ivoire CI") is True
    assert words.says(parse("guinea -bissau"), "Guinea-Bissau") is False
    assert words.says(Query(), "Guinea") is False


ANY_TEXT = st.text(max_size=2000)
OPERATORS = st.lists(
    st.sampled_from(
        ['"', "-", "*", "^", ":", "(", ")", "{", "}", "'", "\\", "&", "|", "!", "<->", "AND", "OR",
         "NOT", "NEAR", "+", ",", "\x00", "\ud800", "😀", "كِ", "é", "drones", " ", "a", "ß", "²", "\u0301"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@given(ANY_TEXT | OPERATORS, ANY_TEXT)
def test_any_text_is_read_and_marked(text: str, other: str) -> None:
    query = parse(text)
    marked = words.mark(query, other)
    assert "<" not in marked.replace("<mark>", "").replace("</mark>", "")
    words.snippet(query, [other])
    words.says(query, other)


@pytest.mark.django_db
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ANY_TEXT | OPERATORS)
def test_no_text_is_an_error_for_the_database(text: str) -> None:
    query = parse(text)
    found = LESSON_TEXT.matching(query)
    assert LESSON_TEXT.ranked(query, found) == []
    assert LESSON_TEXT.model.objects.filter(LESSON_TEXT.condition(query)).count() == 0
    assert LESSON_TEXT.model.objects.filter(LESSON_TEXT.condition(query, titles=True)).count() == 0


@pytest.mark.django_db
def test_a_thousand_words_are_answered() -> None:
    lesson = make_lesson(observation=" ".join(f"w{number}" for number in range(700)))
    everything = " ".join(f"w{number}" for number in range(400))
    assert len(everything) < 2000
    assert LESSON_TEXT.matching(parse(everything)) == [lesson.pk]
    assert LESSON_TEXT.matching(parse(f"{everything} missing ")) == []
    assert LESSON_TEXT.matching(parse("w1 " + "-x " * 600)) == [lesson.pk]


def test_some_of_several_words_are_enough() -> None:
    terms = tuple(Term((word,)) for word in ("one", "two", "three"))
    assert not Query(terms, least=2).is_empty
