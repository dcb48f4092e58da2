"""The page of one lesson: who gets it, what it says to whom, and what it never lets out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agencies.models import User
from lessons.models import Lesson, LessonEvent, Validation
from lessons.next_step import next_step
from lessons.timeline import happened, steps
from lessons.views.lesson import OPENING, Passage, lineage
from lessons.vocabulary import ActionStatus, Attribution, Kind, Status, ValidationMethod
from lessons.workflow import MOVES, perform
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agreement,
    make_comment,
    make_exercise,
    make_lesson,
    make_program,
    make_reuse,
)
from tests.grids import columns_of, grid, rows_of
from tests.quick import ROWS, quick


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, lesson: Lesson) -> str:
    response = browser(user).get(lesson.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


# --- Who gets which page --------------------------------------------------------------------------

IN_REVIEW = """
                  page submit withdraw take hand_over adopt return reject appeal note endorse handling discard
originator        200  409    409      403  403       403   403    403    409    403  403     403      403
reviewer          200  403    403      409  200       403   200    200    403    200  403     200      403
second_reviewer   200  403    403      409  403       403   409    409    403    403  403     200      403
endorser          200  403    403      409  200       403   409    409    403    403  200     200      403
coordinator       200  403    403      409  200       409   409    409    403    403  200     200      403
colleague         404  404    404      404  404       404   404    404    404    404  404     404      404
reader            404  404    404      404  404       404   404    404    404    404  404     404      404
sub_reviewer      404  404    404      404  404       404   404    404    404    404  404     404      404
partner_reviewer  404  404    404      404  404       404   404    404    404    404  404     404      404
stranger          404  404    404      404  404       404   404    404    404    404  404     404      404
administrator     404  404    404      404  404       404   404    404    404    404  404     404      404
signed_out        302  302    302      302  302       302   302    302    302    302  302     302      302
"""

PUBLISHED = """
                  page submit withdraw take hand_over adopt return reject appeal note endorse handling discard
originator        200  409    409      403  403       403   403    403    409    403  403     403      403
reviewer          200  403    403      409  403       403   409    409    403    403  403     200      403
colleague         200  403    403      403  403       403   403    403    403    403  403     403      403
sub_member        200  403    403      403  403       403   403    403    403    403  403     403      403
partner_reader    404  404    404      404  404       404   404    404    404    404  404     404      404
"""

DRAFT = """
                  page submit withdraw take hand_over adopt return reject appeal note endorse handling discard
