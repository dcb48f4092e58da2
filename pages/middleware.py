"""Signed out: the sign-in page, without losing what somebody was sending.

The session may end while a form is open. The form then travels through the sign-in page,
signed and compressed, in the browser alone: nothing of it is kept on the server for
somebody who is not signed in.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.forms import LoginForm
from django.contrib.auth.middleware import LoginRequiredMiddleware as SignInMiddleware
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

HELD_FOR = 12 * 60 * 60
"""Seconds within which a held form may be taken up again: one working shift."""
SALT = "pages.held-form"
NEVER_HELD = ("csrfmiddlewaretoken", "held")


class LoginRequiredMiddleware(SignInMiddleware):
    """Django's, which also answers scripts in words and holds a form until sign-in."""

    def __call__(self, request: HttpRequest) -> Any:
        response = super().__call__(request)
        if (
            request.method == "POST"
            and request.path == resolve_url("account_login")
            and response.status_code == 302
            and request.user.is_authenticated
            and "held" in request.POST
        ):
            return taken_up(request, response)
        return response

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        """Answer somebody who is not signed in."""
        if "HX-Request" in request.headers or request.headers.get("Accept") == "application/json":
            return HttpResponse(
                _("You are signed out. Sign in again in another tab."),
                status=401,
                content_type="text/plain; charset=utf-8",
            )
        written = [name for name in request.POST if name not in NEVER_HELD]
        if request.method == "POST" and written:
            return held(request)
        return super().handle_no_permission(request, view_func)


def held(request: HttpRequest) -> HttpResponse:
    """Return the sign-in page with the form that ``request`` was sending inside."""
    fields = request.POST.copy()
    for name in NEVER_HELD:
        fields.pop(name, None)
    response = render(
        request,
        "account/login.html",
        {
            "form": LoginForm(request=request),
            "held": signing.dumps(
                [request.get_full_path(), fields.urlencode()], salt=SALT, compress=True
            ),
            "redirect_field_name": "next",
            "redirect_field_value": request.get_full_path(),
        },
        status=401,
    )
    add_never_cache_headers(response)
    return response


def taken_up(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a page that sends the held form on, now that its writer is signed in."""
    try:
        address, encoded = signing.loads(request.POST["held"], salt=SALT, max_age=HELD_FOR)
    except signing.BadSignature:
        return response
    page = render(
        request,
        "pages/resume.html",
        {
            "address": address,
            "fields": [
                (name, value) for name, values in QueryDict(encoded).lists() for value in values
            ],
        },
    )
    page.cookies = response.cookies
    add_never_cache_headers(page)
    return page
