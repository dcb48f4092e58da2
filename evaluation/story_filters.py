"""The filters of success stories."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from evaluation.search import STORY_TEXT
from pages.filters import Asked, ListFilters, Mode, Option
from programs.filters import agencies, marking, news, partners, since, until, words


class StoryFilters(ListFilters):
    """``from`` and ``to`` go by the day on which it was told."""

    q = words(STORY_TEXT)
    new = news()
    partner = partners()
    partner_mode = Mode(label=_("Partners"))
    about = Asked(
        label=_("About"),
        choices=lambda filters: [
            Option("lesson", _("A learned lesson"), lambda rows: rows.filter(lesson__isnull=False)),
            Option("program", _("A program"), lambda rows: rows.filter(program__isnull=False)),
        ],
    )
    from_ = since("recorded_on")
    to = until("recorded_on")
    agency = agencies("agency")
    tlp = marking()

    folded = ("agency", "tlp")
