"""Every version of a lesson and of an action, and the proposals that wait to become one.

The verbs that write an event keep the version with it (``LessonEvent.save``); whoever saves
without an event calls ``keep_lesson``. Before it is submitted a lesson has no versions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import User
from lessons.vocabulary import OPEN_REVISIONS, RevisionStage, Status
from records.fields import ChoicesField
from records.versions import Version, differing, said_by
from records.vocabulary import TLP

if TYPE_CHECKING:
    from lessons.models import Action, Lesson, LessonEvent

TEXTS = (
    "title",
    "observation",
    "discussion",
    "conclusion",
    "recommendation",
    "applies_when",
    "does_not_apply_when",
)
"""What a lesson says in words: once it is published these change by a revision only."""

LESSON_FIELDS = (
    *TEXTS,
    "kind",
    "category",
    "themes",
    "partners",
    "priority",
    "threats",
    "dotmlpfi",
    "occurred_on",
    "occurred_precision",
    "place",
    "exercise",
    "program",
    "agreement",
    "reporting_context",
    "recurrence_of",
    "derived_from",
    "evidence_source",
    "evidence_information",
    "language",
    "tlp",
    "released_to",
    "red_recipients",
    "attribution",
)
"""What a version of a lesson holds, in the order in which differences are shown."""

ACTION_FIELDS = ("title", "body", "owner", "element", "start_on", "due_on", "status")
"""What a version of an action holds."""


class LessonVersionQuerySet(models.QuerySet["LessonVersion"]):
    def open_to(self, reader: User) -> LessonVersionQuerySet:
        """Of lessons whose history ``reader`` may read, the versions that are theirs to read.

        What an author wrote after taking it back is the author's; a ``TLP:RED`` version stays
        with those who could read it then, however widely the lesson is read since.
        """
        own = Q(lesson__originator=reader) | Q(lesson__adopted_by=reader)
        named = ~Q(tlp=TLP.RED) | Q(red_readers__has=str(reader.pk))
        return self.filter(own | ~Q(status=Status.DRAFT) & named)


class LessonVersion(Version):
    """What a lesson said after one saved change.

    ``event`` is the move that made it, none where a text was saved; ``restores`` the number of
    the version whose text it took up again. ``status``, ``tlp`` and ``red_readers`` (keys of the
    recipients of a RED version) say whose it is to read.
    """

    lesson = models.ForeignKey("lessons.Lesson", models.CASCADE, related_name="versions")
    event = models.OneToOneField(
        "lessons.LessonEvent", models.SET_NULL, null=True, related_name="version"
    )
    restores = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=20, choices=Status.choices)
    tlp = models.CharField(max_length=12, choices=TLP.choices)
    red_readers = ChoicesField(editable=False)

    objects: ClassVar = LessonVersionQuerySet.as_manager()

    class Meta(Version.Meta):
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(fields=["lesson", "number"], name="lesson_version_once")
        ]


class ActionVersion(Version):
    """What an action said after one saved change."""

    action = models.ForeignKey("lessons.Action", models.CASCADE, related_name="versions")

    class Meta(Version.Meta):
        verbose_name = _("version of an action")
        verbose_name_plural = _("versions of actions")
        constraints = [
            models.UniqueConstraint(fields=["action", "number"], name="action_version_once")
        ]


def keep_lesson(
    lesson: Lesson,
    *,
    by: User,
    at: datetime,
    event: LessonEvent | None = None,
    restores: int | None = None,
) -> LessonVersion | None:
    """Keep what ``lesson`` says now, unless its last version says the same.

    Call it with the row locked, in the transaction of the change, after relations are set. What
    its author wrote while it was taken back is no version for others: the next one that they may
    read is compared with the last one that they could.
    """
    if lesson.submitted_at is None:
        return None
    said = said_by([lesson], LESSON_FIELDS)[lesson.pk]
    versions = LessonVersion.objects.filter(lesson=lesson)
    last = before = versions.first()
    if last is not None and last.status == Status.DRAFT and lesson.status != Status.DRAFT:
        before = versions.exclude(status=Status.DRAFT).first()
    changed = differing(before.said if before else {}, said)
    if before is not None and not changed:
        return None
    return LessonVersion.objects.create(
        lesson=lesson,
        number=last.number + 1 if last else 1,
        by=by,
        at=at,
        event=event,
        restores=restores,
        status=lesson.status,
        tlp=lesson.tlp,
        red_readers=[str(pk) for pk in said["red_recipients"]] if lesson.tlp == TLP.RED else [],
        said=said,
        changed=changed,
    )


def keep_actions(actions: Iterable[Action], *, by: User, at: datetime) -> None:
    """Keep what each of ``actions`` says now, unless its last version says the same.

    Call it with the rows locked, in the transaction of the change.
    """
    every = list(actions)
    newest = ActionVersion.objects.filter(action=OuterRef("action")).order_by("-number")
    last = {
        version.action_id: version
        for version in ActionVersion.objects.filter(
            action__in=every, number=Subquery(newest.values("number")[:1])
        )
    }
    said = said_by(every, ACTION_FIELDS)
    rows = []
    for action in every:
        before = last.get(action.pk)
        changed = differing(before.said if before else {}, said[action.pk])
        if changed:
            rows.append(
                ActionVersion(
                    action=action,
                    number=before.number + 1 if before else 1,
                    by=by,
                    at=at,
                    said=said[action.pk],
                    changed=changed,
                )
            )
    ActionVersion.objects.bulk_create(rows)


class RevisionQuerySet(models.QuerySet["Revision"]):
    def open(self) -> RevisionQuerySet:
        """Neither approved nor dropped: at most one of a lesson."""
        return self.filter(stage__in=sorted(OPEN_REVISIONS))

    def waiting(self) -> RevisionQuerySet:
        """For somebody to approve it."""
        return self.filter(stage=RevisionStage.WAITING)


class Revision(models.Model):
    """A proposal to change the text of a published lesson; readers do not see it.

    ``texts`` are the fields of ``TEXTS`` that it changes, ``editors`` everybody who wrote in it:
    none of them approves it. ``became`` is the version that an approval made of it.
    """

    lesson = models.ForeignKey("lessons.Lesson", models.CASCADE, related_name="revisions")
    stage = models.CharField(
        max_length=10, choices=RevisionStage.choices, default=RevisionStage.WAITING
    )
    texts = models.JSONField(default=dict)
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    last_editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    became = models.OneToOneField(
        LessonVersion, models.SET_NULL, null=True, related_name="revision"
    )

    objects: ClassVar = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=RevisionStage.values), name="revision_stage_is_known"
            ),
            models.UniqueConstraint(
                fields=["lesson"],
                condition=Q(stage__in=sorted(OPEN_REVISIONS)),
                name="revision_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.stage}"

    @property
    def editor_ids(self) -> frozenset[int]:
        # Read as a whole, so that what the caller prefetched is used.
        return frozenset(person.pk for person in self.editors.all())
