"""The forms of agreements, programs and exercises, with the rows of an exercise."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.forms.models import inlineformset_factory
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from agencies.models import Agency
from pages.rows import MOST_ROWS
from programs.models import Agreement, Exercise, Objective, Participation, Program
from programs.periods import first_day, last_day
from programs.vocabulary import CURRENCIES
from records.choices import PartnersField, PeopleField, RecordField, agencies_to_name
from records.forms import MARKING, RecordForm, text_area
from records.rows import RowForm, RowFormSet

MARKING_FIELDS = {
    "partners": PartnersField,
    "red_recipients": PeopleField,
    "released_to": ManyField,
}
DAY_HELP = _("For a month or a year, any day in it.")


class ActivityForm(RecordForm):
    """What the forms of the three activities have in common."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partners"].error_messages["required"] = _("Name at least one partner.")
        if "title" in self.fields:
            self.fields["title"].error_messages["required"] = _("Give it a title.")
        if "currency" in self.fields:
            self._offer_currencies()
        if "lead_agency" in self.fields and self.creating:
            self.initial.setdefault("lead_agency", self.user.standing.home)

    def _offer_currencies(self) -> None:
        kept = [self.instance.currency] if self.instance.currency else []
        codes = sorted({*CURRENCIES, *kept})
        choices = [("", _("Not stated")), *((code, code) for code in codes)]
        self.fields["currency"] = forms.ChoiceField(
            label=_("Currency"),
            choices=choices,
            required=False,
            widget=forms.Select(attrs={"data-select": ""}),
            error_messages={"invalid_choice": _("Choose a currency from the list.")},
        )

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def who_may_read(self) -> Any:
        return self.section(_("Who may read it"), *MARKING)


class AgreementForm(ActivityForm):
    CONSTRAINTS: ClassVar = {
        "agreement_signed_before_in_force": (
            "in_force_on",
            _("It cannot be in force before it was signed."),
        ),
        "agreement_in_force_before_expiry": (
            "expires_on",
            _("It cannot expire before it was in force."),
        ),
        "agreement_signed_before_expiry": (
            "expires_on",
            _("It cannot expire before it was signed."),
        ),
    }

    class Meta:
        model = Agreement
        fields = (
            "agency",
            "title",
            "type",
            "status",
            "partners",
            "party_agencies",
            "stated_structure",
            "signed_on",
            "in_force_on",
            "expires_on",
            "next_review_on",
            "tacit_renewal",
            "notice_period_days",
            "instruments",
            "summary",
            *MARKING,
        )
        field_classes: ClassVar = {**MARKING_FIELDS, "party_agencies": ManyField}
        labels: ClassVar = {"notice_period_days": _("Notice period, in days")}
        help_texts: ClassVar = {
            "title": _("As it is called between the parties."),
            "summary": _("What it allows, obliges to and leaves open, in your own words."),
            "instruments": _("Forms of cooperation that it provides for."),
            "tacit_renewal": _("It goes on unless a party gives notice."),
            "next_review_on": _("When you look at it again; it is shown as overdue afterwards."),
        }
        widgets: ClassVar = {"title": text_area(2), "summary": text_area(6)}

    def sections(self) -> list[Any]:
        parts = [
            self.section(_("The agreement"), "agency", "title", ("type", "status"), "summary"),
            self.section(_("The parties"), "partners", "party_agencies", "stated_structure"),
            self.section(
                _("Its dates"),
                ("signed_on", "in_force_on"),
                ("expires_on", "next_review_on"),
                "notice_period_days",
                "tacit_renewal",
            ),
            self.section(_("What it provides for"), "instruments"),
            self.who_may_read(),
        ]
        return [part for part in parts if part is not None]


COST_CONSTRAINT = ("currency", _("A cost needs its currency."))


class ProgramForm(ActivityForm):
    CONSTRAINTS: ClassVar = {
        "program_starts_before_it_ends": ("ends_on", _("It cannot end before it starts.")),
        "program_completed_at_most_enrolled": (
            "completed",
            _("More people completed it than enrolled."),
        ),
        "program_cost_has_a_currency": COST_CONSTRAINT,
    }

    class Meta:
        model = Program
        fields = (
            "agency",
            "title",
            "kind",
            "status",
            "summary",
            "partners",
            "lead_agency",
            "agreement",
            "starts_on",
            "ends_on",
            "objectives",
            "delivery",
            "technology",
            "places",
            "enrolled",
            "completed",
            "cost",
            "currency",
            *MARKING,
        )
        field_classes: ClassVar = {**MARKING_FIELDS, "agreement": RecordField}
        help_texts: ClassVar = {
            "lead_agency": _("Its members may read and edit this program."),
            "objectives": _("What people should be able to do afterwards."),
        }
        widgets: ClassVar = {
            "title": text_area(2),
            "summary": text_area(5),
            "objectives": text_area(4),
        }

    def sections(self) -> list[Any]:
        parts = [
            self.section(_("The program"), "agency", "title", ("kind", "status"), "summary"),
            self.section(_("With whom"), "partners", "lead_agency", "agreement"),
            self.section(_("When"), ("starts_on", "ends_on")),
            self.section(_("What it teaches or builds"), "objectives", "delivery", "technology"),
            self.section(
                _("Places and cost"), ("places", "enrolled", "completed"), ("cost", "currency")
            ),
            self.who_may_read(),
        ]
        return [part for part in parts if part is not None]


