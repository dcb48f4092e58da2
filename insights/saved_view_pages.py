"""The pages of saved views, and of what members took away as files."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Agency, User
from agencies.requests import signed_in
from agencies.roles import Permission
from agencies.views import coordinated, frame
from insights.lists import LISTS, KeptQueries, address_of, label_of
from insights.saved_views import RenameForm, SavedViewForm, rows_of, sort_for
from pages.cursors import BadCursorError, Cursor, Key, Sort, Window, window
from records import saved_views
from records.models import ExportRecord, SavedView
from records.saved_views import NotAllowedError

PAGE = 30
LATEST = Sort("latest", "", (Key("id", int, descending=True),))


def asked_window(request: HttpRequest, rows: QuerySet, sort: Sort) -> Window:
    """The page asked for; the first one for a cursor that makes no sense."""
    given = request.GET.get("cursor", "")
    try:
        cursor = Cursor.read(given, sort) if given else None
    except BadCursorError:
        messages.warning(request, _("That page does not exist. This is the beginning."))
        cursor = None
    shown = window(rows, sort, cursor, PAGE)
    return shown if shown.rows or cursor is None else window(rows, sort, None, PAGE)


def pages_around(request: HttpRequest, shown: Window) -> dict[str, str | None]:
    path = request.path
    return {
        "first_url": path if shown.previous else None,
        "previous_url": f"{path}?cursor={shown.previous}" if shown.previous else None,
        "next_url": f"{path}?cursor={shown.next}" if shown.next else None,
    }


# --- Saved views ---------------------------------------------------------------------------------


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """One's own views and those shared in one's agencies."""
    person = signed_in(request)
    views = SavedView.objects.visible_to(person).select_related("owner", "agency")
    shown = asked_window(request, views, sort_for(person))
    context = {
        "rows": rows_of(shown.rows, person),
        "page": pages_around(request, shown),
        "agencies": Agency.objects.where(person, Permission.RECORD),
    }
    return render(request, "insights/saved_views.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Save what a list shows."""
    person = signed_in(request)
    asked = {name: request.GET.get(name, "") for name in ("kind", "query")}
    form = SavedViewForm(request.POST or None, person=person, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            view = saved_views.keep(
                form.save(commit=False), by=person, pinned=form.cleaned_data["pinned"]
            )
        except NotAllowedError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": view.name})
            return redirect(address_of(view.kind, view.query))
    kept = KeptQueries(person)
    kind, query = (str(form[name].value() or "") for name in ("kind", "query"))
    known = kind in LISTS
    context = {
        "form": form,
        "list_name": label_of(kind) if known else "",
        "words": kept.words(kind, query.lstrip("?")) if known else [],
        "back": address_of(kind, query.lstrip("?")) if known else "",
    }
    return render(request, "insights/saved_view_form.html", context)


def view_or_404(pk: int, person: User) -> SavedView:
    views = SavedView.objects.visible_to(person).select_related("agency")
    found: SavedView = get_object_or_404(views, pk=pk)
    return found


@require_safe
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """To the list that the view asks for; what is new counts from now on."""
    person = signed_in(request)
    view = view_or_404(pk, person)
    if request.method == "GET":
        saved_views.opened(view, person)
    return redirect(address_of(view.kind, view.query))


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Do to a view what the button named ``deed`` says."""
    person = signed_in(request)
    view = view_or_404(pk, person)
    try:
        done = DEEDS.get(request.POST.get("deed", ""), unknown)(request, view, person)
    except NotAllowedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done % {"name": view.name})
    return redirect("insights:saved_views")


def unknown(request: HttpRequest, view: SavedView, person: User) -> str:
    raise NotAllowedError(_("Nothing was changed."))


def rename(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.own(view, person)
    form = RenameForm(request.POST, instance=view)
    if not form.is_valid():
        raise NotAllowedError(" ".join(map(str, form.errors.get("name", []))))
    saved_views.rename(view, form.cleaned_data["name"], by=person)
    return _("The view is called “%(name)s” now.")


def share(request: HttpRequest, view: SavedView, person: User) -> str:
    agencies = Agency.objects.where(person, Permission.RECORD)
    agency = agencies.filter(code=request.POST.get("agency", "").replace("\x00", "")).first()
    if agency is None:
        raise NotAllowedError(_("Views are shared by those who record for the agency."))
    saved_views.share(view, agency, by=person)
    return _("“%(name)s” is shared.")


def unshare(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.unshare(view, by=person)
    return _("“%(name)s” is yours alone.")


def pin(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.use(view, person, pinned=True)
    return _("“%(name)s” is on your home.")


def unpin(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.use(view, person, pinned=False)
    return _("“%(name)s” is off your home.")


def subscribe(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.use(view, person, subscribed=True)
    return _("You follow “%(name)s”.")


def unsubscribe(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.use(view, person, subscribed=False)
    return _("You no longer follow “%(name)s”.")


def delete(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.delete(view, by=person)
    return _("“%(name)s” is deleted.")


DEEDS = {
    "rename": rename,
    "share": share,
    "unshare": unshare,
    "pin": pin,
    "unpin": unpin,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "delete": delete,
}


# --- Exported files ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """One exported file in words."""

    record: ExportRecord
    list_name: str
    words: list[str]
    url: str


def taken_words(record: ExportRecord, kept: KeptQueries) -> list[str]:
    """What was asked for; of a report that counts lessons also that it is one."""
    words = kept.words(record.kind, record.query)
    return [_("State of learning"), *words] if "report" in QueryDict(record.query) else words


@require_safe
def exports(request: HttpRequest, code: str) -> HttpResponse:
    """What members of the agency took away as files, for its coordinators."""
    agency = coordinated(request, code)
    reader = signed_in(request)
    records = ExportRecord.objects.of(agency).select_related("person")
    shown = asked_window(request, records, LATEST)
    kept = KeptQueries(reader)
    taken = [
        Taken(
            one,
            label_of(one.kind),
            taken_words(one, kept),
            address_of(one.kind, one.query),
        )
        for one in shown.rows
    ]
    context = {"taken": taken, "pages": pages_around(request, shown)}
    return render(request, "insights/exports.html", frame(reader, agency) | context)
