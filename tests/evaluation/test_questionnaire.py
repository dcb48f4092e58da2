"""The content of questionnaires: whole in every language."""

import pytest

from evaluation.questionnaire import (
    STANDARD,
    WORDS,
    Language,
    QuestionKind,
    Subject,
    said,
    words_in,
)

CATEGORIES = {
    Subject.COMMUNICATION,
    Subject.ADAPTABILITY,
    Subject.COORDINATION,
    Subject.EVALUATION,
    Subject.INTELLIGENCE,
    Subject.TECHNOLOGY,
}


def test_it_asks_about_the_four_categories_intelligence_and_technology() -> None:
    assert {one.subject for one in STANDARD.values()} >= CATEGORIES
    assert {"intelligence_in_time", "intelligence_relevant", "went_well", "to_change"} <= set(
        STANDARD
    )


@pytest.mark.parametrize("language", Language.values)
def test_every_word_exists_in_every_language(language: str) -> None:
    for name, texts in WORDS.items():
        assert texts[language].strip(), (name, language)
    for question in STANDARD.values():
        assert question.texts[language].strip(), (question.name, language)
        assert all(choice[language].strip() for choice in question.choices)
    assert words_in(language)["send"] == WORDS["send"][language]


def test_only_choices_have_answers_of_their_own() -> None:
    for question in STANDARD.values():
        assert bool(question.choices) == (question.kind == QuestionKind.CHOICE)


def test_a_text_without_the_language_is_said_in_english_and_else_in_any() -> None:
    assert said({"en": "Yes", "fr": "Oui"}, "fr") == "Oui"
    assert said({"en": "Yes", "fr": "Oui"}, "ar") == "Yes"
    assert said({"es": "Sí"}, "ar") == "Sí"
    assert said({}, "ar") == ""
