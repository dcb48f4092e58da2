"""Lessons whose next move nobody can make, with the way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import (
    BigIntegerField,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    prefetch_related_objects,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from agencies.models import Agency, Membership, User
from agencies.roles import Permission, Role
from agencies.standing import Standing, Tree, ancestors
from lessons.models import Action, Lesson
from lessons.versions import ActionVersion
from lessons.vocabulary import WITH_THE_AUTHOR, Status
from lessons.workflow import MOVES, Actor
from lessons.workflow.people import HANDS, reads_red
from records.vocabulary import TLP

AWAITED = {
    Status.DRAFT: "submit",
    Status.RETURNED: "submit",
    Status.SUBMITTED: "take",
    Status.IN_REVIEW: "note",
    Status.IDENTIFIED: "assign",
    Status.IMPLEMENTING: "assign",
    Status.VALIDATING: "validate",
}
"""A move that is made by those whom a lesson waits for; in any other status it rests.

A lesson in review waits for its reviewer, who decides, and on the way for whoever looks after its
actions: what follows from them by itself is nobody's to make.
"""


@dataclass(frozen=True)
class Stuck:
    """A lesson that stands still: why, and what a coordinator or the administration can do."""

    lesson: Lesson
    reason: str
    way_out: str


def stuck(lessons: QuerySet[Lesson]) -> list[Stuck]:
    """Those of ``lessons`` that nobody can move on, oldest first.

    An installation administrator can always step in; that is a way out, not a next move.
    """
    people = People.now()
    waiting = list(
        candidates(lessons, people.tree)
        .select_related("agency", "originator", "adopted_by", "reviewer")
        .defer(*Lesson.LONG_TEXTS)
        .order_by("submitted_at", "pk")
    )
    hands = Prefetch("actions", Action.objects.order_by("pk").prefetch_related(*HANDS))
    for needed, which in (
        ("red_recipients", [one for one in waiting if one.tlp == TLP.RED]),
        ("former_editors", [one for one in waiting if one.adopted_by_id is not None]),
        (hands, [one for one in waiting if one.status == Status.VALIDATING]),
    ):
        prefetch_related_objects(which, needed)
    return [
        Stuck(lesson, *_why(lesson, people))
        for lesson in waiting
        if not people.able(lesson, AWAITED[Status(lesson.status)])
        and not _is_with_the_administration(lesson)
    ]


def candidates(lessons: QuerySet[Lesson], tree: Tree) -> QuerySet[Lesson]:
    """Those worth a look: thousands may wait, and nearly all of them for somebody.

    What somebody can surely move on is left out by the database; the exact rule is then asked of
    the rest.
    """
    heights = [len(ancestors(agency_id, tree)) for agency_id in tree]
    above = [
        "agency_id",
        *(f"agency{'__parent' * up}_id" for up in range(1, max(heights, default=1))),
    ]
    former = Lesson.former_editors.through._base_manager.filter(
        lesson_id=OuterRef(OuterRef("pk")), user_id=OuterRef("user_id")
    )
    somebody = (
        Membership.objects.in_force()
        .filter(reduce(or_, (Q(agency_id=OuterRef(path)) for path in above)))
        .exclude(Exists(former))
    )
    for author in ("originator_id", "created_by_id", "adopted_by_id", "rejected_by_id"):
        # Without a value the comparison would be unknown, and nobody would be left.
        somebody = somebody.exclude(user_id=Coalesce(OuterRef(author), Value(0)))
    reviewers, endorsers = (
        somebody.holding(permission) for permission in (Permission.REVIEW, Permission.ENDORSE)
    )
    # Whoever made any move with an action counts here, which is more than the rule counts.
    hand = Action.objects.filter(lessons=OuterRef(OuterRef("pk"))).filter(
        reduce(
            or_,
            (
                Q(**{path: OuterRef("user_id")})
                for path in ("owner", "finished_by", "verified_by", "events__actor", "evidence__by")
            ),
        )
    )
    owned = ActionVersion.objects.annotate(
        owner=Cast(KeyTextTransform("owner", "said"), BigIntegerField())
    ).filter(action__lessons=OuterRef(OuterRef("pk")), owner=OuterRef("user_id"))
    author_left = Q(adopted_by__is_active=False) | Q(
        adopted_by__isnull=True, originator__is_active=False
    )
    waits_for = {
        Status.SUBMITTED: reviewers,
        Status.IN_REVIEW: reviewers.filter(user_id=OuterRef("reviewer_id")),
        Status.IDENTIFIED: endorsers,
        Status.IMPLEMENTING: endorsers,
        Status.VALIDATING: endorsers.exclude(Exists(hand) | Exists(owned)),
    }
    return lessons.filter(
        reduce(
            or_,
            (
                Q(status=status) & (Q(tlp=TLP.RED) | ~Exists(people))
                for status, people in waits_for.items()
            ),
            Q(status__in=WITH_THE_AUTHOR) & author_left,
        )
    )


@dataclass(frozen=True)
class People:
    """Who holds which role where, read once for many lessons."""

    roles: dict[int, list[tuple[int, Role]]]
    """The memberships in force of each person: agency and role."""
    members: dict[int, set[int]]
    """Who is a member of each agency."""
    tree: Tree
    _known: dict[int, User] = field(default_factory=dict)

    @classmethod
    def now(cls) -> People:
        people = cls({}, {}, Agency.objects.tree())
        rows = Membership.objects.in_force().order_by("pk")
        for agency_id, user_id, role in rows.values_list("agency_id", "user_id", "role"):
            people.roles.setdefault(user_id, []).append((agency_id, Role(role)))
            people.members.setdefault(agency_id, set()).add(user_id)
        return people

    def around(self, lesson: Lesson) -> list[User]:
        """Active people who could have a say: its author, and members of its agency or above."""
        found = {lesson.editor_id} if lesson.editor.is_active else set()
        for agency_id in ancestors(lesson.agency_id, self.tree):
            found |= self.members.get(agency_id, set())
        return [self._person(pk) for pk in sorted(found)]

    def able(self, lesson: Lesson, move: str) -> bool:
        """Whether somebody is who ``move`` waits for where ``lesson`` stands."""
        who = MOVES[move].who(lesson.status)
        return any(
            (lesson.tlp != TLP.RED or reads_red(lesson, person))
            and any(kind.allows(lesson, Actor(person)) for kind in who)
            for person in self.around(lesson)
        )

    def others(self, lesson: Lesson, permission: Permission) -> bool:
        """Whether somebody who did not write ``lesson`` can be given it, as ``people_with`` says."""
        rejected_by = lesson.rejected_by_id if lesson.on_appeal else None
        return any(
            person.may(permission, lesson.agency_id)
            and person.pk not in lesson.author_ids | {rejected_by}
            and (lesson.tlp != TLP.RED or reads_red(lesson, person))
            for person in self.around(lesson)
        )

    def _person(self, pk: int) -> User:
        if pk not in self._known:
            self._known[pk] = User(pk=pk)
            self._known[pk].standing = Standing.of(self.roles.get(pk, ()), self.tree)
        return self._known[pk]


def _is_with_the_administration(lesson: Lesson) -> bool:
    """An administrator who took it goes on in the administration."""
    reviewer = lesson.reviewer
    return (
        lesson.status == Status.IN_REVIEW
        and reviewer is not None
        and reviewer.is_active
        and reviewer.is_superuser
        and reviewer.pk not in lesson.author_ids
    )


def _why(lesson: Lesson, people: People) -> tuple[str, str]:
    if lesson.status in WITH_THE_AUTHOR:
        return _author_left(lesson, people)
    if lesson.status == Status.SUBMITTED:
        return _no_reviewer(lesson)
    if lesson.status == Status.IN_REVIEW:
        return _("Its reviewer can no longer review it."), _another_reviewer(lesson, people)
    return _no_endorser(lesson, people)


def _author_left(lesson: Lesson, people: People) -> tuple[str, str]:
    if lesson.tlp == TLP.RED and lesson.status != Status.DRAFT:
        return (
            _("Its author has left, and only its recipients may move it."),
            _("A reviewer among them can widen its marking; then have it adopted."),
        )
    left = _("Its author has left.")
    if not people.able(lesson, "adopt"):
        return left, _("Appoint a coordinator, who has it adopted by a colleague.")
    if not people.others(lesson, Permission.RECORD):
        return left, _("Invite a colleague who records for the agency, then have it adopted.")
    return left, _("Have it adopted by a colleague.")


def _no_reviewer(lesson: Lesson) -> tuple[str, str]:
    if lesson.tlp == TLP.RED:
        return (
            _("None of its recipients can review it."),
            _("Give one of them the role of reviewer."),
        )
    return (
        _("The agency has no reviewer other than its author."),
        _("Give another member the role of reviewer, or ask the administration to review it."),
    )


def _another_reviewer(lesson: Lesson, people: People) -> str:
    if people.others(lesson, Permission.REVIEW):
        if people.able(lesson, "hand_over"):
            return _("Hand it over to another reviewer.")
        if lesson.tlp != TLP.RED:
            return _("Ask the administration to hand it over to another reviewer.")
    if lesson.tlp == TLP.RED:
        return _("Give one of its recipients the role of endorser.")
    return _(
        "Give another member the role of reviewer, then hand it over; "
        "or ask the administration to do so."
    )


def _no_endorser(lesson: Lesson, people: People) -> tuple[str, str]:
    if lesson.tlp == TLP.RED:
        return (
            _("None of its recipients can endorse or confirm it."),
            _("Give one of them the role of endorser."),
        )
    reason = (
        _("Every endorser of the agency worked on its actions.")
        if people.others(lesson, Permission.ENDORSE)
        else _("The agency has no endorser other than its author.")
    )
    return (
        reason,
        _("Give another member the role of endorser, or ask the administration to go on with it."),
    )
