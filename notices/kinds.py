"""Kinds of notices: what each app tells people of, and how it says so to one reader.

An app declares its kinds in its configuration (``notice_kinds``, dotted names of tuples). A notice
holds the bare facts; its sentence is made when it is shown or sent, for that reader and in their
language, from a subject fetched through ``visible_to``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.functional import Promise

from agencies.models import User
from agencies.roles import Permission
from notices.declared import each
from notices.vocabulary import When
from records.vocabulary import TLP

if TYPE_CHECKING:
    from notices.models import Notice

Words = str | Promise
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Sentence:
    """A notice in words for one reader.

    ``text`` names its subject by reference alone and may stand in a mail whatever the marking
    ``tlp``, but for RED; ``title`` may not, unless the marking is open. ``path`` leads there.
    """

    text: str
    path: str
    tlp: str = ""
    title: str = ""

    @property
    def may_be_mailed(self) -> bool:
        return self.tlp != TLP.RED

    @property
    def marking(self) -> str:
        return str(TLP(self.tlp).label) if self.tlp else ""

    @property
    def open_title(self) -> str:
        """The title where everybody may read it."""
        return self.title if self.tlp in {TLP.CLEAR, TLP.GREEN} else ""


def told_for_good(subject: Any, notice: Notice, reader: User) -> bool:
    return True


def as_they_are(rows: QuerySet, reader: User) -> QuerySet:
    return rows


HELD_SOMEWHERE: dict[Permission | None, str] = {
    Permission.RECORD: "may_record",
    Permission.REVIEW: "may_review",
    Permission.ENDORSE: "may_review",
    Permission.COORDINATE: "may_coordinate",
}
"""By permission, what a person says of holding it in any agency; everybody reads in some."""


@dataclass(frozen=True)
class Kind:
    """What people are told of one kind of occasion.

    ``model`` is the label of what it is about; its manager has ``visible_to``. ``sentence`` is
    given the subject, the facts and the reader. Where ``permission`` is set, only those who still
    hold it in the agency of the notice are told. ``prepare`` adds to a query of subjects what the
    sentences need. ``stands`` says of a notice that asks for something whether
    that is still to be done; what is settled goes into no mail. News stands for good.
    """

    name: str
    label: Words
    model: str
    sentence: Callable[[Any, Facts, User], Sentence]
    default: When = When.DAILY
    permission: Permission | None = None
    prepare: Callable[[QuerySet, User], QuerySet] = as_they_are
    stands: Callable[[Any, Notice, User], bool] = told_for_good

    def concerns(self, person: User) -> bool:
        """Whether such a notice may come to ``person`` at all."""
        role = HELD_SOMEWHERE.get(self.permission)
        return role is None or bool(getattr(person, role))

    def subjects(self, reader: User) -> Any:
        """What such notices may be about before ``reader``."""
        manager: Any = apps.get_model(self.model)._default_manager
        return manager.visible_to(reader)


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the order of the apps."""
    return {kind.name: kind for kind in each("notice_kinds")}


def kinds_for(person: User) -> list[Kind]:
    """The kinds that may come to ``person``."""
    return [kind for kind in kinds().values() if kind.concerns(person)]


@dataclass(frozen=True)
class Shown:
    """A notice with its sentence; ``settled``: what it asked for is no longer to be done."""

    notice: Notice
    sentence: Sentence
    label: Words
    settled: bool


def shown(notices: Iterable[Notice], reader: User) -> list[Shown]:
    """The notices in words; one query for each kind of them, and what that kind prepares.

    What has left the reader's sight since they were fetched is left out.
    """
    rows = list(notices)
    wanted: dict[str, set[int]] = {}
    for notice in rows:
        wanted.setdefault(notice.kind, set()).add(notice.subject_id)
    subjects: dict[tuple[str, int], Any] = {}
    for name, ids in wanted.items():
        kind = kinds()[name]
        for subject in kind.prepare(kind.subjects(reader).filter(pk__in=ids), reader):
            subjects[name, subject.pk] = subject
    found = []
    for notice in rows:
        subject = subjects.get((notice.kind, notice.subject_id))
        if subject is not None:
            kind = kinds()[notice.kind]
            sentence = kind.sentence(subject, notice.facts, reader)
            settled = not kind.stands(subject, notice, reader)
            found.append(Shown(notice, sentence, kind.label, settled))
    return found
