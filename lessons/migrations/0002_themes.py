"""The starter themes."""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).parent.parent / "data" / "themes.json"


def load(apps, schema_editor):
    Theme = apps.get_model("lessons", "Theme")
    Theme.objects.bulk_create(Theme(**row) for row in json.loads(DATA.read_text(encoding="utf-8")))


def unload(apps, schema_editor):
    apps.get_model("lessons", "Theme").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("lessons", "0001_initial")]
    operations = [migrations.RunPython(load, unload)]
