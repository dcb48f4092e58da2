"""The form of a questionnaire, the rows of its own questions, and the small forms of its links."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model, QuerySet
from django.forms.models import inlineformset_factory
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agencies.choices import ManyField
from evaluation.models import FeedbackQuestion, FeedbackRequest
from evaluation.models.feedback import MOST_LINKS
from evaluation.questionnaire import STANDARD, Language, QuestionKind, Subject, said
from records.forms import RecordForm, text_area
from records.rows import RowForm, RowFormSet

MOST_OWN = 20
LONGEST_QUESTION = 500
LONGEST_CHOICE = 200
MOST_CHOICES = 12


def standard_choices() -> list[tuple[str | Promise, list[tuple[str, str]]]]:
    """The standard questions by subject, in the reader's language."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, question in STANDARD.items():
        found.setdefault(question.subject, []).append((name, said(question.texts)))
    return [(Subject(subject).label, named) for subject, named in found.items()]


class FeedbackForm(RecordForm):
    """What is asked, of whom and when. Once somebody answered, the questions stand."""

    CONSTRAINTS: ClassVar = {
        "feedback_opens_before_it_closes": ("closes_on", _("It cannot close before it opens.")),
    }

    standard = forms.MultipleChoiceField(
        label=_("Standard questions"),
        help_text=_("They exist in all languages."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    shown_to_anybody = forms.BooleanField(
        label=_(
            "Heading, introduction, questions and agencies may be read by anybody who has a link: "
            "they tell nothing that the marking of the activity keeps back."
        ),
        error_messages={"required": _("Confirm that they may be read by anybody.")},
    )

    class Meta:
        model = FeedbackRequest
        fields = (
            "agency",
            "heading",
            "introduction",
            "languages",
            "opens_on",
            "closes_on",
            "agencies_asked",
            "summary_shared",
        )
        field_classes: ClassVar = {"agencies_asked": ManyField}
        labels: ClassVar = {
            "agency": _("For which agency?"),
            "agencies_asked": _("Ask for the agency, with these to choose from"),
            "summary_shared": _("Whoever may see the activity reads the summary"),
        }
        help_texts: ClassVar = {
            "heading": _(
                "All that people without an account read of it. The title of the activity is not "
                "shown: write it here only if anybody may know it."
            ),
            "introduction": _("Why you ask, and what happens with the answers."),
            "languages": _("People choose one of them."),
            "opens_on": _("From this day on it takes answers."),
            "closes_on": _("The last day. Results are read afterwards, and it stays closed."),
            "agencies_asked": _(
                "Left empty, nobody is asked. Agencies with fewer than five answers are not "
                "shown separately."
            ),
            "summary_shared": _("Without agencies apart and without texts."),
        }
        widgets: ClassVar = {"introduction": text_area(3)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "languages" in self.fields:
            self.fields["languages"] = forms.MultipleChoiceField(
                label=_("Languages"),
                help_text=self.fields["languages"].help_text,
                choices=Language.choices,
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Choose at least one language.")},
            )
            self.initial["languages"] = self.initial.get("languages") or [Language.EN]
        if "standard" in self.fields:
            field = cast(forms.MultipleChoiceField, self.fields["standard"])
            field.choices = standard_choices()
            asked = list(STANDARD)
            if not self.creating:
                asked = [one.standard for one in self.instance.questions.all() if one.standard]
            self.initial.setdefault("standard", asked)
        if "heading" in self.fields:
            self.fields["heading"].error_messages["required"] = _("Give it a heading.")
        if self.creating and not self.initial.get("opens_on"):
            self.initial["opens_on"] = timezone.localdate()
        for name, words in (
            ("opens_on", _("Say when it opens.")),
            ("closes_on", _("Say when it closes.")),
        ):
            if name in self.fields:
                self.fields[name].error_messages["required"] = words

    def sections(self) -> list[Any]:
        for name in self.settled:
            self.fields.pop(name, None)
        parts = [
            self.section(_("What people read"), "agency", "heading", "introduction"),
            self.section(_("Languages and days"), "languages", ("opens_on", "closes_on")),
            self.section(_("Whom you ask"), "agencies_asked"),
            self.section(_("Who reads the summary"), "summary_shared"),
            self.section(_("What is asked"), "standard"),
        ]
        return [part for part in parts if part is not None]

    @property
    def settled(self) -> tuple[str, ...]:
        """Fields that can no longer be changed."""
        if self.creating:
            return ()
        if self.instance.is_over:
            return (
                *("heading", "introduction", "languages", "opens_on", "closes_on"),
                *("agencies_asked", "standard", "shown_to_anybody"),
            )
        if self.instance.responses.exists():
            return ("languages", "opens_on", "agencies_asked", "standard")
        return ()

    @property
    def asks(self) -> bool:
        """Whether the questions can be changed."""
        return "standard" in self.fields

    def clean_closes_on(self) -> Any:
        day = self.cleaned_data["closes_on"]
        if day < (timezone.localdate() if self.creating else self.instance.today):
            raise ValidationError(_("That day is over."))
        return day


class OwnQuestionForm(RowForm):
    """One question of the author's own, with its words in each language."""

    class Meta:
        model = FeedbackQuestion
        fields = ("kind",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts, choices = self.instance.texts, self.instance.choices
        for code, name in Language.choices:
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Question in %(language)s") % {"language": name},
                max_length=LONGEST_QUESTION,
                required=False,
                initial=texts.get(code, ""),
                widget=text_area(2),
            )
            self.fields[f"choices_{code}"] = forms.CharField(
                label=_("Answers in %(language)s") % {"language": name},
                help_text=_("One a line, if it is one of several answers."),
                max_length=MOST_CHOICES * LONGEST_CHOICE,
                required=False,
                initial="\n".join(one.get(code, "") for one in choices),
                widget=text_area(3),
            )
            for field in (self.fields[f"text_{code}"], self.fields[f"choices_{code}"]):
                field.widget.attrs |= {"lang": code, "data-no-optional": ""}
                field.widget.attrs.pop("maxlength", None)

    @property
    def by_language(self) -> list[tuple[str, Any, Any]]:
        """Each language with its two fields."""
        return [
            (name, self[f"text_{code}"], self[f"choices_{code}"]) for code, name in Language.choices
        ]

    def lines(self, code: str) -> list[str]:
        return [
            one.strip() for one in self.cleaned_data[f"choices_{code}"].splitlines() if one.strip()
        ]

    def check(self, languages: list[str]) -> None:
        """Say what is missing in one of ``languages``."""
        given = self.cleaned_data
        for code in languages:
            name = Language(code).label
            if not given.get(f"text_{code}") and f"text_{code}" not in self.errors:
                self.add_error(
                    f"text_{code}", _("Ask it in %(language)s too.") % {"language": name}
                )
        if given.get("kind") != QuestionKind.CHOICE:
            return
        numbers = {code: len(self.lines(code)) for code in languages if f"choices_{code}" in given}
        most = max(numbers.values(), default=0)
        for code, number in numbers.items():
            if not 2 <= most <= MOST_CHOICES:
                self.add_error(
                    f"choices_{code}", _("Give 2 to %(most)d answers.") % {"most": MOST_CHOICES}
                )
            elif number != most:
                words = _("Give as many answers as in the other languages: %(number)d.")
                self.add_error(f"choices_{code}", words % {"number": most})

    @property
    def texts(self) -> dict[str, str]:
        """The question in the languages in which it is asked."""
        given = {code: self.cleaned_data[f"text_{code}"] for code in Language.values}
        return {code: text for code, text in given.items() if text}

    def save(self, commit: bool = True) -> Any:
        question = self.instance
        question.subject = Subject.OWN
        question.texts = self.texts
        question.choices = []
        if question.kind == QuestionKind.CHOICE:
            lines = {code: self.lines(code) for code in question.texts}
            number = max(map(len, lines.values()))
            question.choices = [
                {code: held[place] for code, held in lines.items() if place < len(held)}
                for place in range(number)
            ]
        return super().save(commit)


class OwnQuestionRows(RowFormSet):
    """The author's own questions, without the standard ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", FeedbackQuestion.objects.filter(standard=""))
        super().__init__(*args, **kwargs)

    @classmethod
    def rows_of(cls, record: Model | None) -> QuerySet[Any]:
        return super().rows_of(record).filter(standard="")

    @property
    def said(self) -> list[tuple[str, dict[str, str]]]:
        """What the rows ask: kind and texts."""
        return [(form.cleaned_data["kind"], form.texts) for form in self.kept_forms]

    def check(self, languages: list[str]) -> bool:
        """Whether every row can be asked in all of ``languages``."""
        for form in self.kept_forms:
            form.check(languages)
        return not any(form.errors for form in self.kept_forms)


OwnQuestions = inlineformset_factory(
    FeedbackRequest,
    FeedbackQuestion,
    form=OwnQuestionForm,
    formset=OwnQuestionRows,
    extra=0,
    max_num=MOST_OWN,
    absolute_max=2 * MOST_OWN,
    validate_max=True,
)


# --- Links ---------------------------------------------------------------------------------------


class NumberForm(forms.Form):
    """How many links to hand out there are to be in all."""

    use_required_attribute = False

    number = forms.IntegerField(
        label=_("How many links in all?"),
        min_value=1,
        max_value=MOST_LINKS,
        error_messages={
            "required": _("Say how many."),
            "min_value": _("At least one."),
            "max_value": _("At most %(limit_value)s."),
        },
    )


class AddressesForm(forms.Form):
    """E-mail addresses, as they are pasted from anywhere."""

    use_required_attribute = False

    addresses = forms.CharField(
        label=_("E-mail addresses"),
        help_text=_("Separated by lines, blanks, commas or semicolons. They are not kept."),
        widget=text_area(4),
        error_messages={"required": _("Paste at least one address.")},
    )
    language = forms.ChoiceField(label=_("Language of the mail"))

    def __init__(self, data: QueryDict | None = None, *, request: FeedbackRequest) -> None:
        super().__init__(data)
        field = cast(forms.ChoiceField, self.fields["language"])
        field.choices = [(one, Language(one).label) for one in request.languages]

    def clean_addresses(self) -> list[str]:
        text = self.cleaned_data["addresses"]
        for sign in ',;<>"':
            text = text.replace(sign, " ")
        # Names beside addresses, as mail programs write them, are passed over.
        found = list(dict.fromkeys(one.casefold() for one in text.split() if "@" in one))
        wrong = [one for one in found if not is_address(one)]
        if wrong:
            words = ngettext(
                "This is no e-mail address: %(list)s",
                "These are no e-mail addresses: %(list)s",
                len(wrong),
            )
            raise ValidationError(words % {"list": ", ".join(one[:80] for one in wrong[:5])})
        if not found:
            raise ValidationError(_("There is no e-mail address in it."))
        if len(found) > MOST_LINKS:
            raise ValidationError(_("At most %(most)d at once.") % {"most": MOST_LINKS})
        return found


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
