"""Rows among many keys that travel as one parameter."""

import pytest
from django.db.models import F

from agencies.models import Partner
from pages.among import Among


@pytest.mark.django_db
def test_finds_what_in_finds() -> None:
    some = list(Partner.objects.order_by("code").values_list("pk", flat=True)[3:200:2])
    by_in = Partner.objects.filter(pk__in=some)
    among = Partner.objects.filter(Among(F("pk"), [*some, -1, some[0]]))
    assert set(among) == set(by_in)
    assert len(among) == len(some)


@pytest.mark.django_db
def test_nothing_is_among_no_keys_and_the_rest_is_outside() -> None:
    key = Partner.objects.values_list("pk", flat=True)[0]
    assert not Partner.objects.filter(Among(F("pk"), [])).exists()
    assert Partner.objects.exclude(Among(F("pk"), [key])).count() == Partner.objects.count() - 1
