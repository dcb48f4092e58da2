"""Making moves on the pages: what they ask, what they answer, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from agencies.models import Agency, Membership, User
from agencies.roles import Role
from lessons.models import Action, Lesson
from lessons.vocabulary import Status
from lessons.workflow import perform
from records.models import FormDraft
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson, make_user, theme


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(lesson: Lesson, move: str) -> str:
    return reverse("lessons:move", args=[lesson.ref, move])


def send(user: User, lesson: Lesson, move: str, **data: Any) -> Any:
    """Post the move's form as it was opened on the lesson at hand."""
    return browser(user).post(address(lesson, move), {"version": lesson.version} | data)


def in_review(cast: Cast, **fields: Any) -> Lesson:
    fields = {"by": cast.originator, "reviewer": cast.reviewer} | fields
    return make_lesson(status=Status.IN_REVIEW, **fields)


def now(lesson: Lesson) -> Lesson:
    return Lesson.objects.get(pk=lesson.pk)


def said(response: Any) -> str:
    words: str = response.content.decode()
    return words


# --- Moves with a button ---------------------------------------------------------------------------


def test_one_button_takes_a_lesson(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    response = send(cast.reviewer, lesson, "take")
    assert (response.status_code, response.url) == (302, lesson.get_absolute_url())
    assert (now(lesson).status, now(lesson).reviewer) == (Status.IN_REVIEW, cast.reviewer)


def test_a_move_by_button_can_also_be_opened(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    response = browser(cast.reviewer).get(address(lesson, "take"))
    assert response.status_code == 200
    assert "You become the assigned reviewer." in said(response)
    assert now(lesson).status == Status.SUBMITTED


def test_the_second_of_two_clicks_is_harmless(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    assert send(cast.reviewer, lesson, "take").status_code == 302
    assert send(cast.reviewer, lesson, "take").status_code == 302
    assert [event.move for event in lesson.events.all()] == ["take"]
    lesson = now(lesson)
    assert send(cast.reviewer, lesson, "hand_over", reviewer=cast.endorser.pk).status_code == 302
    # The first click took the right to make the move; the second is answered like the first.
    assert send(cast.reviewer, lesson, "hand_over", reviewer=cast.endorser.pk).status_code == 302
    assert [event.move for event in lesson.events.all()] == ["take", "hand_over"]


def test_the_second_of_two_takers_reads_what_happened(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    send(cast.reviewer, lesson, "take")
    response = send(cast.second_reviewer, lesson, "take")
    assert response.status_code == 409
    text = said(response)
    assert "“Take for review” is not possible while it is “In review”." in text
    assert "Last: Taken for review (Raquel Reviewer), " in text
    assert "Nothing was changed." in text
    assert (now(lesson).reviewer, now(lesson).version) == (cast.reviewer, 2)


def test_a_name_that_may_not_be_known_is_not_in_what_happened(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED, attribution="non_attributed")
    lesson.created_by = lesson.adopted_by = cast.colleague
    lesson.save()
    send(cast.colleague, lesson, "withdraw")
    response = browser(cast.originator).get(address(lesson, "withdraw"))
    assert response.status_code == 403  # the adopter is the author now
    assert cast.colleague.name not in said(response)


@pytest.mark.parametrize("person", ["originator", "reader", "partner_reader"])
def test_who_may_not_is_refused_and_nothing_changes(person: str, cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    response = send(getattr(cast, person), lesson, "take")
    assert response.status_code == (403 if person == "originator" else 404)
    assert (now(lesson).status, now(lesson).version) == (Status.SUBMITTED, 1)


def test_a_form_without_a_version_changes_nothing(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    for version in ("", "x", "-1", "99999999999999999999"):
        response = send(cast.reviewer, lesson, "take", version=version)
        assert response.status_code == 409
    assert now(lesson).status == Status.SUBMITTED


# --- Moves that ask --------------------------------------------------------------------------------


def test_submit_asks_for_the_tick(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator)
    response = send(cast.originator, lesson, "submit")
    assert response.status_code == 422
    assert "Confirm that it holds no personal data and nothing classified." in said(response)
    assert now(lesson).status == Status.DRAFT
    assert send(cast.originator, lesson, "submit", clean="on").status_code == 302
    assert now(lesson).status == Status.SUBMITTED


def test_submit_says_what_the_lesson_lacks(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, observation="")
    text = said(browser(cast.originator).get(address(lesson, "submit")))
    assert "Say what happened." in text
    response = send(cast.originator, lesson, "submit", clean="on")
    assert response.status_code == 422
    assert now(lesson).status == Status.DRAFT


@pytest.mark.parametrize("move", ["return", "reject"])
def test_a_question_or_a_reason_is_needed(move: str, cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    for comment in ("", "   \r\n "):
        response = send(cast.reviewer, lesson, move, comment=comment)
        assert response.status_code == 422
        assert "Write a few words: they stay with the lesson" in said(response)
    assert now(lesson).events.count() == 0
    assert send(cast.reviewer, lesson, move, comment="Which\r\nboat?").status_code == 302
    assert now(lesson).events.get().comment == "Which\nboat?"


def test_an_answer_is_asked_for_by_that_name(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED)
    assert "Your answer" in said(browser(cast.originator).get(address(lesson, "submit")))


def test_note_is_filled_with_what_the_lesson_has(cast: Cast, db: None) -> None:
    lesson = in_review(cast, category="adaptability", themes=("sensors",))
    text = said(browser(cast.reviewer).get(address(lesson, "note")))
    assert '<option value="adaptability" selected>' in text
    assert f'<option value="{theme("sensors").pk}" selected>' in text
    response = send(
        cast.reviewer, lesson, "note", category="evaluation", themes=[1], comment="Known."
    )
    assert response.status_code == 302
    assert (now(lesson).status, now(lesson).category) == (Status.NOTED, "evaluation")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"category": "gossip"}, "Choose the category."),
        ({"category": ""}, "Choose the category."),
        ({"themes": []}, "Choose at least one theme."),
        ({"themes": ["999999"]}, "Choose from the list."),
        ({"themes": ["x"]}, "Choose from the list."),
        ({"comment": "x" * 100_001}, "at most 100000 characters"),
        ({"comment": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    data: dict[str, Any], words: str, cast: Cast, db: None
) -> None:
    lesson = in_review(cast)
    right = {"category": "evaluation", "themes": ["1"], "comment": "Known."}
    response = send(cast.reviewer, lesson, "note", **(right | data))
    assert response.status_code == 422
    assert said(response).count(words) == 2  # beside the field, and in the summary above
    assert now(lesson).status == Status.IN_REVIEW


def test_a_reason_of_100000_characters_with_line_breaks_is_taken(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    reason = ("é🚤\r\n" * 40_000)[: 4 * 33_333]
    assert send(cast.reviewer, lesson, "reject", comment=reason).status_code == 302
    assert now(lesson).events.get().comment == reason.replace("\r\n", "\n").strip()


def test_hand_over_offers_the_other_reviewers_only(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    text = said(browser(cast.reviewer).get(address(lesson, "hand_over")))
    for person in (cast.second_reviewer, cast.endorser, cast.second_endorser, cast.coordinator):
        assert f'<option value="{person.pk}">{person.name}</option>' in text
    for person in (cast.reviewer, cast.originator, cast.colleague, cast.partner_reviewer):
        assert f'<option value="{person.pk}"' not in text
    response = send(cast.reviewer, lesson, "hand_over", reviewer=cast.partner_reviewer.pk)
    assert response.status_code == 422
    assert now(lesson).reviewer == cast.reviewer
    assert (
        send(cast.reviewer, lesson, "hand_over", reviewer=cast.second_reviewer.pk).status_code
        == 302
    )
    assert now(lesson).reviewer == cast.second_reviewer


def test_who_has_an_orphaned_draft_adopted_no_longer_sees_it(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.left_originator, agency=cast.agency)
    response = send(cast.coordinator, lesson, "adopt", editor=cast.colleague.pk)
    assert (response.status_code, response.url) == (302, "/review/")
    assert now(lesson).adopted_by == cast.colleague
    assert browser(cast.colleague).get(lesson.get_absolute_url()).status_code == 200


def test_an_appeal_goes_back_to_the_queue(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.REJECTED, rejected_by=cast.reviewer)
    assert send(cast.originator, lesson, "appeal", comment="Not by us.").status_code == 302
    assert (now(lesson).status, now(lesson).on_appeal) == (Status.SUBMITTED, True)
    response = send(cast.reviewer, now(lesson), "take")
    assert response.status_code == 403


# --- Endorse ---------------------------------------------------------------------------------------


def endorsement(cast: Cast, *actions: dict[str, Any], **data: Any) -> dict[str, Any]:
    """The form of an endorsement with its rows of actions."""
    rows = actions or ({},)
    form: dict[str, Any] = {
        "category": "coordination",
        "themes": ["1"],
        "discussion": "Why it happened.",
        "conclusion": "What follows.",
        "recommendation": "Who changes what.",
        "actions-TOTAL_FORMS": str(len(rows)),
        "actions-INITIAL_FORMS": "0",
    }
    for index, row in enumerate(rows):
        values = {"title": "Print the list", "body": cast.agency.pk, "due_on": "2027-03-31"} | row
        form |= {f"actions-{index}-{name}": value for name, value in values.items()}
    return form | data


def test_an_endorsement_makes_its_actions(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    rows = (
        {"owner": cast.colleague.pk, "element": "planning"},
        {"title": "Teach it", "body": cast.sub_agency.pk},
        {"title": "Gone again", "DELETE": "on"},
        {"title": "", "body": "", "due_on": ""},
    )
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, *rows))
    assert response.status_code == 302
    done = now(lesson)
    assert (done.status, done.recommendation) == (Status.IDENTIFIED, "Who changes what.")
    found = [
        (action.title, action.body, action.owner, action.element, action.due_on)
        for action in done.actions.order_by("pk")
    ]
    due = date(2027, 3, 31)
    assert found == [
        ("Print the list", cast.agency, cast.colleague, "planning", due),
        ("Teach it", cast.sub_agency, None, "", due),
    ]


def test_releasing_it_to_action_bodies_is_said_and_confirmed(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    row = {"body": cast.partner_agency.pk}
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, row))
    assert response.status_code == 422
    text = said(response)
    assert "Guarda Nacional Republicana, with its sub-agencies" in text
    assert "Confirm that these agencies may read the lesson from now on." in text
    assert (now(lesson).status, Action.objects.count()) == (Status.IN_REVIEW, 0)
    ticked = endorsement(cast, row, release=[str(cast.partner_agency.pk)])
    assert send(cast.endorser, lesson, "endorse", **ticked).status_code == 302
    assert list(now(lesson).released_to.all()) == [cast.partner_agency]
    assert browser(cast.partner_reader).get(lesson.get_absolute_url()).status_code == 200


def test_a_confirmation_counts_only_for_the_agencies_that_it_named(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    changed_meanwhile = endorsement(
        cast, {"body": cast.far_agency.pk}, release=[str(cast.partner_agency.pk)]
    )
    response = send(cast.endorser, lesson, "endorse", **changed_meanwhile)
    assert response.status_code == 422
    assert "Guardia di Finanza, with its sub-agencies" in said(response)
    assert now(lesson).released_to.count() == 0


@pytest.mark.parametrize(
    ("tlp", "body"),
    [(TLP.GREEN, "PT-GNR"), (TLP.CLEAR, "PT-GNR"), (TLP.AMBER, "ES-GC-SM")],
)
def test_nothing_is_confirmed_where_nobody_new_reads(
    tlp: TLP, body: str, cast: Cast, db: None
) -> None:
    lesson = in_review(cast, tlp=tlp)
    row = {"body": Agency.objects.get(code=body).pk}
    assert send(cast.endorser, lesson, "endorse", **endorsement(cast, row)).status_code == 302


def test_a_sub_agency_is_named_where_sub_agencies_do_not_read(cast: Cast, db: None) -> None:
    lesson = in_review(cast, tlp=TLP.AMBER_STRICT)
    row = {"body": cast.sub_agency.pk}
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, row))
    assert response.status_code == 422
    assert "Servicio Marítimo, without its sub-agencies" in said(response)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"title": ""}, "Say what is to be done."),
        ({"title": "x" * 301}, "at most 300 characters"),
        ({"body": ""}, "Choose who is responsible for it."),
        ({"body": "999999"}, "Choose an agency from the list."),
        ({"body": "x"}, "Choose an agency from the list."),
        ({"due_on": ""}, "Say until when."),
        ({"due_on": "31/03/27"}, "Write the date as year-month-day"),
        ({"due_on": "2020-01-01"}, "This day has passed."),
        ({"owner": "999999"}, "Choose an owner from the list."),
        ({"element": "magic"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_an_action_stands_beside_it(
    row: dict[str, Any], words: str, cast: Cast, db: None
) -> None:
    lesson = in_review(cast)
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, row))
    assert response.status_code == 422
    text = said(response)
    assert words in text
    assert "Why it happened." in text
    assert (now(lesson).status, Action.objects.count()) == (Status.IN_REVIEW, 0)


def test_an_owner_is_a_member_of_the_action_body(cast: Cast, db: None) -> None:
    lesson = in_review(cast, released_to=[cast.partner_agency])
    row = {"body": cast.partner_agency.pk, "owner": cast.colleague.pk}
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, row))
    assert response.status_code == 422
    assert "Not a member of the action body." in said(response)
    row["owner"] = cast.partner_reader.pk
    assert send(cast.endorser, lesson, "endorse", **endorsement(cast, row)).status_code == 302
    assert now(lesson).actions.get().owner == cast.partner_reader


def test_an_inactive_agency_takes_no_action(cast: Cast, db: None) -> None:
    Agency.objects.filter(pk=cast.far_agency.pk).update(active=False)
    lesson = in_review(cast)
    row = {"body": cast.far_agency.pk}
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, row))
    assert response.status_code == 422
    assert "Choose an agency from the list." in said(response)


