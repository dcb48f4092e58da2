"""The table of moves of a lesson."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from lessons.vocabulary import PUBLISHED, Status
from lessons.workflow.basis import Move
from lessons.workflow.people import (
    ASSIGNED_REVIEWER,
    AUTHOR,
    COORDINATOR,
    ENDORSER,
    ORIGINATOR,
    REVIEWER,
    VALIDATOR,
)

ON_THE_WAY = (Status.IDENTIFIED, Status.IMPLEMENTING, Status.VALIDATING)
"""A change is being made; it is not yet known whether it works."""
ARCHIVABLE = (Status.REJECTED, Status.NOTED, Status.LEARNED, Status.SUPERSEDED)
_STAFF_DECIDES = {
    Status.SUBMITTED: (REVIEWER,),
    Status.IN_REVIEW: (ASSIGNED_REVIEWER,),
}

MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        Move(
            "submit",
            gettext_lazy("Submit for review"),
            gettext_lazy("Submitted"),
            gettext_lazy(
                "A reviewer of the agency reads it next. Until then you can take it back."
            ),
            {Status.DRAFT: (AUTHOR,), Status.RETURNED: (AUTHOR,)},
            Status.SUBMITTED,
            needs=("clean",),
            forward=True,
        ),
        Move(
            "withdraw",
            gettext_lazy("Take back"),
            gettext_lazy("Taken back"),
            gettext_lazy("It becomes your private draft again."),
            {Status.SUBMITTED: (AUTHOR,)},
            Status.DRAFT,
        ),
        Move(
            "take",
            gettext_lazy("Take for review"),
            gettext_lazy("Taken for review"),
            gettext_lazy("You become the assigned reviewer."),
            {Status.SUBMITTED: (REVIEWER,)},
            Status.IN_REVIEW,
            forward=True,
        ),
        Move(
            "hand_over",
            gettext_lazy("Hand over"),
            gettext_lazy("Handed over"),
            gettext_lazy("Another reviewer goes on with it."),
            {Status.IN_REVIEW: (ASSIGNED_REVIEWER, ENDORSER, COORDINATOR)},
            None,
            needs=("reviewer",),
        ),
        Move(
            "adopt",
            gettext_lazy("Have it adopted"),
            gettext_lazy("Adopted"),
            gettext_lazy("The author has left. Name who edits it from now on."),
            {Status.DRAFT: (COORDINATOR,), Status.RETURNED: (COORDINATOR,)},
            None,
            needs=("editor",),
        ),
        Move(
            "return",
            gettext_lazy("Return with a question"),
            gettext_lazy("Returned with a question"),
            gettext_lazy("The author answers and submits again; the review clock stops meanwhile."),
            _STAFF_DECIDES,
            Status.RETURNED,
            needs=("comment",),
        ),
        Move(
            "reject",
            gettext_lazy("Reject"),
            gettext_lazy("Rejected"),
            gettext_lazy("The author reads your reason and may appeal once."),
            _STAFF_DECIDES,
            Status.REJECTED,
            needs=("comment",),
        ),
        Move(
            "appeal",
            gettext_lazy("Appeal"),
            gettext_lazy("Appealed"),
            gettext_lazy("Somebody other than who rejected it looks again. You can appeal once."),
            {Status.REJECTED: (ORIGINATOR,)},
            Status.SUBMITTED,
            needs=("comment",),
        ),
        Move(
            "note",
            gettext_lazy("Note"),
            gettext_lazy("Noted"),
            gettext_lazy(
                "Valid, and nothing to do. It is published; to sustain, it is a good practice."
            ),
            {Status.IN_REVIEW: (ASSIGNED_REVIEWER,)},
            Status.NOTED,
            needs=("category", "themes", "comment"),
        ),
        Move(
            "endorse",
            gettext_lazy("Endorse"),
            gettext_lazy("Endorsed"),
            gettext_lazy("It becomes a lesson identified, with actions that are owned and due."),
            {Status.IN_REVIEW: (ENDORSER,)},
            Status.IDENTIFIED,
            needs=("discussion", "conclusion", "recommendation", "category", "themes", "actions"),
            may_have=("comment", "existing", "release", "sharing"),
            forward=True,
        ),
        Move(
            "assign",
            gettext_lazy("Add an action"),
            gettext_lazy("Action added"),
            gettext_lazy("One more change is needed so that the lesson is learned."),
            dict.fromkeys((Status.IDENTIFIED, Status.IMPLEMENTING), (ENDORSER,)),
            None,
            needs=("actions",),
            may_have=("comment", "existing", "release", "sharing"),
        ),
        Move(
            "start",
            gettext_lazy("Start"),
            gettext_lazy("Implementation started"),
            gettext_lazy("It follows by itself when the first of its actions is started."),
            {Status.IDENTIFIED: ()},
            Status.IMPLEMENTING,
            forward=True,
            automatic=True,
        ),
        Move(
            "finish",
            gettext_lazy("Finish"),
            gettext_lazy("All actions done"),
            gettext_lazy("It follows by itself when no action is open and one is verified."),
            {Status.IMPLEMENTING: ()},
            Status.VALIDATING,
            forward=True,
            automatic=True,
        ),
        Move(
            "reconsider",
            gettext_lazy("Reconsider"),
            gettext_lazy("Needs an action"),
            gettext_lazy("It follows by itself when all its actions are cancelled."),
            {Status.IMPLEMENTING: ()},
            Status.IDENTIFIED,
            automatic=True,
        ),
        Move(
            "validate",
            gettext_lazy("Confirm that it works"),
            gettext_lazy("Confirmed: lesson learned"),
            gettext_lazy("Say how you know that the change works. It becomes a lesson learned."),
            {Status.VALIDATING: (VALIDATOR,)},
            Status.LEARNED,
            needs=("method", "validated_on", "result", "indicator"),
            may_have=("exercise",),
            forward=True,
        ),
        Move(
            "refuse",
            gettext_lazy("It does not work yet"),
            gettext_lazy("Found not to work yet"),
            gettext_lazy("Say what failed, and reopen an action or add one."),
            {Status.VALIDATING: (VALIDATOR,)},
            Status.IMPLEMENTING,
            needs=("comment", "actions"),
            may_have=("reopened", "reopened_due_on", "existing", "release", "sharing"),
        ),
        Move(
            "relapse",
            gettext_lazy("It happened again"),
            gettext_lazy("Happened again"),
            gettext_lazy(
                "The lesson was not learned after all: name the lesson that shows it or say what "
                "was seen, and reopen an action or add one."
            ),
            {Status.LEARNED: (REVIEWER,)},
            Status.IMPLEMENTING,
            needs=("actions",),
            may_have=(
                "recurrence",
                "comment",
                "reopened",
                "reopened_due_on",
                "existing",
                "release",
                "sharing",
            ),
        ),
        Move(
            "close",
            gettext_lazy("Close without a change"),
            gettext_lazy("Closed without a change"),
            gettext_lazy(
                "It stays valid as a lesson noted. Open actions that serve no other lesson are "
                "cancelled."
            ),
            dict.fromkeys(ON_THE_WAY, (ENDORSER,)),
            Status.NOTED,
            needs=("comment",),
        ),
        Move(
            "supersede",
            gettext_lazy("Put a newer lesson in its place"),
            gettext_lazy("Superseded"),
            gettext_lazy("Its readers are led to the newer one, and it leaves the lists."),
            dict.fromkeys(PUBLISHED - {Status.SUPERSEDED}, (ENDORSER,)),
            Status.SUPERSEDED,
            needs=("replacement",),
        ),
        Move(
            "archive",
            gettext_lazy("Archive"),
            gettext_lazy("Archived"),
            gettext_lazy("It leaves the lists; its readers keep it. It can be restored."),
            dict.fromkeys(ARCHIVABLE, (ENDORSER,)),
            Status.ARCHIVED,
            needs=("comment",),
        ),
        Move(
            "restore",
            gettext_lazy("Restore"),
            gettext_lazy("Restored"),
            gettext_lazy("It returns to where it stood before it was archived."),
            {Status.ARCHIVED: (ENDORSER,)},
            None,
            needs=("comment",),
        ),
    )
}
