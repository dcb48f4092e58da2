"""Agreements, programs and exercises in Django's admin: to search, filter and read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from programs.models import Agreement, Exercise, Program
from records.admin import SharedRecordAdmin, unless_red


class ActivityAdmin(SharedRecordAdmin):
    search_fields: ClassVar[tuple[str, ...]] = ("ref", "title", "summary", "partners__name")
    list_select_related = ("agency",)


@admin.register(Agreement)
class AgreementAdmin(ActivityAdmin):
    list_display: Any = (
        "ref",
        unless_red("title"),
        unless_red("type"),
        unless_red("status"),
        unless_red("agency"),
        "tlp",
    )
    list_filter = ("status", "type", "tlp", "agency")


@admin.register(Program)
class ProgramAdmin(ActivityAdmin):
    list_display: Any = (
        "ref",
        unless_red("title"),
        unless_red("kind"),
        unless_red("status"),
        unless_red("agency"),
        "tlp",
    )
    list_filter = ("status", "kind", "tlp", "agency")


@admin.register(Exercise)
class ExerciseAdmin(ActivityAdmin):
    list_display: Any = (
        "ref",
        unless_red("title"),
        unless_red("kind"),
        unless_red("status"),
        unless_red("starts_on"),
        unless_red("agency"),
        "tlp",
    )
    list_filter = ("status", "kind", "tlp", "agency")
