"""Lessons in the words of the business: who sees them, what waits for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from agencies.models import User
from agencies.roles import Permission
from lessons.versions import Revision
from lessons.vocabulary import (
    PUT_AWAY,
    WITH_THE_AUTHOR,
    Status,
)
from programs.models import Exercise, Program
from records.visibility import SharedQuerySet, audience
from records.vocabulary import TLP

CAME = Coalesce("published_at", "submitted_at", "created_at")
"""When readers could first find a lesson."""
NEWS = Coalesce("learned_at", "published_at")
"""When something was last achieved with a lesson."""


def edited_by(user: User) -> Q:
    """Of lessons that ``user`` may see, those that they may edit; see ``editable_by``."""
    author = Q(adopted_by=user) | Q(adopted_by__isnull=True, originator=user)
    reviewed = Q(
        status=Status.IN_REVIEW,
        reviewer=user,
        agency_id__in=user.standing.agencies(Permission.REVIEW),
    )
    return Q(status__in=WITH_THE_AUTHOR) & author | reviewed


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
                self.model.red_recipients.through._base_manager.filter(
                    lesson_id=OuterRef("pk"), user_id=user.pk
                )
            )
        )
        seen = (
            Q(published_at__isnull=False) & audience(self.model, user)
            | Q(published_at__isnull=True) & own
            | submitted & ~Q(tlp=TLP.RED) & Q(agency_id__in=standing.agencies(Permission.REVIEW))
            | submitted & Q(tlp=TLP.RED) & named
        )
        # For everybody else it would find nothing, and take a fifth of the time to make the SQL.
        if standing.agencies(Permission.COORDINATE):
            seen |= Q(pk__in=self.model.objects.orphaned_for(user).values("pk"))
        return self.filter(seen)

    def orphaned_for(self, user: User) -> Self:
        """Drafts of deactivated authors that ``user``, a coordinator, may have adopted."""
        named = self.model.red_recipients.through._base_manager.filter(user_id=user.pk)
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
        return self.visible_to(user).filter(edited_by(user))

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
