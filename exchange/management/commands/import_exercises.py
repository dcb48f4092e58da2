"""Import exercises from a table in the layout of the Multinational Military Exercises data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from agencies.models import Agency, User
from exchange.exercises_file import ExercisesFile
from exchange.management import terminal
from programs.models import Exercise
from records.vocabulary import TLP


class Command(BaseCommand):
    help = "Import exercises that were held from a CSV file in the layout of the MME data set."

    def add_arguments(self, parser: CommandParser) -> None:
        terminal.add_arguments(parser)
        parser.add_argument(
            "--source",
            default="mme",
            help="Short name of the table; keeps equal identifiers of two tables apart (mme).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        def make_kind(agency: Agency, by: User) -> ExercisesFile:
            return ExercisesFile(
                agency, by, tlp=options["marking"] or TLP.AMBER, source=options["source"]
            )

        terminal.run(self, options, make_kind, Exercise)
