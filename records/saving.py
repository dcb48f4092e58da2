"""One way for every form of shared records: show it, keep what is typed, save it whole.

Nothing typed is lost: a form that cannot be saved is shown again with its words, a second
submission leads to what the first one made, and whoever saves over somebody else's newer version
sees both before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from agencies.models import User
from agencies.requests import signed_in
from pages.resume import PERSON_FIELD, person_of, person_token, take
from pages.rows import add_row
from records import drafts
from records.comparing import differences
from records.drafts import FormKey
from records.following import saved
from records.forms import RecordForm, Words
from records.models import FormDraft, SharedRecord, StaleVersionError
from records.rows import RowFormSet, realign

LAST_SAVED = "last_saved"
"""In the session: key and version of the record that was saved last."""

Rows = Mapping[str, RowFormSet]
Save = Callable[[HttpRequest, RecordForm, Rows], SharedRecord]


def save_record(request: HttpRequest, form: RecordForm, rows: Rows) -> SharedRecord:
    """Write the record with its relations and rows; call inside the transaction."""
    record: SharedRecord = form.save(commit=False)
    if form.creating:
        record.created_by = signed_in(request)
        record.uuid = form.cleaned_data["uuid"]
    else:
        record.version += 1
    record.save()
    form.save_m2m()
    for formset in rows.values():
        formset.instance = record
        formset.save()
    saved(record)
    return record


def saved_here(request: HttpRequest, record: SharedRecord) -> bool:
    """Whether the last that this person saved, in any window, is ``record`` as it stands."""
    return request.session.get(LAST_SAVED) == saved_sign(record)


def saved_sign(record: SharedRecord) -> list[Any]:
    key = FormKey(record._meta.model_name or "", ref=record.ref)
    return [str(key), record.version]


def nothing_more(request: HttpRequest, record: SharedRecord) -> bool:
    """Saving is all that the buttons of a form do."""
    return False


def nothing_else(request: HttpRequest, record: SharedRecord) -> Words | None:
    """Nothing was done besides saving."""
    return None


@dataclass(frozen=True)
class FormPage:
    """The form of one kind of record.

    ``rows`` are its ``RowFormSet`` classes by prefix; ``save`` writes what is valid and raises
    ``ValidationError`` (by field) for what only saving can know; ``done`` says in words what was
    saved, ``done_more`` what is said instead when more was done; ``wants_more`` tells whether a
    request asks for more than that of a record just made.
    """

    model: type[SharedRecord]
    form: type[RecordForm]
    template: str
    done: Words
    rows: Mapping[str, Any] = field(default_factory=dict)
    save: Save = save_record
    wants_more: Callable[[HttpRequest, SharedRecord], bool] = nothing_more
    done_more: Callable[[HttpRequest, SharedRecord], Words | None] = nothing_else

    @property
    def kind(self) -> str:
        return self.model._meta.model_name or ""


@dataclass
class Filled:
    """The page's form and rows, built on one state of the record."""

    form: RecordForm
    rows: dict[str, RowFormSet]

    def is_valid(self) -> bool:
        # All are asked, so that every error is shown at once.
        return all([self.form.is_valid(), *(formset.is_valid() for formset in self.rows.values())])


def fill(
    page: FormPage,
    user: User,
    record: SharedRecord | None,
    data: QueryDict | None = None,
    *,
    initial: Mapping[str, Any] | None = None,
    as_typed: bool = False,
) -> Filled:
    form = page.form(data, user=user, instance=record, initial=initial, as_typed=as_typed)
    rows = {
        prefix: kind(data, instance=form.instance, prefix=prefix, as_typed=as_typed)
        for prefix, kind in page.rows.items()
    }
    return Filled(form, rows)


