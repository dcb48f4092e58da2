"""The history of a lesson: its versions, any two of them compared, an earlier text taken up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.requests import signed_in
from lessons import history, revising
from lessons.models import Action, Lesson
from lessons.versions import ActionVersion, LessonVersion, Revision
from lessons.views.lesson import lesson_page, visible_lesson
from lessons.views.review import page_in
from lessons.workflow import IncompleteError, RefusedError
from records.models import StaleVersionError
from records.saving import version_in

PAGE = 30
"""Versions on one page."""
MOST_VERSIONS = 1_000_000_000
"""No number of a version is greater."""


def lesson_with_history(user: User, ref: str) -> Lesson:
    """The lesson ``ref``: 404 where ``user`` may not see it, 403 where only its present text is
    for them.
    """
    lesson: Lesson = get_object_or_404(
        Lesson.objects.visible_to(user)
        .select_related("agency", "originator", "adopted_by", "created_by")
        .prefetch_related("former_editors"),
        ref=ref,
    )
    if not lesson.comments_visible_to(user):
        raise PermissionDenied(
            _("Earlier versions are for those who record for the lesson's agency.")
        )
    return lesson


class CompareForm(forms.Form):
    """Which two of ``numbers`` are compared; the earlier one is always ``old``."""

    old = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS)
    new = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS)

    def __init__(self, data: Any, *, versions: QuerySet[Any], newest: int) -> None:
        self.versions = versions
        initial = {"old": max(newest - 1, 1), "new": newest}
        super().__init__(data, initial=initial)
        self.fields["old"].label = _("Compare version")
        self.fields["new"].label = _("with version")
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-control", "max": str(newest)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        numbers = {name: cleaned[name] for name in self.fields if name in cleaned}
        self.found = {
            version.number: version
            for version in self.versions.filter(number__in=set(numbers.values()))
        }
        for name, number in numbers.items():
            if number not in self.found:
                self.add_error(name, _("There is no version %(number)d.") % {"number": number})
        return cleaned

    @property
    def chosen(self) -> tuple[Any, Any]:
        old, new = sorted((self.cleaned_data["old"], self.cleaned_data["new"]))
        return self.found[old], self.found[new]


def compare_form(request: HttpRequest, versions: QuerySet[Any]) -> CompareForm:
    newest = versions.values_list("number", flat=True).first() or 1
    data = request.GET if {"old", "new"} & request.GET.keys() else None
    return CompareForm(data, versions=versions, newest=newest)


# --- Lessons -----------------------------------------------------------------------------------


def versions_of(lesson: Lesson, user: User) -> QuerySet[LessonVersion]:
    found: QuerySet[LessonVersion] = LessonVersion.objects.filter(lesson=lesson).open_to(user)
    return found.select_related("by", "event__actor").prefetch_related(
        Prefetch("revision", Revision.objects.prefetch_related("editors"))
    )


@require_safe
def lesson_history(request: HttpRequest, ref: str) -> HttpResponse:
    """Every version that is this reader's to read, newest first; or the two chosen, compared."""
    user = signed_in(request)
    lesson = lesson_with_history(user, ref)
    versions = versions_of(lesson, user)
    form = compare_form(request, versions)
    context: dict[str, Any] = {"lesson": lesson, "form": form}
    if form.is_valid():
        old, new = form.chosen
        context |= {
            "pair": history.entries(lesson, [old, new], user),
            "differences": history.lesson_differences(lesson, old.said, new.said, user),
            "restorable": history.may_restore(lesson, user),
        }
        return render(request, "lessons/compare.html", context)
    page, older, pager = paged(request, versions, reverse("lessons:history", args=[ref]))
    every = history.following(history.entries(lesson, page, user), older)
    context |= {"entries": every, "pager": pager}
    return render(request, "lessons/history.html", context)


def paged(
    request: HttpRequest, versions: QuerySet[Any], here: str
) -> tuple[list[Any], int | None, dict[str, Any]]:
    """The page asked for, the number that comes after it, and the ways to its neighbors.

    What is no page is the nearest one.
    """
    page = Paginator(versions.defer("said"), PAGE).get_page(page_in(request.GET))
    words = {"first": page.start_index(), "last": page.end_index(), "total": page.paginator.count}
    several = page.has_other_pages()
    pager = {
        "previous_url": f"{here}?page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"{here}?page={page.number + 1}" if page.has_next() else "",
        "words": _("%(first)d–%(last)d of %(total)d") % words if several else "",
    }
    rows = list(page)
    older = versions.filter(number__lt=rows[-1].number) if page.has_next() else versions.none()
    return rows, older.values_list("number", flat=True).first(), pager


