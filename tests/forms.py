"""Forms as a browser without scripts sees them: read from the page, changed, sent back."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from agencies.models import User

Values = dict[str, list[str]]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


class _Fields(HTMLParser):
    """What the form ``wanted`` would send if nothing was touched, buttons aside."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.inside = False
        self.in_template = False
        self.values: Values = {}
        self.select: str | None = None
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == self.wanted
        if tag == "template":
            self.in_template = True
        if not self.inside or self.in_template:
            return
        name = given.get("name")
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.values.setdefault(self.select, []).append(given.get("value", ""))
        elif tag == "textarea" and name:
            self.textarea = name
            self.values[name] = [""]
        elif tag == "input" and name:
            self._take_input(name, given)

    def _take_input(self, name: str, given: dict[str, Any]) -> None:
        kind = given.get("type", "text")
        ticked = kind in {"checkbox", "radio"}
        if kind == "file" or (ticked and "checked" not in given):
            return
        self.values.setdefault(name, []).append(given.get("value", "on" if ticked else ""))

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "template":
            self.in_template = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.textarea:
            # Browsers drop the line end that follows the opening tag.
            self.values[self.textarea][0] = self.values[self.textarea][0].removeprefix("\n")
            self.textarea = None


def fields_of(response: HttpResponseBase, form: str = "record-form") -> Values:
    """Every field of the form with what stands in it."""
    reader = _Fields(form)
    reader.feed(response.content.decode())  # type: ignore[attr-defined]
    assert reader.values, "the page has no such form"
    return reader.values


def opened(client: Client, path: str, **changes: Any) -> Values:
    """The form at ``path`` with some of its fields filled in."""
    return changed(fields_of(client.get(path)), **changes)


def changed(values: Values, **changes: Any) -> Values:
    result = dict(values)
    for name, value in changes.items():
        key = name.replace("__", "-")
        many = value if isinstance(value, list | tuple) else [value]
        result[key] = [str(getattr(one, "pk", one)) for one in many]
    return result


def errors_in(response: HttpResponseBase) -> dict[str, list[str]]:
    """The errors of the page's form by field."""
    form = response.context["form"]  # type: ignore[attr-defined]
    return {name: [str(words) for words in errors] for name, errors in form.errors.items()}
