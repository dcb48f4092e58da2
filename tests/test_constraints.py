"""Every rule that the database itself keeps, broken on purpose past forms and verbs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from agencies.models import Agency, Holiday, Membership, Partner, User
from agencies.roles import Role
from evaluation.models import (
    FeedbackAnswer,
    FeedbackQuestion,
    FeedbackRequest,
    FeedbackToken,
    Indicator,
    IndicatorVersion,
    Measurement,
    Result,
    SeriesBreak,
    Story,
)
from exchange.models import DocumentTemplate, RequestedDocument
from lessons.handling import handle
from lessons.models import Action, Comment, Evidence, Lesson, Reuse, Theme, Validation
from lessons.versions import ActionVersion, LessonVersion, Revision, keep_actions
from lessons.vocabulary import RevisionStage, Status
from notices.models import Choice, Job, Letter, Notice, Rung
from programs.models import Agreement, Exercise, Objective, Participation, Program
from programs.vocabulary import ExerciseStatus
from records.models import (
    Attachment,
    ExportRecord,
    FormDraft,
    RefCounter,
    SavedView,
    SavedViewUse,
)
from tests.cast import Cast, make_cast
from tests.factories import (
    make_action,
    make_agency,
    make_agreement,
    make_comment,
    make_exercise,
    make_feedback,
    make_indicator,
    make_lesson,
    make_measurement,
    make_program,
    make_response,
    make_reuse,
    make_story,
    make_user,
)


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


EARLY, LATE = date(2026, 3, 1), date(2026, 4, 1)
NOW = timezone.now()
MAKERS: dict[type[models.Model], Callable[[Cast, Status | None], models.Model]] = {
    Agency: lambda cast, status: make_agency(),
    User: lambda cast, status: make_user(),
    Agreement: lambda cast, status: make_agreement(by=cast.originator),
    Program: lambda cast, status: make_program(by=cast.originator),
    Exercise: lambda cast, status: make_exercise(by=cast.originator),
    Lesson: lambda cast, status: make_lesson(by=cast.originator, status=status or Status.DRAFT),
    Action: lambda cast, status: make_action(
        make_lesson(by=cast.originator, status=Status.IDENTIFIED)
    ),
    Comment: lambda cast, status: make_comment(make_lesson(by=cast.originator)),
    Reuse: lambda cast, status: make_reuse(make_lesson(by=cast.originator, status=Status.NOTED)),
    Revision: lambda cast, status: kept(cast)[2],
    Theme: lambda cast, status: Theme.objects.create(slug="of-the-test", name="Of the test"),
    Membership: lambda cast, status: Membership.objects.create(
        user=make_user(), agency=cast.agency, role=Role.READER
    ),
    Objective: lambda cast, status: Objective.objects.create(
        exercise=make_exercise(by=cast.originator), text="Meet in time"
    ),
    ExportRecord: lambda cast, status: ExportRecord.begin(
        cast.originator, kind="lessons", format="csv"
    ),
    SavedView: lambda cast, status: SavedView.objects.create(
        owner=cast.originator, kind="lessons", name="Of the test"
    ),
    Evidence: lambda cast, status: Evidence.objects.create(
        action=make_action(make_lesson(by=cast.originator)),
        kind="procedure",
        shows="Page 4",
        by=cast.originator,
    ),
    Validation: lambda cast, status: Validation.objects.create(
        lesson=make_lesson(by=cast.originator),
        confirmed=True,
        method="exercise",
        validated_on=EARLY,
        result="Three minutes.",
        indicator="Minutes",
        by=cast.originator,
    ),
    Letter: lambda cast, status: Letter.objects.create(
        person=cast.originator, when="daily", message_id="<of@the.test>", made_at=NOW
    ),
    Notice: lambda cast, status: Notice.objects.create(
        person=cast.originator, kind="became", subject_id=1, key="of the test", when="off"
    ),
    Choice: lambda cast, status: Choice.objects.create(
        person=cast.originator, kind="became", when="off"
    ),
    Indicator: lambda cast, status: make_indicator(by=cast.originator),
    Measurement: lambda cast, status: make_measurement(make_indicator(by=cast.originator), EARLY),
    SeriesBreak: lambda cast, status: SeriesBreak.objects.create(
        indicator=make_indicator(by=cast.originator),
        on=EARLY,
        reason="New form",
        by=cast.originator,
    ),
    Result: lambda cast, status: Result.objects.create(
        indicator=make_indicator(by=cast.originator),
        compared=False,
        of="1",
        verdict="unclear",
        computed_at=NOW,
    ),
    RequestedDocument: lambda cast, status: RequestedDocument.objects.create(
        person=cast.originator, kind="briefing", format="pdf", subject="MA"
    ),
    Job: lambda cast, status: Job.objects.create(name="of.the.test", due_at=NOW),
    FeedbackRequest: lambda cast, status: make_feedback(by=cast.originator),
    FeedbackQuestion: lambda cast, status: make_feedback(by=cast.originator).questions.all()[0],
    FeedbackToken: lambda cast, status: make_feedback(by=cast.originator).tokens.create(digest="d"),
    FeedbackAnswer: lambda cast, status: make_response(
        make_feedback(by=cast.originator), messages=4
    ).answers.get(),
    Story: lambda cast, status: make_story(by=cast.originator),
}

ITSELF = "itself"
MADE: dict[str, Any] = {
    "made_at": NOW,
    "expires_at": NOW + timedelta(days=1),
    "file": "documents/of/the-test",
    "marking": "green",
    "progress": 100,
}

BROKEN: list[tuple[type[models.Model], str, Status | None, dict[str, Any]]] = [
    (Revision, "revision_stage_is_known", None, {"stage": "forgotten"}),
    (Agency, "agency_is_not_its_own_parent", None, {"parent": ITSELF}),
    (Agency, "agency_review_takes_a_day_or_more", None, {"review_days": 0}),
    (Agency, "agency_review_takes_a_day_or_more", None, {"urgent_review_days": 0}),
    *(
        (Agency, "agency_clocks_take_a_day_to_a_year", None, {name: days})
        for name, days in {
            "returned_reminder_days": 0,
            "returned_escalation_days": 366,
            "validation_days": 0,
            "reminder_before_days": 366,
            "escalation_after_days": 0,
        }.items()
    ),
    (Letter, "letter_goes_somehow", None, {"when": "off"}),
    (Notice, "notice_goes_by_mail_or_not", None, {"when": "daily"}),
    (Notice, "notice_goes_by_mail_or_not", None, {"mail_at": NOW}),
    (Notice, "notice_goes_by_mail_or_not", None, {"when": "hourly", "mail_at": NOW}),
    (Choice, "notice_choice_is_known", None, {"when": "hourly"}),
    (Job, "job_ends_one_way", None, {"done_at": NOW, "given_up_at": NOW}),
    (Membership, "membership_role_is_known", None, {"role": "king"}),
    (User, "user_administers_wholly_or_not", None, {"is_staff": True}),
    (User, "user_administers_wholly_or_not", None, {"is_superuser": True}),
    (User, "user_blocked_is_inactive", None, {"blocked": True}),
    (
        Agreement,
        "agreement_signed_before_in_force",
        None,
        {"signed_on": LATE, "in_force_on": EARLY},
    ),
    (
        Agreement,
        "agreement_in_force_before_expiry",
        None,
        {"in_force_on": LATE, "expires_on": EARLY},
    ),
    (Agreement, "agreement_signed_before_expiry", None, {"signed_on": LATE, "expires_on": EARLY}),
    (Agreement, "agreement_has_a_title", None, {"title": ""}),
    (Agreement, "agreement_words_are_known", None, {"type": "handshake"}),
    (Agreement, "agreement_words_are_known", None, {"status": "forgotten"}),
    (Program, "program_starts_before_it_ends", None, {"starts_on": LATE, "ends_on": EARLY}),
    (Program, "program_has_a_title", None, {"title": ""}),
    (Program, "program_words_are_known", None, {"kind": "holiday"}),
    (Program, "program_words_are_known", None, {"status": "forgotten"}),
    (Program, "program_completed_at_most_enrolled", None, {"enrolled": 4, "completed": 5}),
    (Program, "program_cost_has_a_currency", None, {"cost": 5}),
    (Program, "program_cost_has_a_currency", None, {"cost": -5, "currency": "EUR"}),
    (Exercise, "exercise_starts_before_it_ends", None, {"starts_on": LATE, "ends_on": EARLY}),
    (
        Exercise,
        "exercise_hot_wash_after_start",
        None,
        {"starts_on": EARLY, "hot_wash_on": EARLY - timedelta(days=1)},
    ),
    (
        Exercise,
        "exercise_after_action_after_start",
        None,
        {"starts_on": EARLY, "after_action_on": EARLY - timedelta(days=1)},
    ),
    (Action, "action_status_is_known", None, {"status": "forgotten"}),
    (Action, "action_under_way_has_an_owner", None, {"status": "ongoing", "owner": None}),
    (Evidence, "evidence_says_what_it_shows", None, {"shows": ""}),
    (Evidence, "evidence_link_has_a_link", None, {"kind": "link"}),
    (Validation, "validation_says_its_result", None, {"result": ""}),
    (Validation, "validation_confirmed_says_how", None, {"method": ""}),
    (Validation, "validation_confirmed_says_how", None, {"indicator": ""}),
    (Exercise, "exercise_has_a_title", None, {"title": ""}),
    (Exercise, "exercise_words_are_known", None, {"kind": "picnic"}),
    (Exercise, "exercise_words_are_known", None, {"status": "forgotten"}),
    (Exercise, "exercise_words_are_known", None, {"starts_precision": "hour"}),
    (Exercise, "exercise_words_are_known", None, {"ends_precision": "hour"}),
    (Exercise, "exercise_place_is_on_earth", None, {"latitude": 91, "longitude": 0}),
    (Exercise, "exercise_place_is_on_earth", None, {"latitude": 0, "longitude": -181}),
    (Exercise, "exercise_place_is_on_earth", None, {"latitude": 36}),
    (Exercise, "exercise_place_is_on_earth", None, {"longitude": -5}),
    (Exercise, "exercise_cost_has_a_currency", None, {"cost": 5}),
    (Exercise, "exercise_cost_has_a_currency", None, {"cost": -5, "currency": "EUR"}),
    (Exercise, "exercise_evaluation_is_whole", None, {"evaluated_on": LATE}),
    (
        Exercise,
        "exercise_evaluation_is_whole",
        None,
        {"evaluated_on": LATE, "evaluated_by": "somebody", "status": ExerciseStatus.PLANNED},
    ),
    (Objective, "objective_has_a_text", None, {"text": ""}),
    (Objective, "objective_rating_is_known", None, {"rating": "X"}),
    (Theme, "theme_is_not_its_own_parent", None, {"parent": ITSELF}),
    (Lesson, "lesson_submitted_says_something", Status.SUBMITTED, {"title": ""}),
    (Lesson, "lesson_submitted_says_something", Status.SUBMITTED, {"observation": ""}),
    (Lesson, "lesson_submitted_says_something", Status.SUBMITTED, {"submitted_at": None}),
    (Lesson, "lesson_published_has_date_and_category", Status.NOTED, {"published_at": None}),
    (Lesson, "lesson_published_has_date_and_category", Status.NOTED, {"category": ""}),
    (Lesson, "lesson_published_has_date_and_category", Status.SUBMITTED, {"published_at": NOW}),
    (Lesson, "lesson_in_review_has_a_reviewer", Status.IN_REVIEW, {"reviewer": None}),
    (Lesson, "lesson_in_review_has_a_reviewer", Status.IN_REVIEW, {"taken_at": None}),
    (Lesson, "lesson_identified_is_analyzed", Status.IDENTIFIED, {"discussion": ""}),
    (Lesson, "lesson_identified_is_analyzed", Status.IMPLEMENTING, {"conclusion": ""}),
    (Lesson, "lesson_identified_is_analyzed", Status.LEARNED, {"recommendation": ""}),
    (Lesson, "lesson_identified_is_analyzed", Status.VALIDATING, {"identified_at": None}),
    (Lesson, "lesson_learned_has_a_date", Status.LEARNED, {"learned_at": None}),
    (Lesson, "lesson_superseded_has_a_replacement", Status.SUPERSEDED, {"superseded_by": None}),
    (Lesson, "lesson_does_not_follow_itself", None, {"superseded_by": ITSELF}),
    (Lesson, "lesson_does_not_follow_itself", None, {"recurrence_of": ITSELF}),
    (Lesson, "lesson_words_are_known", None, {"kind": "gossip"}),
    (Lesson, "lesson_words_are_known", None, {"priority": "panic"}),
    (Lesson, "lesson_words_are_known", None, {"attribution": "whispered"}),
    (Lesson, "lesson_words_are_known", None, {"tlp": "white"}),
    (Lesson, "lesson_words_are_known", None, {"category": "gossip"}),
    (
        Lesson,
        "lesson_submitted_before_published",
        Status.NOTED,
        {"published_at": datetime(2020, 1, 1, tzinfo=NOW.tzinfo)},
    ),
    (
        Lesson,
        "lesson_identified_before_learned",
        Status.LEARNED,
        {"learned_at": datetime(2020, 1, 1, tzinfo=NOW.tzinfo)},
    ),
    (Action, "action_has_a_title", None, {"title": ""}),
    (Action, "action_starts_before_it_is_due", None, {"start_on": LATE, "due_on": EARLY}),
    (Action, "action_finished_before_verified", None, {"verified_at": NOW}),
    (Comment, "comment_state_is_known", None, {"state": "shouted"}),
    (Comment, "comment_has_a_text_until_withdrawn", None, {"text": ""}),
    (Comment, "comment_has_a_text_until_withdrawn", None, {"state": "withdrawn"}),
    (Comment, "comment_hidden_for_a_reason", None, {"state": "hidden"}),
    (Comment, "comment_hidden_for_a_reason", None, {"reason": "Rude"}),
    (Reuse, "reuse_in_one_activity_at_most", None, {"exercise": "one", "program": "one"}),
    (Reuse, "reuse_in_one_activity_at_most", None, {"exercise": "one", "agreement": "one"}),
    (Reuse, "reuse_in_one_activity_at_most", None, {"program": "one", "agreement": "one"}),
    (Reuse, "reuse_says_what_came_of_it", None, {"outcome": "perhaps"}),
    (Reuse, "reuse_says_what_came_of_it", None, {"result": ""}),
    (ExportRecord, "export_words_are_known_and_never_red", None, {"kind": "people"}),
    (ExportRecord, "export_words_are_known_and_never_red", None, {"format": "odt"}),
    (ExportRecord, "export_words_are_known_and_never_red", None, {"marking": "red"}),
    (
        ExportRecord,
        "export_starts_before_it_finishes",
        None,
        {"finished_at": datetime(2020, 1, 1, tzinfo=NOW.tzinfo)},
    ),
    *(
        (RequestedDocument, "document_words_are_known_and_never_red", None, change)
        for change in ({"kind": "novel"}, {"format": "odt"}, {"marking": "red"})
    ),
    (RequestedDocument, "document_progress_is_a_share", None, {"progress": 101}),
    *(
        (RequestedDocument, "document_made_is_whole", None, MADE | change)
        for change in (
            {"expires_at": None},
            {"made_at": None},
            {"file": ""},
            {"marking": ""},
            {"progress": 99},
            {"failed_at": NOW, "reason": "Why not"},
        )
    ),
    (RequestedDocument, "document_failed_for_a_reason", None, {"failed_at": NOW}),
    (SavedView, "saved_view_has_a_name", None, {"name": ""}),
    (SavedView, "saved_view_list_is_known", None, {"kind": "people"}),
    *(
        (Indicator, "indicator_says_what_it_measures", None, {name: ""})
        for name in ("title", "definition", "formula", "unit")
    ),
    (Indicator, "indicator_says_its_limitations", None, {"limitations": ""}),
    (Indicator, "indicator_words_are_known", None, {"measure": "guess"}),
    (Indicator, "indicator_words_are_known", None, {"step": "fortnight"}),
    (Indicator, "indicator_words_are_known", None, {"better": "side"}),
    (Indicator, "indicator_year_begins_in_a_month", None, {"first_month": 0}),
    (Indicator, "indicator_year_begins_in_a_month", None, {"first_month": 13}),
    (Indicator, "indicator_is_about_one_record", None, {"exercise": None}),
    (Indicator, "indicator_is_about_one_record", None, {"program": "one"}),
    (Indicator, "indicator_other_date_has_a_reason", None, {"intervention_on": EARLY}),
    (Indicator, "indicator_other_date_has_a_reason", None, {"intervention_reason": "Later"}),
    (Indicator, "indicator_compares_a_period_or_more", None, {"periods_before": 0}),
    (Indicator, "indicator_compares_a_period_or_more", None, {"periods_after": 0}),
    (Indicator, "indicator_is_not_compared_with_itself", None, {"comparison": ITSELF}),
    (Measurement, "measurement_words_are_known", None, {"quality": "rumored"}),
    (Measurement, "measurement_is_whole_or_a_gap", None, {"value": None}),
    (Measurement, "measurement_is_whole_or_a_gap", None, {"quality": ""}),
    (Measurement, "measurement_is_whole_or_a_gap", None, {"measure": "proportion"}),
    (Measurement, "measurement_is_whole_or_a_gap", None, {"numerator": 1, "denominator": 2}),
    (
        Measurement,
        "measurement_part_is_at_most_the_whole",
        None,
        {"measure": "proportion", "value": None, "numerator": 3, "denominator": 2},
    ),
    (
        Measurement,
        "measurement_part_is_at_most_the_whole",
        None,
        {"measure": "proportion", "value": None, "numerator": -1, "denominator": 2},
    ),
    (Measurement, "measurement_count_is_not_negative", None, {"value": -1}),
    (
        Measurement,
        "measurement_count_is_not_negative",
        None,
        {"measure": "duration", "value": -1},
    ),
    (Measurement, "measurement_is_revised_for_a_reason", None, {"revised": True, "number": 2}),
    (Measurement, "measurement_is_revised_for_a_reason", None, {"revised": True, "why": "Oh"}),
    (SeriesBreak, "series_break_has_a_reason", None, {"reason": ""}),
    (Result, "result_verdict_is_known", None, {"verdict": "splendid"}),
    (Lesson, "lesson_has_an_author", None, {"originator": None, "attribution": "non_attributed"}),
    (
        Lesson,
        "lesson_without_originator_is_not_attributed",
        None,
        {"originator": None, "adopted_by": "somebody"},
    ),
    (FeedbackRequest, "feedback_is_about_one_activity", None, {"exercise": None}),
    (FeedbackRequest, "feedback_is_about_one_activity", None, {"program": "one"}),
    (FeedbackRequest, "feedback_opens_before_it_closes", None, {"closes_on": date(2020, 1, 1)}),
    (FeedbackRequest, "feedback_has_heading_and_language", None, {"heading": ""}),
    (FeedbackRequest, "feedback_has_heading_and_language", None, {"languages": []}),
    (FeedbackQuestion, "feedback_question_words_are_known", None, {"kind": "riddle"}),
    (FeedbackQuestion, "feedback_question_words_are_known", None, {"subject": "gossip"}),
    (
        FeedbackToken,
        "feedback_link_is_spent_or_withdrawn",
        None,
        {"spent": True, "withdrawn": True},
    ),
    (FeedbackAnswer, "feedback_answer_is_number_or_text", None, {"number": None}),
    (FeedbackAnswer, "feedback_answer_is_number_or_text", None, {"text": "Both"}),
    (FeedbackAnswer, "feedback_lesson_comes_from_a_text", None, {"lesson": "a lesson"}),
    (Story, "story_is_about_one_thing", None, {"lesson": None}),
    (Story, "story_is_about_one_thing", None, {"program": "one"}),
    *((Story, "story_is_whole", None, {name: ""}) for name in ("title", "problem", "done")),
    (Story, "story_is_whole", None, {"changed": ""}),
]


@pytest.mark.parametrize(
    ("model", "constraint", "status", "change"),
    BROKEN,
    ids=[f"{name}-{'-'.join(change)}" for _model, name, _status, change in BROKEN],
)
def test_one_row_cannot_say_what_is_wrong(
    model: type[models.Model],
    constraint: str,
    status: Status | None,
    change: dict[str, Any],
    cast: Cast,
    db: None,
) -> None:
    """Broken in the database, and found before by the same rule where forms ask."""
    row = MAKERS[model](cast, status)
    one = {"exercise": make_exercise, "program": make_program, "agreement": make_agreement}
    values = {
        name: row
        if value == ITSELF
        else cast.reviewer
        if value == "somebody"
        else one[name](by=cast.originator)
        if value == "one"
        else make_lesson(by=cast.originator)
        if value == "a lesson"
        else value
        for name, value in change.items()
    }
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        model._base_manager.filter(pk=row.pk).update(**values)
    assert constraint in str(refused.value)
    for name, value in values.items():
        setattr(row, name, value)
    rule = next(one for one in model._meta.constraints if one.name == constraint)
    with pytest.raises(ValidationError):
        rule.validate(model, row)


# --- What exists once -----------------------------------------------------------------------------


def twice(cast: Cast) -> dict[str, Callable[[], object]]:
    """Second rows of what may exist once, by the rule that refuses them."""
    lesson = make_lesson(by=cast.originator, source_id="7")
    other = make_lesson(by=cast.originator)
    agreement, program = make_agreement(by=cast.originator), make_program(by=cast.originator)
    exercise = make_exercise(by=cast.originator, participants=[cast.partner_agency], source_id="7")
    Holiday.objects.create(agency=cast.agency, day=LATE)
    FormDraft.objects.create(person=cast.originator, key="lesson:1", path="/")
    view = SavedView.objects.create(owner=cast.originator, kind="lessons", name="Mine")
    SavedViewUse.objects.create(view=view, person=cast.originator)
    file = {"record": lesson, "name": "a", "media_type": "text/plain", "size": 1, "sha256": "a"}
    attachment = Attachment.objects.create(uploaded_by=cast.originator, **file)
    versions, action_version, revision = kept(cast)

    for number in range(2):
        Letter.objects.create(
            person=cast.originator, when="daily", message_id=f"<{number}@test>", made_at=NOW
        )
    Rung.objects.create(clock="review", agency=cast.agency, day=LATE)
    told = {"person": cast.originator, "kind": "became", "subject_id": 1, "when": "off"}
    Notice.objects.create(key="1", **told)
    Choice.objects.create(person=cast.originator, kind="became", when="off")

    def again(row: models.Model, **fields: Any) -> Callable[[], object]:
        """A copy of ``row`` that differs in all that is unique, but for one."""
        return lambda: type(row)._base_manager.filter(pk=row.pk).update(**fields)

    asked = [make_feedback(by=cast.originator, open_key=f"key{one}") for one in range(2)]
    tokens = [asked[0].tokens.create(digest=f"digest {one}") for one in range(2)]
    letters = [asked[0].letters.create(address=f"{one}@x.example", language="en") for one in "ab"]
    response = make_response(asked[0], messages=4, again=1, to_change="Radios")
    texts = [
        make_response(asked[0], to_change="Text", went_well="Text").answers.all()[one]
        for one in range(2)
    ]
    type(texts[0]).objects.filter(pk=texts[0].pk).update(lesson=lesson)
    story = make_story(by=cast.originator)
    second = {
        Story: make_story(by=cast.originator),
        Agreement: make_agreement(by=cast.originator),
        Program: make_program(by=cast.originator),
        Exercise: make_exercise(by=cast.originator),
        Lesson: other,
        Indicator: make_indicator(by=cast.originator),
    }
    indicator = make_indicator(by=cast.originator)
    make_measurement(indicator, EARLY, current=False)
    make_measurement(indicator, EARLY, number=2)
    broken = SeriesBreak.objects.create(
        indicator=indicator, on=EARLY, reason="New form", by=cast.originator
    )
    result = Result(indicator=indicator, compared=False, verdict="unclear", computed_at=NOW)
    result.save()
    shared = {
        f"{type(row).__name__}.{name}": again(second[type(row)], **{name: getattr(row, name)})
        for row in (agreement, program, exercise, lesson, indicator, story)
        for name in ("uuid", "ref")
    }
    comments = [make_comment(lesson) for _ in range(2)]
    reuses = [make_reuse(lesson) for _ in range(2)]
    documents = [
        RequestedDocument.objects.create(person=cast.originator, kind="learning", format="pdf")
        for _ in range(2)
    ]
    template = {"file": "templates/x", "name": "x.docx", "size": 1, "given_by": cast.coordinator}
    DocumentTemplate.objects.create(agency=cast.agency, **template)
    return shared | {
        "Comment.uuid": again(comments[1], uuid=comments[0].uuid),
        "Reuse.uuid": again(reuses[1], uuid=reuses[0].uuid),
        "measurement_revision_once": lambda: make_measurement(indicator, EARLY, current=False),
        "measurement_current_once": lambda: make_measurement(indicator, EARLY, number=3),
        "series_break_once": lambda: SeriesBreak.objects.create(
            indicator=indicator, on=broken.on, reason="Another", by=cast.originator
        ),
        "result_once": lambda: Result.objects.create(
            indicator=indicator, compared=False, verdict="better", computed_at=NOW
        ),
        "indicator_version_once": lambda: [
            IndicatorVersion.objects.create(indicator=indicator, number=1, at=NOW) for _ in range(2)
        ],
        "FeedbackRequest.uuid": again(asked[1], uuid=asked[0].uuid),
        "FeedbackRequest.open_key": again(asked[1], open_key=asked[0].open_key),
        "feedback_standard_question_once": again(
            asked[0].questions.all()[1], standard=asked[0].questions.all()[0].standard
        ),
        "FeedbackToken.digest": again(tokens[1], digest=tokens[0].digest),
        "feedback_letter_once": again(letters[1], address=letters[0].address),
        "feedback_question_answered_once": again(
            response.answers.get(question__standard="again"),
            question=asked[0].questions.get(standard="messages"),
        ),
        "FeedbackAnswer.lesson": again(texts[1], lesson=lesson),
        "RequestedDocument.uuid": again(documents[1], uuid=documents[0].uuid),
        "DocumentTemplate.agency": lambda: DocumentTemplate.objects.create(
            agency=cast.agency, **template
        ),
        "Agency.code": lambda: make_agency(code="ES-GC"),
        "User.email": again(cast.colleague, email=cast.originator.email),
        "user_email_once_whatever_its_case": again(
            cast.colleague, email=cast.originator.email.upper()
        ),
        "membership_once": lambda: Membership.objects.create(
            user=cast.originator, agency=cast.agency, role=Role.READER
        ),
        "holiday_once": lambda: Holiday.objects.create(agency=cast.agency, day=LATE),
        "Partner.code": lambda: Partner.objects.create(code="FR", kind="country", name="France"),
        "Theme.slug": lambda: Theme.objects.create(slug="joint-patrols", name="Again"),
        "saved_view_name_once": lambda: SavedView.objects.create(
            owner=cast.originator, kind="lessons", name="Mine"
        ),
        "saved_view_use_once": lambda: SavedViewUse.objects.create(
            view=view, person=cast.originator
        ),
        "form_draft_once": lambda: FormDraft.objects.create(
            person=cast.originator, key="lesson:1", path="/"
        ),
        "Letter.message_id": lambda: Letter.objects.filter(message_id="<1@test>").update(
            message_id="<0@test>"
        ),
        "rung_once": lambda: Rung.objects.create(clock="review", agency=cast.agency, day=EARLY),
        "notice_once": lambda: Notice.objects.create(key="1", **told),
        "notice_choice_once": lambda: Choice.objects.create(
            person=cast.originator, kind="became", when="daily"
        ),
        "Attachment.uuid": lambda: Attachment.objects.create(
            uploaded_by=cast.originator, uuid=attachment.uuid, **file
        ),
        "participation_once": lambda: Participation.objects.create(
            exercise=exercise, agency=cast.partner_agency
        ),
        "exercise_imported_once": again(second[Exercise], source_id="7"),
        "lesson_imported_once": again(other, source_id="7"),
        "lesson_version_once": again(versions[1], number=1),
        "LessonVersion.event": again(versions[1], event=versions[0].event),
        "action_version_once": lambda: ActionVersion.objects.create(
            action=action_version.action, number=1, at=timezone.now()
        ),
        "revision_open_once": lambda: Revision.objects.create(
            lesson=revision.lesson, last_editor=cast.reviewer
        ),
        "Revision.became": lambda: Revision.objects.create(
            lesson=revision.lesson,
            last_editor=cast.reviewer,
            stage=RevisionStage.APPROVED,
            became=versions[0],
        ),
    }


def kept(cast: Cast) -> tuple[list[LessonVersion], ActionVersion, Revision]:
    """Two versions of a lesson, one of an action, and an open revision that holds on to one."""
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    for priority in ("urgent", "caution"):
        handle(lesson, by=cast.reviewer, given={"priority": priority})
    versions = list(LessonVersion.objects.filter(lesson=lesson).order_by("number"))
    keep_actions([make_action(lesson)], by=cast.reviewer, at=timezone.now())
    revision = Revision.objects.create(lesson=lesson, last_editor=cast.reviewer, became=versions[0])
    return versions, ActionVersion.objects.latest("pk"), revision


def test_what_exists_once_cannot_exist_twice(cast: Cast, db: None) -> None:
    for rule, make in twice(cast).items():
        assert refused(make), f"{rule} was broken"


def refused(make: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


def test_a_status_that_does_not_exist_is_refused(cast: Cast, db: None) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.NOTED)
    assert refused(lambda: Lesson.objects.filter(pk=lesson.pk).update(status="forgotten"))


def test_the_same_identifier_may_come_from_two_agencies(cast: Cast, db: None) -> None:
    for by in (cast.originator, cast.partner_reviewer):
        make_lesson(by=by, source_id="42")
        make_exercise(by=by, source_id="42")
    make_lesson(by=cast.originator)
    make_lesson(by=cast.originator)  # without an identifier there is nothing to repeat


def test_every_rule_of_our_records_is_broken_here(cast: Cast, db: None) -> None:
    apps_of_ours = {
        *("agencies", "records", "notices", "programs"),
        *("lessons", "evaluation", "exchange", "insights"),
    }
    ours = [model for model in apps.get_models() if model._meta.app_label in apps_of_ours]
    rules = {constraint.name for model in ours for constraint in model._meta.constraints}
    rules |= {
        f"{model.__name__}.{field.name}"
        for model in ours
        for field in model._meta.fields
        if field.unique and not field.primary_key
    }
    tested = {name for _model, name, _status, _change in BROKEN} | set(twice(cast))
    assert tested == rules


# --- Rules across rows ----------------------------------------------------------------------------


def test_agencies_make_no_circle(cast: Cast, db: None) -> None:
    cast.agency.parent = cast.sub_agency
    with pytest.raises(ValidationError, match="part of itself"):
        cast.agency.save()
    assert Agency.objects.get(pk=cast.agency.pk).parent is None


def test_history_keeps_people_agencies_themes_and_partners(cast: Cast, db: None) -> None:
    lesson = make_lesson(
        by=cast.originator, status=Status.NOTED, themes=("drones",), partners=("MA",)
    )
    tags = (lesson.themes.get(), lesson.partners.get())
    for kept in (cast.originator, cast.agency, *tags):
        with pytest.raises(models.ProtectedError):
            kept.delete()
        with pytest.raises(models.ProtectedError):
            type(kept)._default_manager.filter(pk=kept.pk).delete()
    lesson = Lesson.objects.get(pk=lesson.pk)
    assert (lesson.themes.get(), lesson.partners.get()) == tags
    lesson.delete()
    Theme.objects.get(pk=tags[0].pk).delete()


@pytest.mark.parametrize(
    "make",
    [make_agreement, make_program, make_exercise, make_indicator, make_story],
)
def test_a_partner_is_kept_while_a_record_names_it(make: Any, cast: Cast, db: None) -> None:
    named = Partner.objects.create(code="UNION", kind="organization", name="Union")
    record = make(by=cast.originator, partners=("UNION",))
    with pytest.raises(models.ProtectedError):
        Partner.objects.filter(pk=named.pk).delete()
    assert record.partners.get() == named
    record.partners.clear()
    named.delete()


def test_references_count_up_and_are_never_given_twice(cast: Cast, db: None) -> None:
    year = cast.agency.local_date(timezone.now()).year
    first, second = make_lesson(by=cast.originator), make_lesson(by=cast.originator)
    number = RefCounter.objects.get(prefix=f"ES-GC-{year}").last
    assert (first.ref, second.ref) == (
        f"ES-GC-{year}-{number - 1:04d}",
        f"ES-GC-{year}-{number:04d}",
    )
    Lesson.objects.filter(pk=second.pk).delete()
    assert make_lesson(by=cast.originator).ref == f"ES-GC-{year}-{number + 1:04d}"
    assert make_exercise(by=cast.originator).ref.startswith(f"ES-GC-EXE-{year}-")
    assert first.uuid != uuid.UUID(int=0)


def test_the_first_due_date_of_an_action_is_kept(cast: Cast, db: None) -> None:
    action = make_action(make_lesson(by=cast.originator, status=Status.IDENTIFIED), due_on=EARLY)
    action.due_on = LATE
    action.save()
    assert Action.objects.get(pk=action.pk).original_due_on == EARLY
