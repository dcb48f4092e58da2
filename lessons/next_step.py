"""What one reader can do next with a lesson, and whom it waits for otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import User
from lessons import workflow
from lessons.models import Lesson
from lessons.readers import listed
from lessons.timeline import question_to_author
from lessons.vocabulary import WITH_THE_AUTHOR, Status
from lessons.workflow import Move, Option, Words

ORDER = (
    "submit",
    "take",
    "endorse",
    "validate",
    "refuse",
    "assign",
    "relapse",
    "note",
    "return",
    "reject",
    "appeal",
    "adopt",
    "hand_over",
    "withdraw",
    "restore",
    "close",
    "supersede",
    "archive",
)
"""In which order moves are offered: what takes the lesson further first."""


@dataclass(frozen=True)
class Offer:
    """A move that the reader may make: at once with a button, or on a page that asks more."""

    move: Move
    url: str
    primary: bool

    @property
    def label(self) -> Words:
        return self.move.label

    @property
    def explanation(self) -> Words:
        return self.move.explanation

    @property
    def at_once(self) -> bool:
        return not self.move.needs


@dataclass(frozen=True)
class NextStep:
    """The panel “Your next step”: sentences on what it waits for, and the moves offered."""

    sentences: list[Words]
    offers: list[Offer]
    missing: list[Words] = field(default_factory=list)

    @property
    def main(self) -> Offer | None:
        return next((offer for offer in self.offers if offer.primary), None)


def next_step(lesson: Lesson, reader: User) -> NextStep:
    """What ``reader`` finds to do at ``lesson``; explanations come from the life cycle itself."""
    options = workflow.options(lesson, reader)
    allowed = sorted(
        (option.move for option in options if option.allowed),
        key=lambda move: ORDER.index(move.name),
    )
    missing = (
        list(workflow.missing_for_review(lesson).values())
        if any(move.name == "submit" for move in allowed)
        else []
    )
    offers = [
        Offer(
            move,
            reverse("lessons:move", args=[lesson.ref, move.name]),
            primary=index == 0 and move.forward and not missing and not _answers(lesson, move),
        )
        for index, move in enumerate(allowed)
        if not (move.name == "submit" and missing)
    ]
    return NextStep(_sentences(lesson, options, reader), offers, missing)


def _answers(lesson: Lesson, move: Move) -> bool:
    """Whether the move answers a question, for which a button stands beside the question."""
    return move.name == "submit" and question_to_author(lesson) is not None


def _sentences(lesson: Lesson, options: list[Option], reader: User) -> list[Words]:
    """What it waits for when the reader cannot take it further, in the order of the table."""
    if lesson.status not in AFTER_REVIEW:
        if lesson.status == Status.REJECTED and lesson.on_appeal:
            return [_("It was appealed once; the decision is final.")]
        return [
            words for option in options if (words := _waiting(option, lesson, reader)) is not None
        ]
    return [_after_review(lesson)]


def _waiting(option: Option, lesson: Lesson, reader: User) -> Words | None:
    if option.allowed or not (option.move.forward or option.move.name == "appeal"):
        return None
    if lesson.status in WITH_THE_AUTHOR and reader.pk != lesson.editor_id:
        return _("Its author has it and submits it for review.")
    return _("%(move)s: %(reason)s") % {"move": option.move.label, "reason": option.refusal}


AFTER_REVIEW = frozenset(
    {
        Status.NOTED,
        Status.IDENTIFIED,
        Status.IMPLEMENTING,
        Status.VALIDATING,
        Status.LEARNED,
        Status.SUPERSEDED,
        Status.ARCHIVED,
    }
)


def _after_review(lesson: Lesson) -> Words:
    """Where a published lesson stands, in a sentence that promises no button."""
    open_actions = [action for action in lesson.actions.all() if action.is_open]
    bodies = listed(sorted({action.body.name for action in open_actions}), at_most=3)
    number = len(open_actions)
    if lesson.status in {Status.IDENTIFIED, Status.IMPLEMENTING} and number:
        return ngettext(
            "%(number)d action is open, with %(bodies)s. When it is done with evidence, somebody "
            "else checks that the change worked.",
            "%(number)d actions are open, with %(bodies)s. When the last one is done with "
            "evidence, somebody else checks that the change worked.",
            number,
        ) % {"number": number, "bodies": bodies}
    return {
        Status.NOTED: _("It is valid and asks for no action. Use it when you plan."),
        Status.IDENTIFIED: _("It needs an action: none is open."),
        Status.IMPLEMENTING: _("It needs an action: none is open."),
        Status.VALIDATING: _validating(lesson),
        Status.LEARNED: _("The change was made, and somebody else confirmed that it works."),
        Status.SUPERSEDED: _("A newer lesson stands in its place."),
        Status.ARCHIVED: _("It was put away; its readers keep it."),
    }[Status(lesson.status)]


def _validating(lesson: Lesson) -> Words:
    if lesson.validation_due_on is None:
        return _(
            "An endorser other than its author and those who worked on its actions checks that "
            "the change worked."
        )
    return _(
        "An endorser other than its author and those who worked on its actions checks until "
        "%(day)s that the change worked."
    ) % {"day": date_format(lesson.validation_due_on, "j M Y")}
