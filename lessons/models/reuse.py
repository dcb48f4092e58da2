"""Agencies that used a lesson."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField
from agencies.models import Agency, User
from agencies.roles import Permission
from lessons.models.comment import COMMENT_LENGTH
from lessons.models.lesson import Lesson
from lessons.vocabulary import (
    ReuseDeed,
    ReuseOutcome,
)
from programs.models import Agreement, Exercise, Program


class ReuseQuerySet(models.QuerySet["Reuse"]):
    def visible_to(self, user: User) -> ReuseQuerySet:
        """Whoever may see the lesson may know who used it."""
        return self.filter(Exists(Lesson.objects.visible_to(user).filter(pk=OuterRef("lesson_id"))))

    def editable_by(self, user: User) -> ReuseQuerySet:
        """Those of the agencies that ``user`` records for."""
        return self.visible_to(user).filter(agency_id__in=user.standing.agencies(Permission.RECORD))


class Reuse(models.Model):
    """An agency used a lesson: when, in which activity, and what came of it."""

    ACTIVITIES = ("exercise", "program", "agreement")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lesson = models.ForeignKey(
        Lesson, models.PROTECT, related_name="reuses", editable=False, verbose_name=_("lesson")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="reuses", verbose_name=_("agency that used it")
    )
    exercise = models.ForeignKey(
        Exercise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reuses",
        verbose_name=_("exercise"),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reuses",
        verbose_name=_("program"),
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reuses",
        verbose_name=_("agreement"),
    )
    used_on = DayField(_("when you used it"))
    outcome = models.CharField(_("did it help"), max_length=15, choices=ReuseOutcome.choices)
    result = models.TextField(_("what came of it"), max_length=COMMENT_LENGTH)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ReuseQuerySet.as_manager()

    class Meta:
        ordering = ["-used_on", "-pk"]
        verbose_name = _("reuse")
        verbose_name_plural = _("reuses")
        constraints = [
            models.CheckConstraint(
                condition=Q(exercise__isnull=True, program__isnull=True)
                | Q(exercise__isnull=True, agreement__isnull=True)
                | Q(program__isnull=True, agreement__isnull=True),
                name="reuse_in_one_activity_at_most",
                violation_error_message=_("Name one activity, not several."),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=ReuseOutcome.values) & ~Q(result=""),
                name="reuse_says_what_came_of_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.used_on}"

    @property
    def activity(self) -> Exercise | Program | Agreement | None:
        """What it was used in, as far as it was fetched for the reader."""
        return self.exercise or self.program or self.agreement


class ReuseEvent(models.Model):
    """Who recorded or changed a reuse, and when. Written by the verbs, never changed."""

    reuse = models.ForeignKey(Reuse, models.CASCADE, related_name="events")
    deed = models.CharField(max_length=10, choices=ReuseDeed.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event of a reuse")
        verbose_name_plural = _("events of reuses")

    def __str__(self) -> str:
        return f"{self.deed} {self.at:%Y-%m-%d}"
