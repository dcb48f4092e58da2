"""Success stories: list, page, form, files; and nothing of what its reader may not see."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from evaluation.models import Story
from lessons.models import Validation
from lessons.vocabulary import ActionStatus, Status
from records.models import ExportRecord, FormDraft
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_exercise, make_lesson, make_program, make_story
from tests.forms import Values, changed, client_of, errors_in, fields_of
from tests.quick import ROWS

pytestmark = pytest.mark.django_db
LIST = "/stories/"
NEW = "/stories/new/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def learned(cast: Cast, **fields: Any) -> Any:
    lesson = make_lesson(by=cast.originator, status=Status.LEARNED, **fields)
    Validation.objects.create(
        lesson=lesson,
        confirmed=True,
        method="exercise",
        validated_on="2026-06-12",
        result="Three minutes instead of eleven",
        indicator="Minutes",
        by=cast.endorser,
    )
    make_action(lesson, title="Print one form", status=ActionStatus.VERIFIED)
    make_action(lesson, title="Was dropped", status=ActionStatus.CANCELLED)
    return lesson


def filled(client: Client, path: str, **changes: Any) -> Values:
    usual = {"title": "It works", "problem": "P", "done": "D", "changed": "C"}
    return changed(fields_of(client.get(path), "record-form"), **{**usual, **changes})


# --- Telling -------------------------------------------------------------------------------------


def test_a_learned_lesson_offers_its_story_with_what_is_known(cast: Cast) -> None:
    lesson = learned(cast, observation="Two sheets in another order", tlp=TLP.GREEN)
    client = client_of(cast.originator)
    path = f"{NEW}?lesson={lesson.ref}"
    assert path in client.get(lesson.get_absolute_url()).content.decode()
    values = fields_of(client.get(path), "record-form")
    assert values["problem"] == ["Two sheets in another order"]
    assert values["done"] == ["Print one form"]
    assert values["changed"] == ["Three minutes instead of eleven"]
    assert values["tlp"] == ["green"]
    for _click in range(2):
        assert client.post(path, values).status_code == 302
    story = Story.objects.get()
    assert (story.lesson, story.program, story.agency) == (lesson, None, cast.agency)
    assert story.ref.startswith("ES-GC-STO-")
    assert story.get_absolute_url() in client.get(lesson.get_absolute_url()).content.decode()


def test_a_program_offers_its_story(cast: Cast) -> None:
    program = make_program(by=cast.originator, summary="Gateways at two sites")
    client = client_of(cast.originator)
    path = f"{NEW}?program={program.ref}"
    assert path in client.get(program.get_absolute_url()).content.decode()
    client.post(path, filled(client, path))
    story = Story.objects.get()
    assert story.program == program
    assert story.get_absolute_url() in client.get(program.get_absolute_url()).content.decode()


def test_only_learned_lessons_are_told(cast: Cast) -> None:
    noted = make_lesson(by=cast.originator, status=Status.NOTED)
    hidden = make_lesson(by=cast.small_originator, status=Status.LEARNED)
    client = client_of(cast.originator)
    assert NEW + "?lesson" not in client.get(noted.get_absolute_url()).content.decode()
    for lesson in (noted, hidden):
        assert client.get(f"{NEW}?lesson={lesson.ref}").status_code == 404
        answer = client.post(NEW, filled(client, NEW, lesson=lesson, partners=[1]))
        assert answer.status_code == 422
        assert "lesson" in errors_in(answer)
    assert not Story.objects.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"title": ""}, "title"),
        ({"problem": " "}, "problem"),
        ({"done": ""}, "done"),
        ({"changed": ""}, "changed"),
        ({"lesson": ""}, "lesson"),
        ({"partners": []}, "partners"),
        ({"tlp": "white"}, "tlp"),
    ],
)
def test_bad_input_is_said_beside_its_field(cast: Cast, change: dict[str, Any], name: str) -> None:
    lesson = learned(cast)
    client = client_of(cast.originator)
    path = f"{NEW}?lesson={lesson.ref}"
    answer = client.post(path, filled(client, path, quote="Kept as typed", **change))
    assert answer.status_code == 422
    assert set(errors_in(answer)) == {name}
    assert "Kept as typed" in answer.content.decode()


def test_it_is_about_one_thing(cast: Cast) -> None:
    lesson, program = learned(cast), make_program(by=cast.originator)
    client = client_of(cast.originator)
    path = f"{NEW}?lesson={lesson.ref}"
    answer = client.post(path, filled(client, path, program=program))
    assert errors_in(answer) == {"lesson": ["Choose the lesson or the program: one of them."]}


def test_what_tells_of_something_red_is_red(cast: Cast) -> None:
    lesson = learned(cast, tlp=TLP.RED, red_recipients=[cast.endorser])
    client = client_of(cast.originator)
    path = f"{NEW}?lesson={lesson.ref}"
    answer = client.post(path, filled(client, path, tlp="green"))
    assert set(errors_in(answer)) == {"tlp"}
    assert client.post(path, filled(client, path, tlp="red")).status_code == 302


def test_who_records_for_its_agency_edits_it(cast: Cast) -> None:
    story = make_story(by=cast.originator, tlp=TLP.GREEN)
    path = reverse("evaluation:story_edit", args=[story.ref])
    client = client_of(cast.colleague)
    assert client.post(path, filled(client, path, title="Better")).status_code == 302
    story.refresh_from_db()
    assert (story.title, story.version) == ("Better", 2)
    assert client_of(cast.partner_reviewer).get(path).status_code == 403
    assert client_of(cast.reader).get(path).status_code == 403
    assert client_of(cast.reader).get(NEW).status_code == 403


def test_a_draft_of_its_form_is_kept_and_files_are_attached(cast: Cast) -> None:
    story = make_story(by=cast.originator)
    client = client_of(cast.originator)
    page = client.get(reverse("evaluation:story_edit", args=[story.ref]))
    token = page.context["draft_url"]
    sent = fields_of(page, "record-form")
    assert client.post(token, changed(sent, title="Half")).status_code == 200
    assert FormDraft.objects.get().key == f"story:{story.ref}"
    upload = reverse("records:attach", args=["story", story.ref])
    assert client.post(upload).status_code == 400
    assert upload in client.get(story.get_absolute_url()).content.decode()


# --- Reading -------------------------------------------------------------------------------------


def test_its_page_shows_what_proves_it(cast: Cast) -> None:
    story = make_story(by=cast.originator, lesson=learned(cast), quote="At last", quoted="Skipper")
    page = client_of(cast.reader).get(story.get_absolute_url()).content.decode()
    for words in (story.problem, story.done, story.changed, "At last", "Skipper"):
        assert words in page
    assert "Three minutes instead of eleven" in page
    assert "Print one form" in page
    assert "Was dropped" not in page


def test_its_page_shows_what_the_program_reached(cast: Cast) -> None:
    program = make_program(by=cast.originator, enrolled=48, completed=46)
    make_exercise(by=cast.originator, program=program)
    story = make_story(by=cast.originator, program=program)
    page = client_of(cast.reader).get(story.get_absolute_url()).content.decode()
    assert "<dd>46</dd>" in page
    assert "<dt>Exercises held</dt><dd>1</dd>" in page


def test_what_proves_it_is_shown_to_who_may_see_it(cast: Cast) -> None:
    lesson = learned(cast, title="Xyzzy of the lesson", tlp=TLP.AMBER_STRICT)
    program = make_program(by=cast.originator, title="Xyzzy of the program")
    stories = [
        make_story(by=cast.originator, tlp=TLP.GREEN, lesson=lesson),
        make_story(by=cast.originator, tlp=TLP.GREEN, program=program),
    ]
    client = client_of(cast.stranger)
    for story in stories:
        page = client.get(story.get_absolute_url()).content.decode()
        assert story.changed in page
        assert "is not for you to see" in page
        for words in ("Xyzzy", lesson.ref, program.ref, "Three minutes", "Print one form"):
            assert words not in page
    file = b"".join(client.get("/stories/export/", {"format": "csv"})).decode("utf-8-sig")
    assert stories[0].title in file
    for words in ("Xyzzy", lesson.ref, program.ref):
        assert words not in file
    mine = client_of(cast.originator).get("/stories/export/", {"format": "csv"})
    assert "Xyzzy of the lesson" in b"".join(mine).decode("utf-8-sig")


def test_hidden_stories_are_nowhere(cast: Cast) -> None:
    lesson = learned(cast, tlp=TLP.GREEN)
    program = make_program(by=cast.originator, tlp=TLP.GREEN)
    hidden = [
        make_story(by=cast.originator, title="Xyzzy one", lesson=lesson, tlp=TLP.RED),
        make_story(by=cast.originator, title="Xyzzy two", program=program, tlp=TLP.AMBER),
    ]
    client = client_of(cast.stranger)
    for story in hidden:
        assert client.get(story.get_absolute_url()).status_code == 404
        edit = reverse("evaluation:story_edit", args=[story.ref])
        assert client.get(edit).status_code == client.post(edit, {}).status_code == 404
    pages = [LIST, f"{LIST}?q=Xyzzy", "/search/?q=Xyzzy", "/search/suggest/?q=Xyzzy"]
    pages += [lesson.get_absolute_url(), program.get_absolute_url(), f"{LIST}?about=program"]
    for path in pages:
        assert "Xyzzy one" not in client.get(path).content.decode(), path
        assert "Xyzzy two" not in client.get(path).content.decode(), path
    author = client_of(cast.originator)
    for path in pages[:3]:
        assert "<mark>Xyzzy</mark> one" in author.get(path).content.decode() or path == LIST


def test_red_stories_leave_in_no_file_and_the_file_is_on_record(cast: Cast) -> None:
    make_story(by=cast.originator, title="Xyzzy in red", tlp=TLP.RED)
    make_story(by=cast.originator, title="In amber")
    file = client_of(cast.originator).get("/stories/export/", {"format": "csv"})
    text = b"".join(file).decode("utf-8-sig")
    assert "In amber" in text
    assert "Xyzzy" not in text
    record = ExportRecord.objects.get()
    assert (record.kind, record.rows, record.marking) == ("stories", 1, "amber")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Of a lesson", "Of a program"}),
        ("partner=MA", {"Of a lesson"}),
        ("about=program", {"Of a program"}),
        ("about=lesson", {"Of a lesson"}),
        ("tlp=green", {"Of a program"}),
        ("agency=ES-GC", {"Of a lesson", "Of a program"}),
        ("agency=PT-GNR", set()),
        ("q=gateway", {"Of a program"}),
        ("from=2031-01-01", set()),
        ("about=nonsense", set()),
    ],
)
def test_filters(cast: Cast, query: str, found: set[str]) -> None:
    make_story(by=cast.originator, title="Of a lesson")
    make_story(
        by=cast.originator,
        title="Of a program",
        program=make_program(by=cast.originator),
        partners=("FR",),
        tlp=TLP.GREEN,
        done="Gateways at two sites, and a gateway for the third",
    )
    answer = client_of(cast.reader).get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert {story.title for story in answer.context["shown"].rows} == found


@pytest.mark.parametrize("number", ROWS)
def test_the_list_asks_the_database_as_often_for_one_as_for_thirty(
    cast: Cast, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.LEARNED)
    for _one in range(number):
        make_story(by=cast.originator, lesson=lesson)
    client = client_of(cast.reader)
    client.get(LIST)
    with django_assert_num_queries(9):
        client.get(LIST)


def test_a_story_keeps_what_it_tells_of(cast: Cast) -> None:
    program = make_program(by=cast.originator)
    make_story(by=cast.originator, program=program)
    with pytest.raises(ProtectedError):
        program.delete()
