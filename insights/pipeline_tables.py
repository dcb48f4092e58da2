"""The state of learning as tables: the same rows for the page, for its drawings and for files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import User
from agencies.roles import Permission
from insights import links
from insights.estimates import FEW, MEDIAN, MOST, Share, Waits, shares
from insights.pipeline import STEPS, Learning, Turnaround
from insights.tables import Cell, Part, Row, Table, Words, number, of_100, percent, unknown
from lessons.models import Lesson
from lessons.vocabulary import Category, Kind, Status
from pages.numbers import grouped

Asked = Mapping[str, list[str]]
"""The filters of the page, by name."""


def narrowed(asked: Asked) -> dict[str, Any]:
    """The filters of the page as those of the list of lessons."""
    return {name: list(values) for name, values in asked.items()}


# --- Where lessons stand -----------------------------------------------------------------------


def stages(found: Learning, asked: Asked, reader: User) -> Table:
    most = max(found.stages.values(), default=0)
    return Table(
        "stages",
        _("Where lessons stand now"),
        _("Of all lessons that you may read. Drafts are those of their authors alone."),
        _("Status"),
        (_("Lessons"),),
        [
            Row(
                str(status.label),
                [number(found.stages[status], links.lessons(**narrowed(asked), status=status))],
                drawn=(Part(0, of_100(found.stages[status], most)),),
            )
            for status in Status
            if found.stages[status]
        ],
    )


# --- How long it takes -------------------------------------------------------------------------

STEP_WORDS = {
    "submitted": gettext_lazy("Observed to submitted"),
    "published": gettext_lazy("Submitted to published"),
    "identified": gettext_lazy("Published to identified"),
    "started": gettext_lazy("Identified to first action started"),
    "validating": gettext_lazy("First action started to validation"),
    "learned": gettext_lazy("Validation to learned"),
}
DAYS_KEY = (("full", gettext_lazy("median")), ("hatched", gettext_lazy("nine of ten")))
ESTIMATE = gettext_lazy(
    "What still waits is counted with the days it has waited so far, and what went another way "
    "until it did: both figures are estimates of Kaplan and Meier, not those of the finished only. "
    "“Not reached” means that too many still wait, or went another way, to tell."
)


def days_of(waits: Waits) -> list[Cell]:
    return [days(waits.within(share), waits) for share in (MEDIAN, MOST)]


def days(value: int | None, waits: Waits) -> Cell:
    if waits.is_empty:
        return unknown()
    if value is None:
        return unknown(_("not reached"))
    words = ngettext("%(number)s day", "%(number)s days", value) % {"number": grouped(value)}
    return Cell(words, value)


def days_drawn(waits: Waits, most: int) -> tuple[Part, ...]:
    """The median, and from there on nine of ten, as far as they are known."""
    median, high = waits.within(MEDIAN), waits.within(MOST)
    if median is None:
        return ()
    first = of_100(median, most)
    if high is None:
        return (Part(0, first),)
    return (Part(0, first), Part(first, of_100(high - median, most), "hatched"))


def longest(every: list[Waits]) -> int:
    known = [waits.within(share) for waits in every for share in (MEDIAN, MOST)]
    return max((value for value in known if value is not None), default=0)


def steps(found: Learning, asked: Asked, reader: User) -> Table:
    waits = found.steps.waits
    most = longest(list(waits.values()))
    notes = [str(ESTIMATE)]
    notes.append(
        _(
            "The first step counts only lessons of which the day is known exactly. Drafts of others, "
            "and what waits for review in other agencies, are not for you to see: the first two "
            "steps may take longer than they seem to."
        )
    )
    if found.steps.undated:
        notes.append(
            ngettext(
                "%(number)s lesson took a step on a day that is not recorded or cannot be true; "
                "that step of it is not counted.",
                "%(number)s lessons took a step on a day that is not recorded or cannot be true; "
                "those steps of them are not counted.",
                found.steps.undated,
            )
            % {"number": grouped(found.steps.undated)}
        )
    return Table(
        "steps",
        _("How long each step takes"),
        _("Whole days from one point to the next, each for the first time."),
        _("Step"),
        (
            _("Median"),
            _("Nine of ten within"),
            _("Took it"),
            _("Still wait"),
            _("Went another way"),
        ),
        [
            Row(
                str(STEP_WORDS[end]),
                [
                    *days_of(waits[end]),
                    number(waits[end].done.total()),
                    number(waits[end].waiting.total()),
                    number(waits[end].left.total()),
                ],
                drawn=days_drawn(waits[end], most),
            )
            for _start, end in STEPS
        ],
        DAYS_KEY,
        notes,
    )


# --- What is late ------------------------------------------------------------------------------


def overdue(found: Learning, asked: Asked, reader: User) -> Table:
    """Agencies with the most overdue first."""
    rows = []
    most = max((late.overdue for late in found.late.values()), default=0)
    agencies = sorted(
        found.late.items(), key=lambda pair: (-pair[1].overdue, str(found.agencies[pair[0]]))
    )
    for pk, late in agencies:
        agency = found.agencies[pk]
        of_agency = {**narrowed(asked), "agency": agency.code}
        in_review = links.lessons(
            **of_agency, status=[Status.SUBMITTED, Status.IN_REVIEW], sort="review"
        )
        rows.append(
            Row(
                agency.name,
                [
                    number(late.reviews_overdue, tone="late"),
                    number(late.reviews, in_review),
                    number(late.validations_overdue, tone="late"),
                    number(late.validations, links.lessons(**of_agency, status=Status.VALIDATING)),
                    number(late.actions_overdue, tone="late"),
                    number(late.actions),
                ],
                drawn=overdue_drawn(
                    (late.reviews_overdue, late.validations_overdue, late.actions_overdue), most
                ),
            )
        )
    return Table(
        "overdue",
        _("Overdue by agency"),
        _("Reviews and validations of the recording agency, actions of the action body."),
        _("Agency"),
        (
            _("Reviews overdue"),
            _("Waiting for review"),
            _("Validations overdue"),
            _("Waiting for validation"),
            _("Actions overdue"),
            _("Actions to finish"),
        ),
        rows,
        (
            ("full", _("reviews")),
            ("hatched", _("validations")),
            ("dotted", _("actions overdue")),
        ),
        empty=_("Nothing waits."),
    )


def overdue_drawn(numbers: tuple[int, ...], most: int) -> tuple[Part, ...]:
    parts, start = [], 0.0
    for value, tone in zip(numbers, ("full", "hatched", "dotted"), strict=True):
        if value:
            parts.append(Part(start, of_100(value, most), tone))
            start += parts[-1].length
    return tuple(parts)


# --- How long reviews take ---------------------------------------------------------------------

REVIEW_HEADINGS = (
    gettext_lazy("Median"),
    gettext_lazy("Nine of ten within"),
    gettext_lazy("Decided"),
    gettext_lazy("Not decided yet"),
    gettext_lazy("Handed over"),
)


def review_cells(waits: Waits) -> list[Cell]:
    return [
        *days_of(waits),
        number(waits.done.total()),
        number(waits.waiting.total()),
        number(waits.left.total()),
    ]


def is_staff(reader: User, agency: int) -> bool:
    return reader.may(Permission.REVIEW, agency)


def singles_out_nobody(reviews: Turnaround, agency: int, reader: User) -> bool:
    """Whether figures of an agency tell ``reader`` nothing of one person whom they do not look after."""
    return is_staff(reader, agency) or len(reviews.by_reviewer) >= FEW


def turnaround(found: Learning, asked: Asked, reader: User) -> Table:
    """By agency. Where few review, only the agency's own staff sees the figures."""
    every = sorted(found.turnaround.items(), key=lambda pair: str(found.agencies[pair[0]]))
    told = [(pk, one) for pk, one in every if singles_out_nobody(one, pk, reader)]
    most = longest([one.waits for _pk, one in told])
    notes = [str(ESTIMATE)]
    if len(told) < len(every):
        notes.append(
            _(
                "Where fewer than %(few)d people review, their agency alone sees the figures. "
                "Not shown: %(agencies)s."
            )
            % {
                "few": FEW,
                "agencies": ", ".join(
                    found.agencies[pk].short for pk, one in every if (pk, one) not in told
                ),
            }
        )
    return Table(
        "turnaround",
        _("How long reviews take"),
        _(
            "Working days of the agency that a lesson is with a reviewer, from taking it to the "
            "decision, without the days while it was returned."
        ),
        _("Agency"),
        REVIEW_HEADINGS[:-1],
        [
            Row(
                found.agencies[pk].name,
                review_cells(one.waits)[:-1],
                drawn=days_drawn(one.waits, most),
            )
            for pk, one in told
        ],
        DAYS_KEY,
        notes,
        _("No review is here of which you see the figures."),
    )


