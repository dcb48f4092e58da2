"""Home: what needs the reader, the state of learning, what is new, what comes next."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pyroaring import BitMap

from agencies.models import KnownAgency, User
from insights import links
from insights.gaps import gaps
from insights.needs import Needs, needs_of
from insights.partners import lessons_on_map
from insights.sentences import numbered, sentence
from insights.worldmap import Country
from lessons.facets import Found, Reading
from lessons.models import Lesson, LessonEvent
from lessons.models.lesson_queryset import NEWS
from lessons.names import partners
from lessons.stuck import Stuck, stuck
from lessons.vocabulary import Kind, Status
from lessons.workflow import MOVES
from pages.numbers import grouped
from programs.facets import partners_of
from programs.models import Exercise
from records.choices import folded
from records.vocabulary import TLP

NEW = timedelta(days=7)
LATEST = 5
COMING = 4
EVENTS = 5
STUCK = 8
MORNING, NOON, EVENING = 5, 12, 18
"""Hours at which the greeting changes."""
TEXTS = (
    "observation",
    "original_observation",
    "discussion",
    "conclusion",
    "recommendation",
    "applies_when",
    "does_not_apply_when",
)


@dataclass(frozen=True)
class Figures:
    """Lessons that the reader may see, by stage. ``good_practices`` are among ``noted``."""

    total: int
    submitted: int
    in_review: int
    identified: int
    implementing: int
    validating: int
    learned: int
    noted: int
    good_practices: int
    reviews_overdue: int
    new: int
    newly_learned: int

    @property
    def ever_identified(self) -> int:
        return self.identified + self.implementing + self.validating + self.learned


@dataclass(frozen=True)
class News:
    """What became of one of the reader's observations."""

    lesson: Lesson
    words: str
    at: datetime
    comment: str
    tone: str


@dataclass(frozen=True)
class GapCount:
    """Gaps of one kind in all that the reader may see."""

    label: str
    number: int
    url: str
    is_late: bool


@dataclass(frozen=True)
class Home:
    greeting: str
    needs: Needs
    figures: Figures
    countries: list[Country]
    latest: list[Lesson]
    coming: list[Exercise]
    news: list[News]
    stuck: list[Stuck]
    gaps: list[GapCount]

    @property
    def is_new(self) -> bool:
        """Nothing to read and nothing to do yet."""
        return not (self.figures.total or self.needs.number or self.coming)


def home_of(user: User, now: datetime, reading: Reading | None = None) -> Home:
    """``reading`` is that of the request, where it has one already."""
    agency = user.agencies_known.get(user.standing.home or 0)
    on = timezone.localdate(now)
    reading = reading or Reading(user)
    found = Found(reading, {})
    without_membership = user.is_staff and user.standing.home is None
    return Home(
        greeting=greeting(user, now.astimezone(zone(agency)).hour),
        needs=needs_of(user, on),
        figures=figures_for(found, now),
        countries=lessons_on_map(found),
        latest=latest_for(user, reading),
        coming=coming_for(user, on, reading),
        news=news_for(user),
        stuck=standing_still(user) if without_membership else [],
        gaps=gaps_for(user, on, reading),
    )


def gaps_for(user: User, on: date, reading: Reading) -> list[GapCount]:
    """How many gaps there are of each kind, with the list of them."""
    found = gaps(user, on, reading=reading)
    return [
        GapCount(
            label=str(kind.label),
            number=len(several),
            url=links.gaps(kind=kind),
            is_late=several[0].is_late,
        )
        for kind, several in found.by_kind.items()
    ]


def zone(agency: KnownAgency | None) -> zoneinfo.ZoneInfo | Any:
    return zoneinfo.ZoneInfo(agency.time_zone) if agency else timezone.get_default_timezone()


def greeting(user: User, hour: int) -> str:
    name = {"name": user.get_short_name()}
    if MORNING <= hour < NOON:
        return _("Good morning, %(name)s") % name
    if NOON <= hour < EVENING:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name


def figures_for(found: Found, now: datetime) -> Figures:
    """How many of the lessons ``found`` stand where; all but what is new from sets in memory."""
    by_status, ids = found.reading.values("status"), found.ids
    sets = {status: ids & by_status.get(status, BitMap()) for status in STAGES}
    sustained = found.reading.values("kind").get(Kind.SUSTAIN, BitMap())
    today = timezone.localdate(now).toordinal()
    past = [held for day, held in found.reading.values("due").items() if day < today]
    waiting = sets[Status.SUBMITTED] | sets[Status.IN_REVIEW]
    rows = Lesson.objects.order_by()
    since = now - NEW
    # Keys alone, apart from each other: an index finds each, however many lessons there are.
    published, learned = (
        rows.filter(**{f"{at}__gte": since}).values_list(Value(at), "pk")
        for at in ("published_at", "learned_at")
    )
    newly: dict[str, BitMap] = {"published_at": BitMap(), "learned_at": BitMap()}
    for at, pk in published.union(learned, all=True):
        newly[at].add(pk)
    return Figures(
        total=found.total,
        **{status.value: len(held) for status, held in sets.items()},
        good_practices=sets[Status.NOTED].intersection_cardinality(sustained),
        reviews_overdue=waiting.intersection_cardinality(BitMap.union(BitMap(), *past)),
        new=ids.intersection_cardinality(newly["published_at"]),
        newly_learned=newly["learned_at"].intersection_cardinality(sets[Status.LEARNED]),
    )


