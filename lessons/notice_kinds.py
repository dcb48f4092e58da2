"""What people are told of lessons and their actions, in sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import User
from agencies.roles import Permission
from lessons import still_due
from lessons.models import Action, Comment, Lesson, Reuse
from lessons.vocabulary import Status
from notices.clocks import Stage
from notices.kinds import Facts, Kind, Sentence, Words
from notices.vocabulary import When
from records.vocabulary import TLP


def day_in_words(facts: Facts, name: str = "due") -> str:
    return date_format(date.fromisoformat(facts[name]), "j M Y")


# --- Lessons -----------------------------------------------------------------------------------


def short_lessons(rows: QuerySet, reader: User) -> QuerySet:
    return rows.defer(*Lesson.LONG_TEXTS)


def dated_lessons(rows: QuerySet, reader: User) -> QuerySet:
    """Also with the days that say whether a reminder still stands."""
    return still_due.with_days(short_lessons(rows, reader))


def about_lesson(words: Callable[[Lesson, Facts, User], str]) -> Callable[..., Sentence]:
    """``words`` as the sentence of a notice about a lesson."""

    def sentence(lesson: Lesson, facts: Facts, reader: User) -> Sentence:
        text = words(lesson, facts, reader)
        return Sentence(text, lesson.get_absolute_url(), lesson.tlp, lesson.title)

    return sentence


BECAME: dict[str, Words] = {
    "submit": gettext_lazy("%(it)s was submitted for review."),
    "withdraw": gettext_lazy("%(it)s was taken back; it is a draft again."),
    "take": gettext_lazy("%(it)s is in review now."),
    "hand_over": gettext_lazy("%(it)s went to another reviewer."),
    "adopt": gettext_lazy("%(it)s was adopted: a colleague edits it from now on."),
    "return": gettext_lazy("%(it)s was returned with a question."),
    "reject": gettext_lazy("%(it)s was rejected; the reason stands with it."),
    "appeal": gettext_lazy("%(it)s was appealed: somebody else looks again."),
    "note": gettext_lazy("%(it)s was noted: it is valid and asks for no action."),
    "endorse": gettext_lazy("%(it)s was endorsed: it is a lesson identified now."),
    "start": gettext_lazy("Work on %(its)s has begun: its first action was started."),
    "finish": gettext_lazy("All actions of %(its)s are done: the change is being validated."),
    "assign": gettext_lazy("%(it)s got another action."),
    "reconsider": gettext_lazy("%(it)s needs another action: all of them were cancelled."),
    "validate": gettext_lazy("%(it)s is a lesson learned: the change was made and works."),
    "refuse": gettext_lazy("The change from %(its)s did not hold: work on it goes on."),
    "relapse": gettext_lazy("%(it)s came up again: work on it goes on."),
    "close": gettext_lazy("%(it)s was closed without a change."),
    "supersede": gettext_lazy("%(it)s was superseded: a newer lesson stands in its place."),
    "archive": gettext_lazy("%(it)s was archived."),
    "restore": gettext_lazy("%(it)s was restored from the archive."),
}
"""What a move says to those whose observation it was; ``it`` begins a sentence, ``its`` does not."""


def became(lesson: Lesson, facts: Facts, reader: User) -> str:
    ref = {"ref": lesson.ref}
    if reader.pk == lesson.originator_id:
        called = {
            "it": _("Your observation %(ref)s") % ref,
            "its": _("your observation %(ref)s") % ref,
        }
    elif lesson.originator_id is None:
        called = {
            "it": _("Lesson %(ref)s, which you drafted,") % ref,
            "its": _("lesson %(ref)s, which you drafted,") % ref,
        }
    else:
        called = {
            "it": _("Observation %(ref)s, which you adopted,") % ref,
            "its": _("observation %(ref)s, which you adopted,") % ref,
        }
    if facts["move"] in BECAME:
        return str(BECAME[facts["move"]]) % called
    return _("%(it)s is “%(status)s” now.") % (called | {"status": Status(facts["to"]).label})


ANSWERS: dict[str, Words] = {
    "return": gettext_lazy("%(ref)s came back with a question. Answer it and submit it again."),
    "reject": gettext_lazy("%(ref)s was rejected. Read the reason; you may appeal once."),
    "final": gettext_lazy("%(ref)s was rejected after your appeal. That is final."),
}


def answer(lesson: Lesson, facts: Facts, reader: User) -> str:
    return str(ANSWERS[facts["move"]]) % {"ref": lesson.ref}


REVIEWS: dict[str, Words] = {
    "submit": gettext_lazy("%(ref)s was submitted and waits for a reviewer."),
    "answered": gettext_lazy("%(ref)s was submitted again: its question is answered."),
    "appeal": gettext_lazy("%(ref)s was appealed and waits for another reviewer."),
}


def for_review(lesson: Lesson, facts: Facts, reader: User) -> str:
    return str(REVIEWS[facts["move"]]) % {"ref": lesson.ref}


def imported(lesson: Any, facts: Facts, reader: User) -> Sentence:
    """Of all lessons of an import, of which ``lesson`` is the first: how many wait."""
    number = lesson.waiting_with_it or facts["number"]
    text = ngettext(
        "%(number)d lesson imported for %(agency)s waits for a reviewer.",
        "%(number)d lessons imported for %(agency)s wait for a reviewer.",
        number,
    ) % {"number": number, "agency": lesson.agency.short}
    return Sentence(text, reverse("lessons:review"))


def with_imported(rows: QuerySet, reader: User) -> QuerySet:
    return still_due.with_waiting_import(short_lessons(rows, reader))


def handed(lesson: Lesson, facts: Facts, reader: User) -> str:
    return _("%(ref)s was handed over to you for review.") % {"ref": lesson.ref}


def review_due(lesson: Lesson, facts: Facts, reader: User) -> str:
    given = {"ref": lesson.ref, "day": day_in_words(facts)}
    if facts["stage"] == Stage.BEFORE:
        return _("The review of %(ref)s is due on %(day)s.") % given
    return _("The review of %(ref)s has been overdue since %(day)s.") % given


def validation_due(lesson: Lesson, facts: Facts, reader: User) -> str:
    given = {"ref": lesson.ref, "day": day_in_words(facts)}
    if facts["stage"] == Stage.BEFORE:
        return _("Say by %(day)s whether the change from %(ref)s works.") % given
    return _("The validation of %(ref)s has been due since %(day)s.") % given


def to_validate(lesson: Lesson, facts: Facts, reader: User) -> str:
    return _("All actions of %(ref)s are done. Say whether the change works.") % {"ref": lesson.ref}


def question_waits(lesson: Lesson, facts: Facts, reader: User) -> str:
    given = {"ref": lesson.ref, "day": day_in_words(facts, "since")}
    return _("%(ref)s has waited for your answer since %(day)s.") % given


LATE: dict[str, Words] = {
    "review": gettext_lazy("The review of %(ref)s has been overdue since %(day)s."),
    "validation": gettext_lazy("The validation of %(ref)s has been overdue since %(day)s."),
    "returned": gettext_lazy("%(ref)s has waited for its author's answer since %(day)s."),
}


def late(lesson: Lesson, facts: Facts, reader: User) -> str:
    day = day_in_words(facts, "since" if "since" in facts else "due")
    return str(LATE[facts["clock"]]) % {"ref": lesson.ref, "day": day}


REVISIONS: dict[str, Words] = {
    "revise": gettext_lazy("A revision of %(ref)s waits for somebody to approve it."),
    "answered": gettext_lazy("The revision of %(ref)s waits again: its question is answered."),
    "approve_revision": gettext_lazy("The revision of %(ref)s was approved: readers have it now."),
    "return_revision": gettext_lazy("The revision of %(ref)s came back with a question."),
    "drop_revision": gettext_lazy("The revision of %(ref)s was dropped: the present text stays."),
}


def revision(lesson: Lesson, facts: Facts, reader: User) -> str:
    return str(REVISIONS[facts["step"]]) % {"ref": lesson.ref}


def with_revision(rows: QuerySet, reader: User) -> QuerySet:
    return still_due.with_waiting_revision(short_lessons(rows, reader))


# --- Actions -----------------------------------------------------------------------------------


def with_lessons(rows: QuerySet, reader: User) -> QuerySet:
    """Actions with those of their lessons that the reader may name, and all their markings."""
    named = Lesson.objects.visible_to(reader).only("ref", "tlp").order_by("pk")
    return rows.select_related("body").prefetch_related(
        Prefetch("lessons", named, to_attr="named"),
        Prefetch("lessons", Lesson.objects.only("tlp"), to_attr="served"),
    )


STRICTEST_FIRST = [TLP.RED, TLP.AMBER_STRICT, TLP.AMBER, TLP.GREEN, TLP.CLEAR]


def about_action(words: Callable[[Action, str, Facts], str]) -> Callable[..., Sentence]:
    """``words``, given the reference of its lesson, as the sentence of a notice about an action.

    An action is as confidential as the strictest of its lessons, whether or not the reader may
    see that one: its title may come from there.
    """

    def sentence(action: Any, facts: Facts, reader: User) -> Sentence:
        lesson = action.named[0]
        markings = {one.tlp for one in action.served}
        tlp = next(tlp for tlp in STRICTEST_FIRST if tlp in markings)
        text = words(action, lesson.ref, facts)
        return Sentence(text, action.get_absolute_url(), tlp, action.title)

    return sentence


def assigned(action: Action, ref: str, facts: Facts) -> str:
    given = {"ref": ref, "day": date_format(action.due_on, "j M Y"), "agency": action.body.short}
    if facts["to"] == "owner":
        return _("An action from %(ref)s is yours, due on %(day)s.") % given
    return _("An action from %(ref)s was given to %(agency)s, due on %(day)s.") % given


ACTION_NEWS: dict[str, Words] = {
    "decline": gettext_lazy("%(agency)s declined an action from %(ref)s: give it to another."),
    "finish": gettext_lazy(
        "An action from %(ref)s is finished: look at its evidence and verify it."
    ),
    "verify": gettext_lazy("Your action from %(ref)s was verified."),
    "reopen": gettext_lazy("Your action from %(ref)s was reopened: read what is missing."),
    "cancel": gettext_lazy("Your action from %(ref)s was cancelled."),
    "reassign": gettext_lazy("Your action from %(ref)s was given to %(agency)s."),
    "name_owner": gettext_lazy("Your action from %(ref)s has another owner now."),
}


def action_moved(action: Action, ref: str, facts: Facts) -> str:
    return str(ACTION_NEWS[facts["move"]]) % {"ref": ref, "agency": facts["body"]}


def action_due(action: Action, ref: str, facts: Facts) -> str:
    given = {"ref": ref, "day": day_in_words(facts)}
    if facts["stage"] == Stage.BEFORE:
        return _("An action from %(ref)s is due on %(day)s.") % given
    if facts["stage"] == Stage.TODAY:
        return _("An action from %(ref)s is due today, %(day)s.") % given
    return _("An action from %(ref)s has been overdue since %(day)s.") % given


def action_late(action: Action, ref: str, facts: Facts) -> str:
    given = {"ref": ref, "day": day_in_words(facts), "agency": action.body.short}
    return _("%(agency)s: an action from %(ref)s has been overdue since %(day)s.") % given


# --- What is said about lessons, and who used them -----------------------------------------------


def with_lesson(rows: QuerySet, reader: User) -> QuerySet:
    return rows.select_related("lesson").defer(*(f"lesson__{name}" for name in Lesson.LONG_TEXTS))


def mentioned(comment: Comment, facts: Facts, reader: User) -> Sentence:
    lesson = comment.lesson
    text = _("You were mentioned in a comment on %(ref)s.") % {"ref": lesson.ref}
    return Sentence(text, f"{lesson.get_absolute_url()}#discussion", lesson.tlp, lesson.title)


def reused(reuse: Reuse, facts: Facts, reader: User) -> Sentence:
    lesson = reuse.lesson
    text = _("%(agency)s used your lesson %(ref)s: %(outcome)s.") % {
        "agency": reuse.agency.short,
        "ref": lesson.ref,
        "outcome": str(reuse.get_outcome_display()).lower(),
    }
    return Sentence(text, lesson.get_absolute_url(), lesson.tlp, lesson.title)


# --- The kinds ---------------------------------------------------------------------------------

LESSON, ACTION = "lessons.Lesson", "lessons.Action"
COMMENT, REUSE = "lessons.Comment", "lessons.Reuse"


def of_lesson(
    name: str,
    label: Words,
    words: Callable[[Lesson, Facts, User], str],
    *,
    prepare: Callable[[QuerySet, User], QuerySet] = short_lessons,
    **more: Any,
) -> Kind:
    """A kind of notices about lessons."""
    return Kind(name, label, LESSON, about_lesson(words), prepare=prepare, **more)


def of_action(
    name: str, label: Words, words: Callable[[Action, str, Facts], str], **more: Any
) -> Kind:
    """A kind of notices about actions."""
    return Kind(name, label, ACTION, about_action(words), prepare=with_lessons, **more)


BECAME_OF = of_lesson(
    "became",
    gettext_lazy("What becomes of my observations"),
    became,
    default=When.AT_ONCE,
)
ANSWER = of_lesson(
    "answer",
    gettext_lazy("Questions to me, and rejections"),
    answer,
    default=When.AT_ONCE,
    stands=still_due.answer,
)
QUESTION_WAITS = of_lesson(
    "question_waits",
    gettext_lazy("Questions that I have not answered"),
    question_waits,
    prepare=dated_lessons,
    stands=still_due.question,
)
TO_REVIEW = of_lesson(
    "to_review",
    gettext_lazy("New for review"),
    for_review,
    permission=Permission.REVIEW,
    stands=still_due.waits_for_a_reviewer,
)
IMPORTED = Kind(
    "imported",
    gettext_lazy("Lessons imported for review"),
    LESSON,
    imported,
    permission=Permission.REVIEW,
    prepare=with_imported,
    stands=still_due.imported,
)
HANDED = of_lesson(
    "handed",
    gettext_lazy("Reviews handed over to me"),
    handed,
    default=When.AT_ONCE,
    permission=Permission.REVIEW,
    stands=still_due.in_hand,
)
REVIEW_DUE = of_lesson(
    "review_due",
    gettext_lazy("Reviews that are due"),
    review_due,
    permission=Permission.REVIEW,
    stands=still_due.own_review,
)
VALIDATION_DUE = of_lesson(
    "validation_due",
    gettext_lazy("Validations that are due"),
    validation_due,
    permission=Permission.ENDORSE,
    prepare=dated_lessons,
    stands=still_due.validation,
)
TO_VALIDATE = of_lesson(
    "to_validate",
    gettext_lazy("Changes that wait for a validation"),
    to_validate,
    permission=Permission.ENDORSE,
    stands=still_due.waits_for_validation,
)
REVISION_WAITS = of_lesson(
    "revision_waits",
    gettext_lazy("Revisions that wait for me to approve them"),
    revision,
    permission=Permission.ENDORSE,
    prepare=with_revision,
    stands=still_due.revision,
)
REVISION_DECIDED = of_lesson(
    "revision_decided",
    gettext_lazy("What becomes of revisions that I wrote, or of my lessons"),
    revision,
    default=When.AT_ONCE,
)
MENTIONED = Kind(
    "mentioned",
    gettext_lazy("Comments that mention me"),
    COMMENT,
    mentioned,
    default=When.AT_ONCE,
    prepare=with_lesson,
)
REUSED = Kind(
    "reused",
    gettext_lazy("Who used what I reported"),
    REUSE,
    reused,
    prepare=lambda rows, reader: with_lesson(rows.select_related("agency"), reader),
)
ACTION_MOVED = of_action(
    "action_moved",
    gettext_lazy("What happens to actions of mine, or waits for me there"),
    action_moved,
    default=When.AT_ONCE,
    stands=still_due.action_news,
)
ASSIGNED = of_action(
    "assigned",
    gettext_lazy("New actions for me or my agency"),
    assigned,
    default=When.AT_ONCE,
    permission=Permission.READ,
)
ACTION_DUE = of_action(
    "action_due",
    gettext_lazy("Actions that are due"),
    action_due,
    permission=Permission.READ,
    stands=still_due.action,
)
LESSON_LATE = of_lesson(
    "lesson_late",
    gettext_lazy("Late reviews, validations and answers of my agency"),
    late,
    permission=Permission.COORDINATE,
    prepare=dated_lessons,
    stands=still_due.late,
)
ACTION_LATE = of_action(
    "action_late",
    gettext_lazy("Late actions of my agency"),
    action_late,
    permission=Permission.COORDINATE,
    stands=still_due.action,
)
KINDS = (
    BECAME_OF,
    ANSWER,
    QUESTION_WAITS,
    REVISION_DECIDED,
    MENTIONED,
    REUSED,
    ASSIGNED,
    ACTION_MOVED,
    ACTION_DUE,
    TO_REVIEW,
    IMPORTED,
    HANDED,
    REVIEW_DUE,
    TO_VALIDATE,
    VALIDATION_DUE,
    REVISION_WAITS,
    LESSON_LATE,
    ACTION_LATE,
)
