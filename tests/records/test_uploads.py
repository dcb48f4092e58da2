"""Files of records: taken within bounds, checked by content, downloaded by who may read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from agencies.models import User
from lessons.vocabulary import Status
from records.models import Attachment, SharedRecord
from records.uploads import RefusedFileError, checked, clean_name
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_lesson, make_program
from tests.forms import client_of

pytestmark = pytest.mark.django_db

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PDF = b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
EXE = b"MZ\x90\x00" + bytes(300)
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"


def zipped(**members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return content.getvalue()


def office(part: str, **more: str) -> bytes:
    members = {"[Content_Types]_dot_xml": "<Types/>", part.replace(".", "_dot_"): "<x/>", **more}
    return zipped(**members)


DOCX = office("word/document.xml")
XLSX = office("xl/workbook.xml")
# Its contents no longer agree with their checksum.
DAMAGED = zipped(mimetype=f"{OPEN_DOCUMENT}.text").replace(b"opendocument", b"opendocumenx")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def upload(
    client: Client, record: SharedRecord, name: str, content: bytes, *, script: bool = True
) -> Any:
    path = f"/attachments/to/{record._meta.model_name}/{record.ref}/"
    headers = {"HX-Request": "true"} if script else {}
    return client.post(path, {"file": SimpleUploadedFile(name, content)}, headers=headers)


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


# --- What is taken -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", PDF),
        ("Picture.PNG", PNG),
        (
            "photo.jpg",
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
        ),
        ("photo.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 "),
        ("plan.docx", DOCX),
        ("table.xlsx", XLSX),
        ("slides.pptx", office("ppt/presentation.xml")),
        ("plan.odt", zipped(mimetype=f"{OPEN_DOCUMENT}.text", content_dot_xml="x")),
        ("table.ods", zipped(mimetype=f"{OPEN_DOCUMENT}.spreadsheet", content_dot_xml="x")),
        ("slides.odp", zipped(mimetype=f"{OPEN_DOCUMENT}.presentation", content_dot_xml="x")),
        ("notes.txt", "Übergabe 22:40 🚤".encode()),
        ("contacts.csv", b"\xef\xbb\xbfname,channel\r\nA,16\r\n"),
    ],
)
def test_what_officers_attach_is_taken_and_comes_back_unchanged(
    cast: Cast, name: str, content: bytes
) -> None:
    client = client_of(cast.originator)
    answer = upload(client, make_lesson(by=cast.originator), name, content)
    assert answer.status_code == 201
    assert answer.content.decode().startswith("<li>")
    assert name in answer.content.decode()
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.size) == (name, len(content))
    assert attachment.uploaded_by == cast.originator
    response = client.get(f"/attachments/{attachment.uuid}/")
    assert body(response) == content
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("picture.pdf", PNG, "is not what its ending .pdf says"),
        ("report.pdf", EXE, "is not what its ending .pdf says"),
        ("picture.png", b"<html><script>alert(1)</script>", "is not what its ending .png says"),
        ("plan.pdf", DOCX, "is not what its ending .pdf says"),
        ("plan.xlsx", DOCX, "is not what its ending .xlsx says"),
        ("plan.docx", zipped(a_dot_txt="x"), "is not what its ending .docx says"),
        (
            "macro.docx",
            office("word/document.xml", word__vbaProject_dot_bin="x"),
            "is not what its ending .docx says",
        ),
        ("plan.odt", zipped(mimetype="text/html"), "is not what its ending .odt says"),
        ("plan.odt", zipped(a_dot_txt="x"), "is not what its ending .odt says"),
        ("plan.odt", DAMAGED, "is not what its ending .odt says"),
        ("plan.docx", b"PK\x03\x04 and no more", "is not what its ending .docx says"),
        ("noise.png", bytes(range(1, 9)), "is not what its ending .png says"),
        ("notes.txt", b"\xff\xfe\x00broken", "is not what its ending .txt says"),
        ("notes.csv", b"a,b\0c", "is not what its ending .csv says"),
        ("tool.exe", EXE, "is not of a kind that is taken"),
        ("page.html", b"<html></html>", "is not of a kind that is taken"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not of a kind"),
        ("archive.zip", zipped(a_dot_txt="x"), "is not of a kind that is taken"),
        ("nothing", b"x", "is not of a kind that is taken"),
        ("empty.txt", b"", "is empty"),
    ],
)
def test_what_is_something_else_is_refused_with_words(
    cast: Cast, name: str, content: bytes, words: str
) -> None:
    lesson = make_lesson(by=cast.originator)
    answer = upload(client_of(cast.originator), lesson, name, content)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert Attachment.objects.count() == 0
    assert on_disk() == []


def test_fifty_megabytes_are_refused_and_nothing_is_kept(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    answer = upload(client_of(cast.originator), lesson, "film.pdf", PDF + bytes(50 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.content.decode() == (
        "“film.pdf” is larger than 25 MB. Share a smaller version of it."
    )
    assert Attachment.objects.count() == 0
    assert on_disk() == []


def test_exactly_25_megabytes_are_taken(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    content = PDF.ljust(Attachment.MAX_BYTES, b"\n")
    assert upload(client_of(cast.originator), lesson, "a.pdf", content).status_code == 201
    assert upload(client_of(cast.originator), lesson, "a.pdf", content + b"\n").status_code == 413
    assert Attachment.objects.get().size == 25 * 1024 * 1024


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ana\\informe final.pdf", "informe final.pdf"),
        ("a\r\nb\0c\x7f.txt", "abc.txt"),
        ("gpj.‮fdp.pdf", "gpj.fdp.pdf"),
        ("مخطط 🚤.pdf", "مخطط 🚤.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_names_are_kept_without_what_could_mislead(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_name_in_any_script_comes_back_in_the_download(cast: Cast) -> None:
    client = client_of(cast.originator)
    upload(client, make_lesson(by=cast.originator), "Übergabe “Nord”.txt", b"x")
    response = client.get(f"/attachments/{Attachment.objects.get().uuid}/")
    disposition = response.headers["Content-Disposition"]
    assert disposition == (
        "attachment; filename*=utf-8''%C3%9Cbergabe%20%E2%80%9CNord%E2%80%9D.txt"
    )


# --- Without scripts -----------------------------------------------------------------------------


def test_without_scripts_several_files_are_sent_by_a_plain_form(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    client = client_of(cast.originator)
    path = f"/attachments/to/lesson/{lesson.ref}/"
    files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]
    response = client.post(path, {"file": files})
    assert response.headers["Location"] == lesson.get_absolute_url()
    assert [one.name for one in lesson.attachments.all()] == ["a.txt", "b.txt"]
    to_form = client.post(f"{path}?back=edit", {"file": SimpleUploadedFile("c.txt", b"c")})
    assert to_form.headers["Location"] == f"/lessons/{lesson.ref}/edit/"


def test_the_good_ones_of_several_files_are_kept_and_the_others_named(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b<b>.pdf", PNG)]
    response = client_of(cast.originator).post(
        f"/attachments/to/lesson/{lesson.ref}/", {"file": files}
    )
    assert response.status_code == 400
    page = response.content.decode()
    assert "One file was not attached" in page
    assert "b&lt;b&gt;.pdf" in page
    assert [one.name for one in lesson.attachments.all()] == ["a.txt"]


def test_no_file_at_all_is_said(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator)
    response = client_of(cast.originator).post(f"/attachments/to/lesson/{lesson.ref}/")
    assert response.status_code == 400
    assert "Choose a file first." in response.content.decode()


# --- Who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [make_agreement, make_program, make_exercise])
def test_activities_take_files_from_who_may_edit_them(cast: Cast, make: Any) -> None:
    record = make(by=cast.originator, released_to=[cast.partner_agency])
    expected = {
        cast.colleague: 201,
        cast.reader: 403,
        cast.partner_reviewer: 403,
        cast.stranger: 404,
        cast.administrator: 404,
    }
    found = {user: upload(client_of(user), record, "a.txt", b"a").status_code for user in expected}
    assert found == expected
    assert Attachment.objects.count() == 1


def test_lessons_take_files_from_who_edits_them_now(cast: Cast) -> None:
    lesson = make_lesson(by=cast.originator, status=Status.IN_REVIEW, reviewer=cast.reviewer)
    found = {
        user: upload(client_of(user), lesson, "a.txt", b"a").status_code
        for user in (cast.originator, cast.reviewer, cast.endorser, cast.colleague)
    }
    assert list(found.values()) == [403, 201, 403, 404]


def test_a_file_of_what_is_no_record_is_not_found(cast: Cast) -> None:
    upload(client_of(cast.originator), make_lesson(by=cast.originator), "a.txt", b"a")
    Attachment.objects.update(content_type=ContentType.objects.get_for_model(User))
    path = f"/attachments/{Attachment.objects.get().uuid}/"
    assert client_of(cast.originator).get(path).status_code == 404


def test_the_limit_holds_for_whoever_brings_the_file() -> None:
    longer = SimpleUploadedFile("a.pdf", PDF.ljust(Attachment.MAX_BYTES + 1, b"\n"))
    with pytest.raises(RefusedFileError) as refusal:
        checked(longer)
    assert refusal.value.status == 413


def test_a_kind_or_record_that_is_none_is_not_found(cast: Cast) -> None:
    client = client_of(cast.originator)
    lesson = make_lesson(by=cast.originator)
    for path in (f"user/{lesson.ref}", "lesson/nothing", f"exercise/{lesson.ref}"):
        assert client.post(f"/attachments/to/{path}/").status_code == 404
    assert client.get(f"/attachments/to/lesson/{lesson.ref}/").status_code == 405


@pytest.mark.parametrize(
    ("tlp", "readers"),
    [
        ("green", {"colleague", "red_recipient", "partner_reader", "stranger", "sub_member"}),
        ("amber", {"colleague", "red_recipient", "partner_reader", "sub_member"}),
        ("amber_strict", {"colleague", "red_recipient", "partner_reader"}),
        ("red", {"red_recipient"}),
    ],
)
def test_a_file_is_read_by_whoever_sees_its_record(cast: Cast, tlp: str, readers: set[str]) -> None:
    lesson = make_lesson(by=cast.originator)
    upload(client_of(cast.originator), lesson, "a.txt", b"told")
    lesson = make_lesson(
        by=cast.originator,
        status=Status.NOTED,
        tlp=tlp,
        released_to=[cast.partner_agency],
        red_recipients=[cast.red_recipient],
    )
    attachment = Attachment.objects.get()
    Attachment.objects.update(object_id=lesson.pk)
    asked = ("colleague", "partner_reader", "stranger", "sub_member", "red_recipient")
    found = {
        name
        for name in asked
        if client_of(getattr(cast, name)).get(f"/attachments/{attachment.uuid}/").status_code == 200
    }
    assert found == readers
    assert client_of(cast.administrator).get(f"/attachments/{attachment.uuid}/").status_code == 404
    signed_out = Client().get(f"/attachments/{attachment.uuid}/")
    assert signed_out.headers["Location"].startswith("/accounts/login/")


def test_a_download_is_never_shown_in_the_page(cast: Cast) -> None:
    client = client_of(cast.originator)
    upload(client, make_lesson(by=cast.originator), "a.pdf", PDF)
    headers = client.get(f"/attachments/{Attachment.objects.get().uuid}/").headers
    assert headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "private, no-store"


def test_a_file_that_is_gone_from_the_disk_is_not_found(cast: Cast) -> None:
    client = client_of(cast.originator)
    upload(client, make_lesson(by=cast.originator), "a.pdf", PDF)
    for path in on_disk():
        path.unlink()
    assert client.get(f"/attachments/{Attachment.objects.get().uuid}/").status_code == 404


def test_it_is_removed_by_who_may_edit(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    exercise = make_exercise(by=cast.originator)
    upload(client_of(cast.originator), exercise, "a.pdf", PDF)
    path = f"/attachments/{Attachment.objects.get().uuid}/remove/"
    assert client_of(cast.reader).post(path).status_code == 403
    assert client_of(cast.stranger).post(path).status_code == 404
    assert len(on_disk()) == Attachment.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(cast.colleague).post(path)
    assert response.headers["Location"] == exercise.get_absolute_url()
    assert len(on_disk()) == Attachment.objects.count() == 0
