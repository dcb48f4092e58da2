"""The words of agreements, programs and exercises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from pages import listing
from pages.cursors import Cursor
from programs.search import AGREEMENT_TEXT, EXERCISE_TEXT, PROGRAM_TEXT
from records.search import TextIndex, keep_indexes
from records.vocabulary import TLP
from records.words import parse
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_program
from tests.quick import quick

pytestmark = pytest.mark.django_db
KINDS: dict[str, tuple[Callable[..., Any], TextIndex]] = {
    "agreements": (make_agreement, AGREEMENT_TEXT),
    "programs": (make_program, PROGRAM_TEXT),
    "exercises": (make_exercise, EXERCISE_TEXT),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.mark.parametrize(
    ("kind", "column"),
    [(kind, name) for kind, (_, index) in KINDS.items() for name in index.columns],
)
def test_every_text_of_an_activity_is_searched(cast: Cast, kind: str, column: str) -> None:
    make, index = KINDS[kind]
    found = make(by=cast.originator, **{column: "Walrus-1"})
    make(by=cast.originator)
    assert index.matching(parse("walrus")) == [found.pk]


@each_kind
def test_the_index_follows_and_is_kept(cast: Cast, kind: str) -> None:
    make, index = KINDS[kind]
    one, other = (make(by=cast.originator, title="Walrus") for _ in range(2))
    index.model.objects.filter(pk=one.pk).update(title="Seal")
    assert index.matching(parse("walrus")) == [other.pk]
    keep_indexes()
    other.delete()
    assert index.matching(parse("walrus")) == []
    assert index.matching(parse("seal")) == [one.pk]


@each_kind
def test_the_list_shows_and_counts_only_what_the_reader_may_see(cast: Cast, kind: str) -> None:
    make, index = KINDS[kind]
    hidden = make(by=cast.originator, title="Walrus", summary="Xyzzy", tlp=TLP.AMBER)
    shown = make(by=cast.originator, title="Walrus", tlp=TLP.CLEAR)
    assert set(index.matching(parse("walrus"))) == {hidden.pk, shown.pk}
    client = Client()
    client.force_login(cast.stranger)
    answer = client.get(f"/{kind}/?q=walrus")
    assert [row.pk for row in answer.context["shown"].rows] == [shown.pk]
    assert answer.context["shown"].total == 1
    assert hidden.ref not in answer.content.decode()
    assert client.get(f"/{kind}/?q=xyzzy").context["shown"].total == 0


@each_kind
def test_a_search_for_nothing_is_said_beside_its_field(cast: Cast, kind: str) -> None:
    KINDS[kind][0](by=cast.originator, title="Walrus", tlp=TLP.CLEAR)
    client = Client()
    client.force_login(cast.stranger)
    answer = client.get(f"/{kind}/?q=-walrus")
    assert answer.context["shown"].rows == []
    assert "Give at least one word to find" in answer.content.decode()


@each_kind
def test_the_most_relevant_comes_first_with_the_words_marked(
    cast: Cast, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    make, _index = KINDS[kind]
    filler = " ".join(f"word{number}" for number in range(120))
    least = make(by=cast.originator, title="Other", summary=f"{filler} walrus {filler}")
    best = make(by=cast.originator, title="Walrus", summary="The walrus & others.")
    for _ in range(3):
        make(by=cast.originator, title="Else", summary=f"{filler} walrus")
    client = Client()
    client.force_login(cast.originator)
    first = client.get(f"/{kind}/?q=walrus")
    shown = first.context["shown"]
    assert shown.sort.name == "relevance"
    assert shown.rows[0].pk == best.pk
    assert "The <mark>walrus</mark> &amp; others." in first.content.decode()
    assert "<mark>Walrus</mark></a></h3>" in first.content.decode()
    pages = [shown]
    while pages[-1].page["next_url"]:
        pages.append(client.get(pages[-1].page["next_url"]).context["shown"])
    forward = [[row.pk for row in page.rows] for page in pages]
    assert [len(page) for page in forward] == [2, 2, 1]
    assert any(least.pk in page for page in forward)
    back = pages[-1]
    for page in reversed(forward[:-1]):
        back = client.get(back.page["previous_url"]).context["shown"]
        assert [row.pk for row in back.rows] == page
    # Another order keeps the snippets.
    newest = client.get(f"/{kind}/?q=walrus&sort=newest")
    assert "<mark>walrus</mark>" in newest.content.decode()


@each_kind
def test_what_is_found_and_leaves_in_no_file_is_said(cast: Cast, kind: str) -> None:
    make, _index = KINDS[kind]
    for tlp in (TLP.RED, TLP.GREEN):
        make(by=cast.originator, title="Walrus", tlp=tlp)
    make(by=cast.originator, title="Seal", tlp=TLP.RED)
    client = Client()
    client.force_login(cast.originator)
    for sort in ("", "&sort=newest"):
        shown = client.get(f"/{kind}/?q=walrus{sort}").context["shown"]
        assert (shown.total, shown.kept_back) == (2, 1)


FORGED = quick(-(2**63) + 1, 3, of=[-(2**63) + 1, -7, 3, 40, 2**63 - 1])


@each_kind
@pytest.mark.parametrize("place", FORGED)
@pytest.mark.parametrize("backwards", [True, False])
def test_a_place_that_is_not_there_gives_the_beginning_or_the_end(
    cast: Cast, kind: str, place: int, backwards: bool
) -> None:
    make, _index = KINDS[kind]
    made = [make(by=cast.originator, title="Walrus").pk for _ in range(3)]
    client = Client()
    client.force_login(cast.originator)
    cursor = Cursor("relevance", (place, made[0]), backwards)
    answer = client.get(f"/{kind}/?q=walrus&cursor={cursor}")
    assert answer.status_code == 200
    assert {row.pk for row in answer.context["shown"].rows} == set(made)


@each_kind
def test_of_words_given_twice_the_last_count(cast: Cast, kind: str) -> None:
    KINDS[kind][0](by=cast.originator, title="Walrus")
    client = Client()
    client.force_login(cast.originator)
    for query, total, chips in (
        ("q=walrus&q=", 1, []),
        ("q=seal&q=walrus", 1, ["walrus"]),
        ("q=walrus&q=seal", 0, ["seal"]),
    ):
        shown = client.get(f"/{kind}/?{query}", follow=True).context["shown"]
        assert shown.total == total
        assert [chip.value for chip in shown.chips] == chips


@each_kind
def test_what_is_too_much_to_rank_follows_by_date(
    cast: Cast, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("records.search", "programs.finding"):
        monkeypatch.setattr(f"{module}.BOUND", 1)
    make, _index = KINDS[kind]
    made = [make(by=cast.originator, title="Walrus").pk for _ in range(3)]
    client = Client()
    client.force_login(cast.originator)
    answer = client.get(f"/{kind}/?q=walrus")
    assert [row.pk for row in answer.context["shown"].rows] == made[::-1]
    assert "The newest 1 are ordered by relevance" in answer.content.decode()
