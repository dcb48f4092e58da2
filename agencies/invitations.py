"""The mail that lets an invited person choose a password."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest
from django.urls import reverse

from agencies.models import Membership, User


def send(membership: Membership, *, by: User, request: HttpRequest) -> None:
    """Tell the person; somebody without a password gets the address where to set one."""
    user = membership.user
    path = reverse("account_login")
    if not user.has_usable_password():
        path = reverse(
            "account_reset_password_from_key",
            kwargs={
                "uidb36": user_pk_to_url_str(user),
                "key": default_token_generator.make_token(user),
            },
        )
    get_adapter(request).send_mail(
        "agencies/email/invitation",
        user.email,
        {
            "membership": membership,
            "inviter": by.name,
            "url": request.build_absolute_uri(path),
            "sets_password": not user.has_usable_password(),
        },
    )
