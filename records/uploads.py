"""Files that people attach: received within bounds, checked by content, sent as downloads only."""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

import puremagic
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from agencies.models import User
from records.models import Attachment

SURE = 0.8
"""Confidence from which puremagic's answer counts: true extensions have 0.9, renamed ones less."""
LONGEST_NAME = 255


class RefusedFileError(Exception):
    """The file is not kept; ``reason`` says why. ``status`` is 413 where it is too large."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


# --- Receiving -----------------------------------------------------------------------------------


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Write a file to a temporary place, but no further than an attachment may be long.

    The names of files that were longer are left on the request as ``oversized``.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > Attachment.MAX_BYTES:
            oversized = getattr(self.request, "oversized", [])
            self.request.oversized = [*oversized, self.file_name]  # type: ignore[union-attr]
            self.file.close()
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)


# --- Checking ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Format:
    """A format that is taken: its media type and how its content is known."""

    media_type: str
    is_content: Callable[[IO[bytes], str], bool]


def looks_like(*extensions: str) -> Callable[[IO[bytes], str], bool]:
    """The content's own marks are those of one of ``extensions``, beyond doubt."""

    def check(content: IO[bytes], name: str) -> bool:
        try:
            found = puremagic.magic_stream(content, name)
        except (puremagic.PureError, ValueError):
            return False
        best = found[0]
        return best.extension.lstrip(".") in extensions and best.confidence >= SURE

    return check


def office(part: str) -> Callable[[IO[bytes], str], bool]:
    """A zip archive that holds the named part, as documents of Microsoft's Open XML do."""

    def check(content: IO[bytes], name: str) -> bool:
        members = archive(content)
        return (
            part in members
            and "[Content_Types].xml" in members
            and not any(member.lower().endswith("vbaproject.bin") for member in members)
        )

    return check


def open_document(media_type: str) -> Callable[[IO[bytes], str], bool]:
    """A zip archive that says by its member ``mimetype`` what it is."""

    def check(content: IO[bytes], name: str) -> bool:
        if "mimetype" not in archive(content):
            return False
        try:
            with zipfile.ZipFile(content) as members, members.open("mimetype") as member:
                return member.read(200).strip() == media_type.encode()
        except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError):
            return False

    return check


def archive(content: IO[bytes]) -> set[str]:
    """The names in a zip archive; none if it is not one."""
    try:
        with zipfile.ZipFile(content) as members:
            return set(members.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return set()


def unpacked(members: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member of an archive, or the first ``most`` bytes of it.

    No more is ever unpacked, whatever the archive says of its sizes. Raises ``BadZipFile`` for what
    is damaged, locked, or packed in a way that no office program uses.
    """
    if members.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile(f"{name} is packed in another way")
    try:
        with members.open(name) as member:
            return member.read(most)
    except (zlib.error, EOFError, RuntimeError) as error:
        raise zipfile.BadZipFile(f"{name} cannot be read") from error


def is_text(content: IO[bytes], name: str) -> bool:
    """UTF-8 without NUL, which no text holds."""
    content.seek(0)
    try:
        return "\0" not in content.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


OPEN_XML = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
FORMATS = {
    "pdf": Format("application/pdf", looks_like("pdf")),
    "docx": Format(f"{OPEN_XML}.wordprocessingml.document", office("word/document.xml")),
    "xlsx": Format(f"{OPEN_XML}.spreadsheetml.sheet", office("xl/workbook.xml")),
    "pptx": Format(f"{OPEN_XML}.presentationml.presentation", office("ppt/presentation.xml")),
    "odt": Format(f"{OPEN_DOCUMENT}.text", open_document(f"{OPEN_DOCUMENT}.text")),
    "ods": Format(f"{OPEN_DOCUMENT}.spreadsheet", open_document(f"{OPEN_DOCUMENT}.spreadsheet")),
    "odp": Format(f"{OPEN_DOCUMENT}.presentation", open_document(f"{OPEN_DOCUMENT}.presentation")),
    "png": Format("image/png", looks_like("png")),
    "jpg": Format("image/jpeg", looks_like("jpg", "jpeg", "jfif")),
    "jpeg": Format("image/jpeg", looks_like("jpg", "jpeg", "jfif")),
    "webp": Format("image/webp", looks_like("webp")),
    "txt": Format("text/plain", is_text),
    "csv": Format("text/csv", is_text),
}
"""What is taken, by extension. Archives and pages are not: what is in them cannot be vouched for."""


def clean_name(name: str) -> str:
    """The file's own name: no folders, no control, format or direction signs, 255 at most."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip()
    if len(shown) > LONGEST_NAME:
        suffix = PurePosixPath(shown).suffix[:20]
        shown = shown[: LONGEST_NAME - len(suffix)] + suffix
    return shown if shown.strip(". ") else _("file")


def checked(file: UploadedFile) -> tuple[str, str]:
    """Name and media type of a file that may be kept; ``RefusedFileError`` otherwise."""
    name = clean_name(file.name or "")
    if not file.size:
        raise RefusedFileError(_("“%(name)s” is empty.") % {"name": name})
    if file.size > Attachment.MAX_BYTES:
        raise too_large(name)
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    known = FORMATS.get(extension)
    if known is None:
        raise RefusedFileError(
            _("“%(name)s” is not of a kind that is taken. Taken are: %(kinds)s.")
            % {"name": name, "kinds": ", ".join(FORMATS)}
        )
    file.seek(0)
    if not known.is_content(file.file or file, f"file.{extension}"):
        raise RefusedFileError(
            _("The content of “%(name)s” is not what its ending .%(extension)s says.")
            % {"name": name, "extension": extension}
        )
    file.seek(0)
    return name, known.media_type


def too_large(name: str) -> RefusedFileError:
    return RefusedFileError(
        _("“%(name)s” is larger than 25 MB. Share a smaller version of it.")
        % {"name": clean_name(name)},
        status=413,
    )


# --- Keeping -------------------------------------------------------------------------------------


def attach(record: Model, file: UploadedFile, *, by: User) -> Attachment:
    """Check ``file`` and keep it with ``record``."""
    name, media_type = checked(file)
    return Attachment.attach(record, file, name=name, media_type=media_type, by=by)


def detach(attachment: Attachment) -> None:
    """Remove the row, and with it the file."""
    with transaction.atomic():
        file = attachment.file
        attachment.delete()
        transaction.on_commit(lambda: file.delete(save=False))
