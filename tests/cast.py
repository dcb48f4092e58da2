"""The people of the tests: one fixed, named cast.

The Guardia Civil works with the GNR of Portugal. Its sub-agency is the maritime service; the
small agency has one reviewer only; the stranger reads at an agency that takes part in nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from agencies.models import Agency, Membership, User
from agencies.roles import Role
from notices.models import Notice
from tests.factories import make_agency, make_user


@dataclass(frozen=True)
class Cast:
    agency: Agency
    sub_agency: Agency
    partner_agency: Agency
    small_agency: Agency
    far_agency: Agency

    originator: User
    colleague: User
    reviewer: User
    second_reviewer: User
    endorser: User
    second_endorser: User
    coordinator: User
    reader: User
    sub_member: User
    sub_reviewer: User
    only_reviewer: User
    small_originator: User
    partner_reader: User
    partner_reviewer: User
    red_recipient: User
    stranger: User
    administrator: User
    left_reviewer: User
    left_originator: User

    @property
    def people(self) -> dict[str, User]:
        """Everybody by name, freshly read: standings are worked out once per object."""
        return {
            field.name: User.objects.get(pk=getattr(self, field.name).pk)
            for field in fields(self)
            if isinstance(getattr(self, field.name), User)
        }


def make_cast() -> Cast:
    agency = make_agency(code="ES-GC", name="Guardia Civil", acronym="GC", country="ES")
    sub = make_agency(code="ES-GC-SM", name="Servicio Marítimo", parent=agency, country="ES")
    partner = make_agency(code="PT-GNR", name="Guarda Nacional Republicana", acronym="GNR")
    small = make_agency(code="GI-HMC", name="HM Customs Gibraltar", country="GI")
    far = make_agency(code="IT-GDF", name="Guardia di Finanza", country="IT")

    def person(name: str, at: Agency, role: Role, *, active: bool = True) -> User:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        return make_user(agency=at, role=role, name=name, email=email, is_active=active)

    red_recipient = person("Rita Roja", agency, Role.CONTRIBUTOR)
    return Cast(
        agency=agency,
        sub_agency=sub,
        partner_agency=partner,
        small_agency=small,
        far_agency=far,
        originator=person("Olga Originator", agency, Role.CONTRIBUTOR),
        colleague=person("Carlos Colleague", agency, Role.CONTRIBUTOR),
        reviewer=person("Raquel Reviewer", agency, Role.REVIEWER),
        second_reviewer=person("Sergio Reviewer", agency, Role.REVIEWER),
        endorser=person("Elena Endorser", agency, Role.ENDORSER),
        second_endorser=person("Simon Endorser", agency, Role.ENDORSER),
        coordinator=person("Cora Coordinator", agency, Role.COORDINATOR),
        reader=person("Raul Reader", agency, Role.READER),
        sub_member=person("Sara Submember", sub, Role.CONTRIBUTOR),
        sub_reviewer=person("Saul Subreviewer", sub, Role.REVIEWER),
        only_reviewer=person("Oscar Onlyreviewer", small, Role.REVIEWER),
        small_originator=person("Sofia Smalloriginator", small, Role.CONTRIBUTOR),
        partner_reader=person("Paulo Partnerreader", partner, Role.READER),
        partner_reviewer=person("Paula Partnerreviewer", partner, Role.REVIEWER),
        red_recipient=red_recipient,
        stranger=person("Stella Stranger", far, Role.READER),
        administrator=make_user(
            name="Ada Administrator",
            email="ada.administrator@example.org",
            is_staff=True,
            is_superuser=True,
        ),
        left_reviewer=person("Luis Leftreviewer", agency, Role.REVIEWER, active=False),
        left_originator=person("Lena Leftoriginator", agency, Role.CONTRIBUTOR, active=False),
    )


def give(user: User, agency: Agency, role: Role) -> User:
    """Give ``user`` a role and return them freshly read."""
    Membership.objects.update_or_create(user=user, agency=agency, defaults={"role": role})
    return User.objects.get(pk=user.pk)


def told_and_bystanders(cast: Cast) -> dict[str, User]:
    """Those of the cast who have notices, and two who have none: a colleague and a stranger.

    That nobody finds the notices of others is tested of everybody once (tests/notices); to ask
    everybody each time would take most of every test.
    """
    told = set(Notice.objects.values_list("person", flat=True))
    bystanders = {cast.reader.pk, cast.stranger.pk}
    return {name: one for name, one in cast.people.items() if one.pk in told | bystanders}
