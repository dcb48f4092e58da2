"""One's notices, and how they come by mail."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import User
from agencies.requests import signed_in
from notices import vocabulary
from notices.forms import WhenForm
from notices.kinds import shown
from notices.models import Notice
from notices.telling import choose
from pages.cursors import BadCursorError, Cursor, Key, Sort, Window, window

PAGE = 25
UNREAD_FIRST = Sort(
    "unread first",
    "",
    (Key("was_read", int), Key("id", int, descending=True)),
    {
        "was_read": Case(
            When(read_at__isnull=True, then=Value(0)), default=Value(1), output_field=IntegerField()
        )
    },
)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The unread ones first, then the others, each newest first."""
    person = signed_in(request)
    page = _page(request, person)
    context = {
        "shown": shown(page.rows, person),
        "any_unread": any(notice.read_at is None for notice in page.rows),
        "page": {
            "first_url": request.path if page.previous else None,
            "previous_url": f"?cursor={page.previous}" if page.previous else None,
            "next_url": f"?cursor={page.next}" if page.next else None,
        },
    }
    return render(request, "notices/notices.html", context)


def _page(request: HttpRequest, person: User) -> Window:
    """The page asked for; the first one for a cursor that makes no sense or finds nothing."""
    rows = Notice.objects.visible_to(person)
    given = request.GET.get("cursor", "")
    try:
        cursor = Cursor.read(given, UNREAD_FIRST) if given else None
    except BadCursorError:
        messages.warning(request, _("That page does not exist. This is the beginning."))
        cursor = None
    page = window(rows, UNREAD_FIRST, cursor, PAGE)
    return page if page.rows or cursor is None else window(rows, UNREAD_FIRST, None, PAGE)


def _own(pk: int, person: User) -> Notice:
    found: Notice = get_object_or_404(Notice.objects.visible_to(person), pk=pk)
    return found


@require_safe
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """To what the notice is about; it is read then."""
    person = signed_in(request)
    notice = _own(pk, person)
    if request.method == "GET":
        notice.read(timezone.now())
    return redirect(shown([notice], person)[0].sentence.path)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read."""
    _own(pk, signed_in(request)).read(timezone.now())
    return redirect("notices:notices")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read all that the person may see now."""
    person = signed_in(request)
    Notice.objects.visible_to(person).unread().update(read_at=timezone.now())
    messages.success(request, _("All notices are read."))
    return redirect("notices:notices")


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """For each kind: by mail at once, once a day, once a week, or not."""
    person = signed_in(request)
    form = WhenForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        chosen = {name: vocabulary.When(when) for name, when in form.cleaned_data.items()}
        choose(person, chosen, at=timezone.now())
        messages.success(request, _("Your choice is saved."))
        return redirect("notices:settings")
    return render(request, "notices/settings.html", {"form": form})
