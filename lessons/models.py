"""What is learned: lessons with their themes, actions and events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField
from agencies.models import Agency, Membership, Partner, User
from agencies.roles import Permission
from lessons.versions import Revision, keep_actions, keep_lesson
from lessons.vocabulary import (
    CLOSED_ACTIONS,
    DROPPED_ACTIONS,
    LANGUAGES,
    NOT_DUE,
    PUBLISHED,
    PUT_AWAY,
    UNPUBLISHED,
    WITH_THE_AUTHOR,
    ActionStatus,
    Attribution,
    CapabilityElement,
    Category,
    CommentDeed,
    CommentState,
    Dotmlpfi,
    EvidenceKind,
    InformationCredibility,
    Kind,
    Priority,
    ReportingContext,
    ReuseDeed,
    ReuseOutcome,
    SourceReliability,
    Status,
    ValidationMethod,
)
from programs.models import LONG_TEXT, Agreement, Exercise, Program, in_order, today
from records.fields import ChoicesField
from records.models import SharedRecord
from records.visibility import SharedQuerySet, audience
from records.vocabulary import TLP, Precision, Threat

NEVER = date(9999, 12, 31)
"""Where a day that is not set stands in an order."""


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


CAME = Coalesce("published_at", "submitted_at", "created_at")
"""When readers could first find a lesson."""


class LessonQuerySet(SharedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Published lessons by marking; unpublished ones to their author and, once submitted,
        to the staff of the agency (at ``TLP:RED`` to the recipients instead). A coordinator
        also sees what a deactivated author left unsubmitted, to have it adopted.
        """
        standing = user.standing
        own = Q(originator=user) | Q(adopted_by=user)
        submitted = Q(published_at__isnull=True) & ~Q(status=Status.DRAFT)
        named = Q(
            Exists(
                Lesson.red_recipients.through._base_manager.filter(
                    lesson_id=OuterRef("pk"), user_id=user.pk
                )
            )
        )
        return self.filter(
            Q(published_at__isnull=False) & audience(self.model, user)
            | Q(published_at__isnull=True) & own
            | submitted & ~Q(tlp=TLP.RED) & Q(agency_id__in=standing.agencies(Permission.REVIEW))
            | submitted & Q(tlp=TLP.RED) & named
            | Q(pk__in=Lesson.objects.orphaned_for(user).values("pk"))
        )

    def orphaned_for(self, user: User) -> Self:
        """Drafts of deactivated authors that ``user``, a coordinator, may have adopted."""
        named = Lesson.red_recipients.through._base_manager.filter(user_id=user.pk)
        return self.filter(
            Q(adopted_by__is_active=False)
            | Q(adopted_by__isnull=True, originator__is_active=False),
            ~Q(tlp=TLP.RED) | Q(pk__in=named.values("lesson_id")),
            status=Status.DRAFT,
            agency_id__in=user.standing.agencies(Permission.COORDINATE),
        )

    def visible_to_administration(self, user: User) -> Self:
        """What Django's admin lists: all that was ever submitted, ``TLP:RED`` by reference."""
        return self.exclude(status=Status.DRAFT)

    def editable_by(self, user: User) -> Self:
        """The author in draft and returned, the assigned reviewer in review."""
        author = Q(adopted_by=user) | Q(adopted_by__isnull=True, originator=user)
        reviewed = Q(
            status=Status.IN_REVIEW,
            reviewer=user,
            agency_id__in=user.standing.agencies(Permission.REVIEW),
        )
        return self.visible_to(user).filter(Q(status__in=WITH_THE_AUTHOR) & author | reviewed)

    def arrived_after(self, moment: datetime) -> Self:
        """Published later than ``moment``, else submitted, else begun."""
        return self.alias(came=CAME).filter(came__gt=moment)

    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def current(self) -> Self:
        """Without superseded and archived lessons, which leave the default lists."""
        return self.exclude(status__in=PUT_AWAY)

    def awaiting_review_by(self, user: User) -> Self:
        """Submitted lessons that ``user`` may take, and those assigned to them."""
        return (
            self.visible_to(user)
            .filter(
                Q(status=Status.SUBMITTED) & ~Q(rejected_by=user)
                | Q(status=Status.IN_REVIEW, reviewer=user),
                agency_id__in=user.standing.agencies(Permission.REVIEW),
            )
            .not_written_by(user)
        )

    def awaiting_endorsement_by(self, user: User) -> Self:
        """Lessons in somebody else's review that ``user`` could endorse."""
        return (
            self.visible_to(user)
            .filter(
                status=Status.IN_REVIEW, agency_id__in=user.standing.agencies(Permission.ENDORSE)
            )
            .not_written_by(user)
            .exclude(reviewer=user)
        )

    def awaiting_approval_by(self, user: User) -> Self:
        """Lessons with a revision that ``user`` may approve."""
        waiting = Revision.objects.waiting().exclude(editors=user)
        return (
            self.visible_to(user)
            .published()
            .current()
            .filter(
                agency_id__in=user.standing.agencies(Permission.ENDORSE),
                pk__in=waiting.values("lesson"),
            )
            .not_written_by(user)
        )

    def not_written_by(self, user: User) -> Self:
        """Without those that ``user`` may not pass: see ``Lesson.author_ids``."""
        return (
            self.exclude(originator=user)
            .exclude(created_by=user)
            .exclude(adopted_by=user)
            .exclude(former_editors=user)
        )

    def returned_to(self, user: User) -> Self:
        return self.filter(status=Status.RETURNED).filter(
            Q(adopted_by=user) | Q(adopted_by__isnull=True, originator=user)
        )

    def drafts_of(self, user: User) -> Self:
        return self.filter(status=Status.DRAFT).filter(
            Q(adopted_by=user) | Q(adopted_by__isnull=True, originator=user)
        )

    def from_program(self, program: Program, user: User) -> Self:
        """Lessons of the program or of one of its exercises that ``user`` may see."""
        seen = Exercise.objects.visible_to(user).filter(program=program)
        return self.filter(Q(program=program) | Q(exercise__in=seen.values("pk")))

    def with_activities_for(self, user: User) -> Self:
        """Fetch exercise, program and agreement with the lesson, ``None`` where hidden."""
        return self.prefetch_related(
            Prefetch("exercise", queryset=Exercise.objects.visible_to(user)),
            Prefetch("program", queryset=Program.objects.visible_to(user)),
            Prefetch("agreement", queryset=Agreement.objects.visible_to(user)),
        )


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
    person_id: int,
    attribution: str,
    agency_id: int,
    *,
    administration: bool = False,
) -> Called:
    """The rule of attribution, for ``Lesson.name_for`` and for files, which have no lessons."""
    if attribution == Attribution.NAMED or reader.pk == person_id:
        return Called.PERSON
    if attribution == Attribution.AGENCY_ONLY:
        inside = reader.may(Permission.READ, agency_id)
        return Called.PERSON if inside or administration else Called.AGENCY
    staff = not administration and reader.may(Permission.REVIEW, agency_id)
    return Called.PERSON if staff else Called.NOBODY


