"""The form of an evaluation: a row for each objective, the meetings, and why no lesson."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.models import User
from pages.resume import PERSON_FIELD, person_token
from programs.evaluating import REASON_LENGTH, Given, Rated, rate_it
from programs.models import LONG_TEXT, Exercise, Objective
from programs.vocabulary import Rating
from records.forms import AsTypedMixin, date_input, text_area

ROWS = ("rating_", "narrative_")
"""How the names of the fields of an objective begin."""


class EvaluationForm(AsTypedMixin, forms.Form):
    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    person = forms.CharField(widget=forms.HiddenInput, required=False)
    hot_wash_on = forms.DateField(
        label=_("Hot wash on"),
        help_text=_("The talk right after it."),
        required=False,
        widget=date_input(),
    )
    after_action_on = forms.DateField(
        label=_("After-action meeting on"), required=False, widget=date_input()
    )
    no_lesson = forms.CharField(
        label=_("Why there is no lesson"),
        help_text=_("Only if none was logged from it."),
        required=False,
        widget=text_area(3),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        exercise: Exercise,
        objectives: list[Objective],
        user: User,
        no_lesson: str = "",
        as_typed: bool = False,
    ) -> None:
        self.objectives = objectives
        self.as_typed = as_typed
        initial = {
            "version": exercise.version,
            PERSON_FIELD: person_token(user),
            "hot_wash_on": exercise.hot_wash_on,
            "after_action_on": exercise.after_action_on,
            "no_lesson": no_lesson,
        }
        super().__init__(data, initial=initial)
        for objective in objectives:
            self._add_row(objective)
        # Errors are listed in the order in which the page shows the fields.
        self.order_fields([name for name in self.fields if name.startswith(ROWS)])
        self.fields["no_lesson"].widget.attrs["data-max"] = str(REASON_LENGTH)

    def _add_row(self, objective: Objective) -> None:
        self.fields[f"rating_{objective.pk}"] = forms.ChoiceField(
            label=_("How well it was met"),
            choices=[(one.value, f"{one.value} · {one.label}") for one in Rating],
            initial=objective.rating,
            widget=forms.RadioSelect(),
            error_messages=dict.fromkeys(("required", "invalid_choice"), rate_it(objective)),
        )
        narrative = forms.CharField(
            label=_("What was seen"),
            initial=objective.narrative,
            required=False,
            widget=text_area(2),
        )
        narrative.widget.attrs["data-max"] = str(LONG_TEXT)
        self.fields[f"narrative_{objective.pk}"] = narrative

    @property
    def rows(self) -> list[tuple[Objective, Any, Any]]:
        """Each objective with its two fields."""
        return [
            (one, self[f"rating_{one.pk}"], self[f"narrative_{one.pk}"]) for one in self.objectives
        ]

    @property
    def differs(self) -> bool:
        """Whether it says something else than what is saved."""
        return bool({*self.changed_data} - {"version", PERSON_FIELD})

    @property
    def given(self) -> Given:
        values = self.cleaned_data
        return Given(
            {
                one.pk: Rated(values[f"rating_{one.pk}"], values[f"narrative_{one.pk}"])
                for one in self.objectives
            },
            hot_wash_on=values["hot_wash_on"],
            after_action_on=values["after_action_on"],
            no_lesson=values["no_lesson"],
        )
