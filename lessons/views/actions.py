"""Remedial actions: the list, the board, one action, and its moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.db.models.functions import Lower
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.requests import signed_in
from lessons import workflow
from lessons.action_filters import ActionFilters
from lessons.action_forms import ActionMoveForm, EvidenceForm
from lessons.action_page import (
    done_words,
    evidence_of,
    happened,
    next_step,
    steps,
    visible_action,
    who_did,
    with_lessons_for,
)
from lessons.models import Action
from lessons.vocabulary import CLOSED_ACTIONS, ActionStatus, CapabilityElement
from lessons.workflow import ACTION_MOVES, Actor, IncompleteError, Move, RefusedError, Words
from pages.cursors import Key, Sort
from pages.export import Column, Related, words
from pages.listing import Database, Empty, Listing, send, show
from pages.resume import PERSON_FIELD, person_of, person_token, resumable, take
from records import uploads
from records.exports import export as exported
from records.models import StaleVersionError
from records.saving import version_in, with_plain_line_ends
from records.vocabulary import TLP, TLP_AUDIENCES

# --- The list ------------------------------------------------------------------------------------


def counted(number: int) -> str:
    return ngettext("%(number)s action", "%(number)s actions", number) % {
        "number": number_format(number, force_grouping=True)
    }


def with_what_a_row_says(actions: QuerySet, reader: User) -> QuerySet:
    return with_lessons_for(actions, reader)


def name_owners(actions: list[Any], reader: User) -> None:
    for action in actions:
        action.owner_name = owner_of(action, reader)


def owner_of(action: Any, reader: User) -> str:
    """The owner as ``reader`` may know them; nothing where nobody owns it."""
    return action.name_for(reader, action.owner, action.seen) if action.owner else ""


def told_of_each(tell: Callable[[Any, User], Any]) -> Related:
    """What ``tell`` says of each action to the reader of a file."""

    def prepare(reader: User) -> Callable[[set[Any]], Mapping[Any, Any]]:
        def of(keys: set[Any]) -> Mapping[Any, Any]:
            actions = with_lessons_for(Action.objects.filter(pk__in=keys), reader)
            return {action.pk: tell(action, reader) for action in actions}

        return of

    return Related("pk", prepare, "")


def day_of(reader: User) -> Callable[[datetime | None], date | None]:
    return lambda moment: timezone.localdate(moment) if moment else None


COLUMNS = (
    Column("marking", gettext_lazy("Marking"), ("tlp",), words(TLP.choices)),
    Column("handling", gettext_lazy("Handling"), ("tlp",), words(TLP_AUDIENCES.items())),
    Column("title", gettext_lazy("What is to be done")),
    Column(
        "lessons",
        gettext_lazy("Lessons"),
        (told_of_each(lambda action, reader: [lesson.ref for lesson in action.seen]),),
    ),
    Column("body", gettext_lazy("Action body"), ("body__name",)),
    Column("owner", gettext_lazy("Owner"), (told_of_each(owner_of),)),
    Column("element", gettext_lazy("Capability element"), (), words(CapabilityElement.choices)),
    Column("status", gettext_lazy("Status"), (), words(ActionStatus.choices)),
    Column("starts_on", gettext_lazy("Starts on"), ("start_on",)),
    Column("due_on", gettext_lazy("Due on")),
    Column("original_due_on", gettext_lazy("Originally due on")),
    Column("finished_on", gettext_lazy("Finished on"), ("finished_at",), day_of),
    Column("verified_on", gettext_lazy("Verified on"), ("verified_at",), day_of),
)
CLOSED = Case(
    When(status__in=CLOSED_ACTIONS, then=Value(1)), default=Value(0), output_field=IntegerField()
)
DUE = Sort(
    "due",
    gettext_lazy("Due first, open before closed"),
    (Key("closed", int), Key("due_on", date)),
    {"closed": CLOSED},
)
LATEST = Sort("latest", gettext_lazy("Due last"), (Key("due_on", date, descending=True),))
TITLE = Sort(
    "title",
    gettext_lazy("By title"),
    (Key("folded_title", str),),
    {"folded_title": Lower("title")},
)
ACTIONS = Listing(
    title=gettext_lazy("Actions"),
    counted=counted,
    address="lessons:actions",
    file_address="lessons:actions_export",
    file_name="actions",
    template="lessons/actions.html",
    row="lessons/_action_list_row.html",
    filters=ActionFilters,
    sorts=(DUE, LATEST, TITLE),
    columns=COLUMNS,
    empty=Empty(
        gettext_lazy("No action is here yet"),
        gettext_lazy(
            "Actions come with the endorsement of a lesson: who changes what, until when."
        ),
        "lessons:lessons",
        gettext_lazy("Read the lessons"),
    ),
    finder=lambda filters: Database(filters, with_what_a_row_says, name_owners),
)


def seen_by(request: HttpRequest) -> QuerySet[Action]:
    return Action.objects.visible_to(cast(User, request.user))


@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    return show(request, ACTIONS, seen_by(request))


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    return send(request, ACTIONS, seen_by(request), exported)


# --- The board -----------------------------------------------------------------------------------

ON_A_COLUMN = 12
"""Actions that one column of the board shows; the list shows the rest."""
BOARD = (
    ActionStatus.NOT_STARTED,
    ActionStatus.ONGOING,
    ActionStatus.DELAYED,
    ActionStatus.STANDBY,
    ActionStatus.FINISHED,
    ActionStatus.VERIFIED,
    ActionStatus.DECLINED,
)


@dataclass(frozen=True)
class BoardColumn:
    """One status: how many actions have it, the first ones due, and where all are listed."""

    status: ActionStatus
    actions: list[Any]
    number: int
    url: str

    @property
    def more(self) -> int:
        return self.number - len(self.actions)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The actions that the filters find, by status; verified ones the latest first."""
    user = signed_in(request)
    filters = ActionFilters(request.GET, queryset=seen_by(request), request=request)
    rows = filters.narrowed()
    query = request.GET.copy()
    numbers = dict(rows.order_by().values_list("status").annotate(number=Count("pk")))
    columns = []
    for status in BOARD:
        here = rows.filter(status=status)
        late_first = "-verified_at" if status == ActionStatus.VERIFIED else "due_on"
        shown: list[Any] = list(
            with_lessons_for(here.order_by(late_first, "pk"), user)[:ON_A_COLUMN]
        )
        name_owners(shown, user)
        query.setlist("status", [status])
        url = f"{reverse('lessons:actions')}?{query.urlencode()}"
        columns.append(BoardColumn(status, shown, numbers.get(status, 0), url))
    listed = request.GET.urlencode()
    context = {
        "columns": columns,
        "errors": [error for errors in filters.errors.values() for error in errors],
        "chips": [
            (filters.filters[name].label, filters.words(name, value))
            for name, values in filters.asked.items()
            for value in values
        ],
        "list_url": reverse("lessons:actions") + (f"?{listed}" if listed else ""),
    }
    return render(request, "lessons/board.html", context)