STAGES = (
    *(Status.SUBMITTED, Status.IN_REVIEW, Status.IDENTIFIED, Status.IMPLEMENTING),
    *(Status.VALIDATING, Status.LEARNED, Status.NOTED),
)


def stages(figures: Figures) -> list[dict[str, Any]]:
    """From observation to lesson learned, each stage with the list of its lessons."""
    share = (
        _("%(share)d %% of identified")
        % {"share": round(100 * figures.learned / figures.ever_identified)}
        if figures.ever_identified
        else ""
    )
    return [
        {
            "value": grouped(value),
            "label": label,
            "url": links.lessons(status=status),
            "tone": tone if value else "",
        }
        for value, label, status, tone in (
            (figures.submitted, _("submitted"), Status.SUBMITTED, ""),
            (figures.in_review, _("in review"), Status.IN_REVIEW, ""),
            (figures.identified, _("identified, to be started"), Status.IDENTIFIED, "late"),
            (figures.implementing, _("implementing"), Status.IMPLEMENTING, ""),
            (figures.validating, _("to validate"), Status.VALIDATING, ""),
            (
                figures.learned,
                ", ".join(filter(None, [_("learned"), share])),
                Status.LEARNED,
                "learned",
            ),
        )
    ]


def summary(home: Home) -> str:
    """``Three things need you. In the last seven days: five new lessons, two learned.``"""
    number = home.needs.number
    waiting = (
        ngettext("%(number)s thing needs you.", "%(number)s things need you.", number)
        % numbered(number)
        if number
        else _("Nothing waits for you.")
    )
    new, learned = home.figures.new, home.figures.newly_learned
    if not new:
        return sentence(waiting)
    words = ngettext("%(number)s new lesson", "%(number)s new lessons", new) % numbered(new)
    if learned:
        words += ", " + ngettext("%(number)s learned", "%(number)s learned", learned) % numbered(
            learned
        )
    return f"{sentence(waiting)} {_('In the last seven days: %(what)s.') % {'what': words}}"


def latest_for(user: User, reading: Reading) -> list[Lesson]:
    """The latest learned or published lessons; ``news_at`` says when, ``with_whom`` the partners."""
    lessons = list(
        Lesson.objects.visible_to(user)
        .current()
        .published()
        .annotate(news_at=NEWS)
        .defer(*TEXTS)
        .order_by("-news_at", "-pk")[:LATEST]
    )
    return with_partners(lessons, "lesson", reading)


def coming_for(user: User, on: date, reading: Reading) -> list[Exercise]:
    """Exercises that are planned, the next one first; ``with_whom`` are the partners."""
    exercises = list(
        Exercise.objects.visible_to(user)
        .upcoming(on)
        .defer("summary", "scenario")
        .order_by("starts_on", "pk")[:COMING]
    )
    return with_partners(exercises, "exercise", reading)


def with_partners(records: list[Any], kind: str, reading: Reading) -> list[Any]:
    """Each with ``with_whom``, its partners in the alphabet of their names."""
    known = partners(reading.state)
    named = partners_of(reading.state, kind, [record.pk for record in records])
    for record in records:
        with_whom = [known[pk] for pk in named.get(record.pk, ()) if pk in known]
        record.with_whom = sorted(with_whom, key=lambda partner: folded(partner.label))
    return records


def news_for(user: User) -> list[News]:
    """What others did with lessons of which ``user`` is the author, latest first."""
    mine = Lesson.objects.visible_to(user).filter(Q(originator=user) | Q(adopted_by=user))
    events = (
        LessonEvent.objects.filter(lesson__in=mine.values("pk"), move__in=MOVES)
        .exclude(actor=user)
        .select_related("lesson")
        .order_by("-at", "-pk")[:EVENTS]
    )
    return [
        News(
            lesson=event.lesson,
            words=str(MOVES[event.move].done),
            at=event.at,
            comment=event.comment if event.lesson.comments_visible_to(user) else "",
            tone=TONES.get(event.to_status, ""),
        )
        for event in events
    ]


TONES = {
    Status.RETURNED.value: "late",
    Status.NOTED.value: "learned",
    Status.LEARNED.value: "learned",
}


def standing_still(user: User) -> list[Stuck]:
    """For the administration: lessons that nobody can move on, named by reference only.

    Those at RED are left to the administration itself, without a word on whether there are any.
    """
    lessons = Lesson.objects.visible_to_administration(user).exclude(tlp=TLP.RED).defer(*TEXTS)
    return stuck(lessons)[:STUCK]


# --- What to do first, where to look -----------------------------------------------------------


def first_steps(user: User) -> list[dict[str, str]]:
    """What somebody in a new agency does first: only what they may do, in a sensible order."""
    steps = []
    if user.may_coordinate:
        steps.append(
            {
                "label": _("Invite your colleagues"),
                "hint": _("Two of them, a reviewer and an endorser, let a lesson be passed."),
                "url": reverse("agencies:index"),
            }
        )
    if user.may_record:
        steps += [
            {
                "label": _("Log a lesson"),
                "hint": _("Three fields, under two minutes: the point, what happened, with whom."),
                "url": reverse("lessons:new"),
            },
            {
                "label": _("Record an exercise"),
                "hint": _("Lessons are found again by the exercise they come from."),
                "url": reverse("programs:exercise_new"),
            },
            {
                "label": _("Record the agreement it rests on"),
                "hint": _("Its dates come back to you when a review is due."),
                "url": reverse("programs:agreement_new"),
            },
        ]
    return steps
