"""Numbers in memory are those of the database, for every reader, filter and kind of change."""

from __future__ import annotations

import threading
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.http import QueryDict
from django.test import Client, RequestFactory

from agencies.models import Agency, Membership, User
from agencies.roles import Role
from lessons.facet_checks import differences, problems, timings
from lessons.facets import INDEX, Reading
from lessons.filters import LessonFilters
from lessons.models import Lesson
from lessons.views.lists import LESSONS
from lessons.vocabulary import ActionStatus, Category, Priority, Status
from lessons.watched import WATCHED
from pages import listing
from pages.filters import Several
from programs.models import Exercise
from programs.vocabulary import ExerciseKind
from records.bitmaps import Entries, Index, State, read, write
from records.changes import install, missing
from records.models import Change
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
    partner,
    theme,
)
from tests.quick import quick


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def committed(transactional_db: None, django_db_serialized_rollback: None) -> Cast:
    """A cast whose records others can see, as the index does."""
    return make_cast()


def filters_of(user: User, query: str) -> Any:
    request = RequestFactory().get("/lessons/")
    request.user = user
    return LessonFilters(
        QueryDict(query), queryset=Lesson.objects.visible_to(user), request=request
    )


def a_bit_of_everything(cast: Cast) -> None:
    """Lessons of every status and marking, from activities seen by some."""
    exercises = [
        make_exercise(
            by=cast.originator,
            tlp=tlp,
            kind=kind,
            host_country=host,
            program=make_program(by=cast.originator, tlp=tlp),
        )
        for tlp, kind, host in (
            (TLP.GREEN, ExerciseKind.TABLETOP, "ES"),
            (TLP.AMBER, ExerciseKind.JOINT_PATROL, "MA"),
            (TLP.RED, ExerciseKind.JOINT_PATROL, "PT"),
        )
    ]
    agreement = make_agreement(by=cast.originator)
    for number, (tlp, status) in enumerate((tlp, status) for tlp in TLP for status in Status):
        lesson = make_lesson(
            by=[cast.originator, cast.colleague, cast.left_originator][number % 3],
            agency=cast.agency,
            tlp=tlp,
            status=status,
            category=list(Category)[number % 4],
            priority=list(Priority)[number % 3],
            partners=(("FR", "MA"), ("PT",), ("MA",))[number % 3],
            themes=(("drones",), ("drones", "language"), ())[number % 3],
            exercise=exercises[number % 3],
            program=exercises[0].program if number % 5 == 0 else None,
            agreement=agreement if number % 2 else None,
            threats=("drugs", "weapons")[: number % 3],
            dotmlpfi=("doctrine",) if number % 2 else (),
            occurred_on=date(2024 + number % 3, 1 + number % 12, 3),
        )
        if number % 4 == 0:
            lesson.released_to.add(cast.partner_agency)
        if number % 5 == 0:
            lesson.red_recipients.add(cast.red_recipient)
        if number % 3 == 0:
            make_action(
                lesson, status=ActionStatus.CANCELLED if number % 2 else ActionStatus.ONGOING
            )


FACETS = [name for name, one in LessonFilters.base_filters.items() if isinstance(one, Several)]
QUERIES = [
    "",
    "partner=MA",
    "partner=FR&partner=MA&partner_mode=all",
    "theme=drones&category=communication&category=evaluation",
    "from=2025-01-01&to=2025-12-31&priority=urgent",
    "status=archived&status=learned&kind=improve",
    "exercise_kind=joint_patrol&threat=drugs",
    "q=lesson&host=ES",
    "new=2026-01-01T00:00:00Z&partner=MA",
]


def test_what_each_person_may_see_is_what_the_database_says(cast: Cast) -> None:
    a_bit_of_everything(cast)
    assert list(problems(cast.people.values())) == []
    assert 0 < len(Reading(cast.people["stranger"]).visible) < Lesson.objects.count()


