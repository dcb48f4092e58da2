"""The form of a move of an action, drawn from what its table says that the move needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.fields import sensible_day
from agencies.models import Agency
from lessons.models import Action, Evidence
from lessons.move_forms import ConfirmField, long_text
from lessons.vocabulary import EvidenceKind
from lessons.workflow import CONFIRM_RELEASE, QUESTIONS, SHOW_NEWER, Move, Words, owners_for
from records import uploads
from records.forms import AsTypedMixin, date_input

COMMENT_WORDS: dict[str, tuple[Words, Words]] = {
    "progress": (_("How far it is"), _("What is done, what comes next, what stands in the way?")),
    "verify": (_("How you checked it"), _("What did you look at, and whom did you ask?")),
    "delay": (_("Why it takes longer"), ""),
    "pause": (_("What it waits for"), ""),
    "decline": (_("Why it is not for this action body"), _("Say who it might be for.")),
    "reopen": (_("What is missing"), _("Its owner reads this and goes on from there.")),
    "cancel": (_("Why nobody does it"), ""),
}
"""How the comment of a move is called, and what is asked; elsewhere it is a word for the record."""


class EvidenceFields(forms.Form):
    """One piece of evidence: what it is, what it shows, a link or a file."""

    kind = forms.ChoiceField(
        label=_("Kind of evidence"),
        choices=[("", _("Choose one")), *EvidenceKind.choices],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Say what kind of evidence it is.")
        ),
    )
    shows = forms.CharField(
        label=_("What it shows"),
        max_length=Evidence._meta.get_field("shows").max_length,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Say what it shows.")},
    )
    link = forms.URLField(
        label=_("Link"),
        required=False,
        assume_scheme="https",
        max_length=Evidence._meta.get_field("link").max_length,
        error_messages={"invalid": _("Write the whole address, such as https://example.org/page.")},
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("At most 25 MB: a document, a table, a picture or a text."),
        error_messages={"empty": _("This file is empty.")},
    )

    oversized: tuple[str, ...] = ()
    """Names of files that were too long to be received."""

    def clean_file(self) -> UploadedFile | None:
        if self.oversized:
            raise forms.ValidationError(uploads.too_large(self.oversized[0]).reason, code="size")
        file: UploadedFile | None = self.cleaned_data.get("file")
        if file:
            try:
                uploads.checked(file)
            except uploads.RefusedFileError as refused:
                raise forms.ValidationError(refused.reason, code="refused") from refused
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        linked = cleaned.get("link") or "link" in self.errors
        if cleaned.get("kind") == EvidenceKind.LINK and not linked:
            self.add_error("link", _("Give the link."))
        begun = cleaned.get("shows") or cleaned.get("link") or cleaned.get("file")
        if begun and not cleaned.get("kind") and "kind" not in self.errors:
            self.add_error("kind", _("Say what kind of evidence it is."))
        if cleaned.get("kind") and not cleaned.get("shows") and "shows" not in self.errors:
            self.add_error("shows", _("Say what it shows."))
        return cleaned

    @property
    def shown(self) -> dict[str, Any]:
        """The evidence as the verb takes it; the file is kept with it afterwards."""
        return {name: self.cleaned_data[name] for name in ("kind", "shows", "link")}


class EvidenceForm(EvidenceFields):
    """Evidence by itself, while the action is under way."""

    use_required_attribute = False

    def __init__(self, *args: Any, oversized: Iterable[str] = (), **kwargs: Any) -> None:
        self.oversized = tuple(oversized)
        super().__init__(*args, **kwargs)
        self.helper = bare_helper("kind", "shows", "link", "file")


def bare_helper(*layout: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.include_media = False
    helper.layout = Layout(*layout)
    return helper


class ActionMoveForm(AsTypedMixin, EvidenceFields):
    """What one move of an action is supplied with, and the version that it was opened on."""

    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None,
        files: Any = None,
        *,
        action: Action,
        move: Move,
        oversized: Iterable[str] = (),
        as_typed: bool = False,
    ) -> None:
        self.action, self.move = action, move
        self.as_typed = as_typed
        self.oversized = tuple(oversized)
        super().__init__(data, files, initial={"version": action.version})
        if "evidence" in move.needs:
            has_some = action.evidence.in_force().exists()
            for name in EVIDENCE:
                self.fields[name].required = self.fields[name].required and not has_some
            if not has_some and action.evidence.exists():
                self.fields["kind"].help_text = str(SHOW_NEWER)
        else:
            for name in EVIDENCE:
                del self.fields[name]
        for name in (*move.needs, *move.may_have):
            if name not in {"evidence", "release"}:
                self.fields[name] = self._field(name, name in move.needs)
        self.helper = bare_helper("version", *self._sections())

    def _sections(self) -> list[Any]:
        rest = [name for name in self.fields if name not in {"version", *QUESTIONS, *EVIDENCE}]
        parts: list[tuple[Words, list[str]]] = [
            (_("Is the action done?"), [name for name in QUESTIONS if name in self.fields]),
            (_("Evidence"), [name for name in EVIDENCE if name in self.fields]),
            ("", rest),
        ]
        return [Fieldset(title, *names, css_class="section") for title, names in parts if names]

    def _field(self, name: str, required: bool) -> forms.Field:
        if name in QUESTIONS:
            return forms.BooleanField(
                label=str(QUESTIONS[name]),
                required=required,
                error_messages={
                    "required": _(
                        "Without a yes it is not verified: reopen it and say what is missing."
                    )
                },
            )
        made: forms.Field = getattr(self, f"_{name}_field")(required)
        return made

    def _comment_field(self, required: bool) -> forms.Field:
        label, help_text = COMMENT_WORDS.get(self.move.name, (_("A word for the record"), ""))
        words = _("Write a few words: they stay with the action and are read.")
        field = long_text(label, required=required, words=words, rows=4)
        field.help_text = str(help_text)
        return field

    def _due_on_field(self, required: bool) -> forms.Field:
        return forms.DateField(
            label=_("Due on"),
            required=required,
            validators=[sensible_day],
            widget=date_input(),
            error_messages={
                "required": _("Say until when."),
                "invalid": _("Write the date as year-month-day, such as 2027-03-31."),
            },
        )

    def _owner_field(self, required: bool) -> forms.Field:
        return forms.ModelChoiceField(
            label=_("Owner"),
            queryset=owners_for(self.action).order_by("name", "pk"),
            required=required,
            empty_label=_("Choose a colleague") if required else _("As it is"),
            widget=forms.Select(attrs={"data-select": ""}),
            error_messages={"required": _("Choose another owner.")},
        )

    def _body_field(self, required: bool) -> forms.Field:
        return forms.ModelChoiceField(
            label=_("Action body"),
            queryset=Agency.objects.active(),
            required=required,
            empty_label=_("Choose an agency"),
            widget=forms.Select(attrs={"data-select": ""}),
            error_messages={"required": _("Choose who is responsible for it.")},
        )

    def ask_for_release(self, body: Agency) -> None:
        """Ask to confirm that the new action body may read the lessons."""
        self.fields["release"] = ConfirmField(
            label=_("This agency may read its lessons from now on"),
            choices=[(str(body.pk), body.name)],
            words=CONFIRM_RELEASE,
        )
        self.helper = bare_helper("version", *self._sections())
        self.full_clean()

    def without_choices(self) -> None:
        """A form that cannot be sent names nobody to choose from."""
        for name in ("owner", "body"):
            self.fields.pop(name, None)
        self.helper = bare_helper("version", *self._sections())

    @property
    def given(self) -> dict[str, Any]:
        """What the verb is given: the cleaned values, the evidence as one of several."""
        apart = {"version", *EVIDENCE}
        given = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        if self.cleaned_data.get("kind"):
            given["evidence"] = [self.shown]
        return given

    def add_errors(self, errors: Mapping[str, Words]) -> None:
        """Take up what the verb refused; what has no field here stands above them all."""
        for name, words in errors.items():
            field = "kind" if name == "evidence" else name
            self.add_error(field if field in self.fields else None, str(words))


EVIDENCE = ("kind", "shows", "link", "file")
