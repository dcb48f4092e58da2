"""The wall: what somebody who is not signed in gets."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path


def closed(request: HttpRequest) -> HttpResponse:
    """Answer; only for people who are signed in."""
    return HttpResponse("secret")


urlpatterns = [
    path("closed/", closed),
    path("accounts/", include("allauth.urls")),
    path("", include("pages.urls")),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.mark.parametrize("method", ["get", "post"])
def test_people_are_led_to_sign_in(client: Client, method: str) -> None:
    response = getattr(client, method)("/closed/?a=1")
    assert (response.status_code, response["Location"]) == (
        302,
        "/accounts/login/?next=/closed/%3Fa%3D1",
    )


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_scripts_are_told_in_words(client: Client, headers: dict[str, str]) -> None:
    response = client.post("/closed/", {"title": "words"}, headers=headers)
    assert response.status_code == 401
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == "You are signed out. Sign in again in another tab."


@pytest.mark.parametrize("kept", [True, False])
def test_sign_in_says_that_a_form_is_kept(client: Client, kept: bool) -> None:
    session = client.session
    if kept:
        session["resume"] = {"path": "/closed/", "person": 1, "fields": {}}
    session.save()
    page = client.get("/accounts/login/").content.decode()
    assert ("you get back what you wrote" in page) == kept
