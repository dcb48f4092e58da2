"""Success stories in Django's admin: to search, filter and read.

Questionnaires are not there: what is answered is shown by their results alone.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from evaluation.models import Story
from records.admin import SharedRecordAdmin, unless_red


@admin.register(Story)
class StoryAdmin(SharedRecordAdmin):
    search_fields: ClassVar[tuple[str, ...]] = ("ref", "title", "changed", "partners__name")
    list_select_related = ("agency",)
    list_display: Any = ("ref", unless_red("title"), unless_red("agency"), "tlp")
    list_filter = ("tlp", "agency")
