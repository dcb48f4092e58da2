"""Who sees and edits agreements, programs and exercises, against tables written by hand.

A cell names the markings at which the person sees the record: C clear, G green, A amber,
S amber+strict, R red. Records are the Guardia Civil's; at red the only recipient is named.
"""

from __future__ import annotations

from typing import Any

import pytest

from programs.models import Agreement, Exercise, Program
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_agreement, make_exercise, make_program
from tests.grids import columns_of, grid, rows_of

MARKINGS = {
    "C": TLP.CLEAR,
    "G": TLP.GREEN,
    "A": TLP.AMBER,
    "S": TLP.AMBER_STRICT,
    "R": TLP.RED,
}

# alone: nobody else takes part. with: the GNR is a party, leads or participates. released: the
# record is released to the GNR. below: the maritime service, a sub-agency, takes part.
SEES = """
                  alone with  released below
originator        CGASR CGASR CGASR    CGASR
colleague         CGAS  CGAS  CGAS     CGAS
reviewer          CGAS  CGAS  CGAS     CGAS
endorser          CGAS  CGAS  CGAS     CGAS
coordinator       CGAS  CGAS  CGAS     CGAS
reader            CGAS  CGAS  CGAS     CGAS
sub_member        CGA   CGA   CGA      CGAS
sub_reviewer      CGA   CGA   CGA      CGAS
only_reviewer     CG    CG    CG       CG
partner_reader    CG    CGAS  CGAS     CG
partner_reviewer  CG    CGAS  CGAS     CG
red_recipient     CGASR CGASR CGASR    CGASR
stranger          CG    CG    CG       CG
administrator     C     C     C        C
left_originator   C     C     C        C
"""

TAKES_PART = {
    "agreement": lambda agency: {"party_agencies": [agency]},
    "program": lambda agency: {"lead_agency": agency},
    "exercise": lambda agency: {"participants": [agency]},
    "led exercise": lambda agency: {"lead_agency": agency},
}
MAKERS = {
    "agreement": (make_agreement, Agreement),
    "program": (make_program, Program),
    "exercise": (make_exercise, Exercise),
    "led exercise": (make_exercise, Exercise),
}


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


def special(kind: str, column: str, cast: Cast) -> dict[str, Any]:
    return {
        "alone": {},
        "with": TAKES_PART[kind](cast.partner_agency),
        "released": {"released_to": [cast.partner_agency]},
        "below": TAKES_PART[kind](cast.sub_agency),
    }[column]


@pytest.mark.parametrize("kind", list(MAKERS))
def test_who_sees_an_activity(kind: str, cast: Cast, db: None) -> None:
    make, model = MAKERS[kind]
    expected = grid(SEES)
    records = {
        (column, letter): make(
            by=cast.originator,
            agency=cast.agency,
            tlp=tlp,
            red_recipients=[cast.red_recipient],
            **special(kind, column, cast),
        )
        for column in columns_of(expected)
        for letter, tlp in MARKINGS.items()
    }
    people = cast.people
    found = {}
    for name in rows_of(expected):
        seen = set(model.objects.visible_to(people[name]).values_list("pk", flat=True))
        for column in columns_of(expected):
            found[name, column] = "".join(
                letter for letter in MARKINGS if records[column, letter].pk in seen
            )
    assert found == expected


EDITS = """
                  agreement program exercise led_by_partner red
originator        yes       yes     yes      yes            yes
colleague         yes       yes     yes      yes            .
reviewer          yes       yes     yes      yes            .
reader            .         .       .        .              .
sub_member        .         .       .        .              .
partner_reader    .         .       .        .              .
partner_reviewer  .         .       .        yes            .
red_recipient     yes       yes     yes      yes            yes
stranger          .         .       .        .              .
administrator     .         .       .        .              .
"""


def test_contributors_of_the_recording_or_leading_agency_edit_what_they_see(
    cast: Cast, db: None
) -> None:
    by: dict[str, Any] = {
        "by": cast.originator,
        "agency": cast.agency,
        "released_to": [cast.partner_agency],
    }
    records = {
        "agreement": make_agreement(**by, party_agencies=[cast.partner_agency]),
        "program": make_program(**by),
        "exercise": make_exercise(**by, participants=[cast.partner_agency]),
        "led_by_partner": make_exercise(**by, lead_agency=cast.partner_agency),
        "red": make_exercise(**by, tlp=TLP.RED, red_recipients=[cast.red_recipient]),
    }
    expected = grid(EDITS)
    people = cast.people
    found = {
        (name, column): "yes" if record.is_editable_by(people[name]) else ""
        for name in rows_of(expected)
        for column, record in records.items()
    }
    assert found == expected


def test_red_leaves_in_no_file(cast: Cast, db: None) -> None:
    red = make_exercise(by=cast.originator, tlp=TLP.RED)
    strict = make_exercise(by=cast.originator, tlp=TLP.AMBER_STRICT)
    seen = Exercise.objects.visible_to(cast.people["originator"])
    assert {red, strict} <= set(seen)
    assert set(seen.exportable()) & {red, strict} == {strict}
