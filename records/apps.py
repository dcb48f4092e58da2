from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from records.changes import keep_watching
from records.search import keep_indexes


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = _("Shared records")

    def ready(self) -> None:
        post_migrate.connect(keep_watching, sender=self)
        post_migrate.connect(keep_indexes, sender=self)
