"""Making a move: a page drawn from what the life cycle asks for, and the one verb behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.requests import signed_in
from lessons import move_drafts, workflow
from lessons.action_rows import PREFIX, BaseActionFormSet, action_rows
from lessons.models import Lesson
from lessons.move_forms import MoveForm, differences
from lessons.timeline import done_words, who_did
from lessons.views.lesson import lesson_page, passages, visible_lesson
from lessons.vocabulary import Status
from lessons.workflow import MOVES, Actor, IncompleteError, Move, RefusedError, Words
from pages.resume import PERSON_FIELD, person_of, person_token, resumable, take
from pages.rows import add_row
from records import drafts
from records.models import StaleVersionError
from records.saving import version_in, with_plain_line_ends


@resumable
def move(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    """One move of one lesson: ask for what it needs, make it, or say what stands in the way."""
    if name not in MOVES:
        raise Http404
    user = signed_in(request)
    lesson = visible_lesson(user, ref)
    asked = Asked(request, user, lesson, MOVES[name])
    return asked.post() if request.method == "POST" else asked.get()


@dataclass
class Asked:
    """One request for one move."""

    request: HttpRequest
    user: User
    lesson: Lesson
    move: Move
    context: dict[str, Any] = field(default_factory=dict)

    # --- Opening -----------------------------------------------------------------------------

    def get(self) -> HttpResponse:
        """The move's page: as it was sent before signing in again, as it was left, or fresh."""
        reason = self.refusal()
        if reason is not None:
            return self.refused(reason)
        typed = take(self.request)
        if typed is None:
            draft = move_drafts.draft_for(self.lesson, self.move, self.user)
            typed = move_drafts.typed_in(draft) if draft else None
            self.context["restored"] = draft
        if typed is None:
            rows = self.rows(None) if self.asks_for_actions else None
            return self.show(
                MoveForm(None, lesson=self.lesson, move=self.move, actor=Actor(self.user)), rows
            )
        return self.show_typed(typed)

    @property
    def asks_for_actions(self) -> bool:
        return PREFIX in self.move.needs

    def rows(self, data: QueryDict | None, *, as_typed: bool = False) -> BaseActionFormSet:
        optional = "reopened" in self.move.may_have
        return action_rows(self.lesson, data, as_typed=as_typed, optional=optional)

    def refusal(self) -> Words | None:
        return workflow.refusal(self.lesson, self.move, Actor(self.user))

    # --- Making it ---------------------------------------------------------------------------

    def post(self) -> HttpResponse:
        data = with_plain_line_ends(self.request.POST)
        owner = person_of(data.get(PERSON_FIELD))
        if owner is not None and owner != self.user.pk:
            # Opened by somebody else who was signed in on this device before.
            raise PermissionDenied
        if "draft" in self.request.GET:
            return self.keep(data)
        if self.was_made(data):
            return self.made()
        reason = self.refusal()
        if reason is not None:
            return self.refused(reason, data)
        if f"add_{PREFIX}" in data and self.asks_for_actions:
            add_row(data, PREFIX)
            return self.show_typed(data)
        if version_in(data) != self.lesson.version:
            return self.show_typed(data, status=409)
        return self.make(data)

    def was_made(self, data: QueryDict) -> bool:
        """Whether the first of two clicks has made just this move already."""
        follows = self.lesson.version == version_in(data) + 1
        return follows and self.lesson.last_made_by(self.user, self.move.name)

    def make(self, data: QueryDict) -> HttpResponse:
        rows = self.rows(data) if self.asks_for_actions else None
        # Both are asked, so that every error is shown at once.
        right = rows is None or rows.is_valid()
        form = MoveForm(data, lesson=self.lesson, move=self.move, actor=Actor(self.user))
        if rows is not None and right and form.is_valid():
            form.ask_to_confirm({**form.given, PREFIX: rows.given}, [self.lesson])
        if not (form.is_valid() and right):
            return self.show(form, rows, status=422)
        given = form.given if rows is None else {**form.given, PREFIX: rows.given}
        try:
            workflow.perform(
                self.lesson, self.move.name, by=self.user, given=given, version=version_in(data)
            )
        except IncompleteError as incomplete:
            form.add_errors(incomplete.errors)
            return self.show(form, rows, status=422)
        except (StaleVersionError, RefusedError):
            # Somebody was quicker in this very moment: answer as to a form sent a moment later.
            fresh = visible_lesson(self.user, self.lesson.ref)
            return Asked(self.request, self.user, fresh, self.move).post()
        move_drafts.forget(self.lesson, self.move, self.user)
        return self.made()

    def made(self) -> HttpResponse:
        """Say so, and lead to where the person can go on."""
        sign = '<span data-draft-clear="{}">{}</span>'
        key = move_drafts.key(self.lesson, self.move)
        messages.success(self.request, format_html(sign, key, self.said()))
        # What was adopted as a draft is its new author's alone.
        there = self.lesson.is_visible_to(self.user)
        target = self.lesson.get_absolute_url() if there else reverse("lessons:review")
        return HttpResponseRedirect(target)

    def said(self) -> str:
        words = {"ref": self.lesson.ref, "done": self.move.done}
        return _("%(ref)s: %(done)s.") % words

    # --- When it cannot be made --------------------------------------------------------------

    def refused(self, reason: Words, data: QueryDict | None = None) -> HttpResponse:
        """The person's role forbids it (403), or something happened meanwhile (409).

        What was written is given back with the reason, never thrown away.
        """
        overtaken = data is not None and version_in(data) != self.lesson.version
        told = overtaken and self.lesson.was_with(self.user)
        if not told and not self.move.is_for(self.lesson, Actor(self.user)):
            raise PermissionDenied(reason)
        notice = self.what_happened(reason)
        if data is not None and self.has_words(data):
            self.context["blocked"] = notice
            return self.show_typed(data, status=409)
        return lesson_page(self.request, self.lesson, notice=notice, status=409)

    def has_words(self, data: QueryDict) -> bool:
        names = {"comment", "discussion", "conclusion", "recommendation"}
        return any(data.get(name, "").strip() for name in names)

    def what_happened(self, reason: Words) -> str:
        """The reason, and the last thing that was done with the lesson."""
        event = self.lesson.last_event
        if event is None:
            return str(reason)
        who = who_did(event, self.lesson, self.user)
        at = date_format(localtime(event.at), "j M Y, H:i")
        words = {"reason": reason, "done": done_words(event), "who": who, "at": at}
        return _("%(reason)s Last: %(done)s (%(who)s), %(at)s.") % words

    # --- Keeping and showing -----------------------------------------------------------------

    def keep(self, data: QueryDict) -> HttpResponse:
        """Keep what is typed so far, for this person alone."""
        if self.refusal() is not None:
            return JsonResponse({}, status=409)
        draft = move_drafts.keep(self.lesson, self.move, self.user, data)
        return JsonResponse({"time": date_format(localtime(draft.updated_at), "H:i")})

    def show_typed(self, data: QueryDict, *, status: int = 200) -> HttpResponse:
        """The form as it was typed; compared with the lesson if that has moved on since."""
        if version_in(data) != self.lesson.version and "blocked" not in self.context:
            self.context["differences"] = differences(self.lesson, data.dict())
            self.context["overtaken"] = True
            data["version"] = str(self.lesson.version)
        form = MoveForm(
            data, lesson=self.lesson, move=self.move, actor=Actor(self.user), as_typed=True
        )
        rows = None
        if self.asks_for_actions:
            rows = self.rows(data, as_typed=True)
        return self.show(form, rows, status=status)

    def show(
        self, form: MoveForm, rows: BaseActionFormSet | None, *, status: int = 200
    ) -> HttpResponse:
        context = {
            "lesson": self.lesson,
            "move": self.move,
            "form": form,
            "rows": rows,
            "missing": self.missing(),
            "passages": self.beside(),
            "formsets": [rows] if rows is not None else [],
            "person_token": person_token(self.user),
            "draft_url": f"{self.request.path}?draft",
            "draft_key": move_drafts.key(self.lesson, self.move),
            "draft_device": "on" if drafts.kept_on_device(self.user) else "off",
            **self.context,
        }
        return render(self.request, "lessons/move.html", context, status=status)

    def missing(self) -> list[str | Promise]:
        """What the lesson itself lacks before it can be submitted."""
        if self.move.name != "submit":
            return []
        return list(workflow.missing_for_review(self.lesson).values())

    def beside(self) -> Any:
        """What one reads while deciding: not what the form asks for again."""
        names = ["observation", "discussion", "conclusion", "recommendation"]
        asked = set(self.move.needs)
        if self.lesson.status == Status.DRAFT:
            return []
        return passages(self.lesson, *(name for name in names if name not in asked))
