"""Programs and exercises drawn along the years."""

from datetime import date

import pytest

from insights.dossier import dossier
from insights.timeline import Scale, Timeline, timeline
from programs.vocabulary import ExerciseStatus
from tests.cast import Cast, make_cast
from tests.factories import make_exercise, make_lesson, make_program, partner

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def drawn(cast: Cast) -> Timeline | None:
    return timeline(dossier(partner("MA"), cast.originator, TODAY))


def test_days_become_places_between_the_first_and_the_last_year() -> None:
    scale = Scale(2025, 2026)
    places = {
        date(2020, 5, 5): 0,
        date(2025, 1, 1): 0,
        date(2026, 1, 1): 500,
        date(2031, 1, 1): 1000,
    }
    assert {day: scale.at(day) for day in places} == places


def test_the_years_run_from_the_first_record_to_the_last(cast: Cast) -> None:
    by = cast.originator
    make_program(by=by, title="PAST", starts_on=date(2023, 1, 1), ends_on=date(2024, 12, 31))
    make_program(by=by, title="OPEN", starts_on=date(2026, 1, 1))
    make_program(by=by, title="UNDATED")
    make_exercise(by=by, starts_on=date(2024, 1, 1))
    make_exercise(by=by, starts_on=date(2027, 1, 1), status=ExerciseStatus.PLANNED)
    found = drawn(cast)
    assert found is not None
    assert found.years == [2023, 2024, 2025, 2026, 2027]
    assert found.grid == "M200.0 0V20M400.0 0V20M600.0 0V20M800.0 0V20"
    assert (found.held, found.planned) == (["200.0"], ["800.0"])
    assert {span.program.title: (span.x, span.width) for span in found.spans} == {
        "PAST": ("0.0", "399.5"),
        "OPEN": ("600.0", "398.9"),
        "UNDATED": ("", ""),
    }


def test_what_lies_far_back_or_ahead_does_not_squeeze_the_rest(cast: Cast) -> None:
    by = cast.originator
    make_exercise(by=by, starts_on=date(1985, 1, 1))
    make_exercise(by=by, starts_on=date(2026, 1, 1))
    make_program(by=by, starts_on=date(2020, 1, 1), ends_on=date(2050, 12, 31))
    found = drawn(cast)
    assert found is not None
    assert (found.years[0], found.years[-1]) == (2017, 2029)
    assert len(found.held) == 1


def test_of_an_old_cooperation_the_last_years_are_drawn(cast: Cast) -> None:
    for year in (1985, 2008, 2010):
        make_exercise(by=cast.originator, starts_on=date(year, 1, 1))
    found = drawn(cast)
    assert found is not None
    assert (found.years[0], found.years[-1]) == (2001, 2010)
    assert found.held == ["900.0", "700.0"]


def test_without_dates_there_is_nothing_to_draw(cast: Cast) -> None:
    make_lesson(by=cast.originator)
    make_program(by=cast.originator)
    assert drawn(cast) is None
