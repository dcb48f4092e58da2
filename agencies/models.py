"""Who: people, the agencies they act for, and the partners that agencies cooperate with."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_countries.fields import CountryField

from agencies.fields import DayField
from agencies.prepared import Prepared, once
from agencies.roles import Permission, Role
from agencies.standing import Standing, Tree, ancestors


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, name: str, password: str | None = None, **fields: Any
    ) -> User:
        """Make a person who signs in by e-mail; without a password they must set one first."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, name: str, password: str, **fields: Any) -> User:
        return self.create_user(email, name, password, is_staff=True, is_superuser=True, **fields)


class Appearance(models.TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Deactivated when they leave, never deleted: history keeps naming them."""

    email = models.EmailField(
        _("e-mail"),
        unique=True,
        error_messages={"unique": _("There is an account with this e-mail.")},
    )
    name = models.CharField(_("full name"), max_length=200)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="en"
    )
    theme = models.CharField(
        _("appearance"), max_length=5, choices=Appearance.choices, default=Appearance.AUTO
    )
    is_active = models.BooleanField(_("active"), default=True)
    blocked = models.BooleanField(
        _("switched off by the administration"),
        default=False,
        help_text=_("Cannot sign in, and no coordinator can bring the person back."),
    )
    is_staff = models.BooleanField(
        _("administration"),
        default=False,
        help_text=_("May sign in to the administration of this installation."),
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case"),
            models.CheckConstraint(
                condition=models.Q(is_staff=models.F("is_superuser")),
                name="user_administers_wholly_or_not",
            ),
            models.CheckConstraint(
                condition=models.Q(blocked=False) | models.Q(is_active=False),
                name="user_blocked_is_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.email

    @property
    def initials(self) -> str:
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()

    @cached_property
    def standing(self) -> Standing:
        """The person's permissions by agency; worked out once for this object."""
        known = self.agencies_known.values()
        held = sorted((one.joined or 0, one.pk, Role(one.role)) for one in known if one.role)
        own = [(pk, role) for _joined, pk, role in held] if self.is_active else []
        return Standing.of(own, self.agencies_above)

    @property
    def agencies_above(self) -> Tree:
        """The tree of all agencies; see ``agencies_known``."""
        return {pk: one.above for pk, one in self.agencies_known.items()}

    @cached_property
    def agencies_known(self) -> dict[int, KnownAgency]:
        """Every agency by id, in the order of names: what pages say of them, the person's role.

        One query, made for the standing of everybody who asks for a page.
        """
        rows = agencies_known_to(self.pk).fetch()
        return {row[0]: KnownAgency(*row) for row in rows}

    def may(self, permission: Permission, agency: Agency | int | None) -> bool:
        """Whether the person holds ``permission`` in ``agency`` (an agency or its id)."""
        return self.standing.may(permission, agency.pk if isinstance(agency, Agency) else agency)

    def may_anywhere(self, permission: Permission) -> bool:
        return bool(self.standing.agencies(permission))

    @property
    def may_record(self) -> bool:
        return self.may_anywhere(Permission.RECORD)

    @property
    def may_review(self) -> bool:
        return self.may_anywhere(Permission.REVIEW)

    @property
    def may_coordinate(self) -> bool:
        return self.may_anywhere(Permission.COORDINATE)


class KnownAgency(NamedTuple):
    """What one person needs to know of an agency on every page.

    ``role`` is the one that gives the person rights there, nothing without one; ``joined`` tells in
    which order roles were given.
    """

    pk: int
    code: str
    name: str
    time_zone: str
    above: int | None
    role: str | None
    joined: int | None


@once
def agencies_known_to(person: int) -> Prepared:
    """The values of ``KnownAgency`` for every agency, by name."""
    held = Membership.objects.in_force().order_by().filter(user=person, agency=OuterRef("pk"))
    own = (Subquery(held.values("role")), Subquery(held.values("pk")))
    return Prepared(
        Agency.objects.values_list("pk", "code", "name", "time_zone", "parent_id", *own)
    )


@once
def tree_of_agencies() -> Prepared:
    """Each agency and the one above it."""
    return Prepared(Agency.objects.order_by().values_list("pk", "parent_id"))


class AgencyKind(models.TextChoices):
    """V1 of the field's vocabularies: kinds of organization."""

    BORDER_POLICE = "border_police", _("Border police")
    COAST_GUARD = "coast_guard", _("Coast guard")
    CUSTOMS = "customs", _("Customs")
    GENDARMERIE = "gendarmerie", _("Gendarmerie / civil guard")
    POLICE = "police", _("Police")
    NAVY = "navy", _("Navy / armed forces")
    IMMIGRATION = "immigration", _("Immigration / asylum service")
    INTELLIGENCE = "intelligence", _("Intelligence service")
    PROSECUTOR = "prosecutor", _("Prosecutor / judiciary")
    PORT_AIRPORT = "port_airport", _("Port or airport authority")
    MINISTRY = "ministry", _("Ministry")
    EU_AGENCY = "eu_agency", _("EU agency")
    INTERNATIONAL_ORGANIZATION = "international_organization", _("International organization")
    REGIONAL_BODY = "regional_body", _("Regional body")
    NGO = "ngo", _("NGO")
    RESEARCH = "research", _("Research / industry")


class AgencyQuerySet(models.QuerySet["Agency"]):
    def active(self) -> AgencyQuerySet:
        return self.filter(active=True)

    def where(self, user: User, permission: Permission) -> AgencyQuerySet:
        """Agencies in which ``user`` holds ``permission``."""
        return self.filter(pk__in=user.standing.agencies(permission))

    def tree(self) -> dict[int, int | None]:
        """Agency id → id of the agency above it, of every agency."""
        return dict(tree_of_agencies().fetch())


MOST_DAYS = 365
"""The longest that a clock of an agency runs."""


def known_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("This is not a known time zone."), code="time_zone")


