"""Pages of signed-in people are kept by nobody else."""

import pytest
from django.test import Client

from tests.factories import make_agency, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/lessons/", "/profile/", "/partners/", "/no/such/page/"])
def test_pages_for_a_person_are_not_stored(client: Client, address: str) -> None:
    client.force_login(make_user(agency=make_agency()))
    assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_what_everybody_sees_keeps_its_own_rule(client: Client) -> None:
    assert client.get("/healthz").headers["Cache-Control"] != "private, no-store"


def test_messages_end_with_the_session(client: Client) -> None:
    agency = make_agency()
    client.force_login(make_user(agency=agency))
    client.post("/profile/", {"name": "Ana Ruiz", "language": "en", "theme": "auto"})
    client.post("/accounts/logout/")
    assert "Your profile is saved" not in client.get("/accounts/login/").content.decode()
    client.force_login(make_user(agency=agency))
    assert "Your profile is saved" not in client.get("/").content.decode()
