"""Fields are compared in the words that their readers know."""

from __future__ import annotations

import pytest

from programs.models import Objective
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, partner
from tests.forms import changed, client_of, fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_each_kind_of_field_has_its_words(cast: Cast) -> None:
    agreement = make_agreement(by=cast.originator, partners=("MA",), title="Memorandum")
    path = f"/agreements/{agreement.ref}/edit/"
    client = client_of(cast.originator)
    opened = fields_of(client.get(path))
    client.post(path, changed(opened, signed_on="2020-01-02", summary="First.\r\n\r\nSecond."))
    mine = changed(
        opened,
        partners=[partner("PT"), partner("FRONTEX")],
        type="treaty",
        signed_on="some day",
        in_force_on="2021-03-04",
        tacit_renewal="on",
        notice_period_days="90",
        instruments=["joint_patrol", "hot_pursuit"],
        tlp="green",
        released_to=[cast.small_agency],
        summary="First.\r\n\r\nOther.",
    )
    response = client.post(path, mine)
    shown = {one.label: (one.theirs, one.mine) for one in response.context["differences"]}
    frontex = str(partner("FRONTEX"))
    assert shown == {
        "Type": ("Memorandum of understanding", "Treaty"),
        "Partners": ("Morocco", f"Portugal, {frontex}"),
        "Signed on": ("2 Jan 2020", "some day"),
        "In force since": ("", "4 Mar 2021"),
        "Renews by itself": ("no", "yes"),
        "Notice period, in days": ("", "90"),
        "Instruments": ("", "Joint patrol, Hot pursuit"),
        "Summary": ("First.\n\nSecond.", "First.\n\nOther."),
        "Marking": (
            "TLP:AMBER · Your agency, the agencies it is released to, and their sub-agencies.",
            "TLP:GREEN · Every member of every agency.",
        ),
        "Released to": ("", "HM Customs Gibraltar"),
    }


def test_rows_are_compared_line_by_line_without_those_removed(cast: Cast) -> None:
    exercise = make_exercise(by=cast.originator)
    for text in ("Kept", "Removed by me"):
        Objective.objects.create(exercise=exercise, text=text, rating="P")
    path = f"/exercises/{exercise.ref}/edit/"
    client = client_of(cast.originator)
    opened = fields_of(client.get(path))
    client.post(path, changed(opened, place="Ceuta"))
    mine = changed(opened, objectives__1__DELETE="on", objectives__0__capability="Patrol")
    response = client.post(path, changed(mine, place="Ceuta"))
    shown = {one.label: (one.theirs, one.mine) for one in response.context["differences"]}
    rated = "Performed without challenges"
    assert shown == {
        "Objectives": (f"Kept · {rated}\n\nRemoved by me · {rated}", f"Kept · Patrol · {rated}")
    }
