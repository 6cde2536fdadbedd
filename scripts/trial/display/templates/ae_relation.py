"""Adverse events by organ class and term that are related to the product, and to the procedure, apart."""

from collections.abc import Iterator

from trial.display.adverse import ROLE, any_event, classes, has_events
from trial.display.adverse_tables import ANY_TERM, adverse_table, subjects_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import columns
from trial.display.groups import column_groups
from trial.display.notes import Marks
from trial.display.table import Block, Cell, Row, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
WORDS = (
    "n (%): subjects with at least one such event that is related, of N. Product and procedure are two "
    "answers: an event may be related to both, or to neither.",
    "Order: subjects with such an event in all arms, related or not, falling, then by name.",
)


def build(context: Context) -> Table:
    """Return the rows of the table by organ class and term, with a column for each relation."""
    marks = Marks()
    shown = columns(context, "Organ class\nTerm", ("Product", "Procedure"))
    blocks = _blocks(context, marks) if has_events(context) else ()
    title = "Treatment-emergent adverse events related to the product and to the procedure"
    return adverse_table(context, title, shown, blocks, marks, WORDS)


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    level = any_event(context)
    yield Block("", (_row(context, marks, level.label, level.key),))
    for soc, terms in classes(context):
        rows = [_row(context, marks, ANY_TERM, soc.key)]
        rows += [_row(context, marks, term.label, term.key) for term in terms]
        yield Block(soc.label, tuple(rows))


def _row(context: Context, marks: Marks, label: str, key: str) -> Row:
    cells = [Cell(label)]
    for group in column_groups(context):
        for relation in ("product", "procedure"):
            cells.append(subjects_cell(context, marks, f"{key}.{relation}", group.code))
    return Row(tuple(cells))
