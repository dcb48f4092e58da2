"""Indicators, their series and results, and the feedback of participants; a module for each noun."""

from evaluation.models.feedback import (
    FeedbackAnswer,
    FeedbackLetter,
    FeedbackQuestion,
    FeedbackRequest,
    FeedbackResponse,
    FeedbackToken,
)
from evaluation.models.indicator import ABOUT, Indicator, IndicatorVersion
from evaluation.models.measurement import Measurement, SeriesBreak
from evaluation.models.result import Result
from evaluation.models.story import Story

__all__ = [
    "ABOUT",
    "FeedbackAnswer",
    "FeedbackLetter",
    "FeedbackQuestion",
    "FeedbackRequest",
    "FeedbackResponse",
    "FeedbackToken",
    "Indicator",
    "IndicatorVersion",
    "Measurement",
    "Result",
    "SeriesBreak",
    "Story",
]
