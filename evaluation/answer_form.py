"""The public form: the questions in one of the languages that they are asked in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict

from evaluation.models import FeedbackQuestion, FeedbackRequest
from evaluation.models.feedback import LONGEST_ANSWER, edition_of
from evaluation.questionnaire import QuestionKind, said, words_in

AGENCY = "agency"
MARK, EDITION = "form", "edition"


@dataclass(frozen=True)
class Asked:
    """One question as the page shows it: its field, and the words of its answers."""

    question: FeedbackQuestion
    text: str
    answers: list[tuple[str, str]]
    field: Any

    @property
    def is_scale(self) -> bool:
        return self.question.kind == QuestionKind.SCALE

    @property
    def points(self) -> list[tuple[str, str]]:
        """The answers of a scale from 1 up, as one reads along it."""
        return self.answers[::-1]


class AnswerForm(forms.Form):
    """Every question may be left out; something must be answered."""

    use_required_attribute = False

    form = forms.UUIDField(widget=forms.HiddenInput, required=False)
    edition = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: QueryDict | None = None, *, request: FeedbackRequest, language: str
    ) -> None:
        self.words = words_in(language)
        self.agencies = list(request.agencies_asked.all())
        self.questions = list(request.questions.all())
        edition = edition_of(self.questions, self.agencies)
        super().__init__(data, initial={MARK: uuid4(), EDITION: edition})
        if self.agencies:
            self.fields[AGENCY] = self._choice(
                [(str(one.pk), one.name) for one in self.agencies], self.words["agency"]
            )
        self.language = language
        for question in self.questions:
            self.fields[f"q{question.pk}"] = self._field(question)

    def _choice(self, answers: list[tuple[str, str]], label: str) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=label,
            choices=[("", ""), *answers],
            required=False,
            error_messages={"invalid_choice": self.words["choose"]},
        )

    def _field(self, question: FeedbackQuestion) -> forms.Field:
        text = said(question.texts, self.language)
        if question.kind != QuestionKind.TEXT:
            return self._choice(self._answers(question), text)
        return forms.CharField(
            label=text,
            required=False,
            max_length=LONGEST_ANSWER,
            error_messages={"max_length": self.words["too_long"]},
        )

    def _answers(self, question: FeedbackQuestion) -> list[tuple[str, str]]:
        return [(str(number), said(texts, self.language)) for number, texts in question.answers]

    @property
    def asked(self) -> list[Asked]:
        return [
            Asked(one, said(one.texts, self.language), self._answers(one), self[f"q{one.pk}"])
            for one in self.questions
        ]

    def clean_form(self) -> Any:
        return self.cleaned_data[MARK] or uuid4()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = [value for name, value in cleaned.items() if name.startswith("q") and value]
        if not given and not self.errors:
            self.add_error(None, self.words["nothing"])
        return cleaned

    @property
    def numbers(self) -> dict[int, int]:
        return {
            one.pk: int(self.cleaned_data[f"q{one.pk}"])
            for one in self.questions
            if one.kind != QuestionKind.TEXT and self.cleaned_data[f"q{one.pk}"]
        }

    @property
    def texts(self) -> dict[int, str]:
        return {
            one.pk: self.cleaned_data[f"q{one.pk}"]
            for one in self.questions
            if one.kind == QuestionKind.TEXT and self.cleaned_data[f"q{one.pk}"]
        }

    @property
    def agency(self) -> int | None:
        chosen = self.cleaned_data.get(AGENCY)
        return int(chosen) if chosen else None
