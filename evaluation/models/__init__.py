"""Indicators, their series and results, and the feedback of participants; a module for each noun."""

from evaluation.models.indicator import ABOUT, Indicator, IndicatorVersion
from evaluation.models.measurement import Measurement, SeriesBreak
from evaluation.models.result import Result

__all__ = ["ABOUT", "Indicator", "IndicatorVersion", "Measurement", "Result", "SeriesBreak"]
