"""What every template may say about the installation."""

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, object]:
    """The names and switches that the page shell shows."""
    return {
        "installation_name": settings.INSTALLATION_NAME,
        "version": settings.VERSION,
        "development": settings.DEVELOPMENT,
        "demonstration": settings.DEMONSTRATION,
    }
