"""The words of agreements, programs and exercises, with the sources of the value lists."""

from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AgreementType(models.TextChoices):
    TREATY = "treaty", _("Treaty")
    INTERGOVERNMENTAL_AGREEMENT = "intergovernmental_agreement", _("Intergovernmental agreement")
    PROTOCOL = "protocol", _("Protocol")
    MOU = "mou", _("Memorandum of understanding")
    WORKING_ARRANGEMENT = "working_arrangement", _("Working arrangement (Frontex)")
    EU_STATUS_AGREEMENT = "eu_status_agreement", _("EU status agreement")
    READMISSION_AGREEMENT = "readmission_agreement", _("Readmission agreement")
    PCCC_AGREEMENT = "pccc_agreement", _("PCCC / joint contact center agreement")
    TECHNICAL_ARRANGEMENT = "technical_arrangement", _("Technical arrangement")
    EXCHANGE_OF_LETTERS = "exchange_of_letters", _("Exchange of letters")
    JOINT_OPERATIONAL_PLAN = "joint_operational_plan", _("Joint operational plan")
    DATA_SHARING_AGREEMENT = "data_sharing_agreement", _("Data-sharing agreement")


class AgreementStructure(models.TextChoices):
    BILATERAL = "bilateral", _("Bilateral")
    MULTILATERAL = "multilateral", _("Multilateral")
    EU_LEVEL = "eu_level", _("EU level")
    INTER_AGENCY = "inter_agency", _("Inter-agency (national)")


class AgreementStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    UNDER_NEGOTIATION = "under_negotiation", _("Under negotiation")
    INITIALLED = "initialled", _("Initialled")
    SIGNED = "signed", _("Signed")
    PROVISIONALLY_APPLIED = "provisionally_applied", _("Provisionally applied")
    IN_FORCE = "in_force", _("In force")
    SUSPENDED = "suspended", _("Suspended")
    UNDER_RENEGOTIATION = "under_renegotiation", _("Under renegotiation")
    EXPIRED = "expired", _("Expired")
    TERMINATED = "terminated", _("Terminated")
    SUPERSEDED = "superseded", _("Superseded")


BINDING = frozenset({AgreementStatus.IN_FORCE, AgreementStatus.PROVISIONALLY_APPLIED})
"""Statuses of a text that binds now."""


class Instrument(models.TextChoices):
    """Forms of cooperation that an agreement provides for."""

    JOINT_PATROL = "joint_patrol", _("Joint patrol")
    MIXED_TEAM = "mixed_team", _("Mixed team")
    LIAISON_OFFICER = "liaison_officer", _("Liaison officer")
    PCCC_CONTACT_POINT = "pccc_contact_point", _("PCCC / contact point")
    HOT_PURSUIT = "hot_pursuit", _("Hot pursuit")
    CROSS_BORDER_SURVEILLANCE = "cross_border_surveillance", _("Cross-border surveillance")
    JOINT_INVESTIGATION_TEAM = "joint_investigation_team", _("Joint investigation team")
    JOINT_RISK_ANALYSIS = "joint_risk_analysis", _("Joint risk analysis")
    SHARED_SENSOR_FEED = "shared_sensor_feed", _("Shared sensor feed")
    JOINT_TRAINING = "joint_training", _("Joint training")
    EQUIPMENT_LOAN = "equipment_loan", _("Equipment loan")
    INFORMATION_EXCHANGE = "information_exchange", _("Information exchange")
    CONTROLLED_DELIVERY = "controlled_delivery", _("Controlled delivery")
    READMISSION_PROCEDURE = "readmission_procedure", _("Readmission procedure")
    JOINT_CONTROL_POST = "joint_control_post", _("Joint control post")


class ProgramKind(models.TextChoices):
    TRAINING = "training", _("Training")
    CAPACITY_BUILDING = "capacity_building", _("Capacity building")
    TECHNOLOGY = "technology", pgettext_lazy("program", "Technology")
    INFRASTRUCTURE = "infrastructure", _("Infrastructure")
    INFORMATION_SHARING = "information_sharing", _("Information sharing")


class ProgramStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class Delivery(models.TextChoices):
    RESIDENTIAL = "residential", _("Residential")
    ONLINE = "online", _("Online")
    BLENDED = "blended", _("Blended")
    ON_THE_JOB = "on_the_job", _("On the job")


class ExerciseKind(models.TextChoices):
    """The seven exercise types of HSEEP, and joint events that are no exercise."""

    SEMINAR = "seminar", _("Seminar")
    WORKSHOP = "workshop", _("Workshop")
    TABLETOP = "tabletop", _("Tabletop (TTX)")
    GAME = "game", _("Game")
    DRILL = "drill", _("Drill")
    FUNCTIONAL = "functional", _("Functional (FE)")
    FULL_SCALE = "full_scale", _("Full-scale (FSE)")
    JOINT_OPERATION = "joint_operation", _("Joint operation")
    JOINT_PATROL = "joint_patrol", _("Joint patrol")
    NOT_STATED = "not_stated", _("Not stated")


class ExerciseStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


class ParticipationRole(models.TextChoices):
    HOST = "host", _("Host")
    PARTICIPANT = "participant", _("Participant")
    OBSERVER = "observer", _("Observer")
    EVALUATOR = "evaluator", _("Evaluator")


class Rating(models.TextChoices):
    """HSEEP performance ratings of an objective."""

    PERFORMED = "P", _("Performed without challenges")
    SOME_CHALLENGES = "S", _("Performed with some challenges")
    MAJOR_CHALLENGES = "M", _("Performed with major challenges")
    UNABLE = "U", _("Unable to be performed")


CURRENCIES = (Path(__file__).parent / "data" / "currencies.txt").read_text().split()
"""Currencies in use, by their ISO 4217 codes."""
