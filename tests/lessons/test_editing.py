"""Logging a lesson and completing it, with real requests."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from agencies.roles import Role
from lessons.models import Lesson, LessonEvent
from lessons.vocabulary import Attribution, ReportingContext, Status
from records.models import FormDraft
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_exercise, make_lesson, make_program, partner, theme
from tests.forms import changed, client_of, errors_in, fields_of, opened

pytestmark = pytest.mark.django_db
NEW = "/lessons/new/"
POINT = "Radio call signs differed: the hand-over took eleven minutes"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def quick(client: Client, **changes: Any) -> dict[str, list[str]]:
    given = {"title": POINT, "observation": "Four calls.", "partners": [partner("MA")], **changes}
    return opened(client, NEW, **given)


# --- Three fields --------------------------------------------------------------------------------


def test_a_draft_is_saved_from_three_fields(cast: Cast) -> None:
    client = client_of(cast.originator)
    response = client.post(NEW, {**quick(client), "save": "draft"})
    lesson = Lesson.objects.get()
    assert response.headers["Location"] == lesson.get_absolute_url()
    assert (lesson.title, lesson.observation) == (POINT, "Four calls.")
    assert (lesson.status, lesson.tlp, lesson.agency) == (Status.DRAFT, TLP.AMBER, cast.agency)
    assert lesson.originator == lesson.created_by == cast.originator
    assert [one.code for one in lesson.partners.all()] == ["MA"]


def test_a_draft_may_lack_all_but_a_word(cast: Cast) -> None:
    client = client_of(cast.originator)
    client.post(NEW, opened(client, NEW, observation="Something went wrong."))
    assert Lesson.objects.get().observation == "Something went wrong."
    refused = client.post(NEW, opened(client, f"{NEW}?draft=none"))
    assert refused.status_code == 422
    assert errors_in(refused) == {"title": ["Write something first: the point, or what happened."]}
    assert Lesson.objects.count() == 1


def test_it_is_submitted_in_one_go_with_the_confirmation(cast: Cast) -> None:
    client = client_of(cast.originator)
    client.post(NEW, {**quick(client, nothing_secret="on"), "submit": "review"})
    lesson = Lesson.objects.get()
    assert lesson.status == Status.SUBMITTED
    assert lesson.original_observation == "Four calls."
    assert [event.move for event in lesson.events.all()] == ["submit"]


def test_what_submitting_needs_is_said_beside_the_fields_and_nothing_is_kept(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = opened(client, NEW, observation="Four calls.")
    response = client.post(NEW, {**values, "submit": "review"})
    assert response.status_code == 422
    assert errors_in(response) == {
        "title": ["State the point in one sentence."],
        "partners": ["Name at least one partner."],
        "nothing_secret": ["Confirm that it holds no personal data and nothing classified."],
    }
    assert fields_of(response)["observation"] == ["Four calls."]
    assert (Lesson.objects.count(), LessonEvent.objects.count()) == (0, 0)
    # The same form, corrected, is taken: the refusal left no trace of its token.
    again = changed(fields_of(response), title=POINT, partners=[partner("MA")], nothing_secret="on")
    client.post(NEW, {**again, "submit": "review"})
    assert Lesson.objects.get().status == Status.SUBMITTED


def test_one_message_says_that_it_is_submitted_and_who_reads_it_next(cast: Cast) -> None:
    client = client_of(cast.originator)
    lesson = make_lesson(by=cast.originator)
    said = {}
    for path, button in ((NEW, "save"), (NEW, "submit"), (edit_path(lesson), "submit")):
        values = quick(client, nothing_secret="on") if path == NEW else opened(client, path)
        sent = {**changed(values, nothing_secret="on"), button: "x"}
        page = client.post(path, sent, follow=True)
        said[path, button] = [re.sub("<[^>]*>", "", str(one)) for one in page.context["messages"]]
    submitted = (
        "The lesson is submitted. A reviewer of your agency reads it next; "
        "you follow it on this page."
    )
    assert said == {
        (NEW, "save"): ["The lesson is saved."],
        (NEW, "submit"): [submitted],
        (edit_path(lesson), "submit"): [submitted],
    }


def test_an_empty_form_is_told_all_that_submitting_needs_at_once(cast: Cast) -> None:
    client = client_of(cast.originator)
    response = client.post(NEW, {**opened(client, NEW), "submit": "review"})
    assert response.status_code == 422
    assert set(errors_in(response)) == {"title", "observation", "partners", "nothing_secret"}
    assert not Lesson.objects.exists()


def test_from_an_exercise_it_proposes_partners_and_takes_its_date(cast: Cast) -> None:
    exercise = make_exercise(
        by=cast.colleague, partners=("MA", "PT"), starts_on=date(2026, 9, 2), title="Sea 14"
    )
    client = client_of(cast.originator)
    path = f"{NEW}?exercise={exercise.ref}"
    values = opened(client, path, title=POINT, observation="Four calls.")
    assert values["exercise"] == [str(exercise.pk)]
    assert set(values["partners"]) == {str(partner(code).pk) for code in ("MA", "PT")}
    client.post(path, values)
    lesson = Lesson.objects.get()
    assert (lesson.exercise, lesson.occurred_on) == (exercise, date(2026, 9, 2))
    assert lesson.reporting_context == ReportingContext.EXERCISE


def test_a_program_is_kept_in_hand_while_the_lesson_is_logged(cast: Cast) -> None:
    program = make_program(by=cast.colleague)
    client = client_of(cast.originator)
    path = f"{NEW}?program={program.ref}"
    client.post(path, opened(client, path, title=POINT))
    assert Lesson.objects.get().program == program


def test_an_exercise_that_is_hidden_is_neither_offered_nor_taken(cast: Cast) -> None:
    hidden = make_exercise(by=cast.small_originator, title="Quiet Harbor")
    shown = make_exercise(by=cast.colleague, title="Loud Harbor")
    client = client_of(cast.originator)
    page = client.get(f"{NEW}?exercise={hidden.ref}").content.decode()
    assert "Loud Harbor" in page
    assert "Quiet Harbor" not in page
    response = client.post(NEW, quick(client, exercise=hidden))
    assert errors_in(response) == {"exercise": ["Choose one from the list."]}
    assert Lesson.objects.count() == 0
    client.post(NEW, quick(client, exercise=shown))
    assert Lesson.objects.get().exercise == shown


@pytest.mark.parametrize(
    "query", ["?exercise=%00", "?exercise=nothing", "?partner=%00", "?draft=%00"]
)
def test_nonsense_in_the_address_gives_an_empty_form(cast: Cast, query: str) -> None:
    response = client_of(cast.originator).get(NEW + query)
    assert response.status_code == 200
    assert fields_of(response)["title"] == [""]


def test_who_records_for_several_agencies_chooses_one(cast: Cast) -> None:
    user = give(cast.originator, cast.sub_agency, Role.CONTRIBUTOR)
    client = client_of(user)
    response = client.post(NEW, quick(client, agency=cast.sub_agency))
    lesson = Lesson.objects.get()
    assert response.headers["Location"] == lesson.get_absolute_url()
    assert lesson.agency == cast.sub_agency
    refused = client.post(NEW, quick(client, agency=cast.partner_agency))
    assert list(errors_in(refused)) == ["agency"]
    assert Lesson.objects.count() == 1


def test_only_people_who_record_may_log(cast: Cast) -> None:
    may = {
        name for name, user in cast.people.items() if client_of(user).get(NEW).status_code == 200
    }
    assert may == {
        "originator",
        "colleague",
        "reviewer",
        "second_reviewer",
        "endorser",
        "second_endorser",
        "coordinator",
        "sub_member",
        "sub_reviewer",
        "only_reviewer",
        "small_originator",
        "partner_reviewer",
        "red_recipient",
    }
    assert client_of(cast.reader).post(NEW, {"title": "x"}).status_code == 403
    assert Lesson.objects.count() == 0


# --- Twice ---------------------------------------------------------------------------------------


def test_a_double_click_makes_one_lesson(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = {**quick(client, nothing_secret="on"), "submit": "review"}
    first = client.post(NEW, values)
    second = client.post(NEW, values)
    assert Lesson.objects.count() == 1
    assert LessonEvent.objects.count() == 1
    assert second.headers["Location"] == first.headers["Location"]


def test_what_is_corrected_and_sent_again_is_saved(cast: Cast) -> None:
    """The connection broke, the answer never came: one goes back, corrects, and submits."""
    client = client_of(cast.originator)
    values = quick(client, nothing_secret="on")
    client.post(NEW, values)
    client.post(NEW, {**values, "title": ["A better point"], "submit": "review"})
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.status) == ("A better point", Status.SUBMITTED)


def test_what_is_sent_again_never_overwrites_a_later_edit(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = quick(client)
    client.post(NEW, values)
    Lesson.objects.update(title="Edited since", version=2)
    client.post(NEW, {**values, "title": ["An old page"]})
    assert Lesson.objects.get().title == "Edited since"


def test_a_token_of_somebody_else_is_replaced(cast: Cast) -> None:
    mine = client_of(cast.originator)
    values = quick(mine)
    mine.post(NEW, values)
    theirs = client_of(cast.colleague)
    forged = {**quick(theirs), "uuid": values["uuid"]}
    theirs.post(NEW, forged)
    theirs.post(NEW, {**forged, "uuid": "nonsense"})
    theirs.post(NEW, {**forged, "uuid": ""})
    first, *others = Lesson.objects.order_by("pk")
    assert (first.originator, str(first.uuid)) == (cast.originator, values["uuid"][0])
    assert [one.originator for one in others] == [cast.colleague] * 2
    assert first.uuid not in {one.uuid for one in others}


# --- Bad input -----------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'too'"
SCRIPTS = "مراقبة الحدود 🚤👩‍✈️ שלום ‮reversed‬"


def test_the_longest_texts_are_taken_and_one_more_is_not(cast: Cast) -> None:
    client = client_of(cast.originator)
    # A browser sends two characters for each end of line; each counts once.
    longest = "é" * 49_999 + "\r\n" + "x" * 50_000
    client.post(NEW, quick(client, title="t" * 300, observation=longest))
    lesson = Lesson.objects.get()
    assert (len(lesson.title), len(lesson.observation)) == (300, 100_000)
    response = client.post(NEW, quick(client, title="t" * 301, observation="x" * 100_001))
    assert response.status_code == 422
    assert errors_in(response) == {
        "title": ["Ensure this value has at most 300 characters (it has 301)."],
        "observation": ["Ensure this value has at most 100000 characters (it has 100001)."],
    }
    assert len(fields_of(response)["observation"][0]) == 100_001
    assert Lesson.objects.count() == 1


@pytest.mark.parametrize("text", [HOSTILE, SCRIPTS])
def test_any_text_is_kept_as_it_was_typed_and_shown_escaped(cast: Cast, text: str) -> None:
    client = client_of(cast.originator)
    client.post(NEW, quick(client, title=text, observation=text))
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.observation) == (text, text)
    page = client.get(f"/lessons/{lesson.ref}/edit/")
    assert fields_of(page)["title"] == [text]
    assert "<script>alert" not in page.content.decode()
    assert "<img src=x" not in page.content.decode()


def test_nul_is_refused_beside_the_field(cast: Cast) -> None:
    client = client_of(cast.originator)
    response = client.post(NEW, quick(client, title="a\0b", observation="c\0d"))
    assert set(errors_in(response)) == {"title", "observation"}
    assert Lesson.objects.count() == 0


@pytest.mark.parametrize("value", ["abc", "-1", "99999999999999999999999", "1\0"])
def test_a_partner_that_is_none_is_refused(cast: Cast, value: str) -> None:
    client = client_of(cast.originator)
    response = client.post(NEW, quick(client, partners=value))
    assert list(errors_in(response)) == ["partners"]


def test_errors_are_summed_up_with_a_way_to_each_field(cast: Cast) -> None:
    client = client_of(cast.originator)
    page = client.post(NEW, {**quick(client, title=""), "submit": "x"}).content.decode()
    assert "2 things need your attention" in page
    assert 'href="#id_title"' in page
    assert 'href="#id_nothing_secret"' in page


# --- The whole lesson ----------------------------------------------------------------------------


def edit_path(lesson: Lesson) -> str:
    return f"/lessons/{lesson.ref}/edit/"


def test_its_author_completes_a_draft_in_every_field(cast: Cast) -> None:
    exercise = make_exercise(by=cast.colleague)
    older = make_lesson(by=cast.colleague, status=Status.NOTED)
    lesson = make_lesson(by=cast.originator)
    client = client_of(cast.originator)
    values = opened(
        client,
        edit_path(lesson),
        kind="sustain",
        discussion="Two lists.",
        conclusion="Lists age.",
        recommendation="One list.",
        occurred_on="2026-05-17",
        occurred_precision="month",
        place="Ceuta",
        exercise=exercise,
        reporting_context="exercise",
        recurrence_of=older,
        derived_from=[older],
        partners=[partner("MA"), partner("PT")],
        category="communication",
        themes=[theme("secure-channels")],
        threats=["drugs", "weapons"],
        priority="urgent",
        dotmlpfi=["training"],
        evidence_source="B",
        evidence_information="2",
        language="es",
        applies_when="At night.",
        does_not_apply_when="By day.",
        tlp="amber_strict",
        released_to=[cast.partner_agency],
        red_recipients=[cast.red_recipient],
        attribution="named",
    )
    assert client.post(edit_path(lesson), values).status_code == 302
    saved = Lesson.objects.get(pk=lesson.pk)
    assert saved.version == 2
    assert (saved.occurred_on, saved.occurred_precision) == (date(2026, 5, 1), "month")
    assert (saved.kind, saved.category, saved.tlp) == ("sustain", "communication", TLP.AMBER_STRICT)
    assert saved.threats == ["drugs", "weapons"]
    assert (saved.exercise, saved.recurrence_of) == (exercise, older)
    assert list(saved.derived_from.all()) == [older]
    assert list(saved.released_to.all()) == [cast.partner_agency]
    assert list(saved.red_recipients.all()) == [cast.red_recipient]
    assert saved.attribution == Attribution.NAMED
    assert fields_of(client.get(edit_path(lesson)))["threats"] == ["drugs", "weapons"]


def test_who_may_open_the_form_in_each_status(cast: Cast) -> None:
    draft = make_lesson(by=cast.originator)
    reviewed = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    noted = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN)
    expected = {
        (draft, cast.originator): 200,
        (draft, cast.colleague): 404,
        (draft, cast.reviewer): 404,
        (reviewed, cast.originator): 403,
        (reviewed, cast.reviewer): 200,
        (reviewed, cast.endorser): 403,
        (reviewed, cast.colleague): 404,
        (noted, cast.originator): 403,
        (noted, cast.stranger): 403,
        (noted, cast.administrator): 404,
    }
    found = {
        (lesson, user): client_of(user).get(edit_path(lesson)).status_code
        for lesson, user in expected
    }
    assert found == expected
    for lesson, user in [(reviewed, cast.endorser), (noted, cast.originator)]:
        posted = client_of(user).post(edit_path(lesson), {"title": "x", "version": lesson.version})
        assert posted.status_code == 403
    assert client_of(cast.colleague).post(edit_path(draft), {"version": 1}).status_code == 404


def test_a_returned_lesson_shows_the_question_and_goes_back_with_an_answer(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED, reviewer=cast.reviewer)
    LessonEvent.objects.create(
        lesson=lesson,
        move="return",
        actor=cast.reviewer,
        from_status=Status.IN_REVIEW,
        to_status=Status.RETURNED,
        comment="Which list was it?",
    )
    client = client_of(cast.originator)
    assert "Which list was it?" in client.get(edit_path(lesson)).content.decode()
    values = opened(client, edit_path(lesson), answer="The national one.", nothing_secret="on")
    client.post(edit_path(lesson), {**values, "submit": "review"})
    lesson.refresh_from_db()
    assert lesson.status == Status.SUBMITTED
    assert lesson.events.last().comment == "The national one."  # type: ignore[union-attr]


def test_a_returned_lesson_keeps_its_tags_marking_and_release(cast: Cast) -> None:
    """From submission on these are the reviewers' to change, each change with an event."""
    lesson = make_lesson(
        by=cast.originator, status=Status.RETURNED, reviewer=cast.reviewer, tlp=TLP.AMBER_STRICT
    )
    client = client_of(cast.originator)
    values = opened(client, edit_path(lesson), observation="Now in full.")
    assert not {"tlp", "released_to", "themes", "partners", "priority"} & values.keys()
    client.post(edit_path(lesson), {**values, "tlp": "clear", "priority": "urgent"})
    lesson.refresh_from_db()
    assert (lesson.observation, lesson.tlp) == ("Now in full.", TLP.AMBER_STRICT)
    assert lesson.priority == "information"