def check_numbers(user: User, query: str) -> None:
    """Every number on the page, and that values without one find nothing, asked of the database."""
    filters = filters_of(user, query)
    finder = filters.finder
    assert finder.total == filters.narrowed().count(), query
    for facet in FACETS:
        one: Any = filters.filters[facet]
        shown = {option.value: number for option, number in one.found(finder.counts(facet))}
        assert len(shown) == len(finder.counts(facet)), (query, facet)
        rest = [option.value for option in one.options if option.value not in shown]
        for value in (*shown, *rest[:2]):
            asked = QueryDict(query, mutable=True)
            together = one.mode and asked.get(one.mode) == "all"
            chosen = asked.getlist(facet) if together else []
            asked.setlist(facet, [*chosen, value])
            expected = filters_of(user, asked.urlencode())
            expected.reading = filters.reading
            assert shown.get(value, 0) == expected.narrowed().count(), (query, facet, value)


@pytest.mark.parametrize("query", QUERIES[:3])
def test_each_number_is_what_choosing_the_value_finds(cast: Cast, query: str) -> None:
    a_bit_of_everything(cast)
    check_numbers(cast.people["partner_reader"], query)


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES)
def test_each_number_is_right_for_everybody(cast: Cast, query: str) -> None:
    a_bit_of_everything(cast)
    for name in ("reader", "reviewer", "coordinator", "red_recipient", "sub_member", "stranger"):
        check_numbers(cast.people[name], query)


def same_as_tables(state: State) -> bool:
    return list(differences(state, INDEX.built())) == []


def test_every_kind_of_change_is_counted_by_the_very_next_question(committed: Cast) -> None:
    cast = committed
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, partners=("MA",))
    exercise = make_exercise(by=cast.originator)
    INDEX.current()

    def count(facet: str, value: Any) -> int:
        return len(INDEX.current().of("lesson", facet).get(value, ()))

    changes = [
        lambda: Lesson.objects.update(category=Category.EVALUATION),
        lambda: lesson.partners.set([partner("FR")]),
        lambda: lesson.themes.add(theme("drones")),
        lambda: Lesson.objects.filter(pk=lesson.pk).update(exercise=exercise),
        lambda: Exercise.objects.update(kind=ExerciseKind.JOINT_PATROL, tlp=TLP.GREEN),
        lambda: exercise.participations.create(agency=cast.partner_agency, role="participant"),
        lambda: lesson.released_to.add(cast.partner_agency),
        lambda: Lesson.objects.update(tlp=TLP.RED),
        lambda: lesson.red_recipients.add(cast.red_recipient),
        lambda: Lesson.objects.update(occurred_on=date(2001, 1, 1), threats=["drugs"]),
        lambda: make_action(lesson, status=ActionStatus.ONGOING),
        lambda: lesson.actions.update(status=ActionStatus.CANCELLED),
        lambda: Lesson.objects.bulk_create(
            [
                Lesson(
                    ref=f"X-{number}",
                    agency=cast.agency,
                    created_by=cast.originator,
                    originator=cast.originator,
                )
                for number in range(3)
            ]
        ),
    ]
    for number, change in enumerate(changes):
        change()
        assert same_as_tables(INDEX.current()), number
    assert count("partner", partner("FR").pk) == 1
    assert count("threat", "drugs") == 4 or count("threat", "drugs") == 1
    lesson.actions.all().delete()
    Lesson.objects.all().delete()
    assert same_as_tables(INDEX.current())
    assert count("partner", partner("FR").pk) == 0


def test_changes_of_people_and_agencies_need_no_change_of_lessons(committed: Cast) -> None:
    cast = committed
    make_lesson(agency=cast.far_agency, status=Status.NOTED)
    user = cast.people["reader"]
    assert not Reading(user).visible
    Membership.objects.create(user=user, agency=cast.far_agency, role=Role.READER)
    assert len(Reading(User.objects.get(pk=user.pk)).visible) == 1
    Membership.objects.filter(user=user).delete()
    Agency.objects.filter(pk=cast.agency.pk).update(parent=cast.far_agency)
    Membership.objects.create(user=user, agency=cast.agency, role=Role.READER)
    assert len(Reading(User.objects.get(pk=user.pk)).visible) == 1
    assert list(problems(cast.people.values())) == []


