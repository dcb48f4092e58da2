"""Which of many cases ``make test`` tries; ``make test-slow`` tries the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def quick(*chosen: Any, of: Iterable[Any]) -> list[Any]:
    """All cases, those that are not ``chosen`` marked slow; a tuple is known by its first part."""
    cases = {case[0] if isinstance(case, tuple) else case: case for case in of}
    assert cases.keys() >= set(chosen), "what is chosen is none of the cases"
    return [
        case if key in chosen else pytest.param(*given(case), marks=pytest.mark.slow)
        for key, case in cases.items()
    ]


def given(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)


ROWS = quick(3, of=[1, 3, 30])
"""Three rows show what is asked of the database for each row."""
