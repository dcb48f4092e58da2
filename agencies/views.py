"""One's own profile, and the pages of coordinators: members and settings."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agencies import invitations, members
from agencies.forms import HolidayFormSet, InviteForm, ProfileForm, RoleForm, SettingsForm
from agencies.models import Agency, Membership, User
from agencies.requests import signed_in
from agencies.roles import Permission, Role
from pages.rows import add_row


def profile(request: HttpRequest) -> HttpResponse:
    """The reader's own name, language and appearance, and what they may do where."""
    user = signed_in(request)
    # A form writes into its instance even when it refuses: the shell keeps the saved person.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("agencies:profile")
    held = user.memberships.in_force().select_related("agency")
    context = {"form": form, "memberships": held}
    return render(request, "agencies/profile.html", context, status=status_of(form))


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """To the members of the agency that the coordinator is at home in."""
    agencies = Agency.objects.where(signed_in(request), Permission.COORDINATE)
    home = agencies.filter(pk=signed_in(request).standing.home or 0).first() or agencies.first()
    if home is None:
        raise PermissionDenied
    return redirect("agencies:members", home.code)


def member_list(request: HttpRequest, code: str) -> HttpResponse:
    """The members of an agency, and the form that invites one more."""
    agency = coordinated(request, code)
    by = signed_in(request)
    form = InviteForm(request.POST or None, agency=agency)
    if request.method == "POST" and form.is_valid():
        try:
            membership = _invite(request, agency, form.cleaned_data)
        except members.NotAllowedError as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, _("%(name)s is invited.") % {"name": membership.user.name})
            return redirect("agencies:members", agency.code)
    everybody = agency.memberships.select_related("user").order_by("-active", "user__name", "pk")
    return render(
        request,
        "agencies/members.html",
        frame(by, agency) | {"form": form, "memberships": everybody, "roles": Role},
        status=status_of(form),
    )


@transaction.atomic
def _invite(request: HttpRequest, agency: Agency, given: dict[str, str]) -> Membership:
    """Make the membership and send the mail: an invitation that cannot be sent is not made."""
    by = signed_in(request)
    membership = members.invite(
        agency, email=given["email"], name=given["name"], role=Role(given["role"]), by=by
    )
    invitations.send(membership, by=by, request=request)
    return membership


@require_POST
def member(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Change one member: ``role``, or ``deed`` deactivate, reactivate or invite again."""
    agency = coordinated(request, code)
    by = signed_in(request)
    membership = get_object_or_404(agency.memberships.select_related("user", "agency"), pk=pk)
    form = RoleForm(request.POST)
    deed = request.POST.get("deed", "")
    try:
        if deed == "deactivate":
            members.deactivate(membership, by=by)
            done = _("%(name)s is deactivated.")
        elif deed == "reactivate":
            members.reactivate(membership, by=by)
            done = _("%(name)s is active again.")
        elif deed == "remind" and membership.active:
            invitations.send(membership, by=by, request=request)
            done = _("The invitation to %(name)s is sent again.")
        elif form.is_valid():
            members.change_role(membership, Role(form.cleaned_data["role"]), by=by)
            done = _("The role of %(name)s is changed.")
        else:
            messages.error(request, _("Choose one of the roles."))
            return redirect("agencies:members", agency.code)
    except members.NotAllowedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done % {"name": membership.user.name})
    return redirect("agencies:members", agency.code)


def settings(request: HttpRequest, code: str) -> HttpResponse:
    """Time zone, lengths of the review clock, drafts on devices and holidays of an agency."""
    agency = coordinated(request, code)
    fresh = Agency.objects.get(pk=agency.pk)
    form = SettingsForm(request.POST or None, instance=fresh)
    data = request.POST.copy() if request.method == "POST" else None
    wants_row = data is not None and "add_holidays" in data
    if data is not None and wants_row:
        add_row(data, "holidays")
    holidays = HolidayFormSet(data, instance=fresh, prefix="holidays")
    if data is not None and not wants_row and form.is_valid() and holidays.is_valid():
        with transaction.atomic():
            form.save()
            holidays.save()
        messages.success(request, _("The settings are saved."))
        return redirect("agencies:settings", agency.code)
    return render(
        request,
        "agencies/settings.html",
        frame(signed_in(request), agency)
        | {"form": form, "holidays": holidays, "formsets": [holidays]},
        status=200 if wants_row else status_of(form),
    )


def status_of(form: BaseForm) -> int:
    """422 if ``form`` was sent, as it is shown again only when it was refused; else 200."""
    return 422 if form.is_bound else 200


def coordinated(request: HttpRequest, code: str) -> Agency:
    """The agency of that code, for its coordinators only: agencies themselves are no secret."""
    agency = get_object_or_404(Agency, code=code)
    if not signed_in(request).may(Permission.COORDINATE, agency):
        raise PermissionDenied
    return agency


def frame(by: User, agency: Agency) -> dict[str, object]:
    """What every page about an agency needs for its head and tabs."""
    return {
        "agency": agency,
        "agencies": Agency.objects.where(by, Permission.COORDINATE),
        "reader": by,
    }
