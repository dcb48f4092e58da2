"""What is missing: each rule at its edges, for whom, on the page, in the file and on home."""

import csv
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from insights.gaps import RULES, TO_DO, Gap, GapKind, gaps
from lessons.vocabulary import Category, Status
from programs.evaluating import Given, evaluate
from programs.models import Exercise
from programs.vocabulary import AgreementStatus, ExerciseStatus, ProgramStatus
from records.models import ExportRecord
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program, partner
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
URL, FILE = "/reports/gaps/", "/reports/gaps/file/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def found(user: User, kind: GapKind, on: date = TODAY, **more: Any) -> list[Gap]:
    return list(gaps(User.objects.get(pk=user.pk), on, **more).of(kind))


def titles(user: User, kind: GapKind, on: date = TODAY, **more: Any) -> list[str]:
    return [gap.title for gap in found(user, kind, on, **more)]


def evaluated(exercise: Exercise, by: User) -> Exercise:
    exercise.evaluated_on, exercise.evaluated_by = exercise.ends_on, by
    exercise.save()
    return exercise


# --- Held without a lesson ---------------------------------------------------------------------


def test_exercises_held_without_a_lesson_the_latest_first(cast: Cast) -> None:
    by = cast.originator
    for status in (Status.NOTED, Status.SUBMITTED, Status.ARCHIVED, Status.DRAFT):
        taught = make_exercise(by=by, title=f"WITH {status}")
        make_lesson(by=by, status=status, exercise=taught)
    rejected = make_exercise(by=by, title="REJECTED", starts_on=date(2026, 10, 1))
    make_lesson(by=by, status=Status.REJECTED, exercise=rejected)
    make_exercise(by=by, title="BARE", starts_on=date(2026, 11, 2))
    make_exercise(by=by, title="PLANNED", status=ExerciseStatus.PLANNED)
    make_exercise(by=by, title="OFF", status=ExerciseStatus.CANCELLED)
    assert titles(by, GapKind.NO_LESSON) == ["BARE", "REJECTED"]


def test_programs_completed_without_a_lesson_of_their_own_or_of_their_exercises(
    cast: Cast,
) -> None:
    by = cast.originator
    ended: dict[str, Any] = {"by": by, "status": ProgramStatus.COMPLETED}
    make_program(title="BARE", ends_on=date(2026, 3, 1), **ended)
    make_program(title="RUNNING", by=by, status=ProgramStatus.RUNNING)
    make_lesson(by=by, status=Status.NOTED, program=make_program(title="OWN", **ended))
    exercise = make_exercise(by=by, program=make_program(title="THROUGH", **ended))
    make_lesson(by=by, status=Status.NOTED, exercise=exercise)
    (gap,) = found(by, GapKind.NO_LESSON)
    assert (gap.title, gap.since, gap.small) == ("BARE", date(2026, 3, 1), "ended Mar 2026")


def test_the_evaluation_says_why_there_is_no_lesson(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, starts_on=date(2026, 10, 1))
    given = Given(ratings={}, no_lesson="Called off by the weather.")
    evaluate(exercise, by=cast.originator, given=given)
    (gap,) = found(cast.originator, GapKind.NO_LESSON)
    assert gap.small == "ended Oct 2026; the evaluation says: “Called off by the weather.”"
    assert not found(cast.originator, GapKind.EVALUATION)


# --- Evaluations and agreements ----------------------------------------------------------------


def test_an_evaluation_is_overdue_on_the_sixty_first_day(cast: Cast) -> None:
    by = cast.originator
    exercise = make_exercise(by=by, starts_on=date(2026, 6, 1))
    due = date(2026, 7, 31)
    assert titles(by, GapKind.EVALUATION, due) == []
    (gap,) = found(by, GapKind.EVALUATION, due + timedelta(days=1))
    assert (gap.since, gap.small) == (due, "due since 31 Jul 2026")
    evaluated(exercise, by)
    assert titles(by, GapKind.EVALUATION) == []


