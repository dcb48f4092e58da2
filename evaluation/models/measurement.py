"""The values of indicators, their revisions, and where a series breaks."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField
from evaluation.models.indicator import Indicator
from evaluation.series import Measure, Quality

DIGITS, PLACES = 20, 6
"""Of a value: 14 before the decimal sign are more than any currency needs."""
LARGEST = 10**14 - 1


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    def current(self) -> Self:
        """The value that holds now of each period."""
        return self.filter(current=True)

    def known(self) -> Self:
        """Without the gaps that somebody looked into."""
        return self.exclude(quality="")


class Measurement(models.Model):
    """One value of one period, as it was recorded once.

    What is changed is a row of its own with the next ``number``; the rows before it stay, and one
    row of a period is ``current``. One that says another value is ``revised``, for a reason.

    A proportion has a numerator and a denominator, every other measure a ``value``, in the unit of
    the indicator. A gap that somebody has looked into has neither, and no quality. ``measure``
    repeats that of the indicator, which stays while there are values, so that the database can
    judge a row.
    """

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="measurements")
    period = models.DateField(_("first day of the period"))
    number = models.PositiveIntegerField(default=1)
    current = models.BooleanField(default=True)
    measure = models.CharField(max_length=12, choices=Measure.choices)
    value = models.DecimalField(
        _("value"), max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True
    )
    numerator = models.BigIntegerField(_("numerator"), null=True, blank=True)
    denominator = models.BigIntegerField(_("denominator"), null=True, blank=True)
    quality = models.CharField(
        _("quality"), max_length=12, choices=Quality.choices, default=Quality.FINAL, blank=True
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    revised = models.BooleanField(default=False)
    why = models.CharField(_("why it was revised"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = MeasurementQuerySet.as_manager()

    class Meta:
        ordering = ["period", "number"]
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "period", "number"], name="measurement_revision_once"
            ),
            models.UniqueConstraint(
                fields=["indicator", "period"],
                condition=Q(current=True),
                name="measurement_current_once",
            ),
            models.CheckConstraint(
                condition=Q(measure__in=Measure.values, quality__in=["", *Quality.values]),
                name="measurement_words_are_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    quality="",
                    value__isnull=True,
                    numerator__isnull=True,
                    denominator__isnull=True,
                )
                | ~Q(quality="")
                & (
                    Q(
                        measure=Measure.PROPORTION,
                        value__isnull=True,
                        numerator__isnull=False,
                        denominator__isnull=False,
                    )
                    | ~Q(measure=Measure.PROPORTION)
                    & Q(value__isnull=False, numerator__isnull=True, denominator__isnull=True)
                ),
                name="measurement_is_whole_or_a_gap",
            ),
            models.CheckConstraint(
                condition=Q(numerator__isnull=True)
                | Q(numerator__gte=0, denominator__gte=F("numerator")),
                name="measurement_part_is_at_most_the_whole",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True)
                | ~Q(measure__in=[Measure.COUNT, Measure.DURATION])
                | Q(value__gte=0),
                name="measurement_count_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(revised=False) | Q(number__gt=1) & ~Q(why=""),
                name="measurement_is_revised_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.period} {self.number}"

    @property
    def is_gap(self) -> bool:
        return self.quality == ""

    @property
    def says(self) -> tuple[Decimal | None, int | None, int | None]:
        """What a revision changes."""
        return self.value, self.numerator, self.denominator

    @property
    def height(self) -> Decimal | None:
        """The value, of a proportion between 0 and 1; nothing where none can be told."""
        if self.numerator is not None and self.denominator:
            return Decimal(self.numerator) / self.denominator
        return self.value


class SeriesBreak(models.Model):
    """A day from which values can no longer be compared with those before, and why."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="breaks")
    on = DayField(_("from"))
    reason = models.CharField(_("what changed"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["on"]
        verbose_name = _("break in a series")
        verbose_name_plural = _("breaks in series")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "on"],
                name="series_break_once",
                violation_error_message=_("There is a break on this day already."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="series_break_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.on}"
