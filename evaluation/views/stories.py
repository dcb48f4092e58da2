"""Success stories: the list, one story, its form."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Partner, User
from agencies.requests import signed_in
from evaluation.models import Story
from evaluation.models.story import tellable_lessons
from evaluation.search import STORY_TEXT
from evaluation.story_filters import StoryFilters
from evaluation.story_forms import StoryForm
from lessons.models import Action, Lesson
from lessons.vocabulary import ActionStatus
from pages.export import Column, part, words
from pages.listing import Empty, Listing, send, show
from pages.numbers import grouped
from pages.resume import resumable
from programs.finding import finding
from programs.models import Exercise, Program
from programs.views.activity import who_reads
from programs.views.lists import SNIPPET, partners_of, seen, sorts
from records.exports import export
from records.panels import files_of
from records.saving import FormPage, answer
from records.search import RELEVANT
from records.vocabulary import TLP, TLP_AUDIENCES

# --- The list ------------------------------------------------------------------------------------


def with_partners(stories: QuerySet, reader: User) -> QuerySet:
    """Rows of a page: partners, and the beginning of what changed instead of long texts."""
    return (
        stories.defer(*Story.LONG_TEXTS)
        .select_related("agency")
        .annotate(snippet=Left("changed", SNIPPET))
        .prefetch_related(
            Prefetch("partners", Partner.objects.only("code", "name", "kind", "historical"))
        )
    )


def nothing_more(stories: list[Any], reader: User) -> None:
    """A row of this list tells nothing that is counted."""


def stories_counted(number: int) -> str:
    return ngettext("%(number)s success story", "%(number)s success stories", number) % {
        "number": grouped(number)
    }


PARTNERS = partners_of(Story)
LESSON, PROGRAM = seen(cast(Any, Lesson), "lesson_id"), seen(Program, "program_id")
COLUMNS = (
    Column("ref", _("Reference")),
    Column("marking", _("Marking"), ("tlp",), words(TLP.choices)),
    Column("handling", _("Handling"), ("tlp",), words(TLP_AUDIENCES.items())),
    Column("title", _("Title")),
    Column("partner_codes", _("Partner codes"), (PARTNERS,), part(0)),
    Column("partners", _("Partners"), (PARTNERS,), part(1)),
    Column("problem", _("What was the problem")),
    Column("done", _("What was done")),
    Column("changed", _("What changed")),
    Column("quote", _("In somebody's words")),
    Column("quoted", _("Whose words")),
    Column("lesson", _("Lesson"), (LESSON,), part(0)),
    Column("lesson_title", _("Point of the lesson"), (LESSON,), part(1)),
    Column("program", _("Program"), (PROGRAM,), part(0)),
    Column("program_title", _("Title of the program"), (PROGRAM,), part(1)),
    Column("agency", _("Recorded by"), ("agency__name",)),
    Column("told_on", _("Told on"), ("recorded_on",)),
)
STORIES = Listing(
    title=_("Success stories"),
    counted=stories_counted,
    address="evaluation:stories",
    file_address="evaluation:story_export",
    file_name="stories",
    template="evaluation/stories.html",
    row="evaluation/_story_row.html",
    filters=StoryFilters,
    sorts=sorts("recorded_on"),
    columns=COLUMNS,
    empty=Empty(
        _("No success story is here yet"),
        _("Tell a lesson that was learned, or a program with a result, on one page."),
        "evaluation:story_new",
        _("Tell a success story"),
    ),
    finder=finding(STORY_TEXT, sorts("recorded_on")[0], with_partners, nothing_more),
    relevance=RELEVANT,
)


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    return show(request, STORIES, Story.objects.visible_to(signed_in(request)))


@require_safe
def file(request: HttpRequest) -> HttpResponseBase:
    return send(request, STORIES, Story.objects.visible_to(signed_in(request)), export)


# --- One story -----------------------------------------------------------------------------------


@require_safe
def story(request: HttpRequest, ref: str) -> HttpResponse:
    """The story, and of what proves it what the reader may see."""
    user = signed_in(request)
    found: Story = get_object_or_404(
        Story.objects.visible_to(user)
        .with_sources_for(user)
        .select_related("agency")
        .prefetch_related("partners", "released_to", "red_recipients"),
        ref=ref,
    )
    may_edit = found.is_editable_by(user)
    files = files_of(found, may_edit=may_edit)
    context = {
        "story": found,
        "audience": who_reads(cast(Any, found), list(found.released_to.all())),
        "may_edit": may_edit,
        **files,
        **(proof_of_lesson(found.lesson, user) if found.lesson else {}),
        **(proof_of_program(found.program, user) if found.program else {}),
    }
    return render(request, "evaluation/story.html", context)


def proof_of_lesson(lesson: Lesson, user: User) -> dict[str, Any]:
    """How it was confirmed, and the actions that were carried out and verified."""
    return {
        "validation": lesson.validations.filter(confirmed=True).order_by("-at", "-pk").first(),
        "actions": list(
            Action.objects.visible_to(user)
            .filter(lessons=lesson, status=ActionStatus.VERIFIED)
            .select_related("body")
        ),
    }


def proof_of_program(program: Program, user: User) -> dict[str, Any]:
    """What it reached, and the exercises of it."""
    held = Exercise.objects.visible_to(user).filter(program=program).held()
    return {"exercises_held": held.count()}


# --- The form ------------------------------------------------------------------------------------

STORY = FormPage(
    model=Story,
    form=StoryForm,
    template="evaluation/story_form.html",
    done=_("The story is saved."),
)


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Tell a story, of ``?lesson=`` or ``?program=`` if the address names one."""
    user = signed_in(request)
    if not user.may_record:
        raise PermissionDenied
    return answer(request, STORY, initial=starting_point(request, user))


def starting_point(request: HttpRequest, user: User) -> dict[str, Any]:
    """What is known already: the texts of the lesson and how it was confirmed."""
    lesson_ref, program_ref = (
        request.GET.get(name, "").replace("\0", "")[:60] for name in ("lesson", "program")
    )
    if lesson_ref:
        lesson = get_object_or_404(tellable_lessons(user), ref=lesson_ref)
        proof = proof_of_lesson(lesson, user)
        return {
            "lesson": lesson.pk,
            "title": lesson.title,
            "problem": lesson.observation,
            "done": "\n".join(action.title for action in proof["actions"]),
            "changed": proof["validation"].result if proof["validation"] else "",
            "partners": list(lesson.partners.all()),
            "tlp": lesson.tlp,
        }
    if program_ref:
        program = get_object_or_404(Program.objects.visible_to(user), ref=program_ref)
        return {
            "program": program.pk,
            "partners": list(program.partners.all()),
            "done": program.summary,
            "tlp": program.tlp,
        }
    return {}


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str) -> HttpResponseBase:
    user = signed_in(request)
    found: Story = get_object_or_404(Story.objects.visible_to(user), ref=ref)
    return answer(request, STORY, found, context=files_of(found, may_edit=True, on_form=True))
