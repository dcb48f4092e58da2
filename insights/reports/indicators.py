"""Does it work: what indicators say of the change, each with its known limitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import User
from evaluation.assessment import Verdict
from evaluation.models import Indicator, Result
from evaluation.results import said, tell
from evaluation.vocabulary import Progress
from exchange.documents.drawing import key_of, on_paper
from exchange.documents.tree import Block, Figure, Heading, Table
from insights.reports.basis import SHORT_TEXT, Contents, cut, left_out, nothing

MOST, MOST_FOUND = 25, 200
"""Rows of the table, and indicators that are looked at for those that say most."""
MOST_CHARTS = 8
WITHOUT = {
    Progress.WAITING: gettext_lazy("being worked out"),
    Progress.GIVEN_UP: gettext_lazy("could not be worked out"),
    Progress.UNASKED: gettext_lazy("not worked out yet"),
}


SIGNS = {
    "settled": gettext_lazy("line"),
    "unsettled": gettext_lazy("short dashes"),
    "comparison": gettext_lazy("long dashes"),
    "before": gettext_lazy("broad pale line"),
    "break": gettext_lazy("dotted upright line"),
}
"""How the layers of a chart look on paper, in words."""


def does_it_work(
    about: Q, reader: User, contents: Contents, *, most: int = MOST, charts: int = MOST_CHARTS
) -> list[Block]:
    """The indicators that ``about`` chooses and ``reader`` may pass on; a clear change first.

    One that is compared with a RED indicator is told without it, as to those who may not see it.
    """
    seen = Indicator.objects.visible_to(reader).exportable().filter(about)
    found: list[Any] = list(
        seen.distinct()
        .select_related("comparison")
        .with_result_for(reader, leaves=True)[:MOST_FOUND]
    )
    if not found:
        return [Heading(_("Does it work")), nothing(_("No indicator tells what came of it."))]
    rows = sorted(found, key=lambda one: one.verdict not in (Verdict.BETTER, Verdict.WORSE))[:most]
    tell(rows)
    contents.markings.update(one.tlp for one in found)  # counted, if not told
    contents.add(*rows)
    contents.add(*(one.comparison for one in rows if one.reads_comparison))
    headings = [_("Indicator"), _("What it says"), _("Verdict"), _("Known limitations")]
    told = [
        [
            f"{one.title}\n{one.ref}",
            one.headline,
            str(Verdict(one.verdict).label if one.verdict else WITHOUT[Progress(one.progress)]),
            cut(one.limitations, SHORT_TEXT),
        ]
        for one in rows
    ]
    return [
        Heading(_("Does it work")),
        Table(headings, told, (28, 32, 14, 26)),
        *left_out(len(found) - len(rows)),
        *drawn(rows[:charts]),
    ]


def drawn(indicators: Sequence[Any]) -> list[Block]:
    """The charts of those that have one, each under the name of its indicator."""
    kept = Result.objects.only("charts").in_bulk([one.result_id for one in indicators])
    blocks: list[Block] = []
    for one in indicators:
        chart = said(kept[one.result_id].charts) if one.result_id in kept else ""
        drawing = on_paper(chart)
        if drawing is not None:
            blocks += [Heading(one.title, 2), Figure(drawing, signs(chart))]
    return blocks


def signs(chart: str) -> str:
    """``line: detections (cases); broad pale line: mean before and after; …``"""
    pairs = [(str(SIGNS[layer]), words) for layer, words in key_of(chart) if layer in SIGNS]
    pairs.append((_("full upright line"), _("the change")))
    return capfirst("; ".join(f"{sign}: {words}" for sign, words in pairs)) + "."
