"""One partner's page: its figures, its gaps, its links, and what it must not tell."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import Partner, User
from insights import briefing
from insights.dossier import Dossier, dossier
from insights.gaps import GapKind
from lessons.models import Lesson
from lessons.vocabulary import ActionStatus, Category, Status
from programs.models import Exercise, Objective
from programs.vocabulary import (
    AgreementStatus,
    ExerciseKind,
    ExerciseStatus,
    ProgramStatus,
    Rating,
)
from records.vocabulary import TLP, Precision
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
    partner,
)
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
QUERIES = 18
"""Of a partner's page, the session, the person and the bell among them."""


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def of(code: str, user: User, on: date = TODAY) -> Dossier:
    return dossier(partner(code), User.objects.get(pk=user.pk), on)


def evaluated(exercise: Exercise, by: User) -> Exercise:
    exercise.evaluated_on, exercise.evaluated_by = exercise.ends_on, by
    exercise.save()
    return exercise


def record_something(cast: Cast) -> None:
    by = cast.originator
    exercise = make_exercise(by=by, partners=("MA", "PT"), starts_on=date(2024, 6, 3))
    make_exercise(by=by, status=ExerciseStatus.PLANNED, starts_on=date(2027, 2, 1))
    make_exercise(by=by, tlp=TLP.GREEN, starts_on=date(2021, 2, 1))
    learned = make_lesson(
        by=by,
        status=Status.LEARNED,
        exercise=exercise,
        occurred_on=date(2024, 6, 4),
        category=Category.COMMUNICATION,
        themes=("language", "joint-patrols"),
        tlp=TLP.GREEN,
    )
    identified = make_lesson(
        by=by,
        status=Status.IDENTIFIED,
        exercise=exercise,
        occurred_on=date(2026, 3, 1),
        category=Category.COORDINATION,
        themes=("joint-patrols",),
    )
    make_lesson(by=by, status=Status.ARCHIVED, occurred_on=date(2026, 3, 1))
    make_lesson(by=by, status=Status.SUBMITTED, occurred_on=date(2026, 5, 1), exercise=exercise)
    make_lesson(by=by, status=Status.DRAFT, occurred_on=date(2017, 5, 1))
    make_lesson(
        by=by,
        status=Status.NOTED,
        occurred_on=date(2015, 5, 1),
        category=Category.COMMUNICATION,
        themes=("drones",),
    )
    make_program(by=by)
    make_program(by=by, status=ProgramStatus.COMPLETED)
    make_agreement(by=by, next_review_on=date(2026, 9, 1))
    make_agreement(by=by, status=AgreementStatus.PROVISIONALLY_APPLIED)
    make_agreement(by=by, status=AgreementStatus.EXPIRED, next_review_on=date(2020, 1, 1))
    make_action(identified, due_on=date(2026, 10, 1))
    make_action(identified, due_on=date(2026, 10, 1), status=ActionStatus.FINISHED)
    make_action(learned, due_on=date(2027, 1, 1))
    make_action(learned, due_on=date(2026, 1, 1), status=ActionStatus.VERIFIED)


def test_the_figures_count_what_there_is(cast: Cast) -> None:
    record_something(cast)
    found = of("MA", cast.originator)
    assert (len(found.agreements), len(found.in_force)) == (3, 2)
    assert [agreement.is_in_force for agreement in found.agreements] == [True, True, False]
    assert (len(found.programs), len(found.running)) == (2, 1)
    numbers = {kind: len(several) for kind, several in found.gaps.by_kind.items()}
    assert numbers == {
        GapKind.EVALUATION: 2,
        GapKind.REVIEW: 1,
        GapKind.NO_LESSON: 2,
        GapKind.CATEGORY: 1,
    }
    assert (found.figures.held, found.figures.last_year, found.figures.this_year) == (2, 0, 0)
    assert (found.figures.first, found.figures.last) == (date(2021, 2, 1), date(2024, 6, 3))
    assert [exercise.lesson_count for exercise in found.held] == [3, 0]
    assert [exercise.status for exercise in found.planned] == [ExerciseStatus.PLANNED]
    assert (found.lessons.total, found.lessons.learned, found.lessons.uncategorized) == (5, 1, 2)
    assert {theme.slug: theme.number for theme in found.lessons.themes} == {
        "drones": 1,
        "joint-patrols": 2,
        "language": 1,
    }
    assert (found.actions.open, found.actions.overdue, found.actions.total) == (3, 1, 4)
    # Two evaluations, a review and an action.
    assert found.overdue == 4
    assert [lesson.status for lesson in found.in_review] == [Status.SUBMITTED]
    assert found.strictest == TLP.AMBER


