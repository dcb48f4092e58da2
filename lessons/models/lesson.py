"""The lesson itself, and how its authors are called."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField, LinksField
from agencies.models import Agency, Partner, User
from agencies.roles import Permission
from lessons.models.lesson_queryset import CAME, NEWS, LessonQuerySet
from lessons.models.theme import Theme
from lessons.vocabulary import (
    LANGUAGES,
    PUBLISHED,
    UNPUBLISHED,
    Attribution,
    Category,
    Dotmlpfi,
    InformationCredibility,
    Kind,
    Priority,
    ReportingContext,
    SourceReliability,
    Status,
)
from programs.models import LONG_TEXT, Agreement, Exercise, Program, in_order, today
from records.fields import ChoicesField
from records.models import SharedRecord
from records.vocabulary import TLP, Precision, Threat

if TYPE_CHECKING:
    from lessons.models.lesson_event import LessonEvent


def filled(*names: str) -> Q:
    """None of the text fields is empty."""
    condition = Q()
    for name in names:
        condition &= ~Q(**{name: ""})
    return condition


class Called(Enum):
    """How an author is called before a reader."""

    PERSON = "by name"
    AGENCY = "as the agency"
    NOBODY = "not attributed"


def author_called(
    reader: User,
    person_id: int | None,
    attribution: str,
    agency_id: int,
    *,
    administration: bool = False,
) -> Called:
    """The rule of attribution, for ``Lesson.name_for`` and for files, which have no lessons."""
    if person_id is None:
        return Called.NOBODY
    if attribution == Attribution.NAMED or reader.pk == person_id:
        return Called.PERSON
    if attribution == Attribution.AGENCY_ONLY:
        inside = reader.may(Permission.READ, agency_id)
        return Called.PERSON if inside or administration else Called.AGENCY
    staff = not administration and reader.may(Permission.REVIEW, agency_id)
    return Called.PERSON if staff else Called.NOBODY


class Lesson(SharedRecord):
    """One record from observation to lesson learned; ``status`` says which it is.

    Without ``originator`` nobody knows who observed it (``lessons.drafting``): then ``adopted_by``
    has it in hand, for editing and for four eyes, and is not called its observer anywhere.
    """

    OWNED_THROUGH = ("originator", "adopted_by")
    LONG_TEXTS = (
        "observation",
        "original_observation",
        "discussion",
        "conclusion",
        "recommendation",
        "applies_when",
        "does_not_apply_when",
    )
    """Fields that lists have no use for as a whole."""

    title = models.CharField(_("the point, in one sentence"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.IMPROVE)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices, blank=True)
    themes = LinksField(Theme, blank=True, related_name="lessons", verbose_name=_("themes"))
    partners = LinksField(Partner, blank=True, related_name="lessons", verbose_name=_("partners"))
    originator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="lessons",
        editable=False,
        verbose_name=_("originator"),
        help_text=_("Empty where nobody knows: it came from an answer without a name."),
    )
    attribution = models.CharField(
        _("attribution"),
        max_length=20,
        choices=Attribution.choices,
        default=Attribution.AGENCY_ONLY,
    )
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="adopted_lessons",
        verbose_name=_("adopted by"),
    )
    former_editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("adopted before by"),
    )
    exercise = models.ForeignKey(
        Exercise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lessons",
        verbose_name=_("exercise"),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lessons",
        verbose_name=_("program"),
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="lessons",
        verbose_name=_("agreement"),
    )
    reporting_context = models.CharField(
        _("reporting context"), max_length=20, choices=ReportingContext.choices, blank=True
    )
    occurred_on = DayField(_("when it happened"), null=True, blank=True)
    occurred_precision = models.CharField(
        _("date is known to the"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    place = models.CharField(_("where it happened"), max_length=300, blank=True)
    observation = models.TextField(_("observation"), max_length=LONG_TEXT, blank=True)
    original_observation = models.TextField(
        _("observation as submitted"), max_length=LONG_TEXT, blank=True, editable=False
    )
    discussion = models.TextField(_("discussion"), max_length=LONG_TEXT, blank=True)
    conclusion = models.TextField(_("conclusion"), max_length=LONG_TEXT, blank=True)
    recommendation = models.TextField(_("recommendation"), max_length=LONG_TEXT, blank=True)
    applies_when = models.TextField(_("applies when"), max_length=LONG_TEXT, blank=True)
    does_not_apply_when = models.TextField(
        _("does not apply when"), max_length=LONG_TEXT, blank=True
    )
    threats = ChoicesField(Threat, verbose_name=_("threats"))
    priority = models.CharField(
        _("priority"), max_length=12, choices=Priority.choices, default=Priority.INFORMATION
    )
    dotmlpfi = ChoicesField(Dotmlpfi, verbose_name=_("DOTMLPF-I elements"))
    evidence_source = models.CharField(
        _("reliability of the source"), max_length=1, choices=SourceReliability.choices, blank=True
    )
    evidence_information = models.CharField(
        _("credibility of the information"),
        max_length=1,
        choices=InformationCredibility.choices,
        blank=True,
    )
    language = models.CharField(_("written in"), max_length=10, choices=LANGUAGES, default="en")

    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.DRAFT, editable=False
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="reviews",
        verbose_name=_("reviewer"),
    )
    review_due_on = models.DateField(_("review due"), null=True, blank=True, editable=False)
    review_days_left = models.SmallIntegerField(null=True, blank=True, editable=False)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    appealed_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    taken_at = models.DateTimeField(_("taken for review"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    identified_at = models.DateTimeField(_("identified"), null=True, blank=True, editable=False)
    validation_due_on = models.DateField(_("validation due"), null=True, blank=True, editable=False)
    learned_at = models.DateTimeField(_("learned"), null=True, blank=True, editable=False)
    submitted_on = models.DateField(null=True, blank=True, editable=False)
    recorded_on = models.DateField(default=today, editable=False)
    dated_on = models.GeneratedField(
        expression=Coalesce("occurred_on", "submitted_on", "recorded_on"),
        output_field=models.DateField(),
        db_persist=True,
    )

    recurrence_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="recurrences",
        verbose_name=_("recurrence of"),
    )
    derived_from = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="derived",
        verbose_name=_("derived from"),
    )
    superseded_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="supersedes",
        verbose_name=_("superseded by"),
    )
    source_id = models.CharField(
        _("identifier in its source"), max_length=200, blank=True, editable=False
    )

    objects: ClassVar = LessonQuerySet.as_manager()

    class Meta(SharedRecord.Meta):
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["-dated_on", "-pk"]
        indexes = [
            models.Index(fields=["-dated_on", "-id"], name="lesson_newest"),
            models.Index(fields=["status", "agency"], name="lesson_queue"),
            models.Index(Lower("title"), "id", name="lesson_title"),
            models.Index(CAME, name="lesson_came"),
            models.Index(fields=["published_at"], name="lesson_published"),
            models.Index(fields=["learned_at"], name="lesson_learned"),
            models.Index(NEWS.desc(), F("id").desc(), name="lesson_news"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(originator__isnull=False) | Q(adopted_by__isnull=False),
                name="lesson_has_an_author",
            ),
            models.CheckConstraint(
                condition=Q(originator__isnull=False) | Q(attribution=Attribution.NON_ATTRIBUTED),
                name="lesson_without_originator_is_not_attributed",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT)
                | filled("title", "observation") & Q(submitted_at__isnull=False),
                name="lesson_submitted_says_something",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNPUBLISHED, published_at__isnull=True)
                | Q(status__in=PUBLISHED, published_at__isnull=False) & ~Q(category="")
                | Q(status=Status.ARCHIVED),
                name="lesson_published_has_date_and_category",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.IN_REVIEW)
                | Q(reviewer__isnull=False, taken_at__isnull=False),
                name="lesson_in_review_has_a_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[
                        Status.IDENTIFIED,
                        Status.IMPLEMENTING,
                        Status.VALIDATING,
                        Status.LEARNED,
                    ]
                )
                | filled("discussion", "conclusion", "recommendation")
                & Q(identified_at__isnull=False),
                name="lesson_identified_is_analyzed",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.LEARNED) | Q(learned_at__isnull=False),
                name="lesson_learned_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.SUPERSEDED) | Q(superseded_by__isnull=False),
                name="lesson_superseded_has_a_replacement",
            ),
            models.CheckConstraint(
                condition=~Q(superseded_by=F("id")) & ~Q(recurrence_of=F("id")),
                name="lesson_does_not_follow_itself",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=Status.values,
                    kind__in=Kind.values,
                    priority__in=Priority.values,
                    attribution__in=Attribution.values,
                    tlp__in=TLP.values,
                )
                & (Q(category="") | Q(category__in=Category.values)),
                name="lesson_words_are_known",
            ),
            in_order("submitted_at", "published_at", "lesson_submitted_before_published"),
            in_order("identified_at", "learned_at", "lesson_identified_before_learned"),
            models.UniqueConstraint(
                fields=["agency", "source_id"],
                condition=~Q(source_id=""),
                name="lesson_imported_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title or gettext("Untitled draft")

    def get_absolute_url(self) -> str:
        return reverse("lessons:lesson", args=[self.ref])

    @classmethod
    def label_of(cls, name: str) -> str:
        """What a field is called, as a heading."""
        return capfirst(str(getattr(cls._meta.get_field(name), "verbose_name", name)))

    @property
    def editor(self) -> User:
        """Who writes it while it is with its author."""
        return cast(User, self.adopted_by or self.originator)

    @property
    def editor_id(self) -> int:
        return cast(int, self.adopted_by_id or self.originator_id)

    @property
    def author_ids(self) -> frozenset[int]:
        """Whoever must not pass it: four eyes count the originator, recorder and adopters."""
        ids = {self.created_by_id}
        if self.originator_id is not None:
            ids.add(self.originator_id)
        if self.adopted_by_id is not None:
            ids |= {self.adopted_by_id, *(person.pk for person in self.former_editors.all())}
        return frozenset(ids)

    def was_with(self, user: User) -> bool:
        return user.pk in self.author_ids or user.may(Permission.REVIEW, self.agency_id)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def last_event(self) -> LessonEvent | None:
        # A list, so that what the caller prefetched is used.
        return next(reversed(list(self.events.all())), None)

    def last_made_by(self, user: User, move: str) -> bool:
        """Whether the last thing that happened is ``move``, made by ``user``."""
        event = self.last_event
        return event is not None and (event.move, event.actor_id) == (move, user.pk)

    @property
    def on_appeal(self) -> bool:
        return self.appealed_at is not None

    @property
    def review_is_overdue(self) -> bool:
        return (
            self.status in {Status.SUBMITTED, Status.IN_REVIEW}
            and self.review_due_on is not None
            and self.review_due_on < today()
        )

    def name_for(
        self,
        reader: User,
        person: User | None = None,
        *,
        acting_for: Agency | None = None,
        administration: bool = False,
    ) -> str:
        """How ``person`` (the originator unless given) is called before ``reader``.

        Authors are called as the lesson's attribution says. Everybody else who acted on the
        lesson is named to people who record for its agency and to its author, and who acts for
        another agency (``acting_for``, an action body) to its members; to others the agency
        acted. In the administration a non-attributed author has no name.
        """
        person = person or self.originator
        if person is None:
            return gettext("Not attributed")
        if person.pk not in self.author_ids:
            inside = reader.may(Permission.RECORD, self.agency_id) or reader.pk in self.author_ids
            if acting_for is not None:
                inside = inside or reader.may(Permission.READ, acting_for.pk)
            if inside or administration or reader.pk == person.pk:
                return person.name
            return (acting_for or self.agency).name
        called = author_called(
            reader, person.pk, self.attribution, self.agency_id, administration=administration
        )
        if called is Called.PERSON:
            return person.name
        return self.agency.name if called is Called.AGENCY else gettext("Not attributed")

    def comments_visible_to(self, reader: User) -> bool:
        """Move comments are for contributors and above of the agency, and for the author."""
        return reader.pk in self.author_ids or reader.may(Permission.RECORD, self.agency_id)
