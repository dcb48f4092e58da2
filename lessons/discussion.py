"""What is said about a lesson: who may say it, to whom, and how its author is called.

A comment goes as far as its lesson. Notes for the staff of its agency never reach its authors, and
what was said before publication stays between authors and staff.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Window
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from agencies.standing import ancestors
from lessons.models import COMMENT_LENGTH, Comment, CommentEvent, Lesson
from lessons.notice_kinds import MENTIONED
from lessons.readers import members, reached
from lessons.vocabulary import CommentDeed, CommentState, Status
from lessons.workflow import IncompleteError, RefusedError, Words
from notices.telling import tell
from records.choices import folded
from records.vocabulary import TLP

EDITABLE = timedelta(minutes=15)
"""How long after writing a comment its author may still change it."""
MOST_MENTIONED = 20
OFFERED = 8
"""People offered at once while somebody types."""
SHOWN = 30
"""Comments on the page of a lesson; earlier ones are on a page of their own."""


# --- Who may -------------------------------------------------------------------------------------


def is_staff(lesson: Lesson, user: User) -> bool:
    """A reviewer or endorser of its agency who is none of its authors."""
    return user.pk not in lesson.author_ids and user.may(Permission.REVIEW, lesson.agency_id)


def refusal(lesson: Lesson, user: User, *, for_staff: bool = False) -> Words | None:
    """Why ``user``, who sees ``lesson``, may not comment on it, or ``None`` when they may."""
    if for_staff and not is_staff(lesson, user):
        return _("These notes are for reviewers and endorsers of its agency.")
    if not user.standing.permissions:
        return _("Comments are for members of an agency.")
    if lesson.is_published or user.pk in lesson.author_ids or is_staff(lesson, user):
        return None
    return _("Until it is published, its author and the reviewers of its agency talk about it.")


def may_edit(comment: Comment, user: User, at: datetime) -> bool:
    """Its author, within ``EDITABLE``."""
    return comment.stands and comment.author_id == user.pk and at - comment.at <= EDITABLE


def may_withdraw(comment: Comment, user: User) -> bool:
    return comment.stands and comment.author_id == user.pk


def may_hide(comment: Comment, user: User) -> bool:
    """An endorser of its agency, none of the lesson's authors; one's own is withdrawn instead."""
    lesson = comment.lesson
    return (
        comment.stands
        and user.pk not in {comment.author_id, *lesson.author_ids}
        and user.may(Permission.ENDORSE, lesson.agency_id)
    )


# --- Whom one can mention ------------------------------------------------------------------------


def speaks_for(lesson: Lesson, user: User) -> int:
    """The id of the agency that ``user``, a member somewhere, speaks for."""
    if user.may(Permission.READ, lesson.agency_id) or user.standing.home is None:
        return lesson.agency_id
    return user.standing.home


def mentionable(lesson: Lesson, writer: User, *, for_staff: bool = False) -> QuerySet[User]:
    """People who read what ``writer`` says here and whose names ``writer`` may know.

    Colleagues in the agency that the writer speaks for, and authors who are named. Where the
    readers are few, an author who is not named is left out, or the list would tell who it is.
    """
    authors = [person for person in (lesson.originator, lesson.adopted_by) if person is not None]
    named = {one.pk for one in authors if lesson.name_for(writer, one) == one.name}
    tree = Agency.objects.tree()
    colleagues = members({speaks_for(lesson, writer)}, tree).values("user_id")
    people = User.objects.filter(Q(pk__in=colleagues) | Q(pk__in=named), is_active=True)
    people = people.exclude(pk=writer.pk).filter(_reading(lesson, {one.pk for one in authors}))
    if for_staff:
        people = people.filter(_staff(lesson)).exclude(pk__in=lesson.author_ids)
    if lesson.tlp == TLP.RED or not lesson.is_published:
        people = people.exclude(pk__in={one.pk for one in authors} - named)
    return people.order_by("name", "pk")


def _reading(lesson: Lesson, authors: set[int]) -> Q:
    """Who reads what is said now: ``LessonQuerySet.visible_to`` seen from the lesson."""
    recipients = Q(pk__in=lesson.red_recipients.values("pk"))
    if not lesson.is_published:
        staff = _staff(lesson) & recipients if lesson.tlp == TLP.RED else _staff(lesson)
        hers = Q(pk__in=authors)
        return hers if lesson.status == Status.DRAFT else hers | staff
    if lesson.tlp == TLP.RED:
        return recipients | Q(pk__in=authors)
    in_force = Membership.objects.in_force()
    if lesson.tlp in {TLP.AMBER, TLP.AMBER_STRICT}:
        tree = Agency.objects.tree()
        held = {lesson.agency_id, *lesson.released_to.values_list("pk", flat=True)}
        in_force = members(reached(held, lesson.tlp, tree), tree)
    return Q(pk__in=in_force.values("user_id"))


def _staff(lesson: Lesson) -> Q:
    line = ancestors(lesson.agency_id, Agency.objects.tree())
    held = Membership.objects.in_force().holding(Permission.REVIEW).filter(agency_id__in=line)
    return Q(pk__in=held.values("user_id"))


def offered(lesson: Lesson, writer: User, words: str) -> list[tuple[int, str]]:
    """Ids and names of the first people whose names have words that begin like each of ``words``."""
    wanted = folded(words).split()
    found = []
    for pk, name in mentionable(lesson, writer).values_list("pk", "name").iterator():
        parts = folded(name).split()
        if all(any(part.startswith(word) for part in parts) for word in wanted):
            found.append((pk, name))
            if len(found) == OFFERED:
                break
    return found


# --- Saying it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A comment, and whom it mentions that it did not mention before: they are to be told."""

    comment: Comment
    mentioned: list[User]


