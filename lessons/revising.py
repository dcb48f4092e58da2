"""Changing the text of a published lesson: proposed by one, approved by another.

``STEPS`` drives the guards, the buttons and their explanations. ``revise`` and ``decide`` are the
only ways to take one: row locked, rules checked, event written. Status and actions stay, and
readers keep the approved text until then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from agencies.roles import Permission
from lessons.models import Lesson, LessonEvent
from lessons.telling import tell_approvers, tell_of_decision
from lessons.versions import TEXTS, Revision
from lessons.vocabulary import REVISABLE, RevisionStage, Status
from lessons.workflow import Actor, IncompleteError, RefusedError, Words, people_with
from programs.models import LONG_TEXT
from records.vocabulary import TLP

ANALYZED = frozenset(
    {Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING, Status.LEARNED},
)
"""Statuses in which no part of the analysis may be empty."""


# --- Who ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Who:
    """A kind of person that a step waits for: a rule, and its name in a sentence."""

    allows: Callable[[Lesson, Revision | None, Actor], bool]
    name: Words


def may_propose(lesson: Lesson, revision: Revision | None, actor: Actor) -> bool:
    author = actor.user.pk in {lesson.originator_id, lesson.editor_id}
    return author or actor.holds(Permission.REVIEW, lesson)


def may_approve(lesson: Lesson, revision: Revision | None, actor: Actor) -> bool:
    """An endorser who wrote neither the lesson nor anything in the proposal."""
    wrote = lesson.author_ids | (revision.editor_ids if revision else frozenset())
    return actor.user.pk not in wrote and actor.holds(Permission.ENDORSE, lesson)


def is_editor(lesson: Lesson, revision: Revision | None, actor: Actor) -> bool:
    return revision is not None and actor.user.pk in revision.editor_ids


PROPOSER = Who(may_propose, gettext_lazy("its author or a reviewer of its agency"))
APPROVER = Who(
    may_approve, gettext_lazy("an endorser who wrote neither the lesson nor the revision")
)
EDITOR = Who(is_editor, gettext_lazy("who wrote it"))


# --- The table ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One row: ``sources`` maps the stages it starts from (``None``: no proposal is open) to who
    may take it, ``target`` is the stage it leads to. ``anywhere``: whatever became of the lesson.
    """

    name: str
    label: Words
    done: Words
    explanation: Words
    sources: Mapping[RevisionStage | None, tuple[Who, ...]]
    target: RevisionStage
    needs_comment: bool = False
    anywhere: bool = False

    def who(self, revision: Revision | None) -> tuple[Who, ...]:
        return self.sources.get(RevisionStage(revision.stage) if revision else None, ())


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "revise",
            gettext_lazy("Revise the text"),
            gettext_lazy("Revision proposed"),
            gettext_lazy("Readers keep the present text until somebody else approves yours."),
            {
                None: (PROPOSER,),
                RevisionStage.WAITING: (PROPOSER,),
                RevisionStage.RETURNED: (PROPOSER,),
            },
            RevisionStage.WAITING,
        ),
        Step(
            "approve_revision",
            gettext_lazy("Approve the revision"),
            gettext_lazy("Revision approved"),
            gettext_lazy("It becomes the text that everybody reads; status and actions stay."),
            {RevisionStage.WAITING: (APPROVER,)},
            RevisionStage.APPROVED,
        ),
        Step(
            "return_revision",
            gettext_lazy("Return with a question"),
            gettext_lazy("Revision returned with a question"),
            gettext_lazy("Whoever wrote it answers by revising it again."),
            {RevisionStage.WAITING: (APPROVER,)},
            RevisionStage.RETURNED,
            needs_comment=True,
        ),
        Step(
            "drop_revision",
            gettext_lazy("Drop the revision"),
            gettext_lazy("Revision dropped"),
            gettext_lazy("The present text stays; another revision can be proposed."),
            {
                RevisionStage.WAITING: (EDITOR, APPROVER),
                RevisionStage.RETURNED: (EDITOR, APPROVER),
            },
            RevisionStage.DROPPED,
            needs_comment=True,
            anywhere=True,
        ),
    )
}

UNSEEN = frozenset(STEPS) - {"approve_revision"}
"""Events that tell of a proposal: not for readers."""
DECISIONS = frozenset(STEPS) - {"revise"}


# --- May it be taken ---------------------------------------------------------------------------


def open_revision(lesson: Lesson) -> Revision | None:
    """The proposal that waits, with its editors."""
    found = Revision.objects.open().filter(lesson=lesson).select_related("last_editor")
    return found.prefetch_related("editors").first()


def refusal(
    lesson: Lesson,
    revision: Revision | None,
    step: Step,
    user: User,
    *,
    administration: bool = False,
) -> Words | None:
    """Why ``user`` may not take ``step`` now, or ``None`` when they may."""
    if not user.is_active:
        return _("This account is no longer active.")
    if lesson.tlp == TLP.RED and not lesson.is_visible_to(user):
        return _("Only its originator and recipients may revise a TLP:RED lesson.")
    if lesson.status not in REVISABLE and not step.anywhere:
        return _("“%(step)s” is not possible while it is “%(status)s”.") % {
            "step": step.label,
            "status": lesson.get_status_display(),
        }
    who = step.who(revision)
    if not who:
        if revision is None:
            return _("No revision is open.")
        return _("It was returned: whoever wrote it answers first.")
    actor = Actor(user, administration)
    if not any(kind.allows(lesson, revision, actor) for kind in who):
        return _("Waiting for %(who)s.") % {"who": _(" or ").join(str(kind.name) for kind in who)}
    return None


