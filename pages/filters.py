"""The filters of lists: what an address may ask for, and how it is answered.

Values of one filter mean *or*, different filters mean *and*. A value that does not exist, or
that the reader may not know of, gives one and the same message beside its filter, and no rows.
Choices that depend on the reader come from functions that are given the request; without one
they offer nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple, Self

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

MOST_VALUES = 60
"""Values that one filter takes."""
LONGEST_TEXT = 2000
"""Characters of a text to search for."""


class Option(NamedTuple):
    """One choice: as it stands in the address, in words, and as the database compares it."""

    value: str
    label: str | Promise
    key: Any
    group: str | Promise = ""


def shown(value: str) -> str:
    """A value from an address as a message may repeat it."""
    return Truncator(value.replace("\x00", "").strip()).chars(60) or "?"


def distinct(values: Iterable[str]) -> list[str]:
    """The values that are not blank, each once, in the order given."""
    return list(dict.fromkeys(value for value in values if value.strip()))


class Light:
    """A filter that is copied for each request without its parts, which nothing changes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return copy(self)


class SeveralField(forms.Field):
    """Any number of values; cleaned to their options."""

    widget = forms.SelectMultiple

    def __init__(
        self, *, known: Callable[[list[str]], Mapping[str, Option]], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.known = known

    def clean(self, value: Any) -> list[Option]:
        given = distinct(value or [])
        if len(given) > MOST_VALUES:
            raise ValidationError(
                _("Choose at most %(most)d."), code="many", params={"most": MOST_VALUES}
            )
        known = self.known(given) if given else {}
        unknown = [one for one in given if one not in known]
        if unknown:
            raise ValidationError(
                [
                    ValidationError(
                        _("“%(value)s” does not exist, or is not for you to see."),
                        code="unknown",
                        params={"value": shown(one)},
                    )
                    for one in unknown
                ]
            )
        return [known[one] for one in given]


class Several(Light, django_filters.Filter):
    """Records that have one of the chosen values, or every one if the address says so.

    ``choices`` are fixed pairs or a function that is given the filter set. ``paths`` lead to
    the compared column of the record itself, ``many`` over relations to many. ``mode`` names
    the parameter that may say ``all``.
    """

    field_class = SeveralField

    def __init__(
        self,
        *,
        label: str | Promise,
        choices: Callable[[Any], Iterable[Option]] | Sequence[tuple[str, Any]],
        paths: Sequence[str] = (),
        many: Sequence[str] = (),
        mode: str = "",
        searchable: bool = False,
    ) -> None:
        super().__init__(label=label)
        self.choices = choices
        self.paths = paths
        self.many = many
        self.mode = mode
        self.searchable = searchable
        self.in_language: dict[str | None, list[Option]] = {}

    @cached_property
    def options(self) -> list[Option]:
        """All choices of this reader; worked out once, when somebody asks.

        Those that are fixed are put into words once in each language: copies share them.
        """
        if callable(self.choices):
            return list(self.choices(self.parent))
        language = get_language()
        if language not in self.in_language:
            self.in_language[language] = [
                Option(value, str(label), value) for value, label in self.choices
            ]
        return self.in_language[language]

    def known(self, values: list[str]) -> Mapping[str, Option]:
        """The options of this reader among ``values`` of an address, or more."""
        return {option.value: option for option in self.options}

    def found(self, counts: Mapping[Any, int]) -> list[tuple[Option, int]]:
        """The options that find something, with how much, in the order they are shown."""
        return [(one, counts[one.key]) for one in self.options if one.key in counts]

    @property
    def field(self) -> SeveralField:
        return SeveralField(known=self.known, label=self.label, required=False)

    def matching(self, model: Any, keys: list[Any]) -> Q:
        """Records of ``model`` with one of ``keys``."""
        found = Q()
        for path in self.paths:
            found |= Q(**{f"{path}__in": keys})
        for path in self.many:
            # A subquery, not a join: a record tagged twice is still one row.
            tagged = model._base_manager.filter(**{f"{path}__in": keys})
            found |= Q(pk__in=tagged.values("pk"))
        return found

    def filter(self, qs: QuerySet, value: list[Option]) -> QuerySet:
        if not value:
            return qs
        keys = [option.key for option in value]
        if self.mode and self.parent.data.get(self.mode) == "all":
            for key in keys:
                qs = qs.filter(self.matching(qs.model, [key]))
            return qs
        return qs.filter(self.matching(qs.model, keys))


class SeveralHeld(Several):
    """``Several`` for a column that itself holds several values of a vocabulary."""

    def matching(self, model: Any, keys: list[Any]) -> Q:
        found = Q()
        for path in self.paths:
            for key in keys:
                found |= Q(**{f"{path}__has": key})
        return found


class Asked(Several):
    """Questions that the queryset answers: the key of an option turns a queryset into another."""

    def matching(self, model: Any, keys: list[Any]) -> Q:
        found = Q()
        for narrow in keys:
            found |= Q(pk__in=narrow(model._default_manager.all()).values("pk"))
        return found


class Mode(Light, django_filters.Filter):
    """Whether several values of another filter mean *any of them* or *all of them*."""

    field_class = forms.ChoiceField

    def __init__(self, *, label: str | Promise) -> None:
        super().__init__(
            label=label,
            choices=[("", _("any of them")), ("all", _("all of them"))],
            required=False,
            error_messages={
                "invalid_choice": _("“%(value)s” is not one of the ways to combine values.")
            },
        )

    @property
    def field(self) -> forms.Field:
        return ModeField(**self.extra, label=self.label)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs


class ModeField(forms.ChoiceField):
    """A choice whose message repeats an overlong value only in part."""

    def validate(self, value: str) -> None:
        if value and not self.valid_value(value):
            raise ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": shown(value)},
            )


