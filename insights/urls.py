"""Addresses."""

from django.urls import URLPattern, URLResolver, path

from insights import pipeline_pages, saved_view_pages, views

app_name = "insights"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("views/", saved_view_pages.index, name="saved_views"),
    path("views/new/", saved_view_pages.new, name="saved_view_new"),
    path("views/<int:pk>/", saved_view_pages.opened, name="saved_view"),
    path("views/<int:pk>/change/", saved_view_pages.change, name="saved_view_change"),
    path("views/<int:pk>/delete/", saved_view_pages.delete, name="saved_view_delete"),
    path("members/<slug:code>/exports/", saved_view_pages.exports, name="exports"),
    path("reports/", pipeline_pages.reports, name="reports"),
    path("reports/pipeline/", pipeline_pages.pipeline, name="pipeline"),
    path("reports/pipeline/<slug:table>/", pipeline_pages.pipeline_file, name="pipeline_file"),
    path("partners/", views.partners, name="partners"),
    path("partners/<slug:code>/", views.partner, name="partner"),
]
