"""How a notice goes to a person beside standing in the application."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class When(models.TextChoices):
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")
    OFF = "off", _("No e-mail")


DIGESTS = (When.DAILY, When.WEEKLY)