def reviewers(found: Learning, asked: Asked, reader: User) -> Table:
    """By person, for the staff of their agency alone."""
    held = {
        (pk, person): waits
        for pk, one in found.turnaround.items()
        if is_staff(reader, pk)
        for person, waits in one.by_reviewer.items()
    }
    people = User.objects.in_bulk({person for _agency, person in held})
    most = longest(list(held.values()))
    rows = []
    for (pk, person), waits in held.items():
        agency = found.agencies[pk]
        # As on the pages of lessons that the person did not write.
        name = Lesson(agency=agency).name_for(reader, people[person])
        label = _("%(name)s, %(agency)s") % {"name": name, "agency": agency.short}
        rows.append(Row(label, review_cells(waits), drawn=days_drawn(waits, most)))
    return Table(
        "reviewers",
        _("Reviews by reviewer"),
        _("The same for each reviewer. Only the staff of the agency sees this table."),
        _("Reviewer"),
        REVIEW_HEADINGS,
        sorted(rows, key=lambda row: row.label),
        DAYS_KEY,
        empty=_("No review has begun."),
    )


# --- What becomes of lessons -------------------------------------------------------------------


def share_cells(share: Share) -> list[Cell]:
    """Share and interval; of few nothing."""
    if share.is_few:
        return [unknown(_("too few to say")), unknown(), unknown()]
    low, high = share.interval
    return [percent(share.value), percent(low), percent(high)]


