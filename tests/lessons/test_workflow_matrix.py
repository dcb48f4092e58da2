"""Every status × move × person of the life cycle, against tables written by hand.

A cell names the moves that the person may make, in the order of ``MOVES``:

    S submit   W withdraw   T take     H hand over   A adopt
    R return   X reject     P appeal   N note        E endorse
    I assign   C validate   F refuse   D relapse
    L close    U supersede  V archive  O restore

*start*, *finish* and *reconsider* are made by nobody.

The column *act* stands for identified and implementing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, User
from agencies.roles import Role
from lessons.models import Action, Lesson, LessonEvent, Theme
from lessons.readers import all_readers_read
from lessons.vocabulary import ActionStatus, Category, Status, ValidationMethod
from lessons.workflow import (
    MOVES,
    IncompleteError,
    RefusedError,
    editors_for,
    options,
    perform,
    reviewers_for,
)
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_agency, make_lesson, make_user
from tests.grids import columns_of, grid, rows_of

CODES = dict(zip(MOVES, "SWTHARXPNEI123CFDLUVO", strict=True))
LETTERS = {letter: move for move, letter in CODES.items()}

EVERYBODY = """
                  draft submitted in_review returned rejected noted act validating learned superseded archived
originator        S     W         .         S        P        .     .   .          .       .          .
colleague         .     .         .         .        .        .     .   .          .       .          .
reviewer          .     TRX       HRXN      .        .        .     .   .          D       .          .
second_reviewer   .     TRX       .         .        .        .     .   .          D       .          .
endorser          .     TRX       HE        .        V        UV    ILU CFLU       DUV     V          O
second_endorser   .     TRX       HE        .        V        UV    ILU CFLU       DUV     V          O
coordinator       .     TRX       HE        .        V        UV    ILU CFLU       DUV     V          O
reader            .     .         .         .        .        .     .   .          .       .          .
sub_member        .     .         .         .        .        .     .   .          .       .          .
sub_reviewer      .     .         .         .        .        .     .   .          .       .          .
only_reviewer     .     .         .         .        .        .     .   .          .       .          .
small_originator  .     .         .         .        .        .     .   .          .       .          .
partner_reader    .     .         .         .        .        .     .   .          .       .          .
partner_reviewer  .     .         .         .        .        .     .   .          .       .          .
red_recipient     .     .         .         .        .        .     .   .          .       .          .
stranger          .     .         .         .        .        .     .   .          .       .          .
administrator     .     .         .         .        .        .     .   .          .       .          .
left_reviewer     .     .         .         .        .        .     .   .          .       .          .
left_originator   .     .         .         .        .        .     .   .          .       .          .
"""

THOSE_WHO_WORKED_ON_ITS_ACTION = """
                  act validating learned
originator        .   .          .
reviewer          .   .          D
endorser          ILU LU         DUV
second_endorser   ILU LU         DUV
coordinator       ILU LU         DUV
administrator     .   .          .
"""

THE_VALIDATOR_IS_THE_ORIGINATOR = """
                  act validating learned
endorser          .   .          .
second_endorser   ILU CFLU       DUV
reviewer          .   .          D
"""

# The tables below leave out what comes after review: the table above shows it for everybody.

AN_ENDORSER_IS_THE_ORIGINATOR = """
                  draft submitted in_review returned rejected
endorser          S     W         .         S        P
originator        .     .         .         .        .
reviewer          .     TRX       HRXN      .        .
second_endorser   .     TRX       HE        .        V
coordinator       .     TRX       HE        .        V
"""

THE_COORDINATOR_IS_THE_ORIGINATOR = """
                  draft submitted in_review returned rejected
coordinator       S     W         H         S        P
endorser          .     TRX       HE        .        V
"""

AN_ENDORSER_RECORDED_IT_FOR_THE_ORIGINATOR = """
                  draft submitted in_review returned rejected
originator        S     W         .         S        P
endorser          .     .         .         .        .
second_endorser   .     TRX       HE        .        V
reviewer          .     TRX       HRXN      .        .
"""

AN_ENDORSER_IS_THE_ASSIGNED_REVIEWER = """
                  draft submitted in_review returned rejected
endorser          .     TRX       HRXNE     .        V
second_endorser   .     TRX       HE        .        V
reviewer          .     TRX       .         .        .
"""

THE_ASSIGNED_REVIEWER_HAS_LEFT = """
                  draft submitted in_review returned rejected
left_reviewer     .     .         .         .        .
reviewer          .     TRX       .         .        .
endorser          .     TRX       HE        .        V
coordinator       .     TRX       HE        .        V
"""

THE_ORIGINATOR_HAS_LEFT = """
                  draft submitted in_review returned rejected