originator        200  200    409      403  403       403   403    403    409    403  403     403      200
reviewer          404  404    404      404  404       404   404    404    404    404  404     404      404
coordinator       404  404    404      404  404       404   404    404    404    404  404     404      404
"""


TABLES = {Status.IN_REVIEW: IN_REVIEW, Status.NOTED: PUBLISHED, Status.DRAFT: DRAFT}


@pytest.mark.parametrize("status", quick(Status.NOTED, Status.DRAFT, of=TABLES))
def test_every_person_at_every_address(status: Status, cast: Cast, db: None) -> None:
    expected = grid(TABLES[status])
    special: dict[str, Any] = {"reviewer": cast.reviewer} if status == Status.IN_REVIEW else {}
    lesson = make_lesson(by=cast.originator, status=status, **special)
    found = {}
    for name in rows_of(expected):
        client = Client() if name == "signed_out" else browser(getattr(cast, name))
        for address in columns_of(expected):
            found[name, address] = str(client.get(url(lesson, address)).status_code)
    assert found == expected
    assert list(lesson.events.all()) == []


def url(lesson: Lesson, address: str) -> str:
    if address in MOVES:
        return reverse("lessons:move", args=[lesson.ref, address])
    return reverse(f"lessons:{'lesson' if address == 'page' else address}", args=[lesson.ref])


@pytest.mark.parametrize("address", ["", "move/submit/", "move/fly/", "handling/", "discard/"])
def test_what_does_not_exist_is_not_found(address: str, cast: Cast, db: None) -> None:
    client = browser(cast.originator)
    assert client.get(f"/lessons/ES-GC-1999-0001/{address}").status_code == 404


def test_a_move_that_does_not_exist_is_not_found(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator)
    client = browser(cast.originator)
    address = f"{lesson.get_absolute_url()}move/publish/"
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


# --- What it says ---------------------------------------------------------------------------------


def test_the_page_says_what_the_lesson_says(cast: Cast, db: None) -> None:
    exercise = make_exercise(by=cast.originator, title="ALBORÁN 26")
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IDENTIFIED,
        title="Call signs differed between the boats",
        observation="Four times.\n\nEleven minutes.",
        applies_when="Crews change.",
        exercise=exercise,
        attribution=Attribution.NAMED,
        threats=["drugs"],
    )
    make_action(lesson, title="Print the list", owner=cast.colleague)
    text = page(cast.people["reader"], lesson)
    for words in (
        '<h1 class="point" dir="auto">Call signs differed between the boats</h1>',
        '<p dir="auto">Four times.</p>',
        '<p dir="auto">Eleven minutes.</p>',
        "Crews change.",
        "ALBORÁN 26",
        "Olga Originator",
        "Print the list",
        "Guardia Civil and its sub-agencies can read this (11 people)",
        "Drugs",
        "Coordination and transparency",
        "Joint patrols",
    ):
        assert words in text
    # The owner of an action is known in its body, not beyond.
    assert "Carlos Colleague" in text
    assert "Carlos Colleague" not in page(cast.people["sub_member"], lesson)


def test_html_is_shown_as_it_was_typed(cast: Cast, db: None) -> None:
    nasty = "<script>alert(1)</script><b>&amp;"
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IDENTIFIED,
        title=nasty,
        observation=nasty,
        recommendation=nasty,
        place=nasty,
    )
    make_action(lesson, title=nasty)
    LessonEvent.objects.create(
        lesson=lesson,
        move="return",
        actor=cast.reviewer,
        from_status="submitted",
        to_status="returned",
        comment=nasty,
    )
    for text in (page(cast.people["reviewer"], lesson), page(cast.people["sub_member"], lesson)):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;&amp;amp;" in text


def test_a_text_of_100000_characters_is_folded_after_its_opening(cast: Cast, db: None) -> None:
    words = ("Eleven minutes passed. " * 5000)[:100_000]
    lesson = make_lesson(
        by=cast.originator, status=Status.NOTED, title="T" * 300, observation=words
    )
    text = page(cast.people["reader"], lesson)
    assert text.count("Eleven") == words.count("Eleven")
    assert "Read on (" in text
    assert '<h1 class="point long" dir="auto">' in text


@pytest.mark.parametrize(
    ("text", "opening", "rest"),
    [
        ("short", "short", ""),
        ("x" * 2 * OPENING, "x" * 2 * OPENING, ""),
        ("x" * (2 * OPENING + 1), "x" * OPENING, "x" * (OPENING + 1)),
        ("a" * 2000 + " " + "b" * 5000, "a" * 2000, " " + "b" * 5000),
        ("a" * 2000 + "\r\n\r\n" + "b " * 5000, "a" * 2000, ("b " * 5000).strip()),
    ],
)
def test_where_a_long_text_is_cut(text: str, opening: str, rest: str) -> None:
    passage = Passage.of("Observation", text)
    assert (passage.opening, passage.rest) == (opening, rest)


def test_the_authors_words_are_shown_beside_the_reviewers_to_contributors(
    cast: Cast, db: None
) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.NOTED,
        observation="As the reviewer put it.",
        original_observation="As it was first.",
    )
    for person, shown in (
        ("originator", True),
        ("reviewer", True),
        ("colleague", True),
        ("reader", False),
        ("sub_member", False),
    ):
        text = page(cast.people[person], lesson)
        assert ("As it was first." in text) is shown
        assert "As the reviewer put it." in text


# --- Where it stands ------------------------------------------------------------------------------

LINES = [
    (
        Status.DRAFT,
        "[Observed] Reviewed- Lesson-identified- Implementing- Validation- Lesson-learned-",
    ),
    (
        Status.SUBMITTED,
        "Observed+ [Submitted] Lesson-identified- Implementing- Validation- Lesson-learned-",
    ),
    (
        Status.IN_REVIEW,
        "Observed+ [In-review] Lesson-identified- Implementing- Validation- Lesson-learned-",
    ),
    (
        Status.RETURNED,
        "Observed+ [Returned] Lesson-identified- Implementing- Validation- Lesson-learned-",
    ),
    (Status.REJECTED, "Observed+ Submitted+ [Rejected]"),
    (Status.NOTED, "Observed+ Reviewed+ [Noted]"),
    (
        Status.IDENTIFIED,
        "Observed+ Reviewed+ [Lesson-identified] Implementing- Validation- Lesson-learned-",
    ),
    (
        Status.IMPLEMENTING,
        "Observed+ Reviewed+ Lesson-identified+ [Implementing] Validation- Lesson-learned-",
    ),
    (
        Status.VALIDATING,
        "Observed+ Reviewed+ Lesson-identified+ Implementing+ [Validation] Lesson-learned-",
    ),
    (
        Status.LEARNED,
        "Observed+ Reviewed+ Lesson-identified+ Implementing+ Validation+ [Lesson-learned]",
    ),
    (Status.SUPERSEDED, "Observed+ Reviewed+ [Superseded]"),
    (Status.ARCHIVED, "Observed+ Reviewed+ [Archived]"),
]


@pytest.mark.parametrize(("status", "line"), LINES)
def test_the_line_of_steps(status: Status, line: str, cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=status)
    shapes = {"done": "{}+", "now": "[{}]", "todo": "{}-"}
    found = " ".join(
        shapes[step.state].format(step.label.replace(" ", "-")) for step in steps(lesson)
    )
    assert found == line


def test_when_it_was_observed_is_said_as_exactly_as_known(cast: Cast, db: None) -> None:
    for precision, words in (("day", "14 Oct 2026"), ("month", "Oct 2026"), ("year", "2026")):
        lesson = make_lesson(
            by=cast.originator, occurred_on=date(2026, 10, 14), occurred_precision=precision
        )
        assert steps(lesson)[0].small == words
    unknown = make_lesson(by=cast.originator, recorded_on=date(2026, 10, 15))
    assert steps(unknown)[0].small == "recorded 15 Oct 2026"


def test_a_line_names_what_was_passed_on_the_way(cast: Cast, db: None) -> None:
    now = timezone.now()
    learned: dict[str, Any] = {
        "identified_at": now,
        "learned_at": now,
        **dict.fromkeys(("discussion", "conclusion", "recommendation"), "Words."),
    }
    archived = make_lesson(by=cast.originator, status=Status.ARCHIVED, **learned)
    labels = [step.label for step in steps(archived)]
    assert labels == ["Observed", "Reviewed", "Lesson identified", "Lesson learned", "Archived"]
    rejected = make_lesson(by=cast.originator, status=Status.ARCHIVED, published_at=None)
    assert [step.label for step in steps(rejected)] == ["Observed", "Submitted", "Archived"]


def small(lesson: Lesson) -> str:
    return next(step.small for step in steps(lesson) if step.state == "now")


def test_the_small_words_of_a_step(cast: Cast, db: None) -> None:
    soon, past = timezone.localdate() + timedelta(days=9), timezone.localdate() - timedelta(days=1)
    by: dict[str, Any] = {"by": cast.originator}
    assert small(make_lesson(**by, status=Status.SUBMITTED)) == ""
    due = make_lesson(**by, status=Status.SUBMITTED, review_due_on=soon)
    assert small(due).startswith("review due ")
    assert "since" not in small(due)
    late = make_lesson(**by, status=Status.IN_REVIEW, review_due_on=past)
    assert small(late).startswith("review due since ")
    assert small(make_lesson(**by, status=Status.NOTED)) == "valid, nothing to do"
    assert small(make_lesson(**by, status=Status.NOTED, kind=Kind.SUSTAIN)) == "good practice"
    lesson = make_lesson(**by, status=Status.IMPLEMENTING)
    make_action(lesson)
    done: dict[str, Any] = {"status": ActionStatus.VERIFIED, "finished_at": timezone.now()}
    make_action(lesson, **done)
    make_action(lesson, status=ActionStatus.CANCELLED)
    assert small(lesson) == "1 of 2 actions done"


# --- What became of it ----------------------------------------------------------------------------


def reviewed(cast: Cast, **fields: Any) -> Lesson:
    """A lesson that went all the way to *noted*, with a question on the way."""
    lesson = make_lesson(by=cast.originator, **fields)
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    perform(lesson, "take", by=cast.reviewer)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which boat?"})
    perform(
        lesson, "submit", by=cast.originator, given={"clean": True, "comment": "The small one."}
    )
    perform(lesson, "take", by=cast.second_reviewer)
    perform(
        lesson,
        "note",
        by=cast.second_reviewer,
        given={"category": "coordination", "themes": [1], "comment": "Good to know."},
    )
    return lesson


def test_the_timeline_tells_each_reader_what_they_may_know(cast: Cast, db: None) -> None:
    lesson = reviewed(cast)

    def told(person: str) -> list[tuple[str, str, str]]:
        events = happened(lesson, cast.people[person])
        return [(event.text, event.small, event.body) for event in events]

    assert told("colleague") == [
        ("Noted", "Sergio Reviewer", "Good to know."),
        ("Taken for review", "Sergio Reviewer", ""),
        ("Question answered", "Olga Originator", "The small one."),
        ("Returned with a question", "Raquel Reviewer", "Which boat?"),
        ("Taken for review", "Raquel Reviewer", ""),
        ("Submitted", "Olga Originator", ""),
        ("Recorded", "", ""),
    ]
    assert told("originator")[2] == ("Question answered", "by you", "The small one.")
    assert told("sub_member") == [
        ("Noted", "Guardia Civil", ""),
        ("Taken for review", "Guardia Civil", ""),
        ("Question answered", "Guardia Civil", ""),
        ("Returned with a question", "Guardia Civil", ""),
        ("Taken for review", "Guardia Civil", ""),
        ("Submitted", "Guardia Civil", ""),
        ("Recorded", "", ""),
    ]


def test_the_timeline_says_by_the_administration(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.only_reviewer, status=Status.SUBMITTED, tlp=TLP.GREEN)
    perform(lesson, "take", by=cast.administrator, administration=True)
    given = {"category": "coordination", "themes": [1], "comment": "Fine."}
    perform(lesson, "note", by=cast.administrator, given=given, administration=True)
    inside = happened(lesson, cast.people["small_originator"])[0]
    outside = happened(lesson, cast.people["stranger"])[0]
    assert inside.small == "Ada Administrator, by the administration"
    assert outside.small == "by the administration"


# --- What one may do next -------------------------------------------------------------------------


def offered(lesson: Lesson, person: User) -> tuple[list[str], list[str]]:
    step = next_step(Lesson.objects.get(pk=lesson.pk), person)
    return [offer.move.name for offer in step.offers], [str(words) for words in step.sentences]


def test_the_moves_that_this_reader_may_make_are_offered_and_the_others_explained(
    cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    waiting = ["Endorse: Waiting for an endorser other than its author."]
    assert offered(lesson, cast.people["reviewer"]) == (
        ["note", "return", "reject", "hand_over"],
        waiting,
    )
    assert offered(lesson, cast.people["endorser"]) == (["endorse", "hand_over"], [])
    assert offered(lesson, cast.people["originator"]) == ([], waiting)


def test_what_a_draft_lacks_is_said_before_it_can_be_submitted(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, title="", partners=())
    step = next_step(lesson, cast.people["originator"])
    assert step.offers == []
    assert [str(words) for words in step.missing] == [
        "State the point in one sentence.",
        "Name at least one partner.",
    ]
    text = page(cast.originator, lesson)
    assert "Untitled draft" in text
    assert "Name at least one partner." in text


def test_the_question_stands_on_top_for_those_who_may_read_it(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which quay?"})
    edit = f'href="{reverse("lessons:edit", args=[lesson.ref])}"'
    text = page(cast.originator, lesson)
    assert text.index("The reviewer asks") < text.index("Which quay?") < text.index('id="next"')
    assert text.count("Answer and submit again") == 2  # on top, and at hand on a phone
    assert edit in text
    assert "w-100 btn-primary" not in text
    reviewer = page(cast.reviewer, lesson)
    assert "Which quay?" in reviewer
    assert "Answer and submit again" not in reviewer
    perform(
        lesson, "submit", by=cast.originator, given={"clean": True, "comment": "The south one."}
    )
    assert "The reviewer asks" not in page(cast.originator, lesson)


def test_a_recipient_elsewhere_does_not_read_the_question(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        reviewer=cast.reviewer,
        tlp=TLP.RED,
        red_recipients=[cast.reviewer, cast.partner_reader],
    )
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which quay?"})
    assert "Which quay?" in page(cast.people["reviewer"], lesson)
    assert "Which quay?" not in page(cast.people["partner_reader"], lesson)


def test_a_returned_lesson_waits_for_its_author(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.RETURNED, reviewer=cast.reviewer)
    assert offered(lesson, cast.people["originator"]) == (["submit"], [])
    waiting = ["Its author has it and submits it for review."]
    assert offered(lesson, cast.people["reviewer"]) == ([], waiting)


def test_what_a_published_lesson_waits_for(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IMPLEMENTING)
    make_action(lesson, body=cast.partner_agency)
    assert offered(lesson, cast.people["colleague"]) == (
        [],
        [
            "1 action is open, with Guarda Nacional Republicana. When it is done with evidence, "
            "somebody else checks that the change worked."
        ],
    )
    for status in (Status.NOTED, Status.LEARNED, Status.SUPERSEDED, Status.ARCHIVED):
        done = make_lesson(by=cast.originator, status=status)
        offers, sentences = offered(done, cast.people["reviewer"])
        again = ["relapse"] if status == Status.LEARNED else []
        assert (offers, len(sentences)) == (again, 1)


def test_a_rejected_lesson_says_whether_an_appeal_is_left(cast: Cast, db: None) -> None:
    rejected = make_lesson(by=cast.originator, status=Status.REJECTED)
    assert offered(rejected, cast.people["originator"]) == (["appeal"], [])
    final = make_lesson(by=cast.originator, status=Status.REJECTED, appealed_at=timezone.now())
    assert offered(final, cast.people["originator"]) == (
        [],
        ["It was appealed once; the decision is final."],
    )


# --- What it never lets out -----------------------------------------------------------------------


def test_a_hidden_activity_is_not_named(cast: Cast, db: None) -> None:
    hidden: dict[str, Any] = {
        "exercise": make_exercise(by=cast.originator, title="Secret exercise"),
        "program": make_program(by=cast.originator, title="Secret program"),
        "agreement": make_agreement(by=cast.originator, title="Secret agreement"),
    }
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN, **hidden)
    assert page(cast.people["reader"], lesson).count("Secret ") == 3
    text = page(cast.people["stranger"], lesson)
    assert "Secret" not in text
    for record in hidden.values():
        assert record.ref not in text


def test_where_it_was_checked_and_used_is_not_named_to_whom_that_is_hidden(
    cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.LEARNED, tlp=TLP.GREEN)
    checked = make_exercise(by=cast.originator, title="Secret check")
    Validation.objects.create(
        lesson=lesson,
        method=ValidationMethod.EXERCISE,
        exercise=checked,
        by=cast.endorser,
        confirmed=True,
        validated_on=date(2026, 1, 1),
        result="Both boats answered.",
        indicator="Minutes until the boats talk",
    )
    used = make_exercise(by=cast.originator, title="Secret use")
    make_reuse(lesson, by=cast.colleague, exercise=used)
    assert page(cast.people["reader"], lesson).count("Secret ") == 2
    text = page(cast.people["stranger"], lesson)
    assert "Minutes until the boats talk" in text
    for hidden in ("Secret", checked.ref, used.ref):
        assert hidden not in text


def test_hidden_relatives_are_not_named(cast: Cast, db: None) -> None:
    hidden = make_lesson(by=cast.originator, status=Status.NOTED, title="Hidden before")
    again = make_lesson(by=cast.originator, status=Status.NOTED, title="Hidden replacement")
    lesson = make_lesson(
        by=cast.originator,
        status=Status.SUPERSEDED,
        tlp=TLP.GREEN,
        recurrence_of=hidden,
        superseded_by=again,
    )
    lesson.derived_from.add(
        make_lesson(by=cast.originator, status=Status.NOTED, title="Hidden source")
    )
    make_lesson(by=cast.originator, title="Hidden draft", recurrence_of=lesson)
    inside = page(cast.people["reader"], lesson)
    assert "A newer lesson stands in its place:" in inside
    for title in ("Hidden before", "Hidden replacement", "Hidden source"):
        assert title in inside
    assert "Hidden draft" not in inside
    outside = page(cast.people["stranger"], lesson)
    assert "Hidden" not in outside
    assert "A newer lesson stands in its place:" not in outside


def test_relatives_are_called_by_how_they_are_related(cast: Cast, db: None) -> None:
    by: dict[str, Any] = {"by": cast.originator, "status": Status.NOTED}
    before, source = make_lesson(**by), make_lesson(**by)
    lesson = make_lesson(**by, recurrence_of=before)
    lesson.derived_from.add(source)
    again = make_lesson(**by, recurrence_of=lesson)
    old = make_lesson(by=cast.originator, status=Status.SUPERSEDED, superseded_by=lesson)
    found = {one.lesson: one.words for one in lineage(lesson, cast.people["reader"])}
    assert found == {
        before: "Happened before",
        source: "Derived from",
        again: "Happened again",
        old: "Stands in the place of",
    }


def test_a_name_that_is_not_attributed_stands_on_no_page(cast: Cast, db: None) -> None:
    lesson = reviewed(cast, attribution=Attribution.NON_ATTRIBUTED, tlp=TLP.GREEN)
    make_action(lesson, owner=cast.originator)
    name = cast.originator.name
    assert name in page(cast.people["reviewer"], lesson)
    for person in ("colleague", "reader", "sub_member", "partner_reviewer", "stranger"):
        text = page(cast.people[person], lesson)
        assert name not in text
        assert "Not attributed" in text


def test_a_reviewer_is_named_inside_the_agency_only(cast: Cast, db: None) -> None:
    lesson = reviewed(cast, tlp=TLP.GREEN)
    for person, shown in (("colleague", True), ("originator", True), ("stranger", False)):
        text = page(cast.people[person], lesson)
        assert (cast.second_reviewer.name in text) is shown
        assert ("Which boat?" in text) is shown


# --- How much it asks of the database -------------------------------------------------------------


def with_much(cast: Cast, number: int) -> Lesson:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IMPLEMENTING,
        identified_at=timezone.now(),
        exercise=make_exercise(by=cast.originator),
        program=make_program(by=cast.originator),
        agreement=make_agreement(by=cast.originator),
        released_to=[cast.partner_agency, cast.small_agency],
        partners=("MA", "PT", "FR")[: 1 + number // 15],
    )
    for _ in range(number):
        make_action(lesson, owner=cast.colleague)
        make_lesson(by=cast.originator, status=Status.NOTED, recurrence_of=lesson)
        make_comment(lesson, by=cast.colleague, mentioned=[cast.reader])
        make_reuse(lesson, by=cast.partner_reviewer, exercise=lesson.exercise)
        Validation.objects.create(
            lesson=lesson,
            method=ValidationMethod.EXERCISE,
            exercise=make_exercise(by=cast.originator),
            by=cast.endorser,
            confirmed=True,
            validated_on=date(2026, 1, 1),
            result="Both boats answered.",
            indicator="Minutes until the boats talk",
        )
        LessonEvent.objects.create(
            lesson=lesson,
            move="handle",
            actor=cast.reviewer,
            from_status=lesson.status,
            to_status=lesson.status,
        )
    return lesson


@pytest.mark.parametrize("number", ROWS)
def test_queries_of_a_published_lesson(
    number: int, cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    lesson = with_much(cast, number)
    client = browser(cast.reviewer)
    # Looked up for the files of a lesson, and kept by Django as long as the process lives.
    ContentType.objects.get_for_model(Lesson)
    with django_assert_num_queries(20):
        assert client.get(lesson.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("person", ["originator", "reviewer", "endorser"])
@pytest.mark.parametrize("tlp", [TLP.AMBER, TLP.RED])
def test_a_lesson_in_review_asks_for_at_most_eighteen(
    person: str, tlp: TLP, cast: Cast, db: None, django_assert_max_num_queries: Any
) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IN_REVIEW,
        reviewer=cast.reviewer,
        tlp=tlp,
        red_recipients=[cast.reviewer, cast.endorser],
        exercise=make_exercise(by=cast.originator, tlp=TLP.CLEAR),
        program=make_program(by=cast.originator, tlp=TLP.CLEAR),
    )
    client = browser(getattr(cast, person))
    with django_assert_max_num_queries(18):
        assert client.get(lesson.get_absolute_url()).status_code == 200


# --- Deleting a draft -----------------------------------------------------------------------------


def test_a_draft_is_deleted_after_a_question(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator)
    client = browser(cast.originator)
    assert "Delete this draft?" in client.get(url(lesson, "discard")).content.decode()
    assert Lesson.objects.filter(pk=lesson.pk).exists()
    response = client.post(url(lesson, "discard"), follow=True)
    assert response.redirect_chain == [(reverse("lessons:lessons"), 302)]
    assert "The draft is deleted." in response.content.decode()
    assert not Lesson.objects.filter(pk=lesson.pk).exists()


def test_a_draft_that_another_lesson_names_is_not_deleted(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator)
    make_lesson(by=cast.originator, recurrence_of=lesson)
    response = browser(cast.originator).post(url(lesson, "discard"))
    assert response.status_code == 409
    assert "Another lesson refers to this draft." in response.content.decode()
    assert Lesson.objects.filter(pk=lesson.pk).exists()


@pytest.mark.parametrize("person", ["reviewer", "originator"])
def test_a_submitted_lesson_is_not_deleted(person: str, cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    response = browser(getattr(cast, person)).post(url(lesson, "discard"))
    assert response.status_code == 403
    assert Lesson.objects.filter(pk=lesson.pk).exists()
