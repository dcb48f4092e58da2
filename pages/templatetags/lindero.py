"""The small signs of the visual language: markings, statuses, dates, icons, texts.

docs/visual-language.md says when to use which; /components/ shows them all.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache, wraps
from typing import Any, TypeVar, cast

from django import template
from django.db.models import Model
from django.forms import BaseForm, BaseFormSet
from django.forms.boundfield import BoundField
from django.template import Context
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pages.icons import ICONS, TURNING

register = template.Library()

TONES: dict[str, str] = {
    # lessons
    "draft": "quiet",
    "submitted": "review",
    "in_review": "review",
    "returned": "late",
    "rejected": "quiet",
    "noted": "learned",
    "identified": "identified",
    "implementing": "implementing",
    "validating": "implementing",
    "learned": "learned",
    "superseded": "quiet",
    "archived": "quiet",
    # actions
    "not_started": "quiet",
    "ongoing": "implementing",
    "delayed": "late",
    "standby": "review",
    "finished": "identified",
    "verified": "learned",
    "declined": "late",
    "cancelled": "quiet",
    # agreements
    "proposed": "quiet",
    "under_negotiation": "review",
    "initialled": "review",
    "signed": "identified",
    "provisionally_applied": "identified",
    "in_force": "learned",
    "suspended": "late",
    "under_renegotiation": "review",
    "expired": "late",
    "terminated": "quiet",
    # programs and exercises
    "planned": "identified",
    "running": "implementing",
    "completed": "learned",
    "held": "learned",
}
"""Which colour a status takes; its words come from the vocabulary of the record."""

MARKINGS = {
    "clear": "TLP:CLEAR",
    "green": "TLP:GREEN",
    "amber": "TLP:AMBER",
    "amber_strict": "TLP:AMBER+STRICT",
    "red": "TLP:RED",
}
"""TLP 2.0 (FIRST, 2022). Labels are never translated."""

FORMATS = {"day": "j M Y", "month": "M Y", "year": "Y"}
"""How a date is written, by how much of it is known."""


T = TypeVar("T", bound=Callable[..., str])


def drawn_once(draw: T) -> T:
    """Remember what a sign looks like in each language: a page draws the same few many times."""
    # Typed: what is safe markup and a text of the same characters are not drawn alike.
    held = lru_cache(maxsize=4096, typed=True)(lambda language, *given: draw(*given))

    @wraps(draw)
    def drawn(*given: object) -> str:
        return held(get_language(), *given)

    return cast(T, drawn)


class ConstantNode(template.Node):
    """Draws its content once in each language, below each root, and for each of its arguments."""

    def __init__(self, arguments: "list[template.base.FilterExpression]", nodes: Any) -> None:
        self.arguments = arguments
        self.nodes = nodes
        self.drawn: dict[object, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        given = tuple(argument.resolve(context) for argument in self.arguments)
        key = (get_language(), get_script_prefix(), *given)
        if key not in self.drawn:
            self.drawn[key] = self.nodes.render(context)
        return self.drawn[key]


@register.tag
def constant(parser: Any, token: Any) -> ConstantNode:
    """Mark what is the same for everybody on every page, but for the few values it is given."""
    _name, *arguments = token.split_contents()
    nodes = parser.parse(["endconstant"])
    parser.delete_first_token()
    return ConstantNode([parser.compile_filter(one) for one in arguments], nodes)


class DrawnNode(template.Node):
    """Draws its content under a name instead of in its place."""

    def __init__(self, name: str, nodes: Any) -> None:
        self.name = name
        self.nodes = nodes

    def render(self, context: Context) -> str:
        context[self.name] = self.nodes.render(context)
        return ""


@register.tag
def drawn(parser: Any, token: Any) -> DrawnNode:
    """Draw what stands in several places of a page once: ``{% drawn as name %}…{% enddrawn %}``."""
    parts = token.split_contents()
    if len(parts) != 3 or parts[1] != "as":
        raise template.TemplateSyntaxError(f"{parts[0]!r} is written {{% drawn as name %}}")
    nodes = parser.parse(["enddrawn"])
    parser.delete_first_token()
    return DrawnNode(parts[2], nodes)


@register.simple_tag
def tlp(subject: object) -> str:
    """Return the marking label of a record, or of a value such as ``amber`` or ``TLP:AMBER``."""
    value = str(getattr(subject, "tlp", subject) or "")
    return draw_tlp(value.lower().removeprefix("tlp:").replace("+", "_"))


@drawn_once
def draw_tlp(key: str) -> str:
    if key not in MARKINGS:
        return ""
    return format_html('<span class="tlp {}">{}</span>', key.split("_")[0], MARKINGS[key])


@cache
def labels(model: type[Model], field: str) -> Mapping[object, object]:
    """The words of each value of a column with choices, translated when they are used."""
    held: Any = model._meta.get_field(field)
    return dict(held.flatchoices)


def words_of(subject: object, field: str, words: object) -> tuple[str, str]:
    """Return value and words of a choice: from a record, from a member of choices, or as given."""
    value = getattr(subject, field, subject)
    if not words:
        if isinstance(subject, Model) and value is not subject:
            words = labels(type(subject), field).get(value, "")
        else:
            words = getattr(value, "label", "")
    value = str(value or "")
    return value, str(words) or _(value.replace("_", " ").capitalize())


@register.simple_tag
def status(subject: object, words: object = "") -> str:
    """Return dot and words of a record's status; a bare value takes its words from ``words``."""
    return draw_status(*words_of(subject, "status", words))


