from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from programs.search import AGREEMENT_TEXT, EXERCISE_TEXT, PROGRAM_TEXT
from programs.watched import WATCHED


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = _("Agreements, programs and exercises")
    text_indexes = (AGREEMENT_TEXT, EXERCISE_TEXT, PROGRAM_TEXT)
    watched = WATCHED
    notice_kinds = ("programs.notice_kinds.KINDS",)
    clocks = ("programs.clocks.CLOCKS",)
