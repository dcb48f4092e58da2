"""What the partner's page says about its figures: the headline, the five answers, the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from insights import links, sentences
from insights.dossier import Dossier
from insights.gaps import Gap, GapKind
from insights.partners import plain
from insights.sentences import numbered, sentence
from insights.tables import Row, Table, number, stacked
from lessons.vocabulary import ActionStatus, Category, Status
from pages.numbers import grouped
from programs.vocabulary import Rating
from records.vocabulary import TLP

YEARS_SHOWN = 8
"""Rows of the chart; what is older stands together in the first one."""
THEMES_SHOWN, GAPS_SHOWN = 14, 5

CATEGORY_TONES = {
    Category.COMMUNICATION: "full",
    Category.ADAPTABILITY: "hatched",
    Category.COORDINATION: "soft",
    Category.EVALUATION: "specked",
}
RATING_TONES = {
    Rating.PERFORMED: "full",
    Rating.SOME_CHALLENGES: "soft",
    Rating.MAJOR_CHALLENGES: "hatched",
    Rating.UNABLE: "dotted",
}


def summary(dossier: Dossier) -> str:
    """``Cooperation rests on two agreements in force. Nine joint exercises since 2021; …``

    The headline: it can be read aloud, and answers in the order of the page.
    """
    late = {kind: len(dossier.gaps.of(kind)) for kind in GapKind}
    parts = [sentences.agreements_in_force(len(dossier.in_force)), _exercises(dossier)]
    parts.append(sentences.lessons_learned(dossier.lessons.total, dossier.lessons.learned))
    parts.append(sentences.reviews_overdue(late[GapKind.REVIEW]))
    parts.append(sentences.evaluations_overdue(late[GapKind.EVALUATION]))
    parts.append(sentences.actions_overdue(dossier.actions.overdue))
    return " ".join(filter(None, parts))


def _exercises(dossier: Dossier) -> str:
    if not dossier.held:
        return sentences.exercises_held(0, None, "", "")
    last = max(dossier.held, key=lambda exercise: (exercise.ends_on, exercise.pk))
    first = dossier.figures.first
    return sentences.exercises_held(
        dossier.figures.held,
        first.year if first else None,
        sentences.ago(last.ends_on, dossier.on, last.ends_precision),
        sentences.lessons(last.lesson_count),
    )


# --- Five questions ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """One question with a figure that answers it in short and a sentence that does in full.

    ``slug`` is the section that has the rest.
    """

    slug: str
    question: str | Promise
    value: str
    label: str
    words: str
    tone: str = ""


QUESTIONS = {
    "binds": gettext_lazy("What binds us"),
    "did": gettext_lazy("What we did"),
    "learned": gettext_lazy("What we learned"),
    "missing": gettext_lazy("What is overdue or missing"),
    "works": gettext_lazy("Does it work"),
}


def answers(dossier: Dossier) -> dict[str, Answer]:
    """The answers by their slugs, in the order in which the page gives them."""
    found = (_binds(dossier), _did(dossier), _learned(dossier), _missing(dossier), _works(dossier))
    return {one.slug: one for one in found}


def _binds(dossier: Dossier) -> Answer:
    in_force = len(dossier.in_force)
    parts = [sentences.agreements_in_force(in_force)]
    others = len(dossier.agreements) - in_force
    if others:
        words = ngettext(
            "%(number)s other is proposed, signed or has ended.",
            "%(number)s others are proposed, signed or have ended.",
            others,
        )
        parts.append(sentence(words % numbered(others)))
    coming = [
        one
        for one in dossier.in_force
        # The sentence is printed and read aloud: it names nothing that is TLP:RED.
        if one.next_review_on is not None
        and one.next_review_on >= dossier.on
        and one.tlp != TLP.RED
    ]
    if coming:
        first = min(coming, key=lambda one: (one.next_review_on, one.pk))
        words = _("The next review is that of “%(title)s”, on %(day)s.")
        parts.append(words % {"title": first.title, "day": sentences.on_day(first.next_review_on)})
    return Answer(
        "binds",
        QUESTIONS["binds"],
        grouped(in_force),
        ngettext("agreement in force", "agreements in force", in_force),
        " ".join(parts),
    )


def _did(dossier: Dossier) -> Answer:
    this, last = dossier.on.year, dossier.on.year - 1
    figures = dossier.figures
    words = [
        sentences.done_in(
            _("In %(year)d") % {"year": last}, figures.last_year, len(dossier.programs_in(last))
        ),
        sentences.done_in(
            _("In %(year)d so far") % {"year": this},
            figures.this_year,
            len(dossier.programs_in(this)),
        ),
    ]
    if dossier.planned:
        coming = ngettext(
            "%(number)s exercise is planned.",
            "%(number)s exercises are planned.",
            len(dossier.planned),
        )
        words.append(sentence(coming % numbered(len(dossier.planned))))
    label = ngettext(
        "exercise held in %(this)d so far, %(number)s in %(last)d",
        "exercises held in %(this)d so far, %(number)s in %(last)d",
        figures.this_year,
    )
    return Answer(
        "did",
        QUESTIONS["did"],
        grouped(figures.this_year),
        label % {"this": this, "number": grouped(figures.last_year), "last": last},
        " ".join(words),
    )


def _learned(dossier: Dossier) -> Answer:
    lessons = dossier.lessons
    parts = [sentences.lessons_learned(lessons.total, lessons.learned)]
    validating = lessons.having(Status.VALIDATING)
    if validating:
        words = ngettext(
            "Of %(number)s more the change is made and waits to be confirmed.",
            "Of %(number)s more the changes are made and wait to be confirmed.",
            validating,
        )
        parts.append(words % numbered(validating))
    if lessons.themes:
        frequent = [theme.name for theme in lessons.themes[:3]]
        parts.append(_("Most are about: %(themes)s.") % {"themes": ", ".join(frequent)})
    label = ngettext("lesson, %(learned)s learned", "lessons, %(learned)s learned", lessons.total)
    return Answer(
        "learned",
        QUESTIONS["learned"],
        grouped(lessons.total),
        label % {"learned": grouped(lessons.learned)},
        " ".join(parts),
    )


def _missing(dossier: Dossier) -> Answer:
    gaps, overdue = dossier.gaps, dossier.overdue
    late = {kind: len(gaps.of(kind)) for kind in GapKind}
    parts = [
        sentences.actions_overdue(dossier.actions.overdue),
        sentences.evaluations_overdue(late[GapKind.EVALUATION]),
        sentences.reviews_overdue(late[GapKind.REVIEW]),
        sentences.agreements_ended(late[GapKind.ENDED]),
        sentences.held_without_lesson(late[GapKind.NO_LESSON]),
        sentences.categories_without_exercise([gap.category for gap in gaps.of(GapKind.CATEGORY)]),
    ]
    others = len(gaps) - sum(gap.is_late for gap in gaps)
    label = _("overdue")
    if others:
        more = ngettext("%(number)s more gap", "%(number)s more gaps", others)
        label = f"{label}, {more % {'number': grouped(others)}}"
    return Answer(
        "missing",
        QUESTIONS["missing"],
        grouped(overdue),
        label,
        " ".join(filter(None, parts)) or _("Nothing is overdue, and no gap was found."),
        tone="late" if overdue else "",
    )


def _works(dossier: Dossier) -> Answer:
    effect, lessons = dossier.effect, dossier.lessons
    parts = []
    if effect.rated:
        words = ngettext(
            "Performed without major challenges: %(met)s of %(rated)s rated objective of exercises.",
            "Performed without major challenges: %(met)s of %(rated)s rated objectives of exercises.",
            effect.rated,
        )
        rated, met = sentences.worded(effect.rated), sentences.worded(effect.performed)
        parts.append(words % {"rated": rated, "met": met})
    if lessons.identified:
        words = ngettext(
            "Learned, as somebody else confirmed: %(learned)s of %(number)s lesson for which a "
            "change was decided.",
            "Learned, as somebody else confirmed: %(learned)s of %(number)s lessons for which a "
            "change was decided.",
            lessons.identified,
        )
        learned = sentences.worded(lessons.learned)
        parts.append(words % {**numbered(lessons.identified), "learned": learned})
    if effect.relapsed:
        words = ngettext(
            "%(number)s came back after it was learned.",
            "%(number)s came back after they were learned.",
            effect.relapsed,
        )
        parts.append(sentence(words % numbered(effect.relapsed)))
    value, label = _("unknown"), _("no exercise is evaluated, no change is decided")
    if effect.rated:
        value = _("%(share)d %%") % {"share": round(100 * effect.performed / effect.rated)}
        label = ngettext(
            "of %(number)s objective without major challenges",
            "of %(number)s objectives without major challenges",
            effect.rated,
        ) % {"number": grouped(effect.rated)}
    elif lessons.identified:
        value = _("%(share)d %%") % {"share": round(100 * lessons.learned / lessons.identified)}
        label = ngettext(
            "of %(number)s decided change is confirmed",
            "of %(number)s decided changes are confirmed",
            lessons.identified,
        ) % {"number": grouped(lessons.identified)}
    return Answer(
        "works",
        QUESTIONS["works"],
        value,
        label,
        " ".join(parts)
        or _("Nothing tells yet: no objective is rated, and for no lesson a change was decided."),
    )


# --- Tables that are drawn ---------------------------------------------------------------------


def lessons_by_year(dossier: Dossier) -> Table:
    """Lessons by year and category; every number leads to its lessons."""
    lessons, code = dossier.lessons, dossier.partner.code
    numbers = lessons.by_category_and_year
    years = lessons.years or [dossier.on.year]
    last = years[-1]
    first = max(years[0], last - YEARS_SHOWN + 1)
    spans: list[tuple[str, Iterable[int], dict[str, str]]] = []
    if years[0] < first:
        older = {"to": f"{first - 1:04}-12-31"}
        label = _("before %(year)d") % {"year": first}
        spans.append((label, range(years[0], first), older))
    spans += [(str(year), (year,), links.within(year)) for year in range(first, last + 1)]
    counted = [
        (
            label,
            {
                category: sum(numbers.get((category, year), 0) for year in within)
                for category in ("", *Category)
            },
            dates,
        )
        for label, within, dates in spans
    ]
    most = max(sum(of.values()) for _label, of, _dates in counted)
    rows = [
        Row(
            label,
            [
                *(
                    number(of[one], links.lessons(partner=code, category=one, **dates))
                    for one in Category
                ),
                number(sum(of.values()), links.lessons(partner=code, **dates)),
            ],
            drawn=stacked([(CATEGORY_TONES[one], of[one]) for one in Category], most),
        )
        for label, of, dates in counted
    ]
    notes = []
    if lessons.uncategorized:
        words = ngettext(
            "%(number)s lesson has no category yet and stands only under “all”.",
            "%(number)s lessons have no category yet and stand only under “all”.",
            lessons.uncategorized,
        )
        notes.append(words % {"number": grouped(lessons.uncategorized)})
    return Table(
        "lessons-by-year",
        _("Lessons by year and category"),
        "",
        _("Year"),
        (*(one.label for one in Category), _("All")),
        rows,
        key=tuple((tone, one.label) for one, tone in CATEGORY_TONES.items()),
        notes=notes,
    )


def ratings_by_year(dossier: Dossier) -> Table:
    """Objectives of held exercises by year and HSEEP rating."""
    ratings = dossier.effect.ratings
    years = sorted({year for year, _rating in ratings})
    of_year = {
        year: {rating: ratings.get((year, rating), 0) for rating in Rating} for year in years
    }
    most = max((sum(of.values()) for of in of_year.values()), default=0)
    return Table(
        "ratings-by-year",
        _("Objectives of exercises by year and rating"),
        "",
        _("Year"),
        tuple(rating.label for rating in Rating),
        [
            Row(
                str(year),
                [number(of[rating]) for rating in Rating],
                drawn=stacked([(RATING_TONES[one], of[one]) for one in Rating], most),
            )
            for year, of in of_year.items()
        ],
        key=tuple((tone, one.label) for one, tone in RATING_TONES.items()),
    )


def changes(dossier: Dossier) -> Table:
    """How far the lessons have come for which a change was decided."""
    code, lessons = dossier.partner.code, dossier.lessons
    counted = {status: lessons.having(status) for status in CHANGES} if lessons.identified else {}
    most = max(counted.values(), default=0)
    rows = [
        Row(
            str(status.label),
            [number(value, links.lessons(partner=code, status=status))],
            drawn=stacked([("full" if status == Status.LEARNED else "soft", value)], most),
        )
        for status, value in counted.items()
    ]
    if dossier.effect.relapsed:
        rows.append(Row(_("Came back after it was learned"), [number(dossier.effect.relapsed)]))
    return Table(
        "changes", _("Changes, from decision to proof"), "", _("Stage"), (_("Lessons"),), rows
    )


CHANGES = (Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING, Status.LEARNED)


def actions_by_status(dossier: Dossier) -> Table:
    """Actions by status, each number with the list of its actions."""
    code, numbers = dossier.partner.code, dossier.actions.by_status
    most = max(numbers.values(), default=0)
    return Table(
        "actions-by-status",
        _("Actions by status"),
        "",
        _("Status"),
        (_("Actions"),),
        [
            Row(
                str(status.label),
                [number(numbers[status], links.actions(partner=code, status=status))],
                drawn=stacked([("full", numbers[status])], most),
            )
            for status in ActionStatus
            if numbers.get(status)
        ],
    )


def statuses(dossier: Dossier) -> Table:
    """How many lessons have each status, in the order of the life cycle."""
    code, numbers = dossier.partner.code, dossier.lessons.by_status
    most = max(numbers.values(), default=0)
    return Table(
        "lessons-by-status",
        _("Lessons by status"),
        "",
        _("Status"),
        (_("Lessons"),),
        [
            Row(
                str(status.label),
                [number(numbers[status], links.lessons(partner=code, status=status))],
                drawn=stacked([("full", numbers[status])], most),
            )
            for status in Status
            if numbers.get(status)
        ],
    )


# --- Lists -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """Gaps of one kind: the latest by name, all of them behind ``url``."""

    kind: GapKind
    number: int
    shown: list[Gap]
    url: str


def missing(dossier: Dossier) -> list[Missing]:
    return [
        Missing(
            kind,
            len(found),
            found[:GAPS_SHOWN],
            links.gaps(partner=dossier.partner.code, kind=kind),
        )
        for kind, found in dossier.gaps.by_kind.items()
    ]


def themes(dossier: Dossier) -> list[dict[str, Any]]:
    """The most frequent themes as chips."""
    return [
        {
            "label": theme.name,
            "count": theme.number,
            "url": links.lessons(partner=dossier.partner.code, theme=theme.slug),
        }
        for theme in dossier.lessons.themes[:THEMES_SHOWN]
    ]


def relatives(dossier: Dossier) -> list[dict[str, str]]:
    """Members of an organization, or organizations of a country, as chips by name."""
    found = sorted(dossier.relatives, key=lambda partner: plain(partner.label))
    return [{"label": partner.label, "url": links.partner(partner.code)} for partner in found]


def ways(dossier: Dossier) -> dict[str, str]:
    """From the panels to the whole lists."""
    code = dossier.partner.code
    return {
        "lessons": links.lessons(partner=code),
        "learned": links.lessons(partner=code, status=Status.LEARNED),
        "exercises": links.exercises(partner=code),
        "last_year": links.exercises_held(partner=code, **links.within(dossier.on.year - 1)),
        "this_year": links.exercises_held(partner=code, **links.within(dossier.on.year)),
        "programs": links.programs(partner=code),
        "agreements": links.agreements(partner=code),
        "actions": links.actions(partner=code),
        "actions_overdue": links.actions(partner=code, clock="overdue"),
        "gaps": links.gaps(partner=code),
        "export": links.filtered("lessons:export", format="csv", partner=code),
    }
