"""Indicators: what is measured of the cooperation, how, and about which record."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Lower, TruncDate
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField, LinksField
from agencies.models import Partner, User
from evaluation.series import Better, Measure, Step
from evaluation.vocabulary import About, Progress
from lessons.models import Action
from notices.models import Job
from programs.models import LONG_TEXT, Agreement, Exercise, Program, today
from records.models import SharedRecord
from records.versions import Version
from records.visibility import SharedQuerySet
from records.vocabulary import TLP

ABOUT: dict[str, Any] = {
    About.AGREEMENT: Agreement,
    About.PROGRAM: Program,
    About.EXERCISE: Exercise,
    About.ACTION: Action,
}
"""The records that an indicator can be about, by the names of its relations."""


def exactly_one(names: list[str]) -> Q:
    """One of the relations leads somewhere, the others nowhere."""
    found = Q()
    for chosen in names:
        found |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return found


METHODS = 2
"""Raised with every change of how results are worked out: those of before are then worked out anew."""


ASKED = Q(asked_for=F("state"), asked_job__isnull=False, asked_job__done_at__isnull=True)
"""A job was asked for that would work out what holds now."""
PROGRESS = Case(
    When(ASKED & Q(asked_job__given_up_at__isnull=False), then=Value(Progress.GIVEN_UP)),
    When(ASKED, then=Value(Progress.WAITING)),
    default=Value(Progress.UNASKED),
    output_field=models.CharField(),
)


def text(expression: Any) -> Coalesce:
    return Coalesce(Cast(expression, models.CharField()), Value(""))


def about_red() -> Q:
    """The record that an indicator is about is ``TLP:RED``; an action, if one of its lessons is."""
    serving = Action.lessons.through._base_manager.filter(
        action=OuterRef("action_id"), lesson__tlp=TLP.RED
    )
    return (
        Q(exercise__tlp=TLP.RED)
        | Q(program__tlp=TLP.RED)
        | Q(agreement__tlp=TLP.RED)
        | Q(Exists(serving))
    )


class IndicatorQuerySet(SharedQuerySet):
    def with_state(self) -> Self:
        """Add the day of the change (``took_effect_on``) and the state of all that results rest on.

        The day is the one given with a reason; else the start of the exercise or program, entry into
        force (or signature) of the agreement, or the day (UTC) on which the action was finished.
        What is ``TLP:RED`` gives its day to no indicator of a wider marking.
        """
        took_effect = Case(
            When(intervention_on__isnull=False, then="intervention_on"),
            When(about_red() & ~Q(tlp=TLP.RED), then=Value(None)),
            default=Coalesce(
                "exercise__starts_on",
                "program__starts_on",
                "agreement__in_force_on",
                "agreement__signed_on",
                TruncDate("action__finished_at", tzinfo=UTC),
            ),
            output_field=models.DateField(),
        )
        colon = Value(":")
        parts = [
            text("inputs"),
            text("comparison_id"),
            text("comparison__inputs"),
            text(took_effect),
        ]
        state = Concat(
            Value(f"{METHODS}:"), parts[0], colon, parts[1], colon, parts[2], colon, parts[3]
        )
        return self.annotate(took_effect_on=took_effect, state=state)

    def without_result(self) -> Self:
        """Those whose result was not worked out of what holds now, with their ``progress``."""
        results = Indicator._meta.get_field("results").related_model._base_manager
        held = results.filter(indicator_id=OuterRef("pk"), of=OuterRef("state"))
        return self.with_state().annotate(progress=PROGRESS).filter(~Exists(held))

    def with_result_for(self, user: User, *, compared: bool = True, leaves: bool = False) -> Self:
        """Add the result that ``user`` may read and that still holds: ``result_id``, ``verdict``.

        Where there is none, ``progress`` says how far it is.

        Into it goes the comparison only if ``user`` may see that (``reads_comparison``), and never
        into one that is not to be ``compared``: what leaves in a file is marked as the indicator
        is, whatever the comparison is marked as. Where what it tells ``leaves`` in a document with
        a marking of its own, a RED comparison stays out for everybody.
        """
        seen = Indicator.objects.visible_to(user).filter(pk=OuterRef("comparison_id"))
        seen = seen.exportable() if leaves else seen
        reads = Exists(seen) if compared else Value(False)
        results = Indicator._meta.get_field("results").related_model._base_manager
        held = results.filter(
            indicator_id=OuterRef("pk"), of=OuterRef("state"), compared=OuterRef("reads_comparison")
        )
        return (
            self.with_state()
            .annotate(reads_comparison=reads)
            .annotate(
                result_id=Subquery(held.values("pk")[:1]),
                verdict=Subquery(held.values("verdict")[:1]),
                progress=PROGRESS,
            )
        )

    def about(self, record: models.Model) -> Self:
        """Those about one agreement, program, exercise or action."""
        return self.filter(**{str(record._meta.model_name): record})

    def of_partner(self, partner: Partner) -> Self:
        through = Indicator.partners.through._base_manager
        return self.filter(
            Exists(through.filter(indicator_id=OuterRef("pk"), partner_id=partner.pk))
        )

    def with_subject_for(self, user: User) -> Self:
        """Fetch what each is about, ``None`` where ``user`` may not see it."""
        return self.prefetch_related(
            *(
                models.Prefetch(name, queryset=model._default_manager.visible_to(user))
                for name, model in ABOUT.items()
            )
        )


class Indicator(SharedRecord):
    """What is measured of the cooperation: a series of values with its definition and its limits.

    About exactly one agreement, program, exercise or action, which is named to those alone who may
    see it. The date from which an effect is looked for is taken from that record
    (``with_state``) unless another is given with a reason. ``inputs`` counts the changes
    of what a result is worked out from.
    """

    REF_INFIX = "IND"

    title = models.CharField(_("name"), max_length=300)
    definition = models.TextField(_("what it measures"), max_length=LONG_TEXT)
    formula = models.TextField(_("formula"), max_length=2000)
    measure = models.CharField(_("kind of measure"), max_length=12, choices=Measure.choices)
    unit = models.CharField(_("unit"), max_length=60)
    step = models.CharField(
        _("one value for each"), max_length=10, choices=Step.choices, default=Step.MONTH
    )
    first_month = models.PositiveSmallIntegerField(
        _("the year begins in"), default=1, choices=[*MONTHS.items()]
    )
    better = models.CharField(_("which way is good"), max_length=4, choices=Better.choices)
    source = models.TextField(_("source of the values"), max_length=2000)
    limitations = models.TextField(_("known limitations"), max_length=LONG_TEXT)
    starter = models.SlugField(max_length=40, blank=True, editable=False)
    partners = LinksField(
        Partner,
        related_name="indicators",
        verbose_name=_("partners"),
        help_text=_("The other sides: countries and organizations, not your own country."),
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="indicators",
        verbose_name=_("agreement"),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="indicators",
        verbose_name=_("program"),
    )
    exercise = models.ForeignKey(
        Exercise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="indicators",
        verbose_name=_("exercise"),
    )
    action = models.ForeignKey(
        Action,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="indicators",
        verbose_name=_("action"),
    )
    intervention_on = DayField(_("the change took effect on"), null=True, blank=True)
    intervention_reason = models.CharField(_("why this date"), max_length=500, blank=True)
    comparison = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="compared",
        verbose_name=_("compared with"),
    )
    periods_before = models.PositiveSmallIntegerField(
        _("periods before the change"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    periods_after = models.PositiveSmallIntegerField(
        _("periods after the change"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    same_season = models.BooleanField(_("compare the same seasons only"), default=False)
    leave_out_event = models.BooleanField(_("leave out the period of the change"), default=True)
    use_provisional = models.BooleanField(_("use values that are not final"), default=True)
    recorded_on = models.DateField(_("recorded on"), default=today, editable=False)
    inputs = models.PositiveIntegerField(default=1, editable=False)
    asked_for = models.CharField(max_length=200, blank=True, editable=False)
    """The state of the inputs for which a result was last asked."""
    asked_job = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+")
    """The job that works it out."""

    objects: ClassVar = IndicatorQuerySet.as_manager()

    class Meta(SharedRecord.Meta):
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["-recorded_on", "-pk"]
        indexes = [
            models.Index(fields=["-recorded_on", "-id"], name="indicator_newest"),
            models.Index(Lower("title"), "id", name="indicator_title_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(definition="") & ~Q(formula="") & ~Q(unit=""),
                name="indicator_says_what_it_measures",
            ),
            models.CheckConstraint(
                condition=~Q(limitations=""), name="indicator_says_its_limitations"
            ),
            models.CheckConstraint(
                condition=Q(
                    measure__in=Measure.values, step__in=Step.values, better__in=Better.values
                ),
                name="indicator_words_are_known",
            ),
            models.CheckConstraint(
                condition=Q(first_month__gte=1, first_month__lte=12),
                name="indicator_year_begins_in_a_month",
            ),
            models.CheckConstraint(
                condition=exactly_one(About.values), name="indicator_is_about_one_record"
            ),
            models.CheckConstraint(
                condition=Q(intervention_on__isnull=True, intervention_reason="")
                | Q(intervention_on__isnull=False) & ~Q(intervention_reason=""),
                name="indicator_other_date_has_a_reason",
                violation_error_message=_("Give the date and the reason together."),
            ),
            models.CheckConstraint(
                condition=(Q(periods_before__isnull=True) | Q(periods_before__gte=1))
                & (Q(periods_after__isnull=True) | Q(periods_after__gte=1)),
                name="indicator_compares_a_period_or_more",
            ),
            models.CheckConstraint(
                condition=Q(comparison__isnull=True) | ~Q(comparison=models.F("id")),
                name="indicator_is_not_compared_with_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evaluation:indicator", args=[self.ref])

    @property
    def about(self) -> str:
        """The name of the relation to what it is about."""
        return next(name for name in About.values if getattr(self, f"{name}_id"))

    @property
    def subject(self) -> Any:
        """What it is about, as far as it was fetched for the reader."""
        return getattr(self, self.about)

    def is_like(self, other: Indicator) -> bool:
        """Whether two series can be laid beside each other."""
        mine = (self.measure, self.step, self.first_month)
        return mine == (other.measure, other.step, other.first_month)


class IndicatorVersion(Version):
    """What the definition of an indicator said after each saved change."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="versions")

    class Meta(Version.Meta):
        verbose_name = _("version of an indicator")
        verbose_name_plural = _("versions of indicators")
        constraints = [
            models.UniqueConstraint(fields=["indicator", "number"], name="indicator_version_once")
        ]
