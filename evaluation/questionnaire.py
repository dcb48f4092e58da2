"""The standard questions, and the words of the page that asks: ``data/questionnaire.toml``.

Both are content with its own languages and independent of the languages of the interface.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

Texts = Mapping[str, str]
"""A text by language."""
FILE = Path(__file__).parent / "data" / "questionnaire.toml"
_content: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))

WORDS: Mapping[str, Texts] = _content["words"]
"""The words of the page by their name."""


class Language(models.TextChoices):
    """The languages that a questionnaire can be answered in, each called by itself."""

    EN = "en", _content["language"]["en"]["name"]
    ES = "es", _content["language"]["es"]["name"]
    FR = "fr", _content["language"]["fr"]["name"]
    PT = "pt", _content["language"]["pt"]["name"]
    AR = "ar", _content["language"]["ar"]["name"]


class QuestionKind(models.TextChoices):
    SCALE = "scale", _("Agreement from 1 to 5")
    YES_NO = "yes_no", _("Yes or no")
    CHOICE = "choice", _("One of several answers")
    TEXT = "text", _("In their own words")


class Subject(models.TextChoices):
    """What a question is about: the four categories of lessons, and what they leave out."""

    COMMUNICATION = "communication", _("Communication")
    ADAPTABILITY = "adaptability", _("Adaptability")
    COORDINATION = "coordination", _("Coordination and transparency")
    EVALUATION = "evaluation", _("Evaluation")
    INTELLIGENCE = "intelligence", _("Intelligence")
    TECHNOLOGY = "technology", _("Technology")
    WHOLE = "whole", _("As a whole")
    WORDS = "words", _("In their own words")
    OWN = "own", _("Own questions")


@dataclass(frozen=True)
class Question:
    """One standard question; ``choices`` are the answers to choose from, in order."""

    name: str
    subject: Subject
    kind: QuestionKind
    texts: Texts
    choices: tuple[Texts, ...] = ()


def _read(row: Mapping[str, Any]) -> Question:
    return Question(
        row["name"],
        Subject(row["subject"]),
        QuestionKind(row["kind"]),
        {language: row[language] for language in Language.values},
        tuple(row.get("choices", ())),
    )


STANDARD: Mapping[str, Question] = {row["name"]: _read(row) for row in _content["question"]}
"""The standard questions by name, in the order in which they are asked."""

POINTS = (5, 4, 3, 2, 1)
"""The answers of a scale, from full agreement down."""


def said(texts: Texts, language: str | None = None) -> str:
    """The text in ``language`` (the reader's unless given), else in English, else in any."""
    wanted = (language or get_language() or "en").split("-")[0]
    return texts.get(wanted) or texts.get("en") or next((one for one in texts.values() if one), "")


def words_in(language: str) -> dict[str, str]:
    """All words of the page in ``language``."""
    return {name: said(texts, language) for name, texts in WORDS.items()}


def answers_to(kind: str, choices: tuple[Texts, ...] | list[Texts]) -> list[tuple[int, Texts]]:
    """The numbers that answer a question of ``kind``, each with its words; none for free text."""
    if kind == QuestionKind.SCALE:
        return [(point, WORDS[f"scale_{point}"]) for point in POINTS]
    if kind == QuestionKind.YES_NO:
        return [(1, WORDS["yes"]), (0, WORDS["no"])]
    return list(enumerate(choices)) if kind == QuestionKind.CHOICE else []