def test_agreements_past_their_review_and_past_their_end(cast: Cast) -> None:
    by = cast.originator
    make_agreement(by=by, title="TODAY", next_review_on=TODAY, expires_on=TODAY)
    past = TODAY - timedelta(days=1)
    make_agreement(by=by, title="REVIEW", next_review_on=past)
    make_agreement(by=by, title="ENDED", expires_on=past)
    make_agreement(by=by, title="RENEWS", expires_on=past, tacit_renewal=True)
    make_agreement(
        by=by,
        title="OVER",
        status=AgreementStatus.EXPIRED,
        expires_on=past,
        next_review_on=past,
    )
    assert titles(by, GapKind.REVIEW) == ["REVIEW"]
    assert titles(by, GapKind.ENDED) == ["ENDED"]


# --- Categories without an exercise ------------------------------------------------------------


def categories(user: User, code: str = "MA") -> dict[str, date | None]:
    return {
        gap.category: gap.since
        for gap in found(user, GapKind.CATEGORY)
        if gap.partners == (partner(code).pk,)
    }


def taught(cast: Cast, category: Category, ends_on: date, **fields: Any) -> None:
    exercise = make_exercise(by=cast.originator, starts_on=ends_on, **fields)
    make_lesson(by=cast.originator, status=Status.NOTED, category=category, exercise=exercise)


def test_a_category_is_covered_for_twenty_four_months(cast: Cast) -> None:
    taught(cast, Category.COMMUNICATION, date(2024, 11, 23))
    taught(cast, Category.ADAPTABILITY, date(2024, 11, 22))
    taught(cast, Category.COORDINATION, date(2026, 1, 1), partners=("FR",))
    make_lesson(by=cast.originator, status=Status.NOTED, category=Category.EVALUATION)
    assert categories(cast.originator) == {
        Category.ADAPTABILITY: date(2024, 11, 22),
        Category.COORDINATION: None,
        Category.EVALUATION: None,
    }
    assert set(categories(cast.originator, "FR")) == set(Category) - {Category.COORDINATION}


def test_a_lesson_of_another_day_counts_by_its_exercise(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, starts_on=date(2026, 1, 1), partners=("MA", "FR"))
    for category in Category:
        make_lesson(
            by=cast.originator,
            status=Status.NOTED,
            category=category,
            exercise=exercise,
            occurred_on=date(2020, 1, 1),
        )
    assert not found(cast.originator, GapKind.CATEGORY)


def test_a_category_is_marked_as_the_exercise_whose_day_it_tells(cast: Cast) -> None:
    strict = TLP.AMBER_STRICT
    taught(cast, Category.COMMUNICATION, date(2021, 5, 3), partners=("PT",), tlp=strict)
    make_agreement(by=cast.originator, tlp=TLP.GREEN)
    assert {gap.code: gap.tlp for gap in found(cast.originator, GapKind.CATEGORY)} == {
        "PT": strict,
        "MA": "",
    }
    client = Client()
    client.force_login(cast.originator)
    answer = client.get(f"{FILE}?kind=category")
    assert "TLP-AMBER-STRICT" in answer["Content-Disposition"].replace("+", "-")


def test_without_any_exercise_all_categories_are_one_gap(cast: Cast) -> None:
    by = cast.originator
    make_agreement(by=by)
    make_program(by=by, partners=("FR",))
    taught(cast, Category.COMMUNICATION, date(2021, 5, 3), partners=("PT",))
    make_agreement(by=by, partners=("TD",), status=AgreementStatus.EXPIRED)
    make_lesson(by=by, status=Status.NOTED, partners=("DZ",))
    make_agreement(by=by, partners=("SUHH",))
    told = {
        gap.partners: (gap.category, gap.name, gap.small) for gap in found(by, GapKind.CATEGORY)
    }
    assert told == {
        (partner("MA").pk,): ("", "All categories", "no exercise so far"),
        (partner("FR").pk,): ("", "All categories", "no exercise so far"),
        (partner("PT").pk,): ("", "All categories", "none since 3 May 2021"),
    }


