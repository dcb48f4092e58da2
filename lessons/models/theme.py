"""What lessons are about."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ThemeQuerySet(models.QuerySet["Theme"]):
    def in_use(self) -> ThemeQuerySet:
        """Themes to choose from; deprecated ones stay on the lessons that carry them."""
        return self.filter(deprecated=False)


class Theme(models.Model):
    """What a lesson is about. Deprecated, never deleted while used."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    deprecated = models.BooleanField(_("deprecated"), default=False)

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="theme_is_not_its_own_parent")
        ]

    def __str__(self) -> str:
        return gettext(self.name)
