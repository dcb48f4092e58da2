"""Roles by agency, reaching down the tree."""

import itertools
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from agencies.calendar import add_working_days, working_days_between
from agencies.models import Agency, Partner, User
from agencies.roles import PERMISSIONS, Permission, Role
from agencies.standing import Standing, ancestors
from tests.cast import give
from tests.factories import make_agency, make_user

TREE = {1: None, 2: 1, 3: 2, 4: None}


@pytest.mark.parametrize(
    ("role", "reached"),
    [
        (Role.READER, {2}),
        (Role.CONTRIBUTOR, {2}),
        (Role.REVIEWER, {2, 3}),
        (Role.ENDORSER, {2, 3}),
        (Role.COORDINATOR, {2, 3}),
    ],
)
def test_reviewers_and_above_reach_sub_agencies(role: Role, reached: set[int]) -> None:
    standing = Standing.of([(2, role)], TREE)
    assert set(standing.permissions) == reached
    assert standing.agencies(Permission.READ) == reached
    assert standing.amber == reached | {1, 2}


def test_each_role_contains_the_one_before() -> None:
    ladder = [PERMISSIONS[role] for role in Role]
    assert all(low < high for low, high in itertools.pairwise(ladder))


def test_a_circle_in_the_tree_does_not_hang() -> None:
    assert ancestors(1, {1: 2, 2: 1}) == [1, 2]


def test_home_is_where_the_role_is_highest() -> None:
    assert Standing.of([(1, Role.READER), (4, Role.REVIEWER)], TREE).home == 4
    assert Standing.of([], TREE).home is None


@pytest.mark.django_db
def test_an_inactive_agency_membership_or_person_gives_no_rights() -> None:
    agency = make_agency()
    user = make_user(agency=agency, role=Role.COORDINATOR)
    assert user.may_coordinate
    agency.active = False
    agency.save()
    assert not User.objects.get(pk=user.pk).may_record
    agency.active = True
    agency.save()
    user.memberships.update(active=False)
    assert not User.objects.get(pk=user.pk).may_record
    user.memberships.update(active=True)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not User.objects.get(pk=user.pk).may_record


@pytest.mark.django_db
def test_agencies_make_no_circles() -> None:
    top = make_agency()
    middle = make_agency(parent=top)
    bottom = make_agency(parent=middle)
    for child in (top, middle, bottom):
        top.parent = child
        with pytest.raises(ValidationError):
            top.save()
    assert Agency.objects.get(pk=top.pk).parent is None


@pytest.mark.django_db
def test_a_time_zone_must_be_known() -> None:
    agency = make_agency()
    agency.time_zone = "Mars/Olympus"
    with pytest.raises(ValidationError, match="time zone"):
        agency.full_clean()


@pytest.mark.django_db
def test_people_and_agencies_say_who_they_are() -> None:
    agency = make_agency(code="ES-X", name="Agencia", acronym="AX")
    user = give(make_user(name="Ana María Ruiz"), agency, Role.REVIEWER)
    assert (user.initials, user.get_short_name(), user.get_full_name()) == (
        "AR",
        "Ana",
        "Ana María Ruiz",
    )
    assert (agency.short, str(user.memberships.get())) == ("AX", "Ana María Ruiz · Agencia")
    assert user.standing.home == agency.pk


@pytest.mark.django_db
def test_all_countries_are_partners_and_named_in_the_readers_language() -> None:
    from django.utils import translation

    assert Partner.objects.countries().filter(historical=False).count() >= 249
    morocco = Partner.objects.get(code="MA")
    names = []
    for language in ("en", "es", "fr", "ar"):
        with translation.override(language):
            names.append(morocco.label)
    assert names == ["Morocco", "Marruecos", "Maroc", "المغرب"]
    assert Partner.objects.get(code="SUHH").label == "Soviet Union"
    assert Partner.objects.organizations().filter(code="FRONTEX").exists()
    assert Partner.objects.get(code="EU").members.count() == 27


HOLIDAYS = {date(2026, 12, 8), date(2026, 12, 25)}


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 12, 7), 1, date(2026, 12, 9)),
        (date(2026, 11, 23), 30, date(2027, 1, 6)),
    ],
)
def test_working_days_skip_weekends_and_holidays(start: date, days: int, end: date) -> None:
    assert add_working_days(start, days, HOLIDAYS) == end
    assert working_days_between(start, end, HOLIDAYS) == days


def test_working_days_run_negative_when_late() -> None:
    assert working_days_between(date(2026, 12, 9), date(2026, 12, 7), HOLIDAYS) == -1