def test_the_gaps_of_one_partner_are_those_of_all_that_name_it(cast: Cast) -> None:
    by = cast.originator
    for codes in (("MA",), ("FR", "MA"), ("FR",)):
        make_exercise(by=by, partners=codes, starts_on=date(2026, 1, 1))
        make_agreement(by=by, partners=codes, next_review_on=date(2020, 1, 1))
        make_program(by=by, partners=codes, status=ProgramStatus.COMPLETED)
    reader = User.objects.get(pk=by.pk)
    for code in ("MA", "FR", "TD"):
        one = partner(code)
        of_all = [gap for gap in gaps(reader, TODAY) if one.pk in gap.partners]
        assert list(gaps(reader, TODAY, partner=one)) == of_all


def test_every_kind_has_its_rule_and_its_next_step() -> None:
    assert set(RULES) == set(TO_DO) == set(GapKind)


# --- For whom ----------------------------------------------------------------------------------


def test_a_hidden_lesson_closes_no_gap_and_a_visible_one_does(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, tlp=TLP.GREEN)
    make_lesson(by=cast.originator, status=Status.NOTED, exercise=exercise)
    assert titles(cast.colleague, GapKind.NO_LESSON) == []
    assert titles(cast.stranger, GapKind.NO_LESSON) == [exercise.title]
    assert Category.COORDINATION not in categories(cast.colleague)
    assert Category.COORDINATION in categories(cast.stranger)


@pytest.mark.parametrize("tlp", quick(TLP.AMBER, of=[TLP.AMBER, TLP.AMBER_STRICT, TLP.RED]))
def test_a_hidden_record_is_no_gap_for_others(cast: Cast, client: Client, tlp: TLP) -> None:
    common: dict[str, Any] = {"by": cast.originator, "tlp": tlp, "partners": ("TD",)}
    make_exercise(title="SECRET-E", starts_on=date(2020, 1, 1), **common)
    make_agreement(
        title="SECRET-A", next_review_on=date(2020, 1, 1), expires_on=date(2020, 2, 1), **common
    )
    make_program(title="SECRET-P", status=ProgramStatus.COMPLETED, **common)
    # What others may see of the same agency: were the records not hidden, they would stand beside.
    make_exercise(by=cast.originator, tlp=TLP.GREEN, title="OPEN")
    for person, sees in ((cast.originator, True), (cast.stranger, False)):
        client.force_login(person)
        for url in (URL, f"{URL}?partner=TD", "/partners/TD/", "/"):
            text = client.get(url).content.decode()
            assert ("SECRET" in text) == sees, url
        file = client.get(FILE).content.decode()
        assert ("SECRET" in file) == (sees and tlp != TLP.RED)
        assert "OPEN" in file
        kinds = client.get("/").context["home"].gaps
        assert sum(gap.number for gap in kinds) == client.get(URL).context["total"]
    assert client.get(f"{URL}?partner=TD").context["total"] == 0


def test_red_lessons_close_a_gap_on_the_page_and_not_in_the_file(
    cast: Cast, client: Client
) -> None:
    exercise = make_exercise(by=cast.originator, title="QUIET")
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED, exercise=exercise)
    client.force_login(cast.originator)
    query = {"kind": GapKind.NO_LESSON.value}
    assert client.get(URL, query).context["total"] == 0
    assert "QUIET" in client.get(FILE, query).content.decode()


# --- The report --------------------------------------------------------------------------------


def something(cast: Cast) -> None:
    make_exercise(by=cast.originator, title="E", starts_on=date(2026, 1, 1))
    make_agreement(by=cast.originator, title="A", next_review_on=date(2026, 1, 1))
    make_exercise(
        agency=cast.partner_agency,
        by=cast.partner_reviewer,
        title="THEIRS",
        tlp=TLP.GREEN,
        partners=("ES",),
        starts_on=date(2026, 1, 1),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=review", {"A"}),
        ("kind=review&kind=no_lesson", {"A", "E", "THEIRS"}),
        ("partner=MA&kind=no_lesson", {"E"}),
        ("agency=PT-GNR", {"THEIRS"}),
        ("agency=PT-GNR&partner=MA", set()),
    ],
)
def test_filters(cast: Cast, client: Client, query: str, expected: set[str]) -> None:
    something(cast)
    client.force_login(cast.originator)
    groups = client.get(f"{URL}?{query}").context["groups"]
    assert {line.gap.title for group in groups for line in group.lines} == expected


