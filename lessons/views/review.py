"""The reviewers' queue, and the handling of a submitted lesson."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.requests import signed_in
from agencies.roles import Permission
from lessons import handling
from lessons.handling_forms import HandlingForm
from lessons.models import Lesson
from lessons.queue import PAGE, Queue
from lessons.stuck import stuck
from lessons.workflow import IncompleteError, RefusedError
from pages.resume import resumable, take
from records.models import StaleVersionError
from records.saving import version_in, with_plain_line_ends

MOST_STUCK = 50
"""Lessons that stand still are listed up to this many, oldest first."""


def review(request: HttpRequest) -> HttpResponse:
    """What waits for this reviewer: urgent on top, then the oldest."""
    user = signed_in(request)
    if not user.may_review:
        raise PermissionDenied(_("Reviewing belongs to the role of reviewer."))
    page = page_in(request.GET)
    queue = Queue.of(user, page)
    if page > 1 and not queue.waiting:
        return HttpResponseRedirect(reverse("lessons:review"))
    coordinated = user.standing.agencies(Permission.COORDINATE)
    still = (
        stuck(Lesson.objects.visible_to(user).filter(agency_id__in=coordinated))
        if coordinated
        else []
    )
    context = {
        "queue": queue,
        "stuck": still[:MOST_STUCK],
        "more_stuck": max(len(still) - MOST_STUCK, 0),
        "pager": pager(queue),
        "lessons_url": reverse("lessons:lessons"),
    }
    return render(request, "lessons/review.html", context)


def page_in(data: QueryDict) -> int:
    """The page asked for; what is no number is the first."""
    value = data.get("page", "")
    return max(int(value), 1) if value.isdecimal() and len(value) < 6 else 1


def pager(queue: Queue) -> dict[str, Any]:
    """Ways to the neighboring pages of the queue."""
    here = reverse("lessons:review")
    words = {"first": queue.first, "last": queue.last, "total": queue.total}
    return {
        "previous_url": f"{here}?page={queue.page - 1}" if queue.page > 1 else "",
        "next_url": f"{here}?page={queue.page + 1}" if queue.last < queue.total else "",
        "words": _("%(first)d–%(last)d of %(total)d") % words if queue.total > PAGE else "",
    }


@resumable
def handle(request: HttpRequest, ref: str) -> HttpResponse:
    """Change tags, marking and release, after saying whom that newly lets read it."""
    user = signed_in(request)
    lesson = get_object_or_404(Lesson.objects.visible_to(user), ref=ref)
    if not handling.may_handle(lesson, user):
        raise PermissionDenied(_("Only reviewers and endorsers of its agency change its handling."))
    if request.method == "POST":
        return save_handling(request, lesson, user, with_plain_line_ends(request.POST))
    typed = take(request)
    return show_handling(request, HandlingForm(typed, user=user, instance=lesson))


def save_handling(
    request: HttpRequest, lesson: Lesson, user: User, data: QueryDict
) -> HttpResponse:
    if version_in(data) != lesson.version:
        return handling_overtaken(request, lesson, user, data)
    form = HandlingForm(data, user=user, instance=lesson)
    if not form.is_valid():
        return show_handling(request, form, status=422)
    try:
        event = handling.handle(
            form.before,
            by=user,
            given=form.given,
            version=version_in(data),
            comment=form.cleaned_data["comment"],
        )
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show_handling(request, form, status=422)
    except (StaleVersionError, RefusedError):
        # Somebody was quicker in this very moment: answer as to a form sent a moment later.
        return handle(request, lesson.ref)
    if event is None:
        messages.info(request, _("Nothing was changed."))
    else:
        messages.success(request, _("The handling of %(ref)s is changed.") % {"ref": lesson.ref})
    return HttpResponseRedirect(lesson.get_absolute_url())


def handling_overtaken(
    request: HttpRequest, lesson: Lesson, user: User, data: QueryDict
) -> HttpResponse:
    """Somebody saved a newer version: the second of two clicks, or a real difference."""
    if lesson.last_made_by(user, "handle") and lesson.version == version_in(data) + 1:
        return HttpResponseRedirect(lesson.get_absolute_url())
    data["version"] = str(lesson.version)
    form = HandlingForm(data, user=user, instance=lesson)
    return show_handling(request, form, status=409, overtaken=True)


def show_handling(
    request: HttpRequest, form: HandlingForm, *, status: int = 200, overtaken: bool = False
) -> HttpResponse:
    form.is_valid()  # Whom it would newly let read is known only after looking at the values.
    context = {
        "form": form,
        "lesson": form.before,
        "widened": form.widened,
        "confirmed": " ".join(form.widened),
        "overtaken": overtaken,
    }
    return render(request, "lessons/handling.html", context, status=status)
