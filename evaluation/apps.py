from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from evaluation.search import INDICATOR_TEXT


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = _("Evaluation")
    text_indexes = (INDICATOR_TEXT,)
    jobs = ("evaluation.results.work_out",)
