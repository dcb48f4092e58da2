"""How accounts come to be: people are invited, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Keeps self-registration closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Coordinators invite; there is no other way in."""
        return False
