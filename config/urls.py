"""All addresses: each app keeps its own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import health

# Sign-in happens in one place, with its rate limits; allauth documents this assignment.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("agencies.account_urls")),
    path("", include("agencies.urls")),
    path("", include("notices.urls")),
    path("", include("programs.urls")),
    path("", include("lessons.urls")),
    path("", include("records.urls")),
    path("", include("evaluation.urls")),
    path("", include("insights.urls")),
    path("", include("pages.urls")),
]
