"""The tables that say how a lesson is found and who may see it; see ``records.changes``."""

from __future__ import annotations

from lessons.search import LESSON_TEXT
from records.changes import Watched

WATCHED = (
    Watched(
        "lesson",
        "lessons_lesson",
        columns=(
            *("tlp", "agency_id", "originator_id", "adopted_by_id", "status", "published_at"),
            *("category", "kind", "priority", "threats", "dotmlpfi"),
            *("exercise_id", "program_id", "agreement_id"),
            *("occurred_on", "submitted_on", "recorded_on", "review_due_on"),
            *LESSON_TEXT.columns,
        ),
    ),
    Watched("lesson", "lessons_lesson_partners", record="lesson_id"),
    Watched("lesson", "lessons_lesson_themes", record="lesson_id"),
    Watched("lesson", "lessons_lesson_released_to", record="lesson_id"),
    Watched("lesson", "lessons_lesson_red_recipients", record="lesson_id"),
    Watched("lesson", "lessons_action_lessons", record="lesson_id"),
    Watched(
        "lesson",
        "lessons_action",
        record="lesson_id",
        columns=("status",),
        through="lessons_action_lessons",
        row_column="action_id",
    ),
    # The names that facets are shown by.
    Watched("partner", "agencies_partner"),
    Watched("agency", "agencies_agency"),
    Watched("theme", "lessons_theme"),
)
