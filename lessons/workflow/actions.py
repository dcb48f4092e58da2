"""The life cycle of a remedial action: its table of moves and the one verb that makes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from lessons.models import Action, ActionEvent, Evidence, Lesson, LessonEvent
from lessons.telling import tell_of_action
from lessons.vocabulary import ActionStatus, Status
from lessons.workflow import deeds
from lessons.workflow.basis import (
    Actor,
    Given,
    IncompleteError,
    Move,
    Option,
    RefusedError,
    Who,
    Words,
)
from lessons.workflow.checks import CONFIRM_RELEASE, newly_released, wrong_bodies
from lessons.workflow.following import follow
from lessons.workflow.people import WORK, hands_in, is_endorser, may_own, people_with, reads_red
from records.models import StaleVersionError
from records.vocabulary import TLP

QUESTIONS: dict[str, Words] = {
    "relevant": gettext_lazy("Relevant: it is about what the lesson found"),
    "contemporary": gettext_lazy("Contemporary: it reflects how things are done today"),
    "complete": gettext_lazy("Complete: nothing of what was to be done is missing"),
    "meets_intent": gettext_lazy("Meets the intent: what went wrong could not go wrong so again"),
}
"""The test of closure by the Inspector-General for Emergency Management of Victoria."""


# --- Who ---------------------------------------------------------------------------------------


def lessons_for(action: Action, user: User) -> list[Lesson]:
    """The lessons by which ``user`` can have a say; of a RED one only its readers have."""
    return [
        lesson
        for lesson in action.lessons.all()
        if lesson.tlp != TLP.RED or reads_red(lesson, user)
    ]


def is_owner(action: Action, actor: Actor) -> bool:
    return actor.user.pk == action.owner_id and actor.user.may(Permission.READ, action.body_id)


def is_body(action: Action, actor: Actor) -> bool:
    """Somebody who records for the action body."""
    return actor.user.may(Permission.RECORD, action.body_id)


def is_body_of_unowned(action: Action, actor: Actor) -> bool:
    """The same, while nobody owns it or its owner has left the action body."""
    gone = action.owner is None or not may_own(action.owner, action.body)
    reads = all(
        lesson.tlp != TLP.RED or reads_red(lesson, actor.user) for lesson in action.lessons.all()
    )
    return gone and reads and is_body(action, actor)


def is_action_endorser(action: Action, actor: Actor) -> bool:
    """An endorser of one of its lessons who is the author of none."""
    return actor.user.pk not in authors_of(action) and any(
        is_endorser(lesson, actor) for lesson in lessons_for(action, actor.user)
    )


def authors_of(action: Action) -> set[int]:
    return {person for lesson in action.lessons.all() for person in lesson.author_ids}


def is_verifier(action: Action, actor: Actor) -> bool:
    """A reviewer of the lesson's agency or of the action body who had no hand in it."""
    lessons = lessons_for(action, actor.user)
    agencies = {action.body_id, *(lesson.agency_id for lesson in lessons)}
    if not any(actor.holds_in(Permission.REVIEW, agency) for agency in agencies):
        return False
    hands = {action.owner_id, action.finished_by_id} | authors_of(action)
    return actor.user.pk not in hands | hands_in([action], WORK)


OWNER = Who(is_owner, gettext_lazy("its owner"))
BODY = Who(is_body, gettext_lazy("somebody who records for its action body"))
BODY_OF_UNOWNED = Who(
    is_body_of_unowned, gettext_lazy("somebody of its action body while nobody owns it")
)
ACTION_ENDORSER = Who(
    is_action_endorser, gettext_lazy("an endorser other than the lesson's author")
)
VERIFIER = Who(
    is_verifier, gettext_lazy("a reviewer other than its owner, its finisher and the author")
)


# --- The table ---------------------------------------------------------------------------------

WAITING = (ActionStatus.NOT_STARTED,)
UNDER_WAY = (ActionStatus.ONGOING, ActionStatus.DELAYED, ActionStatus.STANDBY)
IMPLEMENTED = frozenset({Status.IDENTIFIED, Status.IMPLEMENTING})
CHECKED = frozenset({Status.VALIDATING, Status.LEARNED})

