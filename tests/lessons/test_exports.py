"""Lists as files: what each format holds, how it is marked, what is on record, and its cost."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from weakref import WeakSet

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from agencies.models import User
from agencies.roles import Role
from evaluation.views.lists import INDICATORS
from evaluation.views.stories import STORIES
from lessons.models import Lesson
from lessons.views.actions import ACTIONS
from lessons.views.lists import LESSONS
from lessons.vocabulary import Category, Priority, Status
from pages import export, formats, listing
from pages.export import Column, Reading
from pages.formats import FORMATS, File, as_csv, as_json, as_xlsx, in_a_cell, name_of_sheet
from programs.views import lists as activity_lists
from records.models import ExportRecord
from records.vocabulary import TLP, FileFormat, ListKind
from tests.cast import Cast, give, make_cast
from tests.factories import (
    make_agreement,
    make_exercise,
    make_lesson,
    make_program,
    make_user,
    partner,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def noted(cast: Cast, title: str, **fields: Any) -> Lesson:
    return make_lesson(by=cast.originator, status=Status.NOTED, title=title, **fields)


def sent(user: User, query: str = "", kind: str = "lessons") -> bytes:
    response = client_of(user).get(f"/{kind}/export/?{query}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def cut_off(response: Any) -> None:
    """What a server does when the reader goes, but for the connection to the database."""
    response._resource_closers[-1]()


def sheets(content: bytes) -> list[list[list[str]]]:
    """The cells of a workbook, sheet by sheet, as they stand in its XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = sorted(name for name in book.namelist() if "/sheet" in name and "rels" not in name)
        return [
            [
                [strip_tags(cell) for cell in re.findall(r"<c .*?(?:/>|</c>)", row, re.S)]
                for row in re.findall(r"<row .*?</row>", book.read(name).decode(), re.S)
            ]
            for name in names
        ]


def test_the_words_of_formats_and_lists_are_those_that_are_written() -> None:
    assert set(FileFormat.values) == set(FORMATS)
    lists = (
        activity_lists.EXERCISES,
        activity_lists.PROGRAMS,
        activity_lists.AGREEMENTS,
        ACTIONS,
        INDICATORS,
        STORIES,
    )
    assert set(ListKind.values) == {"lessons", *(one.file_name for one in lists)}


def test_a_file_in_json_says_how_to_handle_it_and_holds_values(cast: Cast) -> None:
    noted(cast, "=1+1", partners=("FR", "MA"), tlp=TLP.AMBER_STRICT)
    noted(cast, "Open", partners=("FR",), tlp=TLP.CLEAR)
    file = json.loads(sent(cast.reader, "format=json&partner=FR&sort=title"))
    assert file["handling"].startswith(
        "Handle by the strictest marking in this file: TLP:AMBER+STRICT ("
    )
    assert f"Exported from Lindero on {timezone.localdate():%-d %b %Y}" in file["handling"]
    assert file["handling"].endswith(f" by {cast.reader.name}.")
    assert file["filters"] == {"partner": ["FR"]}
    assert file["facts"]["Partner"] == "France"
    assert [row["title"] for row in file["rows"]] == ["=1+1", "Open"]
    assert file["count"] == 2
    assert file["rows"][0]["partner_codes"] == ["FR", "MA"]
    assert file["rows"][0]["marking"] == "TLP:AMBER+STRICT"
    assert file["rows"][0]["learned_on"] is None
    assert list(file["columns"]) == list(file["rows"][0])


