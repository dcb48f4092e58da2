"""The page of one lesson, and doing away with a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Prefetch,
    Q,
    prefetch_related_objects,
)
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.requests import signed_in
from lessons import handling, readers, revising, timeline
from lessons import reuse as reuses
from lessons.action_page import with_lessons_for
from lessons.discussion import discussion
from lessons.models import Action, Lesson, LessonEvent, Reuse, Validation
from lessons.models.lesson_queryset import edited_by
from lessons.next_step import next_step
from lessons.similar import similar as similar_lessons
from lessons.versions import Revision
from lessons.vocabulary import Status
from lessons.workflow import RefusedError
from pages.resume import person_token
from programs.naming import name_activities
from records.panels import files_of
from records.vocabulary import TLP

OPENING = 3_000
"""Characters of a text that are shown at once; the rest of a longer one is folded."""


@dataclass(frozen=True)
class Passage:
    """One text of a lesson; a very long one is cut where a reader would pause."""

    title: str | Promise
    opening: str
    rest: str = ""

    @classmethod
    def of(cls, title: str | Promise, text: str) -> Passage:
        text = text.replace("\r\n", "\n").strip()
        if len(text) <= 2 * OPENING:
            return cls(title, text)
        cut = max(text.rfind("\n\n", OPENING // 2, OPENING), 0)
        cut = cut or max(text.rfind(" ", OPENING // 2, OPENING), 0) or OPENING
        return cls(title, text[:cut].rstrip(), text[cut:].lstrip("\n"))

    @property
    def characters(self) -> int:
        return len(self.rest)


def passages(lesson: Lesson, *names: str) -> list[Passage]:
    """The texts of ``lesson`` under ``names`` that are written, with the words for them."""
    return [
        Passage.of(Lesson.label_of(name), text) for name in names if (text := getattr(lesson, name))
    ]


def visible_lesson(user: User, ref: str) -> Any:
    """The lesson ``ref`` with what its page shows; 404 where ``user`` may not see it.

    Its activities are for ``lesson_page`` to name, with those of its checks and reuses.

    ``is_editable`` tells whether ``user`` may edit it; the others what there is to look up.
    """
    editable = ExpressionWrapper(edited_by(user), output_field=BooleanField())
    lessons = (
        Lesson.objects.visible_to(user)
        .annotate(
            is_editable=editable,
            was_validated=Exists(Validation.objects.filter(lesson=OuterRef("pk"))),
            was_used=Exists(Reuse.objects.filter(lesson=OuterRef("pk"))),
            has_revision=Exists(Revision.objects.open().filter(lesson=OuterRef("pk"))),
        )
        .select_related("agency", "originator", "adopted_by", "created_by", "reviewer")
        .prefetch_related(
            "themes",
            "partners",
            Prefetch("actions", with_lessons_for(Action.objects.all(), user, partners=False)),
            Prefetch("events", LessonEvent.objects.select_related("actor")),
        )
    )
    lesson = get_object_or_404(lessons, ref=ref)
    if lesson.tlp == TLP.RED:
        # Asked for by every rule of the life cycle, and only at this marking.
        prefetch_related_objects([lesson], "red_recipients")
    if lesson.adopted_by_id is not None:
        # Asked for whenever somebody is named.
        prefetch_related_objects([lesson], "former_editors")
    return lesson


def lesson(request: HttpRequest, ref: str) -> HttpResponse:
    """What one lesson says, where it stands, and what this reader may do with it."""
    return lesson_page(request, visible_lesson(signed_in(request), ref))


def lesson_page(
    request: HttpRequest, lesson: Any, *, notice: str | Promise = "", status: int = 200
) -> HttpResponse:
    """Draw the page; ``notice`` says what stood in the way of the deed that led here."""
    user = signed_in(request)
    lesson.found_for = user.pk
    inside = lesson.comments_visible_to(user)
    step = next_step(lesson, user)
    related = lineage(lesson, user)
    checked = checks(lesson, user, inside=inside) if lesson.was_validated else []
    used = reuses.reuses_of(lesson, user) if lesson.was_used else []
    name_activities(
        [lesson, *(one["check"] for one in checked), *(one["reuse"] for one in used)], user
    )
    context = {
        **files_of(lesson, may_edit=lesson.is_editable),
        "lesson": lesson,
        "notice": notice,
        "readers": readers.who_reads(lesson, user),
        "steps": timeline.steps(lesson),
        "events": timeline.happened(lesson, user),
        "step": step,
        "passages": passages(lesson, "observation", "discussion", "conclusion", "recommendation"),
        "reuse": passages(lesson, "applies_when", "does_not_apply_when"),
        "original": original_observation(lesson) if inside else None,
        "question": timeline.question_to_author(lesson) if inside else None,
        "actions": named_actions(lesson, user),
        "checks": checked,
        "facts": facts(lesson, user),
        "threats": labels(lesson, "threats"),
        "elements": labels(lesson, "dotmlpfi"),
        "lineage": related,
        "replacement": next(
            (one.lesson for one in related if one.lesson.pk == lesson.superseded_by_id), None
        ),
        "editable": lesson.is_editable,
        "handleable": handling.may_handle(lesson, user),
        "discardable": handling.may_discard(lesson, user),
        "discussion": discussion(lesson, user, at=timezone.now()),
        "comment_token": uuid4(),
        "person_token": person_token(user),
        "reuses": used,
        "usable": reuses.refusal(lesson, user) is None,
        **(told_as_story(lesson, user) if lesson.status == Status.LEARNED else {}),
        **(versions_panel(lesson, user) if inside else {}),
    }
    return render(request, "lessons/lesson.html", context, status=status)


def told_as_story(lesson: Lesson, user: User) -> dict[str, Any]:
    """The success stories of a learned lesson that ``user`` may see, and where one begins."""
    stories: Any = Lesson._meta.get_field("stories")
    told = stories.related_model._default_manager.visible_to(user).filter(lesson=lesson)
    return {
        "stories": list(told),
        "tell_url": f"{reverse('evaluation:story_new')}?lesson={lesson.ref}"
        if user.may_record
        else "",
    }


def versions_panel(lesson: Any, user: User) -> dict[str, Any]:
    """The way to earlier versions, and to the revision that waits or could be proposed."""
    if lesson.submitted_at is None:
        return {}
    revision = revising.open_revision(lesson) if lesson.has_revision else None
    return {
        "has_versions": True,
        "revision": revision,
        "revision_words": revising.sentence(lesson, revision, user) if revision else "",
        "revision_steps": revising.offered(lesson, revision, user) if lesson.is_published else [],
    }


def original_observation(lesson: Lesson) -> Passage | None:
    """What the author wrote, where a reviewer has changed the words since."""
    if lesson.original_observation.strip() in {"", lesson.observation.strip()}:
        return None
    return Passage.of(_("Observation as its author submitted it"), lesson.original_observation)


def named_actions(lesson: Any, user: User) -> list[dict[str, Any]]:
    """The actions with their owners as ``user`` may know them."""
    return [
        {
            "action": action,
            "owner": action.name_for(user, action.owner, action.seen) if action.owner else "",
        }
        for action in lesson.actions.all()
    ]


def checks(lesson: Lesson, user: User, *, inside: bool) -> list[dict[str, Any]]:
    """How somebody found out whether the change works, the last time first.

    Readers are told what confirmed it; what failed is for those inside, like every reason.
    """
    found = lesson.validations.select_related("by").order_by("-at", "-pk")
    return [
        {
            "check": check,
            "by": lesson.name_for(user, check.by),
            "told": check.confirmed or inside,
        }
        for check in (found if lesson.identified_at else ())
    ]


def facts(lesson: Lesson, user: User) -> list[tuple[str, str]]:
    """What else is known of where it comes from, as label and words."""
    pairs = [
        (_("Context"), lesson.get_reporting_context_display()),
        (_("Observer"), lesson.name_for(user)),
        (_("Recorded by"), lesson.agency.name),
        (_("Source"), lesson.get_evidence_source_display()),
        (_("Information"), lesson.get_evidence_information_display()),
        (_("Written in"), lesson.get_language_display() if lesson.language != "en" else ""),
    ]
    if lesson.adopted_by is not None and lesson.originator_id is not None:
        pairs.insert(2, (_("Adopted by"), lesson.name_for(user, lesson.adopted_by)))
    if lesson.reviewer is not None and not lesson.is_published:
        pairs.insert(2, (_("Reviewer"), lesson.name_for(user, lesson.reviewer)))
    return [(label, str(words)) for label, words in pairs if words]


def labels(lesson: Lesson, name: str) -> list[str]:
    field: Any = Lesson._meta.get_field(name)
    return field.labels(getattr(lesson, name))


@dataclass(frozen=True)
class Related:
    """Another lesson that this one follows or is followed by."""

    words: str
    lesson: Lesson


def lineage(lesson: Lesson, user: User) -> list[Related]:
    """Lessons before and after this one, as far as ``user`` may see them."""
    shown_by = {event.related_id for event in lesson.events.all()}
    named = {lesson.recurrence_of_id, lesson.superseded_by_id, *shown_by} - {None}
    # Looked up first: asked of each lesson, a database may read them all.
    naming = (
        Lesson._base_manager.filter(Q(recurrence_of=lesson) | Q(superseded_by=lesson))
        .order_by()
        .values_list("pk")
        .union(
            LessonEvent._base_manager.filter(related=lesson).order_by().values_list("lesson"),
            Lesson.derived_from.through._base_manager.filter(from_lesson=lesson).values_list(
                "to_lesson"
            ),
        )
    )
    found = (
        Lesson.objects.visible_to(user)
        .filter(pk__in=named.union(pk for (pk,) in naming))
        .only("pk", "ref", "title", "status", "recurrence_of_id", "superseded_by_id")
        .annotate(
            fell_back=Exists(LessonEvent.objects.filter(related=lesson, lesson=OuterRef("pk")))
        )
        .order_by("pk")
    )
    return [Related(_relation(lesson, other, shown_by), other) for other in found]


def _relation(lesson: Lesson, other: Any, shown_by: set[int | None]) -> str:
    if other.pk == lesson.superseded_by_id:
        return _("Superseded by")
    if other.superseded_by_id == lesson.pk:
        return _("Stands in the place of")
    if other.pk == lesson.recurrence_of_id:
        return _("Happened before")
    if other.recurrence_of_id == lesson.pk or other.pk in shown_by:
        return _("Happened again")
    return _("Happened before") if other.fell_back else _("Derived from")


@require_safe
def similar(request: HttpRequest, ref: str) -> HttpResponse:
    """Lessons with similar words: a page, or for htmx the panel of the lesson's own page."""
    user = signed_in(request)
    lesson = get_object_or_404(Lesson.objects.visible_to(user), ref=ref)
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    template = "lessons/_similar.html" if htmx else "lessons/similar.html"
    context = {"lesson": lesson, "similar": similar_lessons(lesson, user)}
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def discard(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask, then delete a draft that was never submitted."""
    user = signed_in(request)
    lesson = get_object_or_404(Lesson.objects.visible_to(user), ref=ref)
    if not handling.may_discard(lesson, user):
        raise PermissionDenied(_("Only a draft that was never submitted can be deleted."))
    if request.method == "POST":
        try:
            handling.discard(lesson, by=user)
        except RefusedError as refused:
            return lesson_page(
                request, visible_lesson(user, ref), notice=refused.reason, status=409
            )
        messages.success(request, _("The draft is deleted."))
        return HttpResponseRedirect(reverse("lessons:lessons"))
    return render(request, "lessons/discard.html", {"lesson": lesson})
