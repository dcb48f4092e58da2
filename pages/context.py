"""What the shell around every page needs: the theme and the ways to go."""

from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.functional import SimpleLazyObject

from pages import navigation
from pages.themes import theme_of


def shell(request: HttpRequest) -> dict[str, object]:
    """Return theme and navigation; the links are drawn only if a template asks."""
    return {
        "root": get_script_prefix(),
        "theme": theme_of(request),
        "nav": SimpleLazyObject(lambda: navigation.drawn(navigation.PAGES, request)),
        "record_links": SimpleLazyObject(lambda: navigation.drawn(navigation.RECORD, request)),
        "account_links": SimpleLazyObject(lambda: navigation.drawn(navigation.ACCOUNT, request)),
    }
