"""Results: nothing before the end, nothing of few, nothing by subtraction."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.feedback_results import LEAST, Result, apart, results
from evaluation.models import FeedbackRequest
from tests.cast import Cast, make_cast
from tests.factories import close_feedback, make_agency, make_feedback, make_response


@pytest.mark.parametrize(
    ("sizes", "shown", "together"),
    [
        ({"a": 9, "b": 7}, ["a", "b"], []),
        # One small group would be what is left of the whole: the next larger goes with it.
        ({"a": 9, "b": 7, "c": 3}, ["a"], ["b", "c"]),
        # Two small groups that are five together hide each other.
        ({"a": 9, "b": 3, "c": 2}, ["a"], ["b", "c"]),
        ({"a": 9, "b": 2, "c": 2}, [], []),
        ({"a": 9, "b": 4}, [], []),
        ({"a": 9}, [], []),
        ({"a": 4, "b": 4, "c": 4}, [], []),
        ({"a": 9, "b": 0}, [], []),
        ({}, [], []),
    ],
)
def test_groups_are_told_apart_as_far_as_nobody_is_bared(
    sizes: dict[str, int], shown: list[str], together: list[str]
) -> None:
    assert apart(sizes) == (shown, together)


@given(st.dictionaries(st.integers(), st.integers(0, 12), max_size=8))
def test_what_is_shown_and_what_is_left_are_never_fewer_than_five(sizes: dict[int, int]) -> None:
    shown, together = apart(sizes)
    left = sum(sizes.values()) - sum(sizes[key] for key in shown)
    assert all(sizes[key] >= LEAST for key in shown)
    if shown:
        assert left == sum(sizes[key] for key in together)
        assert left == 0 or left >= LEAST
        assert len(together) != 1
        assert all(sizes[one] >= sizes[next_one] for one, next_one in pairwise(shown))
    else:
        assert together == []


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def asked(cast: Cast) -> FeedbackRequest:
    return make_feedback(by=cast.originator)


def one(request: FeedbackRequest, name: str, cast: Cast, *, whole: bool = True) -> Result:
    found = results(request, cast.originator, whole=whole).every
    return next(result for result in found if result.question.standard == name)


@pytest.mark.django_db
def test_nothing_is_told_before_it_is_closed(cast: Cast, asked: FeedbackRequest) -> None:
    for _one in range(9):
        make_response(asked, messages=4, went_well="Kept back")
    assert results(asked, cast.originator, whole=True).by_subject == []
    close_feedback(asked)
    assert results(asked, cast.originator, whole=True).by_subject


@pytest.mark.django_db
def test_nothing_is_told_of_fewer_than_five(cast: Cast, asked: FeedbackRequest) -> None:
    for _one in range(LEAST - 1):
        make_response(asked, messages=4, went_well="Kept back")
    close_feedback(asked)
    found = results(asked, cast.originator, whole=True)
    assert (found.is_bare, found.every) == (True, [])


@pytest.mark.django_db
def test_a_question_that_few_answered_is_not_counted(cast: Cast, asked: FeedbackRequest) -> None:
    for number in range(6):
        given_too: dict[str, Any] = {"again": 1} if number < 4 else {}
        make_response(asked, messages=4, **given_too)
    close_feedback(asked)
    assert one(asked, "messages", cast).whole is not None
    again = one(asked, "again", cast)
    assert (again.whole, again.bars, again.groups, again.number) == (None, [], [], 4)


@pytest.mark.django_db
def test_distribution_median_and_agreement(cast: Cast, asked: FeedbackRequest) -> None:
    for point in (1, 2, 4, 4, 5, 5):
        make_response(asked, messages=point, again=int(point > 2))
    close_feedback(asked)
    messages = one(asked, "messages", cast)
    assert [row["value"] for row in messages.bars] == [2, 2, 0, 1, 1]
    assert (messages.number, messages.median, messages.agreeing) == (6, 4, 4)
    again = one(asked, "again", cast)
    assert [(row["label"], row["value"]) for row in again.bars] == [("Yes", 4), ("No", 2)]
    assert again.median is None


@pytest.mark.django_db
def test_agencies_apart_and_how_far(cast: Cast, asked: FeedbackRequest) -> None:
    small = make_agency(name="Small one")
    for agency, number, point in ((cast.agency, 9, 5), (cast.partner_agency, 7, 2), (small, 3, 1)):
        for _one in range(number):
            make_response(asked, agency=agency, messages=point)
    close_feedback(asked)
    messages = one(asked, "messages", cast)
    table = [(name, size, middle) for name, size, _cells, middle in messages.table]
    assert table == [("Guardia Civil", 9, 5), ("Others together", 10, 2)]
    assert messages.spread == 3
    assert results(asked, cast.originator, whole=True).differing[0].question.standard == "messages"
    assert one(asked, "messages", cast, whole=False).groups == []


@pytest.mark.django_db
def test_the_summary_has_no_texts(cast: Cast, asked: FeedbackRequest) -> None:
    for _one in range(6):
        make_response(asked, messages=3, to_change="Said by somebody")
    close_feedback(asked)
    whole = results(asked, cast.originator, whole=True)
    summary = results(asked, cast.originator, whole=False)
    assert any(result.texts for result in whole.every)
    assert not any(result.texts or result.is_text for result in summary.every)


@pytest.mark.django_db
def test_texts_stand_in_the_order_of_random_keys(cast: Cast, asked: FeedbackRequest) -> None:
    for number in range(30):
        make_response(asked, to_change=f"{number:02d}")
    close_feedback(asked)
    texts = [text.text for text in one(asked, "to_change", cast).texts]
    assert sorted(texts) == [f"{number:02d}" for number in range(30)]
    # That thirty random keys come in order is as likely as 1 in 30!.
    assert texts != sorted(texts)
