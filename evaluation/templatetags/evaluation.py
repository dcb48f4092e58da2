"""The panel of indicators on the pages of records."""

from typing import Any

from django import template
from django.db.models import Model

from evaluation.panels import Panel, for_record

register = template.Library()


@register.simple_tag(takes_context=True)
def indicators_about(context: Any, record: Model) -> Panel:
    """The indicators about ``record`` that the reader may see."""
    return for_record(context["request"].user, record)
