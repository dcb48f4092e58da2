"""The state of learning on paper: the tables of the page, without what leaves in no file."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from agencies.models import User
from exchange.documents.tree import Block, Heading, Table, Text
from insights import pipeline_tables
from insights.lists import Asker
from insights.pipeline_pages import USUAL_COHORT, LearningFilters, Report
from insights.pipeline_tables import COHORTS, TABLES
from insights.reports.basis import Made, RefusedReportError, Tell, about_handling, known, nothing
from lessons.models import Lesson
from records.exports import strictest
from records.vocabulary import TLP

FOR_STAFF = {"reviewers"}
"""Tables of single people, which are not passed on."""
FIRST, OTHERS = 30, 14
"""Shares of the width: the column that names the rows, and each other."""


def learning_report(subject: str, query: str, reader: User, on: date, tell: Tell) -> Made:
    """The report that the page shows for the filters of ``query``."""
    report = asked_by(query, reader)
    if not report.is_valid:
        raise RefusedReportError(_("A filter names what does not exist, or is not for you to see."))
    found = report.found()
    if not found.total:
        raise RefusedReportError(_("There is no lesson to count that you may pass on."))
    tell(80)
    tables = [report.table(name, found) for name in TABLES if name not in FOR_STAFF]
    blocks: list[Block] = [
        *known([(_("Narrowed to"), "\n".join(report.words)), (_("Lessons"), str(found.total))]),
        *(block for table in tables for block in drawn(table)),
        Heading(_("About this report")),
        about_handling(),
    ]
    marking = TLP(strictest(found.markings))
    return Made(_("From observation to lesson learned"), blocks, marking, found.total, {})


def asked_by(query: str, reader: User) -> Report:
    asked = QueryDict(query)
    seen = Lesson.objects.visible_to(reader).exportable()
    cohort = asked.get("cohort", USUAL_COHORT)
    filters = LearningFilters(asked, queryset=seen, request=Asker(reader))
    return Report(filters, cohort if cohort in COHORTS else USUAL_COHORT)


def drawn(table: pipeline_tables.Table) -> list[Block]:
    """One table of the page, with its words."""
    blocks: list[Block] = [Heading(str(table.title)), Text(str(table.intro), muted=True)]
    if table.rows:
        columns = len(table.headings)
        blocks.append(
            Table(
                headings=[str(table.corner), *map(str, table.headings)],
                rows=[[row.label, *(cell.text for cell in row.cells)] for row in table.rows],
                widths=(FIRST, *(OTHERS,) * columns),
                numbers=frozenset(range(1, columns + 1)),
            )
        )
    else:
        blocks.append(nothing(str(table.empty)))
    return [*blocks, *(Text(note, muted=True) for note in table.notes)]
