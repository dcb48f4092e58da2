"""A mail server that knows nobody."""

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend


class Backend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[Any]) -> int:
        refused = {one.to[0]: (550, b"no such user") for one in email_messages}
        raise SMTPRecipientsRefused(refused)
