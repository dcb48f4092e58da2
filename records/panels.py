"""What the pages of all records show: their files."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from records.models import Attachment, SharedRecord

BACK_TO_FORM = "?back=edit"
"""Added to an address that leads to the record's form afterwards instead of its page."""


def file_row(attachment: Attachment, *, may_remove: bool, back: str = "") -> dict[str, Any]:
    """One file as ``pages/_file.html`` shows it; who added it is not told."""
    remove_url = reverse("records:detach", args=[attachment.uuid]) + back
    return {
        "name": attachment.name,
        "url": reverse("records:attachment", args=[attachment.uuid]),
        "size": filesizeformat(attachment.size),
        "when": attachment.uploaded_at,
        "remove_url": remove_url if may_remove else "",
    }


def files_of(record: SharedRecord, *, may_edit: bool, on_form: bool = False) -> dict[str, Any]:
    """The context of ``records/_attachments.html``, in one query.

    ``on_form`` leads back to the record's form after adding or removing a file.
    """
    back = BACK_TO_FORM if on_form else ""
    upload_url = reverse("records:attach", args=[record._meta.model_name, record.ref]) + back
    return {
        "files": [
            file_row(attachment, may_remove=may_edit, back=back)
            for attachment in record.attachments.all()
        ],
        "upload_url": upload_url if may_edit else "",
    }
