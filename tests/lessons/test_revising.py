"""Revisions of published texts: who proposes and who approves, and what readers never notice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from insights.needs import needs_of
from lessons import revising
from lessons.handling import handle
from lessons.history import restore
from lessons.models import Lesson
from lessons.queue import Queue
from lessons.revising import STEPS, decide, revise
from lessons.versions import Revision, keep_lesson
from lessons.vocabulary import RevisionStage, Status
from lessons.workflow import IncompleteError, RefusedError
from notices.kinds import shown
from notices.models import Notice
from programs.models import today
from records.models import FormDraft, StaleVersionError
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_lesson
from tests.forms import client_of, errors_in, fields_of
from tests.grids import columns_of, grid, rows_of
from tests.quick import ROWS

PRESENT = "Both crews tested the radio at the pier."
WANTED = "Both crews tested SECRETLY the radio at the pier."


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def published(cast: Cast, status: Status = Status.NOTED, **fields: Any) -> Lesson:
    fields = {"observation": PRESENT} | fields
    lesson = make_lesson(by=cast.originator, status=status, **fields)
    keep_lesson(lesson, by=cast.originator, at=timezone.now())
    return lesson


def proposed(cast: Cast, **fields: Any) -> Lesson:
    lesson = published(cast, **fields)
    revise(lesson, by=cast.reviewer, texts={"observation": WANTED}, comment="Because SECRETLY.")
    return lesson


def address(name: str, lesson: Lesson, *more: str) -> str:
    return reverse(f"lessons:{name}", args=[lesson.ref, *more])


# --- The matrix --------------------------------------------------------------------------------

STATUSES = """
                  draft submitted in_review returned rejected noted identified implementing validating learned superseded archived
originator        .     .         .         .        .        r     r          r            r          r       .          .
colleague         .     .         .         .        .        .     .          .            .          .       .          .
reviewer          .     .         .         .        .        r     r          r            r          r       .          .
second_reviewer   .     .         .         .        .        r     r          r            r          r       .          .
endorser          .     .         .         .        .        r     r          r            r          r       .          .
coordinator       .     .         .         .        .        r     r          r            r          r       .          .
reader            .     .         .         .        .        .     .          .            .          .       .          .
sub_reviewer      .     .         .         .        .        .     .          .            .          .       .          .
partner_reviewer  .     .         .         .        .        .     .          .            .          .       .          .
administrator     .     .         .         .        .        .     .          .            .          .       .          .
left_reviewer     .     .         .         .        .        .     .          .            .          .       .          .
"""  # noqa: E501
"""r: may propose a revision, where none is open."""

STAGES = """
                  none  waiting  returned  waiting_learned  waiting_archived  waiting_by_endorser  red
