"""The pages of saved views, and of what members took away as files."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Agency, User
from agencies.requests import signed_in
from agencies.roles import Permission
from agencies.views import coordinated, frame
from insights.documents import KINDS
from insights.lists import LISTS, KeptQueries, address_of, label_of, news_of
from insights.saved_views import RenameForm, SavedViewForm, figures, rows_of, sort_for
from pages.cursors import BadCursorError, Cursor, Key, Sort, Window, window
from records import saved_views
from records.models import ExportRecord, SavedView
from records.saved_views import NotAllowedError
from records.vocabulary import DocumentKind, ListKind

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


def pages_around(path: str, shown: Window) -> dict[str, str | None]:
    return {
        "first_url": path if shown.previous else None,
        "previous_url": f"{path}?cursor={shown.previous}" if shown.previous else None,
        "next_url": f"{path}?cursor={shown.next}" if shown.next else None,
    }


# --- Saved views ---------------------------------------------------------------------------------


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """One's own views and those shared in one's agencies."""
    return page_of(request, signed_in(request))


def page_of(request: HttpRequest, person: User, renaming: RenameForm | None = None) -> HttpResponse:
    """The page of views, with what is wrong with the new name of one."""
    views = SavedView.objects.visible_to(person).select_related("owner", "agency")
    shown = asked_window(request, views, sort_for(person))
    context = {
        "rows": rows_of(shown.rows, person, renaming),
        "page": pages_around(reverse("insights:saved_views"), shown),
        "here": here(request),
        "agencies": Agency.objects.where(person, Permission.RECORD),
    }
    return render(request, "insights/saved_views.html", context, status=422 if renaming else 200)


def here(request: HttpRequest) -> str:
    """The query string of the page of views that somebody looks at."""
    cursor = request.GET.get("cursor", "")
    return f"?{urlencode({'cursor': cursor})}" if cursor else ""


def to_the_views(request: HttpRequest) -> HttpResponse:
    return redirect(reverse("insights:saved_views") + here(request))


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
    """To the list that the view asks for, or only to what is new in it; that counts from now on."""
    person = signed_in(request)
    view = view_or_404(pk, person)
    address = address_of(view.kind, view.query)
    since = saved_views.opened(view, person) if request.method == "GET" else None
    if since is None:
        return redirect(address)
    news = news_of(view.kind, view.query, since)
    if request.GET.get("only") == "new":
        return redirect(news)
    [found] = figures(KeptQueries(person), [(view, since)])
    if found.new:
        way = format_html('<a href="{}">{}</a>', news, _("Show only what is new"))
        messages.info(request, format_html("{} {}", found.news_since(since), way))
    return redirect(address)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a view shall go, and delete it."""
    person = signed_in(request)
    view = view_or_404(pk, person)
    try:
        saved_views.own(view, person)
    except NotAllowedError as refused:
        messages.error(request, str(refused))
        return redirect("insights:saved_views")
    if request.method == "POST":
        saved_views.delete(view, by=person)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": view.name})
        return redirect("insights:saved_views")
    context = {
        "view": view,
        "list_name": label_of(view.kind),
        "words": KeptQueries(person).words(view.kind, view.query),
    }
    return render(request, "insights/saved_view_delete.html", context)


class NameRefusedError(Exception):
    """A new name that cannot be; ``form`` says why, ``name`` is how the view is called."""

    def __init__(self, form: RenameForm, name: str) -> None:
        super().__init__(name)
        self.form = form
        self.name = name


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Do to a view what the button named ``deed`` says."""
    person = signed_in(request)
    view = view_or_404(pk, person)
    try:
        done = DEEDS.get(request.POST.get("deed", ""), unknown)(request, view, person)
    except NameRefusedError as refused:
        messages.error(request, _("“%(name)s” is not renamed.") % {"name": refused.name})
        return page_of(request, person, refused.form)
    except NotAllowedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done % {"name": view.name})
    return to_the_views(request)


def unknown(request: HttpRequest, view: SavedView, person: User) -> str:
    raise NotAllowedError(_("Nothing was changed."))


def rename(request: HttpRequest, view: SavedView, person: User) -> str:
    saved_views.own(view, person)
    name = view.name
    form = RenameForm(request.POST, instance=view)
    if form.is_valid():
        try:
            saved_views.rename(view, form.cleaned_data["name"], by=person)
        except NotAllowedError as refused:
            form.add_error("name", str(refused))
    if form.errors:
        raise NameRefusedError(form, name)
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


DEEDS = {
    "rename": rename,
    "share": share,
    "unshare": unshare,
    "pin": pin,
    "unpin": unpin,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
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


def taken_document(record: ExportRecord, kept: KeptQueries) -> Taken:
    """A document by what it is about; its coordinator may not see that itself."""
    kind = KINDS[DocumentKind(record.kind)]
    name = str(DocumentKind(record.kind).label)
    if not kind.about:
        words = kept.words(ListKind.LESSONS, record.query)
        return Taken(record, name, words, kind.url("", record.query))
    subject = QueryDict(record.query)[kind.about]
    return Taken(record, name, [subject], kind.url(subject))


@require_safe
def exports(request: HttpRequest, code: str) -> HttpResponse:
    """What members of the agency took away as files, for its coordinators."""
    agency = coordinated(request, code)
    reader = signed_in(request)
    records = ExportRecord.objects.of(agency).select_related("person")
    shown = asked_window(request, records, LATEST)
    kept = KeptQueries(reader)
    taken = [
        taken_document(one, kept)
        if one.kind in DocumentKind.values
        else Taken(
            one,
            label_of(one.kind),
            taken_words(one, kept),
            address_of(one.kind, one.query),
        )
        for one in shown.rows
    ]
    context = {"taken": taken, "pages": pages_around(request.path, shown)}
    return render(request, "insights/exports.html", frame(reader, agency) | context)
