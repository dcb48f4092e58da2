"""The shell around every page: navigation, theme, the component page, error pages."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import include, path
from django.views.defaults import bad_request, permission_denied, server_error

from agencies.models import User
from agencies.roles import Role
from pages import components, navigation
from tests.factories import make_agency, make_user

ADDRESSES = ["", "lessons/", "lessons/new/", "review/", "members/"]
urlpatterns = [
    *[path(address, server_error) for address in ADDRESSES],
    path("accounts/", include("allauth.urls")),
    path("", include("pages.urls")),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def labels(user: User, entries: list[navigation.Entry], at: str = "/") -> list[str]:
    request = RequestFactory().get(at)
    request.user = user
    return [str(link.label) for link in navigation.links(entries, request)]


@pytest.mark.parametrize(
    ("role", "review", "record", "members"),
    [
        (Role.READER, False, False, False),
        (Role.CONTRIBUTOR, False, True, False),
        (Role.REVIEWER, True, True, False),
        (Role.COORDINATOR, True, True, True),
    ],
)
def test_navigation_shows_what_the_role_may_use(
    role: Role, review: bool, record: bool, members: bool
) -> None:
    user = make_user(agency=make_agency(), role=role)
    assert ("Review" in labels(user, navigation.PAGES)) == review
    assert bool(labels(user, navigation.RECORD)) == record
    assert ("Members and settings" in labels(user, navigation.ACCOUNT)) == members


def test_navigation_leaves_out_what_has_no_page() -> None:
    nowhere = [navigation.Entry("no-such-page/", "Nowhere")]
    assert labels(make_user(), nowhere) == []


@pytest.mark.parametrize(
    ("path_", "address", "current"),
    [
        ("/", "", True),
        ("/lessons/", "", False),
        ("/lessons/ES-GC-2026-0042/", "lessons/", True),
        ("/lessonsmore/", "lessons/", False),
    ],
)
def test_the_current_entry_is_marked(path_: str, address: str, current: bool) -> None:
    assert navigation.is_current(path_, "/", address) == current


def test_theme_is_kept_with_the_person(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    response = client.post("/theme/", {"theme": "dark", "next": "/accounts/logout/"})
    assert (response.status_code, response["Location"]) == (302, "/accounts/logout/")
    user.refresh_from_db()
    assert user.theme == "dark"
    assert 'data-bs-theme="dark"' in client.get("/accounts/logout/").content.decode()


def test_theme_of_somebody_signed_out_is_kept_in_the_browser(client: Client) -> None:
    assert 'data-bs-theme="auto"' in client.get("/accounts/login/").content.decode()
    client.post("/theme/", {"theme": "light"})
    assert 'data-bs-theme="light"' in client.get("/accounts/login/").content.decode()


def test_a_theme_that_is_none_changes_nothing(client: Client) -> None:
    user = make_user(theme="light")
    client.force_login(user)
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400
    user.refresh_from_db()
    assert user.theme == "light"


def test_a_cookie_that_is_no_theme_is_ignored(client: Client) -> None:
    client.cookies["lindero_theme"] = '"><script>'
    assert 'data-bs-theme="auto"' in client.get("/accounts/login/").content.decode()


def test_the_theme_leads_nowhere_else(client: Client) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_component_page_shows_everything() -> None:
    request = RequestFactory().get("/components/")
    request.user = AnonymousUser()
    response = components.components(request)
    assert response.status_code == 200
    page = response.content.decode()
    assert components.LONG_TITLE in page
    assert page.count('class="tlp ') >= 5
    assert 'aria-invalid="true"' in page
    assert "This field is required." in page


def test_error_pages_need_nothing() -> None:
    request = RequestFactory().get("/")
    assert "Something broke here" in server_error(request).content.decode()
    assert "could not be read" in bad_request(request, ValueError()).content.decode()
    assert "out of date" in render_to_string("403_csrf.html")
    assert "You are signed out" in render_to_string("403_signed_out.html")
    assert "Too many tries" in render_to_string("429.html")


def test_refusal_says_why() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    page = permission_denied(request, PermissionDenied("Only the owner may <do> this."))
    assert "Only the owner may &lt;do&gt; this." in page.content.decode()
    assert "another role" in permission_denied(request, PermissionDenied()).content.decode()


def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    client.force_login(make_user())
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "Nothing here for you" in response.content.decode()


def test_what_is_drawn_once_stands_in_several_places() -> None:
    source = "{% load lindero %}{% drawn as links %}<a>{{ name }}</a>{% enddrawn %}{{ links }}|{{ links }}"
    assert (
        Template(source).render(Context({"name": "A & B"})) == "<a>A &amp; B</a>|<a>A &amp; B</a>"
    )


@pytest.mark.parametrize("tag", ["{% drawn %}", "{% drawn links %}", "{% drawn as %}"])
def test_a_tag_without_a_name_is_refused(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="drawn as name"):
        Template("{% load lindero %}" + tag + "{% enddrawn %}")


def test_links_mark_the_page_and_what_lies_below(rf: RequestFactory) -> None:
    entries = [
        navigation.Entry("lessons/", "Lessons & more"),
        navigation.Entry("review/", "R", "<b>"),
    ]
    request = rf.get("/lessons/")
    request.user = AnonymousUser()
    assert navigation.drawn(entries, request) == (
        '<a href="/lessons/" aria-current="page">Lessons &amp; more</a>'
        '<a href="/review/"><span>R<small>&lt;b&gt;</small></span></a>'
    )
    request = rf.get("/lessons/new/")
    request.user = AnonymousUser()
    assert 'href="/lessons/" aria-current="true"' in navigation.drawn(entries, request)
