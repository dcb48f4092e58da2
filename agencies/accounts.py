"""How accounts come to be: people are invited, nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Keeps self-registration closed, and lets mails say which installation they are from."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Coordinators invite; there is no other way in."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send the mail of two templates; both know the ``installation``."""
        named = {**context, "installation": settings.INSTALLATION_NAME}
        super().send_mail(template_prefix, email, named)
