"""Recording agreements, programs and exercises, with real requests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from agencies.roles import Role
from programs.models import Agreement, Exercise, Objective, Participation, Program
from programs.vocabulary import AgreementStructure, ExerciseStatus
from records.models import FormDraft
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_agreement, make_exercise, make_program, partner
from tests.forms import changed, client_of, errors_in, fields_of, opened

pytestmark = pytest.mark.django_db
TOO_LATE = "2026-05-01"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def agreement_values(client: Client, **changes: Any) -> dict[str, list[str]]:
    given = {"title": "Memorandum", "type": "mou", "status": "in_force"}
    return opened(client, "/agreements/new/", **given, partners=[partner("MA")], **changes)


def program_values(client: Client, **changes: Any) -> dict[str, list[str]]:
    given = {"title": "Boarding course", "kind": "training", "status": "running"}
    return opened(client, "/programs/new/", **given, partners=[partner("MA")], **changes)


def exercise_values(client: Client, **changes: Any) -> dict[str, list[str]]:
    given = {
        "title": "Sea 14",
        "kind": "tabletop",
        "status": "held",
        "partners": [partner("MA")],
        "starts_on": "2026-09-02",
        **changes,
    }
    return opened(client, "/exercises/new/", **given)


# --- Every field ---------------------------------------------------------------------------------


def test_an_agreement_is_recorded_with_everything_it_has(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = agreement_values(
        client,
        party_agencies=[cast.partner_agency],
        stated_structure="eu_level",
        signed_on="2020-01-01",
        in_force_on="2020-02-01",
        expires_on="2030-01-01",
        next_review_on="2027-01-01",
        tacit_renewal="on",
        notice_period_days="90",
        instruments=["joint_patrol", "hot_pursuit"],
        summary="What it allows.",
        tlp="amber_strict",
        released_to=[cast.small_agency],
        red_recipients=[cast.red_recipient],
    )
    response = client.post("/agreements/new/", values)
    agreement = Agreement.objects.get()
    assert response.headers["Location"] == agreement.get_absolute_url()
    assert agreement.ref == f"ES-GC-AGR-{agreement.created_at.year}-0001"
    assert (agreement.agency, agreement.created_by) == (cast.agency, cast.originator)
    assert agreement.structure == AgreementStructure.EU_LEVEL
    assert (agreement.signed_on, agreement.expires_on) == (date(2020, 1, 1), date(2030, 1, 1))
    assert agreement.tacit_renewal
    assert agreement.instruments == ["joint_patrol", "hot_pursuit"]
    assert list(agreement.party_agencies.all()) == [cast.partner_agency]
    assert list(agreement.released_to.all()) == [cast.small_agency]
    assert list(agreement.red_recipients.all()) == [cast.red_recipient]
    # The form gives back what it took, so that saving it unchanged changes nothing.
    path = f"/agreements/{agreement.ref}/edit/"
    again = fields_of(client.get(path))
    client.post(path, again)
    assert Agreement.objects.get().instruments == ["joint_patrol", "hot_pursuit"]
    changing = {"version": ["2"], "person": ANY, "csrfmiddlewaretoken": ANY}
    assert fields_of(client.get(path)) == {**again, **changing}


class Anything:
    def __eq__(self, other: object) -> bool:
        return True


ANY: Any = Anything()


def test_a_program_is_recorded_under_its_agreement(cast: Cast) -> None:
    agreement = make_agreement(by=cast.colleague)
    client = client_of(cast.originator)
    values = program_values(
        client,
        lead_agency=cast.partner_agency,
        agreement=agreement,
        starts_on="2026-01-01",
        ends_on="2026-12-31",
        objectives="Board at night.",
        delivery="blended",
        technology=["drone"],
        places="20",
        enrolled="18",
        completed="17",
        cost="12500.50",
        currency="EUR",
    )
    client.post("/programs/new/", values)
    program = Program.objects.get()
    assert (program.agreement, program.lead_agency) == (agreement, cast.partner_agency)
    assert (program.places, program.enrolled, program.completed) == (20, 18, 17)
    assert (program.cost, program.currency) == (Decimal("12500.50"), "EUR")
    assert program.technology == ["drone"]


def test_an_exercise_is_recorded_with_its_rows(cast: Cast) -> None:
    program = make_program(by=cast.colleague)
    client = client_of(cast.originator)
    values = exercise_values(
        client,
        program=program,
        ends_on="2026-09-06",
        host_country="MA",
        place="Tangier Med",
        latitude="35.8894",
        longitude="-5.5013",
        scenario="A night hand-over.",
        threats=["drugs"],
        technology=["vessel", "radio"],
        cost="1000",
        currency="MAD",
        hot_wash_on="2026-09-06",
        after_action_on="2026-10-01",
        participations__TOTAL_FORMS="2",
        participations__0__agency=cast.partner_agency,
        participations__0__role="host",
        participations__1__agency=cast.small_agency,
        participations__1__role="observer",
        objectives__TOTAL_FORMS="1",
        objectives__0__text="Hand over within ten minutes",
        objectives__0__capability="Operational coordination",
        objectives__0__rating="S",
        objectives__0__narrative="It took eleven.",
    )
    client.post("/exercises/new/", values)
    exercise = Exercise.objects.get()
    assert (exercise.starts_on, exercise.ends_on) == (date(2026, 9, 2), date(2026, 9, 6))
    assert (str(exercise.host_country), exercise.place) == ("MA", "Tangier Med")
    assert (exercise.latitude, exercise.longitude) == (Decimal("35.8894"), Decimal("-5.5013"))
    assert (exercise.threats, exercise.technology) == (["drugs"], ["vessel", "radio"])
    assert exercise.lead_agency == cast.agency
    assert [(one.agency, one.role) for one in exercise.participations.all()] == [
        (cast.partner_agency, "host"),
        (cast.small_agency, "observer"),
    ]
    objective = exercise.objectives.get()
    assert (objective.text, objective.rating) == ("Hand over within ten minutes", "S")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"starts_on": "2026-09-17"}, (date(2026, 9, 17), "day", date(2026, 9, 17), "day")),
        (
            {"starts_on": "2024-02-17", "starts_precision": "month"},
            (date(2024, 2, 1), "month", date(2024, 2, 29), "month"),
        ),
        (
            {
                "starts_on": "2025-06-17",
                "starts_precision": "year",
                "ends_on": "2026-03-01",
                "ends_precision": "year",
            },
            (date(2025, 1, 1), "year", date(2026, 12, 31), "year"),
        ),
        (
            {"starts_on": "2026-09-17", "ends_on": "2026-09-02", "ends_precision": "month"},
            (date(2026, 9, 17), "day", date(2026, 9, 30), "month"),
        ),
    ],
)
def test_a_month_or_a_year_stands_for_all_its_days(
    cast: Cast, given: dict[str, str], kept: tuple[Any, ...]
) -> None:
    client = client_of(cast.originator)
    client.post("/exercises/new/", exercise_values(client, **given))
    one = Exercise.objects.get()
    assert (one.starts_on, one.starts_precision, one.ends_on, one.ends_precision) == kept


# --- Refusals beside the fields ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"title": ""}, {"title": ["Give it a title."]}),
        ({"title": "x" * 301}, {"title": [ANY]}),
        ({"summary": "x" * 100_001}, {"summary": [ANY]}),
        ({"partners": []}, {"partners": ["Name at least one partner."]}),
        ({"starts_on": ""}, {"starts_on": ["Say when it starts."]}),
        ({"starts_on": "2026-02-30"}, {"starts_on": ["Enter a valid date."]}),
        ({"ends_on": TOO_LATE}, {"ends_on": ["It cannot end before it starts."]}),
        (
            {"hot_wash_on": TOO_LATE},
            {"hot_wash_on": ["The hot wash cannot be before the exercise starts."]},
        ),
        (
            {"after_action_on": TOO_LATE},
            {"after_action_on": ["The after-action meeting cannot be before the exercise starts."]},
        ),
        ({"latitude": "91", "longitude": "0"}, {"latitude": [ANY]}),
        ({"latitude": "35"}, {"longitude": ["Give latitude and longitude together."]}),
        ({"cost": "-1", "currency": "EUR"}, {"cost": [ANY]}),
        ({"cost": "5"}, {"currency": ["A cost needs its currency."]}),
        ({"cost": "5", "currency": "XXX"}, {"currency": ["Choose a currency from the list."]}),
        ({"kind": "party"}, {"kind": [ANY]}),
        ({"threats": ["boredom"]}, {"threats": [ANY]}),
        ({"tlp": "purple"}, {"tlp": [ANY]}),
        ({"host_country": "QQ"}, {"host_country": [ANY]}),
        ({"released_to": "999999999999999999999999"}, {"released_to": ["Choose from the list."]}),
        ({"lead_agency": "\0"}, {"lead_agency": [ANY]}),
        ({"scenario": "a\0b"}, {"scenario": ["Null characters are not allowed."]}),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    cast: Cast, changes: dict[str, Any], errors: dict[str, Any]
) -> None:
    client = client_of(cast.originator)
    values = exercise_values(client, **changes)
    response = client.post("/exercises/new/", values)
    assert response.status_code == 422
    assert errors_in(response) == errors
    assert 'class="errors"' in response.content.decode()
    assert Exercise.objects.count() == 0


def test_dates_and_numbers_of_agreements_and_programs_are_checked_as_well(cast: Cast) -> None:
    client = client_of(cast.originator)
    dates = {"signed_on": "2020-03-01", "in_force_on": "2020-02-01", "expires_on": "2020-01-01"}
    response = client.post("/agreements/new/", agreement_values(client, **dates))
    assert errors_in(response) == {
        "in_force_on": ["It cannot be in force before it was signed."],
        "expires_on": [
            "It cannot expire before it was in force.",
            "It cannot expire before it was signed.",
        ],
    }
    numbers = {
        "enrolled": "5",
        "completed": "6",
        "starts_on": "2026-02-01",
        "ends_on": "2026-01-01",
    }
    response = client.post("/programs/new/", program_values(client, **numbers))
    assert errors_in(response) == {
        "ends_on": ["It cannot end before it starts."],
        "completed": ["More people completed it than enrolled."],
    }
    assert (Agreement.objects.count(), Program.objects.count()) == (0, 0)


def test_the_status_of_an_evaluated_exercise_stays_held(cast: Cast) -> None:
    exercise = make_exercise(
        by=cast.originator, evaluated_on=date(2026, 11, 1), evaluated_by=cast.colleague
    )
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.originator)
    response = client.post(path, opened(client, path, status="cancelled"))
    assert errors_in(response) == {"status": ["It was evaluated: its status stays “held”."]}
    exercise.refresh_from_db()
    assert exercise.status == ExerciseStatus.HELD


def test_hostile_and_foreign_text_in_every_field_is_kept_and_shown_escaped(cast: Cast) -> None:
    text = "<script>alert(1)</script> مراقبة 🚤"
    client = client_of(cast.originator)
    values = exercise_values(
        client,
        title=text,
        summary=text,
        place=text,
        scenario=text,
        objectives__TOTAL_FORMS="1",
        objectives__0__text=text,
        objectives__0__capability=text,
        objectives__0__narrative=text,
    )
    client.post("/exercises/new/", values)
    exercise = Exercise.objects.get()
    assert (exercise.title, exercise.summary, exercise.place, exercise.scenario) == (text,) * 4
    for path in (exercise.get_absolute_url(), f"/exercises/{exercise.ref}/edit/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; مراقبة 🚤" in page


# --- Rows ----------------------------------------------------------------------------------------


def row_values(client: Client, exercise: Exercise, **changes: Any) -> dict[str, list[str]]:
    return opened(client, f"/exercises/{exercise.ref}/edit/", **changes)


def test_without_scripts_a_button_adds_a_row_and_keeps_all_that_was_typed(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = opened(client, "/exercises/new/", title="Half", starts_on="2026-09-", status="held")
    page = client.post("/exercises/new/", {**values, "add_objectives": "1"})
    assert page.status_code == 200
    shown = fields_of(page)
    assert shown["objectives-TOTAL_FORMS"] == ["1"]
    assert (shown["title"], shown["starts_on"], shown["status"]) == (
        ["Half"],
        ["2026-09-"],
        ["held"],
    )
    assert 'class="errors"' not in page.content.decode()
    shown["objectives-0-text"] = ["First"]
    twice = fields_of(client.post("/exercises/new/", {**shown, "add_objectives": "1"}))
    assert twice["objectives-TOTAL_FORMS"] == ["2"]
    assert twice["objectives-0-text"] == ["First"]
    assert twice["uuid"] == values["uuid"]
    finished = changed(
        twice,
        starts_on="2026-09-02",
        kind="drill",
        partners=[partner("MA")],
        objectives__1__text="Second",
    )
    client.post("/exercises/new/", finished)
    assert [one.text for one in Exercise.objects.get().objectives.all()] == ["First", "Second"]


def test_rows_are_changed_removed_and_left_empty(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    kept, gone = (
        Objective.objects.create(exercise=exercise, text=text) for text in ("Kept", "Gone")
    )
    client = client_of(cast.originator)
    values = row_values(
        client,
        exercise,
        objectives__TOTAL_FORMS="4",
        objectives__0__text="Changed",
        objectives__1__DELETE="on",
        objectives__2__text="New",
    )
    client.post(f"/exercises/{exercise.ref}/edit/", values)
    assert [(one.text, one.pk == kept.pk) for one in exercise.objectives.all()] == [
        ("Changed", True),
        ("New", False),
    ]
    assert not Objective.objects.filter(pk=gone.pk).exists()


def test_an_agency_takes_part_once_and_two_can_change_places(cast: Cast) -> None:
    exercise = make_exercise(
        by=cast.originator, participants=(cast.partner_agency, cast.small_agency)
    )
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.originator)
    twice = row_values(client, exercise, participations__1__agency=cast.partner_agency)
    response = client.post(path, twice)
    assert response.status_code == 422
    assert "This agency is listed already." in response.content.decode()
    swapped = row_values(
        client,
        exercise,
        participations__0__agency=cast.small_agency,
        participations__1__agency=cast.partner_agency,
        participations__1__role="host",
    )
    assert client.post(path, swapped).status_code == 302
    again = row_values(
        client,
        exercise,
        participations__TOTAL_FORMS="3",
        participations__0__DELETE="on",
        participations__2__agency=cast.small_agency,
        participations__2__role="evaluator",
    )
    assert client.post(path, again).status_code == 302
    found = {(one.agency.code, one.role) for one in exercise.participations.all()}
    assert found == {("PT-GNR", "host"), ("GI-HMC", "evaluator")}


def test_a_row_needs_its_words(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = exercise_values(
        client,
        objectives__TOTAL_FORMS="1",
        objectives__0__rating="S",
        participations__TOTAL_FORMS="1",
        participations__0__role="host",
    )
    page = client.post("/exercises/new/", values).content.decode()
    assert "Say what the objective was." in page
    assert "Choose the agency, or remove this row." in page
    assert 'href="#id_objectives-0-text"' in page
    assert Exercise.objects.count() == 0


@pytest.mark.parametrize("total", ["101", "99999999", "-1", "x", ""])
def test_a_count_of_rows_that_cannot_be_breaks_nothing(cast: Cast, total: str) -> None:
    client = client_of(cast.originator)
    values = exercise_values(client, objectives__TOTAL_FORMS=total)
    response = client.post("/exercises/new/", values)
    assert response.status_code in {302, 422}
    assert Objective.objects.count() == 0


def test_a_row_of_another_exercise_cannot_be_taken(cast: Cast) -> None:
    other = make_exercise(by=cast.small_originator)
    theirs = Objective.objects.create(exercise=other, text="Theirs")
    exercise = make_exercise(by=cast.originator)
    client = client_of(cast.originator)
    values = row_values(
        client,
        exercise,
        objectives__TOTAL_FORMS="1",
        objectives__INITIAL_FORMS="1",
        objectives__0__id=theirs,
        objectives__0__text="Mine",
    )
    client.post(f"/exercises/{exercise.ref}/edit/", values)
    theirs.refresh_from_db()
    assert (theirs.text, theirs.exercise) == ("Theirs", other)
    assert [one.text for one in exercise.objectives.all()] == ["Mine"]


# --- Who -----------------------------------------------------------------------------------------


def test_who_may_record_and_who_may_edit(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, lead_agency=cast.partner_agency)
    path = f"/exercises/{exercise.ref}/edit/"
    lead = give(cast.partner_reader, cast.partner_agency, Role.CONTRIBUTOR)
    expected = {
        cast.originator: (200, 200),
        cast.colleague: (200, 200),
        cast.reader: (403, 403),
        cast.sub_member: (200, 403),
        lead: (200, 200),
        cast.small_originator: (200, 404),
        cast.stranger: (403, 404),
        cast.administrator: (403, 404),
    }
    found = {
        user: (
            client_of(user).get("/exercises/new/").status_code,
            client_of(user).get(path).status_code,
        )
        for user in expected
    }
    assert found == expected
    refused = client_of(cast.reader).post(path, {"title": "Taken", "version": "1"})
    hidden = client_of(cast.stranger).post(path, {"title": "Taken", "version": "1"})
    assert (refused.status_code, hidden.status_code) == (403, 404)
    exercise.refresh_from_db()
    assert exercise.version == 1


def test_one_records_only_for_ones_own_agency(cast: Cast) -> None:
    client = client_of(cast.originator)
    client.post("/exercises/new/", exercise_values(client, agency=cast.partner_agency))
    assert Exercise.objects.get().agency == cast.agency


def test_hidden_records_are_not_offered_nor_taken_and_survive_an_edit(cast: Cast) -> None:
    hidden = make_program(by=cast.small_originator, title="Quiet course")
    exercise = make_exercise(by=cast.originator, program=hidden)
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.colleague)
    page = client.get(path)
    assert "Quiet course" not in page.content.decode()
    client.post(path, changed(fields_of(page), title="Renamed", program=""))
    exercise.refresh_from_db()
    assert (exercise.title, exercise.program) == ("Renamed", hidden)
    response = client.post("/exercises/new/", exercise_values(client, program=hidden))
    assert errors_in(response) == {"program": ["Choose one from the list."]}
    assert Exercise.objects.count() == 1


def test_inactive_agencies_and_people_leave_the_choices_but_stay_where_they_are(
    cast: Cast,
) -> None:
    agreement = make_agreement(
        by=cast.originator,
        released_to=[cast.small_agency],
        red_recipients=[cast.left_reviewer],
    )
    cast.small_agency.active = False
    cast.small_agency.save()
    client = client_of(cast.originator)
    path = f"/agreements/{agreement.ref}/edit/"
    client.post(path, opened(client, path, title="Renamed"))
    assert list(agreement.released_to.all()) == [cast.small_agency]
    assert list(agreement.red_recipients.all()) == [cast.left_reviewer]
    fresh = client.get("/agreements/new/").content.decode()
    assert cast.small_agency.name not in fresh
    assert cast.left_reviewer.name not in fresh
    assert f"{cast.reviewer.name} · GC" in fresh
    assert cast.administrator.name not in fresh


def test_nobody_shuts_themselves_out_by_marking_it_red(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.colleague)
    response = client.post(path, opened(client, path, tlp="red"))
    assert list(errors_in(response)) == ["red_recipients"]
    client.post(path, opened(client, path, tlp="red", red_recipients=[cast.colleague]))
    exercise.refresh_from_db()
    assert exercise.tlp == TLP.RED
    assert client.get(path).status_code == 200


# --- Twice, and two at once ----------------------------------------------------------------------


def test_a_double_click_records_one_exercise_with_one_set_of_rows(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = exercise_values(
        client,
        participations__TOTAL_FORMS="1",
        participations__0__agency=cast.partner_agency,
        participations__0__role="host",
    )
    first, second = (client.post("/exercises/new/", values) for _click in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert (Exercise.objects.count(), Participation.objects.count()) == (1, 1)


def test_a_double_click_on_an_edit_with_a_new_row_is_harmless(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    client = client_of(cast.originator)
    path = f"/exercises/{exercise.ref}/edit/"
    values = row_values(client, exercise, objectives__TOTAL_FORMS="1", objectives__0__text="Once")
    first, second = (client.post(path, values) for _click in range(2))
    assert first.status_code == second.status_code == 302
    assert exercise.objectives.count() == 1


def test_rows_that_somebody_else_removed_meanwhile_are_shown_and_can_be_brought_back(
    cast: Cast,
) -> None:
    exercise = make_exercise(by=cast.originator, title="First")
    Objective.objects.create(exercise=exercise, text="Contested")
    path = f"/exercises/{exercise.ref}/edit/"
    mine, theirs = client_of(cast.originator), client_of(cast.colleague)
    typed = row_values(mine, exercise, title="Mine", objectives__0__rating="S")
    theirs.post(path, row_values(theirs, exercise, title="Theirs", objectives__0__DELETE="on"))
    response = mine.post(path, typed)
    assert response.status_code == 409
    shown = {one.label: (one.theirs, one.mine) for one in response.context["differences"]}
    assert shown == {
        "Title": ("Theirs", "Mine"),
        "Objectives": ("", "Contested · Performed with some challenges"),
    }
    assert exercise.objectives.count() == 0
    assert FormDraft.objects.get().title == "Mine"
    assert mine.post(path, fields_of(response)).status_code == 302
    exercise.refresh_from_db()
    assert (exercise.title, exercise.version) == ("Mine", 3)
    assert [one.rating for one in exercise.objectives.all()] == ["S"]
    assert FormDraft.objects.count() == 0


def test_a_record_that_was_hidden_meanwhile_gives_back_only_what_was_typed(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, summary="Before")
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.colleague)
    typed = opened(client, path, summary="Typed meanwhile.")
    owner = client_of(cast.originator)
    owner.post(path, opened(owner, path, tlp="red", summary="Now secret."))
    assert client.post(path, typed).status_code == 404
    exercise.refresh_from_db()
    assert exercise.summary == "Now secret."


@pytest.mark.parametrize("version", ["1", "99"])
def test_who_may_only_read_learns_nothing_from_the_form(cast: Cast, version: str) -> None:
    exercise = make_exercise(
        by=cast.originator,
        tlp=TLP.CLEAR,
        released_to=[cast.small_agency],
        red_recipients=[cast.red_recipient],
    )
    client = client_of(cast.stranger)
    for more in ({}, {"add_objectives": "1"}, {"title": exercise.title}):
        answer = client.post(f"{exercise.get_absolute_url()}edit/", {"version": version, **more})
        assert answer.status_code == 403
        assert "Rita" not in answer.content.decode()
    assert not FormDraft.objects.exists()


def test_a_new_row_that_was_removed_again_does_not_come_back(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = exercise_values(
        client,
        title="",
        objectives__TOTAL_FORMS="2",
        objectives__0__text="Kept",
        objectives__1__text="Taken away",
        objectives__1__DELETE="on",
    )
    answer = client.post("/exercises/new/", values)
    assert answer.status_code == 422
    shown = fields_of(answer)
    assert [shown[f"objectives-{row}-text"] for row in range(1)] == [["Kept"]]
    assert "Taken away" not in answer.content.decode()
