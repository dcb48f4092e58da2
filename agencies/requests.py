"""Who asks."""

from typing import cast

from django.http import HttpRequest

from agencies.models import User


def signed_in(request: HttpRequest) -> User:
    """The person behind a request that has passed the sign-in wall."""
    return cast(User, request.user)
