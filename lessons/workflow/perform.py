"""The one verb that moves a lesson, and who may call it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import User
from lessons.models import Lesson, LessonEvent
from lessons.telling import tell_of
from lessons.workflow.basis import Actor, Given, Move, Option, RefusedError, Words
from lessons.workflow.checks import check_given
from lessons.workflow.effects import EFFECTS
from lessons.workflow.following import follow
from lessons.workflow.moves import MOVES
from lessons.workflow.people import editors_for, people_with, reads_red, reviewers_for
from records.vocabulary import TLP


def refusal(lesson: Lesson, move: Move, actor: Actor) -> Words | None:
    """Why ``actor`` may not make ``move`` now, or ``None`` when they may."""
    if not actor.user.is_active:
        return _("This account is no longer active.")
    if lesson.tlp == TLP.RED and not reads_red(lesson, actor.user):
        # Before all else: the other reasons tell where it stands.
        return _("Only its originator and recipients may move a TLP:RED lesson.")
    if move.automatic:
        return move.explanation
    who = move.who(lesson.status)
    if not who:
        return _("“%(move)s” is not possible while it is “%(status)s”.") % {
            "move": move.label,
            "status": lesson.get_status_display(),
        }
    reason = _as_it_stands(lesson, move)
    if reason is None and not any(kind.allows(lesson, actor) for kind in who):
        names = _(" or ").join(str(kind.name) for kind in who)
        reason = _("Waiting for %(who)s.") % {"who": names}
    return reason or _nobody_else(lesson, move)


def _as_it_stands(lesson: Lesson, move: Move) -> Words | None:
    """Why nobody may make it, whoever they are."""
    if move.name == "adopt" and lesson.editor.is_active:
        return _("Its author is still active.")
    if move.name == "appeal" and lesson.on_appeal:
        return _("It was appealed once; that is final.")
    if move.name == "validate" and any(action.is_open for action in lesson.actions.all()):
        return _("One of its actions is open again.")
    return None


def _nobody_else(lesson: Lesson, move: Move) -> Words | None:
    """Why there is nobody that the lesson could be given to."""
    if move.name == "hand_over" and not reviewers_for(lesson).exists():
        return _("Nobody else can review it.")
    if move.name == "adopt" and not editors_for(lesson).exists():
        return _("Nobody else records for its agency.")
    return None


def is_for(lesson: Lesson, move: Move, actor: Actor) -> bool:
    """Whether ``actor`` is the kind of person who makes ``move``, wherever the lesson stands."""
    return any(kind.allows(lesson, actor) for who in move.sources.values() for kind in who)


def options(lesson: Lesson, user: User, *, administration: bool = False) -> list[Option]:
    """Every move that starts from the lesson's status, as ``user`` finds it."""
    actor = Actor(user, administration)
    return [
        Option(move, refusal(lesson, move, actor))
        for move in MOVES.values()
        if move.who(lesson.status)
    ]


def perform(
    lesson: Lesson,
    name: str,
    *,
    by: User,
    at: datetime | None = None,
    given: Given | None = None,
    version: int | None = None,
    administration: bool = False,
) -> LessonEvent:
    """Make the move ``name`` on ``lesson`` as ``by``, whole or not at all.

    Raises ``RefusedError`` (not now, not by this person), ``IncompleteError`` (not with what was
    given) and ``StaleVersionError`` (``version`` is no longer the lesson's). ``lesson`` is
    refreshed from the database.
    """
    move = MOVES[name]
    actor = Actor(by, administration)
    at = at or timezone.now()
    given = given or {}
    with transaction.atomic():
        newer = given.get("replacement")
        if newer is not None:
            # Both in one order: in this moment somebody may put the two in each other's place.
            both = Lesson.objects.filter(pk__in=[lesson.pk, newer.pk]).order_by("pk")
            list(both.select_for_update().values_list("pk"))
        locked = Lesson.locked(lesson.pk, version=version)
        reason = refusal(locked, move, actor)
        if reason is not None:
            raise RefusedError(reason)
        before = locked.status
        check_given(locked, move, given, actor, at)
        if move.target is not None:
            locked.status = move.target
        EFFECTS[name](locked, by, at, given)
        locked.version += 1
        locked.save()
        event = LessonEvent.objects.create(
            lesson=locked,
            move=name,
            actor=by,
            by_administration=administration,
            from_status=before,
            to_status=locked.status,
            comment=str(given.get("comment", "")).strip(),
            related=given.get("recurrence"),
            at=at,
        )
        tell_of(event, people_with)
        follow(locked, by=by, at=at)
    lesson.refresh_from_db()
    return event
