"""Every page × every kind of person: nothing opens to who is signed out, nothing hidden shows.

The addresses come from the URLconf, so that a new page cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from evaluation.models import FeedbackRequest, Story
from exchange.models import RequestedDocument
from lessons.models import Action, Comment, Lesson, Reuse
from lessons.notice_kinds import BECAME_OF
from lessons.vocabulary import ActionStatus, Status
from notices.models import Notice
from notices.telling import tell
from records.models import Attachment, SavedView, SharedRecord
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_comment,
    make_exercise,
    make_feedback,
    make_indicator,
    make_lesson,
    make_measurement,
    make_program,
    make_reuse,
    make_story,
)
from tests.quick import quick

pytestmark = pytest.mark.django_db
OURS = ("agencies", "evaluation", "insights", "lessons", "notices", "pages", "programs", "records")
KINDS = ("agreement", "program", "exercise")
OF_A_DOCUMENT = {f"insights:document{deed}" for deed in ("", "_file", "_remove")}
OF_A_VIEW = {f"insights:saved_view{deed}" for deed in ("", "_change", "_delete")}


def named_pages() -> Iterator[str]:
    """Every named address of our own apps, as ``namespace:name``."""

    def walk(resolver: URLResolver, namespace: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, pattern.namespace or namespace)
            elif isinstance(pattern, URLPattern) and namespace in OURS:
                yield f"{namespace}:{pattern.name}"

    yield from walk(get_resolver(), "")


@dataclass
class World:
    """A cast, and one record of each kind of which only the originator may know."""

    cast: Cast
    lesson: Lesson
    activities: Mapping[str, SharedRecord]
    indicator: SharedRecord
    attachment: Attachment
    view: SavedView
    action: Action
    comment: Comment
    reuse: Reuse
    notice: Notice
    feedback: FeedbackRequest
    story: Story
    document: RequestedDocument

    def arguments(self, page: str) -> list[object] | None:
        """What the address of ``page`` takes for the hidden records; ``None`` if it takes none."""
        app, name = page.split(":")
        lesson: list[object] = [self.lesson.ref]
        known: dict[str, list[object]] = {
            **{key: [self.attachment.uuid] for key in ("records:attachment", "records:detach")},
            **{key: [self.view.pk] for key in OF_A_VIEW},
            **{key: [self.document.uuid] for key in OF_A_DOCUMENT},
            "insights:lesson_sheet": lesson,
            "insights:exercise_report": [self.activities["exercise"].ref],
            **{key: [self.action.pk] for key in ("lessons:action", "lessons:evidence")},
            **{f"lessons:{name}": lesson for name in OF_A_LESSON},
            "records:attach": ["lesson", *lesson],
            **{key: [self.notice.pk] for key in ("notices:opened", "notices:read")},
            "lessons:move": [*lesson, "submit"],
            "lessons:action_move": [self.action.pk, "progress"],
            "lessons:action_history": [self.action.pk],
            **{key: [*lesson, 1] for key in ("lessons:version", "lessons:restore")},
            "lessons:decide": [*lesson, "approve_revision"],
            "lessons:reuse_edit": [*lesson, self.reuse.pk],
        }
        if page in known:
            return known[page]
        if name in OF_A_QUESTIONNAIRE:
            return [self.feedback.pk, *OF_A_QUESTIONNAIRE[name]]
        if name in {"story", "story_edit"}:
            return [self.story.ref]
        if app == "lessons" and name.startswith("comment_"):
            return [*lesson, self.comment.pk]
        if app == "evaluation" and name in OF_AN_INDICATOR:
            return [self.indicator.ref]
        kind = name.removesuffix("_edit").removesuffix("_evaluate")
        if app == "programs" and kind in KINDS:
            return [self.activities[kind].ref]
        return None


OF_A_LESSON = {
    *("lesson", "similar", "edit", "handling", "discard"),
    *("comment", "people", "reuse"),
    *("history", "revise", "revision"),
}
OF_AN_INDICATOR = {
    *("indicator", "indicator_edit", "result", "ask_again"),
    *("values", "paste", "breaks", "history"),
}
OF_A_QUESTIONNAIRE: dict[str, list[object]] = {
    **{f"feedback{page}": [] for page in ("", "_edit", "_links", "_sheet", "_export")},
    "feedback_do": ["close"],
    "feedback_lesson": [uuid4()],
}
OPEN_ARGUMENTS: dict[str, list[object]] = {
    "insights:partner": ["MA"],
    "insights:pipeline_file": ["stages"],
    "insights:partner_report": ["MA"],
    **{f"insights:template{deed}": ["ES-GC"] for deed in ("", "_file", "_remove")},
    "agencies:members": ["ES-GC"],
    "agencies:settings": ["ES-GC"],
    "agencies:member": ["ES-GC", 1],
    "insights:exports": ["ES-GC"],
    "lessons:facet": ["partner"],
    "evaluation:answer": ["no-such-key"],
}
"""Arguments of addresses that name no record."""


@pytest.fixture
def world() -> World:
    cast = make_cast()
    lesson = make_lesson(
        by=cast.originator, tlp=TLP.RED, status=Status.DRAFT, title="Xyzzy of the lesson"
    )
    attachment = Attachment.attach(
        lesson,
        ContentFile(b"Xyzzy", name="xyzzy.txt"),
        name="xyzzy.txt",
        media_type="text/plain",
        by=cast.originator,
    )
    makers = {"agreement": make_agreement, "program": make_program, "exercise": make_exercise}
    activities = {
        kind: make(by=cast.originator, tlp=TLP.RED, title=f"Xyzzy of the {kind}")
        for kind, make in makers.items()
    }
    indicator = make_indicator(
        by=cast.originator,
        tlp=TLP.RED,
        title="Xyzzy of the indicator",
        exercise=activities["exercise"],
    )
    make_measurement(indicator, date(2026, 3, 1), note="Xyzzy of the value")
    view = SavedView.objects.create(
        owner=cast.originator, kind="lessons", name="Xyzzy of the view", query="q=Xyzzy"
    )
    action = make_action(
        lesson, title="Xyzzy of the action", status=ActionStatus.ONGOING, owner=cast.originator
    )
    comment = make_comment(lesson, text="Xyzzy of the comment")
    reuse = make_reuse(lesson, result="Xyzzy of the reuse")
    tell([cast.originator], BECAME_OF, lesson, key="1", at=timezone.now(), move="take", to="draft")
    notice = Notice.objects.get()
    feedback = make_feedback(
        by=cast.originator,
        exercise=activities["exercise"],
        heading="Xyzzy of the questionnaire",
        summary_shared=True,
    )
    story = make_story(
        by=cast.originator,
        tlp=TLP.RED,
        title="Xyzzy of the story",
        lesson=make_lesson(
            by=cast.originator, tlp=TLP.RED, status=Status.LEARNED, title="Xyzzy of the learned"
        ),
    )
    document = RequestedDocument.objects.create(
        person=cast.originator,
        kind="after_action",
        format="pdf",
        subject=activities["exercise"].ref,
    )
    return World(
        cast,
        lesson,
        activities,
        indicator,
        attachment,
        view,
        action,
        comment,
        reuse,
        notice,
        feedback,
        story,
        document,
    )


def address(world: World, page: str) -> str:
    arguments = world.arguments(page)
    return reverse(page, args=OPEN_ARGUMENTS.get(page, []) if arguments is None else arguments)


OPEN_TO_ALL = {"pages:theme", "evaluation:answer"}


def test_signed_out_everything_leads_to_sign_in(client: Client, world: World) -> None:
    pages = set(named_pages()) - OPEN_TO_ALL
    assert len(pages) > 35
    for page in pages:
        url = address(world, page)
        for method in (client.get, client.post):
            answer = method(url)
            assert answer.status_code == 302, page
            assert answer.headers["Location"].startswith(reverse("account_login")), page


OTHERS = (
    *("colleague", "reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator"),
    *("reader", "sub_member", "sub_reviewer", "only_reviewer", "small_originator"),
    *("partner_reader", "partner_reviewer", "red_recipient", "stranger", "administrator"),
)


def test_the_others_are_everybody_but_the_originator(world: World) -> None:
    active = [name for name, person in world.cast.people.items() if person.is_active]
    assert set(active) == {"originator", *OTHERS}


NOT_ALLOWED_IS_NO_NEWS = {404, 405}
"""A page that only answers one method says so to anybody, whatever the reference."""


@pytest.mark.parametrize("name", quick("colleague", "partner_reviewer", "administrator", of=OTHERS))
def test_hidden_records_are_not_found_by_anybody_else(
    client: Client, world: World, name: str
) -> None:
    pages = [page for page in named_pages() if world.arguments(page) is not None]
    assert len(pages) >= 13
    client.force_login(world.cast.people[name])
    for page in pages:
        answer = client.get(address(world, page))
        assert answer.status_code in NOT_ALLOWED_IS_NO_NEWS, page


CHANGERS = quick("coordinator", of=["reviewer", "coordinator", "administrator"])


@pytest.mark.parametrize("name", CHANGERS)
def test_hidden_records_are_not_changed_by_anybody_else(
    client: Client, world: World, name: str
) -> None:
    client.force_login(world.cast.people[name])
    for page in named_pages():
        if world.arguments(page) is not None:
            answer = client.post(address(world, page), {"title": "Mine", "clean": "on"})
            assert answer.status_code in NOT_ALLOWED_IS_NO_NEWS, page
    world.lesson.refresh_from_db()
    assert (world.lesson.title, world.lesson.version) == ("Xyzzy of the lesson", 1)
    assert Attachment.objects.filter(pk=world.attachment.pk).exists()
    world.comment.refresh_from_db()
    assert (world.comment.text, world.lesson.comments.count()) == ("Xyzzy of the comment", 1)
    world.reuse.refresh_from_db()
    assert (world.reuse.version, world.lesson.reuses.count()) == (1, 1)
    assert RequestedDocument.objects.filter(pk=world.document.pk).exists()
    world.view.refresh_from_db()
    assert (world.view.name, world.view.agency) == ("Xyzzy of the view", None)
    world.feedback.refresh_from_db()
    assert (world.feedback.is_over, world.feedback.version) == (False, 1)
    world.story.refresh_from_db()
    assert (world.story.title, world.story.version) == ("Xyzzy of the story", 1)


LISTS = (
    "pipeline",
    "map",
    "gaps",
    "lessons",
    "export",
    "agreements",
    "programs",
    "exercises",
    "search",
    "suggest",
    "actions",
    "board",
    "indicators",
    "stories",
    "questionnaires",
)


SEARCHERS = quick("partner_reviewer", of=["coordinator", "partner_reviewer", "administrator"])


@pytest.mark.parametrize("name", SEARCHERS)
def test_no_page_tells_of_hidden_records(client: Client, world: World, name: str) -> None:
    """Whatever one opens or searches, the word that only the hidden records hold is not there."""
    client.force_login(world.cast.people[name])
    for page in named_pages():
        if world.arguments(page) is not None:
            continue
        listing = page.partition(":")[2].split("_")[-1] in LISTS
        exercise = world.activities["exercise"].ref
        for query in ("", "?q=Xyzzy", f"?exercise={exercise}") if listing else ("",):
            answer = client.get(address(world, page) + query)
            assert answer.status_code < 500, page
            body = b"".join(answer) if answer.streaming else answer.content
            assert b"Xyzzy of" not in body, (page, query)


ANSWER_A_FORM = {
    *("records:attach", "records:detach", "insights:saved_view_change"),
    "insights:document_remove",
    "lessons:comment_withdraw",
    "notices:read",
    "evaluation:ask_again",
    "evaluation:feedback_do",
    "evaluation:feedback_lesson",
}
OTHERWISE = {
    "lessons:handling": 403,
    "insights:saved_view": 302,
    "notices:opened": 302,
    # A draft was used by nobody, and nobody hides what they said themselves.
    "lessons:reuse": 403,
    "lessons:comment_hide": 403,
    # It has no versions and is not revised.
    "lessons:version": 404,
    "lessons:restore": 404,
    "lessons:revise": 409,
    "lessons:revision": 302,
    "lessons:decide": 302,
    # It has no links yet, and none for everybody: it is RED, which leaves in no file either.
    "evaluation:feedback_links": 404,
    "evaluation:feedback_sheet": 404,
    "evaluation:feedback_export": 403,
}


def test_their_owner_opens_all_of_them(client: Client, world: World) -> None:
    """The records of this sweep could leak: to their owner every page of them answers."""
    client.force_login(world.cast.originator)
    for page in named_pages():
        if world.arguments(page) is None or page in ANSWER_A_FORM:
            continue
        status = client.get(address(world, page)).status_code
        assert status == OTHERWISE.get(page, 200), page


def test_a_missing_record_and_a_hidden_one_answer_alike(client: Client, world: World) -> None:
    client.force_login(world.cast.stranger)
    hidden = client.get(reverse("lessons:lesson", args=[world.lesson.ref]))
    missing = client.get(reverse("lessons:lesson", args=["ES-GC-1999-0001"]))
    assert hidden.status_code == missing.status_code == 404
    pages = [
        client.get(reverse("records:attachment", args=[uuid])).content.decode()
        for uuid in (uuid4(), world.attachment.uuid)
    ]
    # The token against forged requests is new on every page.
    gone, kept = (re.sub(r'X-CSRFToken[^}]*|value="[^"]*"', "", page) for page in pages)
    assert gone == kept
