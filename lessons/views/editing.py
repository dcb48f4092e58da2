"""Logging a lesson and completing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.models import Partner, User
from agencies.requests import signed_in
from lessons import workflow
from lessons.forms import CONFIRMATION, LessonForm, QuickLessonForm
from lessons.handling import HANDLED, handle
from lessons.models import Lesson
from lessons.timeline import question_to_author
from lessons.versions import keep_lesson
from lessons.vocabulary import ReportingContext, Status
from lessons.workflow import IncompleteError, RefusedError
from pages.resume import resumable
from programs.models import Activity, Agreement, Exercise, Program, today
from records.forms import RecordForm, Words
from records.models import SharedRecord
from records.panels import files_of
from records.saving import FormPage, Rows, answer, save_record

STARTING_POINTS: Mapping[str, type[Activity]] = {
    "exercise": Exercise,
    "program": Program,
    "agreement": Agreement,
}
"""What a new lesson may be logged from, by the name in the address."""


# --- A new lesson --------------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Log a lesson: three fields, as a draft or straight to review."""
    user = signed_in(request)
    if not user.may_record:
        raise PermissionDenied
    return answer(request, QUICK, initial=starting_point(request, user))


def starting_point(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the address proposes: ``?exercise=`` and its partners, or ``?partner=FR``."""
    initial: dict[str, Any] = {}
    partners: list[Partner] = []
    for name, model in STARTING_POINTS.items():
        ref = named_in(request, name)
        if not ref:
            continue
        activity = model.objects.visible_to(user).filter(ref=ref).first()
        if activity is None:
            messages.warning(request, _("“%(ref)s” was not found; choose again.") % {"ref": ref})
            continue
        initial[name] = activity.pk
        partners += activity.partners.all()
    code = named_in(request, "partner")
    if code:
        partners += Partner.objects.filter(code=code)
    return initial | {"partners": list(dict.fromkeys(partners))}


def named_in(request: HttpRequest, name: str) -> str:
    """A reference in the address; no reference holds NUL, which databases refuse."""
    return request.GET.get(name, "").replace("\0", "")[:60]


def save_new(request: HttpRequest, form: RecordForm, rows: Rows) -> SharedRecord:
    """Make the lesson a draft of its author; submit it as well if that was asked."""
    lesson = cast(Lesson, form.instance)
    lesson.language = written_in(signed_in(request))
    exercise = lesson.exercise
    if exercise is not None and exercise.starts_on <= today():
        lesson.occurred_on = exercise.starts_on
        lesson.occurred_precision = exercise.starts_precision
        lesson.reporting_context = ReportingContext.EXERCISE
    save_record(request, form, rows)
    return submit_if_asked(request, form, lesson)


def written_in(user: User) -> str:
    """The language a lesson is proposed to be in: its author's, where lessons have it."""
    known = dict(Lesson._meta.get_field("language").flatchoices)
    return user.language if user.language in known else "en"


def submit_if_asked(request: HttpRequest, form: RecordForm, lesson: Lesson) -> Lesson:
    """Make the move *submit* with what the form supplies; its refusal becomes the form's."""
    if "submit" not in request.POST:
        return lesson
    given = {
        "clean": form.cleaned_data.get(CONFIRMATION, False),
        "comment": form.cleaned_data.get("answer", ""),
    }
    try:
        workflow.perform(lesson, "submit", by=signed_in(request), given=given)
    except IncompleteError as error:
        renamed = {CONFIRMATION if name == "clean" else name: w for name, w in error.errors.items()}
        raise ValidationError({name: [words] for name, words in renamed.items()}) from error
    except RefusedError as error:
        raise ValidationError({NON_FIELD_ERRORS: [error.reason]}) from error
    return lesson


def is_to_be_submitted(request: HttpRequest, lesson: SharedRecord) -> bool:
    """The draft is made, but its author pressed *submit*."""
    return "submit" in request.POST and cast(Lesson, lesson).status == Status.DRAFT


def submitted(request: HttpRequest, lesson: SharedRecord) -> Words | None:
    """What is said when the lesson was submitted with its form."""
    if "submit" not in request.POST or cast(Lesson, lesson).status != Status.SUBMITTED:
        return None
    return _(
        "The lesson is submitted. A reviewer of your agency reads it next; "
        "you follow it on this page."
    )


QUICK = FormPage(
    model=Lesson,
    form=QuickLessonForm,
    template="lessons/new.html",
    done=gettext_lazy("The lesson is saved."),
    save=save_new,
    wants_more=is_to_be_submitted,
    done_more=submitted,
)


# --- The whole lesson ----------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Complete a lesson: its author until it is submitted, then its assigned reviewer."""
    user = signed_in(request)
    lesson = get_object_or_404(Lesson.objects.visible_to(user), ref=ref)
    context = {
        "question": question_to_author(lesson),
        "by_reviewer": lesson.status == Status.IN_REVIEW,
        "author": lesson.name_for(user),
        **files_of(lesson, may_edit=True, on_form=True),
    }
    return answer(request, FULL, lesson, context=context)


def save_whole(request: HttpRequest, form: RecordForm, rows: Rows) -> SharedRecord:
    lesson = cast(Lesson, form.instance)
    if lesson.status == Status.IN_REVIEW:
        save_reviewed(request, form)
    else:
        save_record(request, form, rows)
        submit_if_asked(request, form, lesson)
    # A move that was made with it has kept the version already.
    keep_lesson(lesson, by=signed_in(request), at=timezone.now())
    return lesson


def save_reviewed(request: HttpRequest, form: RecordForm) -> Lesson:
    """Save what a reviewer wrote; tags, marking and release change by their own verb."""
    lesson = cast(Lesson, form.instance)
    handled = [name for name in HANDLED if name in form.changed_data]
    for field in lesson._meta.fields:
        if field.name in handled:
            # The verb compares with what stands; the form has set the new value already.
            setattr(lesson, field.name, form.initial[field.name])
    lesson.version += 1
    lesson.save()
    for many in lesson._meta.many_to_many:
        if many.name in form.fields and many.name not in HANDLED:
            getattr(lesson, many.name).set(form.cleaned_data[many.name])
    if handled:
        given = {name: form.cleaned_data[name] for name in handled}
        try:
            handle(lesson, by=signed_in(request), given=given)
        except IncompleteError as error:
            by_field = {name: [words] for name, words in error.errors.items()}
            raise ValidationError(by_field) from error
        except RefusedError as error:
            raise ValidationError({NON_FIELD_ERRORS: [error.reason]}) from error
    return lesson


FULL = FormPage(
    model=Lesson,
    form=LessonForm,
    template="lessons/edit.html",
    done=gettext_lazy("The lesson is saved."),
    save=save_whole,
    done_more=submitted,
)
