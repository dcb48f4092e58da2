"""The administration of agencies, memberships, people, partners and themes."""

from __future__ import annotations

from typing import Any

import pytest
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from agencies.members import deactivate
from agencies.models import Agency, Membership, Partner, User
from tests.cast import Cast, make_cast
from tests.factories import make_user, partner, theme
from tests.quick import quick

pytestmark = pytest.mark.django_db

NO_IDS = quick("abc", "9" * 20, of=["abc", "\0", "9" * 20, "-1", "1 OR 1", "٣" * 25])
"""What arrives in place of an id when an address or a form was written by hand."""


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator)
    return client


# --- References that lead nowhere ------------------------------------------------------------


def empty(*prefixes: str, total: int = 0) -> dict[str, str]:
    """The management of formsets of which ``total`` rows are new."""
    return {
        f"{prefix}-{name}": str(value)
        for prefix in prefixes
        for name, value in (("TOTAL_FORMS", total), ("INITIAL_FORMS", 0))
    }


def rows_of_members(field: str, wrong: str) -> dict[str, str]:
    """One new membership, in a person or an agency, whose other end is ``wrong``."""
    return {**empty("memberships", total=1), f"memberships-0-{field}": wrong}


REFERENCES: list[tuple[str, str, Any]] = [
    ("agencies_membership", "user", lambda wrong: {"user": wrong, "role": "reader"}),
    ("agencies_membership", "agency", lambda wrong: {"agency": wrong, "role": "reader"}),
    (
        "agencies_agency",
        "parent",
        lambda wrong: {"parent": wrong, **empty("holidays", "memberships")},
    ),
    ("agencies_partner", "members", lambda wrong: {"members": [wrong]}),
    ("lessons_theme", "parent", lambda wrong: {"parent": wrong}),
    (
        "agencies_agency",
        "memberships-0-user",
        lambda wrong: {**empty("holidays"), **rows_of_members("user", wrong)},
    ),
    ("agencies_user", "memberships-0-agency", lambda wrong: rows_of_members("agency", wrong)),
]
CHANGED = [one for one in REFERENCES if one[0] != "agencies_membership"]
"""Person and agency of a membership stay."""
ADDED = [one for one in REFERENCES if one[0] != "agencies_user"]
"""People are made without memberships: those are given on the page of the person."""


def existing(kind: str, cast: Cast) -> int:
    records = {
        "agencies_agency": cast.agency,
        "agencies_user": cast.reviewer,
        "agencies_partner": partner("MA"),
        "lessons_theme": theme("drones"),
    }
    return int(records[kind].pk)


@pytest.mark.parametrize("wrong", NO_IDS)
@pytest.mark.parametrize(("kind", "field", "given"), REFERENCES)
def test_a_page_opens_with_a_wrong_reference_in_its_address(
    desk: Client, kind: str, field: str, given: Any, wrong: str
) -> None:
    name = field.rpartition("-")[2]
    assert desk.get(reverse(f"admin:{kind}_add"), {name: wrong}).status_code == 200


@pytest.mark.parametrize("wrong", NO_IDS)
@pytest.mark.parametrize(("kind", "field", "given"), ADDED)
def test_what_is_added_with_a_wrong_reference_gets_a_message_beside_the_field(
    desk: Client, kind: str, field: str, given: Any, wrong: str
) -> None:
    refused(desk.post(reverse(f"admin:{kind}_add"), given(wrong)), field)


@pytest.mark.parametrize("wrong", NO_IDS)
@pytest.mark.parametrize(("kind", "field", "given"), CHANGED)
def test_what_is_changed_to_a_wrong_reference_gets_a_message_beside_the_field(
    desk: Client, cast: Cast, kind: str, field: str, given: Any, wrong: str
) -> None:
    address = reverse(f"admin:{kind}_change", args=[existing(kind, cast)])
    refused(desk.post(address, given(wrong)), field)


def refused(answer: Any, field: str) -> None:
    assert answer.status_code == 200
    prefix, _dash, name = field.rpartition("-")
    forms = [answer.context["adminform"].form] if not prefix else rows(answer)
    assert [bool(form.errors[name]) for form in forms] == [True]
    assert str(forms[0].errors[name]) in answer.content.decode()


def rows(answer: Any) -> list[Any]:
    return [
        form
        for inline in answer.context["inline_admin_formsets"]
        for form in inline.formset.forms
        if inline.formset.prefix == "memberships"
    ]


def test_a_right_reference_in_the_address_is_chosen(desk: Client, cast: Cast) -> None:
    answer = desk.get(reverse("admin:agencies_membership_add"), {"agency": cast.agency.pk})
    assert f'<option value="{cast.agency.pk}" selected>' in answer.content.decode()
    answer = desk.get(reverse("admin:agencies_agency_add"), {"parent": cast.agency.pk})
    assert f'<option value="{cast.agency.pk}" selected>' in answer.content.decode()


def test_right_references_are_saved(desk: Client, cast: Cast) -> None:
    given = {"name": "Union", "members": [partner("MA").pk, partner("TN").pk]}
    made = {"code": "UNION", "kind": "organization"}
    assert desk.post(reverse("admin:agencies_partner_add"), given | made).status_code == 302
    assert Partner.objects.get(code="UNION").members.count() == 2
    address = reverse("admin:lessons_theme_change", args=[theme("drones").pk])
    data = {"name": "Drones", "parent": theme("audit").pk}
    assert desk.post(address, data).status_code == 302
    assert theme("drones").parent == theme("audit")
    assert Agency.objects.count() == 5


