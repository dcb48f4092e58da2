"""Evaluating an exercise that was held."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.requests import signed_in
from pages.resume import PERSON_FIELD, person_of, resumable, take
from programs.evaluating import evaluate as perform
from programs.evaluating import lessons_of, may_evaluate
from programs.evaluation_forms import EvaluationForm
from programs.models import Evaluation, Exercise
from programs.views.activity import feedback_on
from records.models import StaleVersionError
from records.saving import version_in, with_plain_line_ends

LESSONS_SHOWN = 8


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def evaluate(request: HttpRequest, ref: str) -> HttpResponse:
    """Rate every objective; done again it corrects what was said."""
    user = signed_in(request)
    exercise = seen(user, ref)
    if not may_evaluate(exercise, user):
        raise PermissionDenied(
            _("An exercise that was held is evaluated by who may edit it or evaluates it.")
        )
    if request.method == "POST":
        owner = person_of(request.POST.get(PERSON_FIELD))
        if owner is not None and owner != user.pk:
            raise PermissionDenied
        return send(request, exercise, with_plain_line_ends(request.POST))
    typed = take(request)
    return show(request, exercise, form_of(exercise, user, typed, as_typed=typed is not None))


def seen(user: User, ref: str) -> Exercise:
    found: Exercise = get_object_or_404(
        Exercise.objects.visible_to(user).select_related("agency"), ref=ref
    )
    return found


def latest(exercise: Exercise) -> Evaluation | None:
    return exercise.evaluations.last()


def form_of(
    exercise: Exercise, user: User, data: QueryDict | None, *, as_typed: bool = False
) -> EvaluationForm:
    before = latest(exercise)
    return EvaluationForm(
        data,
        exercise=exercise,
        objectives=list(exercise.objectives.order_by("pk")),
        user=user,
        no_lesson=before.no_lesson if before else "",
        as_typed=as_typed,
    )


def send(request: HttpRequest, exercise: Exercise, data: QueryDict) -> HttpResponse:
    user, opened_on = signed_in(request), version_in(data)
    if opened_on != exercise.version:
        return overtaken(request, exercise, data)
    form = form_of(exercise, user, data)
    if not form.is_valid():
        complete(form, exercise, user)
        return show(request, exercise, form, status=422)
    try:
        perform(exercise, by=user, given=form.given, version=opened_on)
    except ValidationError as error:
        for name, words in error.message_dict.items():
            form.add_error(name if name in form.fields else None, words)
        return show(request, exercise, form, status=422)
    except StaleVersionError:
        return overtaken(request, seen(user, exercise.ref), data)
    messages.success(request, _("The evaluation is saved."))
    return HttpResponseRedirect(exercise.get_absolute_url())


def complete(form: EvaluationForm, exercise: Exercise, user: User) -> None:
    """Say at once what the verb would say after the ratings are right."""
    if form.cleaned_data.get("no_lesson") or "no_lesson" in form.errors:
        return
    if not lessons_of(exercise, user).exists():
        form.add_error("no_lesson", _("Log a lesson from it first, or say why there is none."))


def overtaken(request: HttpRequest, exercise: Exercise, data: QueryDict) -> HttpResponse:
    """Somebody saved a newer version: the second of two clicks, or a real difference."""
    user = signed_in(request)
    before = latest(exercise)
    follows = exercise.version == version_in(data) + 1
    data["version"] = str(exercise.version)
    form = form_of(exercise, user, data.copy())
    if follows and before is not None and before.by_id == user.pk and not form.differs:
        return HttpResponseRedirect(exercise.get_absolute_url())
    form = form_of(exercise, user, data, as_typed=True)
    return show(request, exercise, form, status=409, overtaken=True)


def show(
    request: HttpRequest,
    exercise: Exercise,
    form: EvaluationForm,
    *,
    status: int = 200,
    overtaken: bool = False,
) -> HttpResponse:
    lessons = lessons_of(exercise, signed_in(request))
    context = {
        "record": exercise,
        "form": form,
        "overtaken": overtaken,
        **feedback_on(exercise, signed_in(request)),
        "lessons": list(lessons[:LESSONS_SHOWN]),
        "log_url": f"{reverse('lessons:new')}?exercise={exercise.ref}",
        "edit_url": reverse("programs:exercise_edit", args=[exercise.ref])
        if exercise.is_editable_by(signed_in(request))
        else "",
    }
    return render(request, "programs/evaluate.html", context, status=status)
