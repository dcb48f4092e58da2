"""Parts of forms that our templates draw instead of Django's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer, DjangoTemplates, TemplatesSetting

CHOICES = [
    ("", "Choose one"),
    ("ma", "Morocco & <Ceuta>"),
    (0, "None"),
    ("The Americas", [("bo", "Bolivia"), ("br", "Brazil")]),
]


class Described(forms.Select):
    """Options with what Django allows them to have."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["attrs"] |= {"data-code": 'a "b"', "hidden": False, "disabled": True}
        return option


def test_a_choice_is_drawn_as_django_draws_it() -> None:
    """One template for all options instead of two for each."""
    for widget in (forms.Select, forms.SelectMultiple, Described):
        one = widget(attrs={"class": "wide", "required": True, "hidden": False}, choices=CHOICES)
        for value in (None, "ma", ["br", "0"]):
            assert drawn(one, value, TemplatesSetting()) == drawn(one, value, DjangoTemplates())


def drawn(widget: forms.Widget, value: object, renderer: BaseRenderer) -> str:
    """Its HTML without line breaks and indentation."""
    return "".join(
        line.strip() for line in widget.render("of", value, renderer=renderer).splitlines()
    )
