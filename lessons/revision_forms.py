"""The form in which the text of a published lesson is revised, and that of a decision about it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.models import User
from lessons.forms import LessonForm, one_line
from lessons.models import Lesson
from lessons.move_forms import long_text
from lessons.revising import Step, required_texts, texts_of
from lessons.versions import TEXTS, Revision
from records.forms import RecordForm


class RevisionForm(RecordForm):
    """Everything that a lesson says in words, as it would stand once it is approved."""

    comment = long_text(_("Why"), required=False, words="", rows=3)

    class Meta:
        model = Lesson
        fields = TEXTS
        labels: ClassVar = LessonForm.Meta.labels
        help_texts: ClassVar = LessonForm.Meta.help_texts
        widgets: ClassVar = LessonForm.Meta.widgets

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        lesson: Lesson,
        revision: Revision | None,
        as_typed: bool = False,
    ) -> None:
        # Another instance: the page shows the lesson as readers have it.
        instance = Lesson.objects.get(pk=lesson.pk)
        instance.version = lesson.version
        super().__init__(
            data,
            user=user,
            instance=instance,
            initial=texts_of(lesson, revision),
            as_typed=as_typed,
        )
        self.fields["comment"].help_text = _("Whoever approves it reads this.")
        for name in required_texts(lesson):
            self.fields[name].widget.attrs["data-no-optional"] = ""

    def sections(self) -> list[Any]:
        return [
            self.section(_("What happened"), "title", "observation"),
            self.section(_("Why"), "discussion"),
            self.section(_("What follows"), "conclusion", "recommendation"),
            self.section(_("When to use it again"), "applies_when", "does_not_apply_when"),
            self.section(_("For the record"), "comment"),
        ]

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"])

    def _post_clean(self) -> None:
        """What may not be empty is said by the verb, beside its field."""

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in TEXTS}


class DecisionForm(forms.Form):
    """The words of one decision; each button of the page is a form of its own."""

    def __init__(self, data: QueryDict | None, *, step: Step) -> None:
        super().__init__(data, prefix=None, auto_id=f"id_{step.name}_%s")
        label = _("Your question") if step.name == "return_revision" else _("The reason")
        self.fields["comment"] = long_text(
            label if step.needs_comment else _("A word for the record"),
            required=step.needs_comment,
            words=_("Write a few words: they stay with the lesson and are read."),
            rows=3,
        )
