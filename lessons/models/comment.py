"""What colleagues say about a lesson."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, User
from agencies.roles import Permission
from lessons.models.lesson import Lesson
from lessons.vocabulary import (
    CommentDeed,
    CommentState,
)

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
