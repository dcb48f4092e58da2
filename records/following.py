"""What rests on a record that was saved.

Apps above say in their configuration (``after_save``, dotted names of functions) what is to follow
when a record of another app is saved by a person. Each is given the record, in the transaction
that saved it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.apps import apps
from django.db.models import Model
from django.utils.module_loading import import_string


@cache
def followers() -> tuple[Callable[[Model], None], ...]:
    return tuple(
        import_string(name)
        for app in apps.get_app_configs()
        for name in getattr(app, "after_save", ())
    )


def saved(record: Model) -> None:
    """Let follow what rests on ``record``; call inside the transaction that saved it."""
    for follow in followers():
        follow(record)