def is_for(lesson: Lesson, revision: Revision | None, step: Step, user: User) -> bool:
    """Whether ``user`` is the kind of person who takes ``step``, wherever it stands."""
    actor = Actor(user)
    return any(
        kind.allows(lesson, revision, actor) for who in step.sources.values() for kind in who
    )


def offered(lesson: Lesson, revision: Revision | None, user: User) -> list[Step]:
    """The steps that ``user`` may take now."""
    return [step for step in STEPS.values() if refusal(lesson, revision, step, user) is None]


def sentence(lesson: Lesson, revision: Revision, reader: User) -> str:
    """What the open revision waits for, for those who may know of it."""
    words = {"name": lesson.name_for(reader, revision.last_editor)}
    if revision.stage == RevisionStage.RETURNED:
        return _("A revision by %(name)s was returned with a question.") % words
    return _("A revision by %(name)s waits for an endorser other than its editor.") % words


# --- Taking a step -----------------------------------------------------------------------------


def texts_of(lesson: Lesson, revision: Revision | None = None) -> dict[str, str]:
    """What ``lesson`` says, or would say once ``revision`` is approved."""
    present = {name: getattr(lesson, name) for name in TEXTS}
    return present | (revision.texts if revision else {})


def revise(
    lesson: Lesson,
    *,
    by: User,
    texts: Mapping[str, str],
    comment: str = "",
    at: datetime | None = None,
    version: int | None = None,
) -> LessonEvent:
    """Propose ``texts`` (some or all of ``TEXTS``), or change what is proposed already.

    Raises ``RefusedError``, ``IncompleteError`` and ``StaleVersionError`` like a move; both a
    proposal that changes nothing and one that leaves empty what may not be are incomplete.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk, version=version)
        revision = open_revision(locked)
        _allow(locked, revision, STEPS["revise"], Actor(by))
        wanted = texts_of(locked, revision) | {name: texts[name] for name in TEXTS if name in texts}
        errors = _wrong_texts(locked, wanted)
        if errors:
            raise IncompleteError(errors)
        present = texts_of(locked)
        stage_before = revision.stage if revision else None
        revision = revision or Revision(lesson=locked, opened_at=at)
        revision.texts = {name: text for name, text in wanted.items() if text != present[name]}
        revision.stage = RevisionStage.WAITING
        revision.last_editor = by
        revision.save()
        revision.editors.add(by)
        # Readers are not to notice: only the number that guards against lost changes goes up.
        locked.version += 1
        locked.save(update_fields=["version"])
        event = _event(locked, "revise", Actor(by), comment, at)
        if stage_before != RevisionStage.WAITING:
            tell_approvers(event, revision, people_with, answered=stage_before is not None)
    lesson.refresh_from_db()
    return event


def decide(
    lesson: Lesson,
    name: str,
    *,
    by: User,
    comment: str = "",
    at: datetime | None = None,
    version: int | None = None,
    administration: bool = False,
) -> LessonEvent:
    """Approve, return or drop the open revision; errors as of ``revise``."""
    step, actor = STEPS[name], Actor(by, administration)
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk, version=version)
        revision = open_revision(locked)
        _allow(locked, revision, step, actor)
        if revision is None:
            raise RefusedError(_("No revision is open."))
        if step.needs_comment and not comment.strip():
            raise IncompleteError(
                {"comment": _("Write a few words: they stay with the lesson and are read.")}
            )
        revision.stage = step.target
        changed = ["version"]
        if step.target == RevisionStage.APPROVED:
            errors = _wrong_texts(locked, texts_of(locked, revision))
            if errors:
                raise IncompleteError(errors)
            for text, words in revision.texts.items():
                setattr(locked, text, words)
            changed += [*revision.texts, "updated_at"]
        locked.version += 1
        locked.save(update_fields=changed)
        event = _event(locked, name, actor, comment, at)
        revision.became = getattr(event, "version", None)
        revision.save()
        tell_of_decision(event, revision)
    lesson.refresh_from_db()
    return event


def _allow(lesson: Lesson, revision: Revision | None, step: Step, actor: Actor) -> None:
    """Raise ``RefusedError`` unless ``actor`` may take ``step`` now."""
    reason = refusal(lesson, revision, step, actor.user, administration=actor.administration)
    if reason is not None:
        raise RefusedError(reason)


def _event(lesson: Lesson, name: str, actor: Actor, comment: str, at: datetime) -> LessonEvent:
    return LessonEvent.objects.create(
        lesson=lesson,
        move=name,
        actor=actor.user,
        by_administration=actor.administration,
        from_status=lesson.status,
        to_status=lesson.status,
        comment=comment.strip(),
        at=at,
    )


def required_texts(lesson: Lesson) -> tuple[str, ...]:
    """What may not be empty where ``lesson`` stands."""
    analysis = ("discussion", "conclusion", "recommendation")
    return ("title", "observation", *(analysis if lesson.status in ANALYZED else ()))


def _wrong_texts(lesson: Lesson, wanted: Mapping[str, str]) -> dict[str, Words]:
    errors: dict[str, Words] = {
        name: _("This cannot be empty in a lesson that is “%(status)s”.")
        % {"status": lesson.get_status_display()}
        for name in required_texts(lesson)
        if not wanted[name].strip()
    }
    for name in TEXTS:
        longest = getattr(Lesson._meta.get_field(name), "max_length", None) or LONG_TEXT
        if len(wanted[name]) > longest:
            errors[name] = _("At most %(number)d characters.") % {"number": longest}
    if not errors and wanted == texts_of(lesson):
        errors["title"] = _("Nothing is changed yet.")
    return errors
