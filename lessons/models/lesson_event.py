"""What happened to a lesson: moves and validations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField
from lessons.models.event import Event
from lessons.models.lesson import Lesson, filled
from lessons.versions import keep_actions, keep_lesson
from lessons.vocabulary import (
    Status,
    ValidationMethod,
)
from programs.models import LONG_TEXT, Exercise


class LessonEvent(Event):
    """One move of a lesson."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="events")
    from_status = models.CharField(max_length=20, choices=Status.choices)
    to_status = models.CharField(max_length=20, choices=Status.choices)
    related = models.ForeignKey(
        Lesson, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lesson")
    )
    """The lesson that recurred, of a relapse."""

    class Meta(Event.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["lesson", "at"])]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the version that the move made, of the lesson and of its actions."""
        made = self._state.adding
        super().save(*args, **kwargs)
        if not made:
            return
        keep_lesson(self.lesson, by=self.actor, at=self.at, event=self)
        if self.lesson.is_published:
            actions = self.lesson.actions.order_by("pk").select_for_update(of=("self",))
            keep_actions(actions, by=self.actor, at=self.at)


class Validation(models.Model):
    """One check of whether the change works, by somebody who did not make it."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="validations")
    confirmed = models.BooleanField(_("it works"))
    method = models.CharField(_("how"), max_length=20, choices=ValidationMethod.choices, blank=True)
    validated_on = DayField(_("on"))
    result = models.TextField(_("result"), max_length=LONG_TEXT)
    indicator = models.CharField(_("indicator, or why there is none"), max_length=500, blank=True)
    exercise = models.ForeignKey(
        Exercise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("exercise"),
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("validation")
        verbose_name_plural = _("validations")
        constraints = [
            models.CheckConstraint(condition=filled("result"), name="validation_says_its_result"),
            models.CheckConstraint(
                condition=Q(confirmed=False) | filled("method", "indicator"),
                name="validation_confirmed_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} {self.validated_on}"
