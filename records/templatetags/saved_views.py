"""The reader's views of the list that a page shows."""

from typing import Any

from django import template

from records.saved_views import AtHand, at_hand

register = template.Library()


@register.simple_tag(takes_context=True)
def views_at_hand(context: Any, kind: str) -> list[AtHand]:
    """The views that are offered beside the list ``kind``."""
    return at_hand(context["request"].user, kind)
