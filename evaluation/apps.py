from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from evaluation.search import INDICATOR_TEXT, STORY_TEXT


class EvaluationConfig(AppConfig):
    name = "evaluation"
    verbose_name = _("Evaluation")
    text_indexes = (INDICATOR_TEXT, STORY_TEXT)
    after_save = ("evaluation.results.ask_about",)
    clocks = ("evaluation.clocks.CLOCKS",)
    jobs = (
        "evaluation.results.work_out",
        "evaluation.inviting.mail_invitation",
        "evaluation.inviting.forget_addresses",
    )
