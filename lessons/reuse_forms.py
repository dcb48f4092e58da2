"""The form by which an agency says that it used a lesson."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from lessons.models import COMMENT_LENGTH, Reuse
from pages.resume import PERSON_FIELD
from records.choices import RecordField
from records.forms import RecordForm, text_area


class ReuseForm(RecordForm):
    """Which agency, when, in which activity, whether it helped and what came of it."""

    CONSTRAINTS: ClassVar = {
        "reuse_in_one_activity_at_most": ("agreement", _("Name one activity, not several.")),
        "reuse_says_what_came_of_it": ("result", _("Say what came of it.")),
    }

    class Meta:
        model = Reuse
        fields = ("agency", "used_on", "exercise", "program", "agreement", "outcome", "result")
        field_classes: ClassVar = dict.fromkeys(Reuse.ACTIVITIES, RecordField)
        widgets: ClassVar = {"outcome": forms.RadioSelect(), "result": text_area(4)}
        help_texts: ClassVar = {
            "used_on": _("For a month, any day in it."),
            "exercise": _("If it was in one: name one activity at most."),
            "result": _("What you changed or did differently, and what happened. Readers of the "
                        "lesson see this."),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["used_on"].error_messages["required"] = _("Say when you used it.")
        self.fields["outcome"].error_messages["required"] = _("Say whether it helped.")
        outcome: Any = self.fields["outcome"]
        outcome.label = _("Did it help?")
        outcome.choices = [(value, label) for value, label in outcome.choices if value]
        self.fields["result"].error_messages["required"] = _("Say what came of it.")
        self.fields["result"].widget.attrs["data-max"] = str(COMMENT_LENGTH)

    def sections(self) -> list[Any]:
        parts = [
            self.section(_("Who used it, and when"), "agency", "used_on"),
            self.section(_("In which activity"), "exercise", ("program", "agreement")),
            self.section(_("What came of it"), "outcome", "result"),
        ]
        return [part for part in parts if part is not None]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if any(cleaned.get(name) for name in Reuse.ACTIVITIES):
            # What this person may not see gives way to what they name.
            for name in set(Reuse.ACTIVITIES) - set(self.fields):
                setattr(self.instance, name, None)
        return cleaned

    @property
    def differs(self) -> bool:
        """Whether it says something else than what is saved."""
        return bool({*self.changed_data} - {"version", PERSON_FIELD})

    @property
    def given(self) -> dict[str, Any]:
        """What the verb is given; activities that this person may not see are left out."""
        wanted = {*self.fields} - {"agency", "uuid", "version", "person"}
        return {name: value for name, value in self.cleaned_data.items() if name in wanted}

    def add_error(self, field: str | None, error: Any) -> None:
        """Say once what both the form and the database would say of a field that is empty."""
        if field is None or field not in self.errors:
            super().add_error(field, error)
