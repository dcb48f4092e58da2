"""Words of indicators that a series does not need; those that it needs are in ``series``."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class About(models.TextChoices):
    """The kinds of records that an indicator can be about, by the names of their relations."""

    AGREEMENT = "agreement", _("Agreement")
    PROGRAM = "program", _("Program")
    EXERCISE = "exercise", _("Exercise")
    ACTION = "action", _("Action")


class Progress(StrEnum):
    """How far a result is that is not there."""

    UNASKED = "unasked"
    """It rests on something that changed, and nobody has asked for it since."""
    WAITING = "waiting"
    GIVEN_UP = "given_up"
    """It failed as often as the worker tries."""
