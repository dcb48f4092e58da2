"""Who can read a lesson, and who newly could, in words for the people who handle it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.models import Agency, Membership, MembershipQuerySet, User
from agencies.roles import Role
from agencies.standing import Tree, ancestors
from lessons.models import Lesson
from lessons.vocabulary import Status
from records.vocabulary import TLP

AGENCIES_NAMED = 4
"""More agencies than this are counted, not named, in one sentence."""


def listed(words: Iterable[str], *, at_most: int | None = None) -> str:
    """Join ``words`` as in a sentence: “A, B and C”, or “A, B and 3 more”."""
    every = list(words)
    if at_most is not None and len(every) > at_most:
        rest = len(every) - at_most
        more = ngettext("%(number)d more", "%(number)d more", rest) % {"number": rest}
        every = [*every[:at_most], more]
    if len(every) < 2:
        return "".join(every)
    return _("%(first)s and %(last)s") % {"first": ", ".join(every[:-1]), "last": every[-1]}


def who_reads(lesson: Lesson, reader: User) -> str:
    """One sentence on who can read ``lesson`` as it now stands."""
    if lesson.is_published:
        return _published(lesson, reader.agencies_above)
    mine = reader.pk in {lesson.originator_id, lesson.adopted_by_id}
    if lesson.status == Status.DRAFT:
        if not mine:
            return _("Its author has left: coordinators read it until somebody adopts it")
        if lesson.adopted_by_id is None or lesson.originator_id is None:
            return _("Only you can read this draft")
        return _("Only who observed it and who adopted it can read this draft")
    if lesson.tlp == TLP.RED:
        return _red(lesson)
    words = {"agency": lesson.agency.name}
    if mine:
        return _("Only you and the reviewers of %(agency)s can read this") % words
    return _("Only its author and the reviewers of %(agency)s can read this") % words


def _red(lesson: Lesson) -> str:
    number = len(lesson.red_recipients.all())
    return ngettext(
        "Only its author and %(number)d person named one by one can read this",
        "Only its author and %(number)d people named one by one can read this",
        number,
    ) % {"number": number}


def _published(lesson: Lesson, tree: Tree) -> str:
    if lesson.tlp == TLP.CLEAR:
        return _("Anyone signed in can read this")
    if lesson.tlp == TLP.RED:
        return _red(lesson)
    if lesson.tlp == TLP.GREEN:
        sentence = _("Every member of every agency can read this")
        return f"{sentence} {_people(Membership.objects.in_force())}"
    agencies = [lesson.agency, *(one for one in lesson.released_to.all() if one != lesson.agency)]
    names = listed((agency.name for agency in agencies), at_most=AGENCIES_NAMED)
    within = {agency.pk for agency in agencies}
    if lesson.tlp == TLP.AMBER:
        within = reached(within, lesson.tlp, tree)
        sentence = _("%(agencies)s can read this")
        if len(within) > len(agencies):
            sentence = ngettext(
                "%(agencies)s and its sub-agencies can read this",
                "%(agencies)s and their sub-agencies can read this",
                len(agencies),
            )
    else:
        sentence = _("%(agencies)s can read this, without sub-agencies")
    return f"{sentence % {'agencies': names}} {_people(members(within, tree))}"


def members(agencies: Collection[int], tree: Tree) -> MembershipQuerySet:
    """Memberships that give a place in ``agencies``, those handed down from above included."""
    above = {one for agency in agencies for one in ancestors(agency, tree)}
    reaching_down = [role for role in Role if role.reaches_down]
    return Membership.objects.in_force().filter(
        Q(agency_id__in=agencies) | Q(agency_id__in=above, role__in=reaching_down)
    )


def _people(memberships: MembershipQuerySet) -> str:
    number = memberships.values("user").distinct().count()
    return ngettext("(%(number)d person)", "(%(number)d people)", number) % {"number": number}


def newly_reading(
    lesson: Lesson, *, tlp: str, released_to: Collection[Agency], red_recipients: Collection[User]
) -> list[str]:
    """Whom another marking, release or list of recipients would let read, not reading so far."""
    if tlp == TLP.RED:
        if lesson.tlp != TLP.RED:
            return []
        known = set(lesson.red_recipients.values_list("pk", flat=True))
        return [person.name for person in red_recipients if person.pk not in known]
    if tlp == TLP.CLEAR:
        return [] if lesson.tlp == TLP.CLEAR else [_("anyone signed in")]
    if tlp == TLP.GREEN:
        wide = lesson.tlp in {TLP.CLEAR, TLP.GREEN}
        return [] if wide else [_("every member of every agency")]
    return _agencies_newly_reading(lesson, tlp, released_to)


def _agencies_newly_reading(lesson: Lesson, tlp: str, released_to: Collection[Agency]) -> list[str]:
    if lesson.tlp in {TLP.CLEAR, TLP.GREEN}:
        return []
    tree = Agency.objects.tree()
    before = _agencies_reading(lesson, tree) if lesson.tlp != TLP.RED else set()
    granted = [lesson.agency, *(one for one in released_to if one != lesson.agency)]
    words = [agency.name for agency in granted if agency.pk not in before]
    below = reached({agency.pk for agency in granted}, tlp, tree) - before
    if below - {agency.pk for agency in granted}:
        words.append(_("their sub-agencies") if words else _("the sub-agencies"))
    return words


def all_readers_read(one: Lesson, other: Lesson) -> bool:
    """Whether everybody who reads ``one`` reads ``other``, both of them published."""
    if other.tlp == TLP.CLEAR:
        return True
    if one.tlp == TLP.RED:
        authors = {one.originator_id, one.adopted_by_id}
        people = User.objects.filter(
            Q(pk__in=one.red_recipients.values("pk")) | Q(pk__in=[pk for pk in authors if pk])
        )
        return all(other.is_visible_to(person) for person in people)
    if other.tlp == TLP.GREEN or one.tlp == TLP.CLEAR:
        return one.tlp != TLP.CLEAR
    if other.tlp == TLP.RED or one.tlp == TLP.GREEN:
        return one.tlp == other.tlp
    tree = Agency.objects.tree()
    return _agencies_reading(one, tree) <= _agencies_reading(other, tree)


def more_read(
    lesson: Lesson, others: Collection[Lesson], *, released_to: Collection[Agency] = ()
) -> bool:
    """Whether somebody reads ``lesson``, once it is released to these agencies, and none of ``others``.

    All of them are published or about to be, and none is marked RED.
    """
    markings = {other.tlp for other in others}
    if lesson.tlp == TLP.CLEAR or TLP.CLEAR in markings:
        return TLP.CLEAR not in markings
    if lesson.tlp == TLP.GREEN or TLP.GREEN in markings:
        return TLP.GREEN not in markings
    tree = Agency.objects.tree()
    reading = [_agencies_reading(other, tree) for other in others]
    return not _agencies_reading(lesson, tree, released_to) <= set().union(*reading)


def _agencies_reading(lesson: Lesson, tree: Tree, more: Collection[Agency] = ()) -> set[int]:
    """Ids of the agencies whose members read a lesson marked AMBER, also released to ``more``."""
    released = lesson.released_to.values_list("pk", flat=True)
    return reached({lesson.agency_id, *released, *(one.pk for one in more)}, lesson.tlp, tree)


def reached(agencies: set[int], tlp: str, tree: Tree) -> set[int]:
    """Ids of the agencies whose members read what is released to ``agencies``."""
    if tlp == TLP.AMBER_STRICT:
        return agencies
    return {one for one in tree if not agencies.isdisjoint(ancestors(one, tree))}
