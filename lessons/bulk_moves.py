"""One step of the life cycle on several entries at once, by the administration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import User
from lessons import revising, workflow
from lessons.action_forms import ActionMoveForm
from lessons.action_rows import PREFIX, BaseActionFormSet, action_rows
from lessons.models import Action, Lesson
from lessons.move_forms import TEXT_HELP, MoveForm
from lessons.revising import Step
from lessons.revision_forms import DecisionForm
from lessons.workflow import Actor, IncompleteError, Move, RefusedError, Words
from pages.rows import add_row
from records.models import StaleVersionError
from records.vocabulary import TLP

PER_LESSON = frozenset({"category", "themes", *TEXT_HELP})
"""What each lesson may bring along itself when several are moved at once."""

CHANGED = gettext_lazy("Somebody changed it while this page was open: look at it again.")

Entry = TypeVar("Entry", Lesson, Action)


class Bulk(ABC, Generic[Entry]):
    """``deed`` on ``entries`` by ``by``: for which of them it can be done, the form, and doing it.

    ``seen`` are the versions that the page showed: what somebody changed since is left alone.
    """

    def __init__(self, deed: Move | Step, entries: list[Entry], by: User) -> None:
        self.deed = deed
        self.by = by
        self.actor = Actor(by, administration=True)
        refusals = [(entry, self.refusal(entry)) for entry in entries]
        self.movable: list[Entry] = [entry for entry, reason in refusals if reason is None]
        self.refused: list[tuple[Entry, Words]] = [
            (entry, reason) for entry, reason in refusals if reason is not None
        ]
        self.seen: dict[str, str] = {}
        self.form: Any = None
        if self.movable:
            self.build(None)

    @property
    def several(self) -> bool:
        return len(self.movable) > 1

    def fill(self, data: QueryDict) -> None:
        """Take what was sent."""
        self.seen = dict(one.split(":", 1) for one in data.getlist("seen") if one.count(":") == 1)
        self.build(data)

    def is_valid(self) -> bool:
        return self.form is not None and self.form.is_valid()

    def perform(self) -> tuple[int, list[tuple[Entry, Words]]]:
        """Do it to each entry whole; to how many it was done, and why not to the others."""
        done = 0
        refused = list(self.refused)
        for entry in self.movable:
            if self.seen.get(str(entry.pk), str(entry.version)) != str(entry.version):
                refused.append((entry, CHANGED))
                continue
            try:
                self.do(entry)
            except RefusedError as error:
                refused.append((entry, error.reason))
            except IncompleteError as error:
                refused.append((entry, " ".join(str(words) for words in error.errors.values())))
            except StaleVersionError:
                refused.append((entry, CHANGED))
            else:
                done += 1
        return done, refused

    @property
    def shown(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """The entries for which it can be done, each with what one decides about."""
        return [(self.called(entry), self.about(entry)) for entry in self.movable]

    @property
    def refused_in_words(self) -> list[tuple[str, Words]]:
        return [(self.called(entry), reason) for entry, reason in self.refused]

    @property
    def keeps_own(self) -> bool:
        """Whether what is left empty stays as each entry has it."""
        return False

    def about(self, entry: Entry) -> list[tuple[str, str, str]]:
        """What a proposal says: a label, the words in force and those proposed."""
        return []

    @abstractmethod
    def refusal(self, entry: Entry) -> Words | None:
        """Why it cannot be done to ``entry``."""

    @abstractmethod
    def build(self, data: QueryDict | None) -> None:
        """Make the form, empty or as sent."""

    @abstractmethod
    def do(self, entry: Entry) -> None:
        """Call the verb with what the form says."""

    @abstractmethod
    def called(self, entry: Entry) -> str:
        """``entry`` in words, at ``TLP:RED`` by reference only."""

    @abstractmethod
    def counted(self, number: int) -> str:
        """``number`` entries in words."""


class OfLessons(Bulk[Lesson]):
    """What both kinds of step of a lesson say of it."""

    def called(self, entry: Lesson) -> str:
        return entry.ref if entry.tlp == TLP.RED else f"{entry.ref} · {entry.title}"

    def counted(self, number: int) -> str:
        return ngettext("%(number)d lesson", "%(number)d lessons", number) % {"number": number}


class LessonMoves(OfLessons):
    """A move of lessons.

    With one lesson the form is that of the ordinary page. With several, tags and texts left
    empty stay as each lesson has them, and a lesson that lacks them is refused by the verb.
    """

    deed: Move
    rows: BaseActionFormSet | None = None

    def refusal(self, entry: Lesson) -> Words | None:
        return workflow.refusal(entry, self.deed, self.actor)

    def fill(self, data: QueryDict) -> None:
        """Take what was sent; a button ``add_actions`` only adds a row."""
        data = data.copy()
        if f"add_{PREFIX}" in data:
            add_row(data, PREFIX)
        super().fill(data)

    def build(self, data: QueryDict | None) -> None:
        first = self.movable[0]
        adding = data is not None and f"add_{PREFIX}" in data
        if PREFIX in self.deed.needs:
            optional = "reopened" in self.deed.may_have
            self.rows = action_rows(first, data, as_typed=adding, optional=optional)
        self.form = MoveForm(data, lesson=first, move=self.deed, actor=self.actor, as_typed=adding)
        if self.several:
            self._ask_for_all(self.form)
        rows = self.rows
        sent = rows is not None and rows.is_bound and not rows.as_typed
        if rows is not None and sent and rows.is_valid() and self.form.is_valid():
            self.form.ask_to_confirm({**self.form.given, PREFIX: rows.given}, self.movable)

    def _ask_for_all(self, form: MoveForm) -> None:
        # Versions are those of the lessons as they are now; the rows are locked one by one.
        form.initial = {}
        for name in ("existing", "reopened", "reopened_due_on"):
            # Each lesson has others: these are chosen one lesson at a time.
            form.fields.pop(name, None)
        for name in PER_LESSON & form.fields.keys():
            form.fields[name].required = False
        reviewer = form.fields.get("reviewer")
        if isinstance(reviewer, forms.ModelChoiceField):
            able = workflow.reviewers_for(self.movable[0], self.actor)
            for lesson in self.movable[1:]:
                able = able & workflow.reviewers_for(lesson, self.actor)
            reviewer.queryset = able

    @property
    def keeps_own(self) -> bool:
        return self.several and bool(PER_LESSON & self.form.fields.keys())

    def is_valid(self) -> bool:
        # Both are asked, so that every error is shown at once.
        right = self.rows is None or self.rows.is_valid()
        return super().is_valid() and right

    def do(self, entry: Lesson) -> None:
        workflow.perform(
            entry, self.deed.name, by=self.by, given=self.given(entry), administration=True
        )

    def given(self, lesson: Lesson) -> dict[str, Any]:
        """What the form says, completed by what ``lesson`` already holds."""
        given = dict(self.form.given)
        if self.several:
            for name in PER_LESSON & given.keys():
                if not given[name]:
                    held = getattr(lesson, name)
                    given[name] = list(held.all()) if name == "themes" else held
        if self.rows is not None:
            given[PREFIX] = self.rows.given
        return given


class RevisionSteps(OfLessons):
    """A decision about the open revisions of lessons."""

    deed: Step

    def refusal(self, entry: Lesson) -> Words | None:
        revision = revising.open_revision(entry)
        return revising.refusal(entry, revision, self.deed, self.by, administration=True)

    def build(self, data: QueryDict | None) -> None:
        self.form = DecisionForm(data, step=self.deed)

    def do(self, entry: Lesson) -> None:
        revising.decide(
            entry,
            self.deed.name,
            by=self.by,
            comment=self.form.cleaned_data["comment"],
            administration=True,
        )

    def about(self, entry: Lesson) -> list[tuple[str, str, str]]:
        revision = revising.open_revision(entry)
        texts = revision.texts if revision and entry.tlp != TLP.RED else {}
        return [
            (Lesson.label_of(name), getattr(entry, name), words) for name, words in texts.items()
        ]


class ActionMoves(Bulk[Action]):
    """A move of actions, whose lessons the caller has prefetched."""

    deed: Move

    def refusal(self, entry: Action) -> Words | None:
        return workflow.action_refusal(entry, self.deed, self.actor)

    def build(self, data: QueryDict | None) -> None:
        self.form = ActionMoveForm(data, action=self.movable[0], move=self.deed)
        body = self.form.cleaned_data.get("body") if data and self.form.is_valid() else None
        if body and any(workflow.newly_reading(action, body) for action in self.movable):
            self.form.ask_for_release(body)

    def do(self, entry: Action) -> None:
        workflow.perform_action(
            entry, self.deed.name, by=self.by, given=self.form.given, administration=True
        )

    def called(self, entry: Action) -> str:
        refs = references(entry.lessons.all())
        return refs if is_red(entry) else f"{refs} · {entry.title}"

    def counted(self, number: int) -> str:
        return ngettext("%(number)d action", "%(number)d actions", number) % {"number": number}


def references(lessons: Iterable[Lesson]) -> str:
    return ", ".join(lesson.ref for lesson in lessons)


def is_red(action: Action) -> bool:
    return any(lesson.tlp == TLP.RED for lesson in action.lessons.all())
