"""The filters of agreements, programs and exercises, and choices that lessons share with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from agencies.models import Partner, PartnerKind
from pages.filters import Asked, Day, ListFilters, Mode, Moment, Option, Several, SeveralHeld, Words
from programs.models import Activity, Agreement, Exercise, Program
from programs.search import AGREEMENT_TEXT, EXERCISE_TEXT, PROGRAM_TEXT
from programs.vocabulary import (
    AgreementStatus,
    AgreementType,
    Delivery,
    ExerciseKind,
    ExerciseStatus,
    Instrument,
    ProgramKind,
    ProgramStatus,
)
from records.choices import PARTNER_GROUPS, RECENT, folded
from records.search import TextIndex
from records.vocabulary import TLP, Technology, Threat
from records.words import parse

NEWEST_BY: dict[type[Activity], str] = {
    Agreement: "dated_on",
    Program: "dated_on",
    Exercise: "starts_on",
}
"""The date that the newest of each kind go by."""


def partner_options(filters: ListFilters) -> list[Option]:
    """Every partner by kind, in the order of the reader's language."""
    if filters.reader is None:
        return []
    order = [str(heading) for heading in PARTNER_GROUPS.values()]
    options = [
        Option(
            partner.code,
            partner.label,
            partner.pk,
            str(PARTNER_GROUPS[PartnerKind(partner.kind), partner.historical]),
        )
        for partner in Partner.objects.order_by()
    ]
    return sorted(options, key=lambda one: (order.index(str(one.group)), folded(str(one.label))))


def agency_options(filters: ListFilters) -> list[Option]:
    """Every agency; also those no longer active have recorded."""
    if filters.reader is None:
        return []
    return [Option(one.code, one.name, one.pk) for one in filters.reader.agencies_known.values()]


def country_options(filters: ListFilters) -> list[Option]:
    return countries_in(get_language())


@cache
def countries_in(language: str | None) -> list[Option]:
    """All countries in the order and words of ``language``, which is that of the reader."""
    return [Option(code, str(name), code) for code, name in countries]


def activity_options(
    filters: ListFilters, offered: Mapping[type[Activity], Q]
) -> dict[str, list[Option]]:
    """Activities that the reader may see, newest first, by the name of their filter.

    Of each kind the newest ``RECENT`` that meet a condition are offered, and those that the
    address names. One query for all of them.
    """
    names = {model: str(model._meta.model_name) for model in offered}
    found: dict[str, list[Option]] = {name: [] for name in names.values()}
    if filters.reader is None:
        return found
    parts = []
    for model, condition in offered.items():
        visible = model.objects.visible_to(filters.reader).order_by()
        newest = visible.filter(condition).order_by(f"-{NEWEST_BY[model]}", "-pk")[:RECENT]
        # A database that keeps no NUL does not look for one either.
        named = [ref for ref in filters.given(names[model]) if "\x00" not in ref][:RECENT]
        parts.append(
            visible.filter(Q(pk__in=newest.values("pk")) | Q(ref__in=named)).values_list(
                Value(names[model]), NEWEST_BY[model], "pk", "ref", "title"
            )
        )
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    for name, _day, pk, ref, title in sorted(rows, key=lambda row: (row[1], row[2]), reverse=True):
        found[name].append(Option(ref, title, pk))
    return found


def agreement_options(filters: ListFilters) -> list[Option]:
    return filters.activities["agreement"]


def program_options(filters: ListFilters) -> list[Option]:
    return filters.activities["program"]


def words(index: TextIndex) -> Words:
    return Words(parse, index.condition, label=_("Words"))


def partners() -> Several:
    return Several(
        label=_("Partner"),
        choices=partner_options,
        many=("partners",),
        mode="partner_mode",
        searchable=True,
    )


def agencies(*paths: str, many: Sequence[str] = ()) -> Several:
    return Several(
        label=_("Agency"), choices=agency_options, paths=paths, many=many, searchable=True
    )


def news() -> Moment:
    """What is new to the reader since a moment."""

    def narrow(rows: Any, reader: Any, moment: datetime) -> QuerySet:
        found: QuerySet = rows.news_to(reader, moment)
        return found

    return Moment(narrow, label=_("New since"))


def marking() -> Several:
    return Several(label=_("Marking"), choices=TLP.choices, paths=("tlp",))


def until(path: str) -> Day:
    """What had begun by a day."""

    def narrow(rows: QuerySet, day: date) -> QuerySet:
        return rows.filter(**{f"{path}__lte": day})

    return Day(narrow, label=_("To"))


