from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from evaluation.search import STORY_TEXT


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = _("Evaluation")
    text_indexes = (STORY_TEXT,)
    jobs = ("evaluation.inviting.mail_invitation",)