left_originator   .     .         .         .        .
colleague         .     .         .         .        .
reviewer          .     TRX       HRXN      .        .
endorser          .     TRX       HE        .        V
coordinator       A     TRX       HE        A        V
administrator     .     .         .         .        .
"""

A_COLLEAGUE_HAS_ADOPTED_IT = """
                  draft submitted in_review returned rejected
colleague         S     W         .         S        .
left_originator   .     .         .         .        .
reviewer          .     TRX       HRXN      .        .
coordinator       .     TRX       HE        .        V
"""

A_REVIEWER_HAS_ADOPTED_IT = """
                  draft submitted in_review returned rejected
second_reviewer   S     W         .         S        .
reviewer          .     TRX       HRXN      .        .
endorser          .     TRX       HE        .        V
"""

ON_APPEAL_AFTER_THE_REVIEWER_REJECTED = """
                  draft submitted in_review returned rejected
originator        S     W         .         S        .
reviewer          .     .         .         .        .
second_reviewer   .     TRX       HRXN      .        .
endorser          .     TRX       HE        .        V
"""

OF_A_SUB_AGENCY = """
                  draft submitted in_review returned rejected
sub_member        S     W         .         S        P
sub_reviewer      .     TRX       HRXN      .        .
colleague         .     .         .         .        .
reviewer          .     TRX       .         .        .
endorser          .     TRX       HE        .        V
coordinator       .     TRX       HE        .        V
partner_reviewer  .     .         .         .        .
"""

BY_THE_ONLY_REVIEWER = """
                  draft submitted in_review returned rejected
only_reviewer     S     W         .         S        P
small_originator  .     .         .         .        .
reviewer          .     .         .         .        .
endorser          .     .         .         .        .
administrator     .     .         .         .        .
"""

BESIDE_THE_ONLY_REVIEWER = """
                  draft submitted in_review returned rejected
small_originator  S     W         .         S        P
only_reviewer     .     TRX       RXN       .        .
"""

RED = """
                  draft submitted in_review returned rejected
originator        S     W         .         S        P
red_recipient     .     .         .         .        .
reviewer          .     TRX       HRXN      .        .
second_reviewer   .     .         .         .        .
endorser          .     TRX       HE        .        V
second_endorser   .     .         .         .        .
coordinator       .     .         .         .        .
"""

IN_THE_ADMINISTRATION = """
                  draft submitted in_review returned rejected noted act validating learned superseded archived
administrator     .     TRX       HE        .        V        UV    ILU CFLU       DUV     V          O
originator        S     W         .         S        P        .     .   .          .       .          .
reviewer          .     TRX       HRXN      .        .        .     .   .          D       .          .
partner_reviewer  .     .         .         .        .        .     .   .          .       .          .
stranger          .     .         .         .        .        .     .   .          .       .          .
"""

IN_THE_ADMINISTRATION_TAKEN_BY_IT = """
                  draft submitted in_review returned rejected
administrator     .     TRX       HRXNE     .        V
"""

IN_THE_ADMINISTRATION_ITS_OWN = """
                  draft submitted in_review returned rejected
administrator     S     W         .         S        P
"""

IN_THE_ADMINISTRATION_RED = """
                  draft submitted in_review returned rejected
administrator     .     .         .         .        .
"""

IN_THE_ADMINISTRATION_BY_THE_ONLY_REVIEWER = """
                  draft submitted in_review returned rejected
