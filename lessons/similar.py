"""Lessons that use the same telling words: what one would look for, had one thought of it."""

from __future__ import annotations

from agencies.models import User
from lessons.models import Lesson
from lessons.search import LESSON_TEXT
from records.search import BOUND
from records.words import Query, Term, words_of

MOST = 5
SHORTEST = 4
"""Letters of a word that can be telling."""
LONGEST_TEXT = 3_000
"""Characters of the recommendation that are looked at."""
CANDIDATES = 20
"""Words that are counted: the longest, which are mostly the rarest."""
COMMON = 2_000
"""A word in more lessons than these tells nothing; counting ends there."""
TELLING = 8
TOGETHER = 2
"""How many of the telling words another lesson must have."""


def similar(lesson: Lesson, reader: User) -> list[Lesson]:
    """At most ``MOST`` other lessons that ``reader`` may see, the most similar first.

    The cost is bounded whatever there is: three queries, each over rare words only.
    """
    query = Query(tuple(Term((word,)) for word in telling(lesson)), least=TOGETHER)
    if len(query.wanted) < TOGETHER:
        return []
    rows = {
        other.pk: other
        for other in Lesson.objects.visible_to(reader)
        .current()
        .filter(LESSON_TEXT.condition(query))
        .exclude(pk=lesson.pk)
        .only("ref", "title", "status")
        .order_by("-pk")[:BOUND]
    }
    return [rows[pk] for pk in LESSON_TEXT.ranked(query, list(rows))[:MOST]]


def telling(lesson: Lesson) -> list[str]:
    """The rarest words of its point and its recommendation that other lessons have too."""
    words = {
        word
        for text in (lesson.title, lesson.recommendation[:LONGEST_TEXT])
        for word in words_of(text)
        if len(word) >= SHORTEST and not word.isdecimal()
    }
    candidates = sorted(words, key=lambda word: (-len(word), word))[:CANDIDATES]
    numbers = LESSON_TEXT.frequencies(candidates, COMMON)
    shared = (word for word in candidates if 2 <= numbers[word] <= COMMON)
    return sorted(shared, key=lambda word: numbers[word])[:TELLING]
