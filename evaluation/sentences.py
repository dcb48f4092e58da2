"""An assessment in words: one sentence, its caveats, how it was computed."""

from __future__ import annotations

from evaluation.assessment import Assessment


def headline(assessment: Assessment) -> str:
    """Return the sentence that can be read aloud in a meeting."""
    return ""


def caveats(assessment: Assessment) -> list[str]:
    """Return what a reader must know beside the figure, one sentence each."""
    return []


def reasons(assessment: Assessment) -> list[str]:
    """Return why there is no result, one sentence each; empty if there is one."""
    return []


def computed(assessment: Assessment) -> list[str]:
    """Return how the figures came about: methods, formulas, choices, sources; one paragraph each."""
    return []
