"""The public page that asks: no account, no script needed, in the language of who answers."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evaluation import answering
from evaluation.answer_form import EDITION, MARK, AnswerForm
from evaluation.answering import ChangedError, ClosedError, Link, SpentError, link_of
from evaluation.questionnaire import Language, words_in
from records.saving import with_plain_line_ends

COOKIE_AGE = 180 * 24 * 60 * 60
"""Seconds for which a device remembers that it answered an open link."""


def cookie_of(link: Link) -> str:
    return f"lindero_answered_{link.request.pk}"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, and keep what is answered; say clearly what stands in the way."""
    link = link_of(key)
    offered = link.request.languages if link else Language.values
    language = language_of(request, offered)
    with translation.override(language):
        response = _answer(request, link, key, language)
    response["X-Robots-Tag"] = "noindex"
    return response


def language_of(request: HttpRequest, offered: list[str]) -> str:
    """The language asked for, else the first of the browser's that is offered."""
    wanted = request.GET.get("lang", "")
    if wanted in offered:
        return wanted
    accepted = request.headers.get("Accept-Language", "")
    for part in accepted.split(","):
        code = part.split(";")[0].strip().split("-")[0].lower()
        if code in offered:
            return code
    return offered[0]


def _answer(request: HttpRequest, link: Link | None, key: str, language: str) -> HttpResponse:
    if link is None:
        return told(request, None, "unknown", language, status=404)
    sent = "sent" in request.GET
    done = link.spent or cookie_of(link) in request.COOKIES
    if sent and done and request.method != "POST":
        return told(request, link, "thanks", language)
    if not link.request.is_open:
        state = "early" if link.request.is_early else "closed"
        return told(request, link, state, language, status=403 if request.POST else 200)
    if request.method == "POST" and not (done and link.is_open_link):
        # A spent link too: the second of two clicks sends what has arrived already.
        return send(request, link, key, language)
    if done:
        return told(request, link, "answered" if link.is_open_link else "spent", language)
    return ask(request, link, AnswerForm(request=link.request, language=language))


def send(request: HttpRequest, link: Link, key: str, language: str) -> HttpResponse:
    data = with_plain_line_ends(request.POST)
    form = AnswerForm(data, request=link.request, language=language)
    if not ratelimit.consume(request, action="feedback"):
        return ask(request, link, form, status=429)
    if not form.is_valid():
        return ask(request, link, form, status=422)
    try:
        answering.answer(
            link,
            numbers=form.numbers,
            texts=form.texts,
            agency=form.agency,
            language=language,
            form=form.cleaned_data[MARK],
            edition=form.cleaned_data[EDITION],
        )
    except ChangedError:
        data[EDITION] = link.request.edition
        anew = AnswerForm(data, request=link.request, language=language)
        return ask(request, link, anew, status=409)
    except ClosedError:
        return told(request, link, "closed", language, status=403)
    except SpentError:
        return told(request, link, "spent", language, status=409)
    path = reverse("evaluation:answer", args=[key])
    response = HttpResponseRedirect(f"{path}?{urlencode({'sent': '1', 'lang': language})}")
    if link.is_open_link:
        response.set_cookie(
            cookie_of(link),
            "1",
            max_age=COOKIE_AGE,
            path=path,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


def ask(request: HttpRequest, link: Link, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    context = {
        "link": link,
        "form": form,
        "words": form.words,
        "languages": languages(link.request.languages, form.language),
        "too_fast": status == 429,
        "wrong": status == 422,
        "changed": status == 409,
    }
    return render(request, "evaluation/answer.html", context, status=status)


def told(
    request: HttpRequest, link: Link | None, state: str, language: str, *, status: int = 200
) -> HttpResponse:
    """A page without a form: ``state`` is the name of its words."""
    words = words_in(language)
    context = {
        "link": link,
        "words": words,
        "title": words[state],
        "more": words[f"{state}_more"],
        "languages": languages(link.request.languages if link else Language.values, language),
        "is_done": state in {"thanks", "answered", "spent"},
    }
    return render(request, "evaluation/answered.html", context, status=status)


def languages(offered: list[str], language: str) -> list[tuple[str, str, bool]]:
    """The languages to switch to; nothing where there is only one."""
    if len(offered) < 2:
        return []
    return [(one, Language(one).label, one == language) for one in offered]