class ExerciseForm(ActivityForm):
    CONSTRAINTS: ClassVar = {
        "exercise_starts_before_it_ends": ("ends_on", _("It cannot end before it starts.")),
        "exercise_hot_wash_after_start": (
            "hot_wash_on",
            _("The hot wash cannot be before the exercise starts."),
        ),
        "exercise_after_action_after_start": (
            "after_action_on",
            _("The after-action meeting cannot be before the exercise starts."),
        ),
        "exercise_cost_has_a_currency": COST_CONSTRAINT,
        "exercise_evaluation_is_whole": (
            "status",
            _("It was evaluated: its status stays “held”."),
        ),
    }

    class Meta:
        model = Exercise
        fields = (
            "agency",
            "title",
            "kind",
            "status",
            "summary",
            "partners",
            "lead_agency",
            "program",
            "agreement",
            "starts_on",
            "starts_precision",
            "ends_on",
            "ends_precision",
            "host_country",
            "place",
            "latitude",
            "longitude",
            "scenario",
            "threats",
            "technology",
            "cost",
            "currency",
            "hot_wash_on",
            "after_action_on",
            *MARKING,
        )
        field_classes: ClassVar = {
            **MARKING_FIELDS,
            "program": RecordField,
            "agreement": RecordField,
        }
        help_texts: ClassVar = {
            "lead_agency": _("Its members may read and edit this exercise."),
            "starts_on": DAY_HELP,
            "starts_precision": _("How exactly you know when."),
            "ends_on": _("Left open, it ends when it starts."),
            "ends_precision": _("How exactly you know when."),
            "latitude": _("In degrees, such as 35.8894."),
            "longitude": _("In degrees, such as −5.3213."),
            "scenario": _("What was played, or what the operation was to do."),
        }
        widgets: ClassVar = {
            "title": text_area(2),
            "summary": text_area(4),
            "scenario": text_area(5),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].required = False
        self.fields["starts_on"].error_messages["required"] = _("Say when it starts.")
        self.fields["host_country"].widget.attrs["data-select"] = ""

    def sections(self) -> list[Any]:
        parts = [
            self.section(_("The exercise"), "agency", "title", ("kind", "status"), "summary"),
            self.section(_("With whom"), "partners", "lead_agency", ("program", "agreement")),
            self.section(
                _("When"),
                ("starts_on", "starts_precision"),
                ("ends_on", "ends_precision"),
                ("hot_wash_on", "after_action_on"),
            ),
            self.section(_("Where"), ("host_country", "place"), ("latitude", "longitude")),
            self.section(
                _("What it was about"), "scenario", "threats", "technology", ("cost", "currency")
            ),
            self.who_may_read(),
        ]
        return [part for part in parts if part is not None]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and not ends and "ends_on" not in self.errors:
            ends, cleaned["ends_precision"] = starts, cleaned.get("starts_precision", "")
        if starts:
            cleaned["starts_on"] = first_day(starts, cleaned.get("starts_precision", ""))
        if ends:
            cleaned["ends_on"] = last_day(ends, cleaned.get("ends_precision", ""))
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None):
            missing = "latitude" if cleaned.get("latitude") is None else "longitude"
            if missing not in self.errors and not {"latitude", "longitude"} & set(self.errors):
                self.add_error(missing, _("Give latitude and longitude together."))
        return cleaned


# --- Rows of an exercise -------------------------------------------------------------------------


class ObjectiveForm(RowForm):
    class Meta:
        model = Objective
        fields = ("text", "capability", "rating", "narrative")
        widgets: ClassVar = {"text": text_area(2), "narrative": text_area(2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].error_messages["required"] = _("Say what the objective was.")


class ParticipationForm(RowForm):
    class Meta:
        model = Participation
        fields = ("agency", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        field.queryset = agencies_to_name([self.instance.agency_id])  # type: ignore[attr-defined]
        field.widget.attrs["data-select"] = ""
        field.error_messages["required"] = _("Choose the agency, or remove this row.")


class ParticipationRows(RowFormSet):
    """Agencies take part once each."""

    def clean(self) -> None:
        super().clean()
        named: set[Agency] = set()
        for form in self.kept_forms:
            agency = form.cleaned_data.get("agency")
            if agency in named:
                form.add_error("agency", _("This agency is listed already."))
            elif agency:
                named.add(agency)

    def save(self, commit: bool = True) -> list[Any]:
        """Write changed rows anew: two that swap their agencies would collide one by one."""
        kept = super().save(commit=False)
        stale = [row.pk for row in [*self.deleted_objects, *kept] if row.pk]
        Participation.objects.filter(pk__in=stale).delete()
        for row in kept:
            row.exercise = self.instance
            row.save(force_insert=True)
        return kept


ObjectiveRows = inlineformset_factory(
    Exercise,
    Objective,
    form=ObjectiveForm,
    formset=RowFormSet,
    extra=0,
    max_num=MOST_ROWS,
    absolute_max=2 * MOST_ROWS,
    validate_max=True,
)
ParticipationFormSet = inlineformset_factory(
    Exercise,
    Participation,
    form=ParticipationForm,
    formset=ParticipationRows,
    extra=0,
    max_num=MOST_ROWS,
    absolute_max=2 * MOST_ROWS,
    validate_max=True,
)
