"""Every page of our own, with addresses that show it in its states.

``NOT_PAGES`` names the addresses that answer with something else; together they are all named
addresses there are, and a test sees to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import uuid4

from django.contrib.auth.tokens import default_token_generator
from django.db.models import Count
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.utils.http import urlencode

from agencies.models import User
from evaluation import inviting
from evaluation.models import FeedbackRequest, Indicator, Story
from exchange.models import RequestedDocument
from insights import documents
from lessons import discussion, workflow
from lessons.models import Action, Comment, Lesson, Reuse
from lessons.versions import ActionVersion, Revision
from lessons.vocabulary import RevisionStage, Status
from programs.models import Agreement, Exercise, Program
from records import drafts
from records.drafts import FormKey
from records.models import SavedView
from records.vocabulary import TLP, DocumentFormat, DocumentKind

Found = tuple[str | User | None, str]
"""Who looks, and at which address."""


@dataclass(frozen=True)
class Sample:
    """One page in one state. ``found`` looks into the demonstration for a person and an address."""

    name: str
    state: str
    found: Callable[[], Found]
    status: int = 200

    def __str__(self) -> str:
        return f"{self.name} {self.state}".strip()


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@demo.example")


def page(
    name: str, who: str | None, query: str = "", *, state: str = "", status: int = 200
) -> Sample:
    return Sample(name, state, lambda: (who, reverse(name) + query), status)


def record(
    name: str, who: str, model: type[Agreement | Program | Exercise], number: int = 0
) -> Sample:
    """The page of the record with the longest title (or the next longest) that one may see."""

    def found() -> Found:
        seen = model.objects.visible_to(person(who))
        if name.endswith("_edit"):
            seen = model.objects.editable_by(person(who))
        chosen = sorted(seen, key=lambda one: (-len(one.title), one.pk))[number]
        return who, reverse(name, args=[chosen.ref])

    return Sample(name, f"{number}" if number else "", found)


def lesson(status: Status, who: str) -> Sample:
    def found() -> Found:
        seen = Lesson.objects.visible_to(person(who)).filter(status=status)
        chosen = sorted(seen, key=lambda one: (-len(one.title), one.pk))[0]
        return who, reverse("lessons:lesson", args=[chosen.ref])

    return Sample("lessons:lesson", status, found)


def offered(name: str) -> tuple[User, Lesson]:
    """A lesson and somebody who may make the move with it now."""
    move = workflow.MOVES[name]
    people = User.objects.filter(is_active=True, memberships__active=True).order_by("pk")
    actors = [workflow.Actor(user) for user in people.distinct()]
    for one in Lesson.objects.filter(status__in=move.sources).order_by("pk"):
        for actor in actors:
            if workflow.refusal(one, move, actor) is None:
                return actor.user, one
    raise LookupError(f"the demonstration has nothing to {name}")


def move(name: str) -> Sample:
    def found() -> Found:
        user, one = offered(name)
        return user, reverse("lessons:move", args=[one.ref, name])

    return Sample("lessons:move", name, found)


def of_lesson(name: str, move: str) -> Sample:
    """A page of a lesson, for somebody who may make the move with it."""

    def found() -> Found:
        user, one = offered(move)
        return user, reverse(name, args=[one.ref])

    return Sample(name, "", found)


def of_history(name: str, *more: object, query: str = "", who: str = "endorser") -> Sample:
    """A page about the text of a lesson whose revision was approved (by ``who``)."""

    def found() -> Found:
        approved = Revision.objects.filter(stage=RevisionStage.APPROVED).earliest("pk")
        return who, reverse(name, args=[approved.lesson.ref, *more]) + query

    return Sample(name, query, found)


def of_revision(name: str, who: str, *more: object) -> Sample:
    """A page about the revision that waits."""

    def found() -> Found:
        waiting = Revision.objects.waiting().earliest("pk")
        return who, reverse(name, args=[waiting.lesson.ref, *more])

    return Sample(name, who, found)


def action_to(name: str) -> tuple[User, Action]:
    """An action and somebody who may make the move with it now."""
    move = workflow.ACTION_MOVES[name]
    people = User.objects.filter(is_active=True, memberships__active=True).order_by("pk").distinct()
    for user in people:
        actor = workflow.Actor(user)
        for one in Action.objects.visible_to(user).filter(status__in=move.sources).order_by("pk"):
            if workflow.action_refusal(one, move, actor) is None:
                return user, one
    raise LookupError(f"the demonstration has no action to {name}")


def action_move(name: str) -> Sample:
    def found() -> Found:
        user, one = action_to(name)
        return user, reverse("lessons:action_move", args=[one.pk, name])

    return Sample("lessons:action_move", name, found)


def of_action(name: str, move: str) -> Sample:
    """A page of an action, for somebody who may make the move with it."""

    def found() -> Found:
        user, one = action_to(move)
        return user, reverse(name, args=[one.pk])

    return Sample(name, move, found)


def action_history() -> Found:
    action = ActionVersion.objects.filter(action__body__code="ES-GC", number=2).earliest("pk")
    return "reviewer", reverse("lessons:action_history", args=[action.action_id])


def of_agency(name: str) -> Sample:
    return Sample(name, "", lambda: ("coordinator", reverse(name, args=["ES-GC"])))


def values(name: str, query: str = "", *, state: str = "") -> Sample:
    """The page of all values of a filter of lessons."""

    def found() -> Found:
        return "reviewer", reverse("lessons:facet", args=[name]) + query

    return Sample("lessons:facet", state, found)


def view_of_the_reviewer() -> Found:
    view = SavedView.objects.filter(owner=person("reviewer")).earliest("pk")
    return "reviewer", reverse("insights:saved_view_delete", args=[view.pk])


def partner(code: str, who: str, state: str = "") -> Sample:
    return Sample(
        "insights:partner", state or code, lambda: (who, reverse("insights:partner", args=[code]))
    )


def new_password(*, valid: bool) -> Found:
    """The page behind the link of a password mail; allauth writes the key's number in base 36."""
    user = person("officer")
    key = default_token_generator.make_token(user) if valid else "no-such-key"
    return None, f"/accounts/password/reset/key/{user.pk:x}-{key}/"


