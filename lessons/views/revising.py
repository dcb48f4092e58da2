"""Revising a published text: the form of a proposal, and the page on which it is decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import User
from agencies.requests import signed_in
from lessons import history, move_drafts, revising, timeline
from lessons.models import Lesson
from lessons.revising import STEPS, Step
from lessons.revision_forms import DecisionForm, RevisionForm
from lessons.versions import Revision
from lessons.views.history import lesson_with_history
from lessons.views.lesson import lesson_page, visible_lesson
from lessons.vocabulary import RevisionStage
from lessons.workflow import IncompleteError, RefusedError, Words
from pages.resume import PERSON_FIELD, person_of, person_token, resumable, take
from records import drafts
from records.comparing import differences
from records.models import StaleVersionError
from records.saving import version_in, with_plain_line_ends

REVISE = STEPS["revise"]


def here(lesson: Lesson) -> str:
    return reverse("lessons:revision", args=[lesson.ref])


# --- Proposing ---------------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, ref: str) -> HttpResponse:
    """Propose another text for a published lesson, or go on with what is proposed."""
    user = signed_in(request)
    lesson = lesson_with_history(user, ref)
    revision = revising.open_revision(lesson)
    if request.method == "POST":
        data = with_plain_line_ends(request.POST)
        owner = person_of(data.get(PERSON_FIELD))
        if owner is not None and owner != user.pk:
            # Opened by somebody else who was signed in on this device before.
            raise PermissionDenied
        return sent(request, lesson, revision, user, data)
    reason = revising.refusal(lesson, revision, REVISE, user)
    if reason is not None:
        if not revising.is_for(lesson, revision, REVISE, user):
            raise PermissionDenied(reason)
        return lesson_page(request, visible_lesson(user, ref), notice=reason, status=409)
    typed = take(request)
    restored = None
    if typed is None:
        restored = move_drafts.draft_for(lesson, REVISE, user)
        typed = move_drafts.typed_in(restored) if restored else None
    if typed is None:
        form = RevisionForm(user=user, lesson=lesson, revision=revision)
        return show_form(request, lesson, revision, user, form)
    return show_typed(request, lesson, revision, user, typed, restored=restored)


def sent(
    request: HttpRequest, lesson: Lesson, revision: Revision | None, user: User, data: QueryDict
) -> HttpResponse:
    if "draft" in request.GET:
        return keep(request, lesson, revision, user, data)
    follows = lesson.version == version_in(data) + 1
    if follows and lesson.last_made_by(user, "revise"):
        # The second of two clicks.
        return HttpResponseRedirect(here(lesson))
    reason = revising.refusal(lesson, revision, REVISE, user)
    if reason is not None:
        return refused(request, lesson, revision, user, reason, data)
    if version_in(data) != lesson.version:
        return show_typed(request, lesson, revision, user, data, status=409)
    form = RevisionForm(data, user=user, lesson=lesson, revision=revision)
    if not form.is_valid():
        return show_form(request, lesson, revision, user, form, status=422)
    try:
        revising.revise(
            lesson,
            by=user,
            texts=form.texts,
            comment=form.cleaned_data["comment"],
            version=version_in(data),
        )
    except IncompleteError as incomplete:
        form.add_errors(incomplete.errors)
        return show_form(request, lesson, revision, user, form, status=422)
    except (StaleVersionError, RefusedError):
        # Somebody was quicker in this very moment: answer as to a form sent a moment later.
        return revise(request, lesson.ref)
    move_drafts.forget(lesson, REVISE, user)
    sign = '<span data-draft-clear="{}">{}</span>'
    words = _("The revision waits for somebody to approve it. Readers keep the present text.")
    messages.success(request, format_html(sign, move_drafts.key(lesson, REVISE), words))
    return HttpResponseRedirect(here(lesson))


def keep(
    request: HttpRequest, lesson: Lesson, revision: Revision | None, user: User, data: QueryDict
) -> HttpResponse:
    """Keep what is typed so far, for this person alone."""
    if revising.refusal(lesson, revision, REVISE, user) is not None:
        return JsonResponse({}, status=409)
    path = reverse("lessons:revise", args=[lesson.ref])
    draft = move_drafts.keep(lesson, REVISE, user, data, path=path)
    return JsonResponse({"time": date_format(localtime(draft.updated_at), "H:i")})


def show_typed(
    request: HttpRequest,
    lesson: Lesson,
    revision: Revision | None,
    user: User,
    data: QueryDict,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The form as it was typed; compared with what stands if that has moved on since."""
    overtaken = version_in(data) != lesson.version
    data["version"] = str(lesson.version)
    form = RevisionForm(data, user=user, lesson=lesson, revision=revision, as_typed=True)
    context = {
        "overtaken": overtaken,
        "differences": differences(form, ()) if overtaken else [],
        **more,
    }
    return show_form(request, lesson, revision, user, form, status=status, **context)