administrator     .     TRX       HE        .        V
only_reviewer     S     W         .         S        P
"""


ACT = [Status.IDENTIFIED, Status.IMPLEMENTING]


def table_of(text: str) -> dict[tuple[str, str], str]:
    """Who may do what: ``{(person, status): letters}``."""
    return {
        (name, status): cell
        for (name, column), cell in grid(text).items()
        for status in (ACT if column == "act" else [column])
    }


def situations(cast: Cast) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each table with what is special about its lessons."""
    red = {
        "tlp": TLP.RED,
        "red_recipients": [cast.red_recipient, cast.reviewer, cast.endorser],
    }
    appealed = {"appealed_at": timezone.now(), "rejected_by": cast.reviewer}
    adopted = {"by": cast.left_originator, "agency": cast.agency}
    small = {"by": cast.only_reviewer, "reviewer": cast.reviewer}
    return {
        "everybody": (EVERYBODY, {}),
        "worked on its action": (
            THOSE_WHO_WORKED_ON_ITS_ACTION,
            {
                "hands": {
                    "owner": cast.endorser,
                    "finished_by": cast.second_endorser,
                    "verified_by": cast.coordinator,
                }
            },
        ),
        "validator is originator": (THE_VALIDATOR_IS_THE_ORIGINATOR, {"by": cast.endorser}),
        "endorser is originator": (AN_ENDORSER_IS_THE_ORIGINATOR, {"by": cast.endorser}),
        "coordinator is originator": (
            THE_COORDINATOR_IS_THE_ORIGINATOR,
            {"by": cast.coordinator},
        ),
        "recorded for the originator": (
            AN_ENDORSER_RECORDED_IT_FOR_THE_ORIGINATOR,
            {"by": cast.endorser, "originator": cast.originator},
        ),
        "endorser is reviewer": (
            AN_ENDORSER_IS_THE_ASSIGNED_REVIEWER,
            {"reviewer": cast.endorser},
        ),
        "reviewer left": (THE_ASSIGNED_REVIEWER_HAS_LEFT, {"reviewer": cast.left_reviewer}),
        "originator left": (THE_ORIGINATOR_HAS_LEFT, adopted),
        "adopted": (A_COLLEAGUE_HAS_ADOPTED_IT, adopted | {"adopted_by": cast.colleague}),
        "adopted by a reviewer": (
            A_REVIEWER_HAS_ADOPTED_IT,
            adopted | {"adopted_by": cast.second_reviewer},
        ),
        "appeal": (
            ON_APPEAL_AFTER_THE_REVIEWER_REJECTED,
            appealed | {"reviewer": cast.second_reviewer},
        ),
        "sub-agency": (
            OF_A_SUB_AGENCY,
            {"by": cast.sub_member, "agency": cast.sub_agency, "reviewer": cast.sub_reviewer},
        ),
        "by the only reviewer": (BY_THE_ONLY_REVIEWER, small),
        "beside the only reviewer": (
            BESIDE_THE_ONLY_REVIEWER,
            {"by": cast.small_originator, "reviewer": cast.only_reviewer},
        ),
        "red": (RED, red),
        "administration": (IN_THE_ADMINISTRATION, {}),
        "administration took it": (
            IN_THE_ADMINISTRATION_TAKEN_BY_IT,
            {"reviewer": cast.administrator},
        ),
        "administration wrote it": (
            IN_THE_ADMINISTRATION_ITS_OWN,
            {"by": cast.administrator, "agency": cast.agency},
        ),
        "administration, red": (IN_THE_ADMINISTRATION_RED, red),
        "administration, only reviewer": (IN_THE_ADMINISTRATION_BY_THE_ONLY_REVIEWER, small),
    }


SITUATIONS = [
    "everybody",
    "worked on its action",
    "validator is originator",
    "endorser is originator",
    "coordinator is originator",
    "recorded for the originator",
    "endorser is reviewer",
    "reviewer left",
    "originator left",
    "adopted",
    "adopted by a reviewer",
    "appeal",
    "sub-agency",
    "by the only reviewer",
    "beside the only reviewer",
    "red",
    "administration",
    "administration took it",
    "administration wrote it",
    "administration, red",
    "administration, only reviewer",
]


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def lesson_in(status: Status, cast: Cast, special: dict[str, Any]) -> Lesson:
    """A lesson of the Guardia Civil by its originator, with the reviewer, unless said otherwise."""
    fields = {"by": cast.originator, "reviewer": cast.reviewer} | special
    if status in {Status.DRAFT, Status.SUBMITTED}:
        fields.pop("reviewer")
    if status == Status.REJECTED:
        fields.setdefault("rejected_by", cast.reviewer)
    hands = fields.pop("hands", {})
    lesson = make_lesson(status=status, **fields)
    if status in {Status.VALIDATING, Status.LEARNED}:
        now = timezone.now()
        done: dict[str, Any] = {"status": ActionStatus.VERIFIED, "finished_at": now}
        done["verified_at"] = now
        make_action(lesson, **done, **hands)
    return lesson


def trace(lesson: Lesson) -> tuple[Any, ...]:
    """All that a move could leave behind."""
    now = Lesson.objects.get(pk=lesson.pk)
    return (
        {field.attname: getattr(now, field.attname) for field in Lesson._meta.concrete_fields},
        set(now.themes.values_list("pk", flat=True)),
        set(now.released_to.values_list("pk", flat=True)),
        sorted(now.actions.values_list("pk", "status")),
        now.events.count(),
    )


def newer_than(lesson: Lesson, cast: Cast, **fields: Any) -> Lesson:
    """A published lesson that everybody reads who reads ``lesson``."""
    fields = {"status": Status.NOTED, "tlp": lesson.tlp} | fields
    return make_lesson(by=cast.originator, agency=lesson.agency, **fields)