def talked_about(name: str, who: str, state: str = "") -> Sample:
    """A page of the lesson of the demonstration that most is said about."""

    def found() -> Found:
        one = Lesson.objects.annotate(said=Count("comments")).order_by("-said", "pk")[0]
        return who, reverse(name, args=[one.ref])

    return Sample(name, state, found)


def of_comment(name: str, who: str) -> Sample:
    """A page of a comment of the officer's, written a moment ago."""

    def found() -> Found:
        lesson = Comment.objects.filter(author=person("officer"))[0].lesson
        said = discussion.write(lesson, by=person("officer"), text="As I said.")
        return who, reverse(name, args=[lesson.ref, said.comment.pk])

    return Sample(name, "", found)


def of_reuse(who: str) -> Sample:
    def found() -> Found:
        one = Reuse.objects.editable_by(person(who))[0]
        return who, reverse("lessons:reuse_edit", args=[one.lesson.ref, one.pk])

    return Sample("lessons:reuse_edit", "", found)


def evaluation(who: str, state: str, **of: object) -> Sample:
    def found() -> Found:
        seen = Exercise.objects.evaluable_by(person(who)).filter(**of)
        chosen = seen.annotate(asked=Count("objectives")).order_by("-asked", "pk")[0]
        return who, reverse("programs:exercise_evaluate", args=[chosen.ref])

    return Sample("programs:exercise_evaluate", state, found)


LISTS = [
    "lessons:lessons",
    "programs:agreements",
    "programs:programs",
    "programs:exercises",
    "evaluation:indicators",
]


