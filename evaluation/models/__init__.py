"""Indicators, their series and results, and the feedback of participants; a module for each noun."""
