"""Success stories: a learned lesson, or a program with a result, told on one page."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.fields import LinksField
from agencies.models import Agency, Partner, User
from lessons.models import Lesson
from lessons.vocabulary import Status
from programs.models import LONG_TEXT, Program, today
from records.models import SharedRecord
from records.visibility import SharedQuerySet


class StoryQuerySet(SharedQuerySet):
    def with_sources_for(self, user: User) -> Self:
        """Fetch lesson and program with the story, ``None`` where ``user`` may not see them."""
        return self.prefetch_related(
            Prefetch("lesson", Lesson.objects.visible_to(user)),
            Prefetch("program", Program.objects.visible_to(user)),
        )


def tellable_lessons(user: User) -> models.QuerySet[Lesson]:
    """Lessons that ``user`` may tell as a story: learned, and theirs to see."""
    return Lesson.objects.visible_to(user).filter(status=Status.LEARNED)


class Story(SharedRecord):
    """What was the problem, what was done and what changed; about one lesson or program."""

    REF_INFIX = "STO"
    LONG_TEXTS = ("problem", "done", "changed", "quote")

    # The name that the abstract record would give it is no word.
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="stories", verbose_name=_("recorded by")
    )
    title = models.CharField(_("title"), max_length=300)
    partners = LinksField(
        Partner,
        related_name="stories",
        verbose_name=_("partners"),
        help_text=_("The other sides: countries and organizations, not your own country."),
    )
    lesson = models.ForeignKey(
        Lesson,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stories",
        verbose_name=_("learned lesson"),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stories",
        verbose_name=_("program"),
    )
    problem = models.TextField(_("what was the problem"), max_length=LONG_TEXT)
    done = models.TextField(_("what was done"), max_length=LONG_TEXT)
    changed = models.TextField(_("what changed"), max_length=LONG_TEXT)
    quote = models.TextField(_("in somebody's words"), max_length=2000, blank=True)
    quoted = models.CharField(_("whose words"), max_length=200, blank=True)
    recorded_on = models.DateField(_("told on"), default=today, editable=False)

    objects: ClassVar = StoryQuerySet.as_manager()

    class Meta(SharedRecord.Meta):
        verbose_name = _("success story")
        verbose_name_plural = _("success stories")
        ordering = ["-recorded_on", "-pk"]
        indexes = [models.Index(fields=["-recorded_on", "-id"], name="story_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(lesson__isnull=False, program__isnull=True)
                | Q(lesson__isnull=True, program__isnull=False),
                name="story_is_about_one_thing",
                violation_error_message=_("Choose the lesson or the program: one of them."),
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(problem="") & ~Q(done="") & ~Q(changed=""),
                name="story_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evaluation:story", args=[self.ref])
