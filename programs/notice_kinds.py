"""What people are told of agreements and exercises, in sentences."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from agencies.roles import Permission
from notices.clocks import Stage
from notices.kinds import Facts, Kind, Sentence
from notices.models import Notice
from programs.models import Agreement, Exercise
from programs.vocabulary import ExerciseStatus


def short(rows: QuerySet, reader: User) -> QuerySet:
    return rows.defer("summary")


def evaluation(exercise: Exercise, facts: Facts, reader: User) -> Sentence:
    given = {"ref": exercise.ref, "day": day_in_words(facts)}
    if facts["stage"] == Stage.BEFORE:
        text = _("The evaluation of %(ref)s is due on %(day)s.") % given
    else:
        text = _("The evaluation of %(ref)s has been overdue since %(day)s.") % given
    return Sentence(text, exercise.get_absolute_url(), exercise.tlp, exercise.title)


def day_in_words(facts: Facts) -> str:
    return date_format(date.fromisoformat(facts["due"]), "j M Y")


def agreement_dates(agreement: Agreement, facts: Facts, reader: User) -> Sentence:
    given = {"ref": agreement.ref, "day": day_in_words(facts)}
    before = facts["stage"] == Stage.BEFORE
    if facts["clock"] == "agreement_review" and before:
        text = _("The review of %(ref)s is due on %(day)s.") % given
    elif facts["clock"] == "agreement_review":
        text = _("The review of %(ref)s has been overdue since %(day)s.") % given
    elif agreement.tacit_renewal and before:
        text = _("%(ref)s renews itself unless notice is given by %(day)s.") % given
    elif agreement.tacit_renewal:
        text = _("The time to give notice of %(ref)s ended on %(day)s: it renews itself.") % given
    elif before:
        text = _("The notice period of %(ref)s begins on %(day)s; then it expires.") % given
    else:
        text = _("The notice period of %(ref)s began on %(day)s; then it expires.") % given
    return Sentence(text, agreement.get_absolute_url(), agreement.tlp, agreement.title)


def not_evaluated(exercise: Exercise, notice: Notice, reader: User) -> bool:
    """Still to be evaluated, by the day that was told."""
    waits = exercise.status == ExerciseStatus.HELD and exercise.evaluated_on is None
    by_day: bool = notice.facts["due"] == exercise.evaluation_due_on.isoformat()
    return waits and by_day


def in_force(agreement: Agreement, notice: Notice, reader: User) -> bool:
    """In force, with the day that was told."""
    of_review = notice.facts["clock"] == "agreement_review"
    day = agreement.next_review_on if of_review else agreement.notice_on
    if not agreement.is_in_force or day is None:
        return False
    stands: bool = notice.facts["due"] == day.isoformat()
    return stands


EVALUATION_DUE = Kind(
    "evaluation_due",
    gettext_lazy("Evaluations of exercises that are due"),
    "programs.Exercise",
    evaluation,
    permission=Permission.RECORD,
    prepare=short,
    stands=not_evaluated,
)
EVALUATION_LATE = Kind(
    "evaluation_late",
    gettext_lazy("Late evaluations of my agency"),
    "programs.Exercise",
    evaluation,
    permission=Permission.COORDINATE,
    prepare=short,
    stands=not_evaluated,
)
AGREEMENT_DATES = Kind(
    "agreement_dates",
    gettext_lazy("Dates of agreements"),
    "programs.Agreement",
    agreement_dates,
    permission=Permission.RECORD,
    prepare=short,
    stands=in_force,
)
KINDS = (EVALUATION_DUE, EVALUATION_LATE, AGREEMENT_DATES)
