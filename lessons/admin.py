"""Lessons, actions and themes in Django's admin: to search, filter and move, never round the life
cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.admin import KeptAdmin
from agencies.models import User
from agencies.requests import signed_in
from lessons import action_page, mine, revising
from lessons.bulk_moves import ActionMoves, Bulk, LessonMoves, RevisionSteps, references
from lessons.models import Action, ActionEvent, Comment, Evidence, Lesson, LessonEvent, Reuse, Theme
from lessons.moving_admin import Button, MovingAdmin, deed_action
from lessons.stuck import stuck
from lessons.timeline import as_acted, done_words
from lessons.workflow import (
    ACTION_ENDORSER,
    ACTION_MOVES,
    ASSIGNED_REVIEWER,
    ENDORSER,
    MOVES,
    REVIEWER,
    VALIDATOR,
    VERIFIER,
    Move,
    action_options,
    options,
)
from records.admin import ReadOnlyAdmin, unless_red
from records.vocabulary import TLP

STAFF = {REVIEWER, ASSIGNED_REVIEWER, ENDORSER, VALIDATOR, ACTION_ENDORSER, VERIFIER}


def of_staff(moves: Mapping[str, Move]) -> dict[str, Move]:
    """Moves that wait for a reviewer or an endorser: the administration can make these."""
    return {
        name: move
        for name, move in moves.items()
        if any(STAFF.intersection(who) for who in move.sources.values())
    }


STAFF_MOVES, STAFF_ACTION_MOVES = of_staff(MOVES), of_staff(ACTION_MOVES)
DECISIONS = {name: step for name, step in revising.STEPS.items() if name in revising.DECISIONS}


@admin.register(Theme)
class ThemeAdmin(KeptAdmin):
    list_display = ("name", "slug", "parent", "deprecated")
    list_filter = ("deprecated",)
    list_select_related = ("parent",)
    search_fields = ("name", "slug", "description")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Theme | None = None
    ) -> tuple[str, ...]:
        """Addresses and saved filters carry the slug, so it stays once it is given."""
        return ("slug",) if obj else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Theme | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}


class ReadOnlyInline(admin.TabularInline):
    """What belongs to an entry, to read."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


EVENT = ("at", "what", "who", "comment")


class LessonEvents(ReadOnlyInline):
    model = LessonEvent
    fk_name = "lesson"
    fields = readonly_fields = EVENT

    @admin.display(description=gettext_lazy("move"))
    def what(self, event: LessonEvent) -> str:
        return done_words(event)

    @admin.display(description=gettext_lazy("who"))
    def who(self, event: LessonEvent) -> str:
        name = event.lesson.name_for(self.viewer, event.actor, administration=True)
        return as_acted(event, name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LessonEvent]:
        self.viewer = signed_in(request)
        return super().get_queryset(request).select_related("actor", "lesson__agency")


