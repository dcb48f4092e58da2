"""Fields that know more than Django's: which days can be meant, what is kept while it is used."""

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


class LinksField(models.ManyToManyField):
    """Links to what is never deleted while it is linked, such as themes and partners."""

    def contribute_to_class(
        self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any
    ) -> None:
        super().contribute_to_class(cls, name, *args, **kwargs)
        if not cls._meta.abstract:
            ends: Any = self.remote_field
            # Django would delete the links together with what they lead to.
            link = ends.through._meta.get_field(ends.model._meta.model_name)
            link.remote_field.on_delete = models.PROTECT

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        # Deleting is Django's business, not the database's: it needs no migration.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ManyToManyField", args, kwargs