def questionnaire(name: str, who: str | None, state: str = "", **of: object) -> Sample:
    """A page of a questionnaire of the demonstration; of one that is closed unless said."""

    def found() -> Found:
        one = FeedbackRequest.objects.filter(**of or {"closes_on__lt": LONG_PAST}).earliest("pk")
        if name.endswith("_new"):
            return who, f"{reverse(name)}?exercise={one.activity.ref}"
        return who, reverse(name, args=[one.pk])

    return Sample(name, state, found)


def asked(state: str, query: str = "", *, status: int = 200) -> Sample:
    """The public page: of the open link, or of a personal one made for this."""

    def found() -> Found:
        if state == "unknown":
            return None, reverse("evaluation:answer", args=["no-such-key"]) + query
        one = FeedbackRequest.objects.exclude(open_key=None).earliest("pk")
        return None, reverse("evaluation:answer", args=[one.open_key]) + query

    return Sample("evaluation:answer", state, found, status)


def with_links(name: str, who: str) -> Sample:
    def found() -> Found:
        one = FeedbackRequest.objects.exclude(open_key=None).earliest("pk")
        inviting.hand_out(one, 6, by=person(who))
        return who, reverse(name, args=[one.pk])

    return Sample(name, "", found)


def story(name: str, who: str, **of: object) -> Sample:
    def found() -> Found:
        seen = Story.objects.visible_to(person(who)).filter(**of)
        return who, reverse(name, args=[seen.earliest("pk").ref])

    return Sample(name, "of a program" if of else "", found)


MANAGER = "sofia.iribarren"
"""Records for the agency whose questionnaire is open."""
LONG_PAST = date(2026, 10, 1)


def of_document(state: str) -> Sample:
    """The page of a document of the reviewer's: waiting, made or failed."""

    def found() -> Found:
        user, at = person("reviewer"), timezone.now()
        exercise = Exercise.objects.visible_to(user).exportable().earliest("pk")
        one = documents.ask(
            user,
            DocumentKind.AFTER_ACTION,
            DocumentFormat.PDF,
            subject=exercise.ref if state != "failed" else "ES-GC-EXE-1999-0001",
            at=at,
        )
        if state != "waiting":
            documents.make(now=at, document=one.pk)
        if state == "failed":
            RequestedDocument.objects.filter(pk=one.pk).update(subject=exercise.ref)
        return user, reverse("insights:document", args=[one.uuid])

    return Sample("insights:document", state, found)


def documents_of_the_reviewer() -> Found:
    of_document("made").found()
    of_document("waiting").found()
    return "reviewer", reverse("insights:documents")


def exercise_report_of(who: str) -> Found:
    seen = Exercise.objects.visible_to(person(who)).exportable()
    chosen = sorted(seen, key=lambda one: (-len(one.title), one.pk))[0]
    return who, reverse("insights:exercise_report", args=[chosen.ref])


def sheet(tlp: TLP) -> Sample:
    def found() -> Found:
        one = Lesson.objects.published().filter(tlp=tlp).earliest("pk")
        return one.originator, reverse("insights:lesson_sheet", args=[one.ref])

    return Sample("insights:lesson_sheet", tlp, found)


def unfinished_forms() -> Found:
    """The list of forms of somebody who left a new lesson and a change of another."""
    user = person("officer")
    lesson = Lesson.objects.drafts_of(user).earliest("pk")
    for key in (FormKey("exercise", token=str(uuid4())), FormKey("lesson", ref=lesson.ref)):
        drafts.keep(key, QueryDict(urlencode({"title": "What we saw " * 20})), user)
    return user, reverse("records:unfinished")


NOTHING = "?" + urlencode({"q": "no such words anywhere"})
STARTED = "?starter=ier"


def indicator(name: str, who: str, *, state: str = "", query: str = "", **of: object) -> Sample:
    """A page of the first indicator with certain properties that one may see or edit."""

    def found() -> Found:
        seen = Indicator.objects.visible_to(person(who))
        if name != "evaluation:indicator":
            seen = Indicator.objects.editable_by(person(who))
        seen = seen.filter(**of)
        return who, reverse(name, args=[seen.earliest("pk").ref]) + query

    return Sample(name, state, found)


