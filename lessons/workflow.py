"""The life cycle of a lesson: one table of moves and the one verb that makes them.

``MOVES`` drives the guards, the buttons and their explanations, the administration and the test
matrix. ``perform`` makes a move whole: row locked, rules checked, fields changed, event written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.calendar import add_working_days, working_days_between
from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from agencies.standing import ancestors
from lessons.models import Action, Lesson, LessonEvent, LessonQuerySet
from lessons.readers import all_readers_read
from lessons.telling import tell_of
from lessons.vocabulary import PUBLISHED, PUT_AWAY, ActionStatus, Category, Priority, Status
from records.vocabulary import TLP

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
    """Somebody about to move a lesson; in the administration they are staff everywhere."""

    user: User
    administration: bool = False

    def holds(self, permission: Permission, lesson: Lesson) -> bool:
        staff = permission in {Permission.REVIEW, Permission.ENDORSE}
        if self.administration and self.user.is_superuser and staff:
            return True
        return self.user.may(permission, lesson.agency_id)

    def sees(self) -> LessonQuerySet:
        """The lessons that the actor may name."""
        if self.administration:
            return Lesson.objects.visible_to_administration(self.user)
        return Lesson.objects.visible_to(self.user)


# --- Who ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Who:
    """A kind of person that a move waits for: a rule, and its name in a sentence."""

    allows: Callable[[Lesson, Actor], bool]
    name: Words


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


def is_coordinator(lesson: Lesson, actor: Actor) -> bool:
    return actor.holds(Permission.COORDINATE, lesson)


AUTHOR = Who(is_author, gettext_lazy("its author"))
ORIGINATOR = Who(is_originator, gettext_lazy("its originator"))
REVIEWER = Who(is_reviewer, gettext_lazy("a reviewer other than its author"))
ASSIGNED_REVIEWER = Who(is_assigned_reviewer, gettext_lazy("the assigned reviewer"))
ENDORSER = Who(is_endorser, gettext_lazy("an endorser other than its author"))
COORDINATOR = Who(is_coordinator, gettext_lazy("a coordinator"))


# --- The table ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One row of the life cycle.

    ``sources`` maps each status the move starts from to who may make it from there. ``target``
    is ``None`` where the status stays. ``needs`` and ``may_have`` name what is supplied.
    """

    name: str
    label: Words
    done: Words
    explanation: Words
    sources: Mapping[Status, tuple[Who, ...]]
    target: Status | None
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ("comment",)
    forward: bool = False

    def who(self, status: str) -> tuple[Who, ...]:
        return self.sources.get(Status(status), ())


ON_THE_WAY = (Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING)
"""A change is being made; it is not yet known whether it works."""
ARCHIVABLE = (Status.REJECTED, Status.NOTED, Status.LEARNED, Status.SUPERSEDED)
_STAFF_DECIDES = {
    Status.SUBMITTED: (REVIEWER,),
    Status.IN_REVIEW: (ASSIGNED_REVIEWER,),
}

MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        Move(
            "submit",
            gettext_lazy("Submit for review"),
            gettext_lazy("Submitted"),
            gettext_lazy(
                "A reviewer of the agency reads it next. Until then you can take it back."
            ),
            {Status.DRAFT: (AUTHOR,), Status.RETURNED: (AUTHOR,)},
            Status.SUBMITTED,
            needs=("clean",),
            forward=True,
        ),
        Move(
            "withdraw",
            gettext_lazy("Take back"),
            gettext_lazy("Taken back"),
            gettext_lazy("It becomes your private draft again."),
            {Status.SUBMITTED: (AUTHOR,)},
            Status.DRAFT,
        ),
        Move(
            "take",
            gettext_lazy("Take for review"),
            gettext_lazy("Taken for review"),
            gettext_lazy("You become the assigned reviewer."),
            {Status.SUBMITTED: (REVIEWER,)},
            Status.IN_REVIEW,
            forward=True,
        ),
        Move(
            "hand_over",
            gettext_lazy("Hand over"),
            gettext_lazy("Handed over"),
            gettext_lazy("Another reviewer goes on with it."),
            {Status.IN_REVIEW: (ASSIGNED_REVIEWER, ENDORSER, COORDINATOR)},
            None,
            needs=("reviewer",),
        ),
        Move(
            "adopt",
            gettext_lazy("Have it adopted"),
            gettext_lazy("Adopted"),
            gettext_lazy("The author has left. Name who edits it from now on."),
            {Status.DRAFT: (COORDINATOR,), Status.RETURNED: (COORDINATOR,)},
            None,
            needs=("editor",),
        ),
        Move(
            "return",
            gettext_lazy("Return with a question"),
            gettext_lazy("Returned with a question"),
            gettext_lazy("The author answers and submits again; the review clock stops meanwhile."),
            _STAFF_DECIDES,
            Status.RETURNED,
            needs=("comment",),
        ),
        Move(
            "reject",
            gettext_lazy("Reject"),
            gettext_lazy("Rejected"),
            gettext_lazy("The author reads your reason and may appeal once."),
            _STAFF_DECIDES,
            Status.REJECTED,
            needs=("comment",),
        ),
        Move(
            "appeal",
            gettext_lazy("Appeal"),
            gettext_lazy("Appealed"),
            gettext_lazy("Somebody other than who rejected it looks again. You can appeal once."),
            {Status.REJECTED: (ORIGINATOR,)},
            Status.SUBMITTED,
            needs=("comment",),
        ),
        Move(
            "note",
            gettext_lazy("Note"),
            gettext_lazy("Noted"),
            gettext_lazy(
                "Valid, and nothing to do. It is published; to sustain, it is a good practice."
            ),
            {Status.IN_REVIEW: (ASSIGNED_REVIEWER,)},
            Status.NOTED,
            needs=("category", "themes", "comment"),
        ),
        Move(
            "endorse",
            gettext_lazy("Endorse"),
            gettext_lazy("Endorsed"),
            gettext_lazy("It becomes a lesson identified, with actions that are owned and due."),
            {Status.IN_REVIEW: (ENDORSER,)},
            Status.IDENTIFIED,
            needs=("category", "themes", "discussion", "conclusion", "recommendation", "actions"),
            may_have=("comment", "release"),
            forward=True,
        ),
        Move(
            "close",
            gettext_lazy("Close without a change"),
            gettext_lazy("Closed without a change"),
            gettext_lazy(
                "It stays valid as a lesson noted. Open actions that serve no other lesson are "
                "cancelled."
            ),
            dict.fromkeys(ON_THE_WAY, (ENDORSER,)),
            Status.NOTED,
            needs=("comment",),
        ),
        Move(
            "supersede",
            gettext_lazy("Put a newer lesson in its place"),
            gettext_lazy("Superseded"),
            gettext_lazy("Its readers are led to the newer one, and it leaves the lists."),
            dict.fromkeys(PUBLISHED - {Status.SUPERSEDED}, (ENDORSER,)),
            Status.SUPERSEDED,
            needs=("replacement",),
        ),
        Move(
            "archive",
            gettext_lazy("Archive"),
            gettext_lazy("Archived"),
            gettext_lazy("It leaves the lists; its readers keep it. It can be restored."),
            dict.fromkeys(ARCHIVABLE, (ENDORSER,)),
            Status.ARCHIVED,
            needs=("comment",),
        ),
        Move(
            "restore",
            gettext_lazy("Restore"),
            gettext_lazy("Restored"),
            gettext_lazy("It returns to where it stood before it was archived."),
            {Status.ARCHIVED: (ENDORSER,)},
            None,
            needs=("comment",),
        ),
    )
}


# --- May it be made ----------------------------------------------------------------------------


def refusal(lesson: Lesson, move: Move, actor: Actor) -> Words | None:
    """Why ``actor`` may not make ``move`` now, or ``None`` when they may."""
    if not actor.user.is_active:
        return _("This account is no longer active.")
    if lesson.tlp == TLP.RED and not _reads_red(lesson, actor.user):
        # Before all else: the other reasons tell where it stands.
        return _("Only its originator and recipients may move a TLP:RED lesson.")
    who = move.who(lesson.status)
    if not who:
        return _("“%(move)s” is not possible while it is “%(status)s”.") % {
            "move": move.label,
            "status": lesson.get_status_display(),
        }
    if move.name == "adopt" and lesson.editor.is_active:
        return _("Its author is still active.")
    if move.name == "appeal" and lesson.on_appeal:
        return _("It was appealed once; that is final.")
    if not any(kind.allows(lesson, actor) for kind in who):
        return _("Waiting for %(who)s.") % {"who": _(" or ").join(str(kind.name) for kind in who)}
    if move.name == "hand_over" and not reviewers_for(lesson).exists():
        return _("Nobody else can review it.")
    if move.name == "adopt" and not editors_for(lesson).exists():
        return _("Nobody else records for its agency.")
    return None


