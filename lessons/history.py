"""The history of a lesson or an action: its versions, what differs, and going back to a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import Agency, Membership, User
from agencies.roles import Permission
from lessons import revising
from lessons.handling import HANDLED
from lessons.models import Action, Lesson
from lessons.timeline import done_words, who_did
from lessons.versions import (
    ACTION_FIELDS,
    LESSON_FIELDS,
    TEXTS,
    ActionVersion,
    LessonVersion,
    keep_lesson,
)
from lessons.vocabulary import Status
from lessons.workflow import IncompleteError, RefusedError, Words
from pages.word_changes import Work, marked, word_changes
from records.fields import ChoicesField
from records.versions import Said, Version
from records.vocabulary import TLP

# --- The list ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One version in the list: what was done, by whom as the reader may know, what changed."""

    version: Version
    done: str
    who: str
    changed: str
    small: str = ""
    before: int | None = None
    """The number of the version before it that the reader may read."""


def following(entries: list[Entry], older: int | None) -> list[Entry]:
    """``entries``, newest first, each with the one before it; ``older`` comes after the last."""
    numbers = [*(entry.version.number for entry in entries), older]
    return [
        replace(entry, before=before) for entry, before in zip(entries, numbers[1:], strict=True)
    ]


def entries(lesson: Lesson, versions: Iterable[LessonVersion], reader: User) -> list[Entry]:
    return [
        Entry(
            version,
            done=_done(version),
            who=_who(version, lesson, reader),
            # The first holds all of it: naming every field says nothing.
            changed=_named(Lesson, version.changed) if version.number > 1 else "",
            small=_written_by(version, lesson, reader),
        )
        for version in versions
    ]


def action_entries(
    action: Action, lesson: Lesson, versions: Iterable[ActionVersion], reader: User
) -> list[Entry]:
    """The versions of ``action``, people named as ``lesson``, one that it serves, lets them be.

    Who belongs to the action body acted for it, everybody else for the lesson's agency.
    """
    every = list(versions)
    own = set(
        Membership.objects.filter(
            agency=action.body, user__in={version.by_id for version in every}
        ).values_list("user", flat=True)
    )

    def who(by: User | None) -> str:
        if by is None:
            return ""
        return lesson.name_for(reader, by, acting_for=action.body if by.pk in own else None)

    return [
        Entry(
            version,
            done=_("Set") if version.number == 1 else _("Changed"),
            who=who(version.by),
            changed=_named(Action, version.changed) if version.number > 1 else "",
        )
        for version in every
    ]


def _done(version: LessonVersion) -> str:
    if version.restores is not None:
        return _("Text of version %(number)d taken up again") % {"number": version.restores}
    event = version.event
    if event is None:
        return _("Edited") if version.by else _("As it stood when versions began to be kept")
    if event.move == "handle" and not set(version.changed) <= set(HANDLED):
        # One saving of a reviewer's form: the words and the tags.
        return _("Edited")
    return done_words(event)


def _who(version: LessonVersion, lesson: Lesson, reader: User) -> str:
    if version.event is not None:
        return who_did(version.event, lesson, reader)
    if version.by is None:
        return ""
    return _("by you") if version.by == reader else lesson.name_for(reader, version.by)


def _written_by(version: LessonVersion, lesson: Lesson, reader: User) -> str:
    """Who wrote what another approved."""
    revision = getattr(version, "revision", None)
    if revision is None:
        return ""
    names = {lesson.name_for(reader, person): None for person in revision.editors.all()}
    return _("written by %(names)s") % {"names": ", ".join(names)}


def _named(model: type[models.Model], changed: Iterable[str]) -> str:
    return ", ".join(label_of(model, name) for name in changed)


def label_of(model: type[models.Model], name: str) -> str:
    """What a field is called in the list: “Title”, not the sentence beside the form."""
    if name == "title":
        return str(_("The point") if model is Lesson else _("What is to be done"))
    return capfirst(str(getattr(model._meta.get_field(name), "verbose_name", name)))


WRITTEN = frozenset({*TEXTS, "place"})
"""Fields that are written, not chosen: they are compared word by word."""


# --- The difference ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One field: its text with the changes marked, or what left and what came."""

    label: str
    text: SafeString | None = None
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def lesson_differences(
    lesson: Lesson, before: Mapping[str, Any], after: Mapping[str, Any], reader: User
) -> list[Difference]:
    """What differs from ``before`` to ``after`` in the fields that both hold, for ``reader``."""
    return _differences(Lesson, LESSON_FIELDS, before, after, _LessonWords(lesson, reader))


def action_differences(
    action: Action, lesson: Lesson, before: Mapping[str, Any], after: Mapping[str, Any], user: User
) -> list[Difference]:
    return _differences(
        Action, ACTION_FIELDS, before, after, _ActionWords(lesson, user, action.body)
    )


Pairs = list[tuple[str, str]]


def lesson_words(lesson: Lesson, said: Said, reader: User) -> tuple[Pairs, Pairs]:
    """What a version says, under its labels, as ``reader`` may read it: the texts, and the rest."""
    words = _LessonWords(lesson, reader)
    held = [name for name in LESSON_FIELDS if said.get(name)]
    texts = [(label_of(Lesson, name), said[name]) for name in held if name in TEXTS]
    rest = [
        (
            label_of(Lesson, name),
            said[name] if name in WRITTEN else ", ".join(words(name, said[name])),
        )
        for name in held
        if name not in TEXTS
    ]
    return texts, rest


def records_for(agency: Agency, user: User) -> bool:
    """Whether the history of what ``agency`` does is for ``user``."""
    return user.may(Permission.RECORD, agency.pk)