originator        r     r        r         r                .                 r                    r
colleague         .     .        .         .                .                 .                    .
reviewer          r     rd       rd        rd               d                 r                    rd
second_reviewer   r     r        r         r                .                 r                    .
endorser          r     rabd     rd        rabd             d                 rd                   rabd
second_endorser   r     rabd     rd        rabd             d                 rabd                 .
coordinator       r     rabd     rd        rabd             d                 rabd                 .
reader            .     .        .         .                .                 .                    .
sub_reviewer      .     .        .         .                .                 .                    .
partner_reviewer  .     .        .         .                .                 .                    .
red_recipient     .     .        .         .                .                 .                    .
administrator     .     .        .         .                .                 .                    .
left_reviewer     .     .        .         .                .                 .                    .
"""
"""r: revise, a: approve, b: return with a question, d: drop. The reviewer proposed but for
``waiting_by_endorser``."""

LETTERS = {"revise": "r", "approve_revision": "a", "return_revision": "b", "drop_revision": "d"}


def taken(lesson: Lesson, user: Any) -> str:
    steps = revising.offered(lesson, revising.open_revision(lesson), user)
    return "".join(LETTERS[step.name] for step in steps)


def test_every_step_has_its_letter() -> None:
    assert set(LETTERS) == set(STEPS)


def test_who_may_propose_in_which_status(cast: Cast, db: None) -> None:
    expected = grid(STATUSES)
    found = {}
    for status in columns_of(expected):
        lesson = make_lesson(by=cast.originator, status=Status(status), tlp=TLP.GREEN)
        for name in rows_of(expected):
            found[name, status] = taken(lesson, cast.people[name])
    assert found == expected


def staged(cast: Cast, column: str) -> Lesson:
    red = {"tlp": TLP.RED, "red_recipients": [cast.reviewer, cast.endorser, cast.red_recipient]}
    lesson = published(
        cast,
        Status.LEARNED if column == "waiting_learned" else Status.NOTED,
        **(red if column == "red" else {"tlp": TLP.GREEN}),
    )
    if column == "none":
        return lesson
    by = cast.endorser if column == "waiting_by_endorser" else cast.reviewer
    revise(lesson, by=by, texts={"observation": WANTED})
    if column == "returned":
        decide(lesson, "return_revision", by=cast.second_endorser, comment="Really?")
    if column == "waiting_archived":
        Lesson.objects.filter(pk=lesson.pk).update(status=Status.ARCHIVED)
        lesson.refresh_from_db()
    return lesson


def test_who_may_take_which_step_and_the_verbs_agree(cast: Cast, db: None) -> None:
    expected = grid(STAGES)
    people = cast.people
    found = {}
    for column in columns_of(expected):
        lesson = staged(cast, column)
        for name in rows_of(expected):
            found[name, column] = taken(lesson, people[name])
            for step, letter in LETTERS.items():
                if letter not in found[name, column]:
                    with pytest.raises(RefusedError):
                        take(lesson, step, people[name])
    assert found == expected


def take(lesson: Lesson, step: str, user: Any) -> None:
    if step == "revise":
        revise(lesson, by=user, texts={"observation": "Other words."})
    else:
        decide(lesson, step, by=user, comment="Because.")


# --- What the steps do -------------------------------------------------------------------------


def test_an_approved_revision_is_what_everybody_reads(cast: Cast, db: None) -> None:
    lesson = proposed(cast, status=Status.LEARNED)
    lesson.refresh_from_db()
    assert lesson.observation == PRESENT
    decide(lesson, "approve_revision", by=cast.endorser, comment="Right.")
    assert (lesson.observation, lesson.status) == (WANTED, Status.LEARNED)
    version = lesson.versions.get(number=2)
    assert (version.by, version.changed) == (cast.endorser, ["observation"])
    revision = lesson.revisions.get()
    assert (revision.stage, revision.became) == (RevisionStage.APPROVED, version)
    moves = [(event.move, event.from_status, event.to_status) for event in lesson.events.all()]
    assert moves == [
        ("revise", "learned", "learned"),
        ("approve_revision", "learned", "learned"),
    ]
    page = client_of(cast.colleague).get(address("history", lesson)).content.decode()
    assert "written by Raquel Reviewer" in page
    with pytest.raises(RefusedError):
        decide(lesson, "approve_revision", by=cast.second_endorser)


def test_everybody_who_wrote_in_it_leaves_the_approval_to_another(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    revise(lesson, by=cast.endorser, texts={"conclusion": "It works."})
    # Also when another has written over it since.
    revise(lesson, by=cast.second_reviewer, texts={"conclusion": "It works well."})
    with pytest.raises(RefusedError):
        decide(lesson, "approve_revision", by=cast.endorser)
    decide(lesson, "approve_revision", by=cast.second_endorser)
    assert (lesson.observation, lesson.conclusion) == (WANTED, "It works well.")


def test_the_author_does_not_approve_what_another_proposed(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.endorser, status=Status.NOTED, observation=PRESENT)
    revise(lesson, by=cast.reviewer, texts={"observation": WANTED})
    with pytest.raises(RefusedError):
        decide(lesson, "approve_revision", by=cast.endorser)


def test_a_returned_one_waits_for_its_answer(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    with pytest.raises(IncompleteError):
        decide(lesson, "return_revision", by=cast.endorser, comment=" ")
    decide(lesson, "return_revision", by=cast.endorser, comment="Which pier?")
    with pytest.raises(RefusedError):
        decide(lesson, "approve_revision", by=cast.endorser)
    revise(lesson, by=cast.reviewer, texts={"observation": "At pier 2."})
    decide(lesson, "approve_revision", by=cast.endorser)
    assert lesson.observation == "At pier 2."


def test_a_dropped_one_changes_nothing_and_makes_room(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    with pytest.raises(IncompleteError):
        decide(lesson, "drop_revision", by=cast.reviewer)
    decide(lesson, "drop_revision", by=cast.reviewer, comment="Wrong lesson.")
    assert (lesson.observation, lesson.versions.count()) == (PRESENT, 1)
    assert lesson.revisions.get().texts == {"observation": WANTED}
    revise(lesson, by=cast.originator, texts={"observation": "Other."})
    assert lesson.revisions.open().get().last_editor == cast.originator


def test_one_is_open_at_a_time(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(lesson=lesson, last_editor=cast.reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(lesson=lesson, last_editor=cast.reviewer, stage="unknown")


@pytest.mark.parametrize(
    ("status", "texts", "fields"),
    [
        (Status.NOTED, {"title": ""}, {"title"}),
        (Status.NOTED, {"observation": "  "}, {"observation"}),
        (Status.LEARNED, {"conclusion": "", "discussion": ""}, {"conclusion", "discussion"}),
        (Status.NOTED, {"observation": PRESENT}, {"title"}),
        (Status.NOTED, {"title": "x" * 301}, {"title"}),
        (Status.NOTED, {"discussion": "x" * 100_001}, {"discussion"}),
    ],
)
def test_what_cannot_stand_is_not_proposed(
    status: Status, texts: dict[str, str], fields: set[str], cast: Cast, db: None
) -> None:
    lesson = published(cast, status)
    with pytest.raises(IncompleteError) as incomplete:
        revise(lesson, by=cast.reviewer, texts=texts)
    assert set(incomplete.value.errors) == fields
    assert (lesson.revisions.count(), lesson.events.count()) == (0, 0)


def test_what_changed_meanwhile_is_not_lost(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    seen = lesson.version
    handle(lesson, by=cast.second_reviewer, given={"tlp": TLP.GREEN})
    with pytest.raises(StaleVersionError):
        decide(lesson, "approve_revision", by=cast.endorser, version=seen)
    decide(lesson, "approve_revision", by=cast.endorser, version=lesson.version)
    assert (lesson.tlp, lesson.observation) == (TLP.GREEN, WANTED)


def test_a_proposal_does_not_touch_when_the_lesson_was_updated(cast: Cast, db: None) -> None:
    lesson = published(cast)
    before = lesson.updated_at
    revise(lesson, by=cast.reviewer, texts={"observation": WANTED})
    assert lesson.updated_at == before
    decide(lesson, "approve_revision", by=cast.endorser)
    assert lesson.updated_at > before


def test_taking_up_an_earlier_text_proposes_it(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    decide(lesson, "approve_revision", by=cast.endorser)
    restore(lesson, 1, by=cast.endorser)
    assert lesson.observation == WANTED
    assert lesson.revisions.open().get().texts == {"observation": PRESENT}
    with pytest.raises(RefusedError):
        restore(lesson, 1, by=cast.reviewer)
    decide(lesson, "approve_revision", by=cast.second_endorser)
    assert lesson.observation == PRESENT
    assert lesson.versions.count() == 3


# --- What readers never notice -----------------------------------------------------------------

PLACES = (
    "/", "/lessons/?q=SECRETLY", "/search/?q=SECRETLY", "/lessons/export/?format=json",
    "/review/", "/partners/MA/",
)  # fmt: skip


def test_nobody_outside_learns_of_a_proposal(cast: Cast, db: None) -> None:
    lesson = proposed(cast, tlp=TLP.GREEN)
    decide(lesson, "return_revision", by=cast.endorser, comment="SECRETLY why?")
    for name in ("reader", "partner_reviewer", "stranger", "administrator"):
        client = client_of(cast.people[name])
        for place in (*PLACES, lesson.get_absolute_url()):
            answer = client.get(place)
            body = b"".join(answer) if answer.streaming else answer.content
            shown = body.decode().replace("q=SECRETLY", "").replace('value="SECRETLY"', "")
            assert "SECRETLY the" not in shown, (name, place)
            assert "evision" not in shown, (name, place)
        seen = client.get(lesson.get_absolute_url()).status_code
        for page in ("revise", "revision", "history"):
            expected = 403 if seen == 200 else 404
            assert client.get(address(page, lesson)).status_code == expected, (name, page)


def test_search_follows_the_approved_text_alone(cast: Cast, db: None) -> None:
    lesson = proposed(cast, tlp=TLP.GREEN)
    client = client_of(cast.endorser)
    assert lesson.ref not in client.get("/lessons/?q=SECRETLY").content.decode()
    decide(lesson, "approve_revision", by=cast.endorser)
    assert lesson.ref in client.get("/lessons/?q=SECRETLY").content.decode()


def test_those_who_may_know_are_told(cast: Cast, db: None) -> None:
    lesson = proposed(cast, tlp=TLP.GREEN)
    words = "A revision by Raquel Reviewer waits for an endorser other than its editor."
    for name in ("originator", "colleague", "endorser"):
        page = client_of(cast.people[name]).get(lesson.get_absolute_url()).content.decode()
        assert words in page
        assert "Revision proposed" in page
    decide(lesson, "approve_revision", by=cast.endorser)
    # What was approved is everybody's to know.
    page = client_of(cast.partner_reader).get(lesson.get_absolute_url()).content.decode()
    assert "Revision approved" in page
    assert "Revision proposed" not in page


def test_an_author_who_is_not_named_is_not_named_as_editor(cast: Cast, db: None) -> None:
    lesson = published(cast, attribution="non_attributed")
    revise(lesson, by=cast.originator, texts={"observation": WANTED})
    client = client_of(cast.colleague)
    for place in (lesson.get_absolute_url(), address("revision", lesson)):
        assert "Olga" not in client.get(place).content.decode()
    decide(lesson, "approve_revision", by=cast.endorser)
    assert "Olga" not in client.get(address("history", lesson)).content.decode()


def test_it_waits_in_the_queue_and_on_home_of_those_who_can_approve_it(
    cast: Cast, db: None
) -> None:
    lesson = proposed(cast)
    revise(lesson, by=cast.second_endorser, texts={"conclusion": "So."})
    people = cast.people
    for name in ("originator", "reviewer", "second_endorser", "endorser", "coordinator", "reader"):
        can = name in {"endorser", "coordinator"}
        assert bool(Queue.of(people[name]).to_approve) == can, name
        needs = [need.small for need in needs_of(people[name], today()).shown]
        assert any(small.startswith("Revision to approve") for small in needs) == can, name
    page = client_of(cast.endorser).get("/review/").content.decode()
    assert address("revision", lesson) in page
    decide(lesson, "return_revision", by=cast.endorser, comment="Why?")
    for name in ("reviewer", "second_endorser", "endorser"):
        found = needs_of(cast.people[name], today()).shown
        mine = [need for need in found if "Your revision was returned" in need.small]
        assert len(mine) == (name != "endorser"), name
        assert not Queue.of(cast.people[name]).to_approve


@pytest.mark.parametrize("number", ROWS)
def test_the_queue_asks_as_much_for_many(
    number: int, cast: Cast, db: None, django_assert_num_queries: Any
) -> None:
    for _ in range(number):
        proposed(cast)
    client = client_of(cast.endorser)
    with django_assert_num_queries(9):
        assert client.get("/review/").status_code == 200


# --- The pages ---------------------------------------------------------------------------------


def test_proposing_and_approving_by_the_pages(cast: Cast, db: None) -> None:
    lesson = published(cast)
    writer = client_of(cast.reviewer)
    path = address("revise", lesson)
    sent = writer_fields(writer, path) | {"observation": [WANTED], "comment": ["Asked by all."]}
    answer = writer.post(path, sent)
    assert answer.headers["Location"] == address("revision", lesson)
    # The second of two clicks.
    assert writer.post(path, sent).status_code == 302
    assert lesson.events.filter(move="revise").count() == 1
    lesson.refresh_from_db()
    assert lesson.observation == PRESENT

    endorser = client_of(cast.endorser)
    page = endorser.get(address("revision", lesson)).content.decode()
    assert "</span>SECRETLY </ins>" in page
    assert "Asked by all." in page
    approve = address("decide", lesson, "approve_revision")
    decision = {"version": lesson.version, "comment": ""}
    assert endorser.post(approve, decision).status_code == 302
    assert endorser.post(approve, decision).status_code == 302
    lesson.refresh_from_db()
    assert lesson.observation == WANTED
    assert lesson.events.filter(move="approve_revision").count() == 1


def writer_fields(client: Any, path: str) -> dict[str, Any]:
    return dict(fields_of(client.get(path), "revision-form"))


def test_a_form_that_cannot_be_saved_keeps_what_was_typed(cast: Cast, db: None) -> None:
    lesson = published(cast, Status.LEARNED)
    client = client_of(cast.reviewer)
    path = address("revise", lesson)
    sent = writer_fields(client, path) | {"observation": [WANTED], "conclusion": [""]}
    answer = client.post(path, sent)
    assert answer.status_code == 422
    assert "conclusion" in errors_in(answer)
    assert WANTED in answer.content.decode()
    unchanged = client.post(path, writer_fields(client, path))
    assert (unchanged.status_code, errors_in(unchanged)["title"]) == (
        422,
        ["Nothing is changed yet."],
    )


def test_two_who_write_at_once_see_both(cast: Cast, db: None) -> None:
    lesson = published(cast)
    first, second = client_of(cast.reviewer), client_of(cast.second_reviewer)
    path = address("revise", lesson)
    sent = writer_fields(second, path) | {"observation": ["Mine."]}
    revise(lesson, by=cast.reviewer, texts={"observation": "Theirs."})
    answer = second.post(path, sent)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Theirs." in page
    assert "Mine." in page
    assert revising.open_revision(lesson).texts == {"observation": "Theirs."}  # type: ignore[union-attr]
    again = fields_of(answer, "revision-form")
    assert second.post(path, again).status_code == 302
    revision = revising.open_revision(lesson)
    assert revision is not None
    assert revision.texts == {"observation": "Mine."}
    assert revision.editor_ids == {cast.reviewer.pk, cast.second_reviewer.pk}
    assert "goes on with the revision by" in first.get(path).content.decode()


def test_what_was_written_is_given_back_when_the_lesson_was_put_away(cast: Cast, db: None) -> None:
    lesson = published(cast)
    client = client_of(cast.reviewer)
    path = address("revise", lesson)
    sent = writer_fields(client, path) | {"observation": [WANTED]}
    Lesson.objects.filter(pk=lesson.pk).update(status=Status.ARCHIVED)
    answer = client.post(path, sent)
    assert answer.status_code == 409
    assert WANTED in answer.content.decode()
    assert client.get(path).status_code == 409


def test_what_is_typed_is_kept_for_its_writer_alone(cast: Cast, db: None) -> None:
    lesson = published(cast)
    client = client_of(cast.reviewer)
    path = address("revise", lesson)
    sent = writer_fields(client, path) | {"observation": [WANTED]}
    assert client.post(f"{path}?draft", sent).status_code == 200
    assert lesson.revisions.count() == 0
    assert WANTED in client.get(path).content.decode()
    assert WANTED not in client_of(cast.second_reviewer).get(path).content.decode()
    draft = FormDraft.objects.get(person=cast.reviewer)
    assert draft.path == path
    client.post(path, sent)
    assert not FormDraft.objects.filter(person=cast.reviewer).exists()
    assert client_of(cast.colleague).post(f"{path}?draft", sent).status_code == 403


def test_a_decision_on_what_one_has_not_seen_is_asked_again(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    client = client_of(cast.endorser)
    seen = lesson.version
    revise(lesson, by=cast.reviewer, texts={"observation": "Quite other words."})
    approve = address("decide", lesson, "approve_revision")
    answer = client.post(approve, {"version": seen, "comment": "Fine by me."})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Quite other words." in page or "Quite" in page
    assert "Fine by me." in page
    lesson.refresh_from_db()
    assert lesson.observation == PRESENT


def test_a_decision_without_its_reason_and_one_that_is_not_theirs(cast: Cast, db: None) -> None:
    lesson = proposed(cast)
    sent = {"version": lesson.version, "comment": ""}
    answer = client_of(cast.endorser).post(address("decide", lesson, "return_revision"), sent)
    assert answer.status_code == 422
    assert "Write a few words: they stay with the lesson" in answer.content.decode()
    approve = address("decide", lesson, "approve_revision")
    assert client_of(cast.reviewer).post(approve, sent).status_code == 403
    assert client_of(cast.colleague).post(approve, sent).status_code == 403
    assert client_of(cast.reader).post(approve, sent).status_code == 403
    assert client_of(cast.stranger).post(approve, sent).status_code == 404
    assert client_of(cast.endorser).post(address("decide", lesson, "fly"), sent).status_code == 404
    decide(lesson, "drop_revision", by=cast.endorser, comment="No.")
    late = {"version": 1, "comment": "My long reason."}
    answer = client_of(cast.second_endorser).post(
        address("decide", lesson, "return_revision"), late
    )
    assert answer.status_code == 409
    assert "My long reason." in answer.content.decode()
    assert client_of(cast.endorser).get(address("revision", lesson)).status_code == 302


# --- Notices -----------------------------------------------------------------------------------


def told(cast: Cast) -> dict[str, list[tuple[str, bool]]]:
    """Which new sentences everybody finds among their notices, and whether each is settled."""
    found = {}
    for name, person in cast.people.items():
        rows = shown(Notice.objects.visible_to(person).unread().order_by("pk"), person)
        if rows:
            found[name] = [(one.sentence.text, one.settled) for one in rows]
    return found


def read_all() -> None:
    Notice.objects.update(read_at=timezone.now())


def test_who_may_approve_a_revision_is_told_and_whoever_wrote_it_what_became_of_it(
    cast: Cast, db: None
) -> None:
    read_all()
    lesson = proposed(cast)
    waits = f"A revision of {lesson.ref} waits for somebody to approve it."
    approvers = ("endorser", "second_endorser", "coordinator")
    assert told(cast) == {name: [(waits, False)] for name in approvers}
    for person in cast.people.values():
        for one in shown(Notice.objects.visible_to(person).unread(), person):
            assert "SECRETLY" not in one.sentence.text
    # Written on while it waits: nobody is told again.
    revise(lesson, by=cast.originator, texts={"title": "Another point"})
    assert told(cast) == {name: [(waits, False)] for name in approvers}
    decide(lesson, "return_revision", by=cast.endorser, comment="Which radio?")
    back = f"The revision of {lesson.ref} came back with a question."
    assert told(cast) == {
        **{name: [(waits, True)] for name in approvers},
        "originator": [(back, False)],
        "reviewer": [(back, False)],
    }
    read_all()
    revise(lesson, by=cast.reviewer, texts={"title": "A third point"})
    again = f"The revision of {lesson.ref} waits again: its question is answered."
    assert told(cast) == {name: [(again, False)] for name in approvers}
    decide(lesson, "approve_revision", by=cast.second_endorser)
    approved = f"The revision of {lesson.ref} was approved: readers have it now."
    assert told(cast) == {
        **{name: [(again, True)] for name in approvers},
        "originator": [(approved, False)],
        "reviewer": [(approved, False)],
    }


def test_a_dropped_revision_is_told_to_the_others_who_wrote_it(cast: Cast, db: None) -> None:
    read_all()
    lesson = published(cast)
    revise(lesson, by=cast.endorser, texts={"observation": WANTED})
    waits = f"A revision of {lesson.ref} waits for somebody to approve it."
    assert told(cast) == {name: [(waits, False)] for name in ("second_endorser", "coordinator")}
    read_all()
    decide(lesson, "drop_revision", by=cast.endorser, comment="Not needed.")
    dropped = f"The revision of {lesson.ref} was dropped: the present text stays."
    assert told(cast) == {"originator": [(dropped, False)]}


def test_a_revision_of_a_red_lesson_is_told_to_its_recipients_alone(cast: Cast, db: None) -> None:
    read_all()
    lesson = published(cast, tlp=TLP.RED, red_recipients=[cast.reviewer, cast.endorser])
    revise(lesson, by=cast.originator, texts={"observation": WANTED})
    assert set(told(cast)) == {"endorser"}


def test_a_revision_of_a_lesson_put_away_waits_no_more(cast: Cast, db: None) -> None:
    read_all()
    lesson = proposed(cast)
    Lesson.objects.filter(pk=lesson.pk).update(status=Status.ARCHIVED)
    waits = f"A revision of {lesson.ref} waits for somebody to approve it."
    assert told(cast)["endorser"] == [(waits, True)]