def test_the_sentence_sums_it_up(cast: Cast) -> None:
    record_something(cast)
    assert briefing.summary(of("MA", cast.originator)) == (
        "Cooperation rests on two agreements in force. "
        "Two joint exercises since 2021; the last one ended two years ago and has three lessons. "
        "Five lessons are recorded, one is learned. "
        "One agreement review is overdue. Two evaluations are overdue. One action is overdue."
    )


def test_the_sentence_of_a_month_names_it(cast: Cast) -> None:
    make_exercise(
        by=cast.originator,
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 10, 31),
        starts_precision=Precision.MONTH,
        ends_precision=Precision.MONTH,
    )
    assert briefing.summary(of("MA", cast.originator)) == (
        "No agreement in force is recorded. "
        "One joint exercise was held; it ended in October 2026 and has no lesson yet. "
        "No lesson is recorded yet."
    )


def test_a_lesson_without_exercises_or_agreements_is_summed_up_too(cast: Cast) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED)
    assert briefing.summary(of("MA", cast.originator)) == (
        "No agreement in force is recorded. No joint exercise has been held yet. "
        "One lesson is recorded, none is learned yet."
    )


def test_the_chart_has_a_row_for_what_is_older(cast: Cast) -> None:
    record_something(cast)
    table = briefing.lessons_by_year(of("MA", cast.originator))
    assert table.headings[-1] == "All"
    rows = {row.label: [cell.value for cell in row.cells] for row in table.rows}
    assert rows == {
        "before 2019": [1, 0, 0, 0, 2],
        **{str(year): [0] * 5 for year in range(2019, 2024)},
        "2024": [1, 0, 0, 0, 1],
        "2025": [0] * 5,
        "2026": [0, 0, 1, 0, 2],
    }
    assert table.notes == ["2 lessons have no category yet and stand only under “all”."]


def test_bars_are_stacked_in_the_order_of_the_columns(cast: Cast) -> None:
    for category, number in ((Category.COMMUNICATION, 1), (Category.EVALUATION, 3)):
        for _number in range(number):
            make_lesson(
                by=cast.originator, status=Status.NOTED, category=category, occurred_on=TODAY
            )
    (row,) = briefing.lessons_by_year(of("MA", cast.originator)).rows
    assert [(part.tone, part.start, part.length) for part in row.drawn] == [
        ("full", 0, 25),
        ("specked", 25, 75),
    ]
    assert len(set(briefing.CATEGORY_TONES.values())) == len(Category)


def answers_of(cast: Cast) -> dict[str, tuple[str, str, str]]:
    found = briefing.answers(of("MA", cast.originator))
    return {slug: (one.value, one.label, one.words) for slug, one in found.items()}


def test_the_five_answers(cast: Cast) -> None:
    by = cast.originator
    record_something(cast)
    make_agreement(by=by, title="NEXT", next_review_on=date(2027, 3, 1))
    last_year = make_exercise(by=by, starts_on=date(2025, 3, 1))
    Objective.objects.create(exercise=last_year, text="Meet", rating=Rating.PERFORMED)
    Objective.objects.create(exercise=last_year, text="Talk", rating=Rating.UNABLE)
    make_program(by=by, starts_on=date(2024, 5, 1))
    assert answers_of(cast) == {
        "binds": (
            "3",
            "agreements in force",
            "Cooperation rests on three agreements in force. One other is proposed, signed or has "
            "ended. The next review is that of “NEXT”, on 1 March 2027.",
        ),
        "did": (
            "0",
            "exercises held in 2026 so far, 1 in 2025",
            "In 2025: one exercise and one program. In 2026 so far: one program. "
            "One exercise is planned.",
        ),
        "learned": (
            "5",
            "lessons, 1 learned",
            "Five lessons are recorded, one is learned. "
            "Most are about: Joint patrols, Drones, Language and interpreters.",
        ),
        "missing": (
            "5",
            "overdue, 7 more gaps",
            "One action is overdue. Three evaluations are overdue. "
            "One agreement review is overdue. "
            "Three activities were held and brought no lesson. For 24 months no exercise brought "
            "a lesson on communication, adaptability, coordination and transparency, continuous "
            "evaluation.",
        ),
        "works": (
            "50 %",
            "of 2 objectives without major challenges",
            "Performed without major challenges: one of two rated objectives of exercises. "
            "Learned, as somebody else confirmed: one of two lessons for which a change was "
            "decided.",
        ),
    }


