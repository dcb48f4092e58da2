"""The words of success stories. It names its model: ``apps.py`` loads it before them."""

from records.search import TextIndex

STORY_TEXT = TextIndex(
    "evaluation.Story",
    titles=("ref", "title"),
    summaries=("changed",),
    texts=("problem", "done", "quote"),
)
