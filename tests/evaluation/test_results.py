"""Results: kept for one state of their inputs, and for those who may read what went into them."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from evaluation import results
from evaluation.clocks import ResultClock
from evaluation.models import Indicator, Result
from evaluation.series import Step
from evaluation.vocabulary import Progress
from lessons.workflow import deeds
from lessons.workflow.basis import Actor
from notices import jobs
from notices.models import Job
from programs.models import Exercise
from records.following import saved
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_indicator,
    make_lesson,
    make_measurement,
    make_program,
)
from tests.forms import client_of, opened

pytestmark = pytest.mark.django_db
CHANGE = date(2025, 6, 1)


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def measured(cast: Cast, *, after: int = 2, **fields: Any) -> Indicator:
    """An indicator with two years of months; its exercise began in the middle of them."""
    exercise = fields.pop("exercise", None) or make_exercise(
        by=cast.originator, starts_on=CHANGE, tlp="green"
    )
    fields.setdefault("tlp", "green")
    indicator = make_indicator(by=cast.originator, exercise=exercise, **fields)
    for number in range(24):
        period = Step.MONTH.plus(date(2024, 6, 1), number)
        make_measurement(indicator, period, 20 + number % 3 if period < CHANGE else after)
    return indicator


def worked_out(*indicators: Indicator) -> None:
    results.work_out(indicators=[one.pk for one in indicators], now=timezone.now())


def read(indicator: Indicator, user: Any) -> Any:
    found = Indicator.objects.with_result_for(user).get(pk=indicator.pk)
    results.tell([found])
    return found


# --- When the change took effect -----------------------------------------------------------------


def effect(indicator: Indicator) -> date | None:
    day: date | None = Indicator.objects.with_state().get(pk=indicator.pk).took_effect_on
    return day


def test_the_day_of_the_change_is_that_of_the_record(cast: Cast) -> None:
    by = cast.originator
    action = make_action(
        make_lesson(by=by), finished_at=datetime(2026, 3, 4, 23, tzinfo=UTC), status="standby"
    )
    about: dict[date | None, dict[str, Any]] = {
        date(2026, 1, 2): {"exercise": make_exercise(by=by, starts_on=date(2026, 1, 2))},
        date(2026, 1, 3): {"program": make_program(by=by, starts_on=date(2026, 1, 3))},
        date(2026, 1, 4): {
            "agreement": make_agreement(
                by=by, signed_on=date(2026, 1, 1), in_force_on=date(2026, 1, 4)
            )
        },
        date(2026, 1, 1): {"agreement": make_agreement(by=by, signed_on=date(2026, 1, 1))},
        date(2026, 3, 4): {"action": action},
        None: {"program": make_program(by=by)},
    }
    for day, subject in about.items():
        assert effect(make_indicator(by=by, **subject)) == day
    other = make_indicator(
        by=by, intervention_on=date(2026, 5, 5), intervention_reason="The second boat came then."
    )
    assert effect(other) == date(2026, 5, 5)


def test_what_is_red_gives_its_day_to_what_is_red_alone(cast: Cast) -> None:
    by, day = cast.originator, date(2026, 1, 2)
    lesson = make_lesson(by=by, tlp="red")
    action = make_action(lesson, finished_at=datetime(2026, 1, 2, 12, tzinfo=UTC), status="standby")
    make_lesson(by=by).actions.add(action)
    for subject in (
        {"exercise": make_exercise(by=by, starts_on=day, tlp="red")},
        {"program": make_program(by=by, starts_on=day, tlp="red")},
        {"agreement": make_agreement(by=by, in_force_on=day, tlp="red")},
        {"action": action},
    ):
        assert effect(make_indicator(by=by, **subject, tlp="red")) == day
        assert effect(make_indicator(by=by, **subject, tlp="amber")) is None


def test_a_record_that_becomes_red_takes_its_day_out_of_results(cast: Cast) -> None:
    indicator = measured(cast)
    worked_out(indicator)
    assert "12 months" in read(indicator, cast.reader).headline
    Exercise.objects.update(tlp="red")
    assert read(indicator, cast.reader).result is None
    worked_out(indicator)
    found = Result.objects.get(indicator=indicator)
    assert (found.verdict, found.assessment) == ("unknown", None)
    assert not any("Change" in chart for chart in found.charts.values())


# --- Which result holds --------------------------------------------------------------------------


def test_a_result_says_what_changed_and_holds_until_something_does(cast: Cast) -> None:
    indicator = measured(cast)
    assert read(indicator, cast.reader).result is None
    worked_out(indicator)
    found = read(indicator, cast.reader)
    assert found.verdict == "better"
    assert found.headline.startswith(indicator.title)
    make_measurement(indicator, date(2026, 6, 1), 3)
    Indicator.objects.filter(pk=indicator.pk).update(inputs=9)
    assert (read(indicator, cast.reader).result, read(indicator, cast.reader).headline) == (
        None,
        "",
    )


def subject_of(indicator: Indicator) -> Exercise:
    return Exercise.objects.get(indicators=indicator)


def progress(indicator: Indicator, user: Any) -> str:
    found = read(indicator, user)
    return "there" if found.result else str(found.progress)


def test_other_dates_of_the_record_make_a_result_worthless_until_somebody_asks(
    cast: Cast,
) -> None:
    indicator = measured(cast)
    worked_out(indicator)
    Exercise.objects.update(starts_on=date(2025, 5, 1))
    assert progress(indicator, cast.reader) == Progress.UNASKED
    assert not Job.objects.exists()
    for _ in range(2):
        results.ask_about(subject_of(indicator))
        assert progress(indicator, cast.reader) == Progress.WAITING
    job = Job.objects.get()
    assert job.arguments == {"indicators": [indicator.pk]}
    assert jobs.run(job, timezone.now())
    assert progress(indicator, cast.reader) == "there"


def test_what_holds_is_not_asked_for(cast: Cast) -> None:
    indicator = measured(cast)
    worked_out(indicator)
    results.ask([indicator.pk], anew=True)
    results.ask_about(subject_of(indicator))
    results.ask_about(cast.agency)
    assert not Job.objects.exists()


def failing(indicator: Indicator, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Have its result asked for and given up."""

    def fail(*given: Any) -> Result:
        raise RuntimeError("no number")

    now = timezone.now()
    results.ask([indicator.pk], at=now)
    logging.disable(logging.CRITICAL)
    with monkeypatch.context() as broken:
        broken.setattr(results, "made", fail)
        for _ in range(jobs.MOST_ATTEMPTS):
            now += jobs.LONGEST_PAUSE
            job = jobs.take(now)
            assert job is not None
            assert progress(indicator, indicator.created_by) == Progress.WAITING
            assert not jobs.run(job, now)
    logging.disable(logging.NOTSET)
    assert jobs.take(now + jobs.LONGEST_PAUSE) is None
    return now