@require_safe
def version(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """What the lesson said in one version."""
    user = signed_in(request)
    lesson = lesson_with_history(user, ref)
    shown = get_object_or_404(versions_of(lesson, user), number=number)
    texts, facts = history.lesson_words(lesson, shown.said, user)
    context = {
        "lesson": lesson,
        "entry": history.entries(lesson, [shown], user)[0],
        "texts": texts,
        "facts": facts,
        "restorable": history.may_restore(lesson, user),
    }
    return render(request, "lessons/version.html", context)


def restore(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """Ask, with what it would change, then take up the text of an earlier version again."""
    user = signed_in(request)
    lesson = lesson_with_history(user, ref)
    shown = get_object_or_404(versions_of(lesson, user), number=number)
    if request.method == "POST":
        return do_restore(request, lesson, number, user)
    if not history.may_restore(lesson, user):
        return not_restored(request, lesson, user)
    return show_restore(request, lesson, shown, user)


def do_restore(request: HttpRequest, lesson: Lesson, number: int, user: User) -> HttpResponse:
    try:
        done = history.restore(lesson, number, by=user, version=version_in(request.POST))
    except IncompleteError as incomplete:
        # The second of two clicks, or somebody else restored it: it stands as was wanted.
        messages.info(request, " ".join(str(words) for words in incomplete.errors.values()))
        return HttpResponseRedirect(reverse("lessons:history", args=[lesson.ref]))
    except LessonVersion.DoesNotExist:
        raise Http404 from None
    except RefusedError:
        return not_restored(request, lesson, user)
    except StaleVersionError:
        fresh = lesson_with_history(user, lesson.ref)
        if not history.may_restore(fresh, user):
            return not_restored(request, fresh, user)
        shown = get_object_or_404(versions_of(fresh, user), number=number)
        return show_restore(request, fresh, shown, user, overtaken=True, status=409)
    messages.success(request, done)
    there = "lessons:revision" if lesson.is_published else "lessons:lesson"
    return HttpResponseRedirect(reverse(there, args=[lesson.ref]))


def not_restored(request: HttpRequest, lesson: Lesson, user: User) -> HttpResponse:
    """403 for whom it never is; where only the moment is wrong, the lesson with the reason."""
    reason = history.restore_refusal(lesson, user)
    step = revising.STEPS["revise"]
    if not (lesson.is_published and revising.is_for(lesson, None, step, user)):
        raise PermissionDenied(reason)
    return lesson_page(request, visible_lesson(user, lesson.ref), notice=reason, status=409)


def show_restore(
    request: HttpRequest,
    lesson: Lesson,
    shown: LessonVersion,
    user: User,
    *,
    overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    present = revising.texts_of(lesson)
    wanted = history.restored_texts(lesson, shown.said)
    context = {
        "lesson": lesson,
        "entry": history.entries(lesson, [shown], user)[0],
        "differences": history.lesson_differences(lesson, present, wanted, user),
        "overtaken": overtaken,
    }
    return render(request, "lessons/restore.html", context, status=status)


# --- Actions -----------------------------------------------------------------------------------


@require_safe
def action_history(request: HttpRequest, pk: int) -> HttpResponse:
    """The versions of an action, for those who record for its action body or a lesson's agency."""
    user = signed_in(request)
    action: Action = get_object_or_404(
        Action.objects.visible_to(user).select_related("body"), pk=pk
    )
    served = Lesson.objects.visible_to(user).filter(actions=action).select_related("agency")
    lesson = named_by(action, served.order_by("pk"), user)
    prefetch_related_objects([lesson], "former_editors")
    versions = ActionVersion.objects.filter(action=action).select_related("by")
    form = compare_form(request, versions)
    context: dict[str, Any] = {"action": action, "lesson": lesson, "form": form}
    if form.is_valid():
        old, new = form.chosen
        context |= {
            "pair": history.action_entries(action, lesson, [old, new], user),
            "differences": history.action_differences(action, lesson, old.said, new.said, user),
        }
        return render(request, "lessons/compare.html", context)
    here = reverse("lessons:action_history", args=[pk])
    page, older, pager = paged(request, versions, here)
    every = history.following(history.action_entries(action, lesson, page, user), older)
    context |= {"entries": every, "pager": pager}
    return render(request, "lessons/history.html", context)


def named_by(action: Action, lessons: Iterable[Lesson], user: User) -> Lesson:
    """The lesson by whose rules people are named; 403 where its history is not for ``user``."""
    every = list(lessons)
    inside = [lesson for lesson in every if lesson.comments_visible_to(user)]
    if inside:
        return inside[0]
    if history.records_for(action.body, user):
        return every[0]
    raise PermissionDenied(_("Earlier versions are for those who record for its agencies."))
