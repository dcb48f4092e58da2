"""The values of an indicator: the grid, what is pasted, breaks, and every revision."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agencies.requests import signed_in
from evaluation import grid, pasting, workbook
from evaluation.forms import BreakForm, ReadingForm
from evaluation.grid import Page
from evaluation.models import Indicator, SeriesBreak
from evaluation.numbers import Sign
from evaluation.pasting import Sheet
from evaluation.recording import (
    Recorded,
    WrongEntriesError,
    add_break,
    record,
    remove_break,
)
from evaluation.workbook import UnreadableWorkbookError
from pages.resume import PERSON_FIELD, person_of, person_token, resumable, take
from records.models import StaleVersionError
from records.saving import with_plain_line_ends

PREVIEWED = 200
"""Rows of a preview: those with errors first, then as many others."""
FILE_BYTES = 2 * 1024 * 1024


def fetch(request: HttpRequest, ref: str, *, to_edit: bool = False) -> Indicator:
    """The indicator, if the reader may see it; 403 if it is ``to_edit`` and they may not."""
    user = signed_in(request)
    visible = Indicator.objects.visible_to(user).select_related("agency")
    found: Indicator = get_object_or_404(visible, ref=ref)
    if to_edit and not found.is_editable_by(user):
        raise PermissionDenied
    return found


def today_of(indicator: Indicator) -> date:
    return indicator.agency.local_date(timezone.now())


def done(indicator: Indicator, recorded: Recorded, request: HttpRequest) -> HttpResponse:
    """Say what was recorded, and lead to the indicator."""
    parts = []
    if recorded.new:
        parts.append(
            ngettext("%(number)d new value", "%(number)d new values", recorded.new)
            % {"number": recorded.new}
        )
    if recorded.revised:
        parts.append(
            ngettext("%(number)d value revised", "%(number)d values revised", recorded.revised)
            % {"number": recorded.revised}
        )
    if recorded.confirmed:
        parts.append(
            ngettext(
                "%(number)d quality or note changed",
                "%(number)d qualities or notes changed",
                recorded.confirmed,
            )
            % {"number": recorded.confirmed}
        )
    if parts:
        messages.success(request, _("Saved: %(what)s.") % {"what": ", ".join(parts)})
    else:
        messages.info(request, _("Everything was recorded so already; nothing was changed."))
    return HttpResponseRedirect(indicator.get_absolute_url())


# --- The grid ------------------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def values(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The values of a stretch of time, to be typed by those who may record them."""
    indicator = fetch(request, ref, to_edit=request.method == "POST")
    page = page_asked(request, indicator)
    if request.method == "POST":
        return save_grid(request, indicator, page)
    typed = take(request)
    rows = page.rows(typed)
    if typed is not None:
        grid.read(rows, indicator, page.today)
        grid.show_errors(rows, indicator)
    return show_grid(request, page, rows, why=typed.get("why", "") if typed else "")


def page_asked(request: HttpRequest, indicator: Indicator) -> Page:
    """The page around the day in the address, else around the last value, else today's."""
    today = today_of(indicator)
    try:
        day = date.fromisoformat(request.GET.get("around", ""))
    except ValueError:
        last = indicator.measurements.current().aggregate(last=Max("period"))["last"]
        day = last or today
    return Page.around(indicator, min(max(day, date(1900, 1, 1)), today), today)


