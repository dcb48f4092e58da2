"""What the import commands have in common: who imports, and a report on the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from exchange import importing
from exchange.importing import Entry, FileKind, ImportRefusedError, Outcome, Plan
from records.vocabulary import TLP


def add_arguments(parser: ArgumentParser) -> None:
    """The arguments of every import."""
    parser.add_argument("file", type=Path, help="The CSV file, in UTF-8.")
    parser.add_argument("--agency", required=True, help="Code of the agency that records: ES-GC.")
    parser.add_argument("--by", required=True, help="E-mail of the person who imports.")
    parser.add_argument(
        "--marking",
        choices=[marking.value for marking in TLP if marking != TLP.RED],
        help="Traffic Light Protocol marking of every record (amber unless stated).",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="Only report what would be done, row by row."
    )


def recorder(options: dict[str, Any]) -> tuple[Agency, User]:
    """The agency and the person that the arguments name."""
    agency = Agency.objects.filter(code=options["agency"]).first()
    if agency is None:
        raise CommandError(_("There is no agency %(code)s.") % {"code": options["agency"]})
    by = User.objects.filter(email__iexact=options["by"]).first()
    if by is None:
        raise CommandError(_("There is nobody with the e-mail %(by)s.") % {"by": options["by"]})
    return agency, by


def run(
    command: BaseCommand,
    options: dict[str, Any],
    make_kind: Callable[[Agency, User], FileKind],
    model: type[Model],
) -> None:
    """Plan the import of ``options["file"]``, report, and carry it out unless it is a dry run."""
    write = command.stdout.write
    agency, by = recorder(options)
    try:
        plan = importing.plan(make_kind(agency, by), options["file"].read_bytes())
    except OSError as error:
        raise CommandError(_("The file cannot be read: %(error)s") % {"error": error}) from error
    except ImportRefusedError as error:
        raise CommandError(str(error)) from error
    kinds = str(model._meta.verbose_name_plural)
    if options["dry_run"]:
        for line in [*rows(plan), "", *totals(plan, kinds), "", _("Dry run: nothing was written.")]:
            write(line)
        return
    write(
        _(
            "By importing, %(name)s confirms that the file holds no personal data and nothing "
            "classified."
        )
        % {"name": by.name}
    )
    done = importing.apply(plan, lambda n, total: write(f"  {n} / {total}"))
    for line in [*rows(done), "", *totals(done, kinds)]:
        write(line)


def rows(plan: Plan) -> Iterator[str]:
    """A line for every row, but for those that are there already; further lines say why."""
    for entry in plan.entries:
        if entry.outcome == Outcome.PRESENT:
            continue
        yield _("row %(row)d  %(identifier)s  %(outcome)s  %(title)s") % {
            "row": entry.row,
            "identifier": entry.identifier or "–",
            "outcome": Outcome(entry.outcome).label,
            "title": " ".join(filter(None, [entry.ref, entry.title])),
        }
        yield from (f"    {finding.words}" for finding in findings(entry))


def findings(entry: Entry) -> Iterator[importing.Finding]:
    """Why it cannot come in; for one that comes in, what it loses. The same words only once."""
    yield from dict.fromkeys(entry.reasons or entry.notes)


def totals(plan: Plan, kinds: str) -> Iterator[str]:
    yield _("%(count)d rows of %(kinds)s") % {"count": len(plan.entries), "kinds": kinds}
    for outcome in Outcome:
        if entries := plan.having(outcome):
            yield f"{len(entries):6}  {outcome.label}"
    for heading, counted in (
        (_("Rows that cannot come in, by reason:"), plan.reasons()),
        (_("Rows that come in with a loss or a change:"), plan.notes()),
    ):
        if counted:
            yield heading
        for why, count in counted.most_common():
            yield f"{count:6}  {why.label}"
