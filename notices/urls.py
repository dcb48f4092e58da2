"""Addresses."""

from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.index, name="notices"),
    path("notices/read/", views.read_all, name="read_all"),
    path("notices/settings/", views.settings, name="settings"),
    path("notices/<int:pk>/", views.opened, name="opened"),
    path("notices/<int:pk>/read/", views.read, name="read"),
]
