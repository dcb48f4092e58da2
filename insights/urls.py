"""Addresses."""

from django.urls import URLPattern, URLResolver, path

from insights import (
    document_pages,
    gap_pages,
    heat_map_pages,
    pipeline_pages,
    saved_view_pages,
    views,
)

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
    path("members/<slug:code>/template/", document_pages.template, name="template"),
    path("members/<slug:code>/template/file/", document_pages.template_file, name="template_file"),
    path(
        "members/<slug:code>/template/remove/",
        document_pages.template_remove,
        name="template_remove",
    ),
    path("documents/", document_pages.index, name="documents"),
    path("documents/<uuid:uuid>/", document_pages.document, name="document"),
    path("documents/<uuid:uuid>/file/", document_pages.document_file, name="document_file"),
    path("documents/<uuid:uuid>/remove/", document_pages.document_remove, name="document_remove"),
    path("exercises/<slug:ref>/report/", document_pages.exercise_report, name="exercise_report"),
    path("lessons/<slug:ref>/sheet/", document_pages.lesson_sheet, name="lesson_sheet"),
    path("reports/", pipeline_pages.reports, name="reports"),
    path("reports/pipeline/", pipeline_pages.pipeline, name="pipeline"),
    path("reports/pipeline/report/", document_pages.pipeline_report, name="pipeline_report"),
    path("reports/pipeline/<slug:table>/", pipeline_pages.pipeline_file, name="pipeline_file"),
    path("reports/heat-map/", heat_map_pages.heat_map, name="heat_map"),
    path("reports/heat-map/file/", heat_map_pages.heat_map_file, name="heat_map_file"),
    path("reports/gaps/", gap_pages.gap_report, name="gaps"),
    path("reports/gaps/file/", gap_pages.gaps_file, name="gaps_file"),
    path("partners/", views.partners, name="partners"),
    path("partners/<slug:code>/", views.partner, name="partner"),
    path("partners/<slug:code>/report/", document_pages.partner_report, name="partner_report"),
]