def test_a_submitted_lesson_cannot_be_emptied(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED, title="Kept")
    client = client_of(cast.originator)
    response = client.post(edit_path(lesson), opened(client, edit_path(lesson), title=" "))
    assert list(errors_in(response)) == ["title"]
    lesson.refresh_from_db()
    assert lesson.title == "Kept"


def test_the_reviewer_edits_beside_the_original_and_leaves_the_attribution(cast: Cast) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        reviewer=cast.reviewer,
        original_observation="As it was said first.",
        attribution=Attribution.NON_ATTRIBUTED,
    )
    client = client_of(cast.reviewer)
    page = client.get(edit_path(lesson))
    assert "As it was said first." in page.content.decode()
    values = changed(
        fields_of(page),
        observation="As the reviewer puts it.",
        category="coordination",
        themes=[theme("joint-patrols")],
        attribution="named",
    )
    assert client.post(edit_path(lesson), values).status_code == 302
    lesson.refresh_from_db()
    assert lesson.observation == "As the reviewer puts it."
    assert lesson.original_observation == "As it was said first."
    assert (lesson.category, lesson.attribution) == ("coordination", Attribution.NON_ATTRIBUTED)
    # What staff change about tags, marking and release is told by an event; their texts are not.
    event = lesson.events.get()
    assert (event.move, event.actor) == ("handle", cast.reviewer)
    assert "Category" in event.comment


