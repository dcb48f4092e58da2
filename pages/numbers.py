"""Numbers as the reader's language writes them."""

from __future__ import annotations

from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language


def grouped(number: int) -> str:
    """``2,102``: the thousands apart."""
    return _grouped(number, get_language()) if number > 999 else str(number)


@lru_cache(maxsize=50_000)
def _grouped(number: int, language: str | None) -> str:
    return number_format(number, force_grouping=True)
