from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    name = "insights"
    verbose_name = _("Reading across")
    notice_kinds = ("insights.followed.KINDS", "insights.document_notices.KINDS")
    clocks = ("insights.followed.CLOCKS",)
    jobs = ("insights.documents.make", "insights.documents.forget")
