"""Saved views: kept, shared, on home with what is new, and nobody's business but theirs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.timezone import localtime
from pytest_django import DjangoAssertNumQueries

from agencies.models import Membership, User
from agencies.roles import Role
from insights.saved_views import Figures, pins_of
from lessons.models import Lesson
from lessons.vocabulary import Status
from records.models import SavedView, SavedViewUse
from records.saved_views import MOST_PINNED, MOST_VIEWS, NotAllowedError, at_hand, keep, rename
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program, make_user
from tests.quick import ROWS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def view_of(owner: User, name: str = "Mine", **fields: Any) -> SavedView:
    fields.setdefault("kind", "lessons")
    return SavedView.objects.create(owner=owner, name=name, **fields)


def do(user: User, view: SavedView, deed: str, **more: str) -> str:
    """Press a button of the page; return what it says."""
    address = f"/views/{view.pk}/change/"
    answer = client_of(user).post(address, {"deed": deed, **more}, follow=True)
    assert answer.redirect_chain == [("/views/", 302)]
    return " ".join(str(message) for message in answer.context["messages"])


def use_of(user: User, view: SavedView) -> SavedViewUse:
    return SavedViewUse.objects.get(person=user, view=view)


def pins(user: User) -> list[tuple[str, str, int]]:
    fresh = User.objects.get(pk=user.pk)
    return [(pin.view.name, pin.counted, pin.new) for pin in pins_of(fresh)]


# --- Saving ---------------------------------------------------------------------------------------


def test_a_filter_is_saved_without_page_and_noise(cast: Cast) -> None:
    client = client_of(cast.reader)
    given = {
        "kind": "lessons",
        "name": "  Night   patrols ",
        "query": "?partner=FR&partner=MA&q=&cursor=abc&nonsense=1&sort=title&partner=FR",
        "pinned": "on",
    }
    answer = client.post("/views/new/", given)
    assert answer.headers["Location"] == "/lessons/?partner=FR&partner=MA&sort=title"
    view = SavedView.objects.get()
    assert (view.owner, view.kind, view.name) == (cast.reader, "lessons", "Night patrols")
    assert (view.query, view.agency) == ("partner=FR&partner=MA&sort=title", None)
    assert use_of(cast.reader, view).pinned


@pytest.mark.parametrize("kind", ["lessons", "exercises", "programs", "agreements"])
def test_every_list_offers_to_save_what_it_shows(cast: Cast, kind: str) -> None:
    client = client_of(cast.reader)
    page = client.get(f"/{kind}/?q=radio&cursor=x").content.decode()
    assert f'name="kind" value="{kind}"' in page
    assert 'name="query" value="q=radio"' in page
    client.post("/views/new/", {"kind": kind, "query": "q=radio", "name": "Radio"})
    view = SavedView.objects.get()
    page = client.get(f"/{kind}/?q=radio").content.decode()
    assert f'<a href="/views/{view.pk}/" aria-current="true">' in page
    assert f'<a href="/views/{view.pk}/">' in client.get(f"/{kind}/").content.decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "   "}, "This field is required."),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "Taken"}, "You have a view of this list with this name."),
        ({"kind": "people"}, "This is not a list that can be saved."),
        ({"kind": ""}, "This is not a list that can be saved."),
        ({"query": "q=" + "x" * 7000}, "This is not a list that can be saved."),
        ({"query": "partner=XX"}, "A filter of the list needs your attention"),
        ({"query": "from=yesterday"}, "A filter of the list needs your attention"),
        ({"agency": "999999"}, "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_not_saved(cast: Cast, change: dict[str, str], message: str) -> None:
    view_of(cast.originator, "Taken")
    given = {"kind": "lessons", "name": "New", "query": "partner=FR"} | change
    answer = client_of(cast.originator).post("/views/new/", given)
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert SavedView.objects.count() == 1


def test_two_people_and_two_lists_may_have_the_same_name(cast: Cast) -> None:
    for user, kind in (
        (cast.reader, "lessons"),
        (cast.reader, "programs"),
        (cast.endorser, "lessons"),
    ):
        client_of(user).post("/views/new/", {"kind": kind, "name": "Same", "query": ""})
    assert SavedView.objects.count() == 3


def test_the_form_stands_alone_too(cast: Cast) -> None:
    client = client_of(cast.reader)
    page = client.get("/views/new/?kind=lessons&query=partner%3DFR")
    assert "Partner: France" in page.content.decode()
    assert "Shared with" not in page.content.decode()  # a reader shares nothing
    assert client.get("/views/new/?kind=nonsense&query=%00").status_code == 200


def test_a_person_has_a_bounded_number_of_views(cast: Cast) -> None:
    SavedView.objects.bulk_create(
        SavedView(owner=cast.reader, kind="lessons", name=f"View {number}")
        for number in range(MOST_VIEWS)
    )
    answer = client_of(cast.reader).post("/views/new/", {"kind": "lessons", "name": "More"})
    assert f"You have {MOST_VIEWS} views." in answer.content.decode()
    assert SavedView.objects.count() == MOST_VIEWS


def test_the_same_form_sent_twice_at_once_makes_one_view(cast: Cast) -> None:
    """Past the form, which looks before the owner is locked."""
    view_of(cast.reader, "Once")
    with pytest.raises(NotAllowedError, match="with this name"):
        keep(SavedView(kind="lessons", name="Once"), by=cast.reader)
    other = view_of(cast.reader, "Twice")
    with pytest.raises(NotAllowedError, match="with this name"):
        rename(other, "Once", by=cast.reader)


# --- Whose they are -------------------------------------------------------------------------------


def test_a_view_is_ones_own_until_it_is_shared(cast: Cast) -> None:
    view = view_of(cast.originator, "Secretname", query="q=radio")
    others = [cast.colleague, cast.coordinator, cast.stranger, cast.administrator]
    for user in others:
        client = client_of(user)
        assert "Secretname" not in client.get("/views/").content.decode()
        assert client.get(f"/views/{view.pk}/").status_code == 404
        assert client.post(f"/views/{view.pk}/change/", {"deed": "pin"}).status_code == 404
    assert "is shared" in do(cast.originator, view, "share", agency="ES-GC")
    for user in others:
        sees = user in (cast.colleague, cast.coordinator)
        client = client_of(user)
        page = client.get("/views/").content.decode()
        assert ("Secretname" in page) is sees
        assert client.get(f"/views/{view.pk}/").status_code == (302 if sees else 404)
    page = strip_tags(client_of(cast.colleague).get("/views/").content.decode())
    assert f"Shared with GC by {cast.originator.name}" in page
    assert "Rename, share" not in page
    assert "yours alone" in do(cast.originator, view, "unshare")
    assert client_of(cast.colleague).get(f"/views/{view.pk}/").status_code == 404


@pytest.mark.parametrize("name", ["rename", "share", "unshare"])
def test_only_its_owner_changes_a_view(cast: Cast, name: str) -> None:
    view = view_of(cast.originator, agency=cast.agency)
    said = do(cast.coordinator, view, name, name="Theirs", agency="ES-GC")
    assert said == "Only its owner changes a view."
    view.refresh_from_db()
    assert (view.name, view.agency) == ("Mine", cast.agency)


def test_only_its_owner_deletes_a_view(cast: Cast) -> None:
    view = view_of(cast.originator, agency=cast.agency)
    address = f"/views/{view.pk}/delete/"
    client = client_of(cast.coordinator)
    for ask in (client.get, client.post):
        answer = ask(address, follow=True)
        assert answer.redirect_chain == [("/views/", 302)]
        assert "Only its owner changes a view." in answer.content.decode()
    for ask in (client_of(cast.stranger).get, client_of(cast.stranger).post):
        assert ask(address).status_code == 404
    assert do(cast.originator, view, "delete") == "Nothing was changed."
    assert SavedView.objects.filter(pk=view.pk).exists()


def test_deleting_asks_first(cast: Cast) -> None:
    view = view_of(cast.originator, "Night patrols", query="partner=FR", agency=cast.agency)
    client = client_of(cast.originator)
    address = f"/views/{view.pk}/delete/"
    assert f'href="{address}"' in client.get("/views/").content.decode()
    question = strip_tags(client.get(address).content.decode())
    for words in ("Night patrols", "Lessons", "Partner: France", "Members of GC lose the view"):
        assert words in question
    assert SavedView.objects.filter(pk=view.pk).exists()
    answer = client.post(address, follow=True)
    assert "“Night patrols” is deleted." in answer.content.decode()
    assert not SavedView.objects.exists()


def test_views_are_shared_by_those_who_record(cast: Cast) -> None:
    mine = view_of(cast.reader)
    assert "who record" in do(cast.reader, mine, "share", agency="ES-GC")
    other = view_of(cast.originator)
    assert "who record" in do(cast.originator, other, "share", agency="PT-GNR")
    assert "who record" in do(cast.originator, other, "share", agency="\x00")
    for user in (cast.reader, cast.originator):
        given = {"kind": "lessons", "name": "Pushed", "agency": cast.partner_agency.pk}
        client_of(user).post("/views/new/", given)
    assert not SavedView.objects.filter(agency__isnull=False).exists()
    client_of(cast.originator).post("/views/new/", given | {"agency": cast.agency.pk})
    assert SavedView.objects.get(agency=cast.agency).name == "Pushed"


def test_who_leaves_no_longer_sees_what_stays_for_the_agency(cast: Cast) -> None:
    view = view_of(cast.originator, agency=cast.agency)
    for user in (cast.colleague, cast.reader):
        do(user, view, "pin")
    Membership.objects.filter(user=cast.colleague).update(active=False)
    User.objects.filter(pk=cast.originator.pk).update(is_active=False)
    assert pins(cast.colleague) == []
    assert client_of(cast.colleague).get(f"/views/{view.pk}/").status_code == 404
    assert at_hand(User.objects.get(pk=cast.colleague.pk), "lessons") == []
    assert pins(cast.reader) == [("Mine", "0 lessons", 0)]


def test_a_view_is_renamed(cast: Cast) -> None:
    view = view_of(cast.reader, query="q=radio")
    assert "called “Better” now" in do(cast.reader, view, "rename", name=" Better ")
    view.refresh_from_db()
    assert (view.name, view.query) == ("Better", "q=radio")
    assert do(cast.reader, view, "nonsense") == "Nothing was changed."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Taken", "You have a view of this list with this name."),
        (" ", "This field is required."),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_a_name_that_cannot_be_is_kept_with_its_message_beside_it(
    cast: Cast, name: str, message: str
) -> None:
    view_of(cast.reader, "Taken")
    view = view_of(cast.reader)
    client = client_of(cast.reader)
    given = {"deed": "rename", "name": name}
    answer = client.post(f"/views/{view.pk}/change/", given)
    assert answer.status_code == 422
    [row] = [row for row in answer.context["rows"] if row.renaming]
    assert (row.view.pk, row.view.name) == (view.pk, "Mine")
    page = answer.content.decode()
    assert "“Mine” is not renamed." in page
    field = re.search(rf'<input [^>]*id="name-{view.pk}"[^>]*>', page)
    assert field is not None
    assert f'value="{name}"' in field[0]
    assert f'aria-describedby="name-{view.pk}-error"' in field[0]
    assert message in page.partition(f'id="name-{view.pk}-error"')[2].partition("</form>")[0]
    view.refresh_from_db()
    assert view.name == "Mine"


def test_one_stays_on_the_page_of_views_where_one_was(cast: Cast) -> None:
    for number in range(31):
        view_of(cast.reader, f"View {number:02}")
    last = SavedView.objects.get(name="View 30")
    client = client_of(cast.reader)
    second = client.get("/views/").context["page"]["next_url"]
    assert second is not None
    here = second.removeprefix("/views/")
    address = f"/views/{last.pk}/change/{here}"
    assert f'action="{address}"' in unescape(client.get(second).content.decode())
    wrong = client.post(address, {"deed": "rename", "name": "View 00"})
    assert [row.view for row in wrong.context["rows"]] == [last]
    assert wrong.context["page"]["first_url"] == "/views/"
    done = client.post(address, {"deed": "subscribe"})
    assert done.headers["Location"] == second


def test_what_one_does_with_a_view_is_ones_own(cast: Cast) -> None:
    view = view_of(cast.originator, agency=cast.agency)
    do(cast.colleague, view, "pin")
    do(cast.colleague, view, "subscribe")
    do(cast.reader, view, "subscribe")
    do(cast.colleague, view, "unpin")
    assert not SavedViewUse.objects.filter(person=cast.originator).exists()
    used = {
        user.name: (use_of(user, view).pinned, use_of(user, view).subscribed)
        for user in (cast.colleague, cast.reader)
    }
    assert used == {cast.colleague.name: (False, True), cast.reader.name: (False, True)}
    do(cast.reader, view, "unsubscribe")
    assert not use_of(cast.reader, view).subscribed
    assert use_of(cast.colleague, view).subscribed


# --- Home, and what is new ------------------------------------------------------------------------


def test_home_has_room_for_so_many(cast: Cast) -> None:
    views = [view_of(cast.reader, f"View {number}") for number in range(MOST_PINNED + 1)]
    for view in views[:-1]:
        assert "is on your home" in do(cast.reader, view, "pin")
    assert "room for 8 views" in do(cast.reader, views[-1], "pin")
    assert len(pins(cast.reader)) == MOST_PINNED
    do(cast.reader, views[0], "unpin")
    assert "is on your home" in do(cast.reader, views[-1], "pin")


def test_new_is_what_came_since_the_view_was_opened(cast: Cast) -> None:
    now = timezone.now()
    view = view_of(cast.reader, query="partner=FR")
    do(cast.reader, view, "pin")
    SavedViewUse.objects.update(seen_at=now - timedelta(hours=1))
    common: dict[str, Any] = {"by": cast.originator, "status": Status.NOTED, "partners": ("FR",)}
    before: dict[str, Any] = {
        "submitted_at": now - timedelta(hours=3),
        "taken_at": now - timedelta(hours=3),
    }
    make_lesson(**common, published_at=now - timedelta(hours=2), **before)
    make_lesson(**common, published_at=now - timedelta(minutes=5), **before)
    make_lesson(**common | {"partners": ("MA",)})
    make_lesson(**common, tlp=TLP.RED)
    make_lesson(**common | {"status": Status.SUBMITTED})
    assert pins(cast.reader) == [("Mine", "2 lessons", 1)]
    client = client_of(cast.reader)
    home = strip_tags(client.get("/").content.decode())
    assert "1 new" in home
    assert client.head(f"/views/{view.pk}/").status_code == 302
    assert pins(cast.reader) == [("Mine", "2 lessons", 1)]
    assert client.get(f"/views/{view.pk}/").headers["Location"] == "/lessons/?partner=FR"
    assert pins(cast.reader) == [("Mine", "2 lessons", 0)]


def test_what_is_new_is_shown_by_itself(cast: Cast) -> None:
    lists = (
        ("lessons", lambda **fields: make_lesson(**fields, status=Status.NOTED)),
        ("agreements", make_agreement),
        ("programs", make_program),
        ("exercises", make_exercise),
    )
    for kind, make in lists:
        view = view_of(cast.reader, kind, kind=kind, query="partner=FR&sort=title")
        make(by=cast.originator, title="Old", partners=("FR",))
        do(cast.reader, view, "pin")
        common: dict[str, Any] = {"title": "New", "tlp": TLP.GREEN}
        make(by=cast.originator, partners=("FR",), **common)
        make(by=cast.originator, partners=("FR",), title="Hidden", tlp=TLP.RED)
        make(by=cast.originator, partners=("MA",), **common)
        make(by=cast.reader, agency=cast.agency, partners=("FR",), **common | {"title": "My own"})
        client = client_of(cast.reader)
        way = f'<a class="tag accent" href="/views/{view.pk}/?only=new">1 new<'
        assert way in client.get("/").content.decode()
        assert way in client.get("/views/").content.decode()
        assert client.head(f"/views/{view.pk}/?only=new").headers["Location"].endswith("sort=title")
        seen_at = use_of(cast.reader, view).seen_at
        shown = client.get(f"/views/{view.pk}/?only=new", follow=True)
        assert [row.title for row in shown.context["shown"].rows] == ["New"]
        chips = {chip.label: chip for chip in shown.context["shown"].chips}
        assert chips["New since"].value == date_format(localtime(seen_at), "j M Y, H:i")
        assert chips["New since"].remove_url == f"/{kind}/?partner=FR&sort=title"
        assert [figures.new for figures in pins_of(cast.reader)] == [0] * len(pins(cast.reader))


def test_opening_a_view_offers_what_is_new_once(cast: Cast) -> None:
    view = view_of(cast.reader, query="partner=FR")
    client = client_of(cast.reader)
    address = f"/views/{view.pk}/"
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("FR",), title="Old")
    first = client.get(address, follow=True).content.decode()
    assert "new since" not in first  # never opened before
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("FR",), title="New")
    page = client.get(address, follow=True).content.decode()
    assert "1 is new since" in page
    found = re.search(r'<a href="([^"]+)">Show only what is new</a>', page)
    assert found is not None
    answer = client.get(unescape(found[1]))
    assert [row.title for row in answer.context["shown"].rows] == ["New"]
    assert "new since" not in client.get(address, follow=True).content.decode()


def test_a_view_that_was_never_opened_has_a_number_and_no_news(cast: Cast) -> None:
    view_of(cast.originator, "Shared", query="partner=FR", agency=cast.agency)
    make_lesson(by=cast.originator, status=Status.NOTED, partners=("FR",))
    [row] = client_of(cast.reader).get("/views/").context["rows"]
    assert (row.figures.counted, row.figures.new) == ("1 lesson", 0)


def test_what_one_recorded_oneself_is_no_news(cast: Cast) -> None:
    for kind, make in (
        ("agreements", make_agreement),
        ("programs", make_program),
        ("exercises", make_exercise),
    ):
        view = view_of(cast.originator, kind, kind=kind)
        do(cast.originator, view, "pin")
        for by in (cast.originator, cast.colleague):
            make(by=by)
    assert [(counted, new) for _name, counted, new in pins(cast.originator)] == [
        ("2 agreements", 1),
        ("2 exercises", 1),
        ("2 programs", 1),
    ]


def test_a_submitted_lesson_is_news_for_the_staff_alone(cast: Cast) -> None:
    view = view_of(cast.originator, agency=cast.agency)
    for user in (cast.reader, cast.reviewer):
        do(user, view, "pin")
    make_lesson(by=cast.originator, status=Status.SUBMITTED)
    assert pins(cast.reader) == [("Mine", "0 lessons", 0)]
    assert pins(cast.reviewer) == [("Mine", "1 lesson", 1)]


def test_a_shared_view_shares_no_record(cast: Cast) -> None:
    hidden = make_exercise(by=cast.originator, title="Secretword", tlp=TLP.RED)
    make_lesson(by=cast.originator, status=Status.NOTED, exercise=hidden, tlp=TLP.GREEN)
    view = view_of(cast.originator, query=f"exercise={hidden.ref}", agency=cast.agency)
    for user in (cast.originator, cast.colleague):
        do(user, view, "pin")
    assert pins(cast.originator) == [("Mine", "1 lesson", 0)]
    assert pins(cast.colleague) == [("Mine", "A filter needs your attention", 0)]
    client = client_of(cast.colleague)
    for address in ("/views/", "/"):
        page = client.get(address).content.decode()
        assert hidden.ref not in page
        assert "Secretword" not in page
    assert "Exercise: not for you to see" in client.get("/views/").content.decode()
    landed = client.get(f"/views/{view.pk}/", follow=True)
    assert "is not for you to see" in landed.content.decode()
    assert "Secretword" not in landed.content.decode()


def test_numbers_are_those_of_the_lists(cast: Cast) -> None:
    for number in range(4):
        tlp = TLP.AMBER_STRICT if number % 2 else TLP.GREEN
        make_lesson(by=cast.originator, status=Status.NOTED, partners=("FR",), tlp=tlp)
    for user in (cast.reader, cast.stranger, cast.partner_reader):
        view = view_of(user, query="partner=FR&sort=title")
        do(user, view, "pin")
        listed = client_of(user).get("/lessons/?partner=FR").context["shown"]
        assert [counted for _name, counted, _new in pins(user)] == [listed.words]
    assert Lesson.objects.count() == 4


def test_news_are_said_in_words() -> None:
    assert Figures(SavedView(), "Lessons", "1,200 lessons", 1200).news == "1,200 new"
    assert Figures(SavedView(), "Lessons", "3 lessons", 0).news == ""


# --- Cost and paging ------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_page_costs_the_same_for_one_view_and_thirty(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast = make_cast()
    for number in range(rows):
        view_of(cast.originator, f"V {number}", query=f"partner=FR&theme=drones&q={number}")
    for view in SavedView.objects.all():
        SavedViewUse.objects.create(view=view, person=cast.originator)
    client = client_of(cast.originator)
    client.get("/views/")
    # Session, person, agencies; views; uses; what changed; numbers; agencies to share with; notices.
    # What the words of each view find is known from before.
    with django_assert_num_queries(9):
        client.get("/views/")


@pytest.mark.parametrize("rows", [1, MOST_PINNED])
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_home_costs_the_same_for_one_pin_and_eight_and_a_list_none(
    rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast = make_cast()
    for number in range(rows):
        view = view_of(cast.reader, f"V {number}", query=f"partner=FR&theme=drones&q={number}")
        SavedViewUse.objects.create(view=view, person=cast.reader, pinned=True)
    assert cast.reader.standing.home  # asked once for each person
    pins_of(cast.reader)
    # Pins, what changed, numbers; what the words of each view find is known from before.
    with django_assert_num_queries(3):
        pins_of(cast.reader)
    client = client_of(cast.reader)
    client.get("/lessons/")
    # Session, person, agencies; what changed; no rows; saved views.
    with django_assert_num_queries(5):
        client.get("/lessons/", headers={"HX-Request": "true"})


def test_the_menu_of_a_list_offers_a_dozen(cast: Cast) -> None:
    for number in range(40):
        view_of(cast.reader, f"View {number:02}")
    page = client_of(cast.reader).get("/lessons/").content.decode()
    assert "View 11" in page
    assert "View 12" not in page
    assert "Shared by colleagues" not in page
    client = client_of(cast.reader)
    first = client.get("/views/")
    assert "View 29" in first.content.decode()
    assert "View 30" not in first.content.decode()
    second = client.get(first.context["page"]["next_url"])
    assert "View 39" in second.content.decode()
    beginning = client.get("/views/?cursor=nonsense").content.decode()
    assert "That page does not exist." in beginning
    assert "View 00" in beginning


def test_the_menu_of_a_list_offers_what_colleagues_share(cast: Cast) -> None:
    for number in range(14):
        view_of(cast.colleague, f"Shared {number:02}", agency=cast.agency)
        view_of(cast.originator, f"Mine {number:02}")
    view_of(cast.colleague, "Of another list", agency=cast.agency, kind="programs")
    view_of(cast.colleague, "Not shared")
    names = [(one.name, one.theirs) for one in at_hand(cast.originator, "lessons")]
    mine = [(f"Mine {number:02}", 0) for number in range(12)]
    assert names == [*mine, *((f"Shared {number:02}", 1) for number in range(12))]
    # What one uses has its place.
    do(cast.originator, SavedView.objects.get(name="Shared 13"), "subscribe")
    do(cast.originator, SavedView.objects.get(name="Mine 13"), "pin")
    offered = at_hand(cast.originator, "lessons")
    assert (offered[11].name, offered[-1].name, len(offered)) == ("Mine 13", "Shared 13", 24)
    page = client_of(cast.originator).get("/lessons/").content.decode()
    menu = " ".join(strip_tags(page.partition("views-menu")[2].partition("</details>")[0]).split())
    assert "Your views of this list Mine 00" in menu
    assert f"Shared by colleagues Shared 00{cast.colleague.name} Shared 01" in menu
    assert at_hand(User.objects.get(pk=cast.stranger.pk), "lessons") == []


def test_ones_own_views_come_first(cast: Cast) -> None:
    view_of(cast.colleague, "A of a colleague", agency=cast.agency)
    view_of(cast.originator, "z mine")
    view_of(cast.originator, "B mine")
    rows = client_of(cast.originator).get("/views/").context["rows"]
    assert [row.view.name for row in rows] == ["B mine", "z mine", "A of a colleague"]
    assert [row.mine for row in rows] == [True, True, False]


def test_a_role_elsewhere_shows_the_views_of_there(cast: Cast) -> None:
    person = make_user(agency=cast.far_agency, role=Role.READER)
    view_of(cast.originator, "Of the agency", agency=cast.agency)
    assert "Of the agency" not in client_of(person).get("/views/").content.decode()
    give(person, cast.agency, Role.READER)
    assert "Of the agency" in client_of(person).get("/views/").content.decode()
