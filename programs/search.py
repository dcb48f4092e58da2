"""The words of activities. It names its models: ``apps.py`` loads it before them."""

from records.search import TextIndex

AGREEMENT_TEXT = TextIndex("programs.Agreement", titles=("ref", "title"), summaries=("summary",))
PROGRAM_TEXT = TextIndex(
    "programs.Program", titles=("ref", "title"), summaries=("summary",), texts=("objectives",)
)
EXERCISE_TEXT = TextIndex(
    "programs.Exercise",
    titles=("ref", "title"),
    summaries=("summary",),
    texts=("scenario", "place"),
)