# --- One action ----------------------------------------------------------------------------------


@require_safe
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: what it is for, where it stands, what proves it and what happened."""
    user = signed_in(request)
    return action_page(request, visible_action(user, pk))


def action_page(
    request: HttpRequest, action: Any, *, notice: Words = "", status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    inside = Action.objects.known_inside_to(user).filter(pk=action.pk).exists()
    context = {
        "action": action,
        "notice": notice,
        "inside": inside,
        "steps": steps(action),
        "step": next_step(action, user),
        "facts": facts(action, user),
        "events": happened(action, user, inside=inside),
        "evidence": evidence_of(action, inside=inside),
        "may_add_evidence": workflow.may_add_evidence(action, user),
    }
    return render(request, "lessons/action.html", context, status=status)


def facts(action: Any, user: User) -> list[tuple[str, str]]:
    people = [action.owner, action.finished_by, action.verified_by]
    of_body = action.of_body(person.pk for person in people if person)

    def named(person: User | None) -> str:
        if person is None:
            return ""
        for_body = person.pk in of_body or person == action.owner
        return str(action.name_for(user, person, action.seen, for_body=for_body))

    return [
        (_("Action body"), action.body.name),
        (_("Owner"), named(action.owner) or _("nobody yet")),
        (_("Capability element"), action.get_element_display()),
        (_("Finished by"), named(action.finished_by)),
        (_("Verified by"), named(action.verified_by)),
    ]


# --- Moving it -----------------------------------------------------------------------------------


@resumable
def action_move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One move of one action: ask for what it needs, make it, or say what stands in the way."""
    if name not in ACTION_MOVES:
        raise Http404
    user = signed_in(request)
    asked = Asked(request, user, visible_action(user, pk), ACTION_MOVES[name])
    return asked.post() if request.method == "POST" else asked.get()


