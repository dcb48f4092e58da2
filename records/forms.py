"""What the forms of all shared records have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, User
from agencies.roles import Permission
from pages.resume import PERSON_FIELD, person_token
from records.checks import failed_checks
from records.choices import RecordField, RecordsField, agencies_to_name, recipients
from records.fields import ChoicesField
from records.vocabulary import TLP

Words = str | Promise

MARKING = ("tlp", "released_to", "red_recipients")
"""The fields by which every shared record says who may read it."""


class AsTypedMixin:
    """A bound form that shows what was typed without judging it yet."""

    as_typed = False

    def full_clean(self) -> None:
        if self.as_typed:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
        else:
            super().full_clean()  # type: ignore[misc]


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def text_area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


def name_the_open_choice(field: forms.ChoiceField) -> None:
    """Say in words what it means to leave a choice open, instead of a row of dashes."""
    words = _("Choose one") if field.required else _("Not stated")
    field.error_messages["required"] = _("Choose one.")
    choices: Any = field.choices
    field.choices = [(key, label if key else words) for key, label in choices]


class RecordForm(AsTypedMixin, forms.ModelForm):
    """The form of one shared record, as ``user`` may fill it in.

    Besides the record's fields it carries the token that makes a double submission harmless
    (``uuid``, when new), the ``version`` it was opened on and whose form it is.
    ``CONSTRAINTS`` says, by name of a database constraint, beside which field its words stand.
    """

    CONSTRAINTS: ClassVar[Mapping[str, tuple[str, Words]]] = {}
    use_required_attribute = False

    uuid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    person = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        instance: Any = None,
        initial: Mapping[str, Any] | None = None,
        as_typed: bool = False,
    ) -> None:
        self.user = user
        self.as_typed = as_typed
        super().__init__(data, instance=instance, initial=dict(initial or {}))
        self.creating = self.instance.pk is None
        self._narrow()
        self._mark_widgets()
        self._sign()
        self.index: list[tuple[str, Words]] = []
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.include_media = False
        hidden = [name for name in ("uuid", "version", PERSON_FIELD) if name in self.fields]
        self.helper.layout = Layout(*hidden, *self.sections())

    def sections(self) -> list[Any]:
        """The layout; fields that this person does not have are left out by ``section``."""
        return [*self.fields]

    def section(self, title: Words, *rows: Any) -> Fieldset | None:
        """A titled part of the form; what is in a tuple stands side by side on a desk.

        Rows are names of fields, those that the form does not have are left out, or parts of a
        crispy layout.
        """
        parts: list[Any] = []
        for row in rows:
            one_row = row if isinstance(row, tuple) else (row,)
            here = [part for part in one_row if not isinstance(part, str) or part in self.fields]
            if len(here) > 1:
                parts.append(Row(*(Column(part, css_class="col-md") for part in here)))
            else:
                parts += here
        if not parts:
            return None
        self.index.append((f"section-{len(self.index) + 1}", title))
        return Fieldset(title, *parts, css_class="section", css_id=self.index[-1][0])

    # --- What may be chosen ---------------------------------------------------------------------

    def _narrow(self) -> None:
        if "agency" in self.fields:
            self._narrow_agency()
        kept = None if self.creating else self.instance
        for name, field in list(self.fields.items()):
            if isinstance(field, RecordField | RecordsField):
                self._narrow_records(name, field)
            elif not isinstance(field, forms.ModelChoiceField) or name == "agency":
                continue
            elif name == "red_recipients":
                field.queryset = recipients(kept.red_recipients.all() if kept else None)
            elif cast(QuerySet[Any], field.queryset).model is Agency:
                field.queryset = agencies_to_name(self._kept(name))

    def _narrow_agency(self) -> None:
        """The agency is chosen once, among those the person records for; it begins the reference."""
        field = cast(forms.ModelChoiceField, self.fields["agency"])
        if not self.creating:
            del self.fields["agency"]
            return
        own = Agency.objects.active().where(self.user, Permission.RECORD)
        if len(own) == 1:
            self.instance.agency = own[0]
            del self.fields["agency"]
            return
        field.queryset = own
        home = self.user.standing.home
        self.initial.setdefault("agency", home if home in {agency.pk for agency in own} else None)

    def _narrow_records(self, name: str, field: RecordField | RecordsField) -> None:
        """Offer what the person may see. What is linked but hidden stays as it is, unnamed."""
        model = cast(QuerySet[Any], field.queryset).model
        visible: QuerySet[Any] = model.objects.visible_to(self.user)
        linked = self._kept(name)
        hidden = set(linked) - {None}
        if hidden:
            hidden -= set(visible.filter(pk__in=hidden).values_list("pk", flat=True))
        if hidden and isinstance(field, RecordField):
            del self.fields[name]
            return
        if not self.creating and visible.model is type(self.instance):
            visible = visible.exclude(pk=self.instance.pk)
        field.queryset = visible
        if isinstance(field, RecordsField):
            field.hidden = hidden
        typed = self.data.getlist(self.add_prefix(name)) if isinstance(self.data, QueryDict) else []
        first = self.initial.get(name)
        given = first if isinstance(first, list | tuple) else [first]
        field.chosen = [*typed, *linked, *(getattr(one, "pk", one) for one in given if one)]
        field.chosen = [pk for pk in field.chosen if pk not in hidden]

    def _kept(self, name: str) -> list[Any]:
        """Ids that the record already has in its relation ``name``."""
        if self.creating:
            return []
        if self._meta.model._meta.get_field(name).many_to_many:
            return list(getattr(self.instance, name).values_list("pk", flat=True))
        return [getattr(self.instance, f"{name}_id")]

    # --- How it looks ---------------------------------------------------------------------------

    def _mark_widgets(self) -> None:
        several = {
            field.name for field in self._meta.model._meta.fields if isinstance(field, ChoicesField)
        }
        for name, field in self.fields.items():
            relation = isinstance(field, forms.ModelChoiceField)
            if (relation or name in several) and not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs["data-select"] = ""
            # Browsers cut off silently what is longer; ours is said beside the field instead.
            longest = field.widget.attrs.pop("maxlength", None)
            if longest:
                field.widget.attrs["data-max"] = longest
                field.widget.attrs.setdefault("dir", "auto")
            if isinstance(field, forms.DateField):
                field.widget = date_input()
            if isinstance(field, forms.TypedChoiceField):
                name_the_open_choice(field)
        if "tlp" in self.fields:
            # Shown whole: who reads it is the point of the choice.
            self.fields["tlp"].widget = forms.RadioSelect()
            self.fields["tlp"].choices = [  # type: ignore[attr-defined]
                (marking.value, f"{marking.label} · {marking.audience}") for marking in TLP
            ]

    def _sign(self) -> None:
        self.initial[PERSON_FIELD] = person_token(self.user)
        self.initial["uuid"] = self.initial.get("uuid") or uuid4()
        self.initial["version"] = None if self.creating else self.instance.version
        if not self.creating:
            del self.fields["uuid"]
        else:
            del self.fields["version"]

    # --- Whether it can be saved ----------------------------------------------------------------

    def clean_uuid(self) -> UUID:
        """The token; a new one if it is missing or if somebody else's record has it.

        One's own stays: of two clicks at one moment the second must find what the first made.
        """
        token: UUID | None = self.cleaned_data["uuid"]
        taken = self._meta.model._base_manager.filter(uuid=token).exclude(created_by=self.user)
        return uuid4() if token is None or taken.exists() else token

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field, RecordsField) and field.hidden and name in cleaned:
                model = cast(QuerySet[Any], field.queryset).model
                unseen = model._base_manager.filter(pk__in=field.hidden)
                cleaned[name] = [*cleaned[name], *unseen]
        self._check_own_access(cleaned)
        return cleaned

    def _check_own_access(self, cleaned: dict[str, Any]) -> None:
        """Nobody shuts themselves out of what they are editing by marking it RED."""
        if self.creating or "red_recipients" not in cleaned or cleaned.get("tlp") != TLP.RED:
            return
        owners = {
            getattr(self.instance, f"{path}_id") for path in type(self.instance).OWNED_THROUGH
        }
        if self.user.pk not in owners | {person.pk for person in cleaned["red_recipients"]}:
            self.add_error(
                "red_recipients", _("Name yourself among them, or you lose sight of this record.")
            )

    def _update_errors(self, errors: ValidationError) -> None:
        """Leave what the constraints of the database refuse to ``_post_clean``."""
        getattr(errors, "error_dict", {}).pop(NON_FIELD_ERRORS, None)
        super()._update_errors(errors)  # type: ignore[misc]

    def _post_clean(self) -> None:
        """Say what the database would refuse beside the field that it is about."""
        super()._post_clean()  # type: ignore[misc]
        for check, error in failed_checks(self.instance, exclude=set(self.errors)):
            field, words = self.CONSTRAINTS.get(check.name, (None, None))
            self.add_error(field if field in self.fields else None, cast(Any, words or error))

    def add_errors(self, errors: Mapping[str, Any]) -> None:
        """Take up what saving refused, by field; what has no field here stands above them."""
        for name, words in errors.items():
            here = name if name in self.fields and name != NON_FIELD_ERRORS else None
            self.add_error(here, words)
