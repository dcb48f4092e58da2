"""Rows within a form, such as an exercise's objectives: added, removed and saved with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import Model, QuerySet
from django.forms.formsets import (
    DELETION_FIELD_NAME,
    INITIAL_FORM_COUNT,
    TOTAL_FORM_COUNT,
)
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict

from pages.rows import number
from records.forms import AsTypedMixin, name_the_open_choice


class RowForm(AsTypedMixin, forms.ModelForm):
    """One row of a formset."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            longest = field.widget.attrs.pop("maxlength", None)
            if longest:
                field.widget.attrs.update({"data-max": longest, "dir": "auto"})
            if isinstance(field, forms.TypedChoiceField):
                name_the_open_choice(field)


class RowFormSet(BaseInlineFormSet):
    """The rows of one kind; with ``as_typed`` they are shown without being judged."""

    def __init__(self, *args: Any, as_typed: bool = False, **kwargs: Any) -> None:
        self.as_typed = as_typed
        super().__init__(*args, **kwargs)

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.as_typed = self.as_typed
        return form

    @classmethod
    def rows_of(cls, record: Model | None) -> QuerySet[Any]:
        """The rows that ``record`` has; none where there is no record yet."""
        rows: QuerySet[Any] = cast(Any, cls).model._base_manager.all()
        link = cast(Any, cls).fk.name
        return rows.filter(**{link: record}) if record is not None else rows.none()

    def full_clean(self) -> None:
        if self.as_typed:
            self._errors: list[Any] = []
            self._non_form_errors = self.error_class()
        else:
            super().full_clean()

    def validate_unique(self) -> None:
        """What may not occur twice is said by ``clean`` beside the row."""

    @property
    def kept_forms(self) -> list[Any]:
        """The rows that will be there after saving."""
        return [
            form
            for form in self.forms
            if form.has_changed() or form.instance.pk
            if not (self.can_delete and is_removed(form))
        ]


def realign(data: QueryDict, prefix: str, existing: Iterable[int]) -> None:
    """Put rows that still exist (ids) first and let the others be new ones.

    Django tells old rows from new ones by position; without this a row that somebody else
    removed meanwhile, or a foreign id, would break the form instead of becoming a new row.
    """
    known = {str(pk) for pk in existing}
    rows: list[dict[str, list[str]]] = []
    for index in range(number(data, f"{prefix}-{TOTAL_FORM_COUNT}")):
        start = f"{prefix}-{index}-"
        names = [name for name in data if name.startswith(start)]
        rows.append({name.removeprefix(start): data.getlist(name) for name in names})
        for name in names:
            del data[name]
    old: list[dict[str, list[str]]] = []
    new: list[dict[str, list[str]]] = []
    for row in rows:
        pk = (row.get("id") or [""])[0]
        if pk in known:
            known.discard(pk)
            old.append(row)
        elif not any(row.get(DELETION_FIELD_NAME, [])):
            # A new row that was removed again is nothing.
            new.append(row | {"id": [""]})
    for index, row in enumerate(old + new):
        for name, values in row.items():
            data.setlist(f"{prefix}-{index}-{name}", values)
    data[f"{prefix}-{TOTAL_FORM_COUNT}"] = str(len(old) + len(new))
    data[f"{prefix}-{INITIAL_FORM_COUNT}"] = str(len(old))


def is_removed(form: forms.BaseForm) -> bool:
    """Whether the row's tick-box says to remove it, also while it is not judged yet."""
    return bool(form.data.get(form.add_prefix(DELETION_FIELD_NAME))) if form.is_bound else False