def supplied(move: str, lesson: Lesson, cast: Cast) -> dict[str, Any]:
    """All that the move needs."""
    if move == "hand_over":
        return {"reviewer": reviewers_for(lesson).first() or cast.administrator}
    if move == "adopt":
        return {"editor": editors_for(lesson).first()}
    if move == "supersede":
        return {"replacement": newer_than(lesson, cast)}
    tags = {"category": Category.COORDINATION, "themes": list(Theme.objects.all()[:1])}
    actions = [{"title": "Print it", "body": lesson.agency, "due_on": date(2027, 1, 1)}]
    given: dict[str, dict[str, Any]] = {
        "submit": {"clean": True},
        "return": {"comment": "Which boat?"},
        "reject": {"comment": "It is known."},
        "appeal": {"comment": "It is not."},
        "note": tags | {"comment": "Known."},
        "close": {"comment": "The ferry no longer runs."},
        "archive": {"comment": "Of no use any more."},
        "restore": {"comment": "The ferry runs again."},
        "endorse": tags
        | {
            "discussion": "Why it happened.",
            "conclusion": "What follows.",
            "recommendation": "Who changes what.",
            "actions": actions,
        },
        "assign": {"actions": actions},
        "validate": {
            "method": ValidationMethod.EXERCISE,
            "validated_on": timezone.localdate(),
            "result": "The hand-over took three minutes.",
            "indicator": "Minutes until the hand-over: 11, then 3.",
        },
        "refuse": {"comment": "Two boats still had the old list.", "actions": actions},
        "relapse": {"comment": "It happened off Ceuta again.", "actions": actions},
    }
    return given.get(move, {})


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_table_of_moves(situation: str, cast: Cast, db: None) -> None:
    assert list(situations(cast)) == SITUATIONS
    text, special = situations(cast)[situation]
    administration = situation.startswith("administration")
    expected = table_of(text)
    people = cast.people
    lessons = {status: lesson_in(Status(status), cast, special) for status in columns_of(expected)}
    found = {
        (name, status): "".join(
            CODES[option.move.name]
            for option in options(lesson, people[name], administration=administration)
            if option.allowed
        )
        for name in rows_of(expected)
        for status, lesson in lessons.items()
    }
    assert found == expected


def test_the_table_for_everybody_names_everybody_and_every_status(cast: Cast, db: None) -> None:
    table = table_of(EVERYBODY)
    assert rows_of(table) == list(cast.people)
    assert sorted(columns_of(table)) == sorted(Status.values)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_the_table_refuses_leaves_no_trace_and_names_a_reason(
    situation: str, cast: Cast, db: None
) -> None:
    text, special = situations(cast)[situation]
    administration = situation.startswith("administration")
    expected = table_of(text)
    people = cast.people
    for status in columns_of(expected):
        lesson = lesson_in(Status(status), cast, special)
        before = trace(lesson)
        for move in MOVES:
            given = supplied(move, lesson, cast)
            # From where a move never starts it is refused before anybody looks at the person.
            names = rows_of(expected) if MOVES[move].who(status) else rows_of(expected)[:1]
            for name in names:
                if CODES[move] in expected[name, status]:
                    continue
                with pytest.raises(RefusedError) as refused:
                    perform(
                        lesson, move, by=people[name], given=given, administration=administration
                    )
                assert len(str(refused.value.reason)) > 10, (name, status, move)
        assert trace(lesson) == before, status


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_the_table_allows_is_done_whole(situation: str, cast: Cast, db: None) -> None:
    text, special = situations(cast)[situation]
    administration = situation.startswith("administration")
    expected = table_of(text)
    people = cast.people
    for status in columns_of(expected):
        lesson = lesson_in(Status(status), cast, special)
        for name in rows_of(expected):
            for letter in expected[name, status]:
                for event, moved in made(
                    lesson, LETTERS[letter], people[name], cast, administration
                ):
                    restored = {"restore": Status.NOTED}.get(LETTERS[letter])
                    target = restored or MOVES[LETTERS[letter]].target or status
                    assert (event.from_status, event.to_status) == (status, target)
                    assert (event.actor, event.by_administration) == (people[name], administration)
                    assert (moved.status, moved.version) == (target, lesson.version + 1)


def made(
    lesson: Lesson, move: str, by: User, cast: Cast, administration: bool
) -> Iterator[tuple[LessonEvent, Lesson]]:
    """The event and the lesson after the move, which is then taken back."""
    with transaction.atomic():
        moved = Lesson.objects.get(pk=lesson.pk)
        event = perform(
            moved, move, by=by, given=supplied(move, lesson, cast), administration=administration
        )
        yield event, moved
        transaction.set_rollback(True)


# --- What each move must be supplied with --------------------------------------------------------

