"""Indicators in Django's admin: to search, filter and read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from evaluation.models import Indicator
from records.admin import SharedRecordAdmin, unless_red


@admin.register(Indicator)
class IndicatorAdmin(SharedRecordAdmin):
    search_fields: ClassVar[tuple[str, ...]] = ("ref", "title", "definition", "partners__name")
    list_select_related = ("agency",)
    list_display: Any = (
        "ref",
        unless_red("title"),
        unless_red("measure"),
        unless_red("step"),
        unless_red("better"),
        unless_red("agency"),
        "tlp",
    )
    list_filter = ("measure", "step", "better", "tlp", "agency")
