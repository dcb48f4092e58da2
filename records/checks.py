"""What the checks of the database would say of a record, asked before it is saved.

Django asks the database about one check after the other, which takes more time than all else of
a save. Here one question tells whether a record passes all of them, as most do.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache, reduce
from operator import and_
from typing import cast

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Model, Q


def failed_checks(
    record: Model, exclude: Collection[str] = ()
) -> list[tuple[CheckConstraint, ValidationError]]:
    """The checks that ``record`` fails, each with its words; without those of fields in ``exclude``."""
    model = type(record)
    left_out = frozenset(exclude)
    checks, together = checks_of(model, left_out)
    if together is not None and failure(together, record, left_out) is None:
        return []
    return [(check, error) for check in checks if (error := failure(check, record, left_out))]


@lru_cache(maxsize=500)
def checks_of(
    model: type[Model], exclude: frozenset[str]
) -> tuple[list[CheckConstraint], CheckConstraint | None]:
    """The checks on ``model`` that say nothing of fields in ``exclude``, and one that is them all.

    A check that is neither true nor false, for a column is empty, is passed; so is the whole then.
    """
    checks: list[CheckConstraint] = []
    conditions: list[Q] = []
    named: set[str] = set()
    for check in model._meta.constraints:
        condition = check.condition if isinstance(check, CheckConstraint) else None
        if isinstance(condition, Q) and condition.referenced_base_fields.isdisjoint(exclude):
            checks.append(cast(CheckConstraint, check))
            conditions.append(condition)
            named |= condition.referenced_base_fields
    # Django passes a check whose columns it does not know by name, and would pass the whole.
    if not checks or not named <= {field.name for field in model._meta.concrete_fields}:
        return checks, None
    return checks, CheckConstraint(condition=reduce(and_, conditions), name="all")


def failure(
    check: CheckConstraint, record: Model, exclude: frozenset[str]
) -> ValidationError | None:
    try:
        check.validate(type(record), record, exclude=set(exclude))
    except ValidationError as error:
        return error
    return None
