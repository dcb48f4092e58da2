"""Whatever is done in whatever order: what is counted in memory is what the database says."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agencies.models import Agency, Membership, User
from agencies.roles import Role
from lessons.facet_checks import problems
from lessons.models import Action, Lesson
from lessons.vocabulary import ActionStatus, Category, Priority, Status
from lessons.workflow import RefusedError, perform
from programs.models import Exercise
from programs.vocabulary import ExerciseKind
from records.vocabulary import TLP
from tests.cast import Cast, make_cast
from tests.factories import make_action, make_exercise, make_lesson, partner, theme

AUTHORS = ["originator", "colleague", "left_originator", "small_originator", "sub_member"]
AGENCIES = ["agency", "sub_agency", "partner_agency", "small_agency", "far_agency"]
PEOPLE = ["reader", "stranger", "partner_reader", "reviewer", "red_recipient"]
STATUSES = [status for status in Status if status != Status.SUPERSEDED]
"""All but the one that needs another lesson."""
number = st.integers(min_value=0, max_value=20)


class Changes(RuleBasedStateMachine):
    """Records come, change and go; people join and leave."""

    cast: ClassVar[Cast]

    def __init__(self) -> None:
        super().__init__()
        Action.objects.all().delete()
        Lesson.objects.all().delete()
        Exercise.objects.all().delete()

    def lesson(self, place: int) -> Lesson:
        lessons = list(Lesson.objects.order_by("pk"))
        return lessons[place % len(lessons)]

    def person(self, name: str) -> User:
        return User.objects.get(pk=getattr(self.cast, name).pk)

    def some(self) -> bool:
        return Lesson.objects.exists()

    @rule(
        by=st.sampled_from(AUTHORS),
        tlp=st.sampled_from(TLP),
        status=st.sampled_from(STATUSES),
        code=st.sampled_from(["FR", "MA"]),
    )
    def log(self, by: str, tlp: TLP, status: Status, code: str) -> None:
        make_lesson(by=self.person(by), tlp=tlp, status=status, partners=(code,))

    @rule(
        by=st.sampled_from(AUTHORS[:2]),
        tlp=st.sampled_from(TLP),
        kind=st.sampled_from(ExerciseKind),
    )
    def hold_an_exercise(self, by: str, tlp: TLP, kind: ExerciseKind) -> None:
        exercise = make_exercise(by=self.person(by), tlp=tlp, kind=kind)
        Lesson.objects.filter(exercise=None).update(exercise=exercise)

    @precondition(some)
    @rule(place=number, tlp=st.sampled_from(TLP))
    def mark(self, place: int, tlp: TLP) -> None:
        Lesson.objects.filter(pk=self.lesson(place).pk).update(tlp=tlp)
        Exercise.objects.update(tlp=tlp)

    @precondition(some)
    @rule(place=number, agency=st.sampled_from(AGENCIES), away=st.booleans())
    def release(self, place: int, agency: str, away: bool) -> None:
        released = self.lesson(place).released_to
        (released.remove if away else released.add)(getattr(self.cast, agency))

    @precondition(some)
    @rule(place=number, name=st.sampled_from(PEOPLE), away=st.booleans())
    def name_a_recipient(self, place: int, name: str, away: bool) -> None:
        named = self.lesson(place).red_recipients
        (named.remove if away else named.add)(getattr(self.cast, name))

    @precondition(some)
    @rule(place=number, move=st.sampled_from(["submit", "withdraw", "take"]))
    def move(self, place: int, move: str) -> None:
        lesson = self.lesson(place)
        by = "reviewer" if move == "take" else "originator"
        with suppress(RefusedError):
            perform(lesson, move, by=self.person(by))

    @precondition(some)
    @rule(place=number, category=st.sampled_from(Category), priority=st.sampled_from(Priority))
    def edit(self, place: int, category: Category, priority: Priority) -> None:
        lesson = self.lesson(place)
        lesson.category, lesson.priority = category, priority
        lesson.occurred_on = date(2020, 1, 1) + timedelta(days=place * 100)
        lesson.save()
        lesson.partners.set([partner("PT")])
        lesson.themes.add(theme("drones"))

    @precondition(some)
    @rule(place=number, status=st.sampled_from([ActionStatus.ONGOING, ActionStatus.CANCELLED]))
    def act(self, place: int, status: ActionStatus) -> None:
        make_action(self.lesson(place), status=ActionStatus.NOT_STARTED)
        Action.objects.update(status=status, owner=self.person("colleague"))

    @precondition(some)
    @rule(place=number)
    def delete(self, place: int) -> None:
        lesson = self.lesson(place)
        Action.objects.filter(lessons=lesson).delete()
        lesson.delete()

    @precondition(some)
    @rule(place=number)
    def think_better_of_it(self, place: int) -> None:
        with transaction.atomic():
            Lesson.objects.filter(pk=self.lesson(place).pk).update(tlp=TLP.CLEAR)
            make_lesson(by=self.person("originator"))
            transaction.set_rollback(True)

    @rule(
        name=st.sampled_from(PEOPLE),
        agency=st.sampled_from(AGENCIES),
        role=st.sampled_from(Role),
        away=st.booleans(),
    )
    def join_or_leave(self, name: str, agency: str, role: Role, away: bool) -> None:
        place = {"user": self.person(name), "agency": getattr(self.cast, agency)}
        if away:
            Membership.objects.filter(**place).delete()
        else:
            Membership.objects.update_or_create(**place, defaults={"role": role})

    @rule(below=st.booleans())
    def rearrange_agencies(self, below: bool) -> None:
        above = self.cast.agency if below else None
        Agency.objects.filter(pk=self.cast.partner_agency.pk).update(parent=above)

    @invariant()
    def everybody_counts_what_they_may_see(self) -> None:
        assert list(problems(self.cast.people.values())) == []


@pytest.mark.slow
def test_no_order_of_changes_makes_a_difference(
    transactional_db: None, django_db_serialized_rollback: None
) -> None:
    Changes.cast = make_cast()
    run_state_machine_as_test(
        Changes,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
