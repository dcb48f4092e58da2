"""What the header of every page says of notices."""

from __future__ import annotations

from django.http import HttpRequest

from agencies.requests import signed_in
from notices.models import MOST_COUNTED, number_unread


def bell(request: HttpRequest) -> dict[str, object]:
    """How many unread notices wait, counted only where a template asks."""

    def unread() -> str:
        number = number_unread(signed_in(request))
        if number > MOST_COUNTED:
            return f"{MOST_COUNTED}+"
        return str(number) if number else ""

    return {"unread_notices": unread}
