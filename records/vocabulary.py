"""Words that every kind of record shares."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TLP(models.TextChoices):
    """Traffic Light Protocol 2.0 (FIRST, August 2022). The labels are never translated."""

    CLEAR = "clear", "TLP:CLEAR"
    GREEN = "green", "TLP:GREEN"
    AMBER = "amber", "TLP:AMBER"
    AMBER_STRICT = "amber_strict", "TLP:AMBER+STRICT"
    RED = "red", "TLP:RED"

    @property
    def audience(self) -> str:
        """Who reads a published record of this marking, in words."""
        return str(TLP_AUDIENCES[self])


TLP_AUDIENCES = {
    TLP.CLEAR: _("Anyone signed in."),
    TLP.GREEN: _("Every member of every agency."),
    TLP.AMBER: _("Your agency, the agencies it is released to, and their sub-agencies."),
    TLP.AMBER_STRICT: _("Your agency and the agencies it is released to, without sub-agencies."),
    TLP.RED: _("Only the people named one by one. In no export and no e-mail."),
}


class Precision(models.TextChoices):
    """How much of a date the source knows."""

    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


class Threat(models.TextChoices):
    """Incident types at a border, with terrorism and biosecurity."""

    UNAUTHORIZED_CROSSING = "unauthorized_crossing", _("Unauthorized crossing")
    MIGRANT_SMUGGLING = "migrant_smuggling", _("Facilitation / smuggling of migrants")
    TRAFFICKING = "trafficking", _("Trafficking in human beings")
    DRUGS = "drugs", _("Drugs")
    WEAPONS = "weapons", _("Weapons")
    GOODS_EXCISE = "goods_excise", _("Goods / excise")
    DOCUMENT_FRAUD = "document_fraud", _("Document fraud")
    STOLEN_VEHICLES = "stolen_vehicles", _("Stolen vehicles")
    SEARCH_AND_RESCUE = "search_and_rescue", _("Search and rescue")
    UNMANNED_AIRCRAFT = "unmanned_aircraft", _("Unmanned aircraft")
    CYBER_SENSOR_OUTAGE = "cyber_sensor_outage", _("Cyber / sensor outage")
    VIOLENCE = "violence", _("Violence / pushing")
    TERRORISM = "terrorism", _("Terrorism")
    BIOSECURITY = "biosecurity", _("Biosecurity")
    OTHER = "other", pgettext_lazy("threat", "Other")


class Technology(models.TextChoices):
    """Equipment whose use an activity tries out or relies on."""

    DRONE = "drone", _("Drone")
    FIXED_SENSOR = "fixed_sensor", _("Fixed sensor")
    MOBILE_SENSOR = "mobile_sensor", _("Mobile sensor")
    VESSEL = "vessel", _("Vessel")
    VEHICLE = "vehicle", _("Vehicle")
    AIRCRAFT = "aircraft", _("Aircraft")
    BIOMETRICS = "biometrics", _("Biometrics")
    INFORMATION_SYSTEM = "information_system", _("Information system")
    RADIO = "radio", _("Radio")
    OTHER = "other", pgettext_lazy("technology", "Other")


class ListKind(models.TextChoices):
    """The lists of records, by their names in addresses and files."""

    LESSONS = "lessons", _("Lessons")
    EXERCISES = "exercises", _("Exercises")
    PROGRAMS = "programs", _("Programs")
    AGREEMENTS = "agreements", _("Agreements")
    ACTIONS = "actions", _("Actions")
    INDICATORS = "indicators", _("Indicators")
    STORIES = "stories", _("Success stories")


class FileFormat(models.TextChoices):
    """The kinds of files that a list is sent as; ``pages.formats`` writes them."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel"
    JSON = "json", "JSON"


class DocumentKind(models.TextChoices):
    """What is made of records to be read on paper."""

    AFTER_ACTION = "after_action", _("After-action report")
    BRIEFING = "briefing", _("Partner briefing")
    LESSON_SHEET = "lesson_sheet", _("Lesson sheet")
    LEARNING = "learning", _("State of learning")


class DocumentFormat(models.TextChoices):
    """The kinds of files that documents are; ``exchange.documents`` writes them."""

    DOCX = "docx", "Word"
    PDF = "pdf", "PDF"
