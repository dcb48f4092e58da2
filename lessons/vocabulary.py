"""The words of lessons, with the sources of the value lists."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """HSEEP's two findings: area for improvement, and strength to keep."""

    IMPROVE = "improve", _("Improve")
    SUSTAIN = "sustain", _("Sustain")


class Category(models.TextChoices):
    COMMUNICATION = "communication", _("Communication")
    ADAPTABILITY = "adaptability", _("Adaptability")
    COORDINATION = "coordination", _("Coordination and transparency")
    EVALUATION = "evaluation", _("Continuous evaluation")


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Returned")
    REJECTED = "rejected", _("Rejected")
    NOTED = "noted", _("Noted")
    IDENTIFIED = "identified", _("Lesson identified")
    IMPLEMENTING = "implementing", _("Implementing")
    VALIDATING = "validating", _("Validation")
    LEARNED = "learned", _("Lesson learned")
    SUPERSEDED = "superseded", _("Superseded")
    ARCHIVED = "archived", _("Archived")


UNPUBLISHED = frozenset(
    {Status.DRAFT, Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED, Status.REJECTED}
)
PUBLISHED = frozenset(
    {
        Status.NOTED,
        Status.IDENTIFIED,
        Status.IMPLEMENTING,
        Status.VALIDATING,
        Status.LEARNED,
        Status.SUPERSEDED,
    }
)
"""Statuses only a published lesson has; an archived one may or may not have been published."""
PUT_AWAY = frozenset({Status.SUPERSEDED, Status.ARCHIVED})
"""These keep their readers and leave the default lists."""
REVISABLE = PUBLISHED - PUT_AWAY
"""Statuses in which the text is in force and may change."""
WITH_THE_AUTHOR = frozenset({Status.DRAFT, Status.RETURNED})


class Attribution(models.TextChoices):
    NAMED = "named", _("By name")
    AGENCY_ONLY = "agency_only", _("Agency only")
    NON_ATTRIBUTED = "non_attributed", _("Not attributed")


class ReportingContext(models.TextChoices):
    OPERATION = "operation", _("Operation")
    EXERCISE = "exercise", _("Exercise")
    TRAINING = "training", _("Training")
    REAL_INCIDENT = "real_incident", _("Real incident")
    NEAR_MISS = "near_miss", _("Near miss")
    AGREEMENT_REVIEW = "agreement_review", _("Agreement review")
    INSPECTION = "inspection", _("Inspection / evaluation")
    RESEARCH = "research", _("Research")
    ROUTINE_WORK = "routine_work", _("Routine work")


class Priority(models.TextChoices):
    """Priority descriptors after DOE-STD-7501 (red, yellow, blue), in words."""

    URGENT = "urgent", _("Urgent")
    CAUTION = "caution", _("Caution")
    INFORMATION = "information", pgettext_lazy("priority", "Information")


class Dotmlpfi(models.TextChoices):
    """DOTMLPF-I: which elements of a capability the lesson touches."""

    DOCTRINE = "doctrine", _("Doctrine")
    ORGANIZATION = "organization", pgettext_lazy("DOTMLPF-I", "Organization")
    TRAINING = "training", _("Training")
    MATERIEL = "materiel", _("Materiel")
    LEADERSHIP = "leadership", _("Leadership")
    PERSONNEL = "personnel", _("Personnel")
    FACILITIES = "facilities", _("Facilities")
    INTEROPERABILITY = "interoperability", _("Interoperability")


class SourceReliability(models.TextChoices):
    """Admiralty system: reliability of the source."""

    A = "A", _("A · completely reliable")
    B = "B", _("B · usually reliable")
    C = "C", _("C · fairly reliable")
    D = "D", _("D · not usually reliable")
    E = "E", _("E · unreliable")
    F = "F", _("F · cannot be judged")


class InformationCredibility(models.TextChoices):
    """Admiralty system: credibility of the information."""

    ONE = "1", _("1 · confirmed by other sources")
    TWO = "2", _("2 · probably true")
    THREE = "3", _("3 · possibly true")
    FOUR = "4", _("4 · doubtful")
    FIVE = "5", _("5 · improbable")
    SIX = "6", _("6 · cannot be judged")


