"""The lists of agreements, programs and exercises: filters, rows, leaks, files and their cost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import Partner, User
from lessons.vocabulary import Status
from pages import listing
from programs.filters import AgreementFilters, ExerciseFilters, ProgramFilters
from programs.models import Agreement, Exercise, Objective, Program
from programs.vocabulary import (
    AgreementStatus,
    AgreementType,
    Delivery,
    ExerciseKind,
    ExerciseStatus,
    ProgramKind,
    ProgramStatus,
)
from records.vocabulary import TLP, Precision
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program
from tests.quick import ROWS, quick

pytestmark = pytest.mark.django_db
NO = "does not exist, or is not for you to see."
MAKE: dict[str, Callable[..., Any]] = {
    "agreements": make_agreement,
    "programs": make_program,
    "exercises": make_exercise,
}
USUAL_SORTS = ("newest", "oldest", "title")
MAKE_SORTS = {
    "agreements": (*USUAL_SORTS, "review"),
    "programs": USUAL_SORTS,
    "exercises": USUAL_SORTS,
}
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows a page: walking through pages needs few records."""
    monkeypatch.setattr(listing, "PAGE", 4)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(client: Client, address: str) -> list[str]:
    """The titles on the first page, in their order."""
    response = client.get(f"/{address}", headers=HTMX)
    assert response.status_code == 200
    return [row.title for row in response.context["shown"].rows]


def page(response: Any) -> str:
    return response.content.decode()


def rows_of(response: HttpResponseBase) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


# --- What filters mean --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKE)
def test_partners_mean_or_and_all_of_them(cast: Cast, kind: str) -> None:
    for title, partners in (("France", ("FR",)), ("Both", ("FR", "MA")), ("Portugal", ("PT",))):
        MAKE[kind](by=cast.originator, title=title, partners=partners)
    client = client_of(cast.reader)
    assert sorted(found(client, f"{kind}/?partner=FR&partner=MA")) == ["Both", "France"]
    assert found(client, f"{kind}/?partner=FR&partner=MA&partner_mode=all") == ["Both"]
    assert found(client, f"{kind}/?partner=FR&q=port") == []


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("type=protocol", {"type": AgreementType.PROTOCOL}),
        ("status=expired", {"status": AgreementStatus.EXPIRED}),
        ("instrument=hot_pursuit", {"instruments": ["joint_patrol", "hot_pursuit"]}),
        ("review=overdue", {"next_review_on": date(2020, 1, 1)}),
        ("tlp=clear", {"tlp": TLP.CLEAR}),
        ("q=walrus", {"summary": "A walrus."}),
        ("q=walrus", {"title": "Walrus"}),
        ("from=2019-01-02&to=2019-01-02", {"signed_on": date(2019, 1, 2)}),
        ("to=2019-01-02", {"signed_on": date(2019, 1, 1), "in_force_on": date(2019, 1, 2)}),
    ],
)
def test_filters_of_agreements(cast: Cast, query: str, fields: dict[str, Any]) -> None:
    wanted = make_agreement(by=cast.originator, **fields)
    make_agreement(by=cast.originator, title="Another")
    assert found(client_of(cast.reader), f"agreements/?{query}") == [wanted.title]


def test_a_review_is_overdue_only_while_the_text_binds(cast: Cast) -> None:
    past = date(2020, 1, 1)
    make_agreement(by=cast.originator, title="Gone", next_review_on=past, status="terminated")
    assert found(client_of(cast.reader), "agreements/?review=overdue") == []


def test_party_agencies_are_found(cast: Cast) -> None:
    make_agreement(by=cast.originator, title="Ours", party_agencies=[cast.partner_agency])
    client = client_of(cast.reader)
    assert found(client, "agreements/?agency=PT-GNR") == ["Ours"]
    assert found(client, "agreements/?agency=ES-GC") == ["Ours"]
    assert found(client, "agreements/?agency=IT-GDF") == []


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("kind=technology", {"kind": ProgramKind.TECHNOLOGY}),
        ("status=completed", {"status": ProgramStatus.COMPLETED}),
        ("technology=drone", {"technology": ["drone", "vessel"]}),
        ("delivery=online", {"delivery": Delivery.ONLINE}),
        ("tlp=clear", {"tlp": TLP.CLEAR}),
        ("q=walrus", {"objectives": "Count each walrus."}),
        ("to=2019-06-01", {"starts_on": date(2019, 6, 1)}),
        (
            "from=2019-06-01&to=2019-07-01",
            {"starts_on": date(2019, 1, 1), "ends_on": date(2019, 6, 1)},
        ),
    ],
)
def test_filters_of_programs(cast: Cast, query: str, fields: dict[str, Any]) -> None:
    wanted = make_program(by=cast.originator, **fields)
    make_program(by=cast.originator, title="Another")
    assert found(client_of(cast.reader), f"programs/?{query}") == [wanted.title]


