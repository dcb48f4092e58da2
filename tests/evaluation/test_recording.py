"""Recording values: whole or not at all, revisions kept, and what asks for new results."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from evaluation import recording
from evaluation.models import Indicator, Measurement
from evaluation.recording import (
    Entry,
    Recorded,
    WrongEntriesError,
    add_break,
    keep_definition,
    record,
    remove_break,
)
from evaluation.series import Quality
from notices.models import Job
from records.models import StaleVersionError
from tests.cast import Cast, make_cast
from tests.factories import make_indicator

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
JAN, FEB, MAR, NOV = (date(2026, month, 1) for month in (1, 2, 3, 11))


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def entered(indicator: Indicator, cast: Cast, *entries: Entry, **more: Any) -> Recorded:
    return record(indicator, by=cast.originator, entries=entries, at=AT, **more)


def said(indicator: Indicator) -> list[tuple[date, Any, str, bool, int]]:
    return [
        (row.period, row.value, row.quality, row.current, row.number)
        for row in indicator.measurements.all()
    ]


def test_values_are_recorded_with_who_and_when(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    told = entered(indicator, cast, Entry(JAN, Decimal(3)), Entry(FEB, note=" no log "))
    assert told == Recorded(new=2)
    assert said(indicator) == [(JAN, 3, Quality.FINAL, True, 1), (FEB, None, "", True, 1)]
    row = Measurement.objects.latest("period")
    assert (row.by, row.at, row.note, row.is_gap) == (cast.originator, AT, "no log", True)


def test_a_revision_keeps_what_was_said_before(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    entered(indicator, cast, Entry(JAN, Decimal(3)))
    told = record(
        indicator, by=cast.colleague, entries=[Entry(JAN, Decimal(5))], why="Late reports", at=AT
    )
    assert told == Recorded(revised=1)
    assert said(indicator) == [
        (JAN, 3, Quality.FINAL, False, 1),
        (JAN, 5, Quality.FINAL, True, 2),
    ]
    row = Measurement.objects.current().get()
    assert (row.why, row.by, row.revised) == ("Late reports", cast.colleague, True)


def test_a_revision_has_a_reason(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    entered(indicator, cast, Entry(JAN, Decimal(3)))
    with pytest.raises(ValidationError) as refused:
        entered(indicator, cast, Entry(JAN, Decimal(5)), Entry(FEB, Decimal(1)), why="  ")
    assert refused.value.message_dict.keys() == {"why"}
    assert said(indicator) == [(JAN, 3, Quality.FINAL, True, 1)]


def test_what_becomes_final_is_no_revision(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    entered(indicator, cast, Entry(JAN, Decimal(3), quality=Quality.PROVISIONAL))
    assert entered(indicator, cast, Entry(JAN, Decimal(3))) == Recorded(confirmed=1)
    assert not Measurement.objects.filter(revised=True).exists()


def test_what_is_said_again_changes_nothing(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    entered(indicator, cast, Entry(JAN, Decimal(3)))
    before = indicator.inputs
    assert entered(indicator, cast, Entry(JAN, Decimal("3.0"))).changed == 0
    assert indicator.inputs == before
    assert len(said(indicator)) == 1


def test_a_period_that_is_not_over_is_provisional(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    entered(indicator, cast, Entry(NOV, Decimal(3)), Entry(JAN, Decimal(2)))
    assert [row[2] for row in said(indicator)] == [Quality.FINAL, Quality.PROVISIONAL]


@pytest.mark.parametrize(
    ("fields", "entry", "errors"),
    [
        ({}, Entry(JAN, Decimal(-1)), {"value"}),
        ({}, Entry(JAN, Decimal("1.5")), {"value"}),
        ({}, Entry(JAN, Decimal(10) ** 15), {"value"}),
        ({"measure": "amount"}, Entry(JAN, Decimal("0.1234567")), {"value"}),
        ({"measure": "duration"}, Entry(JAN, Decimal(-1)), {"value"}),
        ({"measure": "proportion"}, Entry(JAN, numerator=3), {"denominator"}),
        ({"measure": "proportion"}, Entry(JAN, denominator=3), {"numerator"}),
        ({"measure": "proportion"}, Entry(JAN, numerator=4, denominator=3), {"numerator"}),
        ({"measure": "proportion"}, Entry(JAN, numerator=-4, denominator=3), {"numerator"}),
        ({"measure": "proportion"}, Entry(JAN, numerator=4, denominator=10**15), {"denominator"}),
        ({"measure": "proportion"}, Entry(JAN, value=Decimal(1)), {"numerator"}),
        ({}, Entry(JAN, numerator=1, denominator=2), {"value"}),
        ({}, Entry(date(2026, 1, 2), Decimal(1)), {"period"}),
        ({}, Entry(date(2026, 12, 1), Decimal(1)), {"period"}),
        ({}, Entry(date(1850, 1, 1), Decimal(1)), {"period"}),
        ({}, Entry(JAN, Decimal(1), quality="rumored"), {"quality"}),
        ({}, Entry(JAN, Decimal(1), note="x" * 501), {"note"}),
    ],
)
def test_what_cannot_be_is_refused_whole(
    cast: Cast, fields: dict[str, str], entry: Entry, errors: set[str]
) -> None:
    indicator = make_indicator(by=cast.originator, **fields)
    with pytest.raises(WrongEntriesError) as refused:
        entered(indicator, cast, Entry(FEB), entry)
    assert {period: {*told} for period, told in refused.value.errors.items()} == {
        entry.period: errors
    }
    assert said(indicator) == []


def test_nothing_of_nothing_is_a_value(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator, measure="proportion")
    assert entered(indicator, cast, Entry(JAN, numerator=0, denominator=0)).new == 1


def test_a_period_given_twice_is_refused(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    with pytest.raises(WrongEntriesError):
        entered(indicator, cast, Entry(JAN, Decimal(1)), Entry(JAN, Decimal(2)))


def test_a_series_ends_somewhere(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_VALUES", 2)
    indicator = make_indicator(by=cast.originator)
    entered(indicator, cast, Entry(JAN, Decimal(1)), Entry(FEB, Decimal(1)))
    with pytest.raises(ValidationError, match="at most 2"):
        entered(indicator, cast, Entry(MAR, Decimal(1)))


@pytest.mark.parametrize("name", ["reader", "stranger", "partner_reviewer", "administrator"])
def test_only_those_who_record_for_the_agency_record_values(cast: Cast, name: str) -> None:
    indicator = make_indicator(by=cast.originator, tlp="clear")
    with pytest.raises(PermissionDenied):
        record(indicator, by=cast.people[name], entries=[Entry(JAN, Decimal(1))])
    with pytest.raises(PermissionDenied):
        add_break(indicator, by=cast.people[name], on=JAN, reason="New form")
    assert (said(indicator), indicator.breaks.count()) == ([], 0)


def test_whoever_has_seen_an_older_series_is_told(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    seen = indicator.inputs
    entered(indicator, cast, Entry(JAN, Decimal(1)), inputs=seen)
    with pytest.raises(StaleVersionError):
        entered(indicator, cast, Entry(FEB, Decimal(1)), inputs=seen)


def test_every_change_asks_for_results_also_of_what_is_compared_with_it(cast: Cast) -> None:
    base = make_indicator(by=cast.originator)
    indicator = make_indicator(by=cast.originator, comparison=base)
    entered(base, cast, Entry(JAN, Decimal(1)))
    asked = [pk for job in Job.objects.all() for pk in job.arguments["indicators"]]
    assert sorted(asked) == sorted([base.pk, indicator.pk])


def test_breaks_are_said_once_a_day_and_can_be_taken_back(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    found = add_break(indicator, by=cast.originator, on=MAR, reason=" New form ")
    assert (found.reason, indicator.inputs) == ("New form", 2)
    for day, reason in ((MAR, "Again"), (FEB, ""), (date(1800, 1, 1), "Old")):
        with pytest.raises(ValidationError):
            add_break(indicator, by=cast.originator, on=day, reason=reason)
    remove_break(found, by=cast.originator)
    indicator.refresh_from_db()
    assert (indicator.breaks.count(), indicator.inputs) == (0, 3)


def test_versions_of_the_definition_say_what_changed(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    keep_definition(indicator, by=cast.originator)
    indicator.limitations = "Much else."
    indicator.save()
    keep_definition(indicator, by=cast.colleague)
    keep_definition(indicator, by=cast.colleague)
    latest, first = indicator.versions.all()
    assert (latest.number, latest.changed, latest.by) == (2, ["limitations"], cast.colleague)
    assert first.said["limitations"] == "What nobody saw is not counted."
    assert "red_recipients" not in first.said
