"""The forms by which people comment on a lesson, and an endorser hides a comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.choices import ManyField
from agencies.models import User
from lessons import discussion
from lessons.models import COMMENT_LENGTH, Comment, Lesson
from lessons.move_forms import LongTextField
from lessons.workflow import Words
from pages.resume import PERSON_FIELD, person_token
from records.drafts import is_token
from records.forms import AsTypedMixin, text_area


def comment_text(label: Any, *, words: Any, help_text: Any) -> LongTextField:
    """A text as long as a comment; its words are translated when they are shown."""
    field = LongTextField(
        label=label,
        help_text=help_text,
        max_length=COMMENT_LENGTH,
        widget=text_area(4),
        error_messages={"required": words},
    )
    # A browser would cut off silently what is longer; ours is said beside the field.
    field.widget.attrs.pop("maxlength", None)
    field.widget.attrs["data-max"] = str(COMMENT_LENGTH)
    return field


class PlainForm(AsTypedMixin, forms.Form):
    """A form that is no record's, drawn by crispy and bound to whoever opened it."""

    use_required_attribute = False
    person = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        initial: Mapping[str, Any] | None = None,
        as_typed: bool = False,
    ) -> None:
        self.as_typed = as_typed
        super().__init__(data, initial={PERSON_FIELD: person_token(user), **(initial or {})})
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.include_media = False

    def add_errors(self, errors: Mapping[str, Words]) -> None:
        """Take up what the verb refused; what has no field here stands above them all."""
        for name, words in errors.items():
            self.add_error(name if name in self.fields else None, str(words))


class CommentForm(PlainForm):
    """A comment on ``lesson``, or the correction of ``comment``."""

    text = comment_text(
        _("Your comment"),
        words=_("Write what you want to say."),
        help_text=_("Plain text; addresses that begin with https:// become links."),
    )
    mentioned = ManyField(
        label=_("Mention"),
        help_text=_("They may read this lesson. Only they are offered."),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )
    for_staff = forms.BooleanField(required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        lesson: Lesson,
        user: User,
        comment: Comment | None = None,
        as_typed: bool = False,
    ) -> None:
        initial: dict[str, Any] = {"token": uuid4()}
        if data is not None and not is_token(data.get("token")):
            data = data.copy()
            data["token"] = str(uuid4())
        if comment is not None:
            initial = {"text": comment.text, "mentioned": list(comment.mentioned.all())}
        super().__init__(data, user=user, initial=initial, as_typed=as_typed)
        note = comment is not None and comment.for_staff
        mentioned: Any = self.fields["mentioned"]
        mentioned.queryset = discussion.mentionable(lesson, user, for_staff=note)
        if comment is not None or not discussion.is_staff(lesson, user):
            del self.fields["for_staff"]
        else:
            self.fields["for_staff"].label = _("Only reviewers and endorsers of %(agency)s") % {
                "agency": lesson.agency.name
            }
        if comment is not None:
            del self.fields["token"]
        self.helper.layout = Layout(*self.fields)


class HideForm(PlainForm):
    reason = comment_text(
        _("Why it is hidden"),
        words=_("Say why: its readers see this instead."),
        help_text=_("The lesson's readers see this in the place of the comment."),
    )

    def __init__(self, data: QueryDict | None = None, *, user: User, as_typed: bool = False):
        super().__init__(data, user=user, as_typed=as_typed)
        self.helper.layout = Layout(*self.fields)
