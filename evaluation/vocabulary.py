"""Words of indicators that a series does not need; those that it needs are in ``series``."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class About(models.TextChoices):
    """The kinds of records that an indicator can be about, by the names of their relations."""

    AGREEMENT = "agreement", _("Agreement")
    PROGRAM = "program", _("Program")
    EXERCISE = "exercise", _("Exercise")
    ACTION = "action", _("Action")
