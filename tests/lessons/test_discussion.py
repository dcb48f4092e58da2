"""Comments on lessons: who says what to whom, how they are called, and what never gets out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agencies.models import User
from agencies.roles import Role
from lessons import discussion
from lessons.discussion import mentionable, mentions_for, offered, refusal
from lessons.models import Comment, CommentEvent, Lesson
from lessons.vocabulary import Attribution, CommentState, Status
from lessons.workflow import IncompleteError, RefusedError
from pages.templatetags.lindero import linked
from records.vocabulary import TLP
from tests.cast import Cast, give, make_cast
from tests.factories import make_comment, make_lesson, make_user
from tests.forms import changed, client_of, errors_in, fields_of
from tests.quick import ROWS, quick


@pytest.fixture(scope="module")
def cast(module_db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def database(db: None) -> None:
    """Every test of this module asks the database."""


def published(cast: Cast, **fields: Any) -> Lesson:
    at = timezone.now() - timedelta(days=3)
    stages = dict.fromkeys(("submitted_at", "taken_at", "published_at"), at)
    return make_lesson(by=cast.originator, status=Status.NOTED, **{**stages, **fields})


def page(user: User, lesson: Lesson) -> str:
    answer = client_of(user).get(lesson.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def url(lesson: Lesson, name: str = "comment", *rest: object) -> str:
    return reverse(f"lessons:{name}", args=[lesson.ref, *rest])


# --- Who may --------------------------------------------------------------------------------------


def test_who_may_comment_follows_who_may_see(cast: Cast) -> None:
    people = cast.people
    green = published(cast, tlp=TLP.GREEN)
    clear = published(cast, tlp=TLP.CLEAR)
    waiting = make_lesson(by=cast.originator, status=Status.SUBMITTED)

    def allowed(lesson: Lesson) -> set[str]:
        return {
            name
            for name, person in people.items()
            if person.is_active and lesson.is_visible_to(person) and refusal(lesson, person) is None
        }

    members = {name for name, one in people.items() if one.standing.permissions}
    assert allowed(green) == members
    # Whoever is no member reads what is clear, and does not comment.
    assert allowed(clear) == members
    assert refusal(clear, people["administrator"]) is not None
    staff = {"reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator"}
    assert allowed(waiting) == {"originator", *staff}


def test_a_comment_that_may_not_be_made_is_refused_by_the_verb(cast: Cast) -> None:
    people = cast.people
    amber = published(cast)
    for name in ("stranger", "partner_reader", "administrator", "left_reviewer"):
        with pytest.raises(RefusedError):
            discussion.write(amber, by=people[name], text="Hello")
    with pytest.raises(RefusedError):
        discussion.write(amber, by=people["colleague"], text="Hello", for_staff=True)
    with pytest.raises(RefusedError):
        # An author who is staff elsewhere is still its author.
        discussion.write(
            amber,
            by=give(cast.originator, cast.agency, Role.ENDORSER),
            text="Hello",
            for_staff=True,
        )
    assert not Comment.objects.filter(lesson=amber).exists()


def test_red_recipients_talk_only_once_it_is_published(cast: Cast) -> None:
    red: dict[str, Any] = {"tlp": TLP.RED, "red_recipients": [cast.red_recipient, cast.reviewer]}
    waiting = make_lesson(by=cast.originator, status=Status.SUBMITTED, **red)
    with pytest.raises(RefusedError):
        discussion.write(waiting, by=cast.red_recipient, text="Hello")
    with pytest.raises(RefusedError):
        discussion.write(waiting, by=cast.endorser, text="Hello")
    discussion.write(waiting, by=cast.reviewer, text="Which gate?")
    done = published(cast, **red)
    discussion.write(done, by=cast.red_recipient, text="Heard and done")
    assert "Heard and done" in page(cast.originator, done)
    assert not Comment.objects.visible_to(cast.endorser).filter(lesson=done).exists()


# --- What is seen ---------------------------------------------------------------------------------


def test_comments_narrow_with_the_lesson(cast: Cast) -> None:
    lesson = published(cast, tlp=TLP.GREEN)
    comment = make_comment(lesson, by=cast.stranger)
    mine = Comment.objects.visible_to(cast.stranger)
    assert list(mine.filter(lesson=lesson)) == [comment]
    Lesson.objects.filter(pk=lesson.pk).update(tlp=TLP.AMBER)
    assert not mine.filter(lesson=lesson).exists()
    assert client_of(cast.stranger).get(url(lesson, "comment_edit", comment.pk)).status_code == 404
    with pytest.raises(RefusedError):
        discussion.edit(comment, by=cast.stranger, text="Again")
    with pytest.raises(RefusedError):
        discussion.withdraw(comment, by=cast.stranger)


NOTES = {"reviewer", "second_reviewer", "endorser", "second_endorser", "coordinator"}


def test_notes_for_staff_reach_staff_alone(cast: Cast) -> None:
    people = cast.people
    lesson = published(cast, tlp=TLP.CLEAR)
    note = discussion.write(
        lesson, by=people["reviewer"], text="Weak evidence", for_staff=True
    ).comment
    seeing = {
        name
        for name, person in people.items()
        if Comment.objects.visible_to(person).filter(pk=note.pk).exists()
    }
    assert seeing == NOTES
    assert "Weak evidence" in page(cast.endorser, lesson)
    assert "Only reviewers and endorsers of GC" in page(cast.endorser, lesson)
    for person in (cast.originator, cast.colleague, cast.partner_reviewer, cast.administrator):
        shown = page(person, lesson)
        assert "Weak evidence" not in shown
        assert "Only reviewers and endorsers" not in shown
        assert 'id="discussion-title">Comments</h2>' in shown or "discussion-title" not in shown


def test_an_author_never_reads_notes_whatever_role_they_get(cast: Cast) -> None:
    lesson = published(cast)
    note = make_comment(lesson, by=cast.reviewer, for_staff=True)
    originator = give(cast.originator, cast.agency, Role.ENDORSER)
    assert not Comment.objects.visible_to(originator).filter(pk=note.pk).exists()
    Lesson.objects.filter(pk=lesson.pk).update(adopted_by=cast.endorser)
    lesson.former_editors.add(cast.second_endorser)
    for person in (cast.endorser, cast.second_endorser):
        assert not Comment.objects.visible_to(person).filter(pk=note.pk).exists()


def test_what_was_said_before_publication_stays_there(cast: Cast) -> None:
    lesson = published(cast, tlp=TLP.GREEN)
    before = timezone.now() - timedelta(days=5)
    make_comment(lesson, by=cast.reviewer, text="Which night?", at=before)
    make_comment(lesson, by=cast.colleague, text="We do it so too")
    for person in (cast.originator, cast.reviewer, cast.endorser):
        assert "Which night?" in page(person, lesson)
    for person in (cast.colleague, cast.stranger, cast.partner_reviewer):
        shown = page(person, lesson)
        assert "Which night?" not in shown
        assert "We do it so too" in shown
        assert '<span class="count">1<' in shown


def test_comments_are_in_no_list_file_or_search(cast: Cast) -> None:
    lesson = published(cast, tlp=TLP.GREEN)
    make_comment(lesson, by=cast.colleague, text="Xylophone overheard")
    client = client_of(cast.colleague)
    for address in (
        "/lessons/?q=xylophone",
        "/lessons/",
        "/search/?q=xylophone",
        "/",
        "/mine/",
        *(f"/lessons/export/?format={kind}" for kind in ("csv", "json")),
    ):
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert b"Xylophone overheard" not in body, address


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attribution", "inside", "outside"),
    [
        (Attribution.NAMED, "Olga Originator", "Olga Originator"),
        (Attribution.AGENCY_ONLY, "Olga Originator", "Guardia Civil"),
        (Attribution.NON_ATTRIBUTED, "Not attributed", "Not attributed"),
    ],
)
def test_an_author_who_comments_is_called_as_the_lesson_says(
    cast: Cast, attribution: Attribution, inside: str, outside: str
) -> None:
    lesson = published(cast, tlp=TLP.GREEN, attribution=attribution)
    discussion.write(lesson, by=cast.originator, text="It was dark")
    for reader, name in ((cast.colleague, inside), (cast.partner_reader, outside)):
        found = discussion.discussion(lesson, reader, at=timezone.now()).spoken[0]
        assert found.who == name
        assert found.by_author == (name == "Olga Originator")
        assert (cast.originator.name in page(reader, lesson)) == (name == "Olga Originator")


def test_others_are_named_inside_and_are_their_agency_outside(cast: Cast) -> None:
    lesson = published(cast, tlp=TLP.GREEN)
    ours = make_comment(lesson, by=cast.colleague)
    theirs = make_comment(lesson, by=cast.partner_reader)
    called = {
        (reader.name, comment.pk): discussion.name_of(comment, reader)
        for reader in (cast.originator, cast.partner_reviewer, cast.stranger)
        for comment in (ours, theirs)
    }
    assert called == {
        ("Olga Originator", ours.pk): "Carlos Colleague",
        ("Olga Originator", theirs.pk): "Paulo Partnerreader",
        ("Paula Partnerreviewer", ours.pk): "Guardia Civil",
        ("Paula Partnerreviewer", theirs.pk): "Paulo Partnerreader",
        ("Stella Stranger", ours.pk): "Guardia Civil",
        ("Stella Stranger", theirs.pk): "Guarda Nacional Republicana",
    }
    for name in ("Carlos", "Paulo"):
        assert name not in page(cast.stranger, lesson)


# --- Mentions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED, Status.NOTED])
@pytest.mark.parametrize("tlp", quick(TLP.AMBER, TLP.RED, of=TLP))
def test_whoever_is_offered_may_read_it_and_be_named(cast: Cast, tlp: TLP, status: Status) -> None:
    people = cast.people
    lesson = make_lesson(
        by=cast.originator,
        status=status,
        tlp=tlp,
        released_to=[cast.partner_agency],
        red_recipients=[cast.red_recipient, cast.reviewer, cast.endorser],
        attribution=Attribution.NON_ATTRIBUTED,
    )
    for writer in people.values():
        if not lesson.is_visible_to(writer) or refusal(lesson, writer) is not None:
            continue
        for person in mentionable(lesson, writer):
            again = User.objects.get(pk=person.pk)
            assert lesson.is_visible_to(again), (writer, person)
            assert again.is_active
            common = discussion.speaks_for(lesson, writer)
            assert again.standing.agencies("read") & {common}  # type: ignore[arg-type]
        if tlp == TLP.RED and not writer.may("review", cast.agency):  # type: ignore[arg-type]
            assert cast.originator not in mentionable(lesson, writer)


def test_colleagues_are_offered_and_nobody_elses_people(cast: Cast) -> None:
    lesson = published(cast, tlp=TLP.GREEN)
    assert [name for _pk, name in offered(lesson, cast.colleague, "ra rev")] == ["Raquel Reviewer"]
    assert offered(lesson, cast.colleague, "paul") == []
    assert [name for _pk, name in offered(lesson, cast.partner_reader, "")] == [
        "Paula Partnerreviewer"
    ]
    named = published(cast, tlp=TLP.GREEN, attribution=Attribution.NAMED)
    assert [name for _pk, name in offered(named, cast.partner_reader, "")] == [
        "Olga Originator",
        "Paula Partnerreviewer",
    ]


def test_accents_and_case_do_not_matter(cast: Cast) -> None:
    make_user(agency=cast.agency, name="Begoña Ñíguez", email="b@example.org")
    assert [name for _pk, name in offered(published(cast), cast.colleague, "niguez BEGO")] == [
        "Begoña Ñíguez"
    ]


def test_only_readers_are_mentioned_checked_when_it_is_written(cast: Cast) -> None:
    lesson = published(cast)
    for person in (cast.partner_reader, cast.stranger, cast.administrator, cast.left_reviewer):
        with pytest.raises(IncompleteError) as refused:
            discussion.write(lesson, by=cast.colleague, text="Look", mentioned=[person])
        assert set(refused.value.errors) == {"mentioned"}
    with pytest.raises(IncompleteError):
        discussion.write(
            lesson, by=cast.reviewer, text="Look", mentioned=[cast.colleague], for_staff=True
        )
    said = discussion.write(lesson, by=cast.colleague, text="Look", mentioned=[cast.reader])
    assert said.mentioned == [cast.reader]


def test_a_mentioned_author_without_a_name_is_shown_like_everybody(cast: Cast) -> None:
    """Were the author left out of the names, that would tell who it is."""
    lesson = published(cast, tlp=TLP.GREEN, attribution=Attribution.NON_ATTRIBUTED)
    said = discussion.write(
        lesson, by=cast.colleague, text="Look", mentioned=[cast.originator, cast.reader]
    )
    assert mentions_for(said.comment, cast.colleague) == ["Olga Originator", "Raul Reader"]
    assert mentions_for(said.comment, cast.partner_reader) == []
    assert "Olga" not in page(cast.partner_reader, lesson)


def test_who_is_newly_mentioned_is_told_once(cast: Cast) -> None:
    lesson = published(cast)
    said = discussion.write(lesson, by=cast.colleague, text="Look", mentioned=[cast.reader])
    both = [cast.reader, cast.reviewer]
    again = discussion.edit(said.comment, by=cast.colleague, text="Look", mentioned=both)
    assert again.mentioned == [cast.reviewer]


def test_the_list_of_people_is_for_those_who_may_comment(cast: Cast) -> None:
    lesson = published(cast)
    answer = client_of(cast.colleague).get(url(lesson, "people"), {"q": "rev"})
    names = answer.content.decode()
    assert "Raquel Reviewer" in names
    assert "Luis Leftreviewer" not in names
    assert client_of(cast.stranger).get(url(lesson, "people"), {"q": "r"}).status_code == 404
    clear = published(cast, tlp=TLP.CLEAR)
    assert client_of(cast.administrator).get(url(clear, "people")).status_code == 403


# --- Edit, withdraw, hide -------------------------------------------------------------------------


def test_ones_own_comment_is_corrected_for_a_quarter_of_an_hour(cast: Cast) -> None:
    lesson = published(cast)
    comment = make_comment(lesson, by=cast.colleague, text="Gate too")
    with pytest.raises(RefusedError):
        discussion.edit(comment, by=cast.reader, text="Gate 2")
    soon = comment.at + timedelta(minutes=14)
    discussion.edit(comment, by=cast.colleague, text="Gate 2", at=soon)
    comment.refresh_from_db()
    assert (comment.text, comment.edited_at) == ("Gate 2", soon)
    with pytest.raises(RefusedError):
        discussion.edit(
            comment, by=cast.colleague, text="Gate 3", at=comment.at + timedelta(minutes=16)
        )


def test_a_withdrawn_comment_leaves_that_there_was_one(cast: Cast) -> None:
    lesson = published(cast)
    comment = make_comment(lesson, by=cast.colleague, text="Said in anger")
    client = client_of(cast.colleague)
    for _click in range(2):
        assert client.post(url(lesson, "comment_withdraw", comment.pk)).status_code == 302
    comment.refresh_from_db()
    assert (comment.text, comment.state) == ("", CommentState.WITHDRAWN)
    assert [(one.deed, one.actor) for one in comment.events.all()] == [("withdraw", cast.colleague)]
    shown = page(cast.reader, lesson)
    assert "Withdrawn by its author" in shown
    assert "Said in anger" not in shown
    other = make_comment(lesson, by=cast.reader)
    assert client.post(url(lesson, "comment_withdraw", other.pk)).status_code == 403


def test_an_endorser_hides_with_a_reason(cast: Cast) -> None:
    lesson = published(cast)
    comment = make_comment(lesson, by=cast.colleague, text="A name of a suspect")
    address = url(lesson, "comment_hide", comment.pk)
    for person in (cast.reviewer, cast.colleague, cast.originator):
        assert client_of(person).get(address).status_code == 403
        with pytest.raises(RefusedError):
            discussion.hide(comment, by=person, reason="Personal data")
    client = client_of(cast.endorser)
    values = fields_of(client.get(address), "comment-form")
    empty = client.post(address, changed(values, reason=" "))
    assert (empty.status_code, list(errors_in(empty))) == (422, ["reason"])
    assert client.post(address, changed(values, reason="Personal data")).status_code == 302
    for person in (cast.reader, cast.colleague, cast.endorser):
        shown = page(person, lesson)
        assert "A name of a suspect" not in shown
        assert "Personal data" in shown
    assert CommentEvent.objects.get(comment=comment).actor == cast.endorser


def test_nobody_hides_what_is_said_about_their_own_lesson(cast: Cast) -> None:
    lesson = make_lesson(by=cast.endorser, agency=cast.agency, status=Status.NOTED)
    comment = make_comment(lesson, by=cast.colleague)
    with pytest.raises(RefusedError):
        discussion.hide(comment, by=cast.endorser, reason="Unkind")
    discussion.hide(comment, by=cast.second_endorser, reason="Unkind")


# --- The form -------------------------------------------------------------------------------------


def test_writing_without_scripts(cast: Cast) -> None:
    lesson = published(cast)
    client = client_of(cast.colleague)
    chosen = client.post(url(lesson), {"text": "Look at this", "choose": "1"})
    values = fields_of(chosen, "comment-form")
    assert values["text"] == ["Look at this"]
    assert "Raul Reader" in chosen.content.decode()
    sent = changed(values, mentioned=[cast.reader])
    for _click in range(2):
        answer = client.post(url(lesson), sent)
        comment = Comment.objects.get(lesson=lesson)
        assert answer.headers["Location"] == f"{lesson.get_absolute_url()}#comment-{comment.pk}"
    assert list(comment.mentioned.all()) == [cast.reader]
    assert [one.deed for one in comment.events.all()] == ["write"]
    # Somebody who goes back and writes something else says something else.
    client.post(url(lesson), changed(sent, text="And at that"))
    assert Comment.objects.filter(lesson=lesson).count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "Hi", "mentioned": ["999999"]}, "mentioned"),
        ({"text": "Hi", "mentioned": ["x"]}, "mentioned"),
    ],
)
def test_what_is_wrong_is_said_and_kept(cast: Cast, changes: dict[str, Any], field: str) -> None:
    lesson = published(cast)
    answer = client_of(cast.colleague).post(url(lesson), {"token": str(uuid4()), **changes})
    assert answer.status_code == 422
    assert list(errors_in(answer)) == [field]
    assert changes["text"].strip() in answer.content.decode()
    assert not Comment.objects.filter(lesson=lesson).exists()


def test_line_ends_count_once(cast: Cast) -> None:
    lesson = published(cast)
    text = "\r\n".join(["x"] * 2500)
    assert client_of(cast.colleague).post(url(lesson), {"text": text}).status_code == 302


def test_an_expired_session_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    lesson = published(cast)
    values = fields_of(client_of(cast.colleague).get(url(lesson)), "comment-form")
    answer = client.post(url(lesson), changed(values, text="Long thought"))
    assert "/accounts/login/" in answer.headers["Location"]
    client.force_login(cast.colleague)
    assert fields_of(client.get(url(lesson)), "comment-form")["text"] == ["Long thought"]


def test_a_form_opened_by_somebody_else_is_refused(cast: Cast) -> None:
    lesson = published(cast)
    values = fields_of(client_of(cast.colleague).get(url(lesson)), "comment-form")
    answer = client_of(cast.reader).post(url(lesson), changed(values, text="Not mine"))
    assert answer.status_code == 403


def test_a_correction_that_comes_late_keeps_the_words(cast: Cast) -> None:
    lesson = published(cast)
    comment = make_comment(lesson, by=cast.colleague)
    address = url(lesson, "comment_edit", comment.pk)
    client = client_of(cast.colleague)
    values = fields_of(client.get(address), "comment-form")
    Comment.objects.filter(pk=comment.pk).update(at=timezone.now() - timedelta(hours=1))
    answer = client.post(address, changed(values, text="Too late now"))
    assert answer.status_code == 409
    assert "Too late now" in answer.content.decode()
    assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "See https://a.example/x?y=1&z=2.",
            '<p dir="auto">See <a href="https://a.example/x?y=1&amp;z=2" rel="nofollow noreferrer">'
            "https://a.example/x?y=1&amp;z=2</a>.</p>",
        ),
        ("javascript:alert(1)", '<p dir="auto">javascript:alert(1)</p>'),
        ("<b>https://</b>", '<p dir="auto">&lt;b&gt;https://&lt;/b&gt;</p>'),
        (
            'https://a.example/"onclick="x',
            '<p dir="auto"><a href="https://a.example/" rel="nofollow noreferrer">'
            "https://a.example/</a>&quot;onclick=&quot;x</p>",
        ),
        ("one\ntwo\n\nthree", '<p dir="auto">one<br>two</p>\n<p dir="auto">three</p>'),
    ],
)
def test_links_are_clickable_and_nothing_else_is(text: str, expected: str) -> None:
    assert linked(text) == expected


# --- Queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ROWS)
def test_comments_cost_two_questions(
    cast: Cast, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lesson = Lesson.objects.select_related("agency", "originator").get(pk=published(cast).pk)
    for number in range(rows):
        by = cast.colleague if number % 2 else cast.originator
        make_comment(lesson, by=by, mentioned=[cast.reader])
    reader = User.objects.get(pk=cast.reviewer.pk)
    assert reader.standing
    with django_assert_num_queries(2):
        shown = discussion.discussion(lesson, reader, at=timezone.now())
    assert (shown.total, len(shown.spoken)) == (rows, rows)


def test_the_page_shows_the_latest_and_the_number_of_all(cast: Cast) -> None:
    lesson = published(cast)
    for number in range(discussion.SHOWN + 2):
        make_comment(lesson, by=cast.colleague, text=f"Remark {number:02}.")
    shown = page(cast.reader, lesson)
    assert "2 earlier comments" in shown
    assert "Remark 01." not in shown
    assert "Remark 02." in shown
    assert "Remark 00." in client_of(cast.reader).get(url(lesson)).content.decode()


# --- The administration ---------------------------------------------------------------------------


def test_the_administration_reads_what_is_not_red_and_names_nobody(cast: Cast) -> None:
    lesson = published(cast, attribution=Attribution.NON_ATTRIBUTED)
    red = published(cast, tlp=TLP.RED, red_recipients=[cast.red_recipient])
    shown = make_comment(lesson, by=cast.originator, text="It was dark")
    hidden = make_comment(red, by=cast.originator, text="Xyzzy")
    desk = client_of(cast.administrator)
    listed = desk.get(reverse("admin:lessons_comment_changelist")).content.decode()
    assert lesson.ref in listed
    assert red.ref not in listed
    one = desk.get(reverse("admin:lessons_comment_change", args=[shown.pk])).content.decode()
    assert "It was dark" in one
    assert cast.originator.name not in one + listed
    assert desk.get(reverse("admin:lessons_comment_change", args=[hidden.pk])).status_code == 302
    for address in ("add", "delete"):
        place = reverse(f"admin:lessons_comment_{address}", args=[shown.pk] * (address != "add"))
        assert desk.post(place).status_code == 403
