"""Two pages to measure against: the list drawn from constants, and an answer that says nothing.

Both go through the middleware of the product and know who is signed in, as its own pages do.
"""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from config.urls import urlpatterns as of_the_product
from lessons.views import lists
from pages import listing

kept: dict[str, Any] = {}
"""Template and context of the list, as the first request found them."""


def rendered(request: HttpRequest) -> HttpResponse:
    """The list of lessons as it was at the first request: only the drawing is done anew."""
    if not kept:

        def keep(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
            response = render(request, template, context)
            kept.update(template=template, context=context)
            return response

        with mock.patch.object(listing, "render", keep):
            return lists.lessons(request)
    return render(request, kept["template"], kept["context"])


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok")


urlpatterns = [
    *of_the_product,
    path("benchmark/rendered/", rendered),
    path("benchmark/empty/", empty),
]
