"""What each move of a lesson changes beside its status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from agencies.calendar import add_working_days, working_days_between
from lessons.models import Action, Lesson
from lessons.telling import tell_of_action
from lessons.vocabulary import Priority, Status
from lessons.workflow import deeds
from lessons.workflow.basis import Actor, Given
from lessons.workflow.checks import bodies_of, newly_shared
from lessons.workflow.moves import ON_THE_WAY
from lessons.workflow.people import people_with
from records.vocabulary import TLP


def _submit(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
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


def _withdraw(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    _stop_clock(lesson, at)
    lesson.reviewer = None


def _take(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.reviewer = actor.user
    lesson.taken_at = at


def _hand_over(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.reviewer = given["reviewer"]


def _adopt(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    if lesson.adopted_by is not None:
        lesson.former_editors.add(lesson.adopted_by)
    lesson.adopted_by = given["editor"]
    if lesson.reviewer_id == given["editor"].pk:
        lesson.reviewer = None


def _return(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    _stop_clock(lesson, at)
    # Who asked reads the answer, also when somebody else had it before.
    lesson.reviewer = actor.user


def _reject(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.rejected_by = actor.user
    lesson.review_due_on = None


def _appeal(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.appealed_at = at
    lesson.reviewer = None
    lesson.review_days_left = None
    _start_clock(lesson, at)


def _publish(lesson: Lesson, at: datetime, given: Given) -> None:
    lesson.category = given["category"]
    lesson.themes.set(given["themes"])
    lesson.published_at = lesson.published_at or at
    lesson.review_due_on = None


def _note(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    _publish(lesson, at, given)


def _endorse(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    _publish(lesson, at, given)
    lesson.identified_at = at
    for text in ("discussion", "conclusion", "recommendation"):
        setattr(lesson, text, given[text])
    _give_actions(lesson, actor, at, given)


def _give_actions(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    """Add new actions, let existing ones serve this lesson too, reopen closed ones."""
    newly = newly_shared(lesson, given)
    if lesson.tlp in {TLP.AMBER, TLP.AMBER_STRICT}:
        # Also bodies that read it as sub-agencies now: a narrower marking must not shut them out.
        lesson.released_to.add(*(bodies_of(given) - {lesson.agency}))
    for action in given.get("actions") or []:
        deeds.assign(lesson, actor=actor, at=at, **action)
    for action in locked_actions(given.get("existing")):
        deeds.share(action, lesson, actor=actor, at=at, newly=action in newly)
    for action in locked_actions(given.get("reopened")):
        event = deeds.reopen(
            action,
            actor=actor,
            at=at,
            comment=str(given.get("comment", "")).strip(),
            due_on=given.get("reopened_due_on"),
        )
        tell_of_action(event, people_with, owner_before=action.owner)


def locked_actions(actions: list[Action] | None) -> list[Action]:
    rows = Action.objects.filter(pk__in=[action.pk for action in actions or []])
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _validate(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.learned_at = at
    lesson.validation_due_on = None
    lesson.validations.create(
        confirmed=True,
        method=given["method"],
        validated_on=given["validated_on"],
        result=given["result"],
        indicator=given["indicator"],
        exercise=given.get("exercise"),
        by=actor.user,
        at=at,
    )


def _refuse(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.validation_due_on = None
    lesson.validations.create(
        confirmed=False,
        validated_on=lesson.agency.local_date(at),
        result=given["comment"],
        by=actor.user,
        at=at,
    )
    _give_actions(lesson, actor, at, given)


def _relapse(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.learned_at = None
    _give_actions(lesson, actor, at, given)


def _assign(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    _give_actions(lesson, actor, at, given)


def _close(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.validation_due_on = None
    _cancel_its_own(lesson, actor, at, str(given["comment"]).strip())


def _cancel_its_own(lesson: Lesson, actor: Actor, at: datetime, comment: str) -> None:
    """Cancel the open actions that serve no other lesson on its way."""
    others = Lesson.objects.filter(status__in=ON_THE_WAY).exclude(pk=lesson.pk)
    served = Action.lessons.through._base_manager.filter(lesson__in=others.values("pk"))
    its_own = lesson.actions.open().exclude(pk__in=served.values("action_id"))
    for action in locked_actions(list(its_own)):
        event = deeds.cancel(action, actor=actor, at=at, comment=comment)
        tell_of_action(event, people_with, owner_before=action.owner)


def _supersede(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.superseded_by = given["replacement"]
    lesson.validation_due_on = None
    comment = str(given.get("comment", "")).strip()
    _cancel_its_own(lesson, actor, at, comment or str(given["replacement"].ref))


def _archive(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    lesson.review_due_on = None


def _restore(lesson: Lesson, actor: Actor, at: datetime, given: Given) -> None:
    archived = lesson.events.filter(move="archive").last()
    # One that came archived from elsewhere is valid if it was published.
    came_so = Status.NOTED if lesson.is_published else Status.REJECTED
    lesson.status = archived.from_status if archived else came_so


EFFECTS: dict[str, Callable[[Lesson, Actor, datetime, Given], None]] = {
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
    "assign": _assign,
    "validate": _validate,
    "refuse": _refuse,
    "relapse": _relapse,
    "close": _close,
    "supersede": _supersede,
    "archive": _archive,
    "restore": _restore,
}
