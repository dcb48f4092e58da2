"""Pages for one person are kept by nobody else: no cache, no way back to them after sign-out."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

KEPT_BY_NOBODY = "private, no-store"

Answer = Callable[[HttpRequest], HttpResponse]


def private_pages(answer: Answer) -> Answer:
    """Middleware: what a signed-in person is answered is not stored, unless it says otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Before the view: signing out empties the request.
        signed_in = request.user.is_authenticated
        response = answer(request)
        if signed_in:
            response.headers.setdefault("Cache-Control", KEPT_BY_NOBODY)
        return response

    return middleware
