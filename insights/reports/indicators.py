"""Does it work: what indicators say of the change, each with its known limitations."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from agencies.models import User
from evaluation.assessment import Verdict
from evaluation.models import Indicator
from evaluation.results import tell
from exchange.documents.tree import Block, Heading, Table
from insights.reports.basis import SHORT_TEXT, Contents, cut, nothing
from records.vocabulary import TLP

MOST = 25


def does_it_work(about: Q, reader: User, contents: Contents) -> list[Block]:
    """The indicators that ``about`` chooses and ``reader`` may pass on.

    One that is compared with a RED indicator stays out: its figures would tell of the other.
    """
    seen = Indicator.objects.visible_to(reader).exportable().filter(about)
    rows: list[Any] = list(
        seen.exclude(comparison__tlp=TLP.RED)
        .distinct()
        .select_related("comparison")
        .with_result_for(reader)[:MOST]
    )
    if not rows:
        return [Heading(_("Does it work")), nothing(_("No indicator tells what came of it."))]
    tell(rows)
    contents.add(*rows)
    contents.add(*(one.comparison for one in rows if one.reads_comparison))
    headings = [_("Indicator"), _("What it says"), _("Verdict"), _("Known limitations")]
    told = [
        [
            f"{one.title}\n{one.ref}",
            one.headline,
            str(Verdict(one.verdict).label) if one.verdict else _("being worked out"),
            cut(one.limitations, SHORT_TEXT),
        ]
        for one in rows
    ]
    return [Heading(_("Does it work")), Table(headings, told, (28, 32, 14, 26))]
