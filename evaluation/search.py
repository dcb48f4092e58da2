"""The words of indicators. It names its model, so that ``apps.py`` can load it before the models."""

from records.search import TextIndex

INDICATOR_TEXT = TextIndex(
    "evaluation.Indicator",
    titles=("ref", "title"),
    summaries=("definition",),
    texts=("formula", "source", "limitations"),
)