def test_an_open_program_goes_by_its_beginning(cast: Cast) -> None:
    make_program(by=cast.originator, title="Open", starts_on=date(2019, 1, 1))
    client = client_of(cast.reader)
    assert found(client, "programs/?from=2019-01-01") == ["Open"]
    assert found(client, "programs/?from=2019-01-02") == []


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("kind=joint_patrol", {"kind": ExerciseKind.JOINT_PATROL}),
        ("status=cancelled", {"status": ExerciseStatus.CANCELLED}),
        ("host=MA", {"host_country": "MA"}),
        ("technology=drone", {"technology": ["drone"]}),
        ("threat=drugs&threat=weapons", {"threats": ["weapons", "terrorism"]}),
        ("tlp=clear", {"tlp": TLP.CLEAR}),
        ("q=walrus", {"place": "Walrus bay"}),
        ("q=walrus", {"scenario": "A walrus."}),
        (
            "from=2019-05-31&to=2019-05-31",
            {"starts_on": date(2019, 5, 1), "ends_on": date(2019, 5, 31)},
        ),
        ("evaluation=overdue", {"starts_on": date(2019, 5, 1)}),
    ],
)
def test_filters_of_exercises(cast: Cast, query: str, fields: dict[str, Any]) -> None:
    wanted = make_exercise(by=cast.originator, **fields)
    make_exercise(by=cast.originator, title="Another", starts_on=timezone.localdate())
    assert found(client_of(cast.reader), f"exercises/?{query}") == [wanted.title]


def test_exercises_are_found_by_every_agency_in_them(cast: Cast) -> None:
    make_exercise(
        by=cast.originator,
        title="Ours",
        lead_agency=cast.sub_agency,
        participants=[cast.partner_agency, cast.small_agency],
    )
    client = client_of(cast.reader)
    for code in ("ES-GC", "ES-GC-SM", "PT-GNR", "GI-HMC"):
        assert found(client, f"exercises/?agency={code}") == ["Ours"]
    assert found(client, "exercises/?agency=PT-GNR&agency=GI-HMC") == ["Ours"]
    assert found(client, "exercises/?agency=IT-GDF") == []


def test_activities_filter_by_reference(cast: Cast) -> None:
    agreement = make_agreement(by=cast.originator)
    program = make_program(by=cast.originator, title="Under it", agreement=agreement)
    make_exercise(by=cast.originator, title="Part", program=program, agreement=agreement)
    make_exercise(by=cast.originator, title="Alone")
    client = client_of(cast.reader)
    assert found(client, f"programs/?agreement={agreement.ref}") == ["Under it"]
    assert found(client, f"exercises/?agreement={agreement.ref}") == ["Part"]
    assert found(client, f"exercises/?program={program.ref}") == ["Part"]


@pytest.mark.parametrize(
    "address",
    [
        "agreements/?type=none",
        "agreements/?review=done",
        "programs/?agreement=ES-GC-AGR-2026-9999",
        "programs/?technology=%00",
        "exercises/?host=XX",
        "exercises/?program=1",
    ],
)
def test_an_unknown_value_gives_a_message_and_no_rows(cast: Cast, address: str) -> None:
    for make in MAKE.values():
        make(by=cast.originator, title="Not to be shown")
    client = client_of(cast.reader)
    response = client.get(f"/{address}", headers=HTMX)
    assert response.status_code == 200
    assert response.context["shown"].rows == []
    assert NO in page(response)
    refused = client.get(f"/{address.replace('/?', '/export/?')}")
    assert refused.status_code == 400
    assert NO in page(refused)


# --- Orders and rows ----------------------------------------------------------------------------