InWords = Callable[[str, Any], list[str]]


def _differences(
    model: type[models.Model],
    names: Iterable[str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    words: InWords,
) -> list[Difference]:
    work = Work()
    found = []
    for name in names:
        old, new = before.get(name) or None, after.get(name) or None
        if name not in after or old == new:
            continue
        label = label_of(model, name)
        if name in WRITTEN:
            pieces = word_changes(old or "", new or "", work)
            found.append(Difference(label, text=marked(pieces)))
            continue
        gone, come = words(name, old), words(name, new)
        if gone == come:
            # What both are is not for this reader to know.
            continue
        found.append(
            Difference(
                label,
                removed=tuple(one for one in gone if one not in come),
                added=tuple(one for one in come if one not in gone),
                kept=tuple(one for one in come if one in gone),
            )
        )
    return found


class _LessonWords:
    """What a value of a version is called before one reader; each kind of name is asked once."""

    def __init__(self, lesson: Lesson, reader: User) -> None:
        self.lesson = lesson
        self.reader = reader

    def __call__(self, name: str, value: Any) -> list[str]:
        if value in (None, "", []):
            return []
        field: Any = Lesson._meta.get_field(name)
        if name == "red_recipients":
            return self._recipients(value)
        if isinstance(field, models.ManyToManyField | models.ForeignKey):
            keys = value if isinstance(value, list) else [value]
            return self._called(field.related_model, keys)
        return _plain(field, value)

    def _called(self, model: Any, keys: list[int]) -> list[str]:
        shared = hasattr(model.objects, "visible_to")
        rows = model.objects.visible_to(self.reader) if shared else model._base_manager.all()
        named = sorted(str(row) for row in rows.filter(pk__in=keys))
        # A record that the reader may not see is not named, here as everywhere.
        return named + [_("One that is not for you to see")] * (len(keys) > len(named))

    def _recipients(self, keys: list[int]) -> list[str]:
        """Who may read a RED lesson is itself for its readers only."""
        if self.lesson.tlp == TLP.RED:
            people = User.objects.filter(pk__in=keys)
            return sorted(self.lesson.name_for(self.reader, one) for one in people)
        number = len(keys)
        return [ngettext("%(number)d person", "%(number)d people", number) % {"number": number}]


@dataclass(frozen=True)
class _ActionWords:
    lesson: Lesson
    reader: User
    body: Agency

    def __call__(self, name: str, value: Any) -> list[str]:
        if value in (None, ""):
            return []
        if name == "owner":
            owner = User.objects.get(pk=value)
            return [self.lesson.name_for(self.reader, owner, acting_for=self.body)]
        field: Any = Action._meta.get_field(name)
        if isinstance(field, models.ForeignKey):
            return [str(one) for one in Agency.objects.filter(pk=value)]
        return _plain(field, value)


def _plain(field: Any, value: Any) -> list[str]:
    """Values of fixed vocabularies, dates and words."""
    if isinstance(field, ChoicesField):
        return sorted(field.labels(value))
    if isinstance(field, models.DateField):
        return [date_format(date.fromisoformat(value), "j M Y")]
    choices = dict(field.flatchoices)
    return [str(choices.get(value, value))]


# --- Going back to an earlier text -------------------------------------------------------------


def may_restore(lesson: Lesson, reader: User) -> bool:
    """Whoever may edit now; once it is published, whoever may propose a revision."""
    if not lesson.is_published:
        return lesson.is_editable_by(reader)
    if revising.open_revision(lesson) is not None:
        return False
    return revising.refusal(lesson, None, revising.STEPS["revise"], reader) is None


def restored_texts(lesson: Lesson, said: Said) -> dict[str, str]:
    """The texts of an earlier version; where it was empty and may not be so now, the present."""
    texts = {name: said.get(name) or "" for name in TEXTS}
    if lesson.status == Status.DRAFT:
        return texts
    needed = {name for name in revising.required_texts(lesson) if not texts[name].strip()}
    return texts | {name: getattr(lesson, name) for name in needed}


def restore(
    lesson: Lesson,
    number: int,
    *,
    by: User,
    at: datetime | None = None,
    version: int | None = None,
) -> str:
    """Take up the text of version ``number`` again; says what was done.

    In draft, returned and review it is a new version at once; once published a revision is
    proposed. Raises ``RefusedError``, ``IncompleteError`` and ``StaleVersionError`` like a move.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Lesson.locked(lesson.pk, version=version)
        if not may_restore(locked, by):
            raise RefusedError(restore_refusal(locked, by))
        earlier = locked.versions.open_to(by).get(number=number)
        texts = restored_texts(locked, earlier.said)
        if texts == revising.texts_of(locked):
            raise IncompleteError({"version": _("The text is the same now.")})
        if locked.is_published:
            comment = _("Takes up the text of version %(number)d again.") % {"number": number}
            revising.revise(locked, by=by, texts=texts, comment=comment, at=at)
            done = _("A revision with the text of version %(number)d is proposed.")
        else:
            for name, text in texts.items():
                setattr(locked, name, text)
            locked.version += 1
            locked.save()
            keep_lesson(locked, by=by, at=at, restores=number)
            done = _("The text of version %(number)d stands again.")
    lesson.refresh_from_db()
    return done % {"number": number}


def restore_refusal(lesson: Lesson, user: User) -> Words:
    """Why ``user`` may not take up an earlier text now."""
    if lesson.is_published:
        step = revising.STEPS["revise"]
        reason = revising.refusal(lesson, None, step, user)
        return reason or _("A revision waits already: edit that one, or have it dropped.")
    return _("Only who edits the lesson now can take up an earlier text.")
