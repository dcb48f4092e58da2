"""The form of a success story."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from evaluation.models import Story
from lessons.vocabulary import Status
from records.choices import PartnersField, PeopleField, RecordField
from records.forms import MARKING, RecordForm, text_area
from records.vocabulary import TLP


class StoryForm(RecordForm):
    CONSTRAINTS: ClassVar = {
        "story_is_about_one_thing": (
            "lesson",
            _("Choose the lesson or the program: one of them."),
        ),
    }

    class Meta:
        model = Story
        fields = (
            "agency",
            "title",
            "problem",
            "done",
            "changed",
            "quote",
            "quoted",
            "lesson",
            "program",
            "partners",
            *MARKING,
        )
        field_classes: ClassVar = {
            "partners": PartnersField,
            "lesson": RecordField,
            "program": RecordField,
            "red_recipients": PeopleField,
            "released_to": ManyField,
        }
        labels: ClassVar = {
            "problem": _("What was the problem?"),
            "done": _("What was done?"),
            "changed": _("What changed?"),
        }
        help_texts: ClassVar = {
            "title": _("What changed, in one sentence."),
            "lesson": _("One that was learned: its proof stands on the page for who may read it."),
            "program": _("Or a program with a result."),
            "changed": _("With figures, if you have them: before and after."),
            "quote": _("A sentence of somebody who was there, with their consent."),
            "quoted": _("By function, not by name: “Patrol leader, GNR”."),
        }
        widgets: ClassVar = {
            "title": text_area(2),
            "problem": text_area(5),
            "done": text_area(5),
            "changed": text_area(5),
            "quote": text_area(2),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "lesson" in self.fields:
            field = cast(forms.ModelChoiceField, self.fields["lesson"])
            learned = Q(status=Status.LEARNED) | Q(pk=self.instance.lesson_id)
            field.queryset = cast(Any, field.queryset).filter(learned)
        for name, words in {
            "title": _("Give it a title."),
            "partners": _("Name at least one partner."),
            "problem": _("Say what the problem was."),
            "done": _("Say what was done."),
            "changed": _("Say what changed."),
        }.items():
            self.fields[name].error_messages["required"] = words

    def sections(self) -> list[Any]:
        parts = [
            self.section(_("The story"), "agency", "title", "problem", "done", "changed"),
            self.section(_("In somebody's words"), "quote", "quoted"),
            self.section(_("What it tells of"), "lesson", "program", "partners"),
            self.section(_("Who may read it"), *MARKING),
        ]
        return [part for part in parts if part is not None]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        sources = [
            cleaned[name] if name in self.fields else getattr(self.instance, name)
            for name in ("lesson", "program")
            if name in cleaned or name not in self.fields
        ]
        red = any(source is not None and source.tlp == TLP.RED for source in sources)
        if red and cleaned.get("tlp") not in {None, TLP.RED}:
            self.add_error("tlp", _("What it tells of is TLP:RED: mark the story so too."))
        return cleaned
