"""What an event of a lesson and one of an action have in common."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from programs.models import LONG_TEXT


class Event(models.Model):
    """One move: who, what they said, when; the statuses it led from and to stand in each kind.

    Written by the verbs, never changed.
    """

    move = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by_administration = models.BooleanField(default=False)
    comment = models.TextField(blank=True, max_length=LONG_TEXT)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.move} {self.at:%Y-%m-%d}"
