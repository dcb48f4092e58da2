"""The administration sees what the worker could not do, and has it tried again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notices.jobs import try_again
from notices.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """To read, and to try again what was given up; a job tells nothing of any record."""

    list_display = ("name", "due_at", "attempts", "done_at", "given_up_at", "error")
    list_filter = (("given_up_at", admin.EmptyFieldListFilter),)
    show_full_result_count = False
    actions = ("again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    @admin.action(description=_("Try again"), permissions=["view"])
    def again(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        number = try_again(jobs, timezone.now())
        words = ngettext(
            "%(number)d job is tried again.", "%(number)d jobs are tried again.", number
        )
        self.message_user(request, words % {"number": number})