ARABIC = "?" + urlencode({"q": "دورية مشتركة"})

SAMPLES = [
    # Signed out
    page("account_login", None),
    page("account_login", None, "?next=/lessons/%3Fpartner%3DMA", state="on the way"),
    page("account_signup", None),
    page("account_inactive", None),
    page("account_reset_password", None),
    page("account_reset_password_done", None),
    Sample("account_reset_password_from_key", "", partial(new_password, valid=True)),
    Sample("account_reset_password_from_key", "spent", partial(new_password, valid=False)),
    page("account_reset_password_from_key_done", None),
    Sample("missing", "signed out", lambda: (None, "/accounts/no-such-page/"), 404),
    # One's own account
    page("account_logout", "officer"),
    page("account_change_password", "officer"),
    page("account_reauthenticate", "officer"),
    page("agencies:profile", "officer"),
    page("agencies:profile", "admin", state="no membership"),
    # Agencies
    of_agency("agencies:members"),
    of_agency("agencies:settings"),
    # Home
    *[
        page("insights:home", who, state=who)
        for who in ("officer", "reviewer", "endorser", "coordinator", "frontex", "admin")
    ],
    # Lists
    *[page(name, "officer") for name in LISTS],
    *[page(name, "reviewer", NOTHING, state="nothing found") for name in LISTS],
    *[page(name, "stranger", "?partner=QQ&status=odd", state="bad value") for name in LISTS],
    page("lessons:lessons", "reviewer", "?partner=MA&theme=joint-patrols", state="filtered"),
    page("lessons:lessons", "reviewer", ARABIC, state="right to left"),
    page("lessons:lessons", "reviewer", "?q=morocco&new=2026-01-01T10:00:00Z", state="offers"),
    values("partner"),
    values("theme", "?partner=MA&theme=joint-patrols", state="filtered"),
    values("partner", "?find-partner=nowhere", state="nothing found"),
    # Activities
    *[record("programs:agreement", "officer", Agreement, number) for number in (0, 1)],
    *[record("programs:program", "officer", Program, number) for number in (0, 1)],
    *[record("programs:exercise", "officer", Exercise, number) for number in (0, 1, 2)],
    page("programs:agreement_new", "officer"),
    page("programs:program_new", "officer"),
    page("programs:exercise_new", "officer"),
    record("programs:agreement_edit", "reviewer", Agreement),
    record("programs:program_edit", "reviewer", Program),
    record("programs:exercise_edit", "reviewer", Exercise),
    evaluation("reviewer", "", evaluated_on__isnull=True),
    evaluation("reviewer", "again", evaluated_on__isnull=False),
    # Lessons
    page("lessons:new", "officer"),
    of_lesson("lessons:edit", "submit"),
    lesson(Status.DRAFT, "officer"),
    *[
        lesson(status, "reviewer")
        for status in Status
        if status not in (Status.DRAFT, Status.ARCHIVED)
    ],
    lesson(Status.ARCHIVED, "endorser"),
    *[move(name) for name, one in workflow.MOVES.items() if not one.automatic],
    of_lesson("lessons:handling", "take"),
    of_lesson("lessons:discard", "submit"),
    of_lesson("lessons:similar", "take"),
    talked_about("lessons:lesson", "endorser", "with comments"),
    talked_about("lessons:comment", "reviewer"),
    of_comment("lessons:comment_edit", "officer"),
    of_comment("lessons:comment_hide", "endorser"),
    talked_about("lessons:reuse", "partner"),
    of_reuse("partner"),
    page("lessons:mine", "officer"),
    page("lessons:mine", "officer", "?standing=gone", state="bad value"),
    page("lessons:mine", "frontex", state="empty"),
    of_history("lessons:history"),
    of_history("lessons:history", query="?old=1&new=2"),
    of_history("lessons:history", query="?old=9&new=x"),
    of_history("lessons:version", 1),
    of_history("lessons:restore", 1),
    of_revision("lessons:revise", "reviewer"),
    of_revision("lessons:revision", "endorser"),
    of_revision("lessons:revision", "officer"),
    of_revision("lessons:decide", "endorser", "return_revision"),
    Sample("lessons:action_history", "", action_history),
    page("lessons:actions", "reviewer"),
    page("lessons:actions", "officer", "?whose=mine&clock=open", state="mine"),
    page("lessons:actions", "stranger", "?status=odd", state="bad value"),
    page("lessons:board", "reviewer"),
    page("lessons:board", "officer", "?whose=mine", state="mine"),
    page("lessons:board", "stranger", "?whose=odd", state="bad value"),
    *[of_action("lessons:action", name) for name in ("finish", "verify", "reassign")],
    of_action("lessons:evidence", "finish"),
    *[action_move(name) for name in workflow.ACTION_MOVES],
    page("lessons:review", "reviewer"),
    page("lessons:review", "endorser", state="a revision waits"),
    page("lessons:review", "partner", state="small agency"),
    # Indicators
    *[
        indicator("evaluation:indicator", "reviewer", state=measure, measure=measure)
        for measure in ("count", "proportion", "duration")
    ],
    indicator("evaluation:indicator", "frontex", state="a reader", measure="count"),
    page("evaluation:indicator_new", "officer", state="library"),
    page("evaluation:indicator_new", "officer", STARTED, state="begun"),
    indicator("evaluation:indicator_edit", "reviewer"),
    indicator("evaluation:values", "officer", measure="count"),
    indicator("evaluation:values", "officer", state="two numbers", measure="proportion"),
    indicator("evaluation:paste", "officer"),
    indicator("evaluation:breaks", "officer"),
    indicator("evaluation:history", "officer", measurements__revised=True),
    # Questionnaires
    questionnaire("evaluation:feedback_new", "officer"),
    questionnaire("evaluation:feedback_edit", "officer"),
    questionnaire("evaluation:feedback", "officer", "closed"),
    questionnaire("evaluation:feedback", "partner", "summary"),
    questionnaire("evaluation:feedback", MANAGER, "open", open_key__isnull=False),
    questionnaire("evaluation:feedback_edit", MANAGER, "open", open_key__isnull=False),
    questionnaire("evaluation:feedback_sheet", MANAGER, open_key__isnull=False),
    with_links("evaluation:feedback_links", MANAGER),
    asked("to answer"),
    asked("to answer in Arabic", "?lang=ar"),
    asked("unknown", status=404),
    # Success stories
    page("evaluation:questionnaires", "officer"),
    page("evaluation:questionnaires", "stranger", "?status=odd", state="bad value"),
    page("evaluation:stories", "officer"),
    page("evaluation:stories", "stranger", "?about=odd", state="bad value"),
    page("evaluation:story_new", "officer"),
    story("evaluation:story", "officer"),
    story("evaluation:story", "officer", program__isnull=False),
    story("evaluation:story_edit", "officer"),
    # Partners
    page("insights:partners", "reviewer"),
    page("insights:partners", "stranger", "?sort=name&kind=organization", state="sorted"),
    partner("MA", "reviewer"),
    partner("FRONTEX", "reviewer"),
    partner("TV", "reviewer", "nothing recorded"),
    # Reports
    page("insights:pipeline", "reviewer"),
    page("insights:pipeline", "frontex", "?partner=MA&cohort=quarter", state="filtered"),
    page("insights:pipeline", "stranger", "?partner=QQ&cohort=odd", state="bad value"),
    page("insights:pipeline", "officer", "?to=1990-01-01", state="nothing found"),
    page("insights:heat_map", "reviewer"),
    page("insights:heat_map", "frontex", "?by=theme&themes=all&sort=name", state="by theme"),
    page("insights:heat_map", "stranger", "?status=odd&by=odd", state="bad value"),
    page("insights:heat_map", "officer", "?kind=sustain&status=rejected", state="nothing found"),
    page("insights:gaps", "reviewer"),
    page("insights:gaps", "frontex", "?partner=MA&kind=category", state="filtered"),
    page("insights:gaps", "stranger", "?partner=QQ", state="bad value"),
    page("insights:gaps", "officer", "?partner=TV", state="nothing found"),
    # Documents
    Sample("insights:exercise_report", "", lambda: exercise_report_of("reviewer")),
    sheet(TLP.GREEN),
    sheet(TLP.RED),
    page("insights:pipeline_report", "reviewer", "?partner=MA"),
    Sample(
        "insights:partner_report",
        "",
        lambda: ("reviewer", reverse("insights:partner_report", args=["MA"])),
    ),
    *[of_document(state) for state in ("waiting", "made", "failed")],
    Sample("insights:documents", "", documents_of_the_reviewer),
    page("insights:documents", "stranger", state="empty"),
    of_agency("insights:template"),
    # Search
    page("insights:search", "reviewer", "?" + urlencode({"q": "joint patrol"})),
    page("insights:search", "stranger", "?q=frontex", state="partner"),
    page("insights:search", "reviewer", NOTHING, state="nothing found"),
    page("insights:search", "reviewer", "?q=-radio", state="bad value"),
    page("insights:search", "reviewer", ARABIC, state="right to left"),
    # Saved views and exported files
    page("insights:saved_views", "reviewer"),
    Sample("records:unfinished", "", unfinished_forms),
    page("records:unfinished", "stranger", state="empty"),
    page("insights:saved_view_new", "reviewer", "?kind=lessons&query=partner%3DMA"),
    Sample("insights:saved_view_delete", "", view_of_the_reviewer),
    Sample(
        "insights:exports",
        "",
        lambda: ("coordinator", reverse("insights:exports", args=["ES-GC"])),
    ),
    # Notices
    page("notices:notices", "officer"),
    page("notices:notices", "stranger", state="empty"),
    page("notices:settings", "coordinator"),
    # The rest
    page("components", None),
    Sample("missing", "signed in", lambda: ("officer", "/lessons/XX-0000-0000/"), 404),
    Sample("refused", "", lambda: ("officer", reverse("agencies:members", args=["ES-GC"])), 403),
]

