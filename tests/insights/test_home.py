"""Home: what waits for each kind of person, and what they may not learn from it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from agencies.models import Agency, User
from agencies.roles import Role
from insights.home import Home, first_steps, greeting, home_of, stages, summary
from insights.needs import needs_of
from lessons.models import LessonEvent
from lessons.vocabulary import ActionStatus, Kind, Priority, Status
from lessons.workflow import perform
from programs.vocabulary import AgreementStatus, ExerciseStatus
from records.models import FormDraft
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import (
    make_action,
    make_agency,
    make_agreement,
    make_exercise,
    make_lesson,
    make_user,
)
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db

NOW = timezone.now()
TODAY = timezone.localdate()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def home(user: User) -> Home:
    return home_of(User.objects.get(pk=user.pk), NOW)


def waiting(user: User) -> list[tuple[str, str, str]]:
    """What needs ``user``, as it stands in the list: title, words and button."""
    found = needs_of(User.objects.get(pk=user.pk), TODAY)
    return [
        (need.title, " · ".join(filter(None, [need.small, need.late])), need.action_label)
        for need in found.shown
    ]


def on(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


# --- What needs me -----------------------------------------------------------------------------


def test_an_author_finds_returned_lessons_drafts_and_unfinished_forms(cast: Cast) -> None:
    by = cast.originator
    make_lesson(by=by, status=Status.RETURNED, title="RETURNED")
    make_lesson(by=by, title="DRAFT")
    make_lesson(by=by, status=Status.SUBMITTED)
    make_lesson(by=cast.colleague, status=Status.RETURNED)
    make_lesson(by=cast.colleague, title="OF ANOTHER")
    FormDraft.objects.create(person=by, key="exercise:new:1", path="/exercises/new/?draft=1")
    FormDraft.objects.create(person=cast.colleague, key="exercise:new:2", path="/", title="OTHER")
    day = on(TODAY)
    assert waiting(by) == [
        ("RETURNED", "Returned to you with a question", "Answer"),
        ("DRAFT", f"Your draft of {day}", "Complete"),
        ("Untitled", f"Form that you did not finish, saved {day}", "Continue"),
    ]


def test_an_adopted_lesson_waits_for_who_adopted_it(cast: Cast) -> None:
    make_lesson(by=cast.left_originator, title="ADOPTED", adopted_by=cast.colleague)
    assert [title for title, _words, _label in waiting(cast.colleague)] == ["ADOPTED"]
    assert waiting(cast.originator) == []


def test_a_reviewer_finds_what_is_overdue_then_urgent_then_due(cast: Cast) -> None:
    by, reviewer = cast.originator, cast.reviewer
    late, soon, later = TODAY - timedelta(2), TODAY + timedelta(3), TODAY + timedelta(9)
    common: dict[str, Any] = {"by": by, "status": Status.IN_REVIEW, "reviewer": reviewer}
    make_lesson(title="MINE LATER", review_due_on=later, **common)
    make_lesson(title="MINE LATE", review_due_on=late, **common)
    make_lesson(by=by, status=Status.SUBMITTED, title="OPEN", review_due_on=soon)
    make_lesson(
        by=by,
        status=Status.SUBMITTED,
        title="URGENT",
        review_due_on=later,
        priority=Priority.URGENT,
    )
    make_lesson(
        by=by, status=Status.SUBMITTED, title="APPEAL", review_due_on=later, appealed_at=NOW
    )
    make_lesson(by=by, status=Status.SUBMITTED, title="REJECTED BY ME", rejected_by=reviewer)
    make_lesson(by=reviewer, status=Status.SUBMITTED, title="MY OWN")
    assert waiting(reviewer) == [
        ("MINE LATE", f"In your review · GC · due since {on(late)}", "Decide"),
        ("URGENT", f"To review · urgent · GC · due {on(later)}", "Review"),
        ("APPEAL", f"Appeal · GC · due {on(later)}", "Review"),
        ("OPEN", f"To review · GC · due {on(soon)}", "Review"),
        ("MINE LATER", f"In your review · GC · due {on(later)}", "Decide"),
    ]


def test_an_endorser_finds_what_somebody_else_reviews(cast: Cast) -> None:
    make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer, title="HERS")
    assert waiting(cast.endorser) == [
        ("HERS", "In review by somebody else, you may endorse it · GC", "Read")
    ]
    assert waiting(cast.second_reviewer) == []


def test_actions_wait_for_their_owner_and_when_due_for_the_agency(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    late, soon, later = TODAY - timedelta(1), TODAY + timedelta(5), TODAY + timedelta(200)
    make_action(lesson, title="MINE", owner=cast.colleague, due_on=later)
    make_action(lesson, title="LATE", due_on=late)
    make_action(lesson, title="SOON", due_on=soon)
    make_action(lesson, title="LATER", due_on=later)
    make_action(lesson, title="THEIRS", due_on=late, body=cast.partner_agency)
    for status in (
        ActionStatus.FINISHED,
        ActionStatus.VERIFIED,
        ActionStatus.DECLINED,
        ActionStatus.CANCELLED,
    ):
        make_action(lesson, title=status, due_on=late, status=status)
    assert waiting(cast.colleague) == [
        ("LATE", f"Action of GC · due since {on(late)}", "Open"),
        ("SOON", f"Action of GC · due {on(soon)}", "Open"),
        ("MINE", f"Your action · due {on(later)}", "Open"),
    ]
    assert waiting(cast.reader) == []
    assert [title for title, _words, _label in waiting(cast.partner_reviewer)] == ["THEIRS"]


def test_clocks_of_the_agency_wait_for_those_who_record_for_it(cast: Cast) -> None:
    by = cast.originator
    ended = TODAY - timedelta(days=90)
    make_exercise(by=by, title="EXERCISE", starts_on=ended)
    make_exercise(by=by, title="YOUNG", starts_on=TODAY - timedelta(days=10))
    make_exercise(by=by, title="HISTORY", starts_on=TODAY - timedelta(days=800))
    make_exercise(by=cast.partner_reviewer, title="THEIRS", starts_on=ended, tlp=TLP.GREEN)
    make_agreement(by=by, title="AGREEMENT", next_review_on=TODAY + timedelta(days=10))
    make_agreement(by=by, next_review_on=TODAY + timedelta(days=100))
    make_agreement(by=by, next_review_on=ended, status=AgreementStatus.EXPIRED)
    assert waiting(cast.colleague) == [
        (
            "“EXERCISE” has no evaluation yet",
            f"Tabletop (TTX) · due since {on(ended + timedelta(days=60))}",
            "Evaluate",
        ),
        (
            "Review the agreement “AGREEMENT”",
            f"Memorandum of understanding · due {on(TODAY + timedelta(days=10))}",
            "Update",
        ),
    ]
    assert waiting(cast.reader) == []


def test_what_is_not_shown_is_counted(cast: Cast, client: Client) -> None:
    for number in range(12):
        make_lesson(by=cast.originator, title=f"DRAFT {number}")
        make_exercise(by=cast.originator, starts_on=TODAY - timedelta(days=300))
    found = home(cast.originator)
    assert (found.needs.number, len(found.needs.shown), found.needs.beyond) == (24, 8, 16)
    assert [kind.words for kind in found.needs.by_kind] == [
        "12 lessons with you",
        "12 evaluations due",
    ]
    client.force_login(cast.originator)
    page = client.get("/").content.decode()
    assert "16 more things wait." in page
    assert "/exercises/?evaluation=overdue" in page
    assert summary(found).startswith("24 things need you.")


def test_every_button_leads_somewhere_for_whom_it_is_shown(cast: Cast, client: Client) -> None:
    lesson = make_lesson(by=cast.reviewer, status=Status.IDENTIFIED)
    make_action(lesson, due_on=date(2020, 1, 1))
    make_lesson(by=cast.reviewer, status=Status.RETURNED)
    make_lesson(by=cast.reviewer)
    make_lesson(by=cast.originator, status=Status.SUBMITTED)
    make_exercise(by=cast.reviewer, starts_on=TODAY - timedelta(days=300))
    make_agreement(by=cast.reviewer, next_review_on=date(2020, 1, 1))
    client.force_login(cast.reviewer)
    needs = client.get("/").context["home"].needs
    assert needs.number == 6
    addresses = {address for need in needs.shown for address in (need.url, need.action_url or "/")}
    addresses |= {kind.url or "/" for kind in needs.kinds}
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


# --- The state of learning ---------------------------------------------------------------------


def test_the_pipeline_counts_visible_lessons_and_leads_to_them(cast: Cast, client: Client) -> None:
    by = cast.originator
    for status in Status:
        make_lesson(by=by, status=status)
    make_lesson(by=by, status=Status.LEARNED, tlp=TLP.GREEN)
    make_lesson(by=by, status=Status.NOTED, kind=Kind.SUSTAIN)
    client.force_login(cast.reviewer)
    response = client.get("/")
    shown = [(stage["value"], stage["label"]) for stage in response.context["stages"]]
    assert shown == [
        ("1", "submitted"),
        ("1", "in review"),
        ("1", "identified, to be started"),
        ("1", "implementing"),
        ("1", "to validate"),
        ("2", "learned, 40 % of identified"),
    ]
    totals = [
        client.get(stage["url"]).context["shown"].total for stage in response.context["stages"]
    ]
    assert totals == [1, 1, 1, 1, 1, 2]
    # make_lesson gives the superseded one a noted replacement.
    assert "3 lessons were noted without an action" in response.content.decode()
    assert client.get("/lessons/?status=noted").context["shown"].total == 3
    assert "1 of them a good practice to sustain" in response.content.decode()
    assert client.get("/lessons/?status=noted&kind=sustain").context["shown"].total == 1
    assert stages(home(cast.stranger).figures)[-1]["label"] == "learned, 100 % of identified"


def test_the_sentence_says_what_is_new(cast: Cast) -> None:
    by, old = cast.originator, NOW - timedelta(days=30)
    assert summary(home(by)) == "Nothing waits for you."
    make_lesson(by=by, status=Status.NOTED)
    make_lesson(by=by, status=Status.NOTED, submitted_at=old, taken_at=old, published_at=old)
    assert summary(home(by)) == "Nothing waits for you. In the last seven days: one new lesson."
    make_lesson(by=by, status=Status.LEARNED)
    make_lesson(by=by)
    assert (
        summary(home(by))
        == "One thing needs you. In the last seven days: two new lessons, one learned."
    )


def test_what_is_new_counts_what_the_reader_sees_and_is_learned_still(cast: Cast) -> None:
    by, old = cast.originator, NOW - timedelta(days=30)
    make_lesson(by=by, status=Status.LEARNED)
    make_lesson(by=by, status=Status.LEARNED, tlp=TLP.GREEN)
    # Learned in these days, and fallen back since.
    stamps: dict[str, Any] = dict.fromkeys(
        ("submitted_at", "taken_at", "published_at", "identified_at"), old
    )
    make_lesson(by=by, status=Status.IDENTIFIED, learned_at=NOW - timedelta(days=1), **stamps)
    figures = {name: home(getattr(cast, name)).figures for name in ("originator", "stranger")}
    assert {name: (one.new, one.newly_learned) for name, one in figures.items()} == {
        "originator": (2, 2),
        "stranger": (1, 1),
    }


def test_the_latest_learned_or_published_come_first(cast: Cast) -> None:
    def days(number: int) -> datetime:
        return NOW - timedelta(days=number)

    def stamps(published: int, learned: int | None = None) -> dict[str, Any]:
        early = dict.fromkeys(("submitted_at", "taken_at", "published_at"), days(published))
        late = {"identified_at": days(published), "learned_at": days(learned)} if learned else {}
        return early | late

    by = cast.originator
    make_lesson(by=by, status=Status.NOTED, title="OLD", **stamps(40))
    make_lesson(by=by, status=Status.LEARNED, title="LEARNED", **stamps(90, 2))
    make_lesson(by=by, status=Status.NOTED, title="NEW", **stamps(1))
    make_lesson(by=by, status=Status.ARCHIVED, title="AWAY", **stamps(1))
    assert [lesson.title for lesson in home(by).latest] == ["NEW", "LEARNED", "OLD"]


def test_coming_exercises_come_in_the_order_of_their_days(cast: Cast) -> None:
    by = cast.originator
    for title, ahead, status in (
        ("LATER", 40, ExerciseStatus.PLANNED),
        ("SOON", 4, ExerciseStatus.PLANNED),
        ("PAST", -4, ExerciseStatus.PLANNED),
        ("OFF", 5, ExerciseStatus.CANCELLED),
    ):
        make_exercise(by=by, title=title, status=status, starts_on=TODAY + timedelta(ahead))
    assert [exercise.title for exercise in home(by).coming] == ["SOON", "LATER"]


def test_an_author_reads_what_became_of_an_observation(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    perform(lesson, "take", by=cast.reviewer)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which channel?"})
    LessonEvent.objects.create(
        lesson=lesson,
        move="handle",
        actor=cast.reviewer,
        from_status=Status.RETURNED,
        to_status=Status.RETURNED,
    )
    news = home(cast.originator).news
    assert [(item.words, item.comment, item.tone) for item in news] == [
        ("Returned with a question", "Which channel?", "late"),
        ("Taken for review", "", ""),
    ]
    assert home(cast.colleague).news == []


# --- Each kind of person -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (4, "Good evening, Olga"),
        (5, "Good morning, Olga"),
        (11, "Good morning, Olga"),
        (12, "Good afternoon, Olga"),
        (17, "Good afternoon, Olga"),
        (18, "Good evening, Olga"),
    ],
)
def test_the_greeting_knows_the_part_of_the_day(cast: Cast, hour: int, words: str) -> None:
    assert greeting(cast.originator, hour) == words


def test_the_part_of_the_day_is_that_of_the_agency(cast: Cast) -> None:
    at = datetime(2026, 7, 1, 10, 30, tzinfo=UTC)
    Agency.objects.filter(pk=cast.agency.pk).update(time_zone="Europe/Madrid")
    Agency.objects.filter(pk=cast.partner_agency.pk).update(time_zone="Atlantic/Azores")
    people = [cast.originator, cast.partner_reader, cast.administrator]
    assert [home_of(User.objects.get(pk=one.pk), at).greeting for one in people] == [
        "Good afternoon, Olga",
        "Good morning, Paulo",
        "Good morning, Ada",
    ]


def test_a_reader_without_work_is_shown_where_to_look(cast: Cast, client: Client) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED)
    client.force_login(cast.reader)
    page = client.get("/").content.decode()
    assert "Nothing waits for you." in page
    assert "Where to look" in page
    assert "Needs you" not in page
    assert "Log a lesson" not in page


def test_an_administrator_without_agency_finds_the_administration_and_what_is_stuck(
    cast: Cast, client: Client
) -> None:
    stuck = make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED, title="STUCK")
    red = make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED, title="RED", tlp=TLP.RED)
    draft = make_lesson(by=cast.left_originator, title="DRAFT")
    make_lesson(by=cast.originator, status=Status.SUBMITTED, title="MOVING")
    client.force_login(cast.administrator)
    response = client.get("/")
    page = response.content.decode()
    assert [item.lesson.ref for item in response.context["home"].stuck] == [stuck.ref]
    assert f"/admin/lessons/lesson/{stuck.pk}/change/" in page
    assert "/admin/agencies/membership/" in page
    # Named by reference only: on ordinary pages an administrator reads no more than others.
    assert [word for word in ("STUCK", ">RED<", "MOVING", "DRAFT") if word in page] == []
    assert stuck.ref in page
    # Of what is RED not even that there is any; the administration lists its references.
    assert [one.ref for one in (red, draft) if one.ref in page] == []
    assert reverse("admin:lessons_stuck") in page


def test_home_tells_the_administration_the_same_with_and_without_a_red_lesson(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.administrator)
    without = client.get("/").context["home"]
    make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED, tlp=TLP.RED)
    assert client.get("/").context["home"] == without


def test_an_administrator_with_an_agency_is_a_member_like_others(
    cast: Cast, client: Client
) -> None:
    make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED)
    client.force_login(give(cast.administrator, cast.agency, Role.READER))
    response = client.get("/")
    assert response.context["home"].stuck == []
    assert "Open the administration" not in response.content.decode()


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.READER, []),
        (
            Role.CONTRIBUTOR,
            ["Log a lesson", "Record an exercise", "Record the agreement it rests on"],
        ),
        (
            Role.COORDINATOR,
            [
                "Invite your colleagues",
                "Log a lesson",
                "Record an exercise",
                "Record the agreement it rests on",
            ],
        ),
    ],
)
def test_a_new_agency_is_told_what_to_do_first(
    client: Client, role: Role, labels: list[str]
) -> None:
    person = make_user(agency=make_agency(), role=role)
    client.force_login(person)
    response = client.get("/")
    assert [step["label"] for step in first_steps(person)] == labels
    page = response.content.decode()
    assert ("What to do first" in page) == bool(labels)
    assert ("Nothing to read yet" in page) == (not labels)
    for step in first_steps(person):
        assert client.get(step["url"], follow=True).status_code == 200


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
def test_a_marking_keeps_home_from_whom_it_must(
    cast: Cast, client: Client, tlp: TLP, readers: set[str]
) -> None:
    by = cast.originator
    common: dict[str, Any] = {"by": by, "tlp": tlp, "partners": ("TD",)}
    lesson = make_lesson(title="SECRET-L", status=Status.LEARNED, **common)
    make_action(lesson, title="SECRET-T", due_on=date(2020, 1, 1), body=cast.partner_agency)
    make_action(lesson, title="SECRET-T", due_on=date(2020, 1, 1))
    make_exercise(
        title="SECRET-X", status=ExerciseStatus.PLANNED, starts_on=date(2030, 1, 1), **common
    )
    make_exercise(title="SECRET-E", starts_on=date(2020, 1, 1), **common)
    make_agreement(title="SECRET-A", next_review_on=date(2020, 1, 1), **common)
    told = {}
    for name in ("colleague", "sub_member", "partner_reader", "stranger", "administrator"):
        client.force_login(getattr(cast, name))
        response = client.get("/")
        page = response.content.decode()
        told[name] = {word for word in ("SECRET-L", "SECRET-X", "/partners/TD/") if word in page}
        assert response.context["home"].figures.learned == (1 if told[name] else 0)
        if name not in readers:
            assert "SECRET" not in page
    everything = {"SECRET-L", "SECRET-X", "/partners/TD/"}
    assert {name for name, words in told.items() if words == everything} == readers
    assert {name for name, words in told.items() if not words} == set(told) - readers


def test_names_reach_home_only_through_the_lesson(cast: Cast, client: Client) -> None:
    lesson = make_lesson(by=cast.originator, attribution="non_attributed")
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    perform(lesson, "take", by=cast.reviewer)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Why?"})
    client.force_login(cast.originator)
    assert cast.reviewer.name not in client.get("/").content.decode()
    client.force_login(cast.second_reviewer)
    assert cast.originator.name not in client.get("/").content.decode()


# --- How it answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("reader", 14),
        ("originator", 17),
        ("reviewer", 18),
        ("coordinator", 19),
        ("administrator", 17),
    ],
)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_number_of_queries_does_not_depend_on_the_records(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    queries: int,
    rows: int,
) -> None:
    cast = make_cast()
    by = getattr(cast, name)
    with transaction.atomic():  # as the verbs do
        record_much(cast, by, rows)
    client.force_login(by)
    client.get("/")
    with django_assert_num_queries(queries):
        client.get("/")


def record_much(cast: Cast, by: User, rows: int) -> None:
    past = date(2020, 1, 1)
    for number in range(rows):
        lesson = make_lesson(by=cast.colleague, status=Status.IDENTIFIED, tlp=TLP.CLEAR)
        make_action(lesson, owner=by, due_on=past)
        make_action(lesson, due_on=past)
        make_lesson(by=cast.colleague, status=Status.SUBMITTED)
        make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED)
        make_exercise(by=cast.colleague, starts_on=past)
        make_exercise(
            by=cast.colleague,
            starts_on=date(2040, 1, 1),
            status=ExerciseStatus.PLANNED,
            tlp=TLP.CLEAR,
        )
        make_agreement(by=cast.colleague, next_review_on=past)
        FormDraft.objects.create(person=by, key=f"lesson:new:{number}", path="/lessons/new/")
        mine = make_lesson(by=by, agency=cast.agency, status=Status.RETURNED)
        LessonEvent.objects.create(
            lesson=mine,
            move="return",
            actor=cast.second_reviewer,
            from_status=Status.SUBMITTED,
            to_status=Status.RETURNED,
        )


def test_home_says_what_is_missing_and_leads_to_it(cast: Cast, client: Client) -> None:
    make_exercise(by=cast.originator, title="BARE", starts_on=date(2020, 1, 1))
    client.force_login(cast.originator)
    found = client.get("/").context["home"].gaps
    assert [(gap.number, gap.label, gap.is_late) for gap in found] == [
        (1, "Evaluation overdue", True),
        (1, "Held without a lesson", False),
        (1, "Category without an exercise for 24 months", False),
    ]
    for gap in found:
        assert client.get(gap.url).context["total"] == gap.number


def test_it_reads_from_right_to_left(cast: Cast, client: Client, settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    make_lesson(by=cast.originator, status=Status.NOTED)
    client.force_login(cast.originator)
    with translation.override("en"):  # gives the thread its language back
        page = client.get("/", headers={"accept-language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl"' in page
