"""The form by which staff change tags, marking and release of a submitted lesson."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from agencies.models import User
from lessons.handling import HANDLED
from lessons.models import Lesson
from lessons.move_forms import long_text
from lessons.readers import newly_reading
from records.choices import PartnersField, PeopleField
from records.forms import RecordForm


class HandlingForm(RecordForm):
    """Category, themes, partners, priority, threats, elements, marking and who may read it.

    ``widened`` holds, in words, whom the values sent would newly let read the lesson; then the
    form asks for a confirmation before it is valid.
    """

    comment = long_text(_("Why"), required=False, words="", rows=3)
    confirm = forms.BooleanField(label=_("They may read it. I checked the text."), required=False)

    class Meta:
        model = Lesson
        fields = HANDLED
        field_classes = {
            "partners": PartnersField,
            "red_recipients": PeopleField,
            "themes": ManyField,
        }

    def __init__(self, data: QueryDict | None = None, *, user: User, instance: Lesson) -> None:
        # The instance takes what is typed, right or wrong: whom it reaches now is asked first.
        self.before = Lesson.objects.get(pk=instance.pk)
        self.widened: list[str] = []
        super().__init__(data, user=user, instance=instance)
        self.fields["partners"].required = True
        self.fields["partners"].error_messages["required"] = _("Name at least one partner.")
        for name in ("category", "themes"):
            self.fields[name].required = instance.is_published

    def sections(self) -> list[Any]:
        return [
            self.section(_("Where it belongs"), "category", "themes", "partners"),
            self.section(_("What it is about"), "priority", "threats", "dotmlpfi"),
            self.section(_("Who may read it"), *("tlp", "released_to", "red_recipients")),
            self.section(_("For the record"), "comment"),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        self.widened = newly_reading(
            self.before,
            tlp=cleaned["tlp"],
            released_to=cleaned["released_to"],
            red_recipients=cleaned["red_recipients"],
        )
        if self.widened and not self.confirms(self.widened):
            self.add_error("confirm", _("Confirm that they may read it."))
        return cleaned

    def confirms(self, widened: list[str]) -> bool:
        """Whether the tick was set under just these words, not under an earlier choice."""
        return bool(self.cleaned_data.get("confirm")) and (
            self.data.get("confirmed") == " ".join(widened)
        )

    @property
    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in HANDLED}
