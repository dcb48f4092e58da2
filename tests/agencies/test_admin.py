"""The administration of agencies, memberships, people, partners and themes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agencies.models import Agency, Membership, Partner
from tests.cast import Cast, make_cast
from tests.factories import partner, theme

pytestmark = pytest.mark.django_db

NO_IDS = ["abc", "\0", "9" * 20, "-1", "1 OR 1", "٣" * 25]
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
ADDED = [one for one in REFERENCES if one[0] != "agencies_user"]
"""People are made without memberships: those are given on the page of the person."""


def existing(kind: str, cast: Cast) -> int:
    records = {
        "agencies_membership": Membership.objects.get(user=cast.reviewer),
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
@pytest.mark.parametrize(("kind", "field", "given"), REFERENCES)
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
