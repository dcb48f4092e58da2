"""What is missing in the work with partners, by rules that can be read.

The partner's page, home and the report of gaps all ask here. A gap is computed from what the
reader may see, so two readers may see different gaps. ``docs/guide/gaps.md`` says the rules to
those who read them; ``RULES`` is what the pages say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import models
from django.db.models import ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap

from agencies.models import Partner, User
from insights import links
from lessons.facets import Reading
from lessons.names import partners
from lessons.vocabulary import Category, Status
from programs import facets as activities
from programs.models import EVALUATION_DAYS, Agreement, Evaluation, Exercise, Program
from programs.vocabulary import ProgramStatus
from records.choices import folded
from records.vocabulary import TLP

YEARS = 2
"""For so long an exercise covers the categories of the lessons that came from it."""
TITLE = 90


class GapKind(models.TextChoices):
    """What can be missing, the most pressing first."""

    EVALUATION = "evaluation", gettext_lazy("Evaluation overdue")
    REVIEW = "review", gettext_lazy("Agreement past its review")
    ENDED = "ended", gettext_lazy("Agreement past its end")
    NO_LESSON = "no_lesson", gettext_lazy("Held without a lesson")
    CATEGORY = "category", gettext_lazy("Category without an exercise for 24 months")


RULES = {
    GapKind.EVALUATION: gettext_lazy(
        "Exercises that were held, ended more than 60 days ago and are not evaluated."
    ),
    GapKind.REVIEW: gettext_lazy("Agreements in force whose day of review has passed."),
    GapKind.ENDED: gettext_lazy(
        "Agreements recorded as in force that ended and do not renew by themselves."
    ),
    GapKind.NO_LESSON: gettext_lazy(
        "Exercises held and programs completed from which no lesson comes; rejected "
        "observations are none."
    ),
    GapKind.CATEGORY: gettext_lazy(
        "Categories in which no lesson came from an exercise that was held with the partner and "
        "ended within the last 24 months; partners with an agreement in force, a running program "
        "or an exercise ever held."
    ),
}


TO_DO = {
    GapKind.EVALUATION: gettext_lazy(
        "Rate every objective; log a lesson, or say why there is none."
    ),
    GapKind.REVIEW: gettext_lazy("Hold the review and set the day of the next one."),
    GapKind.ENDED: gettext_lazy("Renew the agreement, or record that it has expired."),
    GapKind.NO_LESSON: gettext_lazy("Ask those who were there, and log what they saw."),
    GapKind.CATEGORY: gettext_lazy(
        "Log what recent exercises taught on it, or plan one that tries it."
    ),
}


@dataclass(frozen=True)
class Gap:
    """What is missing, since when, and where it can be looked into and mended.

    ``record`` is what the record is (``exercise``, ``program``, ``agreement``); ``title``, ``tlp``
    and ``agency`` (the id of who recorded it) are its own. A category without an exercise has none,
    but the ``code`` of its partner and the ``tlp`` of the exercise that ``since`` is of; without a
    ``category`` it is all of them: no exercise at all.
    ``since`` is the first day on which it was so, ``None`` where it always was. ``reason`` is what
    an evaluation says why there is no lesson.
    """

    kind: GapKind
    since: date | None
    partners: tuple[int, ...]
    record: str = ""
    title: str = ""
    ref: str = ""
    tlp: str = ""
    agency: int | None = None
    category: str = ""
    code: str = ""
    reason: str = ""

    @property
    def is_late(self) -> bool:
        return self.kind in (GapKind.EVALUATION, GapKind.REVIEW, GapKind.ENDED)

    @property
    def is_red(self) -> bool:
        """It names a ``TLP:RED`` record, which does not go on paper."""
        return self.tlp == TLP.RED

    @property
    def url(self) -> str:
        """The record, or the list of what there is."""
        if self.record:
            return reverse(f"programs:{self.record}", args=[self.ref])
        if self.category:
            return links.lessons(partner=self.code, category=self.category)
        return links.exercises(partner=self.code)

    @property
    def name(self) -> str:
        """What is concerned: a record by its title, or a category."""
        if self.kind != GapKind.CATEGORY:
            return truncatechars(self.title, TITLE)
        return str(Category(self.category).label) if self.category else _("All categories")

    @property
    def small(self) -> str:
        """Since when, and why if that is known."""
        if self.since is None:
            return _("no exercise so far") if not self.category else _("from no exercise so far")
        if self.kind == GapKind.NO_LESSON:
            ended = _("ended %(day)s") % {"day": date_format(self.since, "M Y")}
            why = _("the evaluation says: “%(why)s”") % {"why": truncatechars(self.reason, TITLE)}
            return f"{ended}; {why}" if self.reason else ended
        words = {
            GapKind.EVALUATION: _("due since %(day)s"),
            GapKind.REVIEW: _("due since %(day)s"),
            GapKind.ENDED: _("ended on %(day)s"),
            GapKind.CATEGORY: _("none since %(day)s"),
        }
        return words[self.kind] % {"day": date_format(self.since, "j M Y")}


@dataclass(frozen=True)
class Gaps:
    """All gaps that a reader may know of on a day: kind by kind, of records the latest first."""

    every: list[Gap] = field(default_factory=list)

    def __iter__(self) -> Any:
        return iter(self.every)

    def __len__(self) -> int:
        return len(self.every)

    def of(self, kind: str) -> list[Gap]:
        return self.by_kind.get(GapKind(kind), [])

    @cached_property
    def by_kind(self) -> Mapping[GapKind, list[Gap]]:
        found: dict[GapKind, list[Gap]] = {}
        for gap in self.every:
            found.setdefault(gap.kind, []).append(gap)
        return found


def gaps(
    reader: User,
    on: date,
    *,
    partner: Partner | None = None,
    reading: Reading | None = None,
    exportable: bool = False,
) -> Gaps:
    """What is missing on ``on``: with ``partner``, or with anybody.

    ``exportable`` leaves ``TLP:RED`` out, records and lessons alike, as files must.
    """
    search = Search(reader, on, partner, reading or Reading(reader), exportable)
    found = [*search.activities(), *search.agreements(), *search.categories()]
    order = list(GapKind)
    # Categories stay as they come: partner by partner.
    found.sort(
        key=lambda gap: (
            order.index(gap.kind),
            0 if gap.kind == GapKind.CATEGORY or gap.since is None else -gap.since.toordinal(),
        )
    )
    return Gaps(found)


class Row(NamedTuple):
    """An exercise that was held, a lasting program or an agreement in force, as far as gaps ask.

    An agreement ``ends_on`` the day it expires. What a kind of record does not have is empty.
    """

    record: str
    pk: int
    ref: str
    title: str
    tlp: str
    agency: int
    status: str
    starts_on: date | None
    ends_on: date | None
    recorded_on: date | None
    review_on: date | None
    evaluation_is_overdue: bool
    review_is_overdue: bool
    has_ended: bool
    reason: str | None


# PostgreSQL takes an empty value of no type for a text.
NO_DAY = Cast(Value(None), models.DateField())
NO = Value(False)
COMMON = ("pk", "ref", "title", "tlp", "agency_id")


@dataclass
class Search:
    """One look for gaps: each kind of record is read once, lessons are sets of ids."""

    reader: User
    on: date
    partner: Partner | None
    reading: Reading
    exportable: bool

    @cached_property
    def rows(self) -> Mapping[str, list[Row]]:
        """The records that the reader may see, by kind; all of them by one query."""
        exercise = (
            *(Value(""), NO_DAY, F("ends_on"), NO_DAY, NO_DAY),
            *(among(Exercise.objects.evaluation_overdue(self.on)), NO, NO, REASON),
        )
        program = (
            *(F("status"), F("starts_on"), F("ends_on"), F("recorded_on"), NO_DAY),
            *(NO, NO, NO, Value("")),
        )
        agreement = (
            *(Value(""), NO_DAY, F("expires_on"), NO_DAY, F("next_review_on"), NO),
            *(among(Agreement.objects.review_overdue(self.on)),),
            *(among(Agreement.objects.ended(self.on)), Value("")),
        )
        lasting = Program.objects.filter(
            status__in=[ProgramStatus.RUNNING, ProgramStatus.COMPLETED]
        )
        parts = [
            self.seen(rows).values_list(Value(record), *COMMON, *columns)
            for record, rows, columns in (
                ("exercise", Exercise.objects.held(), exercise),
                ("program", lasting, program),
                ("agreement", Agreement.objects.in_force(), agreement),
            )
        ]
        found: dict[str, list[Row]] = {kind: [] for kind in activities.KINDS}
        for row in map(Row._make, parts[0].union(*parts[1:], all=True)):
            found[row.record].append(row)
        return found

    def seen(self, records: QuerySet) -> QuerySet:
        """Those of ``records`` that the reader may see, without an order."""
        every: Any = records.model._default_manager
        found = every.visible_to(self.reader).filter(pk__in=records.values("pk")).order_by()
        if self.exportable:
            found = found.exportable()
        rows: QuerySet = found if self.partner is None else found.filter(partners=self.partner)
        return rows

    @cached_property
    def partners(self) -> Mapping[str, Mapping[int, tuple[int, ...]]]:
        """Kind → record → the ids of its partners."""
        return {
            kind: activities.partners_of(self.reading.state, kind, [row.pk for row in rows])
            for kind, rows in self.rows.items()
        }

    @cached_property
    def lessons(self) -> BitMap:
        """The lessons that count: those the reader may see, in every status but rejected."""
        values = self.reading.values("status")
        found: BitMap = self.reading.visible - values.get(Status.REJECTED, BitMap())
        if self.exportable:
            found = found - self.reading.values("tlp").get(TLP.RED, BitMap())
        return found

    def gap(self, kind: GapKind, since: date | None, row: Row, reason: str = "") -> Gap:
        partners = self.partners[row.record].get(row.pk, ())
        return Gap(
            kind,
            since,
            partners,
            row.record,
            row.title,
            row.ref,
            row.tlp,
            row.agency,
            reason=reason,
        )

    # --- Held activities ---------------------------------------------------------------------

    def activities(self) -> Iterable[Gap]:
        by_exercise, by_program = self.reading.values("exercise"), self.reading.values("program")
        for row in self.rows["exercise"]:
            if row.evaluation_is_overdue and row.ends_on:
                due = row.ends_on + timedelta(days=EVALUATION_DAYS)
                yield self.gap(GapKind.EVALUATION, due, row)
            if not self.lessons.intersect(by_exercise.get(row.pk, BitMap())):
                yield self.gap(GapKind.NO_LESSON, row.ends_on, row, row.reason or "")
        for row in self.rows["program"]:
            if row.status != ProgramStatus.COMPLETED:
                continue
            if not self.lessons.intersect(by_program.get(row.pk, BitMap())):
                ended = row.ends_on or row.starts_on or row.recorded_on
                yield self.gap(GapKind.NO_LESSON, ended, row)

    # --- Agreements --------------------------------------------------------------------------

    def agreements(self) -> Iterable[Gap]:
        for row in self.rows["agreement"]:
            if row.review_is_overdue:
                yield self.gap(GapKind.REVIEW, row.review_on, row)
            if row.has_ended:
                yield self.gap(GapKind.ENDED, row.ends_on, row)

    # --- Categories without an exercise ------------------------------------------------------

    def categories(self) -> Iterable[Gap]:
        """With each partner, the categories that no recent exercise brought a lesson in."""
        since = years_before(self.on, YEARS)
        last = self.last_of_each()
        for partner in self.worked_with():
            held = last.get(partner.pk, {})
            latest = held.get("")
            for category in Category if latest and latest.ends_on >= since else ("",):
                last_one = held.get(category)
                if last_one is None or last_one.ends_on < since:
                    yield Gap(
                        GapKind.CATEGORY,
                        last_one.ends_on if last_one else None,
                        (partner.pk,),
                        tlp=last_one.tlp if last_one else "",
                        category=str(category),
                        code=partner.code,
                    )

    def last_of_each(self) -> Mapping[int, Mapping[str, Last]]:
        """Partner → category → the last exercise that brought a lesson in it.

        Under no category stands the last exercise of all.
        """
        by_exercise, by_category = self.reading.values("exercise"), self.reading.values("category")
        lessons = {
            category: self.lessons & by_category[category]
            for category in Category
            if category in by_category
        }
        last: defaultdict[int, dict[str, Last]] = defaultdict(dict)
        for row in self.rows["exercise"]:
            if row.ends_on is None:
                continue
            exercise = Last(row.ends_on, row.tlp)
            taught = by_exercise.get(row.pk, BitMap())
            brought = [one for one, held in lessons.items() if held.intersect(taught)]
            for partner in self.partners["exercise"].get(row.pk, ()):
                of_partner = last[partner]
                for category in ("", *brought):
                    known = of_partner.get(category)
                    if known is None or known.ends_on < exercise.ends_on:
                        of_partner[category] = exercise
        return last

    def worked_with(self) -> Iterable[Partner]:
        """Partners with an agreement in force, a running program or an exercise ever held."""
        running = [row.pk for row in self.rows["program"] if row.status == ProgramStatus.RUNNING]
        if self.partner is not None:
            worked = any((self.rows["exercise"], self.rows["agreement"], running))
            return [self.partner] if worked and not self.partner.historical else []
        named = [
            *self.partners["exercise"].values(),
            *self.partners["agreement"].values(),
            *(self.partners["program"].get(pk, ()) for pk in running),
        ]
        known = partners(self.reading.state)
        found = {known[pk] for several in named for pk in several if not known[pk].historical}
        return sorted(found, key=lambda partner: folded(partner.label))


class Last(NamedTuple):
    """The last exercise of some, and how it is marked."""

    ends_on: date
    tlp: str


REASON = Subquery(
    Evaluation.objects.filter(exercise=OuterRef("pk"))
    .order_by("-at", "-pk")
    .values("no_lesson")[:1]
)
"""What the latest evaluation of an exercise says why it has no lesson."""


def among(found: QuerySet) -> ExpressionWrapper:
    """Whether a row is one of ``found``."""
    return ExpressionWrapper(Q(pk__in=found.values("pk")), output_field=models.BooleanField())


def years_before(day: date, years: int) -> date:
    """The same day ``years`` earlier; 28 February for a leap day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
