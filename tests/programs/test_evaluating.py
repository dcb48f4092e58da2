"""Evaluating an exercise: who may, what it asks for, what is kept, and who is told what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from agencies.roles import Role
from insights.needs import needs_of
from lessons.vocabulary import Status
from programs.evaluating import Given, Rated, evaluate, told
from programs.models import Exercise, Objective, Participation
from programs.vocabulary import ExerciseStatus, ParticipationRole
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_exercise, make_lesson
from tests.forms import changed, client_of, errors_in, fields_of

FORM = "evaluation-form"
HELD = date(2026, 8, 3)


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def database(db: None) -> None:
    """Every test of this module asks the database."""


def held(cast: Cast, *, objectives: int = 2, **fields: Any) -> Exercise:
    exercise: Exercise = make_exercise(by=cast.originator, starts_on=HELD, **fields)
    for number in range(objectives):
        Objective.objects.create(exercise=exercise, text=f"Meet within {number + 5} minutes")
    return exercise


def url(exercise: Exercise) -> str:
    return reverse("programs:exercise_evaluate", args=[exercise.ref])


def filled(client: Client, exercise: Exercise, **changes: Any) -> Any:
    ratings = {f"rating_{one.pk}": "S" for one in exercise.objectives.all()}
    values = fields_of(client.get(url(exercise)), FORM)
    return changed(values, **{**ratings, "no_lesson": "Nothing new came up.", **changes})


def rated(exercise: Exercise, rating: str = "P") -> dict[int, Rated]:
    return {one.pk: Rated(rating) for one in exercise.objectives.all()}


# --- Doing it -------------------------------------------------------------------------------------


def test_every_objective_is_rated_and_the_meetings_are_dated(cast: Cast) -> None:
    exercise = held(cast)
    first, second = exercise.objectives.order_by("pk")
    client = client_of(cast.colleague)
    sent = filled(
        client,
        exercise,
        **{
            f"rating_{first.pk}": "P",
            f"rating_{second.pk}": "U",
            f"narrative_{second.pk}": "The radio was on another band.",
            "hot_wash_on": "2026-08-04",
            "after_action_on": "2026-09-01",
        },
    )
    for _click in range(2):
        answer = client.post(url(exercise), sent)
        assert answer.headers["Location"] == exercise.get_absolute_url()
    exercise.refresh_from_db()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rating, second.rating) == ("P", "U")
    assert second.narrative == "The radio was on another band."
    assert (exercise.hot_wash_on, exercise.after_action_on) == (date(2026, 8, 4), date(2026, 9, 1))
    assert (exercise.evaluated_by, exercise.version) == (cast.colleague, 2)
    assert exercise.evaluations.count() == 1
    shown = client.get(exercise.get_absolute_url()).content.decode()
    assert "Correct the evaluation" in shown
    assert "Nothing new came up." in shown
    assert exercise not in Exercise.objects.evaluation_overdue(date(2027, 6, 1))


def test_a_visible_lesson_or_the_reason_why_none(cast: Cast) -> None:
    exercise = held(cast, objectives=0)
    client = client_of(cast.colleague)
    make_lesson(by=cast.originator, exercise=exercise, tlp=TLP.RED, status=Status.NOTED)
    answer = client.post(url(exercise), filled(client, exercise, no_lesson=""))
    assert (answer.status_code, list(errors_in(answer))) == (422, ["no_lesson"])
    with pytest.raises(ValidationError):
        evaluate(exercise, by=cast.colleague, given=Given({}))
    make_lesson(by=cast.originator, exercise=exercise, status=Status.NOTED)
    assert client.post(url(exercise), filled(client, exercise, no_lesson="")).status_code == 302


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"first": ""}, ["first"]),
        ({"first": "X"}, ["first"]),
        ({"hot_wash_on": "2026-08-02"}, ["hot_wash_on"]),
        ({"after_action_on": "2026-08-02"}, ["after_action_on"]),
        ({"hot_wash_on": "soon"}, ["hot_wash_on"]),
        ({"no_lesson": ""}, ["no_lesson"]),
        ({"no_lesson": "x" * 2001}, ["no_lesson"]),
        ({"first": "", "no_lesson": ""}, ["first", "no_lesson"]),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(
    cast: Cast, changes: dict[str, Any], fields: list[str]
) -> None:
    exercise = held(cast)
    first = exercise.objectives.order_by("pk")[0]
    names = {"first": f"rating_{first.pk}"}
    client = client_of(cast.colleague)
    typed = {f"narrative_{first.pk}": "Kept as typed."}
    sent = filled(
        client, exercise, **typed, **{names.get(name, name): to for name, to in changes.items()}
    )
    answer = client.post(url(exercise), sent)
    assert answer.status_code == 422
    assert sorted(errors_in(answer)) == sorted(names.get(name, name) for name in fields)
    assert "Kept as typed." in answer.content.decode()
    exercise.refresh_from_db()
    assert (exercise.evaluated_on, exercise.version) == (None, 1)
    assert not exercise.objectives.exclude(rating="").exists()


def test_the_verb_keeps_its_rules_by_itself(cast: Cast) -> None:
    exercise = held(cast)
    wrong = [
        Given({}, no_lesson="None"),
        Given(rated(exercise, "Z"), no_lesson="None"),
        Given(rated(exercise)),
        Given(rated(exercise), no_lesson="None", hot_wash_on=date(2026, 1, 1)),
        Given(rated(exercise), no_lesson="x" * 2001),
    ]
    for given in wrong:
        with pytest.raises(ValidationError):
            evaluate(exercise, by=cast.colleague, given=given)
    evaluate(exercise, by=cast.colleague, given=Given(rated(exercise), no_lesson="None"))


# --- Who ------------------------------------------------------------------------------------------


def test_who_may_evaluate(cast: Cast) -> None:
    exercise = held(cast, participants=[cast.small_agency])
    Participation.objects.create(
        exercise=exercise, agency=cast.partner_agency, role=ParticipationRole.EVALUATOR
    )
    found: dict[int, set[str]] = {}
    for name, person in cast.people.items():
        if person.is_active:
            status = client_of(person).get(url(exercise)).status_code
            found.setdefault(status, set()).add(name)
            if status != 200:
                with pytest.raises(PermissionDenied):
                    evaluate(exercise, by=person, given=Given(rated(exercise), no_lesson="x"))
    contributors = {"originator", "colleague", "reviewer", "second_reviewer", "endorser"}
    assert found[200] == {
        *contributors,
        *("second_endorser", "coordinator", "red_recipient", "partner_reviewer"),
    }
    assert found[403] == {
        *("reader", "sub_member", "sub_reviewer", "partner_reader"),
        *("only_reviewer", "small_originator"),
    }
    assert found[404] == {"stranger", "administrator"}
    # What they may do is offered on the page, and nothing else.
    for name, offered in (("partner_reviewer", True), ("partner_reader", False)):
        page = client_of(cast.people[name]).get(exercise.get_absolute_url()).content.decode()
        assert (url(exercise) in page) == offered


@pytest.mark.parametrize("status", [ExerciseStatus.PLANNED, ExerciseStatus.CANCELLED])
def test_only_what_was_held_is_evaluated(cast: Cast, status: ExerciseStatus) -> None:
    exercise = held(cast, status=status)
    assert client_of(cast.colleague).get(url(exercise)).status_code == 403
    with pytest.raises(PermissionDenied):
        evaluate(exercise, by=cast.colleague, given=Given(rated(exercise), no_lesson="x"))


# --- Afterwards -----------------------------------------------------------------------------------


def test_it_is_corrected_by_evaluating_again(cast: Cast) -> None:
    exercise = held(cast)
    evaluate(exercise, by=cast.colleague, given=Given(rated(exercise), no_lesson="None yet"))
    exercise.refresh_from_db()
    day = exercise.evaluated_on
    Participation.objects.create(
        exercise=exercise, agency=cast.partner_agency, role=ParticipationRole.EVALUATOR
    )
    client = client_of(cast.partner_reviewer)
    values = fields_of(client.get(url(exercise)), FORM)
    assert values["no_lesson"] == ["None yet"]
    first = exercise.objectives.order_by("pk")[0]
    assert values[f"rating_{first.pk}"] == ["P"]
    client.post(url(exercise), changed(values, **{f"rating_{first.pk}": "M"}))
    exercise.refresh_from_db()
    first.refresh_from_db()
    assert (first.rating, exercise.evaluated_on, exercise.evaluated_by) == (
        "M",
        day,
        cast.colleague,
    )
    assert [(one.who, one.first) for one in told(exercise, cast.reader)] == [
        ("Guarda Nacional Republicana", False),
        ("Guardia Civil", True),
    ]
    assert [one.who for one in told(exercise, cast.originator)] == [
        "Guarda Nacional Republicana",
        "Carlos Colleague",
    ]


def test_who_was_overtaken_sees_it_and_loses_nothing(cast: Cast) -> None:
    exercise = held(cast)
    client = client_of(cast.colleague)
    first = exercise.objectives.order_by("pk")[0]
    sent = filled(client, exercise, **{f"narrative_{first.pk}": "My words"})
    evaluate(exercise, by=cast.reviewer, given=Given(rated(exercise, "U"), no_lesson="None"))
    answer = client.post(url(exercise), sent)
    assert answer.status_code == 409
    assert "My words" in answer.content.decode()
    again = changed(fields_of(answer, FORM))
    assert client.post(url(exercise), again).status_code == 302


def test_an_expired_session_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    exercise = held(cast)
    sent = filled(client_of(cast.colleague), exercise, no_lesson="Long story")
    assert "/accounts/login/" in client.post(url(exercise), sent).headers["Location"]
    client.force_login(cast.colleague)
    assert fields_of(client.get(url(exercise)), FORM)["no_lesson"] == ["Long story"]


def test_what_is_due_leads_to_the_page(cast: Cast) -> None:
    exercise = held(cast)
    on = date(2026, 11, 1)
    evaluator = give(cast.stranger, cast.far_agency, Role.CONTRIBUTOR)
    assert url(exercise) not in {one.action_url for one in needs_of(evaluator, on).shown}
    Participation.objects.create(
        exercise=exercise, agency=cast.far_agency, role=ParticipationRole.EVALUATOR
    )
    for person in (cast.colleague, evaluator):
        assert url(exercise) in {one.action_url for one in needs_of(person, on).shown}
    evaluate(exercise, by=cast.colleague, given=Given(rated(exercise), no_lesson="None"))
    assert url(exercise) not in {one.action_url for one in needs_of(cast.colleague, on).shown}


def test_the_list_of_what_is_not_evaluated_follows(cast: Cast) -> None:
    exercise = held(cast)
    client = client_of(cast.colleague)
    overdue = "/exercises/?evaluation=overdue"
    assert exercise.title in client.get(overdue).content.decode()
    evaluate(exercise, by=cast.colleague, given=Given(rated(exercise), no_lesson="None"))
    assert exercise.title not in client.get(overdue).content.decode()
