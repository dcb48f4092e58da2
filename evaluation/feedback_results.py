"""What a questionnaire found: distributions, medians and agencies apart, as far as nobody is bared.

Nothing is told before it is closed, so that nobody learns an answer by looking before and after it
came. Groups of fewer than ``LEAST`` answers are put together with others until what is not shown by
itself has ``LEAST`` as well: taking what is shown from the whole then leaves no small group.
(Primary and complementary suppression; Hundepool et al., *Statistical Disclosure Control*, 2012,
chapter 4.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from agencies.models import Agency, User
from evaluation.models import FeedbackAnswer, FeedbackQuestion, FeedbackRequest
from evaluation.questionnaire import QuestionKind, Subject, said
from lessons.models import Lesson

LEAST = 5
"""The smallest number of answers that is shown by itself."""
AGREEING = 4
"""Points of a scale from which on somebody agrees."""


def apart(sizes: Mapping[Any, int]) -> tuple[list[Any], list[Any]]:
    """Which groups are shown by themselves, and which together, the larger ones first.

    Both are empty where no group can be told apart from the whole.
    """
    held = sorted((key for key, size in sizes.items() if size), key=lambda key: -sizes[key])
    shown = [key for key in held if sizes[key] >= LEAST]
    together = [key for key in held if sizes[key] < LEAST]
    while shown and together and sum(sizes[key] for key in together) < LEAST:
        together.insert(0, shown.pop())
    return (shown, together) if shown and len(held) > 1 else ([], [])


@dataclass(frozen=True)
class Group:
    """The answers of some of those who answered a question, by its numbers."""

    name: str
    counts: Mapping[int, int]

    @property
    def size(self) -> int:
        return sum(self.counts.values())

    def cells(self, numbers: Sequence[int]) -> list[int]:
        return [self.counts.get(number, 0) for number in numbers]


@dataclass(frozen=True)
class Text:
    """An answer in somebody's words, and what became of it."""

    pk: UUID
    text: str
    lesson: Lesson | None
    is_used: bool


@dataclass
class Result:
    """What was answered to one question.

    ``whole`` is nothing where fewer than ``LEAST`` answered it. ``groups`` are the agencies as far
    as they can be told apart; the last may be several together.
    """

    question: FeedbackQuestion
    number: int = 0
    whole: Group | None = None
    groups: list[Group] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        return self.question.kind == QuestionKind.TEXT

    @property
    def answers(self) -> list[tuple[int, str]]:
        return [(number, said(texts)) for number, texts in self.question.answers]

    @property
    def bars(self) -> list[dict[str, Any]]:
        """The distribution as ``pages/_bars.html`` draws it."""
        if self.whole is None:
            return []
        return [
            {"label": words, "value": self.whole.counts.get(number, 0)}
            for number, words in self.answers
        ]

    def middle(self, group: Group) -> float | None:
        """The median on the scale from 1 to 5; of nothing else."""
        if self.question.kind != QuestionKind.SCALE:
            return None
        return median(point for point, count in group.counts.items() for _one in range(count))

    @property
    def median(self) -> float | None:
        return self.middle(self.whole) if self.whole else None

    @property
    def agreeing(self) -> int:
        """How many of ``whole`` agree."""
        counts = self.whole.counts if self.whole else {}
        return sum(count for point, count in counts.items() if point >= AGREEING)

    @property
    def headings(self) -> list[str]:
        """The answers as columns: the points of a scale by their number."""
        if self.question.kind == QuestionKind.SCALE:
            return [str(number) for number, _words in self.answers]
        return [words for _number, words in self.answers]

    @property
    def table(self) -> list[tuple[str, int, list[tuple[str, int]], float | None]]:
        """A row for each group: its name, size, number of each answer, and median."""
        numbers = [number for number, _words in self.answers]
        return [
            (
                group.name,
                group.size,
                list(zip(self.headings, group.cells(numbers), strict=True)),
                self.middle(group),
            )
            for group in self.groups
        ]

    @property
    def spread(self) -> float:
        """How far the medians of the groups lie apart."""
        middles = [self.middle(group) or 0 for group in self.groups]
        return max(middles) - min(middles) if len(middles) > 1 else 0


