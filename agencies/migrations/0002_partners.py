"""All ISO 3166-1 countries, some extinct states and the organizations of the field."""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).parent.parent / "data" / "partners.json"


def load(apps, schema_editor):
    Partner = apps.get_model("agencies", "Partner")
    rows = json.loads(DATA.read_text(encoding="utf-8"))
    Partner.objects.bulk_create(
        Partner(
            code=row["code"],
            kind=row["kind"],
            name=row["name"],
            historical=row.get("historical", False),
        )
        for row in rows
    )
    by_code = {partner.code: partner for partner in Partner.objects.all()}
    for row in rows:
        if "members" in row:
            by_code[row["code"]].members.set([by_code[code] for code in row["members"]])


def unload(apps, schema_editor):
    apps.get_model("agencies", "Partner").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_initial")]
    operations = [migrations.RunPython(load, unload)]
