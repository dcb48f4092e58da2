"""The pages of remedial actions: list, board, one action, its moves and its evidence."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.models import User
from agencies.roles import Role
from lessons import workflow
from lessons.models import Action, Lesson
from lessons.vocabulary import ActionStatus, Attribution, Status
from lessons.workflow import ACTION_MOVES, QUESTIONS
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def owner(cast: Cast) -> User:
    return make_user(name="Otilia Owner", agency=cast.partner_agency, role=Role.CONTRIBUTOR)


def action_of(cast: Cast, owner: User | None, **fields: Any) -> Action:
    about = {"by": cast.originator, "status": Status.IMPLEMENTING, "tlp": TLP.GREEN}
    lesson = make_lesson(**(about | fields.pop("lesson", {})))
    fields.setdefault("status", ActionStatus.ONGOING)
    return make_action(lesson, body=cast.partner_agency, owner=owner, **fields)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def move_url(action: Action, name: str) -> str:
    return reverse("lessons:action_move", args=[action.pk, name])


def send(user: User, action: Action, name: str, **data: Any) -> Any:
    data = {"version": action.version} | data
    return client_of(user).post(move_url(action, name), data)


# --- The list ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"mine", "theirs", "late", "done"}),
        ("?whose=mine", {"mine"}),
        ("?whose=agency", {"mine", "late"}),
        ("?whose=verify", set()),
        ("?status=verified", {"done"}),
        ("?clock=overdue", {"late"}),
        ("?clock=open", {"mine", "theirs", "late"}),
        ("?clock=moved", {"late"}),
        ("?body=PT-GNR", {"mine", "late", "done"}),
        ("?partner=FR", {"theirs"}),
        ("?category=evaluation", {"theirs"}),
        ("?q=printed+LIST", {"mine"}),
        ("?from=2027-05-01", {"theirs"}),
        ("?to=2024-01-01", {"late"}),
        ("?status=nonsense", set()),
        ("?partner=XX", set()),
    ],
)
def test_the_filters_find(query: str, found: set[str], cast: Cast, owner: User) -> None:
    action_of(cast, owner, title="mine: a printed list")
    action_of(
        cast,
        None,
        title="late",
        status=ActionStatus.NOT_STARTED,
        due_on=date(2023, 12, 1),
        original_due_on=date(2023, 6, 1),
    )
    now = timezone.now()
    done = {"status": ActionStatus.VERIFIED, "finished_at": now, "verified_at": now}
    Action.objects.filter(pk=action_of(cast, owner, title="done", **done).pk).update(
        owner=cast.partner_reviewer, body=cast.partner_agency
    )
    theirs = {"partners": ("FR",), "category": "evaluation"}
    other = action_of(cast, cast.colleague, title="theirs", lesson=theirs, due_on=date(2027, 6, 1))
    Action.objects.filter(pk=other.pk).update(body=cast.agency)
    if query == "?whose=agency":
        Action.objects.filter(title="done").update(body=cast.small_agency)
    page = client_of(owner).get(f"/actions/{query}")
    assert page.status_code == 200
    rows = page.context["shown"].rows
    assert {action.title.partition(":")[0] for action in rows} == found


def test_what_a_hidden_lesson_says_finds_nothing(cast: Cast, owner: User) -> None:
    """The action serves a second lesson, which its reader may not see."""
    action = action_of(cast, owner)
    hidden = make_lesson(
        by=cast.only_reviewer,
        agency=cast.small_agency,
        status=Status.IMPLEMENTING,
        partners=("GI",),
        title="Xyzzy",
    )
    action.lessons.add(hidden)
    client = client_of(cast.stranger)
    assert client.get("/actions/?partner=MA").context["shown"].rows == [action]
    assert client.get("/actions/?partner=GI").context["shown"].rows == []
    for address in ("/actions/", "/actions/board/", action.get_absolute_url()):
        assert "Xyzzy" not in client.get(address).content.decode()
    answer = client.get("/actions/export/?format=csv")
    assert hidden.ref not in b"".join(answer).decode()


def test_the_file_names_owners_as_their_lessons_allow(cast: Cast, owner: User) -> None:
    action_of(cast, owner, title="Of the other agency")
    secret = {"tlp": TLP.RED, "red_recipients": [cast.reviewer]}
    action_of(cast, owner, title="Of a red lesson", lesson=secret)
    by_user = {}
    for user in (cast.reviewer, cast.stranger):
        answer = client_of(user).get("/actions/export/?format=csv")
        text = b"".join(answer).decode("utf-8-sig")
        by_user[user] = list(csv.DictReader(io.StringIO(text)))
    assert [row["What is to be done"] for row in by_user[cast.reviewer]] == ["Of the other agency"]
    assert by_user[cast.reviewer][0]["Owner"] == "Otilia Owner"
    assert by_user[cast.stranger][0]["Owner"] == cast.partner_agency.name
    assert by_user[cast.stranger][0]["Marking"] == "TLP:GREEN"


@pytest.mark.parametrize(("address", "number"), [("/actions/", 11), ("/actions/board/", 14)])
def test_they_cost_the_same_for_one_action_and_thirty(
    address: str, number: int, cast: Cast, owner: User, django_assert_num_queries: Any
) -> None:
    action_of(cast, owner)
    client = client_of(cast.reviewer)
    client.get(address)
    with django_assert_num_queries(number):
        client.get(address)
    for _number in range(29):
        action_of(cast, owner)
    client.get(address)
    with django_assert_num_queries(number):
        client.get(address)


def test_the_board_sorts_by_status(cast: Cast, owner: User) -> None:
    for status in (ActionStatus.NOT_STARTED, ActionStatus.ONGOING, ActionStatus.DELAYED):
        action_of(cast, owner, status=status)
    for _number in range(14):
        action_of(cast, owner, status=ActionStatus.STANDBY)
    columns = client_of(cast.reviewer).get("/actions/board/?whose=nonsense").context["columns"]
    assert sum(column.number for column in columns) == 0
    columns = client_of(owner).get("/actions/board/?whose=mine").context["columns"]
    numbers = {column.status: (len(column.actions), column.number) for column in columns}
    assert numbers[ActionStatus.ONGOING] == (1, 1)
    assert numbers[ActionStatus.STANDBY] == (12, 14)
    assert numbers[ActionStatus.VERIFIED] == (0, 0)


@pytest.mark.parametrize("address", ["/actions/", "/actions/board/"])
@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("", "All"),
        ("whose=mine", "Mine"),
        ("whose=agency", "My agency's"),
        ("whose=verify", "To verify"),
        ("clock=overdue", "Overdue"),
        ("whose=mine&clock=overdue", "Mine"),
    ],
)
def test_list_and_board_offer_the_same_tabs_and_mark_one(
    address: str, query: str, tab: str, cast: Cast
) -> None:
    page = client_of(cast.reviewer).get(f"{address}?{query}").content.decode()
    tabs = page.split('<nav class="tabs"', 1)[1].split("</nav>", 1)[0]
    for name in ("All", "Mine", "My agency's", "To verify", "Overdue"):
        assert f">{name}</a>" in unescape(tabs)
    marked = re.findall(r'aria-current="true">([^<]+)</a>', tabs)
    assert [unescape(name) for name in marked] == [tab]


# --- One action ----------------------------------------------------------------------------------


def test_reasons_and_evidence_are_for_those_inside(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner)
    send(owner, action, "progress", comment="The printer is broken.")
    action.refresh_from_db()
    proof = {"kind": "procedure", "shows": "Page 4, signed by both."}
    assert send(owner, action, "finish", **proof).status_code == 302
    for user, inside in ((cast.reviewer, True), (owner, True), (cast.stranger, False)):
        page = client_of(user).get(action.get_absolute_url()).content.decode()
        assert ("The printer is broken." in page) is inside
        assert ("Page 4, signed by both." in page) is inside
        assert ("Otilia Owner" in page) is inside
        assert "Amended procedure" in page


def test_an_author_who_owns_is_called_as_the_lesson_says(cast: Cast) -> None:
    about = {"attribution": Attribution.NON_ATTRIBUTED}
    action = action_of(cast, cast.originator, lesson=about)
    Action.objects.filter(pk=action.pk).update(body=cast.agency)
    page = client_of(cast.colleague).get(action.get_absolute_url()).content.decode()
    assert "Olga Originator" not in page
    assert "Not attributed" in page
    assert (
        "Olga Originator"
        in client_of(cast.reviewer).get(action.get_absolute_url()).content.decode()
    )


def test_a_hidden_action_is_not_found(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner, lesson={"tlp": TLP.AMBER, "released_to": [cast.partner_agency]})
    for address in (action.get_absolute_url(), move_url(action, "cancel")):
        assert client_of(cast.stranger).get(address).status_code == 404
        assert client_of(cast.stranger).post(address).status_code in {404, 405}
    assert client_of(owner).get("/actions/9999999/").status_code == 404
    assert client_of(owner).get(move_url(action, "nonsense")).status_code == 404


# --- Moves ---------------------------------------------------------------------------------------


def test_a_role_that_may_not_is_told_so(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner)
    answer = client_of(cast.colleague).get(move_url(action, "finish"))
    assert answer.status_code == 403
    assert send(cast.reader, action, "cancel", comment="No.").status_code == 403


def test_every_move_has_its_page_and_is_made_by_it(cast: Cast, owner: User) -> None:
    action = action_of(cast, None, status=ActionStatus.NOT_STARTED)

    def made(user: User, name: str, **data: Any) -> None:
        assert client_of(user).get(move_url(action, name)).status_code == 200
        answer = send(user, action, name, **data)
        assert answer.status_code == 302, answer.content.decode()
        action.refresh_from_db()

    later = action.due_on + timedelta(days=30)
    made(owner, "decline", comment="Not ours.")
    made(cast.endorser, "reassign", body=cast.partner_agency.pk, due_on=action.due_on)
    made(owner, "accept")
    made(owner, "start")
    made(owner, "delay", due_on=later, comment="The printer is late.")
    made(owner, "resume")
    made(owner, "pause", comment="It waits for paper.")
    made(owner, "resume")
    made(owner, "progress", comment="Half of it.")
    made(owner, "finish", kind="link", shows="The page.", link="https://example.org/page")
    made(cast.reviewer, "reopen", comment="The second page is missing.")
    made(owner, "finish", kind="procedure", shows="Both pages.")
    made(cast.reviewer, "verify", comment="Seen.", **dict.fromkeys(QUESTIONS, "on"))
    assert action.status == ActionStatus.VERIFIED
    assert (action.due_on, action.owner) == (later, owner)
    events = action.events.all()
    assert [event.move for event in events] == [
        "decline", "reassign", "accept", "start", "delay", "resume", "pause", "resume",
        "progress", "finish", "reopen", "finish", "verify",
    ]  # fmt: skip
    assert events.last().answers == dict.fromkeys(QUESTIONS, True)  # type: ignore[union-attr]
    assert action.lessons.get().status == Status.VALIDATING
    page = client_of(owner).get(action.get_absolute_url()).content.decode()
    assert "Half of it." in page
    assert "https://example.org/page" in page


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("delay", {"comment": "Late."}, "Say until when."),
        ("delay", {"due_on": "soon", "comment": "Late."}, "Write the date as year-month-day"),
        ("delay", {"due_on": "2020-01-01", "comment": "Late."}, "This day has passed."),
        ("delay", {"due_on": "2027-01-31", "comment": "Late."}, "Choose a later day"),
        ("finish", {}, "Say what kind of evidence it is."),
        ("finish", {"kind": "procedure"}, "Say what it shows."),
        ("finish", {"kind": "link", "shows": "A page"}, "Give the link."),
        ("finish", {"kind": "link", "shows": "A", "link": "no address"}, "Write the whole address"),
        ("name_owner", {"owner": "0"}, "Select a valid choice"),
        ("name_owner", {}, "Choose another owner."),
        ("pause", {"comment": "   "}, "Write a few words: they stay with the action"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_done(
    name: str, data: dict[str, str], words: str, cast: Cast, owner: User
) -> None:
    make_user(name="Another", agency=cast.partner_agency)
    action = action_of(cast, owner)
    answer = send(owner, action, name, **data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    for typed in data.values():
        if typed.strip() and typed != "0":
            assert typed in page
    action.refresh_from_db()
    assert (action.version, action.events.count(), action.evidence.count()) == (1, 0, 0)


def test_a_file_of_the_wrong_kind_is_refused_and_nothing_is_half_done(
    cast: Cast, owner: User
) -> None:
    action = action_of(cast, owner)
    wrong = SimpleUploadedFile("report.pdf", b"MZ this is a program")
    data = {"kind": "procedure", "shows": "Page 4"}
    answer = send(owner, action, "finish", **data, file=wrong)
    assert answer.status_code == 422
    assert "is not what its ending .pdf says" in answer.content.decode()
    action.refresh_from_db()
    assert (action.status, action.evidence.count()) == (ActionStatus.ONGOING, 0)


def test_a_file_proves_it_and_is_for_those_inside(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner)
    client = client_of(owner)
    data: dict[str, Any] = {"kind": "training", "shows": "Who took part"}
    data["file"] = SimpleUploadedFile("list.txt", b"Forty people.")
    answer = client.post(reverse("lessons:evidence", args=[action.pk]), data)
    assert answer.status_code == 302
    (file,) = action.evidence.get().attachments.all()
    address = reverse("records:attachment", args=[file.uuid])
    assert client.get(address).status_code == 200
    assert client_of(cast.reviewer).get(address).status_code == 200
    assert client_of(cast.stranger).get(address).status_code == 404
    detach = reverse("records:detach", args=[file.uuid])
    assert client.post(detach).status_code == 403
    assert (
        client_of(cast.reviewer).get(reverse("lessons:evidence", args=[action.pk])).status_code
        == 403
    )


def test_two_clicks_move_once(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner, status=ActionStatus.NOT_STARTED)
    for _click in range(2):
        assert send(owner, action, "start").status_code == 302
    assert action.events.count() == 1


def test_who_is_late_is_told_what_happened_and_keeps_the_words(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner)
    stale = Action.objects.get(pk=action.pk)
    send(owner, action, "progress", comment="Half of it.")
    answer = send(owner, stale, "pause", comment="It waits for paper.")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "It waits for paper." in page
    assert "Last: Progress (by you)." in page
    again = answer.context["form"]["version"].value()
    assert (
        send(owner, stale, "pause", comment="It waits for paper.", version=again).status_code == 302
    )
    gone = send(owner, stale, "pause", comment="Once more.", version=again)
    assert gone.status_code == 302  # the second click of the same move
    late = send(owner, stale, "pause", comment="A third time.", version=1)
    assert late.status_code == 409
    assert "A third time." in late.content.decode()


def test_a_new_action_body_is_let_in_with_a_tick(cast: Cast, owner: User) -> None:
    amber = {"tlp": TLP.AMBER, "released_to": [cast.partner_agency]}
    action = action_of(cast, None, status=ActionStatus.DECLINED, lesson=amber)
    make_user(agency=cast.far_agency, role=Role.CONTRIBUTOR)
    data = {"body": cast.far_agency.pk, "due_on": "2027-06-01"}
    answer = send(cast.endorser, action, "reassign", **data)
    assert answer.status_code == 422
    assert "may read its lessons from now on" in answer.content.decode()
    other = send(cast.endorser, action, "reassign", **data, release=cast.agency.pk)
    assert other.status_code == 422  # the tick was for another agency
    assert (
        send(cast.endorser, action, "reassign", **data, release=cast.far_agency.pk).status_code
        == 302
    )
    lesson = action.lessons.get()
    assert set(lesson.released_to.all()) == {cast.partner_agency, cast.far_agency}
    event = lesson.events.get()
    assert (event.move, event.comment) == ("handle", f"Released to: {cast.far_agency.name}")


@pytest.mark.parametrize("name", list(ACTION_MOVES))
def test_a_wrong_version_opens_nothing_to_others(name: str, cast: Cast, owner: User) -> None:
    make_user(name="Pilar Partner", agency=cast.partner_agency)
    action = action_of(cast, owner)
    workflow.add_evidence(action, by=owner, kind="procedure", shows="Xyzzy of the evidence")
    data = {"version": "999", "comment": "x"}
    answer = client_of(cast.stranger).post(move_url(action, name), data)
    page = answer.content.decode()
    assert answer.status_code in {403, 409}
    assert "Xyzzy" not in page
    assert "Pilar Partner" not in page


def test_evidence_sent_twice_is_one(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner)
    url = reverse("lessons:evidence", args=[action.pk])
    for _click in range(2):
        client_of(owner).post(url, {"kind": "procedure", "shows": "Page 4"})
    assert action.evidence.count() == 1


# --- On the page of the lesson -------------------------------------------------------------------


def lesson_move(user: User, lesson: Lesson, name: str, **data: Any) -> Any:
    url = reverse("lessons:move", args=[lesson.ref, name])
    assert client_of(user).get(url).status_code == 200
    return client_of(user).post(url, {"version": lesson.version} | data)


NO_ROWS = {"actions-TOTAL_FORMS": "1", "actions-INITIAL_FORMS": "0", "actions-0-title": ""}


def test_a_lesson_is_validated_refused_and_falls_back(cast: Cast, owner: User) -> None:
    now = timezone.now()
    done = {"status": ActionStatus.VERIFIED, "finished_at": now, "verified_at": now}
    action = action_of(cast, owner, lesson={"status": Status.VALIDATING}, **done)
    lesson = action.lessons.get()
    answer = lesson_move(cast.endorser, lesson, "refuse", comment="Two old lists.", **NO_ROWS)
    assert answer.status_code == 422
    assert "Assign at least one action" in answer.content.decode()
    answer = lesson_move(
        cast.endorser, lesson, "refuse", comment="Two old lists.", reopened=action.pk, **NO_ROWS
    )
    assert answer.status_code == 302
    action.refresh_from_db()
    assert action.status == ActionStatus.ONGOING
    send(owner, action, "finish", kind="procedure", shows="New lists")
    action.refresh_from_db()
    send(cast.reviewer, action, "verify", comment="Seen.", **dict.fromkeys(QUESTIONS, "on"))
    lesson.refresh_from_db()
    assert lesson.status == Status.VALIDATING
    told = {
        "method": "exercise",
        "validated_on": timezone.localdate().isoformat(),
        "result": "Three minutes.",
        "indicator": "Minutes: 11, then 3.",
    }
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    wrong = lesson_move(cast.endorser, lesson, "validate", **(told | {"validated_on": tomorrow}))
    assert wrong.status_code == 422
    assert "This day is still to come." in wrong.content.decode()
    assert lesson_move(cast.endorser, lesson, "validate", **told).status_code == 302
    lesson.refresh_from_db()
    assert lesson.status == Status.LEARNED
    again = make_lesson(by=cast.colleague, status=Status.NOTED)
    answer = lesson_move(
        cast.second_reviewer,
        lesson,
        "relapse",
        recurrence=again.ref.lower(),
        reopened=action.pk,
        **NO_ROWS,
    )
    assert answer.status_code == 302, answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.status == Status.IMPLEMENTING
    assert lesson.events.get(move="relapse").related == again
    page = client_of(cast.reviewer).get(lesson.get_absolute_url()).content.decode()
    for words in ("Three minutes.", "Two old lists.", "Minutes: 11, then 3."):
        assert words in page


def test_an_existing_action_may_serve_another_lesson(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner)
    other = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    answer = lesson_move(cast.endorser, other, "assign", existing=action.pk, **NO_ROWS)
    assert answer.status_code == 302
    other.refresh_from_db()
    assert other.status == Status.IMPLEMENTING
    assert set(action.lessons.all()) == {other, Lesson.objects.exclude(pk=other.pk).get()}


def test_an_existing_action_is_offered_after_the_new_one(cast: Cast, owner: User) -> None:
    action_of(cast, owner, title="The printed list")
    other = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    page = client_of(cast.endorser).get(f"/lessons/{other.ref}/move/assign/").content.decode()
    words = [page.index(text) for text in ("What is to be done", "Or an action that exists")]
    assert words == sorted(words)


def test_the_page_of_a_move_says_how_the_action_stands(cast: Cast, owner: User) -> None:
    action = action_of(cast, owner, status=ActionStatus.ONGOING)
    page = client_of(owner).get(f"/actions/{action.pk}/move/delay/").content.decode()
    assert "Ongoing" in page
    assert action.body.name in page
    assert f'datetime="{action.due_on.isoformat()}"' in page


@pytest.mark.parametrize(
    ("marking", "asked"), [(TLP.AMBER_STRICT, True), (TLP.AMBER, True), (TLP.GREEN, False)]
)
def test_more_readers_of_an_action_are_said_and_confirmed(
    marking: TLP, asked: bool, cast: Cast, owner: User
) -> None:
    action = action_of(cast, owner, title="The printed list", lesson={"tlp": marking})
    another = action_of(cast, owner, title="Another")
    other = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    data: dict[str, Any] = {"existing": [action.pk, another.pk]} | NO_ROWS
    if asked:
        answer = lesson_move(cast.endorser, other, "assign", **data)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "More people may read these actions from now on" in page
        assert "Confirm that more people may read these actions" in page
        assert f'name="sharing" value="{action.pk}"' in page
        assert f'name="sharing" value="{another.pk}"' not in page
        of_another = lesson_move(cast.endorser, other, "assign", **data, sharing=another.pk)
        assert of_another.status_code == 422
        assert not other.actions.exists()
        data["sharing"] = action.pk
    assert lesson_move(cast.endorser, other, "assign", **data).status_code == 302
    assert set(other.actions.all()) == {action, another}
    assert [event.move for event in action.events.all()] == ["open_up" if asked else "share"]
    assert [event.move for event in another.events.all()] == ["share"]
    page = client_of(owner).get(action.get_absolute_url()).content.decode()
    assert ("whose readers may read this from then on" in page) is asked
    # Whoever is not inside does not learn that it serves a lesson they may not see.
    assert "Shared with another lesson" not in (
        client_of(cast.stranger).get(action.get_absolute_url()).content.decode()
    )


def test_what_was_shown_before_a_reopening_stays_and_does_not_count(
    cast: Cast, owner: User
) -> None:
    action = action_of(cast, owner)
    send(owner, action, "finish", kind="procedure", shows="The first page.")
    action.refresh_from_db()
    send(cast.reviewer, action, "reopen", comment="The second page is missing.")
    action.refresh_from_db()
    form = client_of(owner).get(move_url(action, "finish")).content.decode()
    assert "What was shown before does not count." in form
    assert "from before it was reopened" in form
    answer = send(owner, action, "finish")
    assert answer.status_code == 422
    action.refresh_from_db()
    assert action.status == ActionStatus.ONGOING
    # The same piece shown again is another one, from after.
    again = {"kind": "procedure", "shows": "The first page."}
    url = reverse("lessons:evidence", args=[action.pk])
    for _click in range(2):
        assert client_of(owner).post(url, again).status_code == 302
    assert action.evidence.count() == 2
    action.refresh_from_db()
    assert send(owner, action, "finish").status_code == 302
    page = client_of(owner).get(action.get_absolute_url()).content.decode()
    assert page.count("The first page.") == 2
    assert page.count("from before it was reopened") == 1
