"""Links: made, mailed, withdrawn; addresses forgotten; nothing by mail about what is RED."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.utils import timezone

from evaluation import inviting
from evaluation.models import FeedbackLetter, FeedbackRequest
from notices.models import Job
from notices.work import Worker
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import close_feedback, make_exercise, make_feedback

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def asked(cast: Cast) -> FeedbackRequest:
    return make_feedback(by=cast.originator, heading="How was it?")
