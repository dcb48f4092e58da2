"""Saying that an agency used a lesson."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.requests import signed_in
from lessons import reuse as reuses
from lessons.models import Lesson, Reuse
from lessons.reuse_forms import ReuseForm
from lessons.views.discussion import refused_page, sent_by
from lessons.workflow import IncompleteError, RefusedError
from pages.resume import resumable, take
from records.saving import version_in


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def reuse(request: HttpRequest, ref: str) -> HttpResponse:
    """“We used this”: for whom, when, in what, and what came of it."""
    user = signed_in(request)
    lesson = get_object_or_404(Lesson.objects.visible_to(user), ref=ref)
    reason = reuses.refusal(lesson, user)
    if reason is not None:
        raise PermissionDenied(reason)
    if request.method == "POST":
        return record(request, lesson, user, sent_by(request, user))
    typed = take(request)
    return show(request, lesson, ReuseForm(typed, user=user, as_typed=typed is not None))


def record(request: HttpRequest, lesson: Lesson, user: User, data: QueryDict) -> HttpResponse:
    form = ReuseForm(data, user=user)
    if not form.is_valid():
        return show(request, lesson, form, status=422)
    try:
        reuses.record(
            lesson,
            by=user,
            agency=form.instance.agency,
            given=form.given,
            token=form.cleaned_data["uuid"],
        )
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show(request, lesson, form, status=422)
    except RefusedError as refused:
        return refused_page(request, lesson, refused)
    return saved(request, lesson)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Correct what one's agency said of its use."""
    user = signed_in(request)
    lesson = get_object_or_404(Lesson.objects.visible_to(user), ref=ref)
    found = get_object_or_404(Reuse.objects.visible_to(user), lesson=lesson, pk=pk)
    if not Reuse.objects.editable_by(user).filter(pk=pk).exists():
        raise PermissionDenied(_("It is changed by those who record for the agency that used it."))
    if request.method == "POST":
        return change(request, lesson, found, sent_by(request, user))
    typed = take(request)
    form = ReuseForm(typed, user=user, instance=found, as_typed=typed is not None)
    return show(request, lesson, form)


def change(request: HttpRequest, lesson: Lesson, found: Reuse, data: QueryDict) -> HttpResponse:
    user, opened_on = signed_in(request), version_in(data)
    if opened_on != found.version:
        return overtaken(request, lesson, found, data)
    form = ReuseForm(data, user=user, instance=found)
    if not form.is_valid():
        return show(request, lesson, form, status=422)
    try:
        reuses.change(found, by=user, given=form.given, version=opened_on)
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show(request, lesson, form, status=422)
    except reuses.ChangedError:
        return overtaken(request, lesson, Reuse.objects.get(pk=found.pk), data)
    except RefusedError as refused:
        return refused_page(request, lesson, refused)
    return saved(request, lesson)


def overtaken(request: HttpRequest, lesson: Lesson, found: Reuse, data: QueryDict) -> HttpResponse:
    """Somebody saved a newer version: the second of two clicks, or a real difference."""
    user = signed_in(request)
    last = found.events.last()
    data["version"] = str(found.version)
    unchanged = ReuseForm(data.copy(), user=user, instance=Reuse.objects.get(pk=found.pk))
    if last is not None and last.actor_id == user.pk and not unchanged.differs:
        return saved(request, lesson)
    form = ReuseForm(data, user=user, instance=found, as_typed=True)
    return show(request, lesson, form, status=409, overtaken=True)


def saved(request: HttpRequest, lesson: Lesson) -> HttpResponse:
    messages.success(request, _("It is on the lesson's page that your agency used it."))
    return HttpResponseRedirect(f"{lesson.get_absolute_url()}#reuses")


def show(
    request: HttpRequest,
    lesson: Lesson,
    form: ReuseForm,
    *,
    status: int = 200,
    overtaken: bool = False,
) -> HttpResponse:
    context = {"lesson": lesson, "form": form, "overtaken": overtaken}
    return render(request, "lessons/reuse.html", context, status=status)
