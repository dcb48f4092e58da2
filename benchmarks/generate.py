"""Lessons as a grown installation has them: the same rows for the same seed, one after another.

Rows hold plain values by column (texts, whole numbers, ``None``) that SQLite and PostgreSQL take
alike; moments are texts in UTC. All rows of a table have the same columns. ``world`` gives what
there is whatever the size: agencies, people, agreements, programs, exercises. ``Lessons`` gives
lessons with all that belongs to them, in constant memory; a smaller size is the beginning of a
larger one.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, product
from random import Random
from typing import Any

from agencies.roles import Role
from lessons.vocabulary import (
    ActionStatus,
    Attribution,
    CapabilityElement,
    Category,
    Dotmlpfi,
    Kind,
    Priority,
    ReportingContext,
    Status,
)
from programs.vocabulary import (
    AgreementStatus,
    AgreementType,
    ExerciseKind,
    ExerciseStatus,
    ParticipationRole,
    ProgramKind,
    ProgramStatus,
)
from records.vocabulary import TLP, Precision, Threat

VERSION = 1
"""Raised when the same seed gives other rows, so that data kept from before is made anew."""
SEED = 42
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}

FIRST_DAY, LAST_DAY = date(2003, 1, 1), date(2025, 12, 31)
WORDS = 20_000
ZIPF = 1.05
COUNTRIES_BY_POPULARITY = (
    *("MA", "FR", "PT", "DZ", "IT", "TN", "SN", "MR", "GB", "DE", "GR", "TR", "LY", "EG", "ES"),
    *("PL", "RO", "BG", "HU", "HR", "SI", "AT", "CH", "BE", "NL", "LU", "IE", "DK", "SE", "FI"),
    *("NO", "EE", "LV", "LT", "UA", "MD", "RS", "ME", "AL", "MK", "BA", "XK", "CY", "MT", "GE"),
    *("CV", "GM", "GN", "ML", "NE"),
)
ORGANIZATIONS = (
    *("FRONTEX", "EUROPOL", "INTERPOL", "EU", "EFCA", "IOM", "UNODC", "NATO", "EMSA", "OSCE"),
)
PARTNERS = (*COUNTRIES_BY_POPULARITY, *ORGANIZATIONS)
THEMES = 20
ROOTS = 8
PER_AGENCY = 10
AGREEMENTS, PROGRAMS, EXERCISES = 60, 120, 2_000

Row = dict[str, Any]
Rows = dict[str, list[Row]]

WORLD = (
    "agencies_agency",
    "agencies_user",
    "agencies_membership",
    "programs_agreement",
    "programs_agreement_partners",
    "programs_program",
    "programs_program_partners",
    "programs_exercise",
    "programs_exercise_partners",
    "programs_exercise_released_to",
    "programs_participation",
)
OF_LESSONS = (
    "lessons_lesson",
    "lessons_lesson_partners",
    "lessons_lesson_themes",
    "lessons_lesson_released_to",
    "lessons_lesson_red_recipients",
    "lessons_action",
    "lessons_action_lessons",
)
COUNTERS = "records_refcounter"
TABLES = (*WORLD, *OF_LESSONS, COUNTERS)
"""The tables in the order of loading."""

MARKINGS = (TLP.CLEAR, TLP.GREEN, TLP.AMBER, TLP.AMBER_STRICT, TLP.RED)
MARKED = (10, 35, 40, 10, 5)
STATUSES: Mapping[str, int] = {
    Status.DRAFT: 10,
    Status.SUBMITTED: 8,
    Status.IN_REVIEW: 6,
    Status.RETURNED: 3,
    Status.REJECTED: 3,
    Status.NOTED: 15,
    Status.IDENTIFIED: 16,
    Status.IMPLEMENTING: 14,
    Status.VALIDATING: 7,
    Status.LEARNED: 14,
    Status.SUPERSEDED: 2,
    Status.ARCHIVED: 2,
}
"""How many of a hundred lessons have each status; seventy are published."""
UNSUBMITTED = {Status.DRAFT}
UNTAKEN = {Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.REJECTED}
UNPUBLISHED = {*UNTAKEN, Status.IN_REVIEW}
UNIDENTIFIED = {*UNPUBLISHED, Status.NOTED, Status.ARCHIVED}
WITH_ACTIONS: Mapping[str, str] = {
    Status.IDENTIFIED: ActionStatus.NOT_STARTED,
    Status.IMPLEMENTING: ActionStatus.ONGOING,
    Status.VALIDATING: ActionStatus.VERIFIED,
    Status.LEARNED: ActionStatus.VERIFIED,
}

AGENCY_KINDS = ("border_police", "coast_guard", "customs", "gendarmerie", "police", "navy")
HOMES = ("ES", "PT", "FR", "IT", "GR", "MA", "PL", "RO")
BEGINNING = "2003-01-01 08:00:00"
PLACES = ("Tarifa", "Ceuta", "Algeciras", "Lampedusa", "Évros", "Tornio", "Nador", "Constanța")


# --- Words --------------------------------------------------------------------------------------


@cache
def vocabulary() -> list[str]:
    """Words that can be pronounced, the most frequent first, each once."""
    rng = Random(SEED)
    onsets = ["b", "br", "c", "d", "f", "g", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr"]
    onsets += ["v", "z"]
    vowels = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ó", "é", "á", "ü"]
    endings = ["", "", "", "n", "s", "r", "l"]
    syllables = [onset + vowel for onset, vowel in product(onsets, vowels)]
    words: dict[str, None] = {}
    while len(words) < WORDS:
        length = 2 if len(words) < WORDS // 50 else rng.choice((2, 3, 3, 4))
        words["".join(rng.choices(syllables, k=length)) + rng.choice(endings)] = None
    return list(words)


@cache
def frequencies() -> list[float]:
    """The share of running text that each word of the vocabulary has (Zipf)."""
    weights = [1 / rank**ZIPF for rank in range(1, WORDS + 1)]
    whole = sum(weights)
    return [weight / whole for weight in weights]


@cache
def running_text() -> list[str]:
    """A million words in which each occurs as often as Zipf says; drawing from it is quick."""
    text: list[str] = []
    for word, share in zip(vocabulary(), frequencies(), strict=True):
        text += [word] * max(1, round(share * 1_000_000))
    return text


def search_words(share: float) -> str:
    """Two words that stand together in about ``share`` of the lessons, and in no other word.

    A lesson has some 330 words, so a word of frequency p stands in 1 - (1 - p) ** 330 of them.
    """
    wanted = 1 - (1 - share**0.5) ** (1 / 330)
    every = "\n".join(vocabulary())
    alone = [
        (abs(frequency - wanted), word)
        for word, frequency in zip(vocabulary(), frequencies(), strict=True)
        if wanted / 2 < frequency < wanted * 2 and every.count(word) == 1
    ]
    return " ".join(word for _distance, word in sorted(alone)[:2])


def sentences(rng: Random, length: int) -> str:
    """``length`` words in sentences of some twelve."""
    words = rng.choices(running_text(), k=length)
    for start in range(0, length, 12):
        words[start] = words[start].capitalize()
        last = min(start + 11, length - 1)
        words[last] += "."
    return " ".join(words)


def point(rng: Random) -> str:
    """A title of six to twelve words."""
    return " ".join(rng.choices(running_text(), k=rng.randint(6, 12))).capitalize()


# --- Choices ------------------------------------------------------------------------------------


class Skewed:
    """Picks of ``values`` of which the first are the most popular."""

    def __init__(self, values: Sequence[Any], skew: float) -> None:
        self.values = values
        self.cumulated = list(accumulate(1 / rank**skew for rank in range(1, len(values) + 1)))

    def one(self, rng: Random) -> Any:
        return rng.choices(self.values, cum_weights=self.cumulated)[0]

    def some(self, rng: Random, least: int, most: int) -> list[Any]:
        """Between ``least`` and ``most`` picks, each value once."""
        picks = rng.choices(self.values, cum_weights=self.cumulated, k=rng.randint(least, most))
        return list(dict.fromkeys(picks))


def held(rng: Random, values: Sequence[str], most: int) -> str:
    """Up to ``most`` values of a vocabulary as ``ChoicesField`` keeps them."""
    chosen = set(rng.choices(values, k=rng.randint(0, most)))
    return f"|{'|'.join(one for one in values if one in chosen)}|" if chosen else ""


def some_day(rng: Random) -> date:
    """A day of the 23 years, more often a late one."""
    span = (LAST_DAY - FIRST_DAY).days
    return FIRST_DAY + timedelta(days=int(span * rng.random() ** 0.7))


def moment(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else None


def working_hour(rng: Random, day: date) -> datetime:
    return datetime.combine(day, time(rng.randint(6, 18), rng.randint(0, 59)))


# --- What there is whatever the size ------------------------------------------------------------


@dataclass(frozen=True)
class Agency:
    """An agency with the ids of its people; ``root`` is the head of its tree."""

    id: int
    code: str
    root: int
    people: range


def agencies() -> list[Agency]:
    """Forty agencies: eight heads, each with two regions and a post under either."""
    found = []
    for number in range(1, ROOTS * 5 + 1):
        root = (number - 1) % ROOTS + 1
        level = "ABCDE"[(number - 1) // ROOTS]
        first = (number - 1) * PER_AGENCY + 1
        code = f"{HOMES[root - 1]}-B{level}"
        found.append(Agency(number, code, root, range(first, first + PER_AGENCY)))
    return found


def parent_of(agency: Agency) -> int | None:
    above = (agency.id - 1) // ROOTS
    return None if above == 0 else agency.root + ROOTS * (above - 2 if above > 2 else 0)


ROLES = (
    *(Role.CONTRIBUTOR,) * 5,
    *(Role.REVIEWER, Role.REVIEWER, Role.ENDORSER, Role.COORDINATOR, Role.READER),
)
"""The roles of the people of an agency, in the order of their ids."""
READER_ID = ROLES.index(Role.REVIEWER) + 1
"""Who reads in the measurements: a reviewer of the most popular agency, a head with a tree."""
ADMINISTRATOR_ID = ROOTS * 5 * PER_AGENCY + 1
SAVER_IDS = [number * PER_AGENCY + 1 for number in range(8)]
"""Who saves in the measurements: a contributor in each of eight agencies."""
SAVED = "Benchmark: saved by many at once"
"""Title of the lessons that savers make."""


class Refs:
    """References by prefix, counted as the product counts them."""

    def __init__(self) -> None:
        self.last: Counter[str] = Counter()

    def next(self, prefix: str) -> str:
        self.last[prefix] += 1
        return f"{prefix}-{self.last[prefix]:04d}"

    def rows(self) -> list[Row]:
        return [{"prefix": prefix, "last": last} for prefix, last in self.last.items()]


@dataclass(frozen=True)
class Ids:
    """What the migrations of the product have made: ids of partners and themes to choose from."""

    partners: Sequence[int]
    themes: Sequence[int]


def record(rng: Random, number: int, ref: str, agency: Agency, at: datetime) -> Row:
    """The columns that every shared record has."""
    return {
        "id": number,
        "uuid": uuid.UUID(int=rng.getrandbits(128), version=4).hex,
        "ref": ref,
        "agency_id": agency.id,
        "created_by_id": rng.choice(agency.people[:5]),
        "created_at": moment(at),
        "updated_at": moment(at),
        "recorded_on": at.date().isoformat(),
        "version": 1,
        "tlp": rng.choices(MARKINGS, MARKED)[0],
        "title": point(rng),
    }


def world(ids: Ids, refs: Refs, seed: int = SEED) -> Rows:
    """Agencies, people and activities."""
    rows: Rows = {table: [] for table in WORLD}
    for agency in agencies():
        rows["agencies_agency"].append(
            {
                "id": agency.id,
                "code": agency.code,
                "name": f"Border service {agency.code}",
                "acronym": agency.code,
                "kind": AGENCY_KINDS[agency.id % len(AGENCY_KINDS)],
                "country": HOMES[agency.root - 1],
                "time_zone": "UTC",
                "device_drafts": True,
                "review_days": 30,
                "urgent_review_days": 10,
                "returned_reminder_days": 10,
                "returned_escalation_days": 30,
                "validation_days": 60,
                "reminder_before_days": 7,
                "escalation_after_days": 14,
                "active": True,
                "parent_id": parent_of(agency),
            }
        )
        for role, person in zip(ROLES, agency.people, strict=True):
            rows["agencies_user"].append(somebody(person, administers=False))
            rows["agencies_membership"].append(
                {
                    "role": role,
                    "active": True,
                    "created_at": BEGINNING,
                    "agency_id": agency.id,
                    "user_id": person,
                }
            )
    rows["agencies_user"].append(somebody(ADMINISTRATOR_ID, administers=True))
    activities(Random(seed), rows, ids, refs)
    return rows


def somebody(number: int, *, administers: bool) -> Row:
    return {
        "id": number,
        "password": "!",
        "is_superuser": administers,
        "is_staff": administers,
        "email": f"person{number}@benchmark.example",
        "name": f"Person {number}",
        "language": "en",
        "theme": "auto",
        "is_active": True,
        "blocked": False,
        "date_joined": BEGINNING,
    }


def activities(rng: Random, rows: Rows, ids: Ids, refs: Refs) -> None:
    """Agreements, programs, and exercises that differing audiences may see."""
    partners, offices = Skewed(ids.partners, 0.55), Skewed(agencies(), 0.6)

    def activity(number: int, infix: str, day: date, agency: Agency) -> Row:
        ref = refs.next(f"{agency.code}-{infix}-{day.year}")
        row = record(rng, number, ref, agency, working_hour(rng, day))
        return row | {"summary": sentences(rng, 60)}

    for number in range(1, AGREEMENTS + 1):
        day = some_day(rng)
        rows["programs_agreement"].append(
            activity(number, "AGR", day, offices.one(rng))
            | {
                "type": rng.choice(AgreementType.values),
                "stated_structure": "",
                "status": AgreementStatus.IN_FORCE,
                "signed_on": day.isoformat(),
                "in_force_on": day.isoformat(),
                "tacit_renewal": False,
                "instruments": "",
            }
        )
        for one in partners.some(rng, 1, 3):
            rows["programs_agreement_partners"].append({"agreement_id": number, "partner_id": one})

    for number in range(1, PROGRAMS + 1):
        day, agency = some_day(rng), offices.one(rng)
        rows["programs_program"].append(
            activity(number, "PRG", day, agency)
            | {
                "kind": rng.choice(ProgramKind.values),
                "lead_agency_id": agency.id,
                "agreement_id": rng.randint(1, AGREEMENTS),
                "starts_on": day.isoformat(),
                "ends_on": (day + timedelta(days=400)).isoformat(),
                "status": ProgramStatus.COMPLETED,
                "objectives": "",
                "delivery": "",
                "technology": "",
                "currency": "",
            }
        )
        for one in partners.some(rng, 1, 3):
            rows["programs_program_partners"].append({"program_id": number, "partner_id": one})

    for number in range(1, EXERCISES + 1):
        day, agency = some_day(rng), offices.one(rng)
        rows["programs_exercise"].append(
            activity(number, "EXE", day, agency)
            | {
                "kind": rng.choice(ExerciseKind.values),
                "status": ExerciseStatus.HELD,
                "program_id": rng.randint(1, PROGRAMS) if rng.random() < 0.5 else None,
                "agreement_id": rng.randint(1, AGREEMENTS),
                "lead_agency_id": agency.id,
                "host_country": "",
                "place": rng.choice(PLACES),
                "starts_on": day.isoformat(),
                "starts_precision": Precision.DAY,
                "ends_on": (day + timedelta(days=rng.randint(0, 20))).isoformat(),
                "ends_precision": Precision.DAY,
                "scenario": "",
                "threats": held(rng, Threat.values, 2),
                "technology": "",
                "currency": "",
                "source_id": "",
            }
        )
        for one in partners.some(rng, 1, 3):
            rows["programs_exercise_partners"].append({"exercise_id": number, "partner_id": one})
        for other in offices.some(rng, 0, 2):
            rows["programs_exercise_released_to"].append(
                {"exercise_id": number, "agency_id": other.id}
            )
        for other in offices.some(rng, 0, 3):
            role = ParticipationRole.PARTICIPANT
            rows["programs_participation"].append(
                {"exercise_id": number, "agency_id": other.id, "role": role}
            )


# --- Lessons ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gates:
    """When a lesson passed each gate; ``None`` where it has not."""

    created: datetime
    submitted: datetime | None
    taken: datetime | None
    published: datetime | None
    identified: datetime | None
    learned: datetime | None

    @classmethod
    def of(cls, rng: Random, status: str, occurred: date) -> Gates:
        """Moments in order, those that ``status`` has behind it."""
        created = working_hour(rng, occurred + timedelta(days=rng.randint(0, 30)))
        submitted = created + timedelta(days=rng.randint(0, 10))
        taken = submitted + timedelta(days=rng.randint(0, 10))
        published = taken + timedelta(days=rng.randint(1, 30))
        learned = published + timedelta(days=rng.randint(30, 200))
        return cls(
            created,
            None if status in UNSUBMITTED else submitted,
            None if status in UNTAKEN else taken,
            None if status in UNPUBLISHED else published,
            None if status in UNIDENTIFIED else published,
            learned if status == Status.LEARNED else None,
        )


class Lessons:
    """``size`` lessons with what belongs to them, in batches of rows by table."""

    def __init__(self, size: int, ids: Ids, refs: Refs, seed: int = SEED) -> None:
        self.size = size
        self.refs = refs
        self.rng = Random(seed + 1)
        self.offices = Skewed(agencies(), 0.6)
        self.partners = Skewed(ids.partners, 0.55)
        self.themes = Skewed(ids.themes, 0.3)
        self.exercises = Skewed(range(1, EXERCISES + 1), 0.6)
        self.last_published: int | None = None
        self.actions = 0

    def batches(self, length: int = 2_000) -> Iterator[Rows]:
        for start in range(1, self.size + 1, length):
            rows: Rows = {table: [] for table in OF_LESSONS}
            for number in range(start, min(start + length, self.size + 1)):
                self.add(rows, number)
            yield rows

    def add(self, rows: Rows, number: int) -> None:
        """The lesson ``number``, by somebody of some agency, in some status."""
        agency: Agency = self.offices.one(self.rng)
        status = self.rng.choices(list(STATUSES), list(STATUSES.values()))[0]
        if status == Status.SUPERSEDED and self.last_published is None:
            status = Status.NOTED
        occurred = some_day(self.rng)
        gates = Gates.of(self.rng, status, occurred)
        ref = self.refs.next(f"{agency.code}-{gates.created.year}")
        lesson = record(self.rng, number, ref, agency, gates.created)
        reviewer = agency.people[5 + number % 2]
        lesson |= {
            "originator_id": lesson["created_by_id"],
            "status": status,
            "reviewer_id": reviewer if gates.taken else None,
            "submitted_at": moment(gates.submitted),
            "taken_at": moment(gates.taken),
            "published_at": moment(gates.published),
            "identified_at": moment(gates.identified),
            "learned_at": moment(gates.learned),
            "submitted_on": gates.submitted.date().isoformat() if gates.submitted else None,
            "superseded_by_id": self.last_published if status == Status.SUPERSEDED else None,
            "occurred_on": occurred.isoformat() if self.rng.random() < 0.95 else None,
        }
        rows["lessons_lesson"].append(lesson | self.origin() | self.contents())
        for partner in self.partners.some(self.rng, 1, 3):
            rows["lessons_lesson_partners"].append({"lesson_id": number, "partner_id": partner})
        for theme in self.themes.some(self.rng, 1, 3):
            rows["lessons_lesson_themes"].append({"lesson_id": number, "theme_id": theme})
        self.release(rows, number, lesson["tlp"], agency)
        if status in WITH_ACTIONS:
            self.act(rows, number, WITH_ACTIONS[status], agency, gates)
        if gates.published and status not in {Status.SUPERSEDED, Status.ARCHIVED}:
            self.last_published = number

    def origin(self) -> Row:
        """What a lesson comes from: mostly an exercise, else a program or an agreement."""
        chance = self.rng.random()
        program, agreement = self.rng.randint(1, PROGRAMS), self.rng.randint(1, AGREEMENTS)
        return {
            "exercise_id": self.exercises.one(self.rng) if chance < 0.6 else None,
            "program_id": program if 0.6 <= chance < 0.75 else None,
            "agreement_id": agreement if 0.75 <= chance < 0.85 else None,
            "reporting_context": self.rng.choice(ReportingContext.values),
        }

    def contents(self) -> Row:
        """What it says, and how it is sorted."""
        rng = self.rng
        texts = ("observation", "discussion", "conclusion", "recommendation")
        return {name: sentences(rng, rng.randint(40, 120)) for name in texts} | {
            "original_observation": "",
            "applies_when": "",
            "does_not_apply_when": "",
            "kind": rng.choices(Kind.values, (7, 3))[0],
            "category": rng.choices(Category.values, (4, 2, 3, 1))[0],
            "priority": rng.choices(Priority.values, (1, 2, 7))[0],
            "attribution": rng.choice(Attribution.values),
            "threats": held(rng, Threat.values, 3),
            "dotmlpfi": held(rng, Dotmlpfi.values, 3),
            "occurred_precision": Precision.DAY,
            "place": rng.choice(PLACES),
            "evidence_source": "",
            "evidence_information": "",
            "language": "en",
            "source_id": "",
        }

    def release(self, rows: Rows, number: int, tlp: str, agency: Agency) -> None:
        """Agencies that may read it, or at RED people by name."""
        if tlp in {TLP.AMBER, TLP.AMBER_STRICT}:
            for other in self.offices.some(self.rng, 0, 3):
                rows["lessons_lesson_released_to"].append(
                    {"lesson_id": number, "agency_id": other.id}
                )
        if tlp == TLP.RED:
            for person in self.rng.sample(agency.people, 2):
                rows["lessons_lesson_red_recipients"].append(
                    {"lesson_id": number, "user_id": person}
                )

    def act(self, rows: Rows, lesson: int, status: str, agency: Agency, gates: Gates) -> None:
        """One action, as far as the lesson is."""
        self.actions += 1
        begun = gates.identified or gates.created
        due = (begun + timedelta(days=self.rng.randint(30, 300))).date().isoformat()
        verified = status == ActionStatus.VERIFIED
        finished = moment(begun + timedelta(days=20)) if verified else None
        owner = agency.people[self.rng.randint(0, 4)]
        rows["lessons_action"].append(
            {
                "id": self.actions,
                "title": point(self.rng),
                "element": self.rng.choice(CapabilityElement.values),
                "start_on": begun.date().isoformat(),
                "due_on": due,
                "original_due_on": due,
                "status": status,
                "created_at": moment(begun),
                "body_id": agency.id,
                "owner_id": owner,
                "accepted_at": moment(begun),
                "version": 1,
                "finished_at": finished,
                "finished_by_id": owner if verified else None,
                "verified_at": finished,
                "verified_by_id": agency.people[7] if verified else None,
            }
        )
        rows["lessons_action_lessons"].append({"action_id": self.actions, "lesson_id": lesson})


def everything(size: int, ids: Ids, seed: int = SEED) -> Iterator[Rows]:
    """All rows of an installation of ``size`` lessons, in batches by table."""
    refs = Refs()
    yield world(ids, refs, seed)
    yield from Lessons(size, ids, refs, seed).batches()
    yield {COUNTERS: refs.rows()}
