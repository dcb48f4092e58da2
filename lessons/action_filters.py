"""The filters of actions. What a lesson says of itself counts only where the reader sees it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.roles import Permission
from lessons.models import Lesson, Theme, serving
from lessons.search import ACTION_TEXT
from lessons.vocabulary import ActionStatus, CapabilityElement, Category
from pages.filters import Asked, Day, ListFilters, Mode, Option, Several
from programs.filters import agency_options, news, partner_options, words


class OfLessons(Several):
    """Actions that serve a lesson with one of the values; ``paths`` and ``many`` are the lesson's."""

    def matching(self, model: Any, keys: list[Any]) -> Q:
        lessons = Lesson.objects.visible_to(self.parent.reader)
        found = lessons.filter(super().matching(Lesson, keys))
        return Q(pk__in=serving(found))


def theme_options(filters: ListFilters) -> list[Option]:
    return [Option(theme.slug, str(theme), theme.pk) for theme in Theme.objects.all()]


def whose_options(filters: ListFilters) -> list[Option]:
    """What is the reader's own, and what is their agencies'."""
    user = filters.reader
    if user is None:
        return []
    ours = user.standing.agencies(Permission.READ)
    reviewed = user.standing.agencies(Permission.REVIEW)
    seen = Lesson.objects.visible_to(user)
    theirs = Lesson.objects.filter(Q(originator=user) | Q(created_by=user) | Q(adopted_by=user))
    to_verify = Q(body__in=reviewed) | Q(pk__in=serving(seen.filter(agency__in=reviewed)))
    return [
        Option("mine", _("Mine"), lambda rows: rows.filter(owner=user)),
        Option("agency", _("My agency's"), lambda rows: rows.filter(body__in=ours)),
        Option(
            "verify",
            _("For me to verify"),
            lambda rows: (
                rows.filter(to_verify, status=ActionStatus.FINISHED)
                .exclude(owner=user)
                .exclude(finished_by=user)
                .exclude(pk__in=serving(theirs))
            ),
        ),
    ]


def clock_options(filters: ListFilters) -> list[Option]:
    return [
        Option("overdue", _("Overdue"), lambda rows: rows.overdue(timezone.localdate())),
        Option(
            "moved", _("Due date was moved"), lambda rows: rows.exclude(due_on=F("original_due_on"))
        ),
        Option("open", _("Open"), lambda rows: rows.open()),
    ]


def due_since(rows: QuerySet, day: date) -> QuerySet:
    return rows.filter(due_on__gte=day)


def due_until(rows: QuerySet, day: date) -> QuerySet:
    return rows.filter(due_on__lte=day)


class ActionFilters(ListFilters):
    """``from`` and ``to`` go by when an action is due."""

    q = words(ACTION_TEXT)
    whose = Asked(label=_("Whose"), choices=whose_options)
    status = Several(label=_("Status"), choices=ActionStatus.choices, paths=("status",))
    clock = Asked(label=_("Clock"), choices=clock_options)
    body = Several(label=_("Action body"), choices=agency_options, paths=("body",), searchable=True)
    partner = OfLessons(
        label=_("Partner"),
        choices=partner_options,
        many=("partners",),
        mode="partner_mode",
        searchable=True,
    )
    partner_mode = Mode(label=_("Partners"))
    from_ = Day(due_since, label=_("From"))
    to = Day(due_until, label=_("To"))
    new = news()
    agency = OfLessons(
        label=_("Agency of the lesson"), choices=agency_options, paths=("agency",), searchable=True
    )
    category = OfLessons(label=_("Category"), choices=Category.choices, paths=("category",))
    theme = OfLessons(label=_("Theme"), choices=theme_options, many=("themes",), searchable=True)
    element = Several(
        label=_("Capability element"), choices=CapabilityElement.choices, paths=("element",)
    )

    folded = ("agency", "category", "theme", "element")