def _reads_red(lesson: Lesson, user: User) -> bool:
    if user.pk in (lesson.originator_id, lesson.adopted_by_id):
        return True
    # Read as a whole, so that what the caller prefetched is used.
    return any(recipient.pk == user.pk for recipient in lesson.red_recipients.all())


def is_for(lesson: Lesson, move: Move, actor: Actor) -> bool:
    """Whether ``actor`` is the kind of person who makes ``move``, wherever the lesson stands."""
    return any(kind.allows(lesson, actor) for who in move.sources.values() for kind in who)


@dataclass(frozen=True)
class Option:
    """A move from where the lesson stands, and why this person may not make it (if so)."""

    move: Move
    refusal: Words | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def options(lesson: Lesson, user: User, *, administration: bool = False) -> list[Option]:
    """Every move that starts from the lesson's status, as ``user`` finds it."""
    actor = Actor(user, administration)
    return [
        Option(move, refusal(lesson, move, actor))
        for move in MOVES.values()
        if move.who(lesson.status)
    ]


# --- The people it waits for -------------------------------------------------------------------


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


def reviewers_for(lesson: Lesson) -> QuerySet[User]:
    """Who may be the assigned reviewer instead of the present one."""
    return people_with(Permission.REVIEW, lesson).exclude(pk=lesson.reviewer_id or 0)


def editors_for(lesson: Lesson) -> QuerySet[User]:
    """Who may adopt it."""
    return people_with(Permission.RECORD, lesson)


# --- Making a move -----------------------------------------------------------------------------


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
        _check_given(locked, move, given, actor)
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
            at=at,
        )
        tell_of(event, people_with)
    lesson.refresh_from_db()
    return event


REQUIRED_WORDS: dict[str, Words] = {
    "clean": gettext_lazy("Confirm that it holds no personal data and nothing classified."),
    "comment": gettext_lazy("Say why: it stays with the lesson and is read."),
    "category": gettext_lazy("Choose the category."),
    "themes": gettext_lazy("Choose at least one theme."),
    "discussion": gettext_lazy("Say why it happened."),
    "conclusion": gettext_lazy("Say what follows from it."),
    "recommendation": gettext_lazy("Say who should change what."),
    "reviewer": gettext_lazy("Choose another reviewer."),
    "editor": gettext_lazy("Choose who edits it from now on."),
    "actions": gettext_lazy("Assign at least one action with its action body and due date."),
    "replacement": gettext_lazy("Say which lesson stands in its place."),
}


CONFIRM_RELEASE = gettext_lazy("Confirm that these agencies may read the lesson from now on.")


def _check_given(lesson: Lesson, move: Move, given: Given, actor: Actor) -> None:
    errors: dict[str, Words] = {
        name: REQUIRED_WORDS[name] for name in move.needs if not _has(given.get(name))
    }
    if "category" in move.needs and given.get("category") not in Category.values:
        errors["category"] = REQUIRED_WORDS["category"]
    if move.name in {"submit", "appeal"}:
        errors |= missing_for_review(lesson)
    for name, check in (
        ("reviewer", _wrong_reviewer),
        ("editor", _wrong_editor),
        ("actions", _wrong_actions),
    ):
        if name in move.needs and name not in errors:
            errors |= check(lesson, given)
    if "replacement" in move.needs and "replacement" not in errors:
        errors |= _wrong_replacement(lesson, given, actor)
    if errors:
        raise IncompleteError(errors)


