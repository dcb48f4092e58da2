"""Questionnaires for those who ask: making them, their links, results, and lessons from answers."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any, cast
from uuid import UUID

import segno
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import User
from agencies.requests import signed_in
from evaluation import inviting
from evaluation.asking import ask
from evaluation.feedback_forms import AddressesForm, FeedbackForm, NumberForm, OwnQuestions
from evaluation.feedback_results import LEAST, Result, results
from evaluation.inviting import TooManyLinksError
from evaluation.learning import lesson_from
from evaluation.models import FeedbackAnswer, FeedbackRequest
from evaluation.models.feedback import MOST_LINKS
from evaluation.questionnaire import STANDARD, WORDS
from pages.export import Column
from pages.formats import FORMATS, File, name_of_file
from pages.resume import PERSON_FIELD, person_of, resumable, take
from pages.rows import add_row
from programs.models import Activity, Exercise, Program
from records.models import ExportRecord, StaleVersionError
from records.rows import realign
from records.saving import version_in, with_plain_line_ends
from records.vocabulary import TLP

ABOUT: dict[str, type[Activity]] = {"exercise": Exercise, "program": Program}
"""What a questionnaire can be about, by the name in the address."""
ROWS = "own"


def seen(user: User, pk: int) -> FeedbackRequest:
    """The questionnaire ``pk``; 404 where ``user`` may not see it."""
    found: FeedbackRequest = get_object_or_404(
        FeedbackRequest.objects.visible_to(user).with_turnout(), pk=pk
    )
    return found


def managed(user: User, pk: int) -> FeedbackRequest:
    """The same, for who changes it; 403 for those who read its summary."""
    found = seen(user, pk)
    if not found.is_managed_by(user):
        raise PermissionDenied(_("This is for those who record for the agency that asks."))
    return found


# --- The form ------------------------------------------------------------------------------------


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Ask those who took part in ``?exercise=`` or ``?program=``."""
    user = signed_in(request)
    if not user.may_record:
        raise PermissionDenied
    for name, model in ABOUT.items():
        ref = request.GET.get(name, "").replace("\0", "")[:60]
        if ref:
            activity = get_object_or_404(model.objects.visible_to(user), ref=ref)
            return form_page(request, FeedbackRequest(**{name: activity}))
    raise Http404


@resumable
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    return form_page(request, managed(signed_in(request), pk))


def form_page(request: HttpRequest, feedback: FeedbackRequest) -> HttpResponseBase:
    """Show the form or save it. Two clicks save once; a newer version is not written over."""
    user = signed_in(request)
    if request.method != "POST":
        typed = take(request)
        return show_form(request, feedback, typed)
    owner = person_of(request.POST.get(PERSON_FIELD))
    if owner is not None and owner != user.pk:
        raise PermissionDenied
    data = with_plain_line_ends(request.POST)
    if f"add_{ROWS}" in data:
        add_row(data, ROWS)
        return show_form(request, feedback, data)
    made = made_before(user, data) if feedback._state.adding else None
    if made is not None:
        return redirect(made)
    try:
        return save_form(request, feedback, data)
    except StaleVersionError:
        if feedback.version == version_in(data) + 1 and not differs(feedback, user, data):
            return redirect(feedback)
        data["version"] = str(feedback.version)
        return show_form(request, feedback, data, overtaken=True, status=409)
    except IntegrityError:
        made = made_before(user, data)
        if made is None:
            raise
        return redirect(made)


def made_before(user: User, data: QueryDict) -> FeedbackRequest | None:
    """What an earlier submission of the same new form made."""
    try:
        token = UUID(data.get("uuid", ""))
    except ValueError:
        return None
    found: FeedbackRequest | None = FeedbackRequest.objects.filter(
        created_by=user, uuid=token
    ).first()
    return found


def differs(feedback: FeedbackRequest, user: User, data: QueryDict) -> bool:
    """Whether what was sent says something else than what is saved."""
    form, rows = parts(feedback, user, data.copy())
    if {*form.changed_data} - {"version", PERSON_FIELD, "shown_to_anybody"}:
        return True
    if not form.asks:
        return False
    asked = feedback.questions.filter(standard="").values_list("kind", "texts")
    return not rows.is_valid() or rows.said != list(asked)


def parts(
    feedback: FeedbackRequest, user: User, data: QueryDict | None, *, as_typed: bool = False
) -> tuple[FeedbackForm, Any]:
    form = FeedbackForm(data, user=user, instance=feedback, as_typed=as_typed)
    if data is not None:
        kind: Any = OwnQuestions
        known = kind.rows_of(feedback if feedback.pk else None)
        realign(data, ROWS, known.values_list("pk", flat=True))
    rows = OwnQuestions(data, instance=feedback, prefix=ROWS, as_typed=as_typed)
    return form, rows