def test_a_red_agreement_is_not_named_in_a_sentence_that_is_printed(cast: Cast) -> None:
    make_agreement(by=cast.originator, tlp=TLP.RED, title="SECRET", next_review_on=date(2027, 3, 1))
    words = briefing.answers(of("MA", cast.originator))["binds"].words
    assert words == "Cooperation rests on one agreement in force."


def test_where_nothing_tells_it_says_so(cast: Cast) -> None:
    make_agreement(by=cast.originator)
    answer = briefing.answers(of("MA", cast.originator))["works"]
    assert (answer.value, answer.label) == (
        "unknown",
        "no exercise is evaluated, no change is decided",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reviewer", "partner_reader"])
def test_every_number_leads_to_a_list_of_that_many_rows(
    cast: Cast, client: Client, name: str
) -> None:
    record_something(cast)
    person = getattr(cast, name)
    client.force_login(person)
    on_page = client.get("/partners/MA/").context
    found = on_page["dossier"]
    tables = ("lessons_by_year", "statuses", "actions", "changes")
    numbers: list[tuple[str, Any]] = [
        (cell.url, cell.value)
        for name in tables
        for row in on_page[name].rows
        for cell in row.cells
        if cell.url
    ]
    assert len(numbers) > 5
    numbers += [(chip["url"], chip["count"]) for chip in on_page["themes"]]
    numbers += [
        (f"/lessons/?exercise={exercise.ref}", exercise.lesson_count)
        for exercise in found.held
        if exercise.lesson_count
    ]
    numbers += [
        (on_page["ways"]["programs"], len(found.programs)),
        (on_page["ways"]["agreements"], len(found.agreements)),
        (on_page["ways"]["last_year"], found.figures.last_year),
        (on_page["ways"]["this_year"], found.figures.this_year),
        (on_page["ways"]["learned"], found.lessons.learned),
        (on_page["ways"]["actions"], found.actions.total),
        (on_page["ways"]["actions_overdue"], found.actions.overdue),
        ("/exercises/?partner=MA&evaluation=overdue", len(found.gaps.of(GapKind.EVALUATION))),
    ]
    lists = {url: client.get(url).context["shown"] for url, _number in numbers}
    assert [(url, lists[url].total) for url, _number in numbers] == numbers
    assert all(shown.valid for shown in lists.values())
    sent = client.get(on_page["ways"]["export"])
    lines = b"".join(sent.streaming_content).decode().strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) - 1 == len(
        Lesson.objects.visible_to(person).current().filter(partners__code="MA")
    )


def test_gaps_stand_on_the_page_with_the_way_to_all_of_a_kind(cast: Cast, client: Client) -> None:
    for month in range(1, 8):
        make_exercise(by=cast.originator, title=f"E{month}", starts_on=date(2025, month, 1))
    missing = {one.kind: one for one in briefing.missing(of("MA", cast.originator))}
    evaluations = missing[GapKind.EVALUATION]
    assert (evaluations.number, [gap.title for gap in evaluations.shown]) == (
        7,
        ["E7", "E6", "E5", "E4", "E3"],
    )
    assert evaluations.url == "/reports/gaps/?partner=MA&kind=evaluation"
    client.force_login(cast.originator)
    assert client.get(evaluations.url).context["total"] == 7


