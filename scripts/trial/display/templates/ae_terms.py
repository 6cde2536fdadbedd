"""Adverse events by organ class and term: subjects and events by arm, the most frequent first."""

from collections.abc import Iterator

from trial.display.adverse import ROLE, any_event, classes, has_events
from trial.display.adverse_tables import ANY_TERM, adverse_table, counts_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.count_tables import SUBJECTS, columns
from trial.display.notes import Marks
from trial.display.table import Block, Table

TEMPLATE = Template("table", "study", roles=(ROLE, "counts"))
ORDER = "Order: subjects of all arms, falling, then by name."


def build(context: Context) -> Table:
    """Return a row for any event, then a block per organ class with a row per term."""
    marks = Marks()
    shown = columns(context, "Organ class\nTerm", ("Subjects", "Events"))
    blocks = _blocks(context, marks) if has_events(context) else ()
    title = "Treatment-emergent adverse events by organ class and term"
    return adverse_table(context, title, shown, blocks, marks, (SUBJECTS, ORDER))


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    level = any_event(context)
    yield Block("", (counts_row(context, marks, level.label, level.key),))
    for soc, terms in classes(context):
        rows = [counts_row(context, marks, ANY_TERM, soc.key)]
        rows += [counts_row(context, marks, term.label, term.key) for term in terms]
        yield Block(soc.label, tuple(rows))
