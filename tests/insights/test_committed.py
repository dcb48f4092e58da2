"""What pages over records that are committed cost; see ``tests.lessons.test_committed``."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agencies.models import Partner
from lessons.vocabulary import Status
from tests.cast import make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program
from tests.quick import ROWS

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.parametrize("rows", ROWS)
def test_all_partners_cost_the_same_with_few_records_and_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    cast = make_cast()
    for country in Partner.objects.countries()[:rows]:
        make_lesson(by=cast.originator, status=Status.NOTED, partners=(country.code, "EU"))
        make_exercise(by=cast.originator, partners=(country.code,))
        make_program(by=cast.originator, partners=(country.code,))
        make_agreement(by=cast.originator, partners=(country.code,))
    client.force_login(cast.reader)
    client.get("/partners/")
    # Session, person, agencies; what changed; the three kinds of activities; what
    # partners are called; notices.
    with django_assert_num_queries(8):
        response = client.get("/partners/")
    assert len(response.context["countries"]) == rows