class Lesson(SharedRecord):
    """One record from observation to lesson learned; ``status`` says which it is."""

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
    themes = models.ManyToManyField(
        Theme, blank=True, related_name="lessons", verbose_name=_("themes")
    )
    partners = models.ManyToManyField(
        Partner, blank=True, related_name="lessons", verbose_name=_("partners")
    )
    originator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="lessons",
        editable=False,
        verbose_name=_("originator"),
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
        ]
        constraints = [
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
        return self.adopted_by or self.originator

    @property
    def editor_id(self) -> int:
        return self.adopted_by_id or self.originator_id

    @property
    def author_ids(self) -> frozenset[int]:
        """Whoever must not pass it: four eyes count the originator, recorder and adopters."""
        ids = {self.originator_id, self.created_by_id}
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


class LessonEvent(models.Model):
    """One move: who, from, to, comment, time. Written by the verbs, never changed."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="events")
    move = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by_administration = models.BooleanField(default=False)
    from_status = models.CharField(max_length=20, choices=Status.choices)
    to_status = models.CharField(max_length=20, choices=Status.choices)
    comment = models.TextField(blank=True, max_length=LONG_TEXT)
    related = models.ForeignKey(
        Lesson, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lesson")
    )
    """The lesson that recurred, of a relapse."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["lesson", "at"])]

    def __str__(self) -> str:
        return f"{self.move} {self.at:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the version that the move made, of the lesson and of its actions."""
        made = self._state.adding
        super().save(*args, **kwargs)
        if not made:
            return
        keep_lesson(self.lesson, by=self.actor, at=self.at, event=self)
        if self.lesson.is_published:
            actions = self.lesson.actions.order_by("pk").select_for_update(of=("self",))
            keep_actions(actions, by=self.actor, at=self.at)


class Validation(models.Model):
    """One check of whether the change works, by somebody who did not make it."""

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="validations")
    confirmed = models.BooleanField(_("it works"))
    method = models.CharField(_("how"), max_length=20, choices=ValidationMethod.choices, blank=True)
    validated_on = DayField(_("on"))
    result = models.TextField(_("result"), max_length=LONG_TEXT)
    indicator = models.CharField(_("indicator, or why there is none"), max_length=500, blank=True)
    exercise = models.ForeignKey(
        Exercise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("exercise"),
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("validation")
        verbose_name_plural = _("validations")
        constraints = [
            models.CheckConstraint(condition=filled("result"), name="validation_says_its_result"),
            models.CheckConstraint(
                condition=Q(confirmed=False) | filled("method", "indicator"),
                name="validation_confirmed_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson} {self.validated_on}"


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> ActionQuerySet:
        """An action is visible when one of its lessons is."""
        return self.filter(pk__in=serving(Lesson.objects.visible_to(user)))

    def known_inside_to(self, user: User) -> ActionQuerySet:
        """Those whose reasons, notes and evidence are for ``user``.

        Its owner, people who record for the action body or for the agency of one of its lessons
        that they see, and the authors of such a lesson.
        """
        seen = Lesson.objects.visible_to(user)
        recorded = user.standing.agencies(Permission.RECORD)
        own = Q(originator=user) | Q(created_by=user) | Q(adopted_by=user)
        return self.visible_to(user).filter(
            Q(owner=user)
            | Q(body_id__in=recorded)
            | Q(pk__in=serving(seen.filter(Q(agency_id__in=recorded) | own)))
        )

    def open(self) -> ActionQuerySet:
        """Neither verified nor cancelled."""
        return self.exclude(status__in=CLOSED_ACTIONS)

    def arrived_after(self, moment: datetime) -> ActionQuerySet:
        return self.filter(created_at__gt=moment)

    def news_to(self, user: User, since: datetime) -> ActionQuerySet:
        """Actions that were assigned after ``since``, but for those of ``user`` themselves."""
        return self.arrived_after(since).exclude(owner=user)

    def exportable(self) -> ActionQuerySet:
        """What may leave in a file: nothing that serves a RED lesson.

        ``tlp`` is the strictest marking among the lessons that an action serves.
        """

        def serves(marking: TLP) -> Exists:
            through = Action.lessons.through._base_manager
            return Exists(through.filter(action_id=OuterRef("pk"), lesson__tlp=marking))

        stricter = (TLP.AMBER_STRICT, TLP.AMBER, TLP.GREEN)
        return self.exclude(serves(TLP.RED)).annotate(
            tlp=Case(
                *(When(serves(marking), then=Value(marking)) for marking in stricter),
                default=Value(TLP.CLEAR),
                output_field=models.CharField(),
            )
        )

    def unfinished(self) -> ActionQuerySet:
        """Somebody has still to do them: their due dates count."""
        return self.open().exclude(status__in=NOT_DUE)

    def of_red_lessons(self) -> ActionQuerySet:
        """Those that serve a RED lesson; they serve no other."""
        through = Action.lessons.through._base_manager
        return self.filter(pk__in=through.filter(lesson__tlp=TLP.RED).values("action_id"))

    def overdue(self, on: date) -> ActionQuerySet:
        return self.unfinished().filter(due_on__lt=on)


def serving(lessons: LessonQuerySet) -> models.QuerySet:
    """The ids of the actions that serve one of ``lessons``."""
    through = Action.lessons.through._base_manager
    return through.filter(lesson__in=lessons.values("pk")).values("action_id")


class Action(models.Model):
    """A remedial action: what its action body changes so that the lesson is learned.

    Moved by ``workflow.perform_action`` alone.
    """

    lessons = models.ManyToManyField(Lesson, related_name="actions", verbose_name=_("lessons"))
    title = models.CharField(_("what is to be done"), max_length=300)
    body = models.ForeignKey(
        Agency, models.PROTECT, related_name="actions", verbose_name=_("action body")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("owner"),
    )
    element = models.CharField(
        _("capability element"), max_length=20, choices=CapabilityElement.choices, blank=True
    )
    start_on = DayField(_("starts on"), null=True, blank=True)
    due_on = DayField(_("due on"))
    original_due_on = models.DateField(_("originally due on"), editable=False)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=ActionStatus.choices,
        default=ActionStatus.NOT_STARTED,
        editable=False,
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        indexes = [models.Index(fields=["status", "due_on"], name="action_due")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="action_has_a_title"),
            in_order("start_on", "due_on", "action_starts_before_it_is_due"),
            models.CheckConstraint(
                condition=Q(verified_at__isnull=True) | Q(finished_at__isnull=False),
                name="action_finished_before_verified",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ActionStatus.values), name="action_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[ActionStatus.ONGOING, ActionStatus.FINISHED])
                | Q(owner__isnull=False),
                name="action_under_way_has_an_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The first due date is kept for good."""
        self.original_due_on = self.original_due_on or self.due_on
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("lessons:action", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED_ACTIONS

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.status not in NOT_DUE and self.due_on < today()

    def name_for(
        self, reader: User, person: User, lessons: Sequence[Lesson], *, for_body: bool = True
    ) -> str:
        """How ``person``, who acted on it, is called before ``reader``, who sees ``lessons`` of it.

        The author of one of them is called as that lesson's attribution says. Others acted
        ``for_body``, the action body, or for the agency of a lesson.
        """
        acting_for = self.body if for_body else None
        authored = [lesson for lesson in lessons if person.pk in lesson.author_ids]
        names = [
            lesson.name_for(reader, person, acting_for=acting_for) for lesson in authored or lessons
        ]
        hidden = [name for name in names if name != person.name]
        if authored and hidden:
            return hidden[0]
        return person.name if person.name in names else names[0]

    def of_body(self, people: Iterable[int]) -> set[int]:
        """Those of ``people`` (ids) who are members of the action body."""
        held = Membership.objects.in_force().filter(agency=self.body_id, user__in=set(people))
        return set(held.values_list("user_id", flat=True))

    @property
    def was_delayed(self) -> bool:
        return self.due_on != self.original_due_on

    @property
    def is_dropped(self) -> bool:
        return self.status in DROPPED_ACTIONS


class ActionEvent(models.Model):
    """One move of an action: who, from, to, words, time. Written by the verbs, never changed."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="events")
    move = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    from_status = models.CharField(max_length=20, choices=ActionStatus.choices)
    to_status = models.CharField(max_length=20, choices=ActionStatus.choices)
    comment = models.TextField(blank=True, max_length=LONG_TEXT)
    due_before = models.DateField(null=True, blank=True)
    due_after = models.DateField(null=True, blank=True)
    """The due date, where the move changed it."""
    answers = models.JSONField(default=dict, blank=True)
    """Of a verification, the four questions by name."""
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event of an action")
        verbose_name_plural = _("events of actions")
        indexes = [models.Index(fields=["action", "at"])]

    def __str__(self) -> str:
        return f"{self.move} {self.at:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the version of the action that the move made."""
        made = self._state.adding
        super().save(*args, **kwargs)
        if made:
            keep_actions([self.action], by=self.actor, at=self.at)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> EvidenceQuerySet:
        return self.filter(action__in=Action.objects.known_inside_to(user).values("pk"))


class Evidence(models.Model):
    """What proves that an action was taken: words, a link, files, or a record of Lindero."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind.choices)
    shows = models.CharField(_("what it shows"), max_length=500)
    link = models.URLField(_("link"), max_length=500, blank=True)
    attachments = GenericRelation("records.Attachment")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(condition=filled("shows"), name="evidence_says_what_it_shows"),
            models.CheckConstraint(
                condition=~Q(kind=EvidenceKind.LINK) | ~Q(link=""), name="evidence_link_has_a_link"
            ),
        ]

    def __str__(self) -> str:
        return self.shows

    def is_editable_by(self, user: User) -> bool:
        """Evidence is added and never taken away."""
        return False


COMMENT_LENGTH = 5000
"""Characters of a comment."""


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> CommentQuerySet:
        """Comments on lessons that ``user`` may see.

        What was said before its publication stays between a lesson's authors and the staff of
        its agency, and what is for staff is never shown to its authors.
        """
        staff = Q(lesson__agency_id__in=user.standing.agencies(Permission.REVIEW))
        author = (
            Q(lesson__originator=user)
            | Q(lesson__created_by=user)
            | Q(lesson__adopted_by=user)
            | Q(
                Exists(
                    Lesson.former_editors.through._base_manager.filter(
                        lesson_id=OuterRef("lesson_id"), user_id=user.pk
                    )
                )
            )
        )
        return self.filter(
            # Asked of each row: nobody needs all the lessons that one may see.
            Exists(Lesson.objects.visible_to(user).filter(pk=OuterRef("lesson_id"))),
            Q(at__gte=F("lesson__published_at")) | staff | author,
            Q(for_staff=False) | staff & ~author,
        )


class Comment(models.Model):
    """What somebody says about a lesson, for its readers or for the staff of its agency alone.

    ``agency`` is the one that ``author`` speaks for. A comment that is withdrawn loses its text;
    one that is hidden keeps it unseen, with the ``reason``.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lesson = models.ForeignKey(
        Lesson, models.CASCADE, related_name="comments", verbose_name=_("lesson")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="+", verbose_name=_("speaks for")
    )
    text = models.TextField(_("comment"), max_length=COMMENT_LENGTH, blank=True)
    for_staff = models.BooleanField(_("for reviewers and endorsers only"), default=False)
    mentioned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("mentioned")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=CommentState.choices, default=CommentState.STANDING
    )
    reason = models.TextField(_("why it is hidden"), max_length=COMMENT_LENGTH, blank=True)
    at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [models.Index(fields=["lesson", "at"], name="comment_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CommentState.values), name="comment_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=CommentState.WITHDRAWN, text="")
                | ~Q(state=CommentState.WITHDRAWN) & ~Q(text=""),
                name="comment_has_a_text_until_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(state=CommentState.HIDDEN) & ~Q(reason="")
                | ~Q(state=CommentState.HIDDEN) & Q(reason=""),
                name="comment_hidden_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

    @property
    def stands(self) -> bool:
        return self.state == CommentState.STANDING


class CommentEvent(models.Model):
    """One deed on a comment: who, what, when. Written by the verbs, never changed."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="events")
    deed = models.CharField(max_length=10, choices=CommentDeed.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event of a comment")
        verbose_name_plural = _("events of comments")

    def __str__(self) -> str:
        return f"{self.deed} {self.at:%Y-%m-%d}"


class ReuseQuerySet(models.QuerySet["Reuse"]):
    def visible_to(self, user: User) -> ReuseQuerySet:
        """Whoever may see the lesson may know who used it."""
        return self.filter(Exists(Lesson.objects.visible_to(user).filter(pk=OuterRef("lesson_id"))))

    def editable_by(self, user: User) -> ReuseQuerySet:
        """Those of the agencies that ``user`` records for."""
        return self.visible_to(user).filter(agency_id__in=user.standing.agencies(Permission.RECORD))

    def with_activities_for(self, user: User) -> ReuseQuerySet:
        """Fetch the activity with the reuse, ``None`` where ``user`` may not see it."""
        return self.prefetch_related(
            Prefetch("exercise", queryset=Exercise.objects.visible_to(user)),
            Prefetch("program", queryset=Program.objects.visible_to(user)),
            Prefetch("agreement", queryset=Agreement.objects.visible_to(user)),
        )


class Reuse(models.Model):
    """An agency used a lesson: when, in which activity, and what came of it."""

    ACTIVITIES = ("exercise", "program", "agreement")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lesson = models.ForeignKey(
        Lesson, models.PROTECT, related_name="reuses", editable=False, verbose_name=_("lesson")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="reuses", verbose_name=_("agency that used it")
    )
    exercise = models.ForeignKey(
        Exercise,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reuses",
        verbose_name=_("exercise"),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reuses",
        verbose_name=_("program"),
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reuses",
        verbose_name=_("agreement"),
    )
    used_on = DayField(_("when you used it"))
    outcome = models.CharField(_("did it help"), max_length=15, choices=ReuseOutcome.choices)
    result = models.TextField(_("what came of it"), max_length=COMMENT_LENGTH)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ReuseQuerySet.as_manager()

    class Meta:
        ordering = ["-used_on", "-pk"]
        verbose_name = _("reuse")
        verbose_name_plural = _("reuses")
        constraints = [
            models.CheckConstraint(
                condition=Q(exercise__isnull=True, program__isnull=True)
                | Q(exercise__isnull=True, agreement__isnull=True)
                | Q(program__isnull=True, agreement__isnull=True),
                name="reuse_in_one_activity_at_most",
                violation_error_message=_("Name one activity, not several."),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=ReuseOutcome.values) & ~Q(result=""),
                name="reuse_says_what_came_of_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.used_on}"

    @property
    def activity(self) -> Exercise | Program | Agreement | None:
        """What it was used in, as far as it was fetched for the reader."""
        return self.exercise or self.program or self.agreement


class ReuseEvent(models.Model):
    """Who recorded or changed a reuse, and when. Written by the verbs, never changed."""

    reuse = models.ForeignKey(Reuse, models.CASCADE, related_name="events")
    deed = models.CharField(max_length=10, choices=ReuseDeed.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event of a reuse")
        verbose_name_plural = _("events of reuses")

    def __str__(self) -> str:
        return f"{self.deed} {self.at:%Y-%m-%d}"