ACTION_MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        Move(
            "accept",
            gettext_lazy("Accept"),
            gettext_lazy("Accepted"),
            gettext_lazy("The action body takes it on; it is started later."),
            dict.fromkeys(WAITING, (OWNER, BODY)),
            None,
            may_have=("owner", "comment"),
            forward=True,
        ),
        Move(
            "start",
            gettext_lazy("Start"),
            gettext_lazy("Started"),
            gettext_lazy("Work begins. Whoever starts an action that nobody owns owns it."),
            dict.fromkeys(WAITING, (OWNER, BODY_OF_UNOWNED)),
            ActionStatus.ONGOING,
            forward=True,
        ),
        Move(
            "resume",
            gettext_lazy("Go on"),
            gettext_lazy("Gone on with"),
            gettext_lazy("It is being worked on again."),
            dict.fromkeys((ActionStatus.DELAYED, ActionStatus.STANDBY), (OWNER, BODY_OF_UNOWNED)),
            ActionStatus.ONGOING,
            forward=True,
        ),
        Move(
            "progress",
            gettext_lazy("Write a progress note"),
            gettext_lazy("Progress"),
            gettext_lazy("Say how far it is. The people who wait for it read this."),
            dict.fromkeys((*WAITING, *UNDER_WAY), (OWNER, BODY)),
            None,
            needs=("comment",),
            may_have=(),
        ),
        Move(
            "finish",
            gettext_lazy("Finish"),
            gettext_lazy("Finished"),
            gettext_lazy("It is done, and here is what proves it. Somebody else verifies it."),
            dict.fromkeys((ActionStatus.ONGOING, ActionStatus.DELAYED), (OWNER,)),
            ActionStatus.FINISHED,
            needs=("evidence",),
            forward=True,
        ),
        Move(
            "verify",
            gettext_lazy("Verify"),
            gettext_lazy("Verified"),
            gettext_lazy("You have looked at the evidence and answer four questions with yes."),
            {ActionStatus.FINISHED: (VERIFIER,)},
            ActionStatus.VERIFIED,
            needs=(*QUESTIONS, "comment"),
            may_have=(),
            forward=True,
        ),
        Move(
            "delay",
            gettext_lazy("Move the due date"),
            gettext_lazy("Delayed"),
            gettext_lazy("Say until when and why. The original date stays on record."),
            dict.fromkeys((*WAITING, *UNDER_WAY), (OWNER, BODY_OF_UNOWNED)),
            ActionStatus.DELAYED,
            needs=("due_on", "comment"),
            may_have=(),
        ),
        Move(
            "pause",
            gettext_lazy("Put on standby"),
            gettext_lazy("Put on standby"),
            gettext_lazy("It waits for something else. Its due date stays."),
            dict.fromkeys((ActionStatus.ONGOING, ActionStatus.DELAYED), (OWNER, BODY_OF_UNOWNED)),
            ActionStatus.STANDBY,
            needs=("comment",),
            may_have=(),
        ),
        Move(
            "name_owner",
            gettext_lazy("Name another owner"),
            gettext_lazy("Owner named"),
            gettext_lazy("Another member of the action body goes on with it."),
            dict.fromkeys((*WAITING, *UNDER_WAY), (OWNER, BODY)),
            None,
            needs=("owner",),
        ),
        Move(
            "decline",
            gettext_lazy("Decline"),
            gettext_lazy("Declined"),
            gettext_lazy("It is not for this action body. An endorser gives it to another."),
            dict.fromkeys(WAITING, (OWNER, BODY)),
            ActionStatus.DECLINED,
            needs=("comment",),
            may_have=(),
        ),
        Move(
            "reopen",
            gettext_lazy("Reopen"),
            gettext_lazy("Reopened"),
            gettext_lazy("It is not done after all. Say what is missing."),
            {
                ActionStatus.FINISHED: (VERIFIER, ACTION_ENDORSER),
                ActionStatus.VERIFIED: (ACTION_ENDORSER,),
                ActionStatus.CANCELLED: (ACTION_ENDORSER,),
            },
            None,
            needs=("comment",),
            may_have=("due_on",),
        ),
        Move(
            "reassign",
            gettext_lazy("Give it to another action body"),
            gettext_lazy("Reassigned"),
            gettext_lazy("It starts anew there. The original date stays on record."),
            dict.fromkeys((ActionStatus.DECLINED, *WAITING, *UNDER_WAY), (ACTION_ENDORSER,)),
            ActionStatus.NOT_STARTED,
            needs=("body", "due_on"),
            may_have=("comment", "release"),
            forward=True,
        ),
        Move(
            "cancel",
            gettext_lazy("Cancel the action"),
            gettext_lazy("Cancelled"),
            gettext_lazy("Nobody does it any more. Its lessons go on without it."),
            dict.fromkeys(
                (ActionStatus.DECLINED, *WAITING, *UNDER_WAY, ActionStatus.FINISHED),
                (ACTION_ENDORSER,),
            ),
            ActionStatus.CANCELLED,
            needs=("comment",),
            may_have=(),
        ),
    )
}


