"""Entries of Django's admin that the administration moves, one or several, by the ordinary verbs.

An administrator counts here as reviewer and endorser of every agency. Each step opens a page that
asks for what it needs and goes through the same verb; the event says who made it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.models import User
from agencies.requests import signed_in
from lessons.bulk_moves import Bulk
from lessons.revising import Step
from lessons.workflow import Move, Words
from records.admin import SharedRecordAdmin
from records.vocabulary import TLP


@dataclass(frozen=True)
class Button:
    """A step that starts where the entry stands, and why this administrator may not take it."""

    deed: Move | Step
    refusal: Words | None


def deed_action(deed: Move | Step) -> Callable[..., HttpResponse | None]:
    """The admin's action for ``deed``: first its page, then the verb for every entry chosen."""

    def run(
        modeladmin: MovingAdmin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        return modeladmin.move_page(request, queryset, deed)

    run.__name__ = f"move_{deed.name}"
    run.short_description = deed.label  # type: ignore[attr-defined]  # read by Django from here
    return run


class MovingAdmin(SharedRecordAdmin):
    """Read-only but for ``deeds``, each of which is an action and a button."""

    deeds: ClassVar[Mapping[str, Move | Step]]
    change_form_template = "admin/lessons/moving.html"

    @abstractmethod
    def bulk(self, name: str, queryset: QuerySet[Any], by: User) -> Bulk[Any]:
        """The deed ``name`` on the entries chosen."""

    @abstractmethod
    def buttons(self, entry: Any, reader: User) -> list[Button]:
        """The deeds that start where ``entry`` stands."""

    @abstractmethod
    def facts(self, entry: Any, reader: User) -> list[tuple[str, str]]:
        """Who had to do with it, as the administration may know."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """A page of entries that are only read needs no actions."""
        return super().get_actions(request) if signed_in(request).is_superuser else {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        entry = self.get_object(request, object_id)
        if entry is not None and entry.tlp != TLP.RED:
            reader = signed_in(request)
            extra_context = {
                **(extra_context or {}),
                "facts": self.facts(entry, reader),
                "buttons": self.buttons(entry, reader),
                "list_url": self.list_url,
            }
        return super().change_view(request, object_id, form_url, extra_context)

    @property
    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def move_page(
        self, request: HttpRequest, queryset: QuerySet[Any], deed: Move | Step
    ) -> HttpResponse | None:
        """Ask for what ``deed`` needs, then do it to every chosen entry that allows it."""
        bulk = self.bulk(deed.name, queryset, signed_in(request))
        if "confirmed" in request.POST and bulk.movable:
            bulk.fill(request.POST)
            if "add_actions" not in request.POST and bulk.is_valid():
                self._report(request, bulk)
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": deed.label,
            "opts": self.opts,
            "bulk": bulk,
            "action": f"move_{deed.name}",
            "back": self.list_url,
        }
        return TemplateResponse(request, "admin/lessons/move.html", context)

    def _report(self, request: HttpRequest, bulk: Bulk[Any]) -> None:
        number, refused = bulk.perform()
        if number:
            words = {"entries": bulk.counted(number), "done": bulk.deed.done}
            messages.success(request, _("%(entries)s: %(done)s.") % words)
        for entry, reason in refused:
            messages.error(request, f"{bulk.called(entry)}: {reason}")