def test_what_is_rolled_back_was_never_counted(committed: Cast) -> None:
    make_lesson(by=committed.originator, status=Status.NOTED)
    before = INDEX.current()
    with transaction.atomic():
        Lesson.objects.update(category=Category.EVALUATION)
        inside = INDEX.current()
        assert len(inside.of("lesson", "category")["evaluation"]) == 1
        transaction.set_rollback(True)
    assert same_as_tables(INDEX.current())
    assert INDEX.current().kinds == before.kinds


def test_others_count_what_one_thread_has_committed(committed: Cast) -> None:
    lesson = make_lesson(by=committed.originator, status=Status.NOTED)
    INDEX.current()
    saved, counted = threading.Event(), []

    def other() -> None:
        saved.wait(10)
        counted.append(len(INDEX.current().of("lesson", "priority").get("urgent", ())))
        connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    Lesson.objects.filter(pk=lesson.pk).update(priority=Priority.URGENT)
    saved.set()
    thread.join()
    assert counted == [1]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one after another")
def test_transactions_that_commit_out_of_order_are_all_counted(committed: Cast) -> None:
    first = make_lesson(by=committed.originator, status=Status.NOTED)
    second = make_lesson(by=committed.originator, status=Status.NOTED)
    INDEX.current()
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            Lesson.objects.filter(pk=first.pk).update(priority=Priority.URGENT)
            written.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(10)
    Lesson.objects.filter(pk=second.pk).update(priority=Priority.URGENT)
    assert list(INDEX.current().of("lesson", "priority")["urgent"]) == [second.pk]
    go_on.set()
    thread.join()
    assert list(INDEX.current().of("lesson", "priority")["urgent"]) == [first.pk, second.pk]


def test_a_missing_trigger_is_found_put_back_and_everything_read_anew(committed: Cast) -> None:
    lesson = make_lesson(by=committed.originator, status=Status.NOTED)
    INDEX.current()
    name = "change_lessons_lesson_update"
    on = " ON lessons_lesson" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    Lesson.objects.filter(pk=lesson.pk).update(priority=Priority.URGENT)
    assert missing(WATCHED, "default") == ["lessons_lesson"]
    told = StringIO()
    with pytest.raises(CommandError, match="2 problems"):
        call_command("check_facets", stderr=told)
    assert "Changes of lessons_lesson are not logged" in told.getvalue()
    assert "values of priority of lesson differ" in told.getvalue()
    install(WATCHED, "default")
    assert missing(WATCHED, "default") == []
    call_command("check_facets", stdout=told)
    assert "The facets are true" in told.getvalue()
    logged = Change.objects.count()
    install(WATCHED, "default")
    assert Change.objects.count() == logged


def test_a_snapshot_makes_the_next_start_quick_and_is_never_believed_blindly(
    committed: Cast, tmp_path: Path
) -> None:
    make_lesson(by=committed.originator, status=Status.NOTED, partners=("FR",))
    asked: list[Any] = []

    def index() -> Index:
        def noting(entries: Entries) -> Entries:
            def noted(ids: Any) -> Any:
                asked.append(ids)
                return entries(ids)

            return noted

        kinds = {kind: noting(entries) for kind, entries in INDEX.kinds.items()}
        return Index(kinds, folder=tmp_path, meaning="test")

    first = index()
    state = first.current()
    assert None in asked
    assert first.size > 0
    asked.clear()
    assert index().current().kinds == state.kinds
    assert asked == []
    lesson = make_lesson(by=committed.originator, status=Status.NOTED, partners=("FR",))
    assert same_as_tables(index().current())
    assert asked
    assert all(ids == {lesson.pk} for ids in asked)

    whole = first.path.read_bytes()
    for damaged in (b"", b"{}", whole[:-3], whole.replace(b"lesson", b"lassen")):
        first.path.write_bytes(damaged)
        assert same_as_tables(index().current())
    # One of another database: its place in the log is not in this one.
    write(
        first.path,
        State(
            state.kinds, {"sqlite": [10**6, "x", 1, 1]}.get(connection.vendor, "9999999:9999999:")
        ),
    )
    assert same_as_tables(index().current())
    assert read(first.path) is not None