@drawn_once
def draw_status(value: str, words: str) -> str:
    if not value:
        return ""
    return format_html('<span class="st {}">{}</span>', TONES.get(value, "quiet"), words)


@register.simple_tag
def kind(subject: object, words: object = "") -> str:
    """Return the tag of a lesson's kind: improve (warm) or sustain (green)."""
    value, words = words_of(subject, "kind", words)
    return (
        draw_tag({"improve": "imp", "sustain": "sus"}.get(value, "plain"), words) if value else ""
    )


@register.simple_tag
def priority(subject: object, words: object = "") -> str:
    """Return a tag for what is urgent or asks for caution; information needs no sign."""
    value, words = words_of(subject, "priority", words)
    tone = {"urgent": "urgent", "caution": "imp"}.get(value)
    return draw_tag(tone, words) if tone else ""


@drawn_once
def draw_tag(tone: str, words: str) -> str:
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def code(value: object, name: object = "") -> str:
    """Return a short code in a box; ``name`` is what it stands for, said and shown on hover."""
    return draw_code(str(value or ""), str(name or ""))


@drawn_once
def draw_code(value: str, name: str) -> str:
    if not value:
        return ""
    if not name or name == value:
        return format_html('<span class="code">{}</span>', value)
    return format_html('<abbr class="code" title="{0}">{1}<i> {0}</i></abbr>', name, value)


@register.simple_tag
def icon(name: str, label: object = "") -> str:
    """Return an icon of our set; without ``label`` it is decoration and not read out."""
    return draw_icon(name, str(label or ""))


@drawn_once
def draw_icon(name: str, label: str) -> str:
    turning = " turns" if name in TURNING else ""
    naming = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return mark_safe(  # noqa: S308 - drawn by us; the label is escaped above
        f'<svg class="icon{turning}" viewBox="0 0 20 20" {naming}>{ICONS[name]}</svg>'
    )


def as_date(value: date | datetime) -> date:
    """Return the calendar day of ``value`` where the reader is."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.simple_tag
def day(value: date | datetime | None, precision: str = "day") -> str:
    """Return a date as exactly as it is known: ``14 Oct 2026``, ``Oct 2026`` or ``2026``."""
    return draw_day(as_date(value), precision) if value else ""


@drawn_once
def draw_day(calendar_day: date, precision: str) -> str:
    length = {"day": 10, "month": 7, "year": 4}.get(precision, 10)
    return format_html(
        '<time datetime="{}">{}</time>',
        calendar_day.isoformat()[:length],
        date_format(calendar_day, FORMATS.get(precision, FORMATS["day"])),
    )


@register.simple_tag
def moment(value: datetime | None) -> str:
    """Return day and time of ``value`` where the reader is: ``14 Oct 2026, 21:42``."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(timespec="minutes"),
        date_format(local, "j M Y, H:i"),
    )