# --- Coming back -----------------------------------------------------------------------------


def gone(cast: Cast, **fields: Any) -> Membership:
    """The membership of somebody whom a coordinator deactivated."""
    membership: Membership = make_user(agency=cast.agency).memberships.get()
    deactivate(membership, by=cast.coordinator)
    person = User.objects.filter(pk=membership.user_id)
    person.update(is_active=False, **fields)
    return membership


def given_here(desk: Client, cast: Cast, membership: Membership) -> None:
    address = reverse("admin:agencies_membership_change", args=[membership.pk])
    data = {"user": membership.user_id, "agency": membership.agency_id}
    desk.post(address, data | {"role": "reader", "active": "on"})


def given_anew(desk: Client, cast: Cast, membership: Membership) -> None:
    data = {"user": membership.user_id, "agency": cast.far_agency.pk}
    address = reverse("admin:agencies_membership_add")
    desk.post(address, data | {"role": "reader", "active": "on"})


def row_of(membership: Membership) -> dict[str, Any]:
    return {
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-user": membership.user_id,
        "memberships-0-agency": membership.agency_id,
        "memberships-0-role": "reader",
        "memberships-0-active": "on",
    }


def given_to_the_person(desk: Client, cast: Cast, membership: Membership) -> None:
    person = membership.user
    data = person_data(person) | row_of(membership)
    desk.post(reverse("admin:agencies_user_change", args=[person.pk]), data)


def given_in_the_agency(desk: Client, cast: Cast, membership: Membership) -> None:
    members = Membership.objects.filter(agency=cast.agency).exclude(pk=membership.pk)
    members.update(agency=cast.far_agency)
    fields = {name: value for name, value in model_to_dict(cast.agency).items() if value}
    data = fields | empty("holidays") | row_of(membership)
    desk.post(reverse("admin:agencies_agency_change", args=[cast.agency.pk]), data)


def person_data(person: User, **changed: str) -> dict[str, Any]:
    fields = {"email": person.email, "name": person.name, "language": "en", "theme": "auto"}
    blocked = {"blocked": "on"} if person.blocked else {}
    return fields | blocked | empty("memberships") | changed


WAYS = [given_here, given_anew, given_to_the_person, given_in_the_agency]


@pytest.mark.parametrize("give", WAYS)
def test_somebody_who_is_given_an_active_membership_can_sign_in_again(
    desk: Client, cast: Cast, give: Any
) -> None:
    membership = gone(cast)
    assert not User.objects.get(pk=membership.user_id).is_active
    give(desk, cast, membership)
    assert User.objects.get(pk=membership.user_id).standing.permissions


@pytest.mark.parametrize("give", WAYS)
def test_a_membership_does_not_bring_back_whom_the_administration_switched_off(
    desk: Client, cast: Cast, give: Any
) -> None:
    membership = gone(cast, blocked=True)
    give(desk, cast, Membership.objects.get(pk=membership.pk))
    person = User.objects.get(pk=membership.user_id)
    assert person.memberships.filter(active=True).exists()
    assert not person.is_active


def test_a_membership_that_is_not_active_brings_nobody_back(desk: Client, cast: Cast) -> None:
    membership = gone(cast)
    address = reverse("admin:agencies_membership_add")
    data = {"user": membership.user_id, "agency": cast.far_agency.pk, "role": "reader"}
    desk.post(address, data)
    assert membership.user.memberships.count() == 2
    assert not User.objects.get(pk=membership.user_id).is_active


# --- What stays ------------------------------------------------------------------------------


def test_a_membership_stays_of_its_person_and_agency(desk: Client, cast: Cast) -> None:
    membership = Membership.objects.get(user=cast.reviewer)
    other = {"user": cast.stranger.pk, "agency": cast.far_agency.pk}
    given = other | {"role": "endorser", "active": "on"}
    address = reverse("admin:agencies_membership_change", args=[membership.pk])
    assert desk.post(address, given).status_code == 302
    row = row_of(membership) | {
        "memberships-0-agency": cast.far_agency.pk,
        "memberships-0-role": "reviewer",
    }
    for expected in ("endorser", "reviewer"):
        membership.refresh_from_db()
        assert (membership.user, membership.agency) == (cast.reviewer, cast.agency)
        assert membership.role == expected
        address = reverse("admin:agencies_user_change", args=[cast.reviewer.pk])
        assert desk.post(address, person_data(cast.reviewer) | row).status_code == 302


def test_nobody_switches_off_their_own_account(desk: Client, cast: Cast) -> None:
    own, other = cast.administrator, make_user(is_staff=True, is_superuser=True)
    for person, off in ((own, False), (other, True)):
        address = reverse("admin:agencies_user_change", args=[person.pk])
        answer = desk.post(address, person_data(person, is_staff="on", blocked="on"))
        assert ("You cannot switch off your own account." in answer.content.decode()) is not off
        assert User.objects.get(pk=person.pk).blocked is off


def test_addresses_are_kept_with_the_person_alone(desk: Client) -> None:
    assert "/admin/account/" not in desk.get(reverse("admin:index")).content.decode()
    for page in ("", "add/"):
        assert desk.get(f"/admin/account/emailaddress/{page}").status_code == 404
