"""Indicators, their series and results, and the feedback of participants; a module for each noun."""

from evaluation.models.feedback import (
    FeedbackAnswer,
    FeedbackLetter,
    FeedbackQuestion,
    FeedbackRequest,
    FeedbackResponse,
    FeedbackToken,
)
from evaluation.models.story import Story

__all__ = [
    "FeedbackAnswer",
    "FeedbackLetter",
    "FeedbackQuestion",
    "FeedbackRequest",
    "FeedbackResponse",
    "FeedbackToken",
    "Story",
]
