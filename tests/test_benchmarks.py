"""The benchmarks measure something true: their lessons are valid, their arithmetic is right."""

from __future__ import annotations

import os
import time
from collections import Counter
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

import pytest
from django.db import connection

from agencies.models import Agency, Partner, User
from benchmarks import measure
from benchmarks.generate import (
    OF_LESSONS,
    PARTNERS,
    READER_ID,
    TABLES,
    THEMES,
    Ids,
    Lessons,
    Refs,
    everything,
    search_words,
    vocabulary,
)
from benchmarks.goals import Goal, goals
from benchmarks.load import insert_statement
from benchmarks.report import lines, number
from lessons.models import Lesson, Theme
from lessons.vocabulary import PUBLISHED, Status
from programs.models import Exercise
from records.models import RefCounter

IDS = Ids(range(1, 61), range(1, 21))


def lessons(size: int) -> list[str]:
    """Every row of ``size`` lessons, as text."""
    batches = Lessons(size, IDS, Refs()).batches()
    return [repr(rows) for batch in batches for rows in (batch[table] for table in OF_LESSONS)]


def test_the_same_seed_gives_the_same_lessons() -> None:
    assert lessons(20) == lessons(20)


def test_fewer_lessons_are_the_first_of_more() -> None:
    fewer, more = (next(Lessons(size, IDS, Refs()).batches()) for size in (20, 40))
    for table in OF_LESSONS:
        assert fewer[table] == more[table][: len(fewer[table])]


def test_words_are_as_many_and_as_frequent_as_said() -> None:
    assert len(set(vocabulary())) == 20_000
    assert any(not word.isascii() for word in vocabulary())
    text = [
        set(texts_of(row)) for row in next(Lessons(1_000, IDS, Refs()).batches())["lessons_lesson"]
    ]
    for share in (0.025, 0.2):
        wanted = set(search_words(share).split())
        found = sum(wanted <= words for words in text)
        assert share / 2 < found / 1_000 < share * 2


def texts_of(row: dict[str, str]) -> list[str]:
    names = ("title", "observation", "discussion", "conclusion", "recommendation")
    return " ".join(row[name] for name in names).lower().replace(".", "").split()


@pytest.mark.django_db
def test_generated_lessons_keep_every_rule_of_the_database() -> None:
    partners = dict(Partner.objects.values_list("code", "pk"))
    themes = list(Theme.objects.order_by("pk").values_list("pk", flat=True))
    ids = Ids([partners[code] for code in PARTNERS], themes[:THEMES])
    loaded: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for batch in everything(200, ids):
            for table, rows in batch.items():
                loaded[table] += len(rows)
                if rows:
                    statement = insert_statement(table, rows[0], "%s")
                    cursor.executemany(statement, [tuple(row.values()) for row in rows])
    connection.check_constraints()
    assert set(loaded) == set(TABLES)
    assert Lesson.objects.count() == 200
    assert set(Lesson.objects.values_list("status", flat=True)) == set(Status.values)
    assert 0.5 < Lesson.objects.published().count() / 200 < 0.9
    assert not Lesson.objects.published().filter(
        status__in=set(Status) - PUBLISHED - {Status.ARCHIVED}
    )
    for agency in Agency.objects.filter(pk__in=(1, 9, 25)):
        agency.clean()
    counters = dict(RefCounter.objects.values_list("prefix", "last"))
    for ref in Lesson.objects.values_list("ref", flat=True):
        prefix, last = ref.rsplit("-", 1)
        assert int(last) <= counters[prefix]


@pytest.mark.django_db
def test_the_reader_sees_some_of_everything_and_not_all() -> None:
    test_generated_lessons_keep_every_rule_of_the_database()
    reader = User.objects.get(pk=READER_ID)
    assert reader.may_review
    for model in (Lesson, Exercise):
        assert 0 < model.objects.visible_to(reader).count() < model.objects.count()


@pytest.mark.parametrize(
    ("goal", "measured", "met", "bound"),
    [
        (Goal("", "slow", "fast", at_least=4), 4, True, "≥ 4 ×"),
        (Goal("", "slow", "fast", at_least=4.1), 4, False, "≥ 4.1 ×"),
        (Goal("", "fast", "slow", at_least=0.2, at_most=0.3), 0.25, True, "0.20 to 0.3 ×"),
        (Goal("", "slow", at_most=7.9, unit="ms"), 8, False, "≤ 7.9 ms"),
        (Goal("", "none", at_most=0, unit=""), 0, True, "≤ 0"),
        (Goal("", "slow", "none", at_least=1), None, None, "≥ 1 ×"),
        (Goal("", "slow", "missing", at_least=1), None, None, "≥ 1 ×"),
        (Goal("", "missing", at_least=1), None, None, "≥ 1 ×"),
    ],
)
def test_goals_divide_and_compare(
    goal: Goal, measured: float | None, met: bool | None, bound: str
) -> None:
    figures = {"slow": 8.0, "fast": 2.0, "none": 0.0}
    assert goal.measured(figures) == measured
    assert goal.is_met(figures) is met
    assert goal.bound == bound


def test_goals_are_told_apart() -> None:
    words = [goal.words for goal in goals()]
    assert len(words) == len(set(words))


def test_figures_keep_three_digits() -> None:
    assert [number(value) for value in (None, 0, 0.12345, 2.5, 12.34, 12_345.6)] == [
        "–",
        "0",
        "0.123",
        "2.5",
        "12.3",
        "12,346",
    ]


def test_the_report_says_what_was_not_measured() -> None:
    figures = {
        "10k.sqlite.rows.all": 10_000,
        "10k.sqlite.rows.first": 5_000,
        "10k.sqlite.rows.filtered": 120,
        "10k.sqlite.lindero.first": 8.0,
        "10k.sqlite.admin_facets.first": 600.0,
    }
    figures |= {name.replace("sqlite", "postgresql"): value for name, value in figures.items()}
    results = {"environment": "", "notes": ["Slow."], "sizes": ["10k"], "figures": figures}
    report = "\n".join(lines(results))
    assert "| admin, facets | 600 (75 ×) | – | – | – | – |" in report
    assert "not measured" in report
    assert report.endswith("- Slow.")


def test_memory_that_grows_meanwhile_is_seen() -> None:
    # Asked of the system itself: the allocator may hand out memory that earlier tests gave back.
    with (
        measure.Watched([os.getpid()]) as watched,
        mmap(-1, 30_000_000, MAP_PRIVATE | MAP_ANONYMOUS) as held,
    ):
        for _ in range(30):
            held.write(b"x" * 1_000_000)
        time.sleep(0.1)
    assert 25 < watched.growth < 60
    with measure.Watched([os.getpid()]) as watched:
        time.sleep(0.05)
    assert watched.growth < 10
