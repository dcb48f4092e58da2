"""The reader's views of the list that a page shows."""

from typing import Any

from django import template

from records.models import SavedView
from records.saved_views import at_hand

register = template.Library()
OFFERED = 12


@register.simple_tag(takes_context=True)
def views_at_hand(context: Any, kind: str) -> list[SavedView]:
    """At most ``OFFERED`` views of the list ``kind``; all of them stand on their own page."""
    return list(at_hand(context["request"].user, kind)[:OFFERED])