def _has(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return bool(value)


def missing_for_review(lesson: Lesson) -> dict[str, Words]:
    """What a lesson needs before anybody reviews it."""
    errors: dict[str, Words] = {}
    if not lesson.title.strip():
        errors["title"] = _("State the point in one sentence.")
    if not lesson.observation.strip():
        errors["observation"] = _("Say what happened.")
    if not lesson.partners.exists():
        errors["partners"] = _("Name at least one partner.")
    if lesson.tlp == TLP.RED and not (
        people_with(Permission.REVIEW, lesson).exists()
        and people_with(Permission.ENDORSE, lesson).exists()
    ):
        errors["red_recipients"] = _(
            "Name a reviewer and an endorser among the recipients, other than the author."
        )
    return errors


def _wrong_reviewer(lesson: Lesson, given: Given) -> dict[str, Words]:
    if reviewers_for(lesson).filter(pk=given["reviewer"].pk).exists():
        return {}
    return {"reviewer": _("This person cannot review it.")}


def _wrong_editor(lesson: Lesson, given: Given) -> dict[str, Words]:
    if editors_for(lesson).filter(pk=given["editor"].pk).exists():
        return {}
    return {"editor": _("This person cannot edit it.")}


def _wrong_replacement(lesson: Lesson, given: Given, actor: Actor) -> dict[str, Words]:
    """A lesson that stands in the place of another is published, current and read by as many.

    What is current was superseded by nothing, so that no chain of replacements comes full circle.
    """
    newer = Lesson.objects.get(pk=given["replacement"].pk)
    if newer == lesson:
        return {"replacement": _("A lesson cannot stand in its own place.")}
    if not actor.sees().filter(pk=newer.pk).exists():
        return {"replacement": _("There is no such lesson, or it is not for you to see.")}
    if not newer.is_published or newer.status in PUT_AWAY:
        words = {"status": newer.get_status_display()}
        return {"replacement": _("Only a published lesson can. This one is “%(status)s”.") % words}
    if not all_readers_read(lesson, newer):
        return {"replacement": _("Some who read this lesson could not read that one.")}
    return {}


def _wrong_actions(lesson: Lesson, given: Given) -> dict[str, Words]:
    """What is wrong with the actions: dicts with title, body, due_on; maybe owner, element."""
    actions = given["actions"]
    if not all(
        _has(action.get("title")) and action.get("body") and action.get("due_on")
        for action in actions
    ):
        return {
            "actions": _("Every action needs what is to be done, its action body and a due date.")
        }
    bodies = {action["body"] for action in actions}
    if any(not body.active for body in bodies):
        return {"actions": _("An agency that is no longer active cannot take an action.")}
    if any(not may_own(action["owner"], action["body"]) for action in _owned(actions)):
        return {"actions": _("The owner of an action must be a member of its action body.")}
    if lesson.tlp == TLP.RED:
        if any(not _reads_red(lesson, action["owner"]) for action in _owned(actions)):
            return {"actions": _("The owner of an action of a RED lesson must be a recipient.")}
        return {}
    if newly_released(lesson, bodies) and not given.get("release"):
        return {"release": CONFIRM_RELEASE}
    return {}


def _owned(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [action for action in actions if action.get("owner")]


def may_own(owner: User, body: Agency) -> bool:
    """Whether ``owner`` may be given an action of ``body``: an active member of it."""
    return Membership.objects.in_force().filter(user=owner, agency=body).exists()


def newly_released(lesson: Lesson, bodies: set[Agency]) -> set[Agency]:
    """The action bodies whose members an endorsement would newly let read the lesson."""
    if lesson.tlp not in {TLP.AMBER, TLP.AMBER_STRICT}:
        return set()
    reading = {lesson.agency_id, *lesson.released_to.values_list("pk", flat=True)}
    if lesson.tlp == TLP.AMBER_STRICT:
        return {body for body in bodies if body.pk not in reading}
    tree = Agency.objects.tree()
    return {body for body in bodies if reading.isdisjoint(ancestors(body.pk, tree))}


# --- What each move changes --------------------------------------------------------------------


def _submit(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    today = lesson.agency.local_date(at)
    if lesson.submitted_at is None:
        lesson.submitted_at = at
        lesson.submitted_on = today
    if lesson.taken_at is None:
        # Once a reviewer had it in hand, the words may be theirs: the author's are kept.
        lesson.original_observation = lesson.observation
    _start_clock(lesson, at)


def _review_days(lesson: Lesson) -> int:
    urgent = lesson.priority == Priority.URGENT
    return lesson.agency.urgent_review_days if urgent else lesson.agency.review_days


def _due_in(lesson: Lesson, days: int, at: datetime) -> date:
    today = lesson.agency.local_date(at)
    return add_working_days(today, days, lesson.agency.holiday_dates)


def _start_clock(lesson: Lesson, at: datetime) -> None:
    """Start the review clock, or let it go on with the days that were left when it stopped."""
    days = _review_days(lesson)
    if lesson.review_days_left is not None:
        # A review that was late is due at once, not in the past; one made urgent is hastened.
        days = max(min(lesson.review_days_left, days), 0)
    lesson.review_due_on = _due_in(lesson, days, at)
    lesson.review_days_left = None


def _stop_clock(lesson: Lesson, at: datetime) -> None:
    """Keep the days left while the lesson is with its author."""
    today = lesson.agency.local_date(at)
    due = lesson.review_due_on or today
    lesson.review_days_left = working_days_between(today, due, lesson.agency.holiday_dates)
    lesson.review_due_on = None


def hasten(lesson: Lesson, at: datetime) -> None:
    """Let the priority, changed while it waits, shorten the running review clock."""
    if lesson.review_due_on is not None:
        lesson.review_due_on = min(lesson.review_due_on, _due_in(lesson, _review_days(lesson), at))


def _withdraw(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    _stop_clock(lesson, at)
    lesson.reviewer = None


def _take(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    lesson.reviewer = by
    lesson.taken_at = at


def _hand_over(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    lesson.reviewer = given["reviewer"]


def _adopt(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    if lesson.adopted_by is not None:
        lesson.former_editors.add(lesson.adopted_by)
    lesson.adopted_by = given["editor"]
    if lesson.reviewer_id == given["editor"].pk:
        lesson.reviewer = None


def _return(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    _stop_clock(lesson, at)
    # Who asked reads the answer, also when somebody else had it before.
    lesson.reviewer = by


def _reject(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    lesson.rejected_by = by
    lesson.review_due_on = None


def _appeal(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    lesson.appealed_at = at
    lesson.reviewer = None
    lesson.review_days_left = None
    _start_clock(lesson, at)


def _publish(lesson: Lesson, at: datetime, given: Given) -> None:
    lesson.category = given["category"]
    lesson.themes.set(given["themes"])
    lesson.published_at = lesson.published_at or at
    lesson.review_due_on = None


def _note(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    _publish(lesson, at, given)


def _endorse(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    _publish(lesson, at, given)
    lesson.identified_at = at
    for text in ("discussion", "conclusion", "recommendation"):
        setattr(lesson, text, given[text])
    if lesson.tlp in {TLP.AMBER, TLP.AMBER_STRICT}:
        # Also bodies that read it as sub-agencies now: a narrower marking must not shut them out.
        lesson.released_to.add(*({action["body"] for action in given["actions"]} - {lesson.agency}))
    for action in given["actions"]:
        Action.objects.create(created_at=at, **action).lessons.add(lesson)


def _close(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    others = Lesson.objects.filter(status__in=ON_THE_WAY).exclude(pk=lesson.pk)
    served = Action.lessons.through._base_manager.filter(lesson__in=others.values("pk"))
    its_own = lesson.actions.open().exclude(pk__in=served.values("action_id"))
    its_own.update(status=ActionStatus.CANCELLED)


def _supersede(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    lesson.superseded_by = given["replacement"]


def _archive(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    lesson.review_due_on = None


def _restore(lesson: Lesson, by: User, at: datetime, given: Given) -> None:
    archived = lesson.events.filter(move="archive").last()
    # One that came archived from elsewhere is valid if it was published.
    came_so = Status.NOTED if lesson.is_published else Status.REJECTED
    lesson.status = archived.from_status if archived else came_so


EFFECTS: dict[str, Callable[[Lesson, User, datetime, Given], None]] = {
    "submit": _submit,
    "withdraw": _withdraw,
    "take": _take,
    "hand_over": _hand_over,
    "adopt": _adopt,
    "return": _return,
    "reject": _reject,
    "appeal": _appeal,
    "note": _note,
    "endorse": _endorse,
    "close": _close,
    "supersede": _supersede,
    "archive": _archive,
    "restore": _restore,
}
