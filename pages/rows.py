"""The number of rows in a form, as it was sent: bounded, whatever was sent."""

from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import QueryDict

MOST_ROWS = 100


def number(data: QueryDict, name: str) -> int:
    """A count that the form sent, within reason."""
    value = data.get(name, "")
    return min(int(value), 10 * MOST_ROWS) if value.isdecimal() and len(value) < 6 else 0


def add_row(data: QueryDict, prefix: str) -> None:
    """Have one more row shown: what the button named ``add_<prefix>`` asks for."""
    name = f"{prefix}-{TOTAL_FORM_COUNT}"
    data[name] = str(min(number(data, name) + 1, MOST_ROWS))
