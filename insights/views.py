"""Pages that read across: home, all partners, one partner."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.models import Partner, PartnerKind
from agencies.requests import signed_in
from evaluation.panels import for_partner
from insights import briefing, links, worldmap
from insights import home as homes
from insights import partners as overviews
from insights import search as searches
from insights.dossier import dossier
from insights.saved_views import pins_of
from insights.timeline import timeline
from lessons.facets import Reading


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What needs the reader, where learning stands, what is new."""
    reader = signed_in(request)
    reading = Reading(reader)
    found = homes.home_of(reader, timezone.now(), reading)
    context = {
        "home": found,
        "summary": homes.summary(found),
        "stages": homes.stages(found.figures),
        "steps": homes.first_steps(reader),
        "map": worldmap.draw(found.countries, small=True),
        "pins": pins_of(reader, reading),
    }
    return render(request, "insights/home.html", context)


@require_safe
def partners(request: HttpRequest) -> HttpResponse:
    """All partners with visible records: the map, and the same as tables."""
    rows = overviews.overview(signed_in(request), timezone.localdate())
    sort = overviews.Sort.parse(request.GET.get("sort", overviews.DEFAULT_SORT))
    if sort is None:
        messages.warning(request, _("There is no such order; most lessons come first."))
        sort = overviews.Sort(overviews.DEFAULT_SORT)
    kind = request.GET.get("kind", "")
    if kind not in ("", *PartnerKind.values):
        messages.warning(request, _("There is no such kind of partner; all are shown."))
        kind = ""
    countries = [row for row in rows if row.is_country]
    organizations = [row for row in rows if not row.is_country]
    context = {
        "rows": rows,
        "map": worldmap.draw(
            [row.on_map for row in countries], whole=request.GET.get("view") == "world"
        ),
        "countries": sort.apply(countries) if kind != PartnerKind.ORGANIZATION else [],
        "organizations": sort.apply(organizations) if kind != PartnerKind.COUNTRY else [],
        "number_of_countries": len(countries),
        "number_of_organizations": len(organizations),
        "most": max((row.lessons for row in rows), default=0),
        "headings": overviews.headings(sort),
        "kind": kind,
    }
    return render(request, "insights/partners.html", context)


@require_safe
def partner(request: HttpRequest, code: str) -> HttpResponse:
    """One partner: the analyst's front door, printable as a briefing."""
    if code != code.upper():
        return redirect("insights:partner", code.upper(), permanent=True)
    known, reader = get_object_or_404(Partner, code=code), signed_in(request)
    found = dossier(known, reader, timezone.localdate())
    context = {
        "partner": known,
        "dossier": found,
        "for_whom": reader.agencies_known.get(reader.standing.home or 0),
        "summary": briefing.summary(found),
        "answers": briefing.answers(found),
        "lessons_by_year": briefing.lessons_by_year(found),
        "ratings": briefing.ratings_by_year(found),
        "changes": briefing.changes(found),
        "actions": briefing.actions_by_status(found),
        "statuses": briefing.statuses(found),
        "themes": briefing.themes(found),
        "relatives": briefing.relatives(found),
        "missing": briefing.missing(found),
        "timeline": timeline(found),
        "last_year": str(found.on.year - 1),
        "this_year": str(found.on.year),
        "indicators": for_partner(reader, known),
        "held": found.held_since(found.on.year - 1),
        "ways": briefing.ways(found),
    }
    return render(request, "insights/partner.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the reader may see of everything recorded, by words."""
    found = searches.search(request.GET.get("q", ""), signed_in(request))
    return render(request, "insights/search.html", {"found": found})


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Where the words typed so far could lead: the options of a list, as a part of a page."""
    text = request.GET.get("q", "")
    query, errors = searches.read(text)
    context = {
        "offered": searches.suggestions(text, signed_in(request)),
        "text": "" if errors or query.is_empty else text,
        "all_url": links.filtered("insights:search", q=text),
    }
    return render(request, "insights/_suggestions.html", context)
