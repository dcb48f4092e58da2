"""A form sent after its session expired leads through sign-in back to the filled form."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from lessons.models import Lesson
from pages.resume import KEY
from tests.cast import Cast, make_cast
from tests.factories import PASSWORD, make_agency, make_exercise, make_lesson, make_user, partner
from tests.forms import changed, client_of, fields_of

pytestmark = pytest.mark.django_db
NEW = "/lessons/new/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def sign_in(client: Client, email: str, path: str) -> str:
    response = client.post("/accounts/login/", {"login": email, "password": PASSWORD, "next": path})
    assert response.status_code == 302
    return response.headers["Location"]


def sent_too_late(client: Client, path: str, **changes: object) -> str:
    """Fill in the form at ``path``, lose the session, send; where the answer leads."""
    values = changed(fields_of(client.get(path)), **changes)
    Session.objects.all().delete()
    response = client.post(path, values)
    assert response.status_code == 302
    return response.headers["Location"]


def test_the_filled_form_waits_behind_the_sign_in(cast: Cast) -> None:
    client = Client()
    sign_in(client, cast.originator.email, "/")
    led_to = sent_too_late(client, NEW, title="Not lost", partners=[partner("MA")])
    assert led_to == "/accounts/login/?next=/lessons/new/"
    assert Lesson.objects.count() == 0
    assert sign_in(client, cast.originator.email, NEW) == NEW
    page = client.get(NEW)
    assert "You had been signed out." in page.content.decode()
    values = fields_of(page)
    assert (values["title"], values["partners"]) == (["Not lost"], [str(partner("MA").pk)])
    client.post(NEW, values)
    assert Lesson.objects.get().title == "Not lost"


def test_it_is_shown_once(cast: Cast) -> None:
    client = client_of(cast.originator)
    sent_too_late(client, NEW, title="Not lost")
    sign_in(client, cast.originator.email, NEW)
    assert fields_of(client.get(NEW))["title"] == ["Not lost"]
    assert fields_of(client.get(NEW))["title"] == [""]
    assert KEY not in client.session


@pytest.mark.parametrize("new", [True, False], ids=["new", "edit"])
def test_a_form_that_was_opened_with_a_draft_comes_back_as_it_was_sent(
    cast: Cast, new: bool
) -> None:
    lesson = make_lesson(by=cast.originator)
    path = NEW if new else f"{lesson.get_absolute_url()}edit/"
    client = client_of(cast.originator)
    page = client.get(path)
    values = changed(fields_of(page), title="Half a sen")
    assert client.post(page.context["draft_url"], values).status_code == 200
    assert fields_of(client.get(path))["title"] == ["Half a sen"]
    sent_too_late(client, path, title="A whole sentence")
    sign_in(client, cast.originator.email, path)
    page = client.get(path)
    assert "You had been signed out." in page.content.decode()
    assert fields_of(page)["title"] == ["A whole sentence"]
    client.post(path, fields_of(page))
    assert Lesson.objects.filter(title="A whole sentence").count() == 1


def test_somebody_else_who_signs_in_gets_nothing(cast: Cast) -> None:
    client = client_of(cast.originator)
    sent_too_late(client, NEW, title="Not yours")
    assert "Not yours" in str(dict(client.session))
    sign_in(client, cast.colleague.email, NEW)
    assert fields_of(client.get(NEW))["title"] == [""]
    assert "Not yours" not in str(dict(client.session))


def test_the_rows_of_an_exercise_and_the_version_of_an_edit_come_back(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator, title="First")
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.originator)
    sent_too_late(
        client,
        path,
        title="Second",
        objectives__TOTAL_FORMS="1",
        objectives__0__text="Hand over in ten minutes",
    )
    sign_in(client, cast.originator.email, path)
    values = fields_of(client.get(path))
    assert values["objectives-0-text"] == ["Hand over in ten minutes"]
    client.post(path, values)
    exercise.refresh_from_db()
    assert (exercise.title, exercise.version) == ("Second", 2)
    assert exercise.objectives.count() == 1


def test_a_form_of_nobody_is_not_kept(cast: Cast) -> None:
    client = Client()
    forged = {"title": "Spam", "person": "forged"}
    assert client.post(NEW, forged).headers["Location"] == "/accounts/login/?next=/lessons/new/"
    client.post(NEW, {"title": "Spam"})
    assert Session.objects.count() == 0


def test_passwords_and_what_is_too_long_are_not_kept(cast: Cast) -> None:
    client = client_of(cast.originator)
    sent_too_late(client, NEW, title="Kept", password="secret")
    assert "secret" not in str(dict(client.session))
    other = client_of(cast.originator)
    sent_too_late(other, NEW, observation="x" * 2_000_001)
    assert KEY not in other.session


def test_the_form_of_somebody_who_was_here_before_is_refused(cast: Cast) -> None:
    """Two people at one terminal: the open form of the first is not saved by the second."""
    lesson = make_lesson(by=cast.originator, title="Kept")
    values = fields_of(client_of(cast.originator).get(NEW))
    response = client_of(cast.colleague).post(NEW, changed(values, title="Whose is it?"))
    assert response.status_code == 403
    assert list(Lesson.objects.all()) == [lesson]


def test_signing_in_again_in_another_tab_loses_nothing() -> None:
    """The first tab's form carries a token that no longer counts: it is shown again, filled."""
    person = make_user(agency=make_agency())
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    values = fields_of(client.get("/lessons/new/")) | {"title": ["Typed in the first tab"]}
    values["csrfmiddlewaretoken"] = ["x" * 64]
    answer = client.post("/lessons/new/", values)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/lessons/new/")
    assert fields_of(client.get("/lessons/new/"))["title"] == ["Typed in the first tab"]
    assert not Lesson.objects.exists()


@pytest.mark.parametrize("path", [NEW, f"{NEW}?partner=MA"])
def test_a_browser_that_forgot_its_cookies_is_led_through_sign_in_to_the_form(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(agency=make_agency()))
    values = changed(fields_of(client.get(path)), title="Typed before")
    client.cookies.clear()
    page = client.post(path, values)
    assert page.status_code == 403
    assert "You are signed out" in page.content.decode()
    way = re.search(r'class="btn btn-primary" href="([^"]*)"', page.content.decode())
    assert way
    target = urlsplit(way.group(1))
    assert (target.netloc, target.path) == ("", "/accounts/login/")
    assert parse_qs(target.query) == {"next": [path]}
    assert not client.cookies
    assert not Lesson.objects.exists()


def test_a_forged_sign_out_leads_nowhere_else() -> None:
    page = Client(enforce_csrf_checks=True).post("/accounts/logout/")
    assert page.status_code == 403
    assert "out of date" in page.content.decode()


def test_a_form_of_somebody_else_is_not_shown_again() -> None:
    agency = make_agency()
    theirs, mine = (Client(enforce_csrf_checks=True) for _ in range(2))
    theirs.force_login(make_user(agency=agency))
    mine.force_login(make_user(agency=agency))
    forged = fields_of(theirs.get("/lessons/new/")) | {"title": ["Put here by another"]}
    assert mine.post("/lessons/new/", forged).status_code == 403
    assert fields_of(mine.get("/lessons/new/"))["title"] == [""]


def test_scripts_keep_what_they_send_themselves() -> None:
    client = Client()
    client.force_login(make_user(agency=make_agency()))
    values = fields_of(client.get("/lessons/new/"))
    client.logout()
    answer = client.post("/lessons/new/", values, headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert "resume" not in client.session
