"""What the page of an action shows to one reader: what happened, what proves it, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from lessons import workflow
from lessons.models import Action, ActionEvent, Evidence, Lesson
from lessons.next_step import NextStep, Offer
from lessons.timeline import Happened, Step, as_acted
from lessons.vocabulary import ActionStatus
from lessons.workflow import ACTION_MOVES, Option, Words
from records.panels import file_row

ORDER = (
    "accept",
    "start",
    "resume",
    "finish",
    "verify",
    "reassign",
    "progress",
    "delay",
    "pause",
    "name_owner",
    "decline",
    "reopen",
    "cancel",
)
"""In which order moves are offered: what takes the action further first."""
TONES = {
    ActionStatus.DELAYED: "late",
    ActionStatus.DECLINED: "late",
    ActionStatus.VERIFIED: "learned",
}
MADE_WORDS: dict[str, Words] = {
    "assign": gettext_lazy("Assigned"),
    "share": gettext_lazy("Shared with another lesson"),
    "open_up": gettext_lazy("Shared with another lesson, whose readers may read this from then on"),
}
"""What is no move of the table."""
SHARED = frozenset({"share", "open_up"})


def with_lessons_for(
    actions: QuerySet[Action], reader: User, *, partners: bool = True
) -> QuerySet[Any]:
    """``seen`` of each action are its lessons that ``reader`` may see, with their ``partners``."""
    seen = (
        Lesson.objects.visible_to(reader)
        .select_related("agency", "originator", "created_by", "adopted_by")
        .prefetch_related(*(["partners"] if partners else []))
        .defer(*Lesson.LONG_TEXTS)
        .order_by("pk")
    )
    return actions.select_related("body", "owner").prefetch_related(
        Prefetch("lessons", queryset=seen, to_attr="seen")
    )


def visible_action(reader: User, pk: int) -> Any:
    """The action with what its page shows; 404 where ``reader`` may not see it."""
    actions = with_lessons_for(Action.objects.visible_to(reader), reader).select_related(
        "finished_by", "verified_by"
    )
    return get_object_or_404(
        actions.prefetch_related("lessons__red_recipients", "lessons__former_editors"), pk=pk
    )


def steps(action: Action) -> list[Step]:
    """Assigned, started, finished, verified; a dropped action ends where it was dropped."""
    status = ActionStatus(action.status)
    assigned = Step(_("Assigned"), "done", _day(action.created_at))
    if action.is_dropped:
        return [assigned, Step(str(status.label), "now")]
    order = [ActionStatus.NOT_STARTED, ActionStatus.ONGOING]
    order += [ActionStatus.FINISHED, ActionStatus.VERIFIED]
    under_way = status in workflow.UNDER_WAY
    here = order.index(ActionStatus.ONGOING if under_way else status)
    small = {
        ActionStatus.ONGOING: _("due %(day)s") % {"day": _day(action.due_on)},
        ActionStatus.FINISHED: _day(action.finished_at),
        ActionStatus.VERIFIED: _day(action.verified_at),
    }
    found = [assigned]
    for number, gate in enumerate(order[1:], start=1):
        state = "done" if number < here else "now" if number == here else "todo"
        label = status.label if under_way and number == here else gate.label
        found.append(Step(str(label), state, small[gate] if state != "todo" else ""))
    if here == 0:
        due = _("due %(day)s") % {"day": _day(action.due_on)}
        found[0] = Step(_("Assigned"), "now", due)
    if found[-1].state == "now":
        found[-1] = Step(found[-1].label, "done", found[-1].small)
    return found


def _day(moment: date | datetime | None) -> str:
    if isinstance(moment, datetime):
        moment = timezone.localdate(moment)
    return date_format(moment, "j M Y") if moment else ""


def next_step(action: Any, reader: User) -> NextStep:
    """What ``reader`` finds to do at ``action``, and whom it waits for otherwise."""
    options = workflow.action_options(action, reader)
    allowed = sorted(
        (option.move for option in options if option.allowed),
        key=lambda move: ORDER.index(move.name),
    )
    offers = [
        Offer(
            move,
            reverse("lessons:action_move", args=[action.pk, move.name]),
            primary=number == 0 and move.forward,
        )
        for number, move in enumerate(allowed)
    ]
    return NextStep(_sentences(options), offers)


def _sentences(options: list[Option]) -> list[Words]:
    if any(option.allowed and option.move.forward for option in options):
        return []
    return [
        _("%(move)s: %(reason)s") % {"move": option.move.label, "reason": option.refusal}
        for option in options
        if option.move.forward and not option.allowed
    ]


def happened(action: Any, reader: User, *, inside: bool) -> list[Happened]:
    """Every move of ``action``, newest first; reasons and notes for those inside."""
    events = list(action.events.select_related("actor"))
    if not inside:
        # That it serves a lesson which they may not see is not for others.
        events = [event for event in events if event.move not in SHARED]
    of_body = action.of_body(event.actor_id for event in events)
    return [
        _told(event, action, reader, inside=inside, for_body=event.actor_id in of_body)
        for event in reversed(events)
    ]


def _told(
    event: ActionEvent, action: Any, reader: User, *, inside: bool, for_body: bool
) -> Happened:
    moved = event.from_status != event.to_status
    parts = [event.comment if inside else ""]
    if event.due_after:
        days = {"before": _day(event.due_before), "after": _day(event.due_after)}
        parts.insert(0, _("Due %(after)s instead of %(before)s.") % days)
    return Happened(
        text=done_words(event),
        when=event.at,
        small=who_did(event, action, reader, for_body=for_body),
        body="\n\n".join(filter(None, parts)),
        tone=TONES.get(ActionStatus(event.to_status), "") if moved else "",
    )


def done_words(event: ActionEvent) -> str:
    if event.move in ACTION_MOVES:
        return str(ACTION_MOVES[event.move].done)
    return str(MADE_WORDS[event.move])


def who_did(event: ActionEvent, action: Any, reader: User, *, for_body: bool) -> str:
    if event.actor_id == reader.pk:
        return _("by you")
    return as_acted(event, action.name_for(reader, event.actor, action.seen, for_body=for_body))


@dataclass(frozen=True)
class Shown:
    """A piece of evidence (``dated``) with its files; words and files only for those inside."""

    evidence: Evidence
    files: list[dict[str, Any]]


def evidence_of(action: Action, *, inside: bool) -> list[Shown]:
    found = action.evidence.dated().prefetch_related("attachments")
    return [
        Shown(
            one,
            [file_row(file, may_remove=False) for file in one.attachments.all()] if inside else [],
        )
        for one in found
    ]
