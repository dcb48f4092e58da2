"""What was worked out of a series, kept for the pages that show it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evaluation.assessment import Verdict
from evaluation.models.indicator import Indicator


class Result(models.Model):
    """The assessment of an indicator, with its sentence and its chart in every language.

    ``of`` names the state of all that it was worked out from (``evaluation.results.state_of``): a
    result of another state is never shown. ``compared`` tells whether the comparison went into it;
    who may not see that reads the other one. Without a date of the change there is a chart and no
    assessment.
    """

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="results")
    compared = models.BooleanField()
    of = models.CharField(max_length=200)
    verdict = models.CharField(_("result"), max_length=10, choices=Verdict.choices)
    assessment = models.JSONField(null=True)
    headlines = models.JSONField(default=dict)
    charts = models.JSONField(default=dict)
    computed_at = models.DateTimeField(_("computed"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.UniqueConstraint(fields=["indicator", "compared"], name="result_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="result_verdict_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.verdict}"