@pytest.mark.parametrize("query", ["kind=odd", "partner=QQ", "agency=nobody"])
def test_a_value_that_makes_no_sense_says_so(cast: Cast, client: Client, query: str) -> None:
    something(cast)
    client.force_login(cast.originator)
    page = client.get(f"{URL}?{query}")
    assert (page.status_code, page.context["total"]) == (200, 0)
    assert "does not exist, or is not for you to see" in page.content.decode()
    assert client.get(f"{FILE}?{query}").status_code == 400


def test_each_gap_leads_to_its_record_and_to_what_one_may_do(cast: Cast, client: Client) -> None:
    something(cast)
    exercise, agreement = Exercise.objects.get(title="E"), "agreements/"
    client.force_login(cast.originator)
    groups = client.get(URL).context["groups"]
    steps = {
        (group.kind, line.gap.title): line.step and line.step[1]
        for group in groups
        for line in group.lines
        if line.gap.ref
    }
    assert steps[GapKind.EVALUATION, "E"] == reverse(
        "programs:exercise_evaluate", args=[exercise.ref]
    )
    assert steps[GapKind.NO_LESSON, "E"] == f"/lessons/new/?exercise={exercise.ref}"
    assert agreement in steps[GapKind.REVIEW, "A"]
    assert steps[GapKind.EVALUATION, "THEIRS"] is None
    for url in {step for step in steps.values() if step}:
        assert client.get(url).status_code == 200
    client.force_login(cast.reader)
    page = client.get(URL)
    assert not any(line.step for group in page.context["groups"] for line in group.lines)
    assert "for GC to do" in page.content.decode()


def test_pages_of_many_gaps(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.gap_pages.PAGE", 3)
    for month in range(1, 6):
        make_exercise(by=cast.originator, title=f"E{month}", starts_on=date(2026, month, 1))
    client.force_login(cast.originator)
    query = "kind=no_lesson"
    first = client.get(f"{URL}?{query}")
    assert first.context["pager"]["words"] == "1–3 of 5"
    second = client.get(first.context["pager"]["next_url"])
    told = [
        [line.gap.title for group in page.context["groups"] for line in group.lines]
        for page in (first, second)
    ]
    assert told == [["E5", "E4", "E3"], ["E2", "E1"]]
    for bad in ("9", "0", "-1", "x", "١", "9" * 40):
        page = client.get(f"{URL}?{query}&page={bad}")
        assert page.context["pager"]["words"] == "1–3 of 5"
        assert "There is no such page" in page.content.decode()


def test_the_file_has_all_of_them_and_is_put_on_record(cast: Cast, client: Client) -> None:
    something(cast)
    client.force_login(cast.originator)
    client.head(f"{FILE}?kind=review")
    assert not ExportRecord.objects.exists()
    answer = client.get(f"{FILE}?kind=review")
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert lines[1][:7] == [
        *("TLP:AMBER", "Agreement past its review", "MA", "A"),
        *(lines[1][4], "ES-GC", "2026-01-01"),
    ]
    today = timezone.localdate()
    assert f"lindero-gaps-{today}-TLP-AMBER.csv" in answer["Content-Disposition"]
    record = ExportRecord.objects.get()
    assert (record.query, record.rows, record.marking) == ("kind=review&report=gaps", 1, TLP.AMBER)


def test_nothing_missing_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.stranger)
    assert "No gap found" in client.get(URL).content.decode()


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_number_of_queries_does_not_depend_on_the_records(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    cast = make_cast()
    with transaction.atomic():  # as the verbs do
        for _number in range(rows):
            something(cast)
            make_program(by=cast.originator, status=ProgramStatus.COMPLETED)
    client.force_login(cast.originator)
    client.get(f"{URL}?partner=MA&agency=ES-GC")
    with django_assert_num_queries(QUERIES):
        client.get(f"{URL}?partner=MA&agency=ES-GC")


QUERIES = 11
"""Of the report, the session, the person and the bell among them."""
