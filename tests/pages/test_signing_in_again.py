"""A session ends while somebody writes: the form comes back after signing in."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from agencies.models import User
from tests.factories import PASSWORD, make_user

WORDS = "Radio call signs differed — ñ, ع, 🚤"


def echo(request: HttpRequest) -> HttpResponse:
    """Answer with what arrived."""
    return HttpResponse(repr(dict(request.POST.lists())))


urlpatterns = [
    path("form/", echo),
    path("accounts/", include("allauth.urls")),
    path("", include("pages.urls")),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def user() -> User:
    return make_user()


def held_in(response: HttpResponse) -> str:
    found = re.search(r'name="held" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def sign_in(client: Client, user: User, held: str, password: str = PASSWORD) -> HttpResponse:
    return client.post(
        "/accounts/login/",
        {"login": user.email, "password": password, "next": "/form/?a=1", "held": held},
    )


def test_the_form_comes_back_after_signing_in(client: Client, user: User) -> None:
    sent = {"title": WORDS, "partners": ["MA", "FR"], "csrfmiddlewaretoken": "x"}
    page = client.post("/form/?a=1", sent)
    assert page.status_code == 401
    assert "no-store" in page["Cache-Control"]
    back = sign_in(client, user, held_in(page))
    assert back.status_code == 200
    text = back.content.decode()
    form = text[text.index('<form method="post" action="/form/?a=1"') :].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    assert [field for field in fields if field[0] != "csrfmiddlewaretoken"] == [
        ("title", WORDS),
        ("partners", "MA"),
        ("partners", "FR"),
    ]
    assert client.post("/form/?a=1", fields_of(fields)).content.decode() == repr(
        {"title": [WORDS], "partners": ["MA", "FR"]}
    )


def fields_of(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        if name != "csrfmiddlewaretoken":
            sent.setdefault(name, []).append(value)
    return sent


def test_a_wrong_password_loses_nothing(client: Client, user: User) -> None:
    held = held_in(client.post("/form/", {"title": WORDS}))
    page = sign_in(client, user, held, password="wrong")
    assert held_in(page) == held


def test_what_was_held_cannot_be_forged(client: Client, user: User) -> None:
    held = held_in(client.post("/form/", {"title": WORDS}))
    response = sign_in(client, user, held[:-2] + "xx")
    assert (response.status_code, response["Location"]) == (302, "/form/?a=1")


def test_signing_in_without_a_form_goes_on(client: Client, user: User) -> None:
    response = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert response.status_code == 302


def test_a_page_leads_to_sign_in(client: Client) -> None:
    response = client.get("/form/?a=1")
    assert (response.status_code, response["Location"]) == (
        302,
        "/accounts/login/?next=/form/%3Fa%3D1",
    )


def test_a_press_without_words_leads_to_sign_in(client: Client) -> None:
    assert client.post("/form/", {}).status_code == 302


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_scripts_are_told_in_words(client: Client, headers: dict[str, str]) -> None:
    response = client.post("/form/", {"title": WORDS}, headers=headers)
    assert response.status_code == 401
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == "You are signed out. Sign in again in another tab."