class Agency(models.Model):
    """An organization whose people use Lindero."""

    code = models.CharField(
        _("code"),
        max_length=20,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[A-Z0-9]+(-[A-Z0-9]+)*\Z", _("Use capitals, digits and single hyphens.")
            )
        ],
        help_text=_("Begins every reference of the agency, such as ES-GC. Do not change it later."),
    )
    name = models.CharField(_("name"), max_length=200)
    acronym = models.CharField(_("acronym"), max_length=30, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=AgencyKind.choices)
    country = CountryField(_("country"), blank=True, help_text=_("Empty for international bodies."))
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="UTC", validators=[known_time_zone]
    )
    device_drafts = models.BooleanField(
        _("keep drafts on the device"),
        default=True,
        help_text=_("Bridges a lost connection. Switch off where people share terminals."),
    )
    review_days = models.PositiveSmallIntegerField(_("working days for a review"), default=30)
    urgent_review_days = models.PositiveSmallIntegerField(
        _("working days for an urgent review"), default=10
    )
    returned_reminder_days = models.PositiveSmallIntegerField(
        _("working days until an author is reminded of a question"), default=10
    )
    returned_escalation_days = models.PositiveSmallIntegerField(
        _("working days until the coordinators are told of it"), default=30
    )
    validation_days = models.PositiveSmallIntegerField(
        _("days for validating a change"), default=60
    )
    reminder_before_days = models.PositiveSmallIntegerField(
        _("days before a due date that people are reminded"), default=7
    )
    escalation_after_days = models.PositiveSmallIntegerField(
        _("days after a due date that the coordinators are told"), default=14
    )
    active = models.BooleanField(_("active"), default=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="agency_is_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=models.Q(review_days__gte=1, urgent_review_days__gte=1),
                name="agency_review_takes_a_day_or_more",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    returned_reminder_days__range=(1, MOST_DAYS),
                    returned_escalation_days__range=(1, MOST_DAYS),
                    validation_days__range=(1, MOST_DAYS),
                    reminder_before_days__range=(1, MOST_DAYS),
                    escalation_after_days__range=(1, MOST_DAYS),
                ),
                name="agency_clocks_take_a_day_to_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse circles whoever saves; the tree is locked so that two moves cannot make one."""
        with transaction.atomic():
            list(Agency.objects.select_for_update().order_by("pk").values_list("pk"))
            Agency.clean(self)
            super().save(*args, **kwargs)

    @property
    def short(self) -> str:
        return self.acronym or self.name

    def clean(self) -> None:
        super().clean()
        if (
            self.pk
            and self.parent_id
            and self.pk in ancestors(self.parent_id, Agency.objects.tree())
        ):
            raise ValidationError(
                {"parent": _("An agency cannot be part of itself or of an agency below it.")}
            )

    @cached_property
    def holiday_dates(self) -> Collection[date]:
        # Through the related objects, so that what the caller prefetched is used.
        return frozenset(holiday.day for holiday in self.holidays.all())

    def local_date(self, at: datetime) -> date:
        """The calendar day at ``at`` where the agency is."""
        return at.astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()


class Holiday(models.Model):
    """A day on which an agency does not work; clocks skip it."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="holidays")
    day = DayField(_("day"))
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [models.UniqueConstraint(fields=["agency", "day"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self) -> MembershipQuerySet:
        """Memberships that give rights: active, of an active person in an active agency."""
        return self.filter(active=True, user__is_active=True, agency__active=True)

    def holding(self, permission: Permission) -> MembershipQuerySet:
        return self.filter(role__in=[role for role in Role if permission in role.permissions])


class Membership(models.Model):
    """A person's role in an agency. Switched off when they leave, never deleted."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="memberships", verbose_name=_("agency")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "user"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency"],
                name="membership_once",
                violation_error_message=_("This person already is a member of the agency."),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.agency}"

    @property
    def role_description(self) -> str:
        return Role(self.role).description


class PartnerKind(models.TextChoices):
    COUNTRY = "country", _("Country")
    ORGANIZATION = "organization", _("Organization")


class PartnerQuerySet(models.QuerySet["Partner"]):
    def countries(self) -> PartnerQuerySet:
        return self.filter(kind=PartnerKind.COUNTRY)

    def organizations(self) -> PartnerQuerySet:
        return self.filter(kind=PartnerKind.ORGANIZATION)


class Partner(models.Model):
    """A country or an international organization that agencies cooperate with.

    Countries carry their ISO 3166-1 alpha-2 code, extinct states the four letters of
    ISO 3166-3; organizations carry a short name of their own.
    """

    code = models.CharField(
        _("code"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"\A[A-Z0-9]{2,20}\Z", _("Use capitals and digits."))],
    )
    kind = models.CharField(_("kind"), max_length=12, choices=PartnerKind.choices)
    name = models.CharField(_("name"), max_length=200)
    members = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="member_of",
        verbose_name=_("members"),
        help_text=_("For organizations. Members are shown, not filtered by."),
    )
    historical = models.BooleanField(
        _("historical"), default=False, help_text=_("A state that no longer exists.")
    )

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language; countries in use have one in every language."""
        if self.kind == PartnerKind.COUNTRY and not self.historical:
            return str(countries.name(self.code)) or self.name
        return gettext(self.name)
