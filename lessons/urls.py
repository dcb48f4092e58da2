"""Addresses."""

from django.urls import URLPattern, URLResolver, path

from lessons.views import (
    actions,
    discussion,
    editing,
    history,
    lesson,
    lists,
    mine,
    moves,
    reuse,
    review,
    revising,
)

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
    path("actions/", actions.actions, name="actions"),
    path("actions/export/", actions.export, name="actions_export"),
    path("actions/board/", actions.board, name="board"),
    path("actions/<int:pk>/", actions.action, name="action"),
    path("actions/<int:pk>/evidence/", actions.evidence, name="evidence"),
    path("actions/<int:pk>/move/<slug:name>/", actions.action_move, name="action_move"),
    path("lessons/<slug:ref>/comment/", discussion.comment, name="comment"),
    path("lessons/<slug:ref>/comment/people/", discussion.people, name="people"),
    path("lessons/<slug:ref>/comments/<int:pk>/edit/", discussion.edit, name="comment_edit"),
    path(
        "lessons/<slug:ref>/comments/<int:pk>/withdraw/",
        discussion.withdraw,
        name="comment_withdraw",
    ),
    path("lessons/<slug:ref>/comments/<int:pk>/hide/", discussion.hide, name="comment_hide"),
    path("lessons/<slug:ref>/reuse/", reuse.reuse, name="reuse"),
    path("lessons/<slug:ref>/reuse/<int:pk>/", reuse.edit, name="reuse_edit"),
    path("mine/", mine.mine, name="mine"),
    path("lessons/<slug:ref>/history/", history.lesson_history, name="history"),
    path("lessons/<slug:ref>/history/<int:number>/", history.version, name="version"),
    path("lessons/<slug:ref>/history/<int:number>/restore/", history.restore, name="restore"),
    path("lessons/<slug:ref>/revise/", revising.revise, name="revise"),
    path("lessons/<slug:ref>/revision/", revising.revision, name="revision"),
    path("lessons/<slug:ref>/revision/<slug:name>/", revising.decide, name="decide"),
    path("actions/<int:pk>/history/", history.action_history, name="action_history"),
    path("review/", review.review, name="review"),
]
