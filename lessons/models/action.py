"""Remedial actions, what happened to them and the evidence that they worked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField
from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from lessons.models.event import Event
from lessons.models.lesson import Lesson, filled
from lessons.models.lesson_queryset import LessonQuerySet
from lessons.versions import keep_actions
from lessons.vocabulary import (
    CLOSED_ACTIONS,
    DROPPED_ACTIONS,
    NOT_DUE,
    ActionStatus,
    CapabilityElement,
    EvidenceKind,
)
from programs.models import in_order, today
from records.vocabulary import TLP


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> ActionQuerySet:
        """An action is visible when one of its lessons is."""
        # Asked of each action, so that a short list looks at few; of all actions it costs the same.
        return self.filter(Exists(Lesson.objects.visible_to(user).filter(actions=OuterRef("pk"))))

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
        """What may leave in a file: nothing that serves a RED lesson; as ``marked``."""
        return self.exclude(serves(TLP.RED)).marked()

    def kept_back(self) -> ActionQuerySet:
        """All others: they leave in no file."""
        return self.of_red_lessons()

    def marked(self) -> ActionQuerySet:
        """``tlp`` is the strictest marking among the lessons that an action serves."""
        stricter = (TLP.RED, TLP.AMBER_STRICT, TLP.AMBER, TLP.GREEN)
        return self.annotate(
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


def serves(marking: TLP) -> Exists:
    """Whether an action serves a lesson marked so."""
    through = Action.lessons.through._base_manager
    return Exists(through.filter(action_id=OuterRef("pk"), lesson__tlp=marking))


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
        self,
        reader: User,
        person: User,
        lessons: Sequence[Lesson],
        *,
        for_body: bool = True,
        administration: bool = False,
    ) -> str:
        """How ``person``, who acted on it, is called before ``reader``, who sees ``lessons`` of it.

        The author of one of them is called as that lesson's attribution says. Others acted
        ``for_body``, the action body, or for the agency of a lesson.
        """
        acting_for = self.body if for_body else None
        authored = [lesson for lesson in lessons if person.pk in lesson.author_ids]
        names = [
            lesson.name_for(reader, person, acting_for=acting_for, administration=administration)
            for lesson in authored or lessons
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


class ActionEvent(Event):
    """One move of an action."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="events")
    from_status = models.CharField(max_length=20, choices=ActionStatus.choices)
    to_status = models.CharField(max_length=20, choices=ActionStatus.choices)
    due_before = models.DateField(null=True, blank=True)
    due_after = models.DateField(null=True, blank=True)
    """The due date, where the move changed it."""
    answers = models.JSONField(default=dict, blank=True)
    """Of a verification, the four questions by name."""

    class Meta(Event.Meta):
        verbose_name = _("event of an action")
        verbose_name_plural = _("events of actions")
        indexes = [models.Index(fields=["action", "at"])]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the version of the action that the move made."""
        made = self._state.adding
        super().save(*args, **kwargs)
        if made:
            keep_actions([self.action], by=self.actor, at=self.at)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> EvidenceQuerySet:
        return self.filter(action__in=Action.objects.known_inside_to(user).values("pk"))

    def dated(self) -> EvidenceQuerySet:
        """``is_from_before`` says what no longer counts."""
        return self.annotate(is_from_before=reopened_since())

    def in_force(self) -> EvidenceQuerySet:
        """What proves the work that is under way or done now: shown since the last reopening."""
        return self.filter(~reopened_since())


def reopened_since() -> Exists:
    """Whether the action of a piece of evidence was reopened after it was shown."""
    later = ActionEvent.objects.filter(action=OuterRef("action"), at__gte=OuterRef("at"))
    return Exists(later.filter(move="reopen"))


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