def test_a_workbook_holds_the_rows_and_says_what_it_is(cast: Cast) -> None:
    noted(cast, "=1+1", partners=("FR", "MA"), observation="https://example.org & <b>")
    rows, about = sheets(sent(cast.reader, "format=xlsx"))
    heading, row = rows
    assert (heading[0], heading[3]) == ("Reference", "Point")
    assert {"=1+1", "FR; MA", "https://example.org &amp; "} < set(row) | {
        cell.replace("&lt;b&gt;", "") for cell in row
    }
    assert about[0][0] == "Handling"
    assert "TLP:AMBER" in about[0][1]
    assert about[-1] == ["Rows", "1"]
    with zipfile.ZipFile(io.BytesIO(sent(cast.reader, "format=xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert "<autoFilter" in sheet
    assert 'state="frozen"' in sheet
    assert "&amp;CTLP:AMBER" in sheet


@pytest.mark.parametrize("kind", ["agreements", "programs", "exercises"])
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_list_leaves_in_every_format_without_red(cast: Cast, kind: str, name: str) -> None:
    makers: dict[str, Any] = {
        "agreements": make_agreement,
        "programs": make_program,
        "exercises": make_exercise,
    }
    makers[kind](by=cast.originator, title="Secretword", tlp=TLP.RED)
    makers[kind](by=cast.originator, title="Openword", tlp=TLP.GREEN)
    content = sent(cast.originator, f"format={name}", kind)
    text = str(sheets(content)) if name == "xlsx" else content.decode()
    assert ("Openword" in text, "Secretword" in text) == (True, False)
    record = ExportRecord.objects.latest("pk")
    assert (record.kind, record.format, record.rows, record.marking) == (kind, name, 1, "green")


def test_red_leaves_in_no_format_and_makes_no_marking(cast: Cast) -> None:
    noted(cast, "Secretword", tlp=TLP.RED, red_recipients=[cast.red_recipient])
    for name in FORMATS:
        response = client_of(cast.red_recipient).get(f"/lessons/export/?format={name}")
        assert "TLP" not in response["Content-Disposition"]
        content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        text = str(sheets(content)) if name == "xlsx" else content.decode()
        assert "Secretword" not in text
    assert {(one.rows, one.marking) for one in ExportRecord.objects.all()} == {(0, "")}


@pytest.mark.parametrize("sort", [sort.name for sort in LESSONS.sorts])
def test_a_file_has_the_rows_of_its_list_in_that_order_but_those_that_leave_in_none(
    sort: str, cast: Cast
) -> None:
    for number in range(9):
        noted(
            cast,
            f"Tied {number % 2}",
            observation="The flare burned.",
            occurred_on=date(2026, 5, 1) + timedelta(days=number % 3),
            priority=Priority.values[number % 3],
            tlp=(TLP.GREEN, TLP.AMBER, TLP.RED)[number % 3],
        )
    noted(cast, "Other", tlp=TLP.AMBER_STRICT)
    client = client_of(cast.originator)
    for narrowed in ("", "&q=flare", "&from=2026-05-02"):
        query = f"sort={sort}{narrowed}"
        rows = client.get(f"/lessons/?{query}").context["shown"].rows
        assert any(row.lesson.tlp == TLP.RED for row in rows)
        response = client.get(f"/lessons/export/?{query}&format=json")
        file = json.loads(b"".join(response.streaming_content))  # type: ignore[attr-defined]
        leaving = [row.ref for row in rows if row.lesson.tlp != TLP.RED]
        assert [row["ref"] for row in file["rows"]] == leaving
        strictest = TLP.AMBER if narrowed == "&q=flare" else TLP.AMBER_STRICT
        assert file["marking"] == strictest.label


@pytest.mark.parametrize("sort", ["title", "newest"])
def test_what_is_hidden_while_a_file_is_being_sent_is_not_in_it(
    sort: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK", 2)
    lessons = [noted(cast, f"Lesson {number}", tlp=TLP.GREEN) for number in range(6)]
    if sort == "newest":
        lessons.reverse()
    response = client_of(cast.reader).get(f"/lessons/export/?sort={sort}")
    pieces: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]
    first = [next(pieces), next(pieces)]
    Lesson.objects.filter(pk=lessons[3].pk).update(tlp=TLP.RED)
    Lesson.objects.filter(pk=lessons[5].pk).update(tlp=TLP.AMBER)  # stricter than the name says
    text = b"".join([*first, *pieces]).decode()
    named = [number for number, one in enumerate(lessons) if one.title in text]
    assert named == [0, 1, 2, 4]
    assert ExportRecord.objects.latest("pk").rows == 4


def test_what_stops_matching_while_a_file_is_being_sent_is_not_in_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK", 2)
    lessons = [
        noted(cast, f"Lesson {number}", category=Category.COORDINATION, partners=("FR",))
        for number in range(6)
    ]
    response = client_of(cast.reader).get("/lessons/export/?category=coordination&sort=title")
    pieces: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]
    first = [next(pieces), next(pieces)]
    Lesson.objects.filter(pk=lessons[3].pk).update(category=Category.ADAPTABILITY)
    Lesson.objects.filter(pk=lessons[4].pk).update(status=Status.ARCHIVED)
    lessons[5].partners.set([partner("MT")])
    rows = list(csv.DictReader(io.StringIO(b"".join([*first, *pieces]).decode("utf-8-sig"))))
    assert [(row["Point"], row["Partner codes"]) for row in rows] == [
        ("Lesson 0", "FR"),
        ("Lesson 1", "FR"),
        ("Lesson 2", "FR"),
        ("Lesson 5", "MT"),
    ]


# --- On record ----------------------------------------------------------------------------------


def test_every_file_is_on_record(cast: Cast) -> None:
    for number in range(3):
        noted(cast, f"Lesson {number}", partners=("FR",))
    noted(cast, "Other")
    before = timezone.now()
    sent(cast.reader, "partner=FR&cursor=abc&nonsense=1&sort=title&format=json")
    (record,) = ExportRecord.objects.all()
    assert (record.person, record.kind, record.format) == (cast.reader, "lessons", "json")
    assert (record.query, record.rows) == ("partner=FR&sort=title", 3)
    assert (record.marking, record.was_cut_off) == ("amber", False)
    assert record.finished_at is not None
    assert before <= record.started_at <= record.finished_at
    assert list(record.agencies.all()) == [cast.agency]


def test_a_download_that_was_cut_off_is_on_record_with_what_was_sent(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK", 2)
    for number in range(6):
        noted(cast, f"Lesson {number}")
    response: Any = client_of(cast.reader).get("/lessons/export/")
    pieces = iter(response.streaming_content)
    next(pieces)
    next(pieces)
    cut_off(response)
    record = ExportRecord.objects.get()
    assert (record.rows, record.was_cut_off) == (2, True)


def test_what_is_refused_or_only_asked_about_is_no_file(cast: Cast) -> None:
    noted(cast, "Lesson")
    client = client_of(cast.reader)
    assert client.get("/lessons/export/?format=pdf").status_code == 400
    assert client.get("/lessons/export/?partner=XX").status_code == 400
    head = client.head("/lessons/export/?format=xlsx")
    assert head.status_code == 200
    assert "spreadsheetml" in head["Content-Type"]
    assert not ExportRecord.objects.exists()


def test_more_rows_than_a_sheet_holds_are_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = formats.Format("xlsx", "Excel", "", "application/x", as_xlsx, most_rows=1)
    monkeypatch.setitem(listing.FORMATS, "xlsx", small)
    noted(cast, "One")
    noted(cast, "Two")
    response = client_of(cast.reader).get("/lessons/export/?format=xlsx")
    assert response.status_code == 400
    assert "Excel holds 1 rows, and these are 2." in response.content.decode()
    assert not ExportRecord.objects.exists()


def exported(cast: Cast, person: User, query: str = "", **fields: Any) -> ExportRecord:
    record = ExportRecord.begin(person, kind="lessons", format="csv", query=query)
    ExportRecord.objects.filter(pk=record.pk).update(rows=7, **fields)
    return record


def test_coordinators_see_what_their_members_took_away(cast: Cast) -> None:
    exported(cast, cast.reader, "partner=FR")
    exported(cast, cast.partner_reviewer, "q=elsewhere")
    page = client_of(cast.coordinator).get("/members/ES-GC/exports/").content.decode()
    assert cast.reader.name in page
    assert "Partner: France" in page
    assert "cut off" in page
    assert cast.partner_reviewer.name not in page
    assert "elsewhere" not in page


@pytest.mark.parametrize("name", ["reader", "endorser", "partner_reviewer", "administrator"])
def test_nobody_else_sees_what_members_took_away(cast: Cast, name: str) -> None:
    exported(cast, cast.reader)
    client = client_of(cast.people[name])
    assert client.get("/members/ES-GC/exports/").status_code == 403
    assert client.get("/members/NO-SUCH/exports/").status_code == 404


def test_what_was_taken_before_joining_or_after_leaving_is_not_the_agencys(cast: Cast) -> None:
    person = make_user(agency=cast.far_agency)
    exported(cast, person)
    give(person, cast.agency, Role.READER)
    page = client_of(cast.coordinator).get("/members/ES-GC/exports/").content.decode()
    assert person.name not in page
    exported(cast, person)
    page = client_of(cast.coordinator).get("/members/ES-GC/exports/").content.decode()
    assert page.count(person.name) == 1


def test_the_record_names_nothing_that_its_reader_may_not_see(cast: Cast) -> None:
    hidden = make_exercise(by=cast.originator, tlp=TLP.RED, title="Secretword")
    exported(cast, cast.originator, f"exercise={hidden.ref}")
    answer = client_of(cast.coordinator).get("/members/ES-GC/exports/")
    text = strip_tags(answer.content.decode())
    assert "Exercise: not for you to see" in text
    assert hidden.ref not in text
    assert "Secretword" not in answer.content.decode()


def test_long_records_of_files_are_paged(cast: Cast) -> None:
    for number in range(31):
        exported(cast, cast.reader, f"q=word{number:02}")
    client = client_of(cast.coordinator)
    first = client.get("/members/ES-GC/exports/")
    assert "word30" in first.content.decode()
    assert "word00" not in first.content.decode()
    second = client.get(first.context["pages"]["next_url"])
    assert "word00" in second.content.decode()
    assert "word30" in client.get("/members/ES-GC/exports/?cursor=nonsense").content.decode()


def test_the_administration_reads_records_and_changes_none(cast: Cast) -> None:
    record = exported(cast, cast.reader, "q=radio")
    client = client_of(cast.administrator)
    listed = client.get("/admin/records/exportrecord/?q=radio&format__exact=csv")
    assert cast.reader.name in listed.content.decode()
    address = f"/admin/records/exportrecord/{record.pk}/"
    assert client.get(f"{address}change/").status_code == 200
    assert client.post(f"{address}change/", {"rows": 1}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/records/exportrecord/add/").status_code == 403
    assert ExportRecord.objects.get().rows == 7


# --- Memory -------------------------------------------------------------------------------------


class Held(list[str]):
    """A value that knows how many of its kind are alive."""

    alive: WeakSet[Held] = WeakSet()
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, *values: str) -> None:
        super().__init__(values)
        self.alive.add(self)


@pytest.mark.parametrize("write", [as_csv, as_json, as_xlsx])
def test_no_more_than_a_block_of_rows_is_held_at_once(
    cast: Cast, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK", 5)
    for number in range(23):
        noted(cast, f"Lesson {number}")
    most = 0

    def tracked(reader: Any) -> Any:
        def make(title: str) -> Held:
            nonlocal most
            made = Held(title)
            most = max(most, len(Held.alive))
            return made

        return make

    columns = (Column("title", "Point", (), tracked),)
    keys = Lesson.objects.order_by("pk").values_list("pk", flat=True)
    reading = Reading(columns, Lesson.objects.all(), keys, cast.reader)
    file = File("Lessons", "", "", [], {}, columns, reading.blocks())
    for _piece in write(file):
        most = max(most, len(Held.alive))
    assert file.written == len(reading) == 23
    assert 5 <= most <= 10  # the block being written, and the next one being read


# --- Cells of a workbook ------------------------------------------------------------------------


def test_a_cell_of_a_workbook_says_when_it_is_cut() -> None:
    assert in_a_cell("a\x00b") == "ab"
    assert in_a_cell("a" * 32_767) == "a" * 32_767
    assert in_a_cell("a" * 32_768) == "a" * 32_763 + " […]"
    cut = in_a_cell("🛰" * 20_000)
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert cut.endswith("🛰 […]")


def test_a_sheet_has_a_name_that_excel_takes() -> None:
    assert name_of_sheet("Lecciones [a/b]: " + "x" * 40) == "Lecciones -a-b-- " + "x" * 14


def test_the_day_of_a_moment_is_that_of_the_agency(cast: Cast) -> None:
    cast.agency.time_zone = "Pacific/Auckland"
    cast.agency.save()
    at = timezone.now().replace(hour=22) - timedelta(days=2)
    noted(cast, "There", published_at=at, submitted_at=at)
    (row,) = json.loads(sent(cast.reader, "format=json"))["rows"]
    assert row["published_on"] == (at + timedelta(days=1)).date().isoformat()
