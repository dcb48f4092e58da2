"""What differs between a form as somebody typed it and the record as it now stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from records.forms import RecordForm
from records.rows import RowFormSet, is_removed


@dataclass(frozen=True)
class Difference:
    """One field in words: as somebody else saved it, and as it was typed here."""

    label: str
    theirs: str
    mine: str


def differences(form: RecordForm, rows: Iterable[RowFormSet]) -> list[Difference]:
    """Compare what ``form`` and ``rows`` are bound to with their instance, field by field."""
    found = [
        Difference(str(bound.label), in_words(bound, bound.initial), in_words(bound, bound.data))
        for bound in form.visible_fields()
        if is_of_the_record(form, bound)
    ]
    for formset in rows:
        saved = type(formset)(instance=formset.instance, prefix=formset.prefix)
        label = str(formset.rows_of(None).model._meta.verbose_name_plural).capitalize()
        found.append(Difference(label, rows_in_words(saved), rows_in_words(formset)))
    return [one for one in found if one.theirs != one.mine]


def is_of_the_record(form: RecordForm, bound: BoundField) -> bool:
    """Confirmations and answers belong to the deed, not to the record."""
    return bound.name in (form._meta.fields or ())


def rows_in_words(formset: RowFormSet) -> str:
    lines = []
    for row in formset.forms:
        if is_removed(row):
            continue
        words = [
            in_words(bound, bound.data if row.is_bound else bound.initial)
            for bound in row.visible_fields()
            if bound.name != "DELETE"
        ]
        said = [word for word in words if word]
        if said and (row.instance.pk or row.has_changed()):
            lines.append(" · ".join(said))
    return "\n\n".join(lines)


def in_words(bound: BoundField, value: Any) -> str:
    """A value, raw or clean, as its reader knows it."""
    field = bound.field
    value = field.prepare_value(value)
    if isinstance(field, forms.BooleanField):
        return _("yes") if field.to_python(value) else _("no")
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        given = value if isinstance(value, list | tuple | set) else [value]
        chosen = {str(one) for one in given if one not in (None, "")}
        return ", ".join(label for key, label in flat(field.choices) if key in chosen)
    if isinstance(field, forms.DateField):
        try:
            day = field.to_python(value)
        except forms.ValidationError:
            return str(value)
        return date_format(day, "j M Y") if day else ""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def flat(choices: Any) -> Iterator[tuple[str, str]]:
    """Choices without their groups."""
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from flat(label)
        else:
            yield str(key), str(label)
