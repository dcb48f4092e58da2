"""Import lessons from a CSV file; they arrive submitted, never published."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.models import Agency, User
from exchange.lessons_file import LessonsFile
from exchange.management import terminal
from exchange.mapping import NASA_LLIS, MappingError, read_mapping
from lessons.models import Lesson
from lessons.vocabulary import LANGUAGES, Category


class Command(BaseCommand):
    help = "Import lessons from a CSV file; they arrive submitted for review, never published."

    def add_arguments(self, parser: CommandParser) -> None:
        terminal.add_arguments(parser)
        parser.add_argument(
            "--mapping",
            type=Path,
            default=NASA_LLIS,
            help="What the columns mean (TOML); unless given, the columns of NASA's LLIS.",
        )
        parser.add_argument(
            "--partner",
            action="append",
            default=[],
            metavar="CODE",
            help="A partner of every lesson: MA, FRONTEX. May be given several times.",
        )
        parser.add_argument("--category", choices=Category.values)
        parser.add_argument("--language", choices=[code for code, _name in LANGUAGES])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mapping = read_mapping(options["mapping"])
        except MappingError as error:
            raise CommandError(str(error)) from error
        stated = {
            "tlp": options["marking"],
            "category": options["category"],
            "language": options["language"],
        }

        def make_kind(agency: Agency, by: User) -> LessonsFile:
            return LessonsFile(
                agency,
                by,
                mapping,
                partners=options["partner"],
                stated={name: value for name, value in stated.items() if value},
            )

        terminal.run(self, options, make_kind, Lesson)