@dataclass(frozen=True)
class Results:
    """All results by subject. ``is_bare`` where too few answered to show anything."""

    answers: int
    by_subject: list[tuple[str, list[Result]]]

    @property
    def is_bare(self) -> bool:
        return self.answers < LEAST

    @property
    def every(self) -> list[Result]:
        return [one for _subject, found in self.by_subject for one in found]

    @property
    def scales(self) -> list[Result]:
        return [one for one in self.every if one.median is not None]

    @property
    def differing(self) -> list[Result]:
        """Questions on which agencies differ, most first."""
        return sorted(
            (one for one in self.scales if one.spread), key=lambda one: one.spread, reverse=True
        )


def results(request: FeedbackRequest, reader: User, *, whole: bool) -> Results:
    """What ``reader`` may know; without ``whole`` no agencies apart and no texts."""
    number = request.responses.count()
    questions = list(request.questions.all())
    if not request.is_over or number < LEAST:
        return Results(number, [])
    counted = _counted(request)
    texts = _texts(request, reader) if whole else {}
    names = dict(Agency.objects.values_list("pk", "name")) if whole else {}
    found: dict[str, list[Result]] = {}
    for question in questions:
        by_agency = counted[question.pk]
        result = Result(question, sum(sum(one.values()) for one in by_agency.values()))
        if question.kind == QuestionKind.TEXT:
            result.texts = texts.get(question.pk, [])
            result.number = len(result.texts)
            if not whole:
                continue
        elif result.number >= LEAST:
            result.whole = _group(_("All"), by_agency.values())
            result.groups = _groups(by_agency, names) if whole else []
        found.setdefault(str(Subject(question.subject).label), []).append(result)
    return Results(number, list(found.items()))


def _counted(request: FeedbackRequest) -> Mapping[int, Mapping[int | None, Counter[int]]]:
    """Question → agency → number → how often it was given."""
    counted: defaultdict[int, defaultdict[int | None, Counter[int]]] = defaultdict(
        lambda: defaultdict(Counter)
    )
    rows = FeedbackAnswer.objects.filter(response__request=request).order_by()
    for question, agency, number in rows.values_list("question", "response__agency", "number"):
        if number is not None:
            counted[question][agency][number] += 1
    return counted


def _group(name: str, counters: Any) -> Group:
    total: Counter[int] = Counter()
    for one in counters:
        total.update(one)
    return Group(name, total)


def _groups(by_agency: Mapping[int | None, Counter[int]], names: Mapping[int, str]) -> list[Group]:
    shown, together = apart({key: sum(counts.values()) for key, counts in by_agency.items()})
    groups = [
        Group(_("Agency not stated") if key is None else names[key], by_agency[key])
        for key in shown
    ]
    if together:
        groups.append(_group(_("Others together"), (by_agency[key] for key in together)))
    return groups


def _texts(request: FeedbackRequest, reader: User) -> dict[int, list[Text]]:
    """The texts by question, in the order of their random keys: that of nobody's answering."""
    found: dict[int, list[Text]] = {}
    rows = FeedbackAnswer.objects.filter(response__request=request, number__isnull=True)
    answers = list(rows.order_by("pk"))
    used = [one.lesson_id for one in answers if one.lesson_id]
    lessons = Lesson.objects.visible_to(reader).in_bulk(used) if used else {}
    for one in answers:
        lesson = lessons.get(one.lesson_id) if one.lesson_id else None
        found.setdefault(one.question_id, []).append(
            Text(one.pk, one.text, lesson, one.lesson_id is not None)
        )
    return found
