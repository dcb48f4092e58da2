"""What one person is in every agency, worked out once and asked many times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from agencies.roles import Permission, Role

Tree = dict[int, int | None]
"""Agency id → id of the agency above it, or ``None``."""


def ancestors(agency_id: int, tree: Tree) -> list[int]:
    """The agency and all above it, nearest first; stops rather than circling."""
    line: list[int] = []
    current: int | None = agency_id
    while current is not None and current not in line:
        line.append(current)
        current = tree.get(current)
    return line


@dataclass(frozen=True)
class Standing:
    """A person's permissions by agency.

    ``permissions`` maps agency ids to what the person may do there, sub-agencies reached by a
    role included. ``amber`` holds the agencies whose ``TLP:AMBER`` records reach the person: the
    ones they act in and all above those. ``home`` is the agency they most likely record for.
    """

    permissions: dict[int, frozenset[Permission]]
    amber: frozenset[int]
    home: int | None

    @classmethod
    def of(cls, roles: Iterable[tuple[int, Role]], tree: Tree) -> Standing:
        """Build from ``(agency id, role)`` pairs in order of joining and the tree of agencies."""
        own = list(roles)
        reached: defaultdict[int, frozenset[Permission]] = defaultdict(frozenset)
        for agency_id, role in own:
            reached[agency_id] |= role.permissions
        handed_down = {agency_id: role for agency_id, role in own if role.reaches_down}
        if handed_down:
            for agency_id in tree:
                for above in ancestors(agency_id, tree):
                    if above in handed_down:
                        reached[agency_id] |= handed_down[above].permissions
        amber = frozenset(above for agency_id in reached for above in ancestors(agency_id, tree))
        by_rank = sorted(own, key=lambda held: -len(held[1].permissions))
        return cls(dict(reached), amber, by_rank[0][0] if by_rank else None)

    def agencies(self, permission: Permission) -> frozenset[int]:
        """Ids of the agencies in which the person holds ``permission``."""
        return frozenset(
            agency_id for agency_id, held in self.permissions.items() if permission in held
        )

    def may(self, permission: Permission, agency_id: int | None) -> bool:
        return agency_id is not None and permission in self.permissions.get(agency_id, ())