def share_drawn(share: Share) -> dict[str, Any]:
    if share.is_few:
        return {}
    low, high = share.interval
    return {
        "drawn": (Part(0, of_100(share.value, 1), "soft"),),
        "span": Part(of_100(low, 1), of_100(high - low, 1)),
    }


SHARE_HEADINGS = (
    gettext_lazy("Share"),
    gettext_lazy("At least"),
    gettext_lazy("At most"),
)
SHARE_KEY = (
    ("soft", gettext_lazy("share")),
    ("span", gettext_lazy("where the true share lies, with 95 % confidence")),
)
COHORTS: dict[str, tuple[Words, Callable[[date], str]]] = {
    "year": (gettext_lazy("By year"), lambda day: str(day.year)),
    "quarter": (
        gettext_lazy("By quarter"),
        lambda day: (
            _("Q%(quarter)d %(year)d") % {"year": day.year, "quarter": (day.month + 2) // 3}
        ),
    ),
}


def cohorts(found: Learning, asked: Asked, reader: User, by: str = "year") -> Table:
    """Of the lessons endorsed in a time, how many are learned now; the latest time first."""
    named = COHORTS[by][1]
    whole: Counter[str] = Counter()
    part: Counter[str] = Counter()
    for day in sorted(found.endorsed, reverse=True):
        whole[named(day)] += found.endorsed[day]
        part[named(day)] += found.learned_of[day]
    return Table(
        "cohorts",
        _("Endorsed lessons that are learned"),
        _(
            "By the day of endorsement. The latest had less time to be learned; a lesson that was "
            "observed again is not learned until it is validated anew."
        ),
        _("Endorsed in"),
        (_("Endorsed"), _("Learned"), *SHARE_HEADINGS),
        [
            Row(
                name,
                [number(share.whole), number(share.part), *share_cells(share)],
                **share_drawn(share),
            )
            for name, share in shares(part, whole).items()
        ],
        SHARE_KEY,
        empty=_("No lesson has been endorsed."),
    )


def relapses(found: Learning, asked: Asked, reader: User) -> Table:
    """Of the lessons that were ever learned, how many were observed again."""
    whole, part = Counter(found.ever_learned), Counter(found.relapsed)
    rows = {
        str(category.label): Share(part[category], whole[category])
        for category in Category
        if whole[category]
    }
    if whole:
        rows[_("All categories")] = Share(part.total(), whole.total())
    return Table(
        "relapses",
        _("Learned, and observed again"),
        _("Lessons that were ever learned, and those of them that came back at least once."),
        _("Category"),
        (_("Ever learned"), _("Observed again"), *SHARE_HEADINGS),
        [
            Row(
                name,
                [number(share.whole), number(share.part), *share_cells(share)],
                **share_drawn(share),
            )
            for name, share in rows.items()
        ],
        SHARE_KEY,
        empty=_("No lesson has been learned."),
    )


def balance(found: Learning, asked: Asked, reader: User) -> Table:
    """What to improve and what to sustain, by category."""
    rows = []
    for value, label in [*Category.choices, ("", _("No category yet"))]:
        improve, sustain = (found.balance[value, kind] for kind in (Kind.IMPROVE, Kind.SUSTAIN))
        both = improve + sustain
        if not both:
            continue
        of_category = {**narrowed(asked), "category": value}
        first = of_100(improve, both)
        rows.append(
            Row(
                capfirst(str(label)),
                [
                    number(count, links.lessons(**of_category, kind=kind) if value else "")
                    for count, kind in ((improve, Kind.IMPROVE), (sustain, Kind.SUSTAIN))
                ]
                + [percent(sustain / both)],
                drawn=(Part(0, first), Part(first, 100 - first, "hatched")),
            )
        )
    return Table(
        "balance",
        _("What to improve, what to sustain"),
        _("Lessons by category and kind, without superseded and archived ones."),
        _("Category"),
        (_("Improve"), _("Sustain"), _("Share of sustain")),
        rows,
        (("full", _("improve")), ("hatched", _("sustain"))),
        empty=_("No lesson is here."),
    )


TABLES: dict[str, Callable[..., Table]] = {
    "stages": stages,
    "steps": steps,
    "overdue": overdue,
    "turnaround": turnaround,
    "reviewers": reviewers,
    "cohorts": cohorts,
    "relapses": relapses,
    "balance": balance,
}
"""In the order of the page; each is made from what was found, the filters and the reader."""