# --- What it must not tell ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tlp", "readers"),
    quick(
        TLP.AMBER,
        of=[
            (TLP.CLEAR, {"colleague", "sub_member", "partner_reader", "stranger", "administrator"}),
            (TLP.GREEN, {"colleague", "sub_member", "partner_reader", "stranger"}),
            (TLP.AMBER, {"colleague", "sub_member"}),
            (TLP.AMBER_STRICT, {"colleague"}),
            (TLP.RED, set()),
        ],
    ),
)
def test_a_marking_keeps_the_page_from_whom_it_must(
    cast: Cast, client: Client, tlp: TLP, readers: set[str]
) -> None:
    by = cast.originator
    common: dict[str, Any] = {"by": by, "tlp": tlp, "partners": ("TD",)}
    common["red_recipients"] = (cast.red_recipient,) if tlp == TLP.RED else ()
    exercise = make_exercise(title="SECRET-E", **common)
    make_exercise(
        title="SECRET-X", status=ExerciseStatus.PLANNED, starts_on=date(2030, 1, 1), **common
    )
    lesson = make_lesson(title="SECRET-L", status=Status.IDENTIFIED, exercise=exercise, **common)
    make_program(title="SECRET-P", **common)
    make_agreement(title="SECRET-A", next_review_on=date(2020, 1, 1), **common)
    make_action(lesson, title="SECRET-T", due_on=date(2020, 1, 1))
    everything = [f"SECRET-{letter}" for letter in "AELPTX"]
    told = {}
    people = ["colleague", "sub_member", "partner_reader", "stranger", "administrator"]
    for name in [*people, "red_recipient"]:
        client.force_login(getattr(cast, name))
        page = client.get("/partners/TD/").content.decode()
        told[name] = [word for word in everything if word in page]
        assert ("Nothing is recorded here that you may read." in page) == (not told[name])
    recipients = {"red_recipient"} if tlp == TLP.RED or "colleague" in readers else set()
    recipients |= {"red_recipient"} if tlp in (TLP.CLEAR, TLP.GREEN) else set()
    assert {name for name, words in told.items() if words == everything} == readers | recipients
    assert {name for name, words in told.items() if not words} == set(told) - readers - recipients


def test_an_unpublished_lesson_is_told_to_its_author_and_the_staff_only(cast: Cast) -> None:
    make_lesson(by=cast.originator, status=Status.DRAFT)
    make_lesson(by=cast.originator, status=Status.SUBMITTED)
    totals = {
        name: of("MA", getattr(cast, name)).lessons.total
        for name in ("originator", "reviewer", "colleague", "sub_reviewer", "stranger")
    }
    assert totals == {
        "originator": 2,
        "reviewer": 1,
        "colleague": 0,
        "sub_reviewer": 0,
        "stranger": 0,
    }


def test_an_action_for_a_hidden_and_a_visible_lesson_names_the_visible_one(
    cast: Cast, client: Client
) -> None:
    hidden = make_lesson(by=cast.originator, status=Status.IDENTIFIED, title="HIDDEN")
    shown = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    make_action(hidden).lessons.add(shown)
    client.force_login(cast.stranger)
    page = client.get("/partners/MA/").content.decode()
    assert shown.ref in page
    assert "HIDDEN" not in page
    assert hidden.ref not in page


def test_an_action_that_nobody_has_to_do_says_what_it_waits_for(cast: Cast, client: Client) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    past = date(2020, 1, 1)
    make_action(lesson, status=ActionStatus.FINISHED, due_on=past, finished_at=timezone.now())
    make_action(lesson, status=ActionStatus.DECLINED, due_on=past)
    make_action(lesson, status=ActionStatus.ONGOING, due_on=past)
    client.force_login(cast.reviewer)
    page = client.get("/partners/MA/").content.decode()
    actions = page[page.index('id="actions"') :]
    assert "1 overdue" in actions
    assert actions.count("due since") == 2
    assert actions.count("to be verified") == 1
    assert actions.count("waits for another action body") == 1


def test_nobody_is_named_on_the_page(cast: Cast, client: Client) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED, attribution="named")
    make_action(lesson, owner=cast.colleague)
    make_exercise(by=cast.originator)
    client.force_login(cast.reviewer)
    page = client.get("/partners/MA/").content.decode()
    assert cast.originator.name not in page
    assert cast.colleague.name not in page


def test_red_records_do_not_go_on_paper(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED)
    make_agreement(by=cast.originator, tlp=TLP.RED, next_review_on=date(2020, 1, 1))
    client.force_login(cast.originator)
    response = client.get("/partners/MA/")
    page = response.content.decode()
    # The lesson, the agreement, and the gap that names the agreement.
    assert page.count('<li class="no-print"') == 1
    assert page.count('<tr class="no-print"') == 1
    assert page.count('class="late no-print"') == 1
    assert response.context["dossier"].strictest == TLP.RED


def test_an_action_is_not_on_paper_where_it_serves_a_red_lesson_with_another_partner(
    cast: Cast, client: Client
) -> None:
    by = cast.originator
    action = make_action(make_lesson(by=by, status=Status.IMPLEMENTING))
    red = make_lesson(by=by, status=Status.IMPLEMENTING, tlp=TLP.RED, partners=("FR",))
    action.lessons.add(red)
    client.force_login(by)
    assert [one.is_red for one in client.get("/partners/MA/").context["dossier"].actions.first] == [
        True
    ]
    # Who may not see that lesson is told nothing of it.
    client.force_login(cast.colleague)
    shown = client.get("/partners/MA/").context["dossier"].actions.first
    assert [one.is_red for one in shown] == [False]


