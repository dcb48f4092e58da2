"""The actions of an endorsement, as rows of its form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.fields import sensible_day
from agencies.models import Agency, Membership, User
from lessons import workflow
from lessons.models import Action, Lesson
from lessons.vocabulary import CapabilityElement
from pages.rows import number
from programs.models import today
from records.forms import AsTypedMixin, date_input
from records.vocabulary import TLP

PREFIX = "actions"
MOST_ACTIONS = 30


class Offered:
    """Action bodies and owners to choose from for the actions of ``lesson``, read once.

    Owners are members of the agencies that read the lesson and of the bodies ``chosen`` so far
    (ids); at ``TLP:RED`` only its author and recipients.
    """

    def __init__(self, lesson: Lesson, chosen: Iterable[int] = ()) -> None:
        self.bodies = {str(agency.pk): agency for agency in Agency.objects.active()}
        held = Membership.objects.in_force().select_related("user", "agency")
        if lesson.tlp == TLP.RED:
            readers = {lesson.originator_id, lesson.adopted_by_id}
            readers |= {person.pk for person in lesson.red_recipients.all()}
            held = held.filter(user_id__in=[pk for pk in readers if pk])
        else:
            released = (agency.pk for agency in lesson.released_to.all())
            held = held.filter(agency_id__in={lesson.agency_id, *released, *chosen})
        self.people: dict[str, User] = {}
        self.groups: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for membership in held.order_by("agency__name", "user__name", "pk"):
            key = str(membership.user_id)
            self.people[key] = membership.user
            self.groups[membership.agency.name].append((key, membership.user.name))

    @property
    def body_choices(self) -> list[Any]:
        named = [(key, agency.name) for key, agency in self.bodies.items()]
        return [("", _("Choose an agency")), *named]

    @property
    def owner_choices(self) -> list[Any]:
        return [("", _("The action body names one later")), *self.groups.items()]


class ActionForm(AsTypedMixin, forms.Form):
    """One action: what is to be done, by which agency, until when."""

    use_required_attribute = False

    title = forms.CharField(
        label=_("What is to be done"),
        max_length=Action._meta.get_field("title").max_length,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Say what is to be done.")},
    )
    body = forms.ChoiceField(
        label=_("Action body"),
        widget=forms.Select(attrs={"data-select": ""}),
        error_messages={
            "required": _("Choose who is responsible for it."),
            "invalid_choice": _("Choose an agency from the list."),
        },
    )
    due_on = forms.DateField(
        label=_("Due on"),
        validators=[sensible_day],
        widget=date_input(),
        error_messages={
            "required": _("Say until when."),
            "invalid": _("Write the date as year-month-day, such as 2027-03-31."),
        },
    )
    owner = forms.ChoiceField(
        label=_("Owner"),
        required=False,
        widget=forms.Select(attrs={"data-select": ""}),
        error_messages={"invalid_choice": _("Choose an owner from the list.")},
    )
    element = forms.ChoiceField(
        label=_("Capability element"),
        required=False,
        choices=[("", _("Not stated")), *CapabilityElement.choices],
    )

    def __init__(
        self,
        *args: Any,
        offered: Offered,
        as_typed: bool = False,
        **kwargs: Any,
    ) -> None:
        self.as_typed = as_typed
        self.offered = offered
        super().__init__(*args, **kwargs)
        title = self.fields["title"].widget.attrs
        title["data-max"] = title.pop("maxlength")
        cast(forms.ChoiceField, self.fields["body"]).choices = offered.body_choices
        cast(forms.ChoiceField, self.fields["owner"]).choices = offered.owner_choices

    def clean_body(self) -> Agency:
        return self.offered.bodies[self.cleaned_data["body"]]

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on < today():
            raise forms.ValidationError(_("This day has passed."), code="past")
        return due_on

    def clean_owner(self) -> User | None:
        return self.offered.people.get(self.cleaned_data["owner"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        owner, body = cleaned.get("owner"), cleaned.get("body")
        if owner and body and not workflow.may_own(owner, body):
            self.add_error("owner", _("Not a member of the action body."))
        return cleaned


class BaseActionFormSet(forms.BaseFormSet):
    """The actions of an endorsement; with ``as_typed`` they are shown without being judged."""

    def __init__(self, *args: Any, as_typed: bool = False, **kwargs: Any) -> None:
        self.as_typed = as_typed
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        if self.as_typed:
            self._errors: list[Any] = []
            self._non_form_errors = self.error_class()
        else:
            super().full_clean()

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "as_typed": self.as_typed}

    @property
    def given(self) -> list[dict[str, Any]]:
        """The actions that stay, as the verb takes them."""
        return [
            {name: value for name, value in row.cleaned_data.items() if name != "DELETE"}
            for row in self.forms
            if row.has_changed() and not row.cleaned_data.get("DELETE")
        ]


def formset_of(least: int) -> type[BaseActionFormSet]:
    """Rows of which one is shown and ``least`` must be filled in."""
    made: Any = forms.formset_factory(
        ActionForm,
        formset=BaseActionFormSet,
        extra=1 - least,
        min_num=least,
        max_num=MOST_ACTIONS,
        absolute_max=MOST_ACTIONS,
        validate_max=True,
        can_delete=True,
    )
    return cast(type[BaseActionFormSet], made)


ActionFormSet, OptionalActionFormSet = formset_of(1), formset_of(0)
OTHER_WAYS = ("existing", "reopened")
"""Fields of the form by which a lesson gets an action without a new one."""


def action_rows(
    lesson: Lesson, data: QueryDict | None, *, as_typed: bool = False, optional: bool = False
) -> BaseActionFormSet:
    """The rows of actions, empty or as sent in ``data`` without those that were removed.

    They may stay empty if they are ``optional``, or where an action that exists is chosen.
    """
    if data is not None:
        data = without_removed(data)
    chosen = bodies_in(data) if data is not None else set()
    if data is not None and any(data.getlist(name) for name in OTHER_WAYS):
        optional = True
    formset: type[Any] = OptionalActionFormSet if optional else ActionFormSet
    rows: BaseActionFormSet = formset(
        data,
        prefix=PREFIX,
        as_typed=as_typed,
        form_kwargs={"offered": Offered(lesson, chosen)},
    )
    return rows


def without_removed(data: QueryDict) -> QueryDict:
    """``data`` without the rows that are ticked to be removed: all rows are new ones."""
    total = f"{PREFIX}-{TOTAL_FORM_COUNT}"
    kept = data.copy()
    rows: list[dict[str, list[str]]] = []
    for index in range(number(data, total)):
        start = f"{PREFIX}-{index}-"
        names = [name for name in data if name.startswith(start)]
        row = {name.removeprefix(start): kept.pop(name) for name in names}
        if not any(row.get(DELETION_FIELD_NAME, [])):
            rows.append(row)
    for index, row in enumerate(rows):
        for name, values in row.items():
            kept.setlist(f"{PREFIX}-{index}-{name}", values)
    if total in data:
        kept[total] = str(len(rows)) if number(data, total) else data.get(total, "")
    kept[f"{PREFIX}-{INITIAL_FORM_COUNT}"] = "0"
    return kept


def bodies_in(data: QueryDict) -> set[int]:
    """Ids of the action bodies that ``data`` names, valid or not."""
    return {
        int(str(value))
        for name, value in data.items()
        if name.startswith(f"{PREFIX}-")
        and name.endswith("-body")
        and str(value).isdecimal()
        and len(str(value)) < 19
    }
