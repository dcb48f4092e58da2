"""Load the demonstration data, once."""

from typing import Any

from django.core.management.base import BaseCommand

from insights import demonstration


class Command(BaseCommand):
    help = "Load agencies, people, activities and lessons for a demonstration (once)."

    def handle(self, *args: Any, **options: Any) -> None:
        if demonstration.is_loaded():
            self.stdout.write("The demonstration is loaded already; nothing to do.")
            return
        demonstration.load(self.stdout.write)
        self.stdout.write(f"Demonstration accounts have the password {demonstration.PASSWORD}.")
