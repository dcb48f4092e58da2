"""Addresses."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from evaluation.views import editing, indicator, lists, values

app_name = "evaluation"
BELOW = "evaluation/indicators/"

urlpatterns: list[URLPattern] = [
    path("evaluation/", RedirectView.as_view(pattern_name="evaluation:indicators"), name="index"),
    path(BELOW, lists.indicators, name="indicators"),
    path(f"{BELOW}export/", lists.indicator_export, name="indicator_export"),
    path(f"{BELOW}new/", editing.indicator_new, name="indicator_new"),
    path(f"{BELOW}<slug:ref>/", indicator.indicator, name="indicator"),
    path(f"{BELOW}<slug:ref>/result/", indicator.result, name="result"),
    path(f"{BELOW}<slug:ref>/edit/", editing.indicator_edit, name="indicator_edit"),
    path(f"{BELOW}<slug:ref>/values/", values.values, name="values"),
    path(f"{BELOW}<slug:ref>/paste/", values.paste, name="paste"),
    path(f"{BELOW}<slug:ref>/breaks/", values.breaks, name="breaks"),
    path(f"{BELOW}<slug:ref>/history/", values.history, name="history"),
]
