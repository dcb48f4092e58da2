"""Wiring: settings, addresses, entry points and health. Nothing here knows a rule."""

__version__ = "0.1.0"
