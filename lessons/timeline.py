"""What became of a lesson: where it stands as a line of steps, and every move with its date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import User
from lessons.models import ActionEvent, Lesson, LessonEvent
from lessons.revising import STEPS, UNSEEN
from lessons.versions import Revision
from lessons.vocabulary import ActionStatus, Kind, Status
from lessons.workflow import MOVES
from records.vocabulary import Precision

FORMATS = {Precision.DAY: "j M Y", Precision.MONTH: "M Y", Precision.YEAR: "Y"}


def in_words(value: date | datetime | None, precision: str = Precision.DAY) -> str:
    """A date as exactly as it is known: ``14 Oct 2026``, ``Oct 2026`` or ``2026``."""
    return date_format(value, FORMATS[Precision(precision)]) if value else ""


# --- The line of steps -------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One gate of the life cycle; ``state`` is done, now or todo."""

    label: str
    state: str
    small: str = ""


def steps(lesson: Lesson) -> list[Step]:
    """The gates it has passed, where it stands, and what would come next.

    A lesson that left the way (rejected, noted, superseded, archived) ends there: gates that it
    will not pass are not promised.
    """
    status = Status(lesson.status)
    observed = Step(_("Observed"), "done", _observed_on(lesson))
    if status == Status.DRAFT:
        here = Step(_("Observed"), "now", _observed_on(lesson))
        return [here, Step(_("Reviewed"), "todo"), *_ahead(Status.DRAFT)]
    if status in AT_REVIEW:
        return [observed, Step(*_review(lesson)), *_ahead(status)]
    if status == Status.REJECTED:
        return [observed, _submitted(lesson), Step(str(status.label), "now")]
    done = [observed, _reviewed(lesson)]
    if status == Status.NOTED:
        small = _("good practice") if lesson.kind == Kind.SUSTAIN else _("valid, nothing to do")
        return [*done, Step(str(status.label), "now", small)]
    if lesson.identified_at:
        done.append(Step(_("Lesson identified"), "done", in_words(lesson.identified_at)))
    if lesson.learned_at and status != Status.LEARNED:
        done.append(Step(_("Lesson learned"), "done", in_words(lesson.learned_at)))
    if status in {Status.SUPERSEDED, Status.ARCHIVED}:
        return [*done, Step(str(status.label), "now")]
    return [*_on_the_way(done, lesson, status), *_ahead(status)]


AT_REVIEW = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED})
WAY = [Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING, Status.LEARNED]


def _on_the_way(done: list[Step], lesson: Lesson, status: Status) -> list[Step]:
    if status == Status.IDENTIFIED:
        small = in_words(lesson.identified_at)
        return [*done[:-1], Step(_("Lesson identified"), "now", small)]
    passed = [Step(str(gate.label), "done") for gate in WAY[1 : WAY.index(status)]]
    small = {
        Status.IMPLEMENTING: actions_done(lesson),
        Status.VALIDATING: _("the change is being checked"),
        Status.LEARNED: in_words(lesson.learned_at),
    }[status]
    return [*done, *passed, Step(str(status.label), "now", small)]


def _ahead(status: Status) -> list[Step]:
    following = WAY[WAY.index(status) + 1 :] if status in WAY else WAY
    return [Step(str(gate.label), "todo") for gate in following]


def _observed_on(lesson: Lesson) -> str:
    if lesson.occurred_on:
        return in_words(lesson.occurred_on, lesson.occurred_precision)
    return _("recorded %(date)s") % {"date": in_words(lesson.recorded_on)}


def _submitted(lesson: Lesson) -> Step:
    return Step(_("Submitted"), "done", in_words(lesson.submitted_at))


def _review(lesson: Lesson) -> tuple[str, str, str]:
    label = str(Status(lesson.status).label)
    if lesson.status == Status.RETURNED:
        return label, "now", _("a question waits for its author")
    if lesson.review_due_on is None:
        return label, "now", ""
    words = {"date": in_words(lesson.review_due_on)}
    if lesson.review_is_overdue:
        return label, "now", _("review due since %(date)s") % words
    return label, "now", _("review due %(date)s") % words


def _reviewed(lesson: Lesson) -> Step:
    passed_at = lesson.published_at
    if passed_at is None or lesson.submitted_at is None:
        return _submitted(lesson)
    days = (passed_at - lesson.submitted_at).days
    took = ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    return Step(_("Reviewed"), "done", f"{in_words(passed_at)} · {took}")


def actions_done(lesson: Lesson) -> str:
    actions = [
        one for one in lesson.actions.all() if ActionStatus(one.status) != ActionStatus.CANCELLED
    ]
    done = sum(not action.is_open for action in actions)
    return ngettext(
        "%(done)d of %(number)d action done", "%(done)d of %(number)d actions done", len(actions)
    ) % {"done": done, "number": len(actions)}


# --- What happened -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Happened:
    """One move as a reader may know it: the words and the date for all, the rest by right."""

    text: str
    when: datetime
    small: str = ""
    body: str = ""
    tone: str = ""


TONES = {Status.RETURNED: "late", Status.REJECTED: "late", Status.LEARNED: "learned"}


def happened(lesson: Lesson, reader: User) -> list[Happened]:
    """Every move of ``lesson``, newest first, with the recording of it as the last.

    Readers do not learn of revisions that nobody approved.
    """
    inside = lesson.comments_visible_to(reader)
    events = [
        _told(event, lesson, reader, inside=inside)
        for event in lesson.events.all()
        if inside or event.move not in UNSEEN
    ]
    return [*reversed(events), Happened(_("Recorded"), lesson.created_at)]


def question_to_author(lesson: Lesson) -> LessonEvent | None:
    """The reviewer's question that a returned lesson came back with."""
    if lesson.status != Status.RETURNED:
        return None
    asked = [event for event in lesson.events.all() if event.move == "return"]
    return asked[-1] if asked else None


def proposed(lesson: Lesson, revision: Revision, reader: User) -> list[Happened]:
    """What was said about an open revision, newest first; for those who may know of it."""
    events = lesson.events.filter(move__in=UNSEEN, at__gte=revision.opened_at)
    told = events.select_related("actor").order_by("-at", "-pk")
    return [_told(event, lesson, reader, inside=True) for event in told]


def _told(event: LessonEvent, lesson: Lesson, reader: User, *, inside: bool) -> Happened:
    moved = event.from_status != event.to_status
    return Happened(
        text=done_words(event),
        when=event.at,
        small=who_did(event, lesson, reader),
        body=event.comment if inside else "",
        tone=TONES.get(Status(event.to_status), "") if moved else "",
    )


def done_words(event: LessonEvent) -> str:
    """What an event says was done: “Returned with a question”."""
    if event.move == "submit" and event.from_status == Status.RETURNED:
        return _("Question answered")
    if event.move == "handle":
        return _("Handling changed")
    made = MOVES.get(event.move) or STEPS.get(event.move)
    return str(made.done) if made else event.get_to_status_display()


def who_did(event: LessonEvent, lesson: Lesson, reader: User) -> str:
    """Who made the move, as far as ``reader`` may know."""
    if event.actor_id == reader.pk:
        return _("by you")
    return as_acted(event, lesson.name_for(reader, event.actor))


def as_acted(event: LessonEvent | ActionEvent, name: str) -> str:
    """``name`` of who acted; of the administration said so, not in the name of an agency."""
    if not event.by_administration:
        return name
    if name != event.actor.name:
        return _("by the administration")
    return _("%(name)s, by the administration") % {"name": name}
