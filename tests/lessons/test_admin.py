"""The administration: review through the same verb, and no way round the life cycle."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.models import Agency, Membership, User
from agencies.roles import Role
from lessons.admin import ActionAdmin
from lessons.models import Action, ActionEvent, Lesson, LessonEvent
from lessons.revising import revise
from lessons.vocabulary import ActionStatus, Attribution, Status
from lessons.workflow import QUESTIONS, add_evidence, perform_action
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
    make_user,
    theme,
)

pytestmark = pytest.mark.django_db
LIST = "admin:lessons_lesson_changelist"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator)
    return client


def page(lesson: Lesson) -> str:
    return reverse("admin:lessons_lesson_change", args=[lesson.pk])


def act(desk: Client, move: str, *lessons: Lesson, **given: Any) -> Any:
    data = {"action": f"move_{move}", "_selected_action": [lesson.pk for lesson in lessons]}
    answer = desk.post(reverse(LIST), data | given, follow=True)
    for lesson in lessons:
        lesson.refresh_from_db()
    return answer


def test_a_move_first_asks_for_what_it_needs(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    answer = act(desk, "return", lesson)
    assert answer.templates[0].name == "admin/lessons/move.html"
    assert 'name="comment"' in answer.content.decode()
    assert (lesson.status, LessonEvent.objects.count()) == (Status.SUBMITTED, 0)


def test_returning_without_a_question_is_refused_beside_the_field(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    answer = act(desk, "return", lesson, confirmed="1", comment=" ")
    assert "comment" in answer.context["bulk"].form.errors
    assert lesson.status == Status.SUBMITTED


def test_several_entries_are_returned_by_the_administration(desk: Client, cast: Cast) -> None:
    lessons = [make_lesson(by=cast.originator, status=Status.SUBMITTED) for _ in range(3)]
    act(desk, "return", *lessons, confirmed="1", comment="Which boat?")
    assert [lesson.status for lesson in lessons] == [Status.RETURNED] * 3
    events = LessonEvent.objects.all()
    assert {(e.move, e.actor, e.by_administration, e.comment) for e in events} == {
        ("return", cast.administrator, True, "Which boat?")
    }


def test_what_cannot_be_moved_is_left_and_named(desk: Client, cast: Cast) -> None:
    open_one = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    done = make_lesson(by=cast.originator, status=Status.NOTED)
    answer = act(desk, "take", open_one, done)
    assert [lesson.ref for lesson, _reason in answer.context["bulk"].refused] == [done.ref]
    answer = act(desk, "take", open_one, done, confirmed="1")
    assert (open_one.status, open_one.reviewer) == (Status.IN_REVIEW, cast.administrator)
    assert done.status == Status.NOTED
    assert done.ref in answer.content.decode()


def test_an_administrator_does_not_pass_their_own_work(desk: Client, cast: Cast) -> None:
    own = make_lesson(by=cast.administrator, agency=cast.agency, status=Status.SUBMITTED)
    answer = act(desk, "take", own, confirmed="1")
    assert own.status == Status.SUBMITTED
    assert "a reviewer other than its author" in answer.content.decode()


def endorsement(body: Agency, **changed: str) -> dict[str, str]:
    return {
        "confirmed": "1",
        "category": "coordination",
        "themes": str(theme("drones").pk),
        "discussion": "Why.",
        "conclusion": "What.",
        "recommendation": "Who.",
        "actions-TOTAL_FORMS": "1",
        "actions-INITIAL_FORMS": "0",
        "actions-0-title": "Change the annex",
        "actions-0-body": str(body.pk),
        "actions-0-due_on": "2099-01-31",
        "release": str(body.pk),
    } | changed


def test_one_entry_is_endorsed_with_its_actions(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW)
    act(desk, "endorse", lesson, **endorsement(cast.partner_agency))
    assert lesson.status == Status.IDENTIFIED
    assert [action.title for action in lesson.actions.all()] == ["Change the annex"]
    assert list(lesson.released_to.all()) == [cast.partner_agency]


def test_an_unconfirmed_release_is_asked_for_by_name(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW)
    given = endorsement(cast.partner_agency)
    del given["release"]
    answer = act(desk, "endorse", lesson, **given)
    assert lesson.status == Status.IN_REVIEW
    assert "Guarda Nacional Republicana" in answer.content.decode()


def test_several_are_endorsed_with_the_texts_each_has(desk: Client, cast: Cast) -> None:
    texts: dict[str, Any] = {"discussion": "A", "conclusion": "B", "recommendation": "C"}
    whole = make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        category="evaluation",
        themes=("audit",),
        **texts,
    )
    bare = make_lesson(by=cast.originator, status=Status.IN_REVIEW)
    given = endorsement(cast.agency, category="", discussion="", conclusion="", recommendation="")
    del given["themes"]
    act(desk, "endorse", whole, bare, **given)
    assert (whole.status, whole.discussion, whole.category) == ("identified", "A", "evaluation")
    assert bare.status == Status.IN_REVIEW


def test_several_are_handed_over_to_somebody_who_may_review_all(desk: Client, cast: Cast) -> None:
    lessons = [make_lesson(by=cast.originator, status=Status.IN_REVIEW) for _ in range(2)]
    answer = act(desk, "hand_over", *lessons)
    choices = {user.name for user in answer.context["bulk"].form.fields["reviewer"].queryset}
    assert "Raquel Reviewer" in choices
    assert "Olga Originator" not in choices
    act(desk, "hand_over", *lessons, confirmed="1", reviewer=str(cast.reviewer.pk))
    assert {lesson.reviewer for lesson in lessons} == {cast.reviewer}


def test_what_no_member_can_review_any_more_is_decided_by_the_administration(
    desk: Client, cast: Cast
) -> None:
    given: dict[str, Any] = {"confirmed": "1", "comment": "Which boat?"}
    lesson, own = (
        make_lesson(
            by=by, agency=cast.small_agency, status=Status.IN_REVIEW, reviewer=cast.left_reviewer
        )
        for by in (cast.only_reviewer, cast.administrator)
    )
    act(desk, "return", lesson, **given)
    assert lesson.status == Status.IN_REVIEW
    for one in (lesson, own):
        act(desk, "hand_over", one, confirmed="1", reviewer=str(cast.administrator.pk))
    assert (lesson.reviewer, own.reviewer) == (cast.administrator, cast.left_reviewer)
    act(desk, "return", lesson, **given)
    assert lesson.status == Status.RETURNED
    events = LessonEvent.objects.filter(lesson=lesson)
    assert {event.by_administration for event in events} == {True}


def test_a_row_is_added_without_losing_what_was_typed(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW)
    answer = act(desk, "endorse", lesson, **endorsement(cast.agency, add_actions="1"))
    text = answer.content.decode()
    assert 'name="actions-1-title"' in text
    assert "Change the annex" in text
    assert lesson.status == Status.IN_REVIEW


def test_entries_cannot_be_added_changed_or_deleted(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    before = Lesson.objects.values().get(pk=lesson.pk)
    assert desk.get(reverse("admin:lessons_lesson_add")).status_code == 403
    assert desk.get(reverse("admin:lessons_lesson_delete", args=[lesson.pk])).status_code == 403
    assert desk.post(page(lesson), {"title": "Mine now", "status": "learned"}).status_code == 403
    act(desk, "../delete_selected", lesson)
    desk.post(
        reverse(LIST), {"action": "delete_selected", "_selected_action": [lesson.pk], "post": "yes"}
    )
    assert Lesson.objects.values().get(pk=lesson.pk) == before


@pytest.mark.parametrize("kind", ["agreement", "program", "exercise"])
def test_activities_are_read_only(desk: Client, cast: Cast, kind: str) -> None:
    make = {"agreement": make_agreement, "program": make_program, "exercise": make_exercise}[kind]
    record = make(by=cast.originator, tlp=TLP.GREEN)
    red = make(by=cast.originator, tlp=TLP.RED, title="The hidden title")
    listing = desk.get(reverse(f"admin:programs_{kind}_changelist")).content.decode()
    assert record.title in listing
    assert red.ref in listing
    assert "The hidden title" not in listing
    change = f"admin:programs_{kind}_change"
    assert desk.get(reverse(change, args=[record.pk])).status_code == 200
    assert desk.get(reverse(change, args=[red.pk])).status_code == 403
    assert desk.get(reverse(f"admin:programs_{kind}_add")).status_code == 403


def test_drafts_are_private_to_their_author(desk: Client, cast: Cast) -> None:
    draft = make_lesson(by=cast.originator, title="Not yet for anybody")
    assert "Not yet for anybody" not in desk.get(reverse(LIST)).content.decode()
    assert desk.get(page(draft), follow=False).status_code == 302


def red_lesson(cast: Cast, **fields: Any) -> Lesson:
    return make_lesson(
        by=cast.originator,
        tlp=TLP.RED,
        status=Status.SUBMITTED,
        title="Narcotics in the harbor office",
        observation="Zebra",
        priority="urgent",
        red_recipients=[cast.reviewer, cast.endorser],
        **fields,
    )


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", True),
        ("?q={ref}", True),
        ("?q=Narcotics", False),
        ("?q=Zebra", False),
        ("?q=Morocco", False),
        ("?priority__exact=urgent", False),
        ("?status__exact=submitted", False),
        ("?agency__id__exact={agency}", False),
        ("?o=2", False),
    ],
)
def test_red_is_listed_by_reference_only(
    desk: Client, cast: Cast, query: str, listed: bool
) -> None:
    lesson = red_lesson(cast)
    address = reverse(LIST) + query.format(ref=lesson.ref, agency=cast.agency.pk)
    answer = desk.get(address)
    assert answer.status_code == 200
    assert "in the harbor office" not in answer.content.decode()
    assert [one.pk for one in answer.context["cl"].result_list] == ([lesson.pk] if listed else [])


def test_red_is_neither_opened_nor_moved(desk: Client, cast: Cast) -> None:
    lesson = red_lesson(cast)
    assert desk.get(page(lesson)).status_code == 403
    answer = act(desk, "take", lesson)
    assert "Narcotics" not in answer.content.decode()
    act(desk, "take", lesson, confirmed="1")
    assert lesson.status == Status.SUBMITTED


def test_a_non_attributed_originator_has_no_name(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(
        by=cast.originator, status=Status.SUBMITTED, attribution=Attribution.NON_ATTRIBUTED
    )
    LessonEvent.objects.create(
        lesson=lesson,
        move="submit",
        actor=cast.originator,
        from_status="draft",
        to_status="submitted",
    )
    for address in (reverse(LIST), page(lesson)):
        assert "Olga" not in desk.get(address).content.decode()
    assert "Not attributed" in desk.get(page(lesson)).content.decode()


def test_a_hidden_exercise_is_not_named(desk: Client, cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.RED, title="Operation Unspoken")
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED, exercise=exercise)
    assert "Operation Unspoken" not in desk.get(page(lesson)).content.decode()


def test_the_stuck_list_says_why_and_the_way_out(desk: Client, cast: Cast) -> None:
    waiting = make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED)
    text = desk.get(reverse("admin:lessons_stuck")).content.decode()
    assert page(waiting) in text
    assert waiting.agency.name in text
    assert "no reviewer other than its author" in text


def test_the_stuck_list_holds_no_drafts(desk: Client, cast: Cast) -> None:
    left = make_lesson(by=cast.left_originator, agency=cast.agency, title="Left behind")
    answer = desk.get(reverse("admin:lessons_stuck"))
    assert answer.context["waiting"] == []
    assert left.ref not in answer.content.decode()


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.IN_REVIEW, Status.IDENTIFIED])
def test_the_stuck_list_names_a_red_lesson_by_reference_only(
    desk: Client, cast: Cast, status: Status
) -> None:
    red = make_lesson(by=cast.only_reviewer, status=status, tlp=TLP.RED)
    answer = desk.get(reverse("admin:lessons_stuck"))
    row = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    assert [one.lesson for one in answer.context["waiting"]] == [red]
    assert row == (f'<tr><th scope="row">{red.ref}</th><td>—</td><td>—</td><td>—</td></tr>')


def test_only_administrators_come_in(client: Client, cast: Cast) -> None:
    for name, person in cast.people.items():
        if not person.is_active or name == "administrator":
            continue
        client.force_login(person)
        assert client.get(reverse(LIST)).status_code == 302, name


def test_an_administrator_makes_an_agency_a_person_and_a_role(desk: Client) -> None:
    agency = {
        "code": "MT-AFM",
        "name": "Armed Forces of Malta",
        "kind": "navy",
        "country": "MT",
        "time_zone": "Europe/Malta",
        "review_days": "30",
        "urgent_review_days": "10",
        "returned_reminder_days": "10",
        "returned_escalation_days": "30",
        "validation_days": "60",
        "reminder_before_days": "7",
        "escalation_after_days": "14",
        "active": "on",
        **{f"{prefix}-{field}": "0" for prefix in ("holidays", "memberships") for field in FORMSET},
    }
    assert desk.post(reverse("admin:agencies_agency_add"), agency).status_code == 302
    made = Agency.objects.get(code="MT-AFM")
    person = {
        "email": "maria@example.org",
        "name": "Maria Borg",
        "usable_password": "true",
        "password1": "an-unusual-phrase-9",
        "password2": "an-unusual-phrase-9",
        **{f"memberships-{field}": "0" for field in FORMSET},
    }
    assert desk.post(reverse("admin:agencies_user_add"), person).status_code == 302
    maria = User.objects.get(email="maria@example.org")
    membership = {"user": maria.pk, "agency": made.pk, "role": "endorser", "active": "on"}
    assert desk.post(reverse("admin:agencies_membership_add"), membership).status_code == 302
    assert [(m.agency, m.role) for m in maria.memberships.all()] == [(made, "endorser")]
    assert desk.get(reverse("admin:agencies_membership_delete", args=[1])).status_code == 403


FORMSET = ("TOTAL_FORMS", "INITIAL_FORMS")


@pytest.mark.parametrize(
    "name", ["agency", "membership", "user", "partner", "agency_add", "user_add", "partner_add"]
)
def test_the_pages_of_the_administration_open(desk: Client, cast: Cast, name: str) -> None:
    kind, _dash, deed = name.partition("_")
    assert desk.get(reverse(f"admin:agencies_{kind}_{deed or 'changelist'}")).status_code == 200


def test_codes_stay_once_given(desk: Client, cast: Cast) -> None:
    for address in (
        reverse("admin:agencies_agency_change", args=[cast.agency.pk]),
        reverse("admin:lessons_theme_change", args=[theme("drones").pk]),
    ):
        text = desk.get(address).content.decode()
        assert 'name="code"' not in text
        assert 'name="slug"' not in text


def test_the_list_costs_the_same_for_one_and_thirty(
    desk: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_lesson(by=cast.originator, status=Status.SUBMITTED)
    with django_assert_max_num_queries(14):
        desk.get(reverse(LIST))
    for _ in range(30):
        make_lesson(by=cast.originator, status=Status.SUBMITTED)
    with django_assert_max_num_queries(14):
        desk.get(reverse(LIST))


def test_a_person_without_membership_is_not_counted_as_staff_on_ordinary_pages(
    desk: Client, cast: Cast
) -> None:
    make_lesson(by=cast.originator, status=Status.SUBMITTED)
    outsider = make_user(is_staff=True, is_superuser=True)
    assert not Lesson.objects.visible_to(outsider).exists()
    assert not Membership.objects.filter(user=outsider).exists()


def test_what_cannot_be_an_id_is_not_chosen(desk: Client, cast: Cast) -> None:
    data = {"action": "move_take", "_selected_action": ["9" * 30, "x"]}
    assert desk.post(reverse(LIST), data, follow=True).status_code == 200


def test_red_does_not_tell_where_it_stands(desk: Client, cast: Cast) -> None:
    taken = make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        tlp=TLP.RED,
        reviewer=cast.reviewer,
        red_recipients=[cast.reviewer, cast.endorser],
    )
    told = act(desk, "take", taken).content.decode()
    assert "Only its originator and recipients" in told
    assert "In review" not in told


@pytest.mark.parametrize(
    "lookup",
    [
        "originator__id__exact={person}",
        "originator={person}",
        "created_by={person}",
        "reviewer__id__exact={person}",
        "observation__icontains=What",
        "status__in=submitted",
        "agency__name__startswith=G",
    ],
)
def test_only_the_filters_offered_can_be_asked(desk: Client, cast: Cast, lookup: str) -> None:
    make_lesson(by=cast.originator, status=Status.SUBMITTED)
    answer = desk.get(f"{reverse(LIST)}?{lookup.format(person=cast.originator.pk)}")
    assert answer.status_code == 400


def test_the_filters_offered_narrow_the_list(desk: Client, cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    make_lesson(by=cast.small_originator, status=Status.NOTED)
    for lookup in ("status__exact=submitted", f"agency__id__exact={cast.agency.pk}"):
        answer = desk.get(f"{reverse(LIST)}?{lookup}")
        assert [one.pk for one in answer.context["cl"].result_list] == [lesson.pk]


# --- Actions -----------------------------------------------------------------------------------

ACTIONS = "admin:lessons_action_changelist"


@pytest.fixture
def owner(cast: Cast) -> User:
    return make_user(name="Otilia Owner", agency=cast.partner_agency)


def action_at(cast: Cast, owner: User, status: ActionStatus, **fields: Any) -> Action:
    now = timezone.now()
    if status in {ActionStatus.FINISHED, ActionStatus.VERIFIED}:
        fields |= {"finished_at": now, "finished_by": owner}
    if status == ActionStatus.VERIFIED:
        fields |= {"verified_at": now, "verified_by": cast.reviewer}
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING, tlp=TLP.GREEN)
    fields.setdefault("body", cast.partner_agency)
    return make_action(lesson, status=status, owner=owner, **fields)


def move_actions(desk: Client, name: str, *actions: Action, **given: Any) -> Any:
    data = {"action": f"move_{name}", "_selected_action": [action.pk for action in actions]}
    answer = desk.post(reverse(ACTIONS), data | given, follow=True)
    for action in actions:
        action.refresh_from_db()
    return answer


def events_of(*actions: Action) -> set[tuple[str, User, bool]]:
    events = ActionEvent.objects.filter(action__in=actions)
    return {(event.move, event.actor, event.by_administration) for event in events}


def test_the_administration_makes_the_moves_of_staff_alone() -> None:
    assert set(ActionAdmin.deeds) == {"verify", "reopen", "reassign", "cancel"}


def test_several_actions_are_verified_by_the_administration(
    desk: Client, cast: Cast, owner: User
) -> None:
    actions = [action_at(cast, owner, ActionStatus.FINISHED) for _number in range(2)]
    open_one = action_at(cast, owner, ActionStatus.ONGOING)
    answer = move_actions(desk, "verify", *actions, open_one)
    text = answer.content.decode()
    assert all(f'name="{question}"' in text for question in QUESTIONS)
    assert "is not possible while it is" in text
    given: dict[str, Any] = {"confirmed": "1", "comment": "Seen."}
    answer = move_actions(desk, "verify", *actions, **given)
    assert "relevant" in answer.context["bulk"].form.errors
    assert {action.status for action in actions} == {ActionStatus.FINISHED}
    given |= dict.fromkeys(QUESTIONS, "on")
    move_actions(desk, "verify", *actions, open_one, **given)
    assert {action.status for action in actions} == {ActionStatus.VERIFIED}
    assert open_one.status == ActionStatus.ONGOING
    assert events_of(*actions, open_one) == {("verify", cast.administrator, True)}
    followed = LessonEvent.objects.filter(lesson__actions__in=actions)
    assert {(event.move, event.by_administration) for event in followed} == {("finish", True)}
    client = Client()
    client.force_login(owner)
    page_of_action = client.get(actions[0].get_absolute_url()).content.decode()
    assert "by the administration" in page_of_action


def test_an_action_is_reopened_reassigned_and_cancelled_with_what_the_table_demands(
    desk: Client, cast: Cast, owner: User
) -> None:
    action = action_at(cast, owner, ActionStatus.FINISHED)
    answer = move_actions(desk, "reopen", action, confirmed="1", comment=" ")
    assert "comment" in answer.context["bulk"].form.errors
    move_actions(desk, "reopen", action, confirmed="1", comment="A page is missing.")
    assert action.status == ActionStatus.ONGOING
    given = {"confirmed": "1", "body": cast.agency.pk, "due_on": "2099-01-31"}
    move_actions(desk, "reassign", action, **given)
    assert (action.body, action.owner) == (cast.agency, None)
    move_actions(desk, "cancel", action, confirmed="1", comment="Not needed.")
    assert action.status == ActionStatus.CANCELLED
    moves = {(move, cast.administrator, True) for move in ("reopen", "reassign", "cancel")}
    assert events_of(action) == moves


def test_a_new_action_body_is_let_in_with_a_tick(desk: Client, cast: Cast, owner: User) -> None:
    action = action_at(cast, owner, ActionStatus.ONGOING)
    Lesson.objects.filter(actions=action).update(tlp=TLP.AMBER)
    given = {"confirmed": "1", "body": cast.agency.pk, "due_on": "2099-01-31"}
    lesson = action.lessons.get()
    lesson.released_to.add(cast.partner_agency)
    small = given | {"body": cast.small_agency.pk}
    answer = move_actions(desk, "reassign", action, **small)
    assert "This agency may read its lessons from now on" in answer.content.decode()
    assert action.body == cast.partner_agency
    move_actions(desk, "reassign", action, **small, release=cast.small_agency.pk)
    assert action.body == cast.small_agency
    released = LessonEvent.objects.get(lesson=lesson, move="handle")
    assert released.by_administration


def test_four_eyes_hold_for_actions_in_the_administration(
    desk: Client, cast: Cast, owner: User
) -> None:
    own = action_at(cast, cast.administrator, ActionStatus.FINISHED)
    lesson = make_lesson(
        by=cast.administrator, agency=cast.agency, status=Status.IMPLEMENTING, tlp=TLP.GREEN
    )
    of_own_lesson = make_action(lesson, owner=owner, status=ActionStatus.ONGOING)
    given = {"confirmed": "1", "comment": "Mine."}
    answered = dict.fromkeys(QUESTIONS, "on")
    assert "other than its owner" in (
        move_actions(desk, "verify", own, **given, **answered).content.decode()
    )
    assert "other than the lesson" in (
        move_actions(desk, "cancel", of_own_lesson, **given).content.decode()
    )
    assert own.status == ActionStatus.FINISHED
    assert of_own_lesson.status == ActionStatus.ONGOING


def test_what_was_changed_while_the_page_was_open_is_left(
    desk: Client, cast: Cast, owner: User
) -> None:
    action = action_at(cast, owner, ActionStatus.FINISHED)
    text = move_actions(desk, "cancel", action).content.decode()
    assert f'name="seen" value="{action.pk}:{action.version}"' in text
    add_evidence(action, by=owner, kind="procedure", shows="Another page")
    given = {"confirmed": "1", "comment": "No.", "seen": f"{action.pk}:{action.version}"}
    answer = move_actions(desk, "cancel", action, **given)
    assert "Somebody changed it while this page was open" in answer.content.decode()
    assert action.status == ActionStatus.FINISHED


def test_an_action_is_read_with_its_evidence_and_what_happened(
    desk: Client, cast: Cast, owner: User
) -> None:
    action = action_at(cast, owner, ActionStatus.ONGOING)
    add_evidence(action, by=owner, kind="procedure", shows="Page 4, signed")
    perform_action(action, "finish", by=owner)
    address = reverse("admin:lessons_action_change", args=[action.pk])
    text = desk.get(address).content.decode()
    for words in ("Otilia Owner", "Page 4, signed", "Finished", "move_verify"):
        assert words in text
    assert desk.post(address, {"title": "Mine now"}).status_code == 403
    assert desk.get(reverse("admin:lessons_action_add")).status_code == 403
    assert desk.get(reverse("admin:lessons_action_delete", args=[action.pk])).status_code == 403


def test_an_author_who_owns_an_action_has_no_name_where_the_lesson_gives_none(
    desk: Client, cast: Cast
) -> None:
    action = action_at(cast, cast.originator, ActionStatus.ONGOING, body=cast.agency)
    Lesson.objects.filter(actions=action).update(attribution=Attribution.NON_ATTRIBUTED)
    add_evidence(action, by=cast.originator, kind="procedure", shows="Page 4")
    text = desk.get(reverse("admin:lessons_action_change", args=[action.pk])).content.decode()
    assert cast.originator.name not in text
    assert "Not attributed" in text


def red_action(cast: Cast) -> Action:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IMPLEMENTING,
        tlp=TLP.RED,
        red_recipients=[cast.reviewer, cast.endorser],
    )
    finished: dict[str, Any] = {"finished_at": timezone.now(), "finished_by": cast.reviewer}
    return make_action(
        lesson, title="Xyzzy", owner=cast.reviewer, status=ActionStatus.FINISHED, **finished
    )


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", True),
        ("?q=Xyzzy", False),
        ("?status__exact=finished", False),
        ("?status=finished", False),
        ("?o=2", False),
        ("?q={ref}", True),
    ],
)
def test_an_action_of_a_red_lesson_is_listed_by_reference_only(
    desk: Client, cast: Cast, query: str, listed: bool
) -> None:
    ref = red_action(cast).lessons.get().ref
    text = desk.get(reverse(ACTIONS) + query.format(ref=ref)).content.decode()
    rows = text.partition('id="result_list"')[2]
    assert (ref in rows) is listed
    assert "Xyzzy" not in rows


def test_an_action_of_a_red_lesson_is_neither_opened_nor_moved(desk: Client, cast: Cast) -> None:
    action = red_action(cast)
    address = reverse("admin:lessons_action_change", args=[action.pk])
    assert desk.get(address).status_code == 403
    for given in ({}, {"confirmed": "1", "comment": "No."}):
        text = move_actions(desk, "cancel", action, **given).content.decode()
        assert "Only its originator and recipients may move" in text
        assert "Xyzzy" not in text
        assert "finished" not in text.lower().partition("content-main")[2]
    assert action.status == ActionStatus.FINISHED


def test_an_action_of_two_lessons_stands_once_in_the_list(
    desk: Client, cast: Cast, owner: User
) -> None:
    action = action_at(cast, owner, ActionStatus.ONGOING, title="The printed list")
    other = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    action.lessons.add(other)
    for query in ("", "?q=printed", f"?q={other.ref}", "?q=ES-GC"):
        assert len(desk.get(reverse(ACTIONS) + query).context["cl"].result_list) == 1


def test_the_list_of_actions_costs_the_same_for_one_and_thirty(
    desk: Client, cast: Cast, owner: User, django_assert_num_queries: Any
) -> None:
    action_at(cast, owner, ActionStatus.ONGOING)
    desk.get(reverse(ACTIONS))
    # Session, person; number and page of actions, their lessons and agencies; the filter's bodies.
    for more in (0, 29):
        for _number in range(more):
            action_at(cast, owner, ActionStatus.ONGOING)
        with django_assert_num_queries(7):
            desk.get(reverse(ACTIONS))


# --- Revisions ---------------------------------------------------------------------------------


def revised(cast: Cast, by: User, **fields: Any) -> Lesson:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, observation="Old", **fields)
    revise(lesson, by=by, texts={"observation": "What is proposed"})
    return lesson


def test_a_revision_is_approved_by_the_administration(desk: Client, cast: Cast) -> None:
    lessons = [revised(cast, cast.reviewer) for _number in range(2)]
    none = make_lesson(by=cast.originator, status=Status.NOTED)
    text = desk.get(page(lessons[0])).content.decode()
    assert 'value="move_approve_revision"' in text
    assert (
        'value="move_approve_revision"'
        not in (desk.get(page(none)).content.decode().partition("changelist-form")[0])
    )
    text = act(desk, "approve_revision", *lessons, none).content.decode()
    assert text.count("What is proposed") == 2
    assert "No revision is open." in text
    act(desk, "approve_revision", *lessons, none, confirmed="1", comment="Seen.")
    assert {lesson.observation for lesson in lessons} == {"What is proposed"}
    events = LessonEvent.objects.filter(move="approve_revision")
    assert {(e.actor, e.by_administration, e.comment) for e in events} == {
        (cast.administrator, True, "Seen.")
    }


def test_a_revision_is_returned_or_dropped_with_a_reason(desk: Client, cast: Cast) -> None:
    lesson = revised(cast, cast.reviewer)
    for name in ("return_revision", "drop_revision"):
        answer = act(desk, name, lesson, confirmed="1", comment=" ")
        assert "comment" in answer.context["bulk"].form.errors
        act(desk, name, lesson, confirmed="1", comment="Which radio?")
        assert lesson.last_event is not None
        assert (lesson.last_event.move, lesson.last_event.by_administration) == (name, True)
    assert lesson.observation == "Old"


def test_four_eyes_hold_for_revisions_in_the_administration(desk: Client, cast: Cast) -> None:
    give(cast.administrator, cast.agency, Role.REVIEWER)
    lesson = revised(cast, User.objects.get(pk=cast.administrator.pk))
    answer = act(desk, "approve_revision", lesson, confirmed="1")
    assert "who wrote neither the lesson nor the revision" in answer.content.decode()
    assert lesson.observation == "Old"


def test_a_revision_that_was_written_on_meanwhile_is_left(desk: Client, cast: Cast) -> None:
    lesson = revised(cast, cast.reviewer)
    seen = f"{lesson.pk}:{lesson.version}"
    revise(lesson, by=cast.second_reviewer, texts={"observation": "Something else"})
    answer = act(desk, "approve_revision", lesson, confirmed="1", seen=seen)
    assert "Somebody changed it while this page was open" in answer.content.decode()
    assert lesson.observation == "Old"


def test_a_revision_of_a_red_lesson_is_not_told(desk: Client, cast: Cast) -> None:
    red = {"tlp": TLP.RED, "red_recipients": [cast.reviewer, cast.endorser]}
    lesson = revised(cast, cast.reviewer, **red)
    text = act(desk, "approve_revision", lesson, confirmed="1").content.decode()
    assert "What is proposed" not in text
    assert "Only its originator and recipients may revise" in text
    assert lesson.observation == "Old"
