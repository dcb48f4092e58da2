"""How one person wants to get each kind of notice."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms

from agencies.models import User
from notices.kinds import kinds_for
from notices.telling import chosen_by
from notices.vocabulary import When


class WhenForm(forms.Form):
    """One choice for each kind that may come to the person."""

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = chosen_by(person)
        for kind in kinds_for(person):
            self.fields[kind.name] = forms.ChoiceField(
                label=str(kind.label), choices=When.choices, initial=chosen[kind.name]
            )
        self.helper = FormHelper()
        self.helper.form_tag = False
        names = list(self.fields)
        self.helper.layout = Layout(
            *(Row(*map(Column, names[place : place + 2])) for place in range(0, len(names), 2))
        )
