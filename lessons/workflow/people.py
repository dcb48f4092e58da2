"""Who moves a lesson, and the people it can be given to."""

from __future__ import annotations

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from agencies.standing import ancestors
from lessons.models import Action, Lesson
from lessons.workflow.basis import Actor, Who
from records.vocabulary import TLP


def is_author(lesson: Lesson, actor: Actor) -> bool:
    return actor.user.pk == lesson.editor_id


def is_originator(lesson: Lesson, actor: Actor) -> bool:
    return actor.user.pk == lesson.originator_id


def is_reviewer(lesson: Lesson, actor: Actor) -> bool:
    """Staff other than the authors; on appeal also other than who rejected."""
    if actor.user.pk in lesson.author_ids or not actor.holds(Permission.REVIEW, lesson):
        return False
    return not (lesson.on_appeal and actor.user.pk == lesson.rejected_by_id)


def is_assigned_reviewer(lesson: Lesson, actor: Actor) -> bool:
    return actor.user.pk == lesson.reviewer_id and is_reviewer(lesson, actor)


def is_endorser(lesson: Lesson, actor: Actor) -> bool:
    return actor.user.pk not in lesson.author_ids and actor.holds(Permission.ENDORSE, lesson)


def is_validator(lesson: Lesson, actor: Actor) -> bool:
    """An endorser who had no hand in the change: not owner, finisher or verifier of an action."""
    if not is_endorser(lesson, actor):
        return False
    actions = list(lesson.actions.all())
    prefetch_related_objects(actions, *HANDS)
    hands = {
        person
        for action in actions
        for person in (action.owner_id, action.finished_by_id, action.verified_by_id)
    }
    return actor.user.pk not in hands | hands_in(actions, WORK | {"verify"})


WORK = frozenset({"start", "resume", "progress", "delay", "pause", "finish"})
"""Moves by which somebody works on an action."""


HANDS = ("events", "evidence", "versions")
"""What ``hands_in`` reads of an action."""


def hands_in(actions: list[Action], moves: frozenset[str]) -> set[int]:
    """Whoever made one of ``moves``, proved or owned one of ``actions``, also before it was reopened."""
    # Each read as a whole, so that what the caller prefetched is used.
    return {
        person
        for action in actions
        for person in (
            *(event.actor_id for event in action.events.all() if event.move in moves),
            *(evidence.by_id for evidence in action.evidence.all()),
            *(one.said["owner"] for one in action.versions.all() if one.said.get("owner")),
        )
    }


def is_coordinator(lesson: Lesson, actor: Actor) -> bool:
    return actor.holds(Permission.COORDINATE, lesson)


AUTHOR = Who(is_author, gettext_lazy("its author"))
ORIGINATOR = Who(is_originator, gettext_lazy("its originator"))
REVIEWER = Who(is_reviewer, gettext_lazy("a reviewer other than its author"))
ASSIGNED_REVIEWER = Who(is_assigned_reviewer, gettext_lazy("the assigned reviewer"))
ENDORSER = Who(is_endorser, gettext_lazy("an endorser other than its author"))
VALIDATOR = Who(
    is_validator,
    gettext_lazy("an endorser other than its author and those who worked on its actions"),
)
COORDINATOR = Who(is_coordinator, gettext_lazy("a coordinator"))


# --- Who can be named --------------------------------------------------------------------------


def reads_red(lesson: Lesson, user: User) -> bool:
    """Whether ``user`` is among the readers of a lesson marked RED."""
    if user.pk in (lesson.originator_id, lesson.adopted_by_id):
        return True
    # Read as a whole, so that what the caller prefetched is used.
    return any(recipient.pk == user.pk for recipient in lesson.red_recipients.all())


def people_with(permission: Permission, lesson: Lesson) -> QuerySet[User]:
    """Active people who hold ``permission`` for the lesson's agency and may read the lesson.

    Authors are left out, on appeal also who rejected; at ``TLP:RED`` all but the recipients.
    """
    line = ancestors(lesson.agency_id, Agency.objects.tree())
    reaching = Membership.objects.in_force().holding(permission)
    # Recording is not handed down by itself; it reaches sub-agencies with a reviewer's role.
    from_above = reaching.holding(Permission.REVIEW).filter(agency_id__in=line)
    people = User.objects.filter(
        Q(memberships__in=reaching.filter(agency_id=lesson.agency_id))
        | Q(memberships__in=from_above)
    ).exclude(pk__in=lesson.author_ids)
    if lesson.on_appeal and lesson.rejected_by_id:
        people = people.exclude(pk=lesson.rejected_by_id)
    if lesson.tlp == TLP.RED:
        people = people.filter(pk__in=lesson.red_recipients.values("pk"))
    return people.distinct()


def reviewers_for(lesson: Lesson, actor: Actor | None = None) -> QuerySet[User]:
    """Who may be the assigned reviewer instead of the present one.

    In the administration also the ``actor``, who counts there as a reviewer: where nobody else
    is left, somebody can still note, return or reject.
    """
    found = Q(pk__in=people_with(Permission.REVIEW, lesson).values("pk"))
    if actor is not None and lesson.tlp != TLP.RED and is_reviewer(lesson, actor):
        found |= Q(pk=actor.user.pk)
    return User.objects.filter(found).exclude(pk=lesson.reviewer_id or 0)


def editors_for(lesson: Lesson) -> QuerySet[User]:
    """Who may adopt it."""
    return people_with(Permission.RECORD, lesson)


def may_own(owner: User, body: Agency) -> bool:
    """Whether ``owner`` may be given an action of ``body``: an active member of it."""
    return Membership.objects.in_force().filter(user=owner, agency=body).exists()
