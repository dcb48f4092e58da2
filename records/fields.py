"""A field that holds several values of one fixed vocabulary."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

SEPARATOR = "|"


class ChoicesField(models.Field):
    """Several values of ``vocabulary`` in one column, in the vocabulary's order.

    In Python a list of values, in the database text such as ``|drugs|weapons|``, so that
    ``threats__has="drugs"`` is one comparison on every database and never matches half a value.
    """

    default_error_messages = {"unknown": _("“%(value)s” is not one of the choices.")}

    def __init__(self, vocabulary: type[models.TextChoices] | None = None, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("default") is list:
            del kwargs["default"]
        if kwargs.get("blank"):
            del kwargs["blank"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, *args: object) -> list[str]:
        return self.to_python(value)

    def to_python(self, value: Any) -> list[str]:
        if not value:
            return []
        if isinstance(value, str):
            return [part for part in value.split(SEPARATOR) if part]
        return list(value)

    def get_prep_value(self, value: Any) -> str:
        given = set(self.to_python(value))
        ordered = (
            [choice for choice in self.vocabulary.values if choice in given]
            if self.vocabulary
            else []
        )
        # Values that left the vocabulary stay readable: old records are not rewritten in silence.
        ordered += sorted(given.difference(ordered))
        return SEPARATOR + SEPARATOR.join(ordered) + SEPARATOR if ordered else ""

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value or [], model_instance)
        if self.vocabulary is None:
            return
        for one in value or []:
            if one not in self.vocabulary.values:
                raise ValidationError(
                    self.error_messages["unknown"], code="unknown", params={"value": one}
                )

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def labels(self, values: list[str]) -> list[str]:
        """The words for ``values``, for display."""
        known = dict(self.vocabulary.choices) if self.vocabulary else {}
        return [str(known.get(value, value)) for value in values]

    def formfield(self, **kwargs: Any) -> forms.Field:
        options: dict[str, Any] = {
            "required": not self.blank,
            "label": capfirst(self.verbose_name),
            "help_text": self.help_text,
            "choices": self.vocabulary.choices if self.vocabulary else [],
        }
        options.update(kwargs)
        options.pop("form_class", None)
        options.pop("choices_form_class", None)
        return forms.MultipleChoiceField(**options)


@ChoicesField.register_lookup
class Has(models.Lookup):
    """``field__has=value``: the value is among those held."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        sql, params = self.process_lhs(compiler, connection)
        sought = f"%{SEPARATOR}{connection.ops.prep_for_like_query(str(self.rhs))}{SEPARATOR}%"
        return f"{sql} LIKE %s ESCAPE '\\'", (*params, sought)
