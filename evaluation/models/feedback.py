"""Questionnaires for those who took part: the request, its links, and answers without names.

Nothing here links an answer with who gave it. A personal link is known by a digest and says only
that it was spent; an answer carries no time, no link and no running number. How that is kept is
written in ``docs/decisions/0018-feedback-without-names.md``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.fields import DayField
from agencies.models import Agency, User
from agencies.roles import Permission
from evaluation.questionnaire import Language, QuestionKind, Subject, Texts, answers_to, said
from lessons.models import Lesson
from programs.models import Exercise, Program
from records.fields import ChoicesField
from records.models import StaleVersionError
from records.vocabulary import TLP

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

LONGEST_ANSWER = 4000
MOST_LINKS = 1000
"""Personal links of one questionnaire."""


@dataclass(frozen=True)
class Turnout:
    """How many answered. ``issued`` are the personal links that were not withdrawn."""

    answers: int
    issued: int
    spent: int
    has_open_link: bool

    @property
    def through_open_link(self) -> int:
        return self.answers - self.spent

    @property
    def is_open(self) -> bool:
        """Whether anybody could answer: then nobody knows how many might have, or did twice."""
        return self.has_open_link or self.through_open_link > 0

    @property
    def words(self) -> str:
        if self.issued and not self.is_open:
            return gettext("%(spent)d of %(issued)d answered") % {
                "spent": self.spent,
                "issued": self.issued,
            }
        return gettext("%(number)d answered") % {"number": self.answers}


def number_of(rows: models.QuerySet[Any]) -> models.Subquery:
    """How many rows there are, as part of a larger query."""
    count = models.Func("pk", function="COUNT", output_field=models.IntegerField())
    return models.Subquery(rows.order_by().annotate(number=count).values("number"))


class FeedbackRequestQuerySet(models.QuerySet["FeedbackRequest"]):
    def visible_to(self, user: User) -> Self:
        """Of activities that ``user`` may see: one's own agency's, and those that are shared."""
        seen = Q(exercise__in=Exercise.objects.visible_to(user).values("pk")) | Q(
            program__in=Program.objects.visible_to(user).values("pk")
        )
        own = Q(agency__in=user.standing.agencies(Permission.RECORD))
        return self.filter(seen & (own | Q(summary_shared=True)))

    def managed_by(self, user: User) -> Self:
        """Those that ``user`` changes and reads whole: who records for the agency that asks."""
        return self.visible_to(user).filter(agency__in=user.standing.agencies(Permission.RECORD))

    def over(self, at: datetime) -> Self:
        """Closed by somebody or by their last day, which ends where the agency is."""
        return self.filter(Q(closed_on__isnull=False) | self._by_day(at, "closes_on__lt"))

    def early(self, at: datetime) -> Self:
        """Not closed, and the first day has not begun."""
        return self.filter(self._by_day(at, "opens_on__gt"), closed_on__isnull=True)

    def _by_day(self, at: datetime, lookup: str) -> Q:
        """``lookup`` against the day that it is where the agency is: two or three days in all."""
        agencies: dict[date, list[int]] = {}
        for agency in Agency.objects.all():
            agencies.setdefault(agency.local_date(at), []).append(agency.pk)
        found = Q(pk__in=[])
        for day, ids in agencies.items():
            found |= Q(**{"agency__in": ids, lookup: day})
        return found

    def with_turnout(self) -> Self:
        """With the numbers of its ``turnout``, of links withdrawn and of mails that wait."""
        tokens = FeedbackToken.objects.filter(request=OuterRef("pk"))
        return self.select_related("agency", "exercise", "program").annotate(
            number_answered=number_of(FeedbackResponse.objects.filter(request=OuterRef("pk"))),
            number_issued=number_of(tokens.filter(withdrawn=False)),
            number_spent=number_of(tokens.filter(spent=True)),
            number_withdrawn=number_of(tokens.filter(withdrawn=True)),
            number_waiting=number_of(FeedbackLetter.objects.filter(request=OuterRef("pk"))),
        )


class FeedbackRequest(models.Model):
    """A questionnaire about one exercise or program.

    What the public page shows of it is ``heading``, ``introduction``, its questions and
    ``agencies_asked``, all chosen by its author: the activity itself is not named. ``open_key``
    is the end of the address of the open link, nothing without one. ``numbered`` counts the
    personal links to hand out; ``links_round`` goes up when unused links are withdrawn.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    exercise = models.ForeignKey(
        Exercise, models.PROTECT, null=True, blank=True, related_name="feedback_requests"
    )
    program = models.ForeignKey(
        Program, models.PROTECT, null=True, blank=True, related_name="feedback_requests"
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="feedback_requests", verbose_name=_("asked by")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    heading = models.CharField(_("public heading"), max_length=200)
    introduction = models.TextField(_("introduction"), max_length=2000, blank=True)
    languages = ChoicesField(Language, verbose_name=_("languages"), blank=False)
    agencies_asked = models.ManyToManyField(
        Agency, blank=True, related_name="+", verbose_name=_("agencies to choose from")
    )
    opens_on = DayField(_("opens on"))
    closes_on = DayField(_("closes on"))
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    summary_shared = models.BooleanField(
        _("whoever may see the activity reads the summary"), default=False
    )
    open_key = models.CharField(max_length=12, null=True, unique=True, editable=False)
    numbered = models.PositiveSmallIntegerField(default=0, editable=False)
    links_round = models.PositiveSmallIntegerField(default=1, editable=False)

    objects: ClassVar = FeedbackRequestQuerySet.as_manager()

    if TYPE_CHECKING:
        questions: RelatedManager[FeedbackQuestion]
        tokens: RelatedManager[FeedbackToken]
        responses: RelatedManager[FeedbackResponse]

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ["-opens_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(exercise__isnull=False, program__isnull=True)
                | Q(exercise__isnull=True, program__isnull=False),
                name="feedback_is_about_one_activity",
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="feedback_opens_before_it_closes",
                violation_error_message=_("It cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=~Q(heading="") & ~Q(languages=""),
                name="feedback_has_heading_and_language",
            ),
        ]

    def __str__(self) -> str:
        return self.heading

    def get_absolute_url(self) -> str:
        return reverse("evaluation:feedback", args=[self.pk])

    @classmethod
    def locked(cls, pk: int, *, version: int | None = None) -> FeedbackRequest:
        """The row, locked for the transaction; ``StaleVersionError`` if not at ``version``."""
        request = cls.objects.select_for_update(of=("self",)).get(pk=pk)
        if version is not None and request.version != version:
            raise StaleVersionError(request)
        return request

    @property
    def activity(self) -> Exercise | Program:
        return cast(Exercise | Program, self.exercise or self.program)

    @property
    def edition(self) -> str:
        """See ``edition_of``."""
        return edition_of(self.questions.all(), self.agencies_asked.all())

    @property
    def turnout(self) -> Turnout:
        """How many answered; asked of those fetched ``with_turnout``."""
        held: Any = self
        return Turnout(
            held.number_answered,
            held.number_issued,
            held.number_spent,
            self.open_key is not None,
        )

    def is_managed_by(self, user: User) -> bool:
        """Asked of one that ``user`` may see."""
        return user.may(Permission.RECORD, self.agency_id)

    # --- Time ------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.agency.local_date(timezone.now())

    @property
    def is_over(self) -> bool:
        """Closed by somebody or by its date: for good, so that results never change again."""
        return self.closed_on is not None or self.today > self.closes_on

    @property
    def is_early(self) -> bool:
        return not self.is_over and self.today < self.opens_on

    @property
    def is_open(self) -> bool:
        return not self.is_over and not self.is_early

    @property
    def has_open_link(self) -> bool:
        """A link for anybody: never about what is known to people named one by one."""
        return self.open_key is not None and self.activity.tlp != TLP.RED


class FeedbackQuestion(models.Model):
    """One question: a standard one by its name, or one of the author's own."""

    request = models.ForeignKey(FeedbackRequest, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    standard = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=20, choices=Subject.choices, default=Subject.OWN)
    kind = models.CharField(_("kind of answer"), max_length=10, choices=QuestionKind.choices)
    texts = models.JSONField(default=dict)
    choices = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=QuestionKind.values, subject__in=Subject.values),
                name="feedback_question_words_are_known",
            ),
            models.UniqueConstraint(
                fields=["request", "standard"],
                condition=~Q(standard=""),
                name="feedback_standard_question_once",
            ),
        ]

    def __str__(self) -> str:
        return said(self.texts)

    @property
    def answers(self) -> list[tuple[int, Texts]]:
        """The numbers that answer it, with their words."""
        return answers_to(self.kind, self.choices)


