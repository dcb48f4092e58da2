"""Lessons from a file, through a mapping. They arrive submitted, never published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Agency, Partner, User
from exchange.importing import ImportRefusedError, Reading, Why
from exchange.mapping import TEXTS, LessonMapping, Tags
from exchange.partners_by_name import PartnersByName, plain
from exchange.tables import Row
from lessons.models import Lesson, Theme
from lessons.telling import tell_of_import
from lessons.vocabulary import LANGUAGES, Attribution, Category, Kind, Priority, ReportingContext
from lessons.workflow import people_with, perform
from programs.models import LONG_TEXT
from records.vocabulary import TLP

KNOWN = {
    "category": set(Category.values),
    "kind": set(Kind.values),
    "priority": set(Priority.values),
    "reporting_context": set(ReportingContext.values),
    "language": {code for code, _name in LANGUAGES},
    "attribution": set(Attribution.values),
    "tlp": set(TLP.values) - {TLP.RED},
}
NAMES = {
    "title": gettext_lazy("title"),
    "observation": gettext_lazy("observation"),
    "discussion": gettext_lazy("discussion"),
    "conclusion": gettext_lazy("conclusion"),
    "recommendation": gettext_lazy("recommendation"),
    "applies_when": gettext_lazy("applies when"),
    "does_not_apply_when": gettext_lazy("does not apply when"),
    "place": gettext_lazy("place"),
    "category": gettext_lazy("category"),
    "kind": gettext_lazy("kind"),
    "priority": gettext_lazy("priority"),
    "reporting_context": gettext_lazy("reporting context"),
    "language": gettext_lazy("language"),
    "attribution": gettext_lazy("attribution"),
    "tlp": gettext_lazy("marking"),
}
"""What a field is called in a sentence; labels on forms do not always fit one."""
LIMITS = {"title": 300, "place": 300} | dict.fromkeys(TEXTS, LONG_TEXT)


@dataclass
class LessonDraft:
    """A lesson to be created: fields, and what it is tagged with."""

    values: dict[str, Any] = field(default_factory=dict)
    partners: list[Partner] = field(default_factory=list)
    themes: list[Theme] = field(default_factory=list)


class LessonsFile:
    """A ``FileKind`` for lessons.

    ``partners`` (codes or names) stand on every lesson besides what the file names. ``stated``
    (category, tlp, language) goes before the mapping's fixed values, which go before the
    product's defaults; a column of the file goes before all of them. Raises
    ``ImportRefusedError`` for a value that does not exist.
    """

    def __init__(
        self,
        agency: Agency,
        by: User,
        mapping: LessonMapping,
        *,
        partners: Sequence[str] = (),
        stated: dict[str, str] | None = None,
    ) -> None:
        self.agency = agency
        self.by = by
        self.mapping = mapping
        self.source = mapping.source
        self.columns = mapping.columns
        # One moment for all: by it the lessons of one import are known to belong together.
        self.at = timezone.now()
        self.today = agency.local_date(self.at)
        self.known_partners = PartnersByName()
        themes = list(Theme.objects.all())
        self.known_themes = {plain(theme.name): theme for theme in themes}
        self.known_themes |= {theme.slug: theme for theme in themes}
        fixed = dict(mapping.fixed)
        self.partners = self._all_partners([*fixed.pop("partners", ()), *partners])
        self.themes = [self._theme(slug) for slug in fixed.pop("themes", ())]
        if "themes" in mapping.tags:
            for slug in mapping.tags["themes"].values.values():
                self._theme(slug)
        self.fixed = fixed | (stated or {})
        for name, value in self.fixed.items():
            self._check(name, value)
        if not self.partners and "partners" not in mapping.tags:
            raise ImportRefusedError(
                _("The file names no partners. Say which partner the lessons are about.")
            )

    # --- What is the same for every row ---------------------------------------------------------

    def _all_partners(self, names: Sequence[str]) -> list[Partner]:
        found = []
        for name in names:
            partner = self.known_partners.find(name)
            if partner is None:
                raise ImportRefusedError(
                    _("There is no partner “%(name)s”. Use a code such as MA or FRONTEX.")
                    % {"name": name}
                )
            found.append(partner)
        return found

    def _theme(self, slug: str) -> Theme:
        theme = self.known_themes.get(slug)
        if theme is None:
            raise ImportRefusedError(_("There is no theme “%(slug)s”.") % {"slug": slug})
        return theme

    def _check(self, name: str, value: str) -> None:
        if name == "tlp" and value == TLP.RED:
            raise ImportRefusedError(
                _("TLP:RED names its readers one by one: such lessons are recorded by hand.")
            )
        if value not in KNOWN[name]:
            raise ImportRefusedError(
                _("“%(value)s” is no %(name)s. Choose among: %(known)s.")
                % {"value": value, "name": NAMES[name], "known": ", ".join(sorted(KNOWN[name]))}
            )

    # --- A row -----------------------------------------------------------------------------------

    def identifier(self, row: Row) -> str:
        return self.mapping.said(row.cells, self.mapping.id)

    def read(self, row: Row, source_id: str) -> Reading:
        texts = self.mapping.texts(row.cells)
        reading = Reading(title=texts["title"][:300])
        draft = LessonDraft(
            values=self.fixed | texts | {"source_id": source_id},
            partners=list(self.partners),
            themes=list(self.themes),
        )
        self._required(row, reading)
        self._lengths(row, texts, reading)
        self._date(row, draft, reading)
        self._choices(row, draft, reading)
        self._themes(row, draft, reading)
        self._partners(row, draft, reading)
        self._elsewhere(texts, reading)
        if not reading.reasons:
            reading.draft = draft
        return reading

    def _required(self, row: Row, reading: Reading) -> None:
        for column, allowed in self.mapping.require.items():
            if row.cells[column] not in allowed:
                reading.refuse(
                    Why.NOT_ALLOWED,
                    _("“%(column)s” says “%(value)s”; only %(allowed)s may come in.")
                    % {
                        "column": column,
                        "value": row.cells[column],
                        "allowed": ", ".join(sorted(allowed)),
                    },
                )

    def _lengths(self, row: Row, texts: dict[str, str], reading: Reading) -> None:
        if not texts["title"]:
            said = row.cells[self.mapping.fields["title"].columns[0]]
            words = _("It has no title.")
            if said:
                words = _("“%(said)s” is no title.") % {"said": said[:100]}
            reading.refuse(Why.NO_TITLE, words)
        if not texts["observation"]:
            columns = ", ".join(self.mapping.fields["observation"].columns)
            reading.refuse(
                Why.NO_TEXT,
                _("No text says what happened (empty: %(columns)s).") % {"columns": columns},
            )
        for name, limit in LIMITS.items():
            if len(texts[name]) > limit:
                reading.refuse(
                    Why.LONG_TITLE if name == "title" else Why.LONG_TEXT,
                    _("“%(name)s” has %(length)d characters; %(limit)d is the most.")
                    % {
                        "name": NAMES[name],
                        "length": len(texts[name]),
                        "limit": limit,
                    },
                )

    def _date(self, row: Row, draft: LessonDraft, reading: Reading) -> None:
        try:
            day, precision = self.mapping.occurred(row.cells)
        except ValueError as error:
            reading.refuse(
                Why.UNREADABLE_DATE,
                _("“%(said)s” is no date in the form %(forms)s.")
                % {"said": str(error)[:100], "forms": ", ".join(self.mapping.dates)},
            )
            return
        if day is not None and day > self.today:
            reading.refuse(
                Why.FUTURE_DATE, _("%(day)s is still to come.") % {"day": date.isoformat(day)}
            )
        draft.values |= {"occurred_on": day, "occurred_precision": precision}

    def _tagged(self, row: Row, column: Tags | None, reading: Reading) -> list[tuple[str, str]]:
        """Each value in the column: what the file says and what it means; notes what is lost."""
        if column is None:
            return []
        values = list(column.read(self.mapping.said(row.cells, column.column)))
        left_out = [said for said, meaning in values if meaning is None]
        if left_out:
            reading.note(
                Why.LEFT_OUT,
                _("Left out of “%(column)s”: %(values)s.")
                % {"column": column.column, "values": ", ".join(left_out)},
            )
        return [(said, meaning) for said, meaning in values if meaning is not None]

    def _choices(self, row: Row, draft: LessonDraft, reading: Reading) -> None:
        for name, column in self.mapping.choices.items():
            for said, value in self._tagged(row, column, reading):
                draft.values[name] = value
                if value not in KNOWN[name]:
                    reading.refuse(
                        Why.UNKNOWN_VALUE,
                        _("“%(said)s” is no %(name)s. Known: %(known)s.")
                        % {
                            "said": said[:100],
                            "name": NAMES[name],
                            "known": ", ".join(sorted(KNOWN[name])),
                        },
                    )

    def _themes(self, row: Row, draft: LessonDraft, reading: Reading) -> None:
        for said, value in self._tagged(row, self.mapping.tags.get("themes"), reading):
            theme = self.known_themes.get(value) or self.known_themes.get(plain(value))
            if theme is None:
                reading.refuse(
                    Why.UNKNOWN_THEME, _("There is no theme “%(said)s”.") % {"said": said[:100]}
                )
            else:
                draft.themes.append(theme)

    def _partners(self, row: Row, draft: LessonDraft, reading: Reading) -> None:
        unknown = False
        for said, value in self._tagged(row, self.mapping.tags.get("partners"), reading):
            partner = self.known_partners.find(value)
            if partner is None:
                unknown = True
                reading.refuse(
                    Why.UNKNOWN_PARTNER, _("There is no partner “%(said)s”.") % {"said": said[:100]}
                )
            else:
                draft.partners.append(partner)
        if not draft.partners and not unknown:
            reading.refuse(Why.NO_PARTNER, _("It names no partner."))

    def _elsewhere(self, texts: dict[str, str], reading: Reading) -> None:
        pattern = self.mapping.points_elsewhere
        for name in TEXTS:
            if pattern is not None and pattern.fullmatch(texts[name]):
                reading.note(
                    Why.TEXT_ELSEWHERE,
                    _("“%(name)s” says only “%(said)s”.")
                    % {"name": NAMES[name], "said": texts[name]},
                )

    # --- Writing ---------------------------------------------------------------------------------

    def present(self) -> set[str]:
        known = Lesson.objects.filter(agency=self.agency).exclude(source_id="")
        return set(known.values_list("source_id", flat=True))

    def create(self, drafts: Sequence[LessonDraft]) -> list[str]:
        """Create and submit each lesson, by the same verb as on the pages."""
        return [self._create(draft).ref for draft in drafts]

    def _create(self, draft: LessonDraft) -> Lesson:
        lesson = Lesson.objects.create(
            agency=self.agency,
            originator=self.by,
            created_by=self.by,
            created_at=self.at,
            **draft.values,
        )
        lesson.partners.add(*draft.partners)
        lesson.themes.add(*draft.themes)
        perform(lesson, "submit", by=self.by, at=self.at, given={"clean": True}, telling=False)
        return lesson

    def tell(self, refs: Sequence[str]) -> None:
        """One notice to each reviewer, however many lessons wait for them."""
        first = Lesson.objects.get(ref=refs[0])
        tell_of_import(first, len(refs), people_with, by=self.by, at=self.at)
