"""What only the product itself can tell about an installation, as JSON on standard output.

Run by ``Installation.inside`` with the variables of one installation:
``python -m benchmarks.inside places``.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from agencies.models import Partner, User  # noqa: E402
from benchmarks.generate import (  # noqa: E402
    ADMINISTRATOR_ID,
    PARTNERS,
    READER_ID,
    SAVED,
    SAVER_IDS,
    search_words,
)
from lessons.models import Lesson, Theme  # noqa: E402
from lessons.views.lists import NEWEST  # noqa: E402
from pages.cursors import Cursor  # noqa: E402
from pages.listing import PAGE  # noqa: E402

ALLAUTH = "allauth.account.auth_backends.AuthenticationBackend"
STOCK = "django.contrib.auth.backends.ModelBackend"
EXPORTED = 10_000
REPEATS = 30


def session_of(number: int, backend: str) -> str:
    """The key of a session in which a person is signed in."""
    user = User.objects.get(pk=number)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def sessions() -> dict[str, Any]:
    return {
        "reader": session_of(READER_ID, ALLAUTH),
        "savers": [session_of(number, ALLAUTH) for number in SAVER_IDS],
        "administrator": session_of(ADMINISTRATOR_ID, STOCK),
    }


def places() -> dict[str, Any]:
    """The addresses of the measured pages, and how many rows they tell of."""
    reader = User.objects.get(pk=READER_ID)
    partner = Partner.objects.get(code=PARTNERS[0])
    theme = Theme.objects.order_by("pk")[0]
    seen = Lesson.objects.visible_to(reader)
    shown = NEWEST.ordered(seen.current())
    narrowed = shown.filter(partners=partner, themes=theme)
    total, every = shown.count(), Lesson.objects.count()
    deep, deep_of_all = min(1_000, total // PAGE), min(1_000, every // PAGE)
    place = shown.values_list("dated_on", "pk")[PAGE * (deep - 1) - 1]
    exportable = NEWEST.ordered(seen.current().exportable()).values_list("dated_on", flat=True)
    since = exportable[min(EXPORTED, exportable.count()) - 1]
    address = reverse("lessons:lessons")

    def page(**query: str) -> str:
        return f"{address}?{urlencode(query)}" if query else address

    mid, heavy = search_words(0.025), search_words(0.2)
    return {
        "pages": {
            "first": page(),
            "filtered": page(partner=partner.code, theme=theme.slug),
            "search_mid": page(q=mid),
            "search_heavy": page(q=heavy),
            "page_1000": page(cursor=str(Cursor(NEWEST.name, place, backwards=False))),
        },
        "admin": {
            "first": "",
            "filtered": f"?partners__id__exact={partner.pk}&themes__id__exact={theme.pk}",
            "search_mid": f"?{urlencode({'q': mid})}",
            "search_heavy": f"?{urlencode({'q': heavy})}",
            "page_1000": f"?p={deep_of_all}",
        },
        "export": f"{reverse('lessons:export')}?from={since}&format=csv",
        "new": reverse("lessons:new"),
        "words": {"mid": mid, "heavy": heavy},
        "partner": {"id": partner.pk, "code": partner.code},
        "theme": theme.slug,
        "pages_deep": {"lindero": deep, "others": deep_of_all},
        "totals": {"all": every, "first": total, "filtered": narrowed.count()},
    }


def rows_queries() -> dict[str, float]:
    """Milliseconds that the query for the rows of each page takes alone."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(pk=READER_ID), ALLAUTH)
    found = {}
    for name, address in places()["pages"].items():
        asked: list[tuple[str, Any]] = []

        def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if '"lessons_lesson"."title"' in sql:
                asked.append((sql, params))  # noqa: B023 - called before the next round
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            client.get(address)
        if asked:
            found[name] = statistics.median(seconds(*asked[0]) for _ in range(REPEATS)) * 1000
    return found


def seconds(sql: str, params: Any) -> float:
    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(sql, params)
        cursor.fetchall()
        return time.perf_counter() - began


def forget_saved() -> int:
    """Remove what the savers have made, so that every run finds the same lessons."""
    return int(Lesson.objects.filter(title=SAVED).delete()[1].get("lessons.Lesson", 0))


TASKS: dict[str, Callable[[], Any]] = {
    "sessions": sessions,
    "places": places,
    "rows_queries": rows_queries,
    "forget_saved": forget_saved,
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]]()))
