"""Overview of adverse events by arm: any, serious, related, greatest severity, fatal, of special interest."""

from collections.abc import Iterator

from trial.display import count_tables
from trial.display.adverse import ROLE, any_event, levels, severities
from trial.display.adverse_tables import adverse_table, counts_row, subjects_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import SUBJECTS, columns
from trial.display.groups import column_groups
from trial.display.notes import Marks
from trial.display.table import Block, Cell, Row, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
ASKED = {
    "serious": "Serious",
    "serious_related": "Serious, related to product or procedure",
    "product": "Related to the product",
    "procedure": "Related to the procedure",
    "discontinuation": "Leading to discontinuation",
    "fatal": "With fatal outcome",
}
DEATH = "Death, with or without an event"


def build(context: Context) -> Table:
    """Return one row per question, with subjects and events."""
    marks = Marks()
    shown = columns(context, "Adverse events", ("Subjects", "Events"))
    words = (SUBJECTS, "Greatest severity: each subject counts once.")
    title = "Overview of treatment-emergent adverse events"
    return adverse_table(context, title, shown, _blocks(context, marks), marks, words)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    level = any_event(context)
    asked = [counts_row(context, marks, label, f"{level.key}.{name}") for name, label in ASKED.items()]
    (record,) = context.records[ROLE]
    if record["death"]:
        asked.append(count_tables.counts_row(context, marks, ROLE, DEATH, "death", with_events=False))
    yield Block("", (counts_row(context, marks, level.label, level.key), *asked))
    yield Block("Greatest severity", tuple(_severity_rows(context, marks, level.key)))
    interest = levels(context, "interest")
    if interest:
        rows = [counts_row(context, marks, one.label, one.key) for one in interest]
        yield Block("Events of special interest", tuple(rows))


def _severity_rows(context: Context, marks: Marks, key: str) -> Iterator[Row]:
    """Yield the subjects by their greatest severity; events have no greatest."""
    for code, label in severities(context):
        cells = [Cell(label)]
        for group in column_groups(context):
            cells += [subjects_cell(context, marks, f"{key}.max.{code}", group.code), Cell()]
        yield Row(tuple(cells))
