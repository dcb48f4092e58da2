"""The form of a move, drawn from what the life cycle says that the move needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from agencies.fields import sensible_day
from agencies.models import Agency
from lessons import workflow
from lessons.action_rows import OTHER_WAYS, PREFIX
from lessons.models import Action, Lesson, Theme, Validation
from lessons.vocabulary import Category, Status, ValidationMethod
from lessons.workflow import REQUIRED_WORDS, Actor, Given, Move
from programs.models import LONG_TEXT, Exercise
from records.choices import RECENT, RecordField
from records.forms import AsTypedMixin, date_input, text_area
from records.vocabulary import TLP

Words = str | Promise

COMMENT_WORDS: dict[str, tuple[Words, Words]] = {
    "submit": (_("A word to the reviewer"), ""),
    "return": (_("Your question"), _("What must its author add or make clear?")),
    "reject": (
        _("The reason"),
        _("Its author reads this. Say what would have made it a lesson."),
    ),
    "appeal": (_("Why it deserves another look"), _("Somebody else reads this and decides.")),
    "note": (_("The reason"), _("Why it is valid and nothing has to be done.")),
    "take": (_("A word for the record"), ""),
    "withdraw": (_("A word for the record"), ""),
    "hand_over": (_("A word to the next reviewer"), ""),
    "adopt": (_("A word to who takes it on"), ""),
    "endorse": (_("A word for the record"), ""),
    "close": (
        _("The reason"),
        _("Why is nothing more done?"),
    ),
    "assign": (_("A word for the record"), ""),
    "refuse": (_("What failed"), _("What did the check show? Whoever works on it reads this.")),
    "relapse": (_("What was seen"), _("Where and when did it happen again, and what was missed?")),
    "supersede": (_("A word for the record"), ""),
    "archive": (_("The reason"), _("Why is it put away?")),
    "restore": (_("The reason"), _("Why is it needed again?")),
}
"""How the comment of a move is called, and what is asked."""

TEXT_HELP: dict[str, Words] = {
    "discussion": _("Why did it happen? Causes and circumstances, not blame."),
    "conclusion": _("What follows from it, in a sentence or two?"),
    "recommendation": _("Who should change what?"),
}


class LongTextField(forms.CharField):
    """Plain text of many lines; a line break counts as one character, as the writer sees it."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def long_text(label: Words, *, required: bool, words: Words, rows: int = 5) -> LongTextField:
    field = LongTextField(
        label=str(label),
        required=required,
        max_length=LONG_TEXT,
        widget=text_area(rows),
        error_messages={"required": str(words)},
    )
    # A browser would cut off silently what is longer; ours is said beside the field.
    field.widget.attrs.pop("maxlength", None)
    field.widget.attrs["data-max"] = str(LONG_TEXT)
    return field


class ConfirmField(forms.MultipleChoiceField):
    """A tick for each of some things, cleaned to ``True`` once all are ticked.

    Ticks of what was to be confirmed before another choice do not count. ``words`` say what is
    missing.
    """

    def __init__(self, *, choices: list[tuple[str, Words]], words: Words, **kwargs: Any) -> None:
        super().__init__(
            choices=choices,
            required=False,
            widget=forms.CheckboxSelectMultiple(attrs={"data-no-optional": ""}),
            error_messages={"unconfirmed": str(words)},
            **kwargs,
        )
        self.all = {value for value, _label in choices}

    def valid_value(self, value: str) -> bool:
        return True

    def clean(self, value: Any) -> bool:
        if not self.all <= set(super().clean(value)):
            raise forms.ValidationError(self.error_messages["unconfirmed"], code="unconfirmed")
        return True


