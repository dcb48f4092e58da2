"""Tags, marking and release after submission: who, what, and the event each change leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agencies.models import Agency
from lessons.handling import discard, handle, may_discard, may_handle
from lessons.models import Lesson
from lessons.readers import listed, newly_reading, who_reads
from lessons.vocabulary import Priority, Status
from lessons.workflow import IncompleteError, RefusedError, perform
from records.models import Attachment, StaleVersionError
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_lesson, partner, theme
from tests.grids import columns_of, grid, rows_of

MAY_HANDLE = """
                  draft submitted in_review returned rejected published red
originator        .     .         .         .        .        .         .
colleague         .     .         .         .        .        .         .
reviewer          .     yes       yes       yes      yes      yes       yes
second_reviewer   .     yes       yes       yes      yes      yes       .
endorser          .     yes       yes       yes      yes      yes       yes
coordinator       .     yes       yes       yes      yes      yes       .
sub_reviewer      .     .         .         .        .        .         .
partner_reviewer  .     .         .         .        .        .         .
red_recipient     .     .         .         .        .        .         .
administrator     .     .         .         .        .        .         .
left_reviewer     .     .         .         .        .        .         .
"""


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def red(cast: Cast) -> dict[str, Any]:
    recipients = [cast.red_recipient, cast.reviewer, cast.endorser]
    return {"tlp": TLP.RED, "red_recipients": recipients}


def test_who_may_change_the_handling(cast: Cast, db: None) -> None:
    expected = grid(MAY_HANDLE)
    people = cast.people
    found = {}
    for column in columns_of(expected):
        published = column in {"published", "red"}
        lesson = make_lesson(
            by=cast.originator,
            status=Status.NOTED if published else Status(column),
            **(red(cast) if column == "red" else {}),
        )
        for name in rows_of(expected):
            found[name, column] = "yes" if may_handle(lesson, people[name]) else ""
    assert found == expected


def test_each_change_is_an_event_that_says_what_changed(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    event = handle(
        lesson,
        by=cast.reviewer,
        given={
            "tlp": TLP.GREEN,
            "themes": [theme("sensors")],
            "partners": [partner("PT"), partner("MA")],
            "released_to": [cast.partner_agency],
            "priority": Priority.URGENT,
            "threats": ["drugs"],
            "dotmlpfi": ["training", "doctrine"],
        },
        comment="Widened after the talk in Rabat.",
    )
    assert event is not None
    assert event.comment.splitlines() == [
        "Themes: Joint patrols → Sensors",
        "Partners: Morocco → Morocco, Portugal",
        "Priority: Information → Urgent",
        "Threats: none → Drugs",
        "DOTMLPF-I elements: none → Doctrine, Training",
        "Marking: TLP:AMBER → TLP:GREEN",
        "Released to: none → Guarda Nacional Republicana",
        "Widened after the talk in Rabat.",
    ]
    assert (event.move, event.actor, event.from_status, event.to_status) == (
        "handle",
        cast.reviewer,
        Status.NOTED,
        Status.NOTED,
    )
    assert (lesson.tlp, lesson.priority, lesson.version) == (TLP.GREEN, Priority.URGENT, 2)
    assert list(lesson.released_to.all()) == [cast.partner_agency]


def test_nothing_changed_is_no_event(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, threats=["drugs", "weapons"])
    given = {"tlp": TLP.AMBER, "threats": ["weapons", "drugs"], "themes": lesson.themes.all()}
    assert handle(lesson, by=cast.reviewer, given=given) is None
    assert (lesson.version, lesson.events.count()) == (1, 0)


def test_the_event_names_no_recipient_of_a_red_lesson(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, **red(cast))
    recipients = [cast.reviewer, cast.endorser, cast.colleague]
    event = handle(lesson, by=cast.reviewer, given={"red_recipients": recipients})
    assert event is not None
    assert event.comment == "Recipients of TLP:RED"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"partners": []}, "partners"),
        ({"category": ""}, "category"),
        ({"themes": []}, "themes"),
    ],
)
def test_a_published_lesson_keeps_what_finds_it(
    given: dict[str, Any], field: str, cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    with pytest.raises(IncompleteError) as incomplete:
        handle(lesson, by=cast.reviewer, given=given)
    assert set(incomplete.value.errors) == {field}
    now = Lesson.objects.get(pk=lesson.pk)
    assert (now.version, now.category, now.themes.count(), now.partners.count()) == (
        1,
        lesson.category,
        1,
        1,
    )


def recipients_of(cast: Cast) -> dict[str, list[Any]]:
    return {
        "nobody": [],
        "no endorser": [cast.reviewer],
        "only the author": [cast.originator],
        "not the assigned reviewer": [cast.endorser],
        "not the owner": [cast.reviewer, cast.endorser],
    }


@pytest.mark.parametrize(
    "case",
    ["nobody", "no endorser", "only the author", "not the assigned reviewer", "not the owner"],
)
def test_a_red_lesson_is_not_cut_off_from_those_who_take_it_further(
    case: str, cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    if case == "not the owner":
        make_action(lesson, owner=cast.colleague)
    given = {"tlp": TLP.RED, "red_recipients": recipients_of(cast)[case]}
    with pytest.raises(IncompleteError) as incomplete:
        handle(lesson, by=cast.reviewer, given=given)
    assert set(incomplete.value.errors) == {"red_recipients"}
    assert Lesson.objects.get(pk=lesson.pk).tlp == TLP.AMBER


def test_the_body_of_an_open_action_keeps_reading(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.originator,
        status=Status.IDENTIFIED,
        released_to=[cast.partner_agency, cast.small_agency],
    )
    make_action(lesson, body=cast.partner_agency)
    with pytest.raises(IncompleteError) as incomplete:
        handle(lesson, by=cast.reviewer, given={"released_to": []})
    assert incomplete.value.errors == {
        "released_to": "Guarda Nacional Republicana must be able to read it: it has open actions."
    }
    handle(lesson, by=cast.reviewer, given={"released_to": [cast.partner_agency]})
    assert list(lesson.released_to.all()) == [cast.partner_agency]


def test_handling_a_newer_version_is_refused(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    handle(lesson, by=cast.reviewer, given={"tlp": TLP.GREEN}, version=1)
    with pytest.raises(StaleVersionError):
        handle(lesson, by=cast.endorser, given={"tlp": TLP.CLEAR}, version=1)
    assert Lesson.objects.get(pk=lesson.pk).tlp == TLP.GREEN


@pytest.mark.parametrize("person", ["originator", "partner_reviewer", "administrator"])
def test_handling_is_refused_to_others(person: str, cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.SUBMITTED)
    with pytest.raises(RefusedError):
        handle(lesson, by=cast.people[person], given={"tlp": TLP.CLEAR})
    assert lesson.events.count() == 0


# --- Whom it lets read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "release", "expected"),
    [
        (TLP.AMBER, TLP.AMBER, [], []),
        (TLP.AMBER, TLP.CLEAR, [], ["anyone signed in"]),
        (TLP.AMBER, TLP.GREEN, [], ["every member of every agency"]),
        (TLP.GREEN, TLP.CLEAR, [], ["anyone signed in"]),
        (TLP.CLEAR, TLP.GREEN, [], []),
        (TLP.GREEN, TLP.AMBER, ["PT-GNR"], []),
        (TLP.AMBER, TLP.AMBER, ["PT-GNR"], ["Guarda Nacional Republicana"]),
        (TLP.AMBER, TLP.AMBER_STRICT, ["PT-GNR"], ["Guarda Nacional Republicana"]),
        (TLP.AMBER, TLP.AMBER, ["ES-GC-SM"], []),
        (TLP.AMBER, TLP.AMBER_STRICT, [], []),
        (TLP.AMBER_STRICT, TLP.AMBER, [], ["the sub-agencies"]),
        (TLP.AMBER_STRICT, TLP.AMBER_STRICT, ["ES-GC-SM"], ["Servicio Marítimo"]),
        (TLP.RED, TLP.AMBER_STRICT, [], ["Guardia Civil"]),
        (TLP.RED, TLP.AMBER, [], ["Guardia Civil", "their sub-agencies"]),
        (TLP.AMBER, TLP.RED, [], []),
    ],
)
def test_whom_another_marking_or_release_lets_read(
    before: TLP, after: TLP, release: list[str], expected: list[str], cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=before)
    agencies = list(Agency.objects.filter(code__in=release))
    found = newly_reading(lesson, tlp=after, released_to=agencies, red_recipients=[])
    assert found == expected


def test_new_recipients_of_a_red_lesson_are_named(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, **red(cast))
    recipients = [cast.reviewer, cast.colleague]
    found = newly_reading(lesson, tlp=TLP.RED, released_to=[], red_recipients=recipients)
    assert found == ["Carlos Colleague"]


WHO_READS = [
    (Status.DRAFT, TLP.AMBER, "originator", "Only you can read this draft"),
    (
        Status.SUBMITTED,
        TLP.AMBER,
        "originator",
        "Only you and the reviewers of Guardia Civil can read this",
    ),
    (
        Status.SUBMITTED,
        TLP.GREEN,
        "reviewer",
        "Only its author and the reviewers of Guardia Civil can read this",
    ),
    (
        Status.SUBMITTED,
        TLP.RED,
        "reviewer",
        "Only its author and 3 people named one by one can read this",
    ),
    (Status.NOTED, TLP.CLEAR, "colleague", "Anyone signed in can read this"),
    (
        Status.NOTED,
        TLP.GREEN,
        "colleague",
        "Every member of every agency can read this (16 people)",
    ),
    (
        Status.NOTED,
        TLP.AMBER,
        "colleague",
        "Guardia Civil and its sub-agencies can read this (11 people)",
    ),
    (
        Status.NOTED,
        TLP.AMBER_STRICT,
        "colleague",
        "Guardia Civil can read this, without sub-agencies (9 people)",
    ),
    (
        Status.NOTED,
        TLP.RED,
        "reviewer",
        "Only its author and 3 people named one by one can read this",
    ),
]


@pytest.mark.parametrize(("status", "tlp", "person", "sentence"), WHO_READS)
def test_who_can_read_it_in_one_sentence(
    status: Status, tlp: TLP, person: str, sentence: str, cast: Cast, db: None
) -> None:
    fields = red(cast) if tlp == TLP.RED else {"tlp": tlp}
    lesson = make_lesson(by=cast.originator, status=status, **fields)
    assert who_reads(lesson, cast.people[person]) == sentence


def test_who_reads_what_somebody_left_behind(cast: Cast, db: None) -> None:
    left = make_lesson(by=cast.left_originator, agency=cast.agency)
    words = "Its author has left: coordinators read it until somebody adopts it"
    assert who_reads(left, cast.coordinator) == words
    left.adopted_by = cast.colleague
    words = "Only who observed it and who adopted it can read this draft"
    assert who_reads(left, cast.colleague) == words


def test_the_sentence_counts_who_really_sees_it(cast: Cast, db: None) -> None:
    for tlp in (TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT):
        lesson = make_lesson(
            by=cast.originator, status=Status.NOTED, tlp=tlp, released_to=[cast.small_agency]
        )
        readers = [user for user in cast.people.values() if lesson.is_visible_to(user)]
        assert f"({len(readers)} people)" in who_reads(lesson, cast.originator)


def test_many_agencies_are_counted_and_few_are_named() -> None:
    assert listed([]) == ""
    assert listed(["A"]) == "A"
    assert listed(["A", "B"]) == "A and B"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed("ABCDE", at_most=3) == "A, B, C and 2 more"


# --- Drafts ---------------------------------------------------------------------------------------


def test_a_draft_that_was_never_submitted_is_deleted_with_its_files(
    cast: Cast, db: None, django_capture_on_commit_callbacks: Any
) -> None:
    lesson = make_lesson(by=cast.originator)
    attachment = Attachment.attach(
        lesson,
        SimpleUploadedFile("a.txt", b"x"),
        name="a.txt",
        media_type="text/plain",
        by=cast.originator,
    )
    storage, name = attachment.file.storage, str(attachment.file.name)
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        discard(lesson, by=cast.originator)
    assert not Lesson.objects.filter(ref=lesson.ref).exists()
    assert not Attachment.objects.filter(pk=attachment.pk).exists()
    assert not storage.exists(name)


def test_nothing_else_is_ever_deleted(cast: Cast, db: None) -> None:
    for status in set(Status) - {Status.DRAFT}:
        lesson = make_lesson(by=cast.originator, status=status)
        assert not may_discard(lesson, cast.originator)
    lesson = make_lesson(by=cast.originator)
    for name, user in cast.people.items():
        assert may_discard(lesson, user) == (name == "originator")
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    perform(lesson, "withdraw", by=cast.originator)
    with pytest.raises(RefusedError):
        discard(lesson, by=cast.originator)
    assert Lesson.objects.filter(pk=lesson.pk).exists()


def test_an_adopted_draft_is_deleted_by_who_adopted_it(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.left_originator, agency=cast.agency, adopted_by=cast.colleague)
    assert may_discard(lesson, cast.colleague)
    assert not may_discard(lesson, cast.left_originator)


def test_staff_do_not_handle_their_own_lesson(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.reviewer, status=Status.NOTED)
    assert not may_handle(lesson, cast.people["reviewer"])
    with pytest.raises(RefusedError):
        handle(lesson, by=cast.people["reviewer"], given={"tlp": TLP.CLEAR})
    lesson.refresh_from_db()
    assert (lesson.tlp, lesson.version) == (TLP.AMBER, 1)


def test_a_draft_that_another_refers_to_is_kept(cast: Cast, db: None) -> None:
    first = make_lesson(by=cast.originator)
    make_lesson(by=cast.originator, recurrence_of=first)
    with pytest.raises(RefusedError, match="refers to this draft"):
        discard(first, by=cast.originator)
    assert Lesson.objects.filter(pk=first.pk).exists()


@pytest.mark.parametrize("page", ["handling", "move/note"])
def test_a_number_no_theme_can_have_is_refused_beside_the_field(
    cast: Cast, db: None, client: Client, page: str
) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    client.force_login(cast.reviewer)
    data = {"themes": "9" * 30, "category": "evaluation", "comment": "Valid.", "version": "1"}
    answer = client.post(f"{lesson.get_absolute_url()}{page}/", data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors["themes"]) == ["Choose from the list."]
