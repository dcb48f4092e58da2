"""The indicators of a record or partner, as other pages show them: each with its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.urls import reverse

from agencies.models import Partner, User
from evaluation.models import Indicator
from evaluation.results import tell

MOST = 200
"""Indicators of one panel; charts stand on their own pages."""
LONG_TEXTS = ("definition", "formula", "source", "limitations")


@dataclass(frozen=True)
class Panel:
    """Indicators that the reader may see, newest first, and the addresses that lead on.

    Each of ``rows`` has ``headline``, ``verdict`` and ``result`` (``None``: ``progress`` says how far it is).
    ``url`` is the list of all, ``new_url`` where one is recorded, empty for whom that is not.
    """

    rows: list[Any]
    more: bool
    url: str
    new_url: str


def for_record(user: User, record: Model) -> Panel:
    """The indicators about one agreement, program, exercise or action. At most three queries."""
    name = str(record._meta.model_name)
    key = getattr(record, "ref", None) or str(record.pk)
    listed = {name: key} if hasattr(record, "ref") else {"about": name}
    seen = Indicator.objects.visible_to(user).about(record)
    return panel(user, seen, listed, {name: key})


def for_partner(user: User, partner: Partner) -> Panel:
    """The indicators tagged with one partner. At most three queries."""
    seen = Indicator.objects.visible_to(user).of_partner(partner)
    return panel(user, seen, {"partner": partner.code}, {"partner": partner.code})


def panel(
    user: User, indicators: QuerySet[Any], listed: dict[str, str], begun: dict[str, str]
) -> Panel:
    found: Any = indicators
    rows = list(found.defer(*LONG_TEXTS).with_result_for(user)[: MOST + 1])
    shown = rows[:MOST]
    if shown:
        tell(shown)
    return Panel(
        shown,
        len(rows) > MOST,
        f"{reverse('evaluation:indicators')}?{urlencode(listed)}",
        f"{reverse('evaluation:indicator_new')}?{urlencode(begun)}" if user.may_record else "",
    )
