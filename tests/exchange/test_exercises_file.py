"""Exercises from a table: dates, titles, participants, positions, and what cannot come in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection

from agencies.models import User
from exchange import importing
from exchange.exercises_file import ExercisesFile
from exchange.importing import Entry, ImportRefusedError, Outcome, Plan, Why
from programs.models import Exercise
from programs.vocabulary import ExerciseKind, ExerciseStatus
from records.models import RefCounter
from records.vocabulary import TLP, Precision
from tests.cast import Cast, make_cast
from tests.exchange.files import EXERCISE, EXERCISES_SAMPLE, exercises, table
from tests.factories import make_agency, make_exercise, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def kind(cast: Cast) -> ExercisesFile:
    return ExercisesFile(cast.agency, cast.originator)


def planned(kind: ExercisesFile, **cells: str) -> Entry:
    """The plan of one row; names of columns with ``_`` for ``.``."""
    changed = {name.replace("_", ".") if name[1] == "_" else name: cells[name] for name in cells}
    [entry] = importing.plan(kind, exercises(changed)).entries
    return entry


def imported(kind: ExercisesFile, *rows: dict[str, str]) -> Plan:
    return importing.apply(importing.plan(kind, exercises(*rows)))


# --- What a row becomes ----------------------------------------------------------------------


def test_a_row_becomes_a_held_exercise(cast: Cast, kind: ExercisesFile) -> None:
    [entry] = imported(kind, {"Series_Name": "Strait", "Air": "1", "CPX": "1"}).entries
    exercise = Exercise.objects.get(ref=entry.ref)
    assert entry.outcome == Outcome.CREATED
    assert exercise.ref.startswith("ES-GC-EXE-")
    assert (exercise.title, exercise.place) == ("Strait Lantern", "Tangier")
    assert exercise.summary == (
        "joint patrols\n\nSeries: Strait.\nDomains: air, sea.\nCommand-post exercise."
    )
    assert (exercise.starts_on, exercise.ends_on) == (date(2004, 10, 3), date(2004, 10, 9))
    assert exercise.latitude == Decimal("35.759500")
    assert exercise.longitude == Decimal("-5.834000")
    assert (exercise.kind, exercise.status) == (ExerciseKind.NOT_STATED, ExerciseStatus.HELD)
    assert (exercise.agency, exercise.lead_agency) == (cast.agency, cast.agency)
    assert (exercise.created_by, exercise.tlp) == (cast.originator, TLP.AMBER)
    assert str(exercise.host_country) == ""
    assert exercise.source_id == "mme:x1"
    assert [partner.code for partner in exercise.partners.all()] == ["MA"]
    exercise.full_clean()


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (("2004", "10", "3"), ("2004", "10", "9"), date(2004, 10, 3), date(2004, 10, 9)),
        (("2004", "10", "xx"), ("2004", "10", "xx"), date(2004, 10, 1), date(2004, 10, 31)),
        (("2004", "2", "20"), ("2004", "2", "xx"), date(2004, 2, 20), date(2004, 2, 29)),
        (("2004", "10", "xx"), ("2004", "10", "9"), date(2004, 10, 1), date(2004, 10, 9)),
        (("2004", "xx", "xx"), ("2004", "XX", ""), date(2004, 1, 1), date(2004, 12, 31)),
        (("2004", "xx", "5"), ("2005", "1", "xx"), date(2004, 1, 1), date(2005, 1, 31)),
    ],
)
def test_a_period_runs_from_the_first_to_the_last_possible_day(
    kind: ExercisesFile,
    start: tuple[str, str, str],
    end: tuple[str, str, str],
    first: date,
    last: date,
) -> None:
    names = ("year", "month", "day")
    cells = {f"s_{name}": value for name, value in zip(names, start, strict=True)}
    cells |= {f"e_{name}": value for name, value in zip(names, end, strict=True)}
    values = planned(kind, **cells).draft.values
    assert (values["starts_on"], values["ends_on"]) == (first, last)
    known = {0: Precision.DAY, 1: Precision.MONTH, 2: Precision.YEAR}

    def precision(parts: tuple[str, str, str]) -> Precision:
        return Precision.YEAR if parts[1].lower() == "xx" else known[not parts[2].isdigit()]

    assert values["starts_precision"] == precision(start)
    assert values["ends_precision"] == precision(end)


def test_an_end_that_is_not_known_is_that_of_the_start(kind: ExercisesFile) -> None:
    entry = planned(kind, s_day="xx", e_year="-9", e_month="xx", e_day="xx")
    assert entry.draft.values["ends_on"] == date(2004, 10, 31)
    assert entry.draft.values["ends_precision"] == Precision.MONTH
    assert [note.about for note in entry.notes] == [Why.NO_END]


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        ({}, "Exercise of Morocco and Spain, 3 October 2004"),
        ({"s_day": "xx"}, "Exercise of Morocco and Spain, October 2004"),
        ({"s_month": "xx", "s_day": "xx"}, "Exercise of Morocco and Spain, 2004"),
        ({"StateB": ""}, "Exercise of Morocco, 3 October 2004"),
        ({"StateC": "Atlantis"}, "Exercise of Morocco, Spain and Atlantis, 3 October 2004"),
        ({"Ex_Name": "", "StateB": "-9"}, "Exercise of Morocco, 3 October 2004"),
    ],
)
def test_an_exercise_without_a_name_is_called_by_its_facts(
    kind: ExercisesFile, cells: dict[str, str], title: str
) -> None:
    entry = planned(kind, **{"Ex_Name": "-9"} | cells)
    assert entry.title == title
    assert Why.TITLE_MADE in {note.about for note in entry.notes}


def test_a_made_title_counts_the_participants_it_does_not_name(kind: ExercisesFile) -> None:
    states = ["Morocco", "Spain", "France", "Italy", "Malta", "Tunisia", "Libya"]
    row = EXERCISE | {"Ex_Name": "-9"}
    for names, ending in ((states, "Malta and 2 others, "), (states[:6], "Malta and Tunisia, ")):
        cells = row | {
            f"State{letter}": name for letter, name in zip("ABCDEFG", names, strict=False)
        }
        [entry] = importing.plan(kind, table([cells], cells)).entries
        assert entry.title.startswith(f"Exercise of Morocco, Spain, France, Italy, {ending}")


@pytest.mark.parametrize(
    ("cells", "codes", "notes"),
    [
        ({"StateB": "st. christopher"}, ["MA", "KN"], []),
        ({"StateB": "Federal Republic of Germany", "StateC": "Germany"}, ["MA", "DE"], ["twice"]),
        ({"StateB": "German Democratic Republic", "StateC": "NATO"}, ["MA", "DDDE", "NATO"], []),
        ({"StateC": "Spain"}, ["MA"], ["twice"]),
        ({"StateB": "-9"}, ["MA"], ["not named"]),
        ({"StateB": "Baltic States"}, ["MA"], ["unknown"]),
        ({"StateA": "Spain", "StateB": ""}, ["ES"], ["own"]),
        ({"StateA": "Spain", "StateB": "Atlantis"}, ["ES"], ["unknown", "own"]),
        (
            {"StateA": "-9", "StateB": "", "AdditionalParticipantInfo": "nato"},
            ["NATO"],
            ["not named"],
        ),
        ({"AdditionalParticipantInfo": "eight NATO countries"}, ["MA"], []),
        ({"AdditionalParticipantInfo": "Morocco"}, ["MA"], []),
    ],
)
def test_participants_are_partners(
    kind: ExercisesFile, cells: dict[str, str], codes: list[str], notes: list[str]
) -> None:
    short = {
        "twice": Why.PARTNER_TWICE,
        "not named": Why.PARTNER_NOT_NAMED,
        "unknown": Why.UNKNOWN_PARTNER,
        "own": Why.OWN_COUNTRY,
    }
    entry = planned(kind, **cells)
    assert [partner.code for partner in entry.draft.partners] == codes
    assert [note.about for note in entry.notes] == [short[note] for note in notes]


def test_what_no_field_holds_stays_in_the_summary(kind: ExercisesFile) -> None:
    entry = planned(
        kind,
        StateB="Baltic States",
        Land="1",
        Humanitarian="1",
        Warfighting="1",
        AdditionalParticipantInfo="some 300 soldiers.",
        FocusDescription="",
    )
    assert entry.draft.values["summary"].split("\n") == [
        "Domains: land, sea.",
        "Purpose: warfighting, humanitarian.",
        "Further participants: Baltic States.",
        "About the participants: some 300 soldiers.",
    ]


def test_an_international_body_has_no_country_of_its_own() -> None:
    body = make_agency(code="FRONTEX")
    kind = ExercisesFile(body, make_user(agency=body))
    assert [partner.code for partner in planned(kind).draft.partners] == ["MA", "ES"]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("35.7", ""),
        ("-9", "5"),
        ("90.5", "5"),
        ("35", "180.1"),
        ("north", "5"),
        ("NaN", "5"),
        ("Infinity", "5"),
        ("1e999", "5"),
    ],
)
def test_a_position_that_is_none_is_left_out(kind: ExercisesFile, lat: str, lon: str) -> None:
    entry = planned(kind, lat=lat, lon=lon)
    assert (entry.draft.values["latitude"], entry.draft.values["longitude"]) == (None, None)
    assert [note.about for note in entry.notes] == [Why.PLACE_UNCLEAR]


def test_no_position_is_no_loss(kind: ExercisesFile) -> None:
    for nothing in ("", "-9"):
        entry = planned(kind, lat=nothing, lon=nothing)
        assert (entry.draft.values["latitude"], entry.notes) == (None, ())


# --- Which rows cannot come in ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "about", "words"),
    [
        ({"MMEID": "-9"}, Why.NO_IDENTIFIER, "Without an identifier it could not be recognized"),
        ({"Ex_Name": "x" * 301}, Why.LONG_TITLE, "The name has 301 characters; 300 is the most."),
        ({"Location": "x" * 301}, Why.LONG_TEXT, "“place” has 301 characters; 300 is the most."),
        ({"FocusDescription": "x" * 100_001}, Why.LONG_TEXT, "“summary” has 100016 characters"),
        ({"AdditionalParticipantInfo": "x" * 100_001}, Why.LONG_TEXT, "“summary” has 100055 chara"),
        ({"s.month": "13"}, Why.UNREADABLE_DATE, "“2004-13-3” is no date."),
        ({"e.day": "32"}, Why.UNREADABLE_DATE, "“2004-10-32” is no date."),
        ({"s.year": "MMIV"}, Why.UNREADABLE_DATE, "“MMIV-10-3” is no date."),
        ({"s.year": "xx"}, Why.UNREADABLE_DATE, "It does not say when it started."),
        ({"s.year": "2999", "e.year": "2999"}, Why.FUTURE_DATE, "It starts on 2999-10-03; only"),
        ({"e.day": "2"}, Why.ENDS_BEFORE_START, "It ends (2004-10-02) before it starts (2004-10-"),
        ({"e.month": "9", "e.day": "xx"}, Why.ENDS_BEFORE_START, "It ends (2004-09-30) before it"),
        ({"StateA": "-9", "StateB": ""}, Why.NO_PARTNER, "It names no participant."),
        (
            {"StateA": "Atlantis", "StateB": "-9", "StateC": "Mu"},
            Why.NO_PARTNER,
            "No participant is known here: Atlantis, Mu.",
        ),
    ],
)
def test_a_row_that_cannot_come_in_says_why(
    kind: ExercisesFile, cells: dict[str, str], about: Why, words: str
) -> None:
    bad, good = imported(kind, cells, {"MMEID": "good"}).entries
    assert (bad.outcome, bad.row, bad.draft) == (Outcome.REFUSED, 2, None)
    assert [reason.about for reason in bad.reasons] == [about]
    assert bad.reasons[0].words.startswith(words)
    assert good.outcome == Outcome.CREATED
    assert Exercise.objects.count() == 1


@pytest.mark.parametrize("missing", ["MMEID", "StateA", "s.year", "lat", "FocusDescription"])
def test_every_column_of_the_layout_must_be_there(kind: ExercisesFile, missing: str) -> None:
    cells = {name: text for name, text in EXERCISE.items() if name != missing}
    with pytest.raises(ImportRefusedError) as caught:
        importing.plan(kind, table([cells], cells))
    assert str(caught.value).startswith(f"These columns are missing: {missing}. The file has: ")


@pytest.mark.parametrize("arguments", [{"tlp": "red"}, {"source": "Not a slug"}])
def test_what_holds_for_every_row_is_checked(cast: Cast, arguments: dict[str, str]) -> None:
    with pytest.raises(ImportRefusedError):
        ExercisesFile(cast.agency, cast.originator, **arguments)


# --- Twice, half, and by whom ----------------------------------------------------------------


def test_a_plan_writes_nothing(kind: ExercisesFile) -> None:
    assert planned(kind).outcome == Outcome.NEW
    assert [model.objects.count() for model in (Exercise, RefCounter)] == [0, 0]


def test_a_second_run_adds_nothing(cast: Cast, kind: ExercisesFile) -> None:
    rows: tuple[dict[str, str], ...] = ({}, {"Ex_Name": "Another"}, {"MMEID": "x2"}, {})
    first = imported(kind, *rows)
    assert [(entry.outcome, entry.source_id) for entry in first.entries] == [
        (Outcome.CREATED, "mme:x1"),
        (Outcome.CREATED, "mme:x1:2"),
        (Outcome.CREATED, "mme:x2"),
        (Outcome.REFUSED, "mme:x1"),
    ]
    assert [reason.words for reason in first.entries[3].reasons] == ["It is the same as row 2."]
    before = list(Exercise.objects.order_by("pk").values())
    second = imported(kind, *rows)
    assert [entry.outcome for entry in second.entries] == [*[Outcome.PRESENT] * 3, Outcome.REFUSED]
    assert list(Exercise.objects.order_by("pk").values()) == before
    other = imported(ExercisesFile(cast.agency, cast.originator, source="other"), *rows)
    assert len(other.having(Outcome.CREATED)) == 3


def test_references_follow_those_of_the_agency(cast: Cast, kind: ExercisesFile) -> None:
    by_hand = make_exercise(by=cast.originator)
    done = imported(kind, {}, {"MMEID": "x2"})
    start, number = by_hand.ref.rsplit("-", 1)
    assert [entry.ref for entry in done.entries] == [
        f"{start}-{int(number) + 1:04d}",
        f"{start}-{int(number) + 2:04d}",
    ]
    assert make_exercise(by=cast.originator).ref == f"{start}-{int(number) + 3:04d}"


def test_a_row_that_fails_on_saving_leaves_nothing_behind_and_stops_no_other(
    kind: ExercisesFile,
) -> None:
    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT") and "programs_exercise" in sql and "Bad" in str(params):
            raise IntegrityError("not this one")
        return execute(sql, params, many, context)

    rows: list[dict[str, str]] = [
        {"MMEID": str(number), "Ex_Name": f"Good {number}"} for number in range(3)
    ]
    rows[1]["Ex_Name"] = "Bad"
    with connection.execute_wrapper(refuse):
        done = imported(kind, *rows)
    assert [entry.outcome for entry in done.entries] == [
        Outcome.CREATED,
        Outcome.REFUSED,
        Outcome.CREATED,
    ]
    assert [reason.about for reason in done.entries[1].reasons] == [Why.NOT_SAVED]
    there = Exercise.objects.order_by("ref")
    assert [exercise.title for exercise in there] == ["Good 0", "Good 2"]
    assert [exercise.ref[-4:] for exercise in there] == ["0001", "0002"]
    assert Exercise.partners.through.objects.count() == 2


@pytest.mark.parametrize("name", ["reader", "partner_reviewer", "administrator"])
def test_only_who_records_for_the_agency_may_import(cast: Cast, name: str) -> None:
    person: User = cast.people[name]
    with pytest.raises(ImportRefusedError, match="may not record for Guardia Civil"):
        importing.plan(ExercisesFile(cast.agency, person), exercises({}))
    assert Exercise.objects.count() == 0


# --- The sample table ------------------------------------------------------------------------


def test_the_sample_comes_in(cast: Cast) -> None:
    kind = ExercisesFile(cast.agency, cast.originator, tlp=TLP.GREEN, source="sample")
    done = importing.apply(importing.plan(kind, EXERCISES_SAMPLE.read_bytes()))
    assert len(done.having(Outcome.CREATED)) == 31
    assert done.reasons() == {
        Why.NO_PARTNER: 2,
        Why.UNREADABLE_DATE: 2,
        Why.SAME_ROW: 1,
        Why.ENDS_BEFORE_START: 1,
        Why.FUTURE_DATE: 1,
        Why.LONG_TITLE: 1,
        Why.NO_IDENTIFIER: 1,
    }
    assert done.notes() == {
        Why.TITLE_MADE: 4,
        Why.PARTNER_TWICE: 2,
        Why.PLACE_UNCLEAR: 2,
        Why.UNKNOWN_PARTNER: 1,
        Why.PARTNER_NOT_NAMED: 1,
        Why.OWN_COUNTRY: 1,
        Why.SAME_IDENTIFIER: 1,
        Why.NO_END: 1,
    }
    for exercise in Exercise.objects.all():
        exercise.full_clean()
    largest = Exercise.objects.get(source_id="sample:lx30")
    assert largest.partners.count() == 38
    formula = Exercise.objects.get(source_id="sample:lx26")
    assert formula.title == "=SUM(A1:A9)"
    assert formula.summary.startswith("+34 called")
    assert max(len(exercise.title) for exercise in Exercise.objects.all()) == 300
    assert set(Exercise.objects.values_list("tlp", flat=True)) == {TLP.GREEN}
