"""Rows among very many keys, which travel as one parameter.

For ``__in`` Django prepares key by key, writes a mark for each, and the database reads them all:
for hundreds of keys that takes longer than fetching their rows.
"""

import json
from typing import Any

from django.db.models import Lookup


class Among(Lookup):
    """Whether a number is one of a list of numbers: ``filter(Among(F("pk"), keys))``."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(self.rhs)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, self.rhs]
