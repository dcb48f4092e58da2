"""Lessons whose next move nobody can make, with the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from agencies.models import Agency, Membership, User
from agencies.roles import Permission, Role
from agencies.standing import Tree, ancestors
from lessons.models import Lesson
from lessons.vocabulary import WITH_THE_AUTHOR, Status
from records.vocabulary import TLP


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
    waiting = (
        candidates(lessons, people.tree)
        .select_related("agency", "originator", "adopted_by", "reviewer")
        .defer(*Lesson.LONG_TEXTS)
        .prefetch_related("red_recipients")
        .order_by("submitted_at", "pk")
    )
    found = ((lesson, _standstill(lesson, people)) for lesson in waiting)
    return [Stuck(lesson, *why) for lesson, why in found if why is not None]


def candidates(lessons: QuerySet[Lesson], tree: Tree) -> QuerySet[Lesson]:
    """Those worth a look: thousands may wait, and nearly all of them for somebody.

    A submitted lesson that somebody other than its authors could take is left out by the
    database; the exact rule is then asked of the rest.
    """
    heights = [len(ancestors(agency_id, tree)) for agency_id in tree]
    above = [
        "agency_id",
        *(f"agency{'__parent' * up}_id" for up in range(1, max(heights, default=1))),
    ]
    somebody = (
        Membership.objects.in_force()
        .holding(Permission.REVIEW)
        .filter(reduce(or_, (Q(agency_id=OuterRef(path)) for path in above)))
    )
    for author in ("originator_id", "created_by_id", "adopted_by_id", "rejected_by_id"):
        # Without a value the comparison would be unknown, and nobody would be left.
        somebody = somebody.exclude(user_id=Coalesce(OuterRef(author), Value(0)))
    author_left = Q(adopted_by__is_active=False) | Q(
        adopted_by__isnull=True, originator__is_active=False
    )
    return lessons.filter(
        Q(status__in=WITH_THE_AUTHOR) & author_left
        | Q(status=Status.IN_REVIEW)
        | Q(status=Status.SUBMITTED) & (Q(tlp=TLP.RED) | ~Exists(somebody))
    )


@dataclass(frozen=True)
class People:
    """Who holds which role where, read once for many lessons."""

    held: dict[int, list[tuple[int, Role]]]
    tree: Tree

    @classmethod
    def now(cls) -> People:
        held: dict[int, list[tuple[int, Role]]] = {}
        rows = Membership.objects.in_force().values_list("agency_id", "user_id", "role")
        for agency_id, user_id, role in rows:
            held.setdefault(agency_id, []).append((user_id, Role(role)))
        return cls(held, Agency.objects.tree())

    def reviewers(self, lesson: Lesson) -> set[int]:
        """Ids of the people who may review ``lesson``: not its authors, not who rejected it."""
        able = {
            user_id
            for agency_id in ancestors(lesson.agency_id, self.tree)
            for user_id, role in self.held.get(agency_id, ())
            if Permission.REVIEW in role.permissions
        }
        able -= lesson.author_ids
        if lesson.on_appeal:
            able.discard(lesson.rejected_by_id or 0)
        if lesson.tlp == TLP.RED:
            able &= set(_ids(lesson.red_recipients.all()))
        return able


def _ids(users: Iterable[User]) -> Iterable[int]:
    return (user.pk for user in users)


def _standstill(lesson: Lesson, people: People) -> tuple[str, str] | None:
    if lesson.status in WITH_THE_AUTHOR:
        if lesson.tlp == TLP.RED and lesson.status != Status.DRAFT:
            return (
                _("Its author has left, and only its recipients may move it."),
                _("A reviewer among them can widen its marking; then have it adopted."),
            )
        return _("Its author has left."), _("Have it adopted by a colleague.")
    able = people.reviewers(lesson)
    if lesson.status == Status.SUBMITTED and not able:
        if lesson.tlp == TLP.RED:
            return (
                _("None of its recipients can review it."),
                _("Give one of them the role of reviewer."),
            )
        return (
            _("The agency has no reviewer other than its author."),
            _("Give another member the role of reviewer, or ask the administration to review it."),
        )
    reviewer = lesson.reviewer
    if lesson.status == Status.IN_REVIEW and reviewer and reviewer.pk not in able:
        # An administrator who took it goes on in the administration.
        if reviewer.is_active and reviewer.is_superuser and reviewer.pk not in lesson.author_ids:
            return None
        return (
            _("Its reviewer can no longer review it."),
            _("Hand it over to another reviewer.")
            if able
            else _(
                "Give another member the role of reviewer, then hand it over; "
                "or ask the administration to do so."
            ),
        )
    return None
