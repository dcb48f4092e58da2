"""Versions of lessons and actions: kept whichever way a change came, read by those they are for."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from lessons.forms import LessonForm, QuickLessonForm
from lessons.handling import HANDLED, handle
from lessons.history import may_restore, restore
from lessons.models import Action, Lesson
from lessons.versions import (
    ACTION_FIELDS,
    LESSON_FIELDS,
    ActionVersion,
    LessonVersion,
    keep_actions,
    keep_lesson,
)
from lessons.vocabulary import ActionStatus, Attribution, Category, Status
from lessons.workflow import IncompleteError, RefusedError, perform
from records.models import StaleVersionError
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_exercise, make_lesson, partner, theme
from tests.forms import client_of, opened


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def draft(cast: Cast, **fields: Any) -> Lesson:
    fields = {"title": "First point", "observation": "What was seen."} | fields
    return make_lesson(by=cast.originator, **fields)


def submitted(cast: Cast, **fields: Any) -> Lesson:
    lesson = draft(cast, **fields)
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    return lesson


def in_review(cast: Cast, **fields: Any) -> Lesson:
    lesson = submitted(cast, **fields)
    perform(lesson, "take", by=cast.reviewer)
    return lesson


def noted(cast: Cast, **fields: Any) -> Lesson:
    lesson = in_review(cast, **fields)
    given = {
        "category": Category.COMMUNICATION,
        "themes": [theme("sensors")],
        "comment": "Valid.",
    }
    perform(lesson, "note", by=cast.reviewer, given=given)
    return lesson


def told(lesson: Lesson) -> list[tuple[int, str, list[str]]]:
    """Number, who, and what changed, oldest first; of the first all of it."""
    return [
        (one.number, one.by.name if one.by else "", one.changed if one.number > 1 else [])
        for one in lesson.versions.order_by("number").select_related("by")
    ]


def history(lesson: Lesson, query: str = "") -> str:
    return reverse("lessons:history", args=[lesson.ref]) + query


# --- What is kept ------------------------------------------------------------------------------


def test_every_field_that_a_form_or_verb_changes_is_kept() -> None:
    changed = {*LessonForm.Meta.fields, *QuickLessonForm.Meta.fields, *HANDLED}
    assert changed - {"agency"} == set(LESSON_FIELDS)
    unlike = {"created_at", "original_due_on", "id", "lessons", "version"}
    told_elsewhere = {"accepted_at", "finished_at", "finished_by", "verified_at", "verified_by"}
    names = {field.name for field in Action._meta.get_fields() if field.concrete}
    assert names - unlike - told_elsewhere == set(ACTION_FIELDS)


def test_a_draft_has_no_versions_and_the_submitted_text_is_the_first(cast: Cast, db: None) -> None:
    lesson = draft(cast)
    client = client_of(cast.originator)
    path = reverse("lessons:edit", args=[lesson.ref])
    client.post(path, opened(client, path, title="A better point", save="draft"))
    assert told(lesson) == []
    lesson.refresh_from_db()
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    (first,) = lesson.versions.all()
    assert (first.number, first.by) == (1, cast.originator)
    assert first.event == lesson.events.get(move="submit")
    assert first.said["title"] == "A better point"
    assert first.said["partners"] == [partner("MA").pk]


def test_moves_that_change_no_field_are_no_versions(cast: Cast, db: None) -> None:
    assert told(in_review(cast)) == [(1, "Olga Originator", [])]


def test_a_move_keeps_what_it_sets_with_its_relations(cast: Cast, db: None) -> None:
    lesson = noted(cast)
    assert told(lesson)[1:] == [(2, "Raquel Reviewer", ["category", "themes"])]
    version = lesson.versions.get(number=2)
    assert version.said["themes"] == [theme("sensors").pk]
    assert version.at == lesson.events.get(move="note").at


def test_an_endorsement_keeps_its_actions_and_closing_what_became_of_them(
    cast: Cast, db: None
) -> None:
    lesson = in_review(cast)
    given = {
        "category": Category.COMMUNICATION,
        "themes": [theme("sensors")],
        "discussion": "Why.",
        "conclusion": "What follows.",
        "recommendation": "Who changes what.",
        "actions": [
            {"title": "Buy a radio", "body": cast.agency, "due_on": timezone.localdate()},
        ],
    }
    perform(lesson, "endorse", by=cast.endorser, given=given)
    action = lesson.actions.get()
    perform(lesson, "close", by=cast.endorser, given={"comment": "No money."})
    first, second = ActionVersion.objects.filter(action=action).order_by("number")
    assert first.said["title"] == "Buy a radio"
    assert (second.changed, second.by) == (["status"], cast.endorser)
    assert second.said["status"] == ActionStatus.CANCELLED


def test_a_reviewers_form_is_one_version_with_words_and_tags(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    client = client_of(cast.reviewer)
    path = reverse("lessons:edit", args=[lesson.ref])
    sent = opened(client, path, discussion="Nobody had asked.", themes=[theme("sensors")])
    assert client.post(path, sent).status_code == 302
    assert told(lesson)[1:] == [(2, "Raquel Reviewer", ["discussion", "themes"])]
    page = client.get(history(lesson)).content.decode()
    assert "Edited" in page
    assert "Discussion, Themes" in page


def test_answer_and_resubmission_in_one_form_are_one_version(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which gate?"})
    client = client_of(cast.originator)
    path = reverse("lessons:edit", args=[lesson.ref])
    sent = opened(client, path, observation="At gate 2.", nothing_secret="on", submit="review")
    assert client.post(path, sent).status_code == 302
    assert told(lesson)[1:] == [(2, "Olga Originator", ["observation"])]
    # Saved without submitting it is a version as well, and saving nothing new is none.
    lesson.refresh_from_db()
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Sure?"})
    for _again in range(2):
        client.post(path, opened(client, path, observation="At gate 3.", save="draft"))
    assert told(lesson)[2:] == [(3, "Olga Originator", ["observation"])]


def test_handling_and_what_the_administration_does_are_kept(cast: Cast, db: None) -> None:
    lesson = noted(cast)
    handle(lesson, by=cast.endorser, given={"tlp": TLP.GREEN, "partners": [partner("PT")]})
    assert told(lesson)[2:] == [(3, "Elena Endorser", ["partners", "tlp"])]
    other = in_review(cast)
    given = {"category": Category.EVALUATION, "themes": [theme("sensors")], "comment": "Valid."}
    perform(other, "hand_over", by=cast.endorser, given={"reviewer": cast.second_reviewer})
    perform(other, "note", by=cast.second_reviewer, given=given, administration=True)
    assert told(other)[1:] == [(2, "Sergio Reviewer", ["category", "themes"])]


def test_what_cannot_be_saved_leaves_no_version(cast: Cast, db: None) -> None:
    lesson = noted(cast)
    with pytest.raises(IncompleteError):
        handle(lesson, by=cast.reviewer, given={"themes": []})
    with pytest.raises(StaleVersionError):
        handle(lesson, by=cast.reviewer, given={"tlp": TLP.GREEN}, version=1)
    assert len(told(lesson)) == 2


def test_keeping_a_version_costs_the_same_however_much_it_says(
    cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    lesson = noted(cast)
    lesson.partners.set([partner(code) for code in ("MA", "PT", "FR", "IT")])
    with django_assert_num_queries(3):
        keep_lesson(lesson, by=cast.reviewer, at=timezone.now())
    for number in (1, 30):
        actions = [make_action(lesson) for _ in range(number)]
        with django_assert_num_queries(2):
            keep_actions(actions, by=cast.reviewer, at=timezone.now())


# --- Who reads it ------------------------------------------------------------------------------

MAY_READ = {
    "originator": 200,
    "colleague": 200,
    "reviewer": 200,
    "endorser": 200,
    "coordinator": 200,
    "red_recipient": 200,
    "reader": 403,
    "sub_member": 403,
    "sub_reviewer": 403,
    "partner_reader": 403,
    "partner_reviewer": 403,
    "only_reviewer": 404,
    "stranger": 404,
    "administrator": 404,
}


def test_the_history_is_for_those_who_record_for_the_agency(cast: Cast, db: None) -> None:
    lesson = noted(cast, released_to=[cast.partner_agency])
    handle(lesson, by=cast.reviewer, given={"priority": "urgent"})
    for address in (
        history(lesson),
        history(lesson, "?old=1&new=2"),
        reverse("lessons:version", args=[lesson.ref, 1]),
    ):
        found = {name: client_of(cast.people[name]).get(address).status_code for name in MAY_READ}
        assert found == MAY_READ, address


def test_others_find_no_link_to_it(cast: Cast, db: None) -> None:
    lesson = noted(cast, tlp=TLP.GREEN)
    for name in ("reader", "partner_reader"):
        page = client_of(cast.people[name]).get(lesson.get_absolute_url()).content.decode()
        assert "/history/" not in page
    page = client_of(cast.colleague).get(lesson.get_absolute_url()).content.decode()
    assert history(lesson) in page


def test_what_was_written_while_it_was_taken_back_stays_with_its_author(
    cast: Cast, db: None
) -> None:
    lesson = submitted(cast)
    perform(lesson, "withdraw", by=cast.originator)
    client = client_of(cast.originator)
    path = reverse("lessons:edit", args=[lesson.ref])
    client.post(path, opened(client, path, observation="A SECRET thought.", save="draft"))
    client.post(path, opened(client, path, observation="What may be known.", save="draft"))
    lesson.refresh_from_db()
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    assert [number for number, _who, _what in told(lesson)] == [1, 2, 3, 4]
    assert lesson.versions.get(number=4).changed == ["observation"]
    seen = LessonVersion.objects.filter(lesson=lesson)
    assert [one.number for one in seen.open_to(cast.originator)] == [4, 3, 2, 1]
    assert [one.number for one in seen.open_to(cast.people["reviewer"])] == [4, 1]
    reviewer = client_of(cast.reviewer)
    for query in ("", "?old=1&new=4", "?old=2&new=4"):
        assert "SECRET" not in reviewer.get(history(lesson, query)).content.decode()
    assert reviewer.get(reverse("lessons:version", args=[lesson.ref, 2])).status_code == 404
    # The list leads from version 4 to version 1, past those that are not theirs.
    assert "?old=1&amp;new=4" in reviewer.get(history(lesson)).content.decode()


def test_a_red_version_stays_with_its_recipients_when_the_lesson_is_widened(
    cast: Cast, db: None
) -> None:
    recipients = [cast.reviewer, cast.endorser, cast.red_recipient]
    lesson = noted(
        cast, tlp=TLP.RED, red_recipients=recipients, observation="Source SECRET told us."
    )
    assert client_of(cast.colleague).get(history(lesson)).status_code == 404
    Lesson.objects.filter(pk=lesson.pk).update(observation="It was told.", title="Clean")
    lesson.refresh_from_db()
    handle(lesson, by=cast.reviewer, given={"tlp": TLP.AMBER})
    colleague = client_of(cast.colleague)
    page = colleague.get(history(lesson))
    assert page.status_code == 200
    assert [entry.version.number for entry in page.context["entries"]] == [3]
    for number in (1, 2):
        answer = colleague.get(history(lesson, f"?old={number}&new=3"))
        assert "SECRET" not in answer.content.decode()
        assert "There is no version" in answer.content.decode()
    assert (
        "SECRET"
        in client_of(cast.red_recipient).get(history(lesson, "?old=1&new=3")).content.decode()
    )
    # Who the recipients were is not told any more.
    third = colleague.get(reverse("lessons:version", args=[lesson.ref, 3])).content.decode()
    assert "Rita Roja" not in third
    assert "3 people" in third


def test_people_are_named_as_everywhere(cast: Cast, db: None) -> None:
    lesson = noted(cast, attribution=Attribution.NON_ATTRIBUTED)
    seen = {
        name: client_of(cast.people[name]).get(history(lesson)).content.decode()
        for name in ("colleague", "reviewer", "originator")
    }
    assert "Olga Originator" not in seen["colleague"]
    assert "Not attributed" in seen["colleague"]
    assert "Raquel Reviewer" in seen["colleague"]
    assert "Olga Originator" in seen["reviewer"]
    compared = client_of(cast.colleague).get(history(lesson, "?old=1&new=2")).content.decode()
    assert "Olga Originator" not in compared


def test_hidden_activities_and_lessons_are_not_named(cast: Cast, db: None) -> None:
    hidden = make_exercise(by=cast.reviewer, tlp=TLP.RED, title="Exercise SECRET")
    other = make_lesson(by=cast.reviewer, title="Lesson SECRET")
    lesson = noted(cast)
    Lesson.objects.filter(pk=lesson.pk).update(exercise=hidden, recurrence_of=other)
    lesson.refresh_from_db()
    handle(lesson, by=cast.reviewer, given={"priority": "urgent"})
    for address in (
        history(lesson, "?old=2&new=3"),
        reverse("lessons:version", args=[lesson.ref, 3]),
    ):
        page = client_of(cast.colleague).get(address).content.decode()
        assert "SECRET" not in page
        assert "not for you to see" in page
        assert "Exercise SECRET" in client_of(cast.reviewer).get(address).content.decode()


# --- The pages ---------------------------------------------------------------------------------


def with_versions(cast: Cast, number: int) -> Lesson:
    lesson = noted(cast)
    for count in range(number - 2):
        lesson.place = f"Place {count}"
        lesson.save()
        keep_lesson(lesson, by=cast.reviewer if count % 2 else cast.endorser, at=timezone.now())
    assert lesson.versions.count() == number
    return lesson


@pytest.mark.parametrize("number", [2, 30])
def test_queries_of_the_history(
    number: int, cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    lesson = with_versions(cast, number)
    client = client_of(cast.colleague)
    with django_assert_num_queries(10):
        assert client.get(history(lesson)).status_code == 200
    with django_assert_num_queries(11):
        assert client.get(history(lesson, f"?old=1&new={number}")).status_code == 200


def test_the_list_is_paged(cast: Cast, db: None) -> None:
    lesson = with_versions(cast, 65)
    client = client_of(cast.colleague)
    pages = [client.get(history(lesson, f"?page={page}")) for page in ("1", "2", "3", "99", "x")]
    numbers = [[one.version.number for one in page.context["entries"]] for page in pages]
    assert [len(page) for page in numbers] == [30, 30, 5, 5, 30]
    assert numbers[0][0], numbers[2][-1] == (65, 1)
    # The last of a page is compared with the first of the next one.
    assert pages[0].context["entries"][-1].before == 35
    assert pages[2].context["entries"][-1].before is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?old=1&new=99", "There is no version 99."),
        ("?old=x&new=2", "Enter a whole number."),
        ("?old=1", "This field is required."),
        ("?old=-1&new=2", "greater than or equal to 1"),
        ("?old=1&new=99999999999999999999", "less than or equal to"),
    ],
)
def test_a_wrong_choice_is_said_beside_it(query: str, words: str, cast: Cast, db: None) -> None:
    lesson = noted(cast)
    page = client_of(cast.colleague).get(history(lesson, query))
    assert page.status_code == 200
    assert words in page.content.decode()
    assert "What was done" in page.content.decode()


def test_numbers_beyond_reason_are_not_found(cast: Cast, db: None) -> None:
    lesson = noted(cast)
    client = client_of(cast.colleague)
    for name in ("version", "restore"):
        address = reverse(f"lessons:{name}", args=[lesson.ref, 10**30])
        assert client.get(address).status_code == 404
    assert client.get(reverse("lessons:action_history", args=[10**30])).status_code == 404


def test_texts_are_compared_by_words_and_lists_by_entries(cast: Cast, db: None) -> None:
    lesson = in_review(cast, observation="The gate was shut <at> night.", partners=("MA", "PT"))
    client = client_of(cast.reviewer)
    path = reverse("lessons:edit", args=[lesson.ref])
    sent = opened(
        client,
        path,
        observation="The gate was open <at> night.",
        partners=[partner("PT"), partner("FR")],
    )
    client.post(path, sent)
    # In whichever order they are asked for.
    page = client.get(history(lesson, "?old=2&new=1")).content.decode()
    assert "The gate was <del>" in page
    assert "</span>shut</del><ins>" in page
    assert "&lt;at&gt; night." in page
    differences = {
        one.label: (one.removed, one.added, one.kept)
        for one in client.get(history(lesson, "?old=1&new=2")).context["differences"]
    }
    assert differences["Partners"] == (("Morocco",), ("France",), ("Portugal",))


# --- Taking up an earlier text -----------------------------------------------------------------


def restore_page(lesson: Lesson, number: int) -> str:
    return reverse("lessons:restore", args=[lesson.ref, number])


def test_who_edits_now_takes_up_an_earlier_text(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    client = client_of(cast.reviewer)
    path = reverse("lessons:edit", args=[lesson.ref])
    client.post(path, opened(client, path, observation="Spoiled.", themes=[theme("sensors")]))
    asked = client.get(restore_page(lesson, 1)).content.decode()
    assert "Spoiled" in asked
    lesson.refresh_from_db()
    assert lesson.observation == "Spoiled."
    sent = {"version": lesson.version}
    assert client.post(restore_page(lesson, 1), sent).status_code == 302
    lesson.refresh_from_db()
    assert lesson.observation == "What was seen."
    # Only the text goes back, and the text that was left is kept.
    assert lesson.themes.count() == 1
    assert told(lesson)[1:] == [
        (2, "Raquel Reviewer", ["observation", "themes"]),
        (3, "Raquel Reviewer", ["observation"]),
    ]
    assert lesson.versions.get(number=2).said["observation"] == "Spoiled."
    page = client.get(history(lesson)).content.decode()
    assert "Text of version 1 taken up again" in page
    # Sent twice it does nothing more.
    assert client.post(restore_page(lesson, 1), sent).status_code in {302, 409}
    assert len(told(lesson)) == 3


def test_an_earlier_text_is_not_taken_over_a_newer_one_unseen(cast: Cast, db: None) -> None:
    lesson = in_review(cast)
    client = client_of(cast.reviewer)
    path = reverse("lessons:edit", args=[lesson.ref])
    opened_on = lesson.version
    client.post(path, opened(client, path, observation="Newer words."))
    answer = client.post(restore_page(lesson, 1), {"version": opened_on})
    assert answer.status_code == 409
    assert "Newer" in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.observation == "Newer words."


def test_what_may_not_be_empty_now_keeps_its_present_words(cast: Cast, db: None) -> None:
    lesson = submitted(cast)
    perform(lesson, "take", by=cast.reviewer)
    given = {
        "category": Category.COMMUNICATION,
        "themes": [theme("sensors")],
        "discussion": "Why.",
        "conclusion": "What follows.",
        "recommendation": "Who changes what.",
        "actions": [{"title": "Do", "body": cast.agency, "due_on": timezone.localdate()}],
    }
    perform(lesson, "endorse", by=cast.endorser, given=given)
    with pytest.raises(IncompleteError):
        # Version 1 had no analysis: nothing would change.
        restore(lesson, 1, by=cast.reviewer)
    assert lesson.revisions.count() == 0


MAY_RESTORE = {
    Status.RETURNED: {"originator"},
    Status.IN_REVIEW: {"reviewer"},
    Status.SUBMITTED: set(),
    Status.REJECTED: set(),
    Status.NOTED: {"originator", "reviewer", "endorser", "coordinator"},
    Status.ARCHIVED: set(),
}


@pytest.mark.parametrize("status", MAY_RESTORE)
def test_who_may_take_up_an_earlier_text(status: Status, cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=status, reviewer=cast.reviewer)
    keep_lesson(lesson, by=cast.originator, at=timezone.now())
    people = ("originator", "colleague", "reviewer", "endorser", "coordinator", "reader")
    found = {name for name in people if may_restore(lesson, cast.people[name])}
    assert found == MAY_RESTORE[status]
    for name in set(people) - found:
        with pytest.raises(RefusedError):
            restore(lesson, 1, by=cast.people[name])


# --- Actions -----------------------------------------------------------------------------------


def test_the_history_of_an_action(cast: Cast, db: None) -> None:
    lesson = noted(cast, released_to=[cast.partner_agency])
    action = make_action(lesson, body=cast.partner_agency, owner=cast.partner_reviewer)
    keep_actions([action], by=cast.endorser, at=timezone.now())
    action.title, action.owner = "Something else", None
    action.save()
    keep_actions([action], by=cast.partner_reviewer, at=timezone.now())
    address = reverse("lessons:action_history", args=[action.pk])
    expected = MAY_READ | {"partner_reviewer": 200}
    found = {name: client_of(cast.people[name]).get(address).status_code for name in expected}
    assert found == expected
    page = client_of(cast.colleague).get(f"{address}?old=1&new=2")
    labels = [one.label for one in page.context["differences"]]
    assert labels == ["What is to be done", "Owner"]
    # Whoever acts for the action body is named to its members and to the lesson's agency.
    assert cast.partner_reviewer.name in page.content.decode()
    abroad = client_of(cast.partner_reviewer).get(f"{address}?old=1&new=2").content.decode()
    assert "Elena Endorser" not in abroad


@pytest.mark.parametrize("number", [2, 30])
def test_queries_of_the_history_of_an_action(
    number: int, cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    lesson = noted(cast)
    action = make_action(lesson)
    for count in range(number):
        action.title = f"Title {count}"
        action.save()
        keep_actions([action], by=cast.endorser, at=timezone.now())
    client = client_of(cast.colleague)
    with django_assert_num_queries(11):
        assert client.get(reverse("lessons:action_history", args=[action.pk])).status_code == 200