def test_orders_of_agreements(cast: Cast) -> None:
    make_agreement(by=cast.originator, title="b", signed_on=date(2020, 1, 1))
    make_agreement(
        by=cast.originator, title="A", signed_on=date(2021, 1, 1), next_review_on=date(2030, 1, 1)
    )
    make_agreement(
        by=cast.originator, title="c", signed_on=date(2019, 1, 1), next_review_on=date(2029, 1, 1)
    )
    client = client_of(cast.reader)
    assert found(client, "agreements/") == ["A", "b", "c"]
    assert found(client, "agreements/?sort=oldest") == ["c", "b", "A"]
    assert found(client, "agreements/?sort=title") == ["A", "b", "c"]
    assert found(client, "agreements/?sort=review") == ["c", "A", "b"]


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("kind", MAKE)
def test_every_row_comes_once_forward_and_back(cast: Cast, kind: str) -> None:
    for number in range(6):
        MAKE[kind](by=cast.originator, title=f"Tied {number % 2}")
    client = client_of(cast.reader)
    for sort in MAKE_SORTS[kind]:
        first = client.get(f"/{kind}/?sort={sort}").context["shown"]
        second = client.get(first.page["next_url"]).context["shown"]
        again = client.get(second.page["previous_url"]).context["shown"]
        refs = [row.ref for row in (*first.rows, *second.rows)]
        assert (len(first.rows), len(second.rows), len(set(refs))) == (4, 2, 6)
        assert [row.ref for row in again.rows] == refs[:4]
        assert second.page["next_url"] is None


def test_a_row_of_an_exercise_says_when_where_and_who(cast: Cast) -> None:
    countries = Partner.objects.countries().order_by("code")
    codes = tuple(countries.values_list("code", flat=True)[:30])
    make_exercise(
        by=cast.originator,
        partners=codes,
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 10, 31),
        starts_precision=Precision.MONTH,
        ends_precision=Precision.DAY,
        place="Nador",
        host_country="MA",
    )
    row = page(client_of(cast.reader).get("/exercises/"))
    assert "+24 more" in row
    assert '<time datetime="2026-10">Oct 2026</time>' in row
    assert "<bdi>Nador</bdi> · Morocco" in row
    assert "Tabletop (TTX)" in row


def test_an_evaluation_is_pending_for_what_was_held(cast: Cast) -> None:
    make_exercise(by=cast.originator, starts_on=date(2020, 1, 1))
    assert 'class="late">due since <time datetime="2020-03-01"' in page(
        client_of(cast.reader).get("/exercises/")
    )
    Exercise.objects.update(status=ExerciseStatus.CANCELLED)
    assert "due since" not in page(client_of(cast.reader).get("/exercises/"))


@pytest.mark.parametrize(("kind", "name"), [(kind, kind[:-1]) for kind in MAKE])
def test_a_row_counts_the_lessons_that_its_reader_finds_behind_the_link(
    cast: Cast, kind: str, name: str
) -> None:
    activity = MAKE[kind](by=cast.originator, tlp=TLP.GREEN)
    for tlp in (TLP.GREEN, TLP.AMBER, TLP.RED):
        make_lesson(by=cast.originator, status=Status.NOTED, tlp=tlp, **{name: activity})
    make_lesson(by=cast.originator, **{name: activity})
    make_lesson(by=cast.originator, status=Status.ARCHIVED, tlp=TLP.GREEN, **{name: activity})
    for user, number in ((cast.originator, 4), (cast.reader, 2), (cast.stranger, 1)):
        client = client_of(user)
        (row,) = client.get(f"/{kind}/").context["shown"].rows
        assert row.lessons_seen == number
        link = f"/lessons/?{name}={activity.ref}"
        assert link in page(client.get(f"/{kind}/"))
        assert client.get(link).context["shown"].total == number


# --- Leaks --------------------------------------------------------------------------------------


MARKED = {
    TLP.CLEAR: {"reader", "sub_member", "partner_reader", "stranger", "administrator"},
    TLP.GREEN: {"reader", "sub_member", "partner_reader", "stranger"},
    TLP.AMBER: {"reader", "sub_member"},
    TLP.AMBER_STRICT: {"reader"},
    TLP.RED: set(),
}
READERS = quick("sub_member", "partner_reader", of=sorted(MARKED[TLP.CLEAR]))


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("name", READERS)
def test_no_way_out_of_a_list_shows_what_is_hidden(cast: Cast, kind: str, name: str) -> None:
    hidden = {
        tlp: MAKE[kind](
            by=cast.originator,
            title=f"Secrettitle{tlp.value.replace('_', '')}x",
            summary=f"Secretword{tlp.value.replace('_', '')}x.",
            tlp=tlp,
        )
        for tlp in TLP
    }
    client = client_of(cast.people[name])
    response = client.get(f"/{kind}/export/")
    file = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    listed = page(client.get(f"/{kind}/"))
    for tlp, activity in hidden.items():
        sees = name in MARKED[tlp]
        secrets = [activity.title, activity.summary, activity.ref]
        assert [secret in listed for secret in secrets] == [sees] * 3, tlp
        assert [secret in file for secret in secrets] == [sees] * 3, tlp
        searched = client.get(f"/{kind}/?q={activity.summary}", headers=HTMX).context["shown"]
        assert (searched.total, len(searched.rows)) == (sees, sees), tlp


