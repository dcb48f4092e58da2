"""A form sent after its session expired leads through sign-in back to the filled form.

A view takes part when it is marked with ``resumable`` and its form carries ``person_token``. What
was sent (no files, no passwords) waits in the session of the signed-out browser and is given, once,
to the same person at the same address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.csrf import csrf_failure

KEY = "resume"
PERSON_FIELD = "person"
"""The hidden field that says whose form it is."""
MAX_CHARACTERS = 2_000_000
"""More than a form of ours can hold; what is longer is not kept."""
DAYS = 7
SALT = "pages.resume"

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def resumable(view: View) -> View:
    """Mark a view that shows again what ``take`` gives it."""
    view.resumable = True  # type: ignore[attr-defined]
    return view


def person_token(user: AbstractBaseUser | AnonymousUser) -> str:
    """A signed sign of who opened a form."""
    return signing.dumps(user.pk, salt=SALT)


def person_of(token: str | None) -> Any:
    """The primary key in ``token``; ``None`` if it is missing, forged or a week old."""
    try:
        return signing.loads(token or "", salt=SALT, max_age=DAYS * 24 * 60 * 60)
    except signing.BadSignature:
        return None


def sent(data: QueryDict) -> dict[str, list[str]] | None:
    """What a form held, by field; ``None`` if it is too much to be one of ours."""
    fields = {
        # PostgreSQL keeps no NUL in JSON; the forms themselves refuse it with words.
        name.replace("\0", ""): [str(value).replace("\0", "") for value in values]
        for name, values in data.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
    }
    size = sum(len(name) + sum(map(len, values)) for name, values in fields.items())
    return fields if size <= MAX_CHARACTERS else None


def filled(fields: dict[str, list[str]]) -> QueryDict:
    """The counterpart of ``sent``: data that a form can be bound to."""
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return data


def take(request: HttpRequest) -> QueryDict | None:
    """What this person sent to this address before signing in again; gone after the call."""
    kept = request.session.get(KEY)
    if not kept or kept["path"] != request.get_full_path():
        return None
    del request.session[KEY]
    return filled(kept["fields"]) if kept["person"] == request.user.pk else None


def hold(request: HttpRequest, person: Any) -> bool:
    """Keep what was sent for ``person`` until they open the same address; whether it was kept."""
    fields = sent(request.POST)
    if person is None or fields is None or wants_words(request):
        return False
    path = request.get_full_path()
    request.session[KEY] = {"path": path, "person": person, "fields": fields}
    return True


def wants_words(request: HttpRequest) -> bool:
    """Whether a script asks, which keeps what it sends itself."""
    return "HX-Request" in request.headers or request.headers.get("Accept") == "application/json"


def out_of_date(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Answer a form whose token against forged requests is no longer right.

    That happens to everybody who signs in again in another tab. Nothing is saved; a form of ours
    that this person opened is shown again as it was filled in, to be sent knowingly. Somebody who
    is signed out, because the browser forgot its cookies, is led through sign-in to the form.
    """
    match = request.resolver_match
    resumable = match is not None and getattr(match.func, "resumable", False)
    person = person_of(request.POST.get(PERSON_FIELD))
    theirs = request.user.is_authenticated and person == request.user.pk
    if resumable and theirs and hold(request, person):
        return HttpResponseRedirect(request.get_full_path())
    if resumable and not request.user.is_authenticated:
        # What was sent is not held: a forged form would give this browser a new session with it.
        context = {"sign_in_url": redirect_to_login(request.get_full_path()).url}
        return render(request, "403_signed_out.html", context, status=403)
    return csrf_failure(request, reason)


class ResumeMiddleware:
    """Keep what a signed-out browser sends to a resumable view; stands before the sign-in wall."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            kept = request.session.get(KEY)
            if kept and kept["person"] != request.user.pk:
                # Somebody else signed in on this device: it is not theirs.
                del request.session[KEY]
            return None
        if request.method != "POST" or not getattr(view, "resumable", False):
            return None
        if wants_words(request):
            return None
        hold(request, person_of(request.POST.get(PERSON_FIELD)))
        return redirect_to_login(request.get_full_path())
