"""What apps declare in their configuration: tuples of dotted names, read when first asked for.

The modules that such names lead to need models, which configurations may not import.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string


@cache
def declared(attribute: str) -> dict[str, Any]:
    """By its dotted name, everything that an app names in ``attribute``."""
    return {
        name: import_string(name)
        for app in apps.get_app_configs()
        for name in getattr(app, attribute, ())
    }


def each(attribute: str) -> Iterator[Any]:
    """Every thing in the tuples that apps name in ``attribute``."""
    for things in declared(attribute).values():
        yield from things
