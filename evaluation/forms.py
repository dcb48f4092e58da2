"""The form of an indicator, and the small ones around its values."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from evaluation.models import Indicator
from evaluation.numbers import Sign
from evaluation.pasting import MOST_SIGNS, DateOrder, Totals
from evaluation.recording import REASON_LENGTH
from evaluation.vocabulary import About
from records.choices import PartnersField, PeopleField, RecordField
from records.forms import MARKING, RecordForm, date_input, text_area

SETTLED = ("measure", "step", "first_month")
"""What can no longer be changed once there are values, or another indicator is compared with it."""

PLAIN = {"data-no-optional": ""}
"""Of fields that always say something, or one of which is enough: nothing about optional."""


class ActionField(RecordField):
    """One action: those have no reference."""

    def label_from_instance(self, record: Any) -> str:
        return str(record)


class IndicatorForm(RecordForm):
    CONSTRAINTS: ClassVar = {
        "indicator_is_about_one_record": (
            About.AGREEMENT.value,
            _("Choose what it is about: one agreement, program, exercise or action."),
        ),
        "indicator_other_date_has_a_reason": (
            "intervention_reason",
            _("Give the date and the reason together."),
        ),
        "indicator_compares_a_period_or_more": (
            "periods_before",
            _("Compare one period or more."),
        ),
        "indicator_is_not_compared_with_itself": (
            "comparison",
            _("It cannot be compared with itself."),
        ),
    }

    class Meta:
        model = Indicator
        fields = (
            "agency",
            "title",
            "definition",
            "formula",
            "measure",
            "unit",
            "step",
            "first_month",
            "better",
            "source",
            "limitations",
            *About.values,
            "partners",
            "intervention_on",
            "intervention_reason",
            "comparison",
            "periods_before",
            "periods_after",
            "same_season",
            "leave_out_event",
            "use_provisional",
            *MARKING,
        )
        field_classes: ClassVar = {
            "partners": PartnersField,
            "red_recipients": PeopleField,
            "released_to": ManyField,
            "agreement": RecordField,
            "program": RecordField,
            "exercise": RecordField,
            "action": ActionField,
            "comparison": RecordField,
        }
        help_texts: ClassVar = {
            "title": _("Such as “Border incidents, Tarajal section”."),
            "definition": _("What is counted or timed, and where."),
            "formula": _("How a value is worked out, so that somebody else gets the same one."),
            "measure": _(
                "A count of cases, how many of how many, a time taken, or any other amount."
            ),
            "unit": _("Such as incidents, minutes, % or EUR."),
            "first_month": _("Of a fiscal year; it decides where quarters and years begin."),
            "source": _("The register or system that the values come from."),
            "limitations": _(
                "What a reader must know: what is not counted, who counts differently, what else"
                " changed. It stands beside every result."
            ),
            "agreement": _("Choose one of the four: what the indicator is to tell the effect of."),
            "intervention_on": _(
                "Left open, it is the start of the exercise or program, entry into force of the"
                " agreement, or the day on which the action was finished."
            ),
            "comparison": _(
                "The same measure where nothing was changed: another route, section or post."
            ),
            "periods_before": _("Left open, as many whole years as there are on both sides."),
            "periods_after": _("Decide it before you look at the result."),
            "same_season": _("Only periods of the year that have a value on both sides."),
            "leave_out_event": _("The period in which the change falls belongs to neither side."),
            "use_provisional": _("Otherwise only final values are compared."),
        }
        labels: ClassVar = {"limitations": _("Known limitations")}
        widgets: ClassVar = {
            "title": text_area(2),
            "definition": text_area(3),
            "formula": text_area(3),
            "source": text_area(2),
            "limitations": text_area(4),
            "intervention_reason": text_area(2),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        required = {
            "title": _("Give it a name."),
            "definition": _("Say what it measures."),
            "formula": _("Say how a value is worked out."),
            "unit": _("Give the unit."),
            "source": _("Say where the values come from."),
            "limitations": _("Say what the figures cannot tell: no figure is without limits."),
            "partners": _("Name at least one partner."),
        }
        for name, words in required.items():
            self.fields[name].error_messages["required"] = words
        if not self.creating and is_settled(self.instance):
            for name in SETTLED:
                self.fields[name].disabled = True
                self.fields[name].help_text = _("It stays as it is: there are values already.")

    def _narrow(self) -> None:
        super()._narrow()
        if not set(About.values) <= self.fields.keys():
            # It is about something that this person may not see, and stays so.
            for name in About.values:
                self.fields.pop(name, None)
        if "comparison" in self.fields:
            field = cast(forms.ModelChoiceField, self.fields["comparison"])
            field.queryset = cast(QuerySet[Any], field.queryset).order_by("-recorded_on", "-pk")

    def sections(self) -> list[Any]:
        parts = [
            self.section(_("The indicator"), "agency", "title", "definition", "formula"),
            self.section(
                _("How it is measured"),
                ("measure", "unit"),
                ("step", "first_month"),
                "better",
                "source",
                "limitations",
            ),
            self.section(
                _("What it is about"),
                ("agreement", "program"),
                ("exercise", "action"),
                "partners",
                ("intervention_on", "intervention_reason"),
            ),
            self.section(
                _("How it is compared"),
                "comparison",
                ("periods_before", "periods_after"),
                "same_season",
                "leave_out_event",
                "use_provisional",
            ),
            self.section(_("Who may read it"), *MARKING),
        ]
        return [part for part in parts if part is not None]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        other = cleaned.get("comparison")
        if other is not None and not set(SETTLED) & set(self.errors):
            named = Indicator(**{name: cleaned.get(name) for name in SETTLED})
            if not named.is_like(other):
                self.add_error(
                    "comparison",
                    _("It has another kind of measure or other periods, so it cannot be compared."),
                )
        return cleaned


def is_settled(indicator: Indicator) -> bool:
    return indicator.measurements.exists() or indicator.compared.exists()


class ReadingForm(forms.Form):
    """How what was pasted is to be read, and what it says."""

    text = forms.CharField(
        label=_("Periods and values"),
        max_length=MOST_SIGNS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "dir": "ltr", **PLAIN}),
    )
    file = forms.FileField(
        label=_("Or a CSV or Excel file"), required=False, widget=forms.FileInput(attrs=PLAIN)
    )
    totals = forms.ChoiceField(
        label=_("The figures are"),
        choices=Totals.choices,
        required=False,
        widget=forms.Select(attrs=PLAIN),
    )
    sign = forms.ChoiceField(
        label=_("Sign before decimals"),
        choices=[("", _("As the figures show")), *Sign.choices],
        required=False,
        widget=forms.Select(attrs=PLAIN),
    )
    order = forms.ChoiceField(
        label=_("Dates with figures alone"),
        choices=[("", _("As the dates show")), *DateOrder.choices],
        required=False,
        widget=forms.Select(attrs=PLAIN),
    )
    why = forms.CharField(
        label=_("Why values are revised"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=_("Needed if a value that is recorded already becomes another one."),
    )


class BreakForm(forms.Form):
    """A day from which values count something else."""

    on = forms.DateField(
        label=_("From"),
        widget=date_input(),
        error_messages={"required": _("Say from which day on.")},
    )
    reason = forms.CharField(
        label=_("What changed"),
        max_length=REASON_LENGTH,
        help_text=_("Such as a new definition, source or way of counting."),
        error_messages={"required": _("Say what changed.")},
    )