@pytest.mark.parametrize("name", READERS)
def test_choices_offer_only_what_the_reader_may_see(cast: Cast, name: str) -> None:
    agreements = {tlp: make_agreement(by=cast.originator, tlp=tlp) for tlp in TLP}
    programs = {tlp: make_program(by=cast.originator, tlp=tlp) for tlp in TLP}
    client = client_of(cast.people[name])
    offered: dict[str, dict[str, dict[TLP, Any]]] = {
        "lessons": {"agreement": agreements, "program": programs},
        "exercises": {"agreement": agreements, "program": programs},
        "programs": {"agreement": agreements},
    }
    for address, choices in offered.items():
        whole = client.get(f"/{address}/")
        for filtered, activities in choices.items():
            seen = {one.ref for tlp, one in activities.items() if name in MARKED[tlp]}
            options = whole.context["shown"].filters.filters[filtered].options
            assert {option.value for option in options} == seen
            for activity in activities.values():
                if address == "lessons":  # offered with a number: only where there are lessons
                    assert activity.title not in page(whole)
                else:
                    named = f'<option value="{activity.ref}">{activity.title}</option>'
                    assert (named in page(whole)) is (activity.ref in seen)
                chosen = client.get(f"/{address}/?{filtered}={activity.ref}", headers=HTMX)
                assert (NO in page(chosen)) is (activity.ref not in seen)
                assert (activity.title in page(chosen)) is (activity.ref in seen)


def test_red_is_in_no_file(cast: Cast) -> None:
    for kind, make in MAKE.items():
        make(by=cast.originator, title="Red", tlp=TLP.RED, red_recipients=[cast.red_recipient])
        make(by=cast.originator, title="Amber")
        client = client_of(cast.red_recipient)
        assert sorted(found(client, f"{kind}/")) == ["Amber", "Red"]
        assert [row["Title"] for row in rows_of(client.get(f"/{kind}/export/"))] == ["Amber"]


def test_hidden_activities_are_empty_in_files(cast: Cast) -> None:
    agreement = make_agreement(by=cast.originator, title="Hidden agreement")
    program = make_program(
        by=cast.originator, title="Hidden program", agreement=agreement, tlp=TLP.AMBER
    )
    make_program(by=cast.originator, title="Open", agreement=agreement, tlp=TLP.GREEN)
    make_exercise(
        by=cast.originator, title="Open", program=program, agreement=agreement, tlp=TLP.GREEN
    )
    for kind in ("programs", "exercises"):
        (row,) = rows_of(client_of(cast.stranger).get(f"/{kind}/export/"))
        assert (row["Agreement"], row["Title of the agreement"]) == ("", "")
        rows = rows_of(client_of(cast.reader).get(f"/{kind}/export/"))
        assert {row["Title of the agreement"] for row in rows} == {"Hidden agreement"}
    (row,) = rows_of(client_of(cast.stranger).get("/exercises/export/"))
    assert (row["Program"], row["Title of the program"]) == ("", "")


def test_without_a_request_no_choice_is_offered(cast: Cast) -> None:
    make_agreement(by=cast.originator, tlp=TLP.CLEAR)
    make_program(by=cast.originator, tlp=TLP.CLEAR)
    for filters, model in (
        (AgreementFilters, Agreement),
        (ProgramFilters, Program),
        (ExerciseFilters, Exercise),
    ):
        unasked = filters({}, queryset=model.objects.none())
        for name in {"partner", "agency", "agreement", "program"} & unasked.filters.keys():
            assert unasked.filters[name].options == [], name


# --- Files --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("kind", MAKE)
def test_a_file_holds_the_rows_of_the_list(cast: Cast, kind: str) -> None:
    for number in range(6):
        MAKE[kind](by=cast.originator, title=f"=Title {number % 4}", partners=("FR", "MA"))
    client = client_of(cast.reader)
    first = client.get(f"/{kind}/?partner=FR&sort=title").context["shown"]
    second = client.get(first.page["next_url"]).context["shown"]
    response = client.get(f"/{kind}/export/?partner=FR&sort=title&format=csv")
    assert (
        f'filename="lindero-{kind}-{timezone.localdate()}-TLP-AMBER.csv"'
        in response["Content-Disposition"]
    )
    rows = rows_of(response)
    assert [row["Reference"] for row in rows] == [row.ref for row in (*first.rows, *second.rows)]
    assert {row["Marking"] for row in rows} == {"TLP:AMBER"}
    assert {row["Handling"] for row in rows} == {TLP.AMBER.audience}
    assert {row["Title"] for row in rows} == {f"'=Title {number}" for number in range(4)}
    assert {row["Partner codes"] for row in rows} == {"FR; MA"}


