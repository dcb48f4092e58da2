"""The import commands: arguments in, a report out, and one clear message when it cannot be."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lessons.models import Lesson
from programs.models import Exercise
from tests.cast import Cast, make_cast
from tests.exchange.files import EXERCISES_SAMPLE, MAPPING, NASA_SAMPLE, exercises, lessons

pytestmark = pytest.mark.django_db

BY = ["--agency", "ES-GC", "--by", "olga.originator@example.org"]
US = ["--partner", "US"]


@pytest.fixture(autouse=True)
def cast() -> Cast:
    return make_cast()


def run(name: str, *arguments: str | Path) -> list[str]:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def put(folder: Path, content: bytes | str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_dry_run_reports_every_row_and_writes_nothing(tmp_path: Path) -> None:
    file = put(tmp_path, lessons({}, {"id": "2", "title": "N/A"}, {"id": "3", "do": "See annex"}))
    mapping = put(tmp_path, MAPPING, "mapping.toml")
    assert run("import_lessons", file, *BY, "--mapping", mapping, "--dry-run") == [
        "row 2  1  Can come in  Agree on one radio channel before the patrol",
        "row 3  2  Cannot come in  ",
        "    “N/A” is no title.",
        "row 4  3  Can come in  Agree on one radio channel before the patrol",
        "    “recommendation” says only “See annex”.",
        "",
        "3 rows of lessons",
        "     2  Can come in",
        "     1  Cannot come in",
        "Rows that cannot come in, by reason:",
        "     1  No title",
        "Rows that come in with a loss or a change:",
        "     1  Text points elsewhere",
        "",
        "Dry run: nothing was written.",
    ]
    assert Lesson.objects.count() == 0


def test_a_run_says_what_is_confirmed_shows_progress_and_names_what_was_made(
    tmp_path: Path,
) -> None:
    file = put(tmp_path, exercises({}, {"MMEID": "x2", "StateA": "Atlantis", "StateB": "-9"}))
    first = run("import_exercises", file, *BY, "--marking", "green")
    ref = Exercise.objects.get().ref
    assert first == [
        "By importing, Olga Originator confirms that the file holds no personal data and nothing "
        "classified.",
        "  1 / 1",
        f"row 2  x1  Created  {ref} Strait Lantern",
        "row 3  x2  Cannot come in  Strait Lantern",
        "    No participant is known here: Atlantis.",
        "",
        "2 rows of exercises",
        "     1  Created",
        "     1  Cannot come in",
        "Rows that cannot come in, by reason:",
        "     1  No partner",
    ]
    assert run("import_exercises", file, *BY)[1:] == [
        "row 3  x2  Cannot come in  Strait Lantern",
        "    No participant is known here: Atlantis.",
        "",
        "2 rows of exercises",
        "     1  Already there",
        "     1  Cannot come in",
        "Rows that cannot come in, by reason:",
        "     1  No partner",
    ]
    assert Exercise.objects.get().tlp == "green"


def test_the_samples_come_in_and_a_second_run_adds_nothing() -> None:
    for _run in range(2):
        run("import_lessons", NASA_SAMPLE, *BY, "--partner", "US", "--category", "evaluation")
        run("import_exercises", EXERCISES_SAMPLE, *BY, "--source", "sample")
        assert (Lesson.objects.count(), Exercise.objects.count()) == (59, 31)
    assert set(Lesson.objects.values_list("category", "tlp", "language")) == {
        ("evaluation", "amber", "en")
    }
    assert not Lesson.objects.published().exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--agency", "XX", "--by", "a@example.org", *US], "There is no agency XX."),
        (
            ["--agency", "ES-GC", "--by", "a@example.org", *US],
            "There is nobody with the e-mail a@exa",
        ),
        (
            ["--agency", "ES-GC", "--by", "raul.reader@example.org", *US],
            "Raul Reader may not record for Guardia Civil.",
        ),
        (
            ["--agency", "PT-GNR", "--by", "olga.originator@example.org", *US],
            "Olga Originator may not record for Guarda Nacional Republicana.",
        ),
        ([*BY, *US, "--mapping", "/no/such/file"], "The mapping file cannot be read: "),
        ([*BY, "--partner", "XX"], "There is no partner “XX”. Use a code such as MA or FRONTEX."),
        (BY, "The file names no partners. Say which partner the lessons are about."),
        ([*BY, *US, "--category", "luck"], "Error: argument --category: invalid"),
        ([*BY, *US, "--marking", "red"], "Error: argument --marking: invalid choice"),
    ],
)
def test_wrong_arguments_are_answered_with_one_message(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError) as caught:
        run("import_lessons", NASA_SAMPLE, *arguments)
    assert str(caught.value).startswith(words)
    assert Lesson.objects.count() == 0


@pytest.mark.parametrize("name", ["import_lessons", "import_exercises"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\0", "The file is not in UTF-8 (line 1)."),
        ("título\n".encode("latin-1"), "The file is not in UTF-8 (line 1)."),
        (b"a,b\n1,2\n", "These columns are missing: "),
        (b"a\0b\n", "Line 1 contains a NUL byte"),
        (b'"a\n', "Near line 1 the quotation marks do not match"),
    ],
)
def test_an_unreadable_file_is_answered_with_one_message(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    partner = US if name == "import_lessons" else []
    with pytest.raises(CommandError) as caught:
        run(name, put(tmp_path, content), *BY, *partner)
    assert str(caught.value).startswith(words)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(CommandError, match="The file cannot be read: "):
            run("import_exercises", path, *BY)
