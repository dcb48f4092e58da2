"""One move on several lessons at once, by the administration."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from agencies.models import Agency, User
from lessons import workflow
from lessons.action_rows import PREFIX, BaseActionFormSet, action_rows
from lessons.models import Lesson
from lessons.move_forms import TEXT_HELP, MoveForm
from lessons.workflow import Actor, IncompleteError, Move, RefusedError, Words
from pages.rows import add_row

PER_LESSON = frozenset({"category", "themes", *TEXT_HELP})
"""What each lesson may bring along itself when several are moved at once."""


class BulkMove:
    """``move`` on ``lessons`` by ``by``: who of them can be moved, the form, and the deed.

    With one lesson the form is that of the ordinary page. With several, tags and texts left
    empty stay as each lesson has them, and a lesson that lacks them is refused by the verb.
    """

    def __init__(self, move: Move, lessons: list[Lesson], by: User) -> None:
        self.move = move
        self.by = by
        actor = Actor(by, administration=True)
        refusals = [(lesson, workflow.refusal(lesson, move, actor)) for lesson in lessons]
        self.movable = [lesson for lesson, reason in refusals if reason is None]
        self.refused = [(lesson, reason) for lesson, reason in refusals if reason is not None]
        self.form: MoveForm | None = None
        self.rows: BaseActionFormSet | None = None
        if self.movable:
            self._build(None)

    @property
    def several(self) -> bool:
        return len(self.movable) > 1

    def fill(self, data: QueryDict) -> None:
        """Take what was sent; a button ``add_actions`` only adds a row."""
        data = data.copy()
        if f"add_{PREFIX}" in data:
            add_row(data, PREFIX)
        self._build(data)

    def _build(self, data: QueryDict | None) -> None:
        first = self.movable[0]
        adding = data is not None and f"add_{PREFIX}" in data
        if PREFIX in self.move.needs:
            optional = "reopened" in self.move.may_have
            self.rows = action_rows(first, data, as_typed=adding, optional=optional)
        self.form = MoveForm(
            data,
            lesson=first,
            move=self.move,
            actor=Actor(self.by, administration=True),
            as_typed=adding,
        )
        if self.several:
            self._ask_for_all(self.form)
        self.form.ask_for_release(self._newly_released(self.form))

    def _newly_released(self, form: MoveForm) -> set[Agency]:
        """The action bodies that would newly read one of the lessons."""
        rows = self.rows
        if rows is None or rows.as_typed or not rows.is_bound:
            return set()
        if not (rows.is_valid() and form.is_valid()):
            return set()
        bodies = workflow.bodies_of({**form.given, PREFIX: rows.given})
        return {body for lesson in self.movable for body in workflow.newly_released(lesson, bodies)}

    def _ask_for_all(self, form: MoveForm) -> None:
        # Versions are those of the lessons as they are now; the rows are locked one by one.
        form.initial = {}
        for name in ("existing", "reopened", "reopened_due_on"):
            # Each lesson has others: these are chosen one lesson at a time.
            form.fields.pop(name, None)
        for name in PER_LESSON & form.fields.keys():
            form.fields[name].required = False
        if "reviewer" in form.fields:
            able: Any = form.fields["reviewer"].queryset  # type: ignore[attr-defined]
            for lesson in self.movable[1:]:
                able = able & workflow.reviewers_for(lesson)
            form.fields["reviewer"].queryset = able  # type: ignore[attr-defined]

    def is_valid(self) -> bool:
        # Both are asked, so that every error is shown at once.
        sound = [part.is_valid() for part in (self.form, self.rows) if part is not None]
        if not sound or not all(sound):
            return False
        assert self.form is not None  # noqa: S101 - there is a lesson, so there is a form
        if "release" in self.form.fields and not self.form.given["release"]:
            self.form.add_error("release", workflow.CONFIRM_RELEASE)
            return False
        return True

    def perform(self) -> tuple[int, list[tuple[Lesson, Words]]]:
        """Move each lesson whole; how many were moved, and why the others were not."""
        moved = 0
        refused: list[tuple[Lesson, Words]] = list(self.refused)
        for lesson in self.movable:
            try:
                workflow.perform(
                    lesson,
                    self.move.name,
                    by=self.by,
                    given=self.given(lesson),
                    administration=True,
                )
            except RefusedError as error:
                refused.append((lesson, error.reason))
            except IncompleteError as error:
                refused.append((lesson, " ".join(str(words) for words in error.errors.values())))
            else:
                moved += 1
        return moved, refused

    def given(self, lesson: Lesson) -> dict[str, Any]:
        """What the form says, completed by what ``lesson`` already holds."""
        assert self.form is not None  # noqa: S101 - there is a lesson, so there is a form
        given = dict(self.form.given)
        if self.several:
            for name in PER_LESSON & given.keys():
                if not given[name]:
                    held = getattr(lesson, name)
                    given[name] = list(held.all()) if name == "themes" else held
        if self.rows is not None:
            given[PREFIX] = self.rows.given
        return given
