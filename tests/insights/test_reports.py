"""What reports say: everything in its order, nothing that the reader may not see or pass on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import User
from evaluation.models import Indicator, Measurement
from evaluation.results import work_out
from evaluation.series import Step
from exchange.documents.pdf import as_pdf
from exchange.documents.tree import (
    Block,
    Bullets,
    Document,
    Facts,
    Figure,
    Heading,
    Sideways,
    Table,
    Text,
)
from insights.reports import after_action as after_actions
from insights.reports.after_action import after_action_report
from insights.reports.basis import LONGEST_TEXT, Made, RefusedReportError, cut, still_readable
from insights.reports.briefing import partner_briefing
from insights.reports.learning import learning_report
from insights.reports.lesson_sheet import lesson_sheet
from lessons.models import Lesson, Validation
from lessons.vocabulary import ActionStatus, Attribution, Category, Kind, Status
from programs.models import Exercise, Objective, Participation
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.exchange.layouts import pdf_pages
from tests.factories import (
    make_action,
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
    partner,
)
from tests.quick import ROWS

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 27)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def made(build: Any, subject: str, reader: User, query: str = "") -> Made:
    result: Made = build(subject, query, fresh(reader), ON, lambda share: None)
    return result


def said(blocks: Any) -> list[str]:
    """Every word of a report, in its order."""
    found: list[str] = []
    for block in blocks:
        found += said_in(block)
    return found


def said_in(block: Block) -> list[str]:
    match block:
        case Heading(text, _level) | Text(text, _level):
            return [text]
        case Bullets(items):
            return list(items)
        case Facts(pairs):
            return [words for pair in pairs for words in pair]
        case Table():
            return [*block.headings, *(cell for row in block.rows for cell in row)]
        case Figure(drawing, words):
            return [drawing.spoken, words]
        case Sideways(blocks):
            return said(blocks)


def sections(report: Made) -> list[str]:
    """The headings of the first level."""
    flat = [
        inner
        for block in report.blocks
        for inner in (block.blocks if isinstance(block, Sideways) else [block])
    ]
    return [one.text for one in flat if isinstance(one, Heading) and one.level == 1]


def plan_of(report: Made) -> Table:
    (wide,) = [block for block in report.blocks if isinstance(block, Sideways)]
    (table,) = [block for block in wide.blocks if isinstance(block, Table)]
    return table


# --- The after-action report ---------------------------------------------------------------------


@pytest.fixture
def exercise(cast: Cast) -> Exercise:
    found: Exercise = make_exercise(
        by=cast.originator,
        title="Exercise Estrecho",
        summary="To meet in time.",
        scenario="Two boats leave at night.",
        place="Ceuta",
        tlp=TLP.AMBER,
        program=make_program(by=cast.originator, title="Program Atlas"),
        starts_on=date(2026, 5, 4),
        ends_on=date(2026, 5, 6),
    )
    Participation.objects.create(exercise=found, agency=cast.partner_agency, role="observer")
    Objective.objects.create(
        exercise=found,
        text="Meet within ten minutes",
        capability="Interdiction",
        rating="S",
        narrative="It took twelve.",
    )
    Objective.objects.create(exercise=found, text="Share the picture")
    return found


@pytest.fixture
def lessons(cast: Cast, exercise: Exercise) -> list[Lesson]:
    keep = make_lesson(
        by=cast.originator,
        exercise=exercise,
        status=Status.NOTED,
        kind=Kind.SUSTAIN,
        title="One radio net for both sides works",
        occurred_on=date(2026, 5, 4),
    )
    mend = make_lesson(
        by=cast.originator,
        exercise=exercise,
        status=Status.IMPLEMENTING,
        kind=Kind.IMPROVE,
        title="Handover at the median line is slow",
        category=Category.COMMUNICATION,
        recommendation="Agree one frequency.",
        occurred_on=date(2026, 5, 5),
    )
    make_action(
        mend,
        title="Write the frequency into the plan",
        body=cast.partner_agency,
        status=ActionStatus.ONGOING,
        owner=cast.partner_reviewer,
        element="planning",
        start_on=date(2026, 6, 1),
        due_on=date(2027, 1, 31),
    )
    return [keep, mend]


def test_an_after_action_report_has_the_sections_of_hseep_in_their_order(
    cast: Cast, exercise: Exercise, lessons: list[Lesson]
) -> None:
    report = made(after_action_report, exercise.ref, cast.originator)
    assert sections(report) == [
        "Exercise overview",
        "Objectives and ratings",
        "Strengths",
        "Areas for improvement",
        "Improvement plan",
        "Does it work",
        "About this report",
    ]
    words = said(report.blocks)
    for one in (
        f"Exercise Estrecho ({exercise.ref})",
        "4 May 2026 – 6 May 2026",
        "Ceuta",
        "Program Atlas",
        "Guarda Nacional Republicana",
        "To meet in time.",
        "Two boats leave at night.",
        "Meet within ten minutes",
        "S · Performed with some challenges",
        "not rated yet",
        "It took twelve.",
    ):
        assert one in words, one
    strengths, areas = words.index("Strengths"), words.index("Areas for improvement")
    assert strengths < words.index("One radio net for both sides works") < areas
    assert areas < words.index("Handover at the median line is slow")
    assert report.marking == TLP.AMBER
    # Exercise, program, two lessons, an action.
    assert report.number == 5


def test_the_improvement_plan_has_the_columns_of_hseep(
    cast: Cast, exercise: Exercise, lessons: list[Lesson]
) -> None:
    table = plan_of(made(after_action_report, exercise.ref, cast.originator))
    assert [str(one) for one in table.headings] == [
        "Area for improvement",
        "Capability",
        "Recommendation",
        "Corrective action",
        "Capability element",
        "Action body",
        "Owner",
        "Start",
        "Due",
        "Status",
    ]


def release(cast: Cast, *records: Any) -> None:
    for record in records:
        record.released_to.add(cast.partner_agency)


def test_an_owner_is_named_to_who_may_know_the_name(
    cast: Cast, exercise: Exercise, lessons: list[Lesson]
) -> None:
    release(cast, exercise, *lessons)
    lessons[1].released_to.add(cast.far_agency)
    exercise.released_to.add(cast.far_agency)

    def row(reader: User) -> list[str]:
        (found,) = plan_of(made(after_action_report, exercise.ref, reader)).rows
        return list(found)

    assert row(cast.partner_reviewer) == [
        f"Handover at the median line is slow\n{lessons[1].ref}",
        "Communication",
        "Agree one frequency.",
        "Write the frequency into the plan",
        "Planning",
        "GNR",
        "Paula Partnerreviewer",
        "1 Jun 2026",
        "31 Jan 2027",
        "Ongoing",
    ]
    assert row(cast.stranger)[6] == "Guarda Nacional Republicana"


def test_a_lesson_without_an_action_stands_in_the_plan(cast: Cast, exercise: Exercise) -> None:
    make_lesson(by=cast.originator, exercise=exercise, status=Status.NOTED, title="Nobody yet")
    (row,) = plan_of(made(after_action_report, exercise.ref, cast.originator)).rows
    assert row[0].startswith("Nobody yet")
    assert row[3] == "none yet"


def test_an_action_that_is_late_or_was_put_off_says_so(cast: Cast, exercise: Exercise) -> None:
    lesson = make_lesson(by=cast.originator, exercise=exercise, status=Status.IDENTIFIED)
    action = make_action(lesson, due_on=date(2026, 3, 1))
    type(action).objects.filter(pk=action.pk).update(original_due_on=date(2026, 2, 1))
    (row,) = plan_of(made(after_action_report, exercise.ref, cast.originator)).rows
    assert row[8:] == ["1 Mar 2026, first 1 Feb 2026", "Not started, overdue"]


def test_an_exercise_without_anything_has_a_report_that_says_so(cast: Cast) -> None:
    bare = make_exercise(by=cast.originator, title="Bare", tlp=TLP.CLEAR)
    report = made(after_action_report, bare.ref, cast.originator)
    words = said(report.blocks)
    for one in (
        "No objective is recorded.",
        "No strength is published yet.",
        "No area for improvement is published yet.",
        "Nothing is to be improved yet.",
    ):
        assert one in words
    assert report.marking == TLP.CLEAR


HIDDEN = "Xyzzy"


def test_an_after_action_report_tells_nothing_hidden(cast: Cast, exercise: Exercise) -> None:
    """Every one of these is there, and seen by somebody."""
    release(cast, exercise)
    by = cast.originator
    kept = make_lesson(by=by, exercise=exercise, status=Status.IDENTIFIED, tlp=TLP.GREEN)
    make_lesson(
        by=by, exercise=exercise, status=Status.NOTED, title=f"{HIDDEN} amber", tlp=TLP.AMBER
    )
    make_lesson(by=by, exercise=exercise, status=Status.SUBMITTED, title=f"{HIDDEN} submitted")
    make_lesson(by=by, exercise=exercise, status=Status.DRAFT, title=f"{HIDDEN} draft")
    red = make_lesson(
        by=by,
        exercise=exercise,
        status=Status.IDENTIFIED,
        title=f"{HIDDEN} red",
        tlp=TLP.RED,
        red_recipients=(cast.partner_reader,),
    )
    make_action(red, title=f"{HIDDEN} action of a red lesson")
    both = make_action(kept, title=f"{HIDDEN} action of two")
    both.lessons.add(red)
    Exercise.objects.filter(pk=exercise.pk).update(
        program=make_program(by=by, title=f"{HIDDEN} program", tlp=TLP.AMBER_STRICT),
        agreement=make_agreement(
            by=by, title=f"{HIDDEN} agreement", tlp=TLP.RED, red_recipients=(cast.partner_reader,)
        ),
    )
    report = made(after_action_report, exercise.ref, cast.partner_reader)
    assert kept.title in " ".join(said(report.blocks))
    assert HIDDEN not in " ".join(said(report.blocks))
    assert report.contents == {"exercise": [exercise.pk], "lesson": [kept.pk]}
    # To its own people it tells more, but neither RED nor what is not published.
    own = " ".join(said(made(after_action_report, exercise.ref, by).blocks))
    assert f"{HIDDEN} amber" in own
    assert f"{HIDDEN} program" in own
    for word in ("red", "submitted", "draft", "agreement", "action"):
        assert f"{HIDDEN} {word}" not in own, word


@pytest.mark.parametrize("tlp", [TLP.GREEN, TLP.AMBER_STRICT])
def test_a_report_has_the_strictest_marking_of_what_is_in_it(
    cast: Cast, exercise: Exercise, tlp: TLP
) -> None:
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.CLEAR, program=None)
    make_lesson(by=cast.originator, exercise=exercise, status=Status.NOTED, tlp=tlp)
    assert made(after_action_report, exercise.ref, cast.originator).marking == tlp


def test_a_red_exercise_has_no_report(cast: Cast, exercise: Exercise) -> None:
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.RED)
    with pytest.raises(RefusedReportError, match="TLP:RED"):
        made(after_action_report, exercise.ref, cast.originator)
    with pytest.raises(RefusedReportError, match="no longer for you to see"):
        made(after_action_report, exercise.ref, cast.stranger)


def test_of_very_many_lessons_the_latest_are_told(
    cast: Cast, exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after_actions, "MOST_LESSONS", 3)
    monkeypatch.setattr(after_actions, "BLOCK", 2)
    for day in range(1, 6):
        make_lesson(
            by=cast.originator,
            exercise=exercise,
            status=Status.NOTED,
            title=f"Of day {day}",
            occurred_on=date(2026, 5, day),
        )
    shares: list[int] = []
    report = after_action_report(exercise.ref, "", fresh(cast.originator), ON, shares.append)
    words = said(report.blocks)
    assert [one for one in words if one in {f"Of day {day}" for day in range(6)}] == [
        "Of day 3",
        "Of day 4",
        "Of day 5",
    ]
    assert "2 older lessons that you may read are not told here." in words
    assert shares == [66, 100]


def test_a_very_long_text_is_cut() -> None:
    assert cut("a b", 5) == "a b"
    assert cut(f"{'word ' * 4000}") == f"{('word ' * 2000).strip()} […]"
    assert len(cut("x" * 50_000)) == LONGEST_TEXT + 4


@pytest.mark.parametrize("number", ROWS)
def test_queries_do_not_grow_with_lessons(cast: Cast, exercise: Exercise, number: int) -> None:
    for _ in range(number):
        lesson = make_lesson(by=cast.originator, exercise=exercise, status=Status.IDENTIFIED)
        make_action(lesson, owner=cast.partner_reviewer, body=cast.partner_agency)
    reader = fresh(cast.reviewer)
    reader.standing  # noqa: B018 - worked out once for a person
    with CaptureQueriesContext(
        connection,
    ) as counted:
        after_action_report(exercise.ref, "", reader, ON, lambda share: None)
    assert len(counted) == 13
    with CaptureQueriesContext(connection) as counted:
        partner_briefing("MA", "", reader, ON, lambda share: None)
    assert len(counted) == 20


# --- The lesson sheet ----------------------------------------------------------------------------


def test_a_lesson_sheet_tells_the_lesson(
    cast: Cast, exercise: Exercise, lessons: list[Lesson]
) -> None:
    lesson = lessons[1]
    Lesson.objects.filter(pk=lesson.pk).update(place="Median line", applies_when="At night.")
    Validation.objects.create(
        lesson=lesson,
        confirmed=True,
        method="exercise",
        validated_on=date(2026, 9, 1),
        result="Three minutes now.",
        indicator="Minutes",
        by=cast.endorser,
    )
    Validation.objects.create(
        lesson=lesson,
        confirmed=False,
        validated_on=date(2026, 8, 1),
        result=f"{HIDDEN} failed",
        by=cast.endorser,
    )
    report = made(lesson_sheet, lesson.ref, cast.colleague)
    assert sections(report) == [
        "Observation",
        "Discussion",
        "Conclusion",
        "Recommendation",
        "Applies when",
        "Actions",
        "Validation",
        "About this sheet",
    ]
    words = said(report.blocks)
    for one in (lesson.ref, "Implementing", "Exercise Estrecho", "Agree one frequency."):
        assert one in words
    assert "Write the frequency into the plan" in words
    assert "Three minutes now." in words
    assert HIDDEN not in " ".join(words)


@pytest.mark.parametrize(
    ("attribution", "reader", "name"),
    [
        (Attribution.NAMED, "partner_reader", "Olga Originator"),
        (Attribution.AGENCY_ONLY, "partner_reader", "Guardia Civil"),
        (Attribution.AGENCY_ONLY, "reader", "Olga Originator"),
        (Attribution.NON_ATTRIBUTED, "reader", "Not attributed"),
        (Attribution.NON_ATTRIBUTED, "reviewer", "Olga Originator"),
    ],
)
def test_a_lesson_sheet_names_its_author_as_the_page_does(
    cast: Cast, attribution: Attribution, reader: str, name: str
) -> None:
    lesson = make_lesson(
        by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN, attribution=attribution
    )
    words = said(made(lesson_sheet, lesson.ref, cast.people[reader]).blocks)
    assert words[words.index("Observer") + 1] == name
    assert ("Olga Originator" in " ".join(words)) is (name == "Olga Originator")


def test_a_lesson_sheet_names_no_hidden_activity(cast: Cast, exercise: Exercise) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.GREEN, exercise=exercise)
    assert "Exercise Estrecho" in said(made(lesson_sheet, lesson.ref, cast.reader).blocks)
    assert "Exercise Estrecho" not in said(made(lesson_sheet, lesson.ref, cast.stranger).blocks)
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.RED)
    report = made(lesson_sheet, lesson.ref, cast.originator)
    assert "Exercise Estrecho" not in said(report.blocks)
    assert report.marking == TLP.GREEN


def test_red_and_unpublished_lessons_have_no_sheet(cast: Cast) -> None:
    red = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED)
    with pytest.raises(RefusedReportError, match="TLP:RED, which stands in no document"):
        made(lesson_sheet, red.ref, cast.originator)
    with pytest.raises(RefusedReportError, match="no longer for you to see"):
        made(lesson_sheet, red.ref, cast.colleague)
    draft = make_lesson(by=cast.originator)
    with pytest.raises(RefusedReportError, match="not published"):
        made(lesson_sheet, draft.ref, cast.originator)


# --- The briefing --------------------------------------------------------------------------------


def test_a_briefing_tells_of_the_partner(
    cast: Cast, exercise: Exercise, lessons: list[Lesson]
) -> None:
    make_agreement(
        by=cast.originator, title="Agreement on patrols", next_review_on=date(2026, 1, 1)
    )
    report = made(partner_briefing, "MA", cast.originator)
    assert report.title == partner("MA").label
    assert sections(report) == [
        "In numbers",
        "Agreements",
        "Exercises",
        "Programs",
        "Lessons",
        "Open actions",
        "Does it work",
        "About this briefing",
    ]
    words = said(report.blocks)
    assert words[0].startswith("Cooperation rests on one agreement in force.")
    assert words[words.index("Lessons published") + 1] == "2"
    for one in (
        "Agreement on patrols",
        "1 Jan 2026, overdue",
        "Exercise Estrecho",
        "Program Atlas",
    ):
        assert one in words
    assert "Write the frequency into the plan" in words
    table = next(
        one for one in report.blocks if isinstance(one, Table) and one.headings[0] == "Category"
    )
    assert [(row[0], row[-1]) for row in table.rows] == [
        ("Communication", "1"),
        ("Adaptability", "0"),
        ("Coordination and transparency", "1"),
        ("Continuous evaluation", "0"),
    ]
    figure = report.blocks[report.blocks.index(table) - 1]
    assert isinstance(figure, Figure)
    year = table.headings[-2]
    assert figure.drawing.spoken.startswith(f"Lessons by year and category: {year}: 2.")
    assert "url(#hatched)" in figure.drawing.svg


def test_a_briefing_is_short_and_says_what_it_leaves_out(cast: Cast) -> None:
    by = cast.originator
    for number in range(30):
        title = f"{number} on cooperation between the patrols of both shores at night"
        exercise = make_exercise(by=by, title=title, tlp=TLP.GREEN)
        make_agreement(by=by, title=title, tlp=TLP.GREEN)
        make_program(by=by, title=title, tlp=TLP.GREEN)
        lesson = make_lesson(by=by, title=title, status=Status.IDENTIFIED, exercise=exercise)
        make_action(lesson, title=title)
        indicator = make_indicator(by, title, exercise=exercise)
        Indicator.objects.filter(pk=indicator.pk).update(limitations="Not at night. " * 20)
    report = made(partner_briefing, "MA", by)
    assert said(report.blocks).count("24 more are recorded.") == 5
    assert said(report.blocks).count("27 more are recorded.") == 1
    document = Document(
        kind="Partner briefing", title=report.title, marking=report.marking, language="en",
        handling="Handle it with care.", made="Made by Olga", blocks=report.blocks,
    )  # fmt: skip
    assert len(pdf_pages(as_pdf(document, ON))) <= 4


def test_a_briefing_tells_nothing_hidden(cast: Cast) -> None:
    by, seen = cast.originator, cast.partner_reader
    red: dict[str, Any] = {"tlp": TLP.RED, "red_recipients": (seen,)}
    make_agreement(by=by, title=f"{HIDDEN} agreement", **red)
    make_program(by=by, title=f"{HIDDEN} program", **red)
    make_exercise(by=by, title=f"{HIDDEN} exercise", **red)
    lesson = make_lesson(by=by, title=f"{HIDDEN} lesson", status=Status.IDENTIFIED, **red)
    make_action(lesson, title=f"{HIDDEN} action")
    make_lesson(by=by, title=f"{HIDDEN} in review", status=Status.IN_REVIEW, tlp=TLP.GREEN)
    make_lesson(by=by, title=f"{HIDDEN} amber", status=Status.NOTED, tlp=TLP.AMBER)
    with pytest.raises(RefusedReportError, match="Nothing is recorded"):
        made(partner_briefing, "MA", seen)
    kept = make_lesson(by=by, status=Status.NOTED, tlp=TLP.GREEN)
    report = made(partner_briefing, "MA", seen)
    words = said(report.blocks)
    assert kept.title in " ".join(words)
    assert HIDDEN not in " ".join(words)
    assert words[words.index("Lessons published") + 1] == "1"
    assert words[words.index("Open actions") + 1] == "0"
    assert report.marking == TLP.GREEN
    with pytest.raises(RefusedReportError, match="no such partner"):
        made(partner_briefing, "QQ", seen)


def test_lessons_that_are_counted_set_the_marking_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insights.reports.briefing.MOST", 1)
    make_lesson(
        by=cast.originator, status=Status.NOTED, tlp=TLP.AMBER, occurred_on=date(2020, 1, 1)
    )
    newest = make_lesson(
        by=cast.originator, status=Status.NOTED, tlp=TLP.CLEAR, occurred_on=date(2026, 1, 1)
    )
    report = made(partner_briefing, "MA", cast.originator)
    assert report.contents["lesson"] == [newest.pk]
    assert report.marking == TLP.AMBER
    assert "1 more is recorded." in said(report.blocks)


# --- The state of learning -----------------------------------------------------------------------


def test_the_state_of_learning_counts_what_may_leave(cast: Cast) -> None:
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.RED)
    with pytest.raises(RefusedReportError, match="no lesson to count"):
        made(learning_report, "", cast.originator)
    make_lesson(by=cast.originator, status=Status.LEARNED, tlp=TLP.GREEN)
    make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.AMBER, partners=("FR",))
    report = made(learning_report, "", cast.originator)
    assert (report.number, report.marking) == (2, TLP.AMBER)
    assert sections(report)[:2] == ["Where lessons stand now", "How long each step takes"]
    staff = made(learning_report, "", cast.reviewer)
    assert "Reviews by reviewer" not in sections(staff)
    narrowed = made(learning_report, "", cast.originator, "partner=MA")
    assert (narrowed.number, narrowed.marking) == (1, TLP.GREEN)
    assert "Morocco" in " ".join(said(narrowed.blocks))
    with pytest.raises(RefusedReportError, match="does not exist, or is not for you"):
        made(learning_report, "", cast.originator, "partner=QQ")


# --- Still readable ------------------------------------------------------------------------------


def test_a_report_is_readable_while_all_in_it_is(cast: Cast, exercise: Exercise) -> None:
    release(cast, exercise)
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.GREEN, program=None)
    lesson = make_lesson(by=cast.originator, exercise=exercise, status=Status.NOTED, tlp=TLP.GREEN)
    report = made(after_action_report, exercise.ref, cast.partner_reader)

    def readable() -> bool:
        return still_readable(report.contents, report.marking, fresh(cast.partner_reader))

    assert readable()
    Lesson.objects.filter(pk=lesson.pk).update(tlp=TLP.CLEAR)
    assert readable()
    for tlp in (TLP.AMBER, TLP.RED):
        Lesson.objects.filter(pk=lesson.pk).update(tlp=tlp)
        assert not readable()
    # Seen still, but stricter than the file says.
    lesson.released_to.add(cast.partner_agency)
    Lesson.objects.filter(pk=lesson.pk).update(tlp=TLP.AMBER)
    assert not readable()


# --- What indicators say -------------------------------------------------------------------------


def make_indicator(by: User, title: str, **fields: Any) -> Indicator:
    given: dict[str, Any] = {
        "agency_id": by.standing.home,
        "created_by": by,
        "title": title,
        "definition": "From the call to the meeting.",
        "formula": "Minutes",
        "measure": "duration",
        "unit": "minutes",
        "better": "down",
        "source": "Log of the operations room",
        "limitations": "Calls at night only.",
        "tlp": TLP.GREEN,
    }
    indicator: Indicator = Indicator.objects.create(**given | fields)
    indicator.partners.add(partner("MA"))
    return indicator


@pytest.fixture
def indicators(cast: Cast, exercise: Exercise, lessons: list[Lesson]) -> list[Indicator]:
    by = cast.originator
    action = lessons[1].actions.get()
    red = make_indicator(by, f"{HIDDEN} red", exercise=exercise, tlp=TLP.RED)
    beside = make_indicator(by, "Minutes beside red", exercise=exercise, comparison=red)
    make_indicator(by, f"{HIDDEN} strict", exercise=exercise, tlp=TLP.AMBER_STRICT)
    return [
        beside,
        make_indicator(by, "Minutes to meet", exercise=exercise),
        make_indicator(by, "Frequencies agreed", action=action),
    ]


TOLD = ["Minutes beside red", "Minutes to meet", "Frequencies agreed"]


@pytest.mark.parametrize(
    ("build", "about", "named"),
    [
        (after_action_report, "exercise", TOLD),
        (partner_briefing, "partner", TOLD),
        (lesson_sheet, "lesson", ["Frequencies agreed"]),
    ],
)
def test_indicators_stand_in_reports_as_far_as_they_may_be_passed_on(
    cast: Cast,
    exercise: Exercise,
    lessons: list[Lesson],
    indicators: list[Indicator],
    build: Any,
    about: str,
    named: list[str],
) -> None:
    release(cast, exercise, *lessons)
    subject = {"exercise": exercise.ref, "partner": "MA", "lesson": lessons[1].ref}[about]
    report = made(build, subject, cast.partner_reader)
    words = said(report.blocks)
    found = [one.title for one in indicators if f"{one.title}\n{one.ref}" in words]
    assert found == named
    assert "Calls at night only." in words
    assert HIDDEN not in " ".join(words)
    assert len(report.contents["indicator"]) == len(named)
    # Its own people read the strict one too, never the RED one.
    own = made(build, subject, cast.originator)
    assert (f"{HIDDEN} strict" in " ".join(said(own.blocks))) is (about != "lesson")
    assert f"{HIDDEN} red" not in " ".join(said(own.blocks))


def measured(indicator: Indicator, by: User) -> None:
    """Two years of months; the exercise began in the middle of them."""
    Exercise.objects.update(starts_on=date(2025, 6, 1), ends_on=date(2025, 6, 2))
    for number in range(24):
        before = number < 12
        Measurement.objects.create(
            indicator=indicator,
            period=Step.MONTH.plus(date(2024, 6, 1), number),
            measure=indicator.measure,
            value=40 + number % 3 if before else 20 + number % 3,
            by=by,
        )
    work_out(indicators=[indicator.pk], now=timezone.now())


@pytest.mark.parametrize("build", [after_action_report, partner_briefing])
def test_indicators_are_drawn_with_their_change(
    cast: Cast, exercise: Exercise, lessons: list[Lesson], build: Any
) -> None:
    make_indicator(cast.originator, "Never measured", exercise=exercise)
    indicator = make_indicator(cast.originator, "Minutes to meet", exercise=exercise)
    measured(indicator, cast.originator)
    subject = exercise.ref if build is after_action_report else "MA"
    report = made(build, subject, cast.originator)
    (figure,) = [
        one for one in report.blocks if isinstance(one, Figure) and "meet" in one.drawing.spoken
    ]
    assert report.blocks[report.blocks.index(figure) - 1] == Heading("Minutes to meet", 2)
    assert "Minutes to meet fell" in figure.drawing.spoken
    assert figure.words == (
        "Line: Minutes to meet (minutes); broad pale line: median before and after; "
        "full upright line: the change."
    )
    assert "not worked out yet" in said(report.blocks)


@pytest.mark.parametrize(("tlp", "leaves"), [(TLP.AMBER_STRICT, True), (TLP.RED, False)])
def test_a_chart_with_a_hidden_comparison_is_in_no_report(
    cast: Cast, exercise: Exercise, lessons: list[Lesson], tlp: TLP, leaves: bool
) -> None:
    release(cast, exercise, *lessons)
    hidden = make_indicator(cast.originator, f"{HIDDEN} route", exercise=exercise, tlp=tlp)
    indicator = make_indicator(cast.originator, "Minutes", exercise=exercise, comparison=hidden)
    measured(hidden, cast.originator)
    measured(indicator, cast.originator)

    def drawings(reader: User) -> str:
        blocks = made(after_action_report, exercise.ref, reader).blocks
        drawn = [one for one in blocks if isinstance(one, Figure)]
        assert drawn
        return " ".join(f"{one.drawing.svg} {one.words}" for one in drawn)

    assert (f"long dashes: {HIDDEN} route" in drawings(cast.originator)) is leaves
    assert HIDDEN not in drawings(cast.partner_reader)
