"""Addresses."""

from django.urls import URLPattern, URLResolver, path

from programs.views import activity, editing, evaluating, lists

app_name = "programs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("agreements/", lists.agreements, name="agreements"),
    path("agreements/export/", lists.agreement_export, name="agreement_export"),
    path("agreements/new/", editing.agreement_new, name="agreement_new"),
    path("agreements/<slug:ref>/", activity.agreement, name="agreement"),
    path("agreements/<slug:ref>/edit/", editing.agreement_edit, name="agreement_edit"),
    path("programs/", lists.programs, name="programs"),
    path("programs/export/", lists.program_export, name="program_export"),
    path("programs/new/", editing.program_new, name="program_new"),
    path("programs/<slug:ref>/", activity.program, name="program"),
    path("programs/<slug:ref>/edit/", editing.program_edit, name="program_edit"),
    path("exercises/", lists.exercises, name="exercises"),
    path("exercises/export/", lists.exercise_export, name="exercise_export"),
    path("exercises/new/", editing.exercise_new, name="exercise_new"),
    path("exercises/<slug:ref>/", activity.exercise, name="exercise"),
    path("exercises/<slug:ref>/edit/", editing.exercise_edit, name="exercise_edit"),
    path("exercises/<slug:ref>/evaluate/", evaluating.evaluate, name="exercise_evaluate"),
]