def edition_of(questions: Iterable[FeedbackQuestion], agencies: Iterable[Agency]) -> str:
    """A mark that is the same for as long as the same is asked of people of the same agencies."""
    asked = [[one.pk, one.kind, one.texts, one.choices] for one in questions]
    of = sorted(one.pk for one in agencies)
    return sha256(json.dumps([asked, of], sort_keys=True).encode()).hexdigest()[:16]


class FeedbackToken(models.Model):
    """A personal link, known by its digest. It says that it was spent, never when or on what."""

    request = models.ForeignKey(FeedbackRequest, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    spent = models.BooleanField(default=False)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("personal link")
        verbose_name_plural = _("personal links")
        constraints = [
            models.CheckConstraint(
                condition=Q(spent=False) | Q(withdrawn=False),
                name="feedback_link_is_spent_or_withdrawn",
            )
        ]

    def __str__(self) -> str:
        return self.digest[:8]


class FeedbackLetter(models.Model):
    """An invitation that waits to be mailed. The address is gone once it was."""

    request = models.ForeignKey(FeedbackRequest, models.CASCADE, related_name="letters")
    address = models.EmailField()
    language = models.CharField(max_length=2, choices=Language.choices)

    class Meta:
        verbose_name = _("invitation to be mailed")
        verbose_name_plural = _("invitations to be mailed")
        constraints = [
            models.UniqueConstraint(fields=["request", "address"], name="feedback_letter_once")
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.pk}"


class FeedbackResponse(models.Model):
    """What one person answered. No time, no link, and a key that says nothing of the order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(FeedbackRequest, models.CASCADE, related_name="responses")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        verbose_name = _("response")
        verbose_name_plural = _("responses")

    def __str__(self) -> str:
        return gettext("a response")


class FeedbackAnswer(models.Model):
    """The answer to one question: a number of its answers, or a text.

    ``lesson`` is the draft that was made of a text, each at most once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    response = models.ForeignKey(FeedbackResponse, models.CASCADE, related_name="answers")
    question = models.ForeignKey(FeedbackQuestion, models.PROTECT, related_name="given")
    number = models.SmallIntegerField(null=True)
    text = models.TextField(max_length=LONGEST_ANSWER, blank=True)
    language = models.CharField(max_length=2, choices=Language.choices)
    lesson = models.OneToOneField(
        Lesson, models.SET_NULL, null=True, related_name="feedback_answer"
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["response", "question"], name="feedback_question_answered_once"
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=False, text="") | Q(number__isnull=True) & ~Q(text=""),
                name="feedback_answer_is_number_or_text",
            ),
            models.CheckConstraint(
                condition=Q(lesson__isnull=True) | Q(number__isnull=True),
                name="feedback_lesson_comes_from_a_text",
            ),
        ]

    def __str__(self) -> str:
        return gettext("an answer")