def write(
    lesson: Lesson,
    *,
    by: User,
    text: str,
    mentioned: Iterable[User] = (),
    for_staff: bool = False,
    token: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Said:
    """Comment on ``lesson``; the same ``token`` with the same text finds what it made before.

    Raises ``RefusedError`` (not by this person) and ``IncompleteError`` (not with this).
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk)
        _check_may(locked, by, for_staff=for_staff)
        text, people = _checked(locked, by, text, mentioned, for_staff=for_staff)
        made = Comment.objects.filter(uuid=token).first() if token else None
        if made is not None and (made.author_id, made.lesson_id, made.text) == (
            by.pk,
            locked.pk,
            text,
        ):
            return Said(made, [])
        comment = Comment.objects.create(
            uuid=token if token and made is None else uuid.uuid4(),
            lesson=locked,
            author=by,
            agency_id=speaks_for(locked, by),
            text=text,
            for_staff=for_staff,
            at=at,
        )
        comment.mentioned.set(people)
        _done(comment, CommentDeed.WRITE, by, at)
        _tell(comment, people, by, at)
    return Said(comment, people)


def edit(
    comment: Comment,
    *,
    by: User,
    text: str,
    mentioned: Iterable[User] = (),
    at: datetime | None = None,
) -> Said:
    """Change one's own comment soon after writing it. Raises like ``write``."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _locked(comment, by)
        _check_may(locked.lesson, by, for_staff=locked.for_staff)
        if not may_edit(locked, by, at):
            raise RefusedError(
                _("A comment is changed by its author, within 15 minutes and while it stands.")
            )
        text, people = _checked(locked.lesson, by, text, mentioned, for_staff=locked.for_staff)
        before = set(locked.mentioned.values_list("pk", flat=True))
        if (text, {one.pk for one in people}) == (locked.text, before):
            return Said(locked, [])
        locked.text = text
        locked.edited_at = at
        locked.save(update_fields=["text", "edited_at"])
        locked.mentioned.set(people)
        _done(locked, CommentDeed.EDIT, by, at)
        newly = [one for one in people if one.pk not in before]
        _tell(locked, newly, by, at)
    return Said(locked, newly)


def _tell(comment: Comment, people: Iterable[User], by: User, at: datetime) -> None:
    told = [person for person in people if person.pk != by.pk]
    tell(told, MENTIONED, comment, key="mention", at=at)


def withdraw(comment: Comment, *, by: User, at: datetime | None = None) -> Comment:
    """Take back one's own comment: its text is gone, that there was one stays.

    Raises ``RefusedError``; withdrawing it twice is harmless.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = _locked(comment, by)
        if locked.state == CommentState.WITHDRAWN and locked.author_id == by.pk:
            return locked
        if not may_withdraw(locked, by):
            raise RefusedError(_("A comment is withdrawn by its author, while it stands."))
        locked.text = ""
        locked.state = CommentState.WITHDRAWN
        locked.save(update_fields=["text", "state"])
        locked.mentioned.clear()
        _done(locked, CommentDeed.WITHDRAW, by, at)
    return locked


def hide(comment: Comment, *, by: User, reason: str, at: datetime | None = None) -> Comment:
    """Hide what should not stand there; its readers see the reason in its place.

    Raises ``RefusedError`` and ``IncompleteError``.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = _locked(comment, by)
        if not may_hide(locked, by):
            raise RefusedError(
                _("A comment is hidden by an endorser of the lesson's agency, while it stands.")
            )
        reason = reason.strip()
        if not reason or len(reason) > COMMENT_LENGTH:
            raise IncompleteError({"reason": _("Say why: its readers see this instead.")})
        locked.reason = reason
        locked.state = CommentState.HIDDEN
        locked.save(update_fields=["reason", "state"])
        _done(locked, CommentDeed.HIDE, by, at)
    return locked


def _locked(comment: Comment, user: User) -> Comment:
    """The comment's row, locked, as far as ``user`` sees it."""
    seen = Comment.objects.visible_to(user).filter(pk=comment.pk).values("pk")
    rows = Comment.objects.select_for_update(of=("self",)).select_related("lesson__agency")
    locked = rows.filter(pk__in=seen).first()
    if locked is None:
        raise RefusedError(_("There is no such comment, or it is not for you to see."))
    return locked


def _check_may(lesson: Lesson, user: User, *, for_staff: bool) -> None:
    if not lesson.is_visible_to(user):
        raise RefusedError(_("There is no such lesson, or it is not for you to see."))
    reason = refusal(lesson, user, for_staff=for_staff)
    if reason is not None:
        raise RefusedError(reason)


def _checked(
    lesson: Lesson, by: User, text: str, mentioned: Iterable[User], *, for_staff: bool
) -> tuple[str, list[User]]:
    """The text without white space around it, and the people mentioned, once each."""
    text = text.replace("\r\n", "\n").strip()
    wanted = {person.pk for person in mentioned}
    people = list(mentionable(lesson, by, for_staff=for_staff).filter(pk__in=wanted))
    errors: dict[str, Words] = {}
    if not text:
        errors["text"] = _("Write what you want to say.")
    elif len(text) > COMMENT_LENGTH:
        errors["text"] = _("A comment has at most %(number)d characters.") % {
            "number": COMMENT_LENGTH
        }
    if len(wanted) > MOST_MENTIONED:
        errors["mentioned"] = _("Mention at most %(number)d people.") % {"number": MOST_MENTIONED}
    elif len(people) < len(wanted) or not all(lesson.is_visible_to(one) for one in people):
        errors["mentioned"] = _("Only people who may read the comment can be mentioned.")
    if errors:
        raise IncompleteError(errors)
    return text, people


def _done(comment: Comment, deed: CommentDeed, by: User, at: datetime) -> None:
    CommentEvent.objects.create(comment=comment, deed=deed, actor=by, at=at)


# --- Reading it ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spoken:
    """A comment as one reader sees it."""

    comment: Comment
    who: str
    by_author: bool
    mentions: list[str]
    editable: bool
    withdrawable: bool
    hideable: bool


@dataclass(frozen=True)
class Discussion:
    """The comments on a lesson as far as a reader may see them, the latest last."""

    spoken: list[Spoken]
    total: int
    may_comment: bool
    is_staff: bool

    @property
    def earlier(self) -> int:
        return self.total - len(self.spoken)


def discussion(lesson: Lesson, reader: User, *, at: datetime, most: int = SHOWN) -> Discussion:
    """The latest ``most`` comments that ``reader`` sees."""
    latest = list(
        Comment.objects.visible_to(reader)
        .filter(lesson=lesson)
        .select_related("author", "agency")
        .prefetch_related("mentioned")
        .annotate(total=Window(Count("pk")))
        .order_by("-at", "-pk")[:most]
    )
    for comment in latest:
        # The one at hand has its agency and its former editors fetched.
        comment.lesson = lesson
    return Discussion(
        [_spoken(comment, reader, at) for comment in reversed(latest)],
        latest[0].total if latest else 0,
        may_comment=refusal(lesson, reader) is None,
        is_staff=is_staff(lesson, reader),
    )


def _spoken(comment: Comment, reader: User, at: datetime) -> Spoken:
    lesson = comment.lesson
    own = comment.author_id == reader.pk
    return Spoken(
        comment=comment,
        who=_("You") if own else name_of(comment, reader),
        by_author=comment.author_id == lesson.editor_id
        and (own or name_of(comment, reader) == comment.author.name),
        mentions=mentions_for(comment, reader) if comment.stands else [],
        editable=may_edit(comment, reader, at),
        withdrawable=may_withdraw(comment, reader),
        hideable=may_hide(comment, reader),
    )


def name_of(comment: Comment, reader: User) -> str:
    """How the author of ``comment`` is called: an author of the lesson as its attribution says."""
    return comment.lesson.name_for(reader, comment.author, acting_for=comment.agency)


def mentions_for(comment: Comment, reader: User) -> list[str]:
    """The people mentioned whose names ``reader`` may know.

    Colleagues of whoever wrote it know them all, authors of the lesson or not: were an author
    missing here, that would tell who it is.
    """
    lesson = comment.lesson
    colleague = reader.may(Permission.READ, comment.agency_id) or reader.pk == comment.author_id
    return [
        person.name
        for person in comment.mentioned.all()
        if colleague or reader.pk == person.pk or lesson.name_for(reader, person) == person.name
    ]
