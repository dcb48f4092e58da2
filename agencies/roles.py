"""Who may do what: every role as a readable set of permissions.

A role is held in one agency. The rights of reviewers, endorsers and coordinators reach into
sub-agencies at any depth; readers and contributors act in their own agency only.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """The questions that the application asks about a person in an agency."""

    READ = "read"
    RECORD = "record"
    REVIEW = "review"
    ENDORSE = "endorse"
    COORDINATE = "coordinate"


class Role(models.TextChoices):
    READER = "reader", _("Reader")
    CONTRIBUTOR = "contributor", _("Contributor")
    REVIEWER = "reviewer", _("Reviewer")
    ENDORSER = "endorser", _("Endorser")
    COORDINATOR = "coordinator", _("Coordinator")

    @property
    def permissions(self) -> frozenset[Permission]:
        return PERMISSIONS[self]

    @property
    def description(self) -> str:
        return str(DESCRIPTIONS[self])

    @property
    def reaches_down(self) -> bool:
        """Whether the role is also held in every agency below the one it was given in."""
        return Permission.REVIEW in self.permissions


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.READER: frozenset({Permission.READ}),
    Role.CONTRIBUTOR: frozenset({Permission.READ, Permission.RECORD}),
    Role.REVIEWER: frozenset({Permission.READ, Permission.RECORD, Permission.REVIEW}),
    Role.ENDORSER: frozenset(
        {Permission.READ, Permission.RECORD, Permission.REVIEW, Permission.ENDORSE}
    ),
    Role.COORDINATOR: frozenset(Permission),
}

DESCRIPTIONS = {
    Role.READER: _("Reads what is released to the agency."),
    Role.CONTRIBUTOR: _("Logs lessons; records and edits agreements, programs and exercises."),
    Role.REVIEWER: _("Also reviews the lessons of the agency and of the agencies below it."),
    Role.ENDORSER: _("Also endorses lessons and assigns actions."),
    Role.COORDINATOR: _("Also looks after members, roles, holidays and settings."),
}
