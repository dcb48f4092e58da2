"""How Django's admin shows shared records: to search, filter and read, not to edit.

``TLP:RED`` is listed by reference only. So that nothing else can be worked out, RED records leave
the list as soon as it is filtered or sorted by anything but the reference, and a search finds
them by reference alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from agencies.choices import is_id
from records.models import ExportRecord
from records.vocabulary import TLP

HARMLESS = {"q", "p", "all", "e", "_popup"}
"""Parameters of the list that say nothing about a record."""


def unless_red(name: str) -> Callable[[Any], str | bool]:
    """A column with the field ``name``, blank for ``TLP:RED``; it cannot be sorted by."""

    def value(record: Any) -> str | bool:
        if record.tlp == TLP.RED:
            return "—"
        display = getattr(record, f"get_{name}_display", None)
        held = display() if display else getattr(record, name)
        return "" if held is None else str(held)

    # Set here because Django reads the heading from the function.
    value.short_description = name.replace("_", " ")  # type: ignore[attr-defined]
    return value


class SharedRecordAdmin(admin.ModelAdmin):
    """Read-only: entries are made and changed by their pages and verbs, with rights and events.

    Rows have a marking ``tlp``; at RED they are known by ``reference`` alone, the path of a field.
    All else in ``list_display`` must be wrapped by ``unless_red``.
    """

    reference = "ref"

    search_fields: ClassVar[tuple[str, ...]] = ("ref", "title")
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if getattr(obj, "tlp", None) == TLP.RED:
            return False
        return super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.rows(request)
        if self.reveals(request):
            rows = rows.exclude(tlp=TLP.RED)
        return rows

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows, with their marking."""
        return super().get_queryset(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; of the entries chosen for an action, only what can be an id counts."""
        if request.method == "POST":
            data = request.POST.copy()
            chosen = [key for key in data.getlist(ACTION_CHECKBOX_NAME) if is_id(key)]
            data.setlist(ACTION_CHECKBOX_NAME, chosen)
            request.POST = data  # type: ignore[assignment]  # a QueryDict, like what it replaces
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only the filters offered: any other column could tell who an author is."""
        name = lookup.split("__")[0]
        ending = lookup.removeprefix(name)
        return name in self.list_filter and ending in {"", "__exact", "__id__exact"}

    def reveals(self, request: HttpRequest) -> bool:
        """Whether the list is narrowed or sorted by what RED must not tell."""
        asked = {name for name in request.GET if name not in HARMLESS}
        return bool(asked)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return found, duplicates
        by_words = found.exclude(tlp=TLP.RED).order_by().values("pk")
        called = {f"{self.reference}__icontains": search_term.strip()}
        by_reference = queryset.filter(tlp=TLP.RED, **called).order_by().values("pk")
        return queryset.filter(Q(pk__in=by_words) | Q(pk__in=by_reference)), False

    @admin.display(description="")
    def action_checkbox(self, obj: Any) -> SafeString:
        """The box that chooses an entry, called by its reference: titles may be RED."""
        return render_to_string(
            "admin/records/checkbox.html", {"name": ACTION_CHECKBOX_NAME, "record": obj}
        )


class ReadOnlyAdmin(admin.ModelAdmin):
    """To read, never to change."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ExportRecord)
class ExportRecordAdmin(ReadOnlyAdmin):
    """Every list that left as a file."""

    list_display = (
        "started_at",
        "person",
        "kind",
        "format",
        "rows",
        "marking",
        "query",
        "finished_at",
    )
    list_filter = ("kind", "format", "marking", "agencies")
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email", "query")
    date_hierarchy = "started_at"