@register.simple_tag
def period(
    start: date | datetime | None, end: date | datetime | None = None, precision: str = "day"
) -> str:
    """Return a stretch of time without saying anything twice: ``2–6 Sep 2026``."""
    if not start or not end:
        return day(start or end, precision)
    first, last = as_date(start), as_date(end)
    whole = FORMATS.get(precision, FORMATS["day"])
    if date_format(first, whole) == date_format(last, whole):
        return day(first, precision)
    if precision == "day" and (first.year, first.month) == (last.year, last.month):
        words = f"{first.day}–{date_format(last, whole)}"
    elif precision == "year":
        words = f"{first.year}–{last.year}"
    elif first.year == last.year:
        words = f"{date_format(first, whole.removesuffix(' Y'))} – {date_format(last, whole)}"
    else:
        words = f"{date_format(first, whole)} – {date_format(last, whole)}"
    return format_html('<span class="period">{}</span>', words)


@register.simple_tag
def due(value: date | datetime | None, done: bool = False) -> str:
    """Return a due date in words; one that has passed is warm, unless the thing is ``done``."""
    if not value:
        return ""
    calendar_day = as_date(value)
    return draw_due(calendar_day, not done and calendar_day < timezone.localdate())


@drawn_once
def draw_due(calendar_day: date, late: bool) -> str:
    if late:
        return format_html(
            '<span class="late">{}</span>',
            format_html(_("due since {}"), day(calendar_day)),
        )
    return format_html("<span>{}</span>", format_html(_("due {}"), day(calendar_day)))


@register.filter
def prose(text: object) -> SafeString:
    """Return plain text as paragraphs: escaped, single line breaks kept."""
    paragraphs = re.split(r"\n\s*\n", str(text or "").replace("\r\n", "\n").strip())
    return format_html_join(
        "\n",
        '<p dir="auto">{}</p>',
        (
            (mark_safe(escape(paragraph.strip()).replace("\n", "<br>")),)  # noqa: S308 - escaped
            for paragraph in paragraphs
            if paragraph.strip()
        ),
    )


LINK = re.compile(r"https?://[^\s<>\"'«»“”]{1,2000}", re.IGNORECASE)
AFTER_A_LINK = ".,;:!?)]}…"
"""Signs at the end of an address that belong to the sentence around it."""


@register.filter
def linked(text: object) -> SafeString:
    """Return plain text as paragraphs, web addresses in it as links that lead nowhere unsaid."""
    paragraphs = re.split(r"\n\s*\n", str(text or "").replace("\r\n", "\n").strip())
    return format_html_join(
        "\n", '<p dir="auto">{}</p>', ((with_links(one.strip()),) for one in paragraphs if one)
    )


def with_links(text: str) -> SafeString:
    parts, at = [], 0
    for found in LINK.finditer(text):
        address = found[0].rstrip(AFTER_A_LINK)
        parts.append(escape(text[at : found.start()]))
        parts.append(format_html('<a href="{0}" rel="nofollow noreferrer">{0}</a>', address))
        at = found.start() + len(address)
    parts.append(escape(text[at:]))
    return mark_safe("".join(parts).replace("\n", "<br>"))  # noqa: S308 - every part is escaped


@register.filter
def marked(text: object) -> SafeString:
    """Return a snippet with its found words marked; the search puts them between \\2 and \\3."""
    safe = escape(str(text or "")).replace("\x02", "<mark>").replace("\x03", "</mark>")
    return mark_safe(safe)  # noqa: S308 - escaped above