def answer(
    request: HttpRequest,
    page: FormPage,
    record: SharedRecord | None = None,
    *,
    initial: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> HttpResponseBase:
    """Answer a request for the form of ``record``, or of a new one."""
    user = signed_in(request)
    asked = Asked(request, page, user, record, dict(initial or {}), dict(context or {}))
    if request.method == "POST":
        return asked.post()
    if record is not None and not record.is_editable_by(user):
        raise PermissionDenied
    return asked.get()


@dataclass
class Asked:
    """One request for one form."""

    request: HttpRequest
    page: FormPage
    user: User
    record: SharedRecord | None
    initial: dict[str, Any]
    context: dict[str, Any]

    # --- Opening ---------------------------------------------------------------------------------

    def get(self) -> HttpResponse:
        """The form: as it was sent before signing in again, as it was left, or fresh."""
        typed = take(self.request)
        if typed is not None:
            return self.show_typed(typed, resumed=True)
        draft = self.draft()
        if draft is not None:
            typed = drafts.typed_in(draft)
            if self.record is None or self.tells_something_new(typed):
                return self.show_typed(typed, draft=draft)
            drafts.forget(self.key(typed), self.user)
        return self.show(fill(self.page, self.user, self.record, initial=self.initial))

    def draft(self) -> FormDraft | None:
        """What was typed and not saved: of this record, or of the new one that was begun."""
        if self.record is not None:
            return drafts.draft_for(self.key(), self.user)
        if not self.request.GET:
            return drafts.latest_new(self.page.kind, self.user)
        wanted = self.request.GET.get("draft")
        if not drafts.is_token(wanted):
            return None
        return drafts.draft_for(FormKey(self.page.kind, token=str(wanted)), self.user)

    def tells_something_new(self, typed: QueryDict) -> bool:
        """A draft that arrived after its form was saved says nothing that is not saved."""
        self.align(typed)
        shown = fill(self.page, self.user, self.record, typed, as_typed=True)
        return bool(differences(shown.form, shown.rows.values()))

    def key(self, typed: QueryDict | None = None, form: RecordForm | None = None) -> FormKey:
        if self.record is not None:
            return FormKey(self.page.kind, ref=self.record.ref)
        token = typed.get("uuid") if typed is not None else None
        if not drafts.is_token(token):
            token = form.initial["uuid"] if form is not None else ""
        return FormKey(self.page.kind, token=str(token))

    # --- Saving ----------------------------------------------------------------------------------

    def post(self) -> HttpResponseBase:
        owner = person_of(self.request.POST.get(PERSON_FIELD))
        if owner is not None and owner != self.user.pk:
            # Opened by somebody else who was signed in on this device before.
            raise PermissionDenied
        data = with_plain_line_ends(self.request.POST)
        if self.record is not None and not self.record.is_editable_by(self.user):
            return self.not_editable(self.record, data)
        self.align(data)
        for prefix in self.page.rows:
            if f"add_{prefix}" in data:
                add_row(data, prefix)
                return self.show_typed(data)
        made = self.made_before(data)
        if made is not None:
            return self.save_again(made, data)
        return self.save(data)

    def save_again(self, made: SharedRecord, data: QueryDict) -> HttpResponseBase:
        """A new form sent once more: the same words lead to what they made, others change it.

        Somebody whose connection broke goes back, corrects and sends again; what they changed is
        saved as if they had edited what the first submission made.
        """
        shown = fill(self.page, self.user, made, data, as_typed=True)
        same = not differences(shown.form, shown.rows.values())
        if same and not self.page.wants_more(self.request, made):
            return self.saved(made)
        if made.version > 1 or not made.is_editable_by(self.user):
            return self.closed(data, made)
        drafts.forget(self.key(data), self.user)
        self.record = made
        data["version"] = str(made.version)
        return self.save(data, replacing_rows=True)

    def not_editable(self, record: SharedRecord, data: QueryDict) -> HttpResponseBase:
        """403; but somebody in whose hands it was until now gets back what they wrote."""
        if not record.was_with(self.user) or version_in(data) == record.version:
            raise PermissionDenied
        self.align(data)
        shown = fill(self.page, self.user, record, data, as_typed=True)
        if not differences(shown.form, shown.rows.values()):
            # The second click of two: the first one saved just this.
            return self.saved(record)
        return self.closed(data, record)

    def save(self, data: QueryDict, *, replacing_rows: bool = False) -> HttpResponseBase:
        # A new record has nothing to lock: nobody else need wait while its form is judged.
        if self.record is None:
            shown = fill(self.page, self.user, None, data)
            shown.is_valid()
        try:
            with transaction.atomic():
                if self.record is not None:
                    shown = self.fill_locked(self.record, data, replacing_rows)
                record = self.write(shown)
                if record is not None:
                    drafts.forget(self.key(data), self.user)
                    self.request.session[LAST_SAVED] = saved_sign(record)
                    return self.saved(record)
        except StaleVersionError as stale:
            return self.overtaken(stale.current, data)
        except IntegrityError:
            made = self.made_before(data)
            if made is None:
                raise
            return self.saved(made)
        return self.show(shown, typed=data, status=422)

    def write(self, shown: Filled) -> SharedRecord | None:
        """Save what is valid, whole or not at all; ``None`` if the form has to be corrected."""
        if not shown.is_valid():
            return None
        try:
            with transaction.atomic():
                return self.page.save(self.request, shown.form, shown.rows)
        except ValidationError as error:
            shown.form.add_errors(error.message_dict)
            return None

    def fill_locked(self, known: SharedRecord, data: QueryDict, replacing_rows: bool) -> Filled:
        """The form on the locked record, if it still is at the version that it was opened on."""
        record = self.page.model.locked(known.pk, version=version_in(data))
        if not record.is_editable_by(self.user):
            raise PermissionDenied
        if replacing_rows:
            for kind in self.page.rows.values():
                kind.rows_of(record).delete()
        return fill(self.page, self.user, record, data)

    def made_before(self, data: QueryDict) -> SharedRecord | None:
        """What an earlier submission of the same new form made."""
        token = data.get("uuid") or ""
        if self.record is not None or not drafts.is_token(token):
            return None
        found: SharedRecord | None = self.page.model._base_manager.filter(
            uuid=token, created_by=self.user
        ).first()
        return found

    def overtaken(self, current: SharedRecord, data: QueryDict) -> HttpResponseBase:
        """Somebody saved a newer version: show both, overwrite nothing."""
        current = get_object_or_404(self.page.model.objects.visible_to(self.user), pk=current.pk)
        self.record = current
        self.align(data)
        shown = fill(self.page, self.user, current, data, as_typed=True)
        if not differences(shown.form, shown.rows.values()):
            # The second click of two: the first one saved just this.
            return self.saved(current)
        if not current.is_editable_by(self.user):
            return self.not_editable(current, data)
        drafts.keep(self.key(), data, self.user)
        return self.show_typed(data, status=409)

    def closed(self, data: QueryDict, current: SharedRecord) -> HttpResponse:
        """It cannot be edited any more: give back what was typed."""
        fields = self.page.form.base_fields
        typed = [
            (fields[name].label, data[name])
            for name in self.page.form._meta.fields or ()
            if data.get(name) and data[name] != "on" and name in fields
            if not hasattr(fields[name], "choices")
        ]
        context = {"typed": typed, "record": current}
        return render(self.request, "records/closed.html", context, status=409)

    def saved(self, record: SharedRecord) -> HttpResponseRedirect:
        """Lead to the record; the device forgets its copy there."""
        key = self.key() if self.record is not None else FormKey(self.page.kind, token=NEW_TOKEN)
        sign = '<span data-draft-clear="{}">{}</span>'
        words = self.page.done_more(self.request, record) or self.page.done
        messages.success(self.request, format_html(sign, key.on_device, words))
        return HttpResponseRedirect(record.get_absolute_url())  # type: ignore[attr-defined]

    # --- Showing ---------------------------------------------------------------------------------

    def align(self, data: QueryDict) -> None:
        for prefix, kind in self.page.rows.items():
            realign(data, prefix, kind.rows_of(self.record).values_list("pk", flat=True))

    def show_typed(
        self,
        data: QueryDict,
        *,
        draft: FormDraft | None = None,
        resumed: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        """The form as it was typed; compared with the record if that has moved on since."""
        self.align(data)
        # A draft does not say whose form it is; a form that is sent without a session must.
        data[PERSON_FIELD] = person_token(self.user)
        opened_on = version_in(data)
        if self.record is not None:
            data["version"] = str(self.record.version)
        shown = fill(self.page, self.user, self.record, data, as_typed=True)
        if self.record is not None and opened_on != self.record.version:
            self.context["differences"] = differences(shown.form, shown.rows.values())
            self.context["saved_here"] = saved_here(self.request, self.record)
        self.context |= {"restored": draft, "resumed": resumed}
        return self.show(shown, typed=data, status=status)

    def show(
        self, shown: Filled, *, typed: QueryDict | None = None, status: int = 200
    ) -> HttpResponse:
        key = self.key(typed, shown.form)
        token = drafts.sign(key, self.user)
        context = {
            "form": shown.form,
            "rows": shown.rows,
            "record": self.record,
            "draft_url": f"{reverse('records:draft')}?{urlencode({'form': token})}",
            "discard_url": f"{reverse('records:discard')}?{urlencode({'form': token})}",
            "draft_key": key.on_device,
            "draft_person": self.user.pk,
            "draft_device": "on" if drafts.kept_on_device(self.user) else "off",
            "now": timezone.now(),
            **self.context,
        }
        return render(self.request, self.page.template, context, status=status)


NEW_TOKEN = "saved"  # noqa: S105 - stands for any token: all copies of new forms share one key


def with_plain_line_ends(sent: QueryDict) -> QueryDict:
    """Browsers send two characters for each line end; a length is counted with one."""
    data = QueryDict(mutable=True)
    for name, values in sent.lists():
        data.setlist(name, [str(value).replace("\r\n", "\n") for value in values])
    return data


def version_in(data: QueryDict) -> int:
    """The version that the form was opened on; what is no number never matches one."""
    value = data.get("version", "")
    return int(value) if value.isdecimal() and len(value) < 9 else -1
