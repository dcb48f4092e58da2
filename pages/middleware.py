"""Signed out: people get the sign-in page, scripts an answer in words."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware as SignInMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pages.resume import wants_words


class LoginRequiredMiddleware(SignInMiddleware):
    """Django's wall; a script would only follow the way to a page it cannot show."""

    def handle_no_permission(  # type: ignore[override]  # the stub knows redirects alone
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        """Answer somebody who is not signed in."""
        if wants_words(request):
            return HttpResponse(
                _("You are signed out. Sign in again in another tab."),
                status=401,
                content_type="text/plain; charset=utf-8",
            )
        return super().handle_no_permission(request, view_func)
