"""Clocks of exercises and agreements, and their sentences."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from agencies.models import User
from notices.clocks import ring_all
from notices.kinds import shown
from notices.models import Notice
from programs.vocabulary import AgreementStatus
from records.vocabulary import TLP
from tests.cast import Cast, make_cast, told_and_bystanders
from tests.factories import make_agreement, make_exercise

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 25)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def rung(cast: Cast, offset: int) -> dict[str, list[str]]:
    """Who finds which sentence after the clocks rang ``offset`` days after ``DUE``."""
    before = set(Notice.objects.values_list("pk", flat=True))
    day = DUE + timedelta(days=offset)
    for _number in ring_all(datetime.combine(day, time(8), UTC)):
        pass
    found: dict[str, list[str]] = {}
    for name, person in told_and_bystanders(cast).items():
        new = Notice.objects.visible_to(person).exclude(pk__in=before).order_by("pk")
        if new.exists():
            found[name] = [one.sentence.text for one in shown(new, person)]
    Notice.objects.all().delete()
    return found


def an_exercise(cast: Cast, by: User, **fields: Any) -> Any:
    return make_exercise(
        by=by, agency=cast.agency, starts_on=DUE - timedelta(days=60), tlp=TLP.GREEN, **fields
    )


def test_an_evaluation_is_who_recorded_its_and_late_the_coordinators(cast: Cast) -> None:
    ref = an_exercise(cast, cast.colleague).ref
    assert rung(cast, -8) == {}
    assert rung(cast, -7) == {"colleague": [f"The evaluation of {ref} is due on 25 Nov 2026."]}
    late = f"The evaluation of {ref} has been overdue since 25 Nov 2026."
    assert rung(cast, 1) == {"colleague": [late]}
    assert rung(cast, 35) == {"coordinator": [late]}
    assert rung(cast, 45) == {}


def test_without_the_recorder_the_coordinators_evaluate(cast: Cast) -> None:
    an_exercise(cast, cast.left_originator)
    assert set(rung(cast, -7)) == {"coordinator"}


@pytest.mark.parametrize("what", ["planned", "cancelled", "evaluated"])
def test_only_what_was_held_and_not_evaluated_is_due(cast: Cast, what: str) -> None:
    fields: dict[str, Any] = {"status": what}
    if what == "evaluated":
        fields = {"evaluated_on": DUE, "evaluated_by": cast.colleague}
    an_exercise(cast, cast.colleague, **fields)
    assert rung(cast, -7) == rung(cast, 1) == rung(cast, 20) == {}


def test_notice_of_an_agreement_is_given_in_time(cast: Cast) -> None:
    expires = DUE + timedelta(days=90)
    fields: dict[str, Any] = {"by": cast.colleague, "expires_on": expires, "notice_period_days": 90}
    renewing = make_agreement(tacit_renewal=True, **fields).ref
    ending = make_agreement(**fields).ref
    assert rung(cast, -7) == {
        key: [
            f"{renewing} renews itself unless notice is given by 25 Nov 2026.",
            f"The notice period of {ending} begins on 25 Nov 2026; then it expires.",
        ]
        for key in ("colleague", "coordinator")
    }
    assert rung(cast, 1)["colleague"] == [
        f"The time to give notice of {renewing} ended on 25 Nov 2026: it renews itself.",
        f"The notice period of {ending} began on 25 Nov 2026; then it expires.",
    ]
    assert rung(cast, 40) == {}


def test_the_review_of_an_agreement_is_recalled(cast: Cast) -> None:
    ref = make_agreement(by=cast.colleague, next_review_on=DUE).ref
    make_agreement(by=cast.colleague, next_review_on=DUE, status=AgreementStatus.TERMINATED)
    both = ("colleague", "coordinator")
    assert rung(cast, -3) == {key: [f"The review of {ref} is due on 25 Nov 2026."] for key in both}
    late = f"The review of {ref} has been overdue since 25 Nov 2026."
    assert rung(cast, 2) == {key: [late] for key in both}


def test_nobody_is_told_of_what_they_may_not_see(cast: Cast) -> None:
    """The coordinator is no recipient: the notice is written for nobody's eyes but the recorder's."""
    make_agreement(by=cast.colleague, next_review_on=DUE, tlp=TLP.RED)
    assert set(rung(cast, -3)) == {"colleague"}
