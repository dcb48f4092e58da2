"""Lessons and what hangs on them; a module for each noun."""

from lessons.models.action import (
    Action,
    ActionEvent,
    ActionQuerySet,
    Evidence,
    EvidenceQuerySet,
    serving,
)
from lessons.models.comment import COMMENT_LENGTH, Comment, CommentEvent, CommentQuerySet
from lessons.models.lesson import Called, Lesson, author_called, filled
from lessons.models.lesson_event import LessonEvent, Validation
from lessons.models.lesson_queryset import CAME, LessonQuerySet
from lessons.models.reuse import Reuse, ReuseEvent, ReuseQuerySet
from lessons.models.theme import Theme, ThemeQuerySet

__all__ = [
    "CAME",
    "COMMENT_LENGTH",
    "Action",
    "ActionEvent",
    "ActionQuerySet",
    "Called",
    "Comment",
    "CommentEvent",
    "CommentQuerySet",
    "Evidence",
    "EvidenceQuerySet",
    "Lesson",
    "LessonEvent",
    "LessonQuerySet",
    "Reuse",
    "ReuseEvent",
    "ReuseQuerySet",
    "Theme",
    "ThemeQuerySet",
    "Validation",
    "author_called",
    "filled",
    "serving",
]
