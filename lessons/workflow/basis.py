"""What both tables of moves are made of: a move, who makes it, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from agencies.models import User
from agencies.roles import Permission
from lessons.models import Lesson, LessonQuerySet

Words = str | Promise
Given = Mapping[str, Any]
"""What a move is supplied with: names of ``Move.needs`` → clean Python values."""


class RefusedError(Exception):
    """The move may not be made; ``reason`` says why in words for the person who tried."""

    def __init__(self, reason: Words) -> None:
        super().__init__(str(reason))
        self.reason = reason


class IncompleteError(Exception):
    """Something is missing or wrong; ``errors`` maps names of what was given to words."""

    def __init__(self, errors: Mapping[str, Words]) -> None:
        super().__init__(", ".join(f"{name}: {words}" for name, words in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Actor:
    """Somebody about to make a move; in the administration they are staff everywhere."""

    user: User
    administration: bool = False

    def holds(self, permission: Permission, lesson: Lesson) -> bool:
        return self.holds_in(permission, lesson.agency_id)

    def holds_in(self, permission: Permission, agency_id: int) -> bool:
        staff = permission in {Permission.REVIEW, Permission.ENDORSE}
        if self.administration and self.user.is_superuser and staff:
            return True
        return self.user.may(permission, agency_id)

    def sees(self) -> LessonQuerySet:
        """The lessons that the actor may name."""
        if self.administration:
            return Lesson.objects.visible_to_administration(self.user)
        return Lesson.objects.visible_to(self.user)


@dataclass(frozen=True)
class Who:
    """A kind of person that a move waits for: a rule, and its name in a sentence."""

    allows: Callable[[Any, Actor], bool]
    """Given the lesson or action and the actor."""
    name: Words


@dataclass(frozen=True)
class Move:
    """One row of the life cycle.

    ``sources`` maps each status the move starts from to who may make it from there. ``target``
    is ``None`` where the status stays or the effect says it. ``needs`` and ``may_have`` name what
    is supplied. A move that is ``automatic`` is made by nobody: it follows from the actions.
    """

    name: str
    label: Words
    done: Words
    explanation: Words
    sources: Mapping[Any, tuple[Who, ...]]
    target: Any
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ("comment",)
    forward: bool = False
    automatic: bool = False

    def who(self, status: str) -> tuple[Who, ...]:
        return self.sources.get(status, ())

    def is_for(self, record: Any, actor: Actor) -> bool:
        """Whether ``actor`` is the kind of person who makes it, wherever ``record`` stands."""
        return any(kind.allows(record, actor) for who in self.sources.values() for kind in who)


@dataclass(frozen=True)
class Option:
    """A move from where the record stands, and why this person may not make it (if so)."""

    move: Move
    refusal: Words | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None
