"""The life cycle of lessons and of their remedial actions: two tables of moves, two verbs.

``MOVES`` and ``ACTION_MOVES`` drive the guards, the buttons and their explanations, the
administration and the test matrices. ``perform`` and ``perform_action`` make a move whole: row
locked, rules checked, fields changed, event written, and what follows from it.
"""

from lessons.workflow.actions import (
    ACTION_ENDORSER,
    ACTION_MOVES,
    QUESTIONS,
    SHOW_NEWER,
    UNDER_WAY,
    VERIFIER,
    action_options,
    action_refusal,
    add_evidence,
    may_add_evidence,
    newly_reading,
    owners_for,
    perform_action,
)
from lessons.workflow.basis import (
    Actor,
    Given,
    IncompleteError,
    Move,
    Option,
    RefusedError,
    Words,
)
from lessons.workflow.checks import (
    CONFIRM_RELEASE,
    CONFIRM_SHARING,
    REQUIRED_WORDS,
    bodies_of,
    missing_for_review,
    newly_released,
    newly_shared,
)
from lessons.workflow.effects import hasten
from lessons.workflow.moves import MOVES
from lessons.workflow.people import (
    ASSIGNED_REVIEWER,
    COORDINATOR,
    ENDORSER,
    REVIEWER,
    VALIDATOR,
    editors_for,
    may_own,
    people_with,
    reviewers_for,
)
from lessons.workflow.perform import options, perform, refusal

__all__ = [
    "ACTION_ENDORSER",
    "ACTION_MOVES",
    "ASSIGNED_REVIEWER",
    "CONFIRM_RELEASE",
    "CONFIRM_SHARING",
    "COORDINATOR",
    "ENDORSER",
    "MOVES",
    "QUESTIONS",
    "REQUIRED_WORDS",
    "REVIEWER",
    "SHOW_NEWER",
    "UNDER_WAY",
    "VALIDATOR",
    "VERIFIER",
    "Actor",
    "Given",
    "IncompleteError",
    "Move",
    "Option",
    "RefusedError",
    "Words",
    "action_options",
    "action_refusal",
    "add_evidence",
    "bodies_of",
    "editors_for",
    "hasten",
    "may_add_evidence",
    "may_own",
    "missing_for_review",
    "newly_reading",
    "newly_released",
    "newly_shared",
    "options",
    "owners_for",
    "people_with",
    "perform",
    "perform_action",
    "refusal",
    "reviewers_for",
]
