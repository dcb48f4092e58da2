"""Looking after the members of an agency: invite, change role, leave, come back.

Each deed is one transaction and leaves an entry in Django's log, which administrators read.
"""

from __future__ import annotations

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.models import Agency, Membership, User
from agencies.roles import Permission, Role


class NotAllowedError(Exception):
    """The deed is refused; the text says why, for the person who tried."""


def may_look_after(membership: Membership, by: User) -> bool:
    """Coordinators look after everybody but themselves."""
    return membership.user_id != by.pk and by.may(Permission.COORDINATE, membership.agency_id)


@transaction.atomic
def invite(agency: Agency, *, email: str, name: str, role: Role, by: User) -> Membership:
    """Make the person (unless there is one with this e-mail) and their membership.

    Somebody who was a member before comes back. A person in another agency keeps their name.
    """
    _require(by.may(Permission.COORDINATE, agency), _("Only coordinators invite members."))
    # One invitation of an agency at a time: the second of two clicks finds what the first made.
    Agency.objects.select_for_update().get(pk=agency.pk)
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email, name)
    membership, created = Membership.objects.get_or_create(
        user=user, agency=agency, defaults={"role": role}
    )
    if not created:
        _require(not membership.active, _("This person already is a member of the agency."))
        membership.role = role
    _return(membership)
    _log(membership, by, ADDITION if created else CHANGE, f"invited as {role}")
    return membership


@transaction.atomic
def change_role(membership: Membership, role: Role, *, by: User) -> None:
    _require(may_look_after(membership, by), _("Nobody changes their own role."))
    membership.role = role
    membership.save(update_fields=["role"])
    _log(membership, by, CHANGE, f"role changed to {role}")


@transaction.atomic
def deactivate(membership: Membership, *, by: User) -> None:
    """End the membership; a person without any other can no longer sign in."""
    _require(may_look_after(membership, by), _("Nobody deactivates themselves."))
    membership.active = False
    membership.save(update_fields=["active"])
    user = membership.user
    if not user.is_superuser and not user.memberships.in_force().exists():
        user.is_active = False
        user.save(update_fields=["is_active"])
    _log(membership, by, CHANGE, "deactivated")


@transaction.atomic
def reactivate(membership: Membership, *, by: User) -> None:
    _require(may_look_after(membership, by), _("Nobody reactivates themselves."))
    _return(membership)
    _log(membership, by, CHANGE, "reactivated")


def _return(membership: Membership) -> None:
    _require(not membership.user.blocked, _("This account is switched off by the administration."))
    membership.active = True
    membership.save(update_fields=["active", "role"])
    let_in(membership)


def let_in(membership: Membership) -> None:
    """Let the person of an active membership sign in again, unless they are switched off."""
    user = membership.user
    if membership.active and not user.is_active and not user.blocked:
        user.is_active = True
        user.save(update_fields=["is_active"])


def _require(allowed: bool, reason: str) -> None:
    if not allowed:
        raise NotAllowedError(reason)


def _log(membership: Membership, by: User, flag: int, message: str) -> None:
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(Membership),
        object_id=str(membership.pk),
        object_repr=str(membership)[:200],
        action_flag=flag,
        change_message=message,
    )
