"""Addresses."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from pages import components, views

urlpatterns: list[URLPattern | URLResolver] = [path("theme/", views.theme, name="theme")]
if settings.DEVELOPMENT:
    urlpatterns.append(path("components/", components.components, name="components"))
