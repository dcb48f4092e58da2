"""Lindero's tables as a plain project would describe them; it makes and changes none."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models

from benchmarks.generate import PARTNERS, THEMES
from lessons.vocabulary import Category, Kind, Priority, Status
from records.vocabulary import TLP


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "email"

    class Meta:
        app_label = "plain_admin"
        managed = False
        db_table = "agencies_user"

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    name = models.CharField(max_length=200)

    class Meta:
        app_label = "plain_admin"
        managed = False
        db_table = "agencies_agency"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Partner(models.Model):
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)

    class Meta:
        app_label = "plain_admin"
        managed = False
        db_table = "agencies_partner"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Theme(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "plain_admin"
        managed = False
        db_table = "lessons_theme"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Lesson(models.Model):
    ref = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    category = models.CharField(max_length=20, choices=Category.choices)
    status = models.CharField(max_length=20, choices=Status.choices)
    priority = models.CharField(max_length=12, choices=Priority.choices)
    tlp = models.CharField(max_length=12, choices=TLP.choices)
    agency = models.ForeignKey(Agency, models.PROTECT)
    # Only those that lessons are tagged with: every other would be one more count to make.
    partners = models.ManyToManyField(
        Partner,
        db_table="lessons_lesson_partners",
        limit_choices_to={"code__in": list(PARTNERS)},
    )
    themes = models.ManyToManyField(
        Theme, db_table="lessons_lesson_themes", limit_choices_to={"pk__lte": THEMES}
    )
    dated_on = models.DateField()
    observation = models.TextField()
    discussion = models.TextField()
    conclusion = models.TextField()
    recommendation = models.TextField()

    class Meta:
        app_label = "plain_admin"
        managed = False
        db_table = "lessons_lesson"

    def __str__(self) -> str:
        return self.title
