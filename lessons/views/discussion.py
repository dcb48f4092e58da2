"""Comments on a lesson: write, mention, edit, withdraw, hide."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import User
from agencies.requests import signed_in
from lessons import discussion
from lessons.discussion_forms import CommentForm, HideForm
from lessons.models import Comment, Lesson
from lessons.views.lesson import lesson_page, visible_lesson
from lessons.workflow import IncompleteError, RefusedError
from pages.resume import PERSON_FIELD, person_of, resumable, take
from records.saving import with_plain_line_ends

ALL = 1_000
"""Comments on the page that shows all of them."""


def sent_by(request: HttpRequest, user: User) -> QueryDict:
    """What was sent; 403 if the form was opened by who was signed in on this device before."""
    owner = person_of(request.POST.get(PERSON_FIELD))
    if owner is not None and owner != user.pk:
        raise PermissionDenied
    return with_plain_line_ends(request.POST)


def place_of(comment: Comment) -> str:
    return f"{comment.lesson.get_absolute_url()}#comment-{comment.pk}"


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, ref: str) -> HttpResponse:
    """All that is said about a lesson, and a form to say something."""
    user = signed_in(request)
    lesson = visible_lesson(user, ref)
    reason = discussion.refusal(lesson, user)
    if request.method != "POST":
        typed = take(request)
        form = None
        if reason is None:
            form = CommentForm(typed, lesson=lesson, user=user, as_typed=typed is not None)
        return show(request, lesson, form)
    if reason is not None:
        raise PermissionDenied(reason)
    data = sent_by(request, user)
    if "choose" in data:
        # Without scripts: the same form with everybody who can be mentioned.
        form = CommentForm(data, lesson=lesson, user=user, as_typed=True)
        return show(request, lesson, form)
    form = CommentForm(data, lesson=lesson, user=user)
    if not form.is_valid():
        return show(request, lesson, form, status=422)
    given = form.cleaned_data
    try:
        said = discussion.write(
            lesson,
            by=user,
            text=given["text"],
            mentioned=given["mentioned"],
            for_staff=given.get("for_staff", False),
            token=given["token"],
        )
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show(request, lesson, form, status=422)
    except RefusedError as refused:
        return refused_page(request, lesson, refused)
    return HttpResponseRedirect(place_of(said.comment))


def show(
    request: HttpRequest, lesson: Lesson, form: CommentForm | None, *, status: int = 200
) -> HttpResponse:
    context = {
        "lesson": lesson,
        "form": form,
        "discussion": discussion.discussion(
            lesson, signed_in(request), at=timezone.now(), most=ALL
        ),
    }
    return render(request, "lessons/comment.html", context, status=status)


def refused_page(request: HttpRequest, lesson: Lesson, refused: RefusedError) -> HttpResponse:
    """The lesson with what stood in the way; 404 where it is no longer for the reader."""
    user = signed_in(request)
    return lesson_page(request, visible_lesson(user, lesson.ref), notice=refused.reason, status=409)


@require_safe
def people(request: HttpRequest, ref: str) -> HttpResponse:
    """Who can be mentioned, by the letters typed so far: the options of a list."""
    user = signed_in(request)
    lesson = get_object_or_404(
        Lesson.objects.visible_to(user).select_related(
            "agency", "originator", "adopted_by", "created_by"
        ),
        ref=ref,
    )
    if discussion.refusal(lesson, user) is not None:
        raise PermissionDenied
    offered = discussion.offered(lesson, user, request.GET.get("q", "")[:100])
    return render(request, "lessons/_people.html", {"offered": offered})


def seen_comment(request: HttpRequest, ref: str, pk: int) -> Comment:
    """A comment with its lesson as the lesson's own page has it; 404 where it is hidden."""
    user = signed_in(request)
    lesson = visible_lesson(user, ref)
    found = Comment.objects.visible_to(user).select_related("author", "agency")
    comment: Comment = get_object_or_404(found, lesson=lesson, pk=pk)
    comment.lesson = lesson
    return comment


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Correct one's own comment soon after it was written."""
    user = signed_in(request)
    comment = seen_comment(request, ref, pk)
    if comment.author_id != user.pk:
        raise PermissionDenied
    kind: dict[str, Any] = {"lesson": comment.lesson, "user": user, "comment": comment}
    if request.method != "POST":
        if not discussion.may_edit(comment, user, timezone.now()):
            raise PermissionDenied(_("A comment can be changed for 15 minutes."))
        typed = take(request)
        return show_edit(request, comment, CommentForm(typed, as_typed=typed is not None, **kind))
    form = CommentForm(sent_by(request, user), **kind)
    if not form.is_valid():
        return show_edit(request, comment, form, status=422)
    try:
        discussion.edit(
            comment,
            by=user,
            text=form.cleaned_data["text"],
            mentioned=form.cleaned_data["mentioned"],
        )
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show_edit(request, comment, form, status=422)
    except RefusedError as refused:
        # What was written stays on the page, to be sent as another comment.
        form.add_error(None, str(refused.reason))
        return show_edit(request, comment, form, status=409)
    messages.success(request, _("The comment is changed."))
    return HttpResponseRedirect(place_of(comment))


def show_edit(
    request: HttpRequest, comment: Comment, form: CommentForm, *, status: int = 200
) -> HttpResponse:
    context = {"lesson": comment.lesson, "comment": comment, "form": form}
    return render(request, "lessons/comment_edit.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    comment = seen_comment(request, ref, pk)
    if comment.author_id != signed_in(request).pk:
        raise PermissionDenied
    try:
        discussion.withdraw(comment, by=signed_in(request))
    except RefusedError as refused:
        return refused_page(request, comment.lesson, refused)
    messages.success(request, _("The comment is withdrawn."))
    return HttpResponseRedirect(place_of(comment))


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def hide(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Hide a comment, with a reason that its readers see."""
    user = signed_in(request)
    comment = seen_comment(request, ref, pk)
    if not discussion.may_hide(comment, user):
        raise PermissionDenied(_("An endorser of the lesson's agency hides a comment."))
    if request.method != "POST":
        typed = take(request)
        return show_hide(request, comment, HideForm(typed, user=user, as_typed=typed is not None))
    form = HideForm(sent_by(request, user), user=user)
    if not form.is_valid():
        return show_hide(request, comment, form, status=422)
    try:
        discussion.hide(comment, by=user, reason=form.cleaned_data["reason"])
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show_hide(request, comment, form, status=422)
    except RefusedError as refused:
        return refused_page(request, comment.lesson, refused)
    messages.success(request, _("The comment is hidden."))
    return HttpResponseRedirect(place_of(comment))


def show_hide(
    request: HttpRequest, comment: Comment, form: HideForm, *, status: int = 200
) -> HttpResponse:
    who = discussion.name_of(comment, signed_in(request))
    context = {"lesson": comment.lesson, "comment": comment, "who": who, "form": form}
    return render(request, "lessons/comment_hide.html", context, status=status)