def test_a_timing_says_how_large_and_how_quick(committed: Cast) -> None:
    make_lesson(by=committed.originator)
    told = timings(times=3)
    assert told["lessons"] == 1
    assert told["bytes"] > 0


# --- The page of all values ---------------------------------------------------------------------


def test_all_values_are_links_without_scripts_and_boxes_with_them(cast: Cast) -> None:
    for code in ("FR", "MA", "PT", "IT", "DE", "GR", "MT", "NO", "SE", "FI"):
        make_lesson(by=cast.originator, status=Status.NOTED, partners=(code,))
    client = Client()
    client.force_login(cast.reader)
    first = client.get("/lessons/")
    drawn = first.context["shown"].drawn["partner"]
    assert (len(drawn.options), drawn.more) == (8, 2)
    page = client.get("/lessons/facets/partner/?partner=FR").content.decode()
    assert 'href="/lessons/?partner=FR&amp;partner=SE"' in page
    assert 'href="/lessons/" aria-current="true"' in page
    assert 'type="search" name="find-partner" value=""' in page
    few = client.get("/lessons/facets/partner/?partner=FR&sort=title&find-partner=swe")
    assert [one.label for one in few.context["facet"].options] == ["France", "Sweden"]
    for name, value in (("partner", "FR"), ("sort", "title")):
        assert f'type="hidden" name="{name}" value="{value}"' in few.content.decode()
    part = client.get("/lessons/facets/partner/?find-partner=swe", headers={"HX-Request": "true"})
    assert [one.label for one in part.context["facet"].options] == ["Sweden"]
    assert client.get("/lessons/facets/from/").status_code == 404
    assert client.get("/lessons/facets/nothing/").status_code == 404


@pytest.mark.parametrize("facet", ["exercise", "program", "agreement"])
def test_a_hidden_activity_is_no_value_and_adds_to_no_number(cast: Cast, facet: str) -> None:
    hidden: dict[str, Any] = {
        "exercise": make_exercise(
            by=cast.originator, tlp=TLP.RED, title="Hidden one", host_country="MA"
        ),
        "program": make_program(by=cast.originator, tlp=TLP.RED, title="Hidden one"),
        "agreement": make_agreement(by=cast.originator, tlp=TLP.RED, title="Hidden one"),
    }
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN, **{facet: hidden[facet]})
    client = Client()
    for name, seen in (("originator", True), ("stranger", False)):
        client.force_login(cast.people[name])
        for path in (f"/lessons/facets/{facet}/", "/lessons/"):
            assert ("Hidden one" in client.get(path).content.decode()) is seen, path
        for derived in ("exercise_kind", "host"):
            shown = client.get("/lessons/").context["shown"].drawn[derived]
            assert bool(shown.options) is (seen and facet == "exercise"), derived


@pytest.mark.parametrize(
    "name", quick("newest", "priority", of=[one.name for one in LESSONS.sorts])
)
def test_each_order_is_that_of_the_database_forward_and_back(
    cast: Cast, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 7)
    sort = next(one for one in LESSONS.sorts if one.name == name)
    a_bit_of_everything(cast)
    Lesson.objects.filter(pk__in=list(Lesson.objects.values_list("pk", flat=True))[::3]).update(
        review_due_on=date(2026, 5, 1)
    )
    client = Client()
    client.force_login(cast.reviewer)
    ordered = sort.ordered(Lesson.objects.visible_to(cast.reviewer).current())
    expected = [lesson.pk for lesson in ordered]
    pages: list[Any] = [client.get(f"/lessons/?sort={sort.name}").context["shown"]]
    while pages[-1].page["next_url"]:
        pages.append(client.get(pages[-1].page["next_url"]).context["shown"])
    assert [row.pk for shown in pages for row in shown.rows] == expected
    back = pages[-1]
    for shown in reversed(pages[:-1]):
        back = client.get(back.page["previous_url"]).context["shown"]
        assert back.rows == shown.rows