class WordsField(forms.CharField):
    """Text to search for, cleaned to what ``parse`` reads in it; ``None`` where it is blank."""

    default_error_messages = {"max_length": _("Search for at most %(limit_value)d characters.")}

    def __init__(self, *, parse: Callable[[str], Any], **kwargs: Any) -> None:
        # A blank at the end says that the last word is whole.
        super().__init__(max_length=LONGEST_TEXT, strip=False, **kwargs)
        self.parse = parse

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text.strip():
            return None
        query = self.parse(text)
        if query.is_empty:
            raise ValidationError(
                _("Give at least one word to find; signs and words to leave out find nothing."),
                code="words",
            )
        return query


class Words(Light, django_filters.Filter):
    """Records whose words match a search.

    ``parse`` reads a text into a query that knows whether it ``is_empty``, ``condition`` turns
    the query into a condition on the records.
    """

    field_class = WordsField

    def __init__(
        self,
        parse: Callable[[str], Any],
        condition: Callable[[Any], Q],
        *,
        label: str | Promise,
    ) -> None:
        super().__init__(
            label=label,
            parse=parse,
            required=False,
        )
        self.condition = condition

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(self.condition(value)) if value else qs


class Day(Light, django_filters.Filter):
    """From a day on (``gte``) or until a day (``lte``), by ``narrow(queryset, day)``."""

    field_class = forms.DateField

    def __init__(
        self, narrow: Callable[[QuerySet, Any], QuerySet], *, label: str | Promise
    ) -> None:
        super().__init__(label=label, required=False)
        self.narrow = narrow

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return self.narrow(qs, value) if value else qs


class MomentField(forms.DateTimeField):
    """A moment that a database can compare."""

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class Moment(Light, django_filters.Filter):
    """What came after a moment, by ``narrow(queryset, reader, moment)``.

    Nobody types a moment: the filter stands on the page where the address has it.
    """

    field_class = MomentField

    def __init__(
        self, narrow: Callable[[QuerySet, Any, datetime], QuerySet], *, label: str | Promise
    ) -> None:
        super().__init__(label=label, required=False)
        self.narrow = narrow

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return self.narrow(qs, self.parent.reader, value) if value else qs


