"""Addresses."""

from django.urls import URLPattern, URLResolver, path

from evaluation.views import answering, feedback, stories

app_name = "evaluation"

urlpatterns: list[URLPattern | URLResolver] = [
    # Questionnaires, for those who ask
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