# --- May it be made ----------------------------------------------------------------------------


def action_refusal(action: Action, move: Move, actor: Actor) -> Words | None:
    """Why ``actor`` may not make ``move`` now, or ``None`` when they may."""
    if not actor.user.is_active:
        return _("This account is no longer active.")
    lessons = lessons_for(action, actor.user)
    if not lessons:
        # Before all else: the other reasons tell where it stands.
        return _("Only its originator and recipients may move an action of a TLP:RED lesson.")
    who = move.who(action.status)
    if not who:
        return _("“%(move)s” is not possible while it is “%(status)s”.") % {
            "move": move.label,
            "status": action.get_status_display(),
        }
    if move.name == "accept" and action.accepted_at is not None:
        return _("It was accepted before.")
    if not any(kind.allows(action, actor) for kind in who):
        return _("Waiting for %(who)s.") % {"who": _(" or ").join(str(kind.name) for kind in who)}
    if move.name == "reopen" and not action.is_open and not _on_the_way(action):
        return _("One of its lessons is checked or learned: it is reopened from that lesson.")
    if move.name == "name_owner" and not owners_for(action).exists():
        return _("The action body has no other member.")
    return None


def _on_the_way(action: Action) -> bool:
    """A lesson of it is being implemented, and none would stay confirmed over an open action."""
    statuses = {lesson.status for lesson in action.lessons.all()}
    return bool(statuses & IMPLEMENTED) and not statuses & CHECKED


def action_options(action: Action, user: User, *, administration: bool = False) -> list[Option]:
    """Every move that starts from the action's status, as ``user`` finds it."""
    actor = Actor(user, administration)
    return [
        Option(move, action_refusal(action, move, actor))
        for move in ACTION_MOVES.values()
        if move.who(action.status)
    ]


def owners_for(action: Action) -> QuerySet[User]:
    """Who may own it instead of the present owner: members of its body who read its lessons."""
    members = Membership.objects.in_force().filter(agency=action.body_id)
    people = User.objects.filter(memberships__in=members).exclude(pk=action.owner_id or 0)
    for lesson in action.lessons.all():
        if lesson.tlp == TLP.RED:
            readers = {person.pk for person in lesson.red_recipients.all()}
            people = people.filter(pk__in=readers | {lesson.originator_id, lesson.adopted_by_id})
    return people.distinct()


def newly_reading(action: Action, body: Agency) -> bool:
    """Whether giving the action to ``body`` lets its members read one of its lessons."""
    return any(newly_released(lesson, {body}) for lesson in action.lessons.all())


# --- Making a move -----------------------------------------------------------------------------


