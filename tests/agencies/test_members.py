"""Coordinators look after members; nobody else does, and nobody after themselves."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from agencies.models import Holiday, Membership, User
from agencies.roles import Role
from tests.cast import Cast, give, make_cast
from tests.factories import PASSWORD, make_agency, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def members_url(code: str = "ES-GC") -> str:
    return reverse("agencies:members", args=[code])


def test_inviting_makes_a_member_who_chooses_a_password(client: Client, cast: Cast) -> None:
    sign_in(client, cast.coordinator)
    answer = client.post(
        members_url(),
        {"email": "Nuria.Nueva@example.org", "name": "Nuria Nueva", "role": "reviewer"},
    )
    assert answer.status_code == 302
    nuria = User.objects.get(email="nuria.nueva@example.org")
    assert [(m.agency, m.role, m.active) for m in nuria.memberships.all()] == [
        (cast.agency, Role.REVIEWER, True)
    ]
    (message,) = mail.outbox
    assert message.to == ["nuria.nueva@example.org"]
    client.logout()
    address = re.search(r"http://testserver(/\S+)", str(message.body))
    assert address is not None
    page = client.get(address.group(1), follow=True)
    chosen = {"password1": "an-unusual-phrase-9", "password2": "an-unusual-phrase-9"}
    client.post(page.request["PATH_INFO"], chosen)
    nuria.refresh_from_db()
    assert nuria.check_password("an-unusual-phrase-9")


def test_inviting_somebody_from_another_agency_adds_a_membership(
    client: Client, cast: Cast
) -> None:
    sign_in(client, cast.coordinator).post(
        members_url(), {"email": cast.stranger.email.upper(), "name": "Whoever", "role": "reader"}
    )
    stranger = User.objects.get(pk=cast.stranger.pk)
    assert stranger.name == "Stella Stranger"
    assert {m.agency for m in stranger.memberships.all()} == {cast.agency, cast.far_agency}
    assert "sign in with the account" in mail.outbox[0].body.lower()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "no-address", "name": "A", "role": "reader"}, "email"),
        ({"email": "a@example.org", "name": "", "role": "reader"}, "name"),
        ({"email": "a@example.org", "name": "A", "role": "king"}, "role"),
        ({"email": "olga.originator@example.org", "name": "A", "role": "reader"}, "email"),
    ],
)
def test_a_wrong_invitation_changes_nothing(
    client: Client, cast: Cast, given: dict[str, str], field: str
) -> None:
    before = (User.objects.count(), Membership.objects.count())
    answer = sign_in(client, cast.coordinator).post(members_url(), given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert (User.objects.count(), Membership.objects.count(), mail.outbox) == (*before, [])


def deed(client: Client, membership: Membership, **given: str) -> None:
    client.post(
        reverse("agencies:member", args=[membership.agency.code, membership.pk]), given, follow=True
    )
    membership.refresh_from_db()


def test_roles_are_changed_and_logged(client: Client, cast: Cast) -> None:
    membership = cast.colleague.memberships.get()
    deed(sign_in(client, cast.coordinator), membership, role="endorser")
    assert membership.role == Role.ENDORSER
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (cast.coordinator, "role changed to endorser")


def test_an_unknown_role_changes_nothing(client: Client, cast: Cast) -> None:
    membership = cast.colleague.memberships.get()
    deed(sign_in(client, cast.coordinator), membership, role="king")
    assert membership.role == Role.CONTRIBUTOR


def test_whoever_leaves_their_last_agency_cannot_sign_in(client: Client, cast: Cast) -> None:
    membership = cast.colleague.memberships.get()
    sign_in(client, cast.coordinator)
    deed(client, membership, deed="deactivate")
    assert (membership.active, membership.user.is_active) == (False, False)
    deed(client, membership, deed="reactivate")
    assert (membership.active, User.objects.get(pk=cast.colleague.pk).is_active) == (True, True)


def test_whoever_has_another_agency_stays(client: Client, cast: Cast) -> None:
    give(cast.colleague, cast.far_agency, Role.READER)
    membership = cast.colleague.memberships.get(agency=cast.agency)
    deed(sign_in(client, cast.coordinator), membership, deed="deactivate")
    colleague = User.objects.get(pk=cast.colleague.pk)
    assert (membership.active, colleague.is_active) == (False, True)
    assert set(colleague.standing.permissions) == {cast.far_agency.pk}


def test_nobody_changes_or_deactivates_themselves(client: Client, cast: Cast) -> None:
    membership = cast.coordinator.memberships.get()
    sign_in(client, cast.coordinator)
    deed(client, membership, role="reader")
    deed(client, membership, deed="deactivate")
    assert (membership.role, membership.active) == (Role.COORDINATOR, True)


def test_an_invitation_can_be_sent_again(client: Client, cast: Cast) -> None:
    membership = cast.colleague.memberships.get()
    deed(sign_in(client, cast.coordinator), membership, deed="remind")
    assert [message.to for message in mail.outbox] == [[cast.colleague.email]]


def test_a_former_member_is_invited_back(client: Client, cast: Cast) -> None:
    membership = cast.left_reviewer.memberships.get()
    membership.active = False
    membership.save()
    sign_in(client, cast.coordinator).post(
        members_url(), {"email": cast.left_reviewer.email, "name": "Luis", "role": "reader"}
    )
    membership.refresh_from_db()
    assert (membership.active, membership.role) == (True, Role.READER)
    assert User.objects.get(pk=cast.left_reviewer.pk).is_active


ONLY_COORDINATORS = {"coordinator"}


def test_only_coordinators_open_these_pages(client: Client, cast: Cast) -> None:
    membership = cast.colleague.memberships.get()
    pages = [
        ("get", members_url()),
        ("get", reverse("agencies:settings", args=["ES-GC"])),
        ("post", reverse("agencies:member", args=["ES-GC", membership.pk])),
    ]
    for name, person in cast.people.items():
        if not person.is_active:
            continue
        sign_in(client, person)
        for method, url in pages:
            allowed = name in ONLY_COORDINATORS
            expected = (200 if method == "get" else 302) if allowed else 403
            assert getattr(client, method)(url).status_code == expected, (name, url)


def test_coordinators_reach_sub_agencies_and_no_others(client: Client, cast: Cast) -> None:
    sign_in(client, cast.coordinator)
    codes = ["ES-GC-SM", "PT-GNR", "NO-SUCH"]
    assert [client.get(members_url(code)).status_code for code in codes] == [200, 403, 404]
    assert client.get(reverse("agencies:index")).headers["Location"] == members_url("ES-GC")


def test_the_list_of_members_costs_the_same_for_one_and_thirty(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agency = make_agency()
    sign_in(client, make_user(agency=agency, role=Role.COORDINATOR))
    with django_assert_num_queries(7):
        client.get(members_url(agency.code))
    for _ in range(30):
        make_user(agency=agency)
    with django_assert_num_queries(7):
        client.get(members_url(agency.code))


def settings_data(**changed: str) -> dict[str, str]:
    return {
        "time_zone": "Europe/Madrid",
        "review_days": "20",
        "urgent_review_days": "5",
        "returned_reminder_days": "5",
        "returned_escalation_days": "15",
        "validation_days": "90",
        "reminder_before_days": "14",
        "escalation_after_days": "7",
        "device_drafts": "on",
        "holidays-TOTAL_FORMS": "1",
        "holidays-INITIAL_FORMS": "0",
        "holidays-0-day": "2026-12-08",
        "holidays-0-name": "Inmaculada",
    } | changed


def test_settings_and_holidays_are_saved_together(client: Client, cast: Cast) -> None:
    url = reverse("agencies:settings", args=["ES-GC"])
    assert sign_in(client, cast.coordinator).post(url, settings_data()).status_code == 302
    cast.agency.refresh_from_db()
    assert (cast.agency.time_zone, cast.agency.review_days) == ("Europe/Madrid", 20)
    assert (cast.agency.returned_reminder_days, cast.agency.validation_days) == (5, 90)
    assert [str(day) for day in cast.agency.holidays.all()] == ["2026-12-08 Inmaculada"]


@pytest.mark.parametrize(
    "changed",
    [
        {"time_zone": "Mars/Olympus"},
        {"review_days": "0"},
        {"urgent_review_days": "366"},
        {"returned_reminder_days": "0"},
        {"returned_escalation_days": "366"},
        {"validation_days": "0"},
        {"reminder_before_days": "400"},
        {"escalation_after_days": ""},
        {"holidays-0-day": "31/12/2026"},
    ],
)
def test_wrong_settings_change_nothing(client: Client, cast: Cast, changed: dict[str, str]) -> None:
    url = reverse("agencies:settings", args=["ES-GC"])
    answer = sign_in(client, cast.coordinator).post(url, settings_data(**changed))
    assert answer.status_code == 422
    cast.agency.refresh_from_db()
    assert (cast.agency.time_zone, cast.agency.review_days) == ("UTC", 30)
    assert not Holiday.objects.exists()


def test_a_row_is_added_without_scripts_and_keeps_what_was_typed(
    client: Client, cast: Cast
) -> None:
    url = reverse("agencies:settings", args=["ES-GC"])
    data = settings_data(add_holidays="1")
    page = sign_in(client, cast.coordinator).post(url, data).content.decode()
    assert 'name="holidays-1-day"' in page
    assert "Inmaculada" in page
    assert not Holiday.objects.exists()


def test_a_person_edits_their_own_profile(client: Client, cast: Cast) -> None:
    sign_in(client, cast.reader)
    url = reverse("agencies:profile")
    assert "Guardia Civil" in client.get(url).content.decode()
    client.post(url, {"name": "Raúl Reader", "language": "en", "theme": "dark"})
    cast.reader.refresh_from_db()
    assert (cast.reader.name, cast.reader.theme) == ("Raúl Reader", "dark")
    answer = client.post(url, {"name": "", "language": "en", "theme": "purple"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "theme"}


def test_the_mail_for_a_new_password_says_where_it_is_for(client: Client, cast: Cast) -> None:
    client.post(reverse("account_reset_password"), {"email": cast.reader.email})
    (message,) = mail.outbox
    assert message.subject == "A new password for Lindero"
    assert message.to == [cast.reader.email]
    assert f"Hello {cast.reader.name}," in message.body
    (url,) = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", str(message.body))
    assert 'name="password1"' in client.get(url, follow=True).content.decode()


def test_nobody_takes_an_address_to_be_invited_in_its_place(client: Client, cast: Cast) -> None:
    sign_in(client, cast.stranger)
    for address in ("email/", "confirm-email/"):
        assert client.get(f"/accounts/{address}").status_code == 404


def test_an_account_switched_off_by_the_administration_stays_off(
    client: Client, cast: Cast
) -> None:
    User.objects.filter(pk=cast.left_reviewer.pk).update(blocked=True)
    membership = cast.left_reviewer.memberships.get()
    Membership.objects.filter(pk=membership.pk).update(active=False)
    sign_in(client, cast.coordinator)
    deed(client, membership, deed="reactivate")
    given = {"email": cast.left_reviewer.email, "name": "Luis", "role": "reader"}
    answer = client.post(members_url(), given)
    assert list(answer.context["form"].errors) == ["email"]
    person = User.objects.get(pk=cast.left_reviewer.pk)
    assert (membership.active, person.is_active) == (False, False)
    assert mail.outbox == []


def test_somebody_who_left_another_agency_comes_back_with_an_invitation(
    client: Client, cast: Cast
) -> None:
    gone = make_user(agency=cast.far_agency, is_active=False)
    gone.memberships.update(active=False)
    given = {"email": gone.email, "name": "Anybody", "role": "reader"}
    sign_in(client, cast.coordinator).post(members_url(), given)
    gone = User.objects.get(pk=gone.pk)
    assert set(gone.standing.permissions) == {cast.agency.pk}


def test_a_former_address_no_longer_opens_the_account(client: Client, cast: Cast) -> None:
    from allauth.account.models import EmailAddress

    person = cast.reader
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    sign_in(client, cast.administrator)
    changed = {
        "email": "raul@new.example.org",
        "name": person.name,
        "language": "en",
        "theme": "auto",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    client.post(reverse("admin:agencies_user_change", args=[person.pk]), changed)
    client.logout()
    for email, signed_in in ((person.email, False), ("raul@new.example.org", True)):
        client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
        assert ("_auth_user_id" in client.session) is signed_in, email


def test_a_row_number_beyond_reason_is_no_error(client: Client, cast: Cast) -> None:
    data = settings_data(add_holidays="1") | {"holidays-TOTAL_FORMS": "9" * 5000}
    url = reverse("agencies:settings", args=["ES-GC"])
    assert sign_in(client, cast.coordinator).post(url, data).status_code == 200
