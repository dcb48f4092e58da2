"""The one verb that moves a lesson, and who may call it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import User
from lessons.models import Action, Lesson, LessonEvent
from lessons.telling import tell_of
from lessons.vocabulary import ActionStatus
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
    return reason or _nobody_else(lesson, move, actor)


def _as_it_stands(lesson: Lesson, move: Move) -> Words | None:
    """Why nobody may make it, whoever they are."""
    if move.name == "adopt" and lesson.editor.is_active:
        return _("Its author is still active.")
    if move.name == "appeal" and lesson.on_appeal:
        return _("It was appealed once; that is final.")
    if move.name == "validate":
        actions = lesson.actions.all()
        if any(action.is_open for action in actions):
            return _("One of its actions is open again.")
        if not any(action.status == ActionStatus.VERIFIED for action in actions):
            return _("None of its actions is verified.")
    return None


def _nobody_else(lesson: Lesson, move: Move, actor: Actor) -> Words | None:
    """Why there is nobody that the lesson could be given to."""
    if move.name == "hand_over" and not reviewers_for(lesson, actor).exists():
        return _("Nobody else can review it.")
    if move.name == "adopt" and not editors_for(lesson).exists():
        return _("Nobody else records for its agency.")
    return None


def _lock(lesson: Lesson, given: Given) -> None:
    """Lock all that the move may touch: lessons before actions, each in the order of their keys.

    In this moment somebody may put two lessons in each other's place, or check another lesson
    of an action that is about to be reopened.
    """
    newer = given.get("replacement")
    named = [*(given.get("existing") or []), *(given.get("reopened") or [])]
    touched = Action.objects.filter(Q(lessons=lesson) | Q(pk__in=[action.pk for action in named]))
    actions = sorted(set(touched.values_list("pk", flat=True)))
    if newer is not None or named:
        keys = {lesson.pk, *([newer.pk] if newer is not None else [])}
        served = Action.lessons.through._base_manager.filter(action__in=[one.pk for one in named])
        keys |= set(served.values_list("lesson_id", flat=True))
        lessons = Lesson.objects.filter(pk__in=keys).order_by("pk")
        list(lessons.select_for_update(of=("self",)).values_list("pk"))
    else:
        list(Lesson.objects.filter(pk=lesson.pk).select_for_update(of=("self",)).values_list("pk"))
    if actions:
        rows = Action.objects.filter(pk__in=actions).order_by("pk")
        list(rows.select_for_update(of=("self",)).values_list("pk"))


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
    telling: bool = True,
) -> LessonEvent:
    """Make the move ``name`` on ``lesson`` as ``by``, whole or not at all.

    Without ``telling`` nobody gets a notice of it: the caller sends one for many lessons.

    Raises ``RefusedError`` (not now, not by this person), ``IncompleteError`` (not with what was
    given) and ``StaleVersionError`` (``version`` is no longer the lesson's). ``lesson`` is
    refreshed from the database.
    """
    move = MOVES[name]
    actor = Actor(by, administration)
    at = at or timezone.now()
    given = given or {}
    with transaction.atomic():
        _lock(lesson, given)
        locked = Lesson.locked(lesson.pk, version=version)
        reason = refusal(locked, move, actor)
        if reason is not None:
            raise RefusedError(reason)
        before = locked.status
        check_given(locked, move, given, actor, at)
        if move.target is not None:
            locked.status = move.target
        EFFECTS[name](locked, actor, at, given)
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
        if telling:
            tell_of(event, people_with)
        follow(locked, actor=actor, at=at)
    lesson.refresh_from_db()
    return event