def written(moment: datetime) -> str:
    """A moment as it stands in an address."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def said(moment: datetime) -> str:
    """A moment in words, in the time zone of the reader."""
    return date_format(localtime(moment), "j M Y, H:i")


class Later:
    """A queryset of ``model`` that is made when something is asked of it.

    A list that finds its rows without the database needs it for files alone.
    """

    def __init__(self, model: type[Model], make: Callable[[], QuerySet]) -> None:
        self.model = model
        self.make = make

    @cached_property
    def made(self) -> QuerySet:
        return self.make()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in {"made", "make", "model"}:
            raise AttributeError(name)  # nothing that is worked out: making it failed
        return getattr(self.made, name)


class FiltersForm(forms.Form):
    """The form behind the filters of a list; it sees to it that dates are in order."""

    def clean(self) -> None:
        since, until = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if since and until and until < since:
            self.add_error("to", _("The second date is before the first."))


class ListFilters(django_filters.FilterSet):
    """The filters of one list.

    A name that is a word of Python ends with an underscore here and without it in addresses
    (``from_`` is ``from``). ``folded`` names the filters that stand under "More filters".
    """

    folded: tuple[str, ...] = ()

    class Meta:
        form = FiltersForm

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {name.rstrip("_"): one for name, one in super().get_filters().items()}

    def get_form_class(self) -> type[forms.Form]:
        """The form of what the address names: a list may have twenty filters, most of them unused."""
        fields = {name: one.field for name, one in self.filters.items() if name in self.data}
        return type(f"{type(self).__name__}Form", (self._meta.form,), fields)

    @property
    def reader(self) -> Any:
        """Who reads; ``None`` where nobody passed the request."""
        return self.request.user if self.request is not None else None

    @cached_property
    def in_address(self) -> dict[str, list[str]]:
        """What the address says, by filter: values that are not blank, each once.

        Of one that takes one value the last counts, as its form has it.
        """
        if not isinstance(self.data, QueryDict):
            return {}
        found = {
            name: distinct(
                self.data.getlist(name)
                if isinstance(one, Several)
                else self.data.getlist(name)[-1:]
            )
            for name, one in self.filters.items()
            if name in self.data
        }
        return {name: values for name, values in found.items() if values}

    def given(self, name: str) -> list[str]:
        """What the address says for a filter."""
        return self.in_address.get(name, [])

    def sought(self, name: str) -> str | None:
        """The part of a name by which values of a filter are looked for, where all are shown."""
        if not isinstance(self.data, QueryDict) or f"find-{name}" not in self.data:
            return None
        return str(self.data[f"find-{name}"]).replace("\x00", "")[:LONGEST_TEXT]

    @property
    def is_sought(self) -> bool:
        """Whether values of any filter are looked for."""
        return any(self.sought(name) is not None for name in self.filters)

    @property
    def on_the_page(self) -> list[str]:
        """The names of the filters that a page draws."""
        return [
            name
            for name, one in self.filters.items()
            if not isinstance(one, Moment) or self.given(name)
        ]

    @property
    def query(self) -> Any:
        """What ``q`` was read as by its parser; ``None`` where nothing is searched for."""
        return self.form.cleaned_data.get("q")

    def narrowed(self) -> QuerySet:
        """The rows asked for; none where a value makes no sense."""
        return self.qs if self.is_valid() else self.queryset.none()

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """The filters that the address sets, with their values as given."""
        return self.meant(self.in_address)

    def meant(self, asked: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """``asked`` without what says nothing: no values, or *all of them* about one value."""
        plural = {
            one.mode
            for name, one in self.filters.items()
            if isinstance(one, Several) and len(asked.get(name, ())) > 1
        }
        kept = {
            name: [value for value in values if value != "all"]
            if isinstance(self.filters[name], Mode) and name not in plural
            else values
            for name, values in asked.items()
        }
        return {name: values for name, values in kept.items() if values}

    def makes_sense(self, name: str, value: str) -> bool:
        """Whether a value of the address is one that its filter takes."""
        if name not in self.errors:
            return True
        one = self.filters[name]
        if not isinstance(one, Several) or self.form.has_error(name, "many"):
            return False
        return value in one.known([value])

    def words(self, name: str, value: str) -> str:
        """A value of the address in the reader's words."""
        one = self.filters[name]
        if isinstance(one, Mode):
            return str(dict(one.extra["choices"]).get(value, shown(value)))
        if isinstance(one, Several):
            option = one.known([value]).get(value)
            return str(option.label) if option else shown(value)
        if isinstance(one, Day) and name not in self.errors:
            return date_format(one.field.clean(value), "j M Y")
        if isinstance(one, Moment) and name not in self.errors:
            return said(one.field.clean(value))
        return shown(value)