NEEDED = {
    "submit": {"clean"},
    "hand_over": {"reviewer"},
    "adopt": {"editor"},
    "return": {"comment"},
    "reject": {"comment"},
    "appeal": {"comment"},
    "note": {"category", "themes", "comment"},
    "endorse": {"category", "themes", "discussion", "conclusion", "recommendation", "actions"},
    "assign": {"actions"},
    "validate": {"method", "validated_on", "result", "indicator"},
    "refuse": {"comment", "actions"},
    "relapse": {"actions"},
    "close": {"comment"},
    "supersede": {"replacement"},
    "archive": {"comment"},
    "restore": {"comment"},
}


def ready(move: str, cast: Cast) -> tuple[Lesson, User]:
    """A lesson that stands before ``move``, and who may make it."""
    status, by = {
        "submit": (Status.DRAFT, cast.originator),
        "withdraw": (Status.SUBMITTED, cast.originator),
        "take": (Status.SUBMITTED, cast.reviewer),
        "hand_over": (Status.IN_REVIEW, cast.reviewer),
        "adopt": (Status.RETURNED, cast.coordinator),
        "return": (Status.IN_REVIEW, cast.reviewer),
        "reject": (Status.IN_REVIEW, cast.reviewer),
        "appeal": (Status.REJECTED, cast.originator),
        "note": (Status.IN_REVIEW, cast.reviewer),
        "endorse": (Status.IN_REVIEW, cast.endorser),
        "assign": (Status.IDENTIFIED, cast.endorser),
        "validate": (Status.VALIDATING, cast.endorser),
        "refuse": (Status.VALIDATING, cast.endorser),
        "relapse": (Status.LEARNED, cast.reviewer),
        "close": (Status.IMPLEMENTING, cast.endorser),
        "supersede": (Status.LEARNED, cast.endorser),
        "archive": (Status.NOTED, cast.endorser),
        "restore": (Status.ARCHIVED, cast.endorser),
    }[move]
    author = cast.left_originator if move == "adopt" else cast.originator
    return lesson_in(status, cast, {"by": author, "agency": cast.agency}), by


def test_moves_need_what_the_design_says() -> None:
    assert {name: set(move.needs) for name, move in MOVES.items()} == {
        **{name: set() for name in ("withdraw", "take", "start", "finish", "reconsider")},
        **NEEDED,
    }


@pytest.mark.parametrize(
    ("move", "missing"),
    [(move, name) for move, names in NEEDED.items() for name in sorted(names)],
)
@pytest.mark.parametrize("empty", ["left out", "blank"])
def test_a_move_without_something_it_needs_names_it_and_changes_nothing(
    move: str, missing: str, empty: str, cast: Cast, db: None
) -> None:
    lesson, by = ready(move, cast)
    before = trace(lesson)
    given = supplied(move, lesson, cast)
    if empty == "left out":
        del given[missing]
    else:
        given[missing] = "  " if isinstance(given[missing], str) else None
    with pytest.raises(IncompleteError) as incomplete:
        perform(lesson, move, by=by, given=given)
    assert set(incomplete.value.errors) == {missing}
    assert trace(lesson) == before


@pytest.mark.parametrize("move", [move.name for move in MOVES.values() if not move.automatic])
def test_a_move_with_all_it_needs_is_made(move: str, cast: Cast, db: None) -> None:
    lesson, by = ready(move, cast)
    event = perform(lesson, move, by=by, given=supplied(move, lesson, cast))
    assert (event.move, event.actor, event.lesson) == (move, by, lesson)
    assert list(lesson.events.all()) == [event]


@pytest.mark.parametrize(
    ("field", "value"), [("title", ""), ("title", "   "), ("observation", ""), ("partners", [])]
)
def test_a_lesson_is_submitted_only_when_it_says_something(
    field: str, value: Any, cast: Cast, db: None
) -> None:
    lesson = make_lesson(by=cast.originator, **{field: value})
    with pytest.raises(IncompleteError) as incomplete:
        perform(lesson, "submit", by=cast.originator, given={"clean": True})
    assert set(incomplete.value.errors) == {field}
    assert lesson.events.count() == 0


def test_a_red_lesson_is_submitted_only_to_a_reviewer_and_an_endorser(cast: Cast, db: None) -> None:
    for recipients in ([], [cast.red_recipient], [cast.reviewer], [cast.originator]):
        lesson = make_lesson(by=cast.originator, tlp=TLP.RED, red_recipients=recipients)
        with pytest.raises(IncompleteError) as incomplete:
            perform(lesson, "submit", by=cast.originator, given={"clean": True})
        assert set(incomplete.value.errors) == {"red_recipients"}
    both_in_one = make_lesson(by=cast.originator, tlp=TLP.RED, red_recipients=[cast.endorser])
    perform(both_in_one, "submit", by=cast.originator, given={"clean": True})
    assert both_in_one.status == Status.SUBMITTED


