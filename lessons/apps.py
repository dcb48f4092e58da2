from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from lessons.search import ACTION_TEXT, LESSON_TEXT
from lessons.watched import WATCHED


class LessonsConfig(AppConfig):
    name = "lessons"
    verbose_name = _("Lessons")
    text_indexes = (LESSON_TEXT, ACTION_TEXT)
    watched = WATCHED
    notice_kinds = ("lessons.notice_kinds.KINDS",)
    clocks = ("lessons.clocks.CLOCKS",)