def show_form(
    request: HttpRequest,
    lesson: Lesson,
    revision: Revision | None,
    user: User,
    form: RevisionForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "lesson": lesson,
        "revision": revision,
        "last_editor": lesson.name_for(user, revision.last_editor) if revision else "",
        "form": form,
        "step": REVISE,
        "question": question(lesson, revision),
        "draft_url": f"{request.path}?draft",
        "draft_key": move_drafts.key(lesson, REVISE),
        "draft_device": "on" if drafts.kept_on_device(user) else "off",
        **more,
    }
    return render(request, "lessons/revise.html", context, status=status)


def question(lesson: Lesson, revision: Revision | None) -> str:
    """What an endorser asked, while it waits for the answer."""
    if revision is None or revision.stage != RevisionStage.RETURNED:
        return ""
    asked = lesson.events.filter(move="return_revision").last()
    return asked.comment if asked else ""


def refused(
    request: HttpRequest,
    lesson: Lesson,
    revision: Revision | None,
    user: User,
    reason: Words,
    data: QueryDict,
) -> HttpResponse:
    """403 for whom it never is; else the form with what was written, which can be copied."""
    if not revising.is_for(lesson, revision, REVISE, user):
        raise PermissionDenied(reason)
    return show_typed(request, lesson, revision, user, data, status=409, blocked=reason)


# --- Deciding ----------------------------------------------------------------------------------


@require_safe
def revision(request: HttpRequest, ref: str) -> HttpResponse:
    """What is proposed beside what readers have, and the decisions this reader may take."""
    user = signed_in(request)
    lesson = lesson_with_history(user, ref)
    return decision_page(request, lesson, user)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    """Approve, return or drop the revision that waits."""
    if name not in revising.DECISIONS:
        raise Http404
    user = signed_in(request)
    lesson = lesson_with_history(user, ref)
    step = STEPS[name]
    if request.method != "POST":
        return decision_page(request, lesson, user, step=step, data=take(request))
    data = with_plain_line_ends(request.POST)
    if lesson.version == version_in(data) + 1 and lesson.last_made_by(user, name):
        # The second of two clicks.
        return HttpResponseRedirect(lesson.get_absolute_url())
    waiting = revising.open_revision(lesson)
    reason = revising.refusal(lesson, waiting, step, user)
    if reason is not None:
        return not_decided(request, lesson, waiting, step, user, reason, data)
    if version_in(data) != lesson.version:
        return decision_page(
            request, lesson, user, step=step, data=data, overtaken=True, status=409
        )
    form = DecisionForm(data, step=step)
    if not form.is_valid():
        return decision_page(request, lesson, user, step=step, data=data, status=422)
    comment, version = form.cleaned_data["comment"], version_in(data)
    try:
        revising.decide(lesson, name, by=user, comment=comment, version=version)
    except IncompleteError as incomplete:
        words = " ".join(str(one) for one in incomplete.errors.values())
        return not_decided(request, lesson, waiting, step, user, words, data)
    except (StaleVersionError, RefusedError):
        # Somebody was quicker in this very moment: answer as to a form sent a moment later.
        return decide(request, ref, name)
    messages.success(request, _("%(ref)s: %(done)s.") % {"ref": lesson.ref, "done": step.done})
    return HttpResponseRedirect(lesson.get_absolute_url())


def not_decided(
    request: HttpRequest,
    lesson: Lesson,
    waiting: Revision | None,
    step: Step,
    user: User,
    reason: Words,
    data: QueryDict,
) -> HttpResponse:
    """403 for whom it never is; else the lesson, with the reason and what was written."""
    if not revising.is_for(lesson, waiting, step, user):
        raise PermissionDenied(reason)
    comment = data.get("comment", "").strip()
    wrote = _("You wrote: “%(words)s”") % {"words": comment} if comment else ""
    notice = " ".join(filter(None, [str(reason), wrote]))
    return lesson_page(request, visible_lesson(user, lesson.ref), notice=notice, status=409)


def decision_page(
    request: HttpRequest,
    lesson: Lesson,
    user: User,
    *,
    step: Step | None = None,
    data: QueryDict | None = None,
    overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    """``data`` is what was sent for ``step`` and has to be corrected or looked at again."""
    waiting = revising.open_revision(lesson)
    if waiting is None:
        messages.info(request, _("No revision is open."))
        return HttpResponseRedirect(lesson.get_absolute_url())
    decisions = [
        {"step": one, "form": DecisionForm(data if one == step else None, step=one)}
        for one in revising.offered(lesson, waiting, user)
        if one.name in revising.DECISIONS
    ]
    present, wanted = revising.texts_of(lesson), revising.texts_of(lesson, waiting)
    context = {
        "lesson": lesson,
        "revision": waiting,
        "sentence": revising.sentence(lesson, waiting, user),
        "events": timeline.proposed(lesson, waiting, user),
        "differences": history.lesson_differences(lesson, present, wanted, user),
        "decisions": decisions,
        "may_revise": revising.refusal(lesson, waiting, REVISE, user) is None,
        "overtaken": overtaken,
        "person_token": person_token(user),
    }
    return render(request, "lessons/revision.html", context, status=status)
