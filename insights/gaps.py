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
from django.db.models import ExpressionWrapper, Model, Q, QuerySet
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap

from agencies.models import Partner, User
from insights import links
from lessons.facets import Reading
from lessons.vocabulary import Category, Status
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


class Held(NamedTuple):
    """An exercise that was held, as far as gaps ask."""

    pk: int
    ref: str
    title: str
    tlp: str
    agency: int
    ends_on: date
    is_overdue: bool


class Ended(NamedTuple):
    """A program that was completed or is running."""

    pk: int
    ref: str
    title: str
    tlp: str
    agency: int
    status: str
    starts_on: date | None
    ends_on: date | None
    recorded_on: date


class Binding(NamedTuple):
    """An agreement in force."""

    pk: int
    ref: str
    title: str
    tlp: str
    agency: int
    next_review_on: date | None
    expires_on: date | None
    review_is_overdue: bool
    has_ended: bool


COMMON = ("pk", "ref", "title", "tlp", "agency_id")


@dataclass
class Search:
    """One look for gaps: each kind of record is read once, lessons are sets of ids."""

    reader: User
    on: date
    partner: Partner | None
    reading: Reading
    exportable: bool

    def rows(self, model: type[Exercise | Program | Agreement], condition: Q) -> QuerySet:
        """The records that the reader may see and that ``condition`` holds for."""
        found: Any = model.objects.visible_to(self.reader).filter(condition).order_by()
        if self.exportable:
            found = found.exportable()
        if self.partner is not None:
            found = found.filter(partners=self.partner)
        rows: QuerySet = found
        return rows

    def partners_of(
        self, model: type[Model], rows: Iterable[Held | Ended | Binding]
    ) -> Mapping[int, tuple[int, ...]]:
        """Record → the ids of its partners, for ``rows``, which the reader may see."""
        column, seen = f"{model._meta.model_name}_id", {row.pk for row in rows}
        through: Any = getattr(model, "partners").through  # noqa: B009 - each kind has its own
        linked = through._base_manager.order_by("pk")
        if self.partner is not None:
            named = through._base_manager.filter(partner=self.partner).values(column)
            linked = linked.filter(**{f"{column}__in": named})
        found: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
        for pk, partner in linked.values_list(column, "partner_id"):
            if pk in seen:
                found[pk] += (partner,)
        return found

    @cached_property
    def lessons(self) -> BitMap:
        """The lessons that count: those the reader may see, in every status but rejected."""
        values = self.reading.values("status")
        found: BitMap = self.reading.visible - values.get(Status.REJECTED, BitMap())
        if self.exportable:
            found = found - self.reading.values("tlp").get(TLP.RED, BitMap())
        return found

    # --- Held activities ---------------------------------------------------------------------

    @cached_property
    def exercises(self) -> list[Held]:
        held = Q(pk__in=Exercise.objects.held().values("pk"))
        overdue = among(Exercise.objects.evaluation_overdue(self.on))
        rows = self.rows(Exercise, held).values_list(*COMMON, "ends_on", overdue)
        return [Held(*row) for row in rows]

    @cached_property
    def programs(self) -> list[Ended]:
        lasting = Q(status__in=[ProgramStatus.RUNNING, ProgramStatus.COMPLETED])
        columns = (*COMMON, "status", "starts_on", "ends_on", "recorded_on")
        return [Ended(*row) for row in self.rows(Program, lasting).values_list(*columns)]

    @cached_property
    def partners_of_exercises(self) -> Mapping[int, tuple[int, ...]]:
        return self.partners_of(Exercise, self.exercises)

    @cached_property
    def partners_of_programs(self) -> Mapping[int, tuple[int, ...]]:
        return self.partners_of(Program, self.programs)

    @cached_property
    def reasons(self) -> dict[int, str]:
        """What the latest evaluation of each exercise says why it has no lesson."""
        told = Evaluation.objects.order_by("at", "pk")
        if self.partner is not None:
            told = told.filter(exercise__partners=self.partner)
        return dict(told.values_list("exercise_id", "no_lesson"))

    def activities(self) -> Iterable[Gap]:
        by_exercise, by_program = self.reading.values("exercise"), self.reading.values("program")
        for exercise in self.exercises:
            common = self.common("exercise", exercise, self.partners_of_exercises)
            if exercise.is_overdue:
                due = exercise.ends_on + timedelta(days=EVALUATION_DAYS)
                yield Gap(GapKind.EVALUATION, due, **common)
            if not self.lessons.intersect(by_exercise.get(exercise.pk, BitMap())):
                why = self.reasons.get(exercise.pk, "")
                yield Gap(GapKind.NO_LESSON, exercise.ends_on, **common, reason=why)
        for program in self.programs:
            if program.status != ProgramStatus.COMPLETED:
                continue
            if not self.lessons.intersect(by_program.get(program.pk, BitMap())):
                ended = program.ends_on or program.starts_on or program.recorded_on
                common = self.common("program", program, self.partners_of_programs)
                yield Gap(GapKind.NO_LESSON, ended, **common)

    def common(
        self, record: str, row: Held | Ended | Binding, partners: Mapping[int, tuple[int, ...]]
    ) -> dict[str, Any]:
        return {
            "partners": partners.get(row.pk, ()),
            "record": record,
            "title": row.title,
            "ref": row.ref,
            "tlp": row.tlp,
            "agency": row.agency,
        }

    # --- Agreements --------------------------------------------------------------------------

    @cached_property
    def binding(self) -> list[Binding]:
        in_force = Q(pk__in=Agreement.objects.in_force().values("pk"))
        to_review = among(Agreement.objects.review_overdue(self.on))
        ended = among(Agreement.objects.ended(self.on))
        columns = (*COMMON, "next_review_on", "expires_on", to_review, ended)
        return [Binding(*row) for row in self.rows(Agreement, in_force).values_list(*columns)]

    @cached_property
    def partners_of_agreements(self) -> Mapping[int, tuple[int, ...]]:
        return self.partners_of(Agreement, self.binding)

    def agreements(self) -> Iterable[Gap]:
        for agreement in self.binding:
            common = self.common("agreement", agreement, self.partners_of_agreements)
            if agreement.review_is_overdue:
                yield Gap(GapKind.REVIEW, agreement.next_review_on, **common)
            if agreement.has_ended:
                yield Gap(GapKind.ENDED, agreement.expires_on, **common)

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

    def last_of_each(self) -> Mapping[int, Mapping[str, Held]]:
        """Partner → category → the last exercise that brought a lesson in it.

        Under no category stands the last exercise of all.
        """
        by_exercise, by_category = self.reading.values("exercise"), self.reading.values("category")
        lessons = {
            category: self.lessons & by_category[category]
            for category in Category
            if category in by_category
        }
        last: defaultdict[int, dict[str, Held]] = defaultdict(dict)
        for exercise in self.exercises:
            taught = by_exercise.get(exercise.pk, BitMap())
            brought = [one for one, held in lessons.items() if held.intersect(taught)]
            for partner in self.partners_of_exercises.get(exercise.pk, ()):
                of_partner = last[partner]
                for category in ("", *brought):
                    known = of_partner.get(category)
                    if known is None or known.ends_on < exercise.ends_on:
                        of_partner[category] = exercise
        return last

    def worked_with(self) -> Iterable[Partner]:
        """Partners with an agreement in force, a running program or an exercise ever held."""
        if self.partner is not None:
            worked = any((self.exercises, self.binding, self.running()))
            return [self.partner] if worked and not self.partner.historical else []
        named = [
            *self.partners_of_exercises.values(),
            *self.partners_of_agreements.values(),
            *(self.partners_of_programs.get(pk, ()) for pk in self.running()),
        ]
        keys = {partner for several in named for partner in several}
        known = Partner.objects.filter(pk__in=keys, historical=False)
        return sorted(known, key=lambda partner: folded(partner.label))

    def running(self) -> list[int]:
        return [one.pk for one in self.programs if one.status == ProgramStatus.RUNNING]


def among(found: QuerySet) -> ExpressionWrapper:
    """Whether a row is one of ``found``."""
    return ExpressionWrapper(Q(pk__in=found.values("pk")), output_field=models.BooleanField())


def years_before(day: date, years: int) -> date:
    """The same day ``years`` earlier; 28 February for a leap day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
