"""The list of questionnaires: those that one may see, by whether they take answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from agencies.models import Agency, User
from evaluation.models import FeedbackRequest
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import close_feedback, make_exercise, make_feedback
from tests.forms import client_of

pytestmark = pytest.mark.django_db
BASE = "/evaluation/feedback/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def found(user: User, query: str = "") -> list[str]:
    response = client_of(user).get(BASE + query)
    assert response.status_code == 200
    return [one.heading for one in response.context["shown"].rows]


def asked(cast: Cast, heading: str, **fields: Any) -> FeedbackRequest:
    tlp = fields.pop("tlp", TLP.GREEN)
    exercise = make_exercise(by=cast.originator, tlp=tlp, title=f"Exercise of {heading}")
    return make_feedback(exercise=exercise, by=cast.originator, heading=heading, **fields)


def test_one_finds_ones_own_and_shared_summaries_of_what_one_sees(cast: Cast) -> None:
    asked(cast, "own")
    asked(cast, "shared", summary_shared=True)
    asked(cast, "hidden", summary_shared=True, tlp=TLP.RED)
    asked(cast, "strict", summary_shared=True, tlp=TLP.AMBER)
    assert set(found(cast.originator)) == {"own", "shared", "hidden", "strict"}
    assert set(found(cast.colleague)) == {"own", "shared", "strict"}
    # Who does not record for the agency reads summaries alone.
    assert set(found(cast.reader)) == {"shared", "strict"}
    assert set(found(cast.stranger)) == {"shared"}
    page = client_of(cast.stranger).get(BASE).content.decode()
    for hidden in ("Exercise of own", "Exercise of hidden", "Exercise of strict"):
        assert hidden not in page
    assert "Exercise of shared" in page


def test_the_status_is_that_of_the_page(cast: Cast) -> None:
    today = date.today()
    asked(cast, "open")
    close_feedback(asked(cast, "over"))
    asked(cast, "ended", closed_on=today)
    later = {"opens_on": today + timedelta(days=5), "closes_on": today + timedelta(days=9)}
    asked(cast, "early", **later)
    for status, headings in {
        "open": {"open"},
        "closed": {"over", "ended"},
        "early": {"early"},
        "open&status=early": {"open", "early"},
    }.items():
        assert set(found(cast.originator, f"?status={status}")) == headings
    for one in FeedbackRequest.objects.all():
        status = "closed" if one.is_over else "early" if one.is_early else "open"
        assert one.heading in found(cast.originator, f"?status={status}")


def test_days_end_where_the_agency_is(cast: Cast) -> None:
    one = asked(cast, "one", opens_on=date(2026, 1, 1), closes_on=date(2026, 1, 5))
    at = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    for zone, is_over in (("UTC", False), ("Europe/Madrid", True), ("America/Lima", False)):
        Agency.objects.filter(pk=one.agency_id).update(time_zone=zone)
        assert FeedbackRequest.objects.over(at).exists() is is_over, zone


def test_it_is_narrowed_by_agency_and_refuses_what_makes_no_sense(cast: Cast) -> None:
    asked(cast, "one")
    assert found(cast.originator, "?agency=ES-GC") == ["one"]
    assert found(cast.originator, f"?agency={cast.partner_agency.code}") == []
    answer = client_of(cast.originator).get(f"{BASE}?status=odd&agency=QQ")
    assert answer.context["shown"].rows == []
    assert answer.content.decode().count("does not exist, or is not for you to see.") == 2


def test_newest_first_or_first_to_close(cast: Cast) -> None:
    asked(cast, "first", opens_on=date(2026, 1, 1), closes_on=date(2026, 9, 1))
    asked(cast, "second", opens_on=date(2026, 2, 1), closes_on=date(2026, 3, 1))
    assert found(cast.originator) == ["second", "first"]
    assert found(cast.originator, "?sort=closing") == ["second", "first"]
    FeedbackRequest.objects.filter(heading="first").update(closes_on=date(2026, 2, 1))
    assert found(cast.originator, "?sort=closing") == ["first", "second"]


def test_an_empty_list_says_where_one_begins(cast: Cast) -> None:
    page = client_of(cast.originator).get(BASE).content.decode()
    assert "No questionnaire is here yet" in page
    assert 'href="/exercises/"' in page
    assert "Choose an exercise" not in client_of(cast.reader).get(BASE).content.decode()


def test_it_stands_among_the_tabs_and_offers_no_file(cast: Cast) -> None:
    asked(cast, "one")
    for address in ("/evaluation/indicators/", "/stories/"):
        assert f'href="{BASE}"' in client_of(cast.reader).get(address).content.decode()
    page = client_of(cast.originator).get(BASE).content.decode()
    assert f'href="{BASE}" aria-current="page"' in page
    assert "Export" not in page
    assert "save-view" not in page


@pytest.mark.parametrize("number", [1, 20])
def test_it_costs_the_same_for_one_and_for_many(
    cast: Cast, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(number):
        asked(cast, f"Questionnaire {place}")
    client = client_of(cast.originator)
    client.get(BASE)
    # Session, person, roles, tree; agencies to choose from; number, rows; the bell.
    with django_assert_num_queries(6):
        assert len(client.get(BASE).context["shown"].rows) == number