def save_form(request: HttpRequest, feedback: FeedbackRequest, data: QueryDict) -> HttpResponseBase:
    user = signed_in(request)
    with transaction.atomic():
        if feedback.pk is not None:
            feedback = FeedbackRequest.locked(feedback.pk, version=version_in(data))
        form, rows = parts(feedback, user, data)
        valid = all([form.is_valid(), not form.asks or rows.is_valid()])
        if form.asks and valid:
            valid = rows.check(form.cleaned_data["languages"])
            if valid and not form.cleaned_data["standard"] and not rows.kept_forms:
                form.add_error("standard", _("Ask at least one question."))
                valid = False
        if valid:
            save(form, rows, by=user)
            messages.success(request, _("The questionnaire is saved."))
            return redirect(form.instance)
    return show_form(request, feedback, data, filled=(form, rows), status=422)


def save(form: FeedbackForm, rows: Any, *, by: User) -> None:
    """Write the questionnaire and its questions, the standard ones first; in a transaction."""
    feedback: FeedbackRequest = form.save(commit=False)
    if form.creating:
        feedback.created_by = by
        feedback.uuid = form.cleaned_data["uuid"]
    else:
        feedback.version += 1
    feedback.save()
    form.save_m2m()
    if not form.asks:
        return
    ask(feedback, form.cleaned_data["standard"])
    rows.instance = feedback
    for number, row in enumerate(rows.kept_forms):
        row.instance.position = len(STANDARD) + number
    rows.save()