def test_what_was_given_up_says_so_until_it_is_asked_for_anew(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    indicator = measured(cast)
    now = failing(indicator, monkeypatch)
    assert progress(indicator, cast.reader) == Progress.GIVEN_UP
    results.ask([indicator.pk], at=now)
    assert Job.objects.count() == 1
    for _ in range(2):
        results.ask([indicator.pk], at=now, anew=True)
        assert progress(indicator, cast.reader) == Progress.WAITING
    assert Job.objects.count() == 2
    job = jobs.take(now)
    assert job is not None
    assert jobs.run(job, now)
    assert progress(indicator, cast.reader) == "there"


def test_new_values_are_asked_for_after_a_failure(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    indicator = measured(cast)
    failing(indicator, monkeypatch)
    Indicator.objects.filter(pk=indicator.pk).update(inputs=9)
    assert progress(indicator, cast.reader) == Progress.UNASKED
    results.ask([indicator.pk])
    assert progress(indicator, cast.reader) == Progress.WAITING


def test_one_that_fails_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = measured(cast), measured(cast)
    made = results.made

    def fail(indicator: Any, *given: Any) -> Result:
        if indicator.pk == broken.pk:
            raise RuntimeError("no number")
        return made(indicator, *given)

    monkeypatch.setattr(results, "made", fail)
    with pytest.raises(ExceptionGroup):
        worked_out(broken, whole)
    assert Result.objects.get().indicator == whole


def test_in_the_morning_what_nobody_asked_for_is_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up, stale, whole = measured(cast), measured(cast), measured(cast)
    now = failing(given_up, monkeypatch)
    worked_out(stale, whole)
    Exercise.objects.filter(indicators=stale).update(starts_on=date(2025, 5, 1))
    assert list(ResultClock().ring(cast.agency, now.date(), now)) == []
    assert [progress(one, cast.reader) for one in (given_up, stale, whole)] == [
        Progress.GIVEN_UP,
        Progress.WAITING,
        "there",
    ]


# --- Who asks ------------------------------------------------------------------------------------


def test_saving_the_record_asks_in_the_same_transaction(cast: Cast) -> None:
    indicator = measured(cast)
    worked_out(indicator)
    exercise = subject_of(indicator)
    client, address = client_of(cast.originator), f"{exercise.get_absolute_url()}edit/"
    sent = opened(client, address, starts_on="2025-05-01", ends_on="2025-05-02")
    assert client.post(address, sent).status_code == 302
    assert progress(indicator, cast.reader) == Progress.WAITING


def test_finishing_an_action_asks(cast: Cast) -> None:
    action = make_action(make_lesson(by=cast.originator))
    indicator = make_indicator(by=cast.originator, action=action)
    worked_out(indicator)
    action.finished_at = timezone.now()
    deeds.keep(action, "finish", "ongoing", actor=Actor(cast.originator), at=timezone.now())
    assert progress(indicator, cast.originator) == Progress.WAITING


def test_what_follows_a_save_is_undone_with_it(cast: Cast) -> None:
    action = make_action(make_lesson(by=cast.originator))
    indicator = make_indicator(by=cast.originator, action=action)
    with transaction.atomic():
        saved(action)
        assert Job.objects.exists()
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert progress(indicator, cast.originator) == Progress.UNASKED


def test_what_changed_while_it_was_worked_out_keeps_no_result(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    indicator = measured(cast)
    made = results.made

    def overtaken(*given: Any) -> Result:
        Indicator.objects.filter(pk=indicator.pk).update(inputs=99)
        return made(*given)

    monkeypatch.setattr(results, "made", overtaken)
    worked_out(indicator)
    assert not Result.objects.exists()


def test_a_job_that_runs_twice_works_out_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    indicator = measured(cast)
    worked_out(indicator)
    monkeypatch.setattr(results, "made", None)
    worked_out(indicator)
    assert Result.objects.count() == 1


def test_without_a_day_of_change_there_is_a_chart_and_no_assessment(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator, program=make_program(by=cast.originator))
    make_measurement(indicator, date(2026, 1, 1), 3)
    worked_out(indicator)
    found = Result.objects.get()
    assert (found.verdict, found.assessment, found.headlines) == ("unknown", None, {"en": ""})


def test_a_value_entered_before_its_period_was_over_is_not_compared_as_whole(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    make_measurement(indicator, date(2026, 10, 1), 3, at=at)
    make_measurement(indicator, date(2026, 11, 1), 1, at=at, quality="provisional")
    series = results.series_of(indicator)
    assert series.until == date(2026, 11, 10)
    assert [series.is_whole(point) for point in series.points] == [True, False]


# --- A comparison that is not for everybody ------------------------------------------------------


def test_a_hidden_comparison_is_in_no_result_that_its_reader_reads(cast: Cast) -> None:
    hidden = measured(cast, title="Xyzzy route", tlp="amber_strict", after=20)
    indicator = measured(cast, comparison=hidden)
    worked_out(hidden, indicator)
    inside, outside = read(indicator, cast.reader), read(indicator, cast.stranger)
    assert (inside.result.compared, outside.result.compared) == (True, False)
    held = {one.compared: one for one in Result.objects.filter(indicator=indicator)}
    assert "Xyzzy" in str(held[True].assessment)
    assert "Xyzzy" not in str([held[False].assessment, held[False].charts, held[False].headlines])


def test_a_change_of_the_comparison_makes_both_results_worthless(cast: Cast) -> None:
    base = measured(cast, after=20)
    indicator = measured(cast, comparison=base)
    worked_out(indicator)
    Indicator.objects.filter(pk=base.pk).update(inputs=7)
    assert read(indicator, cast.reader).result is None
