"""The reports there are, as the tabs above each of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REPORTS: dict[str, str | Promise] = {
    "insights:pipeline": _("State of learning"),
    "insights:heat_map": _("Heat map"),
    "insights:gaps": _("Gaps"),
}
"""Names of addresses and what the reports are called; the first one stands behind *Reports*."""


@dataclass(frozen=True)
class Tab:
    label: str | Promise
    url: str
    current: bool


def tabs(name: str) -> list[Tab]:
    """All reports, of which ``name`` is shown."""
    return [Tab(label, reverse(one), one == name) for one, label in REPORTS.items()]
