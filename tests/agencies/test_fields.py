"""Days that can be meant, wherever a day is typed."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from agencies.fields import sensible_day
from tests.factories import make_agency, make_exercise, make_user


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2026, 11, 23), date(2100, 12, 31)])
def test_days_of_two_centuries_are_taken(day: date) -> None:
    sensible_day(day)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(202, 6, 1), date(1899, 12, 31), date.max])
def test_slips_of_the_keyboard_are_refused(day: date) -> None:
    with pytest.raises(ValidationError, match="between 1900 and 2100"):
        sensible_day(day)


@pytest.mark.django_db
def test_the_form_says_so_beside_the_field(client: Client) -> None:
    agency = make_agency()
    person = make_user(agency=agency)
    exercise = make_exercise(by=person, agency=agency)
    client.force_login(person)
    url = reverse("programs:exercise_edit", args=[exercise.ref])
    answer = client.post(url, {"starts_on": "9999-12-31", "ends_on": "9999-12-31", "version": "1"})
    errors = answer.context["form"].errors
    assert errors["starts_on"] == ["Give a day between 1900 and 2100."]
    exercise.refresh_from_db()
    assert exercise.starts_on == date(2026, 10, 14)
