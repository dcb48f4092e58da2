"""The pages of one agreement, one program and one exercise."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from lessons.vocabulary import Status
from programs.models import Activity, Objective
from programs.vocabulary import AgreementStatus
from tests.cast import Cast, make_cast
from tests.factories import (
    make_agency,
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
)
from tests.forms import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def page(user: User, record: Activity) -> str:
    response = client_of(user).get(record.get_absolute_url())  # type: ignore[attr-defined]
    assert response.status_code == 200
    return response.content.decode()


# --- What is shown -------------------------------------------------------------------------------


def test_an_agreement_tells_its_dates_parties_and_what_rests_on_it(cast: Cast) -> None:
    agreement = make_agreement(
        by=cast.originator,
        title="Memorandum on patrols",
        partners=("MA", "PT"),
        party_agencies=[cast.partner_agency],
        status=AgreementStatus.IN_FORCE,
        signed_on=date(2019, 3, 4),
        in_force_on=date(2019, 5, 6),
        expires_on=date(2029, 5, 6),
        next_review_on=timezone.localdate() - timedelta(days=1),
        instruments=["joint_patrol"],
        notice_period_days=90,
        tacit_renewal=True,
        summary="What it allows.",
    )
    released: dict[str, Any] = {"released_to": [cast.partner_agency], "agreement": agreement}
    make_program(by=cast.originator, title="Boarding course", **released)
    make_exercise(by=cast.originator, title="Sea 14", **released)
    make_lesson(by=cast.originator, agreement=agreement, status=Status.NOTED, title="Learned here")
    shown = page(cast.partner_reader, agreement)
    for words in (
        "Memorandum on patrols",
        "GC, GNR and their sub-agencies can read this",
        "In force",
        "Multilateral",
        "4 Mar 2019",
        "6 May 2029",
        "due since",
        "Joint patrol",
        "90 days",
        "What it allows.",
        "Morocco",
        "Portugal",
        "Boarding course",
        "Sea 14",
    ):
        assert words in shown, words
    assert "Learned here" not in shown
    assert "Learned here" in page(cast.colleague, agreement)


def test_a_program_tells_its_figures_and_exercises(cast: Cast) -> None:
    program = make_program(
        by=cast.originator,
        starts_on=date(2025, 1, 1),
        ends_on=date(2026, 12, 31),
        places=20,
        enrolled=0,
        cost="12500.50",
        currency="EUR",
        objectives="Board at night.",
    )
    exercise = make_exercise(by=cast.originator, program=program, title="Sea 14")
    make_lesson(
        by=cast.originator, exercise=exercise, status=Status.NOTED, title="From its exercise"
    )
    shown = page(cast.colleague, program)
    for words in ("12,500.50 EUR", "Board at night.", "Sea 14", "From its exercise", "<dd>0</dd>"):
        assert words in shown, words


def test_an_exercise_tells_its_objectives_and_when_it_is_to_be_evaluated(cast: Cast) -> None:
    ended = timezone.localdate() - timedelta(days=90)
    exercise = make_exercise(
        by=cast.originator,
        starts_on=ended,
        ends_on=ended,
        participants=(cast.partner_agency,),
        place="Tangier Med",
        latitude="35.889400",
        longitude="-5.501300",
        threats=["drugs"],
    )
    Objective.objects.create(
        exercise=exercise, text="Hand over in ten minutes", rating="M", narrative="It took eleven."
    )
    Objective.objects.create(exercise=exercise, text="Speak one language")
    shown = page(cast.partner_reader, exercise)
    for words in (
        "Hand over in ten minutes",
        "Performed with major challenges",
        "It took eleven.",
        "not rated yet",
        "Guarda Nacional Republicana",
        "Participant",
        "35.8894, -5.5013",
        "Drugs",
        "due since",
    ):
        assert words in shown, words
    exercise.evaluated_on, exercise.evaluated_by = timezone.localdate(), cast.colleague
    exercise.save()
    assert "due since" not in page(cast.partner_reader, exercise)


def test_dates_known_to_the_month_or_year_are_told_as_such(cast: Cast) -> None:
    exercise = make_exercise(
        by=cast.originator,
        starts_on=date(2024, 2, 1),
        starts_precision="month",
        ends_on=date(2024, 12, 31),
        ends_precision="year",
    )
    shown = page(cast.colleague, exercise)
    assert "Feb 2024</time>" in shown
    assert "1 Feb 2024" not in shown


def test_a_title_of_300_characters_and_a_text_of_100000_are_shown(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, title="t" * 300, scenario="s" * 100_000)
    shown = page(cast.colleague, exercise)
    assert 'class="point long"' in shown
    assert "s" * 100_000 in shown


# --- Who sees what -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [make_agreement, make_program, make_exercise])
def test_the_page_is_found_by_its_readers_only(cast: Cast, make: Any) -> None:
    record = make(by=cast.originator, released_to=[cast.partner_agency])
    red = make(by=cast.originator, tlp="red", red_recipients=[cast.red_recipient])
    expected = {
        cast.originator: (200, 200),
        cast.red_recipient: (200, 200),
        cast.colleague: (200, 404),
        cast.coordinator: (200, 404),
        cast.sub_member: (200, 404),
        cast.partner_reader: (200, 404),
        cast.stranger: (404, 404),
        cast.administrator: (404, 404),
    }
    found = {
        user: tuple(
            client_of(user).get(one.get_absolute_url()).status_code for one in (record, red)
        )
        for user in expected
    }
    assert found == expected


def test_what_is_hidden_is_neither_named_nor_counted(cast: Cast) -> None:
    """An exercise in green, with a hidden program, agreement and lesson."""
    agreement = make_agreement(by=cast.originator, title="Secret memorandum")
    program = make_program(by=cast.originator, title="Secret course", agreement=agreement)
    exercise = make_exercise(by=cast.originator, program=program, agreement=agreement, tlp="green")
    green = make_program(by=cast.originator, agreement=agreement, tlp="green")
    make_exercise(by=cast.originator, program=green, title="Secret patrol")
    make_lesson(by=cast.originator, exercise=exercise, status=Status.NOTED, title="Secret lesson")
    make_lesson(
        by=cast.originator, exercise=exercise, status=Status.NOTED, tlp="green", title="Open lesson"
    )
    for record in (exercise, green):
        shown = page(cast.stranger, record)
        assert "Secret" not in shown
        assert agreement.ref not in shown
    assert "Open lesson" in page(cast.stranger, exercise)
    assert "1 lesson in the list" in page(cast.stranger, exercise)
    assert "All 2 lessons in the list" in page(cast.colleague, exercise)


@pytest.mark.parametrize("tlp", ["amber", "red"])
def test_nobody_is_named(cast: Cast, tlp: str) -> None:
    exercise = make_exercise(by=cast.originator, tlp=tlp, red_recipients=[cast.red_recipient])
    shown = page(cast.red_recipient, exercise)
    assert cast.originator.name not in shown
    assert ("Only 2 people, named one by one, can read this" in shown) == (tlp == "red")


def test_the_audience_is_told_in_one_sentence(cast: Cast) -> None:
    many = [make_agency(code=f"X-{number}", name=f"Agency {number}") for number in range(5)]
    sentences = {
        "clear": "Anyone signed in can read this",
        "green": "Every member of every agency can read this",
        "amber_strict": "GC, Agency 0, Agency 1, Agency 2 and 2 more can read this, without sub-agencies",
    }
    for tlp, sentence in sentences.items():
        exercise = make_exercise(by=cast.originator, tlp=tlp, released_to=many)
        assert sentence in page(cast.colleague, exercise)


def test_buttons_are_for_those_who_may_press_them(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, released_to=[cast.partner_agency])
    edit, log = f"/exercises/{exercise.ref}/edit/", f"/lessons/new/?exercise={exercise.ref}"
    upload = f"/attachments/to/exercise/{exercise.ref}/"
    expected = {
        cast.colleague: [True, True, True],
        cast.partner_reviewer: [False, True, False],
        cast.reader: [False, False, False],
    }
    found = {
        user: [address in page(user, exercise) for address in (edit, log, upload)]
        for user in expected
    }
    assert found == expected


# --- Queries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "number"), [(make_agreement, 19), (make_program, 19), (make_exercise, 19)]
)
def test_as_many_questions_to_the_database_for_30_rows_as_for_one(
    cast: Cast, make: Any, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record = make(by=cast.originator)
    name = record._meta.model_name
    client = client_of(cast.colleague)

    def add() -> None:
        make_lesson(by=cast.originator, status=Status.NOTED, **{name: record})
        if name != "exercise":
            make_exercise(by=cast.originator, **{name: record})
        if name == "agreement":
            make_program(by=cast.originator, agreement=record)
        if name == "exercise":
            Objective.objects.create(exercise=record, text="One more")

    add()
    client.get(record.get_absolute_url())  # Django now knows its content types.
    with django_assert_num_queries(number):
        client.get(record.get_absolute_url())
    for _row in range(29):
        add()
    with django_assert_num_queries(number):
        client.get(record.get_absolute_url())
