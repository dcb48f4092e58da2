"""The words of indicators and stories. They name their models: ``apps.py`` loads them before."""

from records.search import TextIndex

INDICATOR_TEXT = TextIndex(
    "evaluation.Indicator",
    titles=("ref", "title"),
    summaries=("definition",),
    texts=("formula", "source", "limitations"),
)
STORY_TEXT = TextIndex(
    "evaluation.Story",
    titles=("ref", "title"),
    summaries=("changed",),
    texts=("problem", "done", "quote"),
)
