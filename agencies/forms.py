"""Forms about people and agencies."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.models import MOST_DAYS, Agency, Appearance, Holiday, Membership, User
from agencies.roles import Role


def layout(*parts: Any) -> FormHelper:
    """A crispy helper for a form whose tag and buttons stand in the template."""
    helper = FormHelper()
    helper.form_tag = False
    helper.layout = Layout(*parts)
    return helper


class SignInForm(LoginForm):
    """The page leads to a new password from below its field; help would stand above it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "language", "theme"]
        widgets = {"theme": forms.RadioSelect(choices=Appearance.choices)}
        help_texts = {"name": _("As colleagues know you. It is shown as each lesson says.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("name", "language", "theme")


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=User._meta.get_field("email").max_length,
        help_text=_("A mail with the way to sign in goes there."),
    )
    name = forms.CharField(label=_("Full name"), max_length=200)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.CONTRIBUTOR)

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency = agency
        self.helper = layout(
            "email", Row(Column("name", css_class="col-md-7"), Column("role", css_class="col-md-5"))
        )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        members = Membership.objects.filter(agency=self.agency, active=True)
        if members.filter(user__email__iexact=email).exists():
            raise forms.ValidationError(_("This person already is a member of the agency."))
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


CLOCKS = (
    "review_days",
    "urgent_review_days",
    "returned_reminder_days",
    "returned_escalation_days",
    "validation_days",
    "reminder_before_days",
    "escalation_after_days",
)
"""Lengths that an agency sets, in days."""


class SettingsForm(forms.ModelForm):
    class Meta:
        model = Agency
        fields = ["time_zone", *CLOCKS, "device_drafts"]
        help_texts = {
            "time_zone": _("Such as Europe/Madrid. Days begin and end there."),
            "review_days": _("From submission, without weekends and holidays."),
            "validation_days": _("From when the last action is finished."),
            "escalation_after_days": _("Reviews, validations, actions and evaluations."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CLOCKS:
            self.fields[name].widget.attrs |= {"min": 1, "max": MOST_DAYS}
        self.helper = layout(
            Fieldset(
                str(_("Clocks")),
                "time_zone",
                Row(Column("review_days"), Column("urgent_review_days")),
                Row(Column("returned_reminder_days"), Column("returned_escalation_days")),
                "validation_days",
                css_class="section",
            ),
            Fieldset(
                str(_("Reminders")),
                Row(Column("reminder_before_days"), Column("escalation_after_days")),
                css_class="section",
            ),
            Fieldset(str(_("Drafts")), "device_drafts", css_class="section"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in CLOCKS:
            days = cleaned.get(name)
            if days is not None and not 1 <= days <= MOST_DAYS:
                self.add_error(name, _("Give a number of days between 1 and 365."))
        return cleaned


HolidayFormSet = forms.inlineformset_factory(
    Agency,
    Holiday,
    fields=["day", "name"],
    extra=1,
    max_num=200,
    absolute_max=250,
    widgets={"day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
)
