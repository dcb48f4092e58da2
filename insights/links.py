"""Ways from a number to the filtered list that shows exactly the rows it counts."""

from __future__ import annotations

from django.http import QueryDict
from django.urls import reverse

from programs.vocabulary import BINDING, ExerciseStatus

Values = str | int | list[str]


def filtered(name: str, **values: Values) -> str:
    """The address of the list ``name`` with its filters set; empty values are left out.

    A trailing underscore is dropped, so that ``from_`` sets the filter ``from``.
    """
    query = QueryDict(mutable=True)
    for key, value in values.items():
        given = value if isinstance(value, list) else [str(value)]
        query.setlist(key.rstrip("_"), [one for one in given if one])
    words = query.urlencode()
    return f"{reverse(name)}?{words}" if words else reverse(name)


def lessons(**values: Values) -> str:
    return filtered("lessons:lessons", **values)


def within(year: int) -> dict[str, str]:
    """The filters of a list for what happened in ``year``."""
    return {"from_": f"{year:04}-01-01", "to": f"{year:04}-12-31"}


def actions(**values: Values) -> str:
    return filtered("lessons:actions", **values)


def gaps(**values: Values) -> str:
    return filtered("insights:gaps", **values)


def programs(**values: Values) -> str:
    return filtered("programs:programs", **values)


def exercises(**values: Values) -> str:
    return filtered("programs:exercises", **values)


def exercises_held(**values: Values) -> str:
    return exercises(**values, status=ExerciseStatus.HELD)


def evaluations_overdue(**values: Values) -> str:
    return exercises(**values, evaluation="overdue")


def agreements(**values: Values) -> str:
    return filtered("programs:agreements", **values)


def agreements_in_force(**values: Values) -> str:
    return agreements(**values, status=sorted(BINDING))


def reviews_overdue(**values: Values) -> str:
    return agreements(**values, review="overdue")


def partner(code: str) -> str:
    return reverse("insights:partner", args=[code])
