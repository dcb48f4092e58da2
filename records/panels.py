"""What the pages of all records show: their files."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from agencies.models import User
from records.models import Attachment, SharedRecord


def file_row(attachment: Attachment, record: SharedRecord, *, may_remove: bool) -> dict[str, Any]:
    """One file as ``pages/_file.html`` shows it; who added it is not told."""
    return {
        "name": attachment.name,
        "url": reverse("records:attachment", args=[attachment.uuid]),
        "size": filesizeformat(attachment.size),
        "when": attachment.uploaded_at,
        "remove_url": reverse("records:detach", args=[attachment.uuid]) if may_remove else "",
    }


def files_of(record: SharedRecord, user: User, *, may_edit: bool | None = None) -> dict[str, Any]:
    """The context of ``records/_attachments.html``; one query if ``may_edit`` is known."""
    if may_edit is None:
        may_edit = record.is_editable_by(user)
    kind = record._meta.model_name
    return {
        "files": [
            file_row(attachment, record, may_remove=may_edit)
            for attachment in record.attachments.all()
        ],
        "upload_url": reverse("records:attach", args=[kind, record.ref]) if may_edit else "",
    }