class ActionStatus(models.TextChoices):
    NOT_STARTED = "not_started", _("Not started")
    ONGOING = "ongoing", _("Ongoing")
    DELAYED = "delayed", _("Delayed")
    STANDBY = "standby", _("Standby")
    FINISHED = "finished", _("Finished")
    VERIFIED = "verified", _("Verified")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", pgettext_lazy("action", "Cancelled")


CLOSED_ACTIONS = frozenset({ActionStatus.VERIFIED, ActionStatus.CANCELLED})


NOT_DUE = frozenset({ActionStatus.FINISHED, ActionStatus.DECLINED})
"""Open actions that nobody has to do by a day: done, or waiting for another action body."""
DROPPED_ACTIONS = frozenset({ActionStatus.DECLINED, ActionStatus.CANCELLED})
"""Nobody works at these; a declined one waits for another action body."""


class EvidenceKind(models.TextChoices):
    """What proves that an action was taken: IGEM's closure evidence, and what our field adds."""

    PROCEDURE = "procedure", _("Amended procedure or doctrine")
    TRAINING = "training", _("Training record")
    EXERCISE = "exercise", _("Result of an exercise")
    INDICATOR = "indicator", _("Change of an indicator")
    AGREEMENT = "agreement", _("Amended agreement")
    EQUIPMENT = "equipment", _("Delivery or acceptance of equipment")
    CORRESPONDENCE = "correspondence", _("Correspondence")
    PUBLICATION = "publication", _("Information for the public")
    LINK = "link", pgettext_lazy("evidence", "Other, behind a link")


class ValidationMethod(models.TextChoices):
    """How somebody found out whether the change works."""

    EXERCISE = "exercise", _("In an exercise")
    OPERATION = "operation", _("In a real operation")
    AUDIT = "audit", _("By an audit or inspection")
    INDICATOR = "indicator", _("By an indicator")


class CapabilityElement(models.TextChoices):
    """POETE: planning, organization, equipment, training, exercises."""

    PLANNING = "planning", _("Planning")
    ORGANIZATION = "organization", pgettext_lazy("POETE", "Organization")
    EQUIPMENT = "equipment", _("Equipment")
    TRAINING = "training", _("Training")
    EXERCISES = "exercises", _("Exercises")


class CommentState(models.TextChoices):
    STANDING = "standing", pgettext_lazy("comment", "Standing")
    WITHDRAWN = "withdrawn", pgettext_lazy("comment", "Withdrawn by its author")
    HIDDEN = "hidden", pgettext_lazy("comment", "Hidden by an endorser")


class CommentDeed(models.TextChoices):
    """What is done with a comment."""

    WRITE = "write", pgettext_lazy("comment", "Written")
    EDIT = "edit", pgettext_lazy("comment", "Edited")
    WITHDRAW = "withdraw", pgettext_lazy("comment", "Withdrawn")
    HIDE = "hide", pgettext_lazy("comment", "Hidden")


class ReuseOutcome(models.TextChoices):
    """Whether a lesson helped the agency that used it."""

    HELPED = "helped", _("It helped")
    PARTLY = "partly", _("It helped in part")
    DID_NOT_HELP = "did_not_help", _("It did not help")


class ReuseDeed(models.TextChoices):
    RECORD = "record", pgettext_lazy("reuse", "Recorded")
    CHANGE = "change", pgettext_lazy("reuse", "Changed")


LANGUAGES = [
    ("ar", _("Arabic")),
    ("de", _("German")),
    ("el", _("Greek")),
    ("en", _("English")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("it", _("Italian")),
    ("nl", _("Dutch")),
    ("pl", _("Polish")),
    ("pt", _("Portuguese")),
    ("ro", _("Romanian")),
    ("tr", _("Turkish")),
]
"""Languages a lesson may be written in: those of the agencies around Europe's borders."""


class RevisionStage(models.TextChoices):
    """Where a proposal to change a published text stands."""

    WAITING = "waiting", _("Waiting for approval")
    RETURNED = "returned", _("Returned")
    APPROVED = "approved", _("Approved")
    DROPPED = "dropped", _("Dropped")


OPEN_REVISIONS = frozenset({RevisionStage.WAITING, RevisionStage.RETURNED})
"""These are neither approved nor dropped."""