def test_owners_of_a_red_lesson_are_its_recipients(cast: Cast, db: None) -> None:
    lesson = in_review(
        cast, tlp=TLP.RED, red_recipients=[cast.reviewer, cast.endorser, cast.red_recipient]
    )
    text = said(browser(cast.endorser).get(address(lesson, "endorse")))
    for person in (cast.reviewer, cast.endorser, cast.red_recipient, cast.originator):
        assert f'<option value="{person.pk}">{person.name}</option>' in text
    assert cast.colleague.name not in text
    stranger_to_it = {"owner": cast.colleague.pk}
    response = send(cast.endorser, lesson, "endorse", **endorsement(cast, stranger_to_it))
    assert response.status_code == 422
    row = {"owner": cast.red_recipient.pk}
    assert send(cast.endorser, lesson, "endorse", **endorsement(cast, row)).status_code == 302
    assert not now(lesson).is_visible_to(cast.people["colleague"])


def test_a_removed_row_does_not_come_back_with_errors(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    removed = {"title": "", "body": "", "due_on": "", "DELETE": "on"}
    rows = endorsement(cast, removed, {"title": "Stays", "due_on": ""}, removed)
    text = said(send(cast.endorser, lesson, "endorse", **rows))
    assert 'name="actions-TOTAL_FORMS" value="1"' in text
    assert 'value="Stays"' in text
    assert "One thing needs your attention" in text


def test_at_least_one_action(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    none = endorsement(cast, {"DELETE": "on"})
    response = send(cast.endorser, lesson, "endorse", **none)
    assert response.status_code == 422
    assert "Assign at least one action with its action body and due date." in said(response)


@pytest.mark.parametrize(
    "broken",
    [
        {"actions-TOTAL_FORMS": "x"},
        {"actions-TOTAL_FORMS": ""},
        {"actions-TOTAL_FORMS": "-1"},
        {"actions-TOTAL_FORMS": "99999999"},
    ],
)
def test_a_broken_count_of_rows_is_answered_with_words(
    broken: dict[str, str], cast: Cast, db: None
) -> None:
    lesson = in_review(cast)
    response = send(cast.endorser, lesson, "endorse", **(endorsement(cast) | broken))
    assert response.status_code == 422
    assert now(lesson).status == Status.IN_REVIEW


def test_a_row_is_added_without_scripts_and_everything_typed_stays(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    data = endorsement(cast, {"title": "Half a", "body": "", "due_on": ""}, discussion="So far.")
    response = send(cast.endorser, lesson, "endorse", **data, add_actions="1")
    assert response.status_code == 200
    text = said(response)
    assert 'name="actions-TOTAL_FORMS" value="2"' in text
    assert 'value="Half a"' in text
    assert "So far." in text
    assert "Choose who is responsible for it." not in text  # not judged yet
    assert now(lesson).status == Status.IN_REVIEW


# --- Nothing typed is lost -------------------------------------------------------------------------


def test_a_newer_version_is_shown_beside_what_was_typed(cast: Cast, db: None) -> None:
    lesson = in_review(cast, discussion="First words.")
    Lesson.objects.filter(pk=lesson.pk).update(version=2, discussion="The reviewer's new words.")
    data = endorsement(cast, discussion="What the endorser typed.")
    response = send(cast.endorser, lesson, "endorse", **data)
    assert response.status_code == 409
    text = said(response)
    assert "Somebody else saved a newer version" in text
    assert "The reviewer&#x27;s new words." in text
    assert text.count("What the endorser typed.") == 2
    assert 'name="version" value="2"' in text
    assert now(lesson).status == Status.IN_REVIEW
    assert send(cast.endorser, now(lesson), "endorse", **data).status_code == 302
    assert now(lesson).discussion == "What the endorser typed."


def test_what_was_typed_is_given_back_when_the_move_is_no_longer_possible(
    cast: Cast, db: None
) -> None:
    lesson = in_review(cast)
    perform(now(lesson), "return", by=cast.reviewer, given={"comment": "Which boat?"})
    data = endorsement(cast, discussion="An hour of thought.")
    response = send(cast.endorser, lesson, "endorse", **data)
    assert response.status_code == 409
    text = said(response)
    assert "“Endorse” is not possible while it is “Returned”." in text
    assert "Last: Returned with a question (Raquel Reviewer)" in text
    assert "An hour of thought." in text
    assert "It was not sent." in text
    assert '<button class="btn btn-primary">' not in text


def test_a_draft_is_kept_while_one_types_and_gone_when_sent(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    client = browser(cast.endorser)
    typed = {"version": 1} | endorsement(cast, {"title": "Half a"}, discussion="So far.\0")
    response = client.post(f"{address(lesson, 'endorse')}?draft", typed)
    assert response.status_code == 200
    assert set(response.json()) == {"time"}
    draft = FormDraft.objects.get()
    assert (draft.person, draft.path, draft.title) == (
        cast.endorser,
        address(lesson, "endorse"),
        f"{lesson.ref}: Endorse",  # never the point of a lesson that may be hidden by then
    )
    text = said(client.get(address(lesson, "endorse")))
    assert "This is what you wrote before and did not send." in text
    assert "So far." in text
    assert 'value="Half a"' in text
    other = said(browser(cast.second_endorser).get(address(lesson, "endorse")))
    assert "So far." not in other
    assert send(cast.endorser, lesson, "endorse", **endorsement(cast)).status_code == 302
    assert not FormDraft.objects.exists()


def test_a_draft_is_kept_for_nobody_who_may_not(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    response = browser(cast.reviewer).post(f"{address(lesson, 'endorse')}?draft", {"comment": "x"})
    assert response.status_code == 409
    assert not FormDraft.objects.exists()


def test_a_form_sent_after_the_session_ended_comes_back_filled(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    user = make_user(agency=cast.agency, role=Role.ENDORSER)
    client = browser(user)
    opened = client.get(address(lesson, "endorse"))
    token = opened.context["person_token"]
    client.logout()
    data = {"version": 1, "person": token} | endorsement(cast, discussion="An hour of thought.")
    response = client.post(address(lesson, "endorse"), data)
    assert response.status_code == 302
    assert "/accounts/login/" in response.headers["Location"]
    client.force_login(user)
    text = said(client.get(address(lesson, "endorse")))
    assert "An hour of thought." in text
    assert now(lesson).status == Status.IN_REVIEW


def test_a_form_opened_by_somebody_else_on_this_device_is_not_sent(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    token = browser(cast.endorser).get(address(lesson, "endorse")).context["person_token"]
    data = endorsement(cast, person=token)
    assert send(cast.second_endorser, lesson, "endorse", **data).status_code == 403
    assert now(lesson).status == Status.IN_REVIEW


def test_a_right_lost_meanwhile_gives_back_what_was_typed(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    perform(now(lesson), "hand_over", by=cast.reviewer, given={"reviewer": cast.second_reviewer})
    response = send(
        cast.reviewer, lesson, "note", category="evaluation", themes=["1"], comment="Half an hour."
    )
    assert response.status_code == 409
    assert "Half an hour." in said(response)
    Membership.objects.filter(user=cast.reviewer).update(active=False)
    assert send(cast.reviewer, lesson, "note", comment="Too late.").status_code == 404


def quicker(change: Callable[[], object]) -> AbstractContextManager[None]:
    """Make ``change`` in the very moment in which the next one takes its lock."""
    waiting = [change]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and sql.startswith("SAVEPOINT"):
            waiting.pop()()
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


def test_somebody_who_is_quicker_by_a_moment_is_not_overwritten(cast: Cast, db: None) -> None:
    lesson = in_review(cast)

    def newer() -> None:
        Lesson.objects.filter(pk=lesson.pk).update(version=2, discussion="The reviewer's.")

    with quicker(newer):
        response = send(cast.endorser, lesson, "endorse", **endorsement(cast, discussion="Typed."))
    assert response.status_code == 409
    assert "Typed." in said(response)
    assert (now(lesson).status, now(lesson).discussion) == (Status.IN_REVIEW, "The reviewer's.")
    with quicker(lambda: Lesson.objects.filter(pk=lesson.pk).update(version=3)):
        response = handling(now(lesson), cast.reviewer, priority="urgent")
    assert response.status_code == 409
    assert now(lesson).priority == "information"


# --- Handling --------------------------------------------------------------------------------------


def handling(lesson: Lesson, user: User, **data: Any) -> Any:
    form = {
        "version": lesson.version,
        "category": lesson.category,
        "themes": [one.pk for one in lesson.themes.all()],
        "partners": [one.pk for one in lesson.partners.all()],
        "priority": lesson.priority,
        "tlp": lesson.tlp,
    }
    return browser(user).post(reverse("lessons:handling", args=[lesson.ref]), form | data)


def test_tags_are_changed_with_an_event(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    response = handling(lesson, cast.reviewer, priority="urgent", comment="The season begins.")
    assert (response.status_code, response.url) == (302, lesson.get_absolute_url())
    assert now(lesson).events.get().comment == "Priority: Information → Urgent\nThe season begins."


def test_whom_it_newly_lets_read_is_said_and_confirmed(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    wider = {"released_to": [cast.partner_agency.pk]}
    response = handling(lesson, cast.reviewer, **wider)
    assert response.status_code == 422
    text = said(response)
    assert "Who newly reads it" in text
    assert "<li>Guarda Nacional Republicana</li>" in text
    assert now(lesson).released_to.count() == 0
    stale = handling(lesson, cast.reviewer, **wider, confirm="on", confirmed="anyone signed in")
    assert stale.status_code == 422
    confirmed = {"confirm": "on", "confirmed": "Guarda Nacional Republicana"}
    assert handling(lesson, cast.reviewer, **wider, **confirmed).status_code == 302
    assert list(now(lesson).released_to.all()) == [cast.partner_agency]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"partners": []}, "Name at least one partner."),
        ({"themes": []}, "This field is required."),
        ({"tlp": "white"}, "Select a valid choice"),
        ({"tlp": "red"}, "Name yourself among them"),
        ({"threats": ["boredom"]}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_handled_so_stands_beside_its_field(
    data: dict[str, Any], words: str, cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    response = handling(lesson, cast.reviewer, **data)
    assert response.status_code == 422
    assert words in said(response)
    assert (now(lesson).version, now(lesson).events.count()) == (1, 0)


def test_marking_it_red_needs_an_endorser_among_the_recipients(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    alone = {"tlp": "red", "red_recipients": [cast.reviewer.pk]}
    response = handling(lesson, cast.reviewer, **alone)
    assert response.status_code == 422
    assert "Name a reviewer and an endorser among the recipients" in said(response)
    both = {"tlp": "red", "red_recipients": [cast.reviewer.pk, cast.endorser.pk]}
    assert handling(lesson, cast.reviewer, **both).status_code == 302
    assert now(lesson).tlp == TLP.RED


def test_nothing_changed_and_a_double_click_say_so(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    assert handling(lesson, cast.reviewer).status_code == 302
    assert now(lesson).events.count() == 0
    for _click in (1, 2):
        assert handling(lesson, cast.reviewer, priority="urgent").status_code == 302
    assert now(lesson).events.count() == 1


def test_handling_a_newer_version_shows_the_form_again(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    handling(lesson, cast.endorser, priority="caution")
    response = handling(lesson, cast.reviewer, priority="urgent")
    assert response.status_code == 409
    assert "Somebody else saved a newer version" in said(response)
    assert '<option value="urgent" selected>' in said(response)
    assert now(lesson).priority == "caution"


# --- A newer lesson in the place of another -------------------------------------------------------


def test_a_newer_lesson_is_named_by_its_reference(cast: Cast, db: None) -> None:
    older = make_lesson(by=cast.originator, status=Status.LEARNED)
    newer = make_lesson(by=cast.originator, status=Status.NOTED)
    hidden = make_lesson(by=cast.stranger, status=Status.NOTED, tlp=TLP.AMBER_STRICT)
    draft = make_lesson(by=cast.endorser, agency=cast.agency)
    for ref, words in (
        ("", "Say which lesson stands in its place."),
        ("ES-GC-1999-0001", "There is no such lesson, or it is not for you to see."),
        (hidden.ref, "There is no such lesson, or it is not for you to see."),
        (draft.ref, "Only a published lesson can."),
        (older.ref, "A lesson cannot stand in its own place."),
    ):
        response = send(cast.endorser, older, "supersede", replacement=ref)
        assert response.status_code == 422
        assert words in said(response)
        assert f'value="{ref}"' in said(response) or not ref
    assert now(older).status == Status.LEARNED
    ref = f"  {newer.ref.lower()} "
    assert send(cast.endorser, older, "supersede", replacement=ref).status_code == 302
    assert now(older).superseded_by == newer
    page = said(browser(cast.colleague).get(older.get_absolute_url()))
    assert "A newer lesson stands in its place:" in page
    assert newer.get_absolute_url() in page


def test_an_archived_lesson_offers_to_be_restored(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    sent = send(cast.endorser, lesson, "archive", comment="Of no use any more.")
    assert sent.status_code == 302
    way = address(lesson, "restore")
    assert way in said(browser(cast.endorser).get(lesson.get_absolute_url()))
    assert way not in said(browser(cast.colleague).get(lesson.get_absolute_url()))
    assert send(cast.endorser, now(lesson), "restore", comment="Of use.").status_code == 302
    assert now(lesson).status == Status.NOTED