@admin.register(Lesson)
class LessonAdmin(MovingAdmin):
    change_list_template = "admin/lessons/lesson/change_list.html"
    list_display = (
        "ref",
        unless_red("title"),
        unless_red("agency"),
        unless_red("status"),
        unless_red("priority"),
        unless_red("review_due_on"),
        "tlp",
    )
    list_filter = ("status", "priority", "category", "kind", "tlp", "agency", "partners")
    list_select_related = ("agency",)
    search_fields: ClassVar[tuple[str, ...]] = ("ref", "title", "observation", "partners__name")
    deeds = {**STAFF_MOVES, **DECISIONS}
    actions = tuple(deed_action(deed) for deed in deeds.values())
    inlines = (LessonEvents,)
    fieldsets = (
        (None, {"fields": ("ref", "title", "agency", "status", "tlp")}),
        (
            gettext_lazy("What happened and what follows"),
            {"fields": ("observation", "discussion", "conclusion", "recommendation")},
        ),
        (
            gettext_lazy("Where it belongs"),
            {"fields": ("kind", "category", "themes", "partners", "priority", "released_to")},
        ),
        (
            gettext_lazy("Times"),
            {"fields": ("occurred_on", "submitted_at", "review_due_on", "published_at")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lesson]:
        shown = Lesson.objects.visible_to_administration(signed_in(request))
        return super().get_queryset(request).filter(pk__in=shown.values("pk"))

    def get_urls(self) -> list[Any]:
        own = path("stuck/", self.admin_site.admin_view(self.stuck_page), name="lessons_stuck")
        return [own, *super().get_urls()]

    def stuck_page(self, request: HttpRequest) -> HttpResponse:
        """Every lesson that nobody can move on, RED ones by reference."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lessons nobody can move on"),
            "opts": self.model._meta,
            "waiting": stuck(Lesson.objects.visible_to_administration(signed_in(request))),
            "red": TLP.RED,
        }
        return TemplateResponse(request, "admin/lessons/lesson/stuck.html", context)

    def facts(self, entry: Lesson, reader: User) -> list[tuple[str, str]]:
        return [(_("Originator"), entry.name_for(reader, administration=True))]

    def buttons(self, entry: Lesson, reader: User) -> list[Button]:
        revision = revising.open_revision(entry)
        decisions = DECISIONS.values() if revision else ()
        moves = options(entry, reader, administration=True)
        return [
            *(Button(one.move, one.refusal) for one in moves if one.move.name in STAFF_MOVES),
            *(
                Button(step, revising.refusal(entry, revision, step, reader, administration=True))
                for step in decisions
            ),
        ]

    def bulk(self, name: str, queryset: QuerySet[Lesson], by: User) -> Bulk[Any]:
        chosen = list(queryset.select_related("agency", "originator", "reviewer"))
        if name in DECISIONS:
            return RevisionSteps(DECISIONS[name], chosen, by)
        return LessonMoves(STAFF_MOVES[name], chosen, by)


class ActionEvents(ReadOnlyInline):
    model = ActionEvent
    fields = readonly_fields = EVENT

    @admin.display(description=gettext_lazy("move"))
    def what(self, event: ActionEvent) -> str:
        return action_page.done_words(event)

    @admin.display(description=gettext_lazy("who"))
    def who(self, event: ActionEvent) -> str:
        return as_acted(event, name_in(event.action, event.actor, self.viewer))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActionEvent]:
        self.viewer = signed_in(request)
        events = super().get_queryset(request).select_related("actor", "action__body")
        return events.prefetch_related("action__lessons__agency")


class EvidenceInline(ReadOnlyInline):
    model = Evidence
    fields = readonly_fields = ("at", "kind", "shows", "link", "files", "who", "counts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evidence]:
        self.viewer = signed_in(request)
        rows = Evidence.objects.dated().select_related("by", "action__body")
        return rows.prefetch_related("attachments", "action__lessons__agency")

    @admin.display(description=gettext_lazy("files"))
    def files(self, evidence: Evidence) -> str:
        return ", ".join(file.name for file in evidence.attachments.all())

    @admin.display(description=gettext_lazy("by"))
    def who(self, evidence: Evidence) -> str:
        return name_in(evidence.action, evidence.by, self.viewer)

    @admin.display(description=gettext_lazy("since the last reopening"), boolean=True)
    def counts(self, evidence: Any) -> bool:
        return not evidence.is_from_before


def name_in(action: Action, person: User, reader: User) -> str:
    """How ``person``, who acted on it, is called in the administration."""
    return action.name_for(reader, person, list(action.lessons.all()), administration=True)


@admin.register(Action)
class ActionAdmin(MovingAdmin):
    """Remedial actions, known by the references of their lessons."""

    reference = "lessons__ref"
    list_display = (
        "refs",
        unless_red("title"),
        unless_red("body"),
        unless_red("status"),
        unless_red("due_on"),
        "marking",
    )
    list_filter = ("status", "element", "body")
    list_select_related = ("body",)
    search_fields: ClassVar[tuple[str, ...]] = ("lessons__ref", "title")
    deeds = STAFF_ACTION_MOVES
    actions = tuple(deed_action(deed) for deed in deeds.values())
    inlines = (EvidenceInline, ActionEvents)
    fields = ("refs", "title", "body", "element", "status", "due_on", "original_due_on")
    readonly_fields = fields

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        marked = Action.objects.marked().prefetch_related("lessons__agency")
        return marked.order_by(*self.get_ordering(request))

    @admin.display(description=gettext_lazy("lessons"))
    def refs(self, action: Action) -> str:
        return references(action.lessons.all())

    @admin.display(description=gettext_lazy("marking"))
    def marking(self, action: Any) -> str:
        return str(TLP(action.tlp).label)

    def facts(self, entry: Action, reader: User) -> list[tuple[str, str]]:
        people = [
            (_("Owner"), entry.owner),
            (_("Finished by"), entry.finished_by),
            (_("Verified by"), entry.verified_by),
        ]
        return [(label, name_in(entry, person, reader)) for label, person in people if person]

    def buttons(self, entry: Action, reader: User) -> list[Button]:
        found = action_options(entry, reader, administration=True)
        return [Button(one.move, one.refusal) for one in found if one.move.name in self.deeds]

    def bulk(self, name: str, queryset: QuerySet[Action], by: User) -> Bulk[Any]:
        whole = queryset.select_related("body", "owner").prefetch_related(
            "lessons__agency", "lessons__red_recipients", "lessons__former_editors"
        )
        return ActionMoves(self.deeds[name], list(whole), by)


class AboutLessonsAdmin(ReadOnlyAdmin):
    """What belongs to lessons that the administration reads, those at ``TLP:RED`` left out."""

    list_select_related = ("lesson__agency", "agency")
    search_fields: ClassVar[tuple[str, ...]] = ("lesson__ref",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        shown = Lesson.objects.visible_to_administration(signed_in(request)).exclude(tlp=TLP.RED)
        return super().get_queryset(request).filter(lesson__in=shown.values("pk"))

    @admin.display(description=gettext_lazy("lesson"))
    def reference(self, row: Comment | Reuse) -> str:
        return row.lesson.ref


@admin.register(Comment)
class CommentAdmin(AboutLessonsAdmin):
    """Comments by the agency that speaks: who wrote one is not told."""

    list_display = ("at", "reference", "agency", "for_staff", "state")
    list_filter = ("state", "for_staff", "agency")
    fields = ("reference", "agency", "at", "edited_at", "for_staff", "state", "text", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without notes about the reader's own lessons: they are for others."""
        own = mine.observations_of(signed_in(request)).values("pk")
        return super().get_queryset(request).exclude(for_staff=True, lesson__in=own)


@admin.register(Reuse)
class ReuseAdmin(AboutLessonsAdmin):
    list_display = ("used_on", "reference", "agency", "outcome")
    list_filter = ("outcome", "agency")
    fields = ("reference", "agency", "used_on", "outcome", "result")
