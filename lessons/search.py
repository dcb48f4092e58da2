"""The words of lessons. It names its model, so that ``apps.py`` can load it before the models."""

from records.search import TextIndex

LESSON_TEXT = TextIndex(
    "lessons.Lesson",
    titles=("ref", "title"),
    summaries=("recommendation",),
    texts=(
        "observation",
        "discussion",
        "conclusion",
        "applies_when",
        "does_not_apply_when",
        "place",
    ),
)
ACTION_TEXT = TextIndex("lessons.Action", titles=("title",))
