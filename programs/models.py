"""What is done together: agreements, programs and exercises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from agencies.fields import DayField, LinksField
from agencies.models import Agency, Partner, User
from agencies.roles import Permission
from programs.vocabulary import (
    BINDING,
    AgreementStatus,
    AgreementStructure,
    AgreementType,
    Delivery,
    ExerciseKind,
    ExerciseStatus,
    Instrument,
    ParticipationRole,
    ProgramKind,
    ProgramStatus,
    Rating,
)
from records.fields import ChoicesField
from records.models import SharedRecord
from records.visibility import SharedQuerySet
from records.vocabulary import Precision, Technology, Threat

LONG_TEXT = 100_000
EVALUATION_DAYS = 60
"""Days from the end of an exercise until its evaluation is due (Reg. (EU) 2016/1624 art. 26)."""


def in_order(first: str, last: str, name: str) -> models.CheckConstraint:
    """The date ``last`` is not before ``first``, where both are known."""
    return models.CheckConstraint(
        condition=Q(**{f"{first}__isnull": True})
        | Q(**{f"{last}__isnull": True})
        | Q(**{f"{last}__gte": F(first)}),
        name=name,
        violation_error_message=_("The later date is before the earlier one."),
    )


def today() -> date:
    return timezone.localdate()


class Activity(SharedRecord):
    """What agreements, programs and exercises have in common."""

    title = models.CharField(_("title"), max_length=300)
    partners = LinksField(
        Partner,
        related_name="%(class)ss",
        verbose_name=_("partners"),
        help_text=_("The other sides: countries and organizations, not your own country."),
    )
    summary = models.TextField(_("summary"), max_length=LONG_TEXT, blank=True)
    recorded_on = models.DateField(_("recorded on"), default=today, editable=False)

    class Meta(SharedRecord.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.title


def structure_of(stated: str, sides: Callable[[], int]) -> AgreementStructure:
    """As stated; else one other side makes it bilateral, more make it multilateral."""
    if stated:
        return AgreementStructure(stated)
    return AgreementStructure.MULTILATERAL if sides() > 1 else AgreementStructure.BILATERAL


class AgreementQuerySet(SharedQuerySet):
    def in_force(self) -> Self:
        """Texts that bind now."""
        return self.filter(status__in=BINDING)

    def review_overdue(self, on: date) -> Self:
        return self.in_force().filter(next_review_on__lt=on)

    def ended(self, on: date) -> Self:
        """Recorded as in force although they ended before ``on`` and do not renew by themselves."""
        return self.in_force().filter(expires_on__lt=on, tacit_renewal=False)


class Agreement(Activity):
    """The text that cooperation rests on."""

    RELEASED_THROUGH = ("released_to", "party_agencies")
    REF_INFIX = "AGR"

    type = models.CharField(_("type"), max_length=40, choices=AgreementType.choices)
    stated_structure = models.CharField(
        _("structure"),
        max_length=20,
        choices=AgreementStructure.choices,
        blank=True,
        help_text=_("Left open, it follows from the parties."),
    )
    party_agencies = models.ManyToManyField(
        Agency,
        blank=True,
        related_name="agreements_as_party",
        verbose_name=_("agencies that are parties"),
        help_text=_("They may read this agreement."),
    )
    status = models.CharField(_("status"), max_length=30, choices=AgreementStatus.choices)
    signed_on = DayField(_("signed on"), null=True, blank=True)
    in_force_on = DayField(_("in force since"), null=True, blank=True)
    expires_on = DayField(_("expires on"), null=True, blank=True)
    next_review_on = DayField(_("next review on"), null=True, blank=True)
    tacit_renewal = models.BooleanField(_("renews by itself"), default=False)
    notice_period_days = models.PositiveIntegerField(
        _("notice period in days"), null=True, blank=True, validators=[MaxValueValidator(3660)]
    )
    instruments = ChoicesField(Instrument, verbose_name=_("instruments"))
    dated_on = models.GeneratedField(
        expression=Coalesce("in_force_on", "signed_on", "recorded_on"),
        output_field=models.DateField(),
        db_persist=True,
    )

    objects: ClassVar = AgreementQuerySet.as_manager()

    class Meta(Activity.Meta):
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-dated_on", "-pk"]
        indexes = [models.Index(fields=["-dated_on", "-id"], name="agreement_newest")]
        constraints = [
            in_order("signed_on", "in_force_on", "agreement_signed_before_in_force"),
            in_order("in_force_on", "expires_on", "agreement_in_force_before_expiry"),
            in_order("signed_on", "expires_on", "agreement_signed_before_expiry"),
            models.CheckConstraint(condition=~Q(title=""), name="agreement_has_a_title"),
            models.CheckConstraint(
                condition=Q(type__in=AgreementType.values) & Q(status__in=AgreementStatus.values),
                name="agreement_words_are_known",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("programs:agreement", args=[self.ref])

    @property
    def structure(self) -> AgreementStructure:
        """As stated; else one other side makes it bilateral, more make it multilateral."""
        # len() uses what the caller prefetched.
        return structure_of(self.stated_structure, lambda: len(self.partners.all()))

    @property
    def is_in_force(self) -> bool:
        return self.status in BINDING

    @property
    def notice_on(self) -> date | None:
        """The last day for giving notice; without a notice period the last day of the agreement."""
        if self.expires_on is None:
            return None
        return self.expires_on - timedelta(days=self.notice_period_days or 0)

    @property
    def review_is_overdue(self) -> bool:
        due = self.next_review_on
        return self.is_in_force and due is not None and due < today()

    @property
    def has_ended(self) -> bool:
        """It is recorded as in force although it ended and does not renew by itself."""
        end = self.expires_on
        return self.is_in_force and not self.tacit_renewal and end is not None and end < today()


class ProgramQuerySet(SharedQuerySet):
    def running(self) -> Self:
        return self.filter(status=ProgramStatus.RUNNING)


class Program(Activity):
    """A training, capacity-building, technology, infrastructure or information-sharing program."""

    RELEASED_THROUGH = ("released_to", "lead_agency")
    LED_THROUGH = ("lead_agency",)
    REF_INFIX = "PRG"

    kind = models.CharField(_("kind"), max_length=30, choices=ProgramKind.choices)
    lead_agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="led_programs", verbose_name=_("lead agency")
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="programs",
        verbose_name=_("under the agreement"),
    )
    starts_on = DayField(_("starts on"), null=True, blank=True)
    ends_on = DayField(_("ends on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=ProgramStatus.choices)
    objectives = models.TextField(_("objectives"), max_length=LONG_TEXT, blank=True)
    delivery = models.CharField(_("delivery"), max_length=20, choices=Delivery.choices, blank=True)
    technology = ChoicesField(Technology, verbose_name=_("technology"))
    places = models.PositiveIntegerField(_("places"), null=True, blank=True)
    enrolled = models.PositiveIntegerField(_("enrolled"), null=True, blank=True)
    completed = models.PositiveIntegerField(_("completed the course"), null=True, blank=True)
    cost = models.DecimalField(
        _("cost"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    dated_on = models.GeneratedField(
        expression=Coalesce("starts_on", "recorded_on"),
        output_field=models.DateField(),
        db_persist=True,
    )

    objects: ClassVar = ProgramQuerySet.as_manager()

    class Meta(Activity.Meta):
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["-dated_on", "-pk"]
        indexes = [models.Index(fields=["-dated_on", "-id"], name="program_newest")]
        constraints = [
            in_order("starts_on", "ends_on", "program_starts_before_it_ends"),
            models.CheckConstraint(condition=~Q(title=""), name="program_has_a_title"),
            models.CheckConstraint(
                condition=Q(kind__in=ProgramKind.values) & Q(status__in=ProgramStatus.values),
                name="program_words_are_known",
            ),
            models.CheckConstraint(
                condition=Q(completed__isnull=True)
                | Q(enrolled__isnull=True)
                | Q(completed__lte=F("enrolled")),
                name="program_completed_at_most_enrolled",
                violation_error_message=_("More people completed the course than enrolled."),
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0) & ~Q(currency=""),
                name="program_cost_has_a_currency",
                violation_error_message=_("A cost needs its currency."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("programs:program", args=[self.ref])


class ExerciseQuerySet(SharedQuerySet):
    def held(self) -> Self:
        return self.filter(status=ExerciseStatus.HELD)

    def upcoming(self, on: date) -> Self:
        return self.filter(status=ExerciseStatus.PLANNED, ends_on__gte=on)

    def evaluable_by(self, user: User) -> Self:
        """Held exercises that ``user`` may edit or records for an evaluating agency of."""
        evaluating = Participation.objects.filter(
            exercise=OuterRef("pk"),
            role=ParticipationRole.EVALUATOR,
            agency_id__in=user.standing.agencies(Permission.RECORD),
        )
        editable = self.model.objects.editable_by(user).filter(pk=OuterRef("pk"))
        return self.visible_to(user).held().filter(Q(Exists(editable)) | Q(Exists(evaluating)))

    def evaluation_overdue(self, on: date) -> Self:
        """Held, not evaluated, and ended more than ``EVALUATION_DAYS`` days before ``on``."""
        return self.held().filter(
            evaluated_on__isnull=True, ends_on__lt=on - timedelta(days=EVALUATION_DAYS)
        )


class Exercise(Activity):
    """A joint event: an exercise of one of the HSEEP types, or a real joint operation or patrol.

    ``starts_on`` is the first and ``ends_on`` the last day that the precision leaves open: an
    exercise of October 2026 known to the month runs from the 1st to the 31st.
    """

    RELEASED_THROUGH = ("released_to", "lead_agency", "participations__agency")
    LED_THROUGH = ("lead_agency",)
    REF_INFIX = "EXE"

    kind = models.CharField(_("kind"), max_length=20, choices=ExerciseKind.choices)
    status = models.CharField(_("status"), max_length=12, choices=ExerciseStatus.choices)
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exercises",
        verbose_name=_("part of the program"),
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exercises",
        verbose_name=_("under the agreement"),
    )
    lead_agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="led_exercises", verbose_name=_("lead agency")
    )
    host_country = CountryField(_("host country"), blank=True)
    place = models.CharField(_("place"), max_length=300, blank=True)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    starts_on = DayField(_("starts on"))
    starts_precision = models.CharField(
        _("start is known to the"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    ends_on = DayField(_("ends on"))
    ends_precision = models.CharField(
        _("end is known to the"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    scenario = models.TextField(_("scenario"), max_length=LONG_TEXT, blank=True)
    threats = ChoicesField(Threat, verbose_name=_("threats"))
    technology = ChoicesField(Technology, verbose_name=_("technology used"))
    cost = models.DecimalField(
        _("cost"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    hot_wash_on = DayField(_("hot wash on"), null=True, blank=True)
    after_action_on = DayField(_("after-action meeting on"), null=True, blank=True)
    evaluated_on = models.DateField(_("evaluated on"), null=True, blank=True, editable=False)
    evaluated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    source_id = models.CharField(
        _("identifier in its source"), max_length=200, blank=True, editable=False
    )

    objects: ClassVar = ExerciseQuerySet.as_manager()

    class Meta(Activity.Meta):
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["-starts_on", "-id"], name="exercise_newest")]
        constraints = [
            in_order("starts_on", "ends_on", "exercise_starts_before_it_ends"),
            in_order("starts_on", "hot_wash_on", "exercise_hot_wash_after_start"),
            in_order("starts_on", "after_action_on", "exercise_after_action_after_start"),
            models.CheckConstraint(condition=~Q(title=""), name="exercise_has_a_title"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=ExerciseKind.values,
                    status__in=ExerciseStatus.values,
                    starts_precision__in=Precision.values,
                    ends_precision__in=Precision.values,
                ),
                name="exercise_words_are_known",
            ),
            models.CheckConstraint(
                # NULL would make a comparison unknown, which a database takes for kept.
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="exercise_place_is_on_earth",
                violation_error_message=_(
                    "Give latitude (−90 to 90) and longitude (−180 to 180) together."
                ),
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0) & ~Q(currency=""),
                name="exercise_cost_has_a_currency",
                violation_error_message=_("A cost needs its currency."),
            ),
            models.CheckConstraint(
                condition=Q(evaluated_on__isnull=True, evaluated_by__isnull=True)
                | Q(
                    evaluated_on__isnull=False,
                    evaluated_by__isnull=False,
                    status=ExerciseStatus.HELD,
                ),
                name="exercise_evaluation_is_whole",
            ),
            models.UniqueConstraint(
                fields=["agency", "source_id"],
                condition=~Q(source_id=""),
                name="exercise_imported_once",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("programs:exercise", args=[self.ref])

    @property
    def evaluation_due_on(self) -> date:
        return self.ends_on + timedelta(days=EVALUATION_DAYS)

    @property
    def evaluation_is_overdue(self) -> bool:
        return (
            self.status == ExerciseStatus.HELD
            and self.evaluated_on is None
            and self.evaluation_due_on < today()
        )


class Participation(models.Model):
    """An agency's part in an exercise; it lets the agency read the exercise."""

    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="participations")
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="participations", verbose_name=_("agency")
    )
    role = models.CharField(
        _("role"),
        max_length=12,
        choices=ParticipationRole.choices,
        default=ParticipationRole.PARTICIPANT,
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(
                fields=["exercise", "agency"],
                name="participation_once",
                violation_error_message=_("This agency is listed already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} ({self.get_role_display()})"


class Objective(models.Model):
    """What an exercise set out to do, and how well it was done."""

    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="objectives")
    text = models.TextField(_("objective"), max_length=2000)
    capability = models.CharField(_("capability"), max_length=200, blank=True)
    rating = models.CharField(_("rating"), max_length=1, choices=Rating.choices, blank=True)
    narrative = models.TextField(_("narrative"), max_length=LONG_TEXT, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="objective_has_a_text"),
            models.CheckConstraint(
                condition=Q(rating="") | Q(rating__in=Rating.values),
                name="objective_rating_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Evaluation(models.Model):
    """One time that an exercise was evaluated: the first, or a correction of it.

    Written by the verb ``evaluate``, never changed; ``no_lesson`` is the reason why none.
    """

    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="evaluations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    no_lesson = models.TextField(_("why no lesson"), max_length=2000, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")

    def __str__(self) -> str:
        return f"{self.exercise_id} {self.at:%Y-%m-%d}"
