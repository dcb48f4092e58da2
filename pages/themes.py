"""Light, dark, or as the device: chosen by a person, kept with the person and in a cookie."""

from django.http import HttpRequest, HttpResponse

THEMES = ("auto", "light", "dark")
COOKIE = "lindero_theme"
YEAR = 365 * 24 * 60 * 60


def theme_of(request: HttpRequest) -> str:
    """Return the theme to draw this page in; the cookie speaks for those not signed in."""
    user = getattr(request, "user", None)
    chosen = (
        getattr(user, "theme", "")
        if user is not None and user.is_authenticated
        else request.COOKIES.get(COOKIE, "")
    )
    return chosen if chosen in THEMES else "auto"


def remember(theme: str, request: HttpRequest, response: HttpResponse) -> None:
    """Keep ``theme`` with the person who is signed in, and in the browser for the sign-in page."""
    if request.user.is_authenticated:
        request.user.theme = theme
        request.user.save(update_fields=["theme"])
    response.set_cookie(
        COOKIE, theme, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
    )