def test_the_reviewer_cannot_cut_a_red_lesson_off_from_its_review(cast: Cast) -> None:
    lesson = make_lesson(
        by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer, observation="Before."
    )
    client = client_of(cast.reviewer)
    values = opened(client, edit_path(lesson), tlp="red", observation="After.")
    response = client.post(edit_path(lesson), values)
    assert list(errors_in(response)) == ["red_recipients"]
    lesson.refresh_from_db()
    assert (lesson.tlp, lesson.observation, lesson.version) == (TLP.AMBER, "Before.", 1)


def test_a_hidden_exercise_survives_the_reviewers_edit_unnamed(cast: Cast) -> None:
    hidden = make_exercise(by=cast.small_originator, title="Quiet Harbor")
    older = make_lesson(by=cast.small_originator, title="Quiet lesson", status=Status.NOTED)
    lesson = make_lesson(
        by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer, exercise=hidden
    )
    lesson.derived_from.add(older)
    other = make_exercise(by=cast.colleague)
    client = client_of(cast.reviewer)
    page = client.get(edit_path(lesson))
    assert "Quiet" not in page.content.decode()
    values = changed(fields_of(page), discussion="Why.", exercise=other)
    assert client.post(edit_path(lesson), values).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.discussion, lesson.exercise) == ("Why.", hidden)
    assert list(lesson.derived_from.all()) == [older]


