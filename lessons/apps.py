from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from lessons.watched import WATCHED
from records import changes


class LessonsConfig(AppConfig):
    name = "lessons"
    verbose_name = _("Lessons")

    def ready(self) -> None:
        post_migrate.connect(keep_watching, sender=self)


def keep_watching(*, using: str, **kwargs: Any) -> None:
    """Put back the triggers of tables that a migration remade."""
    changes.install(WATCHED, using)