@register.filter
def initials(name: object) -> str:
    """Return the first letters of the first and the last word of a name."""
    words = str(name or "").split()
    return "".join(word[0] for word in (*words[:1], *words[1:][-1:])).upper()


@register.simple_tag
def person(name: object, agency: object = "") -> str:
    """Return a person's name with their initials, and their agency if given."""
    if not name:
        return ""
    return format_html(
        '<span class="person"><span class="ava" aria-hidden="true">{}</span>'
        "<span>{}{}</span></span>",
        initials(name),
        name,
        format_html(' <span class="muted">· {}</span>', agency) if agency else "",
    )


@register.simple_tag
def share(part: float | None, whole: float | None) -> str:
    """Return ``part`` of ``whole`` as a whole percentage in words, a dash where there is none."""
    if not whole:
        return "–"
    return _("%(number)d %%") % {"number": round(100 * (part or 0) / whole)}


@register.filter
def says_optional(field: BoundField) -> bool:
    """Whether the label says that one may leave the field empty; forms of filters never do."""
    return (
        not field.field.required
        and getattr(field.form, "says_optional", True)
        and "data-no-optional" not in field.field.widget.attrs
    )


@dataclass(frozen=True)
class FormError:
    """One error with the way to its field, if it belongs to one."""

    text: str
    label: str = ""
    id: str = ""


@register.simple_tag
def errors_of(
    form: BaseForm | None, formsets: "Iterable[BaseFormSet[Any]]" = ()
) -> list[FormError]:
    """Return all errors of a form and its formsets, in the order of the page."""
    found = form_errors(form) if form else []
    for formset in formsets or ():
        if formset.is_bound:
            found += [FormError(str(text)) for text in formset.non_form_errors()]
            for row in formset.forms:
                found += form_errors(row)
    return found


def form_errors(form: BaseForm) -> list[FormError]:
    """Return the errors of one form: first those of the whole, then field by field."""
    if not form.is_bound:
        return []
    found = [FormError(str(text)) for text in form.non_field_errors()]
    for field in form:
        target = field.id_for_label or f"div_{field.auto_id}"
        found += [FormError(str(text), str(field.label), target) for text in field.errors]
    return found


@register.inclusion_tag("pages/_heat.html")
def heat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a table of counts whose cells darken with the count, in five steps up to the largest."""
    largest = max((cell["value"] or 0 for row in table["rows"] for cell in row["cells"]), default=0)
    rows = [
        {
            **row,
            "cells": [{**cell, "level": level(cell["value"], largest)} for cell in row["cells"]],
        }
        for row in table["rows"]
    ]
    return {**table, "rows": rows}


def level(value: float | None, largest: float) -> int:
    """Return 0 for nothing, else 1 to 5 by the share of the largest."""
    return min(5, 1 + int(5 * (value / largest) - 1e-9)) if value and largest else 0


@register.inclusion_tag("pages/_bars.html")
def bars(rows: list[Mapping[str, Any]], caption: str | Promise = "") -> dict[str, Any]:
    """Draw counts as horizontal bars beside their figures, the longest for the largest."""
    largest = max((row["value"] for row in rows), default=0)
    return {
        "caption": caption,
        "rows": [{**row, "width": round(100 * row["value"] / (largest or 1), 1)} for row in rows],
    }


@register.inclusion_tag("pages/_spark.html")
def spark(years: list[Mapping[str, Any]], caption: str | Promise = "") -> dict[str, Any]:
    """Draw a row of small bars, one a year: ``label``, ``value`` and whether it is ``on``."""
    largest = max((year["value"] for year in years), default=0) or 1
    heights = [max(1, round(36 * year["value"] / largest)) for year in years]
    return {
        "caption": caption,
        "years": years,
        "width": 12 * len(years) - 2,
        "columns": [
            {"x": 12 * position, "y": 36 - height, "height": height, "on": year.get("on", True)}
            for position, (year, height) in enumerate(zip(years, heights, strict=True))
        ],
    }