def perform_action(
    action: Action,
    name: str,
    *,
    by: User,
    at: datetime | None = None,
    given: Given | None = None,
    version: int | None = None,
    administration: bool = False,
) -> ActionEvent:
    """Make the move ``name`` on ``action`` as ``by``, whole or not at all.

    Its lessons follow: the first start begins their implementation, the last verification ends
    it. Raises ``RefusedError``, ``IncompleteError`` and ``StaleVersionError`` like a move of a
    lesson. ``action`` is refreshed from the database.
    """
    move = ACTION_MOVES[name]
    actor = Actor(by, administration)
    at = at or timezone.now()
    given = given or {}
    with transaction.atomic():
        # Lessons before actions, as the moves of lessons lock them.
        lessons = list(
            Lesson.objects.filter(actions=action.pk).select_for_update(of=("self",)).order_by("pk")
        )
        locked = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
        shared_since = set(locked.lessons.all()) != set(lessons)
        if shared_since or (version is not None and locked.version != version):
            raise StaleVersionError(locked)
        reason = action_refusal(locked, move, actor)
        if reason is not None:
            raise RefusedError(reason)
        _check_given(locked, move, given, at)
        owner_before = locked.owner
        event = _make(locked, move, actor, at, given)
        tell_of_action(event, people_with, owner_before=owner_before)
        for lesson in lessons:
            if name == "reassign":
                _let_in(lesson, locked.body, actor=actor, at=at)
            follow(lesson, actor=actor, at=at)
    action.refresh_from_db()
    return event


REQUIRED_WORDS: dict[str, Words] = {
    "comment": gettext_lazy("Write a few words: they stay with the action and are read."),
    "evidence": gettext_lazy("Show at least one piece of evidence."),
    "owner": gettext_lazy("Choose another owner."),
    "body": gettext_lazy("Choose who is responsible for it."),
    "due_on": gettext_lazy("Say until when."),
    **dict.fromkeys(
        QUESTIONS,
        gettext_lazy("Without a yes it is not verified: reopen it and say what is missing."),
    ),
}

SHOW_NEWER = gettext_lazy(
    "It was reopened: show evidence from after that. What was shown before does not count."
)


def _check_given(action: Action, move: Move, given: Given, at: datetime) -> None:
    """Raise ``IncompleteError`` if something that ``move`` needs is missing or wrong."""
    errors: dict[str, Words] = {
        name: REQUIRED_WORDS[name] for name in move.needs if not given.get(name)
    }
    if "evidence" in errors and action.evidence.exists():
        errors["evidence"] = SHOW_NEWER
        if action.evidence.in_force().exists():
            del errors["evidence"]
    if "comment" in move.needs and not str(given.get("comment", "")).strip():
        errors["comment"] = REQUIRED_WORDS["comment"]
    due = given.get("due_on")
    if due is not None and due < action.body.local_date(at):
        errors["due_on"] = _("This day has passed.")
    elif due is not None and move.name == "delay" and due <= action.due_on:
        errors["due_on"] = _("Choose a later day than the one it is due now.")
    elif due is not None and action.start_on and due < action.start_on:
        errors["due_on"] = _("It started later than this.")
    if move.name == "reassign" and given.get("body"):
        errors |= _wrong_body(action, given)
    elif given.get("owner") and not owners_for(action).filter(pk=given["owner"].pk).exists():
        errors["owner"] = _("This person cannot own it.")
    if errors:
        raise IncompleteError(errors)


def _wrong_body(action: Action, given: Given) -> dict[str, Words]:
    body = given["body"]
    if wrong := wrong_bodies({body}):
        return {"body": wrong}
    if newly_reading(action, body) and not given.get("release"):
        return {"release": CONFIRM_RELEASE}
    return {}


# --- What each move changes --------------------------------------------------------------------