def save_grid(request: HttpRequest, indicator: Indicator, page: Page) -> HttpResponse:
    sent = with_plain_line_ends(request.POST)
    owner = person_of(sent.get(PERSON_FIELD))
    if owner is not None and owner != signed_in(request).pk:
        raise PermissionDenied
    rows = page.rows(sent)
    entries = grid.read(rows, indicator, page.today)
    why = sent.get("why", "").replace("\0", "")
    wrong = any(row.line and row.line.errors for row in rows)
    errors: list[str] = []
    status, changed = 422, False
    if not wrong:
        try:
            inputs = sent.get("inputs", "")
            recorded = record(
                indicator,
                by=signed_in(request),
                entries=entries,
                why=why,
                inputs=int(inputs) if inputs.isdecimal() and len(inputs) < 9 else -1,
            )
        except StaleVersionError:
            indicator = fetch(request, ref=indicator.ref, to_edit=True)
            page = Page.around(indicator, page.first, page.today)
            rows = page.rows(sent)
            if not any(row.line for row in rows):
                # The second click of two: the first one saved just this.
                return done(indicator, Recorded(), request)
            grid.read(rows, indicator, page.today)
            status, changed = 409, True
        except WrongEntriesError as refused:
            for row in rows:
                if row.line:
                    row.line.errors |= refused.errors.get(row.period, {})
        except ValidationError as refused:
            errors = refused.messages
        else:
            return done(indicator, recorded, request)
    grid.show_errors(rows, indicator, changed=changed)
    return show_grid(request, page, rows, why=why, errors=errors, changed=changed, status=status)


