"""Addresses."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from evaluation.views import (
    answering,
    editing,
    feedback,
    indicator,
    lists,
    questionnaires,
    stories,
    values,
)

app_name = "evaluation"
BELOW = "evaluation/indicators/"

urlpatterns: list[URLPattern] = [
    # Indicators
    path("evaluation/", RedirectView.as_view(pattern_name="evaluation:indicators"), name="index"),
    path(BELOW, lists.indicators, name="indicators"),
    path(f"{BELOW}export/", lists.indicator_export, name="indicator_export"),
    path(f"{BELOW}new/", editing.indicator_new, name="indicator_new"),
    path(f"{BELOW}<slug:ref>/", indicator.indicator, name="indicator"),
    path(f"{BELOW}<slug:ref>/result/", indicator.result, name="result"),
    path(f"{BELOW}<slug:ref>/ask/", indicator.ask_again, name="ask_again"),
    path(f"{BELOW}<slug:ref>/edit/", editing.indicator_edit, name="indicator_edit"),
    path(f"{BELOW}<slug:ref>/values/", values.values, name="values"),
    path(f"{BELOW}<slug:ref>/paste/", values.paste, name="paste"),
    path(f"{BELOW}<slug:ref>/breaks/", values.breaks, name="breaks"),
    path(f"{BELOW}<slug:ref>/history/", values.history, name="history"),
    # Questionnaires, for those who ask
    path("evaluation/feedback/", questionnaires.questionnaires, name="questionnaires"),
    path("evaluation/feedback/new/", feedback.new, name="feedback_new"),
    path("evaluation/feedback/<int:pk>/", feedback.feedback, name="feedback"),
    path("evaluation/feedback/<int:pk>/edit/", feedback.edit, name="feedback_edit"),
    path("evaluation/feedback/<int:pk>/do/<slug:deed>/", feedback.do, name="feedback_do"),
    path("evaluation/feedback/<int:pk>/links/", feedback.links, name="feedback_links"),
    path("evaluation/feedback/<int:pk>/sheet/", feedback.sheet, name="feedback_sheet"),
    path("evaluation/feedback/<int:pk>/export/", feedback.export, name="feedback_export"),
    path(
        "evaluation/feedback/<int:pk>/lesson/<uuid:answer>/",
        feedback.lesson,
        name="feedback_lesson",
    ),
    # For those who answer, without an account
    path("feedback/<str:key>/", answering.answer, name="answer"),
    # Success stories
    path("stories/", stories.listed, name="stories"),
    path("stories/export/", stories.file, name="story_export"),
    path("stories/new/", stories.new, name="story_new"),
    path("stories/<slug:ref>/", stories.story, name="story"),
    path("stories/<slug:ref>/edit/", stories.edit, name="story_edit"),
]