def show_form(
    request: HttpRequest,
    feedback: FeedbackRequest,
    data: QueryDict | None = None,
    *,
    filled: tuple[FeedbackForm, Any] | None = None,
    overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    form, rows = filled or parts(feedback, user, data, as_typed=data is not None)
    context = {
        "feedback": feedback,
        "activity": feedback.activity,
        "form": form,
        "rows": rows,
        "formsets": [rows] if form.asks else [],
        "overtaken": overtaken,
        "back_url": (feedback if feedback.pk else cast(Any, feedback.activity)).get_absolute_url(),
    }
    return render(request, "evaluation/feedback_form.html", context, status=status)


# --- Its page ------------------------------------------------------------------------------------


@require_safe
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """How many answered; once it is closed, what they said."""
    return page(request, seen(signed_in(request), pk))


def page(
    request: HttpRequest,
    feedback: FeedbackRequest,
    *,
    numbers: NumberForm | None = None,
    addresses: AddressesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    manages = feedback.is_managed_by(user)
    found = results(feedback, user, whole=manages)
    context = {
        "feedback": feedback,
        "activity": feedback.activity,
        "manages": manages,
        "turnout": feedback.turnout,
        "results": found,
        "least": LEAST,
        "is_red": feedback.activity.tlp == TLP.RED,
        "open_address": inviting.address_of(feedback.open_key or "")
        if feedback.has_open_link
        else "",
        "number_form": numbers or NumberForm(initial={"number": feedback.numbered or 20}),
        "addresses_form": addresses or AddressesForm(request=feedback),
    }
    return render(request, "evaluation/feedback.html", context, status=status)


@require_POST
def do(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Change the links, or close it."""
    user = signed_in(request)
    found = managed(user, pk)
    if deed not in DEEDS:
        raise Http404
    return DEEDS[deed](request, found, user)


def _hand_out(request: HttpRequest, feedback: FeedbackRequest, user: User) -> HttpResponse:
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            inviting.hand_out(feedback, form.cleaned_data["number"], by=user)
        except TooManyLinksError:
            form.add_error("number", too_many())
        else:
            return redirect("evaluation:feedback_links", feedback.pk)
    return page(request, feedback, numbers=form, status=422)


def too_many() -> str:
    return _("One questionnaire has up to %(most)d links.") % {"most": MOST_LINKS}


def _invite(request: HttpRequest, feedback: FeedbackRequest, user: User) -> HttpResponse:
    form = AddressesForm(request.POST, request=feedback)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made, mails = inviting.invite(feedback, given["addresses"], given["language"], by=user)
        except TooManyLinksError:
            form.add_error("addresses", too_many())
        else:
            words = ngettext("%(mails)d mail goes out", "%(mails)d mails go out", mails)
            words += ngettext(", with %(made)d new link.", ", with %(made)d new links.", made)
            messages.success(request, words % {"mails": mails, "made": made})
            return redirect(feedback)
    return page(request, feedback, addresses=form, status=422)


def _withdraw(request: HttpRequest, feedback: FeedbackRequest, user: User) -> HttpResponse:
    number = inviting.withdraw(feedback, by=user)
    words = ngettext("%(number)d link is withdrawn.", "%(number)d links are withdrawn.", number)
    messages.success(request, words % {"number": number})
    return redirect(feedback)


def _open(request: HttpRequest, feedback: FeedbackRequest, user: User) -> HttpResponse:
    inviting.open_to_all(feedback, by=user)
    return redirect("evaluation:feedback_sheet", feedback.pk)


def _end_open(request: HttpRequest, feedback: FeedbackRequest, user: User) -> HttpResponse:
    inviting.end_open_link(feedback, by=user)
    messages.success(request, _("The open link is taken back."))
    return redirect(feedback)


def _close(request: HttpRequest, feedback: FeedbackRequest, user: User) -> HttpResponse:
    if not feedback.is_over:
        inviting.close(feedback, by=user)
        messages.success(request, _("The questionnaire is closed."))
    return redirect(feedback)


DEEDS = {
    "hand_out": _hand_out,
    "invite": _invite,
    "withdraw": _withdraw,
    "open": _open,
    "end_open": _end_open,
    "close": _close,
}


# --- On paper ------------------------------------------------------------------------------------


def drawn(address: str) -> SafeString:
    """``address`` as a QR code: an SVG that takes its size and color from style sheets."""
    code = segno.make(address, error="m")
    # The address stands beside it in letters.
    svg = code.svg_inline(svgclass="qr", lineclass=None, omitsize=True, border=4, dark="#000")
    svg = svg.replace("<svg", '<svg aria-hidden="true"', 1)
    return mark_safe(svg)  # noqa: S308 - made of modules, whatever the address says


@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A page to print and hang up: heading, code and address of the open link."""
    found = managed(signed_in(request), pk)
    if not found.has_open_link or found.is_over:
        raise Http404
    address = inviting.address_of(found.open_key or "")
    context = {
        "feedback": found,
        "address": address,
        "code": drawn(address),
        "calls": [WORDS["mail_subject"][language] for language in found.languages],
    }
    return render(request, "evaluation/feedback_sheet.html", context)


@require_safe
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """The personal links to hand out: slips to print, or a file."""
    found = managed(signed_in(request), pk)
    if found.is_over or not found.numbered:
        raise Http404
    numbered = inviting.numbered_links(found)
    if request.GET.get("format") == "csv":
        return links_file(numbered)
    slips = [(number, address, drawn(address)) for number, address in numbered]
    return render(request, "evaluation/feedback_links.html", {"feedback": found, "slips": slips})


def links_file(numbered: list[tuple[int, str]]) -> HttpResponse:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([_("Number"), _("Link")])
    writer.writerows(numbered)
    return HttpResponse(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="links.csv"',
            "Cache-Control": "private, no-store",
        },
    )


# --- Lessons and files ---------------------------------------------------------------------------


@require_POST
def lesson(request: HttpRequest, pk: int, answer: UUID) -> HttpResponse:
    """Make a draft lesson of a text; of one that was used before, lead to what was made."""
    user = signed_in(request)
    found = managed(user, pk)
    try:
        made, new = lesson_from(found, answer, by=user)
    except FeedbackAnswer.DoesNotExist as error:
        raise Http404 from error
    if not made.is_visible_to(user):
        messages.info(request, _("Somebody made a draft of this answer already."))
        return redirect(found)
    if new:
        messages.success(
            request, _("A draft is made. Give it a title that states the point, then submit it.")
        )
        return HttpResponseRedirect(reverse("lessons:edit", args=[made.ref]))
    return redirect(made)


@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page shows as CSV, with the same groups put together; put on record."""
    user = signed_in(request)
    found = managed(user, pk)
    activity = found.activity
    if activity.tlp == TLP.RED:
        raise PermissionDenied(_("TLP:RED leaves in no file."))
    shown = results(found, user, whole=True)
    rows = [row for one in shown.every for row in rows_of(one)]
    headings = [_("Subject"), _("Question"), _("Group"), _("Answer"), _("Number")]
    marking = TLP(activity.tlp)
    file = File(
        title=found.heading,
        handling="",
        marking=marking.label,
        facts=[],
        filters={},
        columns=[Column(str(place), heading) for place, heading in enumerate(headings)],
        blocks=iter([rows]),
    )
    name = name_of_file("feedback", marking.label, timezone.localdate(), FORMATS["csv"])
    response = HttpResponse(
        b"".join(piece.encode() for piece in map(str, FORMATS["csv"].write(file))),
        content_type=FORMATS["csv"].media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
    if request.method == "GET":
        kind = "exercises" if found.exercise_id else "programs"
        record = ExportRecord.begin(
            user, kind=kind, format="csv", query=f"feedback={found.pk}", marking=activity.tlp
        )
        record.end(rows=len(rows), whole=True)
    return response


def rows_of(result: Result) -> list[tuple[str, str, str, str, int]]:
    """A row for each answer of each group; for texts one each."""
    question, subject = result.question, str(result.question.get_subject_display())
    if result.is_text:
        return [(subject, str(question), "", text.text, 1) for text in result.texts]
    groups = [result.whole, *result.groups] if result.whole else []
    return [
        (subject, str(question), group.name, words, group.counts.get(number, 0))
        for group in groups
        for number, words in result.answers
    ]