NOT_PAGES = {
    # For programs
    "healthz",
    "readyz",
    # Files
    "lessons:export",
    "lessons:actions_export",
    "evaluation:feedback_export",
    "evaluation:story_export",
    "programs:agreement_export",
    "programs:program_export",
    "programs:exercise_export",
    "evaluation:indicator_export",
    "records:attachment",
    "insights:pipeline_file",
    "insights:heat_map_file",
    "insights:gaps_file",
    "insights:document_file",
    "insights:template_file",
    # Answers to a form or a script, or the way to another page
    "theme",
    "evaluation:feedback_do",
    "evaluation:feedback_lesson",
    "agencies:index",
    "evaluation:index",
    "evaluation:result",
    "evaluation:ask_again",
    "agencies:member",
    "insights:saved_view",
    "insights:saved_view_change",
    "insights:document_remove",
    "insights:template_remove",
    "notices:opened",
    "notices:read",
    "notices:read_all",
    "records:attach",
    "records:detach",
    "records:draft",
    "records:discard",
    "insights:suggest",
    "insights:reports",
    "lessons:people",
    "lessons:comment_withdraw",
    # Leads on to the change of a password, for everybody who has one
    "account_set_password",
}


def names(patterns: list[URLPattern | URLResolver] | None = None, space: str = "") -> Iterator[str]:
    """Every named address but those of the admin."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                below = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from names(pattern.url_patterns, below)
        else:
            yield f"{space}{pattern.name}"
