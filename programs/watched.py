"""The tables that say who may see an activity, with whom and of what kind it is; see ``records.changes``."""

from __future__ import annotations

from records.changes import Watched

MARKED = ("tlp", "agency_id", "created_by_id", "ref", "title")
"""Columns of every activity by which it is seen and named."""


def activity(kind: str, *columns: str) -> tuple[Watched, ...]:
    table = f"programs_{kind}"
    return (
        Watched(kind, table, columns=(*MARKED, *columns)),
        Watched(kind, f"{table}_released_to", record=f"{kind}_id"),
        Watched(kind, f"{table}_red_recipients", record=f"{kind}_id"),
        Watched(kind, f"{table}_partners", record=f"{kind}_id"),
    )


WATCHED = (
    *activity("agreement"),
    Watched("agreement", "programs_agreement_party_agencies", record="agreement_id"),
    *activity("program", "lead_agency_id"),
    *activity("exercise", "lead_agency_id", "kind", "host_country", "program_id"),
    Watched("exercise", "programs_participation", record="exercise_id"),
)
