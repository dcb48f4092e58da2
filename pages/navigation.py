"""The entries of the header and of the menus, in the order shown.

Entries name addresses, which are a promise of Lindero: they stand in mails and bookmarks. An
entry shows itself as soon as a page answers at its address, and only to people whose user
object says that they may (an attribute such as ``may_review``), so that this app needs to
know nothing of those above it.
"""

from dataclasses import dataclass
from functools import cache
from html import escape

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf, is_valid_path
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """One way to a page. ``predicate`` names the attribute of the user that opens it.

    It is marked as where one is on its page and below, and below what ``around`` names.
    """

    address: str
    label: str | Promise
    hint: str | Promise = ""
    predicate: str = ""
    around: tuple[str, ...] = ()


PAGES = [
    Entry("", _("Home")),
    Entry("lessons/", _("Lessons")),
    Entry("exercises/", _("Exercises")),
    Entry("programs/", _("Programs")),
    Entry("agreements/", _("Agreements")),
    Entry("partners/", _("Partners")),
    Entry("actions/", _("Actions")),
    Entry("evaluation/indicators/", _("Evaluation"), around=("evaluation/", "stories/")),
    Entry("reports/", _("Reports")),
    Entry("review/", _("Review"), predicate="may_review"),
]
RECORD = [
    Entry("lessons/new/", _("Lesson"), _("Three fields, under two minutes"), "may_record"),
    Entry("exercises/new/", _("Exercise"), _("An exercise, operation or patrol"), "may_record"),
    Entry("programs/new/", _("Program"), _("Training or capacity building"), "may_record"),
    Entry("agreements/new/", _("Agreement"), _("What cooperation rests on"), "may_record"),
    Entry("evaluation/indicators/new/", _("Indicator"), _("Whether it works"), "may_record"),
]
ACCOUNT = [
    Entry("profile/", _("Profile")),
    Entry("mine/", _("My observations")),
    Entry("views/", _("Saved views")),
    Entry("documents/", _("My documents")),
    Entry("members/", _("Members and settings"), predicate="may_coordinate"),
    Entry("admin/", _("Administration"), predicate="is_staff"),
]


@dataclass(frozen=True)
class Link:
    """An entry as one reader sees it."""

    url: str
    label: str | Promise
    hint: str | Promise
    current: bool


def links(entries: list[Entry], request: HttpRequest) -> list[Link]:
    """Return the entries that the person behind ``request`` may follow."""
    root = get_script_prefix()
    return [
        Link(
            url=root + entry.address,
            label=entry.label,
            hint=entry.hint,
            current=any(
                is_current(request.path, root, one) for one in (entry.address, *entry.around)
            ),
        )
        for entry in entries
        if (not entry.predicate or getattr(request.user, entry.predicate, False))
        and answers(entry.address, get_urlconf() or settings.ROOT_URLCONF)
    ]


def drawn(entries: list[Entry], request: HttpRequest) -> SafeString:
    """Return the same as markup, the link to where one is marked.

    The header of every page holds them, some twice: a template would take ten times as long.
    """
    parts = []
    for link in links(entries, request):
        here = ""
        if link.current:
            here = f' aria-current="{"page" if request.path == link.url else "true"}"'
        words = escape(str(link.label))
        if link.hint:
            words = f"<span>{words}<small>{escape(str(link.hint))}</small></span>"
        parts.append(f'<a href="{escape(link.url)}"{here}>{words}</a>')
    return mark_safe("".join(parts))  # noqa: S308 - escaped


@cache
def answers(address: str, urlconf: str) -> bool:
    """Whether a page stands at ``address``."""
    return bool(is_valid_path(f"/{address}", urlconf))


def is_current(path: str, root: str, address: str) -> bool:
    """Whether ``path`` lies at or below ``address``; home has nothing below it."""
    return path == root if not address else path.startswith(root + address)
