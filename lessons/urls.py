"""Addresses."""

from django.urls import URLPattern, URLResolver, path

from lessons.views import editing, history, lesson, lists, moves, review, revising

app_name = "lessons"

urlpatterns: list[URLPattern | URLResolver] = [
    path("lessons/", lists.lessons, name="lessons"),
    path("lessons/export/", lists.export, name="export"),
    path("lessons/facets/<slug:name>/", lists.facet, name="facet"),
    path("lessons/new/", editing.new, name="new"),
    path("lessons/<slug:ref>/", lesson.lesson, name="lesson"),
    path("lessons/<slug:ref>/similar/", lesson.similar, name="similar"),
    path("lessons/<slug:ref>/edit/", editing.edit, name="edit"),
    path("lessons/<slug:ref>/move/<slug:name>/", moves.move, name="move"),
    path("lessons/<slug:ref>/handling/", review.handle, name="handling"),
    path("lessons/<slug:ref>/discard/", lesson.discard, name="discard"),
    path("lessons/<slug:ref>/history/", history.lesson_history, name="history"),
    path("lessons/<slug:ref>/history/<int:number>/", history.version, name="version"),
    path("lessons/<slug:ref>/history/<int:number>/restore/", history.restore, name="restore"),
    path("lessons/<slug:ref>/revise/", revising.revise, name="revise"),
    path("lessons/<slug:ref>/revision/", revising.revision, name="revision"),
    path("lessons/<slug:ref>/revision/<slug:name>/", revising.decide, name="decide"),
    path("actions/<int:pk>/history/", history.action_history, name="action_history"),
    path("review/", review.review, name="review"),
]
