"""Choosing records by their ids, also when what arrives can be no id."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy


def is_id(text: object) -> bool:
    """Whether ``text`` is a number that a database can look up as an id."""
    return str(text).isdecimal() and len(str(text)) < 19


class ManyField(forms.ModelMultipleChoiceField):
    """Several records by their ids; numbers that no id can be are refused like any other."""

    default_error_messages = {
        "invalid_choice": gettext_lazy("Choose from the list."),
        "invalid_pk_value": gettext_lazy("Choose from the list."),
    }

    def _check_values(self, value: Any) -> QuerySet[Any]:
        if not all(is_id(pk) for pk in value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice")
        found: QuerySet[Any] = super()._check_values(value)  # type: ignore[misc]
        return found
