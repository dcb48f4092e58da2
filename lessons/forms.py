"""The forms of a lesson: three fields to log it, sections to complete it."""

from __future__ import annotations

from typing import Any, ClassVar

from crispy_forms.layout import HTML
from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from lessons.handling import HANDLED
from lessons.models import Lesson, Theme
from lessons.vocabulary import Status
from programs.models import LONG_TEXT
from programs.periods import first_day
from records.choices import PartnersField, PeopleField, RecordField, RecordsField
from records.forms import MARKING, RecordForm, text_area

CONFIRMATION = "nothing_secret"
"""The tick that the move *submit* knows as ``clean``."""


def one_line(text: str) -> str:
    """A title is one sentence, however many lines were typed."""
    return " ".join(text.split())


def confirmation() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("No personal data, nothing classified"),
        help_text=_("Needed to submit it for review. A draft can be saved without."),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-no-optional": ""}),
    )


class QuickLessonForm(RecordForm):
    """Title, what happened, partner: enough for a reviewer to work with."""

    nothing_secret = confirmation()

    class Meta:
        model = Lesson
        fields = ("agency", "title", "observation", "partners", "exercise", "program", "agreement")
        field_classes: ClassVar = {
            "partners": PartnersField,
            "exercise": RecordField,
            "program": RecordField,
            "agreement": RecordField,
        }
        labels: ClassVar = {
            "title": _("The point, in one sentence"),
            "observation": _("What happened"),
            "partners": _("Partner"),
            "exercise": _("From which exercise?"),
            "agency": _("For which agency?"),
        }
        help_texts: ClassVar = {
            "title": _("What should the next crew know?"),
            "observation": _("What was expected, and what happened instead. No names of persons."),
            "partners": _("Country or organization on the other side."),
            "agency": "",
        }
        widgets: ClassVar = {
            "title": text_area(2),
            "observation": text_area(6),
            "program": forms.HiddenInput,
            "agreement": forms.HiddenInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.creating:
            self.instance.originator = self.user
        for name in ("title", "observation", "partners"):
            self.fields[name].widget.attrs["data-no-optional"] = ""
        self.fields["exercise"].widget.attrs["data-placeholder"] = _("Choose an exercise")

    def sections(self) -> list[Any]:
        names = (
            "title",
            "observation",
            "partners",
            "exercise",
            "agency",
            CONFIRMATION,
            "program",
            "agreement",
        )
        return [name for name in names if name in self.fields]

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        # What it needs to be submitted, the move says all at once.
        written = "submit" in self.data or cleaned.get("title") or cleaned.get("observation")
        if not written and not self.errors:
            self.add_error("title", _("Write something first: the point, or what happened."))
        return cleaned


class LessonForm(RecordForm):
    """Everything that a lesson says, for its author or for the assigned reviewer.

    The author alone says how to be named, answers a question and confirms that it may be
    submitted.
    """

    nothing_secret = confirmation()
    answer = forms.CharField(
        label=_("Your answer to the reviewer"),
        max_length=LONG_TEXT,
        required=False,
        widget=text_area(3),
    )

    class Meta:
        model = Lesson
        fields = (
            "title",
            "kind",
            "observation",
            "occurred_on",
            "occurred_precision",
            "place",
            "discussion",
            "conclusion",
            "recommendation",
            "exercise",
            "program",
            "agreement",
            "reporting_context",
            "recurrence_of",
            "derived_from",
            "partners",
            "category",
            "themes",
            "threats",
            "priority",
            "dotmlpfi",
            "evidence_source",
            "evidence_information",
            "language",
            "applies_when",
            "does_not_apply_when",
            *MARKING,
            "attribution",
        )
        field_classes: ClassVar = {
            "partners": PartnersField,
            "red_recipients": PeopleField,
            "themes": ManyField,
            "released_to": ManyField,
            "exercise": RecordField,
            "program": RecordField,
            "agreement": RecordField,
            "recurrence_of": RecordField,
            "derived_from": RecordsField,
        }
        labels: ClassVar = {
            "title": _("The point, in one sentence"),
            "occurred_precision": _("Known to the"),
            "attribution": _("How you are named"),
        }
        help_texts: ClassVar = {
            "title": _("What should the next crew know?"),
            "kind": _("Improve what went wrong, or sustain what went well."),
            "observation": _("What was expected, and what happened instead. No names of persons."),
            "discussion": _("Causes, not persons: what made it go this way?"),
            "conclusion": _("What is true beyond this one case?"),
            "recommendation": _("One change that one agency can make, and how one would notice."),
            "occurred_on": _("For a month or a year, any day in it."),
            "occurred_precision": _("How exactly you know when."),
            "category": _("What it says about the cooperation."),
            "place": _("Sector, port, crossing point; leave out what must not be known."),
            "reporting_context": _("On what occasion it was noticed."),
            "recurrence_of": _("A lesson that was thought learned and came back."),
            "derived_from": _("Lessons that this one builds on."),
            "partners": _("Countries and organizations on the other side."),
            "themes": _("What it is about; two or three are enough."),
            "priority": _("Urgent: somebody may come to harm."),
            "applies_when": _("In which conditions should the next crew use it?"),
            "does_not_apply_when": _("When would it mislead?"),
            "attribution": _("Reviewers of your agency always see your name."),
        }
        widgets: ClassVar = {
            "title": text_area(2),
            "observation": text_area(7),
            "discussion": text_area(5),
            "conclusion": text_area(3),
            "recommendation": text_area(4),
            "applies_when": text_area(2),
            "does_not_apply_when": text_area(2),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"title", "observation", "partners"} & self.fields.keys():
            self.fields[name].widget.attrs["data-no-optional"] = ""
        field = self.fields.get("themes")
        if isinstance(field, forms.ModelMultipleChoiceField):
            themes = Theme.objects.in_use() | Theme.objects.filter(lessons=self.instance.pk)
            field.queryset = themes.distinct()

    @property
    def by_reviewer(self) -> bool:
        return self.instance.status == Status.IN_REVIEW

    def sections(self) -> list[Any]:
        if self.instance.originator_id is None:
            # Nobody knows who said it: there is nobody to name.
            self.fields.pop("attribution", None)
        if self.by_reviewer:
            for name in ("attribution", "answer", CONFIRMATION):
                self.fields.pop(name, None)
        elif self.instance.status != Status.RETURNED:
            del self.fields["answer"]
        else:
            # From submission on these are the reviewers' to change, each change with an event.
            for name in HANDLED:
                self.fields.pop(name, None)
        original = HTML('{% include "lessons/_original.html" %}')
        parts = [
            self.section(_("Your answer"), "answer"),
            self.section(
                _("What happened"),
                "title",
                "kind",
                ("observation", original) if self.by_reviewer else "observation",
                ("occurred_on", "occurred_precision"),
                "place",
            ),
            self.section(_("Why"), "discussion"),
            self.section(_("What follows"), "conclusion", "recommendation"),
            self.section(
                _("Where it comes from"),
                "exercise",
                ("program", "agreement"),
                "reporting_context",
                "recurrence_of",
                "derived_from",
            ),
            self.section(
                _("Where it belongs"),
                "partners",
                ("category", "priority"),
                "themes",
                "threats",
                "dotmlpfi",
                ("evidence_source", "evidence_information"),
                "language",
            ),
            self.section(_("When to use it again"), "applies_when", "does_not_apply_when"),
            self.section(_("Who may read it"), *MARKING, "attribution"),
            self.section(_("Before you submit it"), CONFIRMATION),
        ]
        return [part for part in parts if part is not None]

    def clean_title(self) -> str:
        return one_line(self.cleaned_data["title"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.status != Status.DRAFT:
            for name in ("title", "observation"):
                if name in cleaned and not cleaned[name]:
                    self.add_error(name, _("It was submitted already and cannot be empty."))
        day = cleaned.get("occurred_on")
        if day:
            cleaned["occurred_on"] = first_day(day, cleaned.get("occurred_precision", ""))
        return cleaned