class LessonField(forms.CharField):
    """The reference of one of ``lessons``; cleaned to the lesson."""

    def __init__(self, *, lessons: QuerySet[Lesson], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lessons = lessons

    def clean(self, value: Any) -> Any:
        ref = super().clean(value).upper()
        if not ref:
            return None
        found = self.lessons.filter(ref=ref).first()
        if found is None:
            raise forms.ValidationError(
                _("There is no such lesson, or it is not for you to see."), code="unknown"
            )
        return found


def action_in_words(action: Action) -> str:
    due = date_format(action.due_on, "j M Y")
    words = {"title": action.title, "body": action.body.short, "day": due}
    return _("%(title)s · %(body)s, due %(day)s") % words


class ActionsField(ManyField):
    """Several actions; cleaned to a list."""

    def label_from_instance(self, action: Any) -> str:
        return action_in_words(action)

    def clean(self, value: Any) -> Any:
        return list(super().clean(value))


class MoveForm(AsTypedMixin, forms.Form):
    """What one move is supplied with, and the version of the lesson that it was opened on."""

    use_required_attribute = False
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        lesson: Lesson,
        move: Move,
        actor: Actor,
        as_typed: bool = False,
    ) -> None:
        self.lesson = lesson
        self.actor = actor
        self.move = move
        self.as_typed = as_typed
        super().__init__(data, initial=self._first_values(lesson))
        asked = [name for name in (*move.needs, *move.may_have) if name not in LEFT_TO_OTHERS]
        for name in dict.fromkeys(asked):
            self.fields[name] = getattr(self, f"_{name}_field")(name in move.needs)
        for name in OTHER_WAYS:
            field = self.fields.get(name)
            if isinstance(field, ActionsField) and not field.queryset:
                del self.fields[name]
        if "reopened" not in self.fields:
            self.fields.pop("reopened_due_on", None)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.include_media = False
        self.helper.layout = Layout("version", *self._sections())

    def _first_values(self, lesson: Lesson) -> dict[str, Any]:
        return {
            "version": lesson.version,
            "category": lesson.category,
            "themes": list(lesson.themes.all()) if "themes" in self.move.needs else [],
            **{name: getattr(lesson, name) for name in TEXT_HELP},
        }

    def _sections(self) -> list[Any]:
        texts = [name for name in TEXT_HELP if name in self.fields]
        tags: list[str] = [name for name in ("category", "themes") if name in self.fields]
        apart = {"version", *CONFIRMED, *texts, *tags}
        if PREFIX in self.move.needs:
            # The page shows the actions between these and what may go with them.
            apart |= {"reopened", "reopened_due_on", "existing"}
            if "comment" not in self.move.needs and self.move.name != "relapse":
                apart |= {"comment"}
        rest = [name for name in self.fields if name not in apart]
        if not texts and not tags:
            return rest
        parts: list[tuple[Any, list[str]]] = [
            (_("The analysis"), texts),
            (_("Where it belongs"), tags),
            ("", rest),
        ]
        return [Fieldset(title, *names, css_class="section") for title, names in parts if names]

    # --- The fields, by the names that the life cycle uses ---------------------------------------

    def _comment_field(self, required: bool) -> forms.Field:
        label, help_text = COMMENT_WORDS[self.move.name]
        if self.move.name == "submit" and self.lesson.status == Status.RETURNED:
            label = _("Your answer")
        field = long_text(label, required=required, words=REQUIRED_WORDS["comment"], rows=4)
        field.help_text = str(help_text)
        return field

    def _clean_field(self, required: bool) -> forms.Field:
        return forms.BooleanField(
            label=_("It holds no personal data and nothing classified."),
            help_text=_("No names of suspects, migrants or victims; nothing above its marking."),
            required=required,
            error_messages={"required": str(REQUIRED_WORDS["clean"])},
        )

    def _category_field(self, required: bool) -> forms.Field:
        return forms.ChoiceField(
            label=_("Category"),
            choices=[("", _("Choose one")), *Category.choices],
            required=required,
            error_messages=dict.fromkeys(
                ("required", "invalid_choice"), str(REQUIRED_WORDS["category"])
            ),
        )

    def _themes_field(self, required: bool) -> forms.Field:
        kept = self.lesson.themes.values("pk")
        return ManyField(
            label=_("Themes"),
            queryset=Theme.objects.filter(Q(deprecated=False) | Q(pk__in=kept)),
            required=required,
            widget=forms.SelectMultiple(attrs={"data-select": ""}),
            error_messages={"required": str(REQUIRED_WORDS["themes"])},
        )

    def _text_field(self, name: str, required: bool) -> forms.Field:
        field = long_text(Lesson.label_of(name), required=required, words=REQUIRED_WORDS[name])
        field.help_text = str(TEXT_HELP[name])
        return field

    def _discussion_field(self, required: bool) -> forms.Field:
        return self._text_field("discussion", required)

    def _conclusion_field(self, required: bool) -> forms.Field:
        return self._text_field("conclusion", required)

    def _recommendation_field(self, required: bool) -> forms.Field:
        return self._text_field("recommendation", required)

    def _reviewer_field(self, required: bool) -> forms.Field:
        return forms.ModelChoiceField(
            label=_("The next reviewer"),
            queryset=workflow.reviewers_for(self.lesson, self.actor),
            required=required,
            empty_label=_("Choose a reviewer"),
            widget=forms.Select(attrs={"data-select": ""}),
            error_messages={"required": str(REQUIRED_WORDS["reviewer"])},
        )

    def _editor_field(self, required: bool) -> forms.Field:
        return forms.ModelChoiceField(
            label=_("Who edits it from now on"),
            help_text=_("They become its author: they cannot review or endorse it."),
            queryset=workflow.editors_for(self.lesson),
            required=required,
            empty_label=_("Choose a colleague"),
            widget=forms.Select(attrs={"data-select": ""}),
            error_messages={"required": str(REQUIRED_WORDS["editor"])},
        )

    # --- Validation ------------------------------------------------------------------------------

    def _method_field(self, required: bool) -> forms.Field:
        return forms.ChoiceField(
            label=_("How do you know?"),
            choices=ValidationMethod.choices,
            widget=forms.RadioSelect,
            required=required,
            error_messages=dict.fromkeys(
                ("required", "invalid_choice"), str(REQUIRED_WORDS["method"])
            ),
        )

    def _validated_on_field(self, required: bool) -> forms.Field:
        return forms.DateField(
            label=_("On"),
            validators=[sensible_day],
            widget=date_input(),
            required=required,
            error_messages={
                "required": str(REQUIRED_WORDS["validated_on"]),
                "invalid": _("Write the date as year-month-day, such as 2027-03-31."),
            },
        )

    def _result_field(self, required: bool) -> forms.Field:
        field = long_text(_("The result"), required=required, words=REQUIRED_WORDS["result"])
        field.help_text = str(_("What happened this time that would have gone wrong before?"))
        return field

    def _indicator_field(self, required: bool) -> forms.Field:
        return forms.CharField(
            label=_("The indicator that shows it, or why there is none"),
            help_text=_("Such as: minutes until the hand-over, 11 before and 3 now."),
            max_length=Validation._meta.get_field("indicator").max_length,
            required=required,
            widget=forms.TextInput(attrs={"dir": "auto"}),
            error_messages={"required": str(REQUIRED_WORDS["indicator"])},
        )

    def _exercise_field(self, required: bool) -> forms.Field:
        return RecordField(
            label=_("The exercise or operation"),
            queryset=Exercise.objects.visible_to(self.actor.user).order_by("-starts_on", "-pk"),
            required=required,
            empty_label=_("Not recorded here"),
            widget=forms.Select(attrs={"data-select": ""}),
        )

    # --- Actions that exist ----------------------------------------------------------------------

    def _recurrence_field(self, required: bool) -> forms.Field:
        return LessonField(
            lessons=self.actor.sees(),
            label=_("The lesson that shows it"),
            help_text=_("Its reference, such as ES-GC-2026-0042, if there is one."),
            required=required,
        )

    def _reopened_field(self, required: bool) -> forms.Field:
        closed = self.lesson.actions.exclude(pk__in=self.lesson.actions.open().values("pk"))
        return ActionsField(
            label=_("Reopen"),
            queryset=closed.select_related("body"),
            required=required,
            widget=forms.CheckboxSelectMultiple(attrs={"data-no-optional": ""}),
        )

    def _reopened_due_on_field(self, required: bool) -> forms.Field:
        return forms.DateField(
            label=_("What is reopened is due on"),
            validators=[sensible_day],
            widget=date_input(),
            required=required,
            error_messages={"invalid": _("Write the date as year-month-day, such as 2027-03-31.")},
        )

    def _existing_field(self, required: bool) -> forms.Field:
        """Open actions of the agency's other lessons: one change may serve several lessons."""
        seen = self.actor.sees().filter(agency=self.lesson.agency_id).exclude(pk=self.lesson.pk)
        others = Action.objects.open().filter(lessons__in=seen.values("pk"))
        others = others.exclude(lessons=self.lesson).exclude(
            pk__in=Action.objects.of_red_lessons().values("pk")
        )
        if self.lesson.tlp == TLP.RED:
            others = others.none()
        offered = others.order_by("-created_at", "-pk").distinct()
        newest = list(offered.values_list("pk", flat=True)[:RECENT])
        return ActionsField(
            label=_("Or an action that exists already"),
            help_text=_("One action may serve several lessons."),
            queryset=Action.objects.filter(pk__in=newest).select_related("body"),
            required=required,
            widget=forms.SelectMultiple(attrs={"data-select": ""}),
        )

    def _replacement_field(self, required: bool) -> forms.Field:
        return LessonField(
            lessons=self.actor.sees(),
            label=_("The newer lesson"),
            help_text=_("Its reference, such as ES-GC-2026-0042."),
            required=required,
            error_messages={"required": str(REQUIRED_WORDS["replacement"])},
        )

    def _release_field(self, agencies: Iterable[Agency]) -> forms.Field:
        sentence = (
            _("%(agency)s, with its sub-agencies")
            if self.lesson.tlp == TLP.AMBER
            else _("%(agency)s, without its sub-agencies")
        )
        return ConfirmField(
            label=_("These agencies may read the lesson from now on"),
            help_text=_("They get actions from it and could not read it so far. Confirm each."),
            choices=[
                (str(agency.pk), sentence % {"agency": agency.name})
                for agency in sorted(agencies, key=lambda one: one.name)
            ],
            words=workflow.CONFIRM_RELEASE,
        )

    def _sharing_field(self, actions: Iterable[Action]) -> forms.Field:
        return ConfirmField(
            label=_("More people may read these actions from now on"),
            help_text=_(
                "Whoever reads this lesson reads what is to be done, by which agency and owner and "
                "until when. Not all of them could so far. Confirm each."
            ),
            choices=[(str(action.pk), action_in_words(action)) for action in actions],
            words=workflow.CONFIRM_SHARING,
        )

    def ask_to_confirm(self, given: Given, lessons: Iterable[Lesson]) -> None:
        """Ask whether agencies may newly read ``lessons``, and more people their actions.

        Nothing is asked where nobody reads more than so far.
        """
        bodies = workflow.bodies_of(given)
        agencies = {body for one in lessons for body in workflow.newly_released(one, bodies)}
        actions = {action for one in lessons for action in workflow.newly_shared(one, given)}
        if agencies:
            self.fields["release"] = self._release_field(agencies)
        if actions:
            self.fields["sharing"] = self._sharing_field(sorted(actions, key=str))
        if agencies or actions:
            self.full_clean()

    @property
    def confirmed(self) -> list[Any]:
        """The questions of ``ask_to_confirm``, as far as they are asked."""
        return [self[name] for name in CONFIRMED if name in self.fields]

    @property
    def above_actions(self) -> list[Any]:
        """The fields that stand before the rows of new actions, as far as there are any."""
        return [self[name] for name in ("reopened", "reopened_due_on") if name in self.fields]

    @property
    def below_actions(self) -> list[Any]:
        """The fields that stand after them: "or ..." has something to be the other of."""
        return [self[name] for name in ("existing",) if name in self.fields]

    @property
    def last_word(self) -> Any:
        """The comment, where it is not asked for above the actions."""
        above = "comment" in self.move.needs or self.move.name == "relapse"
        return None if above or "comment" not in self.fields else self["comment"]

    @property
    def given(self) -> dict[str, Any]:
        """What the verb is given: the cleaned values without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def add_errors(self, errors: Mapping[str, Words]) -> None:
        """Take up what the verb refused; what has no field here stands above them all."""
        for name, words in errors.items():
            self.add_error(name if name in self.fields else None, str(words))


CONFIRMED = ("release", "sharing")
LEFT_TO_OTHERS = frozenset({"actions", *CONFIRMED})
"""Rows of their own, and questions that depend on them."""


def differences(lesson: Lesson, given: Given) -> list[dict[str, str]]:
    """Texts of ``given`` that differ from the lesson as somebody else has saved it meanwhile."""
    return [
        {
            "label": Lesson.label_of(name),
            "mine": str(given[name]),
            "theirs": getattr(lesson, name),
        }
        for name in TEXT_HELP
        if name in given and str(given[name]).strip() != getattr(lesson, name).strip()
    ]
