"""My observations: what became of what one reported."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.requests import signed_in
from lessons.mine import PAGE, Standing, numbers, page_of
from lessons.views.review import page_in


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Each observation with where it stands; ``?standing=`` narrows, ``?page=`` pages."""
    user = signed_in(request)
    asked = request.GET.get("standing", "")
    standing = Standing(asked) if asked in Standing.values else None
    wrong = bool(asked) and standing is None
    counted = numbers(user)
    total = counted[standing] if standing else sum(counted.values())
    page = min(page_in(request.GET), max(-(-total // PAGE), 1))
    rows = [] if wrong else page_of(user, standing, page)
    context = {
        "rows": rows,
        "all": sum(counted.values()),
        "wrong": wrong,
        "standing": standing,
        "tabs": tabs(counted, standing, wrong=wrong),
        "pager": pager(standing, page, total),
    }
    return render(request, "lessons/mine.html", context)


def address(**asked: Any) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("lessons:mine") + (f"?{query}" if query else "")


def tabs(counted: dict[str, int], chosen: Standing | None, *, wrong: bool) -> list[dict[str, Any]]:
    every = {
        "label": _("All"),
        "number": sum(counted.values()),
        "url": address(),
        "current": chosen is None and not wrong,
    }
    return [
        every,
        *(
            {
                "label": standing.label,
                "number": counted[standing],
                "url": address(standing=standing.value),
                "current": standing is chosen,
            }
            for standing in Standing
        ),
    ]


def pager(standing: Standing | None, page: int, total: int) -> dict[str, Any]:
    """What the shared pager shows; nothing on one page."""
    last = min(page * PAGE, total)
    words = {"first": (page - 1) * PAGE + 1, "last": last, "total": total}
    chosen = standing.value if standing else ""
    return {
        "previous_url": address(standing=chosen, page=page - 1) if page > 1 else "",
        "next_url": address(standing=chosen, page=page + 1) if last < total else "",
        "words": _("%(first)d–%(last)d of %(total)d") % words if total > PAGE else "",
    }
