"""Lessons and themes in Django's admin: to search, filter and review, never round the life cycle.

An administrator counts here as reviewer and endorser of every agency. Each move, on one entry or
several, opens a page that asks for what the move needs and goes through the same verb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.admin import KeptAdmin
from agencies.requests import signed_in
from lessons import mine
from lessons.bulk_moves import BulkMove
from lessons.models import Comment, Lesson, LessonEvent, Reuse, Theme
from lessons.stuck import stuck
from lessons.timeline import done_words
from lessons.vocabulary import Status
from lessons.workflow import (
    ASSIGNED_REVIEWER,
    ENDORSER,
    MOVES,
    REVIEWER,
    VALIDATOR,
    Move,
    options,
)
from records.admin import ReadOnlyAdmin, SharedRecordAdmin, unless_red
from records.vocabulary import TLP

STAFF = {REVIEWER, ASSIGNED_REVIEWER, ENDORSER, VALIDATOR}
STAFF_MOVES = [
    move for move in MOVES.values() if any(STAFF.intersection(who) for who in move.sources.values())
]
"""Moves that wait for a reviewer or an endorser: the administration can make these."""


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


def move_action(move: Move) -> Callable[..., HttpResponse | None]:
    """The admin's action for ``move``: first its page, then the verb for every entry chosen."""

    def run(
        modeladmin: LessonAdmin, request: HttpRequest, queryset: QuerySet[Lesson]
    ) -> HttpResponse | None:
        return modeladmin.move_page(request, queryset, move)

    run.__name__ = f"move_{move.name}"
    run.short_description = move.label  # type: ignore[attr-defined]  # read by Django from here
    return run


class EventInline(admin.TabularInline):
    model = LessonEvent
    fk_name = "lesson"
    fields = readonly_fields = ("at", "what", "who", "comment")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("move"))
    def what(self, event: LessonEvent) -> str:
        return done_words(event)

    @admin.display(description=gettext_lazy("who"))
    def who(self, event: LessonEvent) -> str:
        name = event.lesson.name_for(self.viewer, event.actor, administration=True)
        return (
            _("%(name)s, by the administration") % {"name": name}
            if event.by_administration
            else name
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LessonEvent]:
        self.viewer = signed_in(request)
        return super().get_queryset(request).select_related("actor", "lesson__agency")


@admin.register(Lesson)
class LessonAdmin(SharedRecordAdmin):
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
    actions = tuple(move_action(move) for move in STAFF_MOVES)
    inlines = (EventInline,)
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

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """A page of entries that are only read needs no actions."""
        return super().get_actions(request) if signed_in(request).is_superuser else {}

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
            "waiting": stuck(Lesson.objects.all()),
            "red": TLP.RED,
            "draft": Status.DRAFT,
        }
        return TemplateResponse(request, "admin/lessons/lesson/stuck.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        lesson = self.get_object(request, object_id)
        if lesson is not None and lesson.tlp != TLP.RED:
            possible = options(lesson, signed_in(request), administration=True)
            extra_context = {
                **(extra_context or {}),
                "originator": lesson.name_for(signed_in(request), administration=True),
                "moves": [option for option in possible if option.move in STAFF_MOVES],
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def move_page(
        self, request: HttpRequest, queryset: QuerySet[Lesson], move: Move
    ) -> HttpResponse | None:
        """Ask for what ``move`` needs, then make it on every chosen lesson that allows it."""
        chosen = list(queryset.select_related("agency", "originator", "reviewer"))
        bulk = BulkMove(move, chosen, signed_in(request))
        if "confirmed" in request.POST and bulk.movable:
            bulk.fill(request.POST)
            if "add_actions" not in request.POST and bulk.is_valid():
                self._report(request, bulk)
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": move.label,
            "opts": self.model._meta,
            "bulk": bulk,
            "action": f"move_{move.name}",
            "chosen": chosen,
            "red": TLP.RED,
            "back": reverse("admin:lessons_lesson_changelist"),
        }
        return TemplateResponse(request, "admin/lessons/lesson/move.html", context)

    def _report(self, request: HttpRequest, bulk: BulkMove) -> None:
        moved, refused = bulk.perform()
        if moved:
            words = ngettext("%(number)d lesson: %(done)s.", "%(number)d lessons: %(done)s.", moved)
            messages.success(request, words % {"number": moved, "done": bulk.move.done})
        for lesson, reason in refused:
            messages.error(request, f"{lesson.ref}: {reason}")


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