# --- How it answers ----------------------------------------------------------------------------


def test_addresses(cast: Cast, client: Client) -> None:
    client.force_login(cast.stranger)
    assert client.get("/partners/MA/").status_code == 200
    assert client.get("/partners/FRONTEX/").status_code == 200
    lower = client.get("/partners/ma/")
    assert (lower.status_code, lower["Location"]) == (301, "/partners/MA/")
    for unknown in ("ZZ", "M%00A", "%F0%9F%98%80", "A" * 400):
        assert client.get(f"/partners/{unknown}/").status_code == 404
    assert client.post("/partners/MA/").status_code == 405


def test_without_records_it_says_what_to_do(cast: Cast, client: Client) -> None:
    client.force_login(cast.originator)
    page = client.get("/partners/MA/").content.decode()
    assert "No record with Morocco yet" in page
    assert "Log a lesson" in page
    assert "Print briefing" not in page
    client.force_login(cast.stranger)
    assert "All partners" in client.get("/partners/MA/").content.decode()


def test_an_organization_links_to_its_members_and_does_not_stand_for_them(
    cast: Cast, client: Client
) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("EU",))
    client.force_login(cast.originator)
    page = client.get("/partners/EU/").content.decode()
    assert (
        page.count('class="chip" href="/partners/')
        == Partner.objects.get(code="EU").members.count()
    )
    assert "An organization does not stand for its members" in page
    assert of("FR", cast.originator).is_empty
    assert "/partners/EU/" in client.get("/partners/FR/").content.decode()


def test_a_historical_state_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.originator)
    assert "historical state" in client.get("/partners/SUHH/").content.decode()


def test_awkward_words_are_shown_as_words(cast: Cast, client: Client) -> None:
    by, awkward = cast.originator, '<script>alert("x")</script> مرحبا 😀 '
    long = awkward + "x" * (300 - len(awkward))
    codes = tuple(country.code for country in Partner.objects.countries()[:30])
    exercise = make_exercise(by=by, title=long, partners=codes, kind=ExerciseKind.NOT_STATED)
    make_lesson(by=by, status=Status.NOTED, title=long, partners=codes, exercise=exercise)
    make_program(by=by, title=long, partners=codes)
    make_agreement(by=by, title=long, partners=codes, next_review_on=date(2020, 1, 1))
    client.force_login(by)
    for address in (f"/partners/{codes[0]}/", "/partners/", "/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in client.get(f"/partners/{codes[0]}/").content.decode()


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_number_of_queries_does_not_depend_on_the_records(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    cast = make_cast()
    by, day = cast.originator, timezone.localdate()
    with transaction.atomic():  # as the verbs do
        for number in range(rows):
            exercise = make_exercise(by=by, starts_on=day - timedelta(days=90 * number))
            Objective.objects.create(exercise=exercise, text="Meet", rating=Rating.PERFORMED)
            make_exercise(by=by, starts_on=day - timedelta(days=90 * number))
            make_exercise(by=by, status=ExerciseStatus.PLANNED, starts_on=day + timedelta(days=9))
            lesson = make_lesson(by=by, status=Status.LEARNED, exercise=exercise)
            make_lesson(by=by, status=Status.SUBMITTED)
            make_action(lesson)
            make_program(by=by)
            make_agreement(by=by, next_review_on=day - timedelta(days=number + 1))
    client.force_login(cast.reviewer)
    client.get("/partners/MA/")
    with django_assert_num_queries(QUERIES):
        response = client.get("/partners/MA/")
    assert response.context["dossier"].figures.held == 2 * rows


def test_paper_says_the_marking_the_day_and_for_whom(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED)
    client.force_login(cast.originator)
    page = client.get("/partners/MA/").content.decode()
    head = page[page.index('<div class="paper-head">') : page.index("</p>")]
    assert "TLP:AMBER" in head
    assert f"for {cast.originator.name}, {cast.agency.name}, made of what they may read" in head


def test_on_paper_lists_hold_four_rows_and_say_how_many_more_there_are(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.originator)
    more = '<p class="only-print muted small-print">'
    for number in range(1, 7):
        make_agreement(by=cast.originator)
        page = client.get("/partners/MA/").content.decode()
        told = f"{more}{number - 4} more {'is' if number == 5 else 'are'} recorded.</p>"
        assert (told in page) == (number > 4)
    assert '<tbody class="brief">' in page