def test_a_category_that_does_not_exist_is_not_taken(cast: Cast, db: None) -> None:
    lesson, by = ready("note", cast)
    given = supplied("note", lesson, cast) | {"category": "gossip"}
    with pytest.raises(IncompleteError) as incomplete:
        perform(lesson, "note", by=by, given=given)
    assert set(incomplete.value.errors) == {"category"}


@pytest.mark.parametrize(
    "person", ["originator", "reviewer", "colleague", "partner_reviewer", "left_reviewer"]
)
def test_a_lesson_is_handed_over_to_another_reviewer_only(
    person: str, cast: Cast, db: None
) -> None:
    lesson, by = ready("hand_over", cast)
    with pytest.raises(IncompleteError) as incomplete:
        perform(lesson, "hand_over", by=by, given={"reviewer": getattr(cast, person)})
    assert set(incomplete.value.errors) == {"reviewer"}
    assert Lesson.objects.get(pk=lesson.pk).reviewer == cast.reviewer


def test_a_lesson_is_adopted_by_somebody_who_records_for_its_agency(cast: Cast, db: None) -> None:
    alone = make_agency()
    coordinator = make_user(agency=alone, role=Role.COORDINATOR)
    left = make_user(agency=alone, is_active=False)
    lesson = make_lesson(by=left, agency=alone)
    assert list(editors_for(lesson)) == [coordinator]
    with pytest.raises(IncompleteError, match="This person cannot edit it"):
        perform(lesson, "adopt", by=coordinator, given={"editor": cast.colleague})
    recorded_for_them = make_lesson(by=coordinator, agency=alone, originator=left)
    with pytest.raises(RefusedError, match="Nobody else records for its agency"):
        perform(recorded_for_them, "adopt", by=coordinator, given={"editor": cast.colleague})