def test_the_file_of_exercises_holds_what_an_exercise_says(cast: Cast) -> None:
    exercise = make_exercise(
        by=cast.originator,
        participants=[cast.partner_agency],
        host_country="MA",
        latitude=Decimal("-5.5"),
        longitude=Decimal("35.9"),
        threats=["drugs", "weapons"],
        cost=Decimal("1200.50"),
        currency="EUR",
    )
    Objective.objects.create(exercise=exercise, text="Hail the other boat", rating="S")
    make_lesson(by=cast.originator, status=Status.NOTED, exercise=exercise)
    (row,) = rows_of(client_of(cast.reader).get("/exercises/export/"))
    assert {
        "Host country": "Morocco",
        "Participations": "Guarda Nacional Republicana (Participant)",
        "Latitude": "-5.500000",
        "Threats": "Drugs; Weapons",
        "Cost": "1200.50",
        "Lessons": "1",
        "Objectives": "Hail the other boat (Performed with some challenges)",
        "Starts on": "2026-10-14",
        "Start is known to the": "Day",
    }.items() <= row.items()


# --- Cost ---------------------------------------------------------------------------------------


def full(cast: Cast, kind: str, number: int) -> None:
    """An activity with all that a row may show."""
    under = make_agreement(by=cast.originator, title="Under")
    fields: dict[str, Any] = {"agreement": under} if kind != "agreements" else {}
    if kind == "exercises":
        fields["program"] = make_program(by=cast.originator)
        fields["participants"] = [cast.partner_agency]
        fields["starts_on"] = date(2026, 1, 1) + timedelta(days=number)
    activity = MAKE[kind](by=cast.originator, title="Full", partners=("FR", "MA"), **fields)
    make_lesson(by=cast.originator, status=Status.NOTED, **{kind[:-1]: activity})


# Session, person, agencies; partners and activities to choose from; the total with what of it may
# leave; the rows, their partners, their lessons; saved views, notices.
LIST = {"agreements": 10, "programs": 11, "exercises": 11}
# Session, person, agencies; the order; all partners; rows, partners, lessons;
# agreement, program, participations and objectives. The record: five to begin, one to end.
FILE = {"agreements": 14, "programs": 15, "exercises": 18}


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("rows", ROWS)
def test_a_list_costs_the_same_for_one_row_and_thirty(
    cast: Cast, kind: str, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        full(cast, kind, number)
    client = client_of(cast.reader)
    with django_assert_num_queries(LIST[kind]):
        shown = client.get(f"/{kind}/?partner=FR&agency=ES-GC&from=2020-01-01").context["shown"]
    assert len(shown.rows) == min(rows, listing.PAGE)
    # A search adds the ranking.
    with django_assert_num_queries(LIST[kind] + 1):
        client.get(f"/{kind}/?partner=FR&agency=ES-GC&q=full&from=2020-01-01")
    with django_assert_num_queries(FILE[kind]):
        assert len(rows_of(client.get(f"/{kind}/export/?q=full"))) == rows


def test_lists_are_for_people_who_are_signed_in() -> None:
    for kind in MAKE:
        for url in (f"/{kind}/", f"/{kind}/export/"):
            assert Client().get(url).headers["Location"].startswith("/accounts/login/")


def test_a_program_counts_the_lessons_that_its_link_finds(cast: Cast) -> None:
    by = cast.originator
    program = make_program(by=by, tlp=TLP.CLEAR)
    other = make_program(by=by, tlp=TLP.CLEAR)
    exercise = make_exercise(by=by, tlp=TLP.CLEAR, program=program)
    hidden = make_exercise(by=by, tlp=TLP.AMBER_STRICT, program=program)
    public: dict[str, Any] = {"by": by, "status": Status.NOTED, "tlp": TLP.CLEAR}
    make_lesson(**public, program=program)
    make_lesson(**public, exercise=exercise)
    make_lesson(**public, exercise=exercise, program=program)
    make_lesson(**public, exercise=exercise, program=other)
    make_lesson(**public, exercise=hidden)
    for reader, numbers in ((cast.originator, (5, 1)), (cast.stranger, (4, 1))):
        client = client_of(reader)
        rows = {row.pk: row for row in client.get("/programs/").context["shown"].rows}
        for one, number in zip((program, other), numbers, strict=True):
            assert rows[one.pk].lessons_seen == number
            assert client.get(f"/lessons/?program={one.ref}").context["shown"].total == number
