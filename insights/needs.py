"""What needs the reader: their own lessons and forms, reviews, actions, clocks of their agency.

Each kind is one query that also counts what it does not fetch, so the number of queries does
not depend on how much there is to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import User
from agencies.roles import Permission
from insights import links
from lessons.models import Action, Lesson
from lessons.versions import Revision
from lessons.vocabulary import ActionStatus, Priority, RevisionStage, Status
from pages.numbers import grouped
from programs.models import Agreement, Exercise
from records.drafts import unfinished

PER_KIND = 6
CLOCKS_PER_KIND = 3
"""Fetched of each kind; the rest is counted. An archive taken over at once, with hundreds of
exercises that nobody evaluated, must not push everything else away."""
SHOWN = 8
AHEAD = timedelta(days=30)
"""How long before its day a due date of the agency is shown."""
RECENT = timedelta(days=730)
"""How long after its end an exercise without an evaluation needs somebody."""


@dataclass(frozen=True)
class Need:
    """One thing to do: ``urgency`` 0 is first; within it the earliest ``due`` is first."""

    title: str
    url: str
    small: str
    action_label: str
    urgency: int
    due: date | None = None
    late: str = ""
    action_url: str = ""

    @property
    def order(self) -> tuple[int, date]:
        return self.urgency, self.due or date.max


MINE_LATE, RETURNED, URGENT, LATE, DUE, COULD, UNFINISHED = range(7)
"""Urgencies, most urgent first: what waits for this person before what waits for anybody."""


@dataclass(frozen=True)
class Kind:
    """Needs of one kind: those fetched, how many there are in words, and where to find more.

    The list behind ``url`` may hold more than what waits for the reader, so the way to it is
    called by ``way`` and carries no number.
    """

    needs: list[Need]
    number: int
    words: str
    url: str = ""
    way: str = ""


@dataclass(frozen=True)
class Needs:
    kinds: list[Kind]

    @property
    def number(self) -> int:
        return sum(kind.number for kind in self.kinds)

    @property
    def shown(self) -> list[Need]:
        """The most urgent ones of all kinds."""
        return sorted((need for kind in self.kinds for need in kind.needs), key=_order)[:SHOWN]

    @property
    def beyond(self) -> int:
        return self.number - len(self.shown)

    @property
    def by_kind(self) -> list[Kind]:
        return [kind for kind in self.kinds if kind.number]


def _order(need: Need) -> tuple[int, date]:
    return need.order


def needs_of(user: User, on: date) -> Needs:
    """Everything that waits for ``user``; a person without rights has no queries made."""
    kinds = [_own(user), _forms(user), _actions(user, on)]
    if user.may_review:
        kinds.append(_reviews(user, on))
    if user.may_record:
        kinds += [_revisions(user), _evaluations(user, on), _agreements(user, on)]
    return Needs(kinds)


def _some(records: QuerySet[Any], limit: int = PER_KIND) -> tuple[list[Any], int]:
    """The first records, and how many there are altogether, in one query."""
    found = list(records.annotate(altogether=Window(Count("pk")))[:limit])
    return found, found[0].altogether if found else 0


# --- One's own ---------------------------------------------------------------------------------


def _own(user: User) -> Kind:
    lessons = Lesson.objects.returned_to(user) | Lesson.objects.drafts_of(user)
    returned_first = Case(
        When(status=Status.RETURNED, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found, number = _some(_light(lessons).order_by(returned_first, "-updated_at", "-pk"))
    return Kind(
        [_own_need(lesson) for lesson in found],
        number,
        ngettext("%(number)s lesson with you", "%(number)s lessons with you", number)
        % {"number": grouped(number)},
        links.lessons(status=[Status.RETURNED.value, Status.DRAFT.value]),
        _("Drafts and returned lessons"),
    )


def _own_need(lesson: Lesson) -> Need:
    edit = reverse("lessons:edit", args=[lesson.ref])
    returned = lesson.status == Status.RETURNED
    return Need(
        title=str(lesson),
        url=lesson.get_absolute_url() if returned else edit,
        small=_("Returned to you with a question")
        if returned
        else _("Your draft of %(day)s") % {"day": _day(lesson.updated_at.date())},
        action_label=_("Answer") if returned else _("Complete"),
        action_url=edit,
        urgency=RETURNED if returned else UNFINISHED,
    )


def _light(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """Without the long texts."""
    return lessons.only(
        "ref", "title", "status", "priority", "category", "updated_at", "submitted_at",
        "review_due_on", "appealed_at", "reviewer", "agency",
    )  # fmt: skip


def _forms(user: User) -> Kind:
    found, number = _some(unfinished(user).defer("data"))
    return Kind(
        [
            Need(
                title=draft.title or _("Untitled"),
                url=draft.path,
                small=_("Form that you did not finish, saved %(day)s")
                % {"day": _day(draft.updated_at.date())},
                action_label=_("Continue"),
                urgency=UNFINISHED,
            )
            for draft in found
        ],
        number,
        ngettext("%(number)s unfinished form", "%(number)s unfinished forms", number)
        % {"number": grouped(number)},
        reverse("records:unfinished"),
        _("Unfinished forms"),
    )


# --- Reviews -----------------------------------------------------------------------------------


def _reviews(user: User, on: date) -> Kind:
    lessons = Lesson.objects.awaiting_review_by(user) | Lesson.objects.awaiting_endorsement_by(user)
    mine_first = Case(
        When(reviewer=user, then=Value(0)),
        When(status=Status.SUBMITTED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    urgent_first = Case(
        When(priority=Priority.URGENT, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found, number = _some(
        _light(lessons)
        .select_related("agency")
        .order_by(urgent_first, F("review_due_on").asc(nulls_last=True), mine_first, "pk")
    )
    return Kind(
        [_review_need(lesson, user, on) for lesson in found],
        number,
        ngettext("%(number)s to review", "%(number)s to review", number)
        % {"number": grouped(number)},
        reverse("lessons:review"),
        _("Review queue"),
    )


def _review_need(lesson: Lesson, user: User, on: date) -> Need:
    due, late, urgency = lesson.review_due_on, lesson.review_is_overdue, DUE
    if lesson.status == Status.SUBMITTED:
        what, label = (
            (_("Appeal"), _("Review")) if lesson.on_appeal else (_("To review"), _("Review"))
        )
    elif lesson.reviewer_id == user.pk:
        what, label = _("In your review"), _("Decide")
    else:
        what, label, urgency = _("In review by somebody else, you may endorse it"), _("Read"), COULD
    if lesson.priority == Priority.URGENT or lesson.on_appeal:
        urgency = URGENT
    if late and urgency != COULD:
        urgency = MINE_LATE if lesson.reviewer_id == user.pk else min(urgency, LATE)
    parts = [what, _("urgent") if lesson.priority == Priority.URGENT else "", lesson.agency.short]
    if due and not late:
        parts.append(_("due %(day)s") % {"day": _day(due)})
    return Need(
        title=str(lesson),
        url=lesson.get_absolute_url(),
        small=" · ".join(filter(None, parts)),
        late=_since(due) if late else "",
        action_label=label,
        urgency=urgency,
        due=due,
    )


def _revisions(user: User) -> Kind:
    """Revisions of published texts that the reader may approve, or wrote and got back."""
    revisions = (
        Revision.objects.filter(
            Q(
                stage=RevisionStage.WAITING,
                lesson__in=Lesson.objects.awaiting_approval_by(user).values("pk"),
            )
            | Q(
                # Asked as a set: a join would count a revision once for each who wrote in it.
                stage=RevisionStage.RETURNED,
                pk__in=Revision.editors.through._base_manager.filter(user=user).values("revision"),
                lesson__in=Lesson.objects.visible_to(user).current().values("pk"),
            )
        )
        .select_related("lesson__agency")
        .defer(*(f"lesson__{name}" for name in Lesson.LONG_TEXTS), "texts")
        .order_by("opened_at", "pk")
    )
    found, number = _some(revisions)
    return Kind(
        [_revision_need(revision) for revision in found],
        number,
        ngettext("%(number)s revision", "%(number)s revisions", number)
        % {"number": grouped(number)},
    )


def _revision_need(revision: Revision) -> Need:
    returned = revision.stage == RevisionStage.RETURNED
    lesson = revision.lesson
    return Need(
        title=str(lesson),
        url=reverse("lessons:revision", args=[lesson.ref]),
        small=_("Your revision was returned with a question")
        if returned
        else f"{_('Revision to approve')} · {lesson.agency.short}",
        action_label=_("Answer") if returned else _("Decide"),
        action_url=reverse("lessons:revise", args=[lesson.ref]) if returned else "",
        urgency=RETURNED if returned else DUE,
    )


# --- Actions and the clocks of the agency ------------------------------------------------------


def _actions(user: User, on: date) -> Kind:
    """Open actions of the reader, and those of their agencies that are due soon or overdue."""
    ours = Q(body__in=user.standing.agencies(Permission.RECORD), due_on__lt=on + AHEAD)
    actions = (
        Action.objects.visible_to(user)
        .open()
        .exclude(status__in=[ActionStatus.FINISHED, ActionStatus.DECLINED])
        .filter(Q(owner=user) | ours)
        .select_related("body")
        .order_by("due_on", "pk")
    )
    found, number = _some(actions)
    return Kind(
        [_action_need(action, user) for action in found],
        number,
        ngettext("%(number)s action", "%(number)s actions", number) % {"number": grouped(number)},
    )


def _action_need(action: Action, user: User) -> Need:
    late = action.is_overdue
    mine = action.owner_id == user.pk
    whose = _("Your action") if mine else _("Action of %(agency)s") % {"agency": action.body.short}
    return Need(
        title=action.title,
        url=action.get_absolute_url(),
        small=whose if late else f"{whose} · {_('due %(day)s') % {'day': _day(action.due_on)}}",
        late=_since(action.due_on) if late else "",
        action_label=_("Open"),
        urgency=(MINE_LATE if mine else LATE) if late else DUE,
        due=action.due_on,
    )


def _evaluations(user: User, on: date) -> Kind:
    """Held exercises whose evaluation is overdue or due soon, the latest first.

    What ended years ago is history: it stays in the list of overdue evaluations.
    """
    exercises = (
        Exercise.objects.evaluable_by(user)
        .evaluation_overdue(on + AHEAD)
        .filter(ends_on__gte=on - RECENT)
    )
    found, number = _some(
        exercises.defer("summary", "scenario").order_by("-ends_on", "-pk"), CLOCKS_PER_KIND
    )
    return Kind(
        [_evaluation_need(exercise) for exercise in found],
        number,
        ngettext("%(number)s evaluation due", "%(number)s evaluations due", number)
        % {"number": grouped(number)},
        links.evaluations_overdue(),
        _("Overdue evaluations"),
    )


def _evaluation_need(exercise: Exercise) -> Need:
    late, due = exercise.evaluation_is_overdue, exercise.evaluation_due_on
    kind = exercise.get_kind_display()
    return Need(
        title=_("“%(title)s” has no evaluation yet") % {"title": exercise.title},
        url=exercise.get_absolute_url(),
        small=kind if late else f"{kind} · {_('due %(day)s') % {'day': _day(due)}}",
        late=_since(due) if late else "",
        action_label=_("Evaluate"),
        action_url=reverse("programs:exercise_evaluate", args=[exercise.ref]),
        urgency=LATE if late else DUE,
        due=due,
    )


def _agreements(user: User, on: date) -> Kind:
    """Agreements whose review is overdue or due soon, the latest first."""
    agreements = Agreement.objects.editable_by(user).review_overdue(on + AHEAD)
    found, number = _some(
        agreements.defer("summary").order_by("-next_review_on", "-pk"), CLOCKS_PER_KIND
    )
    return Kind(
        [_agreement_need(agreement) for agreement in found],
        number,
        ngettext("%(number)s agreement to review", "%(number)s agreements to review", number)
        % {"number": grouped(number)},
        links.reviews_overdue(),
        _("Agreements past their review"),
    )


def _agreement_need(agreement: Agreement) -> Need:
    late, due = agreement.review_is_overdue, agreement.next_review_on
    kind = agreement.get_type_display()
    return Need(
        title=_("Review the agreement “%(title)s”") % {"title": agreement.title},
        url=agreement.get_absolute_url(),
        small=kind if late else f"{kind} · {_('due %(day)s') % {'day': _day(due)}}",
        late=_since(due) if late else "",
        action_label=_("Update"),
        action_url=reverse("programs:agreement_edit", args=[agreement.ref]),
        urgency=LATE if late else DUE,
        due=due,
    )


def _day(day: date | None) -> str:
    return date_format(day, "j M Y") if day else ""


def _since(day: date | None) -> str:
    return _("due since %(day)s") % {"day": _day(day)}
