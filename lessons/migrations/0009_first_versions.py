"""Keep what lessons and actions say on the day on which versions begin to be kept."""

from django.db import migrations
from django.utils import timezone

from records.versions import said_by

LESSON_FIELDS = (
    "title", "observation", "discussion", "conclusion", "recommendation", "applies_when",
    "does_not_apply_when", "kind", "category", "themes", "partners", "priority", "threats",
    "dotmlpfi", "occurred_on", "occurred_precision", "place", "exercise", "program", "agreement",
    "reporting_context", "recurrence_of", "derived_from", "evidence_source",
    "evidence_information", "language", "tlp", "released_to", "red_recipients", "attribution",
)  # fmt: skip
ACTION_FIELDS = ("title", "body", "owner", "element", "start_on", "due_on", "status")
BATCH = 500


def batches(rows):
    """The rows by key, so many at a time; the first key after those read goes on."""
    after = 0
    while batch := list(rows.filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield batch
        after = batch[-1].pk


def keep(apps, schema_editor):
    Lesson, LessonVersion, Action, ActionVersion = (
        apps.get_model("lessons", name)
        for name in ("Lesson", "LessonVersion", "Action", "ActionVersion")
    )
    now = timezone.now()
    for lessons in batches(Lesson.objects.filter(submitted_at__isnull=False)):
        said = said_by(lessons, LESSON_FIELDS)
        LessonVersion.objects.bulk_create(
            LessonVersion(
                lesson=lesson,
                number=1,
                at=now,
                status=lesson.status,
                tlp=lesson.tlp,
                red_readers=[
                    str(pk) for pk in said[lesson.pk]["red_recipients"] if lesson.tlp == "red"
                ],
                said=said[lesson.pk],
                changed=[name for name, value in said[lesson.pk].items() if value],
            )
            for lesson in lessons
        )
    for actions in batches(Action.objects.all()):
        said = said_by(actions, ACTION_FIELDS)
        ActionVersion.objects.bulk_create(
            ActionVersion(
                action=action,
                number=1,
                at=now,
                said=said[action.pk],
                changed=[name for name, value in said[action.pk].items() if value],
            )
            for action in actions
        )


class Migration(migrations.Migration):
    dependencies = [("lessons", "0008_versions_and_revisions")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