def since(path: str, *, or_where_open: str = "") -> Day:
    """What had not ended before a day; ``or_where_open`` stands in for an end that is not known."""

    def narrow(rows: QuerySet, day: date) -> QuerySet:
        ended_later = Q(**{f"{path}__gte": day})
        if or_where_open:
            ended_later |= Q(**{f"{path}__isnull": True, f"{or_where_open}__gte": day})
        return rows.filter(ended_later)

    return Day(narrow, label=_("From"))


class AgreementFilters(ListFilters):
    """``from`` and ``to`` go by when the agreement came into force, else was signed."""

    q = words(AGREEMENT_TEXT)
    new = news()
    partner = partners()
    partner_mode = Mode(label=_("Partners"))
    type = Several(label=_("Type"), choices=AgreementType.choices, paths=("type",), searchable=True)
    status = Several(
        label=_("Status"), choices=AgreementStatus.choices, paths=("status",), searchable=True
    )
    instrument = SeveralHeld(
        label=_("Instrument"), choices=Instrument.choices, paths=("instruments",), searchable=True
    )
    review = Asked(
        label=_("Review"),
        choices=lambda filters: [
            Option(
                "overdue",
                _("Review overdue"),
                lambda rows: rows.review_overdue(timezone.localdate()),
            )
        ],
    )
    from_ = since("dated_on")
    to = until("dated_on")
    agency = agencies("agency", many=("party_agencies",))
    tlp = marking()

    folded = ("agency", "tlp")


class ProgramFilters(ListFilters):
    """``from`` and ``to`` find what ran in the time between."""

    q = words(PROGRAM_TEXT)
    new = news()
    partner = partners()
    partner_mode = Mode(label=_("Partners"))
    kind = Several(label=_("Kind"), choices=ProgramKind.choices, paths=("kind",))
    status = Several(label=_("Status"), choices=ProgramStatus.choices, paths=("status",))
    from_ = since("ends_on", or_where_open="dated_on")
    to = until("dated_on")
    agreement = Several(
        label=_("Agreement"), choices=agreement_options, paths=("agreement",), searchable=True
    )
    technology = SeveralHeld(
        label=pgettext_lazy("program", "Technology"),
        choices=Technology.choices,
        paths=("technology",),
        searchable=True,
    )
    delivery = Several(label=_("Delivery"), choices=Delivery.choices, paths=("delivery",))
    agency = agencies("agency", "lead_agency")
    tlp = marking()

    folded = ("agreement", "technology", "delivery", "agency", "tlp")

    @property
    def activities(self) -> dict[str, list[Option]]:
        return activity_options(self, {Agreement: Q()})


class ExerciseFilters(ListFilters):
    """``from`` and ``to`` find what took place in the time between, as far as dates are known."""

    q = words(EXERCISE_TEXT)
    new = news()
    partner = partners()
    partner_mode = Mode(label=_("Partners"))
    kind = Several(label=_("Kind"), choices=ExerciseKind.choices, paths=("kind",), searchable=True)
    status = Several(label=_("Status"), choices=ExerciseStatus.choices, paths=("status",))
    evaluation = Asked(
        label=_("Evaluation"),
        choices=lambda filters: [
            Option(
                "overdue",
                _("Evaluation overdue"),
                lambda rows: rows.evaluation_overdue(timezone.localdate()),
            )
        ],
    )
    from_ = since("ends_on")
    to = until("starts_on")
    host = Several(
        label=_("Host country"), choices=country_options, paths=("host_country",), searchable=True
    )
    program = Several(
        label=_("Program"), choices=program_options, paths=("program",), searchable=True
    )
    agreement = Several(
        label=_("Agreement"), choices=agreement_options, paths=("agreement",), searchable=True
    )
    technology = SeveralHeld(
        label=_("Technology used"),
        choices=Technology.choices,
        paths=("technology",),
        searchable=True,
    )
    threat = SeveralHeld(
        label=_("Threat"), choices=Threat.choices, paths=("threats",), searchable=True
    )
    agency = agencies("agency", "lead_agency", many=("participations__agency",))
    tlp = marking()

    folded = ("host", "program", "agreement", "technology", "threat", "agency", "tlp")

    @cached_property
    def activities(self) -> dict[str, list[Option]]:
        """Programs and agreements, by one query."""
        return activity_options(self, {Program: Q(), Agreement: Q()})