# --- Two people at once --------------------------------------------------------------------------


def test_a_newer_version_is_shown_beside_ones_own_and_saved_over_knowingly(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, title="First")
    client = client_of(cast.originator)
    mine = opened(client, edit_path(lesson), title="Mine")
    client.post(edit_path(lesson), opened(client, edit_path(lesson), title="Theirs"))
    response = client.post(edit_path(lesson), mine)
    assert response.status_code == 409
    shown = [(one.label, one.theirs, one.mine) for one in response.context["differences"]]
    assert shown == [("The point, in one sentence", "Theirs", "Mine")]
    lesson.refresh_from_db()
    assert (lesson.title, lesson.version) == ("Theirs", 2)
    knowingly = fields_of(response)
    assert (knowingly["title"], knowingly["version"]) == (["Mine"], ["2"])
    assert client.post(edit_path(lesson), knowingly).status_code == 302
    lesson.refresh_from_db()
    assert (lesson.title, lesson.version) == ("Mine", 3)


def test_the_second_click_of_two_finds_nothing_to_compare(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    client = client_of(cast.originator)
    values = opened(client, edit_path(lesson), title="Once", nothing_secret="on")
    first = client.post(edit_path(lesson), {**values, "submit": "review"})
    second = client.post(edit_path(lesson), {**values, "submit": "review"})
    assert first.status_code == second.status_code == 302
    lesson.refresh_from_db()
    assert (lesson.title, lesson.status) == ("Once", Status.SUBMITTED)
    assert lesson.events.count() == 1


def test_what_was_typed_is_given_back_when_the_lesson_has_moved_on(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    client = client_of(cast.originator)
    late = opened(client, edit_path(lesson), discussion="Typed too late.")
    now = opened(client, edit_path(lesson), nothing_secret="on")
    client.post(edit_path(lesson), {**now, "submit": "review"})
    response = client.post(edit_path(lesson), late)
    assert response.status_code == 409
    assert "Typed too late." in response.content.decode()
    lesson.refresh_from_db()
    assert lesson.discussion == ""


@pytest.mark.parametrize("version", ["", "abc", "-1", "999999999999"])
def test_a_version_that_is_none_overwrites_nothing(cast: Cast, version: str) -> None:
    lesson = make_lesson(by=cast.originator, title="Kept")
    client = client_of(cast.originator)
    values = {**opened(client, edit_path(lesson), title="Other"), "version": version}
    assert client.post(edit_path(lesson), values).status_code == 409
    lesson.refresh_from_db()
    assert lesson.title == "Kept"


def test_saving_is_whole_or_not_at_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = make_lesson(by=cast.originator, title="Before", partners=("MA",))
    client = client_of(cast.originator)
    values = opened(client, edit_path(lesson), title="After", partners=[partner("PT")])
    FormDraft.objects.create(person=cast.originator, key=f"lesson:{lesson.ref}", path="/")

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if "lessons_lesson_partners" in sql and sql.startswith("INSERT"):
            raise RuntimeError("the disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail), pytest.raises(RuntimeError):
        client.post(edit_path(lesson), values)
    lesson.refresh_from_db()
    assert (lesson.title, lesson.version) == ("Before", 1)
    assert [one.code for one in lesson.partners.all()] == ["MA"]
    assert FormDraft.objects.count() == 1


def test_the_form_asks_as_many_questions_for_30_exercises_as_for_one(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(User.objects.get(pk=cast.originator.pk))
    for number in (1, 29):
        for _exercise in range(number):
            make_exercise(by=cast.colleague)
        with django_assert_num_queries(9):
            client.get(NEW)
