"""Addresses propose what a new program or exercise belongs to."""

from __future__ import annotations

import pytest

from programs.models import Program
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_program, partner
from tests.forms import client_of, fields_of, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_new_exercise_takes_program_agreement_and_partners_from_the_address(cast: Cast) -> None:
    agreement = make_agreement(by=cast.colleague)
    program = make_program(by=cast.colleague, agreement=agreement, partners=("PT",))
    client = client_of(cast.originator)
    shown = fields_of(
        client.get(f"/exercises/new/?agreement={agreement.ref}&program={program.ref}")
    )
    assert shown["agreement"] == [str(agreement.pk)]
    assert shown["program"] == [str(program.pk)]
    assert shown["partners"] == [str(partner("PT").pk)]


@pytest.mark.parametrize("ref", ["nothing", "%00", "hidden"])
def test_what_the_person_may_not_see_is_not_proposed(cast: Cast, ref: str) -> None:
    hidden = make_agreement(by=cast.small_originator, title="Quiet memorandum")
    client = client_of(cast.originator)
    page = client.get(f"/programs/new/?agreement={hidden.ref if ref == 'hidden' else ref}")
    assert page.status_code == 200
    assert "Quiet memorandum" not in page.content.decode()
    assert fields_of(page)["agreement"] == [""]


def test_a_program_is_edited(cast: Cast) -> None:
    program = make_program(by=cast.originator, title="Before")
    path = f"/programs/{program.ref}/edit/"
    client = client_of(cast.colleague)
    response = client.post(path, opened(client, path, title="After", places="12"))
    assert response.headers["Location"] == program.get_absolute_url()
    saved = Program.objects.get()
    assert (saved.title, saved.places, saved.version) == ("After", 12, 2)
    assert saved.created_by == cast.originator
