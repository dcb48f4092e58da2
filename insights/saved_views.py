"""Saved views as pages show them: in words, and with how many records are new in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agencies.models import Agency, User
from agencies.roles import Permission
from insights.lists import KeptQueries, counted, label_of, numbers_of
from lessons.facets import Reading
from pages.cursors import Key, Sort
from pages.filters import said
from pages.listing import Database
from pages.numbers import grouped
from records.models import SavedView, SavedViewUse
from records.saved_views import pinned_by
from records.vocabulary import ListKind

LONGEST_QUERY = 6000


@dataclass(frozen=True)
class Figures:
    """How many records a view finds now, and how many of them are news."""

    view: SavedView
    list_name: str
    counted: str
    new: int

    @property
    def news(self) -> str:
        words = ngettext("%(number)s new", "%(number)s new", self.new)
        return words % {"number": grouped(self.new)} if self.new else ""

    def news_since(self, moment: datetime) -> str:
        words = ngettext(
            "%(number)s is new since %(moment)s.", "%(number)s are new since %(moment)s.", self.new
        )
        return words % {"number": grouped(self.new), "moment": said(moment)}


def pins_of(person: User, reading: Reading | None = None) -> list[Figures]:
    """The views on the home of ``person``; ``reading`` is that of the request, if it has one."""
    pinned = [(use.view, use.seen_at) for use in pinned_by(person)]
    return figures(KeptQueries(person, reading), pinned)


def figures(kept: KeptQueries, views: Sequence[tuple[SavedView, datetime | None]]) -> list[Figures]:
    """Each view, of which is said when its reader opened it last, with its figures.

    The numbers that nobody knows yet come from one query. In a view that was never opened nothing
    is new. A filter that makes no sense any more has no number: the list says what is wrong with it.
    """
    finders = [kept.finder(view.kind, view.query) for view, _since in views]
    asked: list[Any] = []
    for (_view, since), finder in zip(views, finders, strict=True):
        if finder is not None:
            shown: Any = finder.filters.narrowed()
            asked += [shown.news_to(kept.reader, since)] if since else []
            asked += [shown] if isinstance(finder, Database) else []
    numbers = iter(numbers_of(kept.reader, asked))
    found = []
    for (view, since), finder in zip(views, finders, strict=True):
        words, new = str(_("A filter needs your attention")), 0
        if finder is not None:
            new = next(numbers) if since else 0
            total = next(numbers) if isinstance(finder, Database) else finder.total
            words = counted(view.kind)(total)
        found.append(Figures(view, label_of(view.kind), words, new))
    return found


MINE_FIRST = "mine first"


def sort_for(person: User) -> Sort:
    """One's own views first, then those of others, by name."""
    return Sort(
        MINE_FIRST,
        "",
        (Key("theirs", int), Key("folded_name", str)),
        {
            "theirs": Case(
                When(owner=person, then=Value(0)), default=Value(1), output_field=IntegerField()
            ),
            "folded_name": Lower("name"),
        },
    )


@dataclass(frozen=True)
class Row:
    """One view as its page lists it; ``renaming`` is a form with a new name that cannot be."""

    view: SavedView
    list_name: str
    words: list[str]
    mine: bool
    use: SavedViewUse | None
    figures: Figures
    renaming: RenameForm | None

    @property
    def pinned(self) -> bool:
        return self.use is not None and self.use.pinned

    @property
    def subscribed(self) -> bool:
        return self.use is not None and self.use.subscribed


def rows_of(views: list[SavedView], person: User, renaming: RenameForm | None = None) -> list[Row]:
    kept = KeptQueries(person)
    used = SavedViewUse.objects.filter(person=person, view__in=views)
    uses = {use.view_id: use for use in used}
    seen = [(view, uses[view.pk].seen_at if view.pk in uses else None) for view in views]
    return [
        Row(
            one.view,
            one.list_name,
            kept.words(one.view.kind, one.view.query),
            one.view.owner_id == person.pk,
            uses.get(one.view.pk),
            one,
            renaming if renaming and renaming.instance.pk == one.view.pk else None,
        )
        for one in figures(kept, seen)
    ]


class SavedViewForm(forms.ModelForm):
    """A filter under a name, and from the beginning on home or shared if wished."""

    pinned = forms.BooleanField(label=gettext_lazy("Show it on home"), required=False)

    class Meta:
        model = SavedView
        fields = ["name", "agency", "kind", "query"]
        widgets = {"kind": forms.HiddenInput, "query": forms.HiddenInput}
        help_texts = {
            "name": gettext_lazy("As you would ask for it: “Night patrols with Morocco”.")
        }

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.instance.owner = person
        agency: Any = self.fields["agency"]
        agency.queryset = Agency.objects.where(person, Permission.RECORD)
        agency.empty_label = _("Only me")
        agency.help_text = _("Its members see the view, each with what they may see.")
        if not person.may_record:
            del self.fields["agency"]
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_name(self) -> str:
        """Without what no one can see; two names that look alike are one."""
        return " ".join(str(self.cleaned_data["name"]).replace("\x00", "").split())

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        kind, query = given.get("kind"), given.get("query", "")
        if kind not in ListKind.values or len(query) > LONGEST_QUERY:
            raise ValidationError(_("This is not a list that can be saved."))
        normal, sensible = KeptQueries(self.person).normal(kind, query.lstrip("?"))
        if not sensible:
            raise ValidationError(
                _("A filter of the list needs your attention; change it and save the view then.")
            )
        given["query"] = normal
        return given

    def validate_unique(self) -> None:
        """The name is unique for its owner, who is no field of the form."""
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error("name", error.messages)


class RenameForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ["name"]

    clean_name = SavedViewForm.clean_name
    validate_unique = SavedViewForm.validate_unique