def _make(action: Action, move: Move, actor: Actor, at: datetime, given: Given) -> ActionEvent:
    comment = str(given.get("comment", "")).strip()
    told: dict[str, Any] = {"actor": actor, "at": at, "comment": comment}
    if move.name == "reopen":
        return deeds.reopen(action, due_on=given.get("due_on"), **told)
    before, due_before = action.status, action.due_on
    if move.target is not None:
        action.status = move.target
    EFFECTS.get(move.name, _nothing_else)(action, actor.user, at, given)
    answers = dict.fromkeys(QUESTIONS, True) if move.name == "verify" else {}
    return deeds.keep(
        action,
        move.name,
        before,
        due_before=due_before,
        answers=answers,
        **told,
    )


def _nothing_else(action: Action, by: User, at: datetime, given: Given) -> None:
    pass


def _accept(action: Action, by: User, at: datetime, given: Given) -> None:
    action.accepted_at = at
    action.owner = given.get("owner") or action.owner


def _start(action: Action, by: User, at: datetime, given: Given) -> None:
    action.accepted_at = action.accepted_at or at
    if is_body_of_unowned(action, Actor(by)):
        action.owner = by
    today = action.body.local_date(at)
    # An action that is started late starts on the day it was due, as far as its plan goes.
    action.start_on = action.start_on or min(today, action.due_on)


def _finish(action: Action, by: User, at: datetime, given: Given) -> None:
    action.finished_at, action.finished_by = at, by
    for shown in given.get("evidence") or []:
        Evidence.objects.create(action=action, by=by, at=at, **shown)


def _verify(action: Action, by: User, at: datetime, given: Given) -> None:
    action.verified_at, action.verified_by = at, by


def _delay(action: Action, by: User, at: datetime, given: Given) -> None:
    action.due_on = given["due_on"]


def _let_in(lesson: Lesson, body: Agency, *, actor: Actor, at: datetime) -> None:
    """Release a lesson to the new action body, with the event that says so."""
    if lesson.tlp not in {TLP.AMBER, TLP.AMBER_STRICT} or lesson.agency_id == body.pk:
        return
    if lesson.released_to.filter(pk=body.pk).exists():
        return
    lesson.released_to.add(body)
    lesson.version += 1
    lesson.save()
    LessonEvent.objects.create(
        lesson=lesson,
        move="handle",
        actor=actor.user,
        by_administration=actor.administration,
        from_status=lesson.status,
        to_status=lesson.status,
        comment=_("Released to: %(agency)s") % {"agency": body.name},
        at=at,
    )


def _name_owner(action: Action, by: User, at: datetime, given: Given) -> None:
    action.owner = given["owner"]


def _reassign(action: Action, by: User, at: datetime, given: Given) -> None:
    action.body, action.owner = given["body"], None
    action.due_on, action.start_on, action.accepted_at = given["due_on"], None, None


EFFECTS: dict[str, Callable[[Action, User, datetime, Given], None]] = {
    "accept": _accept,
    "start": _start,
    "resume": _start,
    "finish": _finish,
    "verify": _verify,
    "delay": _delay,
    "name_owner": _name_owner,
    "reassign": _reassign,
}


def add_evidence(
    action: Action, *, by: User, at: datetime | None = None, kind: str, shows: str, link: str = ""
) -> Evidence:
    """Show a piece of evidence while the action is under way or waits for verification.

    ``RefusedError`` for anybody but its owner and the people who record for its body.
    """
    with transaction.atomic():
        locked = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
        if not may_add_evidence(locked, by):
            raise RefusedError(_("Evidence is added by its action body until it is verified."))
        said = {"by": by, "kind": kind, "shows": shows, "link": link}
        twice = locked.evidence.in_force().filter(**said).first()
        if twice is not None:
            return twice  # the second of two clicks
        # Whoever has a form open is told that there is more to look at.
        locked.version += 1
        locked.save()
        return Evidence.objects.create(action=locked, at=at or timezone.now(), **said)


def may_add_evidence(action: Action, user: User) -> bool:
    actor = Actor(user)
    shown_now = action.status in {*UNDER_WAY, ActionStatus.FINISHED}
    by_right = user.is_active and (is_owner(action, actor) or is_body(action, actor))
    return shown_now and by_right and bool(lessons_for(action, user))