WRONG_ACTIONS = [
    ({"title": " "}, "Every action needs what is to be done"),
    ({"body": None}, "Every action needs what is to be done"),
    ({"due_on": None}, "Every action needs what is to be done"),
    ({"body": "far"}, "no longer active"),
    ({"owner": "stranger"}, "must be a member of its action body"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG_ACTIONS)
def test_the_verb_itself_refuses_wrong_actions(
    wrong: dict[str, Any], words: str, cast: Cast, db: None
) -> None:
    Agency.objects.filter(pk=cast.far_agency.pk).update(active=False)
    known = {"far": Agency.objects.get(pk=cast.far_agency.pk), "stranger": cast.stranger}
    lesson, by = ready("endorse", cast)
    given = supplied("endorse", lesson, cast)
    given["actions"][0] |= {name: known.get(value, value) for name, value in wrong.items()}
    with pytest.raises(IncompleteError, match=words):
        perform(lesson, "endorse", by=by, given=given)
    assert Action.objects.count() == 0


def test_the_verb_itself_keeps_a_red_lesson_among_its_recipients(cast: Cast, db: None) -> None:
    red = {"tlp": TLP.RED, "red_recipients": [cast.reviewer, cast.endorser]}
    lesson = lesson_in(Status.IN_REVIEW, cast, red)
    given = supplied("endorse", lesson, cast)
    given["actions"][0]["owner"] = cast.colleague
    with pytest.raises(IncompleteError, match="must be a recipient"):
        perform(lesson, "endorse", by=cast.endorser, given=given)
    given["actions"][0] |= {"owner": None, "body": cast.partner_agency}
    perform(lesson, "endorse", by=cast.endorser, given=given)
    assert lesson.released_to.count() == 0


def test_reviewers_reach_down_and_editors_belong_to_the_agency(cast: Cast, db: None) -> None:
    here = lesson_in(Status.IN_REVIEW, cast, {})
    assert set(reviewers_for(here)) == {
        cast.second_reviewer,
        cast.endorser,
        cast.second_endorser,
        cast.coordinator,
    }
    below = lesson_in(
        Status.IN_REVIEW,
        cast,
        {"by": cast.sub_member, "agency": cast.sub_agency, "reviewer": cast.sub_reviewer},
    )
    staff = {cast.reviewer, cast.second_reviewer, cast.endorser, cast.second_endorser}
    assert set(reviewers_for(below)) == staff | {cast.coordinator}
    assert set(editors_for(below)) == staff | {cast.coordinator, cast.sub_reviewer}
    red = lesson_in(
        Status.IN_REVIEW,
        cast,
        {"tlp": TLP.RED, "red_recipients": [cast.red_recipient, cast.reviewer, cast.endorser]},
    )
    assert set(reviewers_for(red)) == {cast.endorser}
    appealed = lesson_in(
        Status.IN_REVIEW,
        cast,
        {"appealed_at": timezone.now(), "rejected_by": cast.second_reviewer},
    )
    assert cast.second_reviewer not in reviewers_for(appealed)


# --- What moves leave behind ---------------------------------------------------------------------


def test_the_authors_words_stay_beside_the_reviewers(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, observation="Mine, first.")
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    perform(lesson, "withdraw", by=cast.originator)
    Lesson.objects.filter(pk=lesson.pk).update(observation="Mine, better.")
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    assert lesson.original_observation == "Mine, better."
    perform(lesson, "take", by=cast.reviewer)
    Lesson.objects.filter(pk=lesson.pk).update(observation="The reviewer's.")
    perform(lesson, "return", by=cast.reviewer, given={"comment": "So?"})
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    assert (lesson.original_observation, lesson.observation) == ("Mine, better.", "The reviewer's.")


def test_an_answer_goes_to_who_asked_and_any_reviewer_may_take_it(cast: Cast, db: None) -> None:
    lesson = lesson_in(Status.SUBMITTED, cast, {})
    perform(lesson, "return", by=cast.reviewer, given={"comment": "Which boat?"})
    assert lesson.reviewer == cast.reviewer
    perform(lesson, "submit", by=cast.originator, given={"clean": True})
    assert lesson.reviewer == cast.reviewer
    perform(lesson, "return", by=cast.second_reviewer, given={"comment": "Which day?"})
    assert lesson.reviewer == cast.second_reviewer


def test_who_adopts_a_lesson_no_longer_reviews_it(cast: Cast, db: None) -> None:
    lesson = lesson_in(Status.RETURNED, cast, {"by": cast.left_originator, "agency": cast.agency})
    assert lesson.reviewer == cast.reviewer
    perform(lesson, "adopt", by=cast.coordinator, given={"editor": cast.reviewer})
    assert (lesson.adopted_by, lesson.reviewer) == (cast.reviewer, None)


def test_an_appeal_is_possible_once_and_not_for_who_rejected(cast: Cast, db: None) -> None:
    lesson = lesson_in(Status.IN_REVIEW, cast, {})
    perform(lesson, "reject", by=cast.reviewer, given={"comment": "Known."})
    perform(lesson, "appeal", by=cast.originator, given={"comment": "Not by us."})
    assert (lesson.status, lesson.reviewer) == (Status.SUBMITTED, None)
    perform(lesson, "take", by=cast.second_reviewer)
    perform(lesson, "reject", by=cast.second_reviewer, given={"comment": "Still."})
    with pytest.raises(RefusedError, match="once"):
        perform(lesson, "appeal", by=cast.originator, given={"comment": "Again."})


def test_only_the_first_publication_sets_the_date(cast: Cast, db: None) -> None:
    lesson, by = ready("note", cast)
    perform(lesson, "note", by=by, given=supplied("note", lesson, cast))
    assert lesson.published_at == lesson.events.get().at
    assert (lesson.review_due_on, lesson.category) == (None, Category.COORDINATION)


def test_whoever_once_adopted_a_lesson_never_passes_it(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.left_originator, agency=cast.agency)
    perform(lesson, "adopt", by=cast.coordinator, given={"editor": cast.endorser})
    User.objects.filter(pk=cast.endorser.pk).update(is_active=False)
    perform(lesson, "adopt", by=cast.coordinator, given={"editor": cast.colleague})
    User.objects.filter(pk=cast.endorser.pk).update(is_active=True)
    perform(lesson, "submit", by=cast.colleague, given={"clean": True})
    with pytest.raises(RefusedError):
        perform(lesson, "take", by=User.objects.get(pk=cast.endorser.pk))
    assert cast.endorser not in reviewers_for(lesson)
    assert lesson not in Lesson.objects.awaiting_review_by(User.objects.get(pk=cast.endorser.pk))


# --- Closing, replacing, putting away -------------------------------------------------------------


def test_closing_cancels_only_the_actions_that_serve_no_other_lesson(cast: Cast, db: None) -> None:
    lesson, by = ready("close", cast)
    other = lesson_in(Status.IDENTIFIED, cast, {})
    noted = lesson_in(Status.NOTED, cast, {})
    due = {"body": cast.agency, "due_on": date(2027, 1, 1)}
    alone, shared, with_noted, done = (
        Action.objects.create(title=title, **due) for title in ("1", "2", "3", "4")
    )
    for action in (alone, shared, with_noted, done):
        action.lessons.add(lesson)
    shared.lessons.add(other)
    with_noted.lessons.add(noted)
    now = timezone.now()
    Action.objects.filter(pk=done.pk).update(
        status=ActionStatus.VERIFIED, finished_at=now, verified_at=now
    )
    perform(lesson, "close", by=by, given={"comment": "The ferry no longer runs."})
    statuses = dict(Action.objects.values_list("title", "status"))
    assert statuses == {
        "1": ActionStatus.CANCELLED,
        "2": ActionStatus.NOT_STARTED,
        "3": ActionStatus.CANCELLED,
        "4": ActionStatus.VERIFIED,
    }
    assert lesson.is_published


def test_a_lesson_is_superseded_by_one_that_can_stand_in_its_place(cast: Cast, db: None) -> None:
    lesson, by = ready("supersede", cast)
    draft = make_lesson(by=cast.endorser, agency=cast.agency)
    put_away = newer_than(lesson, cast, status=Status.ARCHIVED)
    hidden = make_lesson(by=cast.stranger, status=Status.NOTED, tlp=TLP.AMBER_STRICT)
    for newer, words in (
        (lesson, "its own place"),
        (draft, "Only a published lesson"),
        (put_away, "Only a published lesson"),
        (hidden, "not for you to see"),
    ):
        with pytest.raises(IncompleteError, match=words):
            perform(lesson, "supersede", by=by, given={"replacement": newer})
    newer = newer_than(lesson, cast)
    perform(lesson, "supersede", by=by, given={"replacement": newer})
    assert lesson.superseded_by == newer
    # No way leads back: what was superseded stands in nobody's place.
    with pytest.raises(IncompleteError, match="Only a published lesson"):
        perform(newer, "supersede", by=by, given={"replacement": lesson})


READ = """
                    clear green amber released strict strict_released red
clear               x     .     .     .        .      .               .
green               x     x     .     .        .      .               .
amber               x     x     x     x        .      .               .
released            x     x     .     x        .      .               .
strict              x     x     x     x        x      x               .
strict_released     x     x     .     x        .      x               .
red                 x     x     x     x        x      x               x
"""
"""By how the older one is marked (rows): the newer ones that all its readers read."""


def test_whoever_read_the_older_one_reads_the_newer(cast: Cast, db: None) -> None:
    marked: dict[str, dict[str, Any]] = {
        "clear": {"tlp": TLP.CLEAR},
        "green": {"tlp": TLP.GREEN},
        "amber": {"tlp": TLP.AMBER},
        "released": {"tlp": TLP.AMBER, "released_to": [cast.partner_agency]},
        "strict": {"tlp": TLP.AMBER_STRICT},
        "strict_released": {"tlp": TLP.AMBER_STRICT, "released_to": [cast.partner_agency]},
        "red": {"tlp": TLP.RED, "red_recipients": [cast.reviewer, cast.endorser]},
    }
    lessons = {
        name: make_lesson(by=cast.originator, status=Status.NOTED, **fields)
        for name, fields in marked.items()
    }
    people = cast.people
    readers = {
        name: {who for who, person in people.items() if lesson.is_visible_to(person)}
        for name, lesson in lessons.items()
    }
    for (older, newer), cell in grid(READ).items():
        found = all_readers_read(lessons[older], lessons[newer])
        assert found == (cell == "x"), (older, newer)
        assert not found or readers[older] <= readers[newer], (older, newer)


def test_a_red_lesson_is_replaced_only_by_one_with_all_its_recipients(cast: Cast, db: None) -> None:
    red: dict[str, Any] = {
        "tlp": TLP.RED,
        "red_recipients": [cast.reviewer, cast.endorser, cast.red_recipient],
    }
    older = make_lesson(by=cast.originator, status=Status.NOTED, **red)
    fewer = newer_than(older, cast, red_recipients=[cast.reviewer, cast.endorser])
    assert not all_readers_read(older, fewer)
    assert all_readers_read(fewer, older)


@pytest.mark.parametrize(
    "status", [Status.REJECTED, Status.NOTED, Status.LEARNED, Status.SUPERSEDED]
)
def test_what_is_restored_stands_where_it_stood(status: Status, cast: Cast, db: None) -> None:
    lesson = lesson_in(status, cast, {})
    for _ in range(2):
        perform(lesson, "archive", by=cast.endorser, given={"comment": "Of no use."})
        assert lesson.status == Status.ARCHIVED
        event = perform(lesson, "restore", by=cast.endorser, given={"comment": "Of use."})
        assert (event.from_status, event.to_status) == (Status.ARCHIVED, status)
    assert lesson.status == status


def test_what_came_archived_from_elsewhere_is_restored_as_it_was_published(
    cast: Cast, db: None
) -> None:
    unpublished = {"published_at": None, "category": ""}
    for special, status in (({}, Status.NOTED), (unpublished, Status.REJECTED)):
        lesson = lesson_in(Status.ARCHIVED, cast, special)
        perform(lesson, "restore", by=cast.endorser, given={"comment": "Of use."})
        assert lesson.status == status
