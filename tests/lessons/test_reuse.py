"""“We used this”: who says so for whom, what is told of it, and what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from agencies.roles import Role
from lessons import reuse as reuses
from lessons.models import Lesson, Reuse
from lessons.vocabulary import ReuseOutcome, Status
from lessons.workflow import IncompleteError, RefusedError
from programs.naming import name_activities
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_exercise, make_lesson, make_program, make_reuse
from tests.forms import changed, client_of, errors_in, fields_of
from tests.quick import ROWS


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def database(db: None) -> None:
    """Every test of this module asks the database."""


FORM = "reuse-form"


def green(cast: Cast, **fields: Any) -> Lesson:
    return make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN, **fields)


def url(lesson: Lesson, *rest: object) -> str:
    return reverse("lessons:reuse_edit" if rest else "lessons:reuse", args=[lesson.ref, *rest])


def filled(client: Client, address: str, **changes: Any) -> Any:
    given = {"used_on": "2026-05-01", "outcome": "partly", "result": "Two of three boats found it."}
    return changed(fields_of(client.get(address), FORM), **{**given, **changes})


def page(user: User, lesson: Lesson) -> str:
    return client_of(user).get(lesson.get_absolute_url()).content.decode()


# --- Recording ------------------------------------------------------------------------------------


def test_an_agency_says_that_it_used_a_lesson(cast: Cast) -> None:
    lesson = green(cast)
    exercise = make_exercise(by=cast.partner_reviewer)
    client = client_of(cast.partner_reviewer)
    sent = filled(client, url(lesson), exercise=exercise)
    for _click in range(2):
        answer = client.post(url(lesson), sent)
        assert answer.headers["Location"] == f"{lesson.get_absolute_url()}#reuses"
    reuse = Reuse.objects.get(lesson=lesson)
    assert (reuse.agency, reuse.exercise, reuse.outcome) == (
        cast.partner_agency,
        exercise,
        ReuseOutcome.PARTLY,
    )
    assert [(one.deed, one.actor) for one in reuse.events.all()] == [
        ("record", cast.partner_reviewer)
    ]
    assert reuses.people_to_tell(reuse) == [cast.originator]


def test_the_activity_is_named_to_those_who_see_it(cast: Cast) -> None:
    lesson = green(cast)
    exercise = make_exercise(by=cast.partner_reviewer, title="Quiet Tide 26")
    make_reuse(lesson, by=cast.partner_reviewer, exercise=exercise, result="Worked at night.")
    for reader, named in ((cast.partner_reader, True), (cast.colleague, False)):
        shown = page(reader, lesson)
        assert "Guarda Nacional Republicana" in shown
        assert "Worked at night." in shown
        assert ("Quiet Tide 26" in shown) == named
        assert cast.partner_reviewer.name not in shown


def test_only_activities_that_one_sees_are_offered_and_taken(cast: Cast) -> None:
    lesson = green(cast)
    hidden = make_exercise(by=cast.stranger, agency=cast.far_agency, title="Hidden Cape")
    client = client_of(cast.colleague)
    assert "Hidden Cape" not in client.get(url(lesson)).content.decode()
    answer = client.post(url(lesson), filled(client, url(lesson), exercise=hidden))
    assert (answer.status_code, list(errors_in(answer))) == (422, ["exercise"])
    with pytest.raises(IncompleteError):
        reuses.record(
            lesson,
            by=cast.colleague,
            agency=cast.agency,
            given={
                "exercise": hidden,
                "used_on": timezone.localdate(),
                "outcome": "helped",
                "result": "x",
            },
        )


def test_who_may_say_so(cast: Cast) -> None:
    lesson = green(cast)
    found = {
        name: client_of(person).get(url(lesson)).status_code
        for name, person in cast.people.items()
        if person.is_active
    }
    assert {name for name, status in found.items() if status == 403} == {
        *("reader", "partner_reader", "stranger"),
    }
    assert {name for name, status in found.items() if status == 404} == {"administrator"}
    with pytest.raises(RefusedError):
        reuses.record(lesson, by=cast.reader, agency=cast.agency, given={})
    with pytest.raises(IncompleteError) as refused:
        reuses.record(lesson, by=cast.colleague, agency=cast.partner_agency, given={})
    assert list(refused.value.errors) == ["agency"]


def test_only_what_is_published_can_be_used(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    assert client_of(cast.reviewer).get(url(lesson)).status_code == 403
    assert "We used this" not in page(cast.reviewer, lesson)
    with pytest.raises(RefusedError):
        reuses.record(lesson, by=cast.reviewer, agency=cast.agency, given={})


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"used_on": ""}, ["used_on"]),
        ({"used_on": "someday"}, ["used_on"]),
        ({"used_on": str(timezone.localdate() + timedelta(days=3))}, ["used_on"]),
        ({"outcome": ""}, ["outcome"]),
        ({"outcome": "perhaps"}, ["outcome"]),
        ({"result": "  "}, ["result"]),
        ({"result": "x" * 5001}, ["result"]),
        ({"exercise": "1e9"}, ["exercise"]),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(
    cast: Cast, changes: dict[str, Any], fields: list[str]
) -> None:
    lesson = green(cast)
    client = client_of(cast.colleague)
    sent = filled(client, url(lesson), **{"result": "Kept as typed.", **changes})
    answer = client.post(url(lesson), sent)
    assert (answer.status_code, list(errors_in(answer))) == (422, fields)
    if "result" not in changes:
        assert "Kept as typed." in answer.content.decode()
    assert not Reuse.objects.filter(lesson=lesson).exists()


def test_one_activity_not_several(cast: Cast) -> None:
    lesson = green(cast)
    several = {
        "exercise": make_exercise(by=cast.originator),
        "program": make_program(by=cast.originator),
    }
    client = client_of(cast.colleague)
    answer = client.post(url(lesson), filled(client, url(lesson), **several))
    assert answer.status_code == 422
    assert "Name one activity, not several." in answer.content.decode()


def test_an_expired_session_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    lesson = green(cast)
    sent = filled(client_of(cast.colleague), url(lesson), result="Long story")
    assert "/accounts/login/" in client.post(url(lesson), sent).headers["Location"]
    client.force_login(cast.colleague)
    assert fields_of(client.get(url(lesson)), FORM)["result"] == ["Long story"]


def test_members_of_several_agencies_choose_one(cast: Cast) -> None:
    lesson = green(cast)
    both = give(cast.partner_reviewer, cast.small_agency, Role.CONTRIBUTOR)
    client = client_of(both)
    sent = filled(client, url(lesson), agency=cast.small_agency)
    assert client.post(url(lesson), sent).status_code == 302
    assert Reuse.objects.get(lesson=lesson).agency == cast.small_agency


# --- Changing -------------------------------------------------------------------------------------


def test_the_agency_that_used_it_corrects_it(cast: Cast) -> None:
    lesson = green(cast)
    reuse = make_reuse(lesson, by=cast.colleague)
    address = url(lesson, reuse.pk)
    assert client_of(cast.partner_reviewer).get(address).status_code == 403
    assert client_of(cast.reader).get(address).status_code == 403
    with pytest.raises(RefusedError):
        reuses.change(reuse, by=cast.partner_reviewer, given={}, version=1)
    client = client_of(cast.originator)
    sent = filled(client, address, outcome="did_not_help")
    for _click in range(2):
        assert client.post(address, sent).status_code == 302
    reuse.refresh_from_db()
    assert (reuse.outcome, reuse.version) == ("did_not_help", 2)
    assert [one.deed for one in reuse.events.all()] == ["change"]
    late = filled(client_of(cast.colleague), address, version=1, result="Something else")
    other = client_of(cast.colleague).post(address, late)
    assert other.status_code == 409
    assert "Something else" in other.content.decode()


def test_a_hidden_activity_stays_until_another_is_named(cast: Cast) -> None:
    lesson = green(cast)
    red = make_exercise(by=cast.originator, tlp=TLP.RED, title="Hidden Cape")
    reuse = make_reuse(lesson, by=cast.originator, exercise=red)
    client, address = client_of(cast.colleague), url(lesson, reuse.pk)
    sent = filled(client, address, result="Corrected")
    assert "Hidden Cape" not in client.get(address).content.decode()
    assert client.post(address, sent).status_code == 302
    reuse.refresh_from_db()
    assert (reuse.exercise, reuse.result) == (red, "Corrected")
    program = make_program(by=cast.originator)
    assert client.post(address, filled(client, address, program=program)).status_code == 302
    reuse.refresh_from_db()
    assert (reuse.exercise, reuse.program) == (None, program)


@pytest.mark.parametrize("rows", ROWS)
def test_reuses_and_their_activities_cost_two_questions(
    cast: Cast, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lesson = green(cast)
    for number in range(rows):
        activity: Any = (
            {"program": make_program(by=cast.originator)}
            if number % 2
            else {"exercise": make_exercise(by=cast.originator)}
        )
        make_reuse(lesson, by=cast.colleague, **activity)
    make_reuse(lesson, program=make_program(by=cast.originator))
    reader = User.objects.get(pk=cast.reader.pk)
    assert reader.standing
    with django_assert_num_queries(2):
        found = [one["reuse"] for one in reuses.reuses_of(lesson, reader)]
        name_activities(found, reader)
        assert [one.activity is not None for one in found] == [True] * (rows + 1)


def test_the_administration_reads_reuses_that_are_not_red(cast: Cast) -> None:
    lesson = green(cast)
    red = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED)
    seen, hidden = (make_reuse(one, by=cast.colleague) for one in (lesson, red))
    desk = client_of(cast.administrator)
    listed = desk.get(reverse("admin:lessons_reuse_changelist")).content.decode()
    assert lesson.ref in listed
    assert red.ref not in listed
    change = [reverse("admin:lessons_reuse_change", args=[one.pk]) for one in (seen, hidden)]
    assert [desk.get(one).status_code for one in change] == [200, 302]
    assert desk.post(change[0], {"result": "Rewritten"}).status_code == 403
