"""A date field that knows which days can be meant."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)


def sensible_day(day: date) -> None:
    """Refuse slips of the keyboard, such as the year 202 or 20266."""
    if not EARLIEST <= day <= LATEST:
        raise ValidationError(_("Give a day between 1900 and 2100."), code="day")


class DayField(models.DateField):
    """A date of cooperation: between 1900 and 2100, so that clocks can add days to it."""

    default_validators = [sensible_day]

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        # For the database it is a date like any other: validators need no migration.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs
