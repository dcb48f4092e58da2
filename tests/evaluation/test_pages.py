"""The pages of indicators: list, page, form, grid, paste, and what they cost."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from evaluation import results
from evaluation.models import Indicator, Measurement
from evaluation.panels import for_partner, for_record
from evaluation.series import Step
from evaluation.starters import starters
from evaluation.vocabulary import Progress
from lessons.vocabulary import Status
from notices.models import Job
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_indicator,
    make_lesson,
    make_measurement,
    make_program,
    partner,
)
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BASE = "/evaluation/indicators/"


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, address: str, status: int = 200) -> str:
    response = client_of(user).get(address)
    assert response.status_code == status
    return response.content.decode()


def found(user: User, query: str) -> list[str]:
    response = client_of(user).get(f"{BASE}?{query}", headers=HTMX)
    return [row.title for row in response.context["shown"].rows]


def measured(cast: Cast, **fields: Any) -> Indicator:
    """An indicator with two years of months around the start of its exercise, and its result."""
    if "exercise" not in fields:
        fields["exercise"] = make_exercise(
            by=cast.originator, starts_on=date(2025, 6, 1), tlp="green"
        )
    fields.setdefault("tlp", "green")
    indicator = make_indicator(by=cast.originator, **fields)
    for number in range(24):
        period = Step.MONTH.plus(date(2024, 6, 1), number)
        make_measurement(indicator, period, 20 if number < 12 else 2)
    results.work_out(indicators=[indicator.pk], now=timezone.now())
    return indicator


# --- The list ------------------------------------------------------------------------------------


def test_the_list_filters_by_what_it_is_about_and_what_it_says(cast: Cast) -> None:
    better = measured(cast, title="Better")
    make_indicator(
        by=cast.originator,
        title="Waiting",
        measure="duration",
        better="up",
        partners=("FR",),
        program=make_program(by=cast.originator),
    )
    for query, titles in {
        "": {"Better", "Waiting"},
        "result=any": {"Better"},
        "result=better": {"Better"},
        "result=worse": set(),
        "about=program": {"Waiting"},
        "about=exercise&about=program": {"Better", "Waiting"},
        "measure=duration": {"Waiting"},
        "better=down": {"Better"},
        "partner=FR": {"Waiting"},
        f"exercise={better.subject.ref}": {"Better"},
        "q=better": {"Better"},
        "step=year": set(),
    }.items():
        assert set(found(cast.reader, query)) == titles, query


@pytest.mark.parametrize("name", ["result", "about", "measure", "exercise", "partner", "agency"])
def test_a_value_that_makes_no_sense_is_said_beside_its_filter(cast: Cast, name: str) -> None:
    make_indicator(by=cast.originator)
    response = client_of(cast.reader).get(f"{BASE}?{name}=odd")
    assert response.status_code == 200
    assert response.context["shown"].rows == []
    assert "does not exist, or is not for you to see" in response.content.decode()


def test_the_file_says_what_the_reader_may_know(cast: Cast) -> None:
    hidden = make_exercise(by=cast.originator, title="Xyzzy", starts_on=date(2025, 6, 1))
    measured(cast, title="Open", exercise=hidden)
    make_indicator(by=cast.originator, title="Red", tlp="red")
    for user, title in ((cast.reader, "Xyzzy"), (cast.stranger, "")):
        answer = client_of(user).get(f"{BASE}export/?format=csv")
        rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
        rows = [row for row in rows if "Open" in row.values()]
        assert len(rows) == 1
        assert ("Xyzzy" in str(rows)) == bool(title)
        assert "Open fell by" in str(rows) or "Open" in str(rows)
        assert "Red" not in str(rows)


def test_a_hidden_indicator_offers_no_record_as_a_filter(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, title="Xyzzy", tlp="green")
    make_indicator(by=cast.originator, exercise=exercise, tlp="amber")
    make_indicator(by=cast.originator, tlp="green", title="Seen")
    for user, offered in ((cast.reader, True), (cast.stranger, False)):
        assert ("Xyzzy" in page(user, f"{BASE}?q=seen")) == offered


def test_a_file_says_nothing_of_what_an_indicator_is_compared_with(cast: Cast) -> None:
    route = measured(cast, title="Xyzzy route", tlp="red")
    indicator = measured(cast, title="Open", comparison=route)
    user = cast.people["originator"]
    row = Indicator.objects.with_result_for(user).get(pk=indicator.pk)
    assert results.Result.objects.get(pk=row.result_id).compared
    row = Indicator.objects.with_result_for(user, compared=False).get(pk=indicator.pk)
    assert not results.Result.objects.get(pk=row.result_id).compared
    sent = b"".join(client_of(user).get(f"{BASE}export/?format=json"))
    assert b"Open" in sent
    assert b"Xyzzy" not in sent


def test_the_file_in_json_holds_result_and_limitations(cast: Cast) -> None:
    measured(cast, title="Open")
    answer = client_of(cast.reader).get(f"{BASE}export/?format=json")
    (row,) = json.loads(b"".join(answer))["rows"]
    assert (row["result"], row["limitations"]) == ("Better", "What nobody saw is not counted.")


@pytest.mark.parametrize("number", ROWS)
def test_the_list_costs_the_same_for_one_row_and_thirty(
    cast: Cast, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    exercise = make_exercise(by=cast.originator, starts_on=date(2025, 6, 1), tlp="green")
    for _ in range(number):
        measured(cast, exercise=exercise)
    client = client_of(cast.reader)
    client.get(BASE)
    with django_assert_num_queries(12):
        client.get(BASE)


# --- One indicator -------------------------------------------------------------------------------


def test_the_page_says_first_what_changed(cast: Cast) -> None:
    indicator = measured(cast, title="Incidents on the ramp")
    text = page(cast.reader, indicator.get_absolute_url())
    assert "Incidents on the ramp fell by" in text
    assert "not cause" in text
    for words in ("Known limitations", "What nobody saw is not counted.", "How this was computed"):
        assert words in text
    assert "95 % interval" in text
    assert "n = " in text
    assert indicator.subject.title in text


def test_the_page_tells_gaps_provisional_and_revised_values(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    make_measurement(indicator, date(2026, 1, 1), 3, current=False)
    make_measurement(indicator, date(2026, 1, 1), 4, number=2, revised=True, why="Secret reason")
    make_measurement(indicator, date(2026, 3, 1), None, quality="", note="The recorder broke.")
    make_measurement(indicator, date(2026, 4, 1), 5, quality="provisional")
    text = page(cast.reader, indicator.get_absolute_url())
    for words in ("Revised", "no figure", "not measured", "The recorder broke.", "Provisional"):
        assert words in text
    assert "Secret reason" not in text


def waiting(cast: Cast, progress: str, **fields: Any) -> Indicator:
    """An indicator with a value whose result is not there."""
    indicator = make_indicator(by=cast.originator, tlp="green", **fields)
    make_measurement(indicator, date(2026, 1, 1), 3)
    if progress != Progress.UNASKED:
        results.ask([indicator.pk])
    if progress == Progress.GIVEN_UP:
        Job.objects.update(given_up_at=timezone.now())
    return indicator


def test_while_a_result_is_worked_out_the_page_says_so_and_asks_again(cast: Cast) -> None:
    indicator = waiting(cast, Progress.WAITING)
    text = page(cast.reader, indicator.get_absolute_url())
    assert "being worked out" in text
    assert '<noscript><meta http-equiv="refresh"' in text
    assert 'hx-trigger="every 2s"' in page(cast.reader, f"{indicator.get_absolute_url()}result/")
    results.work_out(indicators=[indicator.pk], now=timezone.now())
    part = page(cast.reader, f"{indicator.get_absolute_url()}result/")
    assert "hx-trigger" not in part
    assert "<html" not in part
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("progress", "words", "button"),
    [
        (Progress.UNASKED, "it was not worked out since", "Work it out"),
        (Progress.GIVEN_UP, "could not be worked out", "Work it out again"),
    ],
)
def test_a_result_that_nobody_works_out_is_asked_for_by_a_button(
    cast: Cast, progress: str, words: str, button: str
) -> None:
    exercise = make_exercise(by=cast.originator, tlp="green")
    indicator = waiting(cast, progress, exercise=exercise)
    ask = f"{indicator.get_absolute_url()}ask/"
    for address in (indicator.get_absolute_url(), exercise.get_absolute_url(), "/partners/MA/"):
        text = page(cast.reader, address)
        assert f'action="{ask}"' in text
        assert f"{button}<" in text
        assert "being worked out" not in text
        assert "every 2s" not in text
    assert words in page(cast.reader, indicator.get_absolute_url())
    client = client_of(cast.reader)
    jobs = Job.objects.count()
    for _ in range(2):
        assert client.post(ask).headers["Location"] == indicator.get_absolute_url()
    assert Job.objects.count() == jobs + 1
    text = page(cast.reader, indicator.get_absolute_url())
    assert "being worked out" in text
    assert ask not in text


def test_only_who_sees_an_indicator_asks_and_only_by_a_button(cast: Cast) -> None:
    indicator = waiting(cast, Progress.UNASKED)
    ask = f"{indicator.get_absolute_url()}ask/"
    assert client_of(cast.reader).get(ask).status_code == 405
    Indicator.objects.update(tlp="amber")
    assert client_of(cast.stranger).post(ask).status_code == 404
    assert not Job.objects.exists()
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(cast.reader)
    assert guarded.post(ask).status_code == 403


@pytest.mark.parametrize("progress", quick(Progress.UNASKED, of=Progress))
def test_opening_pages_and_files_asks_for_nothing(cast: Cast, progress: Progress) -> None:
    by = cast.originator
    subjects: dict[str, Any] = {
        "exercise": make_exercise(by=by, tlp="green"),
        "program": make_program(by=by, tlp="green"),
        "agreement": make_agreement(by=by, tlp="green"),
        "action": make_action(make_lesson(by=by, status=Status.IDENTIFIED, tlp="green")),
    }
    addresses = ["/partners/MA/", BASE, f"{BASE}export/", f"{BASE}?result=better"]
    for name, subject in subjects.items():
        own = waiting(cast, progress, **{name: subject}).get_absolute_url()
        addresses += [subject.get_absolute_url(), own, f"{own}result/", f"{own}values/"]
    before = [list(rows.objects.order_by("pk").values()) for rows in (Job, Indicator)]
    for address in addresses:
        for user in (by, cast.stranger):
            answer = client_of(user).get(address)
            assert answer.status_code == 200
            b"".join(answer) if answer.streaming else answer.content
    assert before == [list(rows.objects.order_by("pk").values()) for rows in (Job, Indicator)]


def test_hidden_records_and_comparisons_are_not_named(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, title="Xyzzy", starts_on=date(2025, 6, 1))
    route = measured(cast, title="Xyzzy route", tlp="amber")
    indicator = measured(cast, exercise=exercise, comparison=route)
    assert page(cast.reader, indicator.get_absolute_url()).count("Xyzzy") >= 2
    text = page(cast.stranger, indicator.get_absolute_url())
    assert "Xyzzy" not in text
    assert "A record that is not for you to see." in text
    for address in (BASE, f"{BASE}?q=Xyzzy", "/search/?q=Xyzzy", "/search/suggest/?q=Xyzzy"):
        answer = client_of(cast.stranger).get(address)
        assert b"Xyzzy route" not in answer.content


def test_the_page_costs_the_same_for_few_values_and_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = measured(cast), measured(cast, step="month")
    Measurement.objects.bulk_create(
        Measurement(
            indicator=many,
            period=Step.MONTH.plus(date(1950, 1, 1), number),
            measure="count",
            value=1,
            by=cast.originator,
        )
        for number in range(800)
    )
    Indicator.objects.filter(pk=many.pk).update(inputs=2)
    results.work_out(indicators=[many.pk], now=timezone.now())
    client = client_of(cast.reader)
    client.get(few.get_absolute_url())
    for indicator in (few, many):
        with django_assert_num_queries(14):
            client.get(indicator.get_absolute_url())


# --- Recording an indicator ----------------------------------------------------------------------


def form_of(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {
        "title": "Response time",
        "definition": "From call to scene.",
        "formula": "Median.",
        "measure": "duration",
        "unit": "minutes",
        "step": "month",
        "first_month": "1",
        "better": "down",
        "source": "The log.",
        "limitations": "Rounded.",
        "partners": [partner("MA").pk],
        "tlp": "amber",
        "leave_out_event": "on",
        "use_provisional": "on",
    } | changed


def test_a_new_indicator_begins_in_the_library(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    library = page(cast.originator, f"{BASE}new/?exercise={exercise.ref}")
    assert len(starters()) == 15
    for starter in starters().values():
        assert f"?starter={starter.slug}&amp;exercise={exercise.ref}" in library
    response = client_of(cast.originator).get(f"{BASE}new/?starter=ier&exercise={exercise.ref}")
    form = response.context["form"]
    assert form.initial["title"] == "Interdiction effectiveness rate"
    assert form.initial["exercise"] == exercise.pk
    assert form.initial["partners"] == [partner("MA")]
    assert "got away" in response.content.decode()


def test_an_indicator_is_recorded_with_its_version_and_asked_for(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    response = client_of(cast.originator).post(
        f"{BASE}new/?starter=rt-p50", form_of(cast, exercise=exercise.pk)
    )
    indicator = Indicator.objects.get()
    assert response.headers["Location"] == indicator.get_absolute_url()
    assert indicator.ref.startswith("ES-GC-IND-")
    assert (indicator.starter, indicator.versions.count()) == ("rt-p50", 1)
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"limitations": " "}, "limitations"),
        ({"exercise": ""}, "agreement"),
        ({"partners": []}, "partners"),
        ({"intervention_on": "2026-01-01"}, "intervention_reason"),
        ({"intervention_reason": "Why"}, "intervention_reason"),
        ({"periods_before": "0"}, "periods_before"),
        ({"first_month": "13"}, "first_month"),
        ({"measure": "odd"}, "measure"),
        ({"comparison": "999999999"}, "comparison"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    cast: Cast, changed: dict[str, Any], field: str
) -> None:
    exercise = make_exercise(by=cast.originator)
    given = form_of(cast, exercise=exercise.pk) | changed
    response = client_of(cast.originator).post(f"{BASE}new/?starter=blank", given)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert response.context["form"]["title"].value() == "Response time"
    assert not Indicator.objects.exists()


def test_two_records_are_one_too_many(cast: Cast) -> None:
    by = cast.originator
    given = form_of(cast, exercise=make_exercise(by=by).pk, program=make_program(by=by).pk)
    response = client_of(by).post(f"{BASE}new/?starter=blank", given)
    assert response.status_code == 422
    assert "agreement" in response.context["form"].errors


def test_only_what_is_alike_is_compared_and_only_what_is_seen_is_offered(cast: Cast) -> None:
    other = make_indicator(by=cast.originator, title="Counted by quarter", step="quarter")
    hidden = make_indicator(by=cast.only_reviewer, title="Xyzzy")
    exercise = make_exercise(by=cast.originator)
    for comparison in (other, hidden):
        given = form_of(cast, exercise=exercise.pk, comparison=comparison.pk)
        response = client_of(cast.originator).post(f"{BASE}new/?starter=blank", given)
        assert response.status_code == 422
        assert "comparison" in response.context["form"].errors
        assert "Xyzzy" not in response.content.decode()


def test_measure_and_step_stay_once_there_are_values(cast: Cast) -> None:
    indicator = measured(cast)
    given = form_of(cast, exercise=indicator.exercise_id, version=indicator.version)
    response = client_of(cast.originator).post(f"{indicator.get_absolute_url()}edit/", given)
    assert response.status_code == 302
    indicator.refresh_from_db()
    assert (indicator.measure, indicator.unit, indicator.version) == ("count", "minutes", 2)


def test_a_record_that_the_editor_may_not_see_stays(cast: Cast) -> None:
    hidden = make_exercise(by=cast.only_reviewer, title="Xyzzy")
    indicator = make_indicator(by=cast.originator, exercise=hidden)
    given = form_of(cast, version=1, program=make_program(by=cast.originator).pk)
    response = client_of(cast.originator).get(f"{indicator.get_absolute_url()}edit/")
    assert "Xyzzy" not in response.content.decode()
    response = client_of(cast.originator).post(f"{indicator.get_absolute_url()}edit/", given)
    assert response.status_code == 302
    indicator.refresh_from_db()
    assert (indicator.exercise, indicator.program) == (hidden, None)


@pytest.mark.parametrize("path", ["edit/", "paste/", "breaks/", "history/"])
def test_readers_read_and_do_not_record(cast: Cast, path: str) -> None:
    indicator = make_indicator(by=cast.originator, tlp="green")
    page(cast.stranger, indicator.get_absolute_url())
    page(cast.stranger, f"{indicator.get_absolute_url()}values/")
    page(cast.stranger, f"{indicator.get_absolute_url()}{path}", 403)
    page(cast.stranger, f"{BASE}new/", 403)
    posted = client_of(cast.stranger).post(f"{indicator.get_absolute_url()}values/", {})
    assert posted.status_code == 403


# --- The grid ------------------------------------------------------------------------------------


def grid(indicator: Indicator, around: str = "2026-01-01") -> str:
    return f"{indicator.get_absolute_url()}values/?around={around}"


def test_the_grid_records_a_page_at_once(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    given = {
        "inputs": indicator.inputs,
        "value_2026-01-01": "3",
        "value_2026-02-01": "1 200",
        "note_2026-02-01": "Two boats",
        "quality_2026-03-01": "gap",
    }
    response = client_of(cast.originator).post(grid(indicator), given)
    assert response.headers["Location"] == indicator.get_absolute_url()
    rows = Measurement.objects.order_by("period").values_list("value", "quality", "note")
    assert list(rows) == [(3, "final", ""), (1200, "final", "Two boats"), (None, "", "")]


def test_what_is_wrong_stands_at_the_cell_and_nothing_is_saved(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    given = {
        "inputs": indicator.inputs,
        "value_2026-01-01": "3",
        "value_2026-02-01": "-4",
        "value_2026-03-01": "12 %",
        "value_2026-04-01": "<b>many",
        "note_2026-05-01": "Only a note",
    }
    response = client_of(cast.originator).post(grid(indicator), given)
    text = response.content.decode()
    assert response.status_code == 422
    for period in ("2026-02-01", "2026-03-01", "2026-04-01"):
        assert f'id="error-value_{period}"' in text
    assert 'id="error-note_2026-05-01"' in text
    assert 'value="3"' in text
    assert 'value="&lt;b&gt;many"' in text
    assert not Measurement.objects.exists()


def test_the_grid_leaves_numbers_alone_that_nobody_typed(cast: Cast) -> None:
    """1.234 stands there with its point; neither alone nor beside 2,5 does it become 1,234."""
    indicator = make_indicator(by=cast.originator, measure="amount", unit="EUR")
    make_measurement(indicator, date(2026, 1, 1), Decimal("1.234"))
    given = {
        "inputs": indicator.inputs,
        "value_2026-01-01": "1.234",
        "note_2026-01-01": "Paid late",
        "value_2026-02-01": "2,5",
        "why": "Not needed",
    }
    assert client_of(cast.originator).post(grid(indicator), given).status_code == 302
    assert list(indicator.measurements.current().values_list("value", "revised")) == [
        (Decimal("1.234"), False),
        (Decimal("2.5"), False),
    ]
    alone = {"value_2026-01-01": "1.234", "note_2026-01-01": "Paid in February"}
    indicator.refresh_from_db()
    sent = client_of(cast.originator).post(grid(indicator), alone | {"inputs": indicator.inputs})
    assert sent.status_code == 302


def test_the_grid_of_shares_tells_a_part_larger_than_the_whole(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator, measure="proportion", unit="%")
    given = {"inputs": 1, "numerator_2026-01-01": "5", "denominator_2026-01-01": "4"}
    response = client_of(cast.originator).post(grid(indicator), given)
    assert 'id="error-numerator_2026-01-01"' in response.content.decode()


def test_a_cell_made_empty_is_a_gap_with_a_reason(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    make_measurement(indicator, date(2026, 1, 1), 3)
    given = {"inputs": 1, "value_2026-01-01": ""}
    response = client_of(cast.originator).post(grid(indicator), given)
    assert response.status_code == 422
    assert 'id="error-why"' in response.content.decode()
    client_of(cast.originator).post(grid(indicator), given | {"why": "It was another post."})
    assert Measurement.objects.current().get().is_gap
    assert Measurement.objects.get(number=1).value == 3


def test_two_people_who_type_at_once_overwrite_nothing_unseen(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    given = {"inputs": indicator.inputs, "value_2026-01-01": "3"}
    client_of(cast.colleague).post(grid(indicator), given)
    response = client_of(cast.originator).post(grid(indicator), given | {"value_2026-01-01": "8"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "recorded now: 3" in text
    assert 'value="8"' in text
    assert Measurement.objects.current().get().value == 3
    again = {"inputs": Indicator.objects.get().inputs, "value_2026-01-01": "8", "why": "Ours"}
    client_of(cast.originator).post(grid(indicator), again)
    assert Measurement.objects.current().get().value == 8


def test_the_second_click_of_two_saves_once(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    given = {"inputs": indicator.inputs, "value_2026-01-01": "3"}
    for _ in range(2):
        response = client_of(cast.originator).post(grid(indicator), given)
        assert response.status_code == 302
    assert Measurement.objects.count() == 1


@pytest.mark.parametrize("around", ["", "odd", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_the_grid_opens_wherever_it_is_asked_to(cast: Cast, around: str) -> None:
    indicator = make_indicator(by=cast.originator)
    page(cast.originator, grid(indicator, around))


@pytest.mark.parametrize(
    ("step", "rows"), [("day", 31), ("week", 52), ("month", 12), ("quarter", 40), ("year", 10)]
)
def test_the_grid_has_one_page_for_a_stretch_of_time(cast: Cast, step: str, rows: int) -> None:
    indicator = make_indicator(by=cast.originator, step=step)
    response = client_of(cast.originator).get(grid(indicator, "2015-01-15"))
    assert len(response.context["rows"]) == rows


def test_the_grid_costs_the_same_for_ten_thousand_values(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = (make_indicator(by=cast.originator, step="day") for _ in range(2))
    first = date(1999, 1, 1)
    Measurement.objects.bulk_create(
        Measurement(
            indicator=many,
            period=Step.DAY.plus(first, number),
            measure="count",
            value=1,
            by=cast.originator,
        )
        for number in range(10_000)
    )
    client = client_of(cast.originator)
    client.get(grid(few))
    for indicator in (few, many):
        with django_assert_num_queries(8):
            client.get(grid(indicator))


# --- Pasting -------------------------------------------------------------------------------------


def test_what_is_pasted_is_shown_before_it_is_saved(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    client, address = client_of(cast.originator), f"{indicator.get_absolute_url()}paste/"
    given = {"text": "2026-01\t3\nfeb 2026\t4"}
    text = client.post(address, given).content.decode()
    assert "2 rows were read; nothing is saved yet" in text
    assert "Feb 2026: 4" in text
    assert not Measurement.objects.exists()
    response = client.post(address, given | {"save": "1"})
    assert response.headers["Location"] == indicator.get_absolute_url()
    assert Measurement.objects.count() == 2


def test_a_wrong_cell_keeps_the_whole_from_being_saved(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    given = {"text": "2026-01\t3\n2026-02\t<i>\n", "save": "1"}
    response = client_of(cast.originator).post(f"{indicator.get_absolute_url()}paste/", given)
    text = response.content.decode()
    assert response.status_code == 422
    assert "This is not a number." in text
    assert "2026-02\t&lt;i&gt;" in text
    assert "<i>" not in text
    assert not Measurement.objects.exists()


def test_a_paste_that_revises_asks_why(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    make_measurement(indicator, date(2026, 1, 1), 3)
    client, address = client_of(cast.originator), f"{indicator.get_absolute_url()}paste/"
    given = {"text": "2026-01\t4", "save": "1"}
    response = client.post(address, given)
    assert response.status_code == 422
    assert "why" in response.context["form"].errors
    client.post(address, given | {"why": "Late reports"})
    assert Measurement.objects.current().get().value == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("mes;valor\n2026-01;3".encode("utf-8-sig"), "Jan 2026: 3"),
        ("período;valor\n2026-01;3".encode("cp1252"), "Jan 2026: 3"),
        (b"PK\x03\x04 no workbook", "This workbook is damaged or locked."),
        (b"\x81\x8d\x8f\x90\x9d", "neither a CSV file nor an Excel workbook"),
    ],
)
def test_a_file_is_read_like_what_is_pasted(cast: Cast, content: bytes, words: str) -> None:
    indicator = make_indicator(by=cast.originator)
    file = io.BytesIO(content)
    file.name = "values.csv"
    response = client_of(cast.originator).post(
        f"{indicator.get_absolute_url()}paste/", {"text": "", "file": file}
    )
    assert words in response.content.decode()


def test_breaks_are_recorded_and_taken_back(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    client, address = client_of(cast.originator), f"{indicator.get_absolute_url()}breaks/"
    empty = client.post(address, {"on": "", "reason": ""})
    assert empty.status_code == 422
    for words in ("Say from which day on.", "Say what changed."):
        assert words in empty.content.decode()
    assert client.post(address, {"on": "2026-01-01", "reason": ""}).status_code == 422
    assert client.post(address, {"on": "1026-01-01", "reason": "Old"}).status_code == 422
    assert client.post(address, {"on": "2026-01-01", "reason": "New form"}).status_code == 302
    assert client.post(address, {"on": "2026-01-01", "reason": "Again"}).status_code == 422
    other = make_indicator(by=cast.originator)
    (found,) = indicator.breaks.all()
    elsewhere = f"{other.get_absolute_url()}breaks/"
    assert client.post(elsewhere, {"remove": found.pk}).status_code == 404
    assert client.post(address, {"remove": "²"}).status_code == 404
    assert client.post(address, {"remove": found.pk}).status_code == 302
    assert not indicator.breaks.exists()


def test_the_history_tells_those_who_record_what_values_were(cast: Cast) -> None:
    indicator = make_indicator(by=cast.originator)
    make_measurement(indicator, date(2026, 1, 1), 3, current=False)
    make_measurement(indicator, date(2026, 1, 1), 4, number=2, revised=True, why="Late reports")
    text = page(cast.colleague, f"{indicator.get_absolute_url()}history/")
    assert "Late reports" in text
    assert cast.originator.name in text


# --- Beside the records --------------------------------------------------------------------------


def test_the_pages_of_records_show_the_indicators_about_them(cast: Cast) -> None:
    by = cast.originator
    action = make_action(make_lesson(by=by, status=Status.IDENTIFIED, tlp="green"))
    subjects: dict[str, Any] = {
        "exercise": make_exercise(by=by, tlp="green"),
        "program": make_program(by=by, tlp="green"),
        "agreement": make_agreement(by=by, tlp="green"),
        "action": action,
    }
    for name, subject in subjects.items():
        make_indicator(by=by, title=f"Seen of the {name}", tlp="green", **{name: subject})
        make_indicator(by=by, title=f"Xyzzy of the {name}", **{name: subject})
        for user, hidden in ((cast.reader, False), (cast.stranger, True)):
            text = page(user, subject.get_absolute_url())
            assert f"Seen of the {name}" in text
            assert (f"Xyzzy of the {name}" not in text) == hidden
        assert f"{BASE}new/?{name}=" in page(by, subject.get_absolute_url())


@pytest.mark.parametrize("number", quick(3, of=[1, 3, 200]))
def test_a_panel_costs_the_same_for_one_indicator_and_two_hundred(
    cast: Cast, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    exercise = make_exercise(by=cast.originator, tlp="green")
    for _ in range(number):
        make_indicator(by=cast.originator, exercise=exercise, tlp="green")
    every = list(Indicator.objects.values_list("pk", flat=True))
    results.work_out(indicators=every, now=timezone.now())
    reader = User.objects.get(pk=cast.reader.pk)
    morocco = partner("MA")
    for_record(reader, exercise)  # what the person may do is found out once a request
    with django_assert_num_queries(2):
        panel = for_record(reader, exercise)
    assert (len(panel.rows), panel.more, panel.new_url) == (number, False, "")
    with django_assert_num_queries(2):
        assert len(for_partner(reader, morocco).rows) == number
