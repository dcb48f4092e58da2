"""What is typed is kept on the server while one types, and brought back."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponseBase, QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from lessons.models import Lesson
from records import drafts
from records.drafts import FormKey
from records.models import FormDraft
from tests.cast import Cast, make_cast
from tests.factories import (
    make_agreement,
    make_exercise,
    make_indicator,
    make_lesson,
    make_program,
    make_story,
    partner,
)
from tests.forms import Values, changed, client_of, fields_of, opened
from tests.quick import quick

pytestmark = pytest.mark.django_db
NEW = "/lessons/new/"
NEW_FORMS = {
    "agreement": "/agreements/new/",
    "program": "/programs/new/",
    "exercise": "/exercises/new/",
    "lesson": NEW,
    "indicator": "/evaluation/indicators/new/?starter=blank",
    "story": "/stories/new/",
}
MAKERS: dict[str, Any] = {
    "agreement": make_agreement,
    "program": make_program,
    "exercise": make_exercise,
    "lesson": make_lesson,
    "indicator": make_indicator,
    "story": make_story,
}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def attribute(response: HttpResponseBase, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', response.content.decode())  # type: ignore[attr-defined]
    assert found
    return found.group(1).replace("&amp;", "&")


def type_into(client: Client, path: str, **changes: Any) -> tuple[HttpResponseBase, Values]:
    """Open the form at ``path``, type, and let the script save the draft."""
    page = client.get(path)
    values = changed(fields_of(page), **changes)
    return client.post(attribute(page, "data-draft-url"), values), values


def test_a_new_form_is_kept_while_typing_and_brought_back(cast: Cast) -> None:
    client = client_of(cast.originator)
    answer, values = type_into(client, NEW, title="Half a sen", partners=[partner("MA")])
    assert answer.status_code == 200
    assert set(answer.json()) == {"time"}  # type: ignore[attr-defined]
    draft = FormDraft.objects.get()
    assert (draft.person, draft.title) == (cast.originator, "Half a sen")
    assert draft.path == f"{NEW}?draft={values['uuid'][0]}"
    assert not {"csrfmiddlewaretoken", "person"} & set(draft.data)
    page = client.get(NEW)
    assert "Restored what you typed at" in page.content.decode()
    assert fields_of(page)["title"] == ["Half a sen"]
    assert fields_of(page)["partners"] == [str(partner("MA").pk)]
    assert fields_of(page)["uuid"] == values["uuid"]


@pytest.mark.parametrize("kind", sorted(drafts.record_models()))
@pytest.mark.parametrize("new", quick(True, of=[True, False]), ids=["new", "edit"])
def test_the_form_of_every_kind_of_record_is_kept_and_brought_back(
    cast: Cast, kind: str, new: bool
) -> None:
    client = client_of(cast.originator)
    path = NEW_FORMS[kind]
    if not new:
        path = f"{MAKERS[kind](by=cast.originator).get_absolute_url()}edit/"
    answer, _values = type_into(client, path, title="Half a sen")
    assert answer.status_code == 200
    page = client.get(FormDraft.objects.get().path)
    assert "Restored what you typed at" in page.content.decode()
    assert fields_of(page)["title"] == ["Half a sen"]


def test_typing_on_changes_the_one_draft(cast: Cast) -> None:
    client = client_of(cast.originator)
    type_into(client, NEW, title="Half")
    type_into(client, NEW, title="Half and more")
    assert [draft.title for draft in FormDraft.objects.all()] == ["Half and more"]


def test_what_is_not_valid_is_kept_as_it_is_and_not_judged(cast: Cast) -> None:
    client = client_of(cast.originator)
    lesson = make_lesson(by=cast.originator)
    path = f"/lessons/{lesson.ref}/edit/"
    type_into(client, path, occurred_on="last summer", title="x" * 400)
    page = client.get(path)
    assert fields_of(page)["occurred_on"] == ["last summer"]
    assert fields_of(page)["title"] == ["x" * 400]
    assert 'class="errors"' not in page.content.decode()


def test_saving_the_form_forgets_the_draft(cast: Cast) -> None:
    client = client_of(cast.originator)
    type_into(client, NEW, title="Half")
    client.post(NEW, changed(fields_of(client.get(NEW)), title="A whole sentence"))
    assert FormDraft.objects.count() == 0
    assert Lesson.objects.get().title == "A whole sentence"


def test_a_draft_that_arrives_after_saving_is_not_kept(cast: Cast) -> None:
    client = client_of(cast.originator)
    page = client.get(NEW)
    values = changed(fields_of(page), title="A whole sentence")
    client.post(NEW, values)
    assert client.post(attribute(page, "data-draft-url"), values).status_code == 200
    assert FormDraft.objects.count() == 0


def test_a_late_draft_of_an_edit_that_says_nothing_new_is_dropped(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    path = f"/lessons/{lesson.ref}/edit/"
    client = client_of(cast.originator)
    page = client.get(path)
    values = changed(fields_of(page), title="Saved")
    client.post(path, values)
    assert client.post(attribute(page, "data-draft-url"), values).status_code == 409
    again = client.get(path)
    assert "Restored" not in again.content.decode()
    assert fields_of(again)["version"] == ["2"]
    assert FormDraft.objects.count() == 0


def test_a_draft_of_an_overtaken_version_is_compared_when_it_is_brought_back(cast: Cast) -> None:
    exercise = make_exercise(by=cast.colleague, title="First")
    path = f"/exercises/{exercise.ref}/edit/"
    mine, theirs = client_of(cast.originator), client_of(cast.colleague)
    type_into(mine, path, title="Mine")
    theirs.post(path, changed(fields_of(theirs.get(path)), title="Theirs"))
    page = mine.get(path)
    shown = [(one.theirs, one.mine) for one in page.context["differences"]]
    assert shown == [("Theirs", "Mine")]
    assert fields_of(page)["title"] == ["Mine"]


def test_a_newer_version_is_said_to_be_ones_own_if_it_was_saved_in_another_window(
    cast: Cast,
) -> None:
    exercise = make_exercise(by=cast.colleague, title="First")
    path = f"/exercises/{exercise.ref}/edit/"
    said = {}
    for name, person in {"own": cast.originator, "not own": cast.colleague}.items():
        mine, theirs = client_of(cast.originator), client_of(person)
        if person == cast.originator:
            theirs = mine
        page = mine.get(path)
        theirs.post(path, opened(theirs, path, title=f"Saved, {name}"))
        values = changed(fields_of(page), title="Mine")
        answer = mine.post(attribute(page, "data-draft-url"), values)
        assert answer.status_code == 409
        overtaken = mine.post(path, values)
        assert overtaken.status_code == 409
        words = re.sub(r"<[^>]*>", "", overtaken.content.decode())
        found = re.search(
            r"(You|A newer version)[^.]*(window|writing), \d+ \w+ \d+, \d+:\d+\. ", words
        )
        assert found
        said[name] = (found.group(1), answer.json()["own"])
        FormDraft.objects.all().delete()
    assert said == {"own": ("You", True), "not own": ("A newer version", False)}


def test_it_can_be_discarded(cast: Cast) -> None:
    client = client_of(cast.originator)
    type_into(client, NEW, title="Half")
    page = client.get(NEW)
    action = re.search(r'action="(/drafts/discard/[^"]*)"', page.content.decode())
    assert action
    response = client.post(action.group(1).replace("&amp;", "&"))
    assert response.headers["Location"] == f"{NEW}?draft=none"
    assert FormDraft.objects.count() == 0
    assert fields_of(client.get(NEW))["title"] == [""]


def test_a_form_opened_from_an_exercise_starts_fresh(cast: Cast) -> None:
    exercise = make_exercise(by=cast.colleague)
    client = client_of(cast.originator)
    type_into(client, NEW, title="Something else")
    assert fields_of(client.get(f"{NEW}?exercise={exercise.ref}"))["title"] == [""]


def test_rows_of_a_draft_come_back(cast: Cast) -> None:
    client = client_of(cast.originator)
    page = client.get("/exercises/new/")
    values = changed(
        fields_of(page),
        title="Sea 14",
        objectives__TOTAL_FORMS="1",
        objectives__0__text="Hand over in ten minutes",
        objectives__0__rating="S",
    )
    client.post(attribute(page, "data-draft-url"), values)
    shown = fields_of(client.get("/exercises/new/"))
    assert shown["objectives-0-text"] == ["Hand over in ten minutes"]
    assert shown["objectives-0-rating"] == ["S"]


def test_nobody_writes_into_anothers_drafts(cast: Cast) -> None:
    page = client_of(cast.originator).get(NEW)
    url = attribute(page, "data-draft-url")
    other = client_of(cast.colleague)
    assert other.post(url, {"title": "Forged"}).status_code == 403
    assert other.post("/drafts/?form=nonsense", {"title": "Forged"}).status_code == 403
    assert other.post("/drafts/", {"title": "Forged"}).status_code == 403
    assert FormDraft.objects.count() == 0
    assert other.get(url).status_code == 405


def test_no_draft_of_a_form_that_cannot_be_opened(cast: Cast) -> None:
    hidden = make_lesson(by=cast.colleague)
    shown = make_exercise(by=cast.partner_reviewer, tlp="green")
    client = client_of(cast.originator)
    found = {}
    for key in (FormKey("lesson", ref=hidden.ref), FormKey("exercise", ref=shown.ref)):
        url = f"/drafts/?form={drafts.sign(key, cast.originator)}"
        found[key.kind] = client.post(url, {"title": "x"}).status_code
    assert found == {"lesson": 404, "exercise": 403}
    reader = client_of(cast.reader)
    url = f"/drafts/?form={drafts.sign(FormKey('lesson', token='x'), cast.reader)}"
    assert reader.post(url, {"title": "x"}).status_code == 403
    assert FormDraft.objects.count() == 0


def test_more_than_any_form_holds_is_not_kept(cast: Cast) -> None:
    answer, _values = type_into(client_of(cast.originator), NEW, observation="x" * 2_000_001)
    assert answer.status_code == 413
    assert FormDraft.objects.count() == 0


def test_nul_is_left_out_of_a_draft(cast: Cast) -> None:
    client = client_of(cast.originator)
    type_into(client, NEW, title="a\0b")
    assert fields_of(client.get(NEW))["title"] == ["ab"]


def test_the_oldest_of_many_drafts_go(cast: Cast) -> None:
    client = client_of(cast.originator)
    for _number in range(drafts.MOST + 1):
        FormDraft.objects.create(person=cast.originator, key=f"exercise:{_number}", path="/")
    type_into(client, NEW, title="Newest")
    assert FormDraft.objects.count() == drafts.MOST
    assert drafts.unfinished(cast.originator)[0].title == "Newest"
    assert list(drafts.unfinished(cast.colleague)) == []


LIST = "/drafts/mine/"


def test_all_unfinished_forms_stand_in_a_list_of_their_own(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.originator)
    assert "No form is unfinished" in client.get(LIST).content.decode()
    lesson = make_lesson(by=cast.originator)
    type_into(client, NEW, title="<b>Half</b> a sentence")
    type_into(client, f"{lesson.get_absolute_url()}edit/", title="Another")
    with django_assert_num_queries(5):
        text = client.get(LIST).content.decode()
    assert text.index("Another") < text.index("&lt;b&gt;Half&lt;/b&gt; a sentence")
    assert lesson.ref in text
    for draft in FormDraft.objects.all():
        assert f'href="{draft.path}"' in text
    for number in range(9):
        key = FormKey("exercise", token=str(uuid4()))
        drafts.keep(key, QueryDict(f"title=Exercise+{number}"), cast.originator)
    with django_assert_num_queries(5):
        assert client.get(LIST).content.decode().count("data-confirm") == 11
    home = client.get("/").content.decode()
    assert f'href="{LIST}"' in home
    assert f'href="{LIST}"' in client.get(reverse("lessons:mine")).content.decode()
    assert "Half" not in client_of(cast.colleague).get(LIST).content.decode()


def test_a_form_is_discarded_from_the_list_by_its_owner_alone(cast: Cast) -> None:
    client = client_of(cast.originator)
    type_into(client, NEW, title="Half a sentence")
    action = attribute(client.get(LIST), 'form method="post" action')
    assert client_of(cast.colleague).post(action).status_code == 403
    assert FormDraft.objects.count() == 1
    page = client.post(action, follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    assert "What you typed is discarded." in page.content.decode()
    assert not FormDraft.objects.exists()
    assert Client().get(LIST).status_code == 302


def test_the_device_keeps_no_copy_where_an_agency_shares_terminals(cast: Cast) -> None:
    client = client_of(cast.originator)
    page = client.get(NEW)
    assert attribute(page, "data-draft-device") == "on"
    assert attribute(page, "data-draft-key") == "lesson:new"
    assert attribute(page, "data-draft-person") == str(cast.originator.pk)
    cast.agency.device_drafts = False
    cast.agency.save()
    assert attribute(client.get(NEW), "data-draft-device") == "off"


def test_the_page_after_saving_tells_the_device_to_forget_its_copy(cast: Cast) -> None:
    client = client_of(cast.originator)
    values = changed(fields_of(client.get(NEW)), title="A whole sentence")
    page = client.post(NEW, values, follow=True)
    assert 'data-draft-clear="lesson:new"' in page.content.decode()