def show_grid(
    request: HttpRequest,
    page: Page,
    rows: list[grid.Row],
    *,
    why: str = "",
    errors: list[str] | None = None,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    indicator = page.indicator
    may_edit = indicator.is_editable_by(signed_in(request))
    bounds = indicator.measurements.current().aggregate(first=Min("period"), last=Max("period"))
    address = reverse("evaluation:values", args=[indicator.ref])
    following = page.last + timedelta(days=1)
    wrong = [
        (row.label, cell.error, cell.name) for row in rows for cell in row.cells if cell.error
    ] + [(row.label, row.error, f"quality_{row.key}") for row in rows if row.error]
    context: dict[str, Any] = {
        "indicator": indicator,
        "page": page,
        "rows": rows,
        "offered": [(row, grid.qualities(row)) for row in rows],
        "headings": headings(indicator),
        "may_edit": may_edit,
        "why": why,
        "errors": errors or [],
        "wrong": wrong,
        "changed": changed,
        "bounds": bounds,
        "person": person_token(signed_in(request)),
        "earlier_url": f"{address}?around={page.first - timedelta(days=1)}",
        "later_url": f"{address}?around={following}" if following <= page.today else "",
        "first_url": f"{address}?around={bounds['first']}" if bounds["first"] else "",
        "last_url": f"{address}?around={bounds['last']}" if bounds["last"] else "",
    }
    return render(request, "evaluation/values.html", context, status=status)


def headings(indicator: Indicator) -> list[str]:
    """What stands above the numbers of a value."""
    if len(grid.parts_of(indicator.measure)) > 1:
        return [_("How many"), _("Of how many")]
    return [indicator.unit]


# --- Pasting -------------------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Take a whole series from a spreadsheet: read, show what is wrong by cell, then save it."""
    indicator = fetch(request, ref, to_edit=True)
    if request.method != "POST":
        typed = take(request)
        return show_paste(request, indicator, ReadingForm(typed) if typed else ReadingForm())
    sent = request.POST.copy()
    owner = person_of(sent.get(PERSON_FIELD))
    if owner is not None and owner != signed_in(request).pk:
        raise PermissionDenied
    form = ReadingForm(sent, request.FILES)
    form.full_clean()
    if form.cleaned_data.get("file"):
        put_file(form, sent, request)
    if not form.is_valid():
        return show_paste(request, indicator, form, status=422)
    given = form.cleaned_data
    sheet = pasting.read(
        given["text"],
        indicator,
        today_of(indicator),
        sign=Sign(given["sign"]) if given["sign"] else None,
        order=given["order"],
        totals=given["totals"],
    )
    if "save" not in sent or not sheet.is_valid:
        return show_paste(
            request, indicator, form, sheet=sheet, status=200 if sheet.is_valid else 422
        )
    entries = [line.entry for line in sheet.lines if line.entry is not None]
    try:
        recorded = record(indicator, by=signed_in(request), entries=entries, why=given["why"])
    except ValidationError as refused:
        by_field = refused.message_dict
        for name, words in by_field.items():
            form.add_error(name if name in form.fields else None, words)
        return show_paste(request, indicator, form, sheet=sheet, status=422)
    return done(indicator, recorded, request)


def put_file(form: ReadingForm, sent: Any, request: HttpRequest) -> None:
    """Let the text of the file stand where one pastes, so that it can be corrected there."""
    file = form.cleaned_data["file"]
    if file.size > FILE_BYTES:
        form.add_error("file", _("The file is larger than 2 MB. Paste a part of it."))
        return
    content = file.read()
    if content.startswith(workbook.MAGIC):
        try:
            sent["text"] = form.cleaned_data["text"] = workbook.first_sheet(content)
        except UnreadableWorkbookError as error:
            form.add_error("file", str(error))
        return
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        sent["text"] = form.cleaned_data["text"] = text.replace("\0", "")
        return
    form.add_error("file", _("This is neither a CSV file nor an Excel workbook (.xlsx)."))


def show_paste(
    request: HttpRequest,
    indicator: Indicator,
    form: ReadingForm,
    *,
    sheet: Sheet | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = []
    if sheet is not None:
        fine = [line for line in sheet.lines if not line.errors]
        shown = [*sheet.wrong[:PREVIEWED], *fine[: max(0, PREVIEWED - len(sheet.wrong))]]
    context = {
        "indicator": indicator,
        "form": form,
        "sheet": sheet,
        "preview": [grid.preview(line, indicator) for line in shown],
        "more": len(sheet.lines) - len(shown) if sheet else 0,
        "headings": headings(indicator),
        "person": person_token(signed_in(request)),
    }
    return render(request, "evaluation/paste.html", context, status=status)


# --- Breaks --------------------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def breaks(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Where the series counts something else from a day on."""
    indicator = fetch(request, ref, to_edit=True)
    user = signed_in(request)
    typed = take(request) if request.method != "POST" else request.POST
    form = BreakForm(typed) if typed is not None else BreakForm()
    if request.method == "POST":
        if "remove" in request.POST:
            key = request.POST["remove"]
            found = get_object_or_404(
                SeriesBreak, indicator=indicator, pk=key if key.isdecimal() and len(key) < 9 else 0
            )
            remove_break(found, by=user)
            messages.success(request, _("The break is taken back."))
            return HttpResponseRedirect(request.path)
        if form.is_valid():
            try:
                add_break(indicator, by=user, **form.cleaned_data)
            except ValidationError as refused:
                for name, words in refused.message_dict.items():
                    form.add_error(name if name in form.fields else None, words)
            else:
                messages.success(request, _("The break is recorded."))
                return HttpResponseRedirect(request.path)
    context = {"indicator": indicator, "form": form, "breaks": indicator.breaks.all()}
    status = 422 if request.method == "POST" else 200
    return render(request, "evaluation/breaks.html", context, status=status)


# --- History -------------------------------------------------------------------------------------

SHOWN_REVISIONS = 500


@require_safe
def history(request: HttpRequest, ref: str) -> HttpResponse:
    """Every revision of values and definition, for those who record for the agency."""
    indicator = fetch(request, ref, to_edit=True)
    revised = indicator.measurements.filter(revised=True).values("period")
    rows = list(
        indicator.measurements.filter(period__in=revised)
        .select_related("by")
        .order_by("-period", "-number")[:SHOWN_REVISIONS]
    )
    versions = [
        (one, [label_of(name) for name in one.changed] if one.number > 1 else [])
        for one in indicator.versions.select_related("by")
    ]
    context = {
        "indicator": indicator,
        "revisions": [grid.told(row, indicator) for row in rows],
        "versions": versions,
        "more": len(rows) == SHOWN_REVISIONS,
    }
    return render(request, "evaluation/history.html", context)


def label_of(name: str) -> Any:
    field: Any = Indicator._meta.get_field(name)
    return field.verbose_name