@dataclass
class Asked:
    """One request for one move."""

    request: HttpRequest
    user: User
    action: Any
    move: Move
    context: dict[str, Any] = field(default_factory=dict)

    def get(self) -> HttpResponse:
        reason = self.refusal()
        if reason is not None:
            return self.refused(reason)
        typed = take(self.request)
        form = ActionMoveForm(typed, action=self.action, move=self.move, as_typed=typed is not None)
        return self.show(form)

    @cached_property
    def inside(self) -> bool:
        """Whether reasons and evidence are for this person."""
        return Action.objects.known_inside_to(self.user).filter(pk=self.action.pk).exists()

    def refusal(self) -> Words | None:
        return workflow.action_refusal(self.action, self.move, Actor(self.user))

    def post(self) -> HttpResponse:
        data = with_plain_line_ends(self.request.POST)
        owner = person_of(data.get(PERSON_FIELD))
        if owner is not None and owner != self.user.pk:
            # Opened by somebody else who was signed in on this device before.
            raise PermissionDenied
        version = version_in(data)
        if self.was_made(version):
            return self.made()
        form = ActionMoveForm(
            data,
            self.request.FILES,
            action=self.action,
            move=self.move,
            oversized=getattr(self.request, "oversized", ()),
            as_typed=version != self.action.version,
        )
        reason = self.refusal()
        if reason is not None:
            return self.refused(reason, form)
        if version != self.action.version:
            return self.overtaken(form)
        return self.make(form, version)

    def was_made(self, version: int) -> bool:
        """Whether the first of two clicks has made just this move already."""
        last = self.action.events.last()
        return bool(
            last
            and self.action.version == version + 1
            and (last.move, last.actor_id) == (self.move.name, self.user.pk)
        )

    def make(self, form: ActionMoveForm, version: int) -> HttpResponse:
        if not form.is_valid():
            return self.show(form, status=422)
        given = form.given
        body = given.get("body")
        if body is not None and workflow.newly_reading(self.action, body):
            form.ask_for_release(body)
            if not form.is_valid():
                return self.show(form, status=422)
            given = form.given
        try:
            with transaction.atomic():
                workflow.perform_action(
                    self.action, self.move.name, by=self.user, given=given, version=version
                )
                if form.cleaned_data.get("file"):
                    shown = self.action.evidence.latest("pk")
                    uploads.attach(shown, form.cleaned_data["file"], by=self.user)
        except IncompleteError as incomplete:
            form.add_errors(incomplete.errors)
            return self.show(form, status=422)
        except (StaleVersionError, RefusedError):
            # Somebody was quicker in this very moment: answer as to a form sent a moment later.
            fresh = visible_action(self.user, self.action.pk)
            return Asked(self.request, self.user, fresh, self.move).post()
        return self.made()

    def made(self) -> HttpResponse:
        messages.success(self.request, f"{self.move.done}.")
        there = Action.objects.visible_to(self.user).filter(pk=self.action.pk).exists()
        target = self.action.get_absolute_url() if there else reverse("lessons:actions")
        return HttpResponseRedirect(target)

    def refused(self, reason: Words, form: ActionMoveForm | None = None) -> HttpResponse:
        """The person's role forbids it (403), or something happened meanwhile (409)."""
        overtaken = form is not None and form.as_typed and self.inside
        if not overtaken and not self.move.is_for(self.action, Actor(self.user)):
            raise PermissionDenied(reason)
        notice = self.what_happened(reason)
        if form is not None and form.data.get("comment", "").strip():
            self.context["blocked"] = notice
            form.as_typed = True
            form.without_choices()
            form.full_clean()
            return self.show(form, status=409)
        return action_page(self.request, self.action, notice=notice, status=409)

    def overtaken(self, form: ActionMoveForm) -> HttpResponse:
        """Show what was typed beside what happened since, to be sent again."""
        cast(QueryDict, form.data)["version"] = str(self.action.version)
        self.context["overtaken"] = self.what_happened("")
        return self.show(form, status=409)

    def what_happened(self, reason: Words) -> str:
        event = self.action.events.select_related("actor").last()
        if event is None:
            return str(reason)
        for_body = bool(self.action.of_body([event.actor_id]))
        who = who_did(event, self.action, self.user, for_body=for_body)
        words = {"done": done_words(event), "who": who}
        last = _("Last: %(done)s (%(who)s).") % words
        return f"{reason} {last}".strip()

    def show(self, form: ActionMoveForm, *, status: int = 200) -> HttpResponse:
        context = {
            "action": self.action,
            "move": self.move,
            "form": form,
            "person_token": person_token(self.user),
            "evidence": evidence_of(self.action, inside=True)
            if self.inside and self.move.name in {"finish", "verify", "reopen"}
            else [],
            "lessons": self.action.seen,
            **self.context,
        }
        return render(self.request, "lessons/action_move.html", context, status=status)


@resumable
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a piece of evidence while the action is under way."""
    user = signed_in(request)
    found = visible_action(user, pk)
    if not workflow.may_add_evidence(found, user):
        raise PermissionDenied(_("Evidence is added by its action body until it is verified."))
    if request.method != "POST":
        return show_evidence(request, found, EvidenceForm(take(request)))
    sender = person_of(request.POST.get(PERSON_FIELD))
    if sender is not None and sender != user.pk:
        # Opened by somebody else who was signed in on this device before.
        raise PermissionDenied
    form = EvidenceForm(request.POST, request.FILES, oversized=getattr(request, "oversized", ()))
    if not form.is_valid():
        return show_evidence(request, found, form, status=422)
    try:
        with transaction.atomic():
            shown = workflow.add_evidence(found, by=user, **form.shown)
            if form.cleaned_data.get("file") and not shown.attachments.exists():
                uploads.attach(shown, form.cleaned_data["file"], by=user)
    except RefusedError as refused:
        return action_page(request, visible_action(user, pk), notice=refused.reason, status=409)
    messages.success(request, _("The evidence is added."))
    return HttpResponseRedirect(found.get_absolute_url())


def show_evidence(
    request: HttpRequest, action: Any, form: EvidenceForm, *, status: int = 200
) -> HttpResponse:
    context = {"action": action, "form": form, "person_token": person_token(signed_in(request))}
    return render(request, "lessons/evidence.html", context, status=status)
