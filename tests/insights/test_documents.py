"""Documents on their way: asked for, made by the worker, put on record, fetched by their maker alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from agencies.models import Membership, User
from exchange.models import KEPT, MOST_ATTEMPTS, DocumentTemplate, RequestedDocument
from insights import documents
from insights.documents import MOST_WAITING, TooManyError, ask, make
from insights.reports.basis import Made, RefusedReportError
from lessons.models import Lesson
from lessons.vocabulary import Status
from notices import jobs
from notices.models import Job, Notice
from programs.models import Exercise
from records.models import Attachment, ExportRecord
from records.vocabulary import TLP, DocumentFormat, DocumentKind
from tests.cast import Cast, make_cast
from tests.exchange.layouts import docx_headings, docx_words, pdf_pages
from tests.exchange.test_document_templates import agency_template, in_body
from tests.factories import make_action, make_exercise, make_lesson
from tests.quick import ROWS

pytestmark = pytest.mark.django_db
Committing = Callable[..., AbstractContextManager[Any]]
PDF, DOCX = DocumentFormat.PDF, DocumentFormat.DOCX


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def exercise(cast: Cast) -> Exercise:
    found: Exercise = make_exercise(by=cast.originator, title="Exercise Estrecho", tlp=TLP.GREEN)
    lesson = make_lesson(
        by=cast.originator, exercise=found, status=Status.IDENTIFIED, title="The net is slow"
    )
    make_action(lesson, title="Agree a frequency")
    return found


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Committing) -> Committing:
    """Does at the end of its block what waits for the transaction to end."""
    return django_capture_on_commit_callbacks


def work(now: datetime | None = None) -> None:
    """What the worker does in one round."""
    now = now or timezone.now()
    while (job := jobs.take(now)) is not None:
        jobs.run(job, now)


def asked_by(
    person: User,
    exercise: Exercise,
    format_: DocumentFormat = PDF,
) -> RequestedDocument:
    return ask(person, DocumentKind.AFTER_ACTION, format_, subject=exercise.ref, at=timezone.now())


def made_by(person: User, exercise: Exercise, format_: DocumentFormat = PDF) -> RequestedDocument:
    document = asked_by(person, exercise, format_)
    work()
    document.refresh_from_db()
    assert document.made_at is not None, document.reason
    return document


def fetched(client: Client, document: RequestedDocument) -> bytes:
    answer = client.get(reverse("insights:document_file", args=[document.uuid]))
    assert answer.status_code == 200
    return b"".join(answer)


def files_of(settings: Settings) -> list[Path]:
    return [one for one in Path(settings.MEDIA_ROOT).rglob("*") if one.is_file()]


# --- From asking to fetching ---------------------------------------------------------------------


@pytest.mark.parametrize("format_", DocumentFormat)
def test_from_the_button_to_the_file(
    client: Client, cast: Cast, exercise: Exercise, format_: DocumentFormat
) -> None:
    client.force_login(cast.originator)
    url = reverse("insights:exercise_report", args=[exercise.ref])
    assert url in client.get(exercise.get_absolute_url()).content.decode()
    page = client.get(url).content.decode()
    assert "improvement plan" in page
    answer = client.post(url, {"format": format_}, follow=True)
    words = answer.content.decode()
    assert "It is being made" in words
    assert 'hx-trigger="every 2s"' in words
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in words
    work()
    own = RequestedDocument.objects.get()
    panel = client.get(
        reverse("insights:document", args=[own.uuid]), headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in panel
    assert "Download" in panel
    assert "hx-trigger" not in panel
    answer = client.get(reverse("insights:document_file", args=[own.uuid]))
    today = timezone.localdate().isoformat()
    name = f"lindero-after-action-report-{exercise.ref.lower()}-{today}-TLP-AMBER.{format_}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Cache-Control"] == "private, no-store"
    content = b"".join(answer)
    assert own.size == len(content)
    if format_ == PDF:
        pages = pdf_pages(content)
        assert all(words.count("TLP:AMBER") >= 2 for words in pages)
        whole = "\n".join(pages)
    else:
        assert docx_headings(content)[0] == "Exercise overview"
        whole = "\n".join(docx_words(content))
    for one in ("Exercise Estrecho", "The net is slow", "Agree a frequency", "Guardia Civil"):
        assert one in whole
    assert "Handle by the strictest marking in this document: TLP:AMBER" in " ".join(whole.split())
    assert "My documents" in client.get("/documents/").content.decode()
    assert "Download" in client.get("/documents/").content.decode()


def test_every_document_is_put_on_record(client: Client, cast: Cast, exercise: Exercise) -> None:
    made_by(cast.originator, exercise)
    record = ExportRecord.objects.get()
    assert (record.person, record.kind, record.format) == (
        cast.originator,
        "after_action",
        "pdf",
    )
    # The exercise, its lesson, its action.
    assert (record.query, record.marking, record.rows) == (
        f"exercise={exercise.ref}",
        TLP.AMBER,
        3,
    )
    assert record.finished_at is not None
    client.force_login(cast.coordinator)
    page = client.get(reverse("insights:exports", args=["ES-GC"])).content.decode()
    assert "After-action report" in page
    assert exercise.ref in page
    assert reverse("insights:exercise_report", args=[exercise.ref]) in page
    assert "Exercise Estrecho" not in page


def test_all_four_can_be_asked_for(client: Client, cast: Cast, exercise: Exercise) -> None:
    lesson = Lesson.objects.get()
    client.force_login(cast.originator)
    for page, url in (
        (lesson.get_absolute_url(), reverse("insights:lesson_sheet", args=[lesson.ref])),
        ("/partners/MA/", reverse("insights:partner_report", args=["MA"])),
        ("/reports/pipeline/?partner=MA", "/reports/pipeline/report/?partner=MA"),
    ):
        assert f'"{url}"' in client.get(page).content.decode()
        assert client.get(url).status_code == 200
        assert client.post(url, {"format": "docx"}).status_code == 302
    work()
    assert {one.made_at is not None for one in RequestedDocument.objects.all()} == {True}
    assert set(ExportRecord.objects.values_list("kind", "query")) == {
        ("lesson_sheet", f"lesson={lesson.ref}"),
        ("briefing", "partner=MA"),
        ("learning", "partner=MA"),
    }
    client.force_login(cast.coordinator)
    page = client.get(reverse("insights:exports", args=["ES-GC"])).content.decode()
    assert "Partner: Morocco" in page


def test_a_filter_that_makes_no_sense_leads_to_the_page_that_says_so(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.originator)
    answer = client.post("/reports/pipeline/report/?partner=QQ", {"format": "pdf"})
    assert (answer.status_code, answer["Location"]) == (302, "/reports/pipeline/?partner=QQ")
    assert not RequestedDocument.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"format": ""}, {"format": "exe"}])
def test_a_format_must_be_chosen(
    client: Client, cast: Cast, exercise: Exercise, sent: dict[str, str]
) -> None:
    client.force_login(cast.originator)
    answer = client.post(reverse("insights:exercise_report", args=[exercise.ref]), sent)
    assert answer.status_code == 422
    assert "One thing needs your attention" in answer.content.decode()
    assert not RequestedDocument.objects.exists()


def test_asked_for_twice_it_is_made_once(cast: Cast, exercise: Exercise) -> None:
    first, again = asked_by(cast.originator, exercise), asked_by(cast.originator, exercise)
    assert first == again
    assert asked_by(cast.originator, exercise, DOCX) != first
    assert asked_by(cast.colleague, exercise) != first
    assert Job.objects.count() == 3


def test_one_person_has_so_many_waiting_and_no_more(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    for number in range(MOST_WAITING):
        ask(cast.originator, DocumentKind.BRIEFING, PDF, subject=f"X{number}", at=timezone.now())
    with pytest.raises(TooManyError):
        asked_by(cast.originator, exercise)
    asked_by(cast.colleague, exercise)
    client.force_login(cast.originator)
    url = reverse("insights:exercise_report", args=[exercise.ref])
    answer = client.post(url, {"format": "pdf"})
    assert answer.status_code == 429
    assert "several documents waiting" in answer.content.decode()


# --- Who may -------------------------------------------------------------------------------------


def test_somebody_elses_document_is_not_there(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    document = made_by(cast.originator, exercise)
    for name, person in cast.people.items():
        if not person.is_active or name == "originator":
            continue
        client.force_login(person)
        for page in ("document", "document_file"):
            url = reverse(f"insights:{page}", args=[document.uuid])
            assert client.get(url).status_code == 404, (name, page)
        url = reverse("insights:document_remove", args=[document.uuid])
        assert client.post(url).status_code == 404
        assert str(document.uuid) not in client.get("/documents/").content.decode()
    assert RequestedDocument.objects.filter(pk=document.pk).exists()
    client.force_login(cast.originator)
    assert fetched(client, document).startswith(b"%PDF")


def test_what_one_may_not_see_cannot_be_asked_for(client: Client, cast: Cast) -> None:
    hidden = make_exercise(by=cast.originator, tlp=TLP.AMBER_STRICT)
    lesson = make_lesson(by=cast.originator, status=Status.NOTED, tlp=TLP.AMBER_STRICT)
    client.force_login(cast.stranger)
    for url in (
        reverse("insights:exercise_report", args=[hidden.ref]),
        reverse("insights:lesson_sheet", args=[lesson.ref]),
        reverse("insights:partner_report", args=["QQ"]),
    ):
        assert client.get(url).status_code == 404
        assert client.post(url, {"format": "pdf"}).status_code == 404
    assert not RequestedDocument.objects.exists()


@pytest.mark.parametrize("page", ["exercise_report", "lesson_sheet"])
def test_red_is_refused_clearly(client: Client, cast: Cast, page: str) -> None:
    record = (
        make_exercise(by=cast.originator, tlp=TLP.RED)
        if page == "exercise_report"
        else make_lesson(by=cast.originator, tlp=TLP.RED, status=Status.NOTED)
    )
    client.force_login(cast.originator)
    url = reverse(f"insights:{page}", args=[record.ref])
    for answer, status in ((client.get(url), 200), (client.post(url, {"format": "pdf"}), 409)):
        assert answer.status_code == status
        assert "is marked TLP:RED, which stands in no document." in answer.content.decode()
    assert not RequestedDocument.objects.exists()
    client.force_login(cast.colleague)
    assert client.get(url).status_code == 404


def test_what_became_red_meanwhile_is_not_made(cast: Cast, exercise: Exercise) -> None:
    document = asked_by(cast.originator, exercise)
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.RED)
    work()
    document.refresh_from_db()
    assert document.failed_at is not None
    assert "TLP:RED" in document.reason
    assert not ExportRecord.objects.exists()


def test_it_is_made_with_the_rights_of_the_moment(cast: Cast, exercise: Exercise) -> None:
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.AMBER_STRICT)
    document = asked_by(cast.colleague, exercise)
    Membership.objects.filter(user=cast.colleague).update(active=False)
    work()
    document.refresh_from_db()
    assert "no longer for you to see" in document.reason
    assert document.file.name == ""


def test_who_left_gets_nothing(client: Client, cast: Cast, exercise: Exercise) -> None:
    document = made_by(cast.colleague, exercise)
    asked_by(cast.colleague, exercise, DOCX)
    client.force_login(cast.colleague)
    User.objects.filter(pk=cast.colleague.pk).update(is_active=False)
    work()
    assert list(RequestedDocument.objects.all()) == [document]
    url = reverse("insights:document_file", args=[document.uuid])
    assert client.get(url).status_code == 302


def test_a_document_about_what_was_hidden_is_gone(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    document = made_by(cast.stranger, exercise)
    client.force_login(cast.stranger)
    assert fetched(client, document)
    Exercise.objects.filter(pk=exercise.pk).update(tlp=TLP.AMBER)
    for page in ("document", "document_file"):
        url = reverse(f"insights:{page}", args=[document.uuid])
        assert client.get(url).status_code == 404


def test_a_document_in_which_something_was_narrowed_is_not_handed_out(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    Lesson.objects.update(tlp=TLP.GREEN)
    document = made_by(cast.stranger, exercise)
    Lesson.objects.update(tlp=TLP.AMBER)
    client.force_login(cast.stranger)
    answer = client.get(reverse("insights:document_file", args=[document.uuid]))
    assert answer.status_code == 409
    assert "Something in it was narrowed" in answer.content.decode()
    assert reverse("insights:exercise_report", args=[exercise.ref]) in answer.content.decode()


# --- Kept for a day ------------------------------------------------------------------------------


def test_after_a_day_row_and_file_go(
    cast: Cast, exercise: Exercise, settings: Settings, committing: Committing
) -> None:
    document = made_by(cast.originator, exercise)
    assert document.expires_at is not None
    assert len(files_of(settings)) == 1
    work(document.expires_at - timedelta(seconds=1))
    assert RequestedDocument.objects.exists()
    with committing(execute=True):
        work(document.expires_at)
    assert not RequestedDocument.objects.exists()
    assert files_of(settings) == []
    assert ExportRecord.objects.count() == 1


def test_without_a_worker_it_is_not_handed_out_after_its_day(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    document = made_by(cast.originator, exercise)
    long_ago = timezone.now() - KEPT - timedelta(minutes=1)
    RequestedDocument.objects.update(made_at=long_ago, expires_at=long_ago + KEPT)
    client.force_login(cast.originator)
    answer = client.get(reverse("insights:document_file", args=[document.uuid]))
    assert "It is no longer kept" in answer.content.decode()
    assert "no longer kept" in client.get("/documents/").content.decode()


def test_one_may_remove_it_before(
    client: Client, cast: Cast, exercise: Exercise, settings: Settings, committing: Committing
) -> None:
    document = made_by(cast.originator, exercise)
    client.force_login(cast.originator)
    with committing(execute=True):
        url = reverse("insights:document_remove", args=[document.uuid])
        answer = client.post(url, follow=True)
    assert "The document is removed." in answer.content.decode()
    assert "No document was asked for yet" in answer.content.decode()
    assert files_of(settings) == []
    # The job that would remove it finds nothing to do.
    work(timezone.now() + KEPT + timedelta(minutes=1))
    assert not Job.objects.filter(done_at__isnull=True).exists()


# --- Jobs that are tried again -------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Laying out fails as often as the number in the list says."""
    left = [99]
    whole = documents.laid_out

    def fail(*given: Any) -> bytes:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("out of paper")
        return whole(*given)

    logging.disable(logging.CRITICAL)
    monkeypatch.setattr(documents, "laid_out", fail)
    yield left
    logging.disable(logging.NOTSET)


