"""The list of questionnaires."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agencies.models import User
from agencies.requests import signed_in
from evaluation.models import FeedbackRequest
from pages.cursors import Key, Sort
from pages.filters import Asked, ListFilters, Option
from pages.listing import Database, Empty, Listing, show
from pages.numbers import grouped
from programs.filters import agencies


def status_options(filters: ListFilters) -> list[Option]:
    """Whether it takes answers now, as its own page says."""
    now = timezone.now()

    def is_open(rows: Any) -> QuerySet:
        over, early = rows.over(now).values("pk"), rows.early(now).values("pk")
        found: QuerySet = rows.exclude(pk__in=over).exclude(pk__in=early)
        return found

    return [
        Option("open", _("Open"), is_open),
        Option("closed", _("Closed"), lambda rows: rows.over(now)),
        Option("early", _("Not open yet"), lambda rows: rows.early(now)),
    ]


class QuestionnaireFilters(ListFilters):
    status = Asked(label=_("Status"), choices=status_options)
    agency = agencies("agency")


def counted(number: int) -> str:
    return ngettext("%(number)s questionnaire", "%(number)s questionnaires", number) % {
        "number": grouped(number)
    }


def with_turnout(rows: QuerySet, reader: User) -> QuerySet:
    found: Any = rows
    prepared: QuerySet = found.with_turnout()
    return prepared


def nothing_more(rows: list[Any], reader: User) -> None:
    """One query tells all that a row says."""


QUESTIONNAIRES = Listing(
    title=_("Questionnaires"),
    counted=counted,
    address="evaluation:questionnaires",
    file_address="",
    file_name="questionnaires",
    template="evaluation/questionnaires.html",
    row="evaluation/_questionnaire_row.html",
    filters=QuestionnaireFilters,
    sorts=(
        Sort("newest", _("Newest first"), (Key("opens_on", date, descending=True),)),
        Sort("closing", _("First to close"), (Key("closes_on", date),)),
    ),
    columns=(),
    empty=Empty(
        _("No questionnaire is here yet"),
        _("Ask those who took part in an exercise or program, on its page under Feedback."),
        "programs:exercises",
        _("Choose an exercise"),
    ),
    finder=lambda filters: Database(filters, with_turnout, nothing_more),
)


@require_safe
def questionnaires(request: HttpRequest) -> HttpResponse:
    """Those that the reader changes, and those whose summary they may read."""
    return show(request, QUESTIONNAIRES, FeedbackRequest.objects.visible_to(signed_in(request)))