def test_what_fails_is_tried_again(
    client: Client, cast: Cast, exercise: Exercise, broken: list[int]
) -> None:
    broken[0] = 1
    document = asked_by(cast.originator, exercise)
    now = timezone.now()
    work(now)
    document.refresh_from_db()
    assert document.is_pending
    assert not ExportRecord.objects.exists()
    client.force_login(cast.originator)
    work(now + timedelta(minutes=2))
    document.refresh_from_db()
    assert (document.made_at is not None, document.attempts) == (True, 2)
    assert ExportRecord.objects.count() == 1


def test_what_fails_again_and_again_says_so(
    client: Client, cast: Cast, exercise: Exercise, broken: list[int]
) -> None:
    document = asked_by(cast.originator, exercise)
    now = timezone.now()
    for hours in range(5):
        work(now + timedelta(hours=hours))
    document.refresh_from_db()
    assert document.attempts == MOST_ATTEMPTS
    assert "It could not be made." in document.reason
    assert "out of paper" not in document.reason
    assert Job.objects.get().done_at is not None
    client.force_login(cast.originator)
    page = client.get(reverse("insights:document", args=[document.uuid])).content.decode()
    assert "Ask for it anew" in page
    assert asked_by(cast.originator, exercise) != document


def test_a_worker_that_was_killed_loses_nothing(
    cast: Cast, exercise: Exercise, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the file was written and before the row said so."""
    document = asked_by(cast.originator, exercise)
    now = timezone.now()

    class Killed(BaseException):
        pass

    def die(*given: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(documents, "put_on_record", die)
        job = jobs.take(now)
        assert job is not None
        with pytest.raises(Killed):
            jobs.run(job, now)
    document.refresh_from_db()
    assert document.is_pending
    assert len(files_of(settings)) == 1
    work(now + jobs.HAND)
    document.refresh_from_db()
    assert (document.made_at is not None, document.attempts) == (True, 2)
    assert len(files_of(settings)) == 1
    assert ExportRecord.objects.count() == 1


def test_one_that_kills_its_worker_each_time_is_given_up(cast: Cast, exercise: Exercise) -> None:
    document = asked_by(cast.originator, exercise)
    RequestedDocument.objects.update(attempts=MOST_ATTEMPTS)
    work()
    document.refresh_from_db()
    assert document.failed_at is not None


def test_made_twice_at_once_it_is_kept_and_recorded_once(cast: Cast, exercise: Exercise) -> None:
    document = made_by(cast.originator, exercise)
    make(now=timezone.now(), document=document.pk)
    assert not document.keep(b"x", name="x", marking=TLP.CLEAR, contents={}, at=timezone.now())
    assert ExportRecord.objects.count() == 1


def test_progress_is_told_while_it_is_made(
    client: Client, cast: Cast, exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = asked_by(cast.originator, exercise)
    client.force_login(cast.originator)
    url = reverse("insights:document", args=[document.uuid])
    seen: list[str] = []

    def look(page: Any) -> str:
        return page.content.decode().partition('value="')[2].partition('"')[0]

    def build(subject: str, query: str, reader: User, on: Any, tell: Any) -> Made:
        for share in (0, 50, 100):
            tell(share)
            seen.append(look(client.get(url, headers={"HX-Request": "true"})))
        raise RefusedReportError("Enough.")

    kind = documents.KINDS[DocumentKind.AFTER_ACTION]
    changed = {
        **documents.KINDS,
        DocumentKind.AFTER_ACTION: type(kind)(
            kind.file_name, kind.about, build, kind.address, kind.holds
        ),
    }
    monkeypatch.setattr(documents, "KINDS", changed)
    work()
    assert seen == ["0", "40", "80"]


# --- Telling -------------------------------------------------------------------------------------


def notices(client: Client) -> str:
    return client.get(reverse("notices:notices")).content.decode()


def test_a_notice_leads_to_the_document_until_it_is_fetched(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    document = made_by(cast.originator, exercise)
    notice = Notice.objects.get(kind="document")
    assert (notice.person, notice.mail_at) == (cast.originator, None)
    client.force_login(cast.originator)
    words = notices(client)
    assert f"It can be fetched: After-action report {exercise.ref}." in words
    assert exercise.title not in words
    answer = client.get(reverse("notices:opened", args=[notice.pk]))
    assert answer["Location"] == reverse("insights:document", args=[document.uuid])
    Notice.objects.update(read_at=None)
    client.head(reverse("insights:document_file", args=[document.uuid]))
    assert Notice.objects.unread().count() == 1
    assert fetched(client, document)
    assert not Notice.objects.unread().exists()
    client.force_login(cast.colleague)
    assert "It can be fetched" not in notices(client)


def test_what_could_not_be_made_is_told_once(
    client: Client, cast: Cast, exercise: Exercise, broken: list[int]
) -> None:
    document = asked_by(cast.originator, exercise)
    for hours in range(5):
        work(timezone.now() + timedelta(hours=hours))
    documents.fail(document, "Again.", timezone.now())
    assert Notice.objects.filter(kind="document").count() == 1
    client.force_login(cast.originator)
    assert f"It could not be made: After-action report {exercise.ref}." in notices(client)


def test_a_document_that_is_no_longer_kept_needs_no_fetching(
    client: Client, cast: Cast, exercise: Exercise
) -> None:
    made_by(cast.originator, exercise)
    long_ago = timezone.now() - KEPT - timedelta(minutes=1)
    RequestedDocument.objects.update(made_at=long_ago, expires_at=long_ago + KEPT)
    client.force_login(cast.originator)
    assert "Settled" in notices(client)


# --- Queries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ROWS)
def test_the_list_of_documents_costs_the_same(client: Client, cast: Cast, number: int) -> None:
    for place in range(number):
        RequestedDocument.objects.create(
            person=cast.originator, kind="briefing", format="pdf", subject=f"X{place}"
        )
    client.force_login(cast.originator)
    with CaptureQueriesContext(connection) as counted:
        page = client.get("/documents/").content.decode()
    assert page.count("being made") == number
    assert len(counted) == 5


# --- Templates of agencies -----------------------------------------------------------------------


def sent(content: bytes, name: str = "Letterhead.docx") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


TEMPLATE = "/members/ES-GC/template/"


def test_an_agency_gives_replaces_and_removes_its_template(
    client: Client, cast: Cast, exercise: Exercise, settings: Settings, committing: Committing
) -> None:
    client.force_login(cast.coordinator)
    assert TEMPLATE in client.get("/members/ES-GC/").content.decode()
    along = b"".join(client.get(f"{TEMPLATE}file/"))
    assert docx.Document(BytesIO(along))
    answer = client.post(TEMPLATE, sent(agency_template().getvalue()), follow=True)
    assert "The template is in use." in answer.content.decode()
    assert "Letterhead.docx" in answer.content.decode()
    made = made_by(cast.originator, exercise, DOCX)
    with made.file.open() as file:
        assert "Signed by the head of the service" in docx_words(file.read())
    # Another agency's members get theirs.
    other = made_by(cast.partner_reader, exercise, DOCX)
    with other.file.open() as file:
        assert "Signed by the head of the service" not in docx_words(file.read())
    second = agency_template(in_body("Second letterhead")).getvalue()
    with committing(execute=True):
        client.post(TEMPLATE, sent(second, "Second.docx"))
    assert DocumentTemplate.objects.get().name == "Second.docx"
    assert len(files_of(settings)) == 3
    assert b"".join(client.get(f"{TEMPLATE}file/")) == second
    with committing(execute=True):
        answer = client.post(f"{TEMPLATE}remove/", follow=True)
    assert "Documents get the template that comes along." in answer.content.decode()
    assert not DocumentTemplate.objects.exists()
    assert len(files_of(settings)) == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "a.docx",
            agency_template(in_body("{{ title.__class__ }}")).getvalue(),
            "something in braces",
        ),
        ("a.docm", agency_template().getvalue(), "ends in .docx"),
        ("a.pdf", b"%PDF-1.7", "ends in .docx"),
        ("a.docx", b"%PDF-1.7", "is not what its ending .docx says"),
        ("a.docx", b"", "empty"),
        ("", b"", "Choose a file first"),
    ],
)
def test_a_bad_template_is_refused_and_the_one_in_use_stays(
    client: Client, cast: Cast, name: str, content: bytes, words: str
) -> None:
    client.force_login(cast.coordinator)
    client.post(TEMPLATE, sent(agency_template().getvalue(), "First.docx"))
    answer = client.post(TEMPLATE, sent(content, name) if name else {})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert DocumentTemplate.objects.get().name == "First.docx"


def test_a_template_that_is_too_large_is_refused(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Attachment, "MAX_BYTES", 1000)
    client.force_login(cast.coordinator)
    answer = client.post(TEMPLATE, sent(agency_template().getvalue()))
    assert answer.status_code == 422
    assert "is larger than 25 MB" in answer.content.decode()


@pytest.mark.parametrize("name", ["endorser", "partner_reviewer", "administrator"])
def test_templates_are_for_coordinators(client: Client, cast: Cast, name: str) -> None:
    client.force_login(cast.people[name])
    for url in (TEMPLATE, f"{TEMPLATE}file/"):
        assert client.get(url).status_code == 403
    assert client.post(TEMPLATE, sent(agency_template().getvalue())).status_code == 403
    assert client.post(f"{TEMPLATE}remove/").status_code == 403
    assert not DocumentTemplate.objects.exists()
